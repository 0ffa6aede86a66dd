"""What a reader puts aside on this device, and which cards they leave out: plain forms, kept in the cookie."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from app.identity.person import current_person
from app.kit.capability import Capability
from app.kit.errors import InvalidInput
from app.settings import settings
from app.web.access import PUBLIC
from app.web.cards import Line
from app.web.device import owner
from app.web.mine import Mine, cookie_of, mine
from app.web.origin import fields_of
from app.web.respond import as_json, page
from app.web.signin import safe_next

LARGEST: Final = 2**63 - 1
_LONGEST: Final = 60


class Now(msgspec.Struct, frozen=True):
    """Who uses this device."""

    me: str
    csrf: str


Asking = Request[Any, Any, Any]


def changed(before: Mine, do: str, *, thing: str = "", card: str = "", known: Sequence[str] = ()) -> Mine:
    """The choices after a tap; `thing` is `capability:id`, `known` the names that exist. Raises `InvalidInput`."""
    name, _, number = thing.partition(":")
    if do in ("save", "drop") and name in known and number.isascii() and number.isdigit() and int(number) <= LARGEST:
        kept = tuple(one for one in before.saved if one != thing)
        return msgspec.structs.replace(before, saved=(thing, *kept) if do == "save" else kept)
    if do in ("hide", "show") and card in known:
        hidden = tuple(one for one in before.hidden if one != card)
        return msgspec.structs.replace(before, hidden=(*hidden, card) if do == "hide" else hidden)
    if do == "forget":
        return Mine()
    raise InvalidInput("This can't be put aside.")


@post("/mine", access=PUBLIC, include_in_schema=False, status_code=303)
async def choose(request: Asking) -> Response[Any]:
    """`do` is save or drop with `thing`, hide or show with `card`, or forget; then back to `next`."""
    fields = await fields_of(request)
    told = {name: values[0][:_LONGEST] for name, values in fields.items()}
    after = changed(
        mine(),
        told.get("do", ""),
        thing=told.get("thing", ""),
        card=told.get("card", ""),
        known=[one.name for one in request.app.state["capabilities"]],
    )
    headers = {"location": safe_next(fields.get("next", ["/"])[0]), "cache-control": "no-store"}
    kept = cookie_of(after, secure=settings().origin.startswith("https://"))
    return Response(None, status_code=303, headers=headers, cookies=[kept])


@get("/mine/device", access=PUBLIC, include_in_schema=False)
async def device_now() -> Response[bytes]:
    """Who is signed in, for the service worker: forms that waited leave with the token of the session as it is now."""
    person = current_person()
    answer = as_json(Now(owner(), person.csrf if person is not None else ""))
    answer.headers["cache-control"] = "private, no-store"
    return answer


@get("/saved", access=PUBLIC, include_in_schema=False)
async def saved(request: Asking) -> Response[str]:
    """Everything that was put aside, by what it is; what is gone is left out."""
    groups: list[tuple[Capability, Sequence[Line]]] = []
    offered = request.scope["state"]["capabilities"]
    for one in request.app.state["capabilities"]:
        ids = mine().ids_of(one.name)
        if one.saved and ids and one.name in offered:
            lines = await one.saved(ids)
            if lines:
                groups.append((one, lines))
    return page("saved.html", groups=groups)


SAVING_ROUTES: Sequence[ControllerRouterHandler] = (choose, device_now, saved)
