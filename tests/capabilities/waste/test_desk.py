"""A clerk reads in a calendar, shifts a day, strikes one out."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.kit import clock
from app.tenancy import tenant
from tests import cast
from tests.cast import Visitor
from tests.factories_daily import TOWN, Works, calendar, entry, weekly
from tests.village import Village

SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
TABLE = "Datum;Abfallart\r\n24.11.2026;Restmüll\r\nMi, 25.11.2026;Bio und Papier\r\n01.01.2020;Restmüll\r\n"


async def editor(belzig: Village) -> Visitor:
    eva = await cast.person("eva", roles={TOWN: ["editor"]})
    return await eva.at(belzig)


async def send(eva: Visitor, name: str, file: bytes) -> Any:
    body = {"_csrf": eva.session.csrf, "name": name}
    return await eva.post("/manage/waste", data=body, files={"file": ("plan.ics", file)})


async def days(belzig: Village, street: str = "am-anger") -> list[tuple[str, str, str | None]]:
    belzig.edge.cache.empty(TOWN)
    found = await belzig.json("/api/v1/waste/dates", street=street)
    return [(one["day"], one["fraction"], one["moved_from"]) for one in found["items"]]


async def ids() -> list[int]:
    async with tenant(TOWN) as scope:
        return [row["id"] for row in await scope.fetch("SELECT id FROM waste_date ORDER BY day, id")]


async def test_a_clerk_reads_in_a_calendar(belzig: Village, swept: None) -> None:
    with clock.at(SUNDAY):
        eva = await editor(belzig)
        answer = await send(eva, "Am Anger", calendar(weekly(date(2026, 11, 24), 3, "Restmüll")))
        page = await eva.get("/manage/waste/am-anger")

        assert (answer.status_code, answer.headers["location"]) == (303, "/manage/waste/am-anger")
        assert [day for day, _, _ in await days(belzig)] == ["2026-11-24", "2026-12-08", "2026-12-22"]
        assert "Restmüll" in page.text
        assert 'href="/manage/waste/am-anger"' in (await eva.get("/manage/waste")).text


async def test_a_table_works_too_and_takes_the_place_of_the_last_one(belzig: Village, swept: None) -> None:
    with clock.at(SUNDAY):
        eva = await editor(belzig)
        await send(eva, "Am Anger", calendar(weekly(date(2026, 11, 24), 3, "Restmüll")))
        await send(eva, "Am Anger", TABLE.encode("cp1252"))

        assert [(day, what) for day, what, _ in await days(belzig)] == [
            ("2026-11-24", "residual"),
            ("2026-11-25", "organic"),
            ("2026-11-25", "paper"),
        ]


@pytest.mark.parametrize(
    ("name", "file", "field"),
    [
        ("", b"x", "Bitte nennen Sie die Straße"),
        ("Am Anger", b"", "Bitte wählen Sie eine Kalenderdatei"),
        ("Am Anger", b"\x89PNG\r\n\x1a\n", "Die Datei ist nicht lesbar"),
        ("Am Anger", b"Datum;Abfallart\nirgendwann;Bio\n", "Die Datei ist nicht lesbar"),
        ("Am Anger", b"Name;Ort\nA;B\n", "Die Datei ist nicht lesbar"),
        ("Am Anger", b"Datum;Abfallart\n24.11.2019;Bio\n", "keinen Termin, der noch bevorsteht"),
    ],
)
async def test_a_file_that_is_none_is_told_beside_the_field(
    belzig: Village, swept: None, name: str, file: bytes, field: str
) -> None:
    with clock.at(SUNDAY):
        eva = await editor(belzig)
        answer = await send(eva, name, file)

    assert answer.status_code == 422
    assert field in answer.text
    assert await ids() == []


async def test_a_clerk_shifts_a_day_and_the_next_sync_leaves_it(belzig: Village, works: Works) -> None:
    entries = weekly(date(2026, 12, 7), 5, "Restmüll")
    with clock.at(SUNDAY):
        await works.subscribed("anger", "Am Anger")
        await works.sends("anger", *entries)
        eva = await editor(belzig)
        [first, *_rest] = await ids()
        answer = await eva.post(
            "/manage/waste/am-anger",
            data={"_csrf": eva.session.csrf, "do": "shift", "date": first, f"to-{first}": "2026-12-09"},
        )
        await works.sends("anger", *(one.replace("Restmüll", "Restmüll", 1) for one in entries), force=True)

        assert answer.status_code == 303
        assert (await days(belzig))[0] == ("2026-12-09", "residual", "2026-12-07")
        page = (await belzig.get("/waste/streets/am-anger", headers={"accept": "text/html"})).text
        assert "Verschoben, sonst Montag, 7. Dezember" in page


async def test_a_shift_of_tomorrow_is_told_at_once(belzig: Village, works: Works) -> None:
    with clock.at(datetime(2026, 12, 6, 9, tzinfo=UTC)):
        await works.subscribed("anger", "Am Anger")
        await works.sends("anger", *weekly(date(2026, 12, 7), 5, "Restmüll"))
        eva = await editor(belzig)
        [first, second, *_rest] = await ids()
        form = {"_csrf": eva.session.csrf, "do": "shift"}
        await eva.post("/manage/waste/am-anger", data=form | {"date": first, f"to-{first}": "2026-12-09"})
        await eva.post("/manage/waste/am-anger", data=form | {"date": second, f"to-{second}": "2026-12-22"})
        async with tenant(TOWN) as scope:
            rows = await scope.fetch("SELECT title, street FROM announcement")

    assert [(row["title"], row["street"]) for row in rows] == [
        ("Restmüll: Abholung erst Mittwoch, 9. Dezember", "am-anger")
    ]


async def test_a_day_is_struck_out_and_brought_back(belzig: Village, works: Works) -> None:
    with clock.at(SUNDAY):
        await works.subscribed("anger", "Am Anger")
        await works.sends("anger", *weekly(date(2026, 12, 7), 5, "Restmüll"))
        eva = await editor(belzig)
        [first, *_rest] = await ids()
        form = {"_csrf": eva.session.csrf, "date": first}
        await eva.post("/manage/waste/am-anger", data=form | {"do": "strike"})
        struck = await days(belzig)
        page = (await eva.get("/manage/waste/am-anger")).text
        await eva.post("/manage/waste/am-anger", data=form | {"do": "restore"})

        assert (len(struck), len(await days(belzig))) == (4, 5)
        assert "gestrichen" in page


async def test_a_day_is_added_and_what_was_entered_goes(belzig: Village, swept: None) -> None:
    with clock.at(SUNDAY):
        eva = await editor(belzig)
        await send(eva, "Am Anger", calendar([entry(date(2026, 12, 1), "Restmüll")]))
        form = {"_csrf": eva.session.csrf}
        add = form | {"do": "add", "day": "2027-01-12", "fraction": "tree"}
        good = await eva.post("/manage/waste/am-anger", data=add)
        bad = await eva.post("/manage/waste/am-anger", data=form | {"do": "add", "day": "2031-01-12", "fraction": "x"})

        assert (good.status_code, bad.status_code) == (303, 422)
        assert [(day, what) for day, what, _ in await days(belzig)][-1] == ("2027-01-12", "tree")
        gone = await eva.post("/manage/waste/am-anger", data=form | {"do": "remove"})
        assert (gone.status_code, gone.headers["location"]) == (303, "/manage/waste")
        belzig.edge.cache.empty(TOWN)
        assert (await belzig.json("/api/v1/waste/streets"))["items"] == []


async def test_weeks_off_is_another_day(belzig: Village, works: Works) -> None:
    with clock.at(SUNDAY):
        await works.subscribed("anger", "Am Anger")
        await works.sends("anger", entry(date(2026, 12, 7), "Restmüll"))
        eva = await editor(belzig)
        [first] = await ids()
        form = {"_csrf": eva.session.csrf, "do": "shift", "date": first}
        far = await eva.post("/manage/waste/am-anger", data=form | {f"to-{first}": "2027-02-09"})
        empty = await eva.post("/manage/waste/am-anger", data=form | {f"to-{first}": ""})

        assert (far.status_code, empty.status_code) == (409, 422)
        assert await days(belzig) == [("2026-12-07", "residual", None)]


async def test_a_provider_has_no_place_here(belzig: Village, swept: None) -> None:
    club = await cast.person("club", roles={TOWN: ["provider"]}, provider="rathaus")
    as_club = await club.at(belzig)

    assert (await as_club.get("/manage/waste")).status_code == 403
    assert (await belzig.get("/manage/waste")).status_code == 401
