"""What may go wrong when we fetch.

FetchError
├── Refused       we don't go there; `rule` names the rule of `app/kit/http/guard.py`
├── StaysHome     a deployment on `localhost` fetches nothing from outside
├── TooBig        more bytes than we take, as sent or unpacked
├── TooSlow       not complete within the total time
├── Unreachable   no name, no connection, no TLS
│   └── Reset     the connection broke off while we spoke
├── Resting       the host failed again and again; `retry_after` seconds
├── Busy          all our places at this host are taken; `retry_after` seconds
├── BadStatus     the host answers, but not with the thing; `answer` is its HTTP status
└── Garbled       the answer breaks HTTP or its own Content-Encoding
"""

from typing import ClassVar, Final

from app.kit.errors import VillageError

REFUSALS: Final[dict[str, str]] = {
    "url": "The address %(url)s is not a valid web address.",
    "scheme": "The address must begin with https:// or http://.",
    "credentials": "The address contains a user name or a password. Remove both.",
    "port": "Port %(port)s is not allowed. Only 80 and 443 are.",
    "redirects": "The server sends us from one address to the next without an end.",
    "downgrade": "The server redirects from a protected (https) to an unprotected (http) address.",
    "loopback": "%(host)s points to the platform's own computer. Such addresses are not fetched.",
    "private": "%(host)s points into a private network. Such addresses are not fetched.",
    "link-local": "%(host)s points to a link-local address. Such addresses are not fetched.",
    "metadata": "%(host)s points to a cloud provider's internal service. Such addresses are not fetched.",
    "shared": "%(host)s points into a provider's shared network. Such addresses are not fetched.",
    "multicast": "%(host)s points to a multicast address. Such addresses are not fetched.",
    "unspecified": "%(host)s points to the address zero. Such addresses are not fetched.",
    "reserved": "%(host)s points to a reserved address. Such addresses are not fetched.",
}
"""Rule → msgid. The resolved address itself is not shown: it would tell about the inner network."""

STAYS_HOME: Final = (
    "On this computer (localhost) the program fetches nothing from outside. VILLAGE_FEED_OUTSIDE=1 allows it."
)
"""Msgid: why a feed is not asked, on its page as in the refusal."""


class FetchError(VillageError):
    """Base of all; `params` are plain texts and numbers, so that they can be stored."""

    status = 502
    code = "fetch-failed"


class Refused(FetchError):
    """We don't go there."""

    code = "refused"

    def __init__(self, rule: str, *, url: str = "", host: str = "", port: int = 0) -> None:
        super().__init__(REFUSALS[rule], url=url[:200], host=host[:200], port=port)
        self.rule = rule


class StaysHome(FetchError):
    """A deployment on `localhost` fetches nothing from outside; `VILLAGE_FEED_OUTSIDE=1` lets it."""

    code = "stays-home"

    def __init__(self, host: str) -> None:
        super().__init__(STAYS_HOME, host=host[:200])


class TooBig(FetchError):
    """More than `limit_mb` megabytes, as sent or unpacked, or packed like a bomb."""

    code = "too-big"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__("The file is larger than %(limit_mb)s MB.", limit_mb=max(1, limit_bytes // 1_000_000))


class TooSlow(FetchError):
    """Not complete within `seconds`."""

    code = "too-slow"

    def __init__(self, seconds: float) -> None:
        super().__init__("The server did not deliver the file within %(seconds)s seconds.", seconds=round(seconds))


class Unreachable(FetchError):
    """No name, no connection, no TLS; `cause` is one of `name`, `connect`, `tls`, `partner`, `reset`."""

    code = "unreachable"
    texts: ClassVar[dict[str, str]] = {
        "name": "There is no server with the name %(host)s.",
        "connect": "%(host)s does not answer.",
        "tls": "The certificate of %(host)s is not valid.",
        "partner": "%(host)s refuses the connection: it wants a valid client certificate.",
        "reset": "%(host)s broke off the connection.",
    }

    def __init__(self, cause: str, host: str) -> None:
        super().__init__(self.texts[cause], host=host)
        self.cause = cause


class Reset(Unreachable):
    """The connection broke off while we spoke."""

    def __init__(self, host: str) -> None:
        super().__init__("reset", host)


class Resting(FetchError):
    """The circuit breaker of the host is open for `retry_after` more seconds."""

    code = "resting"

    def __init__(self, host: str, retry_after: int) -> None:
        super().__init__("%(host)s did not answer several times. We wait before we ask again.", host=host)
        self.retry_after = retry_after


class Busy(FetchError):
    """All our places at this host were taken for the whole waiting time."""

    code = "busy"

    def __init__(self, host: str, retry_after: int = 60) -> None:
        super().__init__("We already fetch several things from %(host)s. This one waits for its turn.", host=host)
        self.retry_after = retry_after


class BadStatus(FetchError):
    """The HTTP status in `answer` is neither success nor redirect; `retry_after` in seconds if the host said so."""

    code = "bad-status"

    def __init__(self, host: str, answer: int, retry_after: int | None) -> None:
        super().__init__("%(host)s answers with the error %(answer)s.", host=host, answer=answer)
        self.answer = answer
        self.retry_after = retry_after


class Garbled(FetchError):
    """The answer breaks HTTP or its own Content-Encoding."""

    code = "garbled"

    def __init__(self, host: str) -> None:
        super().__init__("The answer of %(host)s can't be read: it breaks the rules of the web.", host=host)
