"""What the recordings don't show: odd, broken and hostile calendars."""

from datetime import UTC, date, datetime, timedelta
from time import process_time

import pytest

from app.feeds.connector import InvalidConfig
from app.feeds.connectors.ics.connector import pace
from app.feeds.items import Event
from app.feeds.registry import connector
from tests.feeds.reading import URL, calendar, context, events, problems, read

TZ = "TZID=Europe/Berlin"


def starts(event: Event) -> list[str]:
    return [
        one.starts_at.strftime("%Y%m%dT%H%MZ") if one.starts_at else str(one.first_day) for one in event.occurrences
    ]


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        (["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202"], (12, 1), (12, 1)),
        (["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261204"], (12, 1), (12, 3)),
        (["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261201"], (12, 1), (12, 1)),
        (["DTSTART;VALUE=DATE:20261201"], (12, 1), (12, 1)),
        (["DTSTART;VALUE=DATE:20261201", "DURATION:P2D"], (12, 1), (12, 2)),
        (["DTSTART:20261201"], (12, 1), (12, 1)),
    ],
)
def test_days_are_inclusive(lines: list[str], first: tuple[int, int], last: tuple[int, int]) -> None:
    event = events("UID:1", "SUMMARY:Tage", *lines)[0]

    assert (event.all_day, event.starts_at) == (True, None)
    assert (event.first_day, event.last_day) == (date(2026, *first), date(2026, *last))


@pytest.mark.parametrize(
    ("written", "starts_at", "zone"),
    [
        ("DTSTART:20261201T180000Z", "20261201T1800Z", "Europe/Berlin"),
        (f"DTSTART;{TZ}:20261201T180000", "20261201T1700Z", "Europe/Berlin"),
        ("DTSTART:20260701T180000", "20260701T1600Z", "Europe/Berlin"),
        ("DTSTART;TZID=W. Europe Standard Time:20261201T180000", "20261201T1700Z", "Europe/Berlin"),
        ("DTSTART;TZID=GMT Standard Time:20261201T180000", "20261201T1800Z", "Europe/London"),
        ("DTSTART;TZID=/example.org/20260101/Europe/Vienna:20261201T180000", "20261201T1700Z", "Europe/Vienna"),
        ('DTSTART;TZID="Europe/Warsaw":20261201T180000', "20261201T1700Z", "Europe/Warsaw"),
        ("DTSTART;TZID=../../etc/passwd:20261201T180000", "20261201T1700Z", "Europe/Berlin"),
        (f"DTSTART;{TZ}:20260329T023000", "20260329T0130Z", "Europe/Berlin"),  # the hour that is left out
        (f"DTSTART;{TZ}:20261025T023000", "20261025T0030Z", "Europe/Berlin"),  # the hour that comes twice
    ],
)
def test_times_are_stored_in_utc_with_their_zone(written: str, starts_at: str, zone: str) -> None:
    event = events("UID:1", "SUMMARY:Zeit", written)[0]

    assert starts(event) == [starts_at]
    assert event.zone == zone
    assert event.ends_at is None


def test_an_unknown_zone_is_taken_as_local_and_told() -> None:
    found = read("ics", calendar("UID:1", "SUMMARY:Zeit", "DTSTART;TZID=Mars/Olympus:20261201T180000"))

    assert isinstance(found[0], Event)
    assert starts(found[0]) == ["20261201T1700Z"]
    assert "time zone" in problems(found)[0].reason


@pytest.mark.parametrize("offset", ["+0530", "-0800"])
def test_a_zone_of_its_own_is_known_by_its_offset(offset: str) -> None:
    body = calendar("UID:1", "SUMMARY:Fern", "DTSTART;TZID=Fern:20261201T180000").replace(
        b"BEGIN:VEVENT",
        b"BEGIN:VTIMEZONE\r\nTZID:Fern\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
        b"TZOFFSETFROM:+0000\r\nTZOFFSETTO:" + offset.encode() + b"\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT",
    )

    event = read("ics", body)[0]

    assert isinstance(event, Event)
    assert event.starts_at == datetime.strptime(f"202612011800{offset}", "%Y%m%d%H%M%z")


def test_a_series_over_both_nights_of_the_clock_stays_at_its_local_time() -> None:
    window = context(window_start=datetime(2026, 3, 1, tzinfo=UTC), window_end=datetime(2026, 11, 1, tzinfo=UTC))
    code = connector("ics")
    body = calendar("UID:1", "SUMMARY:Nachtwache", f"DTSTART;{TZ}:20260301T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY")

    event = next(iter(code.parse(body, code.configured({"url": URL}), window)))

    assert isinstance(event, Event)
    by_key = {one.key: one for one in event.occurrences}
    for key in ("20260328T013000Z", "20260329T013000Z", "20260330T003000Z", "20261025T003000Z", "20261026T013000Z"):
        assert key in by_key
    lengths = {one.ends_at - one.starts_at for one in by_key.values() if one.ends_at and one.starts_at}
    assert lengths == {timedelta(hours=1)}


def test_exceptions_move_rename_and_cancel() -> None:
    event = events(
        "UID:s", "SUMMARY:Chor", f"DTSTART;{TZ}:20261123T190000", "DURATION:PT2H", "RRULE:FREQ=WEEKLY;COUNT=6",
        f"EXDATE;{TZ}:20261207T190000", "LOCATION:Aula", "-",
        "UID:s", "SUMMARY:Chor", f"RECURRENCE-ID;{TZ}:20261130T190000", f"DTSTART;{TZ}:20261201T200000", "-",
        "UID:s", "SUMMARY:Weihnachtssingen", f"RECURRENCE-ID;{TZ}:20261221T190000", f"DTSTART;{TZ}:20261221T190000",
        "LOCATION:Kirche", "-",
        "UID:s", "SUMMARY:Chor", f"RECURRENCE-ID;{TZ}:20261228T190000", f"DTSTART;{TZ}:20261228T190000",
        "STATUS:CANCELLED",
    )  # fmt: skip

    assert len(event) == 1
    found = {one.key: one for one in event[0].occurrences}
    assert list(found) == [
        "20261123T180000Z", "20261130T180000Z", "20261214T180000Z", "20261221T180000Z", "20261228T180000Z",
    ]  # fmt: skip
    assert found["20261130T180000Z"].starts_at == datetime(2026, 12, 1, 19, tzinfo=UTC)
    assert (found["20261221T180000Z"].title, found["20261221T180000Z"].location_name) == ("Weihnachtssingen", "Kirche")
    assert [one.status for one in found.values()] == ["confirmed"] * 4 + ["cancelled"]


def test_an_exception_without_its_series_stands_for_itself() -> None:
    event = events("UID:s", "SUMMARY:Rest", f"RECURRENCE-ID;{TZ}:20261130T190000", f"DTSTART;{TZ}:20261201T200000")[0]

    assert starts(event) == ["20261201T1900Z"]


@pytest.mark.parametrize(
    ("lines", "status"),
    [(["STATUS:CANCELLED"], "cancelled"), (["STATUS:TENTATIVE"], "tentative"), (["STATUS:?"], "confirmed")],
)
def test_status(lines: list[str], status: str) -> None:
    event = events("UID:1", "SUMMARY:Fest", "DTSTART:20261201T180000Z", *lines)[0]

    assert (event.status, event.occurrences[0].status) == (status, status)


def test_the_newer_of_two_with_one_uid_is_taken() -> None:
    body = calendar(
        "UID:1", "SUMMARY:Alt", "SEQUENCE:1", "DTSTART:20261201T180000Z", "-",
        "UID:1", "SUMMARY:Neu", "SEQUENCE:2", "DTSTART:20261202T180000Z", "-",
        "UID:2", "SUMMARY:Erst", "DTSTART:20261203T180000Z", "-",
        "UID:2", "SUMMARY:Dann", "DTSTART:20261203T180000Z",
    )  # fmt: skip

    found = read("ics", body)

    assert [one.title for one in found if isinstance(one, Event)] == ["Neu", "Dann"]
    assert [one.external_id for one in problems(found)] == ["2"]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=2", "FREQ=HOURLY;UNTIL=20990101T000000Z", "FREQ=DAILY;COUNT=x", "Unsinn",
     "FREQ=DAILY;BYHOUR=0,1,2,3,4;BYMINUTE=0,1,2,3,4,5;BYSECOND=0,1", "FREQ=YEARLY;BYMONTH=13",
     "FREQ=DAILY;UNTIL=bald"],
)  # fmt: skip
def test_a_rule_that_is_no_use_costs_the_repetition_only(rule: str) -> None:
    found = read("ics", calendar("UID:1", "SUMMARY:Oft", "DTSTART:20261201T180000Z", f"RRULE:{rule}"))

    assert isinstance(found[0], Event)
    assert starts(found[0]) == ["20261201T1800Z"]
    assert len(problems(found)) == 1


def test_endless_rules_end_and_many_of_them_hold_nobody_up() -> None:
    never = ("SUMMARY:Nie", "DTSTART:19700101T000000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "-")
    old = ("SUMMARY:Alt", "DTSTART:00010101T000000", "RRULE:FREQ=DAILY;COUNT=3000000", "-")
    often = ("SUMMARY:Oft", "DTSTART:20200101T000000Z", "RRULE:FREQ=DAILY;BYHOUR=6,9,12,15,18,21", "-")
    lines = [line for number in range(60) for kind in (never, old, often) for line in (f"UID:{number}{kind[0]}", *kind)]

    started = process_time()
    found = read("ics", calendar(*lines[:-1]))

    assert process_time() - started < 60
    dates = [len(one.occurrences) for one in found if isinstance(one, Event)]
    assert max(dates) == 1_000
    assert sum(dates) <= 50_200
    assert {one.reason.partition(" ")[0] for one in problems(found)} == {"An", "The"}


@pytest.mark.parametrize(
    "lines",
    [
        ["SUMMARY:Ohne Beginn"],
        ["SUMMARY:Falsch", "DTSTART:gestern"],
        ["SUMMARY:Jahr null", "DTSTART:00000101T000000Z"],
        ["SUMMARY:Ende der Zeit", "DTSTART;TZID=America/New_York:99991231T235959"],
        ["DTSTART:20261201T180000Z"],
        ["SUMMARY:Geheim", "CLASS:PRIVATE", "DTSTART:20261201T180000Z"],
        ["SUMMARY:Vertraulich", "CLASS:CONFIDENTIAL", "DTSTART:20261201T180000Z"],
        ["SUMMARY:Riesig", "DTSTART:20261201T180000Z", "DESCRIPTION:" + "x" * 300_000],
        ["BEGIN:VEVENT", "SUMMARY:Nicht beendet"],
    ],
)
def test_a_broken_event_loses_only_itself(lines: list[str]) -> None:
    found = read("ics", calendar("UID:bad", *lines, "-", "UID:good", "SUMMARY:Gut", "DTSTART:20261202T180000Z"))

    assert [one.external_id for one in found if isinstance(one, Event)] == ["good"]
    assert problems(found)


@pytest.mark.parametrize(
    "line",
    ["GEO:quer;lang", "GEO:99;99", "DTEND:spaeter", "DURATION:lang", "SEQUENCE:-1", "EXDATE:nie", "RDATE:immer",
     "URL:javascript:alert(1)", "STATUS", ";;;:::", 'ORGANIZER;CN="x:y":mailto:a@b', "X-\xfc:1",
     "DTEND:20201201T180000Z", "RECURRENCE-ID:nie", "CATEGORIES:", "LAST-MODIFIED:20261301T000000Z",
     "BEGIN:VALARM\r\nTRIGGER:x\r\nEND:VALARM"],
)  # fmt: skip
def test_a_broken_property_loses_only_itself(line: str) -> None:
    event = events("UID:1", "SUMMARY:Fest", "DTSTART:20261201T180000Z", line)[0]

    assert (event.title, starts(event), event.ends_at) == ("Fest", ["20261201T1800Z"], None)
    assert (event.geo, event.url, event.updated_at) == (None, "", None)


def test_texts_are_unfolded_unescaped_and_safe() -> None:
    event = events(
        "UID:1", "DTSTART:20261201T180000Z", "SUMMARY:Kaffee\\, Kuch", " en\\; Musik\u202e",
        "DESCRIPTION:<b onclick=x>Ja</b><script>alert(1)</script>\\nZeile zwei",
        "LOCATION:Alte Schmiede\\nDorfstraße 1\\, 14800 Musterdorf",
        "ORGANIZER;CN=ada@verein.example:mailto:ada@verein.example",
    )[0]  # fmt: skip

    assert event.title == "Kaffee, Kuchen; Musik"
    assert event.body_html == "<b>Ja</b>\nZeile zwei"
    assert (event.location_name, event.address) == ("Alte Schmiede", "Dorfstraße 1, 14800 Musterdorf")
    assert event.organiser == ""  # a name, never a private mail address


def test_options_and_the_calendars_own_zone() -> None:
    body = calendar("UID:1", "SUMMARY:Fest", "DTSTART:20261201T180000").replace(
        b"VERSION:2.0", b"VERSION:2.0\r\nX-WR-TIMEZONE:Europe/London\r\nX-WR-CALNAME:Verein\\, Ort\r\nMETHOD:CANCEL"
    )

    own = read("ics", body)[0]
    given = read("ics", body, zone="Europe/Athens", category="Kultur", attribution="Stadt", licence="CC0-1.0")[0]

    assert isinstance(own, Event)
    assert isinstance(given, Event)
    assert (starts(own), own.zone, own.attribution, own.status) == (
        ["20261201T1800Z"], "Europe/London", "Verein, Ort", "cancelled",
    )  # fmt: skip
    assert (starts(given), given.zone) == (["20261201T1600Z"], "Europe/Athens")
    assert (given.categories, given.attribution, given.licence) == (("Kultur",), "Stadt", "CC0-1.0")
    with pytest.raises(InvalidConfig, match="tz id"):
        connector("ics").configured({"url": URL, "zone": "Berlin-Mitte"})


def test_a_cut_off_calendar_gives_what_is_whole() -> None:
    body = calendar("UID:1", "SUMMARY:Eins", "DTSTART:20261201T180000Z", "-", "UID:2", "SUMMARY:Zwei")

    found = read("ics", body[: body.rindex(b"SUMMARY")])

    assert [one.external_id for one in found if isinstance(one, Event)] == ["1"]
    assert len(problems(found)) == 2


@pytest.mark.parametrize(
    ("line", "seconds"),
    [("REFRESH-INTERVAL;VALUE=DURATION:PT6H", 21_600), ("X-PUBLISHED-TTL:P1DT30M", 88_200), ("X-A:1", None),
     ("X-PUBLISHED-TTL:PT0S", None), ("X-PUBLISHED-TTL:bald", None)],
)  # fmt: skip
def test_the_calendar_may_name_its_pace(line: str, seconds: int | None) -> None:
    assert pace(f"BEGIN:VCALENDAR\r\n{line}\r\nEND:VCALENDAR\r\n".encode()) == seconds
