"""Lighthouse, as a phone on a slow network sees a village that has something of everything.

The program comes from npm into this folder the first time; Chromium is the machine's own. No timed test: it prints.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.bench.table import heading, line
from tests.origin import Origin
from tests.walks import content
from tests.walks.browsing import CHROMIUM
from tests.walks.furnished import furnish
from tests.walks.region_origin import Sources
from tests.walks.running import Running, free_port

HERE: Final = Path(__file__).parent
PROGRAM: Final = HERE / "node_modules/.bin/lighthouse"
GROUPS: Final = ("performance", "accessibility", "best-practices")
WANTED: Final = 95
TOWN: Final = "bad-belzig"
REGION: Final = "potsdam-mittelmark"
ROUNDS: Final = 3
"""So often a page is judged that was too low at first: on a busy machine one round says little."""
FLAGS: Final = "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking"


def judge() -> None:
    """Print the three figures of each page."""
    heading("Lighthouse, mobile, one village with something of everything")
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
            _fill(running, origin)
            for what, path in _pages(running):
                figures = _judged(running.url(TOWN, path), folder)
                worst = min(figures.values())
                said = ", ".join(f"{name} {value}" for name, value in figures.items())
                line(what, said, "" if worst >= WANTED else "too low", f">= {WANTED}")
        finally:
            running.end()
            shutil.rmtree(folder, ignore_errors=True)


def _fill(running: Running, origin: Origin) -> None:
    """News and dates of its own, what its district sends, and the longest words."""
    for name, connector, path in (("zeitung", "rss", "/news.xml"), ("termine", "ics", "/dates.ics")):
        running.village("feeds", "add", TOWN, name, "--connector", connector, "--url", origin.url(path))
    running.village("feeds", "sync", TOWN)
    file = running.data / "regions" / f"{REGION}.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(Sources(origin).file, encoding="utf-8")
    running.village("regions", "sync", REGION)
    furnish(running, TOWN)


def _pages(running: Running) -> Iterator[tuple[str, str]]:
    """What a page is, and its path."""
    for what, path in (("start page", "/"), ("list", "/news"), ("dates", "/events")):
        yield what, path
    for what, listed in (("detail", "news"), ("service", "services")):
        yield what, running.json(TOWN, f"/api/v1/{listed}")["items"][0]["url"].partition(f":{running.port}")[2]
    yield from (
        ("form", "/notifications"),
        ("street of the bins", "/waste"),
        ("map", "/places/map"),
        ("bus and train", "/mobility"),
        ("search", "/search?q=Feuerwehr"),
        ("warnings", "/notices"),
        ("weather", "/weather"),
    )


def _judged(url: str, folder: Path) -> dict[str, int]:
    """The figures of a page; of one that is too low the middle of several rounds."""
    rounds = [_round(url, folder)]
    while len(rounds) < ROUNDS and (len(rounds) > 1 or min(rounds[0].values()) < WANTED):
        rounds.append(_round(url, folder))
    return {group: round(median(one[group] for one in rounds)) for group in GROUPS}


def _round(url: str, folder: Path) -> dict[str, int]:
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
