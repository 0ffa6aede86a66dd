"""What one fetch asks for, with what, and to whom its secrets belong."""

from pathlib import Path

import httpx2

from app.kit.http.answer import Cursor


class Wanted:
    """What one `get` asks for; shared by its attempts and hops."""

    __slots__ = (
        "accept", "body_bytes", "certificate", "cursor", "fields", "origin", "packed", "path", "total_seconds",
        "validators",
    )  # fmt: skip

    def __init__(self, cursor: Cursor, accept: str, total_seconds: float, body_bytes: int) -> None:
        self.path: Path | None = None
        """Where the body goes; None: into memory."""
        self.packed = True
        """It may be packed on the way."""
        self.cursor = cursor
        self.accept = accept
        self.total_seconds = total_seconds
        self.body_bytes = body_bytes
        self.fields: list[tuple[bytes, bytes]] = []
        self.certificate = ""
        self.origin = ""
        self.validators: list[tuple[bytes, bytes]] = []
        if not cursor.force:
            known = ((b"If-None-Match", cursor.etag), (b"If-Modified-Since", cursor.last_modified))
            self.validators = [(name, value.encode("latin-1", "ignore")) for name, value in known if value]


def origin_of(target: httpx2.URL) -> str:
    """Scheme, host and port: what a key is for."""
    port = target.port or (443 if target.scheme == "https" else 80)
    return f"{target.scheme}://{target.raw_host.decode('ascii')}:{port}"
