"""All components with one UID: the event, its dates in the window, what was moved or called off."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from app.feeds.connector import ParseContext, SkipItem
from app.feeds.connectors.ics import recurrence
from app.feeds.connectors.ics.component import Component
from app.feeds.connectors.ics.recurrence import Allowance
from app.feeds.connectors.ics.zones import midnight
from app.feeds.items import Occurrence

MOST_OCCURRENCES: Final = 1_000
TOO_MANY: Final = "An event has more than 1,000 dates. The later ones are left out."
DUPLICATE: Final = "Two events have the same id. The newer one was taken."


def key_of(moment: datetime | date) -> str:
    """Identity of a date within its event: the planned start, in UTC or as a day."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return moment.strftime("%Y%m%d")


class Series:
    """The components of one UID in the order of the file; the first one given must not be an exception."""

    def __init__(self, components: list[Component]) -> None:
        newest = (
            max(one.sequence for one in components if one.replaces is None)
            if any(one.replaces is None for one in components)
            else 0
        )
        self.problems: list[str] = []
        mains: dict[str, Component] = {}
        for one in components:
            if one.replaces is None and one.sequence == newest:
                if key_of(one.span.start) in mains:
                    self.problems.append(DUPLICATE)
                mains[key_of(one.span.start)] = one
        replacements = [one for one in components if one.replaces is not None]
        if not mains:  # exceptions of a series that is not in the file stand for themselves
            mains = {key_of(one.span.start): one for one in replacements}
            replacements = []
        self.main = min(mains.values(), key=lambda one: key_of(one.span.start))
        self._others = [one for one in mains.values() if one is not self.main]
        self._replacements = {
            key_of(one.replaces): one
            for one in sorted(replacements, key=lambda one: one.sequence)
            if one.replaces is not None
        }
        self.problems += [one.remark for one in components if one.remark]

    @property
    def rule(self) -> str:
        return next(iter(self.main.rules()), "")

    def occurrences(self, context: ParseContext, allowance: Allowance) -> tuple[Occurrence, ...]:
        """The dates, in order; problems met on the way stand in `problems`."""
        planned: dict[str, Occurrence] = {}
        try:
            for start in islice(self._starts(context, allowance), MOST_OCCURRENCES + 1):
                allowance.add_date()
                planned[key_of(start)] = self._occurrence(self.main, start, key_of(start))
        except SkipItem as skipped:
            self.problems.append(skipped.reason)
            planned = planned or {key_of(self.main.span.start): self._first()}
        for other in self._others:
            planned[key_of(other.span.start)] = self._occurrence(other, other.span.start, key_of(other.span.start))
        self._replace(planned, context)
        dates = sorted(planned.values(), key=_order)
        if len(dates) > MOST_OCCURRENCES:
            self.problems.append(TOO_MANY)
        return tuple(dates[:MOST_OCCURRENCES])

    def _first(self) -> Occurrence:
        return self._occurrence(self.main, self.main.span.start, key_of(self.main.span.start))

    def _replace(self, planned: dict[str, Occurrence], context: ParseContext) -> None:
        by_day = {_local_day(one): key for key, one in planned.items()}
        for key, one in self._replacements.items():
            # An exception that names a day only means the date of that day.
            target = by_day.get(one.replaces, key) if not isinstance(one.replaces, datetime) else key
            if target in planned or _within(one.span.start, one.span.length, context):
                planned[target] = self._occurrence(one, one.span.start, target)

    def _starts(self, context: ParseContext, allowance: Allowance) -> Iterator[datetime | date]:
        """The planned starts without those that were called off."""
        called_off = self.main.moments("EXDATE")
        keys = {key_of(one) for one in called_off}
        days = {one for one in called_off if not isinstance(one, datetime)}
        for start in self._planned(context, allowance):
            if key_of(start) not in keys and (start.date() if isinstance(start, datetime) else start) not in days:
                yield start

    def _planned(self, context: ParseContext, allowance: Allowance) -> Iterator[datetime | date]:
        span = self.main.span
        extra = [one for one in self.main.moments("RDATE") if isinstance(one, datetime) != span.all_day]
        rules = self.main.rules()
        if not rules:
            yield span.start
        else:
            length = span.length or timedelta()
            first = span.start if isinstance(span.start, datetime) else midnight(span.start)
            zone = first.tzinfo or context.zone
            after, before = (
                edge.astimezone(zone).replace(tzinfo=first.tzinfo)
                for edge in (context.window_start - length, context.window_end)
            )
            # More than one rule is obsolete; the first one counts.
            for start in recurrence.starts(recurrence.read(rules[0]), first, after, before, allowance):
                yield start.date() if span.all_day else start
        yield from (one for one in extra[:MOST_OCCURRENCES] if _within(one, span.length, context))

    def _occurrence(self, one: Component, start: datetime | date, key: str) -> Occurrence:
        # Texts are given only where a date has others than the event.
        fields: dict[str, Any] = {"key": key, "status": one.status}
        if one is not self.main:
            summary, name = one.body("")[1], one.location()[0]
            fields["title"] = one.title if one.title != self.main.title else ""
            fields["summary"] = summary if summary != self.main.body("")[1] else ""
            fields["location_name"] = name if name != self.main.location()[0] else ""
        return Occurrence(**fields, **times(start, one.span.length))


def times(start: datetime | date, length: timedelta | None) -> dict[str, Any]:
    """Start and end as the fields of an item: UTC times, or days with the last one inclusive."""
    if isinstance(start, datetime):
        begins = start.astimezone(UTC)
        return {"starts_at": begins, "ends_at": begins + length if length else None}
    return {"first_day": start, "last_day": start + (length or timedelta(days=1)) - timedelta(days=1)}


def _within(start: datetime | date, length: timedelta | None, context: ParseContext) -> bool:
    aware = start if isinstance(start, datetime) else midnight(start).replace(tzinfo=context.zone)
    return context.window_start - (length or timedelta()) <= aware < context.window_end


def _local_day(one: Occurrence) -> date | None:
    return one.first_day or (one.starts_at.date() if one.starts_at else None)


def _order(one: Occurrence) -> str:
    return key_of(one.starts_at or one.first_day or date.max)
