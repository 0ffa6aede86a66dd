"""A mapping as it stands in a feed's options, checked once, and the items that rows become under it."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from app.feeds.connector import ParseContext, SkipItem, Stop
from app.feeds.items import Item, Problem
from app.feeds.mapping.kinds import COMMON, MAKERS, NEEDED, OWN
from app.feeds.mapping.paths import names_in, text_of, value_of
from app.feeds.mapping.row import Reading, Row
from app.kit.i18n import gettext_ as _
from app.kit.richtext import clean_line

MAPPED: Final = tuple(MAKERS)
"""Kinds that a mapping can make."""
MOST_ROWS: Final = 10_000


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of a mapping; a connector's `Config` has these fields beside its own."""

    url: str
    """Address of the source."""
    kind: Literal["", "article", "event", "place", "job", "collection", "notice"] = ""
    """What the rows become."""
    id: str = ""
    """Where a row's identity stands; without it one is made of link, date and title, so a new title is a new entry."""
    fields: dict[str, str] = {}
    """Our name of a field → where it stands in a row: a name, a path, or a template with names in braces."""
    constants: dict[str, str] = {}
    """Our name of a field → what to take where the row has nothing."""
    values: dict[str, dict[str, str]] = {}
    """Our name of a field → what the source writes → what it means here."""
    dates: tuple[str, ...] = ()
    """How the source writes dates, in the signs of strptime; ISO 8601, German dates and epochs are known anyway."""
    zone: str = ""
    """Tz id for times that name none; by default the town's."""
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse a mapping that can't work, with the key that is wrong."""
        check(self)


def check(rule: Rule) -> None:
    """Raise `ValueError` that names the first wrong key of a mapping."""
    if rule.zone:
        try:
            ZoneInfo(rule.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"zone must be a tz id such as Europe/Berlin, not {rule.zone!r}") from error
    if not rule.kind:
        return
    known = COMMON | OWN[rule.kind]
    for table, names in (("fields", rule.fields), ("constants", rule.constants), ("values", rule.values)):
        for name in names:
            if name not in known:
                raise ValueError(f"{table}.{name}: {rule.kind} has no such field; there are {', '.join(sorted(known))}")
    for name, spec in rule.fields.items():
        if not spec.strip():
            raise ValueError(f"fields.{name} is empty")
    for name in NEEDED[rule.kind]:
        if name not in rule.fields and name not in rule.constants:
            raise ValueError(f"fields.{name} is missing: {rule.kind} can't be made without it")


def rule_of(rule: Rule) -> Rule:
    """The rule, when it says what to make; raises `Stop` when the mapping is still missing."""
    if not rule.kind:
        raise Stop(
            "The mapping is missing: kind says what the entries become, the table fields where things stand.",
            code="mapping",
        )
    return rule


def items_of(rows: Iterable[Any], rule: Rule, context: ParseContext) -> Iterator[Item | Problem]:
    """The items of a source's rows. Raises `Stop` with the key of the mapping that leads nowhere in any row."""
    constants = {"licence": rule.licence, "attribution": rule.attribution} | rule.constants
    zone = ZoneInfo(rule.zone) if rule.zone else context.zone
    reading = Reading(rule.fields, constants, rule.values, rule.dates, zone, context.url)
    make = MAKERS[rule.kind]
    made: list[Item | Problem] = []
    first: Any = None
    count = 0
    seen: set[str] = set()
    for count, raw in enumerate(rows, 1):
        if count > MOST_ROWS:
            made.append(Problem(None, "The source has more than 10,000 entries. The rest was left out."))
            break
        first = first if first is not None else raw
        id_ = clean_line(text_of(value_of(raw, rule.id))) if rule.id else ""
        try:
            item = make(Row(raw, reading), id_ or _without_id(rule))
        except SkipItem as skipped:
            made.append(Problem(id_ or None, skipped.reason))
            continue
        if item.external_id in seen:
            made.append(Problem(item.external_id, "Two entries have the same id. The first one was taken."))
            continue
        seen.add(item.external_id)
        made.append(item)
    if count:
        _look_for_dead_ends(rule, reading, first, anything=bool(seen))
    yield from made
    for name in sorted(reading.unread):
        text = _("The mapping %(key)s: some values can't be read as a date. Say in dates how the source writes them.")
        yield Problem(None, text % {"key": f"fields.{name}"})


def _without_id(rule: Rule) -> str:
    """No id, where the mapping names none; raises `SkipItem` where it does."""
    if rule.id:
        raise SkipItem("An entry has no id where the mapping says.")
    return ""


def _look_for_dead_ends(rule: Rule, reading: Reading, first: Any, *, anything: bool) -> None:
    there = ", ".join(names_in(first)) or "–"
    if rule.id and not anything and value_of(first, rule.id) is None:
        raise Stop(
            "The mapping %(key)s leads to %(path)s, but no entry has that. Entries have: %(there)s.",
            code="mapping",
            key="id",
            path=rule.id,
            there=there,
        )
    for name in NEEDED[rule.kind]:
        if name in rule.fields and name not in reading.found and name not in rule.constants:
            raise Stop(
                "The mapping %(key)s leads to %(path)s, but no entry has that. Entries have: %(there)s.",
                code="mapping",
                key=f"fields.{name}",
                path=rule.fields[name],
                there=there,
            )
