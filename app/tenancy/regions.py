"""What many towns read and none owns: a region's schema `region_<name>` in the control database, with its own role.

    async with region("vbb") as r:
        rows = await r.fetch("SELECT … FROM stop WHERE …", [...])

A region's scope may be open inside a town's, if the town belongs to the region; the town's tables and `current()`
never mean it. Both are asked one after the other, never in one statement: the town may live on another server.
"""

import contextlib
import logging
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Final

import structlog

from app.settings import settings
from app.tenancy import cells, definition, definition_region, region_schema, scope
from app.tenancy.definition_shape import DefinitionError, Region
from app.tenancy.engine import control
from app.tenancy.errors import NotAMember, UnknownRegion, WrongTenant
from app.tenancy.registry import SERVED, place_of
from app.tenancy.scope import Scope

__all__ = ["all_described", "described", "region", "regions_of", "schema_of", "towns_in"]

log = logging.getLogger(__name__)

_open: ContextVar[Scope | None] = ContextVar("region_scope", default=None)

_Files = tuple[tuple[str, int, int], ...]
_read: tuple[_Files, dict[str, Region]] | None = None
_there: Final[set[tuple[str, str]]] = set()
"""(database, region) whose schema was seen by this process."""

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
    opened = Scope(name, schema_of(name), cells.region_pool(loading=loading))
    token = _open.set(opened)
    with structlog.contextvars.bound_contextvars(region=name):
        try:
            yield opened
        finally:
            _open.reset(token)
            await opened.close()


async def regions_of(slug: str) -> list[str]:
    """Names of the regions that a town belongs to, the smallest area first; raises `UnknownTenant`."""
    ags = (await place_of(slug)).ags
    found = [one for one in _known().values() if one.covers(ags)]
    found.sort(key=lambda one: (-max(len(part) for part in one.area), len(one.area), one.name))
    return [one.name for one in found]


async def towns_in(name: str) -> list[str]:
    """Short names of the towns that belong to a region and are served, sorted; raises `UnknownRegion`."""
    here = described(name)
    async with control() as connection:
        rows = await connection.fetch("SELECT slug, ags FROM tenant WHERE state = ANY($1) ORDER BY slug", list(SERVED))
    return [row["slug"] for row in rows if here.covers(row["ags"])]


def described(name: str) -> Region:
    """A region as its file describes it; raises `UnknownRegion`."""
    known = _known()
    if name not in known:
        raise UnknownRegion("There is no region %(name)s.", name=name[:60])
    return known[name]


def all_described() -> list[Region]:
    """All regions as their files describe them, by name."""
    return list(_known().values())


def _known() -> dict[str, Region]:
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
