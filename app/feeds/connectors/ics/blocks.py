"""A calendar cut into its components, so that a broken one loses only itself."""

import re
from typing import Final

import msgspec

from app.feeds.connector import Stop, web_page
from app.kit.http.charset import decode

MOST_EVENTS: Final = 5_000
LONGEST_EVENT: Final = 200_000
"""Characters; one that is longer is a mistake or an attack."""
DEEPEST: Final = 20
"""Components inside each other; a calendar needs four."""
_FOLD: Final = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_WHOLE: Final = re.compile(r"\A\s*(?:<!doctype|<html|<\?xml)", re.IGNORECASE)


class Blocks(msgspec.Struct):
    """What a calendar file consists of; each block is the unfolded text of one component."""

    events: list[str] = msgspec.field(default_factory=list)
    zones: list[str] = msgspec.field(default_factory=list)
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    """Properties of the calendar itself, upper-case names without parameters."""
    broken: int = 0
    """Events that begin and don't end, or are far too long."""
    left_out: int = 0
    """Events beyond the limit."""
    whole: bool = False
    """The calendar ends as it should."""


def blocks_of(body: bytes, charset: str, url: str) -> Blocks:
    """Cut a file into components; raises `Stop` when it is no calendar."""
    text = decode(body, charset).lstrip("\ufeff \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if "BEGIN:VCALENDAR" not in text[:20_000].upper():
        if _WHOLE.match(text) and "<html" in text[:5_000].lower():
            raise web_page(text, url)
        raise Stop("The file is not a calendar (iCalendar). Check the address.", code="no-feed")
    return _cut(_FOLD.sub("", text))


def _cut(text: str) -> Blocks:
    blocks = Blocks()
    path: list[str] = []
    lines: list[str] = []
    for raw in text.splitlines():
        line = raw.rstrip()
        head = line[:40].upper()
        if head.startswith("BEGIN:"):
            name = head[6:].strip()
            if name == "VEVENT" and "VEVENT" in path:  # the one before it never ended
                blocks.broken += 1
                del path[path.index("VEVENT") :]
            if name in {"VEVENT", "VTIMEZONE"} and not _inside(path):
                lines = []
            path.append(name)
            if len(path) > DEEPEST:
                break  # no calendar goes on like this; what was read stays
        if _inside(path):
            if path[-1] == "VEVENT" or "VTIMEZONE" in path:  # alarms are the organiser's own
                lines.append(line)
        elif path == ["VCALENDAR"] and ":" in line:
            name = line.partition(":")[0].partition(";")[0].upper()
            blocks.fields.setdefault(name, line.partition(":")[2].strip())
        if head.startswith("END:"):
            _end(blocks, path, head[4:].strip(), lines)
    blocks.broken += "VEVENT" in path
    return blocks


def _inside(path: list[str]) -> bool:
    return "VEVENT" in path or "VTIMEZONE" in path


def _end(blocks: Blocks, path: list[str], name: str, lines: list[str]) -> None:
    if name not in path:
        return  # an end without a beginning
    while path.pop() != name:
        pass  # what stands inside and was not closed ends with it
    if name == "VCALENDAR":
        blocks.whole = True
    elif name == "VTIMEZONE":
        blocks.zones.append("\r\n".join(lines))
    elif name == "VEVENT":
        if sum(map(len, lines)) > LONGEST_EVENT:
            blocks.broken += 1
        elif len(blocks.events) >= MOST_EVENTS:
            blocks.left_out += 1
        else:
            blocks.events.append("\r\n".join(lines))
