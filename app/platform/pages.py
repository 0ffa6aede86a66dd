"""The platform's own pages: the directory of towns."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from app.kit import paging
from app.platform.design import design
from app.platform.operator import OPERATOR_PAGES
from app.platform.static import static_page
from app.settings import settings
from app.tenancy import control
from app.tenancy.municipality_search import fold
from app.tenancy.registry import SERVED
from app.web.access import PUBLIC
from app.web.account import ACCOUNT_ROUTES
from app.web.mailbox import MAILBOX_ROUTES
from app.web.oidc import OIDC_ROUTES
from app.web.respond import page
from app.web.signin import PLATFORM_SIGNIN_ROUTES
from app.web.site import path_with

TOWNS_PER_PAGE = 50


class Listed(msgspec.Struct, frozen=True):
    """A town in the directory."""

    slug: str
    name: str
    href: str
    district: str
    state: str
    arms: str = ""
    """Always empty: pictures of another host are not shown here, initials stand in their place."""

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands in the list: by its name without umlauts, then by its slug."""
        return fold(self.name), self.slug

    def fits(self, words: Sequence[str]) -> bool:
        """Whether each word stands in its name, district or state."""
        said = fold(f"{self.name} {self.district} {self.state}")
        return all(word in said for word in words)


async def served_towns() -> list[Listed]:
    """All towns that are served, by name."""
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT t.slug, t.name, coalesce(t.site->>'district', '') AS district,
                      coalesce(t.site->>'state', '') AS state,
                      (SELECT h.name FROM host h WHERE h.tenant = t.slug ORDER BY h.main DESC, h.name LIMIT 1) AS host
               FROM tenant t WHERE t.state = ANY($1)""",
            list(SERVED),
        )
    towns = [
        Listed(row["slug"], row["name"], settings().origin_of(row["host"]) + "/", row["district"], row["state"])
        for row in rows
        if row["host"]
    ]
    return sorted(towns, key=lambda town: town.place)


@get("/", access=PUBLIC, include_in_schema=False)
async def directory(
    q: Annotated[str, Parameter(max_length=200)] = "", after: Annotated[str, Parameter(max_length=500)] = ""
) -> Response[str]:
    """Find a village by its name, district or state."""
    words = " ".join(q.split())
    towns = await served_towns()
    fitting = [town for town in towns if town.fits(fold(words).split())] if words else towns
    if after:
        last = paging.decode(after, tuple[str, str])
        fitting = [town for town in fitting if town.place > last]
    shown = fitting[:TOWNS_PER_PAGE]
    more = path_with(after=paging.encode(*shown[-1].place)) if len(fitting) > len(shown) else ""
    return page("directory.html", towns=shown, total=len(towns), words=words, next_href=more)


PLATFORM_PAGES: Sequence[ControllerRouterHandler] = (
    directory,
    static_page,
    design,
    *ACCOUNT_ROUTES,
    *PLATFORM_SIGNIN_ROUTES,
    *MAILBOX_ROUTES,
    *OIDC_ROUTES,
    *OPERATOR_PAGES,
)
