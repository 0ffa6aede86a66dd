"""The files of a sharing system: their envelope, texts by language, times of both versions."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from app.feeds.connector import Stop
from app.kit.richtext import absolute, clean_line

FORMS: Final = {
    "bicycle": "bicycle",
    "cargo_bicycle": "cargo_bicycle",
    "scooter": "scooter",
    "scooter_standing": "scooter",
    "scooter_seated": "scooter",
    "moped": "moped",
    "car": "car",
}
_LATEST: Final = 4_102_444_800
_LONGEST_TTL: Final = 86_400

Record = Mapping[str, Any]


class System(msgspec.Struct, frozen=True, kw_only=True):
    """Who runs it."""

    name: str = ""
    licence: str = ""
    attribution: str = ""
    url: str = ""


def named_in(body: bytes, base: str, language: str) -> dict[str, str]:
    """File name → address, of a discovery file; of several languages ours, else the first. Nothing if it is none."""
    try:
        data = record(record(msgspec.json.decode(body)).get("data"))
    except (msgspec.DecodeError, RecursionError):
        return {}
    if "feeds" not in data:
        tongues = {name: one for name, one in data.items() if isinstance(one, dict) and "feeds" in one}
        data = record(tongues.get(language) or next(iter(tongues.values()), None))
    found: dict[str, str] = {}
    for one in records(data.get("feeds")):
        address = absolute(text(one.get("url")), base)
        if address:
            found.setdefault(text(one.get("name")), address)
    return found


def data_of(body: bytes) -> Record:
    """The data of a file; raises `Stop` when it can't be read."""
    try:
        return record(record(msgspec.json.decode(body)).get("data"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("What came from the source can't be read.", code="unreadable") from error


def ttl_of(body: bytes) -> int | None:
    """Seconds for which the file holds."""
    value = record(msgspec.json.decode(body)).get("ttl")
    return min(int(value), _LONGEST_TTL) if isinstance(value, int | float) and value >= 0 else None


def system_of(data: Record | None, language: str) -> System:
    """Name and licence of the system."""
    data = data or {}
    return System(
        name=text(data.get("name"), language)[:120],
        licence=text(data.get("license_id"))[:80] or absolute(text(data.get("license_url")), ""),
        attribution=text(data.get("attribution_organization_name"), language)[:120]
        or text(data.get("operator"), language)[:120],
        url=absolute(text(data.get("url"), language), ""),
    )


def forms_of(data: Record | None) -> dict[str, str]:
    """Vehicle type id → form, ours."""
    types = records((data or {}).get("vehicle_types"))
    return {text(one.get("vehicle_type_id")): FORMS.get(text(one.get("form_factor")), "other") for one in types}


def record(value: object) -> Record:
    """An object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def records(value: object) -> list[Record]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object, language: str = "de") -> str:
    """A text, plain (2.x) or one of several by language (3.x); an id may be a number."""
    if isinstance(value, list):
        said = {str(one.get("language", "")).lower()[:2]: one.get("text") for one in records(value)}
        value = said.get(language) or said.get("en") or next(iter(said.values()), "")
    if isinstance(value, bool):
        return ""
    return clean_line(str(value)) if isinstance(value, str | int | float) else ""


def number(value: object) -> int | None:
    """A count; None for anything that is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 100_000 else None


def degrees(value: object, most: int) -> float | None:
    """A coordinate."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= most else None


def moment(value: object) -> datetime | None:
    """Seconds since 1970 (2.x) or RFC 3339 (3.x), aware, in UTC."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC) if 0 < value < _LATEST else None
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        return found.astimezone(UTC) if found.tzinfo and 1971 < found.year < 2100 else None
    return None
