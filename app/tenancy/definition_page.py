"""Still pages as Markdown files, and the placeholders in them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from app.tenancy.definition_file import did_you_mean, read_text, shown
from app.tenancy.definition_shape import DefinitionError, Page

_T = TypeVar("_T")

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

LANGUAGES = ("en", "de-simple")
"""What a page may be told in besides German: `<name>.en.md`; `de-simple` is Leichte Sprache (DIN SPEC 33429)."""

PLACEHOLDERS = {
    "name": "",
    "official": "",
    "slug": "",
    "district": "",
    "state": "",
    "region": "",
    "population": "die Einwohnerzahl",
    "postcode": "die Postleitzahl",
    "ags": "",
    "ars": "",
    "nina": "",
}
"""Facts that texts may name, with what a page asks for when a fact is unknown."""


def read_pages(file: str, names: Sequence[str], folders: Sequence[Path], root: Path) -> tuple[Page, ...]:
    """The pages of these names, each from the first folder that has it; `file` is where the names stand."""
    found: list[Page] = []
    for name in names:
        folder = next((one for one in folders if (one / f"{name}.md").is_file()), None)
        if folder is None:
            known = {path.name.partition(".")[0] for one in folders for path in one.glob("*.md")}
            raise DefinitionError(
                file, f'pages "{name}"', f"has no file {shown(folders[0], root)}/{name}.md {did_you_mean(name, known)}"
            )
        found.append(_page(folder / f"{name}.md", name, "de", root))
        # From the same folder only: a town's own German text must not meet the template's English one.
        found += [
            _page(path, name, language, root)
            for language in LANGUAGES
            if (path := folder / f"{name}.{language}.md").is_file()
        ]
    return tuple(found)


def page_names(folder: Path) -> list[str]:
    """The names of the pages that lie in a folder."""
    return sorted(path.stem for path in folder.glob("*.md") if "." not in path.stem)


def _page(path: Path, name: str, language: str, root: Path) -> Page:
    file = shown(path, root)
    text = read_text(path, root).replace("\r\n", "\n").lstrip("\n")
    first, _, body = text.partition("\n")
    if not first.startswith("# ") or not first[2:].strip():
        raise DefinitionError(file, "line 1", 'must be the heading of the page, like "# Impressum"')
    check_placeholders(file, text)
    return Page(name=name, title=first[2:].strip(), body=body.strip("\n") + "\n", language=language)


def check_placeholders(file: str, text: str) -> None:
    """Refuse a placeholder that stands for no fact."""
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            hint = did_you_mean(name, PLACEHOLDERS)
            raise DefinitionError(file, f"{{{name}}}", f"is no placeholder {hint}")


def fill(text: str, facts: Mapping[str, str], language: str = "de", *, gaps: bool = False) -> str:
    """The text with its facts; what is unknown becomes a gap for the clerk when `gaps` is asked, else nothing."""

    def fact(match: re.Match[str]) -> str:
        value = facts.get(match[1], match[0])
        if value or not gaps:
            return value
        return (
            f"[bitte ergänzen: {PLACEHOLDERS[match[1]]}]"
            if language.startswith("de")
            else f"[please complete: {match[1]}]"
        )

    return _PLACEHOLDER.sub(fact, text)


def filled_pages(pages: Iterable[Page], facts: Mapping[str, str]) -> tuple[Page, ...]:
    """The pages with their facts."""
    return tuple(
        msgspec.structs.replace(
            page,
            title=fill(page.title, facts, page.language),
            body=fill(page.body, facts, page.language, gaps=True),
        )
        for page in pages
    )


def filled(struct: _T, facts: Mapping[str, str]) -> _T:
    """The struct with the facts in all its texts, also inside lists and tables."""
    return msgspec.convert(_filled(msgspec.to_builtins(struct), facts), type(struct))


def _filled(value: Any, facts: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return fill(value, facts)
    if isinstance(value, list | tuple):
        return [_filled(one, facts) for one in value]
    if isinstance(value, dict):
        return {key: _filled(one, facts) for key, one in value.items()}
    return value
