"""Levels as JSON."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec

from app.capabilities.notices import levels_here
from app.capabilities.notices.levels_here import FIRE, Reading
from app.capabilities.notices.levels_wording import CLASSES, DANGERS
from app.web.access import PUBLIC
from app.web.respond import as_json


class LevelSource(msgspec.Struct, frozen=True):
    """Who says it."""

    name: str
    url: str
    licence: str


class LevelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A level as it is now; of a stale one nothing but its time is told."""

    topic: str
    """`forest-fire` or `gauge`."""
    title: str
    """The district or the station."""
    water: str
    number: str
    """Official number of a gauge."""
    level: int | None
    """Forest fire: 1 to 5. Gauge: flood class 0 to 4. None: unknown."""
    words: str
    """The level in the reader's language, empty where it is unknown."""
    value: float | None
    unit: str
    trend: str
    """`rising`, `steady`, `falling`, or empty."""
    state: str
    """A gauge beside its long-term means: `low`, `normal`, `high`, or empty."""
    text: str
    measured_at: datetime | None
    stale: bool
    distance_km: float | None
    sources: Sequence[LevelSource]


class LevelList(msgspec.Struct, frozen=True):
    """All levels that concern the town."""

    items: list[LevelEntry]
    next: str | None = None
    """Always null: there are few of them."""


class LevelsApi(Controller):
    """The danger of forest fire, and gauges."""

    path = "/api/v1/levels"
    tags = ("notices",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(LevelList, description="The danger of fire first", generate_examples=False)},
    )
    async def index(self) -> Response[bytes]:
        """The danger of forest fire in the district, and the gauges near the town."""
        return as_json(LevelList([entry(one) for one in (await levels_here.here()).all]))


def entry(one: Reading) -> LevelEntry:
    """A level for programs."""
    names = DANGERS if one.topic == FIRE else CLASSES
    return LevelEntry(
        topic=one.topic,
        title=one.title,
        water=one.water,
        number=one.number,
        level=one.level,
        words=str(names[one.level]) if one.level is not None else "",
        value=one.value,
        unit=one.unit if one.value is not None else "",
        trend=one.trend,
        state=one.state,
        text=one.text,
        measured_at=one.measured_at,
        stale=one.stale,
        distance_km=round(one.km, 1) if one.km is not None else None,
        sources=[LevelSource(each.attribution, each.url, each.licence) for each in one.said],
    )
