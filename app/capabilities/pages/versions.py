"""The states that a page had: each change keeps one, and any of them can be brought back."""

from datetime import datetime
from typing import Final

import msgspec

from app.capabilities.pages.tables import Page
from app.identity.person import current_person
from app.kit import clock, richtext
from app.kit.errors import NotFound
from app.tenancy import current
from app.tenancy.village import touched

MOST: Final = 50
"""States kept for each page; the oldest go."""
SUMMARY_CHARACTERS: Final = 200
_KEEP: Final = """WITH gone AS (
    DELETE FROM page_version WHERE page_id = $1
        AND id NOT IN (SELECT id FROM page_version WHERE page_id = $1 ORDER BY id DESC LIMIT $6)
)
INSERT INTO page_version (page_id, title, body_html, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)"""


class Version(msgspec.Struct, frozen=True):
    """A state that a page had."""

    id: int
    title: str
    body_html: str
    changed_at: datetime
    """In UTC."""
    by_us: bool
    """Somebody of the town changed it; otherwise it came with the town's folder."""


async def keep(page: Page) -> None:
    """Keep the state that a page has now, with who made it; the oldest beyond `MOST` goes."""
    await _keep(page.id, page.title, page.body_html)


async def keep_first(page: Page) -> None:
    """Keep the state before the first change, unless there is a state already."""
    await current().fetch(
        "INSERT INTO page_version (page_id, title, body_html, changed_at) SELECT $1, $2, $3, $4"
        " WHERE NOT EXISTS (SELECT FROM page_version WHERE page_id = $1)",
        [page.id, page.title, page.body_html, page.changed_at],
    )


async def of_page(page_id: int) -> list[Version]:
    """All states that are kept, newest first."""
    rows = await current().fetch(
        "SELECT id, title, body_html, changed_at, changed_by <> '' AS by_us FROM page_version WHERE page_id = $1"
        " ORDER BY id DESC",
        [page_id],
    )
    return [msgspec.convert(dict(row), Version) for row in rows]


async def restore(page_id: int, version_id: int) -> None:
    """Give a page the state it had; that is a new state. Raises `NotFound`."""
    states = await current().fetch(
        "SELECT title, body_html FROM page_version WHERE page_id = $1 AND id = $2", [page_id, version_id]
    )
    if not states:
        raise NotFound("There is no such entry.")
    [(title, body_html)] = states
    await current().fetch(
        "UPDATE page SET title = $2, body_html = $3, summary = $4, changed_at = $5 WHERE id = $1",
        [page_id, title, body_html, richtext.plain(body_html, SUMMARY_CHARACTERS), clock.now()],
    )
    await _keep(page_id, title, body_html)
    touched()


async def _keep(page_id: int, title: str, body_html: str) -> None:
    person = current_person()
    await current().fetch(_KEEP, [page_id, title, body_html, clock.now(), person.sub if person else "", MOST - 1])
