"""Forms of people without a session: nothing proves who they are, but the browser says where the form stood."""

from typing import Any, Final
from urllib.parse import parse_qs

from litestar import Request

from app.kit.errors import InvalidInput
from app.web.csrf import Forged
from app.web.site import current_site

_MOST_FIELDS: Final = 20


def from_here(request: Request[Any, Any, Any]) -> None:
    """Raise `Forged` for a form that stood on another host; a village's neighbours count as others too.

    Programmes that send neither field are let through: they have no cookies of this host.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forged
    if request.headers.get("origin", current_site().origin) != current_site().origin:
        raise Forged


async def fields_of(request: Request[Any, Any, Any]) -> dict[str, list[str]]:
    """The fields of a small form of this host; raises `Forged`, and `InvalidInput` for what is no form of ours."""
    from_here(request)
    try:
        return parse_qs((await request.body()).decode("utf-8"), max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise InvalidInput("The form can't be read.") from error
