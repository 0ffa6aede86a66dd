"""Who may do what in this village: members, invitations, handing over; and one's own part in it."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, cast

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from app.identity import invitations, memberships
from app.identity.invitations import AnotherAddress
from app.identity.person import STRONG_ROLES, Role, current_person
from app.identity.rights import may
from app.kit.errors import Conflict, InvalidInput, TooMany, VillageError
from app.kit.i18n import Lazy, lazy
from app.kit.i18n import gettext_ as _
from app.tenancy import current_slug
from app.tenancy.village import Provider
from app.web.access import PUBLIC, SIGNED_IN, account_address, role, sign_in_address
from app.web.manage.desk import back_to, desk_page
from app.web.manage.entered import Entered, entered
from app.web.manage.reach import somebody
from app.web.respond import page

PATH: Final = "/manage/members"
Token = Annotated[str, Parameter(max_length=200)]

ROLES: Final[dict[Role, tuple[Lazy, Lazy]]] = {
    "owner": (lazy("Owner"), lazy("May do everything, also decide who takes part.")),
    "editor": (lazy("Editor"), lazy("Writes and publishes for the whole village.")),
    "moderator": (lazy("Moderator"), lazy("Looks after reports and what people write.")),
    "provider": (lazy("Provider"), lazy("Publishes for one club, shop or office only.")),
}
"""What each role is called and what it means."""


class RoleWords(msgspec.Struct, frozen=True):
    """A role in the reader's language."""

    key: str
    title: str
    text: str


def _roles() -> list[RoleWords]:
    return [RoleWords(key, str(title), str(text)) for key, (title, text) in ROLES.items()]


async def _providers() -> list[tuple[str, str]]:
    rows = (
        await Provider.select(Provider.slug, Provider.name)
        .where(Provider.withdrawn_at.is_null())
        .order_by(Provider.name)
    )
    return [(row["slug"], row["name"]) for row in rows]


async def _overview(form: Entered, *, status: int = 200, problem: str = "") -> Response[str]:
    slug, me = current_slug(), somebody()
    return desk_page(
        "manage/members.html",
        PATH,
        status=status,
        members=await memberships.members(slug),
        invited=await invitations.pending(slug),
        me=me.account_id,
        may_write=may(me, "members.write"),
        roles=_roles(),
        role_titles={key: str(title) for key, (title, _text) in ROLES.items()},
        strong_roles=STRONG_ROLES,
        providers=await _providers(),
        entered=form,
        problem=problem,
    )


@get(PATH, access=role("members.read"), include_in_schema=False)
async def members() -> Response[str]:
    """Who may do what, who is invited, and the form for an invitation."""
    return await _overview(Entered())


@post(f"{PATH}/invite", access=role("members.write"), include_in_schema=False, status_code=303)
async def invite(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send an invitation."""
    form = await entered(request)
    chosen = form.line("role")
    provider = form.line("provider") if chosen == "provider" else ""
    try:
        with form.checking():
            await invitations.invite(
                current_slug(),
                form.line("email"),
                # `invite` refuses whatever is no role of a village.
                cast("Role", chosen),
                provider=provider,
                by=somebody().account_id,
            )
    except (Conflict, TooMany) as refusal:
        return await _overview(form, status=refusal.status, problem=_(refusal.detail))
    return await _overview(form, status=422) if form.errors else back_to(PATH)


@post(f"{PATH}/withdraw", access=role("members.write"), include_in_schema=False, status_code=303)
async def withdraw(request: Request[Any, Any, Any]) -> Response[Any]:
    """Make an invitation worthless."""
    await invitations.withdraw((await entered(request)).line("invitation"), current_slug())
    return back_to(PATH)


@post(f"{PATH}/revoke", access=role("members.write"), include_in_schema=False, status_code=303)
async def revoke(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take a role away, also one's own."""
    form = await entered(request)
    slug, me = current_slug(), somebody()
    try:
        await memberships.revoke(_membership(form), slug)
    except memberships.LastOwner as refusal:
        return await _overview(Entered(), status=refusal.status, problem=_(refusal.detail))
    still, _slugs, _area = await memberships.roles_in(me.account_id, slug)
    return back_to(PATH if "owner" in still else "/manage/membership")


@post(f"{PATH}/hand-over", access=role("members.write"), include_in_schema=False, status_code=303)
async def hand_over(request: Request[Any, Any, Any]) -> Response[Any]:
    """Make somebody else owner and stay as editor."""
    form = await entered(request)
    try:
        await memberships.hand_over(current_slug(), giver=somebody().account_id, membership_id=_membership(form))
    except memberships.NotAMember:
        raise
    except Conflict as refusal:
        return await _overview(Entered(), status=refusal.status, problem=_(refusal.detail))
    return back_to("/manage/membership")


def _membership(form: Entered) -> int:
    number = form.number("membership")
    if number is None:
        raise InvalidInput("The form can't be read.")
    return number


@get("/manage/membership", access=SIGNED_IN, include_in_schema=False)
async def membership() -> Response[str]:
    """One's own part in this village."""
    return await _own()


async def _own(status: int = 200, problem: str = "") -> Response[str]:
    me, slug = somebody(), current_slug()
    mine = [one for one in await memberships.villages_of(me.account_id) if one.tenant == slug]
    names = dict(await _providers())
    return desk_page(
        "manage/membership.html",
        "",
        status=status,
        roles=[
            RoleWords(
                one.role, str(ROLES[one.role][0]), names.get(one.provider, one.provider) or str(ROLES[one.role][1])
            )
            for one in mine
        ],
        sleeping=bool(me.sleeping),
        account=account_address(),
        problem=problem,
    )


@post("/manage/membership/leave", access=SIGNED_IN, include_in_schema=False, status_code=303)
async def leave() -> Response[Any]:
    """Give up every role in this village."""
    try:
        await memberships.leave(somebody().account_id, current_slug())
    except memberships.LastOwner as refusal:
        return await _own(refusal.status, _(refusal.detail))
    return back_to("/manage/membership")


@get("/invitation", access=PUBLIC, include_in_schema=False)
async def invitation(token: Token = "") -> Response[str]:
    """What somebody is invited to; it is accepted by the button only, so that a mail scanner accepts nothing."""
    return _invited(await invitations.look(token, current_slug()), token)


@post("/invitation", access=SIGNED_IN, include_in_schema=False, status_code=303)
async def accept(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take the role."""
    token = (await entered(request)).line("token")
    try:
        await invitations.accept(token, current_slug(), somebody().account_id)
    except AnotherAddress as refusal:
        return _invited(await invitations.look(token, current_slug()), token, refusal)
    return back_to("/manage/membership")


def _invited(found: invitations.Invitation, token: str, refusal: VillageError | None = None) -> Response[str]:
    me = current_person()
    return _kept_by_nobody(
        page(
            "manage/invitation.html",
            status=refusal.status if refusal else 200,
            problem=_(refusal.detail) if refusal else "",
            role=next(one for one in _roles() if one.key == found.role),
            strong=found.role in STRONG_ROLES,
            # Only the signed-in owner of the address may read it here: the link may have been passed on.
            email=found.email if me is not None and me.email.lower() == found.email else "",
            accepted=found.accepted_at is not None,
            until=found.expires_at,
            token=token,
            me=me,
            csrf=me.csrf if me else "",
            sign_in=sign_in_address("/invitation", f"token={token}"),
        )
    )


def _kept_by_nobody(answer: Response[str]) -> Response[str]:
    answer.headers["cache-control"] = "private, no-store"
    return answer


MEMBER_ROUTES: Sequence[ControllerRouterHandler] = (
    members,
    invite,
    withdraw,
    revoke,
    hand_over,
    membership,
    leave,
    invitation,
    accept,
)
