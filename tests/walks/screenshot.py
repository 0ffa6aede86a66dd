"""Makes `infra/screenshot-bad-belzig.png`: the start page on a phone beside a large screen, with invented content.

`python -m tests.walks.screenshot`
"""

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.origin import Origin
from tests.walks import content
from tests.walks.browsing import launch
from tests.walks.region_origin import Sources
from tests.walks.running import ROOT, Running, free_port

PICTURE = ROOT / "infra/screenshot-bad-belzig.png"
SIZES = (("phone", 375, 760), ("desktop", 1280, 760))
FRAME = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 28px; display: flex; gap: 28px; width: max-content; background: #dfe6e2; }
img { display: block; border-radius: 14px; box-shadow: 0 6px 24px #0003; }
</style>%s"""


def main() -> None:
    """Start a village, fill it, take both pictures and put them into one."""
    folder = Path(tempfile.mkdtemp(prefix="village-picture-"))
    with Origin() as origin:
        now = datetime.combine(content.today(), time(9), content.ZONE)
        origin.file("/news.xml", content.rss(content.NEWS[:4], now), "application/rss+xml")
        origin.file("/dates.ics", content.ics(now), "text/calendar")
        running = Running(folder / "data", free_port(), origin.host)
        try:
            running.start()
            for title, connector, path in (
                ("Stadtanzeiger", "rss", "/news.xml"),
                ("Kulturkalender", "ics", "/dates.ics"),
            ):
                _add(running, title, connector, origin.url(path))
            running.village("feeds", "sync", "bad-belzig")
            district = running.data / "regions/potsdam-mittelmark.toml"
            district.parent.mkdir(exist_ok=True)
            district.write_text(Sources(origin).file, encoding="utf-8")
            running.village("regions", "sync", "potsdam-mittelmark")
            _take(running, folder)
        finally:
            running.end()
            shutil.rmtree(folder, ignore_errors=True)


def _add(running: Running, title: str, connector: str, url: str) -> None:
    """As `village feeds add`, with a name for people."""
    run = json.loads((running.data / "run.json").read_text())
    told = {"name": title.lower(), "title": title, "connector": connector, "url": url}
    code = (
        f"import asyncio; from app.feeds.admin import NewFeed, add; asyncio.run(add('bad-belzig', NewFeed(**{told!r})))"
    )
    servers = {"DATABASE_URL": run["database_url"], "REDIS_URL": run["redis_url"]}
    servers["VILLAGE_SECRET_KEY"] = (running.data / "secret").read_text().strip()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=running.env | servers, check=True)


def _take(running: Running, folder: Path) -> None:
    with sync_playwright() as playwright, launch(playwright) as browser:
        for name, width, height in SIZES:
            page = browser.new_page(viewport={"width": width, "height": height}, locale="de-DE")
            page.goto(running.url("bad-belzig"))
            # The village's own font is there from the second page on.
            page.reload(wait_until="networkidle")
            page.screenshot(path=folder / f"{name}.png")
        page = browser.new_page(viewport={"width": 1800, "height": 900})
        (folder / "frame.html").write_text(FRAME % "".join(f'<img src="{name}.png">' for name, _, _ in SIZES))
        page.goto((folder / "frame.html").as_uri())
        page.locator("body").screenshot(path=folder / "both.png")
    # Few colours are enough, and the file stays small.
    Image.open(folder / "both.png").convert("RGB").quantize(96, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
