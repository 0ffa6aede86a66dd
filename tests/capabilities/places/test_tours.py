"""A walker looks for a way, reads what it asks of the legs, and takes it along."""

import re
from collections.abc import Iterator

import pytest

from app.capabilities.places import sketch, tour_actions, tracks
from app.capabilities.places.sketch import Mark
from app.feeds.items import Tour
from app.tenancy import tenant, transaction
from tests import loop
from tests.capabilities.places.seeds import TABLES, TOWN, bring, drop, tour
from tests.feeds.reading import read
from tests.village import Village


@pytest.fixture(autouse=True)
def clean(platform: Village) -> Iterator[None]:
    """Every answer is made anew; what the test wrote goes."""
    cache = platform.edge.cache
    kept, cache.enabled = cache.enabled, False
    cache.empty(TOWN)
    yield
    cache.enabled = kept
    loop.run(platform.sweep(TOWN, TABLES))


async def test_a_tour_tells_length_climb_time_heights_and_stops(belzig: Village) -> None:
    [number] = await bring(tour(summary="Vom Markt zur Burg", licence="CC-BY-4.0"))

    listed = await belzig.get("/tours")
    page = (await belzig.get(f"/tours/{number}", follow_redirects=True)).text

    assert "Burgweg" in listed.text
    assert "1,6 km, 61 m bergauf, etwa 30 Minuten" in listed.text
    assert page.count("<h1") == 1
    for part in (
        "Zu Fuß",
        "1,6 km",
        "61 m bergauf, 0 m bergab",
        "Mühlteich",
        "Bank mit Blick",
        "Wanderverein",
        "CC-BY-4.0",
    ):
        assert part in page, part
    assert '<svg class="profile"' in page
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', page)
    assert (rows[0], rows[-1]) == (("Start", "80 m"), ("1,6 km", "141 m"))
    assert len(rows) == 8


async def test_a_tour_goes_along_as_gpx_and_reads_as_it_was(belzig: Village) -> None:
    [number] = await bring(tour(licence="https://creativecommons.org/licenses/by/4.0/", title="Burgweg & Mühle <kurz>"))

    answer = await belzig.get(f"/tours/{number}.gpx")

    assert answer.headers["content-type"].startswith("application/gpx+xml")
    assert answer.headers["content-disposition"] == 'attachment; filename="burgweg-muehle-kurz.gpx"'
    [again] = [one for one in read("gpx", answer.content) if isinstance(one, Tour)]
    assert again.title == "Burgweg & Mühle <kurz>"
    assert again.tracks == tour().tracks
    assert [(stop.title, stop.text) for stop in again.stops] == [("Mühlteich", "Bank mit Blick")]
    assert (again.attribution, again.licence) == ("Wanderverein", "https://creativecommons.org/licenses/by/4.0/")


async def test_a_tour_without_heights_or_points_does_no_harm(belzig: Village) -> None:
    flat = tour("flach", "Flach", tracks=(((12.59, 52.14, None), (12.6, 52.15, None)),), ascent_metres=None, stops=())
    bare = tour("leer", "Leer", tracks=(), length_metres=0, ascent_metres=None, geo=None, stops=())
    numbers = await bring(flat, bare)

    for number in numbers:
        answer = await belzig.get(f"/tours/{number}", follow_redirects=True)
        assert answer.status_code == 200
        assert "profile" not in answer.text
        assert (await belzig.get(f"/tours/{number}.gpx")).status_code == 200


async def test_tours_are_open_data_and_vanish_with_their_source(belzig: Village) -> None:
    [number, _other] = await bring(tour(), tour("rad", "Radweg", activity="cycling"))

    listed = await belzig.json("/api/v1/tours")
    cycling = await belzig.json("/api/v1/tours", activity="cycling")
    one = await belzig.json(f"/api/v1/tours/{number}")

    assert [entry["title"] for entry in listed["items"]] == ["Burgweg", "Radweg"]
    assert [entry["title"] for entry in cycling["items"]] == ["Radweg"]
    assert one["track"]["coordinates"][0][0] == [12.591, 52.141, 80.0]
    assert one["gpx_url"].endswith(f"/tours/{number}.gpx")
    assert (await belzig.get("/api/v1/tours/abc")).status_code == 422
    assert "Burgweg" in (await belzig.get("/search?q=burgwg")).text

    await drop("burgweg")
    assert (await belzig.get(f"/tours/{number}.gpx")).status_code == 404


async def test_a_tour_that_the_town_hides_stays_hidden(belzig: Village) -> None:
    [number] = await bring(tour())

    async with tenant(TOWN), transaction():
        await tour_actions.hide(number, hidden=True)
    await bring(tour())
    assert (await belzig.json("/api/v1/tours"))["items"] == []

    async with tenant(TOWN), transaction():
        await tour_actions.hide(number, hidden=False)
    assert len((await belzig.json("/api/v1/tours"))["items"]) == 1


def test_a_track_is_kept_small_and_comes_back_whole() -> None:
    segments = [[(12.5 + n / 1000, 52.1 - n / 2000, None if n % 7 == 0 else 80 + n / 10) for n in range(50)]]

    kept = tracks.packed(segments)
    again = tracks.unpacked(kept)

    assert [(round(x, 5), round(y, 5), h) for x, y, h in segments[0]] == [
        (round(x, 5), round(y, 5), h) for x, y, h in again[0]
    ]
    assert tracks.unpacked("nonsense") == []


def test_a_map_shows_what_was_looked_for_or_all_of_the_town() -> None:
    ring = [(12.4, 52.0), (12.8, 52.0), (12.8, 52.3), (12.4, 52.3), (12.4, 52.0)]
    marks = [Mark(52.14, 12.59, "Café"), Mark(52.15, 12.6, "Laden")]

    def reaches(*, whole: bool) -> float:
        outline = str(sketch.ground([ring], marks, whole=whole)).partition(' d="M')[2].partition("Z")[0]
        return max(abs(float(number)) for pair in outline.split("L") for number in pair.split(","))

    assert reaches(whole=True) <= sketch.WIDTH < reaches(whole=False)
