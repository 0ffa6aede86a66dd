"""The guarded client with an allowance: so many requests, robots.txt respected, nothing fetched twice."""

import asyncio
from collections.abc import Mapping
from typing import Final, cast

from app.feeds.connector import Failure, Stop
from app.feeds.robots import Robots, robots_address, robots_of
from app.kit.http import Cursor, Fetched, Http

_NOTHING: Final = Cursor()
PAGE_BYTES: Final = 5_000_000
"""Of one answer: this is a look, not a sync."""
SECONDS: Final = 15.0


class Spent(Stop):
    """The allowance is used up."""

    def __init__(self) -> None:
        super().__init__("Enough was asked for now.", code="allowance")


class Sparing:
    """Fetches as `Http` does; connectors are handed it in its place."""

    def __init__(self, http: Http, allowance: int) -> None:
        self._http = http
        self._left = allowance
        self._robots: dict[str, Robots | Failure] = {}
        self._kept: dict[str, Fetched] = {}
        self.made = 0

    async def get(
        self,
        url: str,
        cursor: Cursor = _NOTHING,  # noqa: ARG002 - the signature of Http; a first look knows no cursor
        *,
        accept: str = "*/*",
        total_seconds: float = SECONDS,
        body_bytes: int = PAGE_BYTES,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Fetch once; raises `Spent`, a `Failure` for what robots.txt forbids, or a `FetchError`."""
        url = url.partition("#")[0]
        if url in self._kept:
            return self._kept[url]
        if url == robots_address(url):
            # A connector that asks for the rules itself.
            return await self._fetch(url, accept, total_seconds, body_bytes, headers)
        rules = await self._rules(url)
        rules.demand(url)
        if rules.delay_seconds:
            await asyncio.sleep(rules.delay_seconds)
        return await self._fetch(url, accept, total_seconds, body_bytes, headers)

    async def _fetch(
        self, url: str, accept: str, total_seconds: float, body_bytes: int, headers: Mapping[str, str] | None
    ) -> Fetched:
        if self._left < 1:
            raise Spent
        self._left -= 1
        self.made += 1
        fetched = await self._http.get(
            url,
            accept=accept,
            total_seconds=min(total_seconds, SECONDS),
            body_bytes=min(body_bytes, PAGE_BYTES),
            headers=headers,
        )
        self._kept[url] = fetched
        return fetched

    async def _rules(self, url: str) -> Robots:
        """Each origin is asked once for its rules, which counts as well; one that fails to say is not asked again."""
        origin = robots_address(url)
        if origin not in self._robots:
            try:
                # It does what `robots_of` asks of the client.
                self._robots[origin] = await robots_of(cast("Http", self), url)
            except Spent:
                raise
            except Failure as failure:
                self._robots[origin] = failure
        found = self._robots[origin]
        if isinstance(found, Failure):
            raise found
        return found
