"""Events of the cast, written as editors and feeds write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.capabilities.events import actions
from app.capabilities.events.actions import EventText
from app.feeds import items
from app.feeds.source import Source
from app.tenancy import current, tenant, transaction

SATURDAY = datetime(2026, 12, 5, 13, tzinfo=UTC)
"""14 o'clock in Bad Belzig."""


async def make_event(
    slug: str = "bad-belzig", *, published: bool = True, hours: float | None = 2, **fields: Any
) -> int:
    """An editor's event; on Saturday, 5 December 2026, from 14 to 16 o'clock, unless told otherwise. Returns its id."""
    told = {"title": "Feuerwehrfest", **fields}
    if "first_day" not in told:
        told.setdefault("starts_at", SATURDAY)
        if hours is not None:
            told.setdefault("ends_at", told["starts_at"] + timedelta(hours=hours))
    async with tenant(slug), transaction():
        id_ = await actions.create(EventText(**told))
        if published:
            await actions.publish(id_)
    return id_


async def make_provider(slug: str, name: str, *, town: str = "bad-belzig") -> int:
    """A provider, or the one that is there."""
    async with tenant(town) as scope, transaction():
        return int(
            await scope.fetchval(
                "INSERT INTO provider (slug, name) VALUES ($1, $2)"
                " ON CONFLICT (slug) DO UPDATE SET name = excluded.name RETURNING id",
                [slug, name],
            )
        )


async def make_category(slug: str, name: str, *, town: str = "bad-belzig") -> int:
    """A category of events, or the one that is there."""
    async with tenant(town) as scope, transaction():
        return int(
            await scope.fetchval(
                "INSERT INTO category (capability, slug, name) VALUES ('events', $1, $2)"
                " ON CONFLICT (capability, slug) DO UPDATE SET name = excluded.name RETURNING id",
                [slug, name],
            )
        )


class Calendar:
    """A club's calendar that the town syncs, as the feed engine hands its items over."""

    def __init__(self, slug: str = "bad-belzig", name: str = "sv-belzig") -> None:
        self.slug = slug
        self.name = name

    async def sends(self, *events: items.Event) -> None:
        """Store these items; one with an id that is known replaces the one before."""
        async with tenant(self.slug), transaction():
            source = await self._source()
            pairs = [(await self._item(source.feed_id, one.external_id), one) for one in events]
            await actions.store_from_feed(source, pairs)

    async def drops(self, *external_ids: str) -> None:
        """These items are no longer in the calendar."""
        async with tenant(self.slug), transaction():
            source = await self._source()
            await actions.withdraw_from_feed([await self._item(source.feed_id, one) for one in external_ids])

    async def _source(self) -> Source:
        feed_id = await current().fetchval(
            "INSERT INTO feed (name, title, connector, url) VALUES ($1, 'SV Belzig', 'ics', 'https://sv.example/a.ics')"
            " ON CONFLICT (name) DO UPDATE SET title = excluded.title RETURNING id",
            [self.name],
        )
        return Source(
            feed_id=feed_id,
            name=self.name,
            title="SV Belzig",
            url="https://sv.example/a.ics",
            provider_id=None,
            category_id=None,
            licence="CC-BY-4.0",
            attribution="SV Belzig e. V.",
        )

    @staticmethod
    async def _item(feed_id: int, external_id: str) -> int:
        return int(
            await current().fetchval(
                "INSERT INTO feed_item (feed_id, external_id, kind, content_hash) VALUES ($1, $2, 'event', '')"
                " ON CONFLICT (feed_id, external_id) DO UPDATE SET kind = 'event' RETURNING id",
                [feed_id, external_id],
            )
        )


def fixture(external_id: str = "match-1", *starts: datetime, **fields: Any) -> items.Event:
    """An event as a connector yields it: one occurrence for each start, two hours long."""
    starts = starts or (SATURDAY,)
    occurrences = tuple(
        items.Occurrence(key=f"{start:%Y%m%dT%H%M%SZ}", starts_at=start, ends_at=start + timedelta(hours=2))
        for start in starts
    )
    told: dict[str, Any] = {
        "title": "Heimspiel",
        "starts_at": starts[0],
        "ends_at": starts[0] + timedelta(hours=2),
        "occurrences": occurrences,
        "url": "https://sv.example/heimspiel",
        **fields,
    }
    return items.Event(external_id=external_id, **told)
