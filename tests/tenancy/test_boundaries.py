"""Where a municipality ends: by its outline, or by a circle as long as there is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.tenancy import boundaries, boundaries_load, municipality_table
from app.tenancy.boundaries import Boundary, boundary_of
from app.tenancy.boundaries_load import BadOutlines, Outline, outlines, rekeyed, store
from app.tenancy.municipality import bundled
from tests import loop
from tests.village import Village

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
BELZIG, WIESENBURG, BRUECK = "12069020", "12069665", "12069076"


@pytest.fixture(autouse=True)
def no_outlines(platform: Village) -> Iterator[None]:
    boundaries.forget()
    yield
    loop.run(store([]))


def square(west: float, south: float, size: float = 0.2) -> list[list[tuple[float, float]]]:
    """A polygon of GeoJSON; with corners in between, as surveys have them."""
    east, north = west + size, south + size
    return [[(west, south), (west + size / 2, south), (east, south), (east, north), (west, north), (west, south)]]


def feature(ags: str, name: str, polygon: Any, ground: int = 4) -> dict[str, Any]:
    facts = {"AGS": ags, "GEN": name, "GF": ground, "IBZ": 63}
    return {"type": "Feature", "properties": facts, "geometry": {"type": "Polygon", "coordinates": polygon}}


def survey(*features: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


async def there(ags: str) -> Boundary:
    found = await boundary_of(ags)
    assert found is not None
    return found


# Without outlines


async def test_without_outlines_a_circle_of_the_area_stands_in() -> None:
    belzig = await there(BELZIG)

    west, south, east, north = belzig.bbox
    assert belzig.approximate
    assert belzig.name == "Bad Belzig"
    assert belzig.centre == pytest.approx((52.18, 12.566), abs=0.001)
    # 236 km² are a circle of 8.67 km.
    assert (north - south) * 111.32 / 2 == pytest.approx(8.67, abs=0.05)
    assert (east - west) > (north - south)
    assert belzig.contains(52.18, 12.566)
    assert not belzig.contains(52.39, 13.06)


FULLWIDTH = "".join(chr(0xFF10 + int(digit)) for digit in BELZIG)
KEYS = ["", "x", "12", "12069", "12069000", "120695904", "99", "12999999", "1206902", FULLWIDTH]


@pytest.mark.parametrize("ags", KEYS)
async def test_every_kind_of_key(ags: str) -> None:
    found = await boundary_of(ags)

    names = {"12": "Brandenburg", "12069": "Potsdam-Mittelmark", "12069000": "Potsdam-Mittelmark"}
    assert (found is not None) == (ags in {*names, "120695904"})
    if found is not None and ags in names:
        assert found.name == names[ags]
        assert found.contains(52.18, 12.566)


@pytest.mark.parametrize(("lat", "lon"), [(float("nan"), 12.5), (52.18, float("inf")), (-91, 0), (0, 0)])
async def test_a_point_that_is_none_lies_nowhere(lat: float, lon: float) -> None:
    assert not (await there(BELZIG)).contains(lat, lon)


# With outlines


async def test_outlines_are_read_reduced_and_used() -> None:
    lake = feature(BELZIG, "Bad Belzig", square(12.9, 52.0), ground=2)
    found = outlines(survey(feature(BELZIG, "Bad Belzig", square(12.5, 52.0)), lake))
    await store(found)

    belzig = await there(BELZIG)

    assert [one.ags for one in found] == [BELZIG]
    assert not belzig.approximate
    assert belzig.bbox == pytest.approx((12.5, 52.0, 12.7, 52.2))
    assert belzig.contains(52.1, 12.6)
    assert belzig.contains(52.0, 12.5)
    assert not belzig.contains(52.1, 12.95)
    shape = belzig.geojson()
    assert shape["geometry"]["type"] == "Polygon"
    assert len(shape["geometry"]["coordinates"][0]) == 5
    assert "BKG" in shape["properties"]["attribution"]


async def test_parts_of_one_municipality_come_in_a_collection_of_their_own() -> None:
    parts = [feature(BELZIG, "Bad Belzig", square(west, 52.0, 0.1)) for west in (12.5, 12.8)]
    await store(outlines(survey({"type": "FeatureCollection", "features": parts})))

    belzig = await there(BELZIG)

    assert belzig.contains(52.05, 12.55)
    assert belzig.contains(52.05, 12.85)
    assert not belzig.contains(52.05, 12.7)


async def test_a_district_is_the_union_of_its_members() -> None:
    two = survey(feature(BELZIG, "Bad Belzig", square(12.5, 52.0)), feature(WIESENBURG, "x", square(12.3, 52.0)))
    await store(outlines(two))

    district = await there("12069000")

    assert district.contains(52.1, 12.6)
    assert district.contains(52.1, 12.4)
    # Its other members have no outline here.
    assert district.approximate


async def test_neighbours_still_meet_after_they_were_reduced() -> None:
    border = [(12.5, 52.0 + step / 500) for step in range(101)]
    # A line that trembles by a metre or two.
    border = [(lon + (step % 2) * 0.00002, lat) for step, (lon, lat) in enumerate(border)]
    east = [[*border, (12.7, 52.2), (12.7, 52.0), border[0]]]
    west = [[*border, (12.3, 52.2), (12.3, 52.0), border[0]]]
    await store(outlines(survey(feature(BELZIG, "a", east), feature(WIESENBURG, "b", west))))

    one, other = await there(BELZIG), await there(WIESENBURG)

    assert len(one.geojson()["geometry"]["coordinates"][0]) < 20
    assert one.shape.intersection(other.shape).area == 0
    assert one.shape.touches(other.shape)


async def test_an_area_touches_a_town_when_it_covers_more_than_the_border() -> None:
    await store(outlines(survey(feature(BELZIG, "Bad Belzig", square(12.5, 52.0)))))
    belzig = await there(BELZIG)

    def ring(west: float, south: float, size: float) -> list[tuple[float, float]]:
        return square(west, south, size)[0]

    assert belzig.touches([ring(12.6, 52.1, 0.01)])
    assert belzig.touches([ring(10.0, 50.0, 1), ring(12.0, 51.5, 2)])
    assert not belzig.touches([ring(12.7, 52.0, 0.2)])
    assert not belzig.touches([ring(12.6999, 52.0, 0.2)])
    assert belzig.touches([[(12.6, 52.1)]])
    assert belzig.touches([[(12.4, 52.1), (12.8, 52.1)]])
    assert not belzig.touches([])
    assert not belzig.touches([[], [(float("nan"), 52.1)]])
    # A bow tie is what some sources send for an area.
    assert belzig.touches([[(12.55, 52.05), (12.65, 52.15), (12.65, 52.05), (12.55, 52.15)]])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"features": [{"properties": {"AGS": "1", "GF": 4}, "geometry": {"type": "Polygon", "coordinates": []}}]}',
        b'{"features": [{"properties": {"AGS": "12069020", "GF": 4}, "geometry": {"type": "Nonsense"}}]}',
        b'{"features": [{"properties": {"AGS": "12069020", "GF": 4}, "geometry": null}]}',
    ],
)
async def test_a_file_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(BadOutlines):
        outlines(body)


async def test_a_district_that_was_renumbered_keeps_its_outlines() -> None:
    register = {one.ags: one for one in bundled().members("03159")[:2]}
    [first, second] = register.values()
    found = [Outline("03152001", first.name, b"first"), Outline("03152002", "Nirgends", b"other")]

    again = rekeyed(found, register)

    assert again == [Outline(first.ags, first.name, b"first")]
    assert second.ags not in {one.ags for one in again}


def test_only_the_file_that_was_looked_at_is_taken_from_npm() -> None:
    assert not boundaries_load.is_expected(b"{}")


# The real thing


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real files lie beside the project, not in it")
async def test_the_stops_of_bad_belzig() -> None:
    raw = (SAMPLES / "municipalities" / "boundaries-12069-potsdam-mittelmark-2017.geojson").read_bytes()
    await store(outlines(raw))
    stops = msgspec.json.decode(
        (SAMPLES / "gtfs-stops-vbb" / "vbb-stations-12069-potsdam-mittelmark.json").read_bytes()
    )
    places = [one["location"] for one in (stops if isinstance(stops, list) else stops.values())]

    belzig, district = await there(BELZIG), await there("12069000")

    assert sum(belzig.contains(one["latitude"], one["longitude"]) for one in places) == 118
    assert not district.approximate
    assert belzig.bbox == pytest.approx((12.434, 52.07, 12.722, 52.27), abs=0.002)


async def test_members_are_those_of_the_imported_register() -> None:
    few = [one for one in bundled().members("12069") if one.ags in (BELZIG, BRUECK)]
    await municipality_table.store(few)
    boundaries.forget()
    try:
        district = await there("12069000")
    finally:
        await municipality_table.store([])

    assert district.contains(52.18, 12.566)
    assert not district.contains(52.39, 12.94)
