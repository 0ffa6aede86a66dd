"""Reads a TOML file into a struct; a mistake becomes one sentence that a clerk can act on."""

import difflib
import re
import tomllib
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from app.tenancy.definition_shape import DefinitionError

_T = TypeVar("_T")

_SECRET = re.compile(r"secret|passwor[dt]|passphrase|token|api_?key|credential", re.IGNORECASE)
_ENV = re.compile(r"env:[A-Z][A-Z0-9_]*", re.ASCII)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_WORDS = {
    "str": 'text in "quotes"',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def shown(path: Path, root: Path) -> str:
    """The path as messages name it, from the folder `tenants` on."""
    return path.relative_to(root.parent).as_posix()


def read_text(path: Path, root: Path) -> str:
    """The text of a file; raises `DefinitionError` when it is missing or not UTF-8."""
    file = shown(path, root)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DefinitionError(file, "", f"can't be read ({error.strerror})") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DefinitionError(file, f"line {line}", "is not UTF-8; save the file as UTF-8") from error


def read(path: Path, type_: type[_T], root: Path) -> _T:
    """The struct that a TOML file holds."""
    file = shown(path, root)
    text = read_text(path, root)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(file, text, str(error)) from error
    _refuse_secrets(file, raw, "")
    try:
        return msgspec.convert(raw, type_)
    except msgspec.ValidationError as error:
        raise _explained(file, raw, type_, str(error)) from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a mistyped word: the nearest known one, else all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, 1, 0.6)
    if near:
        return f'(did you mean "{near[0]}"?)'
    return f"(allowed: {', '.join(names)})" if names else "(there are none yet)"


def _broken(file: str, text: str, message: str) -> DefinitionError:
    found = re.search(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", message, re.DOTALL)
    what, line, column = found.groups() if found else (message, None, None)
    line = line or str(text.count("\n") + 1)
    place = f" (column {column})" if column else " (the end of the file)"
    return DefinitionError(file, f"line {line}", f"is no valid TOML: {what[:1].lower()}{what[1:]}{place}")


def _refuse_secrets(file: str, value: object, key: str) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{key}.{name}".lstrip(".")
            if _SECRET.search(name) and not isinstance(inner, dict | list) and not is_env(inner):
                raise DefinitionError(file, path, 'must name a variable of the environment, e.g. "env:SOURCE_PASSWORD"')
            _refuse_secrets(file, inner, path)
    elif isinstance(value, list):
        for inner in value:
            # A list under such a key holds secrets as well.
            if _SECRET.search(key) and not isinstance(inner, dict | list) and not is_env(inner):
                raise DefinitionError(file, key, 'must name variables of the environment, e.g. "env:SOURCE_PASSWORD"')
            _refuse_secrets(file, inner, key)


def is_env(value: object) -> bool:
    """Whether a value names a variable of the environment instead of being one."""
    return isinstance(value, str) and _ENV.fullmatch(value) is not None


def _explained(file: str, raw: object, type_: Any, message: str) -> DefinitionError:
    what, _, path = message.partition(" - at `$")
    key, inner = _walk(raw, type_, path.rstrip("`"))
    if found := re.fullmatch(r"Object contains unknown field `(.+)`", what):
        hint = did_you_mean(found[1], (field.encode_name for field in msgspec.structs.fields(inner)))
        return DefinitionError(file, f"{key}.{found[1]}".lstrip("."), f"is unknown {hint}")
    if found := re.fullmatch(r"Object missing required field `(.+)`", what):
        return DefinitionError(file, f"{key}.{found[1]}".lstrip("."), "is missing")
    if found := re.fullmatch(r"Invalid enum value '(.*)'", what):
        allowed = [str(one) for one in typing.get_args(inner)]
        return DefinitionError(file, key, f'can\'t be "{found[1]}" {did_you_mean(found[1], allowed)}')
    if found := re.fullmatch(r"Expected `(.+)`, got `(.+)`", what):
        wanted, got = (" or ".join(_WORDS.get(one, one) for one in text.split(" | ")) for text in found.groups())
        wanted = wanted.removesuffix(" or nothing")
        hint = f"; write [[{key}]] with two brackets" if found[1] == "array" and found[2] == "object" else ""
        return DefinitionError(file, key, f"must be {wanted}, not {got}{hint}")
    return DefinitionError(file, key, f"can't be read: {what}")


def _walk(raw: Any, type_: Any, path: str) -> tuple[str, Any]:
    """A readable key for a path of msgspec, and the type that stands there."""
    key = ""
    for name, index in _STEP.findall(path):
        type_ = _struct(type_)
        if name:
            key = f"{key}.{name}".lstrip(".")
            raw = raw.get(name) if isinstance(raw, dict) else None
            known = (
                {field.encode_name: field.type for field in msgspec.structs.fields(type_)} if _is_struct(type_) else {}
            )
            type_ = known.get(name, Any)
        elif index == "...":
            type_ = typing.get_args(type_)[-1]
        else:
            raw = raw[int(index)] if isinstance(raw, list) else None
            label = raw.get("name") if isinstance(raw, dict) else None
            key = f'{key} "{label}"' if isinstance(label, str) else f"{key} number {int(index) + 1}"
            type_ = typing.get_args(type_)[0]
    return key, _struct(type_)


def _struct(type_: Any) -> Any:
    """Without `None` beside it."""
    if typing.get_origin(type_) in {typing.Union, types.UnionType}:
        type_ = next(one for one in typing.get_args(type_) if one is not type(None))
    return type_


def _is_struct(type_: Any) -> bool:
    return typing.get_origin(type_) is not Literal and isinstance(type_, type) and issubclass(type_, msgspec.Struct)
