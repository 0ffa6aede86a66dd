"""A village that has something of everything, with the longest words and a title from right to left; all invented.

`python -m tests.walks.furnished SLUG` stores it as the feed engine does, in the deployment of the environment.
"""

import asyncio
import subprocess
import sys
from datetime import timedelta
from typing import Any, Final

from app import settings
from app.feeds import items
from app.feeds.items.daily import Fraction
from app.kit import clock
from app.up.servers import reach
from tests.walks.running import ROOT, Running

LONG = "Straßenverkehrszulassungsbehörde: Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung"
RIGHT_TO_LEFT = "مسجد النور وحديقة القرية"
BINS: Final[tuple[tuple[str, Fraction, str], ...]] = (
    ("Restmüll", "residual", "Lindenstraße"), ("Gelber Sack", "packaging", "Lindenstraße"),
    ("Papier", "paper", "Lindenstraße"), ("Bioabfall", "organic", LONG),
)  # fmt: skip


def everything() -> list[items.Item]:
    """At least one of each kind that a town stores."""
    now, today = clock.now(), clock.today()
    soon, long_ago = today + timedelta(days=3), now - timedelta(days=2)
    address = items.Address(street="Am Markt 1", postcode="14806", town="Musterdorf")
    told: dict[str, Any] = {"licence": "CC-BY-4.0", "attribution": "Amt Musterdorf"}
    track = tuple((14.2 + step / 500, 52.2 + step % 7 / 700, 60.0 + step % 5) for step in range(40))
    return [
        items.Article(external_id="n1", title=LONG, summary=f"{LONG}.", published_at=long_ago, **told),
        items.Article(external_id="n2", title=RIGHT_TO_LEFT, language="ar", published_at=long_ago, **told),
        *(
            items.Event(
                external_id=key, title=title, starts_at=at, location_name=title, **told,
                occurrences=(items.Occurrence(key=key, starts_at=at),),
            )
            for key, title, at in (
                ("e1", LONG, now + timedelta(hours=30)), ("e2", RIGHT_TO_LEFT, now + timedelta(hours=50)),
            )
        ),
        items.Notice(
            external_id="w1", title=LONG, kind="flood", severity="severe", urgency="immediate", sent_at=now,
            instruction="Meiden Sie das Ufer.", description="Das Wasser steigt.", sender=LONG, **told,
        ),
        items.Notice(external_id="w2", title=RIGHT_TO_LEFT, kind="weather", severity="minor", sent_at=now, **told),
        items.Place(
            external_id="p1", title=LONG, kind="cafe", geo=items.Geo(52.2, 14.2), address=address, wheelchair="yes",
            opening_hours="Mo-Fr 09:00-12:00,14:00-18:00; PH off", **told,
        ),
        items.Place(external_id="p2", title=RIGHT_TO_LEFT, kind="worship", geo=items.Geo(52.21, 14.22), **told),
        items.Tour(
            external_id="t1", title=LONG, tracks=(track,), length_metres=9_000, ascent_metres=120, descent_metres=90,
            stops=(items.TourStop(title=LONG, lat=52.2, lon=14.21),), geo=items.Geo(52.2, 14.2), **told,
        ),
        items.Fact(external_id="f1", title=LONG, value="1.234", as_of="2026", **told),
        items.Service(
            external_id="s1", title=LONG, summary="Das geht auch im Netz.", offices=("o1",),
            life_situations=("moving",), links=(items.Link(title=LONG, url="https://portal.example", kind="online"),),
            blocks=(items.Block(kind="fees", html="<p>37 Euro</p>"), items.Block(kind="legal", html=f"<p>{LONG}</p>")),
            **told,
        ),
        items.Office(
            external_id="o1", title=LONG, address=address, opening_text="Dienstag: 9–12 Uhr", wheelchair="yes",
            contacts=(items.Contact(phone="033841 940", email="meldeamt@rathaus-musterdorf.example"),), **told,
        ),
        items.Meeting(
            external_id="m1", title=LONG, body="Bauausschuss", starts_at=now + timedelta(days=2), location=LONG,
            agenda=(items.AgendaItem(title=LONG, number="1", paper="v1"),), **told,
        ),
        items.Paper(external_id="v1", title=LONG, reference="12/2026", paper_type="Vorlage", day=today, **told),
        items.Report(
            external_id="r1", title=LONG, service_name="Straße", description=LONG, address=LONG,
            requested_at=long_ago, **told,
        ),
        items.Job(external_id="j1", title=LONG, employer=LONG, place="Musterdorf", apply_until=soon, **told),
        *(
            items.Collection(
                external_id=f"c{number}", title=title, fraction=fraction, street=street,
                day=today + timedelta(days=1 + number), **told,
            )
            for number, (title, fraction, street) in enumerate(BINS)
        ),
    ]  # fmt: skip


def furnish(running: Running, slug: str) -> None:
    """Fill a town of a running deployment."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.walks.furnished", slug],
        cwd=ROOT, env=running.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


async def _store(slug: str) -> None:
    # The queue behind these reads the settings as it is imported.
    from app.tenancy import cells
    from tests.factories_townhall import Register

    try:
        report = await Register(slug, "alles").sends(*everything())
    finally:
        await cells.close()
    if report.errors or report.new < len(everything()):
        raise SystemExit(f"{report}")


if __name__ == "__main__":
    with reach(settings.from_env()) as reached:
        settings.use(reached)
        asyncio.run(_store(sys.argv[1]))
