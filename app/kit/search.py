"""What a person types into a search box, as PostgreSQL understands it; safe for any input.

Columns hold the text as it was written; the question asks for each word in every spelling that German knows, so that
`Bruecke` finds `Brücke` and the other way round. Full text knows beginnings of words; what stands inside a compound
(`wehr` in `Feuerwehr`) is found by `inside`. `app.kit.alike` knows what to do about typing errors.

`Every` makes the condition that each word occurs. It is a chain of ANDs, because PostgreSQL answers it by bitmaps of
the indexes, however frequent each single word is; `LIKE ALL (…)` and one long pattern it can only answer by reading.
"""

import itertools
import re
import unicodedata
from typing import Any, Final, Literal

MOST_WORDS: Final = 8
LONGEST_WORD: Final = 60
LONGEST_TEXT: Final = 400
"""What follows in a longer text is not read."""

_WORD: Final = re.compile(r"[^\W_]+")
_SPELLED_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_PAIR: Final = re.compile(r"(ae|oe|ue)")
_UMLAUTS: Final = {"ae": "ä", "oe": "ö", "ue": "ü"}
_MOST_PAIRS: Final = 3
"""Pairs of a word that are tried both ways: three make eight spellings."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of `text` in lower case, without repetitions: letters and digits only."""
    # NFC, because a Mac may send the dots of an umlaut as a character of their own.
    found = _WORD.findall(unicodedata.normalize("NFC", text[:LONGEST_TEXT]).lower())
    return tuple(dict.fromkeys(word[:LONGEST_WORD] for word in found))[:MOST_WORDS]


def spelled_out(text: str) -> str:
    """Lower case with `ae`, `oe`, `ue`, `ss` for umlauts and ß."""
    return text.lower().translate(_SPELLED_OUT)


def spellings(word: str) -> list[str]:
    """The word as written, with umlauts spelled out, and with `ae`, `oe`, `ue` meant as umlauts, each or all.

    Not every `ue` is an `ü` (`Neuenbruecke`), so each is tried both ways. `ß` needs none: the stemmer knows it as `ss`.
    """
    parts = _PAIR.split(word)
    choices = [
        (part, _UMLAUTS[part]) if place % 2 and place < 2 * _MOST_PAIRS else (part,) for place, part in enumerate(parts)
    ]
    return list(dict.fromkeys((word, spelled_out(word), *("".join(one) for one in itertools.product(*choices)))))


def tsquery_text(words: str, weights: Literal["", "A", "B", "AB"] = "") -> str:
    """A text for `to_tsquery('german', …)`: every word must occur, as a beginning, in one of its spellings.

    With `weights` only in lexemes of these weights (`A` is the title). Empty when there is no word: matches nothing.
    """
    return " & ".join(
        "(" + " | ".join(f"'{spelling}':*{weights}" for spelling in spellings(word)) + ")" for word in words_of(words)
    )


def inside(word: str) -> list[str]:
    """Patterns for `… ILIKE ANY (…)`: the word anywhere, in each of its spellings, `ss` also meant as `ß`."""
    found = spellings(word)
    return [f"%{one}%" for one in (*found, word.replace("ss", "ß"))[: len(found) + ("ss" in word)]]


class Every:
    """The condition that every word occurs: as a beginning in the full text, or anywhere in the title.

    The values are to follow the `before` values that the statement has already. The text depends only on how many
    words there are, so that it is prepared once. False where there is no word: then nothing is found.
    """

    def __init__(self, words: str, before: int = 0) -> None:
        self.values: list[Any] = []
        self._before = before
        self._words = words_of(words)

    def __bool__(self) -> bool:
        return bool(self._words)

    def into(self, text: str, title: str, search: str = "") -> str:
        """A statement with the condition where it says `EVERY_WORD`; see `of`."""
        return text.replace("EVERY_WORD", self.of(title, search))

    def of(self, title: str, search: str = "") -> str:
        """The condition over an expression for the title and, where there is one, a column of type tsvector."""
        self.values = []
        parts = []
        for word in self._words:
            self.values.append(inside(word))
            part = f"{title} ILIKE ANY ((SELECT ${self._before + len(self.values)}::text[])::text[])"
            if search:
                self.values.append(tsquery_text(word))
                part = f"({part} OR {search} @@ to_tsquery('german', ${self._before + len(self.values)}))"
            parts.append(part)
        return " AND ".join(parts) or "false"


def patterns(words: str) -> list[str]:
    """Patterns for `title ILIKE ANY (…)`: the words in this order anywhere inside, `ü` and `ue`, `ß` and `ss` alike."""
    found = words_of(words)
    if not found:
        return []
    written = "%" + "%".join(found) + "%"
    ways = (written, spelled_out(written), _PAIR.sub(lambda pair: _UMLAUTS[pair[0]], written))
    return list(dict.fromkeys((*ways, *(way.replace("ss", "ß") for way in ways))))


def plain_text(words: str) -> str:
    """The words alone, for `word_similarity` (typing errors); at most 100 characters."""
    return " ".join(words_of(words))[:100]
