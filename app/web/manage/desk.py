"""The frame of the desk's pages: its places for this person, the form's token, never kept by anybody."""

from typing import Final

import msgspec
from litestar import Response
from litestar.response import Redirect

from app.identity.rights import may
from app.kit.i18n import Lazy, lazy
from app.web.cards import Chip, Line
from app.web.manage.reach import somebody
from app.web.respond import page
from app.web.site import current_site

PLACES: Final[tuple[tuple[Lazy, str, str, str], ...]] = (
    (lazy("To do today"), "/manage", "admin.enter", ""),
    (lazy("News"), "/manage/news", "news.write", "news"),
    (lazy("Events"), "/manage/events", "events.write", "events"),
    (lazy("Places"), "/manage/places", "places.write", "places"),
    (lazy("Tours"), "/manage/tours", "tours.write", "places"),
    (lazy("Services and offices"), "/manage/townhall", "townhall.write", "townhall"),
    (lazy("Pages"), "/manage/pages", "pages.write", "pages"),
    (lazy("Rubbish"), "/manage/waste", "waste.write", "waste"),
    (lazy("Warnings and notices"), "/manage/notices", "notices.write", "notices"),
    (lazy("Pictures"), "/manage/pictures", "media.write", ""),
    (lazy("Start page"), "/manage/start", "village.arrange", ""),
    (lazy("Sources"), "/manage/feeds", "feeds.read", ""),
    (lazy("Members"), "/manage/members", "members.read", ""),
    (lazy("Who changed what"), "/manage/changes", "audit.read", ""),
)
"""Title, address, the action that opens it, and the capability it belongs to, if the town may have it or not."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What a capability puts on the page "to do today"."""

    title: str
    action: str
    """The action of the rights table that its pages demand."""
    href: str
    new_label: str
    new_href: str
    drafts: list[Line] = []
    waiting: list[Line] = []
    """What becomes public by itself later."""
    more_drafts: int = 0
    """Drafts beside those listed."""


def desk_page(name: str, place: str, /, *, status: int = 200, **context: object) -> Response[str]:
    """A page of the desk; `place` is the address of the place it belongs to."""
    person = somebody()
    chips = [
        Chip(label=str(title), href=href, chosen=href == place)
        for title, href, action, capability in PLACES
        if may(person, action) and (not capability or capability in current_site().offers)
    ]
    answer = page(name, status=status, desk_places=chips, csrf=person.csrf, **context)
    answer.headers["cache-control"] = "private, no-store"
    return answer


def back_to(path: str) -> Redirect:
    """After a form: the browser asks for `path`, a path of this host."""
    return Redirect(path, status_code=303, headers={"cache-control": "private, no-store"})
