"""Events from calendars in the iCalendar format (RFC 5545): Google, Nextcloud, Outlook, waste collection."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem
from app.feeds.connectors.ics.blocks import blocks_of
from app.feeds.connectors.ics.component import Component
from app.feeds.connectors.ics.recurrence import Allowance
from app.feeds.connectors.ics.series import Series, times
from app.feeds.connectors.ics.zones import Zones, by_name, id_of
from app.feeds.items import Event, Problem, short_id
from app.kit.richtext import clean_line, shortened

ACCEPT: Final = "text/calendar, */*;q=0.5"
_MOST_CATEGORIES: Final = 12
_REFRESH: Final = re.compile(
    rb"^(?:REFRESH-INTERVAL[^:\r\n]*|X-PUBLISHED-TTL):P(?:(\d{1,3})W)?(?:(\d{1,4})D)?"
    rb"(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?\s*$",
    re.MULTILINE,
)
_HEAD_BYTES: Final = 20_000


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the calendar; `webcal://` is fine."""
    category: str = ""
    """Put before the event's own categories."""
    licence: str = ""
    attribution: str = ""
    """Who must be named; by default the calendar's name."""
    language: str = ""
    zone: str = ""
    """Tz id for times that name none; by default the calendar's, then the town's."""

    def __post_init__(self) -> None:
        """Refuse a zone that does not exist."""
        if self.zone and by_name(self.zone) is None:
            raise ValueError(f"zone must be a tz id such as Europe/Berlin, not {self.zone!r}")


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The calendar's bytes, conditionally."""
    url = re.sub(r"\Awebcals?://", "https://", config.url.strip(), flags=re.IGNORECASE)
    return await http.get(url, cursor, accept=ACCEPT)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Event | Problem]:
    """The events with their dates in the window; raises `Stop` when the bytes are no calendar."""
    blocks = blocks_of(body, context.charset, context.url)
    default = _zone(config.zone) or _zone(blocks.fields.get("X-WR-TIMEZONE", "")) or context.zone
    context = msgspec.structs.replace(context, zone=default)
    zones = Zones(default, blocks.zones)
    if not blocks.whole:
        yield Problem(None, "The calendar is damaged or incomplete. What could be read was taken.")
    for _ in range(blocks.broken):
        yield Problem(None, "An event can't be read.")
    if blocks.left_out:
        yield Problem(None, "The calendar has more than 5,000 events. The rest was left out.")
    by_uid: dict[str, list[Component]] = {}
    for text in blocks.events:
        try:
            component = Component(text, zones)
        except SkipItem as skipped:
            yield Problem(_uid_in(text), skipped.reason)
            continue
        by_uid.setdefault(component.uid, []).append(component)
    called_off = blocks.fields.get("METHOD", "").upper() == "CANCEL"
    name = blocks.fields.get("X-WR-CALNAME", "")
    allowance = Allowance()
    for uid, components in by_uid.items():
        yield from _events(short_id(uid), components, config, context, (name, called_off, allowance))


def pace(body: bytes) -> int | None:
    """Seconds between fetches that the calendar asks for: REFRESH-INTERVAL (RFC 7986) or X-PUBLISHED-TTL."""
    found = _REFRESH.search(body[:_HEAD_BYTES])
    if not found:
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return int(span.total_seconds()) or None


def _events(
    uid: str, components: list[Component], config: Config, context: ParseContext, calendar: tuple[str, bool, Allowance]
) -> Iterator[Event | Problem]:
    series = Series(components)
    main = series.main
    if main.hidden:
        yield Problem(uid, "An event is marked as private. It is not shown.")
        return
    if not main.title:
        yield Problem(uid, "An event has no title.")
        return
    calendar_name, called_off, allowance = calendar
    body, summary = main.body(context.url)
    name, address = main.location()
    start = main.span.start
    fields: dict[str, Any] = times(start, main.span.length)
    yield Event(
        external_id=uid,
        title=main.title,
        url=main.link(context.url),
        language=(main.parameter("SUMMARY", "LANGUAGE") or config.language).partition("-")[0].lower()[:8],
        published_at=main.stamp("CREATED"),
        updated_at=main.stamp("LAST-MODIFIED"),
        summary=summary,
        body_html=body,
        categories=_categories(main, config),
        author="",
        licence=config.licence,
        attribution=config.attribution or shortened(clean_line(calendar_name.replace("\\,", ",")), 200),
        image_url=main.image(),
        geo=main.geo(),
        all_day=main.span.all_day,
        zone=id_of(getattr(start, "tzinfo", None), context.zone),
        location_name=name,
        address=address,
        organiser=main.organiser(),
        status="cancelled" if called_off else main.status,
        sequence=main.sequence,
        rrule=series.rule[:1_000],
        occurrences=series.occurrences(context, allowance),
        **fields,
    )
    for reason in dict.fromkeys(series.problems):
        yield Problem(uid, reason)


def _categories(main: Component, config: Config) -> tuple[str, ...]:
    names = [config.category, *main.categories()]
    return tuple(dict.fromkeys(one for one in names if one))[:_MOST_CATEGORIES]


def _zone(name: str) -> ZoneInfo | None:
    found = by_name(name.strip()) if name else None
    return found if isinstance(found, ZoneInfo) else None


def _uid_in(text: str) -> str | None:
    found = re.search(r"^UID[^:\r\n]*:(.+)$", text, re.MULTILINE)
    return short_id(clean_line(found[1])) if found else None
