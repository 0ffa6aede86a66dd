"""The job that searches for a town, and what becomes of a proposal."""

import logging
from typing import Final

import msgspec

from app.feeds.admin import NewFeed, add
from app.feeds.asking import CLERK
from app.feeds.sync import due
from app.kit import i18n
from app.kit.errors import NotFound, VillageError
from app.kit.slug import slug as short_name
from app.platform import feeds
from app.platform.discovery import Discovery, Options, Progress, discover, kept
from app.platform.discovery.shape import Step
from app.tenancy import current, current_slug, tenant, transaction
from app.tenancy.jobs import job
from app.tenancy.registry import place_of

log = logging.getLogger(__name__)

MOST_TRIES: Final = 50


async def search(slug: str, website: str, progress: Progress, options: Options | None = None) -> Discovery:
    """Look for everything there is for a town and keep it; raises `UnknownAgs`, `UnknownTenant`."""
    place = await place_of(slug)
    options = options or Options()
    async with tenant(slug), transaction():
        await kept.begin(website)
        if not options.wikidata:
            options = msgspec.structs.replace(options, wikidata=await _own_wikidata())
    found = await discover(
        place.ags, website=website, http=feeds.http().impatient(), progress=progress, options=options
    )
    async with tenant(slug), transaction():
        await kept.end(found)
    return found


@job(own_scope=True, queue="feeds")
async def search_for(slug: str, website: str = "") -> None:
    """Search for a town whose clerk asked for it; each step is told on the page."""

    async def progress(step: Step) -> None:
        async with tenant(slug), transaction():
            await kept.tell(step)

    with i18n.reading_in(CLERK):
        try:
            found = await search(slug, website, progress)
        except VillageError as refusal:
            log.warning("nothing can be found for %s: %s", slug, refusal)
            async with tenant(slug), transaction():
                await kept.give_up()
        else:
            log.info("%s: %d proposals, %d requests", slug, len(found.proposals), found.requests)


async def take_over(key: str) -> str:
    """Make a proposal a feed of the current town, switched on; its name. Raises `NotFound`, `InvalidInput`."""
    slug = current_slug()
    proposal = await kept.take(key)
    name = await _free_name(slug, proposal.title or proposal.connector)
    await add(
        slug,
        NewFeed(
            name=name,
            title=proposal.title,
            connector=proposal.connector,
            url=proposal.url,
            options=proposal.options,
            licence=proposal.licence,
        ),
    )
    feeds.sync_feed.later(feed=name)
    return name


async def _own_wikidata() -> str:
    """The address that the town's own feed asks; without one that of a region counts."""
    rows = await current().fetch("SELECT url FROM feed WHERE connector = 'wikidata' AND enabled AND url <> '' LIMIT 1")
    return str(rows[0]["url"]) if rows else ""


async def _free_name(slug: str, title: str) -> str:
    stem = short_name(title)[:50].strip("-") or "quelle"
    for number in range(1, MOST_TRIES):
        name = stem if number == 1 else f"{stem}-{number}"
        try:
            await due(slug, [name])
        except NotFound:
            return name
    raise NotFound("There are too many sources of this name.")
