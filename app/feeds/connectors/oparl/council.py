"""Meetings and papers as items. Whoever takes part or signs is a person, and no person is taken over."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from app.feeds.connector import SkipItem
from app.feeds.items import AgendaItem, Link, Meeting, Paper, short_id
from app.kit.richtext import absolute, clean_line, shortened

LICENCES = {
    "govdata.de/dl-de/by-2-0": "DL-DE-BY-2.0",
    "govdata.de/dl-de/zero-2-0": "DL-DE-ZERO-2.0",
    "creativecommons.org/licenses/by/4.0": "CC-BY-4.0",
    "creativecommons.org/licenses/by-sa/4.0": "CC-BY-SA-4.0",
    "creativecommons.org/publicdomain/zero/1.0": "CC0-1.0",
}
"""Addresses that servers write for a licence → its identifier."""
MOST_AGENDA = 200
MOST_DOCUMENTS = 60


class Known(msgspec.Struct):
    """What else came with this run."""

    organizations: dict[str, str] = {}
    """Id → name."""
    papers: dict[str, str] = {}
    """Id of a consultation → id of its paper."""
    licence: str = ""
    attribution: str = ""


def meeting_of(entry: Mapping[str, Any], known: Known, zone: ZoneInfo) -> Meeting:
    """A meeting; raises `SkipItem` without an id or without anything that names it."""
    id_ = _id(entry)
    body = ", ".join(_organizations(entry.get("organization"), known))
    title = _line(entry, "name") or body
    if not title:
        raise SkipItem("A meeting has no name.")
    agenda = [_point(one, known) for one in _objects(entry.get("agendaItem"))[:MOST_AGENDA]]
    documents = [*_files(entry, "invitation", "resultsProtocol", "verbatimProtocol", "auxiliaryFile")]
    return Meeting(
        external_id=id_,
        title=shortened(title, 300),
        url=_web(entry),
        language="de",
        updated_at=moment(entry.get("modified"), zone),
        licence=licence_of(_line(entry, "license")) or known.licence,
        attribution=known.attribution,
        body=shortened(body, 200),
        starts_at=moment(entry.get("start"), zone),
        ends_at=moment(entry.get("end"), zone),
        location=_location(entry.get("location")),
        cancelled=entry.get("cancelled") is True,
        agenda=tuple(point for point in agenda if point),
        documents=tuple({one.url: one for one in documents}.values())[:MOST_DOCUMENTS],
    )


def paper_of(entry: Mapping[str, Any], known: Known, zone: ZoneInfo) -> Paper:
    """A paper; raises `SkipItem` without an id or a name."""
    id_ = _id(entry)
    title = _line(entry, "name") or _line(entry, "reference")
    if not title:
        raise SkipItem("A paper has no name.")
    documents = [*_files(entry, "mainFile", "auxiliaryFile")]
    return Paper(
        external_id=id_,
        title=shortened(title, 300),
        url=_web(entry),
        language="de",
        updated_at=moment(entry.get("modified"), zone),
        licence=licence_of(_line(entry, "license")) or known.licence,
        attribution=known.attribution,
        reference=_line(entry, "reference")[:80],
        paper_type=_line(entry, "paperType")[:120],
        day=day_of(entry.get("date")),
        body=shortened(", ".join(_organizations(entry.get("underDirectionOf"), known)), 200),
        documents=tuple({one.url: one for one in documents}.values())[:MOST_DOCUMENTS],
    )


def licence_of(told: str) -> str:
    """The identifier of a licence, or what the server writes."""
    return next((name for address, name in LICENCES.items() if address in told), told)


def consultations(paper: Mapping[str, Any]) -> list[str]:
    """Ids of the consultations of a paper, which agendas name it by."""
    found = [str(one.get("id") or "") for one in _objects(paper.get("consultation"))]
    bare = paper.get("consultation")
    found += [one for one in bare if isinstance(one, str)] if isinstance(bare, list) else []
    return [one for one in found if one]


def unresolved(meeting: Mapping[str, Any], papers: Mapping[str, str]) -> list[str]:
    """Consultations on the agenda whose paper is not known yet."""
    points = _objects(meeting.get("agendaItem"))
    return [one for point in points if isinstance(one := point.get("consultation"), str) and one and one not in papers]


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A time, with or without an offset; a day without a time is none."""
    if not isinstance(value, str) or len(value) < 16:
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day_of(value: Any) -> date | None:
    """A day, also of a time."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _id(entry: Mapping[str, Any]) -> str:
    id_ = clean_line(str(entry.get("id") or ""))
    if not id_:
        raise SkipItem("An entry has no id.")
    return short_id(id_)


def _line(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return clean_line(value) if isinstance(value, str) else ""


def _web(entry: Mapping[str, Any]) -> str:
    """The page for people; the id leads to JSON."""
    return absolute(_line(entry, "web"), "")


def _objects(value: Any) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, dict)]


def _organizations(value: Any, known: Known) -> list[str]:
    found = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            found.append(known.organizations.get(one, ""))
        elif isinstance(one, dict):
            found.append(_line(one, "name") or _line(one, "shortName"))
    return list(dict.fromkeys(name for name in found if name))


def _location(value: Any) -> str:
    for one in _objects(value):
        street = _line(one, "streetAddress")
        town = f"{_line(one, 'postalCode')} {_line(one, 'locality')}".strip()
        # Some write the whole address into the description as well.
        words = _line(one, "description")
        parts = [words, _line(one, "room") if _line(one, "room") not in words else ""]
        parts += [part for part in (street, town) if part and part not in words]
        return shortened(", ".join(part for part in parts if part), 300)
    return ""


def _point(entry: Mapping[str, Any], known: Known) -> AgendaItem | None:
    if entry.get("deleted") is True:
        return None
    open_ = entry.get("public") is not False
    title = _line(entry, "name")
    consultation = entry.get("consultation")
    paper = known.papers.get(consultation, "") if isinstance(consultation, str) else ""
    if isinstance(consultation, dict):
        paper = _line(consultation, "paper") or known.papers.get(_line(consultation, "id"), "")
    if not title and open_:
        return None
    return AgendaItem(
        # What is dealt with behind closed doors is not told, even where a server forgets to leave it out.
        title=shortened(title, 300) if open_ else "",
        number=_line(entry, "number")[:20],
        public=open_,
        result=shortened(_line(entry, "result"), 200) if open_ else "",
        paper=short_id(paper) if paper and open_ else "",
    )


def _files(entry: Mapping[str, Any], *names: str) -> list[Link]:
    links = []
    for name in names:
        for one in _objects(entry.get(name)):
            url = absolute(_line(one, "accessUrl") or _line(one, "downloadUrl"), "")
            title = _line(one, "name") or _line(one, "fileName")
            if url and one.get("deleted") is not True:
                links.append(Link(title=shortened(title, 200) or "PDF", url=url, kind="document"))
    return links
