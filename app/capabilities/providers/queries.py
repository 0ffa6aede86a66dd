"""Questions about providers."""

import msgspec

from app.kit.errors import NotFound
from app.kit.slug import is_slug
from app.tenancy.village import Provider
from app.web.site import current_site


class Address(msgspec.Struct, frozen=True):
    """Where a provider is; what is unknown is empty."""

    street: str = ""
    """With the house number."""
    postcode: str = ""
    place: str = ""
    lat: float | None = None
    """WGS 84."""
    lon: float | None = None


class ProviderEntry(msgspec.Struct, frozen=True):
    """A provider, as pages and API show it."""

    slug: str
    name: str
    kind: str
    """authority, association, business, church, club, culture, education, media or rescue."""
    summary: str
    body_html: str
    """Sanitised."""
    website: str
    email: str
    phone: str
    address: Address
    url: str
    """Absolute address of the page."""


class ProviderList(msgspec.Struct, frozen=True):
    """All providers; `next` is always null."""

    items: list[ProviderEntry]
    next: str | None = None


async def all_providers() -> list[ProviderEntry]:
    """Everyone who publishes here, in the town's order, then by name."""
    rows = await Provider.objects().where(Provider.withdrawn_at.is_null()).order_by(Provider.position, Provider.name)
    return [_entry(row) for row in rows]


async def provider(slug: str) -> ProviderEntry:
    """A provider; raises `NotFound`."""
    row: Provider | None = None
    if is_slug(slug):
        row = await Provider.objects().get((Provider.slug == slug) & Provider.withdrawn_at.is_null())
    if row is None:
        raise NotFound("Nobody of this name publishes here.")
    return _entry(row)


def _entry(row: Provider) -> ProviderEntry:
    return ProviderEntry(
        row.slug,
        row.name,
        row.kind,
        row.summary,
        row.body_html,
        row.url,
        row.email,
        row.phone,
        msgspec.json.decode(row.address, type=Address),
        f"{current_site().origin}/providers/{row.slug}",
    )
