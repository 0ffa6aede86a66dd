"""House rules that no linter knows; each is shown with what it refuses and what it lets pass."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.contracts.checkout import below
from tests.contracts.source import dotted, imported, modules, nodes, origins, used

Rule = Callable[[Path, ast.Module], Iterator[tuple[int, str]]]

CLOCKS = {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"}
ENVIRONMENT = {"os.environ", "os.getenv", "os.putenv"}
CLIENTS = "httpx httpx2 httpcore httpcore2 requests urllib3 aiohttp urllib.request http.client".split()
_SQL = re.compile(
    r"\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|COPY|SET (?:ROLE|LOCAL))"
    r"\s|\s*(?:select\s.*\sfrom|insert into|update \S+ set|delete from)\s"
    r"|\s*(?:create|alter|drop|truncate) (?:table|schema|role)\s",
    re.DOTALL,
)


def lies_in(path: Path, *places: str) -> bool:
    return any(path.is_relative_to(place) for place in places)


@cache
def towns() -> frozenset[str]:
    """Slugs and names of the towns that this checkout defines, in small letters."""
    folders = {path.parts[1] for path in below("tenants") if len(path.parts) > 2}
    slugs = (folders | {"bad-belzig"}) - {"templates", "regions", "register"}
    return frozenset(slugs | {slug.replace("-", " ") for slug in slugs})


def compares_a_town(_path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """A town is data: no code asks which one it is."""
    for node in nodes(module):
        asked: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            asked = [node.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = [*node.args] if node.func.attr in {"startswith", "endswith"} else []
        for part in asked:
            for leaf in ast.walk(part):
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and leaf.value.lower() in towns():
                    yield leaf.lineno, f"asks for the town {leaf.value!r}; give the town an option instead"


def writes_sql_by_hand(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """SQL is put together from fixed pieces; values are parameters. Only `app/tenancy` names schemas and roles."""
    if lies_in(path, "app/tenancy", "app/up"):
        return
    for function in [node for node in nodes(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        fixed = {one.arg for one in arguments if one.annotation and "Literal" in ast.unparse(one.annotation)}
        for node in ast.walk(function):
            text, values = pieces(node)
            begins = isinstance(text, ast.Constant) and isinstance(text.value, str) and _SQL.match(text.value)
            if text and begins and any(varies(value, fixed) for value in values):
                yield text.lineno, "puts values into SQL text; pass parameters, or take the piece as a Literal"


def pieces(node: ast.AST) -> tuple[ast.expr | None, list[ast.expr]]:
    """Where a text begins and what is put into it."""
    if isinstance(node, ast.JoinedStr):
        put = [
            part.value
            for before, part in zip([None, *node.values], node.values, strict=False)
            # `${number}` is a parameter's place, not its value.
            if isinstance(part, ast.FormattedValue)
            and not (isinstance(before, ast.Constant) and str(before.value).endswith("$"))
        ]
        return node.values[0], put
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return node.left, [node.right]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return node.func.value, [*node.args, *(word.value for word in node.keywords)]
    return None, []


def varies(value: ast.expr, fixed: set[str]) -> bool:
    """True for what is neither a constant of the module, such as `_COLUMNS`, nor one of a few literals."""
    if isinstance(value, ast.IfExp):
        return varies(value.body, fixed) or varies(value.orelse, fixed)
    if isinstance(value, ast.Name):
        return not value.id.isupper() and value.id not in fixed
    return not isinstance(value, ast.Constant)


def speaks_to_nobody(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """Only the command line, `make up` and the log itself have somebody who reads what they print."""
    if lies_in(path, "app/cli.py", "app/cli", "app/up", "app/kit/logs.py"):
        return
    for name, line in used(module):
        if name in {"print", "sys.stdout", "sys.stderr", "pprint.pprint"}:
            yield line, f"writes with {name}; use structlog"


def reads_the_environment(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """`app/settings.py` reads the environment; `app/up` makes one for its children."""
    if lies_in(path, "app/settings.py", "app/up"):
        return
    for name, line in used(module):
        if name in ENVIRONMENT:
            yield line, f"uses {name}; take app.settings.settings()"


def has_a_clock_of_its_own(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """`clock.now()` is the only now."""
    if path == Path("app/kit/clock.py"):
        return
    for name, line in used(module):
        if name in CLOCKS:
            yield line, f"uses {name}; take app.kit.clock"


def opens_its_own_door(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """Databases and stores are reached where the tenant can't be forgotten; the network where addresses are vetted."""
    for name, line in used(module):
        package, _, rest = name.partition(".")
        failure = rest.endswith("Error") or rest.startswith("exceptions") or rest == "Record"
        if package == "asyncpg" and rest and not failure and not lies_in(path, "app/tenancy", "app/up"):
            yield line, f"uses {name}; open a tenant scope"
        if (
            package in {"redis", "valkey"}
            and rest
            and not failure
            and not lies_in(path, "app/kit", "app/tenancy", "app/up")
        ):
            yield line, f"uses {name}; go through app.tenancy"
    for name, line in imported(module):
        foreign = any(f"{name}.".startswith(f"{client}.") for client in CLIENTS)
        if foreign and not lies_in(path, "app/kit", "app/up"):
            yield line, f"imports {name}; go through app.kit.http"


def looks_into_another_capability(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """A capability may import `queries` and `actions` of those that its manifest names under `needs`."""
    if len(path.parts) < 4 or not lies_in(path, "app/capabilities"):
        return
    own = path.parts[2]
    for name, line in imported(module):
        parts = name.split(".")
        if parts[:2] == ["app", "capabilities"] and parts[2:3] != [own]:
            other = parts[2] if len(parts) > 2 else ""
            if other not in needs(own) or parts[3:4] not in (["queries"], ["actions"]):
                yield line, f"imports {name}; declare it under needs and take its queries or actions"


def needs(capability: str) -> set[str]:
    """What the manifest of a capability names under `needs`."""
    found: set[str] = set()
    for _, module in modules(f"app/capabilities/{capability}/capability.py"):
        for node in nodes(module):
            if isinstance(node, ast.keyword) and node.arg == "needs":
                found |= {str(leaf.value) for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant)}
    return found


FOR_CONNECTORS = ("items", "connector", "bundle", "failures", "mapping", "robots")
"""What of `app.feeds` is made for connectors."""
BUILDS_ON = {
    "abfall_io": "waste_ics",
    "bus_brandenburg": "pvog",
    "fim": "xzufi",
    "gtfs_flex": "gtfs",
    "jumomind": "waste_ics",
    "waldbrand_brandenburg": "polizei_brandenburg",
    "waste_ics": "ics",
}
"""A connector that reads the same files for another purpose → the one whose reading it shares."""


def connector_knows_too_much(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """A connector turns bytes into items and knows nothing of the village."""
    if not lies_in(path, "app/feeds/connectors") or len(path.parts) < 5:
        return
    folder = "app.feeds.connectors"
    own = (f"{folder}.{path.parts[3]}", f"{folder}.{BUILDS_ON.get(path.parts[3], path.parts[3])}")
    allowed = (*own, *(f"app.feeds.{name}" for name in FOR_CONNECTORS), "app.kit")
    for name, line in imported(module):
        inside = any(f"{name}.".startswith(f"{prefix}.") for prefix in allowed)
        if name.startswith("app.") and not inside:
            yield line, f"imports {name}"
    names = origins(module)
    for node in nodes(module):
        if isinstance(node, ast.FunctionDef) and node.name == "parse":
            for leaf in ast.walk(node):
                if dotted(leaf, names).startswith("app.kit.clock.") or isinstance(leaf, ast.Await):
                    yield node.lineno, "parse is pure: no clock, no waiting"


A, B, F, W = "app/capabilities/a/x.py", "app/feeds/connectors/a/x.py", "app/feeds/x.py", "app/web/x.py"
EXAMPLES: list[tuple[Rule, str, str, str]] = [
    (compares_a_town, W, 'if slug == "bad-belzig": pass', "if slug == site.slug: pass"),
    (compares_a_town, W, 'if slug in ("x", "Bad Belzig"): pass', 'example = "bad-belzig"'),
    (
        writes_sql_by_hand,
        F,
        'def f(i): f"DELETE FROM item WHERE id = {i}"',
        'def f(n): f"DELETE FROM item WHERE id = ${n}"',
    ),
    (writes_sql_by_hand, F, 'def f(name): "drop table %s" % name', 'def f(day): f"Select a date until {day}"'),
    (writes_sql_by_hand, F, 'def f(x): f"SELECT {x} FROM feed"', 'def f(x: Literal["id"]): f"SELECT {x} FROM feed"'),
    (writes_sql_by_hand, F, 'def f(x): return "SELECT " + x', 'def f(x): return "SELECT " + _COLUMNS'),
    (speaks_to_nobody, F, 'print("synced")', 'log.info("synced")'),
    (reads_the_environment, F, "import os\nos.environ['A']", "import os\nos.getpid()"),
    (has_a_clock_of_its_own, W, "from datetime import datetime as d\nd.now()", "clock.now()"),
    (opens_its_own_door, W, "from redis import asyncio as r\nr.from_url(u)", "import redis\nredis.RedisError"),
    (opens_its_own_door, W, "import asyncpg\nasyncpg.connect(u)", "import asyncpg\nasyncpg.PostgresError"),
    (opens_its_own_door, F, "from httpx2 import AsyncClient", "from app.kit.http import Http"),
    (
        looks_into_another_capability,
        A,
        "from app.capabilities.b import queries",
        "from app.capabilities.a import queries",
    ),
    (connector_knows_too_much, B, "from app.feeds import runner", "from app.feeds.items import Article"),
    (connector_knows_too_much, B, "from app.kit import clock\ndef parse(b): clock.now()", "def parse(b): return b"),
]
RULES = list(dict.fromkeys(rule for rule, *_ in EXAMPLES))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule: Rule) -> None:
    broken = [f"{path}:{line}: {why}" for path, module in modules("app") for line, why in rule(path, module)]

    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(("rule", "place", "bad", "good"), EXAMPLES, ids=lambda part: getattr(part, "__name__", None))
def test_a_rule_refuses_the_bad_and_lets_the_good_pass(rule: Rule, place: str, bad: str, good: str) -> None:
    assert list(rule(Path(place), ast.parse(bad)))
    assert not list(rule(Path(place), ast.parse(good)))
