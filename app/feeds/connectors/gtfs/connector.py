"""GTFS Schedule. The file is too large for items: the region's timetable loads it, see `release.py`.

`parse` reads only its cover: who publishes it and from when to when it holds.
"""

from collections.abc import Iterator

from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop
from app.feeds.connectors.gtfs import cover, tables
from app.feeds.items import Problem, Timetable
from app.kit.zipped import BadArchive


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator may set."""

    url: str
    """Address of the zip file."""
    margin_km: float = 2.0
    """Stops that lie so far outside the region's towns are taken as well."""
    bbox: str = ""
    """`west,south,east,north` in degrees, in place of the region's towns."""

    def __post_init__(self) -> None:
        """Refuse a box that is none."""
        if self.bbox:
            self.box  # noqa: B018  # raises
        if not 0 <= self.margin_km <= 100:
            raise ValueError("margin_km must lie between 0 and 100")

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        try:
            west, south, east, north = (float(one) for one in self.bbox.split(","))
        except ValueError as error:
            raise ValueError("bbox must be four numbers: west,south,east,north") from error
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError("bbox must be west,south,east,north in degrees")
        return west, south, east, north


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The zip file, conditionally, into a file."""
    return await http.download(config.url, cursor)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Timetable | Problem]:  # noqa: ARG001  # its cover needs neither
    """The cover of each timetable in the zip file; raises `Stop` when there is none."""
    try:
        with tables.opened(body) as archive:
            for folder in tables.folders(archive):
                yield cover.timetable(archive, folder)
    except BadArchive as error:
        raise Stop(error.reason, code=error.code) from error
