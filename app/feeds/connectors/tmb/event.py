"""Rows of the events' export: each is one date (Termin); those of one event are put together."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.feeds.connector import ParseContext, SkipItem
from app.feeds.connectors.tmb.tree import Element, line, point, written
from app.feeds.items import Event, Geo, Occurrence, short_id
from app.kit.richtext import absolute, plain, sanitise, shortened

MOST_DATES: Final = 1_000
_TRUE: Final = frozenset({"1", "true", "ja"})
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_GERMAN_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_TIME: Final = re.compile(r"(?:^|[T\s])(\d{1,2})[:.](\d{2})", re.ASCII)
_FREE: Final = re.compile(r"cc[ -]?0|cc[ -]zero|gemeinfrei|public domain", re.IGNORECASE)
_MARKUP: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_CATEGORIES: Final = ("KATEGORIE_NAME_D", "E_USERKATEGORIE2_NAME", "E_USERKATEGORIE3_NAME", "E_USERKATEGORIE4_NAME")


class Row(Struct, frozen=True, kw_only=True):
    """A date with what its event says."""

    event: str
    """Number of the event, or of the row where there is none."""
    title: str
    summary: str
    body: str
    """Sanitised."""
    url: str
    updated_at: datetime | None
    categories: tuple[str, ...]
    location: str
    address: str
    organiser: str
    geo: Geo | None
    image: str
    first: date
    last: date
    begin: time | None
    end: time | None


def row_of(element: Element, zone: ZoneInfo) -> Row:
    """A row; raises `SkipItem` when it has no number, title or day."""
    number = line(element, "EVENT_ID") or line(element, "E_ID")
    title = shortened(line(element, "E_TITEL"), 300)
    if not number or not title:
        raise SkipItem("An event has no title.")
    first = _day(line(element, "E_DATUM_VON"))
    if first is None:
        raise SkipItem("An event has no date that can be read.")
    last = max(_day(line(element, "E_DATUM_BIS")) or first, first)
    times = line(element, "E_ZEIT_VON"), line(element, "E_ZEIT_BIS")
    begin, end = (_time(one) for one in times)
    if line(element, "E_NODATES").casefold() in _TRUE or last > first + timedelta(days=1):
        begin = end = None  # from the first to the last day: what time it is on each of them stands in the text
    if begin == time(0) and end in (None, time(0)):
        begin = None  # midnight is how the export writes that nobody said
    town = " ".join(part for part in (line(element, "E_LOC_PLZ"), line(element, "E_LOC_ORT")) if part)
    free = _FREE.search(line(element, "E_PIC1LICENSE"))
    return Row(
        event=number,
        title=title,
        summary=plain(_html(written(element, "E_BESCHREIBUNG")), 400),
        body=_body(element, (begin is None and line(element, "E_ZEIT_TEXT")) or ""),
        url=next((url for name in ("E_URL1", "E_URL2", "E_LOC_WEB") if (url := _link(element, name))), ""),
        updated_at=_moment(line(element, "E_MODIFYDATE"), zone),
        categories=tuple(dict.fromkeys(name for field in _CATEGORIES if (name := line(element, field)[:80]))),
        location=shortened(line(element, "E_LOC_NAME"), 200),
        address=", ".join(part for part in (line(element, "E_LOC_STRASSE"), town) if part),
        organiser=shortened(line(element, "E_KONTAKT_FIRMA"), 200),
        geo=point(line(element, "E_GEOKOORD_LAT"), line(element, "E_GEOKOORD_LNG")),
        # Pictures are licensed to the association: only what is free without a credit is taken.
        image=(_link(element, "IMAGELINK_XL") or _link(element, "IMAGELINK_BIG")) if free else "",
        first=first,
        last=last,
        begin=begin,
        end=end,
    )


def event_of(rows: Sequence[Row], context: ParseContext) -> Event:
    """The event of these rows; of a series the dates within the window."""
    dates = {one.key: one for row in rows for one in _occurrence(row, context.zone)}
    told = sorted(dates.values(), key=lambda one: (_start(one, context.zone), one.key))
    if len(told) > 1:
        kept = [one for one in told if context.window_start <= _end(one, context.zone)]
        told = [one for one in kept if _start(one, context.zone) < context.window_end][:MOST_DATES]
    row = rows[0]
    head = told[0] if told else next(_occurrence(row, context.zone))
    return Event(
        external_id=short_id(f"event/{row.event}"),
        title=row.title,
        url=row.url,
        language="de",
        updated_at=max((one.updated_at for one in rows if one.updated_at), default=None),
        summary=row.summary or plain(row.body, 400),
        body_html=row.body,
        categories=row.categories,
        image_url=row.image,
        geo=row.geo,
        all_day=head.first_day is not None,
        starts_at=head.starts_at,
        ends_at=head.ends_at,
        first_day=head.first_day,
        last_day=head.last_day,
        zone=context.zone.key,
        location_name=row.location,
        address=row.address,
        organiser=row.organiser,
        occurrences=tuple(told),
    )


def _occurrence(row: Row, zone: ZoneInfo) -> Iterator[Occurrence]:
    """The date of a row."""
    if row.begin is None:
        yield Occurrence(key=f"{row.first:%Y%m%d}", first_day=row.first, last_day=row.last)
        return
    starts = _utc(row.first, row.begin, zone)
    ends = _utc(row.last, row.end, zone) if row.end else None
    if ends is not None and ends <= starts:
        # Until two in the morning: of the next day, even if the export names the same.
        ends = _utc(row.first + timedelta(days=1), row.end, zone) if row.end and row.end < row.begin else None
    yield Occurrence(key=f"{starts:%Y%m%dT%H%M%SZ}", starts_at=starts, ends_at=ends)


def _utc(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _start(one: Occurrence, zone: ZoneInfo) -> datetime:
    return one.starts_at or _utc(one.first_day or date.min, time(0), zone)


def _end(one: Occurrence, zone: ZoneInfo) -> datetime:
    if one.last_day is not None:
        return _utc(one.last_day, time(23, 59), zone)
    return one.ends_at or _start(one, zone)


def _body(element: Element, times: str) -> str:
    parts = [times and f"<p>{_quoted(times)}</p>", _html(written(element, "E_BESCHREIBUNG"))]
    if line(element, "E_AUSGEBUCHT").casefold() in _TRUE:
        parts.append("<p><strong>Ausgebucht.</strong></p>")
    if price := line(element, "E_PREISTEXT"):
        parts.append(f"<p><strong>Eintritt:</strong> {_quoted(price)}</p>")
    if access := line(element, "E_BARRIEREFREI_TEXT") or line(element, "E_BARRIEREFREI_TYPES"):
        parts.append(f"<p><strong>Barrierefreiheit:</strong> {_quoted(access)}</p>")
    links = {
        _link(element, name): line(element, label) or said
        for name, label, said in (
            ("E_TICKETURL_D", "", "Eintrittskarten"),
            ("E_URL1", "E_URL1DESC", "Mehr dazu"),
            ("E_URL2", "E_URL2DESC", "Mehr dazu"),
            ("E_BARRIEREFREI_URL", "E_BARRIEREFREI_URLDESC", "Barrierefreiheit"),
        )
    }
    listed = "".join(f'<li><a href="{_quoted(url)}">{_quoted(name)}</a></li>' for url, name in links.items() if url)
    return sanitise("".join(parts) + (f"<ul>{listed}</ul>" if listed else ""))


def _html(text: str) -> str:
    """What was written without markup keeps its lines."""
    if _MARKUP.search(text):
        return text
    return "".join(f"<p>{_quoted(part.strip())}</p>" for part in text.split("\n") if part.strip())


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _link(element: Element, name: str) -> str:
    address = line(element, name)
    return absolute(f"https://{address}" if address.startswith("www.") else address, "")


def _day(text: str) -> date | None:
    found = _ISO_DAY.search(text)
    numbers = found.groups() if found else None
    if numbers is None and (german := _GERMAN_DAY.search(text)):
        numbers = german.groups()[::-1]
    try:
        year, month, day = (int(number) for number in numbers or ())
        return date(year, month, day) if 1970 <= year <= 2200 else None
    except ValueError:
        return None


def _time(text: str) -> time | None:
    found = _TIME.search(text)
    try:
        return time(int(found[1]) % 24, int(found[2])) if found else None
    except ValueError:
        return None


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
