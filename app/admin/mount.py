"""`/admin` inside the tenant's scope: who may enter, which tables there are for them, and where each request goes.

Everything is built at the first visit, because it takes 10 MB that a process without visitors does without.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from litestar import asgi
from litestar.handlers import ASGIRouteHandler

from app.admin.table import AdminTable
from app.identity.person import Person
from app.identity.rights import may
from app.kit.errors import Conflict, NotFound, TooLarge, VillageError
from app.kit.i18n import gettext_ as _
from app.web.access import role
from app.web.manage.reach import reach, somebody
from app.web.site import current_site, current_visit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from app.admin.rows import Rows

Receive = Callable[[], Awaitable[Any]]

BODY_BYTES: Final = 1_000_000
_NOWHERE: Final = "There is no such page here."
_CONTRADICTS: Final = "This contradicts another entry: something like it is there already, or is still needed."


class Admin:
    """The tables, and the application that serves them."""

    def __init__(self, tables: Sequence[AdminTable]) -> None:
        self._tables = tables
        self._rows: dict[str, Rows] = {}

    def for_person(self, person: Person | None, capabilities: Iterable[str]) -> list[AdminTable]:
        """The tables that a person may read in a town that offers these capabilities."""
        chosen = set(capabilities)
        return [
            one for one in self._tables if may(person, one.read) and (not one.capability or one.capability in chosen)
        ]

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        """ASGI."""
        from starlette.requests import Request

        from app.admin.rows import told

        try:
            answer = await self._answer(Request(scope, await _whole(scope, receive)), scope)
        except VillageError as error:
            answer = told(error)
        except JSONDecodeError:
            answer = told(Conflict("This can't be read."))
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
            answer = told(Conflict(_CONTRADICTS))
        answer.headers.setdefault("cache-control", "private, no-store")
        await answer(scope, receive, send)

    async def _answer(self, request: "Request", scope: Any) -> "Response":
        from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

        from app.admin import shell

        # The address as it was asked: Litestar puts a slash to the end of what it hands to a mount.
        path = current_visit().path.removeprefix("/admin")
        if path == "":
            # The front-end asks for what lies beside it.
            return RedirectResponse("/admin/", 303)
        if path == "/api/mfa-setup/":
            return RedirectResponse("/account", 303)
        if path == "/":
            return HTMLResponse(
                shell.page(somebody(), current_site().name), headers={"content-security-policy": shell.policy()}
            )
        if path.startswith("/assets/"):
            found = shell.asset(path.removeprefix("/assets/"))
            if found is None:
                raise NotFound(_NOWHERE)
            # The name carries a mark of the content; ours is small and read anew.
            kept = "private, no-cache" if path.endswith("/village.js") else "private, max-age=31536000, immutable"
            return Response(found[0], media_type=found[1], headers={"cache-control": kept})
        if path.startswith("/public/"):
            return JSONResponse(self._public(path.removeprefix("/public")))
        return await self._api(request, scope, path.removeprefix("/api"))

    def _public(self, path: str) -> Any:
        from app.admin import shell

        if path == "/meta/":
            return {"piccolo_admin_version": "", "site_name": current_site().name}
        if path == "/translations/":
            return shell.translations()
        if path == "/logout/":
            # The page's own script then sends the village's form for it.
            return {}
        words = shell.translation(path.removeprefix("/translations/").rstrip("/"))
        if words is None:
            raise NotFound(_NOWHERE)
        return words

    async def _api(self, request: "Request", scope: Any, path: str) -> "Response":
        from starlette.responses import JSONResponse, Response

        from app.admin.rows import Rows, set_limits, told

        person = somebody()
        tables = self.for_person(person, scope["state"].get("capabilities", ()))
        fixed: dict[str, Any] = {
            "/tables/": [one.name for one in tables],
            "/tables/grouped/": {"grouped": {}, "ungrouped": [one.name for one in tables]},
            "/forms/": [],
            "/forms/grouped/": {"grouped": {}, "ungrouped": []},
            "/links/": {_("Back to your desk"): "/manage"},
            "/user/": {"username": person.name or person.email, "user_id": person.sub},
        }
        if path in fixed:
            return JSONResponse(fixed[path])
        name, _slash, rest = path.removeprefix("/tables/").partition("/")
        table = next((one for one in tables if one.name == name), None) if path.startswith("/tables/") else None
        if table is None:
            raise NotFound(_NOWHERE)
        set_limits(await reach(), tables)
        if table.noun not in self._rows:
            self._rows[table.noun] = Rows(table)
        answer = Caught()
        inner = {**scope, "path": f"/{rest}", "root_path": "", "raw_path": b""}
        inner.pop("path_template", None)
        try:
            await self._rows[table.noun](inner, request.receive, answer)
        except VillageError as error:
            return told(error, table.labels)
        return Response(answer.body, answer.status, answer.headers)


class Caught:
    """Takes the answer of an inner application."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __call__(self, message: Any) -> None:
        """An ASGI `send`."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            pairs = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in message.get("headers", ())]
            self.headers = {key: value for key, value in pairs if key.lower() != "content-length"}
        else:
            self.body += message.get("body", b"")


async def _whole(scope: Any, receive: Receive) -> Receive:
    """The body, read before anything is done with it; raises `TooLarge`."""
    body, more = b"", scope["method"] not in ("GET", "HEAD")
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
        if len(body) > BODY_BYTES:
            raise TooLarge("This is more than can be taken here.")

    async def again() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def admin_mount(tables: Sequence[AdminTable]) -> ASGIRouteHandler:
    """The route of a town's host."""
    application = Admin(tables)

    @asgi("/admin", is_mount=True, copy_scope=True, access=role("admin.enter"))
    async def admin(scope: Any, receive: Any, send: Any) -> None:
        """Every table that the person may see."""
        await application(scope, receive, send)

    return admin
