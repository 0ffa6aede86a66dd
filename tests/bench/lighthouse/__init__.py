"""Lighthouse, as a phone on a slow network sees a village: start page, list, detail and form.

The program comes from npm into this folder the first time; Chromium is the machine's own. No timed test: it prints.
"""

import json
import os
import shutil
import subprocess
import tempfile
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

from tests.bench.table import heading, line
from tests.origin import Origin
from tests.walks import content
from tests.walks.browsing import CHROMIUM
from tests.walks.running import Running, free_port

HERE: Final = Path(__file__).parent
PROGRAM: Final = HERE / "node_modules/.bin/lighthouse"
GROUPS: Final = ("performance", "accessibility", "best-practices")
WANTED: Final = 95
FLAGS: Final = "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking"


def judge() -> None:
    """Print the three figures of each page."""
    heading("Lighthouse, mobile, one village with news and events")
    npm = shutil.which("npm")
    if npm is None or not CHROMIUM.exists():
        line("npm or Chromium is missing", "not judged")
        return
    if not PROGRAM.exists():
        subprocess.run(
            [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"], cwd=HERE, check=True
        )
    folder = Path(tempfile.mkdtemp(prefix="village-lighthouse-"))
    with Origin() as origin:
        now = datetime.combine(content.today(), time(9), content.ZONE)
        origin.file("/news.xml", content.rss(content.NEWS, now), "application/rss+xml")
        origin.file("/dates.ics", content.ics(now), "text/calendar")
        running = Running(folder / "data", free_port(), origin.host)
        try:
            running.start()
            for name, connector, path in (("zeitung", "rss", "/news.xml"), ("termine", "ics", "/dates.ics")):
                running.village("feeds", "add", "bad-belzig", name, "--connector", connector, "--url", origin.url(path))
            running.village("feeds", "sync", "bad-belzig")
            detail = running.json("bad-belzig", "/api/v1/news")["items"][0]["url"].partition(f":{running.port}")[2]
            for what, path in (
                ("start page", "/"),
                ("list", "/news"),
                ("detail", detail),
                ("form", "/notifications"),
                ("street of the bins", "/waste"),
                ("map", "/places/map"),
            ):
                figures = _judged(running.url("bad-belzig", path), folder)
                worst = min(figures.values())
                said = ", ".join(f"{name} {value}" for name, value in figures.items())
                line(what, said, "" if worst >= WANTED else "too low", f">= {WANTED}")
        finally:
            running.end()
            shutil.rmtree(folder, ignore_errors=True)


def _judged(url: str, folder: Path) -> dict[str, int]:
    report = folder / "report.json"
    subprocess.run(
        [
            str(PROGRAM), url, "--quiet", "--output=json", f"--output-path={report}",
            f"--only-categories={','.join(GROUPS)}", f"--chrome-flags={FLAGS}",
        ],
        env={**os.environ, "CHROME_PATH": str(CHROMIUM)}, check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(report.read_text())
    for group in GROUPS:
        for one in told["categories"][group]["auditRefs"]:
            audit = told["audits"][one["id"]]
            if one["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                print(f"    {group}: {audit['title']} {audit.get('displayValue', '')}")
    return {group: round(100 * told["categories"][group]["score"]) for group in GROUPS}
