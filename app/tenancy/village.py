"""What every village has in its schema, whatever it offers: settings, who publishes, what things are sorted by."""

from typing import Any

import msgspec
from piccolo.columns import JSONB, BigSerial, Integer, Text, Timestamptz
from piccolo.columns.readable import Readable
from piccolo.table import Table

from app.tenancy import signals
from app.tenancy.engine import TENANT_DB
from app.tenancy.scope import current


class Setting(Table, db=TENANT_DB, tablename="setting"):
    """A value that the town chose, by key."""

    key = Text(primary_key=True)
    value = JSONB()
    changed_at = Timestamptz()


class Provider(Table, db=TENANT_DB, tablename="provider"):
    """Who publishes: the town hall, a club, a shop (Anbieter)."""

    id = BigSerial(primary_key=True)
    slug = Text(unique=True)
    name = Text()
    name_en = Text()
    kind = Text()
    summary = Text()
    summary_en = Text()
    body_html = Text()
    url = Text()
    email = Text()
    phone = Text()
    address = JSONB(default="{}")
    position = Integer(default=100)
    created_at = Timestamptz()
    withdrawn_at = Timestamptz(null=True, default=None)

    @classmethod
    def get_readable(cls) -> Readable:
        """What stands for a row in a selection."""
        return Readable(template="%s", columns=[cls.name])


class Category(Table, db=TENANT_DB, tablename="category"):
    """What a capability's entries are sorted by (Rubrik)."""

    id = BigSerial(primary_key=True)
    capability = Text()
    slug = Text()
    name = Text()
    name_en = Text()
    position = Integer(default=100)

    @classmethod
    def get_readable(cls) -> Readable:
        """What stands for a row in a selection."""
        return Readable(template="%s", columns=[cls.name])


def touched() -> None:
    """Say that the current town's public content changes: its kept answers go once this is committed."""
    scope = current()

    async def tell() -> None:
        await signals.changed(scope.slug)

    scope.after_commit(tell)


async def setting(key: str, default: Any = None) -> Any:
    """A setting of the current town."""
    found = await current().fetchval("SELECT value::text FROM setting WHERE key = $1", [key])
    return default if found is None else msgspec.json.decode(found)


async def set_setting(key: str, value: Any) -> None:
    """Keep a setting of the current town."""
    await current().fetch(
        "INSERT INTO setting (key, value) VALUES ($1, $2)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now()",
        [key, msgspec.json.encode(value).decode()],
    )
    touched()
