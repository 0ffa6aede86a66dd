"""Values out of a row: `titel`, `ort.name`, `bilder.0.url`, a template `{datum} {uhrzeit}`, or `/a.b/c` (RFC 6901)."""

import re
from typing import Any, Final

_HOLES: Final = re.compile(r"\{([^{}]+)\}")
_LONGEST: Final = 200_000
MOST_PARTS: Final = 200


def value_of(row: Any, spec: str) -> Any:
    """What stands at `spec` in a row; None when nothing does. Of a list every element is asked."""
    if "{" in spec:
        return template_of(row, spec)
    if spec.startswith("/"):
        parts = [part.replace("~1", "/").replace("~0", "~") for part in spec[1:].split("/")]
    else:
        if isinstance(row, dict) and spec in row:  # a column may be named with a dot
            return row[spec]
        parts = spec.split(".")
    return _walk(row, parts)


def template_of(row: Any, spec: str) -> str | None:
    """The template with its holes filled; None when all of them are empty."""
    found = [text_of(value_of(row, hole)) for hole in _HOLES.findall(spec)]
    if not any(found):
        return None
    filled = iter(found)
    return " ".join(_HOLES.sub(lambda _: next(filled), spec).split())


def text_of(value: Any) -> str:
    """A value as text: numbers without a needless fraction, lists with commas, nothing for objects and null."""
    if isinstance(value, str):
        return value.strip()[:_LONGEST]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return ", ".join(text for one in value[:MOST_PARTS] if (text := text_of(one)))
    return ""


def names_in(row: Any) -> list[str]:
    """What a row offers, for an error that helps."""
    return [str(name) for name in row][:20] if isinstance(row, dict) else []


def _walk(value: Any, parts: list[str]) -> Any:
    for number, part in enumerate(parts):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, list):
            found = [_walk(one, parts[number:]) for one in value[:MOST_PARTS]]
            return [one for one in found if one is not None] or None
        else:
            return None
    return value
