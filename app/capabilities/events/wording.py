"""Events in the words people use: when, where, and under which day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date

from app.capabilities.events.queries import Happening, Listed, When
from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language
from app.kit.slug import numbered
from app.web import words
from app.web.cards import Fact
from app.web.names import told
from app.web.site import current_site


class Row(msgspec.Struct, frozen=True):
    """A date as a list shows it."""

    title: str
    href: str
    when: str
    where: str
    text: str
    source: str
    badge: str
    language: str


class Group(msgspec.Struct, frozen=True):
    """A day's dates under their heading; no heading where the page itself names the day."""

    heading: str
    rows: list[Row]


def path_of(event_id: int, title: str) -> str:
    """The address of an event's page."""
    return "/events/" + numbered(event_id, title)


def when(one: Listed | When) -> str:
    """`heute, 19–22 Uhr`, `5.–7. Dezember`."""
    zone = current_site().zone
    if one.all_day:
        return words.when(one.first_day, one.last_day + timedelta(days=1), zone=zone)
    return words.when(one.starts_at, one.ends_at, zone=zone)


def time_only(one: Listed) -> str:
    """What is left to say under the heading of its day."""
    if one.first_day != one.last_day:
        return when(one)
    if one.all_day:
        return _("all day")
    zone = current_site().timezone
    return words.time_words(one.starts_at.astimezone(zone), one.ends_at.astimezone(zone) if one.ends_at else None)


def heading(day: date, today: date) -> str:
    """`Heute`, `Morgen`, `Samstag, 5. Dezember`, with the year when it is another one."""
    if 0 <= (day - today).days <= 1:
        return words.upfirst(words.day_words(day, today))
    german = language() == "de"
    pattern = ("EEEE, d. MMMM" if german else "EEEE, d MMMM") + (" y" if day.year != today.year else "")
    return format_date(day, pattern, locale=language())


def badge(one: Listed | When, now: datetime) -> str:
    """What one must know before the title."""
    if one.status == "cancelled":
        return _("Cancelled")
    if one.status == "tentative":
        return _("Not certain yet")
    return _("On now") if not one.all_day and one.starts_at <= now < one.over_at else ""


def row(one: Listed, now: datetime, *, under_day: bool = True) -> Row:
    """A date for a list."""
    return Row(
        title=one.title,
        href=path_of(one.id, one.event_title),
        when=time_only(one) if under_day else when(one),
        where=one.location_name,
        text=words.plain(one.summary, 140),
        source=told(one.provider_name or "", one.provider_en or "") or one.source_name or one.organiser,
        badge=badge(one, now),
        language="" if one.language.partition("-")[0] == language() else one.language,
    )


def grouped(items: Sequence[Listed], earliest: date | None, *, one_day: bool = False) -> list[Group]:
    """Dates by day; what began before `earliest` stands under it."""
    now, today = clock.now(), clock.today(current_site().timezone)
    if one_day:
        return [Group("", [row(one, now) for one in items])] if items else []
    groups: list[Group] = []
    last: date | None = None
    for one in items:
        day = max(one.first_day, earliest) if earliest else one.first_day
        if day != last:
            groups.append(Group(heading(day, today), []))
            last = day
        groups[-1].rows.append(row(one, now))
    return groups


def facts(event: Happening, shown: When | None) -> list[Fact]:
    """The summary list of an event's page."""
    found: list[Fact] = []
    if shown is not None:
        found.append(Fact(_("When"), words.upfirst(when(shown)), icon="clock"))
    place = (shown.location_name if shown else "") or event.location_name
    where = ", ".join(dict.fromkeys(part for part in (place, event.address) if part))
    if where:
        found.append(Fact(_("Where"), where, icon="place"))
    if event.latitude is not None and event.longitude is not None:
        point = f"{event.latitude:.6f},{event.longitude:.6f}"
        found.append(Fact(_("Way there"), _("Open in your map app"), f"geo:{point}?q={point}", icon="place"))
    if event.price:
        found.append(Fact(_("Cost"), event.price, icon="euro"))
    if event.accessibility:
        found.append(Fact(_("Accessibility"), event.accessibility, icon="people"))
    if event.organiser:
        found.append(Fact(_("Organiser"), event.organiser, icon="providers"))
    if event.provider_name and event.provider_name != event.organiser:
        name = told(event.provider_name, event.provider_en or "")
        found.append(Fact(_("Published by"), name, f"/providers/{event.provider}", icon="providers"))
    if event.category_name:
        name = told(event.category_name, event.category_en or "")
        found.append(Fact(_("Category"), name, f"/events?category={event.category}"))
    return found


def town_now() -> tuple[datetime, ZoneInfo, date]:
    """Now, the zone of the town that is shown, and its date."""
    zone = current_site().timezone
    return clock.now(), zone, clock.today(zone)
