"""Forms of people without a session: nothing proves who they are, but the browser says where the form stood."""

from typing import Any

from litestar import Request

from app.web.csrf import Forged
from app.web.site import current_site


def from_here(request: Request[Any, Any, Any]) -> None:
    """Raise `Forged` for a form that stood on another host; a village's neighbours count as others too.

    Programmes that send neither field are let through: they have no cookies of this host.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forged
    if request.headers.get("origin", current_site().origin) != current_site().origin:
        raise Forged
