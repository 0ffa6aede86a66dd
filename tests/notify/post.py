"""A real mail server on loopback for tests: takes what it is sent, and refuses where asked to.

with Post() as post:
    settings.use(… smtp_url=post.url)
    … await deliver() …
    assert post.letters[0]["Subject"] == …
"""

import asyncio
import ssl
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "village", "p@ss/word"


class Post:
    """Counts lines, keeps letters; `answers` maps a recipient, or `DATA`, to what is said instead of 250."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, implicit: bool = False, sign_in: bool = False) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[Envelope] = []
        self.answers: dict[str, str] = {}
        self.lines = 0
        self.encrypted: list[bool] = []
        self.signed_in: list[bool] = []
        self.port = 0
        self.pause_seconds = 0.0
        self._tls, self._implicit, self._sign_in = tls, implicit, sign_in
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """As `VILLAGE_SMTP_URL`, without a password."""
        return f"{'smtps' if self._implicit else 'smtp'}://127.0.0.1:{self.port}?from=post@village.example"

    @property
    def url_with_password(self) -> str:
        return self.url.replace("://", f"://{USER}:p%40ss%2Fword@")

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        tls = self._tls if self._implicit else None
        return await self._loop.create_server(self._greet, "127.0.0.1", 0, ssl=tls)

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        others = [task for task in asyncio.all_tasks(self._loop) if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _greet(self) -> SMTP:
        self.lines += 1
        return SMTP(
            self,
            hostname="post.example",
            tls_context=None if self._implicit else self._tls,
            authenticator=self._authenticate if self._sign_in else None,
            auth_require_tls=False,
            enable_SMTPUTF8=False,
            loop=self._loop,
        )

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if said := self.answers.get(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if said := self.answers.get("DATA"):
            return said
        await asyncio.sleep(self.pause_seconds)
        content = envelope.content
        assert isinstance(content, bytes)
        made = message_from_bytes(content, policy=default)
        assert isinstance(made, EmailMessage)
        self.letters.append(made)
        self.raw.append(content)
        self.envelopes.append(envelope)
        self.encrypted.append(self._implicit or session.ssl is not None)
        self.signed_in.append(bool(session.authenticated))
        return "250 OK"


def words(letter: EmailMessage, kind: str = "plain") -> str:
    """The text or the HTML part of a letter."""
    part = letter.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")
