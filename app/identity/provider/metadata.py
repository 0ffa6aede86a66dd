"""What the provider says of itself: OpenID Connect Discovery 1.0 and RFC 8414."""

from typing import Any, Final

from app.settings import settings

SCOPES: Final = ("openid", "profile", "email", "offline_access", "api")
"""`api` lets a client act at a village's interface; `offline_access` outlives the person's session."""
PERSONAL: Final = frozenset({"openid", "profile", "email", "offline_access"})
"""Scopes that mean nothing without a person."""
GRANTS: Final = ("authorization_code", "refresh_token", "client_credentials")
CLIENT_METHODS: Final = ("client_secret_basic", "client_secret_post")
ALGORITHM: Final = "RS256"
"""The one algorithm that every client must understand (OpenID Connect Core 15.1)."""


def issuer() -> str:
    """Our issuer identifier."""
    return f"{settings().origin}/identity"


def audience_of(tenant: str) -> str:
    """What access tokens for a village's interface name as their audience; the issuer itself without a village."""
    return f"{issuer()}/villages/{tenant}" if tenant else issuer()


def discovery() -> dict[str, Any]:
    """The discovery document."""
    here = issuer()
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}/authorize",
        "token_endpoint": f"{here}/token",
        "userinfo_endpoint": f"{here}/userinfo",
        "jwks_uri": f"{here}/jwks",
        "revocation_endpoint": f"{here}/revoke",
        "introspection_endpoint": f"{here}/introspect",
        "end_session_endpoint": f"{here}/end-session",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": [*CLIENT_METHODS, "none"],
        "revocation_endpoint_auth_methods_supported": [*CLIENT_METHODS, "none"],
        "introspection_endpoint_auth_methods_supported": list(CLIENT_METHODS),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "sid", "at_hash"),
            *("name", "locale", "updated_at", "email", "email_verified"),
        ],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": ["de", "en"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
