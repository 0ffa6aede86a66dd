"""Makes towns from templates and folders, ends what was interrupted, and brings in what changed in a folder."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import msgspec

from app.identity import address, invitations
from app.kit.errors import Conflict, InvalidInput, VillageError
from app.platform import planted
from app.tenancy import cells, lifecycle, municipality, municipality_table, signals, tenant, transaction
from app.tenancy import definition as definitions
from app.tenancy.definition_shape import TenantDefinition
from app.tenancy.lease import BeingBuilt, leased
from app.tenancy.municipality import Municipality
from app.tenancy.pool import Connection
from app.tenancy.provisioning import IMPORTING, UNFINISHED, NameTaken, Provisioner, Request
from app.tenancy.registry import SERVED, forget
from app.tenancy.transfer import undo_import

log = logging.getLogger(__name__)


class UnknownAgs(InvalidInput):
    """The register has no municipality of this key."""


async def create(
    slug: str,
    template: str,
    ags: str,
    name: str | None = None,
    owner: str = "",
    after_step: Callable[[str], None] = lambda _: None,
) -> None:
    """Make a town and serve it, or go on with one that was begun alike.

    A folder `tenants/<slug>` wins over the template. `owner` is the e-mail address that is invited to own it.
    `after_step` is told each step's name.
    Raises `InvalidInput` (slug, template, `UnknownAgs`, `DefinitionError`), `NameTaken`, `BeingBuilt`, `CellsFull`.
    """
    if owner:
        owner = address.spelt(owner)
    definition = definitions.compose(slug, template, await known_municipality(ags), name)
    async with Provisioner() as provisioner:
        async with leased(provisioner.control, slug):
            await undo_import(provisioner.control, slug)
        await _build(provisioner, definition, owner, after_step)


async def known_municipality(ags: str) -> Municipality:
    """The register's entry, the imported one before the bundled one; raises `UnknownAgs`."""
    if not municipality.is_ags(ags):
        raise UnknownAgs("An AGS has 8 digits, the first two from 01 to 16, like 12069020; not %(ags)s.", ags=ags[:40])
    found = await municipality_table.by_ags(ags)
    if found is None:
        raise UnknownAgs(
            "The register knows no municipality with the AGS %(ags)s. If it is new, import the current register:"
            " village register import FILE (GV100AD).",
            ags=ags,
        )
    return found


async def _build(
    provisioner: Provisioner, definition: TenantDefinition, owner: str, after_step: Callable[[str], None]
) -> None:
    # Loads every capability: not for a start that has nothing to build.
    from app.platform import planting

    site = site_of(definition)

    async def seed(_: Request) -> None:
        await planting.plant(definition, site)
        if owner:
            await invitations.invite_first_owner(definition.slug, owner)

    request = Request(
        slug=definition.slug,
        name=definition.name,
        ags=definition.ags,
        template=definition.template,
        owner=owner,
        hosts=definition.hosts,
        site=site,
        feeds={feed.name: feed.enabled for feed in definition.feeds},
    )
    await provisioner.build(request, seed, after_step=after_step)
    from app.feeds import regional_pending

    await regional_pending.enqueue(town=definition.slug)


def site_of(definition: TenantDefinition) -> dict[str, Any]:
    """What a page needs to know of a town before any of its tables is read."""
    theme = {"colour": definition.theme.colour, "colour_dark": definition.theme.colour_dark}
    arms = definition.theme.arms
    return {
        "theme": {key: value for key, value in theme.items() if value},
        "zone": definition.zone,
        "district": definition.district,
        "state": definition.state,
        "tagline": definition.tagline,
        "arms": f"/town/{arms.rpartition('/')[2]}" if arms else "",
        "capabilities": definition.capabilities,
    }


async def resume_unfinished() -> list[str]:
    """Finish towns whose building was interrupted, and end interrupted deletions, imports and moves.

    Returns the towns concerned. One that can't be finished keeps its reason in the registry (`problem`).
    """
    done = await lifecycle.settle()
    async with Provisioner() as provisioner:
        rows = await provisioner.control.fetch(
            "SELECT slug, name, ags, template, owner_email FROM tenant WHERE state = ANY($1) AND step <> $2"
            " ORDER BY id",
            list(UNFINISHED),
            IMPORTING,
        )
        for row in rows:
            try:
                place = await known_municipality(row["ags"])
                definition = definitions.compose(row["slug"], row["template"], place, row["name"])
                await _build(provisioner, definition, row["owner_email"], lambda _: None)
                done.append(row["slug"])
            except (BeingBuilt, NameTaken):
                continue
            except VillageError as refusal:
                log.warning("%s can't be finished: %s", row["slug"], refusal)
                await provisioner.control.execute(
                    "UPDATE tenant SET problem = $2 WHERE slug = $1", row["slug"], str(refusal)[:500]
                )
            except (asyncpg.PostgresError, OSError) as error:
                if provisioner.control.is_closed():
                    raise
                log.warning("%s can't be finished now: %s", row["slug"], error)
    return done


async def refresh(slug: str) -> bool:
    """Bring in what changed in a town's folder since it was read last; False if nothing did.

    What wins: what editors changed in the village stays as they left it, row by row (provider, category, page, feed)
    and, for the site, value by value (name, theme, zone, tagline, capabilities); all else follows the folder. What an
    editor deleted stays deleted; what the folder drops goes unless an editor changed it (a provider is withdrawn, a
    feed switched off). Hosts are added, never taken away. Raises `DefinitionError`, `BeingBuilt`, `UnknownTenant`.
    """
    definition = definitions.definition(slug)
    if definition is None:
        return False
    async with tenant(slug):
        before = await planted.kept()
    if before.fingerprint == planted.fingerprint(definition):
        return False
    from app.platform import planting

    control = await cells.admin(cells.MAIN)
    try:
        await control.execute("SET search_path TO shared")
        async with leased(control, slug):
            row = await control.fetchrow(
                "SELECT name, ags, template, site::text AS site, state, step FROM tenant WHERE slug = $1", slug
            )
            if row is None or row["state"] not in (*SERVED, "suspended") or row["step"].startswith(("move", "delete")):
                return False
            if (row["ags"], row["template"]) != (definition.ags, definition.template):
                raise Conflict(
                    "tenants/%(slug)s says AGS %(ags)s and template %(template)s, but the village was made with"
                    " others. Correct the folder, or delete the village and make it again.",
                    slug=slug,
                    ags=definition.ags,
                    template=definition.template,
                )
            await _refresh_registry(control, definition, before, dict(row))
            # Last: if this is interrupted, the next start finds the old fingerprint and does all of it again.
            async with tenant(slug), transaction():
                await planting.replant(definition, site_of(definition), before)
            async with tenant(slug):
                await _refresh_due(control, slug, await planting.due_feeds())
    finally:
        await control.close()
    forget(slug)
    await signals.changed(slug, "hosts")
    return True


async def _refresh_registry(
    control: Connection, definition: TenantDefinition, before: planted.Kept, row: Mapping[str, Any]
) -> None:
    site, fresh = msgspec.json.decode(row["site"]), site_of(definition)
    for key, value in fresh.items():
        if site.get(key) == before.site.get(key):
            site[key] = value
    name = definition.name if row["name"] == before.name else row["name"]
    async with control.transaction():
        await control.execute(
            "UPDATE tenant SET name = $2, site = $3, changed_at = now() WHERE slug = $1",
            definition.slug,
            name,
            msgspec.json.encode(site).decode(),
        )
        for host in definition.hosts:
            owner = await control.fetchval(
                "INSERT INTO host (name, tenant) VALUES ($1, $2)"
                " ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING tenant",
                host,
                definition.slug,
            )
            if owner != definition.slug:
                raise NameTaken("The host %(host)s belongs to another village.", host=host)


async def _refresh_due(control: Connection, slug: str, feeds: list[str]) -> None:
    async with control.transaction():
        await control.execute("DELETE FROM feed_due WHERE tenant = $1 AND NOT feed = ANY($2)", slug, feeds)
        await control.execute(
            "INSERT INTO feed_due (tenant, feed, due_at) SELECT $1, unnest($2::text[]), now() ON CONFLICT DO NOTHING",
            slug,
            feeds,
        )
