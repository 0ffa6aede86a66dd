"""Files that others published, where they lie beside the checkout: they are read or refused, never crash."""

import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.feeds.bundle import pack, unpack
from app.feeds.connector import Connector, Failure, Stop
from app.feeds.connectors.gtfs import release
from app.feeds.items import Article, Event, Item
from app.feeds.registry import CONNECTORS
from tests.feeds.hostile import SECONDS
from tests.feeds.reading import NOW, RECORDINGS, URL, context, problems, read

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
KINDS = {"rss-atom": "rss", "rss-belzig-real": "rss", "json-feed": "rss", "ical": "ics", "waste-ical": "ics"}
OWN = {
    "cap": ("cap", [1, 0]),  # the second one is a test of theirs
    "dwd": ("mosmix", [1]),
    "ev-register": ("charging", [4]),
    "gpx": ("gpx", [7, 1]),
    "gtfs": ("gtfs", [1, 1]),
    "gtfs-rt": ("gtfs_rt", [1]),
    "holidays": ("holidays", [248, 41]),
}
"""Folder → connector, and how many items it finds in each file; what comes in several files, its own tests try."""
ALL = [path for path in sorted(SAMPLES.glob("*/*")) if path.is_file()]
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "mosmix": [{"url": "https://wetter.example/{station}", "stations": "K1130"}],
    "oparl": [{"ags": "12069020"}],
    "open311_in": [{"format": "xml"}],
    "osm": [{"ags": "12069020"}],
    "waste_ics": [{"street_from": "summary"}],
    "wikidata": [{"ags": "12069020"}],
    "xzufi": [{"ars": "120690020020"}],
}
"""Of connectors that read otherwise with them; beside those of the recordings."""
FILES = [path for kind in KINDS for path in sorted((SAMPLES / kind).glob("*"))]

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_read(path: Path) -> None:
    found = read(KINDS[path.parent.name], path.read_bytes())

    assert found
    assert all(isinstance(one, Item) for one in found) or problems(found)


@pytest.mark.parametrize("path", sorted((SAMPLES / "xml-hostile").glob("*")), ids=lambda path: path.name)
def test_a_hostile_file_is_refused(path: Path) -> None:
    with pytest.raises(Stop) as stop:
        read("rss", path.read_bytes())

    assert stop.value.code == "entities"


def test_the_towns_own_dump_reads_whole() -> None:
    body = next((SAMPLES / "rss-belzig-real").glob("*.xml")).read_bytes()

    found = read("rss", body)

    articles = [one for one in found if isinstance(one, Article)]
    assert len(articles) == len(found) == body.count(b"<item>") > 10
    assert all("?news=" in article.external_id for article in articles)
    assert any("STÜTZPUNKTFEUERWEHR" in article.title for article in articles)
    assert not any("\\x" in article.body_html or "mehr</a>" in article.body_html for article in articles)
    assert articles[0].title[:10].count(".") == 2  # as published, with its date


def test_every_event_of_a_waste_calendar_is_there() -> None:
    for path in (SAMPLES / "waste-ical").glob("*.ics"):
        body = path.read_bytes()
        assert len([one for one in read("ics", body) if isinstance(one, Event)]) == body.count(b"BEGIN:VEVENT")


@pytest.mark.parametrize("folder", OWN)
def test_its_own_connector_reads_it(folder: str) -> None:
    name, expected = OWN[folder]
    found = [read(name, path.read_bytes()) for path in sorted((SAMPLES / folder).glob("*"))]

    assert [len([one for one in some if isinstance(one, Item)]) for some in found] == expected


@pytest.mark.parametrize("code", CONNECTORS.values(), ids=CONNECTORS)
def test_any_connector_reads_or_refuses_any_file(code: Connector) -> None:
    for path in ALL:
        body = path.read_bytes()
        for options in _options(code.name):
            _tried(code, body, options)
        # The same file where one of several answers belongs.
        if len(body) < 100_000:
            for whole in _in_place_of_a_part(code.name, body):
                _tried(code, whole, {})


def test_any_file_is_loaded_as_a_release_or_refused() -> None:
    whole = []
    for path in ALL:
        begun = time.process_time()
        try:
            found = release.read(path, lambda lats, _: [True] * len(lats), today=NOW.date())
        except Stop:
            continue
        finally:
            assert time.process_time() - begun < SECONDS, path
        whole.append(path.parent.name)
        assert found.stop_rows

    assert set(whole) == {"gtfs"}


def _options(name: str) -> Iterator[dict[str, Any]]:
    yield {}
    yield from OPTIONS.get(name, ())
    for path in sorted(Path(__file__).parent.joinpath(name, "options").glob("*.toml")):
        yield tomllib.loads(path.read_text())


def _in_place_of_a_part(name: str, body: bytes) -> Iterator[bytes]:
    for path in RECORDINGS:
        if path.parent.parent.name != name:
            continue
        try:
            parts = unpack(path.read_bytes())
        except Stop:
            continue
        kinds = {part.name.partition(" ")[0]: place for place, part in enumerate(parts)}
        for place in kinds.values():
            yield pack([*parts[:place], msgspec.structs.replace(parts[place], body=body), *parts[place + 1 :]])


def _tried(code: Connector, body: bytes, options: dict[str, Any]) -> None:
    """Nothing is raised but a reason, and it doesn't take long."""
    begun = time.process_time()
    try:
        found = list(code.parse(body, code.configured({"url": URL} | options), context()))
    except Failure:
        found = []
    assert all(item.external_id and item.title for item in found if isinstance(item, Item))
    assert code.pace is None or (code.pace(body) or 0) >= 0
    assert time.process_time() - begun < SECONDS
