"""Runs a command with the servers in reach, and turns expected refusals into one sentence."""

import argparse
import asyncio
import importlib
import logging
import sys
from collections.abc import Awaitable, Callable

import asyncpg

from app import settings as values
from app.kit.errors import VillageError
from app.settings import InvalidSetting, Settings
from app.up.folder import CannotStart
from app.up.servers import reach

Command = Callable[[argparse.Namespace], Awaitable[int]]
INTERRUPTED = 130


class Refused(Exception):
    """Why a command can't be done, as one sentence."""


def run(asked: argparse.Namespace) -> int:
    """Do the command; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="village: %(message)s")
    try:
        with reach(values.from_env()) as reached:
            # The servers' addresses are known only now.
            values.use(reached)
            return _do(asked, reached)
    except (CannotStart, InvalidSetting, VillageError, Refused) as refusal:
        return _say(str(refusal))
    except KeyboardInterrupt:
        return INTERRUPTED


def _do(asked: argparse.Namespace, reached: Settings) -> int:
    module, _, name = asked.does.partition(":")
    command: Command = getattr(importlib.import_module(f"app.cli.{module}"), name)
    # Modules of the platform may be loaded from here on only: they know the servers when they are.
    from app.tenancy.cells import CellUnknown
    from app.tenancy.history import HistoryError
    from app.tenancy.migrate import BeingMigrated

    try:
        return asyncio.run(_closing(command, asked))
    except CellUnknown as error:
        return _say(f"There is no cell {error}. `village cells list` shows them.")
    except (HistoryError, BeingMigrated) as error:
        return _say(str(error))
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError) as error:
        return _say(f"The database is not up to date ({error}). Run `village migrate`.")
    except asyncpg.LockNotAvailableError:
        return _say("The village is too busy just now; nothing was changed. Try again in a moment.")
    except BrokenPipeError:
        raise
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if isinstance(error, OSError) and error.filename:
            return _say(f"{error.filename}: {error.strerror}.")
        return _say(_why_away(reached) or f"It failed: {error}")


def _why_away(reached: Settings) -> str:
    """What is wrong with the servers' addresses, if anything is."""
    from app.up.check import problems

    return next(iter(asyncio.run(problems(reached))), "")


async def _closing(command: Command, asked: argparse.Namespace) -> int:
    from app.tenancy import bootstrap, cells

    try:
        if asked.command != "migrate":
            await _prepared(bootstrap.migrate_shared)
        return await command(asked)
    finally:
        if "app.platform.feeds" in sys.modules:
            await sys.modules["app.platform.feeds"].close()
        await cells.close()


async def _prepared(migrate_shared: Callable[[], Awaitable[list[str]]]) -> None:
    """A database that nobody has used yet gets its control plane."""
    from app.tenancy import cells

    connection = await cells.admin(cells.MAIN)
    try:
        there = await connection.fetchval("SELECT to_regclass('shared.tenant') IS NOT NULL")
    finally:
        await connection.close()
    if not there:
        await migrate_shared()


def _say(sentence: str) -> int:
    sys.stderr.write(f"village: {' '.join(sentence.split())}\n")
    return 1
