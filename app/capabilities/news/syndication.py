"""News in the formats that readers and other towns subscribe to: RSS 2.0, Atom (RFC 4287), JSON Feed 1.1.

An entry's identity is a tag URI (RFC 4151) of the town and the article's number: neither a new title nor a host of
the town's own makes it another one.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

import msgspec
from lxml import etree

from app.capabilities.news.queries import Entry
from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.settings import settings
from app.web.site import Site, current_site

ATOM: Final = "http://www.w3.org/2005/Atom"
DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"
CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
_FIRST_YEAR: Final = "2026"
"""From when on our names are ours; a tag URI never changes."""
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even escaped."""

_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def tag_uri(site: Site, article_id: int) -> str:
    """`tag:bad-belzig.example.org,2026:news/17`."""
    return f"{_feed_uri(site)}/{article_id}"


def _feed_uri(site: Site) -> str:
    # The host that every town keeps, whatever others it gets.
    return f"tag:{site.slug}.{settings().domain},{_FIRST_YEAR}:news"


def rss(entries: Sequence[Entry], *, self_path: str) -> bytes:
    """RSS 2.0 with the whole text and the licence."""
    site = current_site()
    root = etree.Element("rss", version="2.0", nsmap={"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE})
    channel = etree.SubElement(root, "channel")
    _text(channel, "title", _title(site))
    _text(channel, "link", f"{site.origin}/news")
    _text(channel, "description", _about(site))
    _text(channel, "language", "de")
    _text(channel, "lastBuildDate", format_datetime(_changed(entries)))
    etree.SubElement(channel, f"{{{ATOM}}}link", href=site.origin + self_path, rel="self", type="application/rss+xml")
    for entry in entries:
        item = etree.SubElement(channel, "item")
        _text(item, "title", entry.title)
        _text(item, "link", entry.url)
        _text(item, "guid", tag_uri(site, entry.id)).set("isPermaLink", "false")
        _text(item, "pubDate", format_datetime(entry.published_at))
        _text(item, "description", entry.teaser or entry.title)
        if entry.body_html:
            _text(item, f"{{{CONTENT}}}encoded", entry.body_html)
        if entry.author:
            _text(item, f"{{{DUBLIN_CORE}}}creator", entry.author)
        for name in _categories(entry):
            _text(item, "category", name)
        # RSS demands a feed's address in `source`, which the original article is not; so it stands in Dublin Core.
        for name, value in (("source", entry.source.url), ("rights", _rights(entry)), ("language", entry.language)):
            if value:
                _text(item, f"{{{DUBLIN_CORE}}}{name}", value)
    return _bytes(root)


def atom(entries: Sequence[Entry], *, self_path: str) -> bytes:
    """Atom with the whole text, the rights and a link to the original."""
    site = current_site()
    root = etree.Element(f"{{{ATOM}}}feed", {_LANGUAGE: "de"}, nsmap={None: ATOM})

    def add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
        element = _text(parent, f"{{{ATOM}}}{name}", text)
        for key, value in attributes.items():
            element.set(key, _writable(value))
        return element

    add(root, "id", _feed_uri(site))
    add(root, "title", _title(site))
    add(root, "subtitle", _about(site))
    add(root, "updated", _changed(entries).isoformat())
    add(root, "link", rel="self", href=site.origin + self_path, type="application/atom+xml")
    add(root, "link", rel="alternate", href=f"{site.origin}/news", type="text/html")
    add(add(root, "author"), "name", site.name)
    for entry in entries:
        item = add(root, "entry")
        if entry.language:
            item.set(_LANGUAGE, _writable(entry.language))
        add(item, "id", tag_uri(site, entry.id))
        add(item, "title", entry.title)
        add(item, "link", rel="alternate", href=entry.url, type="text/html")
        if entry.source.url:
            add(item, "link", rel="via", href=entry.source.url)
        add(item, "published", entry.published_at.isoformat())
        add(item, "updated", max(entry.changed_at, entry.published_at).isoformat())
        add(add(item, "author"), "name", entry.author or entry.source.name or _publisher(entry, site))
        for name in _categories(entry):
            add(item, "category", term=name)
        if entry.teaser:
            add(item, "summary", entry.teaser)
        if entry.body_html:
            add(item, "content", entry.body_html, type="html")
        if rights := _rights(entry):
            add(item, "rights", rights)
    return _bytes(root)


def json_feed(entries: Sequence[Entry], *, self_path: str) -> bytes:
    """JSON Feed 1.1; licence, attribution and source stand in the extension `_village`."""
    site = current_site()
    items = []
    for entry in entries:
        item: dict[str, Any] = {
            "id": tag_uri(site, entry.id),
            "url": entry.url,
            "title": entry.title,
            "summary": entry.teaser,
            "content_html": entry.body_html or f"<p>{_escaped(entry.teaser or entry.title)}</p>",
            "date_published": entry.published_at,
            "date_modified": entry.changed_at,
            "authors": [{"name": entry.author or entry.source.name or _publisher(entry, site)}],
            "tags": _categories(entry),
            "language": entry.language,
            "_village": {
                "about": f"{site.origin}/api/",
                "source": entry.source,
                "licence": entry.licence,
                "attribution": entry.attribution,
            },
        }
        if entry.source.url:
            item["external_url"] = entry.source.url
        items.append({key: value for key, value in item.items() if value})
    return msgspec.json.encode(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": _title(site),
            "home_page_url": f"{site.origin}/news",
            "feed_url": site.origin + self_path,
            "description": _about(site),
            "language": "de",
            "items": items,
        }
    )


def _title(site: Site) -> str:
    return _("News from %(town)s") % {"town": site.name}


def _about(site: Site) -> str:
    return _("News of offices, clubs and companies in %(town)s. Each entry names its source.") % {"town": site.name}


def _changed(entries: Sequence[Entry]) -> datetime:
    return max((max(entry.changed_at, entry.published_at) for entry in entries), default=clock.now())


def _publisher(entry: Entry, site: Site) -> str:
    return entry.provider.told if entry.provider else site.name


def _categories(entry: Entry) -> list[str]:
    names = [str(entry.category.told)] if entry.category else []
    return list(dict.fromkeys([*names, *entry.tags]))


def _rights(entry: Entry) -> str:
    return " · ".join(part for part in (entry.attribution or entry.source.name, entry.licence) if part)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _text(parent: Any, name: str, text: str) -> Any:
    element = etree.SubElement(parent, name)
    element.text = _writable(text)
    return element


def _bytes(root: Any) -> bytes:
    whole: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole
