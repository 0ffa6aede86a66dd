"""Warnings and weather in the words people use."""

import math
from datetime import datetime, timedelta
from typing import Final

from app.capabilities.notices.queries import Brief, Shown
from app.feeds.items import Hour
from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language, lazy
from app.kit.richtext import shortened
from app.kit.slug import numbered
from app.web import words
from app.web.cards import Alert
from app.web.names import told
from app.web.site import current_site

SEVERITIES: Final = {
    "extreme": lazy("Extreme danger"),
    "severe": lazy("Great danger"),
    "moderate": lazy("Warning"),
    "minor": lazy("Advice"),
    "unknown": lazy("Notice"),
}
CONDITIONS: Final = {
    "clear": lazy("clear"),
    "partly-cloudy": lazy("partly cloudy"),
    "cloudy": lazy("cloudy"),
    "fog": lazy("fog"),
    "drizzle": lazy("drizzle"),
    "rain": lazy("rain"),
    "heavy-rain": lazy("heavy rain"),
    "sleet": lazy("sleet"),
    "snow": lazy("snow"),
    "hail": lazy("hail"),
    "thunderstorm": lazy("thunderstorm"),
}
_POINTS: Final = (
    lazy("north"),
    lazy("north-east"),
    lazy("east"),
    lazy("south-east"),
    lazy("south"),
    lazy("south-west"),
    lazy("west"),
    lazy("north-west"),
)
MINUS: Final = "\u2212"
LIGHT_BELOW: Final = 1.0
"""Millimetres of rain in an hour that people call light."""
_LONG: Final = timedelta(days=3_660)
"""An end further ahead is a placeholder of the issuer."""
LONGEST_ADVICE: Final = 200


def when(one: Shown | Brief) -> str:
    """Since when and until when, e.g. `seit heute, 14 Uhr, bis morgen, 6 Uhr`."""
    zone = current_site().zone
    now = clock.now()
    start = one.starts_at or one.sent_at
    end = one.expires_at
    if end is not None and ((start is not None and end <= start) or end - now > _LONG):
        end = None
    since = words.when(start, zone=zone) if start is not None else ""
    until = words.when(end, zone=zone) if end is not None else ""
    ahead = start is not None and start > now
    if since and until:
        text = _("from %(since)s until %(until)s") if ahead else _("since %(since)s, until %(until)s")
        return text % {"since": since, "until": until}
    if until:
        return _("until %(until)s") % {"until": until}
    if not since:
        return ""
    return (_("from %(since)s") if ahead else _("since %(since)s, without a given end")) % {"since": since}


def clear_when(one: Shown) -> str:
    """When an all-clear was given."""
    return _("given %(time)s") % {"time": words.when(one.sent_at, zone=current_site().zone)} if one.sent_at else ""


def badge(one: Shown) -> str:
    """How bad it is; an all-clear says so, whatever severity it carries."""
    return _("All-clear") if one.is_clear else str(SEVERITIES[one.severity])


def badge_kind(one: Shown) -> str:
    """The colour of the badge."""
    if one.is_clear:
        return "success"
    return {"extreme": "danger", "severe": "danger", "moderate": "warning"}.get(one.severity, "info")


def alert(one: Brief, *, severe: bool) -> Alert:
    """A warning over the pages."""
    advice = one.instruction.split("\n", 1)[0]
    return Alert(
        title=one.title,
        issuer=one.sender or told(one.provider, one.provider_en) or one.attribution or one.source_name,
        when=when(one),
        advice=shortened(advice, LONGEST_ADVICE),
        href="/notices/" + numbered(one.id, one.title),
        severe=severe,
        extreme=one.severity == "extreme",
    )


def degrees(value: float | None) -> str:
    """`12 °C`; a dash where nothing is known."""
    if value is None:
        return "–"
    # Half a degree above and below zero is zero, and zero has no sign.
    rounded = math.floor(abs(value) + 0.5)
    return f"{MINUS if value < 0 and rounded else ''}{rounded} °C"


def span(lowest: float | None, highest: float | None) -> str:
    """`3 bis 12 °C`, one figure where both are the same, nothing where nothing is known."""
    if lowest is None or highest is None:
        return ""
    low, high = degrees(lowest), degrees(highest)
    return high if low == high else _("%(low)s to %(high)s") % {"low": low.removesuffix(" °C"), "high": high}


def number(value: float, places: int = 0) -> str:
    """A number with the comma or point of the reader's language."""
    text = f"{value:.{places}f}"
    return text.replace(".", ",") if language() == "de" else text


def condition(name: str, precipitation: float | None = None) -> str:
    """`leichter Regen`; empty where nothing is known."""
    if name == "rain" and precipitation is not None and precipitation < LIGHT_BELOW:
        return _("light rain")
    return str(CONDITIONS[name]) if name in CONDITIONS else ""


def headline(hour: Hour) -> str:
    """`12 °C, leichter Regen`."""
    parts = [degrees(hour.temperature) if hour.temperature is not None else ""]
    parts.append(condition(hour.condition, hour.precipitation))
    return ", ".join(part for part in parts if part)


def rain(millimetres: float | None, probability: int | None = None) -> str:
    """`0,4 mm (60 %)`; a dash where nothing is known."""
    amount = "–" if millimetres is None else f"{number(millimetres, 1)} mm" if millimetres >= 0.05 else "0 mm"
    return f"{amount} ({probability} %)" if probability is not None else amount


def wind(hour: Hour) -> str:
    """`15 km/h aus Südwest, Böen 40 km/h`."""
    if hour.wind is None:
        return "–"
    text = f"{number(hour.wind)} km/h"
    if hour.wind_direction is not None and hour.wind >= 1:
        text = _("%(speed)s from the %(direction)s") % {"speed": text, "direction": point(hour.wind_direction)}
    if hour.gust is not None and hour.gust >= hour.wind + 15:
        text = _("%(wind)s, gusts %(speed)s km/h") % {"wind": text, "speed": number(hour.gust)}
    return text


def wind_short(hour: Hour) -> str:
    """`15 km/h, Böen 40` for a table."""
    if hour.wind is None:
        return "–"
    text = f"{number(hour.wind)} km/h"
    if hour.gust is not None and hour.gust >= hour.wind + 15:
        return _("%(wind)s, gusts %(speed)s") % {"wind": text, "speed": number(hour.gust)}
    return text


def point(degrees_from: int) -> str:
    """Where the wind comes from in a word."""
    return str(_POINTS[round(degrees_from / 45) % 8])


def clock_time(moment: datetime) -> str:
    """The time of an hour in the town's zone."""
    return words.time_words(moment.astimezone(current_site().timezone))
