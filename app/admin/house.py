"""Tables that belong to no capability: pictures and sources."""

from typing import Any, Final

import msgspec
from piccolo.columns import Column

from app.admin.table import AdminTable
from app.feeds.tables import Feed
from app.kit import clock, richtext
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.media import keeping
from app.media.tables import Media
from app.tenancy import control, current_slug
from app.tenancy.village import touched


async def describe(id_: int, values: dict[str, Any]) -> None:
    """Change what is said about a picture."""
    kept = await keeping.by_id(id_)
    await keeping.describe(id_, alt=values.get("alt", kept.alt), credit=values.get("credit", kept.credit))


async def add_source(values: dict[str, Any]) -> int:
    """A new source, due in a while."""
    # Here and below: the connectors are 5 MB that a web process does without until somebody writes a source.
    from app.feeds.admin import NewFeed, add

    _check(values)
    columns = {name: value for name, value in values.items() if name not in ("provider_id", "category_id")}
    every = columns.pop("every_seconds", None) or 0
    await add(current_slug(), NewFeed(**columns, every_seconds=every))
    rows = await Feed.select(Feed.id).where(Feed.name == values["name"])
    links: dict[Column | str, Any] = {
        name: values[name] for name in ("provider_id", "category_id") if values.get(name) is not None
    }
    if links:
        await Feed.update(links, force=True).where(Feed.id == rows[0]["id"])
    return int(rows[0]["id"])


async def change_source(id_: int, values: dict[str, Any]) -> None:
    """Change a source; another address is asked from the beginning."""
    from app.feeds.connector import InvalidConfig
    from app.feeds.registry import connector

    row = await Feed.objects().get(Feed.id == id_)
    if row is None:
        raise NotFound("There is no such source.")
    if {"name", "connector"} & set(values):
        raise InvalidInput(_STAYS, dict.fromkeys(({"name", "connector"} & set(values)), _STAYS))
    _check(values)
    if row.region:
        await _change_regional(row, values)
        return
    code = connector(row.connector)
    if "url" in values:
        try:
            code.configured({"url": values["url"]} | _options(row))
        except InvalidConfig as error:
            raise InvalidInput("The feed's settings don't fit: %(problem)s", problem=str(error)) from error
        values |= {"etag": "", "last_modified": "", "body_hash": ""}
    if "every_seconds" in values:
        values["every_seconds"] = max(values["every_seconds"] or 0, code.manifest.every_seconds)
    columns: dict[Column | str, Any] = dict(values.items())
    await Feed.update(columns, force=True).where(Feed.id == id_)
    if values.get("enabled"):
        async with control() as connection:
            await connection.execute(
                "INSERT INTO feed_due (tenant, feed, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                current_slug(),
                row.name,
                clock.now(),
            )
    touched()


async def _change_regional(row: Feed, values: dict[str, Any]) -> None:
    """A region's feed: the town says whether it wants it and under which name it stands in the list."""
    from app.feeds import regional_pending

    changed = {name: value for name, value in values.items() if value != getattr(row, name)}
    if refused := changed.keys() - {"enabled", "title", "note", "provider_id", "category_id"}:
        raise InvalidInput(_OF_REGION, dict.fromkeys(refused, _OF_REGION))
    if changed:
        columns: dict[Column | str, Any] = dict(changed.items())
        await Feed.update(columns, force=True).where(Feed.id == row.id)
        if "enabled" in changed:
            await regional_pending.switched(current_slug(), row.name)
        touched()


def _check(values: dict[str, Any]) -> None:
    if "url" in values and not richtext.absolute(values["url"], ""):
        raise InvalidInput(_BAD_ADDRESS.message, {"url": _BAD_ADDRESS.message})


def _options(row: Feed) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(row.options)
    return found


_BAD_ADDRESS: Final = _("Please give a whole address that begins with https://.")
_OF_REGION: Final = "The region sets this for all its villages."
_STAYS: Final = "Name and kind of a source stay. Enter a new one instead."

MEDIA_ADMIN: Final = AdminTable(
    table=Media,
    title=_("Pictures"),
    noun="media",
    target="media",
    read="media.write",
    write="media.write",
    labels={
        "alt": _("What can be seen?"),
        "credit": _("Who took the picture?"),
        "name": _("File"),
        "width": _("Width"),
        "height": _("Height"),
        "bytes": _("Bytes"),
        "provider_id": _("Provider"),
        "created_at": _("Added"),
    },
    listed=("alt", "credit", "name", "provider_id", "created_at"),
    editable=("alt", "credit"),
    provider="provider_id",
    search="alt",
    change=describe,
    remove=keeping.remove,
)

FEED_ADMIN: Final = AdminTable(
    table=Feed,
    title=_("Sources"),
    noun="feeds",
    target="feed",
    read="feeds.read",
    write="feeds.write",
    labels={
        "title": _("Title"),
        "name": _("Short name"),
        "connector": _("Kind"),
        "url": _("Address"),
        "enabled": _("Switched on"),
        "every_seconds": _("Asked every … seconds"),
        "provider_id": _("Provider"),
        "category_id": _("Category"),
        "licence": _("Licence"),
        "attribution": _("Who must be named"),
        "note": _("Note"),
        "status": _("State"),
        "problem": _("Problem"),
        "succeeded_at": _("Last fetched"),
        "next_at": _("Next time"),
    },
    listed=("title", "connector", "enabled", "status", "succeeded_at"),
    editable=(
        "title", "name", "connector", "url", "enabled", "every_seconds", "provider_id", "category_id", "licence",
        "attribution", "note",
    ),
    choices={"connector": ("rss", "ics")},
    search="title",
    create=add_source,
    change=change_source,
)  # fmt: skip

HOUSE_TABLES: Final = (MEDIA_ADMIN, FEED_ADMIN)
