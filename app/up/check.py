"""Is what `DATABASE_URL` and `REDIS_URL` name really there? Run before anything else is started.

A process of its own, so that the supervisor need not keep two drivers in memory; each is loaded only
when its address was given.
"""

import asyncio
import socket
import sys
from urllib.parse import urlsplit

from app.settings import Settings, settings

PATIENCE = 5
OLDEST = 16


def shown(url: str) -> str:
    """The address without user and password."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or '(no host)'}:{parts.port}" if parts.port else str(parts.hostname or "(no host)")
    except ValueError:
        return "(unreadable)"


def said(problem: Exception) -> str:
    """What a failed connection means, in few words."""
    if isinstance(problem, socket.gaierror):
        return "that host is unknown"
    # asyncio reports several refused addresses of one name as a plain OSError.
    if "refused" in str(problem) or "Connect call failed" in str(problem):
        return "nobody listens there"
    return str(problem).rstrip(".") or type(problem).__name__


async def database_problem(url: str) -> str:
    """Why the database can't be used, as one sentence; empty when it can."""
    import asyncpg

    where = f"The Postgres server of DATABASE_URL ({shown(url)})"
    try:
        connection = await asyncpg.connect(url, timeout=PATIENCE)
    except asyncpg.InvalidPasswordError:
        return f"{where} refuses the user or the password; correct DATABASE_URL."
    except asyncpg.InvalidAuthorizationSpecificationError as problem:
        return f"{where} refuses the login ({said(problem)}); correct DATABASE_URL or the server's pg_hba.conf."
    except asyncpg.InvalidCatalogNameError as problem:
        return f"{where} has no such database ({said(problem)}); create it or correct DATABASE_URL."
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        return f"{where} can't be used ({said(problem)}); correct DATABASE_URL or the server."
    except TimeoutError:
        return f"{where} does not answer within {PATIENCE} seconds; start it or correct DATABASE_URL."
    except (OSError, ValueError) as problem:
        return f"{where} can't be reached ({said(problem)}); start it, or unset DATABASE_URL for an embedded one."
    try:
        version: int = connection.get_server_version().major
        return "" if version >= OLDEST else f"{where} is PostgreSQL {version}; {OLDEST} or newer is needed."
    finally:
        await connection.close()


async def redis_problem(url: str) -> str:
    """Why Redis or Valkey can't be used, as one sentence; empty when it can."""
    from redis.asyncio import from_url
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, RedisError

    where = f"The Redis server of REDIS_URL ({shown(url)})"
    try:
        client = from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=Retry(NoBackoff(), 0))
    except ValueError as problem:
        return f"REDIS_URL can't be read ({said(problem)}); it looks like redis://host:6379/0."
    try:
        await client.ping()
    except AuthenticationError:
        return f"{where} refuses the user or the password; correct REDIS_URL."
    except (RedisError, OSError) as problem:
        return f"{where} can't be reached ({said(problem)}); start it, or unset REDIS_URL for an embedded one."
    finally:
        await client.aclose()
    return ""


async def problems(chosen: Settings) -> list[str]:
    """What is wrong with the addresses that were given."""
    asked = []
    if chosen.database_url:
        asked.append(database_problem(chosen.database_url))
    if chosen.redis_url:
        asked.append(redis_problem(chosen.redis_url))
    return [text for text in await asyncio.gather(*asked) if text]


def main() -> int:
    """Print the first problem; the exit code."""
    found = asyncio.run(problems(settings()))
    if found:
        sys.stderr.write(" ".join(found[0].split()) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
