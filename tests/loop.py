"""One event loop for the whole run, so that pools and clients live as long as they do in production."""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_runner = asyncio.Runner()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on the common loop; what a test sets in context variables around it counts."""
    return _runner.run(work, context=contextvars.copy_context())


def close() -> None:
    """End the loop."""
    _runner.close()
