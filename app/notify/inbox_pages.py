"""The inbox of an account in a village."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from app.notify import inbox
from app.notify.chosen import CATEGORIES, form_of
from app.notify.pages import private
from app.notify.parcels import INBOX
from app.web.access import SIGNED_IN
from app.web.manage.reach import somebody
from app.web.respond import as_json, page
from app.web.site import path_with

_LARGEST = 2**63 - 1


class Unread(msgspec.Struct, frozen=True):
    """How many messages nobody has seen yet."""

    unread: int


@get(INBOX, access=SIGNED_IN, include_in_schema=False)
async def messages(before: Annotated[int, QueryParameter(ge=0, le=_LARGEST)] = 0) -> Response[str]:
    """The newest messages, or those before one of them."""
    person = somebody()
    found = await inbox.told(person.sub, before)
    shown = found[: inbox.AT_ONCE]
    more = path_with(before=shown[-1].id) if len(found) > inbox.AT_ONCE else ""
    return private(
        page(
            "inbox.html",
            messages=shown,
            categories={key: str(title) for key, (title, _text, _need) in CATEGORIES.items()},
            unread=sum(1 for one in shown if not one.read),
            newest=shown[0].id if shown else 0,
            more_href=more,
            csrf=person.csrf,
        )
    )


@get(INBOX + "/unread", access=SIGNED_IN, include_in_schema=False)
async def unread() -> Response[bytes]:
    """How many messages are new, for the menu of the account."""
    return as_json(Unread(await inbox.unread(somebody().sub)))


@post(INBOX + "/seen", access=SIGNED_IN, include_in_schema=False, status_code=303)
async def seen(request: Request[Any, Any, Any]) -> Response[Any]:
    """Everything up to the newest message of the page has been seen."""
    newest = (await form_of(request)).one("newest", 18)
    if newest.isdigit():
        await inbox.seen(somebody().sub, int(newest))
    return Response(None, status_code=303, headers={"location": INBOX, "cache-control": "no-store"})


INBOX_ROUTES: Sequence[ControllerRouterHandler] = (messages, unread, seen)
