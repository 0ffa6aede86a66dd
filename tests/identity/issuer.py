"""A foreign issuer on loopback that does everything right unless it is told what to do wrong."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from app.kit import clock

CLIENT = "dorf"
SECRET = "nur für Tests"
RIGHT = RSAKey.generate_key(2048, {"kid": "right", "use": "sig"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "other", "use": "sig"}, private=True)
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"}, private=True)
SHARED = OctKey.import_key("a secret of thirty-two bytes and more", {"kid": "right"})

Claims = dict[str, Any]


class Issuer:
    """Discovery, keys, token and userinfo over real HTTP; the browser's part is played by the test."""

    def __init__(self) -> None:
        self.keys: list[Key] = [RIGHT, CURVE]
        self.document: Claims = {}
        """What its discovery document says otherwise."""
        self.subject: Claims = {"sub": "u-1", "email": "ada@kreis.example", "email_verified": True, "name": "Ada Amt"}
        self.nonce = ""
        self.twist: Callable[[Claims], Claims] = lambda claims: claims
        """What is wrong with its ID token."""
        self.key: Key = RIGHT
        self.header: Claims = {"alg": "RS256", "kid": "right"}
        self.codes = {"good"}
        self.failing = 0
        """Status of every answer, when it is not 0."""
        self.forms: list[dict[str, str]] = []
        self.authorization: list[str] = []
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/realm"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def claims(self, **more: Any) -> Claims:
        """The claims of a right ID token."""
        now = int(clock.now().timestamp())
        told = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.nonce, "sid": "s-1"}
        return told | self.subject | more

    def signed(self, claims: Claims, **header: Any) -> str:
        """A token of this issuer, or one that pretends to be."""
        head = self.header | header
        return jwt.encode(head, claims, self.key, algorithms=[head["alg"]], default_type=None)

    def logout_token(self, **more: Any) -> str:
        """A right logout token."""
        now = int(clock.now().timestamp())
        event: Claims = {"http://schemas.openid.net/event/backchannel-logout": {}}
        told = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "j", "events": event, "sid": "s-1"}
        return self.signed(
            {name: value for name, value in (told | more).items() if value is not None}, typ="logout+jwt"
        )

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        """Status and JSON for a request."""
        if self.failing:
            return self.failing, {}
        if path == "/realm/.well-known/openid-configuration":
            return 200, self._document()
        if path == "/realm/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/realm/userinfo":
            return 200, self.subject
        if path != "/realm/token":
            return 404, {}
        if form.get("code") not in self.codes:
            return 400, {"error": "invalid_grant"}
        self.codes.discard(form["code"])
        return 200, {
            "access_token": "opaque",
            "token_type": "Bearer",
            "id_token": self.signed(self.twist(self.claims())),
        }

    def _document(self) -> Claims:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        } | self.document

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say({})

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"])).decode()
                form = {name: values[0] for name, values in parse_qs(raw).items()}
                issuer.forms.append(form)
                issuer.authorization.append(self.headers.get("authorization", ""))
                self._say(form)

            def _say(self, form: dict[str, str]) -> None:
                issuer.asked.append(self.path)
                status, told = issuer.answer(self.path, form)
                body = msgspec.json.encode(told)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler
