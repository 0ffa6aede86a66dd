"""Federal texts of administrative services (Leistungs-Stammtexte) from the FIM portal, by LeiKa key.

They are the same everywhere in Germany and name no office. So they are for the gaps: for services that neither `pvog`
nor the state's register tells, a town enters their keys. The text comes as XZuFi, which `xzufi` reads.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from app.feeds.bundle import Part, bundled, named, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop
from app.feeds.connectors.xzufi import connector as xzufi
from app.feeds.items import Item, Problem, Service, Unread, short_id
from app.kit.http import BadStatus, FetchError

ADDRESS: Final = "https://fimportal.de/api/v1/leistung-stammtexte"
ATTRIBUTION: Final = "FIM-Portal, FITKO (Föderale IT-Kooperation)"
MOST_KEYS: Final = 300
MOST_FOUND: Final = 30
MOST_FAILURES: Final = 5
"""In a row: then the portal is down, not the text."""
_KEY: Final = re.compile(r"\d{14}", re.ASCII)


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str = ADDRESS
    keys: tuple[str, ...] = ()
    """LeiKa keys, 14 digits, at most 300."""
    source: Literal["leika", "pvog"] = "leika"
    """Whose text: that of the federation, or the first of those that the states gave."""
    pause_ms: int = 500
    """Milliseconds between two requests."""
    licence: str = ""
    attribution: str = ATTRIBUTION

    def __post_init__(self) -> None:
        """Refuse what is no key."""
        if wrong := next((key for key in self.keys if not _KEY.fullmatch(key)), None):
            raise ValueError(f"keys: a LeiKa key has 14 digits, not {wrong!r}")
        if len(self.keys) > MOST_KEYS:
            raise ValueError(f"keys: at most {MOST_KEYS}")


async def fetch(config: Config, http: Http, _: Cursor) -> Fetched:
    """The texts of all keys, packed; what fails alone is named in a part `failed`."""
    if not config.keys:
        raise Stop("Please enter the LeiKa keys of the services whose texts are missing (keys).", code="config")
    base = (config.url or ADDRESS).rstrip("/")
    parts: list[Part] = []
    first: Fetched | None = None
    failures = 0
    for number, key in enumerate(dict.fromkeys(config.keys)):
        if number and config.pause_ms:
            await asyncio.sleep(config.pause_ms / 1000)
        query = {"leistungsschluessel": key, "source": config.source, "limit": MOST_FOUND}
        try:
            listed = await http.get(f"{base}?{urlencode(query)}", accept="application/json")
            first = first or listed
            way = _way(listed.body, config.source)
            if way is None:
                parts.append(Part(name="none", url=base, body=key.encode()))
                continue
            text = await http.get(f"{base}/{way}/xzufi", accept="application/xml, text/xml;q=0.9")
        except (FetchError, Stop) as error:
            failures += 1
            if failures >= MOST_FAILURES or (isinstance(error, BadStatus) and error.answer == 429):
                raise
            parts.append(Part(name="failed", url=base, body=key.encode()))
        else:
            failures = 0
            parts.append(msgspec.structs.replace(part_of("text", text), name=f"text:{key}"))
    if first is None:
        raise Stop("What came from the source can't be read.", code="unreadable")
    return bundled(parts, first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """One service for each key; raises `Stop` when the bytes are no bundle."""
    parts = unpack(body)
    if not parts:
        raise Stop("What came from the source can't be read.", code="unreadable")
    for part in named(parts, "failed"):
        key = part.body.decode("utf-8", "replace")
        yield Unread(external_id=short_id(f"leika/{key}"), title=key)
        yield Problem(short_id(key), "This entry did not come. What is known of it stays.")
    for part in named(parts, "none"):
        yield Problem(short_id(part.body.decode("utf-8", "replace")), "The FIM portal has no text for this key.")
    told = xzufi.Config(url=config.url or ADDRESS, licence=config.licence, attribution=config.attribution)
    for part in parts:
        prefix, _, key = part.name.partition(":")
        if prefix != "text" or not key.strip():
            continue
        try:
            found = next(_services(xzufi.parse(part.body, told, msgspec.structs.replace(context, url=part.url))), None)
        except Stop as stopped:
            yield Unread(external_id=short_id(f"leika/{key}"), title=key)
            yield Problem(short_id(key), stopped.reason)
            continue
        if found is None:
            yield Problem(short_id(key), "The FIM portal has no text for this key.")
        else:
            # The key is what stays when an editor's office gives the text a new number; no office is named.
            yield msgspec.structs.replace(
                found, external_id=short_id(f"leika/{key}"), leika=found.leika or key, offices=(), local=False
            )


def _services(found: Iterator[Item | Problem]) -> Iterator[Service]:
    return (one for one in found if isinstance(one, Service))


def _way(body: bytes, source: str) -> str | None:
    """The address of the text below the list; None when there is none."""
    try:
        document: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("What came from the source can't be read.", code="unreadable") from error
    entries = document.get("items") if isinstance(document, dict) else document
    for one in entries if isinstance(entries, Sequence) and not isinstance(entries, str) else ():
        if isinstance(one, dict) and one.get("source") == source:
            steps = [one.get("redaktion_id"), one.get("leistung_id"), source]
            if all(isinstance(step, str) and step.strip(". /") for step in steps):
                return "/".join(quote(str(step), safe="") for step in steps)
    return None
