"""`/operator/feeds` on the platform's host: the feeds of all regions and towns, the worst first."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from app.kit.http import STAYS_HOME, stays_home
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.settings import settings
from app.tenancy import control
from app.tenancy.municipality_search import fold
from app.web.access import role
from app.web.cards import Chip
from app.web.manage.feeds_words import BADGES, size
from app.web.respond import page
from app.web.site import path_with

PLACE: Final = "/operator/feeds"
AT_ONCE: Final = 50
ORDER: Final = ("failed", "held", "new", "works", "off")

Whose = Literal["", "regions", "towns"]

_REGIONS: Final = """SELECT region AS owner, name AS feed, '' AS title, '' AS url, problem, failures, failing_since,
    succeeded_at, due_at AS next_at, items_new + items_changed + items_unchanged AS items, bytes_saved,
    CASE WHEN switched_off THEN 'off' WHEN status = 'failed' THEN 'failed' WHEN hold THEN 'held'
         WHEN status = 'new' THEN 'new' ELSE 'works' END AS state
FROM region_feed"""
_TOWNS: Final = """SELECT s.tenant AS owner, s.feed, s.title, s.url, s.problem, s.failures, s.failing_since,
    s.succeeded_at, s.next_at, s.items, s.bytes_saved, s.state, s.seen_at, t.name AS town,
    (SELECT h.name FROM host h WHERE h.tenant = s.tenant ORDER BY h.main DESC, h.name LIMIT 1) AS host
FROM feed_state s JOIN tenant t ON t.slug = s.tenant"""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as an operator sees it."""

    whose: Literal["region", "town"]
    owner: str
    """Name of the region or the town, for people."""
    title: str
    feed: str
    href: str
    """The town's own page of it; empty for a region's."""
    url: str
    state: str
    badge: tuple[str, str]
    problem: str
    failures: int
    failing_since: datetime | None
    succeeded_at: datetime | None
    next_at: datetime | None
    items: int
    saved: str

    @property
    def place(self) -> tuple[int, float, str, str]:
        """The worst first, among them the one that has failed for longest."""
        since = self.failing_since.timestamp() if self.failing_since else float("inf")
        return ORDER.index(self.state), since, fold(self.owner), self.feed


@get(PLACE, access=role("platform.operate"), include_in_schema=False)
async def feeds(
    q: Annotated[str, Parameter(max_length=200)] = "",
    how: Annotated[str, Parameter(max_length=20)] = "",
    whose: Annotated[str, Parameter(max_length=20)] = "",
    skip: Annotated[int, Parameter(ge=0, le=1_000_000)] = 0,
) -> Response[str]:
    """All feeds; by how they are, by whose they are, by words of the town, the region or the feed."""
    everything, seen_at = await rows()
    words = fold(q).split()
    fitting = [
        row
        for row in everything
        if whose in ("", row.whose + "s") and all(word in fold(f"{row.owner} {row.title} {row.feed}") for word in words)
    ]
    chosen = [row for row in fitting if how in ("", row.state)]
    counts = {name: sum(row.state == name for row in fitting) for name in ORDER}
    chips = [Chip(label=_("All"), href=path_with(how="", skip=""), count=len(fitting), chosen=not how)]
    chips += [
        Chip(label=str(BADGES[name][0]), href=path_with(how=name, skip=""), count=counts[name], chosen=how == name)
        for name in ORDER
        if counts[name] or how == name
    ]
    owners = [
        Chip(label=str(label), href=path_with(whose=name, skip=""), chosen=whose == name)
        for name, label in _WHOSE.items()
    ]
    shown = chosen[skip : skip + AT_ONCE]
    return page(
        "operator-feeds.html",
        rows=shown,
        total=len(everything),
        words=q,
        kept=[(name, value) for name, value in (("how", how), ("whose", whose)) if value],
        chips=chips,
        owners=owners,
        seen_at=seen_at,
        at_home=_(STAYS_HOME) if _stays_home(everything) else "",
        next_href=path_with(skip=skip + AT_ONCE) if len(chosen) > skip + AT_ONCE else "",
    )


def _stays_home(found: list[Row]) -> bool:
    """Whether something is not asked because this deployment is on `localhost`."""
    from app.tenancy.regions import all_described, held_back

    return any(row.state != "off" and stays_home(row.url) for row in found) or any(
        held_back(one.name, feed.name) for one in all_described() for feed in one.feeds
    )


_WHOSE: Final = {"": lazy("Regions and villages"), "regions": lazy("Regions"), "towns": lazy("Villages")}


async def rows() -> tuple[list[Row], datetime | None]:
    """All feeds, the worst first, and when the towns' were looked at last (the oldest look)."""
    # Here: it reads the regions' files, which only this page needs.
    from app.tenancy.regions import all_described

    described = {one.name: one for one in all_described()}
    async with control() as connection:
        regions = await connection.fetch(_REGIONS)
        towns = await connection.fetch(_TOWNS)
    found = []
    for row in regions:
        region = described.get(row["owner"])
        feed = next((one for one in region.feeds if one.name == row["feed"]), None) if region else None
        found.append(
            _row(
                dict(row),
                "region",
                owner=region.title if region else row["owner"],
                title=(feed.title if feed else "") or row["feed"],
                url=feed.url if feed else "",
                href="",
            )
        )
    for row in towns:
        href = f"{settings().origin_of(row['host'])}/manage/feeds/{row['feed']}" if row["host"] else ""
        title = row["title"] or row["feed"]
        found.append(_row(dict(row), "town", owner=row["town"], title=title, url=row["url"], href=href))
    seen = min((row["seen_at"] for row in towns), default=None)
    return sorted(found, key=lambda row: row.place), seen


def _row(
    values: dict[str, Any], whose: Literal["region", "town"], *, owner: str, title: str, url: str, href: str
) -> Row:
    label, kind = BADGES[values["state"]]
    return Row(
        whose=whose,
        owner=owner,
        title=title,
        feed=values["feed"],
        href=href,
        url=url,
        state=values["state"],
        badge=(str(label), kind),
        problem=values["problem"],
        failures=values["failures"],
        failing_since=values["failing_since"],
        succeeded_at=values["succeeded_at"],
        next_at=values["next_at"],
        items=values["items"],
        saved=size(values["bytes_saved"]) if values["bytes_saved"] else "",
    )


OPERATOR_PAGES: Final[tuple[ControllerRouterHandler, ...]] = (feeds,)
