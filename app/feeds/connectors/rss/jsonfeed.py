"""JSON Feed 1.0 and 1.1 as entries; see jsonfeed.org/version/1.1."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from app.feeds.connector import Stop
from app.feeds.connectors.rss.entry import Channel, Entry

_VERSION: Final = "jsonfeed.org/version/"


def document_of(text: str) -> dict[str, Any]:
    """The feed's object; raises `Stop`. NaN, Infinity and what is nested too deeply are refused."""
    try:
        document = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop(
            "The JSON file is damaged or incomplete. Try again later, then ask the publisher.", code="broken"
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise Stop("The JSON file is not a JSON Feed. Check the address.", code="no-feed")
    version = str(document.get("version", ""))
    if version.partition("://")[2].startswith(_VERSION) or version in {"1", "1.0", "1.1"}:
        return document
    raise Stop("The JSON file is not a JSON Feed. Check the address.", code="no-feed")


def channel_of(document: dict[str, Any], url: str) -> Channel:
    """What the feed says about itself."""
    return Channel(
        title=_text(document.get("title")),
        language=_text(document.get("language")),
        base=url or _text(document.get("feed_url")) or _text(document.get("home_page_url")),
    )


def entries(document: dict[str, Any], channel: Channel) -> Iterator[Entry | None]:
    """The entries in the order of the document; None for what is no object."""
    for item in document["items"]:
        yield _entry(item, channel) if isinstance(item, dict) else None


def _entry(item: dict[str, Any], channel: Channel) -> Entry:
    content = _text(item.get("content_html"))
    if not content:
        # Plain text keeps its paragraphs and loses its meaning as markup.
        content = _text(item.get("content_text")).replace("&", "&amp;").replace("<", "&lt;")
    tags = item.get("tags")
    return Entry(
        guid=_text(item.get("id")),
        guid_is_link=True,
        link=_text(item.get("url")) or _text(item.get("external_url")),
        title=_text(item.get("title")),
        title_is_html=False,
        summary=_text(item.get("summary")).replace("&", "&amp;").replace("<", "&lt;"),
        content=content,
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
        author=_author(item),
        categories=[_text(tag) for tag in tags] if isinstance(tags, list) else [],
        language=_text(item.get("language")),
        image=_text(item.get("image")) or _text(item.get("banner_image")),
        base=channel.base,
    )


def _author(item: dict[str, Any]) -> str:
    authors = item.get("authors")
    people = authors if isinstance(authors, list) else [item.get("author")]
    return ", ".join(name for person in people[:5] if isinstance(person, dict) and (name := _text(person.get("name"))))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    # Ids are numbers in many feeds, against the rule.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
