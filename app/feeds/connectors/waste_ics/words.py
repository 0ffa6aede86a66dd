"""German words of rubbish calendars: which bin an entry means, and whether a holiday has moved its day."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from app.feeds.items import Fraction

_WORDS: Final[dict[Fraction, re.Pattern[str]]] = {
    # What is special comes first: a "Weihnachtsbaum" is no garden waste, "Sperrmüll" no "Müll".
    "tree": re.compile(r"weihnachtsb[aä]|christb[aä]|tannenb[aä]"),
    "hazardous": re.compile(
        r"schadstoff|schadmobil|sonder(?:m[uü]ll|abf)|problem(?:abf|stoff|m[uü]ll)|gift|umweltmobil"
    ),
    "electronics": re.compile(r"elektro|\be-?schrott|k[uü]hlger[aä]t|altger[aä]te|wei(?:ß|ss)e ware"),
    "bulky": re.compile(r"sperr(?:m[uü]ll|gut|abf|ig)"),
    "glass": re.compile(r"\b(?:alt|wei(?:ß|ss)|bunt)?glas\b|glas(?:tonne|beh[aä]lter|container|sammlung)"),
    "garden": re.compile(r"gr[uü]n(?:schnitt|gut|abf)|gartenab|\blaub|strauch|(?:baum|ast|hecken)schnitt"),
    "packaging": re.compile(r"\bgelb|\blvp\b|leichtverp|leichtstoff|wertstoff|verpackung|duales system|plastik"),
    "paper": re.compile(r"papier|\bppk\b|\bpappe|karton|\bblaue"),
    "organic": re.compile(r"\bbio|\bbraune|organisch|kompost|speiseres|k[uü]chenabf"),
    "residual": re.compile(
        r"\brest(?!aur)|hausm[uü]ll|hausabf|\bgraue|\bschwarze|siedlungsabf|m[uü]lltonne|\bm[uü]ll\b"
    ),
}
_PARTS: Final = re.compile(r"\s*(?:,|;|\+|&|\||\bund\b|\bsowie\b)\s*", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_DROPPED: Final = re.compile(r"entf[aä]llt|f[aä]llt aus|(?:verschoben|verlegt|vorgezogen) auf", re.IGNORECASE)
_INSTEAD: Final = re.compile(
    r"(?:(?:an)?statt|anstelle|ersetzt|(?:ersatz|nach(?:ge)?hol\w*) f[uü]r"
    r"|(?:ver(?:legt|schoben)|vorgezogen|vorverlegt) vo[mn])"
    r"\s+(?:(?:am|vom?|dem|den|des)\s+)*(?:[A-Za-zäöü]+\.?,?\s+(?:de[mn]\s+)?)?"
    r"(\d{1,2})\.\s?(\d{1,2})\.?\s?(\d{4}|\d{2}\b)?",
    re.IGNORECASE,
)
_FARTHEST: Final = timedelta(days=14)


def fraction_of(text: str, own: Mapping[str, Fraction]) -> Fraction:
    """The bin that a text means; `own` (part of a text → fraction) goes before our words."""
    folded = text.casefold()
    for part, fraction in own.items():
        if part.casefold() in folded:
            return fraction
    # "Restmüll (nicht Bio)": what stands in brackets only counts when nothing else does.
    for where in (_BRACKETS.sub(" ", folded), folded):
        for fraction, words in _WORDS.items():
            if words.search(where):
                return fraction
    return "other"


def bins_of(title: str, own: Mapping[str, Fraction]) -> list[tuple[str, Fraction]]:
    """Names and fractions of an entry: `Restmüll, Papier` are two when each of them is known."""
    parts = [part for part in _PARTS.split(_BRACKETS.sub(" ", title)) if part.strip()]
    known = [(part.strip(), fraction_of(part, own)) for part in parts]
    if len({fraction for _, fraction in known}) == len(known) > 1 and all(one != "other" for _, one in known):
        return known
    return [(title, fraction_of(title, own))]


def called_off(text: str) -> bool:
    """Whether an entry only says that nothing is taken on its day."""
    return _DROPPED.search(text) is not None


def usual_day(text: str, day: date) -> date | None:
    """The day that this one stands for, as in "statt Fr., 25.12."; None when the text names none nearby."""
    found = _INSTEAD.search(text)
    if not found:
        return None
    for year in (_year(found[3], day), day.year - 1, day.year + 1):
        try:
            named = date(year, int(found[2]), int(found[1]))
        except ValueError:
            return None
        if named != day and abs(named - day) <= _FARTHEST:
            return named
    return None


def _year(text: str | None, day: date) -> int:
    if not text:
        return day.year
    return int(text) if len(text) == 4 else 2000 + int(text)
