"""How the gateway's JSON is read: its versions name the same thing differently, so several names are tried."""

from typing import Any, Final

import msgspec

from app.feeds.connector import Stop
from app.kit.richtext import clean_line

_MOST_DEEP: Final = 3


def decoded(body: bytes) -> Any:
    """The JSON of an answer; raises `Stop` when it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("What came from the source can't be read.", code="unreadable") from error


def raw(entry: Any, *names: str) -> Any:
    """The first of these fields that says something."""
    if not isinstance(entry, dict):
        return None
    return next((entry[name] for name in names if entry.get(name) not in (None, "", [], {})), None)


def text(entry: Any, *names: str) -> str:
    """A field as one clean line; of texts in several languages the German one."""
    return clean_line(rich(entry, *names))


def rich(entry: Any, *names: str) -> str:
    """A field as it is written, markup and all."""
    value = raw(entry, *names)
    if isinstance(value, list):
        german = [one for one in value if str(raw(one, "languageCode", "language", "lang") or "de").startswith("de")]
        value = next(iter(german or value), None)
    for _ in range(_MOST_DEEP):
        if not isinstance(value, dict):
            break
        value = raw(value, "text", "value", "content", "de", "title", "name")
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def listed(entry: Any, *names: str) -> list[Any]:
    """A field as a list, also when only one thing stands there."""
    value = raw(entry, *names)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def entries_of(document: Any) -> list[dict[str, Any]]:
    """The entries of a page: a list, a page object, or a page object inside another."""
    for _ in range(_MOST_DEEP):
        if isinstance(document, list):
            return [one for one in document if isinstance(one, dict)]
        document = raw(document, "serviceDescriptions", "onlineservices", "onlineServices", "content", "items")
    return []


def is_last(document: Any, page: int) -> bool:
    """Whether a page says that it is the last one, or says nothing."""
    inner = raw(document, "serviceDescriptions") or document
    if isinstance(inner, dict):
        pages = raw(inner, "totalPages") or raw(raw(inner, "page"), "totalPages")
        if isinstance(pages, int):
            return page + 1 >= pages
        if isinstance(inner.get("last"), bool):
            return bool(inner["last"])
    return False
