"""Days and times of day as GTFS writes them."""

import re
from datetime import date
from typing import Final

UNKNOWN: Final = -1
LONGEST: Final = 5 * 86_400
"""Seconds; a night train's times go on counting after midnight, but not for a week."""
_TIME: Final = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_DAY: Final = re.compile(r"\d{8}", re.ASCII)


class Times(dict[str, int]):
    """Text of a time, `8:05:00` or `25:10:00` → seconds after noon minus 12 hours; -1 for no time.

    A timetable has some ten thousand different times and millions of rows: each text is read once.
    """

    def __missing__(self, text: str) -> int:
        found = _TIME.fullmatch(text.strip())
        seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0) if found else UNKNOWN
        self[text] = seconds = seconds if seconds <= LONGEST else UNKNOWN
        return seconds


def day_of(text: str) -> date | None:
    """A day written as `20261122`; None for anything else."""
    text = text.strip()
    if not _DAY.fullmatch(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
