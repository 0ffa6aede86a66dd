"""Finds municipalities while somebody types: half a megabyte of folded text, searched with `str.find`.

The entries lie in the order of their population, so the first hits of a rank are the ones to show.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final

from app.tenancy.municipality_search import Guess, errors_borne, fold, fold_all, rank

Row = tuple[str, str, str, int, str]
"""AGS, ARS, name, population, postcode."""

_LONGEST: Final = 80
_POSTCODE: Final = 5
_AGS: Final = 8
_ARS: Final = 12


class Index:
    """An immutable index over a register."""

    def __init__(self, rows: Iterable[Row]) -> None:
        entries = sorted(rows, key=lambda row: (-row[3], row[0]))
        names = fold_all([row[2] for row in entries])
        # Each entry begins with a newline: what follows one is the beginning of a name or of a key.
        self._names = "".join(f"\n{name}" for name in names) + "\n"
        self._breaks = self._names.replace(" ", "\n")
        starts = array("I")
        at = 0
        for name in names:
            starts.append(at)
            at += len(name) + 1
        self._starts = starts
        self._ags = "".join(f"\n{row[0]:{_AGS}.{_AGS}}" for row in entries)
        self._ars = "".join(f"\n{row[1]:{_ARS}.{_ARS}}" for row in entries)
        self._postcodes = "".join(f"\n{row[4]:{_POSTCODE}.{_POSTCODE}}" for row in entries)
        # Only where two are the same once folded (Münster, Munster) it matters how they are really written.
        self._written = {at: entries[at][2] for at in self._doubles(names)}

    def find(self, text: str, limit: int = 10) -> list[str]:
        """The AGS of municipalities by name, postcode, AGS or ARS: the most likely first, then the largest.

        Umlauts may be written as ä, ae or a. Names of four letters bear one typing error, of eight two.
        """
        if limit < 1:
            return []
        words = text[:_LONGEST].split()
        digits = "".join(word for word in words if word.isascii() and word.isdigit())
        name = fold(" ".join(word for word in words if not word.isascii() or not word.isdigit()))
        if digits and (found := self._numbered(digits, name, limit)):
            return [self._key(entry) for entry in found[:limit]]
        if not name:
            return []
        found = self._named(name, text.strip().casefold(), limit) or self._guessed(name, limit)
        return [self._key(entry) for entry in found[:limit]]

    def _key(self, entry: int) -> str:
        return self._ags[entry * (_AGS + 1) + 1 : (entry + 1) * (_AGS + 1)]

    def _name(self, entry: int) -> str:
        start = self._starts[entry] + 1
        return self._names[start : self._names.index("\n", start)]

    @staticmethod
    def _doubles(names: list[str]) -> Iterator[int]:
        first: dict[str, int] = {}
        for at, name in enumerate(names):
            if name in first:
                yield at
                yield first[name]
            else:
                first[name] = at

    def _numbered(self, digits: str, name: str, limit: int) -> list[int]:
        """Entries whose postcode, AGS or ARS begins like that; those whose name fits as well come first."""
        most = None if name else limit
        if len(digits) <= _POSTCODE:
            found = list(_lines(self._postcodes, digits, _POSTCODE + 1, most))
        else:
            found = list(_lines(self._ags, digits, _AGS + 1, most))
            # A whole AGS means this one, though another's ARS may begin alike.
            found = list(dict.fromkeys([*found, *_lines(self._ars, digits, _ARS + 1, most)]))
        return sorted(found, key=lambda entry: rank(name, self._name(entry))) if name else found

    def _named(self, name: str, typed: str, limit: int) -> list[int]:
        """The same name, then those that begin with it, have it as a word's beginning, or anywhere inside."""
        found = [self._entry(at) for at in _hits(self._names, f"\n{name}\n")]
        found.sort(key=lambda entry: self._written.get(entry, "").casefold() != typed)
        seen = set(found)
        for sought, offset in ((f"\n{name}", 0), (f" {name}", 0), (name, 0)):
            for at in _hits(self._names, sought):
                if len(found) >= limit:
                    return found
                entry = self._entry(at + offset)
                if entry not in seen:
                    seen.add(entry)
                    found.append(entry)
        return found

    def _guessed(self, name: str, limit: int) -> list[int]:
        """What a mistyped name may have meant: by fewer errors, if any does.

        The fewer errors, the longer the pieces of the name that must be whole, and the fewer names have one of them.
        """
        for most in range(1, errors_borne(name) + 1):
            if found := self._near(Guess(name, most)):
                return found[:limit]
        return []

    def _near(self, guess: Guess) -> list[int]:
        errors: dict[int, int] = {}
        tried: set[int] = set()
        for offset, piece in guess.placed:
            for at in _hits(self._names, piece):
                # With n errors before it a piece has moved by n places at most: does a word begin there?
                near = at - offset
                until = near + guess.most
                start = self._breaks.find("\n", max(0, near - guess.most - 1), until) + 1
                while start:
                    if start not in tried:
                        tried.add(start)
                        self._compare(guess, start, errors)
                    start = self._breaks.find("\n", start, until) + 1
        return sorted(errors, key=lambda entry: (errors[entry], entry))

    def _compare(self, guess: Guess, start: int, errors: dict[int, int]) -> None:
        """Note the entry whose name goes on at `start` if it is near enough."""
        longest = start + len(guess.name) + guess.most
        end = self._names.find("\n", start, longest)
        count = guess.errors_from(self._names[start : end if end >= 0 else longest])
        if count <= guess.most:
            entry = self._entry(start - 1)
            errors[entry] = min(count, errors.get(entry, count))

    def _entry(self, at: int) -> int:
        """The entry that a place in the names belongs to; its newline is the entry's own."""
        return bisect_right(self._starts, at) - 1


def _hits(text: str, sought: str) -> Iterator[int]:
    at = text.find(sought)
    while at >= 0:
        yield at
        at = text.find(sought, at + 1)


def _lines(text: str, begins: str, width: int, most: int | None) -> Iterator[int]:
    """Numbers of the lines (all of `width` with their newline) that begin like that, at most that many."""
    for count, at in enumerate(_hits(text, f"\n{begins}")):
        if most is not None and count >= most:
            return
        yield at // width
