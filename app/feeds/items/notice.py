"""Warnings, and the weather."""

from datetime import datetime
from typing import Literal

import msgspec

from app.feeds.items.envelope import Item

Severity = Literal["minor", "moderate", "severe", "extreme", "unknown"]
NoticeKind = Literal["civil", "weather", "flood", "fire", "traffic", "health", "police", "other"]


class Notice(Item, frozen=True, kw_only=True):
    """A warning (Warnung), shown unaltered and gone at its expiry. Names follow CAP 1.2 (OASIS)."""

    kind: NoticeKind = "civil"
    message: Literal["alert", "update", "cancel"] = "alert"
    """CAP `msgType`: a cancel (Entwarnung) may carry the severity of what it ends; look here first."""
    severity: Severity = "unknown"
    urgency: Literal["immediate", "expected", "future", "past", "unknown"] = "unknown"
    certainty: Literal["observed", "likely", "possible", "unlikely", "unknown"] = "unknown"
    event: str = ""
    """What kind of danger, in the issuer's words."""
    sender: str = ""
    """Who issued it, for people."""
    instruction: str = ""
    """What to do; plain text, lines kept."""
    description: str = ""
    """Plain text, lines kept."""
    sent_at: datetime | None = None
    starts_at: datetime | None = None
    """CAP `onset`, else `effective`."""
    expires_at: datetime | None = None
    """None: until it is cancelled or vanishes from the source."""
    references: tuple[str, ...] = ()
    """Ids of the messages that this one replaces or ends."""
    same_as: tuple[str, ...] = ()
    """Ids of the same warning in other sources, e.g. `2.49.0.0.276…` of the DWD: shown once."""


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """The weather of one hour; None is what the source does not say."""

    at: datetime
    """Aware, UTC; the hour that begins then."""
    temperature: float | None = None
    """Degrees Celsius."""
    precipitation: float | None = None
    """Millimetres in the hour."""
    precipitation_probability: int | None = None
    """Percent."""
    wind: float | None = None
    """Kilometres per hour, mean."""
    gust: float | None = None
    """Kilometres per hour."""
    wind_direction: int | None = None
    """Degrees, from where it blows."""
    cloud_cover: int | None = None
    """Percent."""
    pressure: float | None = None
    """Hectopascal at sea level."""
    humidity: int | None = None
    """Percent."""
    condition: str = ""
    """`clear`, `partly-cloudy`, `cloudy`, `fog`, `drizzle`, `rain`, `heavy-rain`, `sleet`, `snow`, `hail`,
    `thunderstorm`, or empty."""


class Forecast(Item, frozen=True, kw_only=True):
    """The forecast for a point (`geo`) of a region; lives in the region's schema, read by the nearest towns."""

    issued_at: datetime | None = None
    hours: tuple[Hour, ...] = ()
