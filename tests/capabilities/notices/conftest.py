"""A village whose warnings are gone after each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import loop

# This file is read before the servers are started; the application comes with the first test.
if TYPE_CHECKING:
    from tests.village import Village


@pytest.fixture
def village(belzig: "Village") -> "Iterator[Village]":
    """Bad Belzig."""
    from tests.capabilities.notices.given import no_forecasts

    yield belzig
    loop.run(belzig.sweep("bad-belzig", ["announcement", "notice", "feed"]))
    loop.run(no_forecasts())
