"""How the tests of the connectors read a recording: a fixed address, a fixed window, the town's zone."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from app.feeds.connector import ParseContext
from app.feeds.items import Article, Event, Item, Problem
from app.feeds.registry import connector

RECORDINGS: Final = sorted(Path(__file__).parent.glob("*/recordings/*"))
NOW: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
URL: Final = "https://www.musterdorf.example/feeds/neues"


def context(**changes: Any) -> ParseContext:
    known = ParseContext(url=URL, window_start=NOW - timedelta(days=1), window_end=NOW + timedelta(days=400))
    return msgspec.structs.replace(known, **changes)


def read(name: str, body: bytes, charset: str = "", **options: Any) -> list[Item | Problem]:
    """What the connector `name` makes of `body`."""
    code = connector(name)
    return list(code.parse(body, code.configured({"url": URL} | options), context(charset=charset)))


def recorded(path: Path, body: bytes | None = None) -> list[Item | Problem]:
    """What its connector makes of a recording, or of `body` in its place.

    With the options in `options/<name>.toml`, where they lie beside it; for connectors that do nothing without.
    """
    options = path.parent.parent / "options" / f"{path.name}.toml"
    given = tomllib.loads(options.read_text()) if options.is_file() else {}
    return read(path.parent.parent.name, path.read_bytes() if body is None else body, **given)


def articles(body: bytes | str, charset: str = "", **options: Any) -> list[Article]:
    found = read("rss", body.encode() if isinstance(body, str) else body, charset, **options)
    return [item for item in found if isinstance(item, Article)]


def events(*lines: str, **options: Any) -> list[Event]:
    """The events of a calendar that consists of these VEVENT lines."""
    return [item for item in read("ics", calendar(*lines), **options) if isinstance(item, Event)]


def problems(found: list[Item | Problem]) -> list[Problem]:
    return [one for one in found if isinstance(one, Problem)]


def calendar(*lines: str) -> bytes:
    """A calendar around VEVENT lines; a line `-` begins the next event."""
    body = "\r\n".join("END:VEVENT\r\nBEGIN:VEVENT" if line == "-" else line for line in lines)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


def feed(*items: str, head: str = "") -> str:
    """An RSS 2.0 document."""
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{head}{"".join(items)}</channel></rss>'


def entry(title: str = "Titel", **parts: str) -> str:
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in parts.items())
    return f"<item><title>{title}</title>{inner}</item>"


def as_json(found: list[Item | Problem]) -> bytes:
    """Items as stored beside a recording; fields at their defaults are left out."""
    listed = []
    for one in found:
        fields = msgspec.to_builtins(one)
        defaults = {field.name: field.default for field in msgspec.structs.fields(type(one))}
        said = {name: value for name, value in fields.items() if value not in (defaults[name], []) or name == "title"}
        listed.append({"kind": type(one).__name__.lower()} | said)
    return msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n"
