"""The moment somebody has proved who they are: the second factor if there is one, a new session, on and back."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from app.identity import accounts, outbox, secret, sessions
from app.identity.provider import logout
from app.identity.sessions import Session, current_session
from app.identity.signin import Proven
from app.kit import clock
from app.kit.errors import NotSignedIn, VillageError
from app.settings import settings
from app.tenancy import control, control_transaction
from app.web.account import way
from app.web.account.forms import Asking, go, host_cookie

SECOND_COOKIE = "__Host-second"
DEVICE_COOKIE = "__Host-device"
SECOND_LASTS = timedelta(minutes=10)
FRESH = timedelta(minutes=15)
"""How long ago somebody may have signed in to change what protects the account."""
YEAR_SECONDS = 31_536_000
MOST_KNOWN = 10

_SECOND = "second factor"
_DEVICE = "known device"


class _Half(msgspec.Struct, frozen=True):
    """Who has given the right password and still owes the second factor."""

    account_id: int
    amr: tuple[str, ...]
    until: int


def address_of(request: Asking) -> str:
    """The address of the one who asks, as the web server saw it."""
    return request.client.host if request.client else ""


def half_way(request: Asking) -> tuple[int, tuple[str, ...]] | None:
    """The account that owes its second factor in this browser, and how it proved the first; None for nobody."""
    try:
        half = msgspec.json.decode(secret.unseal(_SECOND, request.cookies.get(SECOND_COOKIE, "")), type=_Half)
    except (VillageError, msgspec.DecodeError):
        return None
    return (half.account_id, half.amr) if clock.now().timestamp() < half.until else None


async def arrive(request: Asking, proven: Proven, goes_to: str) -> Response[Any]:
    """After the first proof: on to the second factor, or in."""
    if not proven.needs_second:
        return await let_in(request, proven.account_id, proven.amr, goes_to)
    until = int((clock.now() + SECOND_LASTS).timestamp())
    half = _Half(proven.account_id, tuple(proven.amr), until)
    sealed = secret.seal(_SECOND, msgspec.json.encode(half).decode())
    cookie = host_cookie(SECOND_COOKIE, sealed, int(SECOND_LASTS.total_seconds()))
    return go(way.with_next("/identity/second-factor", goes_to), [cookie])


async def let_in(request: Asking, account_id: int, amr: tuple[str, ...] | list[str], goes_to: str) -> Response[Any]:
    """Begin a session and go on."""
    return go(goes_to, await begin(request, account_id, amr))


async def begin(request: Asking, account_id: int, amr: tuple[str, ...] | list[str]) -> list[Cookie]:
    """A new session at the issuer; returns the cookies it needs.

    Whoever proves again who they are keeps the sign-in that the villages know; somebody else ends it everywhere.
    """
    before = current_session()
    same = before is not None and before.account_id == account_id
    if before is not None and not same:
        await logout.end(before.sid, before.sub)
    known = await _known_device(request, account_id)
    value = await sessions.start(
        account_id=account_id,
        kind="issuer",
        host=settings().domain,
        sid=before.sid if before and same else "",
        amr=tuple(dict.fromkeys(amr)),
        device=sessions.device(request.headers.get("user-agent", "")),
        replaces=request.cookies.get(sessions.COOKIE, ""),
    )
    lasts = int(sessions.ABSOLUTE.total_seconds())
    return [
        host_cookie(sessions.COOKIE, value, lasts),
        host_cookie(SECOND_COOKIE, "", 0),
        known,
    ]


async def stronger(request: Asking, session: Session, method: str) -> list[Cookie]:
    """A new session for somebody who has just set up a second factor and proved it."""
    return await begin(request, session.account_id, (*session.amr, method, "mfa"))


async def _known_device(request: Asking, account_id: int) -> Cookie:
    """Remember that this browser was used with the account; a mail tells of one that was not."""
    try:
        known = secret.unseal(_DEVICE, request.cookies.get(DEVICE_COOKIE, "")).split()
    except VillageError:
        known = []
    if str(account_id) not in known:
        await _tell_of_device(request, account_id)
    latest = [str(account_id), *(one for one in known if one != str(account_id))][:MOST_KNOWN]
    return host_cookie(DEVICE_COOKIE, secret.seal(_DEVICE, " ".join(latest)), YEAR_SECONDS)


async def _tell_of_device(request: Asking, account_id: int) -> None:
    account = await accounts.by_id(account_id)
    if account is None or not account.verified:
        return
    now = clock.now()
    async with control_transaction(), control() as connection:
        earlier = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM session WHERE account_id = $1 AND kind = 'issuer')"
            " OR (SELECT created_at < $2 FROM account WHERE id = $1)",
            account_id,
            now - timedelta(days=1),
        )
        if not earlier:
            # The first sign-in of a new account is no news to its owner.
            return
        await outbox.put(
            connection,
            account.email,
            "new-device",
            account.locale,
            context={
                "name": account.name,
                "device": sessions.device(request.headers.get("user-agent", "")),
                "at": now.isoformat(),
                "link": f"{settings().origin}/identity/account/devices",
            },
        )


def session_here() -> Session:
    """The session of this request. Raises `NotSignedIn`."""
    session = current_session()
    if session is None:
        raise NotSignedIn("Please sign in.")
    return session


def is_fresh(session: Session) -> bool:
    """Whether the person proved a short while ago who they are: asked for before what protects the account changes."""
    return clock.now() - session.signed_in_at < FRESH


def prove_again(path: str) -> Response[Any]:
    """Ask for the sign-in once more, then come back."""
    return go(f"/identity/sign-in?again=yes&next={path}")
