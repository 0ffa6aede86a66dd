"""Who did what, kept for good: the runtime login may add and read, never change or remove (see `tenancy.bootstrap`).

An entry names accounts by their subject and things by their id. When an account is erased, nobody can tell any more
whose subject it was: the record stays and names no one.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from app.identity.person import current_person
from app.kit import clock
from app.tenancy import after_commit, control, current
from app.tenancy.errors import NoTenant
from app.tenancy.scope import Scope

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
LONGEST_TEXT = 200


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done."""

    id: int
    at: datetime
    tenant: str
    actor: str
    """Subject of the account; empty for the platform itself."""
    actor_name: str
    """Name of the account as it is now; empty when it is gone or the platform acted."""
    action: str
    target: str
    detail: dict[str, Any]


async def record(
    action: str,
    *,
    tenant: str | None = None,
    actor: str | None = None,
    target: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write down what was done, e.g. `record("news.published", target="article:12", detail={"fields": ["title"]})`.

    Without `tenant` it is the current village's (none: the platform's), without `actor` the signed-in person's.
    In a control transaction it belongs to that; in a village's transaction it is written after its commit: what was
    rolled back was not done. `detail` holds names of fields and ids, never their values, names or addresses.
    """
    scope = _scope()
    if tenant is None:
        tenant = scope.slug if scope else ""
    if actor is None:
        person = current_person()
        actor = person.sub if person else ""
    at = clock.now()
    told = msgspec.json.encode(_scrubbed(detail or {})).decode()

    async def write() -> None:
        async with control() as connection:
            await connection.execute(
                "INSERT INTO audit (at, tenant, actor, action, target, detail) VALUES ($1, $2, $3, $4, $5, $6)",
                at,
                tenant,
                actor,
                action,
                _scrubbed(target),
                told,
            )

    async with control() as connection:
        together = connection.is_in_transaction()
    if scope is not None and scope.in_transaction and not together:
        after_commit(write)
    else:
        await write()


async def entries(tenant: str, *, limit: int = 50, before: int = 0, target: str = "") -> list[Entry]:
    """What was done in a village (empty: on the platform), newest first; `before` is the id of the last one seen."""
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT e.id, e.at, e.tenant, e.actor, coalesce(a.name, '') AS actor_name, e.action, e.target,
                      e.detail::text AS detail
               FROM audit e LEFT JOIN account a ON a.sub = e.actor AND e.actor <> ''
               WHERE e.tenant = $1 AND ($2 = 0 OR e.id < $2) AND ($3 = '' OR e.target = $3)
               ORDER BY e.id DESC LIMIT $4""",
            tenant,
            before,
            target,
            min(max(limit, 1), 200),
        )
    return [msgspec.convert({**row, "detail": msgspec.json.decode(row["detail"])}, Entry) for row in rows]


def _scope() -> Scope | None:
    try:
        return current()
    except NoTenant:
        return None


def _scrubbed(value: Any) -> Any:
    """Texts cut short and without e-mail addresses."""
    if isinstance(value, str):
        return _ADDRESS.sub("…", value)[:LONGEST_TEXT]
    if isinstance(value, Mapping):
        return {str(key)[:60]: _scrubbed(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else _scrubbed(str(value))
