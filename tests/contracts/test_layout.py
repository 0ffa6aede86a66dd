"""The house stands as it was drawn: where files lie, how long they are, what their texts promise."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.contracts.checkout import ROOT, below, files, text_of

MOST_LINES = 400
MEASURED = {".py", ".css", ".html", ".js", ".mjs"}
LONGER: dict[str, str] = {}  # path: reason. Keep it short.

NO_NAME = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base"}
NO_NAME_EXEMPT = {"app/web/css/base.css"}  # the name a style sheet's ground layer has everywhere

TOP = {"app", "infra", "migrations", "tenants", "terraform", "tests"}
HOUSE = {
    "LICENSE", "Makefile", "README.md", "publiccode.yml", "pyproject.toml", "requirements.lock", ".ci/run",
    "app/README.md", "app/DECISIONS.md", "app/CHANGES.md", "app/main.py", "app/worker.py", "app/settings.py",
    "app/kit/errors.py", "app/kit/clock.py", "app/kit/capability.py", "app/tenancy/engine.py", "app/tenancy/scope.py",
    "app/capabilities/__init__.py", "app/locale/de/web.po",
}  # fmt: skip
FLOORS = {
    "kit", "tenancy", "identity", "media", "web", "graphql", "admin", "notify", "feeds", "federation",
    "capabilities", "platform", "up", "cli", "locale",
}  # fmt: skip

CAPABILITY_FILES = {
    "__init__.py", "README.md", "capability.py", "tables.py", "queries.py", "actions.py", "pages.py", "api.py",
    "graphql.py", "admin.py", "jobs.py",
}  # fmt: skip
DATA = {".toml", ".css", ".md", ".svg", ".png", ".jpg", ".webp", ".tsv", ".csv", ".json", ".geojson", ".html", ".txt"}


def too_long(name: str, text: str) -> bool:
    return len(text.splitlines()) > MOST_LINES and name not in LONGER


def dead_paths(readme: Path, text: str) -> list[str]:
    """Paths in backticks that lead nowhere, seen from the root or from the README's own folder."""
    dead = []
    for quoted in re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?)`", text):
        roots = {ROOT, ROOT / readme.parent}
        first = quoted.split("/")[0]
        known = any((root / first).is_dir() for root in roots)
        if known and not any((root / quoted).exists() for root in roots):
            dead.append(quoted)
    return dead


def decision_faults(text: str) -> list[str]:
    """Entries are `## 2026-11-22 Title`, newest first, at most twelve lines with the title."""
    faults, last = [], "9999"
    for entry in re.split(r"(?m)^## ", text)[1:]:
        title, *_ = lines = entry.strip().splitlines()
        date = re.match(r"(20\d\d-\d\d-\d\d)\W", title)
        if not date:
            faults.append(f"{title}: begins with no date")
        elif date[1] > last:
            faults.append(f"{title}: newer than the entry above it")
        else:
            last = date[1]
        if len(lines) > 12:
            faults.append(f"{title}: {len(lines)} lines")
    return faults


REGISTRIES = re.compile(
    r"pypi\.(?:org|python)|files\.pythonhosted|registry\.(?:npmjs|yarnpkg)|npmjs\.(?:com|org)|crates\.io"
    r"|(?:deb|security)\.debian\.org|proxy\.golang\.org"
)
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bglpat-[\w-]{20}"
    r"|\bxox[abpr]-[\w-]{10}|\bsk_live_\w{16}"
)
MACHINES = re.compile(r"""(?:^|[\s"'=(:\[])(?:file://)?/(?:root|home/\w+|Users/\w+)/""", re.MULTILINE)


def leaks(text: str) -> list[str]:
    """What belongs to one machine, one person or one registry, and so in no file."""
    found = [match[0].strip() for rule in (REGISTRIES, SECRETS, MACHINES) for match in rule.finditer(text)]
    return found + [path for path in (str(ROOT),) if len(ROOT.parts) > 2 and path in text]


def lock_faults(text: str) -> list[str]:
    """A lock pins every package with a hash and names no index, address or file."""
    faults = [line for line in text.splitlines() if re.match(r"\s*-(?!-hash=)|.*(?:\w://|file:| @ )", line)]
    pinned = re.split(r"(?m)^(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text))[1:]
    faults += [entry.split()[0] for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry]
    return faults


def listed(faults: Iterable[str]) -> str:
    return "\n" + "\n".join(faults)


def test_no_file_is_longer_than_one_can_read() -> None:
    long = [str(path) for path in files() if path.suffix in MEASURED and too_long(str(path), text_of(path))]

    assert not long, listed(long)
    assert too_long("app/example.py", "pass\n" * 401)
    assert not too_long("app/example.py", "pass\n" * 400)
    assert all((ROOT / name).is_file() for name in LONGER)


def test_a_name_says_what_is_in_it() -> None:
    vague = [
        str(path)
        for path in files()
        if NO_NAME & {part.split(".")[0] for part in path.parts} and str(path) not in NO_NAME_EXEMPT
    ]

    assert not vague, listed(vague)


def test_the_house_is_there() -> None:
    missing = [name for name in sorted(HOUSE) if not (ROOT / name).is_file()]
    folders = {path.parts[0] for path in files() if len(path.parts) > 1 and not path.parts[0].startswith(".")}
    floors = {path.parts[1] for path in below("app") if len(path.parts) > 2}

    assert not missing, listed(missing)
    assert folders == TOP
    assert floors <= FLOORS, listed(floors - FLOORS)
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


@pytest.mark.parametrize("folder", [*sorted(TOP - {"app"}), "app/capabilities", "app/feeds", "app/tenancy"])
def test_a_folder_introduces_itself_on_one_page(folder: str) -> None:
    readme = ROOT / folder / "README.md"

    assert readme.is_file()
    assert len(readme.read_text(encoding="utf-8").splitlines()) <= 30


def test_readmes_stay_short_and_point_to_what_is_there() -> None:
    readmes = [path for path in files() if path.name == "README.md"]
    long = [str(path) for path in readmes if path.parent.parts[1:] and len(text_of(path).splitlines()) > 30]
    dead = [f"{path}: {quoted}" for path in readmes for quoted in dead_paths(path, text_of(path))]

    assert not long, listed(long)
    assert not dead, listed(dead)
    assert dead_paths(Path("app/README.md"), "see `app/kit/nowhere.py` and `kit/clock.py`") == ["app/kit/nowhere.py"]


def test_capabilities_look_alike() -> None:
    strange, bare = [], []
    folders = {path.parts[2] for path in below("app/capabilities") if len(path.parts) > 3}
    for name in sorted(folders):
        inside = [path.relative_to(f"app/capabilities/{name}") for path in below(f"app/capabilities/{name}")]
        nouns = {path.name for path in inside if path.name not in CAPABILITY_FILES and path.suffix == ".py"}
        strange += [f"{name}/{path}" for path in inside if len(path.parts) > 1 and path.parts[0] != "templates"]
        strange += [f"{name}/{path}" for path in inside if len(path.parts) == 1 and path.suffix not in {".py", ".md"}]
        # Split by noun, never by layer: few files more, and none that names a layer.
        strange += [
            f"{name}/{noun}" for noun in nouns if noun in {"services.py", "models.py", "views.py", "schemas.py"}
        ]
        bare += [f"{name}: no {file}" for file in ("README.md", "capability.py") if Path(file) not in inside]

    assert not strange, listed(strange)
    assert not bare, listed(bare)


def test_a_town_is_data() -> None:
    code = [str(path) for path in below("tenants") if path.suffix not in DATA]
    unread = []
    for path in below("tenants", suffix=".toml"):
        try:
            tomllib.loads(text_of(path))
        except tomllib.TOMLDecodeError as error:
            unread.append(f"{path}: {error}")

    assert not code, listed(code)
    assert not unread, listed(unread)
    assert list(below("tenants/bad-belzig", suffix=".toml"))


def test_decisions_are_short_and_newest_first() -> None:
    assert not decision_faults(text_of(Path("app/DECISIONS.md")))
    assert not decision_faults("# Decisions\n\n## 2026-11-22 B\n\nx\n\n## 2026-11-21 A\n\nx\n")
    assert decision_faults("## 2026-11-21 A\n## 2026-11-22 B\n") == ["2026-11-22 B: newer than the entry above it"]
    assert decision_faults("## Undated\n" + "x\n" * 12) == ["Undated: begins with no date", "Undated: 13 lines"]


def test_no_machine_and_no_secret_is_told() -> None:
    told = [f"{path}: {leak}" for path in files() for leak in leaks(text_of(path))]

    assert not told, listed(told)
    assert leaks("index = 'https://pypi." + "org/simple'")
    assert leaks("cd " + "/home/" + "ada/village")
    assert leaks("-----BEGIN RSA PRIVATE " + "KEY-----")
    assert not leaks("ExecStart=/srv/village/.venv/bin/village migrate")


@pytest.mark.parametrize("lock", ["requirements.lock", "tests/requirements.lock"])
def test_locks_pin_with_hashes_and_name_no_place(lock: str) -> None:
    text = text_of(Path(lock))

    assert text.count("==") > 40
    assert not lock_faults(text), listed(lock_faults(text))
    assert lock_faults("six==1.17.0\n") == ["six==1.17.0"]
    assert lock_faults("-i https://index.example/simple\n") == ["-i https://index.example/simple"]
    assert not lock_faults("six==1.17.0 \\\n    --hash=sha256:00ff\n    # via x\n")


def test_the_front_end_lock_names_no_place() -> None:
    places = [str(path) for path in files() if path.name == "package-lock.json" and '"resolved"' in text_of(path)]

    assert not places, listed(places)


def test_the_licence_is_whole() -> None:
    text = text_of(Path("LICENSE"))

    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert re.findall(r"(?m)^(\d+)\.[A-Z]", text) == [str(number) for number in range(1, 16)]
    assert text.rstrip().endswith("require the production of a new EUPL version.")
