"""A waste works for the town of Bad Belzig; its streets are gone after each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import loop
from tests.origin import Origin

if TYPE_CHECKING:
    # The application reads its settings once the servers run, not while pytest collects.
    from tests.factories_daily import Works
    from tests.village import Village

WRITTEN = ("waste_area", "announcement", "feed")


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        yield started


@pytest.fixture
def works(belzig: "Village", origin: Origin) -> Iterator["Works"]:
    from app.kit.http import Http
    from tests.factories_daily import TOWN, Works

    async def client() -> Http:
        return Http(private_hosts=frozenset({origin.host})).impatient()

    http = loop.run(client())
    yield Works(origin, http)
    loop.run(http.aclose())
    loop.run(belzig.sweep(TOWN, WRITTEN))


@pytest.fixture
def swept(belzig: "Village") -> Iterator[None]:
    yield
    loop.run(belzig.sweep("bad-belzig", WRITTEN))


@pytest.fixture(autouse=True)
def people(belzig: "Village") -> Iterator[None]:
    from tests import cast

    yield
    loop.run(cast.away())
