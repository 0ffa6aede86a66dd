"""Everything about a line that comes when called, as one item."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.feeds.connectors.gtfs import tables
from app.feeds.connectors.gtfs_flex.areas import Areas
from app.feeds.connectors.gtfs_flex.rides import Line, Rides
from app.feeds.connectors.gtfs_flex.rules import Week
from app.feeds.items import Area, Booking, OnDemand, RideStop, Window, short_id
from app.kit.richtext import absolute, clean_line
from app.kit.zipped import Zipped

MOST_STOPS: Final = 2_000
MOST_POLYGONS: Final = 200


def on_demand(
    archive: Zipped,
    folder: str,
    rides: Rides,
    *,
    areas: Areas,
    rules: Mapping[str, Booking],
    weeks: Mapping[str, Week],
    phone: str,
) -> Iterator[OnDemand]:
    """An item for each line with rides that have to be ordered."""
    agencies = {
        row("agency_id"): (
            clean_line(row("agency_name"))[:200],
            clean_line(row("agency_phone"))[:60],
            row("agency_url"),
        )
        for row in tables.records(archive, folder, "agency.txt", "agency_name")
    }
    fares = {row("agency_id"): row("agency_fare_url") for row in tables.records(archive, folder, "agency.txt")}
    for row in tables.records(archive, folder, "routes.txt", "route_id"):
        line = rides.lines.get(row("route_id"))
        if line is None:
            continue
        agency = row("agency_id") if row("agency_id") in agencies else next(iter(agencies), "")
        name, number, website = agencies.get(agency, ("", "", ""))
        short, long = clean_line(row("route_short_name"))[:40], clean_line(row("route_long_name"))[:200]
        bookings = tuple(rules[one] for one in line.rules if one in rules)
        stops, names = _stops(line, areas), _names(line, areas)
        # Drafts of the format wrote an area's id where a stop's belongs.
        rings = [ring for one in (*line.areas, *line.stops) for ring in areas.polygons.get(one, ())]
        yield OnDemand(
            external_id=short_id(f"{folder}/{row('route_id')}" if folder else row("route_id")),
            title=long or short or name or row("route_id"),
            url=absolute(row("route_url"), "") or absolute(website, ""),
            summary=clean_line(row("route_desc"))[:600],
            operator=name,
            line=short,
            phone=next((one.phone for one in bookings if one.phone), "") or number or phone,
            bookings=bookings,
            windows=_windows(line, weeks),
            stops=stops,
            area_names=names,
            fare_url=absolute(fares.get(agency, ""), ""),
            attribution=name,
            area=Area(polygons=tuple(rings[:MOST_POLYGONS]), names=names),
        )


def _names(line: Line, areas: Areas) -> tuple[str, ...]:
    found = (areas.names.get(one, "") for one in (*line.areas, *line.groups))
    return tuple(dict.fromkeys(one for one in found if one))[:100]


def _stops(line: Line, areas: Areas) -> tuple[RideStop, ...]:
    """Stops of the line itself and of its groups; where feeds name a group or an area as a stop, those."""
    wanted = [stop for one in line.stops for stop in areas.groups.get(one, (one,))]
    wanted += [stop for one in line.groups for stop in areas.groups.get(one, ())]
    return tuple(areas.stops[one] for one in dict.fromkeys(wanted) if one in areas.stops)[:MOST_STOPS]


def _windows(line: Line, weeks: Mapping[str, Week]) -> tuple[Window, ...]:
    """When one may ride; the same hours on the same days stand once."""
    spans = [*line.windows, *((service, first, last) for service, (first, last) in line.by_phone.items())]
    found: dict[Window, None] = {}
    for service, begin, end in spans:
        week = weeks.get(service)
        if week is not None and (week.weekdays or week.days):
            found[
                Window(
                    weekdays=week.weekdays,
                    start=begin,
                    end=end,
                    first_day=week.first_day,
                    last_day=week.last_day,
                    days=week.days,
                    not_on=week.not_on,
                )
            ] = None
    return tuple(sorted(found, key=lambda one: (one.weekdays, one.start, one.end)))[:200]
