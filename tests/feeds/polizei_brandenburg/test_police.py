"""News of the police: what is asked for, whose names are not stored, and how a withdrawal differs from old age."""

import asyncio
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.capabilities.news.jobs import tell_news
from app.feeds import raw
from app.feeds.connector import Cursor, InvalidConfig, Stop
from app.feeds.connectors.polizei_brandenburg.connector import Config, fetch
from app.feeds.connectors.polizei_brandenburg.districts import KEYS, number_of
from app.feeds.items import Article, content_hash
from app.feeds.registry import connector
from app.kit import clock
from app.kit.http import Http
from app.tenancy import tenant, transaction
from app.tenancy.municipality import REGISTER
from app.tenancy.regions import region
from tests import loop
from tests.feeds.reading import problems, read
from tests.feeds.region.district import BELZIG, NAME, WIESENBURG, District, opened
from tests.origin import Origin
from tests.village import Village

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
PATH = "/ipa_api/news/version/1"
DISTRICTS = REGISTER / "districts.tsv"
KEPT = ("article", "feed_item", "announcement")


def release(number: int = 1, title: str = "Baum auf der B 102", *, hours: float = 2, **fields: Any) -> dict[str, Any]:
    told = {
        "district": "7", "timestamp": int((NOON - timedelta(hours=hours)).timestamp()), "category": "2",
        "url": f"/pressemeldung/baum/{number}", "title": title, "text": "Niemand wurde verletzt.", "e_ort": "Niemegk",
    }  # fmt: skip
    return told | fields


def answer(*releases: Any, **fields: Any) -> bytes:
    told = {"timestamp": int(NOON.timestamp()), "version": 1, "interface": "news", "data": list(releases)}
    return msgspec.json.encode(told | fields)


def articles(body: bytes, **options: Any) -> dict[str, Article]:
    return {one.external_id: one for one in read("polizei_brandenburg", body, **options) if isinstance(one, Article)}


@pytest.fixture
def district(belzig: Village, wiesenburg: Village, platform: Village) -> Iterator[District]:
    with Origin() as origin:
        made = loop.run(opened(platform, origin))
        yield made
        loop.run(made.end())
        for slug in (BELZIG, WIESENBURG):
            loop.run(platform.sweep(slug, ["feed", "announcement"]))


async def test_what_the_police_takes_back_is_gone_with_the_next_answer(district: District) -> None:
    with clock.at(NOON):
        district.origin.file(PATH, answer(release(1, "Baum"), release(2, "Streit"), release(3, "Unfall")))
        await district.has("polizei", PATH, "polizei_brandenburg")
        await district.run()
        before = await district.titles(BELZIG)
        district.origin.file(PATH, answer(release(1, "Baum"), release(3, "Unfall")))
        report = await district.run()

        assert {"Baum", "Streit", "Unfall"} <= set(before)
        assert report.gone == 1
        for slug in (BELZIG, WIESENBURG):
            assert {"Baum", "Unfall"} <= set(await district.titles(slug))
            assert "Streit" not in await district.titles(slug)


async def test_the_only_release_may_be_taken_back_when_a_second_answer_says_so(district: District) -> None:
    with clock.at(NOON):
        district.origin.file(PATH, answer(release(1, "Baum")))
        await district.has("polizei", PATH, "polizei_brandenburg")
        await district.run()
        district.origin.file(PATH, answer())
        await district.run()
        assert "Baum" in await district.titles(BELZIG)  # once may be a mistake
        await district.run()

        assert "Baum" not in await district.titles(BELZIG)


async def test_no_word_is_kept_of_what_was_taken_back_and_what_a_clerk_hid_stays_hidden(district: District) -> None:
    named = release(2, "Kerstin M. verunglückt", text="Frau M. lebt.", url="/pressemeldung/kerstin-m/2")
    with clock.at(NOON):
        district.origin.file(PATH, answer(release(1, "Baum"), named, release(3, "Unfall")))
        await district.has("polizei", PATH, "polizei_brandenburg")
        await district.run()
        async with tenant(BELZIG) as scope, transaction():
            await tell_news.function()
            await scope.fetch("UPDATE article SET withdrawn_at = now(), withdrawn_by = 'editor' WHERE title = 'Unfall'")
        assert "kerstin" in await everything()
        district.origin.file(PATH, answer(release(1, "Baum")))
        await district.run()
        await district.run()

        for word in ("kerstin", "frau m."):
            assert word not in await everything()
        assert not [path for path in raw.region(NAME).rglob("*.gz") if b"Kerstin" in gzip.decompress(path.read_bytes())]
        district.origin.file(PATH, answer(release(1, "Baum"), named, release(3, "Unfall")))
        await district.run()
        assert {"Baum", "Kerstin M. verunglückt"} <= set(await district.titles(BELZIG))
        assert "Unfall" not in await district.titles(BELZIG)


async def everything() -> str:
    """What is kept of news in Bad Belzig and in the region."""
    async with tenant(BELZIG) as scope:
        found = [await scope.fetchval(f"SELECT string_agg(t::text, ' ') FROM {name} t") for name in KEPT]
    async with region(NAME) as scope:
        found.append(await scope.fetchval("SELECT string_agg(t::text, ' ') FROM item t"))
    return " ".join(text or "" for text in found).lower()


def test_a_release_leaves_by_age_before_the_list_ends() -> None:
    body = answer(release(1), release(2, hours=24 * 13), release(3, hours=24 * 15))

    assert list(articles(body)) == ["1", "2"]
    assert list(articles(body, days=1)) == ["1"]
    assert [one.reason for one in problems(read("polizei_brandenburg", body, count=3))] == []
    assert [one.reason[:17] for one in problems(read("polizei_brandenburg", body, count=3, days=60))] == [
        "The list ends bef"
    ]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Vermisste Erika M. gesucht", "Wer weiß etwas?"),
        ("79-jährige Erika M. aus Musterdorf gesucht", ""),
        ("Große Sorge um Erika M.", "Seit gestern Abend wird die 79-jährige Erika M. vermisst."),
        ("Erika M. wohlbehalten zurück", "Die Vermisste Erika M. ist wieder da."),
    ],
)
def test_nothing_of_a_search_for_a_person_is_stored(title: str, text: str) -> None:
    [found] = articles(answer(release(1, title, text=text, url="/pressemeldung/erika-m-vermisst/1"))).values()

    assert "erika" not in msgspec.json.encode(found).decode().lower()
    assert found.title == "Polizei: Meldung zu einer Suche (Niemegk)"
    assert found.url == "https://www.musterdorf.example/"


@pytest.mark.parametrize("title", ["Zeugen gesucht", "Fahndung nach grauem Lieferwagen", "Fahrrad wieder da"])
def test_an_ordinary_release_is_told_in_full(title: str) -> None:
    [found] = articles(answer(release(1, title))).values()

    assert (found.title, found.summary) == (title, "Niemand wurde verletzt.")
    assert found.published_at == NOON - timedelta(hours=2)


def test_the_headline_may_change_without_a_second_article() -> None:
    first = articles(answer(release(7)))["7"]
    second = articles(answer(release(7, "Baum liegt noch", url="/pressemeldung/baum-liegt-noch/7")))["7"]

    assert content_hash(first) != content_hash(second)


def test_only_the_district_that_was_asked_for_counts() -> None:
    body = answer(release(1), release(2, district=1), release(3, district="500"), release(4, district="77"))

    assert list(articles(body, district="Potsdam-Mittelmark")) == ["1"]
    everything = articles(body)
    areas = {id_: one.area.keys for id_, one in everything.items() if one.area}
    assert areas == {"1": ("12069",), "2": ("12070",), "3": ("12",)}
    assert len(problems(read("polizei_brandenburg", body))) == 1


def test_every_district_is_one_of_the_register() -> None:
    lines = [line.split("\t") for line in DISTRICTS.read_text("utf-8").splitlines() if not line.startswith("#")]
    register = {line[0]: line[1] for line in lines if len(line) > 1}

    for number, (key, name) in KEYS.items():
        assert number_of(name) == (number if number != 500 else None)
        assert key == "12" or register[key].startswith(name.partition(" (")[0]), key
    assert number_of("Landkreis Spree-Neiße / Wokrejs Sprjewja-Nysa") == 14
    assert number_of(" 7 ") == 7
    assert number_of("Bayern") is None


def test_what_does_not_fit_is_refused() -> None:
    for options in ({"district": "Bayern"}, {"district": "77"}, {"count": 0}, {"days": 400}):
        with pytest.raises(InvalidConfig):
            connector("polizei_brandenburg").configured({"url": "https://polizei.example/news"} | options)
    with pytest.raises(Stop):
        read("polizei_brandenburg", answer(release(), interface="waldbrand"))
    with pytest.raises(Stop):
        read("polizei_brandenburg", answer(data={"0": release()}))


def test_odd_entries_lose_only_themselves() -> None:
    found = read(
        "polizei_brandenburg", answer(release(1), None, release(2, ""), release(3, url=7, timestamp="gestern"))
    )

    kept = [one for one in found if isinstance(one, Article)]
    assert [one.external_id == "1" for one in kept] == [True, False]
    assert (kept[1].url, kept[1].published_at) == ("", None)
    assert len(problems(found)) == 2


def test_the_list_is_asked_for_by_district_and_number() -> None:
    async def run(origin: Origin) -> None:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            await fetch(Config(url=origin.url(PATH), district="Uckermark", count=50), http, Cursor())

    with Origin() as origin:
        origin.file(PATH, answer())
        asyncio.run(run(origin))
        assert origin.paths == [f"{PATH}?count=50&district=4"]
