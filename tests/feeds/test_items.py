"""The envelope's own rules: what counts as a change, how long an id may be."""

import msgspec

from app.feeds.items import Article, Event, Occurrence, content_hash, short_id
from tests.feeds.reading import NOW

ARTICLE = Article(external_id="1", title="Titel", categories=("a", "b"), published_at=NOW)


def test_a_change_of_what_is_said_changes_the_hash() -> None:
    changes = ({"title": "Anders"}, {"categories": ("b", "a")}, {"published_at": None}, {"image_url": "https://a/b"})
    hashes = {content_hash(msgspec.structs.replace(ARTICLE, **change)) for change in changes}

    assert len(hashes | {content_hash(ARTICLE)}) == 5


def test_the_moment_of_the_request_is_no_change() -> None:
    assert content_hash(msgspec.structs.replace(ARTICLE, updated_at=NOW)) == content_hash(ARTICLE)


def test_a_date_called_off_is_a_change() -> None:
    date = Occurrence(key="20261122T090000Z", starts_at=NOW)
    event = Event(external_id="1", title="Fest", starts_at=NOW, occurrences=(date,))
    off = msgspec.structs.replace(event, occurrences=(msgspec.structs.replace(date, status="cancelled"),))

    assert content_hash(event) != content_hash(off)


def test_a_long_id_stays_distinct() -> None:
    first, second = short_id("x" * 500 + "1"), short_id("x" * 500 + "2")

    assert len(first) == len(second) == 400
    assert first != second
    assert short_id("x" * 400) == "x" * 400
