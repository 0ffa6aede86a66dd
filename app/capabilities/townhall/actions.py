"""Services and offices as feeds bring them. What an editor hides stays hidden when the feed brings it again."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.capabilities.townhall.everyday import situations_of
from app.capabilities.townhall.hours import from_words, readable
from app.feeds import items
from app.feeds.source import Source
from app.kit import clock, richtext
from app.kit.search import spelled_out
from app.tenancy import current
from app.tenancy.village import touched

_OFFICE: Final = """feed_item_id bigint, key text, parent_key text, title text, sort_key text, summary text,
    body_html text, street text, postcode text, town text, postal_address text, latitude float8, longitude float8,
    contacts jsonb, opening_hours text, opening_text text, wheelchair text, accessibility text, source_url text,
    source_name text, licence text, attribution text"""
_SERVICE: Final = """feed_item_id bigint, leika text, title text, sort_key text, summary text, language text,
    blocks jsonb, links jsonb, office_keys text[], situations text[], synonyms text[], names text, texts text,
    local boolean, source_url text, source_name text, licence text, attribution text"""


def _names(record: str) -> list[str]:
    return [column.split()[0] for column in record.split(",")]


def _taken_over(names: list[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names[1:])


# What a feed withdrew comes back with it; what an editor hid stays away.
_STORE_OFFICES: Final = f"""INSERT INTO office ({", ".join(_names(_OFFICE))}, created_at, changed_at)
SELECT {", ".join(_names(_OFFICE))}, $2, $2 FROM jsonb_to_recordset($1::jsonb) AS item ({_OFFICE})
ON CONFLICT (feed_item_id) DO UPDATE SET {_taken_over(_names(_OFFICE))}, changed_at = excluded.changed_at,
    withdrawn_at = CASE office.withdrawn_by WHEN 'editor' THEN office.withdrawn_at END,
    withdrawn_by = CASE office.withdrawn_by WHEN 'editor' THEN 'editor' ELSE '' END"""  # noqa: S608 - constants
_STORE_SERVICES: Final = f"""INSERT INTO service ({", ".join(_names(_SERVICE))}, created_at, changed_at)
SELECT {", ".join(_names(_SERVICE))}, $2, $2 FROM jsonb_to_recordset($1::jsonb) AS item ({_SERVICE})
ON CONFLICT (feed_item_id) DO UPDATE SET {_taken_over(_names(_SERVICE))}, changed_at = excluded.changed_at,
    withdrawn_at = CASE service.withdrawn_by WHEN 'editor' THEN service.withdrawn_at END,
    withdrawn_by = CASE service.withdrawn_by WHEN 'editor' THEN 'editor' ELSE '' END"""  # noqa: S608 - constants
_WITHDRAW_OFFICES: Final = """UPDATE office SET withdrawn_at = $2, withdrawn_by = 'feed'
WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL"""
_WITHDRAW_SERVICES: Final = """UPDATE service SET withdrawn_at = $2, withdrawn_by = 'feed'
WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL"""


async def store_offices(source: Source, pairs: Sequence[tuple[int, items.Office]]) -> None:
    """Keep new and changed offices of a feed; safe to repeat."""
    await _store(_STORE_OFFICES, [_office(source, id_, item) for id_, item in pairs])


async def store_services(source: Source, pairs: Sequence[tuple[int, items.Service]]) -> None:
    """Keep new and changed services of a feed; safe to repeat."""
    await _store(_STORE_SERVICES, [_service(source, id_, item) for id_, item in pairs])


async def withdraw_offices(feed_item_ids: Sequence[int]) -> None:
    """Take back what has vanished from its source."""
    await current().fetch(_WITHDRAW_OFFICES, [list(feed_item_ids), clock.now()])
    touched()


async def withdraw_services(feed_item_ids: Sequence[int]) -> None:
    """Take back what has vanished from its source."""
    await current().fetch(_WITHDRAW_SERVICES, [list(feed_item_ids), clock.now()])
    touched()


def sort_key(title: str) -> str:
    """What German lists are sorted by: small letters, umlauts as their vowels."""
    folded = title.lower().translate(str.maketrans("äöüé", "aoue")).replace("ß", "ss")
    return "".join(one for one in folded if one.isalnum() or one == " ").strip()[:200] or "~"


async def _store(statement: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await current().fetch(statement, [msgspec.json.encode(rows).decode(), clock.now()])
        touched()


def _told(source: Source, item: items.Item) -> dict[str, Any]:
    return {
        "title": richtext.shortened(item.title, 300),
        "sort_key": sort_key(item.title),
        "summary": richtext.shortened(item.summary, 500),
        # Becomes a link on our page, so nothing but http and https.
        "source_url": richtext.absolute(item.url, ""),
        "source_name": source.title,
        "licence": richtext.clean_line(item.licence or source.licence),
        "attribution": richtext.clean_line(item.attribution or source.attribution),
    }


def _office(source: Source, id_: int, item: items.Office) -> dict[str, Any]:
    hours = item.opening_hours if readable(item.opening_hours) else from_words(item.opening_text)
    return _told(source, item) | {
        "feed_item_id": id_,
        "key": key_of(source, item.external_id),
        "parent_key": key_of(source, item.parent) if item.parent else "",
        "body_html": item.body_html,
        "street": item.address.street,
        "postcode": item.address.postcode,
        "town": item.address.town,
        "postal_address": item.postal_address,
        "latitude": item.geo.lat if item.geo else None,
        "longitude": item.geo.lon if item.geo else None,
        "contacts": item.contacts,
        "opening_hours": hours,
        "opening_text": item.opening_text,
        "wheelchair": item.wheelchair,
        "accessibility": item.accessibility,
    }


def _service(source: Source, id_: int, item: items.Service) -> dict[str, Any]:
    names = " · ".join((item.title, *item.synonyms))
    plain = " ".join((item.summary, *item.life_situations, *(richtext.plain(block.html) for block in item.blocks)))
    return _told(source, item) | {
        "feed_item_id": id_,
        "leika": item.leika,
        "language": item.language or "de",
        "blocks": item.blocks,
        "links": item.links,
        "office_keys": [key_of(source, one) for one in item.offices],
        "situations": situations_of(item.title, (*item.synonyms, *item.life_situations)),
        "synonyms": item.synonyms,
        # Both spellings, so that "Fuehrungszeugnis" with a typing error is alike too.
        "names": names if spelled_out(names) == names.lower() else f"{names} · {spelled_out(names)}",
        "texts": plain,
        "local": item.local,
    }


def key_of(source: Source, external_id: str) -> str:
    """By what services name an office of the same feed."""
    return f"{source.feed_id}:{external_id}"
