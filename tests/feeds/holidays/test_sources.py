"""Addresses that hold the year, states, and the files of the data repository."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.feeds.connector import Cursor, Stop
from app.feeds.items import DayOff
from app.feeds.registry import connector
from app.kit import clock
from app.kit.http import Http
from tests.feeds.reading import problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "holidays"
HEAD = "Id;Country;StartDate;EndDate;Type;RegionalScope;Name;Subdivisions\n"


def days(*rows: str, **options: Any) -> list[DayOff]:
    body = (HEAD + "".join(f"{row}\n" for row in rows)).encode()
    return [one for one in read("holidays", body, **options) if isinstance(one, DayOff)]


def test_the_years_stand_in_the_address() -> None:
    async def run() -> str:
        code = connector("holidays")
        config = code.configured({"url": origin.url("/?from={year}-01-01&to={next_year}-12-31")})
        async with Http(private_hosts=frozenset({origin.host})) as http:
            with clock.at(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)):
                return (await code.fetch(config, http.impatient(), Cursor())).url

    with Origin() as origin:
        origin.file("/?from=2026-01-01&to=2027-12-31", b"[]", "application/json")
        origin.file("/", b"[]", "application/json")
        assert asyncio.run(run()).endswith("/?from=2026-01-01&to=2027-12-31")


def test_a_row_of_the_whole_country_counts_for_the_state_that_is_asked_for() -> None:
    rows = ("1;DE;2027-01-01;;Public;National;DE Neujahr;", "2;DE;2027-01-06;;Public;Regional;DE Dreikönig;BW,BY")

    assert [(one.title, one.state) for one in days(*rows, subdivision="DE-BB")] == [("Neujahr", "DE-BB")]
    assert [one.state for one in days(*rows)] == ["", "DE-BW", "DE-BY"]


def test_names_come_in_the_language_that_is_asked_for() -> None:
    row = "1;DE;2027-02-01;2027-02-06;School;Regional;DE Winterferien, Teil 1,EN Winter Holidays;BB"

    assert days(row)[0].title == "Winterferien, Teil 1"
    assert days(row, language="en")[0].title == "Winter Holidays"
    assert days(row, language="fr")[0].title == "Winterferien, Teil 1"


@pytest.mark.parametrize("subdivision", ["Brandenburg", "BB", "de-bb"])
def test_what_is_no_state_is_refused(subdivision: str) -> None:
    with pytest.raises(ValueError, match="subdivision"):
        connector("holidays").configured({"url": "https://ferien.example", "subdivision": subdivision})


def test_another_table_is_no_calendar_of_holidays() -> None:
    with pytest.raises(Stop):
        read("holidays", b"Name;Ort\nA;B\n")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_the_files_of_the_repository_are_read_whole() -> None:
    school, public = (
        read("holidays", next(SAMPLES.glob(f"*{name}*.csv")).read_bytes(), subdivision="DE-BB")
        for name in ("school", "public")
    )

    assert not problems(school)
    assert not problems(public)
    summer = [one for one in school if isinstance(one, DayOff) and one.title == "Sommerferien"]
    assert len(summer) > 2
    assert date(2026, 10, 31) in {one.first_day for one in public if isinstance(one, DayOff)}
