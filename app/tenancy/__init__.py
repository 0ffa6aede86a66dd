"""Towns kept apart: scope, engine, registry, cells, provisioning, migrations, jobs."""

import contextlib
from collections.abc import AsyncIterator

from app.tenancy.cells import runtime_pool
from app.tenancy.engine import SHARED_DB, TENANT_DB, control, control_transaction
from app.tenancy.registry import place_of
from app.tenancy.scope import Scope, after_commit, beside, current, current_slug, entered, transaction

__all__ = [
    "SHARED_DB",
    "TENANT_DB",
    "Scope",
    "after_commit",
    "beside",
    "control",
    "control_transaction",
    "current",
    "current_slug",
    "tenant",
    "transaction",
]


@contextlib.asynccontextmanager
async def tenant(slug: str) -> AsyncIterator[Scope]:
    """Work on a town's data inside the block; raises `UnknownTenant`, or `WrongTenant` in another's transaction."""
    place = await place_of(slug)
    async with entered(place.slug, place.key, await runtime_pool(place.cell)) as scope:
        yield scope
