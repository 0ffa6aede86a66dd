"""Takes away what a town consists of; every step is safe to repeat, so that a killed removal can go on."""

import asyncio
import contextlib
import logging
import shutil
from pathlib import Path

import asyncpg
import redis.asyncio
import redis.exceptions

from app.settings import settings
from app.tenancy.keys import media_folder, raw_folder

log = logging.getLogger(__name__)

LOCK_TIMEOUT = "10s"
"""How long the removal of a schema waits for those who still read it."""


_LOCK_CLASS = 0x5357


def queue_up(key: str) -> str:
    """The statement by which all who make or drop a schema wait for each other, to the end of their transactions."""
    return f"SELECT pg_advisory_xact_lock({_LOCK_CLASS}, hashtext('{key}'));"


async def drop_schema(connection: asyncpg.Connection, key: str) -> None:
    """The schema with all rows in it."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; {queue_up(key)}")
        await connection.execute(f'DROP SCHEMA IF EXISTS "{key}" CASCADE')


async def drop_role(connection: asyncpg.Connection, key: str, runtime: str) -> None:
    """The town's role; it stays, out of reach of `runtime`, while another database of the cluster needs it."""
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", key):
        return
    try:
        async with connection.transaction():
            await connection.execute(f'DROP OWNED BY "{key}"; DROP ROLE "{key}"')
    except asyncpg.UndefinedObjectError:
        return  # another database's removal was faster
    except asyncpg.DependentObjectsStillExistError:
        await connection.execute(f'REVOKE "{key}" FROM "{runtime}"')


async def drop_files(slug: str) -> None:
    """The town's media, also those of an import that was killed, and the last answers of its feeds."""
    for folder in (media_folder(slug), staging_folder(slug), raw_folder(slug)):
        with contextlib.suppress(FileNotFoundError):
            await asyncio.to_thread(shutil.rmtree, folder)


async def drop_keys(slug: str) -> None:
    """What Redis counts and remembers for the town, so that another one of this name starts afresh."""
    client = redis.asyncio.from_url(settings().redis_url, socket_timeout=5, socket_connect_timeout=2)
    try:
        async for name in client.scan_iter(match=f"t:{slug}:*", count=1000):
            await client.unlink(name)
    except (redis.exceptions.RedisError, OSError) as error:
        log.warning("keys of %s stay in Redis until they expire: %s", slug, error)
    finally:
        await client.aclose()


def staging_folder(slug: str) -> Path:
    """Where an import collects the media before the town is there."""
    return media_folder(f".import-{slug}")
