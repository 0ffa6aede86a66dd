"""Pictures for tests, drawn when they are needed: good ones, and files that only pretend."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image


def picture(format_: str = "JPEG", size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    """A picture with a red left and a green right half."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 160, 60), (size[0] // 2, 0, size[0], size[1]))
    made = io.BytesIO()
    image.save(made, format_, **options)
    return made.getvalue()


def photo_with_exif() -> bytes:
    """As a telephone takes it: turned by 90 degrees, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Kamerawerk Niemegk"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (52.0, 8.0, 30.0), "E", (12.0, 35.0, 0.0)
    return picture(exif=exif, comment=b"aufgenommen von Ada")


def zip_behind_a_picture() -> bytes:
    """A picture that is an archive too."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.html", "<script>alert(1)</script>")
    return picture("PNG") + archive.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that would be 900 million points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100_000, 9)) + chunk(b"IEND", b"")


SVG = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"""
