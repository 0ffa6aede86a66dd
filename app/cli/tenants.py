"""`village tenants …`."""

import argparse

from app.cli.output import as_json, line, size, table
from app.cli.running import Refused
from app.cli.serving import address_of, wait_until_served
from app.tenancy import lifecycle, transfer, transfer_move


async def listing(asked: argparse.Namespace) -> int:
    """All towns."""
    towns = await lifecycle.listing()
    if asked.json:
        as_json({"tenants": towns})
    elif towns:
        rows = [(town.slug, town.name, town.state, town.template, town.cell, town.host) for town in towns]
        table(rows, ("SLUG", "NAME", "STATE", "TEMPLATE", "CELL", "HOST"))
    else:
        line("There is no town yet. Make one: village tenants create SLUG --template NAME --ags AGS")
    return 0


async def show(asked: argparse.Namespace) -> int:
    """One town."""
    town = await lifecycle.show(asked.slug)
    if asked.json:
        as_json(town)
        return 0
    rows = [
        ("name", town.name),
        ("state", f"{town.state} {town.step}".strip()),
        ("address", address_of(town.host) if town.host else "none yet"),
        ("hosts", ", ".join(town.hosts)),
        ("AGS", town.ags),
        ("template", town.template),
        ("cell", town.cell),
        ("version", town.schema_version),
        ("owner", town.owner),
        ("made", f"{town.created_at:%Y-%m-%d %H:%M} UTC"),
        ("size", size(town.size_bytes)),
        ("rows", ", ".join(f"{name} {count}" for name, count in town.counts.items() if count)),
        ("problem", town.problem),
    ]
    for title, text in rows:
        if text:
            line(f"{title:<9} {text}")
    return 0


async def create(asked: argparse.Namespace) -> int:
    """Make a town, and wait until it is served."""
    from app.platform import towns

    await towns.create(asked.slug, asked.template, asked.ags, asked.name, asked.owner)
    return await _greet(asked.slug)


async def refresh(asked: argparse.Namespace) -> int:
    """Take over what changed in its folder; what its editors changed stays."""
    from app.platform import towns
    from app.tenancy import definition

    await lifecycle.show(asked.slug)
    if definition.definition(asked.slug) is None:
        raise Refused(f"{asked.slug} has no folder tenants/{asked.slug}/; see tenants/README.md.")
    changed = await towns.refresh(asked.slug)
    line(f"{asked.slug} follows its changed folder." if changed else f"{asked.slug} is as its folder says.")
    return 0


async def suspend(asked: argparse.Namespace) -> int:
    """Stop serving a town."""
    changed = await lifecycle.suspend(asked.slug)
    line(f"{asked.slug} is {'suspended' if changed else 'suspended already'}.")
    return 0


async def resume(asked: argparse.Namespace) -> int:
    """Serve it again."""
    if not await lifecycle.resume(asked.slug):
        line(f"{asked.slug} is served already.")
        return 0
    # What its regions brought meanwhile.
    from app.feeds import regional_pending

    await regional_pending.enqueue(town=asked.slug)
    return await _greet(asked.slug)


async def delete(asked: argparse.Namespace) -> int:
    """Delete a town."""
    await lifecycle.delete(asked.slug)
    line(f"{asked.slug} is deleted.")
    return 0


async def export(asked: argparse.Namespace) -> int:
    """Write a town into one file."""
    manifest = await transfer.export(asked.slug, asked.file.absolute())
    rows = sum(rows.rows for rows in manifest.tables.values())
    line(
        f"{asked.slug} is in {asked.file}: {rows} rows of {len(manifest.tables)} tables, {len(manifest.media)} media"
        f" files, {size(asked.file.stat().st_size)}."
    )
    return 0


async def import_(asked: argparse.Namespace) -> int:
    """Restore a town from a file."""
    slug = await transfer.import_(asked.file, asked.slug)
    if (await lifecycle.show(slug)).state == "suspended":
        line(f"{slug} is restored; it is suspended, as it was.")
        return 0
    return await _greet(slug)


async def move(asked: argparse.Namespace) -> int:
    """Take a town to another cell."""
    moved = await transfer_move.move(asked.slug, asked.cell)
    line(f"{asked.slug} is in the cell {asked.cell}{'' if moved else ' already'}.")
    return 0


async def _greet(slug: str) -> int:
    """Where it is, once it answers; 1 if a web process runs and does not serve it."""
    town = await lifecycle.show(slug)
    address = address_of(town.host)
    served = await wait_until_served(town.host)
    if served is None:
        line(f"{town.name} is there. `village up` will serve it at {address}")
    else:
        line(f"{town.name} is there: {address}")
    return 0
