"""Exports that nobody should trust: what an archive looks like after somebody worked on it."""

import hashlib
import io
import json
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.tenancy import history

Spoil = Callable[[dict[str, Any], dict[str, bytes]], None]


def rewritten(source: Path, target: Path, spoil: Spoil, *, true_sums: bool = True) -> Path:
    """A copy with `spoil(manifest, entries)` applied; with `true_sums` its sums are made true again."""
    with zipfile.ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(entries.pop("manifest.json"))
    spoil(manifest, entries)
    if true_sums:
        for name, body in entries.items():
            folder, _, rest = name.partition("/")
            table = rest.removesuffix(".copy")
            told = manifest["tables"].get(table) if folder == "rows" else manifest["media"].get(rest)
            if told is not None:
                told |= {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
        archive.writestr("manifest.json", json.dumps(manifest))
    return target


def truncated(source: Path, target: Path) -> Path:
    """The first half."""
    target.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    return target


def with_link(source: Path, target: Path) -> Path:
    """With a medium that is a symbolic link."""
    body = io.BytesIO(source.read_bytes())
    with zipfile.ZipFile(body, "a") as archive:
        info = zipfile.ZipInfo("media/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    target.write_bytes(body.getvalue())
    return target


def with_entry(name: str) -> Callable[[Path, Path], Path]:
    """With a medium of this name that the manifest knows."""

    def spoil(manifest: dict[str, Any], entries: dict[str, bytes]) -> None:
        entries[name] = b"x"
        manifest["media"][name.partition("/")[2]] = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}

    return lambda source, target: rewritten(source, target, spoil)


def bomb(source: Path, target: Path) -> Path:
    """With 300 MB of nothing."""

    def spoil(_: dict[str, Any], entries: dict[str, bytes]) -> None:
        entries["media/nothing"] = bytes(300_000_000)

    return rewritten(source, target, spoil)


def bit_flip(source: Path, target: Path) -> Path:
    """With one wrong bit in the middle of the rows."""
    body = bytearray(source.read_bytes())
    body[len(body) // 3] ^= 0x10
    target.write_bytes(body)
    return target


def changed(spoil: Spoil, *, true_sums: bool = True) -> Callable[[Path, Path], Path]:
    """With manifest or entries changed."""
    return lambda source, target: rewritten(source, target, spoil, true_sums=true_sums)


def newer(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    """Made by a version that we don't know."""
    manifest["schema_version"] = "0999_future"
    manifest["history"].append(["0999_future", "0123456789abcdef"])


def third_version(manifest: dict[str, Any], entries: dict[str, bytes]) -> None:
    """As it was written when the history had three migrations."""
    manifest["history"] = manifest["history"][:3]
    manifest["schema_version"] = manifest["history"][-1][0]
    for step in history.tenant_history()[3:]:
        for name in re.findall(r"^CREATE TABLE (\w+)", step.sql, re.MULTILINE):
            del manifest["tables"][name], entries[f"rows/{name}.copy"]
    for step in history.tenant_history()[3:]:
        for name, column in re.findall(r"^ALTER TABLE (\w+) ADD COLUMN (\w+)", step.sql, re.MULTILINE):
            if name in manifest["tables"]:
                _drop_column(manifest["tables"][name], entries, f"rows/{name}.copy", column)


def _drop_column(told: dict[str, Any], entries: dict[str, bytes], entry: str, column: str) -> None:
    """Rows as they were before a column came."""
    if column not in told["columns"]:
        # Generated from others: no archive has it.
        return
    place = told["columns"].index(column)
    del told["columns"][place]
    lines = [line.split(b"\t") for line in entries[entry].splitlines()]
    entries[entry] = b"".join(b"\t".join([*line[:place], *line[place + 1 :]]) + b"\n" for line in lines)


def without(entry: str) -> Spoil:
    """An entry is missing."""

    def spoil(_: dict[str, Any], entries: dict[str, bytes]) -> None:
        del entries[entry]

    return spoil


def key(*path: str, value: Any) -> Spoil:
    """A value of the manifest replaced."""

    def spoil(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
        place = manifest
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value

    return spoil


def rows(table: str, body: bytes) -> Spoil:
    """Other rows in a table."""

    def spoil(_: dict[str, Any], entries: dict[str, bytes]) -> None:
        entries[f"rows/{table}.copy"] = body

    return spoil
