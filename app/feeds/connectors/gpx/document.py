"""The file, read by gpxpy after what may not be in it was refused."""

import itertools
import re
from typing import Final

import gpxpy
from gpxpy.gpx import GPX, GPXException

from app.feeds.connector import Stop, web_page
from app.kit.http.charset import decode

_DECLARATION: Final = re.compile(r"<\?xml[^>]{0,200}\?>")
_DTD: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?gpx[\s>]", re.IGNORECASE)
_POINT: Final = re.compile(
    r"<(?:\w{1,20}:)?trkpt\b[^>]{0,300}(?:/>|(?<!/)>.{0,1000}?</(?:\w{1,20}:)?trkpt>)", re.DOTALL
)
MOST_READ: Final = 20_000
"""Points of a file that are read; of a longer one every second, third, fourth: it was recorded by the second."""
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def document_of(body: bytes, charset: str, url: str) -> GPX:
    """The file's content; raises `Stop` when it is none that may be read."""
    text = decode(body, charset).lstrip("\ufeff \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if "<html" in text[:5_000].lower():
        raise web_page(text, url)
    if _DTD.search(text):
        raise Stop(
            "The file defines XML entities. Such files can be used for attacks and are not read.", code="entities"
        )
    if not _ROOT.search(text[:20_000]):
        raise Stop("The file is no GPX file. Check the address.", code="no-feed")
    try:
        return gpxpy.parse(_thinned(_NO_XML.sub("", _DECLARATION.sub("", text, count=1))))
    except (GPXException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Stop(
            "The GPX file is damaged or incomplete. Try again later, then ask the publisher.", code="broken"
        ) from error


def _thinned(text: str) -> str:
    """The text with fewer points, because gpxpy needs a second for ten thousand."""
    step = text.count("trkpt ") // MOST_READ + 1
    if step == 1:
        return text
    number = itertools.count()
    return _POINT.sub(lambda found: found[0] if next(number) % step == 0 else "", text)
