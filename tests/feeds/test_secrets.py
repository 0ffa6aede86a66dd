"""Secrets are named in a feed's options, put in while the source is asked, and stand nowhere afterwards."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app.feeds import raw, secrets
from app.feeds import sync as engine
from app.feeds.admin import NewFeed, add
from app.feeds.connector import Stop
from app.feeds.items import Item, Office, Problem
from app.feeds.registry import connector
from app.feeds.report import FeedReport
from app.kit.http import Cursor, Http
from app.platform import feeds
from app.tenancy import tenant
from tests import loop
from tests.feeds.pvog.gateway import ARS, Gateway
from tests.feeds.reading import context
from tests.origin import Origin
from tests.village import Village

TOWN = "bad-belzig"
NAME = "VILLAGE_FEED_BAD_BELZIG__KEY"
VALUE = "s3cret/value with space"


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


@pytest.fixture
def _set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, VALUE)


def listed(*titles: str) -> bytes:
    return msgspec.json.encode([{"id": title, "t": title} for title in titles])


async def subscribed(origin: Origin, **options: Any) -> None:
    wanted = {"kind": "article", "id": "id", "fields": {"title": "t"}, **options}
    await add(TOWN, NewFeed(name="amt", connector="json_api", url=origin.url("/list.json"), options=wanted))


async def run(http: Http, name: str = "amt") -> FeedReport:
    [report] = await engine.sync(TOWN, [name], takers=feeds.takers(), http=http)
    return report


async def row(name: str = "amt") -> str:
    async with tenant(TOWN) as scope:
        return str(dict((await scope.fetch("SELECT * FROM feed WHERE name = $1", [name]))[0]))


@pytest.mark.usefixtures("_set")
async def test_it_is_sent_and_stands_nowhere(belzig: Village, origin: Origin, http: Http) -> None:
    origin.file("/list.json", listed("Markt", f"Gefragt mit {VALUE}"), "application/json")
    await subscribed(origin, headers={"X-Api-Key": f"env:{NAME}"})

    report = await run(http)

    assert (report.status, report.new, report.errors) == ("ok", 2, [])
    assert origin.asked[-1].headers["x-api-key"] == VALUE
    kept = await raw.last(raw.town(TOWN), "amt")
    assert kept is not None
    assert VALUE.encode() not in kept.body
    assert VALUE not in await row()
    belzig.edge.cache.empty(TOWN)
    news = await belzig.json("/api/v1/news")
    assert sorted(one["title"] for one in news["items"]) == [f"Gefragt mit env:{NAME}", "Markt"]


@pytest.mark.usefixtures("belzig")
async def test_a_whole_address_may_be_one_and_an_error_does_not_tell_it(
    origin: Origin, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "VILLAGE_FEED_BAD_BELZIG__ADDRESS"
    monkeypatch.setenv(name, origin.url("/t0ken/list.json"))
    await add(TOWN, NewFeed(name="amt", connector="json_api", url=f"env:{name}"))

    failed = await run(http)
    origin.file("/t0ken/list.json", b"[1", "application/json")
    broken = await run(http)

    assert (failed.status, broken.status) == ("failed", "failed")
    assert "404" in failed.errors[0]
    kept = await raw.last(raw.town(TOWN), "amt")
    assert kept is not None
    assert kept.url == f"env:{name}"
    assert "t0ken" not in f"{failed} {broken} {await row()}"


@pytest.mark.usefixtures("belzig", "_set")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("VILLAGE_FEED_BAD_BELZIG__OTHER", "VILLAGE_FEED_BAD_BELZIG__OTHER ist nicht gesetzt"),
        ("VILLAGE_FEED_BAD__BELZIG", "VILLAGE_FEED_BAD__BELZIG nicht verwenden"),
        ("VILLAGE_SECRET_KEY", "VILLAGE_SECRET_KEY nicht verwenden"),
        ("DATABASE_URL", "DATABASE_URL nicht verwenden"),
        ("VILLAGE_FEED_WIESENBURG_MARK__KEY", "VILLAGE_FEED_WIESENBURG_MARK__KEY nicht verwenden"),
    ],
)
async def test_what_is_missing_or_somebody_elses_is_named_and_nobody_is_asked(
    origin: Origin, http: Http, name: str, said: str
) -> None:
    await subscribed(origin, headers={"X-Api-Key": f"env:{name}"})

    report = await run(http)

    assert report.status == "failed"
    assert said in report.errors[0]
    assert origin.asked == []


def test_a_region_may_name_everything_but_what_the_platform_lives_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VILLAGE_PRIGNITZ_ABFALL_KEY", "k3y")
    options, found = secrets.filled("", {"key": ["env:VILLAGE_PRIGNITZ_ABFALL_KEY"]}, secrets.allowed_to())

    assert options == {"url": "", "key": ["k3y"]}
    assert found == {"VILLAGE_PRIGNITZ_ABFALL_KEY": "k3y"}
    for name in ("VILLAGE_SECRET_KEY", "VILLAGE_OIDC_SECRET_BAD_BELZIG", "VILLAGE_SMTP_URL", "PATH", "village_x"):
        with pytest.raises(Stop) as refused:
            secrets.filled(f"env:{name}", {}, secrets.allowed_to())
        assert refused.value.code == "secret-refused"


@pytest.mark.parametrize(
    "headers", [{"Host": "x"}, {"User-Agent": "x"}, {"X": "a\r\nHost: b"}, {"X Y": "a"}, {"X": "ü"}, {"": "a"}]
)
def test_what_the_client_says_itself_is_no_header_of_a_feed(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="headers"):
        connector("csv").configured({"url": "https://a.example/x.csv", "headers": headers})


def test_the_gateway_is_told_who_asks(origin: Origin) -> None:
    gateway = Gateway(origin)
    code = connector("pvog")
    options = msgspec.structs.asdict(gateway.config) | {"ars": ARS, "client_id": "dorf-1"}

    async def ask() -> list[Item | Problem]:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            answer = await code.fetch(code.configured(options), http.impatient(), Cursor())
        return list(code.parse(answer.body, gateway.config, context()))

    assert any(isinstance(one, Office) for one in loop.run(ask()))
    assert {one.headers.get("pvog-sud-api-client-id") for one in origin.asked} == {"dorf-1"}


@pytest.mark.usefixtures("belzig")
async def test_a_source_that_is_a_window_loses_nothing_when_the_feed_says_so(origin: Origin, http: Http) -> None:
    origin.file("/list.json", listed("Alt", "Neu"), "application/json")
    await subscribed(origin, delivers="increment")
    await run(http)
    origin.file("/list.json", listed("Neu", "Neuer"), "application/json")

    report = await run(http)

    assert (report.status, report.new, report.gone, report.errors) == ("ok", 1, 0, [])
