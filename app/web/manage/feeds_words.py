"""A source's health in words."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from babel.dates import format_timedelta
from babel.numbers import format_decimal

from app.kit.i18n import Lazy, language, lazy, ngettext_
from app.kit.i18n import gettext_ as _
from app.web.cards import Fact
from app.web.site import current_site
from app.web.words import age, when

if TYPE_CHECKING:
    from app.feeds.health import Health

BADGES: Final[dict[str, tuple[Lazy, str]]] = {
    "failed": (lazy("does not answer"), "danger"),
    "held": (lazy("please check"), "warning"),
    "new": (lazy("not fetched yet"), "info"),
    "works": (lazy("works"), "success"),
    "off": (lazy("switched off"), ""),
}


class Shown(msgspec.Struct, frozen=True):
    """A source as a page shows it."""

    health: "Health"
    badge: tuple[str, str]
    """How it is, in two words, and the kind of badge."""
    summary: str
    """One line: when something came, and how much."""
    facts: tuple[Fact, ...]


def shown(health: "Health") -> Shown:
    """A source in the reader's language."""
    label, kind = BADGES[health.state]
    return Shown(health, (str(label), kind), _summary(health), tuple(_facts(health)))


def size(count: int) -> str:
    """Bytes in words: `1,2 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{format_decimal(amount, '0.#', locale=language())} {unit}"
        amount /= 1000
    return f"{format_decimal(amount, '0.#', locale=language())} GB"


def _summary(health: "Health") -> str:
    parts = [ngettext_("%(num)s entry", "%(num)s entries", health.entries) % {"num": health.entries}]
    if health.succeeded_at is not None:
        parts.append(_("last fetched %(when)s") % {"when": _age(health.succeeded_at)})
    return ", ".join(parts)


def _facts(health: "Health") -> list[Fact]:
    found = []
    if health.region:
        found.append(Fact(_("Comes from"), _("the region %(region)s") % {"region": health.region_title}))
    if health.failing_since is not None:
        found.append(Fact(_("In trouble since"), _age(health.failing_since)))
    found.append(Fact(_("Last success"), _age(health.succeeded_at) if health.succeeded_at else _("not yet")))
    if health.enabled and health.next_at is not None:
        found.append(Fact(_("Next run"), when(health.next_at, zone=current_site().zone)))
    if health.changed_at is not None:
        found.append(Fact(_("Last time something was new"), _age(health.changed_at)))
    if health.attempted_at is not None:
        found.append(
            Fact(
                _("The last run brought"),
                _("%(new)s new, %(changed)s changed, %(gone)s gone")
                % {"new": health.new, "changed": health.changed, "gone": health.gone},
            )
        )
    found.append(Fact(_("Entries from here"), str(health.entries)))
    if health.bytes_saved:
        found.append(Fact(_("Spared by asking politely"), size(health.bytes_saved)))
    if health.every_seconds:
        rhythm = format_timedelta(timedelta(seconds=health.every_seconds), threshold=1.5, locale=language())
        found.append(Fact(_("Asked at most every"), rhythm))
    if health.licence:
        found.append(Fact(_("Licence"), health.licence))
    found.append(Fact(_("Web address"), health.url or _("not entered yet")))
    return found


def _age(moment: datetime) -> str:
    return age(moment, zone=current_site().zone)
