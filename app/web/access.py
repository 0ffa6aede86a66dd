"""Who may use a route. Every route says so with `access=…`; one that doesn't, doesn't start."""

from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.kit.errors import NotFound, NotSignedIn


class Access(msgspec.Struct, frozen=True):
    """A demand on the person who asks."""

    name: str
    right: str = ""


PUBLIC = Access("public")
"""Anyone, also without an account."""


def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The one guard of the application: reads `access` and `capability` of the route."""
    capability = handler.opt.get("capability")
    if capability and capability not in connection.scope["state"].get("capabilities", ()):
        raise NotFound("This village does not offer this.")
    access = handler.opt.get("access")
    if access != PUBLIC and not connection.scope["path"].startswith("/api/schema"):
        raise NotSignedIn("Please sign in.")
