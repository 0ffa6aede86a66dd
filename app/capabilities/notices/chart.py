"""The coming hours drawn: a line of temperatures over bars of precipitation. The table beside it says the same."""

from collections.abc import Sequence
from typing import Final

import msgspec

from app.feeds.items import Hour

WIDE: Final = 360
HIGH: Final = 170
_LEFT: Final = 34
_TOP: Final = 16
_LINE_HIGH: Final = 90
_BARS_HIGH: Final = 34
_MOST_MILLIMETRES: Final = 5.0
_EVERY: Final = 3
"""Every how many hours a time stands under the drawing."""


class Label(msgspec.Struct, frozen=True):
    """A text at a place."""

    x: float
    y: float
    text: str


class Bar(msgspec.Struct, frozen=True):
    """A bar of precipitation."""

    x: float
    y: float
    width: float
    height: float


class Chart(msgspec.Struct, frozen=True):
    """What to draw."""

    line: str
    """Path of the temperatures, with gaps where nothing is known."""
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    ground: float
    """Where the bars stand."""
    width: int = WIDE
    height: int = HIGH
    left: int = _LEFT


def chart(hours: Sequence[Hour], times: Sequence[str]) -> Chart | None:
    """The drawing of some hours, `times` says what stands under them; None where too little is known."""
    known = [hour.temperature for hour in hours if hour.temperature is not None]
    if len(known) < 3:
        return None
    lowest, highest = min(known), max(known)
    spread = max(highest - lowest, 4.0)
    middle = (highest + lowest) / 2
    step = (WIDE - _LEFT) / len(hours)
    ground = _TOP + _LINE_HIGH + _BARS_HIGH

    def x(number: int) -> float:
        return round(_LEFT + (number + 0.5) * step, 1)

    def y(temperature: float) -> float:
        return round(_TOP + _LINE_HIGH * (0.5 - 0.84 * (temperature - middle) / spread), 1)

    line = ""
    bars = []
    pen = "M"
    for number, hour in enumerate(hours):
        if hour.temperature is None:
            pen = "M"
        else:
            line += f"{pen}{x(number)} {y(hour.temperature)}"
            pen = "L"
        if hour.precipitation is not None and hour.precipitation >= 0.05:
            high = round(_BARS_HIGH * min(1.0, 0.1 + hour.precipitation / _MOST_MILLIMETRES), 1)
            bars.append(Bar(round(x(number) - step * 0.4, 1), round(ground - high, 1), round(step * 0.8, 1), high))
    labels = [Label(0, round(y(highest) + 5, 1), _round(highest))]
    if round(highest) != round(lowest):
        labels.append(Label(0, round(y(lowest) + 5, 1), _round(lowest)))
    labels += [Label(x(number), HIGH - 6, text) for number, text in enumerate(times) if number % _EVERY == 0]
    return Chart(line, tuple(bars), tuple(labels), ground)


def _round(temperature: float) -> str:
    return f"{temperature:.0f}°".replace("-0°", "0°").replace("-", "\u2212")
