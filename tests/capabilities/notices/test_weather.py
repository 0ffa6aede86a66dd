"""The weather: the nearest station, hours and the town's own days, and why there is none."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.capabilities.notices import weather, wording
from app.capabilities.notices.chart import chart
from app.feeds.items import Hour
from app.kit import clock
from app.kit.i18n import reading_in
from app.tenancy import tenant, transaction
from app.tenancy.village import set_setting
from tests.capabilities.notices.given import NOON, SLUG, forecasts, hours, page, station
from tests.village import Village

BERLIN = ZoneInfo("Europe/Berlin")


async def test_the_nearest_station_is_named_with_its_distance(village: Village) -> None:
    async with tenant(SLUG), transaction():
        await set_setting("facts", {"lat": 52.136, "lon": 12.595})
    with clock.at(NOON):
        await forecasts(station(), station("Y", "Fernstadt", 52.5, 13.1))
        shown = await page(village, "/weather")
        found = await village.json("/api/v1/weather")

    assert "Nächste Station: Musterberg, 2 km entfernt." in shown
    assert "Deutscher Wetterdienst" in shown
    assert "eigene Bearbeitung" in shown
    assert "6 °C" in shown
    assert "Leichter Regen" in shown
    assert shown.count("<h1") == 1
    assert shown.count('<th scope="row">') == 24
    assert '<svg class="weather-chart"' in shown
    assert (found["station"], found["stale"], len(found["items"])) == ("Musterberg", False, 24)
    assert found["items"][0]["at"] == "2026-11-22T11:00:00Z"
    assert [day["date"] for day in found["days"]] == ["2026-11-22", "2026-11-23", "2026-11-24"]


async def test_the_start_page_says_it_in_a_few_words(village: Village) -> None:
    with clock.at(NOON):
        await forecasts(station())
        shown = await page(village, "/")

    assert "6 °C, leichter Regen" in shown


async def test_an_old_forecast_says_so_and_a_fresh_one_farther_away_is_preferred(village: Village) -> None:
    old = station(issued_at=NOON - timedelta(hours=13))
    with clock.at(NOON):
        await forecasts(old)
        assert "Diese Vorhersage ist nicht aktuell" in await page(village, "/weather")
        assert "°C, leichter Regen" not in await page(village, "/")
        await forecasts(station("Y", "Nebenan", 52.4, 12.6), name="zweite")
        village.edge.cache.empty(SLUG)
        assert (await village.json("/api/v1/weather"))["station"] == "Nebenan"


async def test_past_hours_of_today_stay_when_a_new_run_begins_later(village: Village) -> None:
    with clock.at(NOON):
        first = await forecasts(station())
        second = await forecasts(station(hours=hours(NOON + timedelta(hours=1))))
        found = (await village.json("/api/v1/weather"))["items"]

    assert (first.new, second.changed + second.unchanged) == (1, 1)
    assert found[0]["at"] == "2026-11-22T11:00:00Z"


async def test_the_same_run_again_changes_nothing(village: Village) -> None:
    with clock.at(NOON):
        await forecasts(station())
        again = await forecasts(station())

    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)


async def test_hours_that_cannot_be_are_dropped(village: Village) -> None:
    with clock.at(NOON):
        kept = await forecasts(station(hours=hours(NOON - timedelta(days=400)) + hours(NOON + timedelta(days=90))))

        assert kept.new == 0
        assert (await village.json("/api/v1/weather"))["why"] == "nothing-yet"


@pytest.mark.parametrize(
    ("given", "why", "words"),
    [
        ([], "nothing-yet", "Die erste wird innerhalb"),
        ([station("Z", "Hamburg", 53.55, 9.99)], "too-far", "Keine Wetterstation liegt nah genug"),
        ([station(hours=hours(NOON - timedelta(hours=30), 20))], "over", "Die letzte Vorhersage ist abgelaufen"),
    ],
)
async def test_without_a_forecast_it_says_why(village: Village, given: list[Any], why: str, words: str) -> None:
    with clock.at(NOON):
        await forecasts(*given)
        shown = await page(village, "/weather")
        found = await village.json("/api/v1/weather")

    assert words in shown
    assert (found["items"], found["why"]) == ([], why)
    assert "https://www.dwd.de" in shown


async def test_a_town_whose_folder_says_where_it_lies_is_asked_for_there(village: Village) -> None:
    async with tenant(SLUG), transaction():
        await set_setting("facts", {"lat": 52.5, "lon": 13.1})
    with clock.at(NOON):
        await forecasts(station(), station("Y", "Fernstadt", 52.5, 13.1))
        assert "Nächste Station: Fernstadt, 0 km entfernt." in await page(village, "/weather")


async def test_missing_values_are_dashes(village: Village) -> None:
    bare = tuple(Hour(at=NOON + timedelta(hours=step), cloud_cover=50) for step in range(-1, 5))
    with clock.at(NOON):
        await forecasts(station(hours=bare))
        shown = await page(village, "/weather")

    assert "–" in shown
    assert "None" not in shown
    assert "weather-chart" not in shown


@pytest.mark.parametrize(("now", "length"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_the_days_of_a_clock_change_are_the_towns(now: str, length: int) -> None:
    day = date.fromisoformat(now)
    midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    some = hours(midnight - timedelta(hours=3), 80)

    first, second, *_ = weather.days_of(some, midnight + timedelta(hours=2), BERLIN)

    assert (first.date, first.part, second.part) == (day, False, False)
    assert first.precipitation == pytest.approx(0.2 * length)
    missing_one = [hour for hour in some if hour.at != midnight + timedelta(hours=5)]
    assert weather.days_of(missing_one, midnight, BERLIN)[0].part


def test_a_day_is_called_by_what_falls_on_it() -> None:
    def said(*names: str) -> str:
        return weather.condition_of([Hour(at=NOON, condition=name) for name in names])

    assert said(*["cloudy"] * 8, "rain", "rain") == "rain"
    assert said(*["cloudy"] * 15, "rain") == "cloudy"
    assert said("clear", "clear", "cloudy") == "clear"
    assert said(*["rain"] * 6, "thunderstorm") == "thunderstorm"
    assert said() == ""


@pytest.mark.parametrize(
    ("value", "said"), [(12.4, "12 °C"), (-0.4, "0 °C"), (-3.6, "\u22124 °C"), (0.5, "1 °C"), (None, "–")]
)
def test_degrees_are_whole(value: float | None, said: str) -> None:
    assert wording.degrees(value) == said


def test_wind_and_rain_in_words() -> None:
    hour = Hour(at=NOON, wind=18.0, wind_direction=226, gust=43.2)

    with reading_in("de"):
        assert wording.wind(hour) == "18 km/h aus Südwesten, Böen 43 km/h"
        assert wording.rain(0.44, 60) == "0,4 mm (60 %)"
        assert wording.rain(0.0) == "0 mm"
        assert wording.rain(None) == "–"
        assert wording.condition("rain", 0.3) == "leichter Regen"
        assert wording.point(359) == "Norden"


def test_a_drawing_has_gaps_where_nothing_is_known() -> None:
    some = [Hour(at=NOON, temperature=value) for value in (1.0, 2.0, None, 3.0, 3.0)]

    drawn = chart(some, ["a"] * 5)

    assert drawn is not None
    assert drawn.line.count("M") == 2
    assert chart(some[:3], ["a"] * 3) is None
