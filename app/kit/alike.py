"""Typing errors: which word of the village a person probably meant.

Nobody keeps a list of all words. The database gives titles that have something written like the word, by the indexes
that the titles have anyway; which word of them is nearest is decided here. It is asked for the same trigrams first,
and `wider`, for a single wrong sign that spoils too many of them, only if nothing near was among those.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

from msgspec.structs import replace

from app.kit.search import LONGEST_WORD, spelled_out, spellings, words_of

MOST_WORDS: Final = 4
"""Words of a question that are looked at."""
MOST_TITLES: Final = 60
"""Titles that one table gives for a word."""
_ALLOWED: Final = ((3, 0), (5, 1), (LONGEST_WORD, 2))
"""Up to this length so many signs may be wrong: missing, too many, others, or two in the wrong order."""
_MISSING, _TOO_MANY, _ANOTHER, _SWAPPED = 8, 9, 10, 14
"""The longest words that have less than 0.6 of their trigrams in common with the right word, by the mistake."""
_BEGINNING: Final = 3
"""The beginning of a longer word is less than a whole word with one mistake more, which counts 2."""
_UMLAUTS: Final = {"a": "ä", "o": "ö", "u": "ü"}
_WORD: Final = re.compile(r"[^\W_]+")


def written_like(column: str, number: int = 1) -> str:
    """The condition that something in a column is written like a word, by the two values of `asked` from `$number` on.

    The last part is always true: the planner takes comparing trigrams for cheap, which it is not, and would read a
    table of thousands; it knows that making a tsvector is dear, and so asks the index for the few rows to look at.
    The patterns stand in a SELECT, so that it does not try each of them on its statistics.
    """
    return (
        f"({column} OPERATOR(public.%>) ANY (${number}::text[])"
        f" OR {column} ILIKE ANY ((SELECT ${number + 1}::text[])::text[]))"
        f" AND to_tsvector('simple', left({column}, 1)) IS NOT NULL"
    )


def asked(word: str, *, wider: bool) -> list[list[str]]:
    """The values of `written_like`: 0.6 of the trigrams, or `wider` the patterns of one wrong sign."""
    return [[], [f"%{one}%" for one in with_one_wrong(word)]] if wider else [spellings(word), []]


def with_one_wrong(word: str) -> list[str]:
    """The word with one mistake put right, `_` for any sign: too many, missing, another, an umlaut, two swapped.

    Each only up to the length at which it spoils too many trigrams. Without patterns that leave so little of the word
    that an index would find half the table, and without signs at the ends that may be anything: the patterns are
    looked for inside.
    """
    found = []
    for place, sign in enumerate(word if len(word) <= _SWAPPED else ""):
        before, after = word[:place], word[place + 1 :]
        if len(word) <= _TOO_MANY:
            found.append(before + after)
        if len(word) <= _ANOTHER:
            found.append(f"{before}_{after}")
            if sign in _UMLAUTS:
                found.append(before + _UMLAUTS[sign] + after)
        if len(word) <= _MISSING:
            found.append(f"{before}_{sign}{after}")
        if after and after[0] != sign:
            found.append(before + after[0] + sign + after[1:])
    found = [one.strip("_") for one in found]
    trigrams = {one: sum(max(len(part) - 2, 0) for part in one.split("_")) for one in found}
    return [one for one, number in trigrams.items() if number > 1 and one != word]


def has(titles: Iterable[str], word: str) -> bool:
    """Whether one of the titles has the word as it is, or in another spelling."""
    typed = spelled_out(word)
    return any(typed in one and typed in _WORD.findall(one) for one in map(spelled_out, titles))


def _likeliest(best: Sequence[tuple[int, int, str]]) -> list[str]:
    return [one for wrong, _count, one in best if wrong == best[0][0]]


def _nearest(word: str, titles: Iterable[str]) -> list[tuple[int, int, str]]:
    """How wrong each near word would be, minus how often it stands there, and the word; the nearest first.

    A word that begins like it counts as well: `Konzet` is near to `Konzertabend`, which gives its beginning `Konzert`.
    """
    typed = spelled_out(word)
    allowed = next(number for length, number in _ALLOWED if len(typed) <= length or length == LONGEST_WORD)
    written: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for one, count in Counter(_WORD.findall(" ".join(titles))).items():
        known = spelled_out(one)
        counts[known] += count
        # `Bäckerei` is shown rather than `baeckerei`.
        if written.setdefault(known, one) == known:
            written[known] = one
    best: list[tuple[int, int, str]] = []
    for known, count in counts.items():
        wrong, length = _distance(typed, known, allowed) if len(known) > 1 else (allowed + 1, 0)
        if wrong <= allowed:
            rank = 2 * wrong + _BEGINNING * (length < len(known))
            best.append((rank, -count, _begin(written[known], length)))
    return sorted(best)


def _begin(text: str, length: int) -> str:
    """The first signs of a text, as many as make `length` when they are spelled out."""
    ends = (end for end in range(1, len(text) + 1) if len(spelled_out(text[:end])) >= length)
    return text[: next(ends, len(text))]


def _distance(typed: str, known: str, most: int) -> tuple[int, int]:
    """How many signs are wrong in `typed`, taken as a beginning of `known`, and how long that beginning is.

    The distance of Damerau and Levenshtein (optimal string alignment); more than `most` is told as `most + 1`.
    """
    if known[:1] != typed[:1] and known[1:2] != typed[:1] and known[:1] != typed[1:2]:
        return most + 1, 0
    whole = len(known)
    known = known[: len(typed) + most + 1]
    before: Sequence[int] = ()
    last = list(range(len(known) + 1))
    for row, sign in enumerate(typed, 1):
        line = [row]
        for column, other in enumerate(known, 1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (sign != other))
            if row > 1 and column > 1 and sign == known[column - 2] and typed[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1, 0
        before, last = last, line
    ends = {length: cost for length, cost in enumerate(last) if length >= len(typed)}
    if len(last) - 1 == whole:
        ends[whole] = last[whole]
    if not ends:
        return most + 1, 0
    wrong, length = min((cost, -length) for length, cost in ends.items())
    return wrong, -length


class Titles(Protocol):
    """Who gives titles that have something written like a word."""

    async def __call__(self, word: str, *, wider: bool) -> Sequence[str]:
        """The titles, see `asked`."""


class Part(Protocol):
    """A part of a list: a struct, which has `meant` as well."""

    @property
    def items(self) -> Sequence[Any]:
        """What was found."""

    @property
    def next(self) -> str | None:
        """Where it goes on."""


_P = TypeVar("_P", bound=Part)


async def tolerantly(words: str, ask: Callable[[str], Awaitable[_P]], titles: Titles) -> _P:
    """What `ask` finds for the words, or if that is nothing, for what was probably meant, with `meant` saying what.

    Whoever shows it says so. A further part is asked for with the words that were typed, and comes here as well.
    """
    found = await ask(words)
    if not words or found.items or found.next:
        return found
    for guess in await corrected(words, titles):
        other: Any = await ask(guess)
        if other.items or other.next:
            told: _P = replace(other, meant=guess)
            return told
    return found


async def corrected(words: str, titles: Titles) -> list[str]:
    """What was probably meant by `words`, the likeliest first, two guesses at most; nothing when nothing is mistyped.

    `titles` gives what has something written like a word.
    """
    typed = words_of(words)
    guesses = [(await _guesses(word, titles))[:2] or [word] for word in typed[:MOST_WORDS]]
    guesses += [[word] for word in typed[MOST_WORDS:]]
    found = [" ".join(guess[0] for guess in guesses), " ".join(guess[-1] for guess in guesses)]
    return [one for one in dict.fromkeys(found) if one.lower() != " ".join(typed)]


async def _guesses(word: str, titles: Titles) -> list[str]:
    """The nearest words, the most frequent first; nothing when none is near."""
    there = await titles(word, wider=False)
    best = _nearest(word, there)
    if (not best or best[0][0] > _BEGINNING) and with_one_wrong(word):
        best = _nearest(word, [*there, *await titles(word, wider=True)])
    return _likeliest(best)
