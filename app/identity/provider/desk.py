"""The desk at which Authlib decides over one request: the same rules for every door, nothing read, nothing written."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped, unused-ignore]
    AuthorizationServer,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Payload,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint  # type: ignore[import-untyped, unused-ignore]
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped, unused-ignore]
from authlib.oauth2.rfc7662 import IntrospectionEndpoint  # type: ignore[import-untyped, unused-ignore]
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator  # type: ignore[import-untyped, unused-ignore]
from authlib.oauth2.rfc9207 import IssuerParameter  # type: ignore[import-untyped, unused-ignore]
from authlib.oidc.core.grants import OpenIDCode, OpenIDToken  # type: ignore[import-untyped, unused-ignore]
from joserfc.jwk import KeySet

from app.identity import secret
from app.identity.provider.clients import Client
from app.identity.provider.known import Code, Holder, Known, Token
from app.identity.provider.metadata import ALGORITHM, CLIENT_METHODS, audience_of, issuer
from app.kit import clock
from app.settings import settings

ACCESS_LASTS: Final = timedelta(minutes=10)
ID_LASTS: Final = timedelta(hours=1)

logging.getLogger("authlib").setLevel(logging.INFO)  # below that it writes tokens into the log

Pairs = Sequence[tuple[str, str]]


class Answer:
    """What is sent back."""

    def __init__(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> None:
        self.status = status
        self.body = body
        self.headers = list(headers)

    @property
    def location(self) -> str:
        """Where the browser goes next, or nothing."""
        return next((value for name, value in self.headers if name == "Location"), "")

    @location.setter
    def location(self, address: str) -> None:
        self.headers = [(name, address if name == "Location" else value) for name, value in self.headers]


class _Payload(OAuth2Payload):  # type: ignore[misc, unused-ignore]
    def __init__(self, pairs: Pairs) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class Asked(OAuth2Request):  # type: ignore[misc, unused-ignore]
    """A request to one of the provider's doors."""

    def __init__(self, method: str, pairs: Pairs, headers: Mapping[str, str] | None = None) -> None:
        # The settings decide about TLS; Authlib's own check knows `localhost`, but not `village.localhost`.
        super().__init__(method, f"https://{settings().domain}/identity", headers=dict(headers or {}))
        self.payload = _Payload(pairs)

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data if self.method == "GET" else {}

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data if self.method == "POST" else {}


class Desk(AuthorizationServer):  # type: ignore[misc, unused-ignore]
    """Authlib's authorization server over what is known of one request."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self.known = known
        self.register_token_generator("default", _AccessTokens(known))
        self.register_grant(_CodeGrant, [_Pkce(required=True), _IdTokenForCode(known)])
        self.register_grant(_RefreshGrant, [_IdToken(known)])
        self.register_grant(_MachineGrant)
        self.register_endpoint(_Revocation)
        self.register_endpoint(_Introspection)
        self.register_extension(_Issuer())

    def query_client(self, client_id: str) -> Client | None:
        client = self.known.client
        return client if client is not None and client.client_id == client_id else None

    def save_token(self, token: dict[str, Any], request: Asked) -> None:  # noqa: ARG002 - Authlib's signature
        self.known.issued = token

    def send_signal(self, name: str, *_: object, **__: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        return Answer(status, body, headers)


class _Issuer(IssuerParameter):  # type: ignore[misc, unused-ignore]
    def get_issuer(self) -> str:
        return issuer()


class _CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc, unused-ignore]
    TOKEN_ENDPOINT_AUTH_METHODS: Final = (*CLIENT_METHODS, "none")

    def generate_authorization_code(self) -> str:
        return secret.token()

    def save_authorization_code(self, code: str, request: Asked) -> None:
        self.server.known.new_code = code
        self.server.known.new_scope = request.scope

    def query_authorization_code(self, code: str, client: Client) -> Code | None:  # noqa: ARG002 - it was read by its hash
        known: Known = self.server.known
        found = known.code
        if found is None or found.client_id != client.client_id:
            return None
        if found.used_at is not None:
            known.stolen_family = found.family
            return None
        return found if found.expires_at > clock.now() else None

    def delete_authorization_code(self, authorization_code: Code) -> None:  # noqa: ARG002 - there is only one
        self.server.known.code_used = True

    def authenticate_user(self, authorization_code: Code) -> Holder | None:  # noqa: ARG002 - read together with it
        return _open(self.server.known)


class _Pkce(CodeChallenge):  # type: ignore[misc, unused-ignore]
    """Proof Key for Code Exchange (RFC 7636) from everybody, and only hashed."""

    SUPPORTED_CODE_CHALLENGE_METHOD: Final = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The 'code_challenge_method' must be S256")
        super().validate_code_challenge(grant, redirect_uri)


class _RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc, unused-ignore]
    TOKEN_ENDPOINT_AUTH_METHODS: Final = (*CLIENT_METHODS, "none")
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:  # noqa: ARG002 - it was read by its hash
        known: Known = self.server.known
        token = known.token
        if token is None or token.kind != "refresh":
            return None
        if token.used_at is not None and known.client is not None and token.check_client(known.client):
            known.stolen_family = token.family
            return None
        return None if token.is_expired() or token.is_revoked() else token

    def authenticate_user(self, refresh_token: Token) -> Holder | None:  # noqa: ARG002 - read together with it
        return _open(self.server.known)

    def revoke_old_credential(self, refresh_token: Token) -> None:  # noqa: ARG002 - there is only one
        self.server.known.token_used = True


class _MachineGrant(grants.ClientCredentialsGrant):  # type: ignore[misc, unused-ignore]
    TOKEN_ENDPOINT_AUTH_METHODS: Final = CLIENT_METHODS

    def generate_token(self, **asked: Any) -> dict[str, Any]:
        allowed = self.request.client.machine_scopes()
        wanted = (asked.pop("scope", None) or " ".join(allowed)).split()
        if not wanted or not set(wanted) <= set(allowed):
            raise InvalidScopeError
        made: dict[str, Any] = super().generate_token(scope=" ".join(wanted), **asked)
        return made


class _AccessTokens(JWTBearerTokenGenerator):  # type: ignore[misc, unused-ignore]
    """Access tokens that a village can verify without asking (RFC 9068)."""

    def __init__(self, known: Known) -> None:
        lasts = int(ACCESS_LASTS.total_seconds())
        super().__init__(issuer(), ALGORITHM, self._refresh, lambda *_: lasts)
        self.known = known

    def _refresh(self, **_: object) -> str:
        self.known.new_refresh = secret.token()
        return self.known.new_refresh

    def get_jwks(self) -> KeySet:
        return _keys(self.known)

    def get_audiences(self, client: Client, user: Holder | None, scope: str) -> list[str]:  # noqa: ARG002 - Authlib's signature
        return list(dict.fromkeys((issuer(), audience_of(client.tenant))))

    def get_jti(self, *_: object) -> str:
        self.known.new_access = secret.token()
        return self.known.new_access

    def get_extra_claims(self, *_: object) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        claims: dict[str, Any] = {"iat": now, "exp": now + int(ACCESS_LASTS.total_seconds())}
        sign_in = self.known.sign_in
        if sign_in is not None:
            claims |= {"sid": sign_in.sid, "auth_time": int(sign_in.at.timestamp()), "amr": list(sign_in.amr)}
        return claims


class _IdToken(OpenIDToken):  # type: ignore[misc, unused-ignore]
    """ID tokens say who and how, no more: they are shown in addresses at sign-out. Names come from userinfo."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def resolve_client_private_key(self, client: Client) -> KeySet:  # noqa: ARG002 - Authlib's signature
        return _keys(self.known)

    def get_client_algorithm(self, client: Client) -> str:  # noqa: ARG002 - Authlib's signature
        return ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, Any]:  # noqa: ARG002 - Authlib's signature
        return {"alg": ALGORITHM}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": issuer(),
            "aud": client.client_id,
            "iat": now,
            "exp": now + int(ID_LASTS.total_seconds()),
        }
        sign_in = self.known.sign_in
        if sign_in is not None:
            claims |= {"auth_time": int(sign_in.at.timestamp()), "sid": sign_in.sid, "amr": list(sign_in.amr)}
        return claims

    def get_authorization_code_claims(self, authorization_code: Code) -> dict[str, Any]:
        return {"nonce": authorization_code.nonce} if authorization_code.nonce else {}

    def generate_user_info(self, user: Holder, scope: str) -> dict[str, Any]:  # noqa: ARG002 - Authlib's signature
        return {"sub": user.sub}


class _IdTokenForCode(_IdToken, OpenIDCode):  # type: ignore[misc, unused-ignore]
    """As above, and the rules for `nonce` and `prompt`."""

    def __init__(self, known: Known) -> None:
        OpenIDCode.__init__(self, require_nonce=False)
        _IdToken.__init__(self, known)

    def exists_nonce(self, nonce: str, request: Asked) -> bool:  # noqa: ARG002 - Authlib's signature
        """False: a code works once, and the client compares the nonce with its own."""
        return False


class _Revocation(RevocationEndpoint):  # type: ignore[misc, unused-ignore]
    CLIENT_AUTH_METHODS: Final = (*CLIENT_METHODS, "none")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:  # noqa: ARG002 - it was read by its hash
        found: Token | None = self.server.known.token
        return found

    def revoke_token(self, token: Token, request: Asked) -> None:  # noqa: ARG002 - there is only one
        self.server.known.token_revoked = True


class _Introspection(IntrospectionEndpoint):  # type: ignore[misc, unused-ignore]
    CLIENT_AUTH_METHODS: Final = CLIENT_METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:  # noqa: ARG002 - it was read by its hash
        found: Token | None = self.server.known.token
        return found

    def check_permission(self, token: Token, client: Client, request: Asked) -> bool:  # noqa: ARG002 - Authlib's signature
        """Its own tokens, and those for the village that it belongs to."""
        return token.check_client(client) or bool(client.tenant and client.tenant == token.tenant)

    def introspect_token(self, token: Token) -> dict[str, Any]:
        told = {
            "active": True,
            "client_id": token.client_id,
            "scope": token.scope,
            "iss": issuer(),
            "sub": token.sub or token.client_id,
            "exp": int(token.expires_at.timestamp()),
            "iat": int(token.created_at.timestamp()),
        }
        if token.kind == "access":
            told |= {"token_type": "Bearer", "aud": list(dict.fromkeys((issuer(), audience_of(token.tenant))))}
        return told


def _keys(known: Known) -> KeySet:
    """A set of one, so that its name goes into the header."""
    if known.key is None:
        raise RuntimeError("there is no key to sign with")
    return KeySet([known.key])


def _open(known: Known) -> Holder | None:
    return known.holder if known.holder is not None and known.holder.usable else None
