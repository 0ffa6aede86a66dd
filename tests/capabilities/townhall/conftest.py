"""A town hall that is as it was before. Imports the application only once the servers run."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import loop

if TYPE_CHECKING:
    from tests.village import Village

TOWN = "bad-belzig"


@pytest.fixture
def clean(platform: "Village") -> Iterator[None]:
    """Every answer is made anew; what the test wrote goes."""
    from tests import cast

    cache = platform.edge.cache
    kept, cache.enabled = cache.enabled, False
    cache.empty(TOWN)
    yield
    cache.enabled = kept
    loop.run(platform.sweep(TOWN, ("service", "office", "feed")))
    loop.run(cast.away())
