"""A letter box for trying the platform out: what would be sent, while there is no mail server.

Only on the platform's host of a deployment on this very machine, only for a browser on it, never beside a real mail
server: its letters open accounts.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.kit.errors import NotFound, VillageError
from app.notify.mail import Row, compose, letter_of, sender_of
from app.settings import settings
from app.tenancy import control
from app.web.access import PUBLIC
from app.web.respond import page, raw

LATEST = 200
SENDER = "noreply@localhost"
_LARGEST = 2**63 - 1
"""What the database can look for."""


class Listed(msgspec.Struct, frozen=True):
    """A mail in the list."""

    id: int
    recipient: str
    subject: str
    created_at: datetime


def admit(request: Request[Any, Any, Any]) -> None:
    """Raise `NotFound`, as if there were no such page, for whoever isn't at this machine."""
    here = settings()
    passed_on = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via"))
    address = request.client.host if request.client else ""
    try:
        near = ipaddress.ip_address(address).is_loopback
    except ValueError:
        near = False
    if here.smtp_url or here.domain != "localhost" or passed_on or not near:
        raise NotFound("There is nothing here.")


@get("/mailbox", access=PUBLIC, include_in_schema=False)
async def mailbox(request: Request[Any, Any, Any]) -> Response[str]:
    """The latest mails of the outbox."""
    admit(request)
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT id, tenant, recipient, kind, locale, content, tries, created_at FROM mail
               WHERE content <> '' ORDER BY id DESC LIMIT $1""",
            LATEST,
        )
    mails = [_listed(Row(**dict(row))) for row in rows]
    return _private(page("mailbox.html", mails=mails))


@get("/mailbox/{number:int}", access=PUBLIC, include_in_schema=False)
async def mail(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """One mail, as its reader would see it."""
    admit(request)
    row = await _row(number)
    return _private(page("mail.html", mail=row, letter=letter_of(row), sender=await sender_of(row.tenant)))


@get("/mailbox/{number:int}/message.eml", access=PUBLIC, include_in_schema=False)
async def message(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
    """The message as a server would get it (RFC 5322)."""
    admit(request)
    made = await compose(await _row(number), by=SENDER)
    return _private(raw(made.as_bytes(), "message/rfc822"))


async def _row(number: FromPath[int]) -> Row:
    if not 0 < number <= _LARGEST:
        raise NotFound("There is nothing here.")
    async with control() as connection:
        row = await connection.fetchrow(
            """SELECT id, tenant, recipient, kind, locale, content, tries, created_at FROM mail
               WHERE id = $1 AND content <> ''""",
            number,
        )
    if row is None:
        raise NotFound("There is nothing here.")
    return Row(**dict(row))


def _listed(row: Row) -> Listed:
    try:
        subject = letter_of(row).subject
    except (VillageError, KeyError):
        # Sealed with a secret that is gone: it can't be read any more.
        subject = row.kind
    return Listed(row.id, row.recipient, subject, row.created_at)


def _private(response: Response[Any]) -> Response[Any]:
    response.headers["cache-control"] = "private, no-store"
    return response


MAILBOX_ROUTES: Sequence[ControllerRouterHandler] = (mailbox, mail, message)
