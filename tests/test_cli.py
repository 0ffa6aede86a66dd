"""The `village` command, as people and scripts use it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import main
from app.settings import settings
from app.tenancy import municipality_table
from tests import loop
from tests.village import Village


class Said:
    """What a command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def refusal(self) -> str:
        """The one sentence on stderr of an expected refusal."""
        assert self.code == 1, self.err
        assert self.out == ""
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.removeprefix("village: ").strip()


@pytest.fixture
def village(platform: Village, capsys: pytest.CaptureFixture[str]) -> "Command":
    return Command(capsys)


class Command:
    """`village …` in this process: what it imports is imported already."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Said:
        self._capsys.readouterr()
        try:
            code = main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        told = self._capsys.readouterr()
        return Said(code, told.out, told.err)


def as_process(*arguments: str, **env: str) -> Said:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def test_a_town_from_its_making_to_its_end(village: Command, tmp_path: Path) -> None:
    file = str(tmp_path / "beelitz.village")

    made = village("tenants", "create", "beelitz", "--template", "town", "--ags", "12069017", "--owner", "a@example.de")
    listed = json.loads(village("tenants", "list", "--json").out)["tenants"]
    shown = json.loads(village("tenants", "show", "beelitz", "--json").out)
    exported = village("tenants", "export", "beelitz", file)
    restored = village("tenants", "import", file, "--slug", "beelitz-zwei")
    suspended = village("tenants", "suspend", "beelitz")
    resumed = village("tenants", "resume", "beelitz")
    moved = village("tenants", "move", "beelitz", "main")
    deleted = [village("tenants", "delete", slug) for slug in ("beelitz", "beelitz-zwei")]

    assert (made.code, made.err) == (0, "")
    assert "http://beelitz.localhost:8000" in made.out
    assert {"bad-belzig", "beelitz", "wiesenburg-mark"} <= {town["slug"] for town in listed}
    assert (shown["slug"], shown["state"], shown["ags"]) == ("beelitz", "active", "12069017")
    assert (shown["owner"], shown["cell"], shown["hosts"]) == ("a@example.de", "main", ["beelitz.localhost"])
    assert exported.out.startswith(f"beelitz is in {file}: ")
    assert "http://beelitz-zwei.localhost:8000" in restored.out
    assert suspended.out == "beelitz is suspended.\n"
    assert resumed.code == 0
    assert moved.out == "beelitz is in the cell main already.\n"
    assert [one.out for one in deleted] == ["beelitz is deleted.\n", "beelitz-zwei is deleted.\n"]
    assert village("tenants", "show", "beelitz").refusal == "There is no village beelitz here."


def test_people_get_columns(village: Command) -> None:
    lines = village("tenants", "list").out.splitlines()

    assert lines[0].split() == ["SLUG", "NAME", "STATE", "TEMPLATE", "CELL", "HOST"]
    assert any(line.split()[0] == "bad-belzig" and line.endswith("bad-belzig.localhost") for line in lines[1:])
    assert "state     active" in village("tenants", "show", "bad-belzig").out
    assert "potsdam-mittelmark" in village("regions", "list").out
    regions = json.loads(village("regions", "list", "--json").out)["regions"]
    assert {"brandenburg", "potsdam-mittelmark"} <= {one["name"] for one in regions}
    assert json.loads(village("cells", "list", "--json").out)["cells"][0]["name"] == "main"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("tenants", "create", "bad-belzig", "--template", "town", "--ags", "12069020"), "bad-belzig is taken."),
        (("tenants", "create", "neu", "--template", "city", "--ags", "12069020"), "allowed: amt, district, town"),
        (("tenants", "create", "neu", "--template", "town", "--ags", "12999999"), "village register import FILE"),
        (("tenants", "create", "www", "--template", "town", "--ags", "12069020"), "reserved"),
        (("tenants", "suspend", "nobody"), "There is no village nobody here."),
        (("tenants", "refresh", "nobody"), "There is no village nobody here."),
        (("tenants", "refresh", "wiesenburg-mark"), "wiesenburg-mark has no folder tenants/wiesenburg-mark/"),
        (("tenants", "move", "bad-belzig", "nowhere"), "There is no cell nowhere."),
        (("tenants", "import", "/nonexistent/file"), "No such file"),
        (("tenants", "export", "bad-belzig", "/nonexistent/file"), "No such file"),
        (("feeds", "list", "nobody"), "There is no village nobody here."),
        (("feeds", "sync", "bad-belzig", "nothing"), "bad-belzig has no feed nothing."),
        (("feeds", "add", "bad-belzig", "x", "--connector", "no", "--url", "https://example.de/"), "no connector no"),
        (("register", "import", "/nonexistent/file"), "can't be read"),
        (("migrate", "--tenant", "nobody"), "There is no village nobody here."),
        (("cells", "add", "zwei", "mysql://x/y"), "postgresql://"),
        (("cells", "add", "zwei", "postgresql://nobody:geheim@127.0.0.1:1/x"), "127.0.0.1:1/x can't be used"),
    ],
)
def test_a_refusal_is_one_sentence(village: Command, arguments: tuple[str, ...], says: str) -> None:
    refusal = village(*arguments).refusal

    assert says in refusal
    assert "geheim" not in refusal


def test_the_control_database_is_no_second_cell(village: Command) -> None:
    assert "holds villages already" in village("cells", "add", "zwei", settings().database_url).refusal


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("tenants",),
        ("tenants", "create", "neu"),
        ("tenants", "nonsense"),
        ("feeds", "add", "a", "b", "--connector", "rss", "--url", "https://example.de/", "--option", "nonsense"),
        ("up", "--port", "70000"),
        ("migrate", "--jobs", "0"),
    ],
)
def test_wrong_usage_is_told_apart(village: Command, arguments: tuple[str, ...]) -> None:
    said = village(*arguments)

    assert said.code == 2
    assert said.err.startswith("usage: village")


def test_a_feed_is_added_and_listed(village: Command, wiesenburg: Village) -> None:
    added = village(
        "feeds", "add", "wiesenburg-mark", "kalender", "--connector", "ics", "--url", "http://127.0.0.1:9/kalender.ics"
    )
    again = village(
        "feeds", "add", "wiesenburg-mark", "kalender", "--connector", "ics", "--url", "http://127.0.0.1:9/kalender.ics"
    )
    synced = json.loads(village("feeds", "sync", "wiesenburg-mark", "kalender", "--json").out)
    listed = json.loads(village("feeds", "list", "wiesenburg-mark", "--json").out)["feeds"]

    assert added.code == 0
    assert "already has a feed kalender" in again.refusal
    [report] = synced["feeds"]
    assert set(report) == {"name", "status", "new", "changed", "unchanged", "gone", "errors"}
    assert (report["name"], report["status"], report["new"]) == ("kalender", "failed", 0)
    assert report["errors"]
    [feed] = [one for one in listed if one["name"] == "kalender"]
    assert (feed["connector"], feed["status"], feed["enabled"]) == ("ics", "failed", True)


def record(kind: str, rest: str) -> str:
    return (kind + "20261031" + rest).ljust(220)


def gv100ad(*towns: tuple[str, str, int]) -> str:
    lines = [record("10", "12"), record("40", "12069".ljust(12) + "Potsdam-Mittelmark".ljust(50) + "x" * 50 + "44")]
    for ags, name, population in towns:
        head = ("60" + "20261031" + ags + "0001" + name.ljust(50) + " " * 50 + "64").ljust(128)
        lines.append((head + "00000001234" + f"{population:011d}").ljust(165) + "14827" + " " * 50)
    return "\n".join(lines) + "\n"


@pytest.fixture
def own_register(platform: Village) -> Iterator[None]:
    """Whatever register a test imports is gone afterwards."""
    yield
    loop.run(municipality_table.store([]))


def test_the_newest_register_wins(village: Command, own_register: None, tmp_path: Path) -> None:
    file = tmp_path / "gv100ad.txt"
    file.write_text(gv100ad(("12069991", "Neudorf", 1234), ("12069020", "Bad Belzig", 11500)), encoding="cp1252")
    unknown = village("tenants", "create", "neudorf", "--template", "village", "--ags", "12069991")

    imported = village("register", "import", str(file))
    made = village("tenants", "create", "neudorf", "--template", "village", "--ags", "12069991")
    gone = village("tenants", "create", "altdorf", "--template", "village", "--ags", "12069665")
    file.write_text("70nonsense\n")
    broken = village("register", "import", str(file))

    assert "12069991" in unknown.refusal
    assert imported.out.startswith("The register has 2 municipalities now.\n")
    assert made.out.startswith("Neudorf is there")
    assert "12069665" in gone.refusal
    assert "Line 1" in broken.refusal
    assert village("tenants", "delete", "neudorf").code == 0


def test_migrate_reports(village: Command) -> None:
    said = village("migrate", "--jobs", "2")

    assert said.code == 0
    assert said.out.startswith("shared: up to date\ntenants: 0 migrated, ")
    assert "0 failed" in said.out


def test_a_database_that_is_away_is_told_in_one_sentence(platform: Village, tmp_path: Path) -> None:
    away = {"DATABASE_URL": "postgresql://x:geheim@127.0.0.1:1/x", "VILLAGE_DATA": str(tmp_path)}

    refusal = as_process("tenants", "create", "neu", "--template", "town", "--ags", "12069020", **away).refusal

    assert "127.0.0.1:1" in refusal
    assert "geheim" not in refusal


def test_a_process_says_the_same(platform: Village) -> None:
    said = as_process("tenants", "list", "--json")

    assert said.code == 0, said.err
    assert {"bad-belzig", "wiesenburg-mark"} <= {town["slug"] for town in json.loads(said.out)["tenants"]}
    assert said.err == ""
