"""`village register …`."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from app.cli.output import line
from app.cli.running import Refused
from app.tenancy import municipality, municipality_table

MOST_BYTES = 100_000_000
_LONGEST_LINE = 10_000


async def import_(asked: argparse.Namespace) -> int:
    """Check the official file and store it; nothing is stored when a line can't be read."""
    try:
        if asked.file.stat().st_size > MOST_BYTES:
            raise Refused(f"{asked.file} is larger than {MOST_BYTES // 1_000_000} MB; the register is not.")
        entries = list(municipality.read_gv100ad(_lines(asked.file)))
    except OSError as error:
        raise Refused(f"{asked.file} can't be read: {error.strerror}.") from error
    count = await municipality_table.store(entries)
    line(f"The register has {count} municipalities now.")
    return 0


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.readline(_LONGEST_LINE):
            yield piece
