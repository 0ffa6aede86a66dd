"""German is complete: every text that the code marks is in a catalogue of `app/locale/de`, whole and alike."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from tests.contracts.checkout import ROOT, below, text_of
from tests.contracts.source import modules, nodes

CATALOGUES = tuple(below("app/locale", suffix=".po"))
MARKED = {"gettext_", "lazy", "_", "gettext", "pgettext_"}
COUNTED = {"ngettext_", "ngettext"}
HOLDS = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false", "newstyle_gettext": "true"}


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def refusals() -> dict[str, ast.ClassDef]:
    """`VillageError` and all that stand on it, by name."""
    family: dict[str, ast.ClassDef] = {}
    classes = [node for _, module in modules("app") for node in nodes(module) if isinstance(node, ast.ClassDef)]
    for _ in range(10):  # no tree of errors is deeper
        family |= {
            n.name: n for n in classes if n.name == "VillageError" or {_last(b) for b in n.bases} & family.keys()
        }
    return family


def takes_a_text(name: str) -> bool:
    """False for a refusal that makes its text itself, such as `Refused("port")`."""
    kind = refusals().get(name)
    if kind is None:
        return False
    made = [node for node in kind.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    if made:
        return [argument.arg for argument in made[0].args.args][1:2] == ["detail"]
    return any(takes_a_text(_last(base)) for base in kind.bases)


def _texts(node: ast.expr | None, names: dict[str, ast.expr]) -> Iterator[str]:
    """The worded texts an argument may be: itself, both sides of a condition, every value of a table of the module."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body, names)
        yield from _texts(node.orelse, names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.search(r"[^\W\d_]", HOLDS.sub("", node.value)):
            yield node.value
    elif isinstance(node, ast.Subscript) and isinstance(table := names.get(_last(node.value)), ast.Dict):
        for value in table.values:
            yield from _texts(value, names)


def _constants(module: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in module.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {_last(target): node.value for target in targets if node.value}  # type: ignore[attr-defined]
    return found


def marked_in(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts for people in Python source, with their line."""
    names = _constants(module)
    own = {node.name: node for node in nodes(module) if isinstance(node, ast.ClassDef)}
    inside = {id(call): kind for kind in own.values() for call in ast.walk(kind)}
    for call in nodes(module):
        if not isinstance(call, ast.Call):
            continue
        name, shown = _last(call.func), list(call.args[:1])
        if name in COUNTED:
            shown = list(call.args[:2])
        elif name == "__init__":
            kind = inside.get(id(call))
            shown = shown if kind and any(takes_a_text(_last(base)) for base in kind.bases) else []
        elif takes_a_text(name) and own.get(name) in (None, refusals()[name]):
            shown += [word.value for word in call.keywords if word.arg == "detail"]
            fields = [word.value for word in call.keywords if word.arg == "fields"]
            shown += [text for field in fields if isinstance(field, ast.Dict) for text in field.values]
        elif name not in MARKED:
            continue
        yield from ((call.lineno, text) for argument in shown for text in _texts(argument, names))


def marked_in_template(source: bytes) -> Iterator[tuple[int, str]]:
    """Texts for people in a template, with their line."""
    for line, _, message, _ in babel_extract(BytesIO(source), ("gettext", "ngettext", "_"), [], JINJA):
        for text in message if isinstance(message, tuple) else (message,):
            if text:
                yield line, text


@cache
def marked() -> dict[str, str]:
    """Every text the app marks, with one place where it stands."""
    found: dict[str, str] = {}
    for path, module in modules("app"):
        found |= {text: f"{path}:{line}" for line, text in marked_in(module)}
    for path in below("app", "tenants", suffix=".html"):
        found |= {text: f"{path}:{line}" for line, text in marked_in_template((ROOT / path).read_bytes())}
    return found


def spoken() -> set[str]:
    """Every text that may be shown: what is marked, any text of the code (tables, refusals), titles of connectors."""
    texts = set(marked())
    for _, module in modules("app"):
        texts |= {
            node.value for node in nodes(module) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    for path in below("app", suffix=".toml"):
        texts |= {value for value in tomllib.loads(text_of(path)).values() if isinstance(value, str)}
    return texts


def read(path: Path) -> Catalog:
    with (ROOT / path).open("rb") as source:
        return read_po(source, locale=path.parts[2].partition("-")[0], abort_invalid=True)


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def faults(message: Message) -> Iterator[str]:
    """What is wrong with one translation."""
    source, target = forms(message.id), forms(message.string or "")
    if message.fuzzy:
        yield "is marked fuzzy"
    if not all(text.strip() for text in target):
        yield "has no translation"
        return
    wanted = {match[0] for text in source for match in HOLDS.finditer(text)}
    for text in target:
        held = {match[0] for match in HOLDS.finditer(text)}
        # One form of a plural may leave the number out: "ein Termin", "3 Termine".
        if held != wanted and not (len(target) > 1 and held < wanted):
            yield f"holds {sorted(held)} instead of {sorted(wanted)}"


@cache
def german() -> frozenset[str]:
    """Every text that has a German translation."""
    catalogues = [read(path) for path in CATALOGUES if path.parts[2] == "de"]
    return frozenset(text for catalogue in catalogues for message in messages(catalogue) for text in forms(message.id))


def test_german_is_complete() -> None:
    missing = [f"{place}: {text!r}" for text, place in sorted(marked().items()) if text not in german()]

    assert not missing, f"{len(missing)} without German:\n" + "\n".join(missing)
    assert len(marked()) > 20


def test_nothing_is_translated_that_nobody_says() -> None:
    texts = spoken()

    unused = [
        f"{path}: {text!r}"
        for path in CATALOGUES
        for message in messages(read(path))
        for text in forms(message.id)
        if text not in texts
    ]

    assert not unused, "\n".join(unused)


@pytest.mark.parametrize("path", CATALOGUES, ids=str)
def test_translations_are_whole(path: Path) -> None:
    broken = [f"{message.id!r} {fault}" for message in messages(read(path)) for fault in faults(message)]

    assert not broken, "\n" + "\n".join(broken)


def test_a_text_has_one_translation() -> None:
    said: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for path in CATALOGUES:
        for message in messages(read(path)):
            said[path.parts[2], forms(message.id)[0]].add(forms(message.string or ""))

    several = [f"{locale}: {text!r} is {sorted(ways)}" for (locale, text), ways in said.items() if len(ways) > 1]

    assert not several, "\n" + "\n".join(several)


def test_the_search_finds_what_is_marked() -> None:
    source = 'lazy("News")\nraise NotFound("The " "page")\nInvalidInput("x", fields={"a": "Too long"})\nother("no")'
    template = b"{% trans %}Hello{% endtrans %}{{ _('Dates') }}{% trans n=3 %}a{% pluralize %}{{ n }} b{% endtrans %}"

    texts = [text for _, text in marked_in(ast.parse(source))]

    assert sorted(texts) == ["News", "The page", "Too long", "x"]
    assert [text for _, text in marked_in_template(template)] == ["Hello", "Dates", "a", "%(n)s b"]


def test_a_translation_that_is_not_whole_is_told() -> None:
    assert list(faults(Message("Open %(day)s", "Offen", flags=("fuzzy",)))) == [
        "is marked fuzzy",
        "holds [] instead of ['%(day)s']",
    ]
    assert list(faults(Message("Open", ""))) == ["has no translation"]
    assert not list(faults(Message(("One day", "%(n)s days"), ("Ein Tag", "%(n)s Tage"))))
