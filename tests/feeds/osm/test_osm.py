"""An Overpass server's bad days, and what of a map becomes a place."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from app.feeds.connector import Cursor, InvalidConfig, Stop, TryLater
from app.feeds.connectors.osm.kinds import kind_of
from app.feeds.items import Place
from app.feeds.registry import connector
from app.kit.http import Http
from tests.feeds.reading import problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "osm"


def answer(*elements: dict[str, Any], **more: Any) -> bytes:
    return msgspec.json.encode({"version": 0.6, "elements": elements, **more})


def node(number: int = 1, **tags: str) -> dict[str, Any]:
    return {"type": "node", "id": number, "lat": 52.1, "lon": 12.6, "tags": {key.replace("__", ":"): text for key, text in tags.items()}}  # fmt: skip  # noqa: E501


def places(*elements: dict[str, Any], **options: Any) -> list[Place]:
    return [one for one in read("osm", answer(*elements), **options) if isinstance(one, Place)]


@pytest.mark.parametrize(
    "body",
    [
        answer(remark='runtime error: Query timed out in "query" at line 4 after 2 seconds.'),
        answer(node(amenity="cafe", name="Halb"), remark="runtime error: Query run out of memory using about 2048 MB."),
        b"<html><body><p>Error: runtime error: The server is probably too busy. Overpass API</p></body></html>",
    ],
    ids=["nothing", "half a town", "busy page"],
)
def test_half_an_answer_is_no_snapshot(body: bytes) -> None:
    with pytest.raises(TryLater) as later:
        read("osm", body)

    assert later.value.after >= 3_600


def test_a_key_that_nobody_has_stops_with_a_reason() -> None:
    with pytest.raises(Stop) as stop:
        read("osm", answer(), ags="12999999")

    assert stop.value.code == "nothing-there"
    assert read("osm", answer()) == []


@pytest.mark.parametrize("options", [{"ags": "1206"}, {"ags": '1"];out;'}, {"query": "node(1);out;"}])
def test_what_would_ask_something_else_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(InvalidConfig):
        connector("osm").configured(options)


def test_the_question_names_the_municipality_once_and_nobody_else() -> None:
    async def ask() -> None:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            code = connector("osm")
            await code.fetch(code.configured({"url": origin.url("/api"), "ags": "12069020"}), http, Cursor())

    with Origin() as origin:
        origin.file("/api", answer(), "application/json")
        asyncio.run(ask())
        [asked] = origin.asked

    [query] = parse_qs(urlsplit(asked.target).query)["data"]
    assert query.startswith("[out:json]")
    assert query.count("12069020") == 1
    assert "out center" in query
    assert query.count("(area.town)") > 8


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "cafe"}, "cafe"),
        ({"amenity": "fuel", "shop": "kiosk"}, "fuel"),
        ({"shop": "antiques"}, "shop"),
        ({"shop": "vacant"}, ""),
        ({"tourism": "attraction", "historic": "castle"}, "castle"),
        ({"tourism": "information", "information": "guidepost"}, ""),
        ({"amenity": "recycling", "recycling_type": "centre"}, "recycling_yard"),
        ({"amenity": "vending_machine", "vending": "cigarettes"}, ""),
        ({"amenity": "vending_machine", "vending": "milk;eggs"}, "vending"),
        ({"amenity": "parking", "parking": "street_side"}, ""),
        ({"leisure": "swimming_pool"}, ""),
        ({"amenity": "shelter", "shelter_type": "public_transport"}, ""),
        ({"railway": "halt"}, "station"),
        ({"building": "yes"}, ""),
    ],
)
def test_tags_become_kinds(tags: dict[str, str], kind: str) -> None:
    assert kind_of(tags) == kind


def test_every_kind_that_the_map_can_bring_has_a_name() -> None:
    from app.capabilities.places.kinds import NAMES
    from app.feeds.connectors.osm.kinds import KEYS

    mapped = {kind for _, kinds in KEYS for kind in kinds.values()}
    mapped |= {"tourist_info", "station", "bathing_place", "club", "shop", "cemetery", "ride_bench", "worship"}

    assert mapped - {""} <= set(NAMES)


def test_hostile_values_become_harmless() -> None:
    [one] = places(
        node(
            amenity="cafe",
            name="X" * 5_000,
            website="javascript:alert(1)",
            contact__email="kein at zeichen",
            phone="keine",
            opening_hours="Mo" * 5_000,
            wheelchair="<script>",
        )
    )

    assert len(one.title) == 300
    assert (one.contact.url, one.contact.email, one.contact.phone, one.wheelchair) == ("", "", "", "unknown")
    assert len(one.opening_hours) <= 1_000


def test_kinds_that_are_not_wanted_stay_away() -> None:
    found = places(node(1, amenity="bench"), node(2, amenity="cafe", name="C"), leave_out=["bench"])

    assert [one.kind for one in found] == ["cafe"]


def test_fifty_thousand_places_are_read() -> None:
    body = answer(*(node(number, amenity="cafe", name=f"Café {number}") for number in range(50_000)))

    assert len(read("osm", body)) == 50_000


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_what_others_published_is_read_or_refused() -> None:
    for path in sorted(SAMPLES.glob("*")):
        if "remark" in path.name:
            with pytest.raises(TryLater):
                read("osm", path.read_bytes())
        else:
            assert problems(read("osm", path.read_bytes())) == []
