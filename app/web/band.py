"""The warnings over every page of a village, asked for once per page that is made."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from app.kit.capability import Capability
from app.web.cards import Alert
from app.web.site import current_visit

Warn = Callable[[frozenset[str]], Awaitable[tuple[Alert, ...]]]
"""Names of the capabilities that a town has switched on → its warnings now, the most urgent first."""


class Over(msgspec.Struct, frozen=True):
    """What stands over one page."""

    full: tuple[Alert, ...] = ()
    """With issuer, time and advice: every extreme one, else the most urgent one."""
    folded: tuple[Alert, ...] = ()
    """The others, behind one line that opens."""


_over: ContextVar[tuple[Alert, ...]] = ContextVar("warnings", default=())


def warner(capabilities: Sequence[Capability]) -> Warn:
    """Asks the capabilities that warn, inside the town's scope."""
    warning = [(one.name, one.alerts) for one in capabilities if one.alerts]

    async def warn(chosen: frozenset[str]) -> tuple[Alert, ...]:
        found: list[Alert] = []
        for name, alerts in warning:
            if name in chosen:
                found += await alerts()
        return tuple(found)

    return warn


def warnings() -> tuple[Alert, ...]:
    """What is warned of now; nothing outside of `standing`."""
    return _over.get()


def over() -> Over:
    """What stands over the page that is being made: moderate warnings over the start page only, none over its own."""
    path = current_visit().path
    found = [one for one in warnings() if (one.severe or path == "/") and one.href != path]
    full = [one for one in found if one.extreme] or found[:1]
    return Over(tuple(full), tuple(one for one in found if one not in full))


@contextmanager
def standing(alerts: tuple[Alert, ...]) -> Iterator[None]:
    """Show these over the pages that are made inside the block."""
    token = _over.set(alerts)
    try:
        yield
    finally:
        _over.reset(token)
