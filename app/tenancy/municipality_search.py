"""How a name that people type is compared with the names of the register."""

import unicodedata

FAR = 4
"""The rank of a name that does not fit."""


def fold(text: str) -> str:
    """The text as people might type it: small, ä like ae like a, ß like ss, signs as spaces."""
    return fold_all([text.replace("\n", " ")])[0]


def rank(name: str, candidate: str) -> int:
    """How well a folded name fits: 0 the same, then at the beginning, at a word, inside; `FAR` not at all."""
    if candidate == name:
        return 0
    if candidate.startswith(name):
        return 1
    at = candidate.find(name)
    if at < 0:
        return FAR
    return 2 if candidate[at - 1] == " " else 3


def fold_all(names: list[str]) -> list[str]:
    """`fold` for many names in one go."""
    plain = unicodedata.normalize("NFKD", "\n".join(names).casefold()).translate(_SIGNS)
    for two, one in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        plain = plain.replace(two, one)
    return [" ".join(line.split()) for line in plain.split("\n")]


class _Signs(dict[int, str]):
    """Translates signs to spaces and combining marks to nothing; learns each sign once."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        self[code] = "" if unicodedata.combining(sign) else sign if sign.isalnum() or sign == "\n" else " "
        return self[code]


_SIGNS = _Signs()


def errors_borne(name: str) -> int:
    """How many typing errors a name of this length may have; shorter ones could mean anything."""
    return 0 if len(name) < 4 else 1 if len(name) < 8 else 2


class Guess:
    """What a mistyped name may have meant, with so many errors at `most`."""

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self.most = most
        # With n errors one of n + 1 pieces is still whole: most names fall out without being compared.
        size = -(-len(name) // (self.most + 1))
        self._letters = frozenset(name)
        self._full = (1 << len(name)) - 1
        self._places = {letter: sum(1 << at for at, one in enumerate(name) if one == letter) for letter in name}
        self.placed = [(at, name[at : at + size]) for at in range(0, len(name), size)]

    def errors_from(self, target: str) -> int:
        """Fewest changed, missing, added or swapped letters against the beginning of `target`; may stop at too many.

        Optimal string alignment, one bit per letter of the name (Hyyrö 2003).
        """
        most, length = self.most, len(self.name)
        if len(self._letters.difference(target)) > most:
            return FAR
        places, top = self._places, 1 << (length - 1)
        plus, minus, diagonal, before = (1 << length) - 1, 0, 0, 0
        errors = fewest = length
        for letter in target:
            match = places.get(letter, 0)
            swapped = (((~diagonal) & match) << 1) & before
            diagonal = ((((match & plus) + plus) ^ plus) | match | minus | swapped) & self._full
            rising = minus | ~(diagonal | plus)
            falling = diagonal & plus
            if rising & top:
                errors += 1
            elif falling & top:
                errors -= 1
            fewest = min(fewest, errors)
            # The first column counts the letters that stand before: a name is compared from its beginning on.
            rising = (rising << 1) | 1
            plus = ((falling << 1) | ~(diagonal | rising)) & self._full
            minus = rising & diagonal & self._full
            before = match
        return fewest
