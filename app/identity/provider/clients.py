"""Who may ask the provider: each village by itself, and applications that somebody registered."""

import hmac
from collections.abc import Collection, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
from authlib.oauth2.rfc6749 import ClientMixin, scope_to_list  # type: ignore[import-untyped, unused-ignore]

from app.identity import secret
from app.identity.provider.metadata import CLIENT_METHODS, GRANTS, PERSONAL, SCOPES
from app.kit.errors import InvalidInput
from app.settings import settings
from app.tenancy import control, control_transaction
from app.tenancy.errors import UnknownTenant
from app.tenancy.registry import SERVED, Place, place_of

VILLAGE: Final = "village:"
"""Before the slug in a village's client id."""
CALLBACK: Final = "/sign-in/callback"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


class Client(ClientMixin):  # type: ignore[misc, unused-ignore] # Authlib has no types
    """A relying party as Authlib asks for it."""

    def __init__(  # noqa: PLR0913 - the columns of a row, all by name
        self,
        *,
        client_id: str,
        name: str,
        secret_hash: str = "",
        tenant: str = "",
        redirect_uris: Collection[str] = (),
        post_logout_uris: Collection[str] = (),
        backchannel_logout_uri: str = "",
        grants: Collection[str] = GRANTS,
        scopes: Sequence[str] = SCOPES,
        first_party: bool = False,
    ) -> None:
        self.client_id = client_id
        self.name = name
        self.tenant = tenant
        """Slug of the one village whose interface it may use; empty for none."""
        self.redirect_uris = tuple(redirect_uris)
        self.post_logout_uris = tuple(post_logout_uris)
        self.backchannel_logout_uri = backchannel_logout_uri
        self.grants = frozenset(grants)
        self.scopes = tuple(scopes)
        self.first_party = first_party
        """Part of this deployment: people aren't asked for consent."""
        self._secret_hash = secret_hash

    def __repr__(self) -> str:
        return f"Client({self.client_id!r})"

    @property
    def public(self) -> bool:
        """Whether it keeps no secret: an app or a page in a browser."""
        return not self._secret_hash

    @property
    def client_metadata(self) -> dict[str, Any]:
        """As RFC 7591 names things, for Authlib's logout."""
        return {"client_name": self.name, "post_logout_redirect_uris": list(self.post_logout_uris)}

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: a request names its address, also when there is only one."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What it may have of what it asks for; None when nothing is left (RFC 6749, section 3.3)."""
        wanted = scope_to_list(scope) or []
        return " ".join(one for one in dict.fromkeys(wanted) if one in self.scopes) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly as registered (RFC 9700, section 2.1)."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return not self.public and hmac.compare_digest(secret.hashed(client_secret), self._secret_hash)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        if self.public:
            return method == "none" and endpoint != "introspection"
        return method in CLIENT_METHODS

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and "authorization_code" in self.grants

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grants

    def machine_scopes(self) -> tuple[str, ...]:
        """What it may do on its own behalf."""
        return tuple(one for one in self.scopes if one not in PERSONAL)


_COLUMNS: Final = """SELECT client_id, secret_hash, name, tenant, redirect_uris, post_logout_uris,
    backchannel_logout_uri, grants, scopes, first_party FROM oidc_client """
_TAKING_PART: Final = "WHERE client_id IN (SELECT client_id FROM oidc_code WHERE sid = $1 AND used_at IS NOT NULL)"


async def by_id(client_id: str) -> Client | None:
    """The client of that name, or None; a village's is made when it is asked for the first time."""
    if client_id.startswith(VILLAGE):
        try:
            place = await place_of(client_id.removeprefix(VILLAGE))
        except UnknownTenant:
            return None
        return await of_tenant(place) if place.state in SERVED else None
    async with control() as connection:
        row = await connection.fetchrow(_COLUMNS + "WHERE client_id = $1 AND NOT first_party", client_id)
    return _client(row) if row else None


async def of_tenant(place: Place) -> Client:
    """The village as a client: public, part of the house, and at home on each of its hosts."""
    client_id = VILLAGE + place.slug
    async with control() as connection:
        rows = await connection.fetch("SELECT name FROM host WHERE tenant = $1", place.slug)
        if not await connection.fetchval("SELECT 1 FROM oidc_client WHERE client_id = $1", client_id):
            # Codes and tokens refer to the row; what a village may do always comes from its hosts.
            await connection.execute(
                """INSERT INTO oidc_client (client_id, name, tenant, grants, first_party)
                   VALUES ($1, $2, $3, $4, true) ON CONFLICT (client_id) DO NOTHING""",
                client_id,
                place.name,
                place.slug,
                ["authorization_code"],
            )
    origins = [settings().origin_of(row["name"]) for row in rows]
    return Client(
        client_id=client_id,
        name=place.name,
        tenant=place.slug,
        redirect_uris=[origin + CALLBACK for origin in origins],
        post_logout_uris=[origin + "/" for origin in origins],
        grants=["authorization_code"],
        scopes=("openid", "profile", "email", "api"),
        first_party=True,
    )


async def register(
    name: str,
    *,
    redirect_uris: Collection[str] = (),
    post_logout_uris: Collection[str] = (),
    backchannel_logout_uri: str = "",
    tenant: str = "",
    grants: Collection[str] = ("authorization_code", "refresh_token"),
    scopes: Sequence[str] = ("openid", "profile", "email"),
    public: bool = False,
) -> tuple[Client, str]:
    """Register an application; returns it and its secret, which is shown only now (empty for a public one).

    Raises `InvalidInput` for what can't be one: an address without TLS outside loopback, an unknown grant or scope.
    """
    addresses = [*redirect_uris, *post_logout_uris, *([backchannel_logout_uri] if backchannel_logout_uri else [])]
    if not all(is_address(one) for one in addresses):
        raise InvalidInput("An address must begin with https:// and have no part after a #.")
    if not set(grants) <= set(GRANTS) or not set(scopes) <= set(SCOPES) or not name.strip():
        raise InvalidInput("This application can't be registered like that.")
    if public and "client_credentials" in grants:
        raise InvalidInput("Only an application with a secret can act on its own behalf.")
    client_id, plain = secret.token()[:22], "" if public else secret.token()
    async with control_transaction(), control() as connection:
        await connection.execute(
            """INSERT INTO oidc_client (client_id, secret_hash, name, tenant, redirect_uris, post_logout_uris,
                                        backchannel_logout_uri, grants, scopes)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
            client_id,
            secret.hashed(plain) if plain else "",
            " ".join(name.split())[:200],
            tenant,
            list(redirect_uris),
            list(post_logout_uris),
            backchannel_logout_uri,
            list(grants),
            list(scopes),
        )
        made = _client(await connection.fetchrow(_COLUMNS + "WHERE client_id = $1", client_id))
    return made, plain


async def remove(client_id: str) -> bool:
    """Take an application away with all its tokens; whether there was one. Villages stay."""
    async with control() as connection:
        done: str = await connection.execute(
            "DELETE FROM oidc_client WHERE client_id = $1 AND NOT first_party", client_id
        )
    return done != "DELETE 0"


async def to_tell(sid: str) -> list[Client]:
    """The applications that took part in a sign-in and want to hear of its end."""
    async with control() as connection:
        rows = await connection.fetch(_COLUMNS + _TAKING_PART, sid)
    return [client for client in map(_client, rows) if client.backchannel_logout_uri]


def is_address(text: str) -> bool:
    """Whether people may be sent there: https, or http on one's own machine (RFC 8252), no fragment, no user."""
    if not text.isascii() or not text.isprintable() or any(char in text for char in " \"'<>\\^`{|}#"):
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _port = parts.port
    except ValueError:
        return False
    local = host in _LOOPBACK or host.endswith(".localhost")
    return bool(host) and "@" not in parts.netloc and (parts.scheme == "https" or (parts.scheme == "http" and local))


def _client(row: asyncpg.Record | None) -> Client:
    if row is None:
        raise LookupError("the client is gone")
    return Client(**dict(row))
