"""Registers in XZuFi: both versions, and what may be wrong with them."""

import tracemalloc
from pathlib import Path

import pytest

from app.feeds.connector import Stop
from app.feeds.items import Gone, Office, Service
from tests.feeds.reading import problems, read

HEAD = '<r xmlns="http://xoev.de/schemata/xzufi/2_2_0">'
SERVICE = (
    '<leistung><id schemeAgencyID="L1">{0}</id><modulText><leikaTextmodul><code xmlns="">02</code></leikaTextmodul>'
    "<inhalt>Amtsgang {0}</inhalt></modulText></leistung>"
)


def document(*parts: str) -> bytes:
    return f"{HEAD}{''.join(parts)}</r>".encode()


def text(code: str, words: str, language: str = "de") -> str:
    return (
        f'<modulText><leikaTextmodul><code xmlns="">{code}</code></leikaTextmodul>'
        f'<inhalt languageCode="{language}">{words}</inhalt></modulText>'
    )


def service(*modules: str) -> Service:
    body = document('<leistung><id schemeAgencyID="L1">1</id>', text("02", "Pass"), *modules, "</leistung>")
    [found] = read("xzufi", body)
    assert isinstance(found, Service)
    return found


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("recordings/*")), ids=lambda path: path.name)
def test_the_code_of_a_module_stands_in_no_namespace_or_in_that_of_the_rest(path: Path) -> None:
    found = [one for one in read("xzufi", path.read_bytes()) if isinstance(one, Service)]

    assert found
    assert all(one.blocks for one in found)


def test_german_is_taken_where_there_are_several_languages() -> None:
    body = document(
        '<leistung><id>1</id><modulText><leikaTextmodul><code xmlns="">02</code></leikaTextmodul>'
        '<inhalt languageCode="fr">Passeport</inhalt><inhalt languageCode="de-DE">Reisepass</inhalt>'
        "</modulText></leistung>"
    )

    [found] = read("xzufi", body)

    assert isinstance(found, Service)
    assert (found.title, found.external_id) == ("Reisepass", "LB.1")


def test_every_text_module_of_the_code_list_finds_its_place() -> None:
    codes = {"06": "text", "07": "legal", "08": "required_documents", "09": "requirements", "11": "procedure",
             "14": "forms", "15": "more", "16": "hints", "25": "remedy"}  # fmt: skip

    found = service(*(text(code, f"Text {code}") for code in codes))

    assert {block.kind: block.html for block in found.blocks} == {
        kind: f"<p>Text {code}</p>" for code, kind in codes.items()
    }


def test_a_service_is_the_towns_own_only_when_its_key_is_named() -> None:
    area = "<gueltigkeitGebietID>{}</gueltigkeitGebietID>"
    body = document(
        *(
            f'<leistung><id schemeAgencyID="L1">{number}</id>{text("02", "Pass")}{area.format(key)}</leistung>'
            for number, key in enumerate(("120690020020", "120000000000"))
        )
    )

    found = read("xzufi", body, ars="120690020020")

    assert [one.local for one in found if isinstance(one, Service)] == [True, False]


def test_staff_are_people_and_stay_out() -> None:
    body = Path(__file__).parent.joinpath("recordings/town-2.2.xml").read_bytes()

    [office] = [one for one in read("xzufi", body) if isinstance(one, Office)]

    assert b"Erika" in body
    assert "Erika" not in repr(office)


def test_what_a_message_deletes_is_gone() -> None:
    body = document(SERVICE.format(1), '<loesche><leistungID schemeAgencyID="L1">2</leistungID></loesche>')

    found = read("xzufi", body)

    assert [one.external_id for one in found if isinstance(one, Gone)] == ["L1.LB.2"]


def test_a_service_without_a_name_loses_only_itself() -> None:
    found = read("xzufi", document('<leistung><id schemeAgencyID="L1">9</id></leistung>', SERVICE.format(1)))

    assert [one.external_id for one in found if isinstance(one, Service)] == ["L1.LB.1"]
    assert [one.external_id for one in problems(found)] == ["L1.LB.9"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"<html><body>Wartung</body></html>", "web-page"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + document(SERVICE.format(1)), "entities"),
        (b'<rss version="2.0"/>', "no-feed"),
        (HEAD.encode() + b"</r>", "empty"),
        (document(SERVICE.format(1))[:-20], "incomplete"),
        ('<?xml version="1.0" encoding="utf-16"?><rss/>'.encode("utf-16"), "no-feed"),
    ],
    ids=["nothing", "page", "entities", "other", "no entries", "cut off", "wide"],
)
def test_what_is_no_register_stops_with_a_reason(body: bytes, code: str) -> None:
    with pytest.raises(Stop) as stop:
        read("xzufi", body)

    assert stop.value.code == code


def test_a_register_of_a_state_is_read_in_little_memory() -> None:
    filling = "<gebiet>" + "x" * 1_000 + "</gebiet>"
    body = document(*(filling + SERVICE.format(number) for number in range(2_000)))
    tracemalloc.start()

    found = read("xzufi", body)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 2_000
    assert peak < 16_000_000
