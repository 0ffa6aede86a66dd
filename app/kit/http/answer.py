"""What is asked with, and what comes back."""

from pathlib import Path
from typing import Literal

import msgspec

from app.kit.http import headers


class Cursor(msgspec.Struct, frozen=True):
    """What we know from the last fetch; the validators exactly as they were sent."""

    etag: str = ""
    last_modified: str = ""
    force: bool = False
    """Fetch in full: servers lie, so about once a week nothing is believed."""
    size: int = 0
    """Bytes of the last full answer, to tell what a 304 saved."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""

    status: Literal["new", "not_modified"]
    url: str
    """Where it came from in the end, after redirects."""
    body: bytes = b""
    content_type: str = ""
    """Media type, lower-case, without parameters."""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""
    max_age: int | None = None
    """Seconds, from Cache-Control or Expires."""
    retry_after: int | None = None
    """Seconds."""
    bytes_saved: int = 0
    """Bytes that a 304 spared both sides."""
    path: Path | None = None
    """Of a download: where the body lies instead of `body`. Whoever asked for it deletes it."""
    digest: str = ""
    """Of a download: SHA-256 of the body in hex."""

    @property
    def cursor(self) -> Cursor:
        """What to ask with next time."""
        return Cursor(etag=self.etag, last_modified=self.last_modified, size=len(self.body) or self.bytes_saved)


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a form that was sent, whatever its status."""

    status: int
    body: bytes = b""
    content_type: str = ""
    """Media type, lower-case, without parameters."""


def answered(fields: headers.Headers, url: str, known: Cursor | None, whole: bytes) -> Fetched:
    """The answer that these header fields and this body make; a 304 for a `known` cursor."""
    media, charset = headers.content_type(fields)
    return Fetched(
        status="new" if known is None else "not_modified",
        url=url,
        body=whole,
        content_type=media,
        charset=charset,
        # A 304 need not repeat the validators: the known ones stay.
        etag=fields.get("etag", known.etag if known else ""),
        last_modified=fields.get("last-modified", known.last_modified if known else ""),
        max_age=headers.max_age(fields),
        retry_after=headers.retry_after(fields),
        bytes_saved=known.size if known else 0,
    )
