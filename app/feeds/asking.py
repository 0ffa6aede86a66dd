"""Asks a source and reads its answer: the same for a town's feed and for a region's. No database, no transaction."""

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from app.feeds import failures, pace, raw, secrets
from app.feeds.connector import Connector, Cursor, Failure, Fetched, InvalidConfig, ParseContext, Stop
from app.feeds.items import Item, Problem
from app.feeds.registry import connector
from app.kit import clock
from app.kit.errors import InvalidInput
from app.kit.http import FetchError, Http
from app.kit.i18n import gettext_ as _

WINDOW_BEFORE: Final = timedelta(days=1)
WINDOW_AFTER: Final = timedelta(days=400)
INLINE_BYTES: Final = 100_000
"""A larger body is parsed in a thread, so that the others go on."""
MOST_PROBLEMS_KEPT: Final = 50

CLERK: Final = "de"
"""The language in which a feed's troubles are written down."""

RELEASE: Final = "release"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as it stood when the run began, as far as asking goes."""

    name: str
    connector: str
    url: str
    options: Mapping[str, Any]
    every_seconds: int
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    hold: bool = False
    failures: int = 0
    changed_at: datetime | None = None
    full_fetch_at: datetime | None = None
    variables: str = secrets.PREFIX
    """What the names of the variables begin with that it may use, see `app.feeds.secrets`."""


class Found(msgspec.Struct, frozen=True):
    """What is known after the fetch."""

    fetched: Fetched | None = None
    items: Sequence[Item] = ()
    problems: Sequence[Problem] = ()
    body_hash: str = ""
    asked: tuple[int | None, ...] = ()
    failure: Failure | None = None
    unchanged: bool = False
    """Not modified, or the same bytes as last time."""


async def ask(feed: Asked, http: Http, owner: Path, *, zone: str = "", force: bool = False) -> Found:
    """Fetch and parse; a failure of the source is part of what is found. `owner` is whose raw answers are kept where.

    A release is only fetched: it lies in a file, which whoever asked deletes. Another file is deleted here.
    """
    with contextlib.ExitStack() as rest:
        return await _ask(feed, http, owner, rest, zone=zone, force=force)


async def _ask(feed: Asked, http: Http, owner: Path, rest: contextlib.ExitStack, *, zone: str, force: bool) -> Found:
    now = clock.now()
    full = force or feed.full_fetch_at is None or now - feed.full_fetch_at > timedelta(days=pace.FULL_FETCH_DAYS)
    known: secrets.Secrets = {}
    try:
        code = connector(feed.connector)
        options, known = secrets.filled(feed.url, feed.options, feed.variables)
        config = code.configured(options)
        cursor = Cursor(etag=feed.etag, last_modified=feed.last_modified, force=full)
        fetched = secrets.without(await code.fetch(config, http, cursor), known)
        if fetched.status == "not_modified":
            return Found(fetched, asked=(fetched.max_age, fetched.retry_after), unchanged=True)
        digest = fetched.digest or hashlib.sha256(fetched.body).hexdigest()
        same = digest == feed.body_hash and not full
        if code.manifest.delivers == RELEASE:
            return Found(fetched, body_hash=digest, asked=(fetched.max_age, fetched.retry_after), unchanged=same)
        if fetched.path is not None:
            rest.callback(fetched.path.unlink, missing_ok=True)
        if same:
            return Found(fetched, asked=(fetched.max_age, fetched.retry_after), unchanged=True)
        # Before it is read: what can't be read is what one wants to look at later.
        # Of what may name people the answer before it goes: what the source took back stands in there.
        await raw.keep(owner, feed.name, fetched, most=1 if code.manifest.forgets else raw.KEPT)
        items, problems = await parsed(code, configured(code, feed), fetched, zone)
        wait = code.pace(fetched.body) if code.pace else None
        return Found(fetched, items, problems, digest, (wait, fetched.max_age, fetched.retry_after))
    except FetchError as error:
        return Found(failure=secrets.told(failures.of(error), known))
    except Failure as failure:
        return Found(failure=secrets.told(failure, known))
    except (InvalidConfig, InvalidInput) as error:
        problem = secrets.hidden(str(error), known)
        return Found(failure=Stop("The feed's settings don't fit: %(problem)s", code="config", problem=problem))
    except Exception as error:
        if not known or isinstance(error, OSError):
            raise
        raise secrets.Broken(secrets.hidden(f"{type(error).__name__}: {error}", known)) from None


def configured(code: Connector, feed: Asked) -> Any:
    """The feed's settings as its connector wants them, for reading: secrets stay names. Raises `InvalidConfig`."""
    return code.configured({"url": feed.url, **feed.options})


async def parsed(code: Connector, config: Any, fetched: Fetched, zone: str = "") -> tuple[list[Item], list[Problem]]:
    """Items by their id (the last one counts), and what could not be read; raises `Failure`."""
    now = clock.now()
    context = ParseContext(
        url=fetched.url,
        content_type=fetched.content_type,
        charset=fetched.charset,
        window_start=now - WINDOW_BEFORE,
        window_end=now + WINDOW_AFTER,
        zone=ZoneInfo(zone or "Europe/Berlin"),
    )
    if fetched.path is not None or len(fetched.body) > INLINE_BYTES:
        return await asyncio.to_thread(_parse, code, fetched, config, context)
    return _parse(code, fetched, config, context)


def _parse(code: Connector, fetched: Fetched, config: Any, context: ParseContext) -> tuple[list[Item], list[Problem]]:
    if fetched.path is None or code.parse_file is None:
        return _sorted(code.parse(fetched.body, config, context))
    with fetched.path.open("rb") as file:
        return _sorted(code.parse_file(file, config, context))


def _sorted(parsed: Iterator[Item | Problem]) -> tuple[list[Item], list[Problem]]:
    items: dict[str, Item] = {}
    problems: list[Problem] = []
    for found in parsed:
        if isinstance(found, Problem):
            problems.append(found)
        elif "\0" in found.external_id:
            # No database takes it, not even in the question what is known of it.
            problems.append(Problem(None, "This entry holds something that can't be stored."))
        else:
            items[found.external_id] = found
    return list(items.values()), problems


def held() -> str:
    """What is said when more than half of a snapshot vanished, in the reader's language."""
    return _(
        "More than half of the entries have vanished from the source at once. They stay visible until you confirm"
        " that they are meant to be gone, or the source brings them back."
    )


def crash() -> Stop:
    """A defect of ours in one feed; the others must not lose their run by it."""
    return Stop("The platform made a mistake with this feed. It stands in the operator's log.", code="internal")


def problem_text(problem: Problem) -> str:
    """What could not be taken, in the reader's language."""
    reason = _(problem.reason)
    return f"{problem.external_id}: {reason}" if problem.external_id else reason


def believed(feed: Asked, code: Connector, *, accept_gone: bool) -> bool:
    """Whether what vanished is taken for gone even if it is more than half.

    Where everything may end at once, as warnings do, a second answer in a row that says so is enough.
    """
    return accept_gone or (feed.hold and code.manifest.ends_at_once)
