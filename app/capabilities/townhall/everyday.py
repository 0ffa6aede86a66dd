"""Everyday words: what people type, and the situations of life (Lebenslagen) that services belong to.

Registers speak in the words of the law ("Fahrerlaubnis"), people in their own ("Führerschein"); no register knows both.
"""

import re
from collections.abc import Iterable
from typing import Final

from app.kit.i18n import Lazy, lazy
from app.kit.search import spelled_out, words_of

_MEANT: Final = {
    "perso": "personalausweis",
    "ausweis": "personalausweis reisepass",
    "pass": "reisepass",
    "führerschein": "fahrerlaubnis",
    "umzug": "wohnsitz ummeldung",
    "umziehen": "wohnsitz ummeldung",
    "ummelden": "wohnsitz ummeldung",
    "anmelden": "anmeldung",
    "abmelden": "abmeldung",
    "auto": "kraftfahrzeug kfz",
    "kfz": "kraftfahrzeug",
    "nummernschild": "kennzeichen kraftfahrzeug",
    "anwohnerparken": "bewohnerparkausweis",
    "parkausweis": "bewohnerparkausweis",
    "hund": "hundesteuer",
    "müll": "abfall sperrmüll",
    "baby": "geburt geburtsurkunde elterngeld",
    "kita": "kindertagesbetreuung kindertageseinrichtung",
    "kindergarten": "kindertagesbetreuung kindertageseinrichtung",
    "schule": "schulanmeldung schule",
    "heiraten": "eheschließung",
    "hochzeit": "eheschließung",
    "trauung": "eheschließung",
    "scheidung": "ehescheidung",
    "tod": "sterbeurkunde sterbefall",
    "gestorben": "sterbeurkunde sterbefall",
    "beerdigung": "bestattung",
    "friedhof": "bestattung grabstätte",
    "mietzuschuss": "wohngeld",
    "miete": "wohngeld",
    "stütze": "bürgergeld",
    "rente": "rente grundsicherung",
    "behinderung": "schwerbehindertenausweis schwerbehinderung",
    "bauen": "baugenehmigung bauantrag",
    "bauantrag": "baugenehmigung",
    "anbau": "baugenehmigung",
    "firma": "gewerbe",
    "selbstständig": "gewerbe",
    "laden": "gewerbe",
    "kneipe": "gaststätte",
    "fest": "veranstaltung gestattung",
    "osterfeuer": "brauchtumsfeuer feuer",
    "lagerfeuer": "feuer",
    "feuerwerk": "pyrotechnik feuerwerk",
    "verloren": "fundsache verlust",
    "gefunden": "fundsache",
    "fundbüro": "fundsache",
    "wählen": "wahl briefwahl wahlschein",
    "angeln": "fischereischein",
    "jagd": "jagdschein",
    "baum": "baumfällung gehölz",
    "polizeizeugnis": "führungszeugnis",
    "kopie": "beglaubigung",
    "unterschrift": "beglaubigung",
    "einbürgern": "einbürgerung",
    "deutsch": "einbürgerung",
    "visum": "aufenthaltserlaubnis aufenthaltstitel",
}
"""Everyday word → words of the registers; any of them will do."""
EVERYDAY: Final = tuple(_MEANT)
"""Words that people may have mistyped, though no register has them."""

SITUATIONS: Final[dict[str, tuple[Lazy, str]]] = {
    "papers": (
        lazy("Identity cards and certificates"),
        r"ausweis\b|personalausweis|reisepass|passersatz|führungszeugnis|beglaubig|urkunde|zeugnis",
    ),
    "home": (
        lazy("Moving and housing"),
        r"wohnsitz|wohnung|ummeld|umzug|meldebescheinig|melderegister|wohngeld|wohnberecht|miet|wohnen",
    ),
    "family": (
        lazy("Children and family"),
        r"geburt|elterngeld|kindergeld|kindertag|kita\b|unterhalt|vaterschaft|sorgerecht|adoption|jugend|familie|eltern",
    ),
    "school": (lazy("School and training"), r"schul|bafög|ausbildung|studi|bildung|bibliothek"),
    "marriage": (lazy("Marriage and partnership"), r"eheschl|ehefähig|ehename|lebenspartner|scheidung|heirat|trauung"),
    "work": (
        lazy("Work and business"),
        r"gewerbe|gaststätte|arbeitslos|bürgergeld|handwerk|unternehm|selbst(?:st)?ändig|arbeit\b|reisegewerbe",
    ),
    "building": (
        lazy("Building and property"),
        r"\bbau|bauantrag|baugenehm|grundst|grundsteuer|denkmal|abriss|vermess",
    ),
    "traffic": (
        lazy("Car and traffic"),
        r"kraftfahrzeug|\bkfz|fahrzeug|fahrerlaubnis|führerschein|parkausweis|parken|kennzeichen|verkehr|straße",
    ),
    "waste": (lazy("Waste and environment"), r"abfall|müll|entsorg|umwelt|baumf|wasser|naturschutz|feuer\b"),
    "animals": (lazy("Animals, hunting and fishing"), r"hund|tier|fischerei|angel|jagd|waffen"),
    "help": (
        lazy("Help and benefits"),
        r"grundsicherung|sozialhilfe|pflege|behinder|bürgergeld|wohngeld|asyl|beratung|schuldner",
    ),
    "age": (lazy("Growing older"), r"\brente|senior|pflege|betreuung\b|vorsorge|patientenverf|alter\b"),
    "death": (lazy("A death"), r"sterbe|todes|bestatt|nachlass|erbsch|friedhof|grab"),
    "taxes": (lazy("Taxes and fees"), r"steuer|gebühr|abgabe|beitrag"),
    "voting": (lazy("Elections and taking part"), r"\bwahl|wählen|briefwahl|bürgerbegehren|petition|volksb|schöff"),
    "migration": (lazy("Coming to Germany"), r"aufenthalt|einbürger|asyl|ausländ|integrations|visum|staatsangeh"),
}
"""Key of a situation → its name, and how services that belong to it are called."""

_PATTERNS: Final = {key: re.compile(pattern, re.IGNORECASE) for key, (_name, pattern) in SITUATIONS.items()}


def meant(words: str) -> list[str]:
    """What was typed in the words of registers: each word's own, so that any of them may be looked for."""
    known = {spelled_out(word): others for word, others in _MEANT.items()}
    found = [known[spelled_out(word)] for word in words_of(words) if spelled_out(word) in known]
    return [one for others in found for one in others.split()]


def situations_of(title: str, told: Iterable[str]) -> list[str]:
    """The situations a service belongs to, by its name and by the names of situations that its source tells."""
    said = " ".join((title, *told))
    return [key for key, pattern in _PATTERNS.items() if pattern.search(said)]
