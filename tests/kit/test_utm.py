"""Points of registers on our map."""

import pytest

from app.kit.utm import to_wgs84, zone_of


@pytest.mark.parametrize(
    ("east", "north", "zone", "lat", "lon"),
    [
        (285015.7632, 5542944.0190, 32, 50.0, 6.0),
        (389919.2554, 5819698.7719, 33, 52.516272, 13.377722),
        (33389919.2554, 5819698.7719, 33, 52.516272, 13.377722),
        (500000.0, 0.1, 33, 0.0, 15.0),
    ],
)
def test_a_known_point_is_found(east: float, north: float, zone: int, lat: float, lon: float) -> None:
    found = to_wgs84(east, north, zone)

    assert found == pytest.approx((lat, lon), abs=1e-5)


@pytest.mark.parametrize(("east", "north"), [(-1, 5e6), (5e5, 2e7), (float("nan"), 5e6), (float("inf"), 5e6)])
def test_what_lies_on_no_map_is_none(east: float, north: float) -> None:
    assert to_wgs84(east, north, 33) is None


def test_systems_are_known_by_their_names() -> None:
    assert [zone_of(name) for name in ("EPSG:25833", "utm33", " epsg:25832", "EPSG:31468", "latlng")] == [
        33, 33, 32, None, None,
    ]  # fmt: skip
