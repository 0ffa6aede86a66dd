"""Figures and ratios, printed as they are reached."""

from statistics import median


def line(what: str, figure: str, against: str = "", wanted: str = "") -> None:
    """One row: what was measured, the figure, its baseline, what it must reach."""
    print(f"{what:<52} {figure:>16}   {against:<44} {wanted}", flush=True)


def heading(text: str) -> None:
    """A part of the table."""
    print(f"\n{text}", flush=True)


def ms(seconds: float) -> str:
    """Seconds as milliseconds."""
    return f"{seconds * 1000:.1f} ms"


def middle(seconds: list[float]) -> float:
    """The median."""
    return median(seconds)
