"""Bearer tokens of the API: whom they speak for in one village."""

from app.identity import memberships
from app.identity.party import claims as rules
from app.identity.party import issuers, provider
from app.identity.party.claims import Claims
from app.identity.party.errors import BadToken, SignInRefused
from app.identity.person import Person
from app.identity.provider import tokens
from app.identity.provider.metadata import audience_of
from app.identity.sessions import STRONG_METHODS
from app.kit.errors import NotSignedIn
from app.tenancy import control

SCOPE = "api"
KINDS = ("at+jwt", "jwt")
"""Keycloak calls its access tokens `JWT`; their audience still tells them from ID tokens, which name the client."""


async def person(token: str, slug: str) -> Person | None:
    """Who a token speaks for in the village `slug`; None for a client on its own behalf. Raises `BadToken`."""
    issuer = issuers.deployment(slug)
    if issuer.own:
        return await _of_ours(token, slug)
    try:
        found = await provider.of(issuer)
        told = await rules.signed(token, found.ring, algorithms=found.algorithms, kinds=KINDS)
        rules.check_times(told)
    except SignInRefused as error:
        raise BadToken from error
    audiences = told["aud"] if isinstance(told.get("aud"), list) else [told.get("aud")]
    subject = told.get("sub")
    if told.get("iss") != issuer.url or audience_of(slug) not in audiences or not isinstance(subject, str):
        raise BadToken
    if SCOPE not in str(told.get("scope", "")).split():
        raise BadToken
    return await _person(
        "SELECT a.id, a.sub, a.name, a.email, a.locale FROM account a"
        " JOIN foreign_identity f ON f.account_id = a.id"
        " WHERE f.subject = $1 AND f.issuer = $2 AND a.state = 'active'",
        slug,
        _amr(told),
        subject,
        issuer.url,
    )


async def _of_ours(token: str, slug: str) -> Person | None:
    try:
        told = await tokens.verify(token, slug)
    except NotSignedIn as error:
        raise BadToken from error
    if SCOPE not in told.scopes:
        raise BadToken
    if not told.personal:
        return None
    sql = "SELECT id, sub, name, email, locale FROM account WHERE sub = $1 AND state = 'active'"
    return await _person(sql, slug, told.amr, told.sub)


async def _person(sql: str, slug: str, amr: tuple[str, ...], *values: str) -> Person:
    async with control() as connection:
        row = await connection.fetchrow(sql, *values)
    if row is None:
        raise BadToken
    roles, providers, area = await memberships.roles_in(row["id"], slug)
    return Person(
        account_id=row["id"],
        sub=row["sub"],
        name=row["name"],
        email=row["email"],
        locale=row["locale"],
        roles=roles,
        providers=providers,
        area=area,
        strong=bool(STRONG_METHODS.intersection(amr)),
    )


def _amr(told: Claims) -> tuple[str, ...]:
    listed = told.get("amr")
    return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()
