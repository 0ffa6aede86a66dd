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
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests import loop

if TYPE_CHECKING:
    from tests.village import Village

# In CI the same examples each time: a run is red because of the change, not of the dice. People throw the dice.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("people", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "people")

IN_THE_YARD = ("test_notices.py", "test_places.py", "test_pwa.py", "test_waste.py")
"""Walks with sources of their own, in one deployment; see `tests/walks/conftest.py`."""
ALONE = ("test_region.py",)

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


class _ByDeployment(LoadFileScheduling):  # type: ignore[misc]
    """A file stays together, and so do the walks through a deployment that they share."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        walk = path.removeprefix("tests/walks/")
        return path if walk == path or walk in ALONE else "yard" if walk in IN_THE_YARD else "town"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByDeployment:
    """Who gives the tests to the processes; groups by a mark come to nothing with this pytest and pytest-xdist 3.8."""
    return _ByDeployment(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walks come first: they take longest, and the rest fills up."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/walks/"))


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """The last test of a file leaves nobody behind, so that files may come in any order."""
    yield
    if _built and (nextitem is None or nextitem.path != item.path):
        from tests.village import leave

        loop.run(leave())


_built: list["Village"] = []
"""The platform, once a test of this process wanted it."""


@pytest.fixture(scope="session")
def platform() -> Iterator["Village"]:
    """The platform with Bad Belzig and Wiesenburg, built as `village` builds them; a client on its own host."""
    from tests.village import begin, end

    village = loop.run(begin(_servers.folder))
    _built.append(village)
    yield village
    _built.clear()
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
