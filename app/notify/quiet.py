"""When somebody may be told: not in their quiet hours, unless it is urgent and they allow it. And how near is near."""

import math
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

NOW: Final = 0
"""The rank of what is urgent now."""
_KM_PER_DEGREE: Final = 111.2


def may_tell_at(moment: datetime, zone: ZoneInfo, quiet_from: int, quiet_until: int) -> datetime:
    """The first time from `moment` on that lies outside the quiet hours, given as local hours."""
    if quiet_from == quiet_until:
        return moment
    local = moment.astimezone(zone)
    within_night = local.hour >= quiet_from or local.hour < quiet_until
    quiet = within_night if quiet_from > quiet_until else quiet_from <= local.hour < quiet_until
    if not quiet:
        return moment
    day = local.date() + timedelta(days=1 if local.hour >= quiet_until else 0)
    return datetime.combine(day, time(quiet_until), zone).astimezone(moment.tzinfo)


def km_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Kilometres as the crow flies, good enough within a country."""
    narrow = math.cos(math.radians((lat + other_lat) / 2))
    return _KM_PER_DEGREE * math.hypot(lat - other_lat, (lon - other_lon) * narrow)
