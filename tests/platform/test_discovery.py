"""What can be found for a town: from its AGS without asking anybody, and on its website, politely."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from app.kit.http import Http
from app.platform.discovery import Discovery, Options, Step, discover
from app.platform.discovery.registry import servers
from app.platform.towns import UnknownAgs
from tests import loop
from tests.origin import Asked, Origin
from tests.village import Village

BELZIG = "12069020"

NEWS = (
    b'<rss version="2.0"><channel><title>Stadt Musterdorf</title>'
    b"<item><title>Alt</title><guid>1</guid><link>https://musterdorf.example/1</link>"
    b"<pubDate>Mon, 01 Jun 2026 08:00:00 GMT</pubDate></item>"
    b"<item><title>Neu</title><guid>2</guid><link>https://musterdorf.example/2</link>"
    b"<pubDate>Mon, 08 Jun 2026 08:00:00 GMT</pubDate></item></channel></rss>"
)
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Musterdorf//DE\r\nX-WR-CALNAME:Bibliothek\r\n"
    b"BEGIN:VEVENT\r\nUID:lesung\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20270105T180000Z\r\n"
    b"DTEND:20270105T200000Z\r\nSUMMARY:Lesung\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        yield started


@pytest.fixture
def http(origin: Origin) -> Iterator[Http]:
    async def make() -> Http:
        return Http(private_hosts=frozenset({origin.host})).impatient()

    client = loop.run(make())
    yield client
    loop.run(client.aclose())


def html(*body: str, head: str = "") -> bytes:
    return (
        f"<!doctype html><html><head><title>Musterdorf</title>{head}</head><body>{''.join(body)}</body></html>".encode()
    )


def a_website(origin: Origin) -> None:
    """A first page that announces news, a section with a calendar, and a page that nobody may read."""
    links = (
        '<a href="/freizeit/veranstaltungen">Veranstaltungen</a>',
        '<a href="/intern/termine">Termine (intern)</a>',
        '<a href="https://fremd.example/kalender">Ein anderer Kalender</a>',
        '<a href="/plan.pdf">Aktueller Plan</a>',
    )
    feed = '<link rel="alternate" type="application/rss+xml" title="Neues" href="/rss.xml">'
    origin.file("/robots.txt", b"User-agent: *\nDisallow: /intern/\n", "text/plain")
    origin.file("/", html(*links, head=feed), "text/html")
    origin.file("/freizeit/veranstaltungen", html('<a href="webcal://127.0.0.1/nichts">x</a>'), "text/html")
    origin.file("/rss.xml", NEWS)


async def look(http: Http, origin: Origin, website: str = "/", **more: object) -> tuple[Discovery, list[Step]]:
    """Discovery for Bad Belzig; Wikidata is a server that knows nothing, unless told otherwise."""
    told: list[Step] = []

    async def progress(step: Step) -> None:
        told.append(step)

    options = Options(**({"wikidata": origin.url("/sparql")} | more))  # type: ignore[arg-type]
    address = origin.url(website) if website else ""
    return await discover(BELZIG, website=address, http=http, progress=progress, options=options), told


def state(found: Discovery, source: str) -> str:
    return next(step.state for step in found.steps if step.source == source)


async def test_the_ags_alone_tells_the_keys(platform: Village, origin: Origin, http: Http) -> None:
    found, told = await look(http, origin, "")

    keys = found.keys
    assert (keys.name, keys.district, keys.state) == ("Bad Belzig", "Potsdam-Mittelmark", "Brandenburg")
    assert (keys.ars, keys.nina, keys.holidays) == ("120690020020", "120690000000", "DE-BB")
    assert keys.warn_cells == ("812069020", "112069000")
    assert keys.osm_area == 'area["de:amtlicher_gemeindeschluessel"="12069020"]'
    assert keys.bbox is not None
    assert keys.bbox[0] < 12.566 < keys.bbox[2]
    assert {region.name for region in found.regions} >= {"brandenburg", "potsdam-mittelmark"}
    assert len(found.holidays) == 5
    assert [state(found, one) for one in ("register", "regions", "holidays")] == ["done"] * 3
    assert [state(found, one) for one in ("wikidata", "website")] == ["failed", "off"]
    assert state(found, "stops") == "nothing"
    assert found.requests == 0
    assert {step.source for step in told if step.state == "running"} == {step.source for step in found.steps}


async def test_a_key_that_nobody_has_is_refused(platform: Village, http: Http) -> None:
    with pytest.raises(UnknownAgs):
        await discover("12999999", http=http)


async def test_a_feed_that_the_website_names_is_proposed_with_what_would_come(
    platform: Village, origin: Origin, http: Http
) -> None:
    a_website(origin)

    found, _ = await look(http, origin)

    [news] = found.proposals
    assert (news.connector, news.url, news.found) == ("rss", origin.url("/rss.xml"), "link")
    assert (news.title, news.count) == ("Stadt Musterdorf", 2)
    assert [item.title for item in news.items] == ["Neu", "Alt"]
    assert news.items[0].at is not None
    assert news.page == origin.url("/")
    assert (state(found, "website"), state(found, "council")) == ("done", "nothing")


async def test_robots_are_obeyed_and_strangers_left_alone(platform: Village, origin: Origin, http: Http) -> None:
    a_website(origin)

    found, _ = await look(http, origin)

    visited = [path for path in origin.paths if not path.startswith("/sparql")]
    assert visited[0] == "/robots.txt"
    assert visited.count("/robots.txt") == 1
    assert not any(path.startswith("/intern") for path in origin.paths)
    assert "/plan.pdf" not in origin.paths
    assert found.requests <= 20
    assert len(visited) <= found.requests


async def test_a_website_that_wants_no_robots_is_left_alone(platform: Village, origin: Origin, http: Http) -> None:
    a_website(origin)
    origin.file("/robots.txt", b"User-agent: *\nDisallow: /\n", "text/plain")

    found, _ = await look(http, origin)

    assert [path for path in origin.paths if not path.startswith("/sparql")] == ["/robots.txt"]
    assert found.proposals == ()
    assert state(found, "website") == "failed"
    assert "robots.txt" in next(step.text for step in found.steps if step.source == "website")
    assert state(found, "holidays") == "done"


async def test_a_calendar_and_a_feed_at_usual_addresses(platform: Village, origin: Origin, http: Http) -> None:
    origin.file("/", html("Willkommen"), "text/html")
    origin.file("/feed", NEWS)
    origin.file("/events.ics", CALENDAR, "text/calendar")

    found, _ = await look(http, origin)

    assert {(one.connector, one.found) for one in found.proposals} == {("rss", "path"), ("ics", "path")}
    lesson = next(one for one in found.proposals if one.connector == "ics")
    assert [item.title for item in lesson.items] == ["Lesung"]


async def test_a_calendar_of_bins_is_no_calendar_of_events(platform: Village, origin: Origin, http: Http) -> None:
    origin.file("/", html('<a href="/dorf.ics">Abfuhrkalender für unser Dorf</a>'), "text/html")
    origin.file("/dorf.ics", CALENDAR.replace(b"Lesung", b"Restabfall"), "text/calendar")

    found, _ = await look(http, origin)

    assert [(one.connector, one.count) for one in found.proposals] == [("waste_ics", 1)]


async def test_the_same_news_twice_are_proposed_once(platform: Village, origin: Origin, http: Http) -> None:
    kinds = ("/rss.xml", "/noch-einmal.xml")
    head = "".join(f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in kinds)
    origin.file("/", html(head=head), "text/html")
    for path in kinds:
        origin.file(path, NEWS)

    found, _ = await look(http, origin)

    assert [one.url for one in found.proposals] == [origin.url("/rss.xml")]


async def test_the_allowance_is_kept(platform: Village, origin: Origin, http: Http) -> None:
    a_website(origin)

    found, _ = await look(http, origin, requests=2)

    assert found.requests == 2
    assert found.proposals == ()


async def test_a_slow_website_costs_nobody_else_their_turn(platform: Village, origin: Origin, http: Http) -> None:
    async def never(_: Asked, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    origin.file("/robots.txt", b"", "text/plain")
    origin.route("/", never)

    found, _ = await look(http, origin, seconds=1.5)

    assert found.seconds < 4
    assert state(found, "website") == "failed"
    assert state(found, "regions") == "done"


@pytest.mark.parametrize("page", [b"", b"\x00\xff" * 50, b"<html>" * 5000, b"%PDF-1.4", b"{}"])
async def test_nonsense_instead_of_a_page(platform: Village, origin: Origin, http: Http, page: bytes) -> None:
    origin.file("/", page, "text/html")

    found, _ = await look(http, origin)

    assert found.proposals == ()
    assert state(found, "website") == "nothing"


async def test_wikidata_names_the_website(platform: Village, origin: Origin, http: Http) -> None:
    value = {"type": "uri", "value": origin.url("/")}
    row = {
        "item": {"type": "uri", "value": "http://www.wikidata.org/entity/Q1"},
        "key": {"type": "literal", "value": "website"},
        "value": value,
    }
    body = msgspec.json.encode({"head": {"vars": []}, "results": {"bindings": [row]}})
    origin.file("/sparql", body, "application/sparql-results+json")
    a_website(origin)

    found, _ = await look(http, origin, "")

    assert found.website == origin.url("/")
    assert ("website", origin.url("/")) in {(fact.name, fact.value) for fact in found.facts}
    assert len(found.proposals) == 1


async def test_events_that_stand_in_a_page_are_proposed(platform: Village, origin: Origin, http: Http) -> None:
    event = {"@context": "https://schema.org", "@type": "Event", "name": "Dorffest", "startDate": "2099-06-05T18:00"}
    script = f'<script type="application/ld+json">{msgspec.json.encode(event).decode()}</script>'
    origin.file("/", html('<a href="/veranstaltungen">Veranstaltungen</a>'), "text/html")
    origin.file("/veranstaltungen", html(script), "text/html")

    found, _ = await look(http, origin)

    [one] = [one for one in found.proposals if one.connector == "jsonld"]
    assert (one.url, one.found) == (origin.url("/veranstaltungen"), "page")
    assert [item.title for item in one.items] == ["Dorffest"]
    # The page was fetched once, although it was looked at and then read.
    assert origin.paths.count("/veranstaltungen") == 1


def a_council(origin: Origin, path: str, **body: str) -> None:
    """An OParl server with one meeting."""
    lists = {name: origin.url(f"{path}/{name}") for name in ("organization", "paper", "meeting")}
    known = {"id": origin.url(f"{path}/body"), "type": "https://schema.oparl.org/1.1/Body", **body, **lists}
    system = {"id": origin.url(path), "type": "https://schema.oparl.org/1.1/System", "oparlVersion": "1.1"}
    meeting = {
        "id": origin.url(f"{path}/meeting/1"),
        "type": "https://schema.oparl.org/1.1/Meeting",
        "name": "Hauptausschuss",
        "start": "2099-01-05T18:00:00+01:00",
    }
    answers = {
        path: system | {"body": origin.url(f"{path}/bodies")},
        f"{path}/bodies": {"data": [known]},
        f"{path}/body": known,
        **{f"{path}/{name}": {"data": [meeting] if name == "meeting" else []} for name in lists},
    }
    for address, answer in answers.items():
        origin.file(address, msgspec.json.encode(answer), "application/json")


async def test_the_council_s_server_that_the_website_leads_to(platform: Village, origin: Origin, http: Http) -> None:
    a_council(origin, "/oparl/system", name="Stadt Bad Belzig", ags=BELZIG)
    origin.file("/", html('<a href="/oparl/system">Offene Daten des Rates</a>'), "text/html")

    found, _ = await look(http, origin)

    [one] = [one for one in found.proposals if one.connector == "oparl"]
    assert (one.url, one.found, one.options) == (origin.url("/oparl/system"), "council", {"ags": BELZIG})
    assert [item.title for item in one.items] == ["Hauptausschuss"]
    assert state(found, "council") == "done"


async def test_the_council_s_server_that_a_list_names(platform: Village, origin: Origin, http: Http) -> None:
    a_council(origin, "/rat/oparl", name="Stadt Bad Belzig", ags=BELZIG)
    listed = {"data": [{"title": "Bad Belzig", "url": origin.url("/rat/oparl")}]}
    origin.file("/endpoints", msgspec.json.encode(listed), "application/json")
    origin.file("/", html("Willkommen"), "text/html")

    found, _ = await look(http, origin, oparl_registry=origin.url("/endpoints"))

    assert [one.found for one in found.proposals] == ["registry"]


def test_a_list_of_council_servers() -> None:
    body = (
        b'{"data": [{"title": "Bad Belzig", "url": "https://eins.example/oparl"},'
        b' {"title": "Rats-Info", "url": "https://zwei.example/oparl", "bodies": [{"name": "Stadt Bad Belzig"}]},'
        b' {"title": "Belzigheim", "url": "https://drei.example/oparl"},'
        b' {"title": "Bad Belzig", "url": "javascript:x"}]}'
    )

    assert servers(body, "Bad Belzig") == ["https://eins.example/oparl", "https://zwei.example/oparl"]
