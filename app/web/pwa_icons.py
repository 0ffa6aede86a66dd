"""The icons of a village that is installed: its arms where they are a picture of points, else its initials."""

import hashlib
from functools import lru_cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from app.web.site import Site
from app.web.static import shipped
from app.web.theme import palettes

KINDS: Final[dict[str, tuple[str, int]]] = {
    "any-192.png": ("any", 192),
    "any-512.png": ("any", 512),
    "maskable-512.png": ("maskable", 512),
    "touch-180.png": ("maskable", 180),
    "badge-96.png": ("badge", 96),
}
"""Name of the file → kind and edge in pixels. A maskable icon may be cut to its inner 80 %; a badge is its alpha."""
_DRAWN_AT: Final = 2
"""Drawn larger and made small: smooth edges."""


def mark_of(site: Site) -> str:
    """Changes when the icons do."""
    colour = palettes(site.theme)[0]
    return hashlib.sha256(f"{colour.action}{colour.on_action}{site.initials}{site.arms}".encode()).hexdigest()[:10]


def address(site: Site, name: str) -> str:
    """Where an icon is; it may be kept for ever."""
    return f"/icons/{name}?v={mark_of(site)}"


def icon(site: Site, name: str) -> bytes:
    """The icon as PNG; raises `KeyError` for a name that is none."""
    kind, edge = KINDS[name]
    colour = palettes(site.theme)[0]
    return _drawn(kind, edge, colour.action, colour.on_action, site.initials, _picture(site))


def _picture(site: Site) -> bytes:
    """The arms, when they are no drawing of lines: nothing here turns SVG into points."""
    if not site.arms.startswith("/town/") or site.arms.endswith(".svg"):
        return b""
    found = shipped().town(site.slug, site.arms.removeprefix("/town/"))
    return found[2] if found is not None else b""


@lru_cache(maxsize=64)
def _drawn(kind: str, edge: int, ground: str, on_ground: str, initials: str, picture: bytes) -> bytes:
    size = edge * _DRAWN_AT
    bare = kind == "badge"
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    arms = None if bare else _arms(picture, round(size * (0.56 if kind == "maskable" else 0.72)))
    if kind == "maskable":
        draw.rectangle((0, 0, size, size), fill="#ffffff" if arms else ground)
    elif not bare:
        draw.rounded_rectangle((0, 0, size - 1, size - 1), radius=size // 5, fill="#ffffff" if arms else ground)
    if arms is not None:
        image.alpha_composite(arms, ((size - arms.width) // 2, (size - arms.height) // 2))
    else:
        letters = {1: 0.62, 2: 0.46}[len(initials)] * (0.8 if kind == "maskable" else 1.25 if bare else 1)
        font = ImageFont.load_default(size=size * letters)
        draw.text((size / 2, size / 2), initials, font=font, fill="#ffffff" if bare else on_ground, anchor="mm",
                  stroke_width=size // 90, stroke_fill="#ffffff" if bare else on_ground)  # fmt: skip
    out = BytesIO()
    small = image.resize((edge, edge), Image.Resampling.LANCZOS)
    if arms is None:
        # A few colours are enough for letters.
        opaque = kind == "maskable"
        small = small.convert("RGB").quantize(64) if opaque else small.quantize(64, method=Image.Quantize.FASTOCTREE)
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _arms(picture: bytes, room: int) -> Image.Image | None:
    if not picture:
        return None
    try:
        with Image.open(BytesIO(picture)) as opened:
            found = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    scale = room / max(found.size)
    return found.resize((max(1, round(found.width * scale)), max(1, round(found.height * scale))))
