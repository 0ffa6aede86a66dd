"""What a value in `tenants/` may be: names, colours, keys, hosts, feeds."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.kit.i18n import lazy
from app.tenancy.definition_file import did_you_mean, is_env
from app.tenancy.definition_shape import Category, DefinitionError, FeedDefinition, Provider, ThemeDefinition

APP = Path(__file__).parent.parent

RESERVED = frozenset(
    """
    account accounts adoption admin api app assets auth autoconfig blog cdn cell data demo dev directory docs feeds ftp
    graphql health help host id identity imap info internal invalid live local localhost login logout mail media metrics
    monitor mx ns ns1 ns2 oidc onboarding open311 operator platform pop postgres public redis region register root
    shared smtp sso stage staging static status support system templates tenant tenants test tests valkey village
    webmail www
    """.split()
)
"""Slugs that are the platform's own or would mislead people."""

_LENGTH = lazy("The short name must have 2 to 40 characters.")
_LETTERS = lazy(
    "The short name must begin with a small letter and hold a-z, 0-9 and single hyphens only, none at the end."
)
_TAKEN = lazy("The short name %(slug)s is reserved for the platform.")
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.ASCII)
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_CONTRAST = 4.5
_LIGHT_GROUND = "#f5f6f8"
"""The grey of our pages; what is read on it is read on white too."""
_WEEK_MINUTES = 10080


def slug_problem(text: str) -> str:
    """Why this is no slug of a town, as a msgid with `slug` to fill in; empty when it is one."""
    if not 2 <= len(text) <= 40:
        return _LENGTH.message
    if not _SLUG.fullmatch(text):
        return _LETTERS.message
    return _TAKEN.message if text in RESERVED else ""


def valid_slug(text: str) -> bool:
    """Whether a town may be called this in addresses."""
    return not slug_problem(text)


@cache
def capability_names() -> frozenset[str]:
    """The folders under `app/capabilities`; only their names, since imports go the other way."""
    return frozenset(path.parent.name for path in APP.glob("capabilities/*/capability.py"))


@cache
def connector_names() -> frozenset[str]:
    """The folders under `app/feeds/connectors`."""
    return frozenset(path.parent.name for path in APP.glob("feeds/connectors/*/manifest.toml"))


def check_key(file: str, key: str, name: str) -> None:
    """Refuse a short key that can't stand in an address."""
    if not _SLUG.fullmatch(name) or len(name) > 60:
        raise DefinitionError(file, key, "must begin with a small letter and hold a-z, 0-9 and single hyphens only")


def check_unique(file: str, what: str, names: Iterable[str]) -> None:
    """Refuse a name that stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DefinitionError(file, f'{what} "{name}"', "stands twice; each name may stand once")
        seen.add(name)


def check_theme(file: str, theme: ThemeDefinition, folder: Path | None) -> None:
    """Refuse colours that people can't read, and arms that are not there."""
    for key, colour in (("theme.colour", theme.colour), ("theme.colour_dark", theme.colour_dark)):
        if colour and not _COLOUR.fullmatch(colour):
            raise DefinitionError(file, key, f'must be a colour like "#1f5c45", not "{colour}"')
    if theme.colour and (measured := contrast(theme.colour, _LIGHT_GROUND)) < _CONTRAST:
        raise DefinitionError(
            file,
            "theme.colour",
            f"is too light to be read: contrast {measured:.1f} of at least {_CONTRAST}; "
            f"{darker(theme.colour)} would do",
        )
    if not theme.arms:
        return
    arms = Path(theme.arms)
    if arms.is_absolute() or ".." in arms.parts or arms.suffix not in {".svg", ".png", ".webp"}:
        raise DefinitionError(file, "theme.arms", "must be an .svg, .png or .webp file in the town's own folder")
    if folder is None or not (folder / arms).is_file():
        raise DefinitionError(file, "theme.arms", f'names "{theme.arms}", which is not there')


def check_categories(file: str, categories: Iterable[Category]) -> None:
    """Refuse categories that stand twice or belong to no capability."""
    categories = tuple(categories)
    check_unique(file, "category", (one.name for one in categories))
    for one in categories:
        check_key(file, f'category "{one.name}".name', one.name)
        _check_title(file, f'category "{one.name}".title', one.title)
        for name in one.capabilities:
            check_capability(file, f'category "{one.name}".capabilities', name)


def check_providers(file: str, providers: Iterable[Provider]) -> None:
    """Refuse providers that stand twice or can't be reached as written."""
    providers = tuple(providers)
    check_unique(file, "provider", (one.name for one in providers))
    for one in providers:
        label = f'provider "{one.name}"'
        check_key(file, f"{label}.name", one.name)
        _check_title(file, f"{label}.title", one.title)
        check_url(file, f"{label}.url", one.url)
        if one.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", one.email):
            raise DefinitionError(file, f"{label}.email", f'must be a mail address, not "{one.email}"')
        if (one.lat is None) != (one.lon is None):
            raise DefinitionError(file, label, "needs lat and lon together")
        check_place(file, f"{label}.", one.lat, one.lon)


def check_place(file: str, prefix: str, lat: float | None, lon: float | None) -> None:
    """Refuse a place that is not in or near Germany: most often the two are swapped."""
    for key, value, low, high in (("lat", lat, 47, 56), ("lon", lon, 5, 16)):
        if value is not None and not low <= value <= high:
            raise DefinitionError(file, f"{prefix}{key}", f"must be from {low} to {high}, not {value}")


def check_feeds(file: str, feeds: Iterable[FeedDefinition], *, of_region: bool = False) -> None:
    """Refuse feeds that stand twice, that nobody can fetch, or that are asked for too often."""
    feeds = tuple(feeds)
    check_unique(file, "feed", (one.name for one in feeds))
    for one in feeds:
        label = f'feed "{one.name}"'
        check_key(file, f"{label}.name", one.name)
        check_key(file, f"{label}.connector", one.connector.replace("_", "-"))
        if one.enabled and one.connector not in connector_names():
            hint = did_you_mean(one.connector, connector_names())
            raise DefinitionError(file, f"{label}.connector", f'"{one.connector}" is unknown {hint}')
        if one.enabled and not one.url:
            raise DefinitionError(file, f"{label}.url", "is missing; without it the feed must say enabled = false")
        if one.members and not of_region:
            raise DefinitionError(file, f"{label}.members", "belongs into a region's file; a town's feed is the town's")
        if not is_env(one.url):
            check_url(file, f"{label}.url", one.url)
        if not 1 <= one.every_minutes <= _WEEK_MINUTES:
            raise DefinitionError(
                file, f"{label}.every_minutes", f"must be from 1 to {_WEEK_MINUTES}, not {one.every_minutes}"
            )


def check_references(file: str, feeds: Iterable[FeedDefinition], providers: set[str], categories: set[str]) -> None:
    """Refuse a feed that names a provider or a category that the town has not."""
    for one in feeds:
        for key, name, known in (("provider", one.provider, providers), ("category", one.category, categories)):
            if name and name not in known:
                raise DefinitionError(
                    file, f'feed "{one.name}".{key}', f'"{name}" is unknown {did_you_mean(name, known)}'
                )


def check_url(file: str, key: str, url: str) -> None:
    """Refuse what is no web address or holds a password; empty is allowed."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise DefinitionError(file, key, f'must be a web address, not "{url}"') from error
    if parts.scheme not in {"http", "https"} or not host or any(sign.isspace() for sign in url):
        raise DefinitionError(file, key, f'must begin with "https://" or "http://" and name a host, not "{url}"')
    if parts.username is not None or parts.password is not None:
        raise DefinitionError(file, key, 'must hold no user and password; name a variable under options: "env:NAME"')


def check_hosts(file: str, hosts: Iterable[str]) -> None:
    """Refuse what is no host name."""
    hosts = tuple(hosts)
    check_unique(file, "host", hosts)
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise DefinitionError(file, "hosts", f'must be small host names like "app.example.de", not "{host}"')


def check_zone(file: str, zone: str) -> None:
    """Refuse an unknown time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DefinitionError(file, "zone", f'must be a time zone like "Europe/Berlin", not "{zone}"') from error


def check_capability(file: str, key: str, name: str) -> None:
    """Refuse a capability that does not exist."""
    if name not in capability_names():
        raise DefinitionError(file, key, f'"{name}" is no capability {did_you_mean(name, capability_names())}')


def check_capabilities(file: str, capabilities: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse unknown capabilities, and an `enabled` that is neither true nor false."""
    for name, options in capabilities.items():
        check_capability(file, f"capabilities.{name}", name)
        if not isinstance(options.get("enabled", True), bool):
            raise DefinitionError(file, f"capabilities.{name}.enabled", "must be true or false")


def contrast(one: str, other: str) -> float:
    """Contrast of two colours `#rrggbb` from 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def darker(colour: str) -> str:
    """The lightest shade of a colour that can be read on our pages."""
    for share in range(100, -1, -1):
        shade = "#" + "".join(f"{int(colour[at : at + 2], 16) * share // 100:02x}" for at in (1, 3, 5))
        if contrast(shade, _LIGHT_GROUND) >= _CONTRAST:
            return shade
    return "#000000"


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _check_title(file: str, key: str, title: str) -> None:
    if not title.strip():
        raise DefinitionError(file, key, "must not be empty")
