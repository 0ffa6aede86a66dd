"""schema.org/JobPosting as a vacancy."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.feeds.connector import SkipItem
from app.feeds.connectors.jsonld.node import Node
from app.feeds.items import Job
from app.kit.richtext import clean_line


def is_job(node: Node) -> bool:
    """Whether it is a vacancy."""
    return "JobPosting" in node.types


def job_of(node: Node, common: dict[str, Any], zone: ZoneInfo, *, shared: bool) -> Job:
    """The vacancy; raises `SkipItem`."""
    title = node.line("title") or node.line("name")
    if not title:
        raise SkipItem("An entry has no title.")
    published, day_only = node.moment("datePosted", zone)
    there = node.node("jobLocation")
    kinds = [clean_line(one) for one in node.every("employmentType") if isinstance(one, str)]
    return Job(
        **common,
        external_id=node.id_with(f"{node.text('datePosted')} {title}", shared=shared),
        title=title,
        published_at=published,
        published_day_only=day_only,
        employer=node.line("hiringOrganization", 200),
        place=_place(there) if there else node.line("jobLocation", 200),
        geo=there.geo() if there else None,
        employment=", ".join(dict.fromkeys(kind for kind in kinds if kind)),
        apply_until=_last_day(node.when("validThrough", zone), zone),
    )


def _place(there: Node) -> str:
    parts, line = there.address()
    return parts.town or line or there.line("name", 200)


def _last_day(until: datetime | date | None, zone: ZoneInfo) -> date | None:
    """The last day to apply: what ends at midnight ended the day before."""
    if not isinstance(until, datetime):
        return until
    local = until.astimezone(zone)
    return local.date() - timedelta(days=1) if local.time() == time() else local.date()
