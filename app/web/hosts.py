"""Whose host it is: remembered in the process, forgotten when a signal says that it changed."""

import time
from collections.abc import Sequence

import msgspec

from app.kit.capability import Capability, NavPlace
from app.kit.i18n import lazy as _
from app.settings import settings
from app.tenancy import registry
from app.tenancy.registry import SERVED, Place
from app.web.site import Site, Theme

UNKNOWN_SECONDS = 5
"""How long an unknown host is remembered; a signal ends it earlier."""
MOST_UNKNOWN = 5000


class Town(msgspec.Struct, frozen=True, gc=False):
    """What the edge needs of a town."""

    place: Place
    site: Site
    capabilities: frozenset[str]
    languages: tuple[str, ...] = ("de", "en")


def site_of(place: Place, capabilities: Sequence[Capability]) -> Site:
    """The site of a town, from the registry alone: no tenant table is read for it."""
    told = place.site
    chosen = set(told.get("capabilities", ()))
    nav = sorted((one.nav for one in capabilities if one.nav and one.name in chosen), key=lambda nav: nav.order)
    return Site(
        kind="tenant",
        slug=place.slug,
        name=place.name,
        host=place.host,
        origin=settings().origin_of(place.host),
        theme=msgspec.convert(told.get("theme", {}), Theme),
        nav=(*nav, MORE),
        offers=frozenset(chosen),
        zone=told.get("zone", "Europe/Berlin"),
        district=told.get("district", ""),
        state=told.get("state", ""),
        tagline=told.get("tagline", ""),
        arms=told.get("arms", ""),
    )


MORE = NavPlace(_("More"), "/more", "more", 90)


def platform_site() -> Site:
    """The platform's own pages."""
    return Site(
        kind="platform",
        slug="",
        name="Smart Village",
        host=settings().domain,
        origin=settings().origin,
        nav=(),
    )


class Hosts:
    """Host names to towns."""

    def __init__(self, capabilities: Sequence[Capability]) -> None:
        self._capabilities = capabilities
        self._towns: dict[str, Town] = {}
        self._unknown: dict[str, float] = {}

    async def town(self, host: str) -> Town | None:
        """The town that is served under `host`; `None` for an unknown and for a suspended one alike."""
        town = self._towns.get(host)
        if town is not None:
            return town
        if self._unknown.get(host, 0.0) > time.monotonic():
            return None
        slug = await registry.tenant_of_host(host)
        place = await registry.place_of(slug) if slug else None
        if place is None or place.state not in SERVED:
            if len(self._unknown) >= MOST_UNKNOWN:
                self._unknown.clear()
            self._unknown[host] = time.monotonic() + UNKNOWN_SECONDS
            return None
        town = Town(place, site_of(place, self._capabilities), frozenset(place.site.get("capabilities", ())))
        self._towns[host] = town
        return town

    def forget(self, slug: str | None = None) -> None:
        """Forget a town's hosts, or all."""
        registry.forget(slug)
        self._unknown.clear()
        if slug is None:
            self._towns.clear()
        else:
            self._towns = {host: town for host, town in self._towns.items() if town.place.slug != slug}
