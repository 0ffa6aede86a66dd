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


class Guess:
    """What a mistyped name may have meant."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.most = 0 if len(name) < 4 else 1 if len(name) < 8 else 2
        # With n errors one of n + 1 pieces is still whole: most names fall out without being compared.
        size = -(-len(name) // (self.most + 1))
        self.pieces = [name[at : at + size] for at in range(0, len(name), size)]

    def errors(self, candidate: str) -> int | None:
        """Fewest changed, missing, added or swapped letters against the name from one of its words on."""
        if not self.most or not any(piece in candidate for piece in self.pieces):
            return None
        words = candidate.split()
        found = [self._errors(" ".join(words[at:])) for at in range(len(words))]
        return min((errors for errors in found if errors <= self.most), default=None)

    def _errors(self, candidate: str) -> int:
        target = candidate[: len(self.name) + self.most]
        before: list[int] = []
        row = list(range(len(target) + 1))
        for at, letter in enumerate(self.name, 1):
            older, before, row = before, row, [at]
            for to, other in enumerate(target, 1):
                best = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != other))
                if at > 1 and to > 1 and letter == target[to - 2] and self.name[at - 2] == other:
                    best = min(best, older[to - 2] + 1)
                row.append(best)
            if min(row) > self.most:
                break
        return min(row)
