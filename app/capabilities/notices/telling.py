"""Tells subscribers what is new: a warning, one that became worse, an all-clear; each once, whatever its source."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.kit.i18n import gettext_ as _
from app.kit.i18n import reading_in
from app.kit.slug import numbered
from app.notify.announce import Message, announce
from app.tenancy import current

RANKS: Final = {"moderate": 1, "severe": 2, "extreme": 3}
"""Severities that are told, by how far they reach."""
WAKING: Final = frozenset({"severe", "extreme"})
"""Severities that are told at once, also in the night."""
LANGUAGE: Final = "de"
_LONGEST_KEY: Final = 120

# What was told under another row of the same warning counts: of its copies, and of what it replaces.
_NEW: Final = """
SELECT n.id, n.title, n.instruction, n.description, n.severity, n.message, n.told, n.gone_at, n.provider_id,
    CASE WHEN n.feed_item_id IS NULL THEN 'own:' || n.id ELSE n.keys[1] END AS key,
    coalesce(to_char(n.sent_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS'), '') AS sent,
    ARRAY (SELECT o.told FROM notice o WHERE o.superseded_by = n.id OR o.duplicate_of = n.id
        OR o.superseded_by IN (SELECT d.id FROM notice d WHERE d.duplicate_of = n.id)) AS before,
    EXISTS (SELECT FROM notice o WHERE o.duplicate_of = n.id AND o.told = 'clear') AS cleared
FROM notice n
WHERE n.id = ANY ($1) AND n.withdrawn_at IS NULL AND n.superseded_by IS NULL AND n.duplicate_of IS NULL
    AND n.published_at <= $2 AND (n.gone_at IS NULL OR n.gone_at > $2)"""


async def tell(ids: Sequence[int], now: datetime) -> None:
    """Announce what of these notices nobody was told yet; inside the transaction that stored them."""
    for row in map(dict, await current().fetch(_NEW, [list(ids), now])):
        told = [row["told"], *row["before"]]
        worst = max((RANKS.get(one, 0) for one in told), default=0)
        if row["message"] == "cancel":
            if worst:
                if not row["cleared"]:
                    await _announce_clear(row, worst)
                await _remember(row["id"], "clear")
        elif RANKS.get(row["severity"], 0) > worst:
            await _announce(row)
            await _remember(row["id"], row["severity"])
        elif worst and not row["told"]:
            await _remember(row["id"], next(name for name, rank in RANKS.items() if rank == worst))


async def tell_that_it_is_over(id_: int) -> None:
    """Announce that a notice of the town was taken back, if it had been told."""
    rows = await current().fetch("SELECT id, title, told, provider_id FROM notice WHERE id = $1", [id_])
    for row in rows:
        if row["told"] in RANKS:
            with reading_in(LANGUAGE):
                title = _("No longer valid: %(title)s") % {"title": row["title"]}
            await announce(
                Message(
                    key=f"notice:own:{id_}:over", category="warning", title=title, href="/notices", urgency="today",
                    provider_id=row["provider_id"],
                )
            )  # fmt: skip
            await _remember(id_, "clear")


async def _announce(row: Mapping[str, Any]) -> None:
    again = f":{row['sent']}" if row["told"] == "clear" else ""
    await announce(
        Message(
            key=f"notice:{row['key'][:_LONGEST_KEY]}:{row['severity']}{again}",
            category="warning",
            title=row["title"],
            text=row["instruction"] or row["description"],
            href=_href(row),
            urgency="now" if row["severity"] in WAKING else "today",
            provider_id=row["provider_id"],
            expires_at=row["gone_at"],
        )
    )


async def _announce_clear(row: Mapping[str, Any], worst: int) -> None:
    with reading_in(LANGUAGE):
        title = row["title"]
        if "entwarnung" not in title.lower():
            title = _("All-clear: %(title)s") % {"title": title}
    await announce(
        Message(
            key=f"notice:{row['key'][:_LONGEST_KEY]}:clear:{row['sent']}",
            category="warning",
            title=title,
            text=row["instruction"] or row["description"],
            href=_href(row),
            urgency="now" if worst >= RANKS["severe"] else "today",
            expires_at=row["gone_at"],
        )
    )


def _href(row: Mapping[str, Any]) -> str:
    return "/notices/" + numbered(row["id"], row["title"])


async def _remember(id_: int, told: str) -> None:
    await current().fetch("UPDATE notice SET told = $2 WHERE id = $1", [id_, told])
