"""A region of the test's own with timetables from a local origin; nothing of it is left after each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import loop
from tests.origin import Origin

if TYPE_CHECKING:
    # The application reads its settings once the servers run, not while pytest collects.
    from tests.capabilities.mobility.region import Transit
    from tests.village import Village


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        yield started


@pytest.fixture
def transit(
    platform: "Village", belzig: "Village", origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Transit]":
    from app.capabilities.mobility import load
    from tests.capabilities.mobility.region import Transit
    from tests.feeds.region.district import opened

    monkeypatch.setattr(load, "GRACE_SECONDS", 0)
    made = Transit(loop.run(opened(platform, origin)), belzig)
    yield made
    loop.run(made.end())
