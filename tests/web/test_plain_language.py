"""Leichte Sprache on the citizens' pages (DIN SPEC 33429): complete, and simple by the rules that one can count."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.contracts.checkout import ROOT, below
from tests.contracts.test_translations import CATALOGUES, forms, marked_in_template, messages, read

NOT_FOR_CITIZENS: Final = re.compile(r"/_?manage|/operator-|/mailbox|/design\.html|/api\.html")
"""Pages of the desk, of the operator, and for people who build on the village."""
SHORT: Final = 3
"""Words up to which a text is plain by itself."""
MOST_WORDS: Final = 12
"""In a sentence; a colon ends one as well."""
ONE_THOUGHT: Final = 7
"""Words up to which a sentence may be a list with commas."""
LONGEST: Final = 19
"""Letters of a word without a hyphen."""
HOLDS: Final = re.compile(r"%\(\w+\)[sd]|\{\w*\}|<[^>]+>|https?:\S+")
WILL: Final = re.compile(r"\b(wird|werden|wurden?|worden)\b", re.IGNORECASE)
DONE: Final = re.compile(r"\b(\w*ge\w+|(?:ver|be|ent|er|zer)\w+)(t|en)\b")
"""What a participle looks like: "gelöscht", "abgesagt", "verschoben"."""
GENITIVE: Final = re.compile(r"\b(des|deren|dessen|eines|meines|Ihres|seines)\b", re.IGNORECASE)
SEVERAL: Final = re.compile(r"[;()]| [–—] (?!X$)")
"""But a title's end, " – Bad Belzig"."""
ENDS: Final = re.compile(r"[.!?:…]+(?:[“\"]?\s|$)")


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:[-’'][^\W_]+)*", HOLDS.sub("X", text))


def hard(text: str) -> Iterator[str]:
    """What makes a German text hard to read; nothing for a plain one."""
    bare = HOLDS.sub("X", text)
    for sentence in (part.strip() for part in ENDS.split(bare)):
        length = len(words(sentence))
        if length > MOST_WORDS:
            yield f"{length} words: {sentence}"
        if sentence.count(",") > 1 and length > ONE_THOUGHT:
            yield f"more than one comma: {sentence}"
        if WILL.search(sentence) and DONE.search(WILL.sub("", sentence)):
            yield f"passive: {sentence}"
    for name, pattern in (("genitive", GENITIVE), ("several thoughts", SEVERAL)):
        if pattern.search(bare) and len(words(text)) > SHORT:
            yield name
    yield from (f"a long word: {word}" for word in words(text) for part in word.split("-") if len(part) > LONGEST)


def catalogue(locale: str) -> dict[str, tuple[str, ...]]:
    return {
        text: forms(message.string or "")
        for path in CATALOGUES
        if path.parts[2] == locale
        for message in messages(read(path))
        for text in forms(message.id)
    }


def citizens() -> dict[str, str]:
    """Every text of a template that citizens see, with one place where it stands."""
    return {
        text: f"{path}:{line}"
        for path in below("app", suffix=".html")
        if not NOT_FOR_CITIZENS.search(Path(path).as_posix())
        for line, text in marked_in_template((ROOT / path).read_bytes())
    }


def test_every_hard_text_of_a_citizens_page_has_a_plain_one() -> None:
    german, simple = catalogue("de"), catalogue("de-simple")

    missing = [
        f"{place}: {text!r} is {german[text][-1]!r} ({', '.join(faults)})"
        for text, place in sorted(citizens().items(), key=lambda pair: pair[1])
        if text not in simple and text in german
        for faults in [[fault for form in german[text] for fault in hard(form)]]
        if faults
    ]

    assert not missing, f"{len(missing)} without Leichte Sprache:\n" + "\n".join(missing)
    assert len(simple) > 300


def test_what_is_written_in_plain_language_is_plain() -> None:
    broken = [
        f"{text!r}: {form!r} ({', '.join(faults)})"
        for text, ways in catalogue("de-simple").items()
        for form in ways
        if (faults := list(hard(form)))
    ]

    assert not broken, "\n" + "\n".join(broken)


def test_the_rules_see_what_is_hard() -> None:
    assert list(hard("Das Rathaus ist offen. Bringen Sie Ihren Ausweis mit.")) == []
    assert list(hard("Feuer wird schnell groß.")) == []
    assert list(hard("Die Daten des Kontos werden morgen gelöscht.")) == [
        "passive: Die Daten des Kontos werden morgen gelöscht",
        "genitive",
    ]
    assert list(hard("Straßenverkehrszulassungsbehörde")) == ["a long word: Straßenverkehrszulassungsbehörde"]
    assert list(hard("Wählen Sie einen Tag, eine Woche, einen Monat oder gleich ein ganzes langes Jahr aus.")) == [
        "15 words: Wählen Sie einen Tag, eine Woche, einen Monat oder gleich ein ganzes langes Jahr aus",
        "more than one comma: Wählen Sie einen Tag, eine Woche, einen Monat oder gleich ein ganzes langes Jahr aus",
    ]
