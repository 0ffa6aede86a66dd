"""One answer of `/weather` as a forecast.

Bright Sky gives degrees Celsius, kilometres per hour, hectopascal and millimetres. Sums and gusts are those of the
hour before a time stamp, while ours are of the hour that begins at it.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.feeds.connector import SkipItem
from app.feeds.items import Forecast, Geo, Hour
from app.kit.richtext import clean_line, shortened

MOST_HOURS: Final = 400
CLEAR_BELOW: Final = 20
"""Percent of clouds."""
CLOUDY_FROM: Final = 80
HEAVY_FROM: Final = 4.0
"""Millimetres in an hour."""
_NO_FEED: Final = "The answer is no forecast of Bright Sky. Check the address."
_NO_PLACE: Final = "The forecast doesn't say for which place it is."
_WET: Final = frozenset({"fog", "rain", "sleet", "snow", "hail", "thunderstorm"})
_HOUR: Final = timedelta(hours=1)

Record = dict[str, Any]


def forecast_of(answer: Any, attribution: str) -> Forecast:
    """The forecast; raises `SkipItem` when the answer is none."""
    records = _records(answer, "weather")
    sources = {_id(one, "id"): one for one in _records(answer, "sources")}
    by_time = {at: one for one in records[:MOST_HOURS] if (at := moment(one.get("timestamp"))) is not None}
    if not by_time:
        raise SkipItem(_NO_FEED)
    source = _source(by_time.values(), sources)
    lat, lon = number(source, "lat", -90, 90), number(source, "lon", -180, 180)
    if lat is None or lon is None:
        raise SkipItem(_NO_PLACE)
    name = clean_line(str(source.get("station_name") or ""))
    station = clean_line(str(source.get("wmo_station_id") or source.get("dwd_station_id") or ""))
    return Forecast(
        external_id=(station or f"{lat:.3f},{lon:.3f}")[:80],
        title=shortened(name.title() if name.isupper() else name or station or f"{lat:.2f}, {lon:.2f}", 200),
        attribution=attribution,
        geo=Geo(lat, lon),
        hours=tuple(_hours(by_time)),
    )


def _records(answer: Any, name: str) -> list[Record]:
    listed = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise SkipItem(_NO_FEED)
    return [one for one in listed if isinstance(one, dict)]


def _id(record: Record, name: str) -> str:
    found = record.get(name)
    return str(found) if isinstance(found, int | str) else ""


def _source(records: Any, sources: dict[str, Record]) -> Record:
    """The station that the forecast is for: of the past hours others tell what was measured."""
    used = Counter(_id(one, "source_id") for one in records)
    ranked = [sources[id_] for id_, _ in used.most_common() if id_ in sources]
    ahead = [one for one in ranked if one.get("observation_type") == "forecast"]
    return next(iter(ahead or ranked or sources.values()), {})


def _hours(by_time: dict[datetime, Record]) -> Iterator[Hour]:
    for at, record in sorted(by_time.items()):
        after = by_time.get(at + _HOUR, {})
        rain = number(after, "precipitation", 0, 500)
        cover = _percent(record, "cloud_cover")
        direction = number(record, "wind_direction", 0, 360)
        hour: dict[str, Any] = {
            "temperature": number(record, "temperature", -90, 70),
            "precipitation": rain,
            "precipitation_probability": _percent(after, "precipitation_probability"),
            "wind": number(record, "wind_speed", 0, 500),
            "gust": number(after, "wind_gust_speed", 0, 500),
            "wind_direction": None if direction is None else round(direction),
            "cloud_cover": cover,
            "pressure": number(record, "pressure_msl", 800, 1_100),
            "humidity": _percent(record, "relative_humidity"),
            "condition": _condition(record, cover, rain),
        }
        if any(value not in (None, "") for value in hour.values()):
            yield Hour(at=at, **hour)


def _condition(record: Record, cover: int | None, rain: float | None) -> str:
    """`condition` tells of what falls, `icon` of clouds."""
    said = record.get("condition")
    if isinstance(said, str) and said in _WET:
        return "heavy-rain" if said == "rain" and rain is not None and rain >= HEAVY_FROM else said
    drawn = str(record.get("icon") or "").removesuffix("-day").removesuffix("-night")
    if drawn in {"clear", "partly-cloudy", "cloudy"}:
        return drawn
    if cover is None:
        return ""
    if cover < CLEAR_BELOW:
        return "clear"
    return "cloudy" if cover >= CLOUDY_FROM else "partly-cloudy"


def number(record: Record, name: str, least: float, most: float) -> float | None:
    """A value within what can be; None for anything else."""
    found = record.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if least <= found <= most else None


def _percent(record: Record, name: str) -> int | None:
    found = number(record, name, 0, 100)
    return None if found is None else round(found)


def moment(text: Any) -> datetime | None:
    """A time in UTC; None when it can't be read or names no offset."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (TypeError, ValueError, OverflowError):
        return None
