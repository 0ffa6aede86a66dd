"""One entry as its format gave it, and what becomes of it: identity, clean texts, the article."""

import hashlib
import html as htmllib
import re
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

import msgspec

from app.feeds.connector import SkipItem
from app.feeds.connectors.rss.dates import moment
from app.feeds.items import Article, Geo, short_id
from app.kit.richtext import absolute, clean_line, plain, sanitise_with_image, shortened

TITLE_CHARACTERS: Final = 300
SUMMARY_CHARACTERS: Final = 400
_MOST_CATEGORIES: Final = 12
_TRACKING: Final = re.compile(r"utm_|mtm_|pk_|fbclid$|gclid$|cHash$")
_MORE: Final = re.compile(
    r"(?:\s|<br>|<p>|\[|\(|…|\.\.\.)*<a [^>]*>\s*[\[(]?(?:\.\.\.|…|»|→|&gt;|\s)*"
    r"(?:mehr|mehr lesen|mehr erfahren|mehr dazu|weiterlesen|weiter lesen|weiter|read more|more|continue reading)"
    r"(?:\s|\.\.\.|…|»|→|&gt;|&nbsp;|[\])])*</a>(?:\s|\]|\)|<br>|</p>)*\Z",
    re.IGNORECASE,
)
_MORE_REACH: Final = 1_500
_CUT: Final = re.compile(r"\s*\[(?:…|\.\.\.|mehr|weiterlesen)\]\s*\Z", re.IGNORECASE)
_FIRST_LINE: Final = re.compile(r"([^<]{4,300})<br>(?:\s|<br>|&nbsp;)*")
_BLOCK: Final = re.compile(r"<(?:p|ul|ol|h[2-4]|table|blockquote|pre|dl|figure)\b")
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n\s*|<br>\s*<br>\s*")


class Channel(msgspec.Struct, kw_only=True):
    """What the feed says about all its entries."""

    title: str = ""
    language: str = ""
    licence: str = ""
    base: str = ""


class Entry(msgspec.Struct, kw_only=True):
    """One entry, texts as sent."""

    guid: str = ""
    guid_is_link: bool = False
    link: str = ""
    title: str = ""
    title_is_html: bool = True
    summary: str = ""
    content: str = ""
    published: str = ""
    updated: str = ""
    author: str = ""
    categories: list[str] = msgspec.field(default_factory=list)
    language: str = ""
    licence: str = ""
    image: str = ""
    geo: Geo | None = None
    base: str = ""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the feed's configuration asks for, ready for use."""

    id_from: str
    strip_title: re.Pattern[str] | None
    licence: str
    attribution: str
    category: str
    language: str
    teaser_only: bool
    zone: ZoneInfo


def link_of(entry: Entry) -> str:
    """The absolute link to the original, or an empty text."""
    if entry.link and (found := absolute(entry.link, entry.base)):
        return found
    return absolute(entry.guid, "") if entry.guid_is_link else ""


def identities(entry: Entry, link: str, options: Options) -> list[str]:
    """Candidates for the id, best first: guid, query parameter, link, link and date, these and the title."""
    found: list[str] = []
    parts = urlsplit(link) if link else None
    if options.id_from and parts:
        value = dict(parse_qsl(parts.query)).get(options.id_from)
        found += [f"{options.id_from}={value}"] if value else []
    if entry.guid:
        found.append(entry.guid)
    elif parts and (parts.path.strip("/") or parts.query):  # a link to the front page is nobody's own
        found.append(_canonical(link))
    base = f"{link}\n{entry.published or entry.updated}"
    if entry.published or entry.updated:
        found.append(_sha1(base))
    found.append(_sha1(f"{base}\n{entry.title or entry.summary}"))
    return [short_id(clean) for one in found if (clean := clean_line(one))]


def _canonical(link: str) -> str:
    """Without scheme, fragment and tracking parameters: a move to https must not double the news."""
    parts = urlsplit(link)
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _TRACKING.match(name)]
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{parts.netloc.lower()}{parts.path or '/'}{query}"


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def article(entry: Entry, external_id: str, link: str, channel: Channel, options: Options) -> tuple[Article, str]:
    """The article, and a msgid for what could not be read although the rest could; raises `SkipItem`."""
    base = link or entry.base
    teaser, teaser_image = sanitise_with_image(entry.summary, base) if entry.summary else ("", "")
    body, body_image = sanitise_with_image(entry.content, base) if entry.content else ("", "")
    teaser = _without_title(_without_more(teaser), entry.title)
    body = _paragraphs(_without_title(_without_more(body), entry.title))
    summary = _CUT.sub(" …", plain(teaser or body)).strip()
    title = _title(entry, options) or shortened(summary, 80)
    if not title:
        raise SkipItem("An entry has neither a title nor a text.")
    updated = moment(entry.updated, options.zone)
    published = moment(entry.published, options.zone) if entry.published else updated
    unread = (entry.published and not published) or (entry.updated and not updated)
    return Article(
        external_id=external_id,
        title=title,
        url=link,
        language=(entry.language or channel.language or options.language).partition("-")[0].strip().lower()[:8],
        published_at=published[0] if published else None,
        published_day_only=bool(published and published[1]),
        updated_at=updated[0] if updated else None,
        summary=shortened(summary, SUMMARY_CHARACTERS),
        body_html="" if options.teaser_only else body or _paragraphs(teaser),
        categories=_categories(entry, options),
        author=_name(entry.author),
        licence=options.licence or clean_line(entry.licence or channel.licence)[:200],
        attribution=options.attribution or _name(channel.title),
        image_url=absolute(entry.image, entry.base) or body_image or teaser_image,
        geo=entry.geo,
    ), "The date of an entry can't be read. It is shown without it." if unread else ""


@lru_cache(maxsize=256)
def _name(text: str) -> str:
    """A name in one line: the same few stand in every entry of a feed."""
    return shortened(clean_line(plain(text)), 200)


def _title(entry: Entry, options: Options) -> str:
    title = plain(entry.title) if entry.title_is_html else clean_line(entry.title)
    title = shortened(title, TITLE_CHARACTERS)
    if options.strip_title:
        # A pattern that leaves nothing was not meant for this title.
        title = clean_line(options.strip_title.sub("", title)) or title
    return title


def _categories(entry: Entry, options: Options) -> tuple[str, ...]:
    names = [options.category, *(clean_line(plain(name))[:80] for name in entry.categories)]
    return tuple(dict.fromkeys(name for name in names if name))[:_MOST_CATEGORIES]


def _without_more(clean: str) -> str:
    """Sanitised HTML without the trailing link to the rest ("[mehr]"): the page has its own."""
    start = max(0, len(clean) - _MORE_REACH)
    found = _MORE.search(clean, start) if "</a>" in clean[start:] else None
    if not found:
        return clean
    removed = found[0]
    before = removed.partition("<a")[0]
    ending = " …" if "..." in before or "…" in before else ""
    opened, closed = removed.count("<p>"), removed.count("</p>")
    return clean[: found.start()].rstrip() + ending + "</p>" * max(0, closed - opened)


def _without_title(clean: str, title: str) -> str:
    """Without the title in front: many systems put it there once more, as the text of a picture."""
    found = _FIRST_LINE.match(clean)
    return clean[found.end() :] if found and title.strip().endswith(htmllib.unescape(found[1]).strip()) else clean


def _paragraphs(clean: str) -> str:
    """Blank lines as paragraphs where a text has no blocks of its own."""
    if not clean or _BLOCK.search(clean):
        return clean
    parts = [part.strip() for part in _BLANK_LINE.split(clean.replace("&nbsp;", " "))]
    return "".join(f"<p>{part}</p>" for part in parts if part)
