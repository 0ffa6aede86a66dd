"""Access is a table: route × role. It stands in `access.txt`, where a change of rights is seen in review.

Every route is then tried as every role, in the village the role belongs to, in the other one and on the platform:
what the table refuses is refused, and nothing has happened.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from app import worker  # noqa: F401 - what a worker loads: all jobs there are
from app.identity.person import STRONG_ROLES, Role
from app.identity.rights import TABLE
from app.kit.queue import broker
from app.platform import tick
from app.tenancy import control, tenant
from app.tenancy.jobs import JOBS
from app.tenancy.registry import place_of
from app.tenancy.village import Provider
from app.web.access import PUBLIC, SIGNED_IN, Access, role
from app.web.app import routes
from tests import cast, loop
from tests.contracts import catalogue
from tests.village import Village

FILE = Path(__file__).parent / "access.txt"
A, B, PLATFORM = "bad-belzig", "wiesenburg-mark", ""
ROLES: Final[tuple[Role, ...]] = ("provider", "moderator", "editor", "owner", "operator", "state")
PEOPLE = ("anyone", "citizen", *ROLES)
SAFE = ("GET", "HEAD")
HEAD = """\
# Who may use what: x may. Written by tests/contracts/test_access.py from the routes and app/identity/rights.py.
# owner, operator and state count only after a sign-in with a passkey or a second factor.
"""


class Route(msgspec.Struct, frozen=True):
    """One method of one route on one kind of host."""

    site: str
    method: str
    path: str
    access: Access
    capability: str

    def lets(self, roles: frozenset[str], *, signed_in: bool = True) -> bool:
        """Whether the table lets somebody with these roles here pass."""
        if self.access == PUBLIC:
            return True
        return signed_in and (self.access == SIGNED_IN or bool(roles & TABLE[self.access.right]))

    @property
    def line(self) -> str:
        """As it stands in the file."""
        demand = self.access.right or self.access.name
        marks = "  ".join(
            ("x" if self.lets(frozenset({one}), signed_in=one != "anyone") else "-").ljust(len(one)) for one in PEOPLE
        )
        return f"{self.site:<8}  {self.method:<6}  {self.path:<50}  {demand:<18}  {marks}".rstrip()

    @property
    def filled(self) -> str:
        """The address with something in place of each parameter."""
        return re.sub(r"\{[^}]*\}", "1", self.path)


def every_route(village: Village) -> list[Route]:
    """All routes of both applications; what does not declare its access has an empty demand."""
    found = []
    for site, app in (("village", village.edge._village), ("platform", village.edge._platform)):
        for method, path, handler in routes(app):  # type: ignore[arg-type]
            if method == "OPTIONS" or path.startswith("/api/schema"):
                continue
            opt = handler.opt
            found.append(
                Route(site, method, path, opt.get("access") or Access("nothing"), str(opt.get("capability", "")))
            )
    return sorted(found, key=lambda one: (one.site != "village", one.path, one.method))


def matrix(village: Village) -> str:
    """The whole table as text."""
    titles = f"{'host':<8}  {'method':<6}  {'path':<50}  {'demand':<18}  " + "  ".join(PEOPLE)
    actors = sorted(set(broker.actors) - set(JOBS))
    jobs = [f"for one village, by the platform only: {name}" for name in sorted(JOBS)]
    jobs += [f"for the platform, by the platform only: {name}" for name in actors]
    lines = [HEAD + titles, *(one.line for one in every_route(village)), "", "# Jobs", *jobs]
    return "\n".join(lines) + "\n"


def test_the_table_in_the_file_is_the_table_of_the_code(platform: Village) -> None:
    now = matrix(platform)
    before = FILE.read_text(encoding="utf-8") if FILE.is_file() else ""
    FILE.write_text(now, encoding="utf-8")

    assert tick.tick.actor_name in now
    assert before == now, f"{FILE.name} was written anew: look at what changed, and commit it"


def test_every_route_says_who_may_use_it(platform: Village) -> None:
    bare = [one for one in every_route(platform) if one.access.name == "nothing"]
    unknown = [one for one in every_route(platform) if one.access.right and one.access.right not in TABLE]

    assert not bare, "\n".join(f"{one.method} {one.path}" for one in bare)
    assert not unknown
    with pytest.raises(KeyError):
        role("nobody.declared.this")


def test_every_action_is_somebody_s_and_nobody_s_role_is_unknown() -> None:
    assert all(TABLE.values())
    assert frozenset().union(*TABLE.values()) == set(ROLES)


@pytest.fixture
def cleared(platform: Village, belzig: Village, wiesenburg: Village) -> Iterator[Village]:
    """Both towns, swept afterwards, and nobody left."""
    yield platform
    loop.run(cast.away())


async def state_of_everything() -> dict[str, Any]:
    """Every row of both towns and of what rights and towns rest on."""
    found: dict[str, Any] = {}
    for slug in (A, B):
        async with tenant(slug) as scope:
            found[slug] = await catalogue.fingerprint(scope)
    async with control() as connection:
        for name in ("membership", "invitation", "tenant", "host", "feed_due", "credential", "mail"):
            rows = await connection.fetch(f"SELECT t::text AS row FROM {name} t ORDER BY 1")
            found[name] = hashlib.sha256("\n".join(row["row"] for row in rows).encode()).hexdigest()
    return found


async def offered(village: Village, slug: str) -> list[Route]:
    """The routes that this host has."""
    site = "village" if slug else "platform"
    chosen = set((await place_of(slug)).site.get("capabilities", ())) if slug else set()
    return [
        one for one in every_route(village) if one.site == site and (not one.capability or one.capability in chosen)
    ]


async def a(role_: Role, home: str, number: int = 0) -> cast.Player:
    """Somebody with a role."""
    provider = ""
    if role_ == "provider":
        async with tenant(home):
            provider = (await Provider.select(Provider.slug).limit(1))[0]["slug"]
    return await cast.person(f"{role_}-{number}", {home: [role_]}, provider=provider)


def host(village: Village, slug: str) -> Village:
    return village.at(slug) if slug else village


def homes(role_: Role) -> tuple[str, ...]:
    return (PLATFORM,) if role_ in ("operator", "state") else (A, B)


HOLDERS = [(role_, home) for role_ in ROLES for home in homes(role_)]


async def test_nobody_in_particular_gets_only_what_is_public(cleared: Village) -> None:
    before = await state_of_everything()

    for slug in (A, B, PLATFORM):
        for one in await offered(cleared, slug):
            if one.lets(frozenset(), signed_in=False):
                continue
            page = await host(cleared, slug).request(one.method, one.filled, headers={"accept": "text/html"})
            program = await host(cleared, slug).request(one.method, one.filled, headers={"accept": "application/json"})
            assert program.status_code == 401, one
            assert program.headers["content-type"] == "application/problem+json"
            if one.method in SAFE and not one.path.startswith("/api/"):
                assert page.status_code == 303, one
                assert re.match(r"/(identity/)?sign-in\?next=/", page.headers["location"])
            else:
                assert page.status_code == 401, one

    assert await state_of_everything() == before


@pytest.mark.parametrize(("role_", "home"), HOLDERS)
async def test_a_role_is_refused_what_the_table_refuses_everywhere(cleared: Village, role_: Role, home: str) -> None:
    player = await a(role_, home)
    visitors = {slug: await player.at(host(cleared, slug)) for slug in (A, B, PLATFORM)}
    before = await state_of_everything()
    tried = 0

    for slug, visitor in visitors.items():
        held = frozenset({role_}) if slug == home else frozenset[Role]()
        for one in await offered(cleared, slug):
            if not one.lets(held):
                answer = await visitor.request(one.method, one.filled)
                assert answer.status_code == 403, (slug, one)
                tried += 1

    assert tried >= 20
    assert await state_of_everything() == before


@pytest.mark.parametrize(("role_", "home"), [one for one in HOLDERS if one[0] in STRONG_ROLES])
async def test_a_strong_role_is_worth_nothing_after_a_weak_sign_in(cleared: Village, role_: Role, home: str) -> None:
    player = await a(role_, home)
    visitor = await player.at(host(cleared, home), strong=False)
    before = await state_of_everything()

    for one in await offered(cleared, home):
        if one.access.right:
            answer = await visitor.request(one.method, one.filled, headers={"accept": "application/json"})
            assert answer.status_code == 403, one
            expected = "needs-second-factor" if one.lets(frozenset({role_})) else "forbidden"
            assert answer.json()["code"] == expected, one

    assert await state_of_everything() == before


@pytest.mark.parametrize(("role_", "home"), [one for one in HOLDERS if one[1] != B or one[0] == "owner"])
async def test_a_role_gets_what_the_table_gives(cleared: Village, role_: Role, home: str) -> None:
    player = await a(role_, home)
    reader = await player.at(host(cleared, home))

    for number, one in enumerate(await offered(cleared, home), start=1):
        if one.access == PUBLIC or not one.lets(frozenset({role_})):
            continue
        visitor = reader
        if one.method not in SAFE:
            # What it does may end the session or give the role up.
            visitor = await (await a(role_, home, number)).at(host(cleared, home))
        answer = await visitor.request(one.method, one.filled)
        assert answer.status_code not in (401, 403), (one, answer.text[:2000])
        assert answer.status_code < 500, one


async def test_a_role_that_is_taken_away_is_gone_with_the_next_request(cleared: Village) -> None:
    from app.identity import memberships

    player = await a("editor", A)
    visitor = await player.at(host(cleared, A))
    allowed = next(
        one
        for one in await offered(cleared, A)
        if one.method == "GET" and one.access.right and "{" not in one.path and one.lets(frozenset({"editor"}))
    )
    assert (await visitor.get(allowed.path)).status_code == 200

    await memberships.leave(player.id, A)

    assert (await visitor.get(allowed.path)).status_code == 403
