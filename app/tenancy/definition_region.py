"""Reads `tenants/regions/`: who shares which feeds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from app.tenancy import definition_check as check
from app.tenancy import municipality as register
from app.tenancy.definition_file import did_you_mean, read, shown
from app.tenancy.definition_shape import DefinitionError, FeedDefinition, Region

_Places = dict[str, tuple[Path, Path]]


class _RegionFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    title_en: str = ""
    kind: Literal["state", "district", "transport"]
    members: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    licence: str = ""
    attribution: str = ""
    feed: tuple[FeedDefinition, ...] = ()


LONGEST_NAME = 50
"""It is part of a schema's name, which has at most 63 bytes."""


def files(roots: Sequence[Path]) -> dict[str, tuple[Path, Path]]:
    """The regions' files by name, each with the root it lies under; a later root's file replaces one of its name."""
    found = {path.stem: (path, root) for root in roots for path in (root / "regions").glob("*.toml")}
    return dict(sorted(found.items()))


def regions(*roots: Path) -> dict[str, Region]:
    """All regions by name; raises `DefinitionError`, for regions that include each other with the way round."""
    places = files(roots)
    raw: dict[str, _RegionFile] = {}
    known_districts = register.bundled().districts
    for name, (path, root) in places.items():
        file = shown(path, root)
        check.check_key(file, "the file's name", name)
        if len(name) > LONGEST_NAME:
            raise DefinitionError(file, "the file's name", f"must have at most {LONGEST_NAME} letters")
        one = raw[name] = read(path, _RegionFile, root)
        if not one.members and not one.includes:
            raise DefinitionError(file, "members", 'is missing; give beginnings of AGS (["12069"]) or includes')
        for member in one.members:
            _check_member(file, "members", member, known_districts)
        for other in one.includes:
            if other not in places:
                raise DefinitionError(file, "includes", f'"{other}" is no region {did_you_mean(other, places)}')
        check.check_feeds(file, one.feed, of_region=True)
        for feed in one.feed:
            for member in feed.members:
                _check_member(file, f'feed "{feed.name}".members', member, known_districts)
        check.check_references(file, one.feed, set(), set())
    areas = {name: _area(name, raw, (), places) for name in raw}
    for name, one in raw.items():
        _check_inside(shown(*places[name]), one.feed, areas[name])
    return {name: _region(name, one, areas[name]) for name, one in raw.items()}


def _check_inside(file: str, feeds: Sequence[FeedDefinition], area: frozenset[str]) -> None:
    for feed in feeds:
        for member in feed.members:
            if not member.startswith(tuple(area)):
                raise DefinitionError(file, f'feed "{feed.name}".members', f'"{member}" lies outside of the region')


def _region(name: str, one: _RegionFile, area: frozenset[str]) -> Region:
    return Region(
        name=name,
        title=one.title,
        title_en=one.title_en or one.title,
        kind=one.kind,
        members=one.members,
        includes=one.includes,
        area=tuple(
            sorted(part for part in area if not any(part != other and part.startswith(other) for other in area))
        ),
        feeds=tuple(
            msgspec.structs.replace(
                feed, licence=feed.licence or one.licence, attribution=feed.attribution or one.attribution
            )
            for feed in one.feed
        ),
        licence=one.licence,
        attribution=one.attribution,
    )


def _area(name: str, raw: dict[str, _RegionFile], way: tuple[str, ...], places: _Places) -> frozenset[str]:
    if name in way:
        circle = " → ".join((*way[way.index(name) :], name))
        file = shown(*places[name])
        raise DefinitionError(file, "includes", f"leads in a circle: {circle}")
    area = frozenset(raw[name].members)
    for other in raw[name].includes:
        area |= _area(other, raw, (*way, name), places)
    return area


def _check_member(file: str, key: str, member: str, districts: dict[str, tuple[str, str]]) -> None:
    state = member in register.STATES
    district = member in districts
    if not (state or district or register.by_ags(member)):
        raise DefinitionError(
            file,
            key,
            f'holds "{member}", which is no state (2 digits), district (5) or municipality (8) of the register',
        )
