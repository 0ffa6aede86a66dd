"""Reads a kept answer again, after a mistake of ours was mended, and stores what comes of it; asks nobody."""

from app.feeds import asking, raw, secrets
from app.feeds.connector import Fetched
from app.feeds.registry import connector
from app.feeds.report import FeedReport, Takers
from app.feeds.source import Source
from app.feeds.store import store
from app.feeds.sync import PATIENCE_SECONDS, Due, due, turn_of
from app.kit import i18n
from app.kit.errors import NotFound
from app.tenancy import current, tenant, transaction, turns
from app.tenancy.registry import place_of


class NothingKept(NotFound):
    """No answer of this feed is kept, or it can't be read."""


async def replay(slug: str, name: str, *, takers: Takers, back: int = 0) -> FeedReport:
    """Read the last answer again, or the one `back` before it. Cursor, health and pace of the feed stay as they are.

    Raises `NotFound` for a feed that isn't there, `RegionsFeed`, `NothingKept`, and the connector's `Failure`.
    """
    async with turns.turn(turn_of(slug, name), patience_seconds=PATIENCE_SECONDS):
        return await _replay(slug, name, takers, back)


async def _replay(slug: str, name: str, takers: Takers, back: int) -> FeedReport:
    [feed] = await due(slug, [name])
    answer = await raw.last(raw.town(slug), name, back)
    if answer is None:
        raise NothingKept("Nothing is kept of %(name)s that could be read again. Fetch it first.", name=name)
    place = await place_of(slug)
    zone = str(place.site.get("zone") or "Europe/Berlin")
    code = connector(feed.connector)
    fetched = Fetched(
        status="new", url=answer.url, body=answer.body, content_type=answer.content_type, charset=answer.charset
    )
    with i18n.reading_in(asking.CLERK):
        items, problems = await asking.parsed(code, asking.configured(code, feed), fetched, zone)
        report = FeedReport(name=name)
        source = Source(
            feed_id=feed.id,
            name=feed.name,
            title=feed.title or next((item.attribution for item in items if item.attribution), feed.name),
            url="" if secrets.is_named(feed.url) else feed.url,
            provider_id=feed.provider_id,
            category_id=feed.category_id,
            licence=feed.licence or code.manifest.licence,
            attribution=feed.attribution,
            zone=zone,
            forgets=code.manifest.forgets,
        )
        async with tenant(slug), transaction():
            outcome = await store(
                source, items, takers, report, snapshot=code.delivers(feed.options) == "snapshot", accept_gone=False
            )
            found = [*problems, *outcome.problems]
            await _note(feed, report)
        report.errors = [asking.problem_text(problem) for problem in found]
        if outcome.held:
            report.errors.insert(0, asking.held())
    if not (report.new or report.changed or report.gone):
        report.status = "unchanged"
    return report


async def _note(feed: Due, report: FeedReport) -> None:
    """The counts are those of the last reading."""
    await current().fetch(
        "UPDATE feed SET items_new = $2, items_changed = $3, items_unchanged = $4, items_gone = $5 WHERE id = $1",
        [feed.id, report.new, report.changed, report.unchanged, report.gone],
    )
