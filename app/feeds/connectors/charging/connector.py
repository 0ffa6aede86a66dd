"""Charging stations of the register: its CSV file, or its ArcGIS feature service in pages."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from app.feeds.bundle import BUNDLE, bundled, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop
from app.feeds.connectors.charging.columns import Row
from app.feeds.connectors.charging.table import of_csv, of_page, page_of
from app.feeds.items import Address, Geo, Place, Problem, short_id
from app.kit.richtext import shortened

BODY_BYTES: Final = 100_000_000
TOTAL_SECONDS: Final = 120.0
PAGE_ROWS: Final = 1_000
MOST_PAGES: Final = 150
MOST_STATIONS: Final = 60_000
ATTRIBUTION: Final = "Ladesäulenregister der Bundesnetzagentur"
_FAST_KW: Final = 22.0
"""Above it a station charges fast (§ 2 Ladesäulenverordnung)."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """The CSV file, or `…/FeatureServer/0/query`."""
    state: str = ""
    """Only this Bundesland, e.g. `Brandenburg`."""
    district: str = ""
    """Only districts whose name has this in it, e.g. `Potsdam-Mittelmark`."""
    where: str = ""
    """Condition for the feature service, in its own words; without it, by state or everything."""
    licence: str = ""
    attribution: str = ""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The file, or all pages of the service; the first page tells whether anything changed."""
    if not _is_service(config.url):
        return await http.get(config.url, cursor, total_seconds=TOTAL_SECONDS, body_bytes=BODY_BYTES)
    first = await http.get(_page_url(config, 0), cursor, total_seconds=TOTAL_SECONDS, body_bytes=BODY_BYTES)
    if first.status == "not_modified":
        return first
    parts = [part_of("page", first)]
    page = page_of(first.body)
    rows = len(page.features or ())
    while page.exceeded_transfer_limit and page.features:
        if len(parts) >= MOST_PAGES:
            raise Stop("The service never comes to an end. Narrow the feed to a state.", code="endless")
        more = await http.get(_page_url(config, rows), total_seconds=TOTAL_SECONDS, body_bytes=BODY_BYTES)
        if more.body == first.body:
            raise Stop("The service sends the same page again and again.", code="endless")
        page = page_of(more.body)
        rows += len(page.features or ())
        parts.append(part_of("page", more))
    return bundled(parts, first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Place | Problem]:
    """One place for each site; the register has a row for each device on it."""
    sites: dict[str, Site] = {}
    unread = rows = 0
    for row in _rows(body, context):
        rows += 1
        if _elsewhere(row, config):
            continue
        site = _site(row)
        if site is None:
            unread += 1
            continue
        there = sites.setdefault(site.key, site)
        if there is not site:
            there.add(site)
    if not rows:
        raise Stop("The register has no rows. Check the address.", code="nothing-there")
    for site in list(sites.values())[:MOST_STATIONS]:
        yield _place(site, config)
    if unread:
        yield Problem(None, "Some rows of the register can't be read or lack operator or position. They were left out.")
    if len(sites) > MOST_STATIONS:
        yield Problem(None, "The register has more than 60,000 sites here. Narrow the feed to a state.")


class Site(Struct):
    """What stands at one spot of one operator."""

    key: str
    operator: str
    shown: str
    address: Address
    geo: Geo
    points: int
    power_kw: float
    fast: bool
    sockets: dict[str, None]
    payment: str
    since: date | None
    hours: str

    def add(self, other: "Site") -> None:
        """Another device at the same spot."""
        self.points += other.points
        self.power_kw = max(self.power_kw, other.power_kw)
        self.fast = self.fast or other.fast
        self.sockets |= other.sockets
        self.since = min(filter(None, (self.since, other.since)), default=None)


def _is_service(url: str) -> bool:
    path = urlsplit(url).path.lower()
    return "/featureserver/" in path or "/mapserver/" in path


def _page_url(config: Config, offset: int) -> str:
    where = config.where or (f"state='{config.state.replace(chr(39), chr(39) * 2)}'" if config.state else "1=1")
    question = {
        "where": where,
        "outFields": "*",
        "outSR": "4326",
        "f": "json",
        "orderByFields": "OBJECTID",
        "resultOffset": str(offset),
        "resultRecordCount": str(PAGE_ROWS),
    }
    return f"{config.url.partition('?')[0]}?{urlencode(question)}"


def _rows(body: bytes, context: ParseContext) -> Iterable[Row]:
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"[" or context.content_type == BUNDLE:
        return (row for part in unpack(body) for row in of_page(page_of(part.body)))
    if start[:1] == b"{":
        return of_page(page_of(body))
    return of_csv(body, context.charset, context.url)


def _elsewhere(row: Row, config: Config) -> bool:
    """Whether a row is not wanted, or the station is out of service."""
    state, district = row.text("state").casefold(), row.text("district").casefold()
    if config.state and state and state != config.state.casefold():
        return True
    if config.district and district and config.district.casefold() not in district:
        return True
    status = row.text("status").casefold()
    return bool(status) and "betrieb" not in status.replace("außer betrieb", "aus").replace("ausser betrieb", "aus")


def _site(row: Row) -> Site | None:
    lat, lon = row.number("lat"), row.number("lon")
    operator = row.text("operator")
    # The whole of Germany: what lies beyond has its two numbers interchanged or a digit lost.
    if lat is None or lon is None or not operator or not (47 <= lat <= 55.2 and 5.5 <= lon <= 15.3):
        return None
    power = row.power_kw()
    number = row.text("number")
    street = f"{row.text('street')} {number}".strip()
    return Site(
        key=short_id(f"{operator}@{lat:.5f},{lon:.5f}"),
        operator=shortened(operator, 200),
        shown=shortened(row.text("shown"), 200),
        address=Address(street=shortened(street, 200), postcode=_postcode(row), town=shortened(row.text("town"), 100)),
        geo=Geo(round(lat, 6), round(lon, 6)),
        points=max(1, int(row.number("points") or 1)),
        power_kw=power,
        fast="schnell" in row.text("sort").casefold() or power > _FAST_KW,
        sockets=dict.fromkeys(row.sockets()),
        payment=shortened(row.text("payment"), 200),
        since=_day(row.text("since")),
        hours=_hours(row),
    )


def _postcode(row: Row) -> str:
    # Numbers lose the zero at the front.
    text = row.text("postcode").removesuffix(".0")
    return text.zfill(5) if text.isdigit() and len(text) in {4, 5} else ""


def _day(text: str) -> date | None:
    if text.isdigit() and len(text) > 8:  # milliseconds since 1970, as ArcGIS writes a date
        return date.fromordinal(719_163 + int(text) // 86_400_000) if len(text) < 15 else None
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y"):
        try:
            return datetime.strptime(text[:10], form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _hours(row: Row) -> str:
    """`24/7` where the register says so; its other wordings are no grammar and are shown as they are."""
    said = row.text("hours")
    if "24/7" in said or said.casefold().startswith("247"):
        return "24/7"
    parts = [part for part in (row.text("days"), row.text("times")) if part]
    return shortened(", ".join(parts), 300) if parts and "keine angabe" not in said.casefold() else ""


def _place(site: Site, config: Config) -> Place:
    details = {
        "capacity": str(site.points),
        "power_kw": f"{site.power_kw:g}" if site.power_kw else "",
        "sockets": ", ".join(site.sockets),
        "fast": "yes" if site.fast else "no",
        "payment": site.payment,
        "since": site.since.isoformat() if site.since else "",
        # Called by its operator: the register knows no names.
        "named": "" if site.shown else "operator",
    }
    return Place(
        external_id=site.key,
        title=site.shown or site.operator,
        kind="charging",
        geo=site.geo,
        address=site.address,
        opening_hours=site.hours,
        operator=site.operator,
        details={name: text for name, text in details.items() if text},
        licence=config.licence or "CC-BY-4.0",
        attribution=config.attribution or ATTRIBUTION,
    )
