"""The two shapes that Wikidata answers in: results of a query, and entities whole."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from app.feeds.connectors.wikidata.properties import PROPERTIES, day_of, value_of


class Known(Struct, frozen=True):
    """One value of one item."""

    item: str
    """`Q572867`."""
    name: str
    """Our name of the fact."""
    value: str
    as_of: str


def of_results(bindings: list[Any]) -> Iterator[Known]:
    """From SPARQL's JSON results; rows of other questions give nothing."""
    for row in bindings:
        if not isinstance(row, dict):
            continue
        said = {name: str(cell["value"]) for name, cell in row.items() if isinstance(cell, dict) and "value" in cell}
        item = said.get("item", "").rpartition("/")[2]
        name = said.get("key", "")
        if item and name in PROPERTIES.values():
            value = value_of(name, said.get("value", ""), said.get("valueLabel", ""), said.get("unit", ""))
            if value:
                yield Known(item, name, value, day_of(said.get("asOf", "")))


def of_entities(entities: Mapping[str, Any]) -> Iterator[Known]:
    """From entity JSON (`Special:EntityData`); other items count only by their labels."""
    labels = {key: _label(entity) for key, entity in entities.items() if isinstance(entity, dict)}
    for item, entity in entities.items():
        claims = entity.get("claims") if isinstance(entity, dict) else None
        if not isinstance(claims, dict):
            continue
        for key, name in PROPERTIES.items():
            statements = claims.get(key)
            for statement in _best(statements if isinstance(statements, list) else []):
                value = _value(name, statement.get("mainsnak"), labels)
                if value:
                    yield Known(item, name, value, _as_of(statement))


def has_key(entity: Any, ags: str) -> bool:
    """Whether an entity says that it has this municipality key (P439)."""
    claims = entity.get("claims") if isinstance(entity, dict) else None
    statements = claims.get("P439") if isinstance(claims, dict) else None
    found = [_raw(one.get("mainsnak")) for one in statements or [] if isinstance(one, dict)]
    return ags in found


def _best(statements: list[Any]) -> list[dict[str, Any]]:
    """Those that are preferred, or else the normal ones; never what is deprecated."""
    known = [one for one in statements if isinstance(one, dict)]
    preferred = [one for one in known if one.get("rank") == "preferred"]
    return preferred or [one for one in known if one.get("rank", "normal") == "normal"]


def _raw(snak: Any) -> Any:
    value = snak.get("datavalue") if isinstance(snak, dict) else None
    return value.get("value") if isinstance(value, dict) else None


def _value(name: str, snak: Any, labels: Mapping[str, str]) -> str:
    match _raw(snak):
        case str(text):
            return value_of(name, text)
        case {"amount": str(amount), "unit": str(unit)}:
            return value_of(name, amount, unit=unit)
        case {"latitude": int() | float() as lat, "longitude": int() | float() as lon}:
            return value_of(name, f"Point({lon:.6f} {lat:.6f})")
        case {"time": str(time)}:
            return value_of(name, time.removeprefix("+"))
        case {"id": str(entity)}:
            return value_of(name, entity, labels.get(entity, ""))
        case _:
            return ""


def _as_of(statement: Mapping[str, Any]) -> str:
    qualifiers = statement.get("qualifiers")
    dates = qualifiers.get("P585") if isinstance(qualifiers, dict) else None
    raw = _raw(dates[0]) if isinstance(dates, list) and dates else None
    return day_of(str(raw.get("time", "")).removeprefix("+")) if isinstance(raw, dict) else ""


def _label(entity: Mapping[str, Any]) -> str:
    labels = entity.get("labels")
    for language in ("de", "en"):
        found = labels.get(language) if isinstance(labels, dict) else None
        if isinstance(found, dict) and isinstance(found.get("value"), str):
            return str(found["value"])
    return ""
