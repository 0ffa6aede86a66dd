"""Calendars of chosen streets through the form and by the number of a house; a key that works no more."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.feeds.bundle import Part, pack
from app.feeds.connector import Stop
from app.feeds.items import Collection
from app.feeds.registry import connector
from app.kit import i18n
from tests.feeds.abfall_io.form import CALENDARS, KEY, STREETS, District, recording
from tests.feeds.reading import read
from tests.origin import Origin


@pytest.fixture
def district() -> Iterator[District]:
    with Origin() as origin:
        yield District(origin)


def test_the_recording_is_what_a_run_brings(district: District) -> None:
    kept = Path(__file__).with_name("recordings").joinpath("district.json").read_bytes()

    assert recording(asyncio.run(district.fetch()).body, district.origin) == kept
    assert KEY.encode() not in kept


def test_each_step_gets_what_the_one_before_handed_out(district: District) -> None:
    asyncio.run(district.fetch(waste_types=["27", "28"]))

    first, second = district.forms
    assert {name for name in first if name.startswith("nach_")} == {
        "nach_init", "nach_auswahl_bezirk_set", "nach_auswahl_strasse_set", "nach_auswahl_hnr_set",
    }  # fmt: skip
    assert (first["f_id_bezirk"], first["f_id_strasse_hnr"]) == ("3", "5")
    assert (first["f_id_abfalltyp_1"], first["f_abfallarten"], first["f_zeitraum"]) == (
        "28", "27,28", "20261122-20271227",
    )  # fmt: skip
    assert {name for name in second if name.startswith("nach_")} == {"nach_init"}


def test_the_newer_interface_needs_the_number_of_a_house_only(district: District) -> None:
    body = asyncio.run(district.fetch(version="v3", streets=[{"name": "Anger", "hausnummer": "21"}])).body

    assert [asked.method for asked in district.origin.asked] == ["GET"]
    assert [one.fraction for one in read("abfall_io", body) if isinstance(one, Collection)] == [
        "residual", "packaging", "organic",
    ]  # fmt: skip


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_a_key_that_works_no_more_is_said_with_what_to_do(district: District, version: str) -> None:
    district.key = "another"

    with pytest.raises(Stop) as stop, i18n.reading_in("de"):
        asyncio.run(district.fetch(version=version, streets=STREETS[:1]))

    assert stop.value.code == "no-access"
    with i18n.reading_in("de"):
        assert "tragen Sie den neuen Schlüssel ein" in stop.value.text


@pytest.mark.parametrize(("options", "named"), [({"api_key": ""}, "key"), ({"streets": []}, "streets")])
def test_without_key_or_streets_the_clerk_is_told(district: District, options: dict[str, object], named: str) -> None:
    with pytest.raises(Stop, match=named):
        asyncio.run(district.fetch(**options))
    assert district.origin.asked == []


@pytest.mark.parametrize(
    ("streets", "named"),
    [
        ([{"name": "Anger"}], "Anger needs kommune"),
        ([{"name": "A", "kommune": "1", "strasse": "2"}] * 2, "name of its own"),
    ],
)
def test_streets_that_can_t_be_asked_for_are_named(streets: list[dict[str, str]], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        connector("abfall_io").configured({"url": "https://api.example", "streets": streets})


def test_a_page_in_the_place_of_one_calendar_takes_nothing_away() -> None:
    parts = [
        Part(name="Anger", url="", body=CALENDARS["21"]),
        Part(name="Am Teich", url="", body=b"<html>Wartung</html>"),
    ]

    with pytest.raises(Stop, match="Am Teich"):
        read("abfall_io", pack(parts))
