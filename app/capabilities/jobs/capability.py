"""Vacancies declare themselves."""

import msgspec

from app.capabilities.jobs import actions, queries, wording
from app.capabilities.jobs.api import JobApi
from app.capabilities.jobs.pages import JobPages
from app.capabilities.jobs.tables import Job
from app.feeds import items
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.richtext import shortened
from app.web.cards import Hit, Line


class JobOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[capabilities.jobs]` of a town or a template; there is nothing to choose yet."""


async def search(words: str, limit: int) -> list[Hit]:
    """Open vacancies by title, employer and place."""
    part = await queries.latest(words, limit=limit)
    return [
        Hit(
            title=one.title,
            href=one.path,
            kind=_("Vacancy"),
            text=shortened(one.summary, 160),
            when=", ".join(text for text in (one.employer, wording.until(one)) if text),
        )
        for one in part.items
    ]


async def more() -> list[Line]:
    """The way to the list."""
    return [Line(title=_("Vacancies in town"), href="/jobs", icon="book")]


jobs = Capability(
    name="jobs",
    title=lazy("Jobs"),
    tables=(Job,),
    pages=(JobPages, JobApi),
    accepts={items.Job: actions.store_from_feed},
    withdraws={items.Job: actions.withdraw_from_feed},
    search=search,
    search_page="/jobs",
    more=more,
    options=JobOptions,
)
