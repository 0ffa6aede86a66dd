"""The town that is walked through, and the browser."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.origin import Origin
from tests.push_service import PushService
from tests.walks import content
from tests.walks.browsing import AXE, CHROMIUM, Walker, launch
from tests.walks.running import Running, free_port, said


class Town(NamedTuple):
    """Bad Belzig after its clerk has connected two sources, and a second town beside it."""

    running: Running
    first: dict[str, Any]
    """What the first sync of the news reported."""
    second: dict[str, Any]
    greeting: str
    """What the command said that made the second town."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A walk that needs what this machine lacks is skipped at home and fails in CI."""
    if item.get_closest_marker("browser") is None:
        return
    for needed, how in ((CHROMIUM, "install chromium"), (AXE, "run npm ci in app/web")):
        if not needed.exists():
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{needed.name} is missing: {how}.")


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """One deployment for all walks."""
    data = Path(tempfile.mkdtemp(prefix="village-walks-"))
    with Origin() as origin:
        origin.file("/news.xml", content.rss(), "application/rss+xml", etag='"1"')
        origin.file("/dates.ics", content.ics(), "text/calendar", etag='"1"')
        running = Running(data / "data", free_port(), origin.host)
        try:
            running.start()
            yield _filled(running, origin)
        finally:
            running.end()
            shutil.rmtree(data, ignore_errors=True)


class Yard(NamedTuple):
    """A second deployment: each walk brings its own sources to Bad Belzig and stays out of the others' way."""

    running: Running
    origin: Origin
    service: PushService
    """Where browsers of this machine get their pushes."""

    def region(self, name: str, *feeds: Mapping[str, str]) -> None:
        """Give the town sources that lie on the origin, by a region's file; fields are as there, options have a dot."""
        blocks = [f'title = "{name}"\nkind = "district"\nmembers = ["12069020"]\n']
        for feed in feeds:
            fields = dict(feed) | {"title": feed["name"], "url": self.origin.url(feed["url"])}
            lines = [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in fields.items()]
            blocks.append("\n".join(["[[feed]]", "every_minutes = 60", *lines, ""]))
        folder = self.running.data / "regions"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text("\n".join(blocks), encoding="utf-8")

    def sync(self, name: str) -> dict[str, Any]:
        """What the poller does each minute; the report."""
        report: dict[str, Any] = json.loads(self.running.village("regions", "sync", name, "--json"))
        assert {feed["status"] for feed in report["feeds"]} <= {"ok", "unchanged"}, report
        return report


@pytest.fixture(scope="session")
def yard() -> Iterator[Yard]:
    """One deployment for the walks that need sources of their own."""
    data = Path(tempfile.mkdtemp(prefix="village-walks-yard-"))
    with Origin() as origin, PushService() as service:
        running = Running(data / "data", free_port(), f"{origin.host},{service.host}")
        try:
            running.start()
            yield Yard(running, origin, service)
        finally:
            running.end()
            shutil.rmtree(data, ignore_errors=True)


def _filled(running: Running, origin: Origin) -> Town:
    licence = ("--option", f"licence={content.LICENCE}")
    add = ("feeds", "add", "bad-belzig")
    other = running.begin("tenants", "create", "wiesenburg-mark", "--template", "village", "--ags", "12069665")
    both = [
        running.begin(*add, "demo", "--connector", "rss", "--url", origin.url("/news.xml"), *licence),
        running.begin(*add, "dates", "--connector", "ics", "--url", origin.url("/dates.ics"), *licence),
    ]
    for command in both:
        said(command)
    dates = running.begin("feeds", "sync", "bad-belzig", "dates")
    first = running.village("feeds", "sync", "bad-belzig", "demo", "--json")
    said(dates)
    second = running.village("feeds", "sync", "bad-belzig", "demo", "--json")
    return Town(running, json.loads(first), json.loads(second), said(other))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for a module: its own event loop must be gone before the next async test runs."""
    with sync_playwright() as playwright, launch(playwright) as browser:
        yield browser


@pytest.fixture(params=[(360, 800), (1280, 900)], ids=["phone", "desktop"])
def walker(request: pytest.FixtureRequest, chromium: Browser, town: Town) -> Iterator[Walker]:
    """Somebody with a phone, and with a large screen."""
    with Walker(chromium, town.running, *request.param) as somebody:
        yield somebody
