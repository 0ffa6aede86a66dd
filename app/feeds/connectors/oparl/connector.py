"""Meetings and papers of a council from an OParl server, 1.0 or 1.1 (<https://oparl.org/spezifikation/>).

The first run takes what changed in the last months, each further one what changed since; once a week all of it again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from app.feeds.bundle import Part, bundled, named, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.oparl.council import Known, consultations, licence_of, meeting_of, paper_of, unresolved
from app.feeds.connectors.oparl.walk import PATIENCE_SECONDS, Walk, document_of, entries_of, list_of
from app.feeds.items import Gone, Item, Problem, short_id
from app.kit import clock
from app.kit.http import FetchError
from app.kit.richtext import clean_line

OVERLAP: Final = timedelta(days=1)
"""Asked again, because servers' clocks and time zones differ."""
MOST_CONSULTATIONS: Final = 100
LISTS: Final = (
    ("organization", ("organization", "organizations")),
    ("paper", ("paper", "papers")),
    ("meeting", ("meeting", "meetings")),
)


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the system or of the body."""
    body: str = ""
    """Id or name of the body, where the server has several."""
    ags: str = ""
    """Municipality key (AGS), which finds the body by itself."""
    history_days: int = 400
    """How far back the first run looks."""
    most_pages: int = 150
    """Pages of one list that one run reads at most; the next run goes on there."""
    patience_seconds: float = PATIENCE_SECONDS
    """For one page; some servers take most of a minute."""
    licence: str = ""
    """Where the server names none."""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse a walk without a step."""
        if not (0 < self.patience_seconds <= PATIENCE_SECONDS and self.most_pages >= 1):
            raise ValueError(f"patience_seconds must be at most {PATIENCE_SECONDS}, most_pages at least 1")


class Left(Struct, frozen=True, omit_defaults=True):
    """How far a list was read: what changed since then is to come, or a walk through its pages is to be ended."""

    since: str = ""
    """ISO 8601; empty: not read yet."""
    onwards: str = ""
    """The page where to go on."""
    began: str = ""
    """When the walk began that goes on there."""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """Body, organizations, papers and meetings that changed, packed; the cursor holds how far each list was read."""
    asked_at = clock.now()
    before = _read(cursor)
    after: dict[str, Left] = {}
    walk = Walk(http, config.url, most_pages=config.most_pages, patience_seconds=config.patience_seconds)
    first, body = await walk.body(config.url, config.body, config.ags)
    parts = [Part(name="body", url=first.url, body=msgspec.json.encode(body, order="sorted"))]
    failed: list[FetchError | Stop] = []
    for name, spellings in LISTS:
        address = walk.near(list_of(body, *spellings), first.url)
        if not address:
            continue
        try:
            # Committees change rarely and are needed for their names: always all of them.
            if name == "organization":
                parts += await walk.listing(name, address, None)
                continue
            known = before.get(name, Left())
            since = _moment(known.since) or asked_at - timedelta(days=config.history_days)
            parts += await walk.listing(name, address, since, known.onwards)
            begun = _moment(known.began) if known.onwards else None
            if page := walk.left.get(name):
                after[name] = Left(known.since, page, (begun or asked_at).isoformat())
            else:
                after[name] = Left(((begun or asked_at) - OVERLAP).isoformat())
        except (FetchError, Stop) as error:
            # What did not come this time is asked for again.
            after[name] = before.get(name, Left())
            failed.append(error)
            parts.append(Part(name="failed", url=address, body=name.encode()))
    if len(failed) == len(LISTS):
        raise failed[-1]
    parts += await _consultations(walk, parts)
    if walk.left:
        parts.append(Part(name="cut", url=first.url, body=b""))
    after.pop("organization", None)
    return msgspec.structs.replace(bundled(parts, first), etag="", last_modified=_written(after))


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """Papers and meetings, the last copy of each; raises `Stop` when the bytes are no bundle."""
    parts = unpack(body)
    first = next(named(parts, "body"), None)
    if first is None:
        raise Stop("The file is not OParl. Check the address.", code="no-feed")
    about = document_of(first.body)
    if not isinstance(about, dict):
        raise Stop("The file is not OParl. Check the address.", code="no-feed")
    known = Known(
        organizations={one["id"]: clean_line(str(one.get("name") or "")) for one in _all(parts, "organization")},
        licence=licence_of(clean_line(str(about.get("license") or ""))) or config.licence,
        attribution=config.attribution or clean_line(str(about.get("name") or "")),
    )
    papers, meetings = list(_all(parts, "paper")), list(_all(parts, "meeting"))
    known.papers = _papers(parts, papers)
    for part in named(parts, "failed"):
        yield Problem(part.url, "This list of the council's server did not come. It is asked for again.")
    if any(True for _ in named(parts, "cut")):
        yield Problem(None, "The council's server is slow or its lists are long. What was read was taken.")
    for entries, item_of in ((papers, paper_of), (meetings, meeting_of)):
        for entry in entries:
            if entry.get("deleted") is True:
                yield Gone(external_id=short_id(clean_line(entry["id"])))
                continue
            try:
                yield item_of(entry, known, context.zone)
            except SkipItem as skipped:
                yield Problem(short_id(clean_line(entry["id"])), skipped.reason)


def _read(cursor: Cursor) -> dict[str, Left]:
    """How far each list was read; nothing when all of it is wanted."""
    if cursor.force:
        return {}
    if _moment(cursor.last_modified):
        return {name: Left(cursor.last_modified) for name, _ in LISTS}
    try:
        return msgspec.json.decode(cursor.last_modified, type=dict[str, Left])
    except msgspec.DecodeError:
        return {}


def _written(after: dict[str, Left]) -> str:
    """A moment while all lists are as far, as it nearly always is."""
    states = set(after.values())
    if len(states) == 1 and not (only := states.pop()).onwards:
        return only.since
    return msgspec.json.encode(after, order="sorted").decode()


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


async def _consultations(walk: Walk, parts: list[Part]) -> list[Part]:
    """What links agendas with papers that did not change with them; without it they stay unlinked."""
    papers = _papers(parts, list(_all(parts, "paper")))
    wanted = [one for meeting in _all(parts, "meeting") for one in unresolved(meeting, papers)]
    found = []
    for url in list(dict.fromkeys(wanted))[:MOST_CONSULTATIONS]:
        address = walk.near(url, url)
        if not address:
            continue
        if walk.late:
            break
        try:
            answer, _ = await walk.get(address)
        except (FetchError, Stop):
            break  # a server that can't be asked for one can't be asked for a hundred
        found.append(Part(name="consultation", url=url, body=answer.body))
    return found


def _papers(parts: list[Part], papers: list[dict[str, Any]]) -> dict[str, str]:
    """Consultation → paper."""
    found = {id_: str(paper["id"]) for paper in papers for id_ in consultations(paper)}
    for part in named(parts, "consultation"):
        document = document_of(part.body)
        if isinstance(document, dict) and isinstance(document.get("paper"), str):
            found.setdefault(part.url, document["paper"])
    return found


def _all(parts: list[Part], name: str) -> Iterator[dict[str, Any]]:
    """The objects of a list, each once: the last copy counts."""
    found: dict[str, dict[str, Any]] = {}
    for part in named(parts, name):
        for entry in entries_of(document_of(part.body)):
            id_ = entry.get("id")
            if isinstance(id_, str) and id_.strip():
                found[id_] = entry
    yield from found.values()
