"""Secrets of feeds: an option or address says `env:NAME`, and the value is put in only while the source is asked.

What is stored, shown, exported or kept for reading again holds the name. Whoever may write a feed's options also says
where they are sent, so not everybody may name everything: see `allowed_to`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

import msgspec

from app.feeds.bundle import BUNDLE, pack, unpack
from app.feeds.connector import Failure, Fetched, Stop
from app.settings import named_secret

PREFIX: Final = "VILLAGE_"
OURS: Final = frozenset({"VILLAGE_SECRET_KEY", "VILLAGE_OIDC_CLIENT_SECRET", "VILLAGE_SMTP_URL"})
"""What the platform itself lives by; no source is ever given it."""
_OF_STAFF: Final = "VILLAGE_OIDC_"
_MARK: Final = "env:"
_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,120}")
_LEAST: Final = 4
"""Signs: a shorter value would be found in words that have nothing to do with it."""

Secrets = Mapping[str, str]
"""Name → value."""


def allowed_to(town: str = "") -> str:
    """What the names begin with that a town's feeds may use; without a town: a region's, which only operators write.

    Two underscores end the town's name, because `VILLAGE_FEED_BAD_` would also begin those of Bad Belzig.
    """
    return f"{PREFIX}FEED_{town.replace('-', '_').upper()}__" if town else PREFIX


def is_named(text: str) -> bool:
    """Whether a text names a variable."""
    return text.startswith(_MARK)


def filled(url: str, options: Mapping[str, Any], allowed: str) -> tuple[dict[str, Any], Secrets]:
    """Address and options with the values in them, and the values by name; raises `Stop` for one that is missing."""
    found: dict[str, str] = {}

    def value(name: str) -> str:
        if not (_NAME.fullmatch(name) and name.startswith(allowed)) or name in OURS or name.startswith(_OF_STAFF):
            raise Stop(
                "This source may not use the variable %(name)s: its name must begin with %(allowed)s.",
                code="secret-refused",
                name=name[:60],
                allowed=allowed,
            )
        found[name] = named_secret(name)
        if not found[name]:
            raise Stop(
                "The variable %(name)s is not set. The platform's operator sets it where the platform is started.",
                code="secret-missing",
                name=name[:130],
            )
        return found[name]

    return _walked({"url": url, **options}, value), found


def _walked(one: Any, value: Callable[[str], str]) -> Any:
    if isinstance(one, str):
        return value(one.removeprefix(_MARK)) if is_named(one) else one
    if isinstance(one, Mapping):
        return {name: _walked(inner, value) for name, inner in one.items()}
    if isinstance(one, list | tuple):
        return [_walked(inner, value) for inner in one]
    return one


def hidden(text: str, secrets: Secrets) -> str:
    """A text with the names where the values stood, also as they are written in addresses."""
    for name, value in secrets.items():
        if len(value) >= _LEAST:
            for written in sorted({value, quote(value), quote(value, safe=""), quote_plus(value)}, key=len)[::-1]:
                text = text.replace(written, f"{_MARK}{name}")
    return text


def without(fetched: Fetched, secrets: Secrets) -> Fetched:
    """An answer without the values: some sources repeat the address that they were asked by."""
    if not secrets or fetched.status == "not_modified":
        return fetched
    body = fetched.body
    if fetched.content_type == BUNDLE:
        body = pack(
            [
                msgspec.structs.replace(part, url=hidden(part.url, secrets), body=_hidden(part.body, secrets))
                for part in unpack(body)
            ]
        )
    elif body:
        body = _hidden(body, secrets)
    return msgspec.structs.replace(fetched, url=hidden(fetched.url, secrets), body=body)


def _hidden(body: bytes, secrets: Secrets) -> bytes:
    if not any(value.encode() in body or quote_plus(value).encode() in body for value in secrets.values()):
        return body
    return hidden(body.decode("utf-8", "surrogateescape"), secrets).encode("utf-8", "surrogateescape")


def told(failure: Failure, secrets: Secrets) -> Failure:
    """A failure whose text holds no value."""
    failure.params = {
        name: hidden(value, secrets) if isinstance(value, str) else value for name, value in failure.params.items()
    }
    return failure


class Broken(Exception):
    """A mistake of ours in a feed that has secrets; the text holds none of them, and there is no trace that would."""
