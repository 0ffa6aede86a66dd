"""How the current town's sources are: its own and those its regions fetch for it, with what a person can do.

A region's feed is as healthy as its last run in the region; whether it is wanted and how much came is the town's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from app.feeds import raw, regional_state
from app.feeds.items import REGION_ONLY
from app.feeds.regional import full_name
from app.feeds.registry import CONNECTORS
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.http import stays_home
from app.tenancy import current, regions

State = Literal["works", "failed", "held", "new", "off"]

HOPELESS_AFTER: Final = timedelta(days=30)
"""A source that failed for so long is proposed for removal."""
WORST_FIRST: Final[Mapping[str, int]] = {"failed": 0, "held": 1, "new": 2, "works": 3, "off": 4}

_COLUMNS: Final = """id, name, coalesce(nullif(title, ''), name) AS title, connector, url, enabled, status, problem,
    hold, failures, failing_since, attempted_at, succeeded_at, changed_at, next_at, items_new AS new,
    items_changed AS changed, items_gone AS gone, items_new + items_changed + items_unchanged AS entries, bytes_saved,
    every_seconds, licence, attribution, note, region, created_at"""


class Trouble(msgspec.Struct, frozen=True):
    """An entry of the last run that could not be taken."""

    external_id: str
    reason: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """A source and how it is."""

    name: str
    title: str
    connector: str
    url: str
    enabled: bool
    status: str
    problem: str
    """What happened and what to do, in the clerk's language."""
    hold: bool
    failures: int
    failing_since: datetime | None = None
    attempted_at: datetime | None = None
    succeeded_at: datetime | None = None
    changed_at: datetime | None = None
    next_at: datetime | None = None
    new: int = 0
    changed: int = 0
    gone: int = 0
    entries: int = 0
    bytes_saved: int = 0
    every_seconds: int = 0
    licence: str = ""
    attribution: str = ""
    note: str = ""
    region: str = ""
    """Name of the region that fetches it; empty for the town's own."""
    region_title: str = ""
    held_back: bool = False
    """It is switched on, but a deployment on `localhost` asks nobody outside."""
    id: int = 0
    created_at: datetime | None = None
    troubles: tuple[Trouble, ...] = ()
    kept_at: tuple[datetime, ...] = ()
    """When the answers came that can be read again, the newest first."""

    @property
    def state(self) -> State:
        """How it is, in one word."""
        return state_of(enabled=self.enabled, hold=self.hold, status=self.status)

    @property
    def ill(self) -> bool:
        """Whether somebody should look at it."""
        return self.state in ("failed", "held")

    @property
    def hopeless(self) -> bool:
        """Whether it has failed for so long that it should go."""
        return is_hopeless(self.failing_since, enabled=self.enabled) and not self.region


def state_of(*, enabled: bool, hold: bool, status: str) -> State:
    """How a feed with these values is."""
    if not enabled:
        return "off"
    if status == "failed":
        return "failed"
    if hold:
        return "held"
    return "new" if status == "new" else "works"


def is_hopeless(failing_since: datetime | None, *, enabled: bool) -> bool:
    """Whether nothing has come for thirty days although the source was asked."""
    return enabled and failing_since is not None and clock.now() - failing_since >= HOPELESS_AFTER


async def sources(slug: str) -> list[Health]:
    """All sources of the current town, the worst first."""
    rows = await current().fetch(f"SELECT {_COLUMNS} FROM feed ORDER BY name")  # noqa: S608 - constant columns
    own = {row["name"]: dict(row) for row in rows}
    found = [_own(row) for row in own.values() if not row["region"]]
    found += await _regional(slug, own)
    return sorted(found, key=lambda one: (WORST_FIRST[one.state], one.title.casefold(), one.name))


async def any_held_back(slug: str) -> bool:
    """Whether a source of the town or its regions is switched on and not asked, because this is `localhost`."""
    rows = await current().fetch("SELECT url FROM feed WHERE enabled AND region = ''")
    if any(stays_home(row["url"]) for row in rows):
        return True
    return any(one.held_back for one in await regional_state.health(await regions.regions_of(slug)))


async def source(slug: str, name: str) -> Health:
    """One source with the entries that could not be taken and the answers that are kept; raises `NotFound`."""
    found = next((one for one in await sources(slug) if one.name == name), None)
    if found is None:
        raise NotFound("There is no such source.")
    if found.region:
        # What can't be taken is a matter of the region's run, which its operators look at.
        return found
    rows = await current().fetch(
        "SELECT external_id, reason FROM feed_problem WHERE feed_id = $1 ORDER BY id LIMIT 50", [found.id]
    )
    return msgspec.structs.replace(
        found,
        troubles=tuple(Trouble(row["external_id"], row["reason"]) for row in rows),
        kept_at=tuple(raw.when(raw.town(slug), name)),
    )


def _own(row: Mapping[str, Any]) -> Health:
    found = msgspec.convert(row, Health)
    return msgspec.structs.replace(found, held_back=True) if found.enabled and stays_home(found.url) else found


async def _regional(slug: str, own: Mapping[str, Mapping[str, Any]]) -> Sequence[Health]:
    """The regions' feeds that are switched on in their files or that the town has something of."""
    names = await regions.regions_of(slug)
    titles = {one.name: one.title for one in regions.all_described()}
    found = []
    for one in await regional_state.health(names):
        name = full_name(one.region, one.name)
        row = own.get(name)
        code = CONNECTORS.get(one.connector)
        # What lives in the region's schema is counted there alone.
        given = row if code and not all(kind in REGION_ONLY for kind in code.manifest.gives) else None
        if row is None and not one.enabled:
            continue
        found.append(
            Health(
                id=row["id"] if row else 0,
                name=name,
                title=row["title"] if row else one.title,
                connector=one.connector,
                url=one.url,
                enabled=one.enabled and (row is None or bool(row["enabled"])),
                status=one.status,
                problem=one.problem,
                hold=one.hold,
                failures=one.failures,
                attempted_at=one.attempted_at,
                succeeded_at=one.succeeded_at,
                changed_at=one.changed_at,
                next_at=one.next_at,
                new=given["new"] if given else one.items_new,
                changed=given["changed"] if given else one.items_changed,
                gone=given["gone"] if given else one.items_gone,
                entries=given["entries"] if given else one.items,
                bytes_saved=one.bytes_saved,
                licence=one.licence,
                note=row["note"] if row and row["note"] else one.note,
                held_back=one.held_back,
                region=one.region,
                region_title=titles.get(one.region, one.region),
            )
        )
    return found
