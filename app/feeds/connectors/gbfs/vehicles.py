"""Stations with what stands there, and vehicles that stand anywhere."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.feeds.connectors.gbfs.files import Record, System, degrees, moment, number, record, records, text
from app.feeds.items import Geo, Problem, Station, short_id
from app.kit.richtext import absolute

MOST: Final = 50_000


def stations(
    data: Record | None, status: Record | None, forms: Mapping[str, str], system: System, language: str
) -> Iterator[Station | Problem]:
    """Stations in use; what is known about now comes from the other file."""
    now = {text(one.get("station_id")): one for one in records((status or {}).get("stations"))}
    for one in records((data or {}).get("stations"))[:MOST]:
        id_ = text(one.get("station_id"))
        lat, lon = degrees(one.get("lat"), 90), degrees(one.get("lon"), 180)
        if not id_ or lat is None or lon is None:
            yield Problem(id_ or None, "This station has no id or no place.")
            continue
        there: Record = now.get(id_, {})
        if there.get("is_installed", True) is False:
            continue
        bikes = there.get("num_vehicles_available", there.get("num_bikes_available"))
        yield Station(
            external_id=short_id(f"station:{id_}"),
            kind="station",
            title=text(one.get("name"), language)[:200] or id_,
            system=system.name,
            form=_form(there, one, forms),
            capacity=number(one.get("capacity")),
            vehicles=number(bikes),
            docks=number(there.get("num_docks_available")),
            renting=there.get("is_renting", True) is not False,
            reported_at=moment(there.get("last_reported")),
            rental_url=_rental(one) or system.url,
            geo=Geo(lat, lon),
            licence=system.licence,
            attribution=system.attribution or system.name,
        )


def vehicles(data: Record | None, forms: Mapping[str, str], system: System) -> Iterator[Station | Problem]:
    """Vehicles that stand at no station and can be rented."""
    data = data or {}
    for one in records(data.get("vehicles", data.get("bikes")))[:MOST]:
        id_ = text(one.get("vehicle_id", one.get("bike_id")))
        lat, lon = degrees(one.get("lat"), 90), degrees(one.get("lon"), 180)
        if one.get("station_id") or one.get("is_reserved") is True or one.get("is_disabled") is True:
            continue
        if not id_ or lat is None or lon is None:
            yield Problem(id_ or None, "This vehicle has no id or no place.")
            continue
        yield Station(
            external_id=short_id(f"vehicle:{id_}"),
            kind="vehicle",
            title=system.name or id_,
            system=system.name,
            form=forms.get(text(one.get("vehicle_type_id")), "bicycle"),
            vehicles=1,
            reported_at=moment(one.get("last_reported")),
            rental_url=_rental(one) or system.url,
            geo=Geo(lat, lon),
            licence=system.licence,
            attribution=system.attribution or system.name,
        )


def _form(status: Record, station: Record, forms: Mapping[str, str]) -> str:
    """Of the vehicles that stand there, else of those that may."""
    counted: dict[str, int] = {}
    for one in records(status.get("vehicle_types_available")):
        form = forms.get(text(one.get("vehicle_type_id")), "")
        if form:
            counted[form] = counted.get(form, 0) + 1 + (number(one.get("count")) or 0)
    for id_ in record(station.get("vehicle_capacity")) or record(station.get("vehicle_type_capacity")):
        counted.setdefault(forms.get(id_, "bicycle"), 0)
    return max(counted, key=lambda form: (counted[form], form)) if counted else _only(forms)


def _only(forms: Mapping[str, str]) -> str:
    found = set(forms.values())
    return found.pop() if len(found) == 1 else "bicycle"


def _rental(one: Record) -> str:
    uris: Any = record(one.get("rental_uris"))
    return absolute(text(uris.get("web")), "")
