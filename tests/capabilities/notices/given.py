"""Warnings as sources send them, a forecast as a region keeps it, and what a village's people see of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.capabilities.notices import feed, forecast
from app.feeds import items
from app.feeds.items import Forecast, Geo, Hour, Notice
from app.feeds.regional import RegionFeed
from app.feeds.source import Source
from app.tenancy import current, tenant, transaction
from app.tenancy.regions import region
from tests.factories import feed_item_id, make_source
from tests.village import Village

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
SLUG = "bad-belzig"
REGION = "potsdam-mittelmark"
OID = "2.49.0.0.276.0.DWD.PVW.1795340000000.aaaabbbb-0000-4111-8222-ccccddddeeee"


def warning(id_: str = "mow.1", **fields: Any) -> Notice:
    """A severe warning that was sent an hour ago."""
    told: dict[str, Any] = {
        "title": "Hochwasser an der Plane",
        "kind": "flood",
        "severity": "severe",
        "urgency": "immediate",
        "instruction": "Meiden Sie das Ufer.\nHelfen Sie Nachbarn.",
        "description": "Das Wasser steigt.",
        "sender": "Leitstelle Musterkreis",
        "sent_at": NOON - timedelta(hours=1),
    }
    return Notice(external_id=id_, **(told | fields))


def clear(id_: str = "mow.2", ends: Sequence[str] = ("mow.1",), **fields: Any) -> Notice:
    """An all-clear, with the severity of what it ends."""
    told: dict[str, Any] = {
        "title": "Das Wasser sinkt",
        "message": "cancel",
        "references": tuple(ends),
        "sent_at": NOON,
    }
    return warning(id_, **(told | fields))


class Warner:
    """A source of warnings."""

    def __init__(self, title: str = "NINA", slug: str = SLUG, **values: Any) -> None:
        self.slug = slug
        self.values = {"title": title, "attribution": "BBK", "licence": "Amtliches Werk"} | values
        self.source: Source | None = None

    async def sends(self, *warnings: Notice) -> None:
        """Store them as the engine does."""
        async with tenant(self.slug), transaction():
            self.source = self.source or await make_source(**self.values)
            pairs: list[tuple[int, items.Notice]] = [
                (await feed_item_id(self.source, one.external_id), one) for one in warnings
            ]
            await feed.store(self.source, pairs)

    async def drops(self, *ids: str) -> None:
        """Withdraw what vanished."""
        assert self.source is not None
        async with tenant(self.slug), transaction():
            await feed.withdraw([await feed_item_id(self.source, one) for one in ids])


async def listed(village: Village, **params: Any) -> list[dict[str, Any]]:
    """What the API says holds now."""
    village.edge.cache.empty(SLUG)
    found: list[dict[str, Any]] = (await village.json("/api/v1/notices", **params))["items"]
    return found


async def titles(village: Village, **params: Any) -> list[str]:
    return [one["title"] for one in await listed(village, **params)]


async def page(village: Village, path: str, language: str = "de") -> str:
    """A page that must be there."""
    village.edge.cache.empty(SLUG)
    answer = await village.get(
        path, headers={"accept": "text/html", "accept-language": language}, follow_redirects=True
    )
    assert answer.status_code == 200, answer.text
    return answer.text


async def announced() -> list[dict[str, Any]]:
    """What subscribers are told, in order."""
    async with tenant(SLUG):
        rows = await current().fetch("SELECT key, title, body, urgency, category FROM announcement ORDER BY id")
    return [dict(row) for row in rows]


def hours(start: datetime, length: int = 72, **fields: Any) -> tuple[Hour, ...]:
    """An hour after the other, warmest in the afternoon."""
    told: dict[str, Any] = {
        "precipitation": 0.2,
        "precipitation_probability": 40,
        "wind": 15.0,
        "condition": "rain",
    } | fields
    return tuple(
        Hour(at=at, temperature=float(8 - abs(at.hour - 13)), **told)
        for at in (start + timedelta(hours=step) for step in range(length))
    )


async def forecasts(*found: Forecast, name: str = "wetter") -> Any:
    """Keep what a region's feed brought."""
    described = RegionFeed(
        region=REGION, name=name, title="Wetter", connector="brightsky", url="https://wetter.example", options={},
        licence="CC-BY-4.0", attribution="Deutscher Wetterdienst", delivers="increment", area=("12069",),
    )  # fmt: skip
    async with region(REGION) as scope, scope.transaction():
        return await forecast.keep(scope, described, found)


def station(
    id_: str = "X1", title: str = "Musterberg", lat: float = 52.15, lon: float = 12.6, **fields: Any
) -> Forecast:
    """The forecast of a station near Bad Belzig."""
    told: dict[str, Any] = {"hours": hours(NOON - timedelta(hours=2)), "issued_at": NOON - timedelta(hours=2)} | fields
    return Forecast(external_id=id_, title=title, geo=Geo(lat, lon), **told)


async def no_forecasts() -> None:
    async with region(REGION) as scope, scope.transaction():
        await scope.fetch("DELETE FROM forecast")
