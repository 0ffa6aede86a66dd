"""CAP 1.2: languages, warn cells, what replaces what, and documents that are meant to do harm."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.feeds.connector import Stop
from app.feeds.connectors.cap import archive as unpacking
from app.feeds.connectors.cap.area import key_of, ring_of
from app.feeds.items import Notice
from tests.feeds.cap import archives
from tests.feeds.reading import problems, read

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&b;</identifier></alert>"""


def notices(body: bytes, **options: Any) -> list[Notice]:
    return [one for one in read("cap", body, **options) if isinstance(one, Notice)]


def test_the_german_words_are_taken_wherever_they_stand() -> None:
    [one] = notices(archives.alert())

    assert (one.title, one.language, one.kind) == ("Amtliche WARNUNG vor STURMBÖEN", "de-de", "weather")
    assert one.instruction == "Sichern Sie Gegenstände im Freien.\nHalten Sie Abstand von Bäumen."


def test_without_german_words_the_first_ones_are_taken() -> None:
    [one] = notices(archives.alert(infos=archives.info(language="pl", headline="Ostrzeżenie")))

    assert (one.title, one.language) == ("Ostrzeżenie", "pl")


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("812069020", "12069020"), ("112069000", "12069"), ("112069001", ""), ("209900001", ""), ("501000005", ""),
        ("911000000", ""), ("", ""), ("81206902", ""), ("8120690x0", ""),
    ],
)  # fmt: skip
def test_a_warn_cell_becomes_the_beginning_of_ags(cell: str, key: str) -> None:
    assert key_of(cell) == key


def test_points_are_turned_round_and_the_ring_closed() -> None:
    assert ring_of("52.0,12.4 52.3,12.4 52.3,12.9") == ((12.4, 52.0), (12.4, 52.3), (12.9, 52.3), (12.4, 52.0))
    assert ring_of("52.0,12.4 52.3") == ()
    assert ring_of("nan,12 52,12 52,13") == ()
    assert ring_of("") == ()


def test_a_warning_for_the_sea_concerns_no_town() -> None:
    cells = archives.cells(("Greifswalder Bodden", "501000005"))
    sea = archives.info(cells=cells)
    start, end = sea.index("<area><areaDesc>polygonal"), sea.index("</area>") + len("</area>")

    assert notices(archives.alert(infos=sea[:start] + sea[end:])) == []
    assert len(notices(archives.alert(infos=sea))) == 1  # its polygon says where


def test_an_update_names_what_it_replaces_and_itself_in_other_sources() -> None:
    [one] = notices(archives.update())

    assert one.message == "update"
    assert one.references == (f"{archives.BEFORE}.MUL",)
    assert one.same_as == (archives.OID,)


def test_a_cancel_counts_before_its_severity() -> None:
    [one] = notices(archives.cancel())

    assert (one.message, one.severity, one.references) == ("cancel", "extreme", (f"{archives.OID}.MUL",))


@pytest.mark.parametrize("status", ["Test", "Exercise", "System", "Draft"])
def test_what_is_no_real_warning_is_not_shown(status: str) -> None:
    assert notices(archives.alert().replace(b"<status>Actual", f"<status>{status}".encode())) == []


def test_times_without_an_offset_are_left_out() -> None:
    [one] = notices(archives.alert().replace(b"T16:00:00+01:00", b"T16:00:00").replace(b"T23:00:00+01:00", b"bald"))

    assert one.expires_at is None
    assert one.starts_at is not None
    assert one.starts_at.isoformat() == "2026-11-22T13:00:00+00:00"  # `effective` in its place


def test_an_empty_archive_is_good_news() -> None:
    assert read("cap", archives.archive()) == []


def test_a_broken_document_loses_only_itself() -> None:
    found = read("cap", archives.archive(("a.xml", b"<alert"), ("b.xml", archives.update()), ("c.xml", BOMB)))

    assert len([one for one in found if isinstance(one, Notice)]) == 1
    assert [one.external_id for one in problems(found)] == ["a.xml", "c.xml"]


def test_the_same_warning_twice_is_one() -> None:
    assert len(read("cap", archives.archive(("a.xml", archives.update()), ("b.xml", archives.update())))) == 1


def test_entities_are_refused() -> None:
    with pytest.raises(Stop):
        read("cap", BOMB)


def test_an_archive_that_unpacks_to_very_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "TOTAL_BYTES", 3_000_000)
    monkeypatch.setattr(unpacking, "DOCUMENT_BYTES", 1_000_000)
    large = archives.alert(infos=archives.info(description="x" * 900_000))
    packed = archives.archive(*((f"{number}.xml", large) for number in range(5)))
    assert len(packed) < 50_000

    with pytest.raises(Stop) as stop:
        read("cap", packed)

    assert stop.value.code == "too-big"
    assert problems(read("cap", archives.archive(("a.xml", large + b" " * 200_000), ("b.xml", archives.update()))))


def test_an_encrypted_document_is_left_out() -> None:
    packed = bytearray(archives.archive(("a.xml", archives.cancel()), ("b.xml", archives.update())))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1

    assert [one.external_id for one in problems(read("cap", bytes(packed)))] == ["a.xml"]


def test_names_that_lead_elsewhere_are_only_names() -> None:
    found = read(
        "cap",
        archives.archive(("../../etc/a.xml", b"<no"), ("b.xml", archives.update())),
    )

    assert [one.external_id for one in problems(found)] == ["a.xml"]


@pytest.mark.parametrize("documents", [[("a.xml", b"<no")], [("stops.txt", b"stop_id")], [("a.zip", b"PK")]])
def test_an_archive_without_a_single_warning_is_not_the_end_of_all(documents: list[tuple[str, bytes]]) -> None:
    with pytest.raises(Stop) as stop:
        read("cap", archives.archive(*documents))

    assert stop.value.code == "no-feed"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_the_weather_services_own_documents_are_read() -> None:
    documents = sorted((SAMPLES / "cap").glob("*.xml"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        for path in documents:
            files.write(path, path.name)

    found = read("cap", packed.getvalue())

    assert found
    [rain] = [one for one in found if isinstance(one, Notice)]  # the other one is a test of theirs
    assert (rain.title, rain.message) == ("Amtliche WARNUNG vor STARKREGEN", "update")
    assert rain.area is not None
    assert "12069270" in rain.area.keys
    assert rain.external_id.startswith(rain.same_as[0])


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("path", sorted((SAMPLES / "xml-hostile").glob("*")), ids=lambda path: path.name)
def test_a_hostile_file_is_refused(path: Path) -> None:
    with pytest.raises(Stop):
        read("cap", path.read_bytes())
    with pytest.raises(Stop):
        read("mosmix", path.read_bytes())
