"""The services of a town: its own and the most wanted ones, with the offices responsible for them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.feeds.bundle import named, unpack
from app.feeds.connector import Cursor, Stop
from app.feeds.connectors.pvog.asking import MOST_FAILURES
from app.feeds.connectors.pvog.wanted import MOST_WANTED, chosen, fits
from app.feeds.items import Item, Office, Problem, Service, Unread
from app.feeds.registry import connector
from app.kit.http import BadStatus
from tests.feeds.pvog.gateway import ARS, CARD, DOG, KEYS, OFFICE, SERVICES, UNITS, Gateway, listed, page, recording
from tests.feeds.reading import context, problems
from tests.origin import Origin


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        yield started


@pytest.fixture
def gateway(origin: Origin) -> Gateway:
    return Gateway(origin)


def run(gateway: Gateway) -> list[Item | Problem]:
    body = asyncio.run(gateway.fetch()).body
    return list(connector("pvog").parse(body, gateway.config, context()))


def services(found: list[Item | Problem]) -> dict[str, Service]:
    return {one.external_id: one for one in found if isinstance(one, Service)}


def test_the_recording_is_what_a_run_brings(gateway: Gateway, origin: Origin) -> None:
    kept = Path(__file__).with_name("recordings").joinpath("town.json").read_bytes()

    assert recording(asyncio.run(gateway.fetch()).body, origin) == kept


def test_a_town_gets_what_is_its_own_and_what_most_people_want(gateway: Gateway) -> None:
    found = services(run(gateway))

    assert {one.title for one in found.values()} == {
        "Hundesteuer anmelden", "Personalausweis beantragen", "Wohnung: Ummeldung",
    }  # fmt: skip
    assert [one.title for one in found.values() if one.local] == ["Hundesteuer anmelden"]
    assert found[CARD].offices == (OFFICE, KEYS)
    assert [link.url for link in found[DOG].links] == ["https://online.example/hund"]


def test_the_same_answers_are_the_same_bytes(gateway: Gateway) -> None:
    assert asyncio.run(gateway.fetch()).body == asyncio.run(gateway.fetch()).body


def test_an_unchanged_list_costs_one_request(gateway: Gateway, origin: Origin) -> None:
    first = asyncio.run(gateway.fetch())
    asked = len(origin.asked)

    second = asyncio.run(gateway.fetch(Cursor(etag=first.etag)))

    assert second.status == "not_modified"
    assert len(origin.asked) == asked + 1


def test_one_office_that_fails_loses_only_itself(gateway: Gateway, origin: Origin) -> None:
    origin.status(f"/api/v5/organisationunits/detail?q={OFFICE}", 500)

    found = run(gateway)

    assert [one.external_id for one in found if isinstance(one, Unread)] == [OFFICE]
    assert [one.external_id for one in found if isinstance(one, Office)] == [KEYS]
    assert services(found)[CARD].offices == (OFFICE, KEYS)
    assert [one.external_id for one in problems(found)] == [OFFICE]


def test_a_service_whose_offices_do_not_come_keeps_what_is_known(gateway: Gateway, origin: Origin) -> None:
    origin.file(f"/api/v2/organisationunits/titles?ars={ARS}&lbId={CARD}", b"<html>Wartung</html>", "text/html")

    found = run(gateway)

    assert CARD not in services(found)
    assert [one.external_id for one in found if isinstance(one, Unread)] == [CARD]


def test_a_gateway_that_is_down_stops_the_run(gateway: Gateway, origin: Origin) -> None:
    many = tuple(listed(f"L1.LB.{number}", f"Amtsgang {number}", ARS) for number in range(MOST_FAILURES + 1))
    gateway.put(f"/v7/servicedescriptions/{ARS}?size=5&page=0", page(many))
    for entry in many:
        origin.status(f"/api/v6/servicedescriptions/{entry['id']}/detail?ars={ARS}", 503)

    with pytest.raises(BadStatus):
        asyncio.run(gateway.fetch())


def test_online_services_for_members_only_are_done_without(gateway: Gateway, origin: Origin) -> None:
    origin.status(f"/api/v1beta2/onlineservices?ars={ARS}", 401)

    found = services(run(gateway))

    assert found[DOG].links == ()
    assert found[CARD].links[0].url == "https://termine.example/ausweis"


def test_without_a_regional_key_the_clerk_is_told(gateway: Gateway) -> None:
    gateway.config = msgspec.structs.replace(gateway.config, ars="")

    with pytest.raises(Stop, match="ARS"):
        asyncio.run(gateway.fetch())


def test_a_town_without_any_service_is_an_error_not_an_empty_list(gateway: Gateway) -> None:
    gateway.put(f"/v7/servicedescriptions/{ARS}?size=5&page=0", page(()))
    gateway.put(f"/v7/servicedescriptions/{ARS}?q=Wohnung+ummelden&size=5", page(()))
    gateway.put(f"/v3/servicedescriptions/leikaid?ars={ARS}&leikaIds=99123456789012&size=5", {"content": []})

    body = asyncio.run(gateway.fetch()).body

    assert not any(True for _ in named(unpack(body), "service"))
    with pytest.raises(Stop, match="no services"):
        list(connector("pvog").parse(body, gateway.config, context()))


def test_scripts_and_handlers_never_arrive(gateway: Gateway) -> None:
    card = services(run(gateway))[CARD]

    assert not any("script" in block.html or "onclick" in block.html for block in card.blocks)


@pytest.mark.parametrize(
    ("wish", "name", "fit"),
    [
        ("Personalausweis", "Personalausweis beantragen", True),
        ("Wohnsitz ummelden", "Wohnsitz: Ummeldung innerhalb der Gemeinde", True),
        ("Gewerbe anmelden", "Gewerbeanmeldung", True),
        ("Gewerbe anmelden", "Gewerbe abmelden", False),
        ("Hundesteuer", "Grundsteuer", False),
    ],
)
def test_a_wish_finds_its_service_in_other_forms_of_the_word(wish: str, name: str, *, fit: bool) -> None:
    assert fits(wish, name) is fit


def test_the_general_service_goes_before_the_special_one() -> None:
    entries = [listed("b", "Reisepass für Seeleute ausstellen"), listed("a", "Reisepass beantragen")]

    taken, missing = chosen(entries, ("Reisepass", "Drachenschein"), ARS, 1)

    assert [one["id"] for one in taken] == ["a"]
    assert missing == ["Drachenschein"]


def test_thirty_services_are_wanted_and_everything_answered_is_known() -> None:
    assert len(set(MOST_WANTED)) == 30
    assert {CARD, DOG} == set(UNITS)
    assert len(SERVICES) == 3
