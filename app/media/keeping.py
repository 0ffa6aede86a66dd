"""A town's pictures: the row in its schema, the file in its folder."""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from app.kit import clock, richtext
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.tenancy import after_commit, current
from app.tenancy.keys import media_path
from app.tenancy.village import touched

LONGEST_ALT: Final = 300
_NO_ALT: Final = _("Please describe what can be seen, for people who can't see the picture.")
_GONE: Final = _("There is no such picture.")


class Kept(msgspec.Struct, frozen=True):
    """A picture of the town."""

    id: int
    name: str
    mime: str
    width: int
    height: int
    bytes: int
    alt: str
    """What can be seen."""
    credit: str
    """Who must be named."""
    provider_id: int | None
    created_at: datetime
    provider: str = ""
    """Slug of the provider whose picture it is."""

    @property
    def href(self) -> str:
        """Where it is served."""
        return f"/media/{self.name}"


async def keep(body: bytes, *, alt: str, credit: str = "", provider_id: int | None = None, by: str = "") -> Kept:
    """Take an uploaded picture, in the current transaction; the same picture is kept once.

    Raises `Unsuitable` and `TooLarge` for the file, `InvalidInput` without a description.
    """
    alt = _line(alt)
    if not alt:
        raise InvalidInput(_NO_ALT.message, {"alt": _NO_ALT.message})
    # Here, because Pillow is 10 MB that a process which takes no pictures does without.
    from app.media.picture import MIME, prepare

    picture = await asyncio.to_thread(prepare, body)
    # The file first: a file without a row is a few lost bytes, a row without a file a hole in a page.
    await asyncio.to_thread(_write, media_path(picture.name), picture.body)
    rows = await current().fetch(
        """INSERT INTO media (name, mime, width, height, bytes, alt, credit, provider_id, uploaded_by, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id""",
        [
            picture.name,
            MIME,
            picture.width,
            picture.height,
            len(picture.body),
            alt,
            _line(credit),
            provider_id,
            by,
            clock.now(),
        ],
    )
    return await by_id(rows[0]["id"])


async def by_id(id_: int) -> Kept:
    """A picture; raises `NotFound`."""
    rows = await current().fetch(_ONE, [id_])
    if not rows:
        raise NotFound(_GONE.message)
    return msgspec.convert(dict(rows[0]), Kept)


async def of_article(id_: int) -> Kept | None:
    """The picture of an article."""
    return _first(await current().fetch(_OF_ARTICLE, [id_]))


async def of_event(id_: int) -> Kept | None:
    """The picture of an event."""
    return _first(await current().fetch(_OF_EVENT, [id_]))


async def newest(limit: int = 60, providers: Sequence[str] | None = None) -> list[Kept]:
    """The newest pictures; with `providers`, only those of these."""
    rows = await current().fetch(_NEWEST, [limit, None if providers is None else list(providers)])
    return [msgspec.convert(dict(row), Kept) for row in rows]


async def describe(id_: int, *, alt: str, credit: str) -> None:
    """Change what is said about a picture; raises `NotFound` and `InvalidInput`."""
    alt = _line(alt)
    if not alt:
        raise InvalidInput(_NO_ALT.message, {"alt": _NO_ALT.message})
    if not await current().fetch(
        "UPDATE media SET alt = $2, credit = $3 WHERE id = $1 RETURNING id", [id_, alt, _line(credit)]
    ):
        raise NotFound(_GONE.message)
    touched()


async def remove(id_: int) -> None:
    """Delete a picture; the file goes after the commit. Raises `NotFound`."""
    rows = await current().fetch("DELETE FROM media WHERE id = $1 RETURNING name", [id_])
    if not rows:
        raise NotFound(_GONE.message)
    path = media_path(rows[0]["name"])

    async def forget() -> None:
        await asyncio.to_thread(path.unlink, missing_ok=True)

    after_commit(forget)
    touched()


async def read(name: str) -> bytes:
    """The file's bytes; raises `NotFound`, also for a file that no row names."""
    if not await current().fetchval("SELECT true FROM media WHERE name = $1", [name]):
        raise NotFound(_GONE.message)
    try:
        return await asyncio.to_thread(media_path(name).read_bytes)
    except OSError as error:
        raise NotFound(_GONE.message) from error


_ONE: Final = """SELECT m.id, m.name, m.mime, m.width, m.height, m.bytes, m.alt, m.credit, m.provider_id,
    m.created_at, coalesce(p.slug, '') AS provider
    FROM media m LEFT JOIN provider p ON p.id = m.provider_id WHERE m.id = $1"""
_OF_ARTICLE: Final = """SELECT m.id, m.name, m.mime, m.width, m.height, m.bytes, m.alt, m.credit, m.provider_id,
    m.created_at FROM media m JOIN article a ON a.picture_id = m.id WHERE a.id = $1"""
_OF_EVENT: Final = """SELECT m.id, m.name, m.mime, m.width, m.height, m.bytes, m.alt, m.credit, m.provider_id,
    m.created_at FROM media m JOIN event e ON e.picture_id = m.id WHERE e.id = $1"""
_NEWEST: Final = """SELECT m.id, m.name, m.mime, m.width, m.height, m.bytes, m.alt, m.credit, m.provider_id,
    m.created_at, coalesce(p.slug, '') AS provider
    FROM media m LEFT JOIN provider p ON p.id = m.provider_id
    WHERE $2::text[] IS NULL OR p.slug = ANY ($2) ORDER BY m.id DESC LIMIT $1"""


def _first(rows: Sequence[Any]) -> Kept | None:
    return msgspec.convert(dict(rows[0]), Kept) if rows else None


def _line(text: str) -> str:
    return richtext.shortened(richtext.clean_line(text), LONGEST_ALT)


def _write(path: Path, body: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".upload-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
