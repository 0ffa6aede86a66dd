"""Tables out of a zip file that strangers packed: nothing is written to disk, and a bomb is refused before it bursts.

    with Zipped(path) as archive:
        for folder in archive.folders_with("stops.txt"):
            header, rows = archive.table(folder, "stops.txt")

A name may stand in a nested folder; the files of one folder belong together.
"""

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

MOST_ENTRIES: Final = 500
MOST_BYTES: Final = 6_000_000_000
"""Unpacked, of all files together: what a country's timetable needs."""
MOST_RATIO: Final = 200
"""Unpacked to packed; a timetable reaches about 20, a bomb 1,000."""
_RATIO_COUNTS_FROM: Final = 1_000_000
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, struct.error)
"""What the standard library raises for entries that lie about themselves."""
_PIECE: Final = 1 << 20
_HEAD: Final = 1 << 16
_LONGEST_FIELD: Final = 1_000_000

Row = list[str]


class BadArchive(ValueError):
    """The file is no zip, is broken, or is packed in a way that we don't open; `reason` is a msgid."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Zipped:
    """An open archive; raises `BadArchive`."""

    def __init__(self, source: Path | bytes, *, most_bytes: int = MOST_BYTES) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        except _BROKEN as error:
            raise BadArchive("This is no zip file, or it is damaged.", "no-zip") from error
        self._files: dict[tuple[str, str], zipfile.ZipInfo] = {}
        try:
            self._look_over(most_bytes)
        except BadArchive:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _look_over(self, most_bytes: int) -> None:
        entries = [one for one in self._zip.infolist() if one.filename and not one.is_dir()]
        if len(entries) > MOST_ENTRIES:
            raise BadArchive("The zip file holds too many files.", "too-many-files")
        if sum(one.file_size for one in entries) > most_bytes:
            raise BadArchive("The zip file is too large when unpacked.", "too-big")
        for one in entries:
            if one.file_size > _RATIO_COUNTS_FROM and one.file_size > MOST_RATIO * max(1, one.compress_size):
                raise BadArchive("The zip file is packed like a bomb: it unpacks to far more than it says.", "bomb")
            if one.flag_bits & _ENCRYPTED or one.compress_type not in _METHODS:
                raise BadArchive("The zip file is locked with a password or packed in a rare way.", "locked")
            folder, _, name = one.filename.replace("\\", "/").rpartition("/")
            # What a Mac adds to an archive looks like the real thing.
            if "__MACOSX" not in folder and not name.startswith("._"):
                self._files.setdefault((folder, name.lower()), one)

    @property
    def names(self) -> list[str]:
        """All files, with their folder."""
        return sorted(f"{folder}/{name}" if folder else name for folder, name in self._files)

    def folders_with(self, *names: str) -> list[str]:
        """Folders that hold all these files, the outermost first."""
        folders = {folder for folder, _ in self._files}
        found = [folder for folder in folders if all((folder, name) in self._files for name in names)]
        return sorted(found, key=lambda folder: (folder.count("/") + bool(folder), folder))

    def has(self, folder: str, name: str) -> bool:
        """Whether the file is there."""
        return (folder, name) in self._files

    def read(self, folder: str, name: str, most_bytes: int) -> bytes:
        """A whole file that fits into memory."""
        entry = self._files[folder, name]
        if entry.file_size > most_bytes:
            raise BadArchive("The zip file is too large when unpacked.", "too-big")
        try:
            return self._zip.read(entry)
        except _BROKEN as error:
            raise BadArchive("This is no zip file, or it is damaged.", "no-zip") from error

    def table(self, folder: str, name: str) -> tuple[list[str], Iterator[Row]]:
        """Header (lower-case, clean) and rows of a CSV file, as a stream; rows may be shorter than the header.

        UTF-8 with or without its mark; a file that is not, is read as Windows-1252.
        """
        entry = self._files[folder, name]
        try:
            with self._zip.open(entry) as file:
                head = file.read(_HEAD)
            raw = io.BufferedReader(self._zip.open(entry), _PIECE)  # type: ignore[type-var]
        except _BROKEN as error:
            raise BadArchive("This is no zip file, or it is damaged.", "no-zip") from error
        text = io.TextIOWrapper(raw, encoding=_encoding(head), errors="replace", newline="")
        csv.field_size_limit(_LONGEST_FIELD)
        first_line = head.partition(b"\n")[0]
        rows = csv.reader(text, delimiter=";" if b"," not in first_line and b";" in first_line else ",")
        stream = _guarded(rows)
        header = [one.strip().lower() for one in next(stream, [])]
        return header, stream


def _guarded(rows: Iterator[Row]) -> Iterator[Row]:
    try:
        yield from rows
    except csv.Error as error:
        raise BadArchive("A table of the zip file can't be read.", "bad-table") from error
    except _BROKEN as error:
        raise BadArchive("This is no zip file, or it is damaged.", "no-zip") from error


def _encoding(head: bytes) -> str:
    """By the first 64 kB; a character that the cut goes through doesn't count."""
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "cp1252"
    return "utf-8"
