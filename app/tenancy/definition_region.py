"""Reads `tenants/regions/`: who shares which feeds."""

from pathlib import Path
from typing import Literal

import msgspec

from app.tenancy import definition_check as check
from app.tenancy import municipality as register
from app.tenancy.definition_file import did_you_mean, read, shown
from app.tenancy.definition_shape import DefinitionError, FeedDefinition, Region


class _RegionFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    title_en: str = ""
    kind: Literal["state", "district", "transport"]
    members: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    licence: str = ""
    attribution: str = ""
    feed: tuple[FeedDefinition, ...] = ()


def regions(root: Path) -> dict[str, Region]:
    """All regions by name; raises `DefinitionError`, for regions that include each other with the way round."""
    files = {path.stem: path for path in sorted((root / "regions").glob("*.toml"))}
    raw: dict[str, _RegionFile] = {}
    known_districts = register.bundled().districts
    for name, path in files.items():
        file = shown(path, root)
        check.check_key(file, "the file's name", name)
        one = raw[name] = read(path, _RegionFile, root)
        if not one.members and not one.includes:
            raise DefinitionError(file, "members", 'is missing; give beginnings of AGS (["12069"]) or includes')
        for member in one.members:
            _check_member(file, member, known_districts)
        for other in one.includes:
            if other not in files:
                raise DefinitionError(file, "includes", f'"{other}" is no region {did_you_mean(other, files)}')
        check.check_feeds(file, one.feed)
        check.check_references(file, one.feed, set(), set())
    return {name: _region(name, one, _area(name, raw, (), root)) for name, one in raw.items()}


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


def _area(name: str, raw: dict[str, _RegionFile], way: tuple[str, ...], root: Path) -> frozenset[str]:
    if name in way:
        circle = " → ".join((*way[way.index(name) :], name))
        file = shown(root / "regions" / f"{name}.toml", root)
        raise DefinitionError(file, "includes", f"leads in a circle: {circle}")
    area = frozenset(raw[name].members)
    for other in raw[name].includes:
        area |= _area(other, raw, (*way, name), root)
    return area


def _check_member(file: str, member: str, districts: dict[str, tuple[str, str]]) -> None:
    state = member in register.STATES
    district = member in districts
    if not (state or district or register.by_ags(member)):
        raise DefinitionError(
            file,
            "members",
            f'holds "{member}", which is no state (2 digits), district (5) or municipality (8) of the register',
        )
