"""The services of a town from the state's register: its key, its number, its offices."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.feeds.connector import Stop
from app.feeds.items import Item, Office, Problem, Service, Unread
from app.feeds.registry import connector
from app.kit.http import BadStatus
from tests.feeds.bus_brandenburg.register import AREA, KEY, KIOSK, OFFICE, Register, recording
from tests.feeds.reading import problems, read
from tests.origin import Origin


@pytest.fixture
def register() -> Iterator[Register]:
    with Origin() as origin:
        yield Register(origin)


def run(register: Register, **options: object) -> list[Item | Problem]:
    return read("bus_brandenburg", asyncio.run(register.fetch(**options)).body)


def services(found: list[Item | Problem]) -> dict[str, Service]:
    return {one.external_id: one for one in found if isinstance(one, Service)}


def test_the_recording_is_what_a_run_brings(register: Register) -> None:
    kept = Path(__file__).with_name("recordings").joinpath("town.json").read_bytes()

    assert recording(asyncio.run(register.fetch()).body, register.origin) == kept
    assert KEY.encode() not in kept


def test_every_request_shows_the_key_and_asks_for_german(register: Register) -> None:
    asyncio.run(register.fetch())

    assert {asked.headers.get("api_key") for asked in register.origin.asked} == {KEY}
    assert {asked.headers.get("accept-language") for asked in register.origin.asked} == {"de-DE"}


def test_the_key_never_follows_to_another_server(register: Register) -> None:
    with Origin() as other:
        register.origin.redirect("/v4/political-area/search?searchWords=Musterdorf*", other.url("/x"))
        other.file("/x", b'{"values": []}')
        register.hosts = frozenset({register.origin.host, other.host})
        with pytest.raises(Stop):
            asyncio.run(register.fetch())

        assert [asked.headers.get("api_key") for asked in other.asked] == [None]


def test_figures_become_sentences_and_offices_are_fetched_where_only_named(register: Register) -> None:
    found = run(register)

    card, dog = services(found)["9001"], services(found)["9002"]
    blocks = {block.kind: block.html for block in card.blocks}
    assert "37,00 Euro" in blocks["fees"]
    assert "10,00 bis 20,50 Euro nach Aufwand" in blocks["fees"]
    assert "2 bis 3 Wochen" in blocks["duration"]
    assert not any("script" in html for html in blocks.values())
    assert [(link.kind, link.url) for link in card.links] == [
        ("online", "https://online.example/ausweis"),
        ("form", "https://formulare.example/vollmacht.pdf"),
    ]
    assert (card.offices, dog.offices, card.local) == ((OFFICE,), (KIOSK,), False)
    offices = {one.external_id: one for one in found if isinstance(one, Office)}
    office, tax = offices[OFFICE], offices[KIOSK]
    assert office.geo is not None
    assert (round(office.geo.lat, 4), round(office.geo.lon, 4)) == (52.5163, 13.3777)
    assert (office.wheelchair, office.postal_address) == ("yes", "12 34, 14999 Musterdorf")
    assert tax.opening_text == "nach Vereinbarung"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"api_key": ""}, "key of the municipality"),
        ({"town": ""}, "area"),
        ({"ags": "12070000"}, r"Musterdorf \(Sachsen\)"),
    ],
)
def test_what_is_missing_is_said(register: Register, options: dict[str, object], named: str) -> None:
    with pytest.raises(Stop, match=named):
        asyncio.run(register.fetch(**options))


def test_a_key_that_is_refused_is_said_and_a_known_number_needs_no_search(register: Register) -> None:
    register.origin.status(f"/v4/pst/find?areaId={AREA}&limit=2&offset=0&searchWord=&selectAttributes=id,name", 403)

    with pytest.raises(Stop, match="refuses the key"):
        asyncio.run(register.fetch(area=AREA))
    assert len(register.origin.asked) == 1


def test_a_service_that_does_not_come_keeps_what_is_known(register: Register) -> None:
    register.origin.status(f"/v4/pstExtended/9001?areaId={AREA}", 500)

    found = run(register)

    assert [one.external_id for one in found if isinstance(one, Unread)] == ["9001"]
    assert [one.external_id for one in problems(found)] == ["9001"]
    assert set(services(found)) == {"9002"}


def test_a_register_that_is_down_stops_the_run(register: Register) -> None:
    entries = [{"id": f"{number}", "name": f"Personalausweis {number}"} for number in range(10)]
    register.page(0, entries)
    for number in range(10):
        register.origin.status(f"/v4/pstExtended/{number}?areaId={AREA}", 502)

    with pytest.raises(BadStatus):
        asyncio.run(register.fetch(each=9))


def test_a_key_with_a_line_break_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="api_key"):
        connector("bus_brandenburg").configured({"url": "https://r.example", "api_key": "a\nHost: b"})
