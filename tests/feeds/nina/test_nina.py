"""The dashboard of NINA: what is fetched, what is lost when something fails, and how strange warnings are read."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from app.feeds.bundle import Part, pack, unpack
from app.feeds.connector import Cursor, Fetched, InvalidConfig, Stop
from app.feeds.connectors.nina.area import key_of
from app.feeds.connectors.nina.connector import Config, fetch
from app.feeds.connectors.nina.warning import plain, references
from app.feeds.items import Item, Notice, Problem
from app.feeds.registry import connector
from app.kit.http import Http
from tests.feeds.nina import warnings
from tests.feeds.reading import context, problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "nina"
T = TypeVar("T")


def notices(body: bytes, **options: Any) -> dict[str, Notice]:
    return {one.external_id: one for one in read("nina", body, **options) if isinstance(one, Notice)}


def served(work: Callable[[Http, Origin], Awaitable[T]]) -> T:
    async def run(origin: Origin) -> T:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            return await work(http.impatient(), origin)

    with Origin() as origin:
        return asyncio.run(run(origin))


def test_a_quiet_district_costs_one_request() -> None:
    async def twice(http: Http, origin: Origin) -> tuple[Fetched, list[str]]:
        warnings.serve(origin, warnings.flood(), etag='"1"')
        config = Config(url=origin.url(warnings.DASHBOARD))
        first = await fetch(config, http, Cursor())
        assert len(unpack(first.body)) == 3
        before = len(origin.paths)
        return await fetch(config, http, first.cursor), origin.paths[before:]

    second, asked = served(twice)

    assert second.status == "not_modified"
    assert asked == [warnings.DASHBOARD]


def test_ags_and_ars_lead_to_the_districts_dashboard() -> None:
    base = "https://warnung.example/api31"

    assert Config(url=base, ags="12069020").dashboard == f"{base}/dashboard/120690000000.json"
    assert Config(url=base, ars="120690020020").dashboard == f"{base}/dashboard/120690000000.json"
    assert Config(url=f"{base}/dashboard/120690000000.json").district == "12069"
    for options in ({"url": f"{base}/dashboard/12069.json"}, {"url": base, "ags": "1206"}, {"url": base, "ars": "12"}):
        with pytest.raises(InvalidConfig):
            connector("nina").configured(options)


def test_a_detail_that_fails_loses_only_itself_and_is_asked_for_again() -> None:
    async def run(http: Http, origin: Origin) -> tuple[Fetched, list[Item | Problem]]:
        warnings.serve(origin, warnings.flood(), warnings.storm(), etag='"1"')
        origin.status(f"{warnings.BASE}/warnings/{warnings.STORM}.json", 500)
        config = Config(url=origin.url(warnings.DASHBOARD))
        answer = await fetch(config, http, Cursor())
        return answer, list(connector("nina").parse(answer.body, config, context()))

    answer, found = served(run)

    by_id = {one.external_id: one for one in found if isinstance(one, Notice)}
    assert by_id[warnings.FLOOD].instruction.startswith("Meiden Sie das Ufer.")
    assert (by_id[warnings.STORM].title, by_id[warnings.STORM].severity) == (
        "Amtliche WARNUNG vor STURMBÖEN",
        "moderate",
    )
    assert [one.external_id for one in problems(found)] == [warnings.STORM]
    assert (answer.etag, answer.last_modified) == ("", "")


def test_a_warning_without_a_drawn_area_is_complete() -> None:
    async def run(http: Http, origin: Origin) -> Fetched:
        flood = warnings.flood()
        del flood["area"]
        warnings.serve(origin, flood, etag='"1"')
        return await fetch(Config(url=origin.url(warnings.DASHBOARD)), http, Cursor())

    assert served(run).etag == '"1"'


def test_the_probe_spares_the_dashboard_until_something_changes_in_the_country() -> None:
    async def run(http: Http, origin: Origin) -> list[tuple[str, list[str]]]:
        version = f"{warnings.BASE}/dynamic/version/dataVersion.json"
        warnings.serve(origin, warnings.flood(), etag='"1"')
        origin.file(version, b'{"dataVersion": 1}', "application/json")
        config = Config(url=origin.url(warnings.DASHBOARD), probe=True)
        cursor = Cursor()
        told: list[tuple[str, list[str]]] = []
        for step in range(4):
            if step == 2:
                origin.file(version, b'{"dataVersion": 2}', "application/json")
            if step == 3:
                origin.status(version, 500)
            before = len(origin.paths)
            answer = await fetch(config, http, cursor)
            cursor = answer.cursor
            told.append((answer.status, [path.rpartition("/")[2] for path in origin.paths[before:]]))
        return told

    first, second, third, fourth = served(run)

    assert first[0] == "new"
    assert second == ("not_modified", ["dataVersion.json"])
    assert third == ("not_modified", ["dataVersion.json", "120690000000.json"])
    assert fourth == third


def test_an_all_clear_is_one_whatever_severity_it_carries() -> None:
    found = notices(warnings.body(warnings.flood(), warnings.clear("Extreme")))

    assert (found[warnings.CLEAR].message, found[warnings.CLEAR].severity) == ("cancel", "extreme")
    assert found[warnings.CLEAR].references == ("DE-BB-PM-SE001", warnings.FLOOD)
    assert found[warnings.FLOOD].message == "alert"


def test_the_dashboard_alone_tells_an_all_clear_too() -> None:
    entry = warnings.entry("kat.1", "Vorbei", msgType="Cancel", severity="Extreme")
    ended = warnings.entry("kat.2", "Vorbei")
    ended["payload"]["type"] = "CANCEL"
    del ended["payload"]["data"]["msgType"]

    found = notices(warnings.body({"entry": entry}, {"entry": ended}))

    assert [one.message for one in found.values()] == ["cancel", "cancel"]


def test_a_warning_of_the_weather_service_is_known_by_its_own_id() -> None:
    assert notices(warnings.body(warnings.storm()))[warnings.STORM].same_as == (warnings.STORM_OID,)


def test_breaks_become_lines_and_nothing_else_is_changed() -> None:
    assert plain("Eins.<br/>Zwei &amp; drei.<BR>- <b>vier</b>, 5 < 6 > 4") == "Eins.\nZwei & drei.\n- vier, 5 < 6 > 4"
    assert plain("<p>A</p><p>B</p><br/><br/><br/>C") == "A\nB\n\nC"
    assert plain("") == ""


def test_several_ids_in_a_reference_are_all_found() -> None:
    written = (
        "A-1 B-2 C,mow.A-1 mow.B-2,2020-04-03T00:00:00+00:00 opendata@dwd.de,2.49.0.0.276.0.X,2020-04-03T00:00:00Z"
    )

    assert references(written) == ("A-1", "B-2", "C", "mow.A-1", "mow.B-2", "2.49.0.0.276.0.X")


@pytest.mark.parametrize(
    ("ars", "key"),
    [
        ("120000000000", "12"), ("091000000000", "091"), ("120690000000", "12069"), ("120690020020", "12069020"),
        ("120695902470", "12069470"),
        ("120695902000", "12069"), ("110000000000", "11"), ("1206900", ""), ("x" * 12, ""),
    ],
)  # fmt: skip
def test_a_regionalschluessel_becomes_the_beginning_of_ags(ars: str, key: str) -> None:
    assert key_of(ars) == key


def test_an_association_is_left_to_its_drawn_area() -> None:
    assert key_of("120695902000", drawn=True) == ""


def test_the_outer_ring_of_a_polygon_with_a_hole_counts() -> None:
    area = notices(warnings.body(warnings.flood()))[warnings.FLOOD].area

    assert area is not None
    assert [len(ring) for ring in area.polygons] == [5, 5]
    assert area.keys == ("12069020", "12069470")


def test_what_nobody_locates_concerns_the_whole_district() -> None:
    found = notices(
        warnings.body({"entry": warnings.entry("kat.1", "Strom fort")}),
        url="https://warnung.example/api31/dashboard/120690000000.json",
    )

    assert found["kat.1"].area is not None
    assert found["kat.1"].area.keys == ("12069",)


def test_exercises_are_not_shown_and_strange_warnings_are_read_as_far_as_they_go() -> None:
    found = notices(warnings.body(*warnings.odd()))

    assert "kat.uebung" not in found
    assert found["biw.BIWAPP-1"].title == "X"
    assert (found["biw.BIWAPP-1"].event, found["biw.BIWAPP-1"].severity) == ("", "unknown")
    assert len(found["kat.lang"].title) > 250
    assert found["kat.rechts"].title == warnings.HEBREW
    assert found["kat.karg"].title == "Nur eine Zeile"


@pytest.mark.parametrize(
    "dashboard", [b"<html></html>", b"{}", b"[1, null, {}]", b""], ids=["page", "object", "odd", "empty"]
)
def test_a_list_that_is_none(dashboard: bytes) -> None:
    body = pack([Part(name="dashboard", url="", body=dashboard)])

    if dashboard == b"[1, null, {}]":
        assert [type(one) for one in read("nina", body)] == [Problem, Problem, Problem]
    else:
        with pytest.raises(Stop):
            read("nina", body)


def test_an_empty_list_is_good_news() -> None:
    assert read("nina", warnings.body()) == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_what_others_recorded_is_read() -> None:
    entries = msgspec.json.decode((SAMPLES / "ha__sample_warnings.json").read_bytes())
    details = msgspec.json.decode((SAMPLES / "ha__sample_warning_details.json").read_bytes())
    told = [{"entry": one} | ({"detail": details[one["id"]]} if one["id"] in details else {}) for one in entries]

    found = notices(warnings.body(*told))

    assert len(found) == len(entries)
    assert [one.message for one in found.values()] == ["update", "alert"]
    assert "<br" not in "".join(one.instruction for one in found.values())
    assert all(len(one.references) > 5 for one in found.values() if one.message == "update")
