"""GPX files as devices, clubs and attackers write them."""

import math
from pathlib import Path

import pytest

from app.feeds.connector import Stop
from app.feeds.items import Place, Tour
from tests.feeds.reading import problems, read

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


def gpx(inner: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<gpx version="1.1" creator="t">{inner}</gpx>'.encode()


def track(points: list[tuple[float, float, float | None]], name: str = "Weg") -> str:
    inner = "".join(
        f'<trkpt lat="{lat}" lon="{lon}">{"" if up is None else f"<ele>{up}</ele>"}</trkpt>' for lat, lon, up in points
    )
    return f"<trk><name>{name}</name><trkseg>{inner}</trkseg></trk>"


def tours(body: bytes, **options: str) -> list[Tour]:
    return [one for one in read("gpx", body, **options) if isinstance(one, Tour)]


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE gpx SYSTEM "file:///etc/passwd">',
        '<!doctype gpx [<!entity x SYSTEM "http://127.0.0.1/">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_any_encoding(head: str, encoding: str) -> None:
    text = gpx("<wpt lat='1' lon='2'/>", head).decode()

    with pytest.raises(Stop) as stop:
        read("gpx", text.encode(encoding))

    assert stop.value.code == "entities"


def test_a_huge_track_becomes_small_and_keeps_its_hill() -> None:
    points = [
        (
            52 + number / 200_000,
            12 + math.sin(number / 900) / 50,
            80 + 400 * math.exp(-(((number - 30_000) / 9_000) ** 2)),
        )
        for number in range(60_000)
    ]

    [found] = tours(gpx(track([(round(a, 6), round(b, 6), round(c, 1)) for a, b, c in points])))

    assert sum(map(len, found.tracks)) <= 5_000
    assert max(point[2] or 0 for one in found.tracks for point in one) == pytest.approx(480, abs=3)
    assert found.tracks[0][0][:2] == (12.0, 52.0)
    assert found.length_metres > 30_000


def test_points_without_height_or_of_nonsense_do_no_harm() -> None:
    [found] = tours(gpx(track([(52.1, 12.1, None), (52.2, 12.2, 100_000.0), (52.3, 12.3, None), (91.0, 12.3, 5.0)])))

    assert (found.ascent_metres, found.descent_metres) == (None, None)
    assert all(point[2] is None for one in found.tracks for point in one)


def test_two_tours_of_one_name_are_two_and_one_tour_twice_is_one() -> None:
    first = track([(52.1, 12.1, None), (52.2, 12.2, None)])
    second = track([(52.1, 12.1, None), (52.3, 12.2, None)])

    found = read("gpx", gpx(first + second + first))

    assert len({one.external_id for one in found if isinstance(one, Tour)}) == 2
    assert [one.reason for one in problems(found)] == ["Two entries have the same id. The first one was taken."]


def test_an_editor_says_what_the_file_does_not() -> None:
    body = gpx(track([(52.1, 12.1, None), (52.2, 12.2, None)], name="20260501_082233"))

    [found] = tours(body, title="Burgenrunde", activity="cycling", licence="CC-BY-4.0", attribution="ADFC")

    assert (found.title, found.activity, found.licence, found.attribution) == (
        "Burgenrunde",
        "cycling",
        "CC-BY-4.0",
        "ADFC",
    )


@pytest.mark.parametrize("body", [gpx(""), gpx("<trk><trkseg/></trk>"), gpx("<trk><trkseg><trkpt/></trkseg></trk>")])
def test_a_file_without_anything_says_so(body: bytes) -> None:
    with pytest.raises(Stop):
        read("gpx", body)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_what_others_published_is_read_or_refused() -> None:
    for path in sorted((SAMPLES / "gpx").glob("*")):
        assert any(isinstance(one, Tour | Place) for one in read("gpx", path.read_bytes()))
    for path in sorted((SAMPLES / "xml-hostile").glob("*")):
        with pytest.raises(Stop):
            read("gpx", path.read_bytes())
