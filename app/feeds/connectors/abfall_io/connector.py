"""Collection days (Abfuhrtermine) of chosen streets from Abfall.IO, the calendar on the pages of many districts.

The older interface (v1) is a form in steps: municipality, part, street, house; each answer holds hidden fields that
the next request must send back. The newer one (v3) gives the calendar of a house by its number in one request. Both
want the key of the page that shows the calendar; districts change it, and then a person must look it up again.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct

from app.feeds.bundle import unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.connectors.abfall_io.asking import calendars
from app.feeds.connectors.waste_ics import connector as calendar
from app.feeds.items import Collection, Fraction, Problem, short_id

ADDRESS: Final = "https://api.abfall.io"
_BEGIN: Final = b"BEGIN:VCALENDAR"
_END: Final = b"END:VCALENDAR"


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """A street and its numbers in the district's form; they stand in the page's requests when one chooses it."""

    name: str
    """As people are to find it."""
    kommune: str = ""
    """v1: `f_id_kommune`; so are the next three."""
    bezirk: str = ""
    strasse: str = ""
    hausnummer: str = ""
    """v1: `f_id_strasse_hnr`; v3: `idhousenumber`."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str = ADDRESS
    api_key: str = ""
    """Of the page that shows the calendar; 32 signs."""
    version: Literal["v1", "v3"] = "v1"
    streets: tuple[Place, ...] = ()
    """At most 200."""
    waste_types: tuple[str, ...] = ()
    """Numbers of the kinds of rubbish (`f_abfallarten`, `wastetypes`); empty means all."""
    pause_ms: int = 500
    """Milliseconds between two requests."""
    fractions: dict[str, Fraction] = {}
    """Part of an entry's name → our fraction; goes before the usual words."""
    ignore: tuple[str, ...] = ()
    """Entries whose title holds one of these are no collection."""
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse streets that can't be asked for, and more than are polite."""
        names = [street.name.strip() for street in self.streets]
        if len(names) > 200:
            raise ValueError("streets: at most 200")
        if "" in names or len(set(names)) < len(names):
            raise ValueError("streets: each needs a name of its own")
        needed = ("kommune", "strasse") if self.version == "v1" else ("hausnummer",)
        for street in self.streets:
            if missing := next((field for field in needed if not getattr(street, field)), None):
                raise ValueError(f"streets: {street.name} needs {missing}")


async def fetch(config: Config, http: Http, _: Cursor) -> Fetched:
    """The calendars of all streets, packed; neither version knows validators."""
    if not config.api_key:
        raise Stop("Please enter the key of the district's calendar (api_key).", code="config")
    if not config.streets:
        raise Stop("Please enter the streets whose days are wanted.", code="config")
    return await calendars(config, http, config.url or ADDRESS)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Collection | Problem]:
    """The collections of each street; raises `Stop` when one calendar is none: nothing may vanish by that."""
    if body.lstrip()[:1] == b"<":
        raise web_page(body[:20_000].decode("utf-8", "replace"), context.url)
    parts = unpack(body)
    if not parts:
        raise Stop("What came from the source can't be read.", code="unreadable")
    for part in parts:
        if not part.name.strip():
            raise Stop("What came from the source can't be read.", code="unreadable")
        begin, end = part.body.find(_BEGIN), part.body.rfind(_END)
        if begin < 0 or end < 0:
            raise Stop(
                "The source sent no calendar for %(street)s. Check key and numbers.",
                code="no-calendar",
                street=part.name[:120],
            )
        # Some districts print a form around the calendar.
        whole = part.body[begin : end + len(_END)]
        told = calendar.Config(
            url=config.url,
            street=part.name,
            fractions=config.fractions,
            ignore=config.ignore,
            licence=config.licence,
            attribution=config.attribution,
        )
        for found in calendar.parse(whole, told, msgspec.structs.replace(context, url=config.url or ADDRESS)):
            if isinstance(found, Collection):
                yield msgspec.structs.replace(found, url="")
            else:
                yield Problem(short_id(part.name), found.reason)
