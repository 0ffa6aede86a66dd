"""What is done to providers and categories."""

import msgspec

from app.kit import richtext
from app.tenancy import current
from app.tenancy.definition_shape import TenantDefinition
from app.tenancy.village import touched

STEP = 10
"""Between two positions, so that another fits in."""


async def seed(definition: TenantDefinition) -> None:
    """Enter who publishes in a new town and what things are sorted by; what is there already stays as it is."""
    scope = current()
    await scope.executemany(
        "INSERT INTO provider (slug, name, kind, summary, url, email, phone, address, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (slug) DO NOTHING",
        [
            (
                one.name,
                richtext.clean_line(one.title),
                one.kind,
                richtext.clean_line(one.description),
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
        "INSERT INTO category (capability, slug, name, position) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (capability, slug) DO NOTHING",
        [
            (capability, one.name, richtext.clean_line(one.title), number * STEP)
            for number, one in enumerate(definition.categories, 1)
            for capability in one.capabilities
        ],
    )
    touched()
