"""Defect reports that a town publishes by Open311 GeoReport v2 (<https://wiki.open311.org/GeoReport_v2/>)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from app.feeds.bundle import bundled, named, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.open311_in.reading import MOST_REPORTS, entries_of, newest, report_of
from app.feeds.items import Item, Problem, short_id
from app.kit import clock
from app.kit.http import BadStatus
from app.kit.richtext import clean_line

ACCEPT: Final = "application/json, application/xml;q=0.9, text/xml;q=0.9"


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the endpoint, up to the name of the version: `…/open311/v2`."""
    format: Literal["json", "xml"] = "json"
    jurisdiction: str = ""
    """`jurisdiction_id`, where the server has several towns."""
    days: int = 90
    """How far back reports are shown; the standard lets no server answer more at once."""
    most_pages: int = 20
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse a window that the standard does not know."""
        if not 1 <= self.days <= 90:
            raise ValueError("days must lie between 1 and 90")


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The list of kinds and the reports of the window, packed; not modified only when the reports are not."""
    day = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=config.days)
    first = await http.get(_url(config, "requests", start_date=_stamp(day)), cursor, accept=ACCEPT)
    if first.status == "not_modified":
        return first
    services = await http.get(_url(config, "services"), accept=ACCEPT)
    parts = [part_of("services", services), part_of("requests", first)]
    seen = _numbers(first.body)
    for page in range(2, config.most_pages + 1):
        if not seen:
            break
        try:
            further = await http.get(_url(config, "requests", start_date=_stamp(day), page=str(page)), accept=ACCEPT)
        except BadStatus:
            break  # it knows no pages
        # A server without pages sends the same again.
        numbers = _numbers(further.body)
        if not numbers - seen:
            break
        seen |= numbers
        parts.append(part_of("requests", further))
    # The window moves every day; the same reports are the same bundle all the same.
    return bundled([replace(part, url=part.url.partition("?")[0]) for part in parts], first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """The reports, each once; raises `Stop` when the bytes are no bundle of GeoReport."""
    parts = unpack(body)
    answers = list(named(parts, "requests"))
    if not answers:
        raise Stop("The file is not Open311 (GeoReport v2). Check the address.", code="no-feed")
    services = {
        clean_line(one.get("service_code", "")): clean_line(one.get("service_name", ""))
        for part in named(parts, "services")
        for one in entries_of(part.body, "service")
    }
    entries = [one for part in answers for one in entries_of(part.body, "request")]
    for entry in list(newest(entries))[:MOST_REPORTS]:
        try:
            report = report_of(entry, services, context.zone, config.url)
        except SkipItem as skipped:
            number = clean_line(entry.get("service_request_id", ""))
            yield Problem(short_id(number) if number else None, skipped.reason)
            continue
        yield replace(report, licence=config.licence, attribution=config.attribution)


def _url(config: Config, name: str, **query: str) -> str:
    if config.jurisdiction:
        query = {"jurisdiction_id": config.jurisdiction} | query
    return f"{config.url.rstrip('/')}/{name}.{config.format}" + (f"?{urlencode(query)}" if query else "")


def _stamp(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _numbers(body: bytes) -> set[str]:
    return {one.get("service_request_id", "") for one in entries_of(body, "request")}
