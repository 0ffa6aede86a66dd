"""Why somebody was not let in.

    SignInRefused (VillageError)   400  a browser's sign-in; `reason` names the check that failed
    ├── IssuerAway                 503  the provider does not answer
    └── IssuerBroken               502  the provider answers, but not as agreed with it
    BadToken (NotSignedIn)         401  a bearer token of the API

People read what happened, what is safe and what to do; the reason is for whoever helps them, and for the log.
"""

from typing import Final

from app.kit.errors import NotSignedIn, VillageError

OVER: Final = (
    "This sign-in was finished already, took longer than ten minutes, or began in another browser. Please start again."
)
CANCELLED: Final = "You stopped the sign-in. Nothing was changed."
UNTRUSTED: Final = (
    "The answer of the sign-in service does not belong to your request. To be safe we did not sign you in."
)
OUT_OF_TIME: Final = (
    "The sign-in service's answer is not valid now: it is too old, or a clock is wrong. Please start again."
)
AWAY: Final = "The sign-in service does not answer. Your account is safe. Please try again in a few minutes."
BROKEN: Final = (
    "The sign-in service and this village do not understand each other. Only the people who run them can repair that."
)
CLOSED: Final = "This account is closed, or about to be. Nobody can sign in to a village with it."
REASONS: Final[dict[str, str]] = {
    "no-request": OVER,
    "state": OVER,
    "code": OVER,
    "cancelled": CANCELLED,
    "iss": UNTRUSTED,
    "aud": UNTRUSTED,
    "azp": UNTRUSTED,
    "nonce": UNTRUSTED,
    "sub": UNTRUSTED,
    "alg": UNTRUSTED,
    "key": UNTRUSTED,
    "signature": UNTRUSTED,
    "hash": UNTRUSTED,
    "kind": UNTRUSTED,
    "token": UNTRUSTED,
    "expired": OUT_OF_TIME,
    "too-early": OUT_OF_TIME,
    "closed": CLOSED,
    "unreachable": AWAY,
    "metadata": BROKEN,
    "client": BROKEN,
    "refused": BROKEN,
    "answer": BROKEN,
}
"""Reason → msgid."""


class SignInRefused(VillageError):
    """The sign-in ends here; nobody was signed in and nobody signed out."""

    status = 400
    code = "sign-in-refused"

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


class IssuerAway(SignInRefused):
    """The provider can't be reached."""

    status = 503
    code = "issuer-away"

    def __init__(self) -> None:
        super().__init__("unreachable")


class IssuerBroken(SignInRefused):
    """The provider's metadata or its answer can't be used, or it does not know us."""

    status = 502
    code = "issuer-broken"


class BadToken(NotSignedIn):
    """The bearer token does not hold here (RFC 6750, section 3.1)."""

    code = "invalid_token"

    def __init__(self) -> None:
        super().__init__("This access token is not valid here.")
