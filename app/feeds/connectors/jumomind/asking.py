"""The requests to the service, one after the other: places, streets, then each area once."""

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import msgspec

from app.feeds.bundle import Part, part_of
from app.feeds.connector import Fetched, Http, Stop
from app.feeds.connectors.jumomind.places import City, Street, cities_of, decoded, streets_of

if TYPE_CHECKING:
    from app.feeds.connectors.jumomind.connector import Config

ACCEPT: Final = "application/json"
UNPACKED: Final = {"Accept-Encoding": "identity"}
"""Some of the service's servers damage what they pack."""
STREETS: Final = "streets"
AREA: Final = "area:"
ADDRESS: Final = "https://{service}.jumomind.com/mmapp/api.php"
MOST_PLACES: Final = 80
"""Parts of a town; the largest have fifty."""
MOST_STREETS: Final = 1_000
"""Each of them gets all its days."""
_SHOWN: Final = 12


class Asker:
    """One run."""

    def __init__(self, config: "Config", http: Http) -> None:
        self._config = config
        self._http = http
        self._url = config.url or (ADDRESS.format(service=config.service) if config.service else "")
        self._begun = False

    async def everything(self) -> tuple[list[Part], Fetched]:
        """The wanted streets and the days of their areas; the answer that says which places there are."""
        if not self._url:
            raise Stop("Please enter the short name of the disposal company (service) or the address.", code="config")
        first = await self._get(r="cities_web")
        streets = [street for city in self._cities(first) for street in await self._streets(city)]
        if not streets:
            raise Stop("The source knows none of these streets. Check their names.", code="no-streets")
        if len(streets) > MOST_STREETS:
            raise Stop(
                "The place has %(count)s streets, more than the %(most)s allowed. Choose some streets.",
                code="too-many",
                count=len(streets),
                most=MOST_STREETS,
            )
        areas = {street.key: street for street in streets}
        if len(areas) > self._config.most_areas:
            raise Stop(
                "The place has %(count)s areas, more than the %(most)s allowed. Choose some streets.",
                code="too-many",
                count=len(areas),
                most=self._config.most_areas,
            )
        parts = [Part(name=STREETS, url=self._url, body=msgspec.json.encode(_once(streets)))]
        for key, street in areas.items():
            # `ws` is how the service is told that a website asks.
            answer = await self._get(r="dates/0", city_id=street.city, area_id=street.area, ws="3")
            parts.append(part_of(f"{AREA}{key}", answer))
        return parts, first

    def _cities(self, answer: Fetched) -> list[City]:
        found, names = cities_of(decoded(answer.body), self._config.city)
        if not found:
            raise Stop(
                "The source knows no place %(city)s. It knows, for example: %(known)s.",
                code="no-city",
                city=self._config.city[:80],
                known=", ".join(names[:_SHOWN]) or "–",
            )
        return found[:MOST_PLACES]

    async def _streets(self, city: City) -> list[Street]:
        if city.has_streets:
            answer = await self._get(r="streets", city_id=city.id)
            return list(streets_of(decoded(answer.body), city, self._config.streets))
        # A village whose streets all have the same days.
        name = city.part or city.name
        return [Street(name, city.area, city.id)] if city.area and not self._config.streets else []

    async def _get(self, **query: str) -> Fetched:
        if self._begun and self._config.pause_ms:
            await asyncio.sleep(self._config.pause_ms / 1000)
        self._begun = True
        mark = "&" if "?" in self._url else "?"
        return await self._http.get(f"{self._url}{mark}{urlencode(query, safe='/')}", accept=ACCEPT, headers=UNPACKED)


def _once(streets: list[Street]) -> list[Street]:
    """Each name once: a second street of the same name in the same place is the same to a reader."""
    return list({(street.name, street.area): street for street in streets}.values())
