"""Facts about a municipality from Wikidata: by its key from the query service, or from an entity's own address."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.connectors.wikidata.answers import Known, has_key, of_entities, of_results
from app.feeds.connectors.wikidata.properties import MOST_VALUES, PROPERTIES, SEVERAL
from app.feeds.connectors.wikidata.query import query_of
from app.feeds.items import Fact, Problem
from app.kit.http.charset import decode

SERVER: Final = "https://query.wikidata.org/sparql"
ACCEPT: Final = "application/sparql-results+json, application/json;q=0.9"
TOTAL_SECONDS: Final = 60.0
_AGS: Final = re.compile(r"\d{8}")


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str = SERVER
    """Query service; without `ags` the address of an answer, e.g. `…/Special:EntityData/Q572867.json`."""
    ags: str = ""
    """Official key of the municipality, 8 digits."""

    def __post_init__(self) -> None:
        """Refuse a key that is none: it is put into a query."""
        if self.ags and not _AGS.fullmatch(self.ags):
            raise ValueError(f"ags must be the 8 digits of a municipality, not {self.ags!r}")


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """One question."""
    url = config.url or SERVER
    if config.ags:
        question = urlencode({"query": query_of(config.ags), "format": "json"})
        url = f"{url}{'&' if '?' in url else '?'}{question}"
    return await http.get(url, cursor, accept=ACCEPT, total_seconds=TOTAL_SECONDS)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Fact | Problem]:
    """The facts of one item; raises `Stop` when nothing is known. Of two with the same key the fuller one counts."""
    found: dict[str, list[Known]] = defaultdict(list)
    for one in _known(body, config, context):
        found[one.item].append(one)
    if not found:
        raise Stop(
            "Wikidata knows nothing about this. Check the official key of the municipality.", code="nothing-there"
        )
    # A town and its municipality may have an item each; the older number breaks a tie.
    item = min(found, key=lambda name: (-len({one.name for one in found[name]}), len(name), name))
    yield from _facts(item, found[item])
    if len(found) > 1:
        yield Problem(None, "Wikidata has two entries for this key. The fuller one was taken.")


def _known(body: bytes, config: Config, context: ParseContext) -> Iterator[Known]:
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if text[:1] == b"<":
        raise web_page(decode(body, context.charset), context.url)
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("The file is no answer of Wikidata (JSON). Check the address.", code="no-feed") from error
    match document:
        case {"results": {"bindings": list(bindings)}}:
            return of_results(bindings)
        case {"entities": dict(entities)}:
            chosen = [key for key, entity in entities.items() if config.ags and has_key(entity, config.ags)]
            known = of_entities(entities)
            return (one for one in known if one.item in chosen) if chosen else known
        case _:
            raise Stop("The file is no answer of Wikidata (JSON). Check the address.", code="no-feed")


def _facts(item: str, known: list[Known]) -> Iterator[Fact]:
    by_name: dict[str, list[Known]] = defaultdict(list)
    for one in known:
        by_name[one.name].append(one)
    ids: Counter[str] = Counter()
    for name in PROPERTIES.values():
        # The newest first, then by value, so that the same answer always gives the same facts.
        values = sorted({(one.value, one.as_of) for one in by_name[name]}, key=lambda pair: pair[0])
        values.sort(key=lambda pair: pair[1], reverse=True)
        for value, as_of in values[: MOST_VALUES if name in SEVERAL else 1]:
            ids[name] += 1
            yield Fact(
                external_id=f"{item}:{name}:{value}"[:400] if name in SEVERAL else f"{item}:{name}",
                title=name,
                value=value,
                as_of=as_of,
                url=f"https://www.wikidata.org/wiki/{item}",
                licence="CC0-1.0",
                attribution="Wikidata",
            )
