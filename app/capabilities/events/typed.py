"""An event as the desk's form has it: day and time in the town's zone, repetition by choice, a last day for it."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from app.capabilities.events.actions import EventText
from app.capabilities.events.tables import Event
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.web.manage.entered import Entered, typed_moment
from app.web.manage.reach import TOWN
from app.web.manage.writing import as_html, as_text
from app.web.site import current_site

REPEATS: Final = {
    "": _("Not repeated"),
    "FREQ=WEEKLY": _("Every week"),
    "FREQ=WEEKLY;INTERVAL=2": _("Every two weeks"),
    "FREQ=MONTHLY": _("Every month on this date"),
    "FREQ=YEARLY": _("Every year on this day"),
}
KEEP: Final = "keep"
"""The series has a rule of its own that this form can't say: it stays as it is."""
_RULE: Final = re.compile(r"(?:RRULE:)?(FREQ=[A-Z]+(?:;INTERVAL=2)?)(?:;UNTIL=(\d{8})(?:T\d{6}Z)?)?")
_NO_START: Final = _("Please say when it begins.")
_LAST: Final = _("The last day of the series must not lie before its first.")


def text_of(form: Entered, *, provider_id: int | None, category_id: int | None, before: Event | None) -> EventText:
    """The event that a form describes; raises `InvalidInput` with the fields. What the form lacks stays as it was."""
    begins, ends = form.moment("starts_at"), form.moment("ends_at")
    if begins is None:
        raise InvalidInput(_NO_START.message, {"starts_at": _NO_START.message})
    kept: dict[str, Any] = {}
    if before is not None:
        names = ("language", "latitude", "longitude", "url", "picture_id")
        kept = {name: getattr(before, name) for name in names} | {"tags": tuple(before.tags)}
    whole = bool(form("all_day"))
    zone = current_site().timezone
    return EventText(
        title=form.line("title"),
        summary=form.line("summary"),
        body_html=as_html(form("body")),
        location_name=form.line("location_name"),
        address=form.line("address"),
        organiser=form.line("organiser"),
        price=form.line("price"),
        accessibility=form.line("accessibility"),
        provider_id=provider_id,
        category_id=category_id,
        starts_at=None if whole else begins,
        ends_at=None if whole else ends,
        first_day=begins.astimezone(zone).date() if whole else None,
        last_day=ends.astimezone(zone).date() if whole and ends is not None else None,
        recurrence=_recurrence(form, begins, whole=whole, before=before),
        **kept,
    )


def _recurrence(form: Entered, begins: datetime, *, whole: bool, before: Event | None) -> str:
    chosen = form("repeat")
    if chosen == KEEP and before is not None:
        return str(before.recurrence)
    if not chosen or chosen not in REPEATS:
        return ""
    last = form.day("repeat_until")
    if last is None:
        return chosen
    zone = current_site().timezone
    if last < begins.astimezone(zone).date():
        raise InvalidInput(_LAST.message, {"repeat_until": _LAST.message})
    if whole:
        return f"{chosen};UNTIL={last:%Y%m%d}"
    end = datetime.combine(last, time(23, 59, 59), zone).astimezone(UTC)
    return f"{chosen};UNTIL={end:%Y%m%dT%H%M%SZ}"


def typed(event: Event) -> dict[str, str]:
    """The fields of the form for an event that is there."""
    zone = current_site().timezone
    begins: datetime = event.starts_at
    ends: datetime | None = event.ends_at
    if event.all_day:
        begins = datetime.combine(event.first_day, time(), zone)
        ends = datetime.combine(event.last_day, time(), zone) if event.last_day != event.first_day else None
    repeat, until = _rule(event.recurrence)
    return {
        "title": event.title,
        "summary": event.summary,
        "body": as_text(event.body_html),
        "location_name": event.location_name,
        "address": event.address,
        "organiser": event.organiser,
        "price": event.price,
        "accessibility": event.accessibility,
        "provider": str(event.provider_id or TOWN),
        "category": str(event.category_id or ""),
        "starts_at": typed_moment(begins),
        "ends_at": typed_moment(ends),
        "all_day": "yes" if event.all_day else "",
        "repeat": repeat,
        "repeat_until": until,
    }


def _rule(recurrence: str) -> tuple[str, str]:
    """The choice and the last day that a recurrence text stands for."""
    if not recurrence:
        return "", ""
    found = _RULE.fullmatch(recurrence.strip())
    if found is None or found[1] not in REPEATS:
        return KEEP, ""
    if not found[2]:
        return found[1], ""
    day = datetime.strptime(found[2], "%Y%m%d").replace(tzinfo=UTC)
    if "T" in recurrence:
        # The last moment of a day in the town, said in UTC.
        moment = datetime.strptime(recurrence[-16:], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        day = (moment - timedelta(seconds=1)).astimezone(current_site().timezone)
    return found[1], day.date().isoformat()
