"""The town's sources as an editor sees them: does it work, since when, what to do about it."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from app.kit import clock
from app.kit.errors import NotFound, TooMany
from app.kit.i18n import gettext_ as _
from app.tenancy import current

PAUSE: Final = timedelta(minutes=1)
"""Between two runs that somebody asked for: the source is another's server."""


class Source(msgspec.Struct, frozen=True):
    """A source and its health."""

    id: int
    name: str
    title: str
    url: str
    enabled: bool
    status: str
    problem: str
    hold: bool
    failures: int
    failing_since: datetime | None
    attempted_at: datetime | None
    succeeded_at: datetime | None
    next_at: datetime | None
    entries: int
    region: str = ""
    """Name of the region that fetches it; empty for the town's own."""

    @property
    def ill(self) -> bool:
        """Whether somebody should look at it."""
        return self.enabled and (self.status == "failed" or self.hold)

    @property
    def badge(self) -> tuple[str, str]:
        """How it is, in two words, and the kind of badge."""
        if not self.enabled:
            return _("switched off"), ""
        if self.hold:
            return _("please check"), "warning"
        if self.status == "failed":
            return _("does not answer"), "danger"
        return (_("not fetched yet"), "info") if self.status == "new" else (_("works"), "success")


async def sources() -> list[Source]:
    """All sources: first those that somebody should look at."""
    rows = await current().fetch(
        """SELECT id, name, coalesce(nullif(title, ''), name) AS title, url, enabled, status, problem, hold, failures,
                  failing_since, attempted_at, succeeded_at, next_at,
                  items_new + items_changed + items_unchanged AS entries, region
           FROM feed ORDER BY enabled AND (status = 'failed' OR hold) DESC, enabled DESC, title, name"""
    )
    return [msgspec.convert(dict(row), Source) for row in rows]


async def may_run(name: str, *, after_hold: bool = False) -> None:
    """Raises `NotFound` for a source that isn't there or isn't the town's own, `TooMany` for one just asked.

    With `after_hold` one that waits for a person's word may be asked at once, any other not at all.
    """
    rows = await current().fetch("SELECT attempted_at, hold FROM feed WHERE name = $1 AND region = ''", [name])
    if not rows or (after_hold and not rows[0]["hold"]):
        raise NotFound("There is no such source.")
    asked = rows[0]["attempted_at"]
    if asked is not None and clock.now() - asked < PAUSE and not after_hold:
        raise TooMany("This source was asked a moment ago. Please wait a minute.", retry_after=60)
