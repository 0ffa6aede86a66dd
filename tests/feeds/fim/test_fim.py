"""Federal texts for chosen keys: found, missing, not come."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.feeds.connector import Stop
from app.feeds.connectors.fim.connector import ATTRIBUTION
from app.feeds.items import Service, Unread
from app.feeds.registry import connector
from app.kit.http import BadStatus
from tests.feeds.fim.portal import API, CARD, DOG, NONE, Portal, recording
from tests.feeds.reading import problems, read
from tests.origin import Origin


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Origin() as origin:
        yield Portal(origin)


def test_the_recording_is_what_a_run_brings(portal: Portal) -> None:
    kept = Path(__file__).with_name("recordings").joinpath("texts.json").read_bytes()

    assert recording(asyncio.run(portal.fetch()).body, portal.origin) == kept


def test_the_federation_s_text_comes_without_an_office_and_with_its_source(portal: Portal) -> None:
    found = read("fim", asyncio.run(portal.fetch()).body)

    card, dog = [one for one in found if isinstance(one, Service)]
    assert (card.title, card.leika, card.offices, card.local) == ("Personalausweis Ausstellung", CARD, (), False)
    assert [block.html for block in card.blocks] == ["<p>Ab 16 besteht Ausweispflicht.</p>", "<ul><li>Foto</li></ul>"]
    assert card.attribution == dog.attribution == ATTRIBUTION
    assert [(one.external_id, one.reason) for one in problems(found)] == [
        (NONE, "The FIM portal has no text for this key.")
    ]


def test_a_text_that_does_not_come_keeps_what_is_known(portal: Portal) -> None:
    portal.origin.status(f"{API}/B100019/11/leika/xzufi", 500)
    portal.origin.file(f"{API}/B100019/22/leika/xzufi", b"<html>Wartung</html>", "text/html")

    found = read("fim", asyncio.run(portal.fetch()).body)

    assert [one.external_id for one in found if isinstance(one, Unread)] == [f"leika/{CARD}", f"leika/{DOG}"]
    assert not [one for one in found if isinstance(one, Service)]


def test_a_portal_that_wants_rest_gets_it(portal: Portal) -> None:
    portal.origin.status(f"{API}/B100019/11/leika/xzufi", 429, retry_after="600")

    with pytest.raises(BadStatus):
        asyncio.run(portal.fetch())
    assert len(portal.origin.asked) == 2


@pytest.mark.parametrize("way", [{"redaktion_id": ".."}, {"redaktion_id": "A", "leistung_id": 5}, {"source": "x"}])
def test_an_answer_leads_nowhere_else(portal: Portal, way: dict[str, str]) -> None:
    portal.lists(CARD, {"redaktion_id": "A", "leistung_id": "..", "source": "leika"}, {"source": "leika"} | way)

    asyncio.run(portal.fetch(keys=[CARD]))

    assert len(portal.origin.asked) == 1


def test_keys_are_needed_and_have_fourteen_digits() -> None:
    with pytest.raises(ValueError, match="14 digits"):
        connector("fim").configured({"url": "https://fim.example", "keys": ["9900"]})
    with Origin() as origin, pytest.raises(Stop, match="keys"):
        asyncio.run(Portal(origin).fetch(keys=[]))
