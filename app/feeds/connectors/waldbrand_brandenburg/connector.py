"""The danger of forest fire in the districts of Brandenburg (`/ipa_api/waldbrand/version/1`), 1 to 5.

It shares envelope and districts with the police's news. In the season (March to September) the levels are made anew
each morning; whether one is too old to be told is judged where it is shown.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext
from app.feeds.connectors.polizei_brandenburg.answer import moment, read, whole
from app.feeds.connectors.polizei_brandenburg.districts import KEYS, number_of
from app.feeds.items import Area, Level, Problem
from app.kit.richtext import plain, shortened

ACCEPT: Final = "application/json"
INTERFACE: Final = "waldbrand"
MOST: Final = 200
STATE_WIDE: Final = 500
_QUOTED: Final = re.compile(r"^quelle\s*:\s*", re.IGNORECASE)
_NO_DISTRICT: Final = "A level of forest-fire danger is for a district that is not known."
_NO_LEVEL: Final = "A level of forest-fire danger is not from 1 to 5. It is shown as unknown."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of `…/waldbrand/version/1`."""
    page: str = ""
    """A page for people on which the levels stand."""
    attribution: str = ""
    """Who must be named; empty: whom the answer names."""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The levels of all districts."""
    return await http.get(config.url, cursor, accept=ACCEPT)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Level | Problem]:
    """A level for each district; raises `Stop` when the bytes are none of the interface."""
    answer = read(body, INTERFACE, context.url)
    seen: set[str] = set()
    for record in answer.records[:MOST]:
        number = _district(record) if isinstance(record, dict) else None
        if number is None:
            yield Problem(None, _NO_DISTRICT)
            continue
        made = _level(record, number, config)
        if made.external_id in seen:
            continue
        seen.add(made.external_id)
        if made.level is None and not _out_of_season(record):
            yield Problem(made.external_id, _NO_LEVEL)
        yield made


def _district(record: dict[str, Any]) -> int | None:
    """By the name of the forest-fire district, else by that of the district, else by the number."""
    for field in ("waldbrand-kreis", "gemappter-cms-kreis"):
        name = record.get(field)
        number = number_of(name) if isinstance(name, str) and not name.strip().isdigit() else None
        if number is not None:
            return number
    number = whole(record.get("district"), 0, 100_000)
    return number if number in KEYS and number != STATE_WIDE else None


def _level(record: dict[str, Any], number: int, config: Config) -> Level:
    key, name = KEYS[number]
    source = record.get("source")
    named = _QUOTED.sub("", plain(source)) if isinstance(source, str) else ""
    return Level(
        external_id=key,
        title=name,
        url=config.page,
        language="de",
        topic="forest-fire",
        level=whole(record.get("level"), 1, 5),
        # Not the envelope's time: that may be the moment of the request, and would make an old level look new.
        measured_at=moment(record.get("timestamp")),
        attribution=config.attribution or shortened(named, 200),
        area=Area(keys=(key,), names=(name,)),
    )


def _out_of_season(record: dict[str, Any]) -> bool:
    """Nothing or a zero in the place of a level is what stands there in winter, no mistake."""
    said = record.get("level")
    return said is None or (isinstance(said, str) and not said.strip()) or whole(said, 0, 0) == 0
