"""Vacancies in the words people use."""

from typing import Final

from app.capabilities.jobs.queries import Vacancy
from app.kit.i18n import Lazy, lazy
from app.kit.i18n import gettext_ as _
from app.web import words
from app.web.cards import Fact
from app.web.site import current_site

_EMPLOYMENT: Final[dict[str, Lazy]] = {
    "FULL_TIME": lazy("full time"),
    "PART_TIME": lazy("part time"),
    "CONTRACTOR": lazy("freelance"),
    "TEMPORARY": lazy("for a limited time"),
    "INTERN": lazy("internship"),
    "VOLUNTEER": lazy("voluntary work"),
    "PER_DIEM": lazy("by the day"),
}
"""schema.org `employmentType`, as the search engines agreed on it."""


def employment(one: Vacancy) -> str:
    """`Vollzeit, Teilzeit`; other words as the source says them."""
    parts = (part.strip() for part in one.employment.split(","))
    return ", ".join(str(_EMPLOYMENT.get(part.upper().replace("-", "_"), part)) for part in parts if part)


def until(one: Vacancy) -> str:
    """`bewerben bis 5. Dezember 2026`; empty when nobody named a day."""
    return _("apply until %(day)s") % {"day": words.date_medium(one.apply_until)} if one.apply_until else ""


def facts(one: Vacancy) -> list[Fact]:
    """The summary list of a vacancy."""
    zone = current_site().timezone
    found = [
        Fact(_("Employer"), one.employer, icon="providers"),
        Fact(_("Place of work"), one.place, icon="place"),
        Fact(_("Kind of work"), employment(one), icon="clock"),
        Fact(_("Apply until"), words.date_long(one.apply_until) if one.apply_until else "", icon="calendar"),
        Fact(_("Published"), words.date_medium(one.published_at.astimezone(zone))),
    ]
    return [fact for fact in found if fact.value]
