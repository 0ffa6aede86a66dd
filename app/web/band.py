"""The warnings over every page of a village, asked for once per page that is made."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from app.kit.capability import Capability
from app.web.cards import Alert

Warn = Callable[[frozenset[str]], Awaitable[tuple[Alert, ...]]]
"""Names of the capabilities that a town has switched on → its warnings now, the most urgent first."""

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


@contextmanager
def standing(alerts: tuple[Alert, ...]) -> Iterator[None]:
    """Show these over the pages that are made inside the block."""
    token = _over.set(alerts)
    try:
        yield
    finally:
        _over.reset(token)
