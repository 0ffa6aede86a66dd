"""What the contracts ask of Python source: modules, imports, names that are called."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.contracts.checkout import below, text_of


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file of the checkout."""
    return ast.parse(text_of(path), filename=str(path))


@cache
def nodes(module: ast.Module) -> tuple[ast.AST, ...]:
    """Everything in a module; walked through once, because many rules look at it."""
    return tuple(ast.walk(module))


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python module below the folders, with its tree."""
    for path in below(*folders, suffix=".py"):
        yield path, tree(path)


def imported(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Full names that a module imports, with their line; `from a import b` gives `a.b`."""
    for node in nodes(module):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@cache
def origins(module: ast.Module) -> dict[str, str]:
    """What a local name stands for: `{"datetime": "datetime.datetime"}`."""
    names: dict[str, str] = {}
    for node in nodes(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def dotted(node: ast.AST, names: dict[str, str]) -> str:
    """The full name behind `clock.now` or `os.environ`; nothing for what is no plain name."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        before = dotted(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""


@cache
def used(module: ast.Module) -> tuple[tuple[str, int], ...]:
    """Full names that a module mentions in its code, with their line."""
    names = origins(module)
    mentions = [node for node in nodes(module) if isinstance(node, ast.Attribute | ast.Name)]
    return tuple((name, node.lineno) for node in mentions if (name := dotted(node, names)))
