"""Meetings and papers as feeds bring them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.feeds import items
from app.feeds.source import Source
from app.kit import clock, richtext
from app.tenancy import current
from app.tenancy.village import touched

_MEETING: Final = """feed_item_id bigint, title text, body text, starts_at timestamptz, ends_at timestamptz,
    location text, cancelled boolean, agenda jsonb, paper_keys text[], documents jsonb, source_url text,
    source_name text, licence text, attribution text"""
_PAPER: Final = """feed_item_id bigint, key text, title text, reference text, paper_type text, day date, body text,
    summary text, documents jsonb, source_url text, source_name text, licence text, attribution text"""


def _names(record: str) -> list[str]:
    return [column.split()[0] for column in record.split(",")]


def _taken_over(names: list[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names[1:])


_STORE_MEETINGS: Final = f"""INSERT INTO meeting ({", ".join(_names(_MEETING))}, changed_at)
SELECT {", ".join(_names(_MEETING))}, $2 FROM jsonb_to_recordset($1::jsonb) AS item ({_MEETING})
ON CONFLICT (feed_item_id) DO UPDATE SET {_taken_over(_names(_MEETING))}, changed_at = excluded.changed_at,
    withdrawn_at = NULL"""  # noqa: S608 - constants
_STORE_PAPERS: Final = f"""INSERT INTO paper ({", ".join(_names(_PAPER))}, changed_at)
SELECT {", ".join(_names(_PAPER))}, $2 FROM jsonb_to_recordset($1::jsonb) AS item ({_PAPER})
ON CONFLICT (feed_item_id) DO UPDATE SET {_taken_over(_names(_PAPER))}, changed_at = excluded.changed_at,
    withdrawn_at = NULL"""  # noqa: S608 - constants


async def store_meetings(source: Source, pairs: Sequence[tuple[int, items.Meeting]]) -> None:
    """Keep new and changed meetings of a feed; safe to repeat."""
    await _store(_STORE_MEETINGS, [_meeting(source, id_, item) for id_, item in pairs])


async def store_papers(source: Source, pairs: Sequence[tuple[int, items.Paper]]) -> None:
    """Keep new and changed papers of a feed; safe to repeat."""
    await _store(_STORE_PAPERS, [_paper(source, id_, item) for id_, item in pairs])


async def withdraw_meetings(feed_item_ids: Sequence[int]) -> None:
    """Take back what its source took back."""
    await current().fetch(
        "UPDATE meeting SET withdrawn_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL",
        [list(feed_item_ids), clock.now()],
    )
    touched()


async def withdraw_papers(feed_item_ids: Sequence[int]) -> None:
    """Take back what its source took back."""
    await current().fetch(
        "UPDATE paper SET withdrawn_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL",
        [list(feed_item_ids), clock.now()],
    )
    touched()


async def _store(statement: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await current().fetch(statement, [msgspec.json.encode(rows).decode(), clock.now()])
        touched()


def _told(source: Source, id_: int, item: items.Meeting | items.Paper) -> dict[str, Any]:
    documents = [{"title": one.title, "url": richtext.absolute(one.url, "")} for one in item.documents]
    return {
        "feed_item_id": id_,
        "title": richtext.shortened(item.title, 300),
        "body": item.body,
        "documents": [one for one in documents if one["url"]],
        # Becomes a link on our page, so nothing but http and https.
        "source_url": richtext.absolute(item.url, ""),
        "source_name": source.title,
        "licence": richtext.clean_line(item.licence or source.licence),
        "attribution": richtext.clean_line(item.attribution or source.attribution),
    }


def _meeting(source: Source, id_: int, item: items.Meeting) -> dict[str, Any]:
    agenda = [
        {
            "title": one.title,
            "number": one.number,
            "public": one.public,
            "result": one.result,
            "paper": f"{source.feed_id}:{one.paper}" if one.paper else "",
        }
        for one in item.agenda
    ]
    return _told(source, id_, item) | {
        "starts_at": item.starts_at,
        "ends_at": item.ends_at if item.starts_at and item.ends_at and item.ends_at > item.starts_at else None,
        "location": item.location,
        "cancelled": item.cancelled,
        "agenda": agenda,
        "paper_keys": list(dict.fromkeys(str(one["paper"]) for one in agenda if one["paper"])),
    }


def _paper(source: Source, id_: int, item: items.Paper) -> dict[str, Any]:
    return _told(source, id_, item) | {
        "key": f"{source.feed_id}:{item.external_id}",
        "reference": item.reference,
        "paper_type": item.paper_type,
        "day": item.day,
        "summary": richtext.shortened(item.summary, 500),
    }
