"""What a person may demand: to see and take along what is stored, to take consent back, to be forgotten."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from app.identity import accounts, copy_words, memberships, privacy, sessions
from app.identity.privacy import OwnsAlone
from app.identity.provider import logout
from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.tenancy import control
from app.web.access import SIGNED_IN
from app.web.account import notices, way
from app.web.account.arrival import is_fresh, prove_again, session_here
from app.web.account.forms import Asking, go, host_cookie, private, said, show, submitted
from app.web.account.joining import PRIVACY_VERSION
from app.web.account.profile import account_here
from app.web.account.signing_in import Word
from app.web.respond import page
from app.web.site import current_site

DATA = "/identity/account/data"
DELETE = "/identity/account/delete"

_DOCUMENTS = {"privacy": "Privacy notice of the account"}


@get(DATA, access=SIGNED_IN, include_in_schema=False)
async def data_page(request: Asking, done: Word = "") -> Response[Any]:
    """What was agreed to, and the way to a copy of everything."""
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT document, version, given_at, withdrawn_at FROM consent WHERE account_id = $1"
            " ORDER BY given_at DESC",
            session_here().account_id,
        )
    consents = [
        {**row, "title": _(_DOCUMENTS[row["document"]]) if row["document"] in _DOCUMENTS else row["document"]}
        for row in rows
    ]
    current = any(row["version"] == PRIVACY_VERSION and row["withdrawn_at"] is None for row in rows)
    return show(
        request,
        "data",
        consents=consents,
        current=current,
        version=PRIVACY_VERSION,
        done=notices.text(done),
    )


@post(f"{DATA}/consent", access=SIGNED_IN, include_in_schema=False)
async def agree(request: Asking) -> Response[Any]:
    """Agree to the present text of the privacy notice."""
    await submitted(request)
    async with control() as connection:
        await connection.execute(
            "INSERT INTO consent (account_id, document, version, given_at) SELECT $1, $2, $3, $4 WHERE NOT EXISTS ("
            " SELECT FROM consent WHERE account_id = $1 AND document = $2 AND version = $3 AND withdrawn_at IS NULL)",
            session_here().account_id,
            accounts.PRIVACY,
            PRIVACY_VERSION,
            clock.now(),
        )
    return go(f"{DATA}?done=consent")


@get(f"{DATA}/copy", access=SIGNED_IN, include_in_schema=False)
async def copy_to_read() -> Response[Any]:
    """Everything stored about the person, to read."""
    if not is_fresh(session_here()):
        return prove_again(f"{DATA}/copy")
    copy = await privacy.copy_of(session_here().account_id)
    sections = list(copy_words.sections(copy, current_site().timezone))
    return private(
        page("my-data.html", made_at=copy.made_at, sections=sections, json_href=f"{DATA}/copy.json", back_href=way.HOME)
    )


@get(f"{DATA}/copy.json", access=SIGNED_IN, include_in_schema=False)
async def copy_to_take() -> Response[Any]:
    """The same for programmes, as a file (DSGVO Art. 20)."""
    if not is_fresh(session_here()):
        return prove_again(f"{DATA}/copy.json")
    copy = await privacy.copy_of(session_here().account_id)
    name = f"smart-village-{copy.made_at.date().isoformat()}.json"
    return private(
        Response(
            copy.as_json(),
            status_code=200,
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="{quote(name)}"'},
        )
    )


async def _deleting(request: Asking, *, status: int = 200, refused: str = "", errors: Any = None) -> Response[Any]:
    account = await account_here()
    alone = await memberships.owned_alone(account.id)
    days = privacy.GRACE.days
    return show(
        request,
        "delete",
        status=status,
        account=account,
        alone=alone,
        days=days,
        refused=refused,
        errors=errors or {},
    )


@get(DELETE, access=SIGNED_IN, include_in_schema=False)
async def delete_form(request: Asking) -> Response[Any]:
    """Say what goes and what stays, then ask."""
    if not is_fresh(session_here()):
        return prove_again(DELETE)
    return await _deleting(request)


@post(DELETE, access=SIGNED_IN, include_in_schema=False)
async def delete(request: Asking) -> Response[Any]:
    """Begin the grace period; the person is signed out everywhere."""
    form = await submitted(request)
    session = session_here()
    if not is_fresh(session):
        return prove_again(DELETE)
    if not form.ticked("sure"):
        return await _deleting(
            request, status=422, errors={"sure": _("Tick the box if you really want to delete the account.")}
        )
    try:
        closes_at = await privacy.close(session.account_id)
    except OwnsAlone as error:
        return await _deleting(request, status=409, refused=said(error))
    await logout.end_account(session.account_id, session.sub)
    # The session has ended: the page is for nobody any more, and names nobody.
    answer = page("account/deleted.html", closes_at=closes_at)
    return private(answer, [host_cookie(sessions.COOKIE, "", 0)])


@post("/identity/account/keep", access=SIGNED_IN, include_in_schema=False)
async def keep(request: Asking) -> Response[Any]:
    """The person changed their mind in time."""
    await submitted(request)
    await privacy.reopen(session_here().account_id)
    return go(f"{way.HOME}?done=kept")


DATA_ROUTES: Sequence[ControllerRouterHandler] = (
    data_page,
    agree,
    copy_to_read,
    copy_to_take,
    delete_form,
    delete,
    keep,
)
