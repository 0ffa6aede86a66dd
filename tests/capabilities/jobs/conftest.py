"""Vacancies that a test published are gone afterwards."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import loop

if TYPE_CHECKING:
    from tests.village import Village


@pytest.fixture(autouse=True)
def filled(belzig: "Village") -> Iterator[None]:
    yield
    loop.run(belzig.sweep("bad-belzig", ("job", "feed")))
