"""A stranger's bytes become a picture of ours: looked at, decoded under limits, drawn anew, packed as WebP.

Nothing of the file itself is kept. EXIF, places, comments, hidden files behind the picture and whatever a
polyglot carries end here, because only the drawn points go on.
"""

import hashlib
import io
import struct
import threading
import warnings
import zipfile
from typing import Final

import msgspec
from PIL import Image, ImageCms, ImageOps

from app.kit.errors import InvalidInput, TooLarge
from app.kit.i18n import lazy as _

MOST_BYTES: Final = 12_000_000
"""A file may have at most this many."""
MOST_POINTS: Final = 40_000_000
"""Width times height: a telephone's camera has 12 to 50 million, and each costs four bytes of memory."""
LONGEST_SIDE: Final = 12_000
SHOWN: Final = 1600
"""Longest side, in points, of what is kept."""
SMALLEST: Final = 16
QUALITY: Final = 82
MIME: Final = "image/webp"

_NOT_A_PICTURE: Final = _("This file is no picture that can be shown. Please choose a JPEG, PNG, WebP or GIF file.")
_DRAWING: Final = _("SVG drawings can't be taken, because they may contain programs. Please save it as PNG first.")
_MORE_THAN_A_PICTURE: Final = _("This file contains more than a picture and was refused. Please save it anew as JPEG.")
_DAMAGED: Final = _("This picture is damaged and can't be read. Please save it anew, then try again.")
_TOO_MANY_BYTES: Final = _("The file is too large. A picture may have at most 12 MB.")
_TOO_MANY_POINTS: Final = _("The picture has too many points. At most 40 million (8,000 × 5,000) are possible.")
_TOO_SMALL: Final = _("The picture is too small. Each side needs at least 16 points.")

_MARKS: Final[tuple[tuple[bytes, bytes, str], ...]] = (
    (b"\xff\xd8\xff", b"", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", b"", "PNG"),
    (b"GIF87a", b"", "GIF"),
    (b"GIF89a", b"", "GIF"),
    (b"RIFF", b"WEBP", "WEBP"),
)
_PROGRAMS: Final = (b"<script", b"<?php", b"<html", b"<!doctype html", b"<iframe", b"#!/")
_HEAD_BYTES: Final = 1024

# Decoding takes memory by the hundred megabytes: one at a time in a process.
_one_at_a_time = threading.Lock()


class Unsuitable(InvalidInput):
    """The file is no picture we take; `fields` names the form's field `file`."""

    def __init__(self, text: str) -> None:
        super().__init__(text, {"file": text})


class Picture(msgspec.Struct, frozen=True):
    """A picture as it is kept."""

    body: bytes
    """WebP."""
    width: int
    height: int

    @property
    def name(self) -> str:
        """The file's name, from its content."""
        return hashlib.sha256(self.body).hexdigest()[:32] + ".webp"


def kind(body: bytes) -> str:
    """JPEG, PNG, GIF or WEBP by the first bytes; raises `Unsuitable`, whatever the file is called."""
    for start, at_eight, name in _MARKS:
        if body.startswith(start) and body[8:12].startswith(at_eight):
            return name
    head = body[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head or head.startswith(b"<?xml"):
        raise Unsuitable(_DRAWING.message)
    raise Unsuitable(_NOT_A_PICTURE.message)


def prepare(body: bytes) -> Picture:
    """Draw an uploaded picture anew; blocks while it decodes, so call it in a thread.

    Raises `Unsuitable` for what is no picture, more than a picture, damaged or too large to be drawn, and
    `TooLarge` for too many bytes.
    """
    if len(body) > MOST_BYTES:
        raise TooLarge(_TOO_MANY_BYTES.message)
    format_ = kind(body)
    _refuse_polyglots(body)
    with _one_at_a_time, warnings.catch_warnings():
        # Pillow only warns of bombs up to twice its limit; ours is checked before anything is decoded.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(body), formats=(format_,)) as image:
                return _drawn(image)
        except Unsuitable:
            raise
        except Image.DecompressionBombError as error:
            raise Unsuitable(_TOO_MANY_POINTS.message) from error
        except (OSError, ValueError, SyntaxError, IndexError, TypeError, EOFError, struct.error, MemoryError) as error:
            # What Pillow's decoders raise for broken files.
            raise Unsuitable(_DAMAGED.message) from error


def _refuse_polyglots(body: bytes) -> None:
    lower = body.lower()
    if any(mark in lower for mark in _PROGRAMS[:-1]) or body.startswith(_PROGRAMS[-1]):
        raise Unsuitable(_MORE_THAN_A_PICTURE.message)
    if b"%pdf-" in lower[:_HEAD_BYTES] or zipfile.is_zipfile(io.BytesIO(body)):
        raise Unsuitable(_MORE_THAN_A_PICTURE.message)


def _drawn(image: Image.Image) -> Picture:
    width, height = image.size
    if width * height > MOST_POINTS or max(width, height) > LONGEST_SIDE:
        raise Unsuitable(_TOO_MANY_POINTS.message)
    if min(width, height) < SMALLEST:
        raise Unsuitable(_TOO_SMALL.message)
    if image.format == "JPEG":
        # The decoder leaves out detail that nobody will see: a quarter of time and memory.
        image.draft("RGB", (SHOWN, SHOWN))
    image.load()
    see_through = "A" in image.getbands() or "transparency" in image.info
    profile = image.info.get("icc_profile")
    shown = ImageOps.exif_transpose(image)
    shown = _in_srgb(shown, profile) if profile else shown
    shown = shown.convert("RGBA" if see_through else "RGB")
    shown.thumbnail((SHOWN, SHOWN), Image.Resampling.LANCZOS)
    # A new image, so that no info of the old one comes along.
    clean = Image.new(shown.mode, shown.size)
    clean.paste(shown)
    packed = io.BytesIO()
    clean.save(packed, "WEBP", quality=QUALITY, method=4)
    return Picture(packed.getvalue(), clean.width, clean.height)


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as every screen shows them; a profile that can't be read is left out."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGBA" if "A" in image.getbands() else "RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return made or image
