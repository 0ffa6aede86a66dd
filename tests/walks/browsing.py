"""Chromium as the walks use it, and a person in front of it."""

import os
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, Page, Playwright, Request

from tests.walks.running import ROOT, Running

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
AXE = ROOT / "app/web/node_modules/axe-core/axe.min.js"
# It talks to nobody by itself.
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)


class Walker:
    """Somebody with a browser window; remembers every address that it asked for, and what went wrong in it."""

    def __init__(
        self,
        browser: Browser,
        running: Running,
        width: int = 360,
        height: int = 800,
        *,
        javascript: bool = True,
        scheme: str = "light",
        language: str = "de-DE",
    ) -> None:
        self.running = running
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            java_script_enabled=javascript,
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(5_000)
        self.asked: list[str] = []
        self.broken: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("request", self._remember)
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on("console", lambda said: self.broken.append(said.text) if said.type == "error" else None)

    def _remember(self, request: Request) -> None:
        self.asked.append(request.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def goes_to(self, path: str = "/", slug: str = "bad-belzig") -> Page:
        """Type an address."""
        self.page.goto(self.running.url(slug, path))
        return self.page

    def heading(self) -> str:
        """The one first heading of the page."""
        return self.page.locator("h1").inner_text()
