"""One data folder for all tests that only need servers in it: making them takes longest."""

from pathlib import Path

import pytest

from app.up import servers


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("up") / "data"
    servers.start(made).stop()
    return made
