"""What the town itself says: a closed road, water to be boiled. Written, published, changed, taken back.

Conflict
├── NotOurs    it comes from a source: official warnings stand as they were issued
└── IsOver     it was taken back; write a new one
"""

from datetime import datetime
from typing import Final

import msgspec

from app.capabilities.notices import telling
from app.capabilities.notices.queries import KINDS
from app.capabilities.notices.tables import Notice
from app.kit import clock
from app.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.kit.richtext import clean_line
from app.tenancy import current
from app.tenancy.village import touched

LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 4_000
MILD: Final = ("minor", "moderate")
"""What an editor may say; the rest an owner may."""
SEVERITIES: Final = (*MILD, "severe", "extreme")

_NO_TITLE: Final = _("Please say in one line what it is about.")
_BAD_KIND: Final = _("Please choose what it is about.")
_BAD_SEVERITY: Final = _("Please choose how important it is.")
_BAD_ORDER: Final = _("The end lies before the beginning.")
_PAST: Final = _("This end has passed already.")
_GONE: Final = _("This warning does not exist, or no longer.")


class NotOurs(Conflict):
    """It comes from a source: official warnings stand as they were issued."""


class IsOver(Conflict):
    """It was taken back; write a new one."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote."""

    title: str
    kind: str = "other"
    severity: str = "minor"
    description: str = ""
    instruction: str = ""
    place: str = ""
    """Where it holds, in words."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    provider_id: int | None = None


async def own(id_: int) -> Notice:
    """A notice of the town in any state, for editors; raises `NotFound` and `NotOurs`."""
    found: Notice | None = await Notice.objects().get(Notice.id == id_)
    if found is None:
        raise NotFound(_GONE.message)
    item: int | None = found.feed_item_id
    if item is not None:
        raise NotOurs("Official warnings stand as they were issued. They can't be changed here.")
    return found


async def write(draft: Draft, *, owner: bool = False) -> Notice:
    """Begin a notice; nobody sees it before `publish`. Raises `InvalidInput`, `Forbidden`."""
    now = clock.now()
    notice = Notice(title="", created_at=now, changed_at=now, certainty="observed", language="de")
    _fill(notice, draft, owner=owner)
    await notice.save()
    return notice


async def change(notice: Notice, draft: Draft, *, owner: bool = False) -> Notice:
    """Change a notice; what is public changes for everybody, and is told again when it became worse."""
    _refuse_over(notice)
    _fill(notice, draft, owner=owner)
    notice.changed_at = clock.now()
    await notice.save()
    if _published(notice):
        await telling.tell([notice.id], clock.now())
        touched()
    return notice


async def publish(notice: Notice) -> Notice:
    """Show it to everybody and tell those who asked for warnings; raises `InvalidInput` when its end has passed."""
    _refuse_over(notice)
    now = clock.now()
    end: datetime | None = notice.expires_at
    if end is not None and end <= now:
        raise InvalidInput(_PAST.message, {"ends_at": _PAST.message})
    if not _published(notice):
        notice.published_at = notice.sent_at = now
        notice.changed_at = now
        await notice.save()
    await telling.tell([notice.id], now)
    touched()
    return notice


async def take_back(notice: Notice) -> Notice:
    """Take it off the pages for good; who was told of it is told that it is over."""
    withdrawn: datetime | None = notice.withdrawn_at
    if withdrawn is None:
        was_public = _published(notice)
        notice.withdrawn_at = clock.now()
        await notice.save()
        if was_public:
            await telling.tell_that_it_is_over(notice.id)
        touched()
    return notice


async def forget(before: datetime) -> int:
    """Delete what has been over since `before`, but not what keeps a warning without an end from coming back."""
    rows = await current().fetch(
        """DELETE FROM notice n WHERE (n.gone_at < $1 OR n.withdrawn_at < $1) AND NOT EXISTS (
               SELECT FROM notice o WHERE o.superseded_by = n.id AND o.gone_at IS NULL AND o.withdrawn_at IS NULL)
           RETURNING id""",
        [before],
    )
    return len(rows)


def _published(notice: Notice) -> bool:
    at: datetime | None = notice.published_at
    return at is not None


def _refuse_over(notice: Notice) -> None:
    withdrawn: datetime | None = notice.withdrawn_at
    if withdrawn is not None:
        raise IsOver("This notice was taken back. Write a new one.", notice=notice.id)


def _fill(notice: Notice, draft: Draft, *, owner: bool) -> None:
    fields: dict[str, str] = {}
    title = clean_line(draft.title)[:LONGEST_TITLE]
    if not title:
        fields["title"] = _NO_TITLE.message
    if draft.kind not in KINDS:
        fields["kind"] = _BAD_KIND.message
    if draft.severity not in SEVERITIES:
        fields["severity"] = _BAD_SEVERITY.message
    if draft.ends_at is not None and draft.starts_at is not None and draft.ends_at <= draft.starts_at:
        fields["ends_at"] = _BAD_ORDER.message
    if fields:
        raise InvalidInput(next(iter(fields.values())), fields)
    if draft.severity not in MILD and not owner and draft.severity != notice.severity:
        raise Forbidden("Only an owner of this village may warn of great danger. Please ask one of them.")
    notice.title = title
    notice.kind = draft.kind
    notice.severity = draft.severity
    notice.urgency = "future" if draft.starts_at is not None and draft.starts_at > clock.now() else "immediate"
    notice.description = _lines(draft.description)
    notice.instruction = _lines(draft.instruction)
    place = clean_line(draft.place)[:LONGEST_TITLE]
    notice.area = msgspec.json.encode({"names": [place] if place else [], "rings": []}).decode()
    notice.starts_at = draft.starts_at
    notice.expires_at = notice.gone_at = draft.ends_at
    notice.provider_id = draft.provider_id


def _lines(text: str) -> str:
    return "\n".join(clean_line(line) for line in text[:LONGEST_TEXT].splitlines()).strip()
