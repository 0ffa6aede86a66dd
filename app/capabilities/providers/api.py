"""Who publishes, as JSON."""

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from app.capabilities.providers import queries
from app.capabilities.providers.queries import ProviderEntry, ProviderList
from app.web.access import PUBLIC
from app.web.respond import as_json


class ProvidersApi(Controller):
    """Those who publish in this village."""

    path = "/api/v1/providers"
    tags = ("providers",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(ProviderList, description="All providers", generate_examples=False)},
    )
    async def index(self) -> Response[bytes]:
        """All providers in the town's order."""
        return as_json(ProviderList(await queries.all_providers()))

    @get(
        "/{slug:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(ProviderEntry, description="The provider", generate_examples=False)},
    )
    async def one(self, slug: FromPath[str]) -> Response[bytes]:
        """One provider by its short name."""
        return as_json(await queries.provider(slug))
