"""Places and tours in the words people use."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec
from babel.numbers import format_decimal

from app.capabilities.places import kinds
from app.capabilities.places.details import details_of
from app.capabilities.places.queries import Listed, Whole, away_metres
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language, lazy, ngettext_
from app.kit.opening import Calendar
from app.kit.slug import numbered
from app.web import opening, words
from app.web.cards import Fact
from app.web.names import told

WHEELCHAIR: Final = {
    "yes": lazy("Accessible by wheelchair"),
    "limited": lazy("Partly accessible by wheelchair"),
    "no": lazy("Not accessible by wheelchair"),
}


class Row(msgspec.Struct, frozen=True):
    """A place as a list shows it."""

    id: int
    title: str
    href: str
    kind: str
    where: str
    hours: opening.Told
    wheelchair: str
    badge: str
    language: str


def path_of(place_id: int, title: str) -> str:
    """The address of a place's page."""
    return "/places/" + numbered(place_id, title)


def title_of(title: str, kind: str, named: str) -> str:
    """What a place is called: one without a name of its own as its kind, a charging station with its operator."""
    if named == "no":
        return kinds.name_of(kind)
    if named == "operator":
        return f"{kinds.name_of(kind)} {title}"
    return title


def distance_words(metres: float) -> str:
    """`80 m`, `350 m`, `1,2 km`, `14 km`."""
    if metres < 995:
        return f"{max(10, round(metres / 10) * 10)} m"
    return f"{format_decimal(round(metres / 1000, 1 if metres < 9_950 else 0), locale=language())} km"


def row(one: Listed, days_off: Calendar, now: datetime, near: tuple[float, float] | None = None) -> Row:
    """A place for a list."""
    away = away_metres(one, near)
    street = ", ".join(dict.fromkeys(part for part in (one.street, one.town) if part))
    where = [distance_words(away)] if away is not None else []
    return Row(
        id=one.id,
        title=title_of(one.title, one.kind, one.named),
        href=path_of(one.id, one.title if one.named != "no" else ""),
        kind=kinds.name_of(one.kind),
        where=" · ".join([*where, street] if street else where),
        hours=opening.told(one.opening_hours, days_off, now),
        wheelchair=str(WHEELCHAIR[one.wheelchair]) if one.wheelchair in ("yes", "limited") else "",
        badge="" if one.confirmed else _("Unconfirmed"),
        language="" if one.language.partition("-")[0] in ("", language()) else one.language,
    )


def facts(one: Whole, *, mobility: bool) -> list[Fact]:
    """The summary list of a place's page; opening hours have a table of their own."""
    found: list[Fact] = []
    town = " ".join(part for part in (one.postcode, one.town) if part)
    address = ", ".join(part for part in (one.street, town) if part)
    if address:
        found.append(Fact(_("Address"), address, icon="place"))
    if one.latitude is not None and one.longitude is not None:
        point = f"{one.latitude:.6f},{one.longitude:.6f}"
        name = quote(one.title[:80], safe="")
        found.append(Fact(_("Way there"), _("Open in your map app"), f"geo:{point}?q={point}({name})", icon="place"))
        if mobility:
            found.append(Fact(_("By bus and train"), _("Find a connection"), f"/mobility?lat={one.latitude:.5f}&lon={one.longitude:.5f}", icon="bus"))  # fmt: skip  # noqa: E501
    if one.phone:
        found.append(Fact(_("Phone"), one.phone, "tel:" + "".join(sign for sign in one.phone if sign in "+0123456789"), icon="phone"))  # fmt: skip  # noqa: E501
    if one.email:
        found.append(Fact(_("E-mail"), one.email, f"mailto:{one.email}", icon="mail"))
    if one.url:
        found.append(Fact(_("Web page"), host_of(one.url), one.url, icon="web"))
    if one.wheelchair in WHEELCHAIR or one.wheelchair_note:
        said = str(WHEELCHAIR.get(one.wheelchair, ""))
        found.append(Fact(_("Wheelchair"), ": ".join(part for part in (said, one.wheelchair_note) if part), icon="people"))  # fmt: skip  # noqa: E501
    if one.contact_name:
        found.append(Fact(_("Contact"), one.contact_name, icon="person"))
    if one.operator and one.operator.casefold() != one.title.casefold():
        found.append(Fact(_("Run by"), one.operator, icon="providers"))
    if one.provider_name:
        name = told(one.provider_name, one.provider_en or "")
        found.append(Fact(_("Published by"), name, f"/providers/{one.provider}", icon="providers"))
    return found + details_of(one.kind, one.details)


def host_of(url: str) -> str:
    """An address as people say it: `cafe.example`."""
    return url.partition("://")[2].partition("/")[0].removeprefix("www.") or url


def sources(shown: Sequence[Listed]) -> list[tuple[str, str]]:
    """Who must be named under a list, each once with its licence."""
    pairs = ((one.attribution or one.source_name, one.licence) for one in shown if one.attribution or one.source_name)
    return list(dict.fromkeys(pairs))


def count_words(number: int) -> str:
    """`3 Orte`."""
    return ngettext_("%(num)s place", "%(num)s places", number) % {"num": number}


def day_of(text: str) -> str:
    """A day of a source: `2024-12-31` as `31. Dezember 2024`, a year as it is."""
    try:
        return words.date_medium(datetime.fromisoformat(text).date()) if len(text) == 10 else text.lstrip("0")
    except ValueError:
        return text
