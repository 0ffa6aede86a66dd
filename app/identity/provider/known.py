"""What one request to the provider is about, read before Authlib decides, and what it decided, to be written after."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped, unused-ignore]
    AuthorizationCodeMixin,
    TokenMixin,
)
from joserfc.jwk import RSAKey

from app.identity.provider.clients import Client
from app.kit import clock


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The person a token speaks of."""

    account_id: int
    sub: str
    name: str
    email: str
    locale: str
    verified: bool
    state: str
    changed_at: datetime

    @property
    def usable(self) -> bool:
        """Whether the account is open."""
        return self.state == "active"

    def get_user_id(self) -> str:
        """The subject, as Authlib asks for it."""
        return self.sub

    def claims(self, scope: str) -> dict[str, Any]:
        """What clients with these scopes are told (OpenID Connect Core 5.4)."""
        scopes = scope.split()
        told: dict[str, Any] = {"sub": self.sub}
        if "profile" in scopes:
            told |= {"name": self.name, "locale": self.locale, "updated_at": int(self.changed_at.timestamp())}
        if "email" in scopes:
            told |= {"email": self.email, "email_verified": self.verified}
        return told


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """The sign-in at the issuer that a code or token comes from."""

    sid: str
    amr: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc, unused-ignore]
    """A row of `oidc_code`."""

    code_hash: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    family: str
    expires_at: datetime
    used_at: datetime | None
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce


@dataclass(frozen=True, kw_only=True)
class Token(TokenMixin):  # type: ignore[misc, unused-ignore]
    """A row of `oidc_token`: a refresh token, or the access token with this `jti`."""

    token_hash: str
    family: str
    kind: str
    client_id: str
    tenant: str
    """Of its client."""
    scope: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    sub: str
    holds: bool
    """Whether the account is open and the sign-in goes on, for tokens that need one."""

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return self.expires_at <= clock.now()

    def is_revoked(self) -> bool:
        return self.revoked_at is not None or self.used_at is not None or not self.holds


@dataclass(kw_only=True)
class Known:
    """What is known at the beginning, and below the line what was decided."""

    key: RSAKey | None = None
    client: Client | None = None
    holder: Holder | None = None
    sign_in: SignIn | None = None
    code: Code | None = None
    token: Token | None = None

    new_code: str = ""
    new_scope: str = ""
    new_access: str = ""
    """The `jti` of an access token."""
    new_refresh: str = ""
    issued: dict[str, Any] = field(default_factory=dict)
    code_used: bool = False
    token_used: bool = False
    token_revoked: bool = False
    stolen_family: str = ""
    """A family of tokens of which one was shown a second time."""
