"""Files that others published, where they lie beside the checkout: they are read or refused, never crash."""

from pathlib import Path

import pytest

from app.feeds.connector import Stop
from app.feeds.items import Article, Event, Item
from tests.feeds.reading import problems, read

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
KINDS = {"rss-atom": "rss", "rss-belzig-real": "rss", "json-feed": "rss", "ical": "ics", "waste-ical": "ics"}
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
