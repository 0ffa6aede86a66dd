"""`village register` and the commands for feeds that look again: what they print and what they leave alone."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.cli import feeds as feed_commands
from app.cli import register
from app.cli.running import Refused
from app.feeds.admin import NewFeed, add
from app.feeds.replay import NothingKept
from app.tenancy import boundaries, control, municipality_table
from app.tenancy.boundaries_load import BadOutlines
from app.tenancy.boundaries_load import store as store_outlines
from app.tenancy.municipality import bundled
from tests import loop
from tests.village import Village


@pytest.fixture(autouse=True)
def own(platform: Village) -> Iterator[None]:
    yield
    loop.run(municipality_table.store([]))
    loop.run(store_outlines([]))


def gv100ad(*places: tuple[str, str, int]) -> str:
    """The official file of a district with (AGS, name, hectares)."""
    lines = [f"40{'20231130'}{'12069':<12}{'Potsdam-Mittelmark':<50}".ljust(220)]
    for ags, name, area in places:
        figures = f"{area:011d}{900:011d}{450:011d}    14806"
        lines.append(f"60{'20231130'}{ags}0001{name:<50}{'':<50}64    {figures}".ljust(220))
    return "\n".join(lines)


def asked(**values: Any) -> argparse.Namespace:
    return argparse.Namespace(**({"json": False, "dry_run": False} | values))


async def test_an_import_tells_what_changed_and_whom_it_concerns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gv.txt"
    file.write_text(gv100ad(("12069020", "Bad Belzig", 40_000), ("12069991", "Neudorf", 100)))

    assert await register.import_(asked(file=file)) == 0

    said = capsys.readouterr().out
    assert said.startswith("The register has 2 municipalities now.\nnew: 1\n  12069991 Neudorf\ngone: 10772\n")
    assert "… and 10752 more; --json has them all" in said
    assert "is the file complete?" in said
    assert "The village wiesenburg-mark has the AGS 12069665 (Wiesenburg/Mark), which is gone" in said
    assert "bad-belzig has" not in said
    async with control() as connection:
        kept = await connection.fetchval("SELECT ags FROM tenant WHERE slug = 'wiesenburg-mark'")
    assert kept == "12069665"


async def test_a_dry_run_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gv.txt"
    file.write_text(gv100ad(("12069020", "Bad Belzig", 23_609)))

    assert await register.import_(asked(file=file, dry_run=True, json=True)) == 0

    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["stored"] is False
    assert len(told["changes"]["gone"]) == 10_772
    assert await municipality_table.by_ags("12069665") is not None


async def test_the_same_register_again_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    belzig = bundled()["12069020"]
    await municipality_table.store([belzig])
    file = tmp_path / "gv.txt"
    file.write_text(
        gv100ad(("12069020", "Bad Belzig", belzig.area_ha)).replace("0001Bad", "0020Bad").replace("64   ", "63   ")
    )

    await register.import_(asked(file=file))

    assert "new:" not in capsys.readouterr().out


async def test_outlines_come_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = [[12.5, 52.0], [12.7, 52.0], [12.7, 52.2], [12.5, 52.2], [12.5, 52.0]]
    one = {
        "type": "Feature",
        "properties": {"AGS": "12069020", "GF": 4, "GEN": "Bad Belzig"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file = tmp_path / "outlines.json"
    file.write_bytes(msgspec.json.encode([one]))

    assert await register.boundaries(asked(file=file)) == 0

    assert capsys.readouterr().out.startswith("1 outlines of 2017 are loaded; 10772 municipalities")
    found = await boundaries.boundary_of("12069020")
    assert found is not None
    assert not found.approximate
    file.write_text("{}")
    with pytest.raises(BadOutlines):
        await register.boundaries(asked(file=file))
    with pytest.raises(Refused, match="can't be read"):
        await register.boundaries(asked(file=tmp_path / "nowhere"))


async def test_without_npm_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Refused, match="npm was not found"):
        await register.boundaries(asked(file=None))


async def test_a_town_s_discovery_is_kept_for_its_clerk(belzig: Village, capsys: pytest.CaptureFixture[str]) -> None:
    # The guard refuses addresses of this machine, so nothing is asked here but what the platform knows itself.
    here = {"slug": "bad-belzig", "website": "http://127.0.0.1/", "wikidata": "http://127.0.0.1/", "oparl_registry": ""}

    assert await feed_commands.discover(asked(**here)) == 0
    assert await feed_commands.discover(asked(**here, json=True)) == 0

    said, _, json = capsys.readouterr().out.partition("{")
    assert "holidays: done, 5" in said
    assert "website: failed" in said
    assert "0 proposals" in said
    assert msgspec.json.decode("{" + json)["keys"]["nina"] == "120690000000"


async def test_nothing_to_read_again(belzig: Village) -> None:
    await add("bad-belzig", NewFeed(name="chor", connector="ics", url="https://chor.example/x.ics"))

    with pytest.raises(NothingKept):
        await feed_commands.replay(asked(slug="bad-belzig", name="chor", back=0))
