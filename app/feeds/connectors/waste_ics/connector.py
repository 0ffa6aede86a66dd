"""Collection days (Abfuhrtermine) from a calendar in the iCalendar format: of one street, or of many.

The calendar is read as `ics` reads it. An entry's identity is street, day and name, because many exports make up new
ids each time. What is over is left out: it goes from the calendars at the turn of the year anyway.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct

from app.feeds.bundle import bundled, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.ics.blocks import blocks_of
from app.feeds.connectors.ics.component import Component
from app.feeds.connectors.ics.recurrence import Allowance
from app.feeds.connectors.ics.series import Series
from app.feeds.connectors.ics.zones import Zones, by_name
from app.feeds.connectors.waste_ics.words import bins_of, called_off, usual_day
from app.feeds.items import Collection, Fraction, Occurrence, Problem, short_id
from app.kit import clock
from app.kit.http import BadStatus
from app.kit.richtext import clean_line, shortened

ACCEPT: Final = "text/calendar, */*;q=0.5"
_NEXT_YEAR_FROM_MONTH: Final = 12
_SPLIT: Final = re.compile(r"[,;\n]")
_MOST_STREETS: Final = 2_000


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the calendar; `{year}` stands for this year, from December on the next one is fetched too."""
    street: str = ""
    """Street or tour that the whole calendar is for."""
    street_from: Literal["", "summary", "location", "description", "calendar"] = ""
    """Where an entry names its street; without it and without `street` the calendar is one, named by its feed."""
    street_pattern: str = ""
    """Regular expression; its first group (or all of it) is the street within that text."""
    street_list: bool = False
    """The text names several streets, with commas, semicolons or lines between them."""
    fractions: dict[str, Fraction] = {}
    """Part of an entry's text → our fraction, e.g. `"grüne Tonne" = "organic"`; goes before the usual words."""
    ignore: tuple[str, ...] = ()
    """Entries whose title holds one of these are no collection."""
    days_later: int = 0
    """1 when the entries stand on the evening before."""
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't be read, with the reason."""
        try:
            re.compile(self.street_pattern)
        except re.error as error:
            raise ValueError(f"street_pattern is no regular expression: {error}") from error
        if not 0 <= self.days_later <= 2:
            raise ValueError("days_later must be 0, 1 or 2")


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The calendar, conditionally; in December with that of the next year, if there is one yet."""
    url = re.sub(r"\Awebcals?://", "https://", config.url.strip(), flags=re.IGNORECASE)
    today = clock.today()
    if "{year}" not in url:
        return await http.get(url, cursor, accept=ACCEPT)
    this = url.replace("{year}", str(today.year))
    if today.month < _NEXT_YEAR_FROM_MONTH:
        return await http.get(this, cursor, accept=ACCEPT)
    # Without what is known: the two belong together, and an unchanged half would say nothing about the other.
    first = await http.get(this, accept=ACCEPT)
    try:
        second = await http.get(url.replace("{year}", str(today.year + 1)), accept=ACCEPT)
    except BadStatus as error:
        if error.answer in {404, 410}:  # not published yet
            return first
        raise
    return bundled([part_of("this", first), part_of("next", second)], first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Collection | Problem]:
    """The collections from the window's first day on; raises `Stop` when the bytes are no calendar."""
    if not body.lstrip().startswith(b"["):
        yield from _calendar(body, config, context)
        return
    parts = unpack(body)
    if not parts:
        raise Stop("What came from the source can't be read.", code="unreadable")
    this, *others = parts
    yield from _calendar(this.body, config, msgspec.structs.replace(context, url=this.url))
    for part in others:
        try:
            yield from _calendar(part.body, config, msgspec.structs.replace(context, url=part.url))
        except Stop:
            yield Problem(None, "The calendar of the next year can't be read yet.")


def _calendar(body: bytes, config: Config, context: ParseContext) -> Iterator[Collection | Problem]:
    blocks = blocks_of(body, context.charset, context.url)
    named = by_name(blocks.fields.get("X-WR-TIMEZONE", "")) and blocks.fields["X-WR-TIMEZONE"]
    zones = Zones(context.zone, blocks.zones)
    if named:
        context = msgspec.structs.replace(context, zone=type(context.zone)(named.strip("/")))
    if not blocks.whole:
        yield Problem(None, "The calendar is damaged or incomplete. What could be read was taken.")
    for _ in range(blocks.broken):
        yield Problem(None, "An event can't be read.")
    if blocks.left_out:
        yield Problem(None, "The calendar has more than 5,000 events. The rest was left out.")
    by_uid: dict[str, list[Component]] = {}
    for number, text in enumerate(blocks.events):
        try:
            one = Component(text, zones)
        except SkipItem as skipped:
            yield Problem(None, skipped.reason)
            continue
        # Some exports give all entries the same id: only exceptions of a series need it.
        uid = one.uid if one.rules() or one.replaces else f"{one.uid}/{number}"
        by_uid.setdefault(uid, []).append(one)
    name = clean_line(blocks.fields.get("X-WR-CALNAME", "").replace("\\,", ","))
    allowance = Allowance()
    for components in by_uid.values():
        yield from _entry(Series(components), name, config, context, allowance)


def _entry(
    series: Series, calendar: str, config: Config, context: ParseContext, allowance: Allowance
) -> Iterator[Collection | Problem]:
    main = series.main
    if not main.title:
        yield Problem(main.uid, "An event has no title.")
        return
    if any(word and word.casefold() in main.title.casefold() for word in config.ignore):
        return
    sources = {"summary": main.title, "location": main.text("LOCATION"), "description": main.text("DESCRIPTION")}
    streets = _streets(sources | {"calendar": calendar}, config)
    if not streets:
        yield Problem(main.uid, "An entry of the rubbish calendar names no street.")
        return
    for one in series.occurrences(context, allowance):
        if one.status != "cancelled":
            yield from _collections(one, main, streets, config, context)
    for reason in dict.fromkeys(series.problems):
        yield Problem(main.uid, reason)


def _collections(
    one: Occurrence, main: Component, streets: list[str], config: Config, context: ParseContext
) -> Iterator[Collection]:
    day, note = _day(one, context)
    day += timedelta(days=config.days_later)
    if day < _local(context.window_start, context):
        return
    title = one.title or main.title
    text = one.summary or main.body("")[1]
    said = f"{title} {text}"
    if called_off(said):
        return
    street_text = {clean_line(main.text("LOCATION")), title}
    note = note or ("" if clean_line(text) in street_text or config.street_from == "description" else text)
    for name, fraction in bins_of(title, config.fractions):
        for street in streets:
            yield Collection(
                external_id=short_id("/".join(part for part in (street, day.isoformat(), name) if part)),
                title=name,
                url=main.link(context.url),
                licence=config.licence,
                attribution=config.attribution,
                day=day,
                fraction=fraction,
                street=street,
                moved_from=usual_day(said, day),
                note=shortened(clean_line(note), 300),
            )


def _day(one: Occurrence, context: ParseContext) -> tuple[date, str]:
    """The day, and the span in figures where an entry stands for several days."""
    if one.first_day is not None:
        last = one.last_day or one.first_day
        span = f"{one.first_day:%d.%m.}–{last:%d.%m.%Y}" if last > one.first_day else ""
        return one.first_day, span
    assert one.starts_at is not None  # noqa: S101  # either days or times are set
    return _local(one.starts_at, context), ""


def _local(moment: datetime, context: ParseContext) -> date:
    return moment.astimezone(context.zone).date()


def _streets(sources: dict[str, str], config: Config) -> list[str]:
    """The streets of an entry; one empty name when the calendar is for a single area."""
    if not config.street_from:
        return [clean_line(config.street)]
    text = sources[config.street_from]
    if config.street_pattern:
        found = re.search(config.street_pattern, text)
        text = (found[1] if found.re.groups else found[0]) or "" if found else ""
    names = _SPLIT.split(text) if config.street_list else [text]
    clean = [shortened(clean_line(name), 120) for name in names[:_MOST_STREETS]]
    return list(dict.fromkeys(name for name in clean if name)) or ([config.street] if config.street else [])
