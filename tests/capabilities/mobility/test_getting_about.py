"""What people see and choose: stops, their own one, the start page, on-demand buses, bicycles."""

from datetime import UTC, datetime, timedelta

import msgspec

from app.feeds.bundle import Part, pack
from app.kit import clock
from app.web.mine import Mine, cookie_of, read
from tests.capabilities.mobility.region import MONDAY, Transit
from tests.timetables import FLEX, MARKET, STATION, flex, packed, village


def chosen(*stops: str) -> str:
    """The cookie of a device that chose these stops."""
    kept = cookie_of(Mine(stops=stops), secure=False)
    return f"{kept.key}={kept.value}"


def bicycles(number: int, *, at: int, name: str = "Bahnhof") -> bytes:
    """What a sharing system's files say together."""
    stations = {"stations": [{"station_id": "1", "name": name, "lat": 52.137, "lon": 12.596, "capacity": 8}]}
    status = {"stations": [{"station_id": "1", "num_bikes_available": number, "last_reported": at}]}
    files = (("stations", stations), ("status", status), ("system", {"name": "Flämingrad"}))
    parts = [
        Part(name=part, url="https://rad.example/x", body=msgspec.json.encode({"ttl": 60, "data": data}))
        for part, data in files
    ]
    return pack(parts)


async def test_the_page_leads_to_the_stops(transit: Transit) -> None:
    await transit.brings("gtfs", village(), attribution="VBB", licence="CC-BY-4.0")

    page = await transit.page("/mobility")

    assert f'href="/mobility/stops/{STATION}"' in page
    assert page.index("Bad Belzig, Bahnhof") < page.index("Bad Belzig, Markt")
    assert "Zug, Bus: RE7, 580" in page
    assert "CC-BY-4.0" in page
    assert "Wiesenburg" not in page


async def test_a_stop_is_found_by_a_part_of_its_name(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    assert "Bad Belzig, Markt" in await transit.page("/mobility?q=markt")
    assert "Bad Belzig, Bahnhof" not in await transit.page("/mobility?q=markt")
    assert "Wiesenburg Bahnhof" in await transit.page("/mobility?q=wiesenburg")  # not in the town, but in its region
    assert "So heißt keine Haltestelle" in await transit.page("/mobility?q=100%25")
    assert [one["name"] for one in (await transit.json("/stops", q="bahnhof"))["items"]] == ["Bad Belzig, Bahnhof"]


async def test_the_search_of_the_village_finds_stops(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    assert f"/mobility/stops/{MARKET}" in await transit.page("/search?q=Markt")
    assert "/mobility" in await transit.page("/search?q=Rufbus")


async def test_near_me_says_how_far(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    page = await transit.page("/mobility?lat=52.142&lon=12.596")
    items = (await transit.json("/stops", lat=52.142, lon=12.596))["items"]

    assert page.index("Bad Belzig, Markt") < page.index("Bad Belzig, Bahnhof")
    assert "670 m entfernt" in page
    assert [one["distance_metres"] for one in items] == [0, 671]


async def test_a_stop_becomes_mine_on_this_device(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    answer = await transit.belzig.post(f"/mobility/stops/{MARKET}/mine", data={"do": "add"})

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/mobility/stops/{MARKET}"
    kept = answer.headers["set-cookie"].split(";")[0]
    found = read(kept.encode())
    assert found is not None
    assert found.stops == (MARKET,)
    assert "Nicht mehr meine Haltestelle" in await transit.page(f"/mobility/stops/{MARKET}", cookie=kept)
    assert "Meine Haltestellen" in await transit.page("/mobility", cookie=kept)

    dropped = await transit.belzig.post(f"/mobility/stops/{MARKET}/mine", data={"do": "drop"}, headers={"cookie": kept})
    assert read(dropped.headers["set-cookie"].split(";")[0].encode()) is None


async def test_no_other_page_may_choose_and_no_stop_that_is_none(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    foreign = await transit.belzig.post(
        f"/mobility/stops/{MARKET}/mine", headers={"origin": "https://evil.example", "accept": "application/json"}
    )
    unknown = await transit.belzig.post("/mobility/stops/de:1:1/mine")

    assert foreign.status_code == 403
    assert unknown.status_code == 404
    assert "set-cookie" not in foreign.headers
    assert "set-cookie" not in unknown.headers


async def test_the_start_page_shows_my_stop_or_the_busiest(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    busiest = await transit.page("/")
    mine = await transit.page("/", cookie=chosen(MARKET))
    gone = await transit.page("/", cookie=chosen("de:12069:1"))

    assert "Abfahrten: Bad Belzig, Bahnhof" in busiest
    assert "RE7 Berlin Hauptbahnhof" in busiest
    assert "Abfahrten: Bad Belzig, Markt" in mine
    assert "Abfahrten: Bad Belzig, Bahnhof" in gone


async def test_without_a_timetable_the_start_page_has_no_such_card(transit: Transit) -> None:
    assert "Abfahrten" not in await transit.page("/")


async def test_the_on_demand_bus_comes_with_number_deadline_and_hours(transit: Transit) -> None:
    report = await transit.brings("gtfs_flex", flex())

    assert (report.status, report.new, report.errors) == ("ok", 1, [])
    page = await transit.page("/mobility")
    assert 'href="tel:03384112345"' in page
    assert "Anrufen: 033841 12345" in page
    assert "Rufen Sie mindestens 1 Stunde vorher an." in page
    assert "Heute 6–20 Uhr" in page
    assert "Mo–Fr 6–20 Uhr" in page
    assert "Sa, So 9–18 Uhr" in page
    assert "Hoher Fläming" in page
    assert "https://bus.example/buchen" in page
    [bus] = (await transit.json("/on-demand"))["items"]
    assert (bus["phone"], bus["line"], bus["operator"]) == ("033841 12345", "R5", "Flämingbus")
    assert bus["bookings"][0]["minutes_before"] == 60
    assert len(bus["polygons"][0]) == 5


async def test_on_a_day_without_rides_the_page_says_so(transit: Transit) -> None:
    await transit.brings("gtfs_flex", flex())
    transit.now = datetime(2026, 12, 24, 9, tzinfo=UTC)

    assert "Heute nicht" in await transit.page("/mobility")


async def test_a_bus_of_another_corner_is_not_shown(transit: Transit) -> None:
    far = msgspec.json.encode(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": "flaeming",
                    "properties": {},
                    "geometry": {
                        "type": "Polygon",
                        "coordinates": [[[13.5, 53], [13.6, 53], [13.6, 53.1], [13.5, 53]]],
                    },
                }
            ],
        }
    ).decode()
    tables = FLEX | {"locations.geojson": far, "location_group_stops.txt": "location_group_id,stop_id\n"}
    await transit.brings("gtfs_flex", packed(tables))

    assert (await transit.json("/on-demand"))["items"] == []
    assert "kommen, wenn Sie anrufen" not in await transit.page("/mobility")


async def test_bicycles_nearby_are_counted_until_that_is_old(transit: Transit) -> None:
    await transit.brings("gbfs", bicycles(3, at=int(MONDAY.timestamp())))

    assert "Fahrräder: 3 frei" in await transit.page("/mobility")
    [station] = (await transit.json("/sharing"))["items"]
    assert (station["name"], station["vehicles"], station["system"]) == ("Bahnhof", 3, "Flämingrad")

    transit.now = MONDAY + timedelta(hours=2)
    assert "wie viele, ist gerade nicht bekannt" in await transit.page("/mobility")
    transit.now = MONDAY + timedelta(days=3)
    assert (await transit.json("/sharing"))["items"] == []


async def test_a_town_of_another_region_sees_nothing_of_it(transit: Transit) -> None:
    transit.district.members = ["12070"]
    await transit.district.written()
    await transit.brings("gtfs", village(), options={})

    with clock.at(transit.now):
        assert (await transit.json("/stops"))["items"] == []


async def test_addresses_are_checked(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    for path in (
        "/mobility?lat=95&lon=12",
        "/mobility?lat=nan&lon=12",
        "/api/v1/mobility/stops?cursor=x",
        "/api/v1/mobility/stops?limit=0",
    ):
        assert (await transit.belzig.get(path)).status_code == 422, path
    for path in ("/mobility/stops/%00", "/mobility/stops/" + "x" * 500, "/mobility/stops/'; DROP"):
        assert (await transit.belzig.get(path)).status_code == 404, path
    part = await transit.json("/stops", limit=1)
    assert len((await transit.json("/stops", cursor=part["next"]))["items"]) == 1
