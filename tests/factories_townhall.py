"""Services, offices, meetings, papers and reports, written as the feed engine writes them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.capabilities import CAPABILITIES
from app.feeds import items
from app.feeds.report import FeedReport, takers_of
from app.feeds.source import Source
from app.feeds.store import store
from app.tenancy import current, tenant, transaction

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
"""11 o'clock in Bad Belzig."""


class Register:
    """A register that a town syncs; each `sends` is one complete run."""

    def __init__(self, slug: str = "bad-belzig", name: str = "register", *, snapshot: bool = True) -> None:
        self.slug = slug
        self.name = name
        self.snapshot = snapshot

    async def sends(self, *some: items.Item) -> FeedReport:
        """Store a run."""
        report = FeedReport(name=self.name)
        async with tenant(self.slug), transaction():
            source = await self._source()
            await store(source, some, takers_of(CAPABILITIES), report, snapshot=self.snapshot, accept_gone=True)
        return report

    async def _source(self) -> Source:
        feed_id = await current().fetchval(
            "INSERT INTO feed (name, title, connector, url) VALUES ($1, 'Landesverzeichnis', 'xzufi', 'https://r.example')"
            " ON CONFLICT (name) DO UPDATE SET title = excluded.title RETURNING id",
            [self.name],
        )
        return Source(
            feed_id=feed_id,
            name=self.name,
            title="Landesverzeichnis",
            url="https://r.example",
            provider_id=None,
            category_id=None,
            licence="DL-DE-BY-2.0",
            attribution="Land Brandenburg",
        )


def service(title: str = "Personalausweis beantragen", id_: str = "", **fields: Any) -> items.Service:
    """A service as a connector yields it."""
    told: dict[str, Any] = {
        "summary": "Ab 16 Jahren brauchen Sie einen Ausweis.",
        "url": "https://portal.example/ausweis",
        "offices": ("OE.1",),
        "blocks": (
            items.Block(kind="required_documents", html="<ul><li>biometrisches Foto</li></ul>"),
            items.Block(kind="fees", html="<p>37 Euro</p>"),
            items.Block(kind="legal", html="<p>§ 9 PAuswG</p>"),
        ),
    }
    return items.Service(external_id=id_ or title, title=title, **(told | fields))


def office(title: str = "Einwohnermeldeamt", id_: str = "OE.1", **fields: Any) -> items.Office:
    """An office as a connector yields it."""
    told: dict[str, Any] = {
        "address": items.Address(street="Wiesenburger Straße 6", postcode="14806", town="Bad Belzig"),
        "contacts": (items.Contact(phone="033841 940", email="meldeamt@rathaus.example"),),
        "geo": items.Geo(52.14, 12.59),
        "opening_text": "Dienstag: 9–12 und 14–18 Uhr\nMittwoch: 9–12 Uhr",
    }
    return items.Office(external_id=id_, title=title, **(told | fields))


def titles(answer: Any) -> list[str]:
    """Of an answer of the API."""
    entries: Iterable[dict[str, str]] = answer["items"]
    return [one["title"] for one in entries]
