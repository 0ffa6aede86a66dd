"""What a reader asked for in the address, as the list, the map, the API and the GeoJSON understand it alike."""

import re
from typing import Annotated, Final

import msgspec
from litestar.params import QueryParameter

from app.capabilities.places import kinds
from app.capabilities.places.queries import Asked
from app.kit import clock, paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _

Key = Annotated[str, QueryParameter(pattern=r"^([a-z][a-z_]{0,39})?$", description="Short name.")]
Switch = Annotated[str, QueryParameter(max_length=5, description="`yes` narrows the list.")]
Words = Annotated[str, QueryParameter(max_length=200, description="Search, also with typing errors.")]
Degrees = Annotated[str, QueryParameter(max_length=20, description="Decimal degrees (WGS 84).")]
Box = Annotated[str, QueryParameter(max_length=90, description="West, south, east, north in degrees.")]
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Entries of this part.")]
PageMarker = Annotated[str, QueryParameter(max_length=400, description="`next` of the part before.")]

_BAD_POINT: Final = _("Please give latitude and longitude in degrees.")
_NUMBER: Final = re.compile(r"-?\d{1,3}(?:\.\d{1,10})?")


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of an address."""

    group: str = ""
    kind: str = ""
    open: bool = False
    wheelchair: bool = False
    near: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None
    words: str = ""

    @property
    def any(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.group or self.kind or self.open or self.wheelchair or self.words)

    def asked(self, meant: str = "") -> Asked:
        """For the queries; "open" means now. `meant` stands in the place of mistyped words."""
        return Asked(
            kinds=kinds.wanted(self.group, self.kind),
            wheelchair=self.wheelchair,
            open_at=clock.now() if self.open else None,
            near=self.near,
            box=self.box,
            words=meant or self.words,
        )


def filters(
    *,
    group: str = "",
    kind: str = "",
    open_now: str = "",
    wheelchair: str = "",
    q: str = "",
    lat: str = "",
    lon: str = "",
    bbox: str = "",
) -> Filters:
    """Read the values of an address; raises `InvalidInput`, which names the parameter."""
    near = (_degrees("lat", lat, 90), _degrees("lon", lon, 180)) if lat or lon else None
    box = None
    if bbox:
        parts = bbox.split(",")
        if len(parts) != 4:
            raise InvalidInput(_BAD_POINT.message, {"bbox": _BAD_POINT.message})
        west, south, east, north = (
            _degrees("bbox", part, 180 if number % 2 == 0 else 90) for number, part in enumerate(parts)
        )
        box = (west, south, east, north)
    return Filters(
        group=group,
        kind=kind,
        open=open_now == "yes",
        wheelchair=wheelchair == "yes",
        near=near,
        box=box,
        words=" ".join(q.split()),
    )


def _degrees(name: str, text: str, most: int) -> float:
    found = _NUMBER.fullmatch(text.strip())
    if found is None or abs(float(found[0])) > most:
        raise InvalidInput(_BAD_POINT.message, {name: _BAD_POINT.message})
    return float(found[0])
