"""Puts a run's items into the town: what is new, what changed, what is gone; each item for itself.

Identity is (feed, external id). A window (increment) says nothing about what it leaves out; a snapshot is complete,
so what is absent is withdrawn, unless more than half vanishes at once: then it is held until somebody has looked.

What is withdrawn keeps its words for a while, hidden, in case that it comes back; those of a source that may name
people are blanked at once, and what stays says that something is gone and whether an editor had hidden it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from app.feeds.asking import CLERK
from app.feeds.items import KINDS, Gone, Item, Problem, Unread, content_hash
from app.feeds.renamed import looks_renamed, renamed
from app.feeds.report import FeedReport, Takers
from app.feeds.source import Source
from app.kit import clock, i18n
from app.kit.i18n import gettext_ as _
from app.tenancy import current, transaction
from app.tenancy.village import touched

HOLD_FROM = 4
"""Below this many items a feed may lose more than half without being held."""

_NAMES: Final = {kind: name for name, kind in KINDS.items()}


def too_many_gone(*, here: int, live: int, gone: int) -> bool:
    """Whether so much vanished at once from `live` items that a mistake of the source is likelier than its will."""
    return gone > 0 and (here == 0 or (live >= HOLD_FROM and gone * 2 > live))


class Known(msgspec.Struct, frozen=True):
    """What is stored of an item."""

    id: int
    content_hash: str
    deleted: bool


class Stored(msgspec.Struct):
    """The outcome of storing a run."""

    held: bool = False
    problems: list[Problem] = []


async def store(
    source: Source, items: Sequence[Item], takers: Takers, report: FeedReport, *, snapshot: bool, accept_gone: bool
) -> Stored:
    """Store a run's items inside the tenant's transaction; fills the report's counts."""
    outcome = Stored()
    names = [item.external_id for item in items]
    known = await _known(source.feed_id, names, everything=snapshot)
    taken_back = [item for item in items if isinstance(item, Gone)]
    everything, items = items, [item for item in items if not isinstance(item, Gone | Unread)]
    await _rename(items, known, await _window(source.feed_id, names, known, snapshot=snapshot))
    await _take_in(source, items, known, takers, report, outcome)
    await _take_back(source, taken_back, known, takers, report)
    if snapshot:
        await _withdraw(source, everything, known, takers, report, outcome, accept_gone=accept_gone)
    if report.new or report.changed or report.gone:
        touched()
    return outcome


async def give(
    source: Source, items: Sequence[Item], lost: Sequence[str], takers: Takers, report: FeedReport, *, complete: bool
) -> Stored:
    """Bring a town up to date with what its region holds, inside the town's transaction; fills the report's counts.

    `items` are to be there, `lost` (external ids) are not; `complete`: nothing but the items is. Safe to repeat. What
    was held or not was decided when the region stored it.
    """
    outcome = Stored()
    items = [item for item in items if type(item) in takers]
    ids = [*(item.external_id for item in items), *lost]
    known = await _known(source.feed_id, ids, everything=complete)
    here = {item.external_id for item in items}
    await _rename(items, known, {name: one for name, one in known.items() if name not in here})
    await _take_in(source, items, known, takers, report, outcome)
    names = known.keys() - here if complete else known.keys() & set(lost)
    await _lose(source, [known[name].id for name in names if not known[name].deleted], takers, report)
    if report.new or report.changed or report.gone:
        touched()
    return outcome


async def withdraw_all(source: Source, takers: Takers, report: FeedReport) -> None:
    """Take back everything that came from a feed, inside the town's transaction."""
    known = await _known(source.feed_id, (), everything=True)
    await _lose(source, [one.id for one in known.values() if not one.deleted], takers, report)
    if report.gone:
        touched()


async def _take_in(
    source: Source,
    items: Sequence[Item],
    known: dict[str, Known],
    takers: Takers,
    report: FeedReport,
    outcome: Stored,
) -> None:
    new: list[Item] = []
    changed: list[tuple[int, Item]] = []
    hashes: dict[str, str] = {}
    for item in items:
        hashes[item.external_id] = digest = content_hash(item)
        there = known.get(item.external_id)
        if there is None:
            new.append(item)
        elif there.content_hash != digest or there.deleted:
            changed.append((there.id, item))
        else:
            report.unchanged += 1
    await _keep(source, new, changed, hashes, takers, report, outcome)


async def _known(feed_id: int, ids: Sequence[str], *, everything: bool) -> dict[str, Known]:
    rows = await current().fetch(
        "SELECT id, external_id, content_hash, deleted_at IS NOT NULL AS deleted FROM feed_item"
        " WHERE feed_id = $1 AND ($2 OR external_id = ANY($3))",
        [feed_id, everything, [] if everything else list(ids)],
    )
    return {row["external_id"]: Known(row["id"], row["content_hash"], row["deleted"]) for row in rows}


async def _window(feed_id: int, names: Sequence[str], known: dict[str, Known], *, snapshot: bool) -> dict[str, Known]:
    """What an answer doesn't have; of one that is a window only the last ones, and only if most of it is unknown."""
    here = set(names)
    if snapshot:
        return {name: one for name, one in known.items() if name not in here}
    if not looks_renamed(fresh=len(here - known.keys()), whole=len(here)):
        return {}
    rows = await current().fetch(
        "SELECT id, external_id, content_hash FROM feed_item"
        " WHERE feed_id = $1 AND deleted_at IS NULL AND external_id <> ALL ($2) ORDER BY id DESC LIMIT $3",
        [feed_id, list(names), 2 * len(names)],
    )
    return {row["external_id"]: Known(row["id"], row["content_hash"], deleted=False) for row in rows}


async def _rename(items: Sequence[Item], known: dict[str, Known], missing: dict[str, Known]) -> None:
    """What is the same under another id is known by that from now on."""
    fresh = [item for item in items if item.external_id not in known]
    pairs = renamed(fresh, {name: one.content_hash for name, one in missing.items() if not one.deleted})
    if pairs:
        await current().fetch(
            "UPDATE feed_item SET external_id = u.name FROM unnest($1::bigint[], $2::text[]) AS u (id, name)"
            " WHERE feed_item.id = u.id",
            [[missing[old].id for old in pairs.values()], list(pairs)],
        )
    for name, old in pairs.items():
        known[name] = missing[old]
        known.pop(old, None)


async def _keep(
    source: Source,
    new: list[Item],
    changed: list[tuple[int, Item]],
    hashes: dict[str, str],
    takers: Takers,
    report: FeedReport,
    outcome: Stored,
) -> None:
    """All at once; if the database refuses that, one after the other, so that a bad one loses only itself."""
    if not new and not changed:
        return
    try:
        async with transaction():
            await _write(source, new, changed, hashes, takers)
        report.new += len(new)
        report.changed += len(changed)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError):
        singles: list[tuple[list[Item], list[tuple[int, Item]]]] = [([item], []) for item in new]
        singles += [([], [pair]) for pair in changed]
        for one_new, one_changed in singles:
            item = one_new[0] if one_new else one_changed[0][1]
            try:
                async with transaction():
                    await _write(source, one_new, one_changed, hashes, takers)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError):
                outcome.problems.append(Problem(item.external_id, "This entry holds something that can't be stored."))
            else:
                report.new += len(one_new)
                report.changed += len(one_changed)


async def _write(
    source: Source, new: list[Item], changed: list[tuple[int, Item]], hashes: dict[str, str], takers: Takers
) -> None:
    pairs = list(changed)
    if new:
        rows = await current().fetch(
            "INSERT INTO feed_item (feed_id, external_id, kind, content_hash)"
            " SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[]) RETURNING id, external_id",
            [
                source.feed_id,
                [item.external_id for item in new],
                [_NAMES[type(item)] for item in new],
                [hashes[item.external_id] for item in new],
            ],
        )
        ids = {row["external_id"]: row["id"] for row in rows}
        pairs += [(ids[item.external_id], item) for item in new]
    if changed:
        await current().fetch(
            "UPDATE feed_item SET content_hash = u.digest, changed_at = now(), deleted_at = NULL"
            " FROM unnest($1::bigint[], $2::text[]) AS u (id, digest) WHERE feed_item.id = u.id",
            [[id_ for id_, _ in changed], [hashes[item.external_id] for _, item in changed]],
        )
    by_kind: dict[type, list[tuple[int, Item]]] = defaultdict(list)
    for id_, item in pairs:
        by_kind[type(item)].append((id_, item))
    for kind, some in by_kind.items():
        await takers[kind].store(source, some)


async def _take_back(
    source: Source, items: Sequence[Item], known: dict[str, Known], takers: Takers, report: FeedReport
) -> None:
    """Withdraw what the source itself says is gone; such a message needs no guard."""
    there = [known[item.external_id] for item in items if item.external_id in known]
    await _lose(source, [one.id for one in there if not one.deleted], takers, report)


async def _lose(source: Source, gone: Sequence[int], takers: Takers, report: FeedReport) -> None:
    if gone:
        await current().fetch("UPDATE feed_item SET deleted_at = $2 WHERE id = ANY($1)", [list(gone), clock.now()])
        if source.forgets:
            await _blank(source, gone, takers)
        for taker in takers.values():
            await taker.withdraw(list(gone))
        report.gone += len(gone)


async def _blank(source: Source, gone: Sequence[int], takers: Takers) -> None:
    """Each is stored once more, as an item that says nothing: so nobody has to know what is kept of it where."""
    rows = await current().fetch(
        "UPDATE feed_item SET content_hash = '' WHERE id = ANY($1) RETURNING id, external_id, kind", [list(gone)]
    )
    with i18n.reading_in(CLERK):
        title = _("Taken back by its source")
    by_kind: dict[type[Item], list[tuple[int, Item]]] = defaultdict(list)
    for row in rows:
        kind = KINDS[row["kind"]]
        by_kind[kind].append((row["id"], kind(external_id=row["external_id"], title=title)))
    for kind, some in by_kind.items():
        if kind in takers:
            await takers[kind].store(source, some)


async def _withdraw(
    source: Source,
    items: Sequence[Item],
    known: dict[str, Known],
    takers: Takers,
    report: FeedReport,
    outcome: Stored,
    *,
    accept_gone: bool,
) -> None:
    here = {item.external_id for item in items}
    live = [one for one in known.values() if not one.deleted]
    gone = [one.id for external_id, one in known.items() if external_id not in here and not one.deleted]
    if not gone:
        return
    if not accept_gone and too_many_gone(here=len(here), live=len(live), gone=len(gone)):
        outcome.held = True
        return
    await _lose(source, gone, takers, report)
