"""A town as one file: a ZIP with `manifest.json`, `rows/<table>.copy` (COPY text) and `media/<path>`.

The manifest says of every entry how many bytes it has and their SHA-256, and of each table how many rows. Nothing of
an archive is believed before all of it has been compared with its manifest.
"""

import hashlib
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Self

import msgspec

from app.kit.errors import InvalidInput, TooLarge
from app.tenancy.transfer_rows import Counter

FORMAT = 1
MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 100_000_000
MOST_ENTRIES = 1_000_000
MOST_NAME_CHARACTERS = 1000
PIECE_BYTES = 256 * 1024
_GROWTH, _GROWTH_FREE = 200, 50_000_000
"""Text packs to a tenth, a bomb to a thousandth."""
_TABLE = re.compile(r"rows/([a-z][a-z0-9_]{0,62})\.copy", re.ASCII)
_FOLDER_CHARACTERS = re.compile(r"[^\x00-\x1f\x7f/\\:]{1,200}")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class BadArchive(InvalidInput):
    """The file is no export, is cut off, or was tampered with; nothing of it was stored."""

    code = "bad-archive"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry must be."""

    size: int
    sha256: str


class Rows(Entry, frozen=True, kw_only=True):
    """A table's rows."""

    columns: tuple[str, ...]
    rows: int
    counters: dict[str, Counter] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says about the town and about itself."""

    format: int
    slug: str
    name: str
    ags: str
    template: str
    owner: str
    state: str
    site: dict[str, Any]
    hosts: tuple[str, ...]
    """Hosts of its own; that under the platform's domain belongs to the deployment."""
    feeds: tuple[str, ...]
    """Feeds that are synced."""
    schema_version: str
    history: tuple[tuple[str, str], ...]
    """The migrations that made its schema: id and checksum."""
    created_at: datetime
    tables: dict[str, Rows]
    media: dict[str, Entry]


class Writer:
    """Writes an archive beside its final name and moves it there when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.partial")
        descriptor = os.open(self._partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", allowZip64=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._partial.replace(self._path)
            return
        # The entry under way may still be open, and the disk full: the first error is the one to tell.
        with suppress(ValueError, OSError):
            self._zip.close()
        self._file.close()
        self._partial.unlink(missing_ok=True)

    def entry(self, name: str, *, packed: bool) -> "EntryWriter":
        """Begin an entry; only one at a time."""
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        return EntryWriter(self._zip.open(info, "w", force_zip64=True))

    def manifest(self, manifest: Manifest) -> None:
        """The last entry."""
        with self.entry(MANIFEST, packed=True) as entry:
            entry.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))


class EntryWriter:
    """Counts and hashes what is written."""

    def __init__(self, target: Any) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._target.close()

    def write(self, piece: bytes) -> None:
        """Append bytes."""
        self._target.write(piece)
        self._digest.update(piece)
        self._size += len(piece)

    @property
    def entry(self) -> Entry:
        """What was written so far."""
        return Entry(size=self._size, sha256=self._digest.hexdigest())


class Reader:
    """An archive that has been compared with its manifest from the first byte to the last."""

    def __init__(self, path: Path) -> None:
        """Check everything; raises `BadArchive`, `TooLarge`, and `OSError` when the file can't be read."""
        self._file: BinaryIO = path.open("rb")
        try:
            self._zip = self._opened()
            self._names = self._checked_names(path.stat().st_size)
            self.manifest = self._read_manifest()
            self._compare()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of an entry; raises `BadArchive` when they are damaged."""
        try:
            with self._zip.open(self._names[name]) as source:
                while piece := source.read(PIECE_BYTES):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise BadArchive("%(entry)s in the file is damaged.", entry=name) from error

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise BadArchive("The file is no export of a village, or it is cut off.") from error

    def _checked_names(self, packed_bytes: int) -> dict[str, zipfile.ZipInfo]:
        names: dict[str, zipfile.ZipInfo] = {}
        infos = self._zip.infolist()
        if len(infos) > MOST_ENTRIES:
            raise TooLarge("The file holds more than %(most)s entries.", most=MOST_ENTRIES)
        for info in infos:
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG) or info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
                raise BadArchive("%(entry)s in the file is no plain file.", entry=repr(info.filename[:100]))
            if info.orig_filename != info.filename or info.filename in names or not _is_name(info.filename):
                raise _odd(info.filename)
            names[info.filename] = info
        for name in names:
            if any(str(parent) in names for parent in PurePosixPath(name).parents):
                raise _odd(name)
        if sum(info.file_size for info in infos) > _GROWTH_FREE + _GROWTH * packed_bytes:
            raise TooLarge("The file would grow more than %(growth)s-fold; an export does not.", growth=_GROWTH)
        return names

    def _read_manifest(self) -> Manifest:
        info = self._names.get(MANIFEST)
        if info is None:
            raise BadArchive("The file is no export of a village: it has no manifest.")
        if info.file_size > MOST_MANIFEST_BYTES:
            raise TooLarge("The manifest is larger than %(most)s bytes.", most=MOST_MANIFEST_BYTES)
        raw = b"".join(self.pieces(MANIFEST))
        try:
            said = msgspec.json.decode(raw)
            if isinstance(said, dict) and isinstance(said.get("format"), int) and said["format"] > FORMAT:
                raise BadArchive("The file was made by a newer version of the platform. Upgrade this one first.")
            manifest = msgspec.convert(said, Manifest)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadArchive("The manifest can't be read: %(problem)s.", problem=str(error)) from error
        if manifest.format != FORMAT:
            raise BadArchive("The format %(format)s of the file is unknown.", format=manifest.format)
        return manifest

    def _compare(self) -> None:
        manifest = self.manifest
        expected: dict[str, Entry] = {f"rows/{name}.copy": rows for name, rows in manifest.tables.items()}
        expected |= {f"media/{name}": entry for name, entry in manifest.media.items()}
        if odd := set(self._names) ^ {MANIFEST, *expected}:
            raise BadArchive("The file and its manifest disagree on %(entry)s.", entry=repr(min(odd)[:100]))
        for name, entry in expected.items():
            digest, size = hashlib.sha256(), 0
            for piece in self.pieces(name):
                digest.update(piece)
                size += len(piece)
            if (size, digest.hexdigest()) != (entry.size, entry.sha256):
                raise BadArchive("%(entry)s in the file is not what its manifest says.", entry=name)


def _odd(name: str) -> BadArchive:
    return BadArchive("The file has an entry that an export never has: %(entry)s.", entry=repr(name[:100]))


def _is_name(name: str) -> bool:
    return name == MANIFEST or _TABLE.fullmatch(name) is not None or is_media_name(name)


def is_media_name(name: str) -> bool:
    """Whether this is `media/` and a path that stays inside."""
    folder, _, path = name.partition("/")
    parts = path.split("/")
    return (
        folder == "media"
        and len(name) <= MOST_NAME_CHARACTERS
        and all(_FOLDER_CHARACTERS.fullmatch(part) and part not in {".", ".."} for part in parts)
    )
