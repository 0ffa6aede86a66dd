"""Levels in words; a colour is never needed to understand them."""

from typing import Final

from app.capabilities.notices import wording
from app.capabilities.notices.levels_here import FIRE, Reading
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.web import words
from app.web.cards import Line
from app.web.site import current_site

HIGHEST: Final = 5
DANGERS: Final = {
    1: lazy("very low danger"),
    2: lazy("low danger"),
    3: lazy("medium danger"),
    4: lazy("high danger"),
    5: lazy("very high danger"),
}
"""Waldbrandgefahrenstufen."""
MEANINGS: Final = {
    1: lazy("A fire hardly ever breaks out now. Please make no fire in the forest all the same."),
    2: lazy("A fire breaks out rarely now. Please make no fire in the forest and do not smoke there."),
    3: lazy("Dry grass and leaves catch fire easily. Please make no fire in the forest and do not smoke there."),
    4: lazy("A spark is enough. Please make no fire near the forest, and do not park on dry grass. Smoke? Call 112."),
    5: lazy("A spark is enough, and a fire spreads fast. Please stay out of the forest. Smoke? Call 112."),
}
CLASSES: Final = {
    0: lazy("no flood"),
    1: lazy("small flood"),
    2: lazy("medium flood"),
    3: lazy("large flood"),
    4: lazy("very large flood"),
}
"""Hochwasserklassen of the states' flood centres."""
STATES: Final = {
    "low": lazy("lower than usual"),
    "normal": lazy("within the usual range"),
    "high": lazy("much higher than usual"),
}
TRENDS: Final = {"rising": lazy("rising"), "steady": lazy("steady"), "falling": lazy("falling")}


def headline(one: Reading) -> str:
    """`Waldbrandgefahr: Stufe 3 von 5 (mittlere Gefahr)`, or that nobody knows; of a gauge what it is called."""
    if one.topic != FIRE:
        return _("Gauge %(name)s") % {"name": name(one)}
    if one.level is None:
        return _("Forest-fire danger: unknown")
    told = {"level": one.level, "highest": HIGHEST, "words": str(DANGERS[one.level])}
    return _("Forest-fire danger: level %(level)s of %(highest)s (%(words)s)") % told


def name(one: Reading) -> str:
    """`Wittenberge (Elbe)`."""
    return f"{one.title} ({one.water})" if one.water and one.water not in one.title else one.title


def meaning(one: Reading) -> str:
    """What a level of danger means and what to do; of an old one that it is no longer told."""
    if one.level is not None:
        return str(MEANINGS[one.level])
    if one.stale and one.measured_at is not None:
        return _("We do not know how great the danger is. The last message is too old to count.")
    return _("We do not know how great the danger is. The source names no level now.")


def condition(one: Reading) -> str:
    """`312 cm, steigend, kein Hochwasser`; that there is nothing when there is nothing."""
    parts = [part for part in (measurement(one), verdict(one)) if part]
    return ", ".join(parts) or (_("no recent measurement") if one.stale else _("no data at the moment"))


def measurement(one: Reading) -> str:
    """`312 cm, steigend`; empty where nothing was measured."""
    if one.value is None:
        return ""
    places = 0 if float(one.value).is_integer() else 2 if abs(one.value) < 100 else 1
    text = f"{wording.number(one.value, places)} {one.unit}".strip()
    return f"{text}, {TRENDS[one.trend]}" if one.trend else text


def verdict(one: Reading) -> str:
    """`kein Hochwasser`; without a class how it stands beside its means, empty where nobody says."""
    if one.level is not None:
        return str(CLASSES[one.level])
    return str(STATES[one.state]) if one.state else ""


def as_of(one: Reading) -> str:
    """`Stand: heute, 11:45 Uhr`, of an old one `Letzte Meldung: …`; that no time was named."""
    if one.measured_at is None:
        return _("without a time")
    at = words.when(one.measured_at, zone=current_site().zone)
    return (_("Last message: %(time)s") if one.stale else _("As of: %(time)s")) % {"time": at}


def distance(one: Reading) -> str:
    """`3 km entfernt`; nothing where it is not known."""
    return _("%(km)s km away") % {"km": wording.number(one.km)} if one.km is not None else ""


def line(one: Reading) -> Line:
    """For the start page's card."""
    title, when = headline(one), as_of(one)
    if one.topic != FIRE:
        # A long name must not push out how bad it is.
        title = f"{words.upfirst(verdict(one))}: {title}"
        when = ", ".join(part for part in (measurement(one), when) if part)
    return Line(
        title=title,
        href="/weather#levels",
        when=when,
        source=", ".join(dict.fromkeys(each.attribution for each in one.said)),
        badge=_("Forest fire") if one.topic == FIRE else _("Flood"),
    )
