"""The requests to the gateway, one after the other: the list, then details, offices and online services."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import msgspec

from app.feeds.bundle import Part, part_of
from app.feeds.connector import Cursor, Fetched, Http, Stop
from app.feeds.connectors.pvog.answers import decoded, entries_of, is_last, raw, text
from app.feeds.connectors.pvog.wanted import chosen, is_key
from app.kit.http import BadStatus, FetchError

if TYPE_CHECKING:
    from app.feeds.connectors.pvog.connector import Config

ACCEPT: Final = "application/json"
CLIENT: Final = "pvog-sud-api-client-id"
"""Optional header of the gateway: who asks."""
MOST_OFFICES: Final = 150
MOST_ONLINE_PAGES: Final = 20
MOST_SEARCHED: Final = 5
"""The least that the gateway takes for a page."""
MOST_FAILURES: Final = 5
"""Details in a row that fail: then the gateway is down, not the entry."""


class Asker:
    """One run."""

    def __init__(self, config: "Config", http: Http) -> None:
        self._config = config
        self._http = http
        self._headers = {CLIENT: config.client_id} if config.client_id else None
        self._failures = 0

    async def listing(self, cursor: Cursor) -> tuple[Fetched, list[dict[str, Any]]]:
        """The first page's answer, and the entries of all pages; none when the first is unchanged."""
        config = self._config
        entries: dict[str, dict[str, Any]] = {}
        first: Fetched | None = None
        for page in range(config.most_pages):
            url = self._url(config.list_path, size=config.page_size, page=page)
            try:
                known = cursor if page == 0 else Cursor()
                answer = await self._http.get(url, known, accept=ACCEPT, headers=self._headers)
            except BadStatus as error:
                if page == 0 or error.answer != 404:  # the end of the list, to some versions
                    raise
                break
            first = first or answer
            if answer.status == "not_modified":
                return answer, []
            document = decoded(answer.body)
            before = len(entries)
            entries.update({text(one, "id"): one for one in entries_of(document)})
            if is_last(document, page) or len(entries) == before:
                break
            await self._rest()
        assert first is not None  # noqa: S101 - there is a first page, or an error was raised
        return first, list(entries.values())

    async def everything(self, entries: Sequence[dict[str, Any]]) -> list[Part]:
        """Services, their offices and online services as parts; what fails alone is named in a part `failed`."""
        config = self._config
        taken, missing = chosen(entries, config.wanted, config.ars, config.each)
        for wish in missing:
            taken += await self._searched(wish)
        unique = {text(entry, "id"): entry for entry in reversed(taken)}
        parts: list[Part] = []
        units: dict[str, None] = {}
        for id_ in list(reversed(unique))[: config.most]:
            service = await self._part("service", self._url(config.detail_path, id_, ars=config.ars), id_)
            if service.name == "failed":
                parts.append(service)
                continue
            offices = await self._part("offices", self._url(config.offices_path, ars=config.ars, lbId=id_), id_)
            if offices.name == "failed":
                parts.append(offices)
                continue
            detail = unique[id_] | _said(service.body)
            parts += [msgspec.structs.replace(service, body=msgspec.json.encode(detail)), offices]
            units |= {text(unit, "id"): None for unit in entries_of(decoded(offices.body)) if text(unit, "id")}
        for unit in list(units)[:MOST_OFFICES]:
            parts.append(await self._part("office", self._url(config.office_path, q=unit), unit))
        return [part for part in parts if part.body] + await self._online()

    async def _searched(self, wish: str) -> list[dict[str, Any]]:
        """What the gateway finds for a wish that the list did not fulfil."""
        config = self._config
        if is_key(wish):
            url = self._url(config.key_path, ars=config.ars, leikaIds=wish, size=MOST_SEARCHED)
        else:
            url = self._url(config.list_path, q=wish, size=MOST_SEARCHED)
        answer = await self._answer(url)
        return entries_of(decoded(answer.body))[: config.each] if answer else []

    async def _online(self) -> list[Part]:
        config = self._config
        parts: list[Part] = []
        token = ""
        for _ in range(MOST_ONLINE_PAGES if config.online_path else 0):
            more = {"pageToken": token} if token else {}
            try:
                answer = await self._answer(self._url(config.online_path, ars=config.ars, **more))
            except BadStatus as error:
                if error.answer >= 500:
                    raise
                break  # not for everybody: the links that the services name themselves must do
            if answer is None:
                break
            parts.append(part_of("online", answer))
            following = str(raw(decoded(answer.body), "nextPageToken") or "")
            if not following or following == token:
                break
            token = following
        return parts

    async def _part(self, name: str, url: str, id_: str) -> Part:
        """An answer; an empty list where there is no such thing, a part `failed` with the id when it did not come."""
        try:
            answer = await self._answer(url)
            if answer is not None:
                decoded(answer.body)
        except (FetchError, Stop):
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise
            return Part(name="failed", url=url, body=id_.encode())
        self._failures = 0
        if answer is None:
            return Part(name=name, url=url, body=b"" if name == "office" else b"[]")
        return part_of(name, answer)

    async def _answer(self, url: str) -> Fetched | None:
        """The answer to a request after a short rest; None for 404, with which the gateway says "no hit"."""
        await self._rest()
        try:
            return await self._http.get(url, accept=ACCEPT, headers=self._headers)
        except BadStatus as error:
            if error.answer == 404:
                return None
            raise

    async def _rest(self) -> None:
        if self._config.pause_ms:
            await asyncio.sleep(self._config.pause_ms / 1000)

    def _url(self, path: str, id_: str = "", **query: object) -> str:
        filled = path.replace("{ars}", self._config.ars).replace("{id}", quote(id_, safe=""))
        return f"{self._config.url.rstrip('/')}{filled}" + (f"?{urlencode(query)}" if query else "")


def _said(body: bytes) -> dict[str, Any]:
    """What a detail says; the rest is filled up from the list."""
    detail = decoded(body)
    said = detail if isinstance(detail, dict) else {}
    return {name: value for name, value in said.items() if value not in (None, [], "")}
