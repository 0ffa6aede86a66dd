"""Answers of pages and of the API."""

from typing import Any

import msgspec
from litestar import Response
from litestar.enums import MediaType

from app.web.render import render

JSON = "application/json"


def page(name: str, /, *, status: int = 200, **context: object) -> Response[str]:
    """A page from a template."""
    return Response(render(name, **context), status_code=status, media_type=MediaType.HTML)


def as_json(value: object) -> Response[bytes]:
    """A msgspec struct as JSON."""
    return Response(msgspec.json.encode(value), media_type=JSON)


def raw(body: bytes | str, media_type: str, **headers: str) -> Response[Any]:
    """A body in another format, e.g. a feed or a calendar."""
    return Response(body if isinstance(body, bytes) else body.encode(), media_type=media_type, headers=headers)
