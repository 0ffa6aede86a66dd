"""One event: its page, its dates, its calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar

from app.capabilities.events import actions
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories_events import SATURDAY, Calendar, fixture, make_event
from tests.village import Village

TUESDAY = datetime(2026, 12, 1, 9, tzinfo=UTC)


def read(body: str) -> Any:
    """A calendar as other programs read it."""
    return icalendar.Calendar.from_ical(body)


async def test_a_resident_reads_when_where_and_what_it_costs(belzig: Village) -> None:
    id_ = await make_event(
        title="Feuerwehrfest für Groß & Klein",
        location_name="Gerätehaus",
        address="Brücker Landstraße 1, 14806 Bad Belzig",
        latitude=52.14,
        longitude=12.59,
        price="frei",
        accessibility="Stufenlos",
        organiser="Freiwillige Feuerwehr",
        body_html="<p>Mit Hüpfburg.</p><script>alert(1)</script>",
        recurrence="FREQ=YEARLY;COUNT=2",
    )

    with clock.at(TUESDAY):
        answer = await belzig.get(f"/events/{id_}-feuerwehrfest-fuer-gross-klein")

    page = answer.text
    assert answer.status_code == 200
    assert page.count("<h1") == 1
    assert "Sa., 5. Dezember, 14–16 Uhr" in page
    assert "Gerätehaus, Brücker Landstraße 1, 14806 Bad Belzig" in page
    assert 'href="geo:52.140000,12.590000?q=52.140000,12.590000"' in page
    assert all(word in page for word in ("frei", "Stufenlos", "Freiwillige Feuerwehr", "<p>Mit Hüpfburg.</p>"))
    assert "alert(1)" not in page
    assert "So., 5. Dezember 2027, 14–16 Uhr" in page
    assert f'href="/events/{id_}.ics"' in page


async def test_a_short_or_old_address_leads_to_the_right_one(belzig: Village) -> None:
    id_ = await make_event(title="Feuerwehrfest")

    short = await belzig.get(f"/events/{id_}")
    old = await belzig.get(f"/events/{id_}-anderer-titel")

    assert (short.status_code, short.headers["location"]) == (301, f"/events/{id_}-feuerwehrfest")
    assert (old.status_code, old.headers["location"]) == (301, f"/events/{id_}-feuerwehrfest")


async def test_what_is_not_there_is_a_404_for_people_and_programs(belzig: Village) -> None:
    draft = await make_event(title="Entwurf", published=False)

    for address in (
        f"/events/{draft}",
        "/events/999999999",
        "/events/0",
        "/events/x",
        "/events/99999999999999999999.ics",
    ):
        assert (await belzig.get(address)).status_code == 404
    answer = await belzig.get(f"/api/v1/events/{draft}")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "Diesen Termin gibt es nicht oder nicht mehr."


async def test_a_cancelled_date_is_shown_as_cancelled(belzig: Village) -> None:
    id_ = await make_event(title="Chorprobe", recurrence="FREQ=WEEKLY;COUNT=3")
    with clock.at(TUESDAY):
        dates = (await belzig.json(f"/api/v1/events/{id_}"))["dates"]
        async with tenant("bad-belzig"), transaction():
            await actions.cancel(id_, dates[0]["occurrence_id"])
        belzig.edge.cache.empty("bad-belzig")

        page = (await belzig.get("/events")).text
        detail = (await belzig.get(f"/events/{id_}-chorprobe")).text
        listed = (await belzig.json("/api/v1/events"))["items"]
        calendar = read((await belzig.get("/events.ics")).text)

    assert page.count("Fällt aus") == 1
    assert "Dieser Termin fällt aus" in detail
    assert [(one["status"], one["cancelled"]) for one in listed] == [
        ("cancelled", True),
        ("confirmed", False),
        ("confirmed", False),
    ]
    assert [str(one["STATUS"]) for one in calendar.walk("VEVENT")] == ["CANCELLED", "CONFIRMED", "CONFIRMED"]


async def test_programs_get_an_entry_for_each_date(belzig: Village) -> None:
    id_ = await make_event(title="Chorprobe", location_name="Bürgerhaus", recurrence="FREQ=WEEKLY;COUNT=2")
    whole = await make_event(title="Markttag", first_day=date(2026, 12, 4), last_day=date(2026, 12, 5))

    with clock.at(TUESDAY):
        found = (await belzig.json("/api/v1/events"))["items"]
        one = await belzig.json(f"/api/v1/events/{id_}")

    assert [(entry["id"], entry["starts_at"], entry["first_day"], entry["last_day"]) for entry in found] == [
        (whole, None, "2026-12-04", "2026-12-05"),
        (id_, "2026-12-05T13:00:00Z", "2026-12-05", "2026-12-05"),
        (id_, "2026-12-12T13:00:00Z", "2026-12-12", "2026-12-12"),
    ]
    assert found[1]["url"] == f"http://bad-belzig.localhost:8000/events/{id_}-chorprobe"
    assert found[1]["location"] == {"name": "Bürgerhaus", "address": "", "latitude": None, "longitude": None}
    assert len({entry["occurrence_id"] for entry in found}) == 3
    assert [entry["occurrence_id"] for entry in one["dates"]] == [entry["occurrence_id"] for entry in found[1:]]
    assert one["recurrence"] == "FREQ=WEEKLY;COUNT=2"


async def test_a_resident_takes_an_event_into_the_own_calendar(belzig: Village) -> None:
    title = "Straßenfest; mit Musik, Tanz und einer sehr langen Überschrift, die über die Zeile geht \\o/"
    id_ = await make_event(title=title, summary="Erste Zeile\nZweite Zeile", latitude=52.14, longitude=12.59)
    whole = await make_event(title="Markttage", first_day=date(2026, 12, 12), last_day=date(2026, 12, 13))

    with clock.at(TUESDAY):
        answer = await belzig.get(f"/events/{id_}.ics")
        days = read((await belzig.get(f"/events/{whole}.ics")).text).walk("VEVENT")[0]

    lines = answer.content.split(b"\r\n")
    assert any(line.startswith(b" ") for line in lines)
    event = read(answer.text).walk("VEVENT")[0]
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert max(len(line) for line in lines) <= 75
    assert str(event["SUMMARY"]) == title
    assert str(event["DESCRIPTION"]) == "Erste Zeile\nZweite Zeile"
    assert event["DTSTART"].dt == SATURDAY
    assert event["DTEND"].dt == SATURDAY + timedelta(hours=2)
    assert event["GEO"].to_ical() == "52.14;12.59"
    assert (days["DTSTART"].dt, days["DTEND"].dt) == (date(2026, 12, 12), date(2026, 12, 14))


async def test_the_town_calendar_is_the_same_until_something_changes(belzig: Village) -> None:
    with clock.at(TUESDAY):
        id_ = await make_event(title="Chorprobe", recurrence="FREQ=WEEKLY;COUNT=2")
        first = await belzig.get("/events.ics")
        belzig.edge.cache.empty("bad-belzig")
        again = await belzig.get("/events.ics", headers={"if-none-match": first.headers["etag"]})
    with clock.at(TUESDAY + timedelta(hours=1)):
        async with tenant("bad-belzig"), transaction():
            await actions.edit(
                id_,
                actions.EventText(title="Probe", starts_at=SATURDAY, recurrence="FREQ=WEEKLY;COUNT=2"),
            )
        belzig.edge.cache.empty("bad-belzig")
        changed = await belzig.get("/events.ics", headers={"if-none-match": first.headers["etag"]})

    before, after = (read(one.text) for one in (first, changed))
    assert again.status_code == 304
    assert changed.status_code == 200
    assert str(before["X-WR-CALNAME"]) == "Termine in Bad Belzig"
    assert before["REFRESH-INTERVAL"].dt == timedelta(hours=6)
    assert [str(one["UID"]) for one in before.walk("VEVENT")] == [
        f"20261205T130000Z-{id_}@bad-belzig.localhost",
        f"20261212T130000Z-{id_}@bad-belzig.localhost",
    ]
    assert [str(one["UID"]) for one in after.walk("VEVENT")] == [str(one["UID"]) for one in before.walk("VEVENT")]
    assert after.walk("VEVENT")[0]["DTSTAMP"].dt == TUESDAY + timedelta(hours=1)


async def test_what_came_from_a_club_names_source_and_licence(belzig: Village) -> None:
    await Calendar().sends(fixture(title="Heimspiel"))

    with clock.at(TUESDAY):
        [entry] = (await belzig.json("/api/v1/events"))["items"]
        page = (await belzig.get(f"/events/{entry['id']}-heimspiel")).text

    assert entry["source"] == {"name": "SV Belzig", "url": "https://sv.example/heimspiel"}
    assert (entry["licence"], entry["attribution"]) == ("CC-BY-4.0", "SV Belzig e. V.")
    assert "SV Belzig e. V." in page
    assert "CC-BY-4.0" in page
    assert 'href="https://sv.example/heimspiel"' in page


async def test_the_page_of_a_past_event_says_so(belzig: Village) -> None:
    id_ = await make_event(title="Herbstfest", starts_at=datetime(2026, 10, 3, 10, tzinfo=UTC))

    with clock.at(TUESDAY):
        page = (await belzig.get(f"/events/{id_}-herbstfest")).text

    assert "Dieser Termin ist vorbei" in page
    assert "Sa., 3. Oktober, 11" not in page
    assert "Sa., 3. Oktober, 12–14 Uhr" in page
