"""What a region's feed is to those who store what it brings: `Capability.keeps` and `Capability.loads`.

    async def keep(region: Scope, feed: RegionFeed, items: Sequence[Item]) -> Kept: ...
    async def load(region: Scope, feed: RegionFeed, path: Path, config: Config) -> Kept: ...

`keep` runs inside a transaction of the region's schema and gets all items of a run: of a snapshot that is everything
there is (the engine has made sure that not more than half vanished at once), of an increment only what it mentions.
`load` gets a whole release as a file and opens its own transactions, so that readers see the last release until the
new one is in place; the file is removed afterwards. Both may run again with the same input.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.feeds import secrets
from app.feeds.connector import Connector, Delivers
from app.feeds.items import Problem
from app.kit.capability import Capability
from app.tenancy.definition_shape import FeedDefinition, Region


class RegionFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed of a region, as its file describes it."""

    region: str
    name: str
    title: str
    connector: str
    url: str
    """Empty for an address that is a secret."""
    options: Mapping[str, Any]
    licence: str
    attribution: str
    delivers: Delivers
    area: tuple[str, ...]
    """Beginnings of AGS that it is for: the feed's `members`, else all that the region covers."""
    zone: str = "Europe/Berlin"
    every_seconds: int = 3600

    @property
    def full_name(self) -> str:
        """What its row is called in a town's own list, e.g. `potsdam-mittelmark.bevoelkerungsschutz`."""
        return full_name(self.region, self.name)


class Kept(msgspec.Struct, kw_only=True):
    """What came of it; the counts stand on the feed's health."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    problems: list[Problem] = []


class Keepers(msgspec.Struct, frozen=True):
    """Who stores what lives in a region's schema."""

    keeps: Mapping[type, Any]
    """Item type → `async (Scope, RegionFeed, Sequence[Item]) -> Kept`."""
    loads: Mapping[str, Any]
    """Connector → `async (Scope, RegionFeed, Path, config) -> Kept`."""


def keepers_of(capabilities: tuple[Capability, ...]) -> Keepers:
    """Who keeps which kind and loads which connector's releases."""
    keeps = {kind: keep for one in capabilities for kind, keep in one.keeps.items()}
    loads = {name: load for one in capabilities for name, load in one.loads.items()}
    return Keepers(keeps, loads)


def full_name(region: str, feed: str) -> str:
    """A region's feed in a town's list; a dot stands in no name of a town's own."""
    return f"{region}.{feed}"


def described(region: Region, feed: FeedDefinition, code: Connector) -> RegionFeed:
    """A feed of a region's file, with what its connector says where the file says nothing."""
    return RegionFeed(
        region=region.name,
        name=feed.name,
        title=feed.title or feed.name,
        connector=feed.connector,
        url="" if secrets.is_named(feed.url) else feed.url,
        options=feed.options,
        licence=feed.licence or code.manifest.licence,
        attribution=feed.attribution,
        delivers=code.delivers(feed.options),
        area=feed.members or region.area,
        every_seconds=max(feed.every_minutes * 60, code.manifest.every_seconds),
    )
