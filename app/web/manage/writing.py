"""Text as people type it into a form, and as it is kept: paragraphs, lists, headings, emphasis and links.

A form has a plain field. An empty line ends a paragraph; `- ` begins a point, `## ` a heading, `**` makes a word
strong. Kept is HTML; `as_text` brings it back for the next edit.
"""

import re
from html.parser import HTMLParser
from typing import Final

from app.kit import richtext

_ADDRESS: Final = re.compile(r"(?<![\w(<\[\"'/])(https?://[^\s<>()]+[^\s<>().,;:!?\"'])")
_BLOCKS: Final = frozenset("p div h1 h2 h3 h4 h5 h6 pre table tr figure figcaption dl dt dd".split())
_HEADINGS: Final = {"h1": "## ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "#### ", "h6": "#### "}
_MARKS: Final = {"strong": "**", "b": "**", "em": "*", "i": "*"}
_SPECIAL: Final = re.compile(r"[\\`*\[]|<(?=[\w/!?])|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
_AT_START: Final = re.compile(r"(?:#{1,6}(?=\s|$)|[-+](?=\s|$)|>|(?<=\d)[.)](?=\s|$))")
_NUMBER: Final = re.compile(r"\d{1,9}")
_MANY_LINES: Final = re.compile(r"\n{3,}")


def as_html(text: str) -> str:
    """Safe HTML of what somebody typed; line ends inside a paragraph are kept."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    # Two blanks at the end of a line are CommonMark's line break.
    broken = [
        f"{line}  " if line and number + 1 < len(lines) and lines[number + 1] else line
        for number, line in enumerate(lines)
    ]
    return richtext.markdown(_ADDRESS.sub(r"<\1>", "\n".join(broken)))


def as_text(html: str) -> str:
    """Kept HTML as one types it; what a plain field can't say (tables, small print) stays as its words."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _MANY_LINES.sub("\n\n", "".join(reader.parts)).strip()


class _Reader(HTMLParser):
    """Walks through sanitised HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._lists: list[int] = []
        """One entry for each open list: the next number, or 0 for points."""
        self._link: list[str] = []
        self._fresh = True
        """At the beginning of a line."""
        self._quoted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _MARKS:
            self._put(_MARKS[tag])
        elif tag == "br":
            self._put("\n")
            self._fresh = True
        elif tag in ("ul", "ol"):
            self._put("\n" if self._lists else "\n\n")
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._point()
        elif tag == "a":
            self._link.append(dict(attrs).get("href") or "")
            self._put("[" if self._link[-1] else "")
        elif tag == "hr":
            self._put("\n\n---\n\n")
        elif tag == "blockquote":
            self._quoted = True
        elif tag in _BLOCKS and not self._lists:
            self._put("\n\n" + _HEADINGS.get(tag, "> " if self._quoted else ""))
            self._fresh = True

    def handle_endtag(self, tag: str) -> None:
        if tag in _MARKS:
            self._put(_MARKS[tag])
        elif tag == "blockquote":
            self._quoted = False
        elif tag in ("ul", "ol"):
            self._lists[-1:] = []
            self._put("" if self._lists else "\n\n")
            self._fresh = True
        elif tag == "a" and self._link:
            self._unlink(self._link.pop())
        elif tag in ("td", "th"):
            self._put(" ")
        elif tag in _BLOCKS and not self._lists:
            self._put("\n\n")
            self._fresh = True

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if not words and "\n" in data:
            # What stands between two tags of the kept text.
            return
        lead = " " if data[:1].isspace() and not self._fresh else ""
        tail = " " if words and data[-1:].isspace() else ""
        text = _SPECIAL.sub(r"\\\g<0>", words)
        if self._fresh and words:
            text = _unmarked(text)
            self._fresh = False
        self._put(lead + text + tail)

    def _unlink(self, address: str) -> None:
        # An address that is its own text is typed as it is.
        if address and self.parts[-2:] == ["[", address]:
            self.parts[-2:] = [address]
        elif address:
            self._put(f"]({address})")

    def _point(self) -> None:
        indent = "  " * (len(self._lists) - 1)
        number = self._lists[-1] if self._lists else 0
        if self._lists and number:
            self._lists[-1] += 1
        self._put(f"\n{indent}{f'{number}.' if number else '-'} ")
        self._fresh = True

    def _put(self, text: str) -> None:
        if text:
            self.parts.append(text)


def _unmarked(text: str) -> str:
    """The beginning of a line so that it doesn't begin a list, a heading or a quotation."""
    number = _NUMBER.match(text)
    found = _AT_START.match(text, number.end() if number else 0)
    if found is None:
        return text
    return f"{text[: found.start()]}\\{text[found.start() :]}"
