"""The page "Notifications" of a village: what somebody wants to be told, on which devices, and how it all ends.

Without an account a device is its own subscriber and remembers its number in a cookie. The whole page is one form,
which the script only completes with the browser's push subscription.
"""

import contextlib
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from app.identity import limits
from app.identity.person import current_person
from app.identity.secret import NotSealedHere, seal, unseal
from app.kit.errors import NotFound, Unavailable
from app.kit.i18n import gettext_ as _
from app.kit.slug import is_slug
from app.notify import letter_box, subscribers
from app.notify.chosen import NEAR_KM, URGENCIES, Tick, choices, endpoint, form_of, keys, offered
from app.notify.subscribers import Choices, Subscriber
from app.notify.vapid import vapid
from app.settings import settings
from app.tenancy import current, current_slug
from app.web.access import PUBLIC, SIGNED_IN
from app.web.manage.reach import somebody
from app.web.mine import mine
from app.web.names import told
from app.web.origin import from_here
from app.web.respond import page
from app.web.site import current_site

PATH: Final = "/notifications"
COOKIE: Final = "told"
"""Which subscriber this device is, as long as nobody is signed in."""
YEARS_SECONDS: Final = 2 * 31_536_000
_PURPOSE: Final = "device that is told"
_DONE: Final[dict[str, str]] = {
    "saved": "Your choice is saved.",
    "followed": "You follow this provider from now on.",
    "device": "This device is told from now on.",
    "removed": "The device is not told any more.",
    "stopped": "Everything is switched off. You get no more notifications.",
    "test": "A message is on its way to you.",
    "wait": "You have just had one. Please wait a minute.",
    "nothing": "Nothing was switched on: this device did not agree, and you are not signed in.",
}

Asking = Request[Any, Any, Any]
Word = Annotated[str, Parameter(max_length=40)]


async def who(request: Asking) -> Subscriber | None:
    """The subscriber who asks: the account's, or this device's own."""
    person = current_person()
    if person is not None:
        return await subscribers.of_account(person.sub)
    return await _of_cookie(request)


async def _of_cookie(request: Asking) -> Subscriber | None:
    try:
        there, _sep, number = unseal(_PURPOSE, request.cookies.get(COOKIE, "")).partition(" ")
    except NotSealedHere:
        return None
    return await subscribers.of_device(int(number)) if there == current_slug() and number.isdigit() else None


@get(PATH, access=PUBLIC, include_in_schema=False)
async def show(request: Asking, done: Word = "") -> Response[str]:
    """The form; `category`, `street`, `stop` and `provider` (a slug) of the address are ticked already."""
    one = await who(request)
    chosen = one.choices if one else Choices()
    asked = request.query_params
    categories = {*chosen.categories, *asked.getall("category", [])}
    return private(
        page(
            "notifications.html",
            done=_(_DONE[done]) if done in _DONE else "",
            worked=done not in ("wait", "nothing"),
            known=one is not None,
            chosen=chosen,
            categories=[Tick(key, title, text, key in categories) for key, (title, text) in offered().items()],
            providers=await _providers(chosen, asked.get("provider", "")),
            streets=_streets(chosen, asked.get("street", "")),
            stops=await _stops(request, chosen, asked.get("stop", "")),
            urgencies=[(key, str(text)) for key, text in URGENCIES],
            near_km=NEAR_KM,
            devices=await subscribers.devices_of(one.id) if one else [],
            server_key=(await vapid()).public,
            csrf=_csrf(),
        )
    )


@post(PATH, access=PUBLIC, include_in_schema=False, status_code=303)
async def save(request: Asking) -> Response[Any]:
    """Keep the choice, and this device when the form brings one along."""
    from_here(request)
    form = await form_of(request)
    person, own = current_person(), await _of_cookie(request)
    one = await who(request)
    chosen = choices(form, one.choices if one else Choices())
    device = await endpoint(form, request)
    if device is None and person is None and one is None:
        return to("nothing")
    sub = person.sub if person is not None else ""
    if device is not None:
        with contextlib.suppress(Unavailable):
            # A limit on strangers; while its counter is away nothing is sent to anybody either.
            await limits.visit("push", request.client.host if request.client else "")
        one = one or (await subscribers.of_endpoint(device.url) if not sub else None)
        one = one if one is None or one.account_sub == sub else None
    number = await subscribers.save(chosen, known=one, account_sub=sub)
    if device is not None:
        await subscribers.add_device(number, sub, device)
    if sub and own is not None:
        await subscribers.take_over(own, number, sub)
    return to("device" if device is not None else "saved", _remembering(number) if not sub else None)


@post(PATH + "/follow", access=SIGNED_IN, include_in_schema=False, status_code=303)
async def follow(request: Asking) -> Response[Any]:
    """Told from now on what one publisher says, in one tap; the rest of the choice stays as it is."""
    form, person = await form_of(request), somebody()
    rows = await current().fetch(
        "SELECT id FROM provider WHERE slug = $1 AND withdrawn_at IS NULL", [form.one("provider", 63)]
    )
    if not rows:
        raise NotFound("Nobody of this name publishes here.")
    one = await subscribers.of_account(person.sub)
    chosen = one.choices if one else Choices(locale=person.locale)
    with_it = tuple(dict.fromkeys((rows[0]["id"], *chosen.providers)))
    await subscribers.save(msgspec.structs.replace(chosen, providers=with_it), known=one, account_sub=person.sub)
    return to("followed")


@post(PATH + "/remove", access=PUBLIC, include_in_schema=False, status_code=303)
async def remove(request: Asking) -> Response[Any]:
    """One device is not told any more."""
    from_here(request)
    one, number = await who(request), (await form_of(request)).one("device", 18)
    if one is None or not number.isdigit():
        raise NotFound("There is no such device.")
    await subscribers.remove_device(one.id, int(number))
    return to("removed")


@post(PATH + "/stop", access=PUBLIC, include_in_schema=False, status_code=303)
async def stop(request: Asking) -> Response[Any]:
    """Everything ends in one tap."""
    from_here(request)
    for one in (await who(request), await _of_cookie(request)):
        if one is not None:
            await subscribers.stop(one)
    return to("stopped", Cookie(key=COOKIE, value="", path=PATH, max_age=0))


@post(PATH + "/test", access=PUBLIC, include_in_schema=False, status_code=303)
async def test(request: Asking) -> Response[Any]:
    """A message to see that it works."""
    from_here(request)
    one = await who(request)
    if one is None:
        return to("nothing")
    title = _("This is how a message from %(town)s looks") % {"town": current_site().name}
    return to("test" if await subscribers.try_out(one, title, _("It works. You need not do anything.")) else "wait")


@post(PATH + "/renewed", access=PUBLIC, include_in_schema=False, status_code=204)
async def renewed(request: Asking) -> None:
    """A browser gave its subscription a new address by itself; the old one, a secret, is the proof."""
    form = await form_of(request)
    device = await endpoint(form, request)
    if device is None or not await subscribers.replace_device(form.one("old", subscribers.LONGEST_ENDPOINT), device):
        raise NotFound("There is no such device.")


@get(PATH + "/off", access=PUBLIC, include_in_schema=False)
async def leaving(t: Annotated[str, Parameter(max_length=300)] = "") -> Response[str]:
    """What the link of a mail opens: one button, because mail scanners open links too."""
    number = letter_box.marked(t, current_slug())
    return private(page("notifications-off.html", mark=t if number else "", left=False, csrf=_csrf()))


@post(PATH + "/off", access=PUBLIC, include_in_schema=False, status_code=200)
async def leave(t: Annotated[str, Parameter(max_length=300)] = "") -> Response[str]:
    """No more mails, for whoever has the link (RFC 8058: mail programs post here without a session)."""
    number = letter_box.marked(t, current_slug())
    if number:
        await subscribers.stop_mails(number)
    return private(page("notifications-off.html", mark="", left=bool(number), csrf=_csrf()))


def _csrf() -> str:
    person = current_person()
    return person.csrf if person is not None else ""


async def _providers(chosen: Choices, asked: str) -> list[Tick]:
    """The publishers that somebody follows, and the one whose page they come from."""
    rows = await current().fetch(
        "SELECT id, name, name_en FROM provider WHERE withdrawn_at IS NULL AND (id = ANY ($1::bigint[]) OR slug = $2)"
        " ORDER BY name",
        [list(chosen.providers), asked if is_slug(asked) else ""],
    )
    return [Tick(str(row["id"]), told(row["name"], row["name_en"]), ticked=True) for row in rows]


def _streets(chosen: Choices, asked: str) -> list[Tick]:
    known = dict.fromkeys((*chosen.streets, *keys([asked] if asked else [])))
    if not known and mine().street:
        known[mine().street] = None
    return [Tick(key, _in_words(key), ticked=True) for key in known]


async def _stops(request: Asking, chosen: Choices, asked: str) -> list[Tick]:
    """The stops that somebody chose here, the one they come from, and those that this device knows as its own."""
    ticked = dict.fromkeys((*chosen.stops, *keys([asked] if asked else [])))
    every = list(dict.fromkeys((*ticked, *mine().stops)))
    names: dict[str, str] = {}
    for one in request.app.state["capabilities"] if every else ():
        if one.stops and one.name in current_site().offers:
            names |= await one.stops(every)
    return [Tick(key, names[key], ticked=key in ticked) for key in every if key in names]


def _in_words(key: str) -> str:
    """A key as people read it: `haupt-strasse` is "Haupt Straße"."""
    return key.replace("-", " ").replace("_", " ").replace("strasse", "straße").title()


def _remembering(number: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=seal(_PURPOSE, f"{current_slug()} {number}"),
        path=PATH,
        max_age=YEARS_SECONDS,
        httponly=True,
        secure=settings().origin.startswith("https://"),
        samesite="lax",
    )


def to(done: str, cookie: Cookie | None = None) -> Response[Any]:
    """Back to the page, which says what was done."""
    headers = {"location": f"{PATH}?done={done}", "cache-control": "no-store"}
    return Response(None, status_code=303, headers=headers, cookies=[cookie] if cookie else [])


def private(answer: Response[str]) -> Response[str]:
    """Kept by nobody."""
    answer.headers["cache-control"] = "private, no-store"
    return answer


NOTIFY_ROUTES: Sequence[ControllerRouterHandler] = (show, save, follow, remove, stop, test, renewed, leaving, leave)
