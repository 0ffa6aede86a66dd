"""What the sources of a district serve: every kind of file once, all invented, around three towns that are not."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.feeds.bundle import unpack
from tests.feeds.cap import archives
from tests.feeds.mosmix import kmz
from tests.feeds.nina import warnings
from tests.feeds.oparl.server import Server
from tests.feeds.open311_in.endpoint import REQUESTS, Endpoint
from tests.feeds.pvog.gateway import ARS, Gateway
from tests.feeds.reading import calendar
from tests.origin import Origin
from tests.timetables import FLEX, STATION, VILLAGE, WIESENBURG, late, packed, realtime, village

RECORDINGS: Final = Path(__file__).parent.parent / "feeds"
BELZIG: Final = "12069020"
NIEMEGK: Final = "12069448"
NIEMEGK_STOP: Final = "de:12069:900220301"
WIESENBURG_STOP: Final = WIESENBURG
BELZIG_STOP: Final = STATION

FLOOD: Final = "Hochwasser an der Plane: Wege am Ufer gesperrt"
SMOKE: Final = "Rauch über dem Wald: Halten Sie Fenster geschlossen"
STORM: Final = "Amtliche WARNUNG vor STURMBÖEN"

HEAD: Final = """title = "Landkreis Potsdam-Mittelmark"
kind = "district"
members = ["12069"]
"""
_DWD: Final = {"licence": "CC-BY-4.0", "attribution": "Deutscher Wetterdienst"}
_BUSES: Final = {"licence": "CC-BY-4.0", "attribution": "Verkehrsverbund Beispiel"}


class Sources:
    """They are served from the moment that this is made; `file` is the district's own, pointing to them."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.file = HEAD
        self._warnings()
        self._weather()
        self._traffic()
        self._townhall()
        self._places()
        self._days()

    @property
    def tomorrow(self) -> datetime:
        """Its midnight."""
        here = self.now.astimezone(ZoneInfo("Europe/Berlin"))
        return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0)

    def day(self, ahead: int) -> str:
        """A day, as iCalendar and GTFS write it."""
        return f"{self.now + timedelta(days=ahead):%Y%m%d}"

    def _around(self, calendar: str) -> str:
        """A calendar of the fixed year, moved to where we are."""
        return calendar.replace("20260101", self.day(-30)).replace("20271231", self.day(300))

    def _has(self, name: str, connector: str, path: str, *, options: Any = None, **more: Any) -> None:
        """Give the district a feed; what JSON says of texts, numbers and lists, TOML says too."""
        lines = {"name": name, "connector": connector, "url": self.origin.url(path), "every_minutes": 60} | more
        told = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in lines.items()]
        if options:
            told += ["[feed.options]"]
            told += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in options.items()]
        self.file += "\n".join(["\n[[feed]]", *told, ""])

    def _warnings(self) -> None:
        """A flood for Bad Belzig by key and area, smoke that touches Wiesenburg alone, a storm told by two sources."""
        drawn = warnings.area([warnings.square(12.40, 52.07, 0.03)])
        info = {"parameter": [], "area": [{"areaDesc": "Wald bei Wiesenburg"}], "category": ["Fire"], "event": "Rauch"}
        detail = warnings.detail("kat.rauch", SMOKE, info)
        storm = warnings.storm()
        begins, ends = ((self.now + timedelta(hours=hours)).isoformat() for hours in (-1, 24))
        storm["detail"]["info"][0] |= {"onset": begins, "expires": ends}
        smoke = {"entry": warnings.entry("kat.rauch", SMOKE), "detail": detail, "area": drawn}
        warnings.serve(self.origin, warnings.flood(), smoke, storm)
        self._has("bevoelkerungsschutz", "nina", warnings.DASHBOARD, title="Warnungen (NINA)", attribution="BBK")

        document = archives.update().decode()
        for tag, moment in (("effective", begins), ("onset", begins), ("expires", ends)):
            document = re.sub(f"<{tag}>[^<]*", f"<{tag}>{moment}", document)
        archive = archives.archive(("a.xml", document.encode()))
        self.origin.file("/cap/latest.zip", archive, "application/zip", etag='"1"')
        self._has("wetterwarnungen", "cap", "/cap/latest.zip", title="Wetterwarnungen", **_DWD)

    def _weather(self) -> None:
        stations = kmz.document(
            kmz.place("P1", "BAD BELZIG", "12.58,52.14,86.0"),
            kmz.place("P2", "WIESENBURG", "12.43,52.10,187.0"),
            kmz.place("P3", "NIEMEGK", "12.70,52.07,80.0"),
            start=self.now.replace(minute=0, second=0),
        )
        self.origin.file("/mosmix.kmz", kmz.kmz(stations), "application/octet-stream")
        self._has("wetter", "mosmix", "/mosmix.kmz", title="Wettervorhersage", **_DWD)

    def _traffic(self) -> None:
        """Trains and buses, one that comes when called, a late train, and bicycles."""
        daily = VILLAGE["calendar.txt"].replace("1,0,0,", "1,1,1,")
        timetable = village(
            without="calendar_dates.txt",
            calendar=self._around(daily),
            stops=VILLAGE["stops.txt"] + f'{NIEMEGK_STOP},"Niemegk, Markt",52.0700,12.6990,0,,,\n',
            trips=VILLAGE["trips.txt"] + "580_700,A,bus-3,Bad Belzig\n",
            stop_times=VILLAGE["stop_times.txt"]
            + f"bus-3,18:30:00,18:30:00,{NIEMEGK_STOP},1,0\nbus-3,18:55:00,18:55:00,{STATION}:2:2,2,0\n",
        )
        self.origin.file("/gtfs.zip", timetable, "application/zip", etag='"1"')
        self._has("fahrplan", "gtfs", "/gtfs.zip", title="Fahrplan", **_BUSES)
        ring = warnings.square(12.60, 52.13, 0.06)
        shape = {"type": "Polygon", "coordinates": [ring]}
        area = {"type": "Feature", "id": "flaeming", "properties": {"stop_name": "Hoher Fläming"}, "geometry": shape}
        flex = FLEX | {
            "calendar.txt": self._around(FLEX["calendar.txt"]),
            "locations.geojson": json.dumps({"type": "FeatureCollection", "features": [area]}),
        }
        self.origin.file("/flex.zip", packed(flex), "application/zip", etag='"1"')
        self._has("rufbus", "gtfs_flex", "/flex.zip", title="Rufbus", **_BUSES)
        tomorrow = late("re-1", 240, day=f"{self.tomorrow:%Y%m%d}")
        report = realtime(tomorrow, at=int(self.now.timestamp()))
        self.origin.file("/realtime", report, "application/x-protobuf")
        self._has("verspaetungen", "gtfs_rt", "/realtime", options={"timetable": "fahrplan"}, **_BUSES)
        for part in unpack((RECORDINGS / "gbfs/recordings/version2.json").read_bytes()):
            moved = part.body.replace(b"https://rad.example", self.origin.url("").encode())
            if part.name == "gbfs":
                listed = json.loads(moved)
                listed["data"]["de"]["feeds"] += [
                    {"name": "system_information", "url": self.origin.url("/gbfs/2/system.json")}
                ]
                moved = json.dumps(listed).encode()
            self.origin.file(part.url.removeprefix("https://rad.example"), moved, "application/json")
        self._has("leihraeder", "gbfs", "/gbfs/2/gbfs.json", title="Leihräder", licence="CC0-1.0")

    def _townhall(self) -> None:
        """What one town alone offers, decides and is told; its neighbours have nothing of it."""
        gateway = Gateway(self.origin)
        options = {"ars": ARS, "pause_ms": 0, "page_size": 5, "wanted": list(gateway.config.wanted)}
        told = {"title": "Portalverbund", "attribution": "Portalverbund Beispiel", "licence": "DL-DE-BY-2.0"}
        self._has("leistungen", "pvog", "/api", members=[BELZIG], options=options, **told)
        server = Server(self.origin)
        for listed in server.lists.values():
            for one in listed:
                one["modified"] = self.now.isoformat()
        first, second = server.lists["meeting"]
        first["start"] = (self.tomorrow + timedelta(days=2, hours=18)).isoformat()
        first["end"] = (self.tomorrow + timedelta(days=2, hours=20)).isoformat()
        second["start"] = (self.tomorrow + timedelta(days=9, hours=19)).isoformat()
        told = {"title": "Ratsinformation", "attribution": "Stadt Beispiel", "licence": "CC0-1.0"}
        self._has("rat", "oparl", "/system", members=[BELZIG], **told)
        endpoint = Endpoint(self.origin)
        reports = [one | {"requested_datetime": (self.now - timedelta(days=3)).isoformat()} for one in REQUESTS]
        endpoint.json("/v2/requests.json", reports, etag='"1"')
        self._has("maengel", "open311_in", "/v2", members=[BELZIG], licence="CC0-1.0", title="Mängelmelder")

    def _places(self) -> None:
        """Places and a tour where they are; nobody names a town."""
        found = json.loads((RECORDINGS / "osm/recordings/musterdorf.json").read_bytes())
        found["elements"] = [one for one in found["elements"] if "nodes" not in one]  # they lie nowhere
        for number, (name, lat, lon) in enumerate((("Wiesenburg", 52.112, 12.438), ("Niemegk", 52.07, 12.699)), 900):
            tags = {"shop": "convenience", "name": f"Dorfladen {name}"}
            found["elements"].append({"type": "node", "id": number, "lat": lat, "lon": lon, "tags": tags})
        self.origin.file("/places.json", json.dumps(found).encode(), "application/json", etag='"1"')
        self._has("orte", "osm", "/places.json", title="OpenStreetMap", attribution="© OpenStreetMap-Mitwirkende")
        self.origin.file("/register.csv", RECORDINGS / "charging/recordings/register.csv", "text/csv", etag='"1"')
        self._has("ladesaeulen", "charging", "/register.csv", title="Ladesäulen")
        self.origin.file("/tour.gpx", RECORDINGS / "gpx/recordings/rundweg.gpx", "application/gpx+xml", etag='"1"')
        self._has("touren", "gpx", "/tour.gpx", title="Wanderverein")

    def _days(self) -> None:
        """A rubbish calendar for each of two towns, and the state's school holidays."""
        for town, ags, street in (("bad-belzig", BELZIG, "Lindenstraße"), ("niemegk", NIEMEGK, "Großstraße")):
            dates = calendar(
                "UID:a", f"DTSTART;VALUE=DATE:{self.day(2)}", "SUMMARY:Restmüll", f"LOCATION:{street}", "-",
                "UID:b", f"DTSTART;VALUE=DATE:{self.day(9)}", "SUMMARY:Gelber Sack", f"LOCATION:{street}",
            )  # fmt: skip
            self.origin.file(f"/waste/{town}.ics", dates, "text/calendar", etag='"1"')
            told = {"title": "Abfuhrtermine", "licence": "CC-BY-4.0", "attribution": "Musterhof", "members": [ags]}
            options = {"street_from": "location"}
            self._has(f"abfuhr-{town}", "waste_ics", f"/waste/{town}.ics", options=options, **told)
        rows = (RECORDINGS / "holidays/recordings/school.csv").read_text("utf-8")
        rows = rows.replace(";2027-", f";{self.now.year + 1}-").replace(";2026-", f";{self.now.year}-")
        self.origin.file("/school.csv", rows.encode(), "text/csv", etag='"1"')
        self._has("schulferien", "holidays", "/school.csv", title="Schulferien", options={"subdivision": "DE-BB"})
