"""What each kind of item takes out of a row. The names here are those that a mapping may use."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, get_args

from app.feeds.connector import SkipItem
from app.feeds.items import (
    Address,
    Article,
    Collection,
    Contact,
    Event,
    Fraction,
    Item,
    Job,
    Notice,
    NoticeKind,
    Occurrence,
    Place,
    Severity,
    Yes,
    short_id,
)
from app.feeds.mapping.row import Row

COMMON: Final = frozenset(
    "title url summary body categories author image lat lon published_at updated_at language licence "
    "attribution".split()
)
OWN: Final[dict[str, frozenset[str]]] = {
    "article": frozenset(),
    "event": frozenset("starts_at ends_at location_name address organiser status".split()),
    "place": frozenset(
        "kind street postcode town phone email website opening_hours wheelchair operator contact_name".split()
    ),
    "job": frozenset("employer place employment apply_until".split()),
    "collection": frozenset("day fraction street note moved_from".split()),
    "notice": frozenset(
        "kind event sender description instruction severity sent_at starts_at expires_at message".split()
    ),
}
NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "article": ("title",),
    "event": ("title", "starts_at"),
    "place": ("title",),
    "job": ("title",),
    "collection": ("day",),
    "notice": ("title",),
}
"""Without these there is no item."""

_CANCELLED: Final = frozenset({"cancelled", "canceled", "abgesagt", "true", "1", "ja"})
_NO_DAY: Final = "The day of an entry can't be read."


def envelope(row: Row, id_: str) -> dict[str, Any]:
    """What all kinds share; raises `SkipItem`."""
    title = row.line("title")
    if not title:
        raise SkipItem("An entry has no title.")
    body, summary = row.body()
    published = row.when("published_at")
    return {
        "external_id": short_id(id_) if id_ else _made_up_id(row, title),
        "title": title,
        "url": row.address("url"),
        "language": row.line("language", 8).lower(),
        "published_at": row.moment("published_at"),
        "published_day_only": published is not None and not isinstance(published, datetime),
        "updated_at": row.moment("updated_at"),
        "summary": summary,
        "body_html": body,
        "categories": row.parts("categories"),
        "author": row.line("author", 200),
        "licence": row.line("licence", 200),
        "attribution": row.line("attribution", 200),
        "image_url": row.address("image"),
        "geo": row.geo(),
    }


def _article(row: Row, id_: str) -> Article:
    return Article(**envelope(row, id_))


def _event(row: Row, id_: str) -> Event:
    start, end = row.when("starts_at"), row.when("ends_at")
    if start is None:
        raise SkipItem("An event has no date that can be read.")
    times: dict[str, Any]
    if isinstance(start, datetime):
        ends = end if isinstance(end, datetime) and end > start else None
        times = {"starts_at": start, "ends_at": ends}
        key = start.strftime("%Y%m%dT%H%M%SZ")
    else:
        last = row.day("ends_at") or start
        times = {"first_day": start, "last_day": max(start, last)}
        key = start.strftime("%Y%m%d")
    cancelled = row.text("status").casefold() in _CANCELLED
    status: Any = "cancelled" if cancelled else "confirmed"
    return Event(
        **envelope(row, id_),
        **times,
        all_day=not isinstance(start, datetime),
        zone=row.zone,
        location_name=row.line("location_name", 200),
        address=row.line("address", 300),
        organiser=row.line("organiser", 200),
        status=status,
        occurrences=(Occurrence(key=key, status=status, **times),),
    )


def _place(row: Row, id_: str) -> Place:
    return Place(
        **envelope(row, id_),
        kind=row.line("kind", 60) or "other",
        address=Address(street=row.line("street", 200), postcode=row.line("postcode", 12), town=row.line("town", 100)),
        contact=Contact(
            name=row.line("contact_name", 200),
            phone=row.line("phone", 60),
            email=row.line("email", 200),
            url=row.address("website"),
        ),
        opening_hours=row.line("opening_hours", 500),
        wheelchair=_one_of(row.text("wheelchair"), Yes, "unknown"),
        operator=row.line("operator", 200),
    )


def _job(row: Row, id_: str) -> Job:
    return Job(
        **envelope(row, id_),
        employer=row.line("employer", 200),
        place=row.line("place", 200),
        employment=", ".join(row.parts("employment")),
        apply_until=row.day("apply_until"),
    )


def _collection(row: Row, id_: str) -> Collection:
    day = row.day("day")
    if day is None:
        raise SkipItem(_NO_DAY)
    street = row.line("street", 120)
    fraction = _one_of(row.text("fraction"), Fraction, "other")
    title = row.line("title") or row.line("fraction")
    if not title:
        raise SkipItem("An entry has no title.")
    return Collection(
        external_id=short_id(id_ or "/".join(part for part in (street, day.isoformat(), title) if part)),
        title=title,
        url=row.address("url"),
        licence=row.line("licence", 200),
        attribution=row.line("attribution", 200),
        day=day,
        fraction=fraction,
        street=street,
        moved_from=row.day("moved_from"),
        note=row.line("note", 300),
    )


def _notice(row: Row, id_: str) -> Notice:
    return Notice(
        **envelope(row, id_),
        kind=_one_of(row.text("kind"), NoticeKind, "other"),
        message="cancel" if row.text("message").casefold() in {"cancel", "entwarnung"} else "alert",
        severity=_one_of(row.text("severity"), Severity, "unknown"),
        event=row.line("event", 200),
        sender=row.line("sender", 200),
        instruction=row.text("instruction"),
        description=row.text("description"),
        sent_at=row.moment("sent_at"),
        starts_at=row.moment("starts_at"),
        expires_at=row.moment("expires_at"),
    )


MAKERS: Final[dict[str, Callable[[Row, str], Item]]] = {
    "article": _article,
    "event": _event,
    "place": _place,
    "job": _job,
    "collection": _collection,
    "notice": _notice,
}


def _one_of(text: str, words: Any, otherwise: str) -> Any:
    """The text when it is one of the words of a `Literal`."""
    bare = text.strip().casefold()
    return bare if bare in get_args(words) else otherwise


def _made_up_id(row: Row, title: str) -> str:
    moments = (str(_plain(row.when(name))) for name in ("starts_at", "published_at", "day", "apply_until"))
    base = "\n".join((row.address("url"), *moments, title))
    return hashlib.sha1(base.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _plain(found: datetime | date | None) -> str:
    return found.isoformat() if found is not None else ""
