"""What is done to providers and categories."""

from typing import Any, Final

import msgspec
from piccolo.columns import Column
from piccolo.table import Table

from app.kit import clock, richtext
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.kit.slug import is_slug, slug
from app.tenancy import current
from app.tenancy.definition_shape import TenantDefinition
from app.tenancy.village import Category, Provider, touched

STEP = 10
"""Between two positions, so that another fits in."""


async def seed(definition: TenantDefinition) -> None:
    """Enter who publishes in a new town and what things are sorted by; what is there already stays as it is."""
    scope = current()
    await scope.executemany(
        "INSERT INTO provider (slug, name, name_en, kind, summary, summary_en, url, email, phone, address, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (slug) DO NOTHING",
        [
            (
                one.name,
                richtext.clean_line(one.title),
                richtext.clean_line(one.title_en),
                one.kind,
                richtext.clean_line(one.description),
                richtext.clean_line(one.description_en),
                one.url,
                one.email,
                one.phone,
                msgspec.json.encode(
                    {
                        key: value
                        for key in ("street", "postcode", "place", "lat", "lon")
                        if (value := getattr(one, key)) not in ("", None)
                    }
                ).decode(),
                number * STEP,
            )
            for number, one in enumerate(definition.providers, 1)
        ],
    )
    await scope.executemany(
        "INSERT INTO category (capability, slug, name, name_en, position) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (capability, slug) DO NOTHING",
        [
            (capability, one.name, richtext.clean_line(one.title), richtext.clean_line(one.title_en), number * STEP)
            for number, one in enumerate(definition.categories, 1)
            for capability in one.capabilities
        ],
    )
    touched()


_NO_NAME: Final = _("Please enter a name.")
_BAD_SLUG: Final = _("A short name has lower-case letters, digits and hyphens.")
_BAD_ADDRESS: Final = _("Please give a whole address that begins with https://.")


async def create_provider(values: dict[str, Any]) -> int:
    """Enter a provider; the short name is made from the name when none is given. Raises `InvalidInput`."""
    row = Provider(**_checked({"slug": slug(str(values.get("name", "")))} | values), created_at=clock.now())
    await row.save()
    touched()
    return int(row.id)


async def change_provider(id_: int, values: dict[str, Any]) -> None:
    """Change what is said about a provider. Raises `InvalidInput`, `NotFound`."""
    await _update(Provider, id_, _checked(values))


async def remove_provider(id_: int) -> None:
    """Take a provider off the pages; what it published stays. Raises `NotFound`."""
    await _update(Provider, id_, {"withdrawn_at": clock.now()})


async def create_category(values: dict[str, Any]) -> int:
    """Make a category. Raises `InvalidInput`."""
    row = Category(**_checked({"slug": slug(str(values.get("name", "")))} | values))
    await row.save()
    touched()
    return int(row.id)


async def change_category(id_: int, values: dict[str, Any]) -> None:
    """Change a category. Raises `InvalidInput`, `NotFound`."""
    await _update(Category, id_, _checked(values))


async def remove_category(id_: int) -> None:
    """Delete a category; its entries stay and have none. Raises `NotFound`."""
    if not await Category.delete().where(Category.id == id_).returning(Category.id):
        raise NotFound("There is no such entry.")
    touched()


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """Clean texts; raises `InvalidInput` with the fields."""
    fields: dict[str, str] = {}
    clean = {name: richtext.clean_line(value) if isinstance(value, str) else value for name, value in values.items()}
    if "body_html" in values:
        clean["body_html"] = richtext.sanitise(values["body_html"])
    if clean.get("name") == "":
        fields["name"] = _NO_NAME.message
    if "slug" in clean and not is_slug(clean["slug"]):
        fields["slug"] = _BAD_SLUG.message
    if clean.get("url") and not richtext.absolute(clean["url"], ""):
        fields["url"] = _BAD_ADDRESS.message
    if fields:
        raise InvalidInput("Please check what you entered.", fields)
    return clean


async def _update(table: type[Table], id_: int, values: dict[str, Any]) -> None:
    key = table._meta.primary_key
    columns: dict[Column | str, Any] = dict(values.items())
    if not await table.update(columns, force=True).where(key == id_).returning(key):
        raise NotFound("There is no such entry.")
    touched()
