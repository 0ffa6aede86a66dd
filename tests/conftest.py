"""Real Postgres and Valkey for the run, two towns, and clients that speak to them as browsers do."""

import inspect
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests import loop

if TYPE_CHECKING:
    from tests.village import Village

# In CI the same examples each time: a run is red because of the change, not of the dice. People throw the dice.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("people", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "people")

TABLES = ("article", "event", "feed", "setting")
"""What tests write; what hangs on it goes with it."""


class _Servers:
    """The embedded servers, started with the first test that needs them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="village-tests-"))
        self.running: Any = None

    def start(self) -> None:
        from app.up.servers import start

        self.running = start(self.folder)
        os.environ.update(
            DATABASE_URL=self.running.database_url,
            REDIS_URL=self.running.redis_url,
            VILLAGE_DATA=str(self.folder),
            VILLAGE_SECRET_KEY="only-for-tests",
            VILLAGE_DOMAIN="localhost",
            VILLAGE_PORT="8000",
        )

    def stop(self) -> None:
        if self.running is not None:
            self.running.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


_servers = _Servers()


def _only_hands_out(config: pytest.Config) -> bool:
    """Whether this process runs no test itself, but gives them to others (pytest-xdist)."""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers before any module of the application reads its settings; each process has its own."""
    if not _only_hands_out(config):
        _servers.start()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """A file stays together, and so do the walks through a deployment that they share; the longest come first.

    Around all others, because pytest-xdist reads the groups in a hook of its own that would run before this one.
    """
    for item in items:
        used = getattr(item, "fixturenames", ())
        shared = next((name for name in ("town", "yard") if name in used), "")
        item.add_marker(pytest.mark.xdist_group(shared or item.nodeid.partition("::")[0]))
    items.sort(key=lambda item: not item.nodeid.startswith("tests/walks/"))
    return (yield)


def pytest_unconfigure() -> None:
    """End what was started."""
    loop.close()
    _servers.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def test_…` on the common loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    loop.run(pyfuncitem.obj(**wanted))
    return True


@pytest.fixture(scope="session")
def platform() -> Iterator["Village"]:
    """The platform with Bad Belzig and Wiesenburg, built as `village` builds them; a client on its own host."""
    from tests.village import begin, end

    village = loop.run(begin(_servers.folder))
    yield village
    loop.run(end(village))


@pytest.fixture
def belzig(platform: "Village") -> Iterator["Village"]:
    """A client on Bad Belzig's host; whatever the test published there is gone afterwards."""
    yield platform.at("bad-belzig")
    loop.run(platform.sweep("bad-belzig", TABLES))


@pytest.fixture
def wiesenburg(platform: "Village") -> Iterator["Village"]:
    """A client on Wiesenburg's host."""
    yield platform.at("wiesenburg-mark")
    loop.run(platform.sweep("wiesenburg-mark", TABLES))
