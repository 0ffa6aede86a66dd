"""Keeps a run's items in the region's schema, once for all its towns; each item for itself.

An item carries the number of the run that changed it. A town that has everything up to some run is brought up to date
with what carries a higher number, so that nothing must be remembered about single items of single towns.
"""

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from app.feeds.items import KINDS, Gone, Item, Problem, Unread, content_hash
from app.feeds.renamed import looks_renamed, renamed
from app.feeds.store import too_many_gone
from app.kit import clock
from app.tenancy import Scope

AT_ONCE: Final = 1000
"""Items written by one statement."""

_NAMES: Final = {kind: name for name, kind in KINDS.items()}
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


class Put(msgspec.Struct):
    """The outcome."""

    version: int = 0
    """Number of the last run that changed anything; 0 when nothing ever came."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    held: bool = False
    problems: list[Problem] = []


async def put(
    region: Scope, feed: str, items: Sequence[Item], *, snapshot: bool, accept_gone: bool, forgets: bool = False
) -> Put:
    """Store a run's items inside a transaction of the region; two runs of the same feed wait for each other.

    `forgets`: no word is kept of what is gone.
    """
    outcome = Put()
    await region.fetch(_LOCK, [f"{region.key} {feed}"])
    outcome.version = await region.fetchval("SELECT coalesce(max(version), 0) FROM item WHERE feed = $1", [feed])
    known = await _known(region, feed, [] if snapshot else [item.external_id for item in items], everything=snapshot)
    fresh: list[tuple[Item, str]] = []
    for item in items:
        if isinstance(item, Gone | Unread):
            continue
        digest = content_hash(item)
        there = known.get(item.external_id)
        if there == digest:
            outcome.unchanged += 1
        else:
            fresh.append((item, digest))
    run = outcome.version + 1
    for start in range(0, len(fresh), AT_ONCE):
        await _write(region, feed, run, fresh[start : start + AT_ONCE], known, outcome)
    live = {external_id for external_id, digest in known.items() if digest}
    gone = live & {item.external_id for item in items if isinstance(item, Gone)}
    # Gone here and new there; each town finds in its own delivery that it is the same.
    again = await _renamed(region, feed, [item.external_id for item in items], fresh, known, snapshot=snapshot)
    gone |= again
    if snapshot:
        missing = live - {item.external_id for item in items} - again
        outcome.held = not accept_gone and too_many_gone(here=len(items), live=len(live), gone=len(missing))
        gone |= set() if outcome.held else missing
    if gone:
        await region.fetch(
            """UPDATE item SET deleted_at = $3, version = $4, body = CASE WHEN $5 THEN '{}' ELSE body END,
                   content_hash = CASE WHEN $5 THEN '' ELSE content_hash END
               WHERE feed = $1 AND external_id = ANY($2)""",
            [feed, list(gone), clock.now(), run, forgets],
        )
        outcome.gone = len(gone)
    if outcome.new or outcome.changed or outcome.gone:
        outcome.version = run
    return outcome


async def _known(region: Scope, feed: str, ids: Sequence[str], *, everything: bool) -> dict[str, str]:
    """Hash of each stored item by its id; empty for one that is gone."""
    rows = await region.fetch(
        "SELECT external_id, CASE WHEN deleted_at IS NULL THEN content_hash ELSE '' END AS digest FROM item"
        " WHERE feed = $1 AND ($2 OR external_id = ANY($3))",
        [feed, everything, list(ids)],
    )
    return {row["external_id"]: row["digest"] for row in rows}


async def _renamed(
    region: Scope,
    feed: str,
    names: Sequence[str],
    fresh: Sequence[tuple[Item, str]],
    known: dict[str, str],
    *,
    snapshot: bool,
) -> set[str]:
    """Old ids of what came under a new one."""
    new = [item for item, _ in fresh if item.external_id not in known]
    here = set(names)
    if snapshot:
        missing = {name: digest for name, digest in known.items() if digest and name not in here}
    elif looks_renamed(fresh=len(new), whole=len(here)):
        rows = await region.fetch(
            "SELECT external_id, content_hash FROM item WHERE feed = $1 AND deleted_at IS NULL"
            " AND external_id <> ALL ($2) ORDER BY id DESC LIMIT $3",
            [feed, list(names), 2 * len(names)],
        )
        missing = {row["external_id"]: row["content_hash"] for row in rows}
    else:
        return set()
    return set(renamed(new, missing).values())


async def _write(
    region: Scope, feed: str, run: int, pairs: Sequence[tuple[Item, str]], known: dict[str, str], outcome: Put
) -> None:
    """All at once; if the database refuses that, one after the other, so that a bad one loses only itself."""
    try:
        async with region.transaction():
            await _upsert(region, feed, run, pairs)
    except (
        asyncpg.DataError,
        asyncpg.IntegrityConstraintViolationError,
        asyncpg.ProgramLimitExceededError,
        ValueError,
    ):
        if len(pairs) == 1:
            problem = Problem(pairs[0][0].external_id, "This entry holds something that can't be stored.")
            outcome.problems.append(problem)
            return
        for pair in pairs:
            await _write(region, feed, run, [pair], known, outcome)
        return
    again = sum(item.external_id in known for item, _ in pairs)
    outcome.changed += again
    outcome.new += len(pairs) - again


async def _upsert(region: Scope, feed: str, run: int, pairs: Sequence[tuple[Item, str]]) -> None:
    await region.fetch(
        """INSERT INTO item (feed, version, external_id, kind, content_hash, body)
           SELECT $1, $2, u.id, u.kind, u.digest, u.body::jsonb
           FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS u (id, kind, digest, body)
           ON CONFLICT (feed, external_id) DO UPDATE SET kind = excluded.kind, content_hash = excluded.content_hash,
               body = excluded.body, version = excluded.version, changed_at = now(), deleted_at = NULL""",
        [
            feed,
            run,
            [item.external_id for item, _ in pairs],
            [_NAMES[type(item)] for item, _ in pairs],
            [digest for _, digest in pairs],
            [msgspec.json.encode(item).decode() for item, _ in pairs],
        ],
    )


def read(kind: str, body: str) -> Item | None:
    """An item as it was stored; None for one of a shape that is no more, which its next fetch replaces."""
    try:
        return msgspec.json.decode(body, type=KINDS[kind])
    except (msgspec.DecodeError, KeyError):
        return None
