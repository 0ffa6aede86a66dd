"""Bytes to text for feeds whose declared encoding is often wrong."""

import codecs
import re
from typing import Final

_DECLARED: Final = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# As browsers do (WHATWG Encoding): who says Latin-1 means Windows-1252.
_MEANT: Final = {"iso8859-1": "cp1252", "ascii": "cp1252", "latin-1": "cp1252"}
_WIDE: Final = ("utf-16", "utf-32")


def decode(body: bytes, charset: str = "") -> str:
    """The text of a body; never raises, unreadable bytes become U+FFFD.

    Order: byte order mark, then what is valid UTF-8 beyond ASCII (nothing else looks like it by accident, and
    servers announce Latin-1 out of habit), then the HTTP charset, the XML declaration, Windows-1252.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if wide := _wide_without_mark(body):
        return body.decode(wide, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.match(body)
    names = (charset, declared.group(1).decode("ascii") if declared else "")
    for name in names:
        codec = _codec(name)
        if codec and codec != "utf-8":
            return body.decode(codec, "replace")
    # Truncated or slightly broken UTF-8 is still UTF-8: most of what is beyond ASCII fits.
    lenient = body.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    beyond = sum(1 for character in lenient if character > "\x7f")
    return (
        lenient
        if broken * 2 < beyond or (len(body) > 1 and broken == 1 and body[-1] > 0x7F)
        else body.decode("cp1252", "replace")
    )


def _wide_without_mark(body: bytes) -> str:
    if body.startswith(b"<\x00"):
        return "utf-16-le"
    return "utf-16-be" if body.startswith(b"\x00<") else ""


def _codec(name: str) -> str:
    try:
        info = codecs.lookup(name) if name else None
    except LookupError:
        return ""
    # A text without a mark and without a zero is not UTF-16, whatever is claimed; hex, rot13 and such are no text.
    if info is None or info.name.startswith(_WIDE) or not getattr(info, "_is_text_encoding", True):
        return ""
    return _MEANT.get(info.name, info.name)
