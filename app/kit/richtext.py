"""Foreign text made safe: HTML by an allowlist, plain text from HTML, one clean line, Markdown."""

import html as htmllib
import re
import threading
import unicodedata
from functools import cache
from typing import Final
from urllib.parse import urljoin, urlsplit

import nh3
from markdown_it import MarkdownIt

SANITISER_VERSION: Final = 1
"""Raised when the rules below change, so that stored bodies can be cleaned again."""

MOST_CHARACTERS: Final = 500_000
"""What is longer is cut before it is read."""

_TAGS: Final = frozenset(
    "a abbr b blockquote br caption code dd del dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins li ol p pre "
    "q s small strong sub sup table tbody td tfoot th thead time tr u ul".split()
)
_DROPPED_WHOLE: Final = frozenset(
    "script style iframe object embed applet form noscript template svg math title head select textarea".split()
)
# Images never come from a stranger's server: only the text stays. Their address is read for `first_image`.
_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"alt", "src"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})
_REL: Final = "nofollow noopener ugc"
_BLOCKS: Final = frozenset("p br li div h1 h2 h3 h4 h5 h6 tr td th dt dd blockquote pre figcaption hr".split())

_DEEPEST: Final = 200
_OPEN_OR_CLOSE: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_ANY_TAG: Final = re.compile(r"<[^<>]*>")
_ENDS_BY_ITSELF: Final = frozenset("p li td th tr dt dd br hr img input meta link wbr col source option".split())

# What follows reads nh3's output, never the stranger's text: there each attribute stands in double quotes.
_IMAGE: Final = re.compile(r'<img(?P<attributes>(?: [a-z]+="[^"]*")*)>')
_ALT: Final = re.compile(r' alt="([^"]*)"')
_HEADING: Final = re.compile(r"(</?h)([1-6])\b")
_TAG: Final = re.compile(r"<[^>]*>")
_MOST_PASSES: Final = 4
_EMPTY: Final = re.compile(r"<(p|li|h[2-4]|figure|figcaption|blockquote)>(?:\s|&nbsp;|<br>)*</\1>")
_TRAILING: Final = ("<br>", "&nbsp;", "\n", " ")

# Control characters but tab and line end; lone surrogates, which no encoding takes; the byte order mark.
_UNWANTED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
# Overrides and isolates of direction can make a line read as something else; the rest is invisible.
_INVISIBLE: Final = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufff9-\ufffb]")
_SPACE: Final = re.compile(r"\s+")


class _Reading(threading.local):
    """The text under the cleaner in this thread: nh3 calls back while it works."""

    base = ""
    image = ""


_reading: Final = _Reading()


def sanitise(html: str, base_url: str = "") -> str:
    """HTML with the allowed tags only; relative links are completed by `base_url` or lose their address."""
    return sanitise_with_image(html, base_url)[0]


def sanitise_with_image(html: str, base_url: str = "") -> tuple[str, str]:
    """As `sanitise`, with the absolute http(s) address of the first image, or an empty text."""
    text = _shallow(_UNWANTED.sub("", html[:MOST_CHARACTERS]))
    if "<" not in text and "&" not in text:
        return text.replace(">", "&gt;").strip(), ""
    _reading.base, _reading.image = base_url, ""
    clean = _cleaned(text)
    # Headings inside headings are only sorted out when the result is read once more, as a browser will.
    for _ in range(_MOST_PASSES if "<h" in clean else 0):
        if (again := _cleaned(clean)) == clean:
            break
        clean = again
    return clean, _reading.image


def _cleaned(text: str) -> str:
    """One pass of the cleaner."""
    clean = _cleaner().clean(text)
    if "<img" in clean:
        clean = _IMAGE.sub(_alternative, clean)
    if "<h" in clean:
        clean = _lowered_headings(clean)
    # What is left empty may leave what held it empty too; nesting is bounded by `_shallow`.
    while (emptied := _EMPTY.sub("", clean)) != clean:
        clean = emptied
    clean = clean.strip()
    return clean[: _end_of_content(clean)]


def plain(html: str, limit: int | None = None) -> str:
    """The text without tags in one line, cut at a word with an ellipsis when longer than `limit` characters."""
    text = html[:MOST_CHARACTERS]
    if "<" in text or "&" in text:
        text = htmllib.unescape(_TAG.sub(" ", _stripper().clean(_shallow(_UNWANTED.sub("", text)))))
    return shortened(clean_line(text), limit)


def shortened(text: str, limit: int | None) -> str:
    """`text`, cut at a word with an ellipsis when longer than `limit` characters."""
    if limit is None or len(text) <= limit:
        return text
    cut = text[: limit - 1]
    words = cut.rpartition(" ")[0]
    return (words if len(words) > limit // 2 else cut).rstrip(" ,;:–-") + "…"


def clean_line(text: str) -> str:
    """One line for titles and names: NFC, no control or direction characters, single spaces."""
    # Nearly every text is clean already; looking is far cheaper than cleaning. Control and direction characters
    # are not printable, so nothing unwanted takes this way.
    if text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return (_SPACE.sub(" ", text) if "  " in text else text).strip()
    return _SPACE.sub(" ", _INVISIBLE.sub("", _UNWANTED.sub(" ", unicodedata.normalize("NFC", text)))).strip()


def markdown(text: str) -> str:
    """CommonMark as safe HTML; raw HTML in it is shown as text."""
    return sanitise(_markdown().render(text[:MOST_CHARACTERS]))


def _shallow(text: str) -> str:
    """The text, without all its tags when they are nested so deeply that reading them would take minutes."""
    if text.count("<") < _DEEPEST:
        return text
    depth = 0
    for found in _OPEN_OR_CLOSE.finditer(text):
        if found[2].lower() not in _ENDS_BY_ITSELF:
            depth += -1 if found[1] else 1
            if depth > _DEEPEST:
                return htmllib.escape(htmllib.unescape(_ANY_TAG.sub(" ", text)), quote=False)
    return text


@cache
def _cleaner() -> nh3.Cleaner:
    """One for all: making a cleaner costs three times as much as using it."""
    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        attribute_filter=_address,
        url_schemes=set(_SCHEMES),
        link_rel=_REL,
    )


@cache
def _stripper() -> nh3.Cleaner:
    """Leaves only where blocks begin and end."""
    return nh3.Cleaner(tags=set(_BLOCKS), clean_content_tags=set(_DROPPED_WHOLE), attributes={}, link_rel=None)


def _end_of_content(clean: str) -> int:
    end = len(clean)
    while clean.endswith(_TRAILING, 0, end):
        end -= next(len(mark) for mark in _TRAILING if clean.endswith(mark, 0, end))
    return end


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def absolute(address: str, base_url: str, schemes: frozenset[str] = frozenset({"http", "https"})) -> str:
    """The complete address, or an empty text when it has another scheme or can't be completed."""
    address = address.strip()
    if not address:
        return ""
    try:
        # An address with a scheme and a host stays what it is, whatever the base: no need to join.
        whole = urljoin(base_url, address) if base_url and "://" not in address[:10] else address
        parts = urlsplit(whole)
    except ValueError:
        return ""
    if parts.scheme.lower() not in schemes or (parts.scheme.lower().startswith("http") and not parts.netloc):
        return ""
    return whole


def _address(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return absolute(value, _reading.base, _SCHEMES) or None
    if tag == "img" and attribute == "src":
        _reading.image = _reading.image or absolute(value, _reading.base)
        return None
    return value


def _alternative(image: re.Match[str]) -> str:
    alt = _ALT.search(image["attributes"])
    if not alt:
        return ""
    words = alt[1].replace("<", "&lt;").replace(">", "&gt;")
    # Words of its own: they must not run into the sentences around the picture.
    before = " " if image.string[max(0, image.start() - 1) : image.start()].isalnum() else ""
    after = " " if image.string[image.end() : image.end() + 1].isalnum() else ""
    return f"{before}{words}{after}"


def _lowered_headings(clean: str) -> str:
    # The page has its own h1: the headings of a body begin at h2 and skip none.
    levels = sorted({found[2] for found in _HEADING.finditer(clean)})
    return _HEADING.sub(lambda found: found[1] + str(min(2 + levels.index(found[2]), 4)), clean)
