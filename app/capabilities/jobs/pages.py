"""Vacancies for people: list and detail."""

from typing import Annotated, Any

from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from app.capabilities.jobs import queries, wording
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.slug import number_of
from app.web import words
from app.web.access import PUBLIC
from app.web.cards import Crumb, Line
from app.web.respond import page
from app.web.site import current_site, path_with

Words = Annotated[str, QueryParameter(max_length=200, description="Part of title, employer or place.")]
PageMarker = Annotated[str, QueryParameter(max_length=200, description="`next` of the part before.")]


class JobPages(Controller):
    """The list and each vacancy."""

    path = "/jobs"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(self, cursor: PageMarker = "", q: Words = "") -> Response[str]:
        """What is open today, newest first."""
        part = await queries.listed(q, cursor)
        zone = current_site().zone
        lines = [
            Line(
                title=one.title,
                href=one.path,
                when=", ".join(text for text in (one.employer, one.place) if text),
                where=wording.employment(one),
                source=wording.until(one),
                age=words.age(one.published_at, zone=zone),
            )
            for one in part.items
        ]
        following = path_with(cursor=part.next) if part.next else ""
        return page("jobs/list.html", lines=lines, vacancies=part.items, words=q, meant=part.meant, next_href=following)

    @get("/{name:str}", access=PUBLIC)
    async def one(self, name: FromPath[str]) -> Response[Any]:
        """A vacancy; an address with another title leads to the right one."""
        number = number_of(name)
        if number is None:
            raise NotFound(queries.GONE)
        found = await queries.by_id(number)
        if f"/jobs/{name}" != found.path:
            return Redirect(found.path, status_code=301)
        return page("jobs/job.html", job=found, facts=wording.facts(found), crumbs=[Crumb(_("Jobs"), "/jobs")])
