"""Questions about providers."""

from typing import Final

import msgspec

from app.kit import alike as kit_alike
from app.kit import search as kit
from app.kit.errors import NotFound
from app.kit.slug import is_slug
from app.tenancy import current
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
    name_en: str
    """English; empty where the town gave none."""
    summary_en: str


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


_NAMES: Final = "(name || ' ' || name_en)"
_WORDS: Final = "(search || to_tsvector('german', summary_en))"
_SEARCH: Final = """SELECT id FROM provider WHERE withdrawn_at IS NULL AND EVERY_WORD
ORDER BY search @@ to_tsquery('german', $1) DESC, position, name LIMIT $2"""
_ALIKE: Final = f"""SELECT {_NAMES} AS name FROM provider
WHERE withdrawn_at IS NULL AND {kit_alike.written_like(_NAMES)} LIMIT 20"""  # noqa: S608 - constant


async def search(words: str, limit: int) -> list[ProviderEntry]:
    """Those whose name or summary, German or English, has the words; there are a few hundred at most, so no index."""
    every = kit.Every(words, before=2)
    if not every:
        return []
    text = every.into(_SEARCH, _NAMES, _WORDS)
    asked = [kit.tsquery_text(words, "A"), limit, *every.values]
    ids = [row["id"] for row in await current().fetch(text, asked)]
    rows = {row.id: row for row in await Provider.objects().where(Provider.id.is_in(ids))} if ids else {}
    return [_entry(rows[id_]) for id_ in ids if id_ in rows]


async def alike(word: str, *, wider: bool) -> list[str]:
    """Names that have something written like a word."""
    return [row["name"] for row in await current().fetch(_ALIKE, kit_alike.asked(word, wider=wider))]


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
        row.name_en,
        row.summary_en,
    )
