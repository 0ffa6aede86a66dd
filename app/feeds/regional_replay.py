"""Reads a region's kept answer again, after a mistake of ours was mended; asks nobody.

Cursor, health and pace of the feed stay as they are. A whole timetable is not kept: it is fetched again.
"""

import msgspec

from app.feeds import asking, raw, regional_state, regional_sync
from app.feeds.asking import Found
from app.feeds.connector import Fetched
from app.feeds.regional import Keepers, Kept
from app.feeds.regional_state import RegionDue
from app.feeds.registry import connector
from app.feeds.replay import NothingKept
from app.feeds.report import FeedReport
from app.kit import i18n
from app.tenancy import control, turns


async def replay(name: str, feed: str, *, keepers: Keepers, back: int = 0) -> FeedReport:
    """Read the last answer again, or the one `back` before it.

    Raises `UnknownRegion`, `NotFound` for a feed that is not switched on, `NothingKept`, and the connector's `Failure`.
    """
    async with turns.turn(regional_sync.turn_of(name, feed), patience_seconds=regional_sync.PATIENCE_SECONDS):
        [due] = await regional_state.due(name, feed)
        answer = await raw.last(raw.region(name), feed, back)
        if answer is None:
            raise NothingKept("Nothing is kept of %(name)s that could be read again. Fetch it first.", name=feed)
        fetched = Fetched(
            status="new", url=answer.url, body=answer.body, content_type=answer.content_type, charset=answer.charset
        )
        with i18n.reading_in(asking.CLERK):
            code = connector(due.connector)
            items, problems = await asking.parsed(code, asking.configured(code, due), fetched, due.feed.zone)
            kept, version, held = await regional_sync.keep(
                due, Found(fetched, items, problems), keepers, accept_gone=False
            )
            report = FeedReport(name=feed, new=kept.new, changed=kept.changed, unchanged=kept.unchanged, gone=kept.gone)
            report.errors = [*([asking.held()] if held else []), *(asking.problem_text(one) for one in kept.problems)]
            await _note(due, kept, version)
    if kept.new or kept.changed or kept.gone:
        await regional_sync.tell_towns(due)
    else:
        report.status = "unchanged"
    return report


async def _note(due: RegionDue, kept: Kept, version: int) -> None:
    """The counts are those of the last reading; by the number of the run its towns get what is new."""
    problems = [
        {"id": one.external_id or "", "reason": i18n.gettext_(one.reason)}
        for one in kept.problems[: asking.MOST_PROBLEMS_KEPT]
    ]
    async with control() as connection:
        await connection.execute(
            """UPDATE region_feed SET items_new = $3, items_changed = $4, items_unchanged = $5, items_gone = $6,
                   problems = $7, version = greatest(version, $8) WHERE region = $1 AND name = $2""",
            due.feed.region,
            due.name,
            kept.new,
            kept.changed,
            kept.unchanged,
            kept.gone,
            msgspec.json.encode(problems).decode().replace("\\u0000", ""),
            version,
        )
