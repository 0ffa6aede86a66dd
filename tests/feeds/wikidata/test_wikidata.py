"""What Wikidata says about a municipality, in either of its shapes."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from app.feeds.connector import Cursor, InvalidConfig, Stop
from app.feeds.connectors.wikidata.properties import day_of, value_of
from app.feeds.items import Fact
from app.feeds.registry import connector
from app.kit.http import Http
from tests.feeds.reading import problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "wikidata"
RECORDINGS = Path(__file__).parent / "recordings"


def test_of_two_items_with_one_key_the_fuller_one_counts() -> None:
    found = read("wikidata", (RECORDINGS / "results.json").read_bytes())

    assert {one.external_id.partition(":")[0] for one in found if isinstance(one, Fact)} == {"Q900001"}
    assert len(problems(found)) == 1


def test_both_shapes_say_the_same() -> None:
    names = ("population", "coordinates", "mayor", "inception", "area_km2")
    shapes = [
        {one.title: one.value for one in read("wikidata", (RECORDINGS / file).read_bytes()) if isinstance(one, Fact)}
        for file in ("results.json", "entity.json")
    ]

    assert [shapes[0][name] for name in names] == [shapes[1][name] for name in names]


def test_the_question_is_made_of_the_key_alone() -> None:
    async def ask() -> None:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            code = connector("wikidata")
            await code.fetch(code.configured({"url": origin.url("/sparql"), "ags": "12069020"}), http, Cursor())

    with Origin() as origin:
        origin.file("/sparql", b"{}", "application/json")
        asyncio.run(ask())
        [query] = parse_qs(urlsplit(origin.asked[0].target).query)["query"]

    assert 'wdt:P439 "12069020"' in query
    with pytest.raises(InvalidConfig):
        connector("wikidata").configured({"ags": '1" . ?a ?b ?c'})


@pytest.mark.parametrize(
    ("name", "value", "unit", "kept"),
    [
        ("area_km2", "23476", "http://www.wikidata.org/entity/Q35852", "234.76"),
        ("area_km2", "234.76", "http://www.wikidata.org/entity/Q712226", "234.76"),
        ("area_km2", "90", "http://www.wikidata.org/entity/Q232291", ""),
        ("population", "-5", "", ""),
        ("population", "viele", "", ""),
        ("coordinates", "Point(12.5 52.1)", "", "52.10000,12.50000"),
        ("coordinates", "52.1 12.5", "", ""),
        ("website", "javascript:alert(1)", "", ""),
        ("inception", "-0100-01-01T00:00:00Z", "", ""),
    ],
)
def test_values_become_plain(name: str, value: str, unit: str, kept: str) -> None:
    assert value_of(name, value, unit=unit) == kept


def test_a_year_is_not_a_day() -> None:
    assert [day_of(text) for text in ("2024-12-31T00:00:00Z", "0997-01-01T00:00:00Z", "1903-05-00T00:00:00Z", "x")] == [
        "2024-12-31",
        "0997",
        "1903-05",
        "",
    ]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_answers_to_other_questions_are_refused() -> None:
    for path in SAMPLES.glob("*"):
        for one in msgspec.json.decode(path.read_bytes()):
            with pytest.raises(Stop):
                read("wikidata", msgspec.json.encode(one["response"]))
