"""From a town's one colour: the colours of its pages, light and dark, readable by measure (WCAG 2.2, 1.4.3 and 1.4.11).

Lightness is moved in OKLCH, where equal steps look equal and the hue stays what the town chose.
"""

import hashlib
import math
import re
from functools import lru_cache

import msgspec

from app.web.site import Site, Theme

TEXT = 4.5
"""Least contrast of text."""
CONTROL = 3.0
"""Least contrast of the border of a control."""
LIGHT_GROUNDS = ("#ffffff", "#f5f6f8")
"""Card and page in the light; the same values stand in `css/tokens.css`."""
DARK_GROUNDS = ("#1e212b", "#14161d")
"""Card and page in the dark; the same values stand in `css/tokens.css`."""

_HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)

Rgb = tuple[float, float, float]


class BadColour(ValueError):
    """Not a colour as `#rrggbb`."""


class Verdict(msgspec.Struct, frozen=True):
    """How readable a colour is as text on the grounds of a mode."""

    colour: str
    contrast: float
    """The worst contrast with one of the grounds, from 1 to 21."""
    passes: bool
    proposal: str
    """The nearest colour of the same hue that passes; the colour itself when it passes."""


class Palette(msgspec.Struct, frozen=True):
    """The derived colours as `#rrggbb`."""

    action: str
    """Links, buttons and what is chosen; readable as text."""
    on_action: str
    """Text on `action`."""
    tint: str
    """A breath of the colour, as ground."""
    on_tint: str
    """Text on `tint`."""


def parse(colour: str) -> Rgb:
    """The three parts of `#rrggbb` from 0 to 1; raises `BadColour`."""
    text = colour.strip().lower()
    if not _HEX.fullmatch(text):
        raise BadColour(f"A colour is written as #rrggbb, not {colour!r}.")
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def to_hex(rgb: Rgb) -> str:
    """`#rrggbb` of parts from 0 to 1."""
    return "#" + "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in rgb)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4)


def _gamma(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * math.pow(part, 1 / 2.4) - 0.055


def luminance(colour: str) -> float:
    """Relative luminance from 0 to 1 (WCAG 2.2)."""
    red, green, blue = map(_linear, parse(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours from 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def to_oklch(colour: str) -> tuple[float, float, float]:
    """Lightness (0 to 1), chroma and hue in radians."""
    red, green, blue = map(_linear, parse(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    light = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return light, math.hypot(a, b), math.atan2(b, a)


def from_oklch(light: float, chroma: float, hue: float) -> str:
    """`#rrggbb`; chroma is lowered until the colour can be shown on a screen."""
    for _ in range(24):
        a, b = chroma * math.cos(hue), chroma * math.sin(hue)
        long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
        middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
        parts = (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
        if all(-0.0005 <= part <= 1.0005 for part in parts):
            break
        chroma *= 0.88
    red, green, blue = (_gamma(min(1.0, max(0.0, part))) for part in parts)
    return to_hex((red, green, blue))


def readable(colour: str, grounds: tuple[str, ...], least: float = TEXT) -> str:
    """The colour itself, or the nearest of its hue with at least `least` contrast to every ground."""

    def passes(candidate: str) -> bool:
        return all(contrast(candidate, ground) >= least for ground in grounds)

    if passes(colour):
        return to_hex(parse(colour))
    light, chroma, hue = to_oklch(colour)
    end = 0.0 if luminance(grounds[0]) > 0.18 else 1.0
    near, far = light, end
    for _ in range(16):
        middle = (near + far) / 2
        if passes(from_oklch(middle, chroma, hue)):
            far = middle
        else:
            near = middle
    return from_oklch(far, chroma, hue)


def check(colour: str, *, dark: bool = False, least: float = TEXT) -> Verdict:
    """Whether people can read the colour as text, and a proposal that they can; raises `BadColour`."""
    grounds = DARK_GROUNDS if dark else LIGHT_GROUNDS
    worst = min(contrast(colour, ground) for ground in grounds)
    return Verdict(colour, round(worst, 2), worst >= least, readable(colour, grounds, least))


def on(ground: str) -> str:
    """White or nearly black, whichever is read better on `ground`."""
    return max("#ffffff", "#11131a", key=lambda text: contrast(text, ground))


def palettes(theme: Theme) -> tuple[Palette, Palette]:
    """The colours for light and for dark; every pair in them passes, whatever the town chose."""
    _, chroma, hue = to_oklch(theme.colour)
    tint, dark_tint = from_oklch(0.955, min(chroma, 0.022), hue), from_oklch(0.3, min(chroma, 0.035), hue)
    light_action = readable(theme.colour, (*LIGHT_GROUNDS, tint))
    wish = theme.colour_dark or from_oklch(0.8, min(chroma, 0.12), hue)
    dark_action = readable(wish, (*DARK_GROUNDS, dark_tint))
    return (
        Palette(light_action, on(light_action), tint, readable(from_oklch(0.3, chroma, hue), (tint,), 7)),
        Palette(dark_action, on(dark_action), dark_tint, readable(from_oklch(0.92, chroma, hue), (dark_tint,), 7)),
    )


def _declare(palette: Palette) -> str:
    return (
        f"--kern-color-action-default:{palette.action};--kern-color-action-on-default:{palette.on_action};"
        f"--village-tint:{palette.tint};--village-on-tint:{palette.on_tint}"
    )


@lru_cache(maxsize=2048)
def _css(theme: Theme) -> str:
    light, dark = palettes(theme)
    return f":root{{{_declare(light)}}}@media screen and (prefers-color-scheme:dark){{:root{{{_declare(dark)}}}}}\n"


def css_for(site: Site) -> str:
    """The stylesheet of a town, served as `/theme.css` (text/css, UTF-8)."""
    return _css(site.theme)


@lru_cache(maxsize=2048)
def _mark(theme: Theme) -> str:
    return hashlib.sha256(_css(theme).encode()).hexdigest()[:10]


def url_for(site: Site) -> str:
    """The address of the stylesheet; it changes with the colours, so it may be kept for a year."""
    return f"/theme.css?v={_mark(site.theme)}"
