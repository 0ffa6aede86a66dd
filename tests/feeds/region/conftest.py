"""A region with a local origin and two towns."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import loop
from tests.origin import Origin

# This file is read before the servers are started; the application comes with the first test.
if TYPE_CHECKING:
    from tests.feeds.region.district import District
    from tests.village import Village


@pytest.fixture
def origin() -> Iterator[Origin]:
    """The sources."""
    with Origin() as started:
        yield started


@pytest.fixture
def district(belzig: "Village", wiesenburg: "Village", platform: "Village", origin: Origin) -> Iterator["District"]:
    """A region of its own, whose members are Bad Belzig and Wiesenburg."""
    from tests.feeds.region.district import District, opened

    made: District = loop.run(opened(platform, origin))
    yield made
    loop.run(made.end())
