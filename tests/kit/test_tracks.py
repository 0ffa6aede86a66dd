"""Ways on the ground: how long, how high, and with fewer points."""

import pytest

from app.kit.geo import METRES_A_DEGREE, metres, metres_a_degree_east
from app.kit.tracks import climbs_metres, length_metres, simplified, simplified_to

STATION = (52.136, 12.595)
CENTRE = (52.1419, 12.5953)


def test_distances_are_those_of_the_map() -> None:
    assert metres(*STATION, *CENTRE) == pytest.approx(656, abs=3)
    assert metres(*STATION, *STATION) == 0
    assert metres(0, 179.9, 0, -179.9) == pytest.approx(22_239, abs=5)
    assert metres(90, 0, -90, 0) == pytest.approx(20_015_115, abs=100)
    assert metres(52, 12, 53, 12) == pytest.approx(METRES_A_DEGREE) == pytest.approx(111_195, abs=1)
    assert metres(52, 12, 52, 12.01) == pytest.approx(metres_a_degree_east(52) / 100, rel=1e-6)
    assert metres_a_degree_east(90) == pytest.approx(0, abs=1e-6)


def test_small_wavering_is_no_climb() -> None:
    wavering = [(12.0, 52.0 + number / 1000, 100.0 + number % 2) for number in range(50)]
    hill = [(12.0, 52.0, 100.0), (12.0, 52.1, 150.0), (12.0, 52.2, 120.0)]

    assert climbs_metres(wavering) == (0, 0)
    assert climbs_metres(hill) == (50, 30)
    assert climbs_metres([(12.0, 52.0, None), (12.0, 52.1, None), (12.0, 52.2, 5.0)]) is None


def test_a_straight_road_needs_two_points_and_its_hill_one_more() -> None:
    flat = [(12.0, 52.0 + number / 1000, 100.0) for number in range(100)]
    hill = [*flat[:50], (12.0, 52.05, 180.0), *flat[51:]]

    assert simplified(flat, 10) == [flat[0], flat[-1]]
    assert (12.0, 52.05, 180.0) in simplified(hill, 10)
    assert simplified([], 10) == []
    assert simplified([flat[0]], 10) == [flat[0]]


def test_no_more_points_than_allowed_are_left_whatever_comes() -> None:
    zigzag = [(12.0 + (number % 2) / 50, 52.0 + number / 100_000, None) for number in range(30_000)]
    crumbs = [[(12.0 + number / 1000, 52.0, None), (12.0005 + number / 1000, 52.0, None)] for number in range(400)]

    assert sum(map(len, simplified_to([zigzag], 10, 500))) <= 500
    assert sum(map(len, simplified_to(crumbs, 10, 500))) <= 500
    assert length_metres([]) == 0
