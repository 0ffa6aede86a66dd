"""What commands print: JSON for programs, aligned columns for people."""

import sys
from collections.abc import Sequence

import msgspec


def as_json(value: object) -> None:
    """One JSON document, indented."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def table(rows: Sequence[Sequence[object]], titles: Sequence[str]) -> None:
    """Rows under their titles, each column as wide as its longest cell."""
    cells = [list(titles), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[number]) for row in cells) for number in range(len(titles))]
    for row in cells:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


def line(text: str) -> None:
    """One line."""
    sys.stdout.write(text + "\n")


def progress(text: str) -> None:
    """One line beside the result, for somebody who waits."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def size(count: int | None) -> str:
    """Bytes in words."""
    if count is None:
        return "unknown"
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
