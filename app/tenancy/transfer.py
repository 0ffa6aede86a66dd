"""A town as one file, and back: `export` and `import_`; `transfer_move` takes it to another cell.

An import is made by the same states as a new town, with the step `import`: until its last statement the town is not
served, and what a killed import leaves is taken away by the next one, by `village up`, or by the tick.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from app.kit import clock
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.settings import settings
from app.tenancy import cells, history, removal, signals, transfer_rows
from app.tenancy.definition_check import slug_problem
from app.tenancy.keys import media_folder
from app.tenancy.lease import leased
from app.tenancy.provisioning import IMPORTING, CellsFull, NameTaken, make_schema
from app.tenancy.registry import SERVED, forget, schema_of
from app.tenancy.transfer_archive import (
    FORMAT,
    PIECE_BYTES,
    BadArchive,
    Entry,
    Manifest,
    Reader,
    Rows,
    Writer,
    is_media_name,
)
from app.tenancy.transfer_move import settle_move
from app.tenancy.transfer_site import checked_site

log = logging.getLogger(__name__)


class NotExportable(Conflict):
    """The town is being built or taken away."""


class NewerVersion(InvalidInput):
    """The file's tables are not those of this version's history."""


async def export(slug: str, file: Path) -> Manifest:
    """Write the town into `file` as one consistent snapshot; raises `NotFound`, `NotExportable`, `OSError`.

    Nothing of the deployment is in it: no login, no secret, no address of a database.
    """
    control = await cells.admin(cells.MAIN)
    try:
        await control.execute("SET search_path TO shared")
        async with leased(control, slug):
            await settle_move(control, slug)
            row = await control.fetchrow(
                "SELECT slug, name, ags, template, cell, state, owner_email, site::text AS site,"
                " array(SELECT h.name FROM host h WHERE h.tenant = t.slug AND h.name <> $2"
                " ORDER BY h.main DESC, h.name) AS hosts,"
                " array(SELECT d.feed FROM feed_due d WHERE d.tenant = t.slug ORDER BY d.feed) AS feeds"
                " FROM tenant t WHERE slug = $1",
                slug,
                f"{slug}.{settings().domain}",
            )
            if row is None:
                raise NotFound("There is no village %(slug)s here.", slug=slug)
            if row["state"] not in (*SERVED, "suspended"):
                raise NotExportable(
                    "%(slug)s is %(state)s: there is nothing whole to export.", slug=slug, state=row["state"]
                )
            connection = await cells.admin(row["cell"])
            try:
                return await _write(connection, row, file)
            finally:
                await connection.close()
    finally:
        await control.close()


async def _write(connection: asyncpg.Connection, row: asyncpg.Record, file: Path) -> Manifest:
    key = schema_of(row["slug"])
    tables: dict[str, Rows] = {}
    with Writer(file) as archive:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            # As the town's own role: what it may not read can't get into its file.
            await connection.execute(f'{transfer_rows.SESSION} SET LOCAL ROLE "{key}"')
            made_by = await transfer_rows.ledger(connection, key)
            for shape in await transfer_rows.shapes(connection, key):
                with archive.entry(f"rows/{shape.name}.copy", packed=True) as entry:

                    async def write(piece: bytes, entry: Any = entry) -> None:
                        entry.write(piece)

                    count = await transfer_rows.rows_out(connection, key, shape, write)
                told = entry.entry
                tables[shape.name] = Rows(
                    size=told.size,
                    sha256=told.sha256,
                    columns=shape.columns,
                    rows=count,
                    counters=await transfer_rows.counters(connection, key, shape),
                )
        manifest = Manifest(
            format=FORMAT,
            slug=row["slug"],
            name=row["name"],
            ags=row["ags"],
            template=row["template"],
            owner=row["owner_email"],
            state=row["state"],
            site=msgspec.json.decode(row["site"]),
            hosts=tuple(row["hosts"]),
            feeds=tuple(row["feeds"]),
            schema_version=made_by[-1][0],
            history=tuple(made_by),
            created_at=clock.now(),
            tables=tables,
            media=await asyncio.to_thread(_write_media, archive, media_folder(row["slug"])),
        )
        archive.manifest(manifest)
    return manifest


def _write_media(archive: Writer, folder: Path) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if not is_media_name(f"media/{name}"):
            log.warning("%s is not exported: no media file is called that", path)
            continue
        try:
            source = path.open("rb")
        except FileNotFoundError:
            continue  # deleted meanwhile
        # Pictures are packed already.
        with source, archive.entry(f"media/{name}", packed=False) as entry:
            while piece := source.read(PIECE_BYTES):
                entry.write(piece)
        found[name] = entry.entry
    return found


def _files(folder: Path) -> Iterator[Path]:
    """Plain files only: a link could lead anywhere."""
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                yield path


async def import_(file: Path, slug: str | None = None, *, after_step: Callable[[str], None] = lambda _: None) -> str:
    """Restore a town from `file`, under its own slug or another one; returns the slug.

    Everything is checked before anything is written. Raises `BadArchive`, `NewerVersion`, `WrongRows`, `NameTaken`,
    `BeingBuilt`, `CellsFull`, `InvalidInput`, `OSError`; after each of them nothing of the town is left.
    """
    archive = await asyncio.to_thread(Reader, file)
    with archive:
        manifest = archive.manifest
        slug = slug or manifest.slug
        if problem := slug_problem(slug):
            raise InvalidInput(problem, slug=slug[:60])
        steps = _steps(manifest)
        site = checked_site(manifest, slug)
        control = await cells.admin(cells.MAIN)
        try:
            await control.execute("SET search_path TO shared")
            async with leased(control, slug):
                await undo_import(control, slug)
                cell = await _ask_for(control, slug, manifest, site)
                after_step("requested")
                if await schema_exists(cell, slug):
                    await control.execute("DELETE FROM tenant WHERE slug = $1", slug)
                    raise NameTaken(
                        "The cell %(cell)s holds a schema of %(slug)s that no village owns. Look at it, then drop it"
                        " or choose another name with --slug.",
                        cell=cell,
                        slug=slug,
                    )
                try:
                    version = await _restore(cell, slug, archive, steps)
                    after_step("rows")
                    await asyncio.to_thread(_restore_media, archive, slug)
                    after_step("media")
                    await _open(control, slug, manifest, version)
                except BaseException:
                    # With the database away the remains wait for the next import, start or tick.
                    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                        await undo_import(control, slug)
                    raise
                after_step("hosts")
        finally:
            await control.close()
    forget(slug)
    await signals.changed(slug, "hosts")
    return slug


def _steps(manifest: Manifest) -> tuple[history.Migration, ...]:
    """The part of our history that made the file's tables."""
    ours = history.tenant_history()
    known = [(step.id, step.checksum) for step in ours]
    theirs = list(manifest.history)
    if not theirs or theirs[-1][0] != manifest.schema_version:
        raise BadArchive("The manifest does not say which migrations made its tables.")
    if theirs != known[: len(theirs)]:
        odd = next((id_ for (id_, checksum) in theirs if (id_, checksum) not in known), theirs[-1][0])
        raise NewerVersion(
            "The file was made by a newer or another version of the platform: its migration %(migration)s is unknown"
            " here. Upgrade this deployment first.",
            migration=odd[:60],
        )
    return ours[: len(theirs)]


async def _ask_for(control: asyncpg.Connection, slug: str, manifest: Manifest, site: dict[str, Any]) -> str:
    cell: str | None = await control.fetchval(
        """WITH room AS (
               SELECT name FROM cell c
               WHERE (SELECT count(*) FROM tenant t WHERE t.cell = c.name) < coalesce(c.capacity, $8)
               ORDER BY created_at, name LIMIT 1)
           INSERT INTO tenant (slug, name, ags, template, owner_email, site, state, step, cell)
           SELECT $1, $2, $3, $4, $5, $6, 'provisioning', $7, room.name FROM room
           ON CONFLICT (slug) DO NOTHING RETURNING cell""",
        slug,
        manifest.name,
        manifest.ags,
        manifest.template,
        manifest.owner,
        msgspec.json.encode(site).decode(),
        IMPORTING,
        settings().cell_capacity,
    )
    if cell is None:
        if await control.fetchval("SELECT 1 FROM tenant WHERE slug = $1", slug):
            raise NameTaken("The name %(slug)s is taken. Choose another one with --slug.", slug=slug)
        raise CellsFull("Every cell is full. Add one with `village cells add NAME DSN`.")
    return cell


async def _restore(cell: str, slug: str, archive: Reader, steps: tuple[history.Migration, ...]) -> str:
    """All tables in one transaction: there is the whole town or nothing. Returns the version it is at now."""
    key = schema_of(slug)
    runtime, _ = cells.runtime_login(await cells.dsn_of(cell))
    connection = await cells.admin(cell)
    try:
        async with connection.transaction():
            await make_schema(connection, key, runtime, steps)
            # From here as the town's own role: a hostile file reaches no other table.
            await connection.execute(
                f'{transfer_rows.SESSION} SET LOCAL ROLE "{key}"; SET LOCAL search_path TO "{key}"'
            )
            shapes = await transfer_rows.shapes(connection, key)
            if odd := {shape.name for shape in shapes} ^ set(archive.manifest.tables):
                raise BadArchive("The file and its version disagree on the table %(table)s.", table=min(odd))
            for shape in shapes:
                told = archive.manifest.tables[shape.name]
                if sorted(told.columns) != sorted(shape.columns):
                    raise BadArchive("The columns of %(table)s are not those of its version.", table=shape.name)
                pieces = _handed_on(archive.pieces(f"rows/{shape.name}.copy"))
                count = await transfer_rows.rows_in(connection, key, shape.name, told.columns, pieces)
                if count != told.rows:
                    raise BadArchive(
                        "%(table)s has %(count)s rows, its manifest says %(told)s.",
                        table=shape.name,
                        count=count,
                        told=told.rows,
                    )
                await transfer_rows.set_counters(connection, key, shape, told.counters)
                if cleaned := await transfer_rows.clean_html(connection, key, shape):
                    log.warning("%s: unsafe HTML was taken out of %d rows of %s", slug, cleaned, shape.name)
            for step in history.tenant_history()[len(steps) :]:
                await connection.execute(step.sql + "\n" + history.entry(step))
    finally:
        await connection.close()
    return history.tenant_history()[-1].id


async def _handed_on(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _restore_media(archive: Reader, slug: str) -> None:
    """Into a folder beside, which becomes the town's at once."""
    staging, folder = removal.staging_folder(slug), media_folder(slug)
    if not archive.manifest.media:
        return
    for name in archive.manifest.media:
        path = staging / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as target:
            for piece in archive.pieces(f"media/{name}"):
                target.write(piece)
    staging.rename(folder)


async def _open(control: asyncpg.Connection, slug: str, manifest: Manifest, version: str) -> None:
    """Hosts, feeds, and the town is served; a town that was suspended stays so."""
    main = f"{slug}.{settings().domain}"
    # Under another name it is another town: the hosts stay with the first one.
    own = manifest.hosts if slug == manifest.slug else ()
    async with control.transaction():
        for host in (*own, main):
            free = await control.fetchval(
                "INSERT INTO host (name, tenant, main)"
                " VALUES ($1, $2, NOT EXISTS (SELECT 1 FROM host WHERE tenant = $2))"
                " ON CONFLICT (name) DO NOTHING RETURNING true",
                host.lower(),
                slug,
            )
            if not free and host == main:
                raise NameTaken("The host %(host)s belongs to another village.", host=host)
        await control.execute(
            "INSERT INTO feed_due (tenant, feed, due_at) SELECT $1, unnest($2::text[]), now() ON CONFLICT DO NOTHING",
            slug,
            list(manifest.feeds),
        )
        await control.execute(
            "UPDATE tenant SET state = $2, step = '', problem = '', schema_version = $3, changed_at = now()"
            " WHERE slug = $1",
            slug,
            manifest.state if manifest.state in (*SERVED, "suspended") else "active",
            version,
        )


async def schema_exists(cell: str, slug: str) -> bool:
    """Whether a cell holds a schema of this town."""
    connection = await cells.admin(cell)
    try:
        return bool(await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", f'"{schema_of(slug)}"'))
    finally:
        await connection.close()


async def undo_import(control: asyncpg.Connection, slug: str) -> bool:
    """Take away what a failed or killed import left; the caller holds the lease. False if there is nothing."""
    row = await control.fetchrow(
        "SELECT cell FROM tenant WHERE slug = $1 AND state = 'provisioning' AND step = $2", slug, IMPORTING
    )
    if row is None:
        return False
    connection = await cells.admin(row["cell"])
    try:
        await removal.drop_schema(connection, schema_of(slug))
        await removal.drop_role(connection, schema_of(slug), cells.runtime_login(await cells.dsn_of(row["cell"]))[0])
    finally:
        await connection.close()
    await removal.drop_files(slug)
    await control.execute("DELETE FROM tenant WHERE slug = $1", slug)
    forget(slug)
    return True
