"""The tables of one feed inside an archive, as rows that are asked by the name of a column."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from app.feeds.connector import Stop
from app.kit.zipped import BadArchive, Zipped

NEEDED: Final = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
CALENDARS: Final = ("calendar.txt", "calendar_dates.txt")

Record = Callable[[str], str]


def opened(source: Path | bytes) -> Zipped:
    """The archive; raises `Stop` with what to do."""
    try:
        return Zipped(source)
    except BadArchive as error:
        raise Stop(error.reason, code=error.code) from error


def folders(archive: Zipped) -> list[str]:
    """Folders that hold a timetable each, mostly one: the archive's own; raises `Stop` when there is none."""
    found = [folder for folder in archive.folders_with(*NEEDED) if any(archive.has(folder, one) for one in CALENDARS)]
    if found:
        return found
    names = archive.names
    if any(name.lower().endswith(".zip") for name in names):
        raise Stop(
            "The zip file holds other zip files instead of a timetable. Enter the address of the inner file.",
            code="nested-zip",
        )
    there = archive.folders_with("stops.txt") or [""]
    missing = [name for name in NEEDED if not archive.has(there[0], name)]
    raise Stop(
        "The timetable is incomplete: %(missing)s is missing in the zip file. Ask the publisher.",
        code="incomplete",
        missing=", ".join(missing or ["calendar.txt"]),
    )


def records(archive: Zipped, folder: str, name: str, *needed: str) -> Iterator[Record]:
    """Rows of a table; none when the file is absent. Raises `Stop` when a `needed` column is."""
    if not archive.has(folder, name):
        return
    header, rows = archive.table(folder, name)
    require(header, name, *needed)
    places = {column: place for place, column in reversed(list(enumerate(header)))}
    row: list[str] = []

    def field(column: str) -> str:
        """The field, or nothing where column or field are absent."""
        place = places.get(column, -1)
        return row[place].strip().replace("\0", "") if 0 <= place < len(row) else ""

    for row in rows:
        if row:
            yield field


def require(header: list[str], name: str, *columns: str) -> None:
    """Raise `Stop` when one of these columns is missing."""
    missing = [column for column in columns if column not in header]
    if missing:
        raise Stop(
            "The timetable can't be read: the column %(column)s is missing in %(file)s.",
            code="no-column",
            column=", ".join(missing),
            file=name,
        )
