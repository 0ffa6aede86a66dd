"""Asks all sources at the same time, within a time limit; each fails alone."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from app.feeds import failures
from app.feeds.connector import Cursor, Failure, ParseContext
from app.feeds.items import Fact as FactItem
from app.feeds.registry import CONNECTORS
from app.kit import clock
from app.kit.errors import VillageError
from app.kit.http import FetchError, Http
from app.kit.i18n import gettext_ as _
from app.platform.discovery import facts
from app.platform.discovery.registry import servers_of
from app.platform.discovery.shape import (
    Discovery,
    Fact,
    Options,
    Progress,
    SourceName,
    Step,
    website_of,
)
from app.platform.discovery.spending import Sparing, Spent
from app.platform.discovery.website import Looked
from app.tenancy.boundaries import Boundary
from app.tenancy.regions import all_described

OWN_SECONDS: Final = 20.0
"""For a source that asks no stranger or one question."""
_WIKIDATA: Final = "wikidata"


class Off(Exception):
    """A source is not asked; the text says why."""


async def ask_all(ags: str, *, website: str, http: Http, progress: Progress, options: Options) -> Discovery:
    """See `app.platform.discovery.discover`."""
    began = monotonic()
    keys, boundary = await facts.keys_of(ags)
    run = _Run(Discovery(keys=keys, website=website_of(website)), boundary, http, options, progress, began)
    await run.step("register", _known, OWN_SECONDS)
    await asyncio.gather(
        run.step("regions", run.regions, OWN_SECONDS),
        run.step("stops", run.stops, OWN_SECONDS),
        run.step("holidays", run.holidays, OWN_SECONDS),
        run.strangers(),
    )
    found = run.found
    found.proposals = tuple(run.looked.proposals)
    found.steps = tuple(run.steps.values())
    found.requests = run.sparing.made
    found.seconds = round(monotonic() - began, 2)
    return found


async def _known() -> int:
    return 1


class _Run:
    """One call of `discover`."""

    def __init__(
        self,
        found: Discovery,
        boundary: Boundary | None,
        http: Http,
        options: Options,
        progress: Progress,
        began: float,
    ) -> None:
        self.found = found
        self.steps: dict[SourceName, Step] = {}
        self.looked = Looked(found.keys.ags, options.most_proposals)
        self.sparing = Sparing(http, options.requests)
        self._boundary = boundary
        self._http = http
        self._options = options
        self._progress = progress
        self._until = began + options.seconds

    async def step(self, source: SourceName, work: Callable[[], Awaitable[int]], most_seconds: float = 0) -> None:
        """Do one source and tell how it went; never raises for what the source does."""
        await self._tell(Step(source=source, state="running"))
        left = max(self._until - monotonic(), 0.01)
        try:
            async with asyncio.timeout(min(left, most_seconds) if most_seconds else left):
                count = await work()
        except Off as off:
            await self._tell(Step(source=source, state="off", text=str(off)))
        except TimeoutError:
            count = self._so_far(source)
            await self._tell(
                Step(source=source, state="failed", count=count, text=_("It took too long. What was found counts."))
            )
        except FetchError as error:
            await self._tell(Step(source=source, state="failed", text=failures.of(error).text))
        except Failure as failure:
            await self._tell(Step(source=source, state="failed", text=failure.text))
        except VillageError as error:
            await self._tell(Step(source=source, state="failed", text=_(error.detail) % error.params))
        else:
            await self._tell(Step(source=source, state="done" if count else "nothing", count=count))

    async def strangers(self) -> None:
        """Wikidata first, because it may name the website; then the website, then the council."""
        await self.step("wikidata", self.wikidata, OWN_SECONDS)
        await self.step("website", self.website)
        await self.step("council", self.council)

    async def regions(self) -> int:
        self.found.regions = await facts.regions_over(self.found.keys.ags)
        return len(self.found.regions)

    async def stops(self) -> int:
        self.found.stops = await facts.stops_within(self.found.keys.ags, self._boundary)
        return len(self.found.stops)

    async def holidays(self) -> int:
        self.found.holidays = await facts.holidays_of(self.found.keys.holidays)
        return len(self.found.holidays)

    async def wikidata(self) -> int:
        address = self._options.wikidata or _of_a_region(_WIKIDATA, self.found.keys.ags)
        code = CONNECTORS.get(_WIKIDATA)
        if not address or code is None:
            raise Off(_("Wikidata is not set up on this platform."))
        config = code.configured({"url": address, "ags": self.found.keys.ags})
        fetched = await code.fetch(config, self._http, Cursor())
        now = clock.now()
        context = ParseContext(
            url=fetched.url,
            content_type=fetched.content_type,
            charset=fetched.charset,
            window_start=now,
            window_end=now,
        )
        known = [item for item in code.parse(fetched.body, config, context) if isinstance(item, FactItem)]
        self.found.facts = tuple(_fact(item) for item in known)
        named = next((fact.value for fact in self.found.facts if fact.name == "website"), "")
        self.found.website = self.found.website or website_of(named)
        return len(known)

    async def website(self) -> int:
        if not self.found.website:
            raise Off(_("No website is known. Enter its address and look again."))
        await self.looked.website(self.found.website, self.sparing)
        return len(self.looked.proposals)

    async def council(self) -> int:
        before = len(self.looked.proposals)
        await self.looked.council(self.sparing)
        if len(self.looked.proposals) == before and self._options.oparl_registry:
            keys = self.found.keys
            for address in await servers_of(self._options.oparl_registry, keys.name, self._http):
                try:
                    if await self.looked.oparl(address, self.sparing, found="registry"):
                        break
                except Spent:
                    break
        return len(self.looked.proposals) - before

    def _so_far(self, source: SourceName) -> int:
        return len(self.looked.proposals) if source == "website" else 0

    async def _tell(self, step: Step) -> None:
        self.steps[step.source] = step
        await self._progress(step)


def _fact(item: FactItem) -> Fact:
    return Fact(name=item.title, value=item.value, as_of=item.as_of, item=item.url)


def _of_a_region(connector: str, ags: str) -> str:
    """The address of such a feed of a region that covers it and has it switched on."""
    feeds = (feed for one in all_described() if one.covers(ags) for feed in one.feeds)
    return next((feed.url for feed in feeds if feed.connector == connector and feed.enabled and feed.url), "")
