"""Whether this piece of code may use the network: not while a transaction is open."""

from contextvars import ContextVar, Token

forbidden: ContextVar[str] = ContextVar("network_forbidden", default="")
"""Why outgoing requests are refused here; empty when they are allowed."""


def forbid(reason: str) -> Token[str]:
    """Refuse outgoing requests until `allow` is called with the token."""
    return forbidden.set(reason)


def allow(token: Token[str]) -> None:
    """Undo `forbid`."""
    forbidden.reset(token)
