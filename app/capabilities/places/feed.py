"""Places, tours and facts that come from feeds: stored in bulk, a few thousand in a statement."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.capabilities.places import tracks
from app.capabilities.places.folding import sort_name, words
from app.capabilities.places.kinds import search_words
from app.feeds import items
from app.feeds.source import Source
from app.kit import clock
from app.tenancy import current

AT_ONCE: Final = 2_000
MOST_STOPS: Final = 200

_PLACE: Final = """feed_item_id bigint, kind text, title text, summary text, body_html text, language text,
    latitude float8, longitude float8, street text, postcode text, town text, contact_name text, phone text, email text,
    url text, opening_hours text, wheelchair text, wheelchair_note text, operator text, details jsonb, source_url text,
    licence text, attribution text, sort_name text, words text, as_of timestamptz"""
_TOUR: Final = """feed_item_id bigint, activity text, title text, summary text, body_html text, language text,
    latitude float8, longitude float8, tracks jsonb, stops jsonb, length_metres int, ascent_metres int,
    descent_metres int, duration_minutes int, difficulty text, url text, source_url text, licence text,
    attribution text, sort_name text, words text"""
_FACT: Final = """feed_item_id bigint, name text, value text, as_of text, source_url text, licence text,
    attribution text"""


_PLACE_NAMES: Final = tuple(column.split()[0] for column in _PLACE.split(","))
_TOUR_NAMES: Final = tuple(column.split()[0] for column in _TOUR.split(","))
_FACT_NAMES: Final = tuple(column.split()[0] for column in _FACT.split(","))

# $2 is the source's name, $3 the provider, $4 now.
_PUT_PLACES: Final = f"""
INSERT INTO place ({", ".join(_PLACE_NAMES)}, source_name, provider_id, created_at, changed_at)
SELECT {", ".join("g." + name for name in _PLACE_NAMES)}, $2, $3::bigint, $4, $4
FROM jsonb_to_recordset($1::jsonb) AS g ({_PLACE})
ON CONFLICT (feed_item_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _PLACE_NAMES[1:])}, source_name = excluded.source_name,
    provider_id = excluded.provider_id, changed_at = excluded.changed_at, withdrawn_at = NULL"""  # noqa: S608 - constant columns
_PUT_TOURS: Final = f"""
INSERT INTO tour ({", ".join(_TOUR_NAMES)}, source_name, provider_id, published_at, created_at, changed_at)
SELECT {", ".join("g." + name for name in _TOUR_NAMES)}, $2, $3::bigint, $4, $4, $4
FROM jsonb_to_recordset($1::jsonb) AS g ({_TOUR})
ON CONFLICT (feed_item_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _TOUR_NAMES[1:])}, source_name = excluded.source_name,
    provider_id = excluded.provider_id, changed_at = excluded.changed_at, withdrawn_at = NULL"""  # noqa: S608 - as above
_PUT_FACTS: Final = f"""
INSERT INTO fact ({", ".join(_FACT_NAMES)}, source_name, changed_at)
SELECT {", ".join("g." + name for name in _FACT_NAMES)}, $2, $3
FROM jsonb_to_recordset($1::jsonb) AS g ({_FACT})
ON CONFLICT (feed_item_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _FACT_NAMES[1:])}, source_name = excluded.source_name,
    changed_at = excluded.changed_at, withdrawn_at = NULL"""  # noqa: S608 - as above


async def store_places(source: Source, pairs: Sequence[tuple[int, items.Place]]) -> None:
    """Keep new and changed places of a feed; what the town says about them stays beside them."""
    await _put(_PUT_PLACES, source, [_place(source, id_, item) for id_, item in pairs])


async def store_tours(source: Source, pairs: Sequence[tuple[int, items.Tour]]) -> None:
    """Keep new and changed tours of a feed."""
    await _put(_PUT_TOURS, source, [_tour(source, id_, item) for id_, item in pairs])


async def store_facts(source: Source, pairs: Sequence[tuple[int, items.Fact]]) -> None:
    """Keep new and changed facts of a feed."""
    rows = [
        {
            "feed_item_id": id_,
            "name": item.title[:60],
            "value": item.value[:500],
            "as_of": item.as_of[:30],
            **_origin(source, item),
        }
        for id_, item in pairs
        if item.value
    ]
    for first in range(0, len(rows), AT_ONCE):
        await current().fetch(_PUT_FACTS, [_json(rows[first : first + AT_ONCE]), source.title, clock.now()])


async def withdraw_places(feed_item_ids: Sequence[int]) -> None:
    """Take places off the pages whose items vanished from their source; they come back when the item does."""
    await current().fetch(
        "UPDATE place SET withdrawn_at = $2, changed_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL",
        [list(feed_item_ids), clock.now()],
    )


async def withdraw_tours(feed_item_ids: Sequence[int]) -> None:
    """As for places."""
    await current().fetch(
        "UPDATE tour SET withdrawn_at = $2, changed_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL",
        [list(feed_item_ids), clock.now()],
    )


async def withdraw_facts(feed_item_ids: Sequence[int]) -> None:
    """As for places."""
    await current().fetch(
        "UPDATE fact SET withdrawn_at = $2, changed_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL",
        [list(feed_item_ids), clock.now()],
    )


async def _put(statement: str, source: Source, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), AT_ONCE):
        values = [_json(rows[first : first + AT_ONCE]), source.title, source.provider_id, clock.now()]
        await current().fetch(statement, values)


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode().replace("\\u0000", "")


def _origin(source: Source, item: items.Item) -> dict[str, Any]:
    return {
        "source_url": item.url,
        "licence": item.licence or source.licence,
        "attribution": item.attribution or source.attribution,
    }


def _common(source: Source, feed_item_id: int, item: items.Item) -> dict[str, Any]:
    return {
        "feed_item_id": feed_item_id,
        "title": item.title,
        "summary": item.summary,
        "body_html": item.body_html,
        "language": item.language or "de",
        "latitude": item.geo.lat if item.geo else None,
        "longitude": item.geo.lon if item.geo else None,
        "sort_name": sort_name(item.title),
        **_origin(source, item),
    }


def _place(source: Source, feed_item_id: int, item: items.Place) -> dict[str, Any]:
    address, contact = item.address, item.contact
    found = (item.title, search_words(item.kind), address.street, address.town, item.operator)
    return {
        **_common(source, feed_item_id, item),
        "kind": item.kind[:40],
        "street": address.street,
        "postcode": address.postcode,
        "town": address.town,
        "contact_name": contact.name,
        "phone": contact.phone,
        "email": contact.email,
        "url": contact.url,
        "opening_hours": item.opening_hours,
        "wheelchair": item.wheelchair,
        "wheelchair_note": item.wheelchair_note,
        "operator": item.operator,
        "details": item.details,
        "words": words((*found, item.details.get("cuisine", ""), item.details.get("sport", ""))),
        "as_of": item.updated_at,
    }


def _tour(source: Source, feed_item_id: int, item: items.Tour) -> dict[str, Any]:
    return {
        **_common(source, feed_item_id, item),
        "activity": item.activity,
        "tracks": tracks.packed(item.tracks),
        "stops": [msgspec.structs.asdict(one) for one in item.stops[:MOST_STOPS]],
        "length_metres": item.length_metres,
        "ascent_metres": item.ascent_metres,
        "descent_metres": item.descent_metres,
        "duration_minutes": item.duration_minutes,
        "difficulty": item.difficulty[:60],
        "url": item.url,
        "words": words((item.title, item.summary[:200], *(one.title for one in item.stops))),
    }
