"""Delivers messages to the mail server that `VILLAGE_SMTP_URL` names (RFC 5321).

    smtp://[user:password@]host[:587]            encrypts when the server can; with a password always
    smtps://[user:password@]host[:465]           encrypted from the first byte
    …?from=rathaus@example.org                   the sender's address; otherwise noreply@<domain>

A password, and everything under `smtps`, travels only to a server whose certificate is good. Without a password an
offered encryption is taken whatever the certificate: better than none (RFC 7435). Loopback may do without.

    NotDelivered
    ├── Rejected     this message never (5xx for its recipient or content)
    ├── Delayed      this message later (4xx)
    └── Unreachable  the server itself: no message now
"""

import ipaddress
import smtplib
import ssl
from email.message import EmailMessage
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from app.identity.outbox import is_address
from app.kit import network
from app.settings import InvalidSetting, settings

PATIENCE_SECONDS = 30
_REASON_LENGTH = 200


class NotDelivered(Exception):
    """Base; its text is for the operator: an SMTP code and what the server said."""


class Rejected(NotDelivered):
    """This message never."""


class Delayed(NotDelivered):
    """This message later."""


class Unreachable(NotDelivered):
    """The server itself: no message now."""


class Server(msgspec.Struct, frozen=True):
    """What an SMTP URL says."""

    host: str
    port: int
    implicit: bool
    """TLS from the first byte."""
    user: str
    password: str
    sender: str
    """The address mails are sent from."""

    @property
    def local(self) -> bool:
        """On this machine: what is said does not leave it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def server_of(url: str) -> Server:
    """Read `VILLAGE_SMTP_URL`; raises `InvalidSetting`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidSetting("VILLAGE_SMTP_URL can't be read as an address.") from error
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise InvalidSetting("VILLAGE_SMTP_URL must look like smtp://user:password@host:587 or smtps://….")
    sender = parse_qs(parts.query).get("from", [f"noreply@{settings().domain}"])[0]
    if not is_address(sender) or not sender.isascii():
        raise InvalidSetting("The `from` in VILLAGE_SMTP_URL is not an e-mail address.")
    implicit = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=port or (465 if implicit else 587),
        implicit=implicit,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
    )


class Line:
    """An open line to the server, for many messages: `with Line(server) as line`. Blocks: runs in a thread."""

    def __init__(self, server: Server) -> None:
        if network.forbidden.get():
            raise RuntimeError(f"no mail is sent here: {network.forbidden.get()}")
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Connect, encrypt, sign in; raises `Unreachable`."""
        try:
            self._smtp = smtp = self._connected()
            if self._server.user:
                self._sign_in(smtp)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Unreachable(_reason(error)) from error

    def _connected(self) -> smtplib.SMTP:
        server, name = self._server, settings().domain
        strict = ssl.create_default_context()
        if server.implicit:
            return smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=name, timeout=PATIENCE_SECONDS, context=strict
            )
        smtp = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=PATIENCE_SECONDS)
        try:
            smtp.ehlo_or_helo_if_needed()
            if smtp.has_extn("starttls"):
                smtp.starttls(context=strict if server.password else _any_certificate())
                smtp.ehlo()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        encrypted = isinstance(smtp.sock, ssl.SSLSocket)
        if not encrypted and not self._server.local:
            raise smtplib.SMTPException("the server offers no encryption: the password is not sent")
        smtp.login(self._server.user, self._server.password)

    def send(self, message: EmailMessage, to: str) -> None:
        """Hand over one message; raises `Rejected`, `Delayed`, `Unreachable`."""
        if self._smtp is None:
            raise Unreachable("the line is not open")
        try:
            self._smtp.send_message(message, from_addr=self._server.sender, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = refused.recipients[to]
            raise _by_code(code, said) from refused
        except smtplib.SMTPNotSupportedError as error:
            raise Rejected("the mail server takes no addresses with other letters than a to z") from error
        except smtplib.SMTPDataError as error:
            raise _by_code(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            # A sender that is refused, too, is the operator's to mend: the mails wait for it.
            raise Unreachable(_reason(error)) from error

    def close(self) -> None:
        """Take leave; a line that is broken is simply dropped."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _by_code(code: int, said: bytes | str) -> NotDelivered:
    text = _said(code, said)
    if code == 421:  # the server is about to close the line
        return Unreachable(text)
    return Rejected(text) if code >= 500 else Delayed(text)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"[:_REASON_LENGTH]


def _said(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"[:_REASON_LENGTH]
