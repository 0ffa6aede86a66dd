"""The requests to the register, one after the other: the municipality, the list, then details and offices."""

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import msgspec

from app.feeds.bundle import Part, part_of
from app.feeds.connector import Fetched, Http, Stop
from app.feeds.connectors.bus_brandenburg.reading import entries_of, is_whole, object_of, offices_in
from app.feeds.connectors.pvog.answers import decoded, text
from app.feeds.connectors.pvog.wanted import chosen
from app.kit.http import BadStatus, FetchError

if TYPE_CHECKING:
    from app.feeds.connectors.bus_brandenburg.connector import Config

MOST_OFFICES: Final = 150
MOST_FAILURES: Final = 5
"""Details in a row that fail: then the register is down, not the entry."""
_WORD: Final = re.compile(r"\w+")


class Asker:
    """One run."""

    def __init__(self, config: "Config", http: Http) -> None:
        self._config = config
        self._http = http
        self._headers = {"api_key": config.api_key, "Accept-Language": "de-DE"}
        self._area = config.area
        self._begun = False
        self._failures = 0

    async def area(self) -> str:
        """The register's number of the municipality; raises `Stop` with the names found when none fits."""
        config = self._config
        if not config.area:
            words = [("searchWords", f"{word}*") for word in _WORD.findall(config.town)]
            answer = decoded((await self._get("/political-area/search", words)).body)
            found = [one for one in entries_of(answer, "values") if text(one, "id")]
            fitting = [one for one in found if not config.ags or text(one, "ags") == config.ags]
            exact = [one for one in fitting if config.town.casefold() in _names(one)] or (fitting if config.ags else [])
            if not exact:
                raise Stop(
                    "The register knows no municipality %(town)s. It found: %(known)s.",
                    code="no-area",
                    town=config.town[:80],
                    known=", ".join(text(one, "displayName", "name") for one in found[:10]) or "–",
                )
            self._area = text(exact[0], "id")
        return self._area

    async def listing(self, area: str) -> tuple[Fetched, list[dict[str, Any]]]:
        """Number and name of all services, page by page; the first page's answer."""
        size = self._config.page_size
        entries: dict[str, dict[str, Any]] = {}
        first: Fetched | None = None
        for page in range(self._config.most_pages):
            query = [("areaId", area), ("limit", str(size)), ("offset", str(page * size)), ("searchWord", "")]
            answer = await self._get("/pst/find", [*query, ("selectAttributes", "id,name")])
            first = first or answer
            found = [object_of(one) for one in entries_of(decoded(answer.body), "results")]
            before = len(entries)
            entries.update({text(one, "id"): one for one in found if text(one, "id")})
            if len(found) < size or len(entries) == before:
                break
        assert first is not None  # noqa: S101 - there is a first page, or an error was raised
        return first, list(entries.values())

    async def everything(self, entries: Sequence[dict[str, Any]]) -> list[Part]:
        """Services, and those of their offices of which a service only names the number."""
        config = self._config
        taken, _ = chosen(entries, config.wanted, "", config.each)
        parts: list[Part] = []
        missing: dict[str, None] = {}
        told: set[str] = set()
        for entry in taken[: config.most]:
            part = await self._service(text(entry, "id"))
            parts.append(part)
            if part.name == "failed":
                continue
            for unit in offices_in(object_of(decoded(part.body))):
                if is_whole(unit):
                    told.add(text(unit, "id"))
                elif text(unit, "id"):
                    missing[text(unit, "id")] = None
        wanted = [unit for unit in missing if unit not in told][:MOST_OFFICES]
        return parts + [await self._part("office", f"/ou/{quote(unit, safe='')}", unit) for unit in wanted]

    async def _service(self, id_: str) -> Part:
        """A service with its offices and online services; the short form where there is no long one."""
        for path in (f"/pstExtended/{quote(id_, safe='')}", f"/pst/{quote(id_, safe='')}"):
            part = await self._part("service", path, id_)
            if part.body:
                return part
        return Part(name="failed", url="", body=id_.encode())

    async def _part(self, name: str, path: str, id_: str) -> Part:
        """An answer; one without a body for 404, a part `failed` with the number when it did not come."""
        try:
            answer = await self._get(path, [("areaId", self._area)])
            decoded(answer.body)
        except (FetchError, Stop) as error:
            if isinstance(error, BadStatus) and error.answer == 404:
                return Part(name=name, url="", body=b"")
            self._failures += 1
            if self._failures >= MOST_FAILURES or (isinstance(error, Stop) and error.code == "no-access"):
                raise
            return Part(name="failed", url="", body=id_.encode())
        self._failures = 0
        return msgspec.structs.replace(part_of(name, answer), url=f"{self._config.url.rstrip('/')}{path}")

    async def _get(self, path: str, query: Sequence[tuple[str, str]]) -> Fetched:
        if self._begun and self._config.pause_ms:
            await asyncio.sleep(self._config.pause_ms / 1000)
        self._begun = True
        url = f"{self._config.url.rstrip('/')}{path}?{urlencode(query, safe=',*')}"
        try:
            return await self._http.get(url, accept="application/json", headers=self._headers)
        except BadStatus as error:
            if error.answer in {401, 403}:
                raise Stop(
                    "The register refuses the key (api_key). It belongs to one municipality and may have run out: ask"
                    " the operator of the register.",
                    code="no-access",
                ) from error
            raise


def _names(entry: dict[str, Any]) -> set[str]:
    return {text(entry, field).casefold() for field in ("name", "displayName", "nameShort")}
