"""Public holidays by law (gesetzliche Feiertage) of each state, from the library `holidays`: pure, kept per process.

The library brings the calendars of all countries along (0.8 s, 19 MB), so it is loaded when somebody first asks, in a
thread: the town's other readers don't wait for it.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Final

STATES: Final = {
    "01": "SH", "02": "HH", "03": "NI", "04": "HB", "05": "NW", "06": "HE", "07": "RP", "08": "BW",
    "09": "BY", "10": "SL", "11": "BE", "12": "BB", "13": "MV", "14": "SN", "15": "ST", "16": "TH",
}  # fmt: skip
"""The first two digits of an AGS → the state (Land) in ISO 3166-2:DE."""
_LANGUAGES: Final = {"de": "de", "en": "en_US"}
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100


def state_of(ags: str) -> str:
    """`DE-BB` for `12069020`; empty for what is no key of a German municipality."""
    state = STATES.get(ags[:2])
    return f"DE-{state}" if state else ""


async def named(state: str, years: range, language: str = "de") -> Mapping[date, str]:
    """Day → name, in order, of the public holidays of `years` in `state` (`DE-BB`; empty: those all states share)."""
    found: dict[date, str] = {}
    for year in years:
        if FIRST_YEAR <= year <= LAST_YEAR:
            key = (state, year, _LANGUAGES.get(language, "de"))
            if key not in _kept:
                _kept[key] = await asyncio.to_thread(_of_year, *key)
            found |= _kept[key]
    return found


_kept: dict[tuple[str, int, str], dict[date, str]] = {}
"""At most 17 states, 111 years and two languages."""


def _of_year(state: str, year: int, language: str) -> dict[date, str]:
    from holidays import country_holidays

    found = country_holidays("DE", subdiv=state.removeprefix("DE-") or None, years=year, language=language)
    return dict(sorted((day, name) for day, name in found.items() if day.year == year))
