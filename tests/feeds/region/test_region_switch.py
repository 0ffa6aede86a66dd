"""What lives in a region's schema: a town may do without it, and its pages show a new state at once."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from app.feeds import regional_sync
from app.kit import clock
from app.platform import regions
from app.tenancy.regions import region
from tests import cast, loop
from tests.feeds.region.district import BELZIG, NAME, WIESENBURG, District
from tests.origin import Origin

PLACE = f"/manage/feeds/{NAME}.wetter"


def answer(station: str) -> bytes:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    readings = [
        {"timestamp": (hour + timedelta(hours=step)).isoformat(), "source_id": 1, "temperature": len(station)}
        for step in range(-1, 30)
    ]
    source = {"id": 1, "observation_type": "forecast", "lat": 52.1, "lon": 12.6, "station_name": station}
    return msgspec.json.encode({"weather": readings, "sources": [source]})


async def asked(district: District, slug: str) -> str:
    """Whose weather the town shows; empty for none."""
    answer = await district.platform.at(slug).get("/api/v1/weather")
    return str(answer.json().get("station") or "") if answer.status_code == 200 else ""


async def both(district: District) -> list[str]:
    return [await asked(district, slug) for slug in (BELZIG, WIESENBURG)]


@pytest.fixture(autouse=True)
def swept(district: District) -> Iterator[None]:
    yield
    loop.run(_clean(district))


async def _clean(_: District) -> None:
    await cast.away()
    async with region(NAME) as scope, scope.transaction():
        await scope.fetch("DELETE FROM forecast")


async def test_a_town_switches_off_what_its_region_keeps_and_on_again(district: District, origin: Origin) -> None:
    origin.file("/weather", answer("Musterberg"), "application/json")
    await district.has("wetter", "/weather", "brightsky", title="Wetter des Kreises")
    await district.fetch("wetter")
    assert await both(district) == ["Musterberg", "Musterberg"]
    olga = await (await cast.person("olga", {BELZIG: ["owner"]})).at(district.platform.at(BELZIG))

    assert "Ausschalten" in (await olga.get(PLACE)).text
    await olga.post(f"{PLACE}/switch", data={"on": "no"})

    assert await both(district) == ["", "Musterberg"]
    assert "ausgeschaltet" in (await olga.get("/manage/feeds")).text
    await olga.post(f"{PLACE}/switch", data={"on": "yes"})
    assert await asked(district, BELZIG) == "Musterberg"


async def test_a_new_state_stands_on_the_towns_pages_at_once(district: District, origin: Origin) -> None:
    origin.file("/weather", answer("Musterberg"), "application/json")
    await district.has("wetter", "/weather", "brightsky")
    await district.fetch("wetter")
    assert await both(district) == ["Musterberg", "Musterberg"]
    origin.file("/weather", answer("Neuberg"), "application/json")

    [report] = await regional_sync.sync(NAME, keepers=regions.keepers(), http=district.http, force=True)

    assert report.status == "ok"
    for _ in range(40):
        if await both(district) == ["Neuberg", "Neuberg"]:
            break
        await asyncio.sleep(0.05)
    assert await both(district) == ["Neuberg", "Neuberg"]
