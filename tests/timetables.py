"""Small timetables for tests: a village with trains and a bus, as a zip file of tables.

The station and the market lie in Bad Belzig, Wiesenburg in its district, Berlin outside of it.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

STATION: Final = "de:12069:900220114"
MARKET: Final = "de:12069:900220771"
WIESENBURG: Final = "de:12069:900220222"
_WRITTEN: Final = (2026, 11, 1, 4, 0, 0)
"""Of each file in the archive, so that the same tables make the same bytes."""

VILLAGE: Final[dict[str, str]] = {
    "agency.txt": """agency_id,agency_name,agency_url,agency_timezone,agency_phone
1,"Regiobahn ""Fläming"" GmbH",https://bahn.example,Europe/Berlin,
2,Flämingbus,https://bus.example,Europe/Berlin,03381 000
""",
    "feed_info.txt": """feed_publisher_name,feed_publisher_url,feed_lang,feed_version
Verkehrsverbund Beispiel,https://verbund.example,de,2026-11
""",
    "stops.txt": f"""stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,wheelchair_boarding
{STATION},"Bad Belzig, Bahnhof",52.1360,12.5950,1,,,1
{STATION}:1:1,"Bad Belzig, Bahnhof",52.1361,12.5951,0,{STATION},1,1
{STATION}:2:2,"Bad Belzig, Bahnhof",52.1362,12.5952,0,{STATION},2,1
{MARKET}::1,"Bad Belzig, Markt",52.1420,12.5960,0,,,
{MARKET}::2,"Bad Belzig, Markt",52.1421,12.5961,0,,,
{WIESENBURG},Wiesenburg Bahnhof,52.1120,12.4380,0,,,2
de:11000:900003201,Berlin Hauptbahnhof,52.5250,13.3690,0,,,
""",
    "routes.txt": """route_id,agency_id,route_short_name,route_long_name,route_type
17_100,1,RE7,Dessau - Berlin,109
580_700,2,580,Stadtbus,3
""",
    "calendar.txt": """service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
W,1,1,1,1,1,0,0,20260101,20271231
A,1,1,1,1,1,1,1,20260101,20271231
""",
    "calendar_dates.txt": """service_id,date,exception_type
W,20261224,2
W,20261128,1
""",
    "trips.txt": """route_id,service_id,trip_id,trip_headsign
17_100,A,re-1,
17_100,A,re-night,Berlin Hauptbahnhof
580_700,W,bus-1,Markt
580_700,W,bus-2,Bahnhof
""",
    "stop_times.txt": f"""trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type
re-1,14:00:00,14:01:00,{WIESENBURG},1,0
re-1,14:09:00,14:10:00,{STATION}:1:1,2,0
re-1,15:20:00,15:20:00,de:11000:900003201,3,0
re-night,23:50:00,23:51:00,{WIESENBURG},1,0
re-night,24:00:00,24:05:00,{STATION}:1:1,2,0
re-night,25:20:00,25:20:00,de:11000:900003201,3,0
bus-1,14:15:00,14:15:00,{STATION}:2:2,1,0
bus-1,14:22:00,14:22:00,{MARKET}::1,2,0
bus-2,14:30:00,14:30:00,{MARKET}::2,1,2
bus-2,14:37:00,14:37:00,{STATION}:2:2,2,0
""",
}

FLEX: Final[dict[str, str]] = {
    "agency.txt": """agency_id,agency_name,agency_url,agency_timezone,agency_phone,agency_fare_url
2,Flämingbus,https://bus.example,Europe/Berlin,03381 000,https://bus.example/tarif
""",
    "stops.txt": f"""stop_id,stop_name,stop_lat,stop_lon
{MARKET}::1,"Bad Belzig, Markt",52.1420,12.5960
dorf-1,"Lüsse, Dorf",52.1540,12.6530
""",
    "routes.txt": """route_id,agency_id,route_short_name,route_long_name,route_type,route_url
r5,2,R5,Rufbus Hoher Fläming,715,https://bus.example/rufbus
""",
    "calendar.txt": """service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
W,1,1,1,1,1,0,0,20260101,20271231
S,0,0,0,0,0,1,1,20260101,20271231
""",
    "calendar_dates.txt": "service_id,date,exception_type\nW,20261224,2\n",
    "trips.txt": "route_id,service_id,trip_id\nr5,W,r5-w\nr5,S,r5-s\n",
    "booking_rules.txt": "booking_rule_id,booking_type,prior_notice_duration_min,phone_number,"
    "info_url,booking_url,message\n"
    "heute,1,60,033841 12345,https://bus.example/rufbus,https://bus.example/buchen,"
    "Bitte nennen Sie Ihre Haltestelle.\n",
    "location_groups.txt": "location_group_id,location_group_name\ng1,Bad Belzig und Dörfer\n",
    "location_group_stops.txt": f"location_group_id,stop_id\ng1,{MARKET}::1\ng1,dorf-1\n",
    "stop_times.txt": "trip_id,location_group_id,location_id,stop_sequence,start_pickup_drop_off_window,"
    "end_pickup_drop_off_window,pickup_type,drop_off_type,pickup_booking_rule_id\n"
    "r5-w,g1,,1,06:00:00,20:00:00,2,1,heute\n"
    "r5-w,,flaeming,2,06:00:00,20:00:00,1,2,heute\n"
    "r5-s,,flaeming,1,09:00:00,18:00:00,2,2,heute\n",
    "locations.geojson": """{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "flaeming",
 "properties": {"stop_name": "Hoher Fläming"}, "geometry": {"type": "Polygon",
 "coordinates": [[[12.50, 52.10], [12.70, 52.10], [12.70, 52.20], [12.50, 52.20], [12.50, 52.10]]]}}]}
""",
}


def packed(files: Mapping[str, str | bytes], folder: str = "", **more: Mapping[str, str | bytes]) -> bytes:
    """The tables as a zip file, in a folder of it; `more` are further folders."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, some in ((folder, files), *more.items()):
            for name, content in some.items():
                entry = zipfile.ZipInfo(f"{place}/{name}" if place else name, _WRITTEN)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content.encode() if isinstance(content, str) else content)
    return file.getvalue()


def village(without: str = "", **changes: str | bytes) -> bytes:
    """The village's timetable; `stops="…"` replaces a table, `without` leaves one out."""
    tables: dict[str, str | bytes] = dict(VILLAGE)
    tables |= {f"{name}.txt": content for name, content in changes.items()}
    tables.pop(without, None)
    return packed(tables)


def flex(**changes: str) -> bytes:
    """The village's on-demand bus."""
    return packed(FLEX | {f"{name}.txt": content for name, content in changes.items()})


def realtime(*entities: Mapping[str, Any], at: int = 0, incrementality: int = 0) -> bytes:
    """Realtime data: each entity is `trip_update` or `alert` as in the protocol buffer's own words."""
    from google.protobuf.json_format import ParseDict
    from google.transit import gtfs_realtime_pb2 as pb

    header = {"gtfs_realtime_version": "2.0", "timestamp": at, "incrementality": incrementality}
    listed = [{"id": str(number), **entity} for number, entity in enumerate(entities)]
    message = ParseDict({"header": header, "entity": listed}, pb.FeedMessage())
    return bytes(message.SerializeToString(deterministic=True))


def late(trip: str, seconds: int, *, day: str = "", sequence: int = 2, **more: Any) -> dict[str, Any]:
    """A trip that is late from one stop on."""
    descriptor = {"trip_id": trip, "start_date": day} if day else {"trip_id": trip}
    update = {"stop_sequence": sequence, "departure": {"delay": seconds}}
    return {"trip_update": {"trip": descriptor | more, "stop_time_update": [update]}}
