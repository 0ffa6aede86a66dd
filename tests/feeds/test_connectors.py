"""What every connector folder must keep; a new one is found by itself."""

import asyncio
import re
import time
from pathlib import Path

import pytest

from app.feeds.connector import Connector, Cursor, Failure, Stop
from app.feeds.connectors.gtfs import release
from app.feeds.items import KINDS, LONGEST_ID, Event, Item, Problem, content_hash
from app.feeds.registry import CONNECTORS, connector
from app.kit.errors import InvalidInput
from app.kit.http import Http
from app.kit.richtext import sanitise
from tests.feeds import garbled, hostile
from tests.feeds.reading import NOW, RECORDINGS, URL, as_json, context, problems, recorded
from tests.origin import Origin

BUILDS_ON = {
    "abfall_io": "waste_ics",
    "bus_brandenburg": "pvog",
    "fim": "xzufi",
    "gtfs_flex": "gtfs",
    "jumomind": "waste_ics",
    "waldbrand_brandenburg": "polizei_brandenburg",
    "waste_ics": "ics",
}
"""A connector that reads the same files for another purpose → the one whose reading it shares."""
ASK_BELOW = {"abfall_io", "bus_brandenburg", "fim", "jumomind", "oparl", "open311_in", "pvog"}
"""They ask at several addresses below their own: their tests show what is asked for again and what is not."""
NOTHING = {
    "empty": b"",
    "blank": b"  \n ",
    "page": b"<!DOCTYPE html><html><head><title>Startseite</title></head><body><p>Hallo</p></body></html>",
    "page with mark": b"\xef\xbb\xbf<html lang=de><body>Wartung</body></html>",
    "text": b"Service temporarily unavailable",
    "error object": b'{"error": "not found"}',
    "nested": b"[" * 100_000,
    "picture": b"\x00\xff\xfe\x89PNG\r\n\x1a\n" * 50,
    "archive": b"PK\x03\x04" + bytes(200),
}
FOLDERS = sorted(Path("app/feeds/connectors").glob("*/manifest.toml"))
ALLOWED = re.compile(
    r"app\.(?:kit(?:\.\w+)*|feeds\.(?:items|connector|bundle|mapping|robots)|feeds\.connectors\.(?P<own>\w+)(?:\.\w+)?)$"
)

each_connector = pytest.mark.parametrize("code", CONNECTORS.values(), ids=CONNECTORS)
each_recording = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)


def test_every_folder_is_in_the_registry() -> None:
    assert {path.parent.name for path in FOLDERS} == set(CONNECTORS)


def test_an_unknown_connector_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"There are: .*\bics, .*\brss"):
        connector("telex")


@each_connector
def test_a_manifest_is_true(code: Connector) -> None:
    assert code.manifest.every_seconds >= 60
    assert code.config.__struct_fields__[0] == "url"
    with pytest.raises(ValueError, match="colour"):
        code.configured({"url": URL, "colour": "red"})
    given = {type(item) for path in RECORDINGS if path.parent.parent.name == code.name for item in recorded(path)} - {
        Problem
    }
    assert given == {KINDS[kind] for kind in code.manifest.gives}


@each_connector
def test_a_connector_imports_items_contract_and_kit_only(code: Connector) -> None:
    for path in Path("app/feeds/connectors", code.name).glob("*.py"):
        for module in re.findall(r"^\s*(?:from|import) (app[.\w]*)", path.read_text(), re.MULTILINE):
            found = ALLOWED.match(module)
            assert found, f"{path} imports {module}"
            assert found["own"] in {None, code.name, BUILDS_ON.get(code.name)}, f"{path} imports {module}"


@each_recording
def test_a_recording_reads_as_expected(recording: Path) -> None:
    found = recorded(recording)

    expected = recording.parent.parent / "expected" / f"{recording.name}.json"
    assert as_json(found).decode() == expected.read_text()


@each_recording
def test_items_keep_the_common_rules(recording: Path) -> None:
    first, second = ([item for item in recorded(recording) if isinstance(item, Item)] for _ in range(2))

    assert [content_hash(item) for item in first] == [content_hash(item) for item in second]
    assert len({item.external_id for item in first}) == len(first) > 0
    for item in first:
        moments = [item.published_at, item.updated_at]
        if isinstance(item, Event):
            moments += [item.starts_at, item.ends_at]
            moments += [edge for one in item.occurrences for edge in (one.starts_at, one.ends_at)]
            assert item.all_day == (item.first_day is not None) == (item.starts_at is None)
            assert [one.key for one in item.occurrences] == list(dict.fromkeys(one.key for one in item.occurrences))
        assert all(moment is None or moment.utcoffset() is not None for moment in moments)
        assert all(link == "" or link.startswith(("http://", "https://")) for link in (item.url, item.image_url))
        assert sanitise(item.body_html) == item.body_html
        assert item.title == item.title.strip() != ""


@each_connector
@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING)
def test_what_is_no_feed_stops_with_a_reason(code: Connector, body: bytes) -> None:
    with pytest.raises(Failure) as failure:
        list(code.parse(body, code.configured({"url": URL}), context()))

    assert isinstance(failure.value, Stop)
    assert failure.value.text != str(failure.value)  # translated


@each_connector
@pytest.mark.parametrize("name", hostile.BODIES)
def test_what_was_made_to_hurt_gives_nothing_and_costs_no_time(code: Connector, name: str) -> None:
    body = hostile.body(name)
    begun = time.process_time()
    reason, found = None, list[Item | Problem]()

    try:
        found += code.parse(body, code.configured({"url": URL}), context())
    except Failure as failure:
        reason = failure

    assert reason.text != str(reason) if reason else problems(found) == found != []
    assert code.pace is None or code.pace(body) is None
    assert time.process_time() - begun < hostile.SECONDS


@pytest.mark.parametrize("body", [*NOTHING.values(), *hostile.BODIES], ids=[*NOTHING, *hostile.BODIES])
def test_what_is_no_release_stops_where_it_is_loaded(body: bytes | str, tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    path.write_bytes(hostile.body(body) if isinstance(body, str) else body)
    begun = time.process_time()

    with pytest.raises(Stop) as stop:
        release.read(path, lambda lats, _: [True] * len(lats), today=NOW.date())

    assert stop.value.text != str(stop.value)
    assert time.process_time() - begun < hostile.SECONDS


@each_recording
def test_a_damaged_body_gives_items_that_can_be_stored_or_a_reason(recording: Path) -> None:
    code = connector(recording.parent.parent.name)
    for damaged in garbled.bodies(recording):
        begun = time.process_time()
        try:
            found = recorded(recording, damaged)
        except Failure:
            found = []
        for item in found:
            if isinstance(item, Item):
                assert 0 < len(item.external_id) <= LONGEST_ID
                assert "\0" not in item.external_id
                assert content_hash(item)
        assert code.pace is None or (code.pace(damaged) or 0) >= 0
        assert time.process_time() - begun < hostile.SECONDS


@each_recording
def test_half_a_body_gives_items_or_a_reason(recording: Path) -> None:
    body = recording.read_bytes()
    whole = {item.external_id for item in recorded(recording) if isinstance(item, Item)}

    for cut in range(0, len(body), max(1, len(body) // 40)):
        try:
            found = recorded(recording, body[:cut])
        except Stop:
            continue
        assert {item.external_id for item in found if isinstance(item, Item)} <= whole
        assert problems(found), f"cut at {cut}"


@pytest.mark.parametrize(
    "code", [one for one in CONNECTORS.values() if one.name not in ASK_BELOW], ids=lambda one: one.name
)
def test_fetch_asks_with_what_it_knows(code: Connector) -> None:
    async def twice(http: Http) -> tuple[str, str]:
        config = code.configured({"url": origin.url("/feed")})
        first = await code.fetch(config, http, Cursor())
        second = await code.fetch(config, http, first.cursor)
        if first.path:
            first.path.unlink()
        return first.status, second.status

    async def run() -> tuple[str, str]:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            return await twice(http)

    with Origin() as origin:
        origin.file("/feed", b"anything", etag='"7"')
        assert asyncio.run(run()) == ("new", "not_modified")
        assert origin.asked[1].headers["if-none-match"] == '"7"'
