"""Services and offices as JSON."""

from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.townhall import queries
from app.capabilities.townhall.entries import Office, OfficeList, Service, ServiceList
from app.capabilities.townhall.queries import AT_ONCE, Wanted
from app.kit import paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.respond import as_json

Words = Annotated[str, QueryParameter(max_length=200, description="Search, in everyday words too.")]
Situation = Annotated[
    str, QueryParameter(pattern=r"^([a-z]{2,20})?$", description="Key of a situation of life, e.g. `home`.")
]
Letter = Annotated[str, QueryParameter(max_length=1, description="First letter, without its umlaut.")]
Local = Annotated[bool, QueryParameter(description="The town's own only.")]
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Items of this part.")]
PageMarker = Annotated[str, QueryParameter(max_length=400, description="`next` of the part before.")]

_BAD_ID: Final = _("This is no number of an entry.")


class ServicesApi(Controller):
    """What administrations do for people here."""

    path = "/api/v1/services"
    tags = ("townhall",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(ServiceList, description="By name", generate_examples=False)},
    )
    async def index(
        self,
        limit: Limit = AT_ONCE,
        cursor: PageMarker = "",
        q: Words = "",
        situation: Situation = "",
        letter: Letter = "",
        *,
        local: Local = False,
    ) -> Response[bytes]:
        """Services by name; with `q` the best matches first.

        What finds nothing is looked up as a typing error; `meant` says what was looked for instead.
        """
        wanted = Wanted(words=" ".join(q.split()), situation=situation, letter=letter.lower(), local=local)
        return as_json(await queries.services(wanted, cursor, limit))

    @get(
        "/{service_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Service, description="The service with its offices", generate_examples=False)},
    )
    async def one(self, service_id: FromPath[str]) -> Response[bytes]:
        """One service by its number."""
        return as_json(await queries.service(number(service_id, "service_id")))


class OfficesApi(Controller):
    """Where people go."""

    path = "/api/v1/offices"
    tags = ("townhall",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(OfficeList, description="By name", generate_examples=False)},
    )
    async def index(self, limit: Limit = AT_ONCE, cursor: PageMarker = "", q: Words = "") -> Response[bytes]:
        """Offices by name.

        What finds nothing is looked up as a typing error; `meant` says what was looked for instead.
        """
        return as_json(await queries.offices(" ".join(q.split()), cursor, limit))

    @get(
        "/{office_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Office, description="The office", generate_examples=False)},
    )
    async def one(self, office_id: FromPath[str]) -> Response[bytes]:
        """One office by its number."""
        return as_json(await queries.office(number(office_id, "office_id")))


def number(text: str, parameter: str) -> int:
    """The number of an entry; raises `InvalidInput`."""
    found = number_of(text) if text.isdigit() else None
    if found is None:
        raise InvalidInput(_BAD_ID.message, {parameter: _BAD_ID.message})
    return found
