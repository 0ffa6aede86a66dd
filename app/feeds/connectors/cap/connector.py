"""Warnings in CAP 1.2: one XML document, or an archive with one document for each warning.

The weather service keeps the present state in one archive for each area and language (`…LATEST…_MUL.zip`).
A warning that was altered may not be called the service's any more, so texts are taken as they are.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop, web_page
from app.feeds.connectors.cap.alert import notice_of, root_of
from app.feeds.connectors.cap.archive import documents
from app.feeds.items import Notice, Problem

ACCEPT: Final = "application/zip, application/cap+xml, application/xml;q=0.9, */*;q=0.5"
BODY_BYTES: Final = 30_000_000
MOST_WARNINGS: Final = 2_000
_NO_FEED: Final = "The file is no warning in the format CAP. Check the address."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the newest archive (`…LATEST…zip`) or of one CAP document."""
    attribution: str = "Deutscher Wetterdienst"
    """Who must be named."""
    language: str = "de"
    """The wanted language where a warning is told in several."""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The archive's bytes, conditionally."""
    return await http.get(config.url, cursor, accept=ACCEPT, body_bytes=BODY_BYTES)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Notice | Problem]:
    """The warnings; a document that can't be read loses only itself. Raises `Stop` when there is none at all."""
    if body.startswith(b"PK"):
        yield from _of_archive(body, config)
        return
    head = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        raise web_page(body[:100_000].decode("utf-8", "replace"), context.url)
    try:
        made = notice_of(root_of(body), config.language, config.attribution)
    except SkipItem as skipped:
        raise Stop(_NO_FEED, code="no-feed") from skipped
    if made is not None:
        yield made


def _of_archive(body: bytes, config: Config) -> Iterator[Notice | Problem]:
    seen: set[str] = set()
    read, lost = 0, 0
    for name, document in documents(body):
        lost += 1
        if document is None:
            yield Problem(name, "A document of the archive is too large or damaged. It was left out.")
            continue
        try:
            made = notice_of(root_of(document), config.language, config.attribution)
        except SkipItem as skipped:
            yield Problem(name, skipped.reason)
            continue
        read, lost = read + 1, lost - 1
        if made is None or made.external_id in seen:
            continue
        seen.add(made.external_id)
        yield made
        if len(seen) >= MOST_WARNINGS:
            yield Problem(None, "The archive has more than 2,000 warnings. The rest was left out.")
            return
    if lost and not read:
        # Not the end of all warnings: those that are known stay.
        raise Stop(_NO_FEED, code="no-feed")
