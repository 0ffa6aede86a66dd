"""A mapping says what is wrong with it by its key; values are found where it says."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from app.feeds.connector import Cursor, InvalidConfig, Stop
from app.feeds.items import Event, Item
from app.feeds.mapping.dates import day_of, moment_of
from app.feeds.mapping.paths import text_of, value_of
from app.feeds.registry import connector
from app.kit.http import Http
from tests.feeds.reading import URL, context, problems, read
from tests.origin import Origin

BERLIN = ZoneInfo("Europe/Berlin")
ROW = {
    "a": {"b": [{"c": 1}, {"c": 2.0}]},
    "x.y": "dotted",
    "n": None,
    "s/t": {"u": True},
    "leer": "",
    "big": 12345678901.0,
}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("a.b.0.c", "1"),
        ("a.b.c", "1, 2"),
        ("x.y", "dotted"),
        ("/x.y", "dotted"),
        ("/s~1t/u", "true"),
        ("{x.y} – {a.b.1.c}", "dotted – 2"),
        ("{n}", ""),
        ("a.b.7.c", ""),
        ("a.b.c.d.e", ""),
        ("gibt.es.nicht", ""),
        ("big", "12345678901"),
    ],
)
def test_a_path_finds_its_value(spec: str, expected: str) -> None:
    assert text_of(value_of(ROW, spec)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-12-05", date(2026, 12, 5)),
        ("2026-12-05T18:00:00+01:00", datetime(2026, 12, 5, 17, tzinfo=UTC)),
        ("2026-12-05 18:00", datetime(2026, 12, 5, 17, tzinfo=UTC)),
        ("05.12.2026", date(2026, 12, 5)),
        ("Sa., 5.12.26, 18.30 Uhr", datetime(2026, 12, 5, 17, 30, tzinfo=UTC)),
        (1796490000, datetime(2026, 12, 5, 17, 0, tzinfo=UTC)),
        (1796490000000, datetime(2026, 12, 5, 17, 0, tzinfo=UTC)),
        ("12/05/2026", date(2026, 12, 5)),
        ("29.03.2026 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # the hour that is left out
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the hour that comes twice
        ("31.02.2026", None),
        ("bald", None),
        (True, None),
        (1e30, None),
    ],
)
def test_a_date_is_read(value: Any, expected: datetime | date | None) -> None:
    assert moment_of(value, ("%m/%d/%Y",), BERLIN) == expected


def test_a_day_is_local() -> None:
    assert day_of("2026-12-04T23:30:00Z", (), BERLIN) == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"kind": "event", "fields": {"titel": "t"}}, r"fields\.titel: event has no such field"),
        ({"kind": "event", "fields": {"title": "t"}}, r"fields\.starts_at is missing"),
        ({"kind": "article", "fields": {"title": " "}}, r"fields\.title is empty"),
        ({"kind": "article", "fields": {"title": "t"}, "values": {"farbe": {}}}, r"values\.farbe"),
        ({"kind": "article", "fields": {"title": "t"}, "constants": {"ort": "x"}}, r"constants\.ort"),
        ({"kind": "rezept"}, "kind"),
        ({"kind": "article", "fields": {"title": "t"}, "zone": "Mond/Krater"}, "zone"),
    ],
)
@pytest.mark.parametrize("name", ["json_api", "csv"])
def test_a_mapping_that_can_t_work_names_its_key(name: str, options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidConfig, match=named):
        connector(name).configured({"url": URL} | options)


def stopped(body: bytes, name: str = "json_api", **options: Any) -> str:
    with pytest.raises(Stop) as stop:
        read(name, body, **options)
    return str(stop.value)


def test_a_path_that_leads_nowhere_names_what_there_is() -> None:
    body = b'{"daten": [{"ueberschrift": "A", "wann": "2026-12-05"}]}'
    fields = {"title": "titel", "starts_at": "wann"}

    told = stopped(body, kind="event", fields=fields)
    assert "fields.title" in told
    assert "ueberschrift, wann" in told
    assert "items" in stopped(body, kind="event", items="data.list", fields=fields)
    assert "mapping id leads to nr" in stopped(body, kind="event", id="nr", fields=fields | {"title": "ueberschrift"})
    assert "fields.title" in stopped(b"Name;Wann\nA;2026-12-05\n", "csv", kind="event", fields=fields)


def test_a_source_without_a_mapping_asks_for_one() -> None:
    assert "mapping is missing" in stopped(b"[]")
    assert "mapping is missing" in stopped(b"a;b\n1;2\n", "csv")


def test_a_row_that_is_broken_costs_only_itself() -> None:
    body = b'Nr;Titel\n1;Gut\n2;"Offen\n'
    found = read("csv", body, kind="article", id="Nr", fields={"title": "Titel"})

    assert [one.external_id for one in found if isinstance(one, Item)] == ["1"]
    assert problems(found)


@pytest.mark.parametrize(
    ("body", "options"),
    [
        ("Nr;Titel\r\n1;Käse\r\n".encode("cp1252"), {}),
        ("\ufeffNr;Titel\r\n1;Käse\r\n".encode(), {}),
        ("Nr\tTitel\n1\tKäse\n".encode(), {}),
        ("Liste\n\nNr,Titel\n1,Käse\n".encode(), {"skip_lines": 2}),
        ("1|Käse\n".encode(), {"columns": ["Nr", "Titel"], "delimiter": "|"}),
        ("Nr;Titel;\r\n1;Käse;;\r\n\r\n;;\r\n".encode(), {}),
    ],
    ids=["windows", "mark", "tabs", "skipped", "no head", "gaps"],
)
def test_tables_of_all_sorts(body: bytes, options: dict[str, Any]) -> None:
    found = read("csv", body, kind="article", id="Nr", fields={"title": "Titel"}, **options)

    assert [(one.external_id, one.title) for one in found if isinstance(one, Item)] == [("1", "Käse")]


def test_an_end_before_the_beginning_is_no_end() -> None:
    late = {"t": "A", "von": "2026-12-05T18:00", "bis": "2026-12-05T17:00"}
    body = msgspec.json.encode([late, {"t": "B", "von": "2026-12-05", "bis": "2026-12-01"}])
    one, two = (
        item
        for item in read("json_api", body, kind="event", fields={"title": "t", "starts_at": "von", "ends_at": "bis"})
        if isinstance(item, Event)
    )

    assert (one.ends_at, two.last_day) == (None, date(2026, 12, 5))


def test_markup_is_made_safe() -> None:
    body = msgspec.json.encode(
        [{"t": "<b>A</b> &amp; B", "x": "<p onclick=x>Ja<script>1</script></p>", "l": "javascript:x"}]
    )
    [one] = read("json_api", body, kind="article", fields={"title": "t", "body": "x", "url": "l"})

    assert isinstance(one, Item)
    assert (one.title, one.body_html, one.url) == ("A & B", "<p>Ja</p>", "")


def test_following_pages_are_read_on_the_same_host_and_never_for_ever() -> None:
    options = {"kind": "article", "items": "list", "next": "more", "fields": {"title": "t"}, "pages": 3}

    async def run(path: str) -> list[str]:
        code = connector("json_api")
        config = code.configured({"url": origin.url(path)} | options)
        async with Http(private_hosts=frozenset({origin.host})) as http:
            answer = await code.fetch(config, http.impatient(), Cursor())
        found = code.parse(answer.body, config, context(url=answer.url))
        return [one.title for one in found if isinstance(one, Item)]

    def serve(path: str, title: str, more: str | None) -> None:
        origin.file(path, msgspec.json.encode({"list": [{"t": title}], "more": more}), "application/json")

    with Origin() as origin:
        serve("/1", "Eins", "/2")
        serve("/2", "Zwei", None)
        assert asyncio.run(run("/1")) == ["Eins", "Zwei"]
        serve("/2", "Zwei", "/1")
        assert asyncio.run(run("/1")) == ["Eins", "Zwei"]
        serve("/2", "Zwei", "https://anderswo.example/3")
        assert asyncio.run(run("/1")) == ["Eins", "Zwei"]
        for number in range(3, 9):
            serve(f"/{number}", str(number), f"/{number + 1}")
        assert asyncio.run(run("/3")) == ["3", "4", "5"]
