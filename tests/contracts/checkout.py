"""The files of the checkout, as the contracts see them."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Looked at only where git can't tell what belongs to the project, such as in an unpacked archive.
_MADE = {"node_modules", "__pycache__", "dist", "build", "screenshots"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project, relative to `ROOT`; new ones that git doesn't ignore included."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = [path for path in found if not _MADE & set(path.parts) and not _hidden(path)]
    else:
        names = [Path(name) for name in listed.split("\0") if name]
    return tuple(sorted(path for path in names if (ROOT / path).is_file()))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") and part != ".ci" for part in path.parts[:-1])


def text_of(path: Path) -> str:
    """The text of a file, or nothing for bytes that are no UTF-8."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def below(*folders: str, suffix: str = "") -> Iterator[Path]:
    """The files below folders such as `app/kit`."""
    for path in files():
        if path.name.endswith(suffix) and any(path.is_relative_to(folder) for folder in folders):
            yield path
