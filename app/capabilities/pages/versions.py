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
    """Keep the state that a page has now; before the first one, that from which it came is kept too."""
    person = current_person()
    await current().fetch(
        "INSERT INTO page_version (page_id, title, body_html, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)",
        [page.id, page.title, page.body_html, clock.now(), person.sub if person else ""],
    )
    await current().fetch(
        "DELETE FROM page_version WHERE page_id = $1 AND id NOT IN"
        " (SELECT id FROM page_version WHERE page_id = $1 ORDER BY id DESC LIMIT $2)",
        [page.id, MOST],
    )


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
    rows = await current().fetch(
        "UPDATE page SET title = v.title, body_html = v.body_html, summary = $3, changed_at = $4 FROM page_version v"
        " WHERE page.id = $1 AND v.page_id = page.id AND v.id = $2 RETURNING page.id",
        [page_id, version_id, await _summary(page_id, version_id), clock.now()],
    )
    page: Page | None = await Page.objects().get(Page.id == page_id)
    if not rows or page is None:
        raise NotFound("There is no such entry.")
    await keep(page)
    touched()


async def _summary(page_id: int, version_id: int) -> str:
    html = await current().fetchval(
        "SELECT body_html FROM page_version WHERE page_id = $1 AND id = $2", [page_id, version_id]
    )
    return richtext.plain(html or "", 200)
