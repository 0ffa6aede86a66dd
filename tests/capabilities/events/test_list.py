"""What people find when they look for something to do."""

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from app.kit import clock
from tests.factories_events import SATURDAY, make_category, make_event, make_provider
from tests.village import Village

TUESDAY = datetime(2026, 12, 1, 9, tzinfo=UTC)


def titles(page: str) -> list[str]:
    return re.findall(r'class="row-title"><a [^>]*>([^<]*)</a>', page)


def headings(page: str) -> list[str]:
    listed = page.partition('id="rows"')[2].partition('class="aside')[0]
    return re.findall(r"<h2>([^<]*)</h2>", listed)


async def test_a_resident_sees_what_comes_next_under_its_day(belzig: Village) -> None:
    await make_event(title="Feuerwehrfest", location_name="Gerätehaus")
    await make_event(title="Seniorentanz", starts_at=TUESDAY + timedelta(hours=4))
    await make_event(title="Chorprobe", starts_at=TUESDAY + timedelta(days=1, hours=9, minutes=30))

    with clock.at(TUESDAY):
        page = (await belzig.get("/events")).text

    assert titles(page) == ["Seniorentanz", "Chorprobe", "Feuerwehrfest"]
    assert headings(page) == ["Heute", "Morgen", "Samstag, 5. Dezember"]
    assert "14–16 Uhr, Gerätehaus" in page
    assert "19:30–21:30 Uhr" in page


async def test_what_is_on_now_still_shows_and_what_is_over_does_not(belzig: Village) -> None:
    await make_event(title="Frühstück", starts_at=TUESDAY - timedelta(hours=4))
    await make_event(title="Sprechstunde", starts_at=TUESDAY - timedelta(hours=1))
    await make_event(title="Treff ohne Ende", starts_at=TUESDAY - timedelta(hours=1), hours=None)

    with clock.at(TUESDAY):
        page = (await belzig.get("/events")).text
    with clock.at(TUESDAY + timedelta(hours=2)):
        later = await belzig.json("/api/v1/events")

    assert titles(page) == ["Sprechstunde", "Treff ohne Ende"]
    assert page.count("Läuft gerade") == 2
    assert later == {"items": [], "next": None, "meant": ""}


async def test_an_exhibition_stands_once_in_the_list_and_on_each_of_its_days(belzig: Village) -> None:
    await make_event(title="Ausstellung", first_day=date(2026, 11, 28), last_day=date(2026, 12, 6))

    with clock.at(TUESDAY):
        page = (await belzig.get("/events")).text
        days = {day: titles((await belzig.get(f"/events?day=2026-12-{day:02d}")).text) for day in (1, 5, 6, 7)}
        month = (await belzig.get("/events?month=2026-12")).text

    assert titles(page) == ["Ausstellung"]
    assert headings(page) == ["Heute"]
    assert "28. November – 6. Dezember" in page
    assert days == {1: ["Ausstellung"], 5: ["Ausstellung"], 6: ["Ausstellung"], 7: []}
    assert "Sonntag, 6. Dezember, 1 Termin<" in month
    assert "Montag, 7. Dezember, 0 Termine<" in month
    assert titles(month) == ["Ausstellung"]


async def test_a_dance_into_the_night_belongs_to_its_evening(belzig: Village) -> None:
    await make_event(title="Tanz", starts_at=SATURDAY + timedelta(hours=6), hours=6)

    with clock.at(SATURDAY + timedelta(hours=11)):
        running = titles((await belzig.get("/events")).text)
        saturday = titles((await belzig.get("/events?day=2026-12-05")).text)
        sunday = titles((await belzig.get("/events?day=2026-12-06")).text)

    assert (running, saturday, sunday) == (["Tanz"], ["Tanz"], [])


async def test_days_begin_at_midnight_of_the_town(belzig: Village) -> None:
    await make_event(title="Silvester", starts_at=datetime(2026, 12, 31, 22, 30, tzinfo=UTC), hours=0.25)
    await make_event(title="Neujahr", starts_at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC), hours=None)

    with clock.at(TUESDAY):
        old = await belzig.json("/api/v1/events", **{"from": "2026-12-31", "to": "2026-12-31"})
        new = await belzig.json("/api/v1/events", **{"from": "2027-01-01", "to": "2027-01-01"})

    assert [one["title"] for one in old["items"]] == ["Silvester"]
    assert [one["title"] for one in new["items"]] == ["Neujahr"]
    assert new["items"][0]["first_day"] == "2027-01-01"


async def test_a_week_runs_from_monday_to_sunday(belzig: Village) -> None:
    await make_event(title="Sonntag davor", first_day=date(2026, 11, 29))
    await make_event(title="Montag", first_day=date(2026, 11, 30))
    await make_event(title="Sonntag", first_day=date(2026, 12, 6))
    await make_event(title="Montag danach", first_day=date(2026, 12, 7))

    with clock.at(TUESDAY):
        page = (await belzig.get("/events?week=2026-W49")).text

    assert titles(page) == ["Montag", "Sonntag"]
    assert "Woche 49: 30. November – 6. Dezember" in page
    assert 'href="/events?week=2026-W48" rel="prev"' in page
    assert 'href="/events?week=2026-W50" rel="next"' in page


async def test_a_month_leads_to_the_one_before_and_after(belzig: Village) -> None:
    with clock.at(TUESDAY):
        page = (await belzig.get("/events?month=2026-12")).text

    assert "Dezember 2026" in page
    assert 'href="/events?month=2026-11" rel="prev"' in page
    assert 'href="/events?month=2027-01" rel="next"' in page
    assert "Hier ist nichts los" in page


async def test_a_new_village_says_why_there_is_nothing(belzig: Village) -> None:
    page = (await belzig.get("/events")).text

    assert "Noch keine Termine" in page
    assert "Hier erscheinen Termine, sobald das Rathaus" in page


async def test_a_resident_narrows_by_category_and_provider(belzig: Village) -> None:
    culture, sport = await make_category("test-kultur", "Kultur"), await make_category("test-sport", "Sport")
    library, club = await make_provider("test-bibliothek", "Bibliothek"), await make_provider("test-sv", "SV Belzig")
    await make_event(title="Lesung", category_id=culture, provider_id=library)
    await make_event(title="Heimspiel", category_id=sport, provider_id=club)
    await make_event(title="Vereinsfest", category_id=culture, provider_id=club)

    with clock.at(TUESDAY):
        everything = (await belzig.get("/events")).text
        chosen = (await belzig.get("/events?category=test-kultur")).text
        both = await belzig.json("/api/v1/events", category="test-kultur", provider="test-sv")
        none = (await belzig.get("/events?category=test-nichts")).text

    assert 'Kultur <span class="chip-count">2</span>' in everything
    assert titles(chosen) == ["Lesung", "Vereinsfest"]
    assert 'SV Belzig <span class="chip-count">1</span>' in chosen
    assert [one["title"] for one in both["items"]] == ["Vereinsfest"]
    assert titles(none) == []
    assert "Nichts gefunden" in none


@pytest.mark.parametrize("words", ["konzert", "Konzet", "Konz", "wehr", "Strasse", "straße", "Blasmusik"])
async def test_a_resident_finds_it_however_it_is_written(belzig: Village, words: str) -> None:
    await make_event(title="Konzert der Feuerwehr in der Brücker Straße", summary="Mit Blasmusik.")
    await make_event(title="Yoga am Morgen")

    with clock.at(TUESDAY):
        found = await belzig.json("/api/v1/events", q=words)
        page = (await belzig.get("/events", params={"q": words})).text

    assert [one["title"] for one in found["items"]] == ["Konzert der Feuerwehr in der Brücker Straße"]
    assert titles(page) == ["Konzert der Feuerwehr in der Brücker Straße"]


async def test_a_list_goes_on_where_it_ended(belzig: Village) -> None:
    for number in range(7):
        await make_event(title=f"Treffen {number}")

    with clock.at(TUESDAY):
        seen, cursor = [], ""
        for _ in range(4):
            part = await belzig.json("/api/v1/events", limit=2, **({"cursor": cursor} if cursor else {}))
            seen += [one["title"] for one in part["items"]]
            cursor = part["next"]

    assert seen == [f"Treffen {number}" for number in range(7)]
    assert cursor is None


async def test_load_more_works_by_link_and_keeps_a_day_whole(belzig: Village) -> None:
    for number in range(28):
        await make_event(title=f"Treffen {number}", starts_at=TUESDAY + timedelta(hours=1))
    for number in range(4):
        await make_event(title=f"Markt {number}")

    with clock.at(TUESDAY):
        first = (await belzig.get("/events")).text
        [link] = re.findall(r'href="([^"]*)" data-more', first)
        fragment = await belzig.get(html.unescape(link), headers={"hx-request": "true"})
        rest = (await belzig.get(html.unescape(link))).text

    assert len(titles(first)) == 28
    assert titles(rest) == [f"Markt {number}" for number in range(4)]
    assert "data-more" not in rest
    assert titles(fragment.text) == titles(rest)
    assert "<html" not in fragment.text
    assert "<html" in rest
    assert fragment.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/events?day=2026-02-30", "day"),
        ("/events?day=2026-1-1", "day"),
        ("/events?day=0001-01-01", "day"),
        ("/events?week=2026-W60", "week"),
        ("/events?month=2026-13", "month"),
        ("/events?month=9999-12", "month"),
        ("/events?day=2026-12-05&month=2026-12", "day"),
        ("/events?cursor=nonsense", "cursor"),
        ("/events?category=%27%20OR%201=1", "category"),
        ("/api/v1/events?from=yesterday", "from"),
        ("/api/v1/events?from=0001-01-01", "from"),
        ("/api/v1/events?to=9999-12-31", "to"),
        ("/api/v1/events?from=2026-12-05&to=2026-12-01", "to"),
        ("/api/v1/events?limit=0", "limit"),
        ("/api/v1/events?limit=101", "limit"),
        ("/api/v1/events?limit=ten", "limit"),
        ("/api/v1/events?cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwgMV0", "cursor"),
        ("/api/v1/events?cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgMV0", "cursor"),
        ("/api/v1/events/abc", "event_id"),
    ],
)
async def test_what_cannot_be_read_is_named(belzig: Village, address: str, field: str) -> None:
    answer = await belzig.get(address, headers={"accept": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["errors"]


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "'; DROP TABLE event; --", "%", "\\", "\x00", "a" * 200]
)
async def test_hostile_words_find_nothing_and_break_nothing(belzig: Village, words: str) -> None:
    await make_event(title="Feuerwehrfest")

    with clock.at(TUESDAY):
        page = await belzig.get("/events", params={"q": words})
        found = await belzig.json("/api/v1/events")

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert [one["title"] for one in found["items"]] == ["Feuerwehrfest"]


async def test_the_neighbouring_town_sees_none_of_it(belzig: Village, wiesenburg: Village) -> None:
    id_ = await make_event(title="Nur in Belzig")

    with clock.at(TUESDAY):
        there = await wiesenburg.json("/api/v1/events")
        other = await wiesenburg.get(f"/events/{id_}")
        calendar = await wiesenburg.get("/events.ics")
        here = await belzig.json("/api/v1/events")

    assert there["items"] == []
    assert other.status_code == 404
    assert "Nur in Belzig" not in calendar.text
    assert [one["title"] for one in here["items"]] == ["Nur in Belzig"]


async def test_an_unchanged_list_is_not_sent_again(belzig: Village) -> None:
    await make_event()

    with clock.at(TUESDAY):
        first = await belzig.get("/api/v1/events")
        again = await belzig.get("/api/v1/events", headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""


async def test_the_start_page_shows_the_next_three(belzig: Village) -> None:
    for number in range(4):
        await make_event(title=f"Treffen {number}", starts_at=SATURDAY + timedelta(days=number))

    with clock.at(TUESDAY):
        page = (await belzig.get("/")).text
        found = (await belzig.get("/search?q=Treffen")).text

    assert [title for title in titles(page) if title.startswith("Treffen")] == ["Treffen 0", "Treffen 1", "Treffen 2"]
    assert [title for title in titles(found) if title.startswith("Treffen")] == [f"Treffen {n}" for n in range(4)]
