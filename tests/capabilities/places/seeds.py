"""Places, tours and facts of the tests, as feeds and editors bring them."""

from typing import Any

from app.capabilities.places import actions, feed
from app.capabilities.places.actions import PlaceText
from app.feeds import items
from app.feeds.source import Source
from app.tenancy import current, tenant, transaction
from app.tenancy.village import touched

TOWN = "bad-belzig"
TABLES = ("place", "tour", "fact", "feed", "setting")


async def bring(*found: items.Item, slug: str = TOWN, licence: str = "ODbL-1.0") -> list[int]:
    """Store items as a sync does; returns the ids of their rows, in order."""
    async with tenant(slug), transaction():
        source = await _source(licence)
        ids = []
        for one in found:
            item_id = await current().fetchval(
                "INSERT INTO feed_item (feed_id, external_id, kind, content_hash) VALUES ($1, $2, 'place', '')"
                " ON CONFLICT (feed_id, external_id) DO UPDATE SET kind = 'place' RETURNING id",
                [source.feed_id, one.external_id],
            )
            if isinstance(one, items.Place):
                await feed.store_places(source, [(item_id, one)])
                table = "place"
            elif isinstance(one, items.Tour):
                await feed.store_tours(source, [(item_id, one)])
                table = "tour"
            else:
                assert isinstance(one, items.Fact)
                await feed.store_facts(source, [(item_id, one)])
                table = "fact"
            ids.append(int(await current().fetchval(f"SELECT id FROM {table} WHERE feed_item_id = $1", [item_id])))
        touched()
    return ids


async def drop(*external_ids: str, slug: str = TOWN) -> None:
    """These items are no longer in the source."""
    async with tenant(slug), transaction():
        rows = await current().fetch("SELECT id FROM feed_item WHERE external_id = ANY ($1)", [list(external_ids)])
        for withdraw in (feed.withdraw_places, feed.withdraw_tours, feed.withdraw_facts):
            await withdraw([row["id"] for row in rows])
        touched()


async def enter(title: str = "Dorfladen", kind: str = "village_shop", **more: Any) -> int:
    """A place that the town writes itself."""
    async with tenant(TOWN), transaction():
        return await actions.create(PlaceText(title=title, kind=kind, **more))


def place(external_id: str = "node/1", title: str = "Café am Markt", kind: str = "cafe", **more: Any) -> items.Place:
    told: dict[str, Any] = {"geo": items.Geo(52.1411, 12.5911), **more}
    return items.Place(
        external_id=external_id, title=title, kind=kind, attribution="© OpenStreetMap-Mitwirkende", **told
    )


def tour(external_id: str = "burgweg", title: str = "Burgweg", **more: Any) -> items.Tour:
    told: dict[str, Any] = {
        "tracks": (((12.591, 52.141, 80.0), (12.601, 52.146, 104.0), (12.61, 52.15, 141.0)),),
        "stops": (items.TourStop(title="Mühlteich", lat=52.142, lon=12.593, text="Bank mit Blick"),),
        "length_metres": 1638,
        "ascent_metres": 61,
        "descent_metres": 0,
        "geo": items.Geo(52.141, 12.591),
        "attribution": "Wanderverein",
        **more,
    }
    return items.Tour(external_id=external_id, title=title, **told)


async def _source(licence: str) -> Source:
    feed_id = await current().fetchval(
        "INSERT INTO feed (name, title, connector, url) VALUES ('orte', 'OpenStreetMap', 'osm', 'https://o.example/')"
        " ON CONFLICT (name) DO UPDATE SET title = excluded.title RETURNING id"
    )
    return Source(
        feed_id=feed_id,
        name="orte",
        title="OpenStreetMap",
        url="https://o.example/",
        provider_id=None,
        category_id=None,
        licence=licence,
        attribution="",
    )
