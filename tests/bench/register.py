"""Searching the register of municipalities while somebody types: every key a question, with the errors people make."""

import random
import time
from statistics import quantiles

from app.tenancy import boundaries, municipality, municipality_table
from tests.bench.table import heading, line, ms

PLACES = 250
_LETTERS = "abcdefghijklmnopqrstuvwxyzäöü"


async def search() -> None:
    """Print the figures: the bundled register, the imported one, and a boundary that is asked for again."""
    heading(f"The register: {len(municipality.bundled()):,} municipalities searched as typed")
    asked = _typed()
    began = time.perf_counter()
    municipality.search("x")
    line("first question of a process (makes the index)", ms(time.perf_counter() - began))
    for kind, questions in asked.items():
        _told(f"bundled register, {kind}", [_timed(question) for question in questions])
    _told("bundled register, all", [_timed(question) for questions in asked.values() for question in questions])
    register = municipality.bundled()
    await municipality_table.store([register.read(text) for text in register.lines()])
    await municipality_table.search("x")
    seconds = []
    for question in (question for questions in asked.values() for question in questions[:100]):
        began = time.perf_counter()
        await municipality_table.search(question)
        seconds.append(time.perf_counter() - began)
    _told("imported register (index here, entries by SQL)", seconds)
    await municipality_table.store([])
    await _boundary()


async def _boundary() -> None:
    began = time.perf_counter()
    belzig = await boundaries.boundary_of("12069020")
    first = time.perf_counter() - began
    began = time.perf_counter()
    inside = sum(belzig.contains(52 + step / 10_000, 12.5) for step in range(10_000)) if belzig else 0
    each = (time.perf_counter() - began) / 10_000
    line("boundary of a municipality, first time", ms(first), f"then {each * 1e6:.1f} µs a point ({inside} inside)")


def _timed(question: str) -> float:
    """Seconds of the processor: the search waits for nobody."""
    began = time.process_time()
    municipality.search(question)
    return time.process_time() - began


def _told(what: str, seconds: list[float]) -> None:
    cuts = quantiles(seconds, n=20)
    line(
        what,
        f"p50 {ms(cuts[9])}",
        f"p95 {ms(cuts[18])}, worst {ms(max(seconds))}, {len(seconds)} questions",
        "<= 10 ms",
    )


def _typed() -> dict[str, list[str]]:
    """What is asked on the way to a name, a postcode or a key, with and without a typing error."""
    dice = random.Random(11)  # noqa: S311 - the same questions each time
    register = municipality.bundled()
    places = [register.read(text) for text in dice.sample(list(register.lines()), PLACES)]
    names = [place.name for place in places]
    return {
        "names letter by letter": [name[:end] for name in names[:60] for end in range(1, len(name) + 1)],
        "whole names": names,
        "postcodes and keys": [text for place in places for text in (place.postcode[:3], place.postcode, place.ags)],
        "with a typing error": [_mistyped(name, dice) for name in names if len(name) > 4],
    }


def _mistyped(name: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(name) - 1)
    match dice.randrange(4):
        case 0:
            return name[:at] + name[at + 1 :]
        case 1:
            return name[:at] + dice.choice(_LETTERS) + name[at:]
        case 2:
            return name[:at] + dice.choice(_LETTERS) + name[at + 1 :]
        case _:
            return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
