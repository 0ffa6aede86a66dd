"""The town's own notices at the desk: write, publish, change, take back."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, FromQuery

from app.capabilities.notices import actions, queries
from app.capabilities.notices.actions import Draft
from app.capabilities.notices.queries import KINDS
from app.capabilities.notices.tables import Notice
from app.capabilities.notices.wording import SEVERITIES
from app.identity import audit
from app.kit import clock
from app.kit.errors import Conflict, Forbidden, InvalidInput
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.slug import numbered
from app.tenancy import current
from app.web import words
from app.web.access import role
from app.web.cards import Crumb, Line
from app.web.manage.desk import Desk, back_to, desk_page
from app.web.manage.entered import Entered, entered, typed_moment
from app.web.manage.reach import TOWN, Reach, reach, somebody
from app.web.site import current_site, path_with

PLACE: Final = "/manage/notices"
AT_ONCE: Final = 40
ON_DESK: Final = 5
STATES: Final = {
    "draft": lazy("Draft"),
    "public": lazy("Public"),
    "over": lazy("Over"),
    "withdrawn": lazy("Taken back"),
}
_STATE: Final = """CASE WHEN n.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN n.published_at IS NULL THEN 'draft'
    WHEN n.gone_at <= $1 THEN 'over' ELSE 'public' END"""
_LIST: Final = f"""SELECT n.id, n.title, n.severity, n.starts_at, n.expires_at, n.changed_at,
    coalesce(p.name, '') AS provider, {_STATE} AS state
FROM notice n LEFT JOIN provider p ON p.id = n.provider_id
WHERE n.feed_item_id IS NULL AND ($2 = '' OR {_STATE} = $2)
ORDER BY n.changed_at DESC, n.id DESC OFFSET $3 LIMIT $4"""  # noqa: S608 - constants


class Written(msgspec.Struct, frozen=True):
    """A notice as the desk's list shows it."""

    id: int
    title: str
    severity: str
    starts_at: datetime | None
    expires_at: datetime | None
    changed_at: datetime
    provider: str
    state: str

    @property
    def href(self) -> str:
        """Its form."""
        return f"{PLACE}/{self.id}"


async def written(state: str = "", skip: int = 0, limit: int = AT_ONCE) -> list[Written]:
    """What the town wrote itself, changed last first."""
    rows = await current().fetch(_LIST, [clock.now(), state, skip, limit])
    return [msgspec.convert(dict(row), Written) for row in rows]


async def desk() -> Desk:
    """What waits."""
    drafts = await written("draft", limit=ON_DESK + 1)
    zone = current_site().zone
    return Desk(
        title=_("Warnings and notices"),
        action="notices.write",
        href=PLACE,
        new_label=_("Write a notice"),
        new_href=f"{PLACE}/new",
        drafts=[
            Line(title=one.title, href=one.href, source=one.provider, age=words.age(one.changed_at, zone=zone))
            for one in drafts[:ON_DESK]
        ],
        more_drafts=max(0, len(drafts) - ON_DESK),
    )


class NoticesDesk(Controller):
    """The list and the form."""

    path = PLACE
    include_in_schema = False

    @get("/", access=role("notices.write"))
    async def index(self, skip: FromQuery[int] = 0) -> Response[str]:
        """What the town wrote itself; official warnings are not touched here."""
        skip = min(max(skip, 0), 100_000)
        rows = await written("", skip, AT_ONCE + 1)
        more = path_with(skip=skip + AT_ONCE) if len(rows) > AT_ONCE else ""
        return desk_page(
            "notices/manage_list.html", PLACE, rows=rows[:AT_ONCE], states=STATES, severities=SEVERITIES,
            watch=await queries.watch(), next_href=more,
        )  # fmt: skip

    @get("/new", access=role("notices.write"))
    async def blank(self) -> Response[str]:
        """An empty form."""
        return await _form(await reach(), None, Entered({"provider": TOWN, "kind": "traffic", "severity": "minor"}))

    @post("/", access=role("notices.write"))
    async def create(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Keep a new notice, and publish it when that is what was pressed."""
        return await _save(None, await entered(request))

    @get("/{number:int}", access=role("notices.write"))
    async def one(self, number: FromPath[int]) -> Response[str]:
        """The form of a notice."""
        notice = await actions.own(number)
        return await _form(await reach(), notice, _filled(notice))

    @post("/{number:int}", access=role("notices.write"))
    async def save(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Change a notice, and publish it when that is what was pressed."""
        return await _save(number, await entered(request))

    @post("/{number:int}/state", access=role("notices.publish"))
    async def state(self, request: Request[Any, Any, Any], number: FromPath[int]) -> Response[Any]:
        """Take a notice back."""
        if (await entered(request))("do") != "withdraw":
            raise InvalidInput("This button is not known.")
        await actions.take_back(await actions.own(number))
        await audit.record("notices.withdraw", target=f"notice:{number}")
        return back_to(PLACE)


async def _save(number: int | None, form: Entered) -> Response[Any]:
    mine = await reach()
    notice = None if number is None else await actions.own(number)
    do = form("do")
    owner = "owner" in somebody().roles
    drafts: list[Draft] = []
    kept: Notice | None = None
    with form.checking():
        drafts = [_draft(form, mine.chosen(form.line("provider")))]
    if drafts:
        with form.checking():
            try:
                kept = await (
                    actions.change(notice, drafts[0], owner=owner) if notice else actions.write(drafts[0], owner=owner)
                )
                if do == "publish":
                    await actions.publish(kept)
            except Forbidden as refusal:
                form.errors["severity"] = _(refusal.detail)
            except Conflict as refusal:
                form.errors["title"] = _(refusal.detail)
    if form.errors or kept is None:
        # Answered with 422, so whatever was written a moment ago is rolled back.
        return await _form(mine, notice, form, status=422)
    done = "notices.publish" if do == "publish" else "notices.create" if notice is None else "notices.change"
    await audit.record(done, target=f"notice:{kept.id}")
    return back_to(_public_path(kept) if _state(kept) == "public" else PLACE)


def _draft(form: Entered, provider_id: int | None) -> Draft:
    return Draft(
        title=form.line("title"),
        kind=form.line("kind"),
        severity=form.line("severity"),
        description=form("description"),
        instruction=form("instruction"),
        place=form.line("place"),
        starts_at=form.moment("starts_at"),
        ends_at=form.moment("ends_at"),
        provider_id=provider_id,
    )


async def _form(mine: Reach, notice: Notice | None, form: Entered, *, status: int = 200) -> Response[str]:
    allowed = actions.SEVERITIES if "owner" in somebody().roles else actions.MILD
    chosen = form.line("severity")
    state = _state(notice) if notice is not None else "new"
    return desk_page(
        "notices/manage_form.html",
        PLACE,
        status=status,
        e=form,
        notice=notice,
        state=state,
        kinds=[(name, str(label)) for name, label in KINDS.items()],
        severities=[(name, str(SEVERITIES[name])) for name in actions.SEVERITIES if name in allowed or name == chosen],
        providers=[(TOWN, current_site().name), *((str(id_), name) for id_, name in mine.providers)],
        crumbs=[Crumb(_("Warnings and notices"), PLACE)],
        public_href=_public_path(notice) if notice is not None and state == "public" else "",
    )


def _filled(notice: Notice) -> Entered:
    names = msgspec.json.decode(notice.area, type=queries.Area).names
    return Entered(
        {
            "title": notice.title,
            "kind": notice.kind,
            "severity": notice.severity,
            "description": notice.description,
            "instruction": notice.instruction,
            "place": ", ".join(names),
            "starts_at": typed_moment(notice.starts_at),
            "ends_at": typed_moment(notice.expires_at),
            "provider": str(notice.provider_id or TOWN),
        }
    )


def _public_path(notice: Notice) -> str:
    return "/notices/" + numbered(notice.id, notice.title)


def _state(notice: Notice) -> str:
    withdrawn: datetime | None = notice.withdrawn_at
    published: datetime | None = notice.published_at
    gone: datetime | None = notice.gone_at
    if withdrawn is not None:
        return "withdrawn"
    if published is None:
        return "draft"
    return "over" if gone is not None and gone <= clock.now() else "public"
