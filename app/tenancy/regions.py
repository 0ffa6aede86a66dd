"""What many towns read and none owns: a region's schema `region_<name>` in the control database, with its own role.

    async with region("vbb") as r:
        rows = await r.fetch("SELECT … FROM stop WHERE …", [...])

A region's scope may be open inside a town's, if the town belongs to the region; the town's tables and `current()`
never mean it. Both are asked one after the other, never in one statement: the town may live on another server.

A town may switch off a region's feed for itself: then, inside its scope, rows whose column `feed` names that one are
left out. Whoever reads a region's tables for a town therefore asks for `feed` too.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from typing import Any, Final
from weakref import WeakKeyDictionary

import asyncpg
import msgspec
import structlog

from app.kit.http import stays_home
from app.settings import Settings, settings
from app.tenancy import cells, definition, definition_region, region_schema, scope
from app.tenancy.definition_shape import DefinitionError, Region
from app.tenancy.engine import control
from app.tenancy.errors import NotAMember, UnknownRegion, WrongTenant
from app.tenancy.pool import AffinityPool
from app.tenancy.registry import SERVED, place_of
from app.tenancy.scope import Scope

__all__ = ["all_described", "described", "held_back", "region", "regions_of", "schema_of", "towns_in"]

log = logging.getLogger(__name__)

_open: ContextVar[Scope | None] = ContextVar("region_scope", default=None)

_Files = tuple[tuple[str, int, int], ...]
_read: tuple[_Files, dict[str, Region]] | None = None
_here: tuple[dict[str, Region], Settings, dict[str, Region]] | None = None
"""As written, for which settings, and as it is here."""
_there: Final[set[tuple[str, str]]] = set()
"""(database, region) whose schema was seen by this process."""

_off: "WeakKeyDictionary[Scope, frozenset[str]]" = WeakKeyDictionary()
"""Of each town's scope: the regions' feeds that it does not want, by their full names."""

_seen: "WeakKeyDictionary[Scope, dict[str, Region]]" = WeakKeyDictionary()
"""Of each town's scope: all regions as the files said when it first asked."""

schema_of = region_schema.schema_of


@contextlib.asynccontextmanager
async def region(name: str, *, loading: bool = False) -> AsyncIterator[Scope]:
    """Work on a region's data inside the block; `loading` allows statements that take minutes.

    Raises `UnknownRegion`; inside a town's scope `NotAMember` when the town doesn't belong to the region.
    """
    here = described(name)
    town = scope.current_or_none()
    if town is not None and not here.covers((await place_of(town.slug)).ags):
        raise NotAMember("%(slug)s does not belong to the region %(region)s.", slug=town.slug, region=name)
    outer = _open.get()
    if outer is not None and outer.slug == name:
        yield outer
        return
    if outer is not None and outer.in_transaction:
        raise WrongTenant(f"In a transaction of the region {outer.slug!r}, {name!r} can't be entered.")
    await _made(name)
    off = await _switched_off(town, name) if town is not None else frozenset[str]()
    opened = _Wanted(name, schema_of(name), cells.region_pool(loading=loading), off)
    token = _open.set(opened)
    with structlog.contextvars.bound_contextvars(region=name):
        try:
            yield opened
        finally:
            _open.reset(token)
            await opened.close()


class _Wanted(Scope):
    """A region's data, without the feeds that a town does not want."""

    def __init__(self, slug: str, key: str, pool: AffinityPool, off: frozenset[str]) -> None:
        super().__init__(slug, key, pool)
        self._off = off

    async def fetch(self, query: str, args: Sequence[Any] = ()) -> list[asyncpg.Record]:
        """As in any scope; see the module."""
        rows = await super().fetch(query, args)
        if not self._off or not rows or "feed" not in rows[0]:
            return rows
        return [row for row in rows if row["feed"] not in self._off]


async def _switched_off(town: Scope, region: str) -> frozenset[str]:
    """The region's feeds that the town does not want; asked once in its scope."""
    known = _off.get(town)
    if known is None:
        rows = await town.fetch("SELECT name FROM feed WHERE region <> '' AND NOT enabled")
        known = _off[town] = frozenset(row["name"] for row in rows)
    start = f"{region}."
    return frozenset(name.removeprefix(start) for name in known if name.startswith(start))


async def regions_of(slug: str) -> list[str]:
    """Names of the regions that a town belongs to, the smallest area first; raises `UnknownTenant`."""
    ags = (await place_of(slug)).ags
    found = [one for one in _known().values() if one.covers(ags)]
    found.sort(key=lambda one: (-max(len(part) for part in one.area), len(one.area), one.name))
    return [one.name for one in found]


async def towns_in(name: str, area: tuple[str, ...] = ()) -> list[str]:
    """Short names of the towns that belong to a region (or that part of it) and are served, sorted.

    Raises `UnknownRegion`.
    """
    here = described(name)
    async with control() as connection:
        rows = await connection.fetch("SELECT slug, ags FROM tenant WHERE state = ANY($1) ORDER BY slug", list(SERVED))
    return [row["slug"] for row in rows if here.covers(row["ags"]) and (not area or row["ags"].startswith(area))]


def described(name: str) -> Region:
    """A region as its file describes it; raises `UnknownRegion`. See `all_described`."""
    known = _known()
    if name not in known:
        raise UnknownRegion("There is no region %(name)s.", name=name[:60])
    return known[name]


def all_described() -> list[Region]:
    """All regions as their files describe them, by name.

    A feed that this deployment does not ask, because it is on `localhost` and the feed is outside, is switched off.
    """
    return list(_known().values())


def held_back(region: str, feed: str) -> bool:
    """Whether a feed is switched on in its file and off here, because a deployment on `localhost` stays at home."""
    one = _written().get(region)
    return any(some.enabled and stays_home(some.url) for some in (one.feeds if one else ()) if some.name == feed)


def _known() -> dict[str, Region]:
    """All regions as they are here; inside a town's scope the files are looked at once."""
    town = scope.current_or_none()
    found = _seen.get(town) if town is not None else None
    if found is None:
        found = _looked_up()
        if town is not None:
            _seen[town] = found
    return found


def _looked_up() -> dict[str, Region]:
    global _here  # noqa: PLW0603 - follows from the files and the settings
    written, ours = _written(), settings()
    if _here is None or _here[0] is not written or _here[1] is not ours:
        _here = (written, ours, {name: _as_here(one) for name, one in written.items()})
    return _here[2]


def _as_here(one: Region) -> Region:
    feeds = tuple(
        msgspec.structs.replace(feed, enabled=False) if feed.enabled and stays_home(feed.url) else feed
        for feed in one.feeds
    )
    return msgspec.structs.replace(one, feeds=feeds)


def _written() -> dict[str, Region]:
    """All regions; a mistake in a file that is changed while the platform runs leaves what was read before."""
    global _read  # noqa: PLW0603 - what the files said, until they change
    files = _fingerprint()
    if _read is None or _read[0] != files:
        try:
            _read = (files, definition.regions())
        except DefinitionError as mistake:
            if _read is None:
                raise
            log.warning("regions stay as they were: %s", mistake)
            _read = (files, _read[1])
    return _read[1]


def _fingerprint() -> _Files:
    found = []
    for path, _ in definition_region.files(definition.region_roots()).values():
        with contextlib.suppress(FileNotFoundError):
            seen = path.stat()
            found.append((str(path), seen.st_mtime_ns, seen.st_size))
    return tuple(found)


async def _made(name: str) -> None:
    """A region whose file was added while the platform runs gets its schema when it is first asked for."""
    key = (settings().database_url, name)
    if key in _there:
        return
    async with control() as connection:
        there = await connection.fetchval("SELECT 1 FROM pg_namespace WHERE nspname = $1", schema_of(name))
    if not there:
        await region_schema.ensure(name)
    _there.add(key)
