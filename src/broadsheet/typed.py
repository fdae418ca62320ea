"""YAML values to typed values: every mismatch of a document at once, in words, with its place. Pure."""

import re
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from broadsheet.problems import Problem
from broadsheet.yaml_text import Document, Path

T = TypeVar("T")

_AT = re.compile(r"(?s)(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_EXPECTED = re.compile(r"Expected `(?P<expected>[^`]+)`(?:, got `(?P<got>[^`]+)`)?(?P<rest>.*)", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "`true` or `false`",
    "array": "a list",
    "object": "a mapping",
    "null": "empty",
    "bytes": "binary",
}
_MOST_PROBLEMS = 100


def typed(document: Document, kind: type[T]) -> tuple[T | None, tuple[Problem, ...]]:
    """Return the document's value as a `kind` (a msgspec Struct), or None and all that is in the way."""
    problems: list[Problem] = []
    value, culprits = document.value, set[Path]()
    while True:
        try:
            result = msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            problem, path = _explained(str(error), document, kind)
            if path in culprits or len(problems) == _MOST_PROBLEMS:
                return None, tuple(problems)
            problems.append(problem)
            culprits.add(path)
            # Take the culprit out and look again: what remains may be wrong too.
            value = _without(value, path)
        else:
            return (None, tuple(problems)) if problems else (result, ())


def _explained(message: str, document: Document, kind: type[Any]) -> tuple[Problem, Path]:
    match = _AT.fullmatch(message)
    assert match is not None
    what, path = match["what"], _path(match["path"] or "")
    unknown = _UNKNOWN.fullmatch(what)
    if unknown:
        name = unknown["name"]
        near = get_close_matches(name, _names_at(kind, path), n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(_names_at(kind, path))}"
        path = (*path, name)
        return Problem(document.keys[path], f"unknown setting `{_dotted(path)}`", hint), path
    if what.startswith("Invalid enum value"):
        allowed = _allowed_at(kind, path)
        message = f"`{_dotted(path)}` must be {' or '.join(f'`{value}`' for value in allowed)}"
        got = what.removeprefix("Invalid enum value ").strip("'\"")
        near = get_close_matches(got, allowed, n=1)
        return Problem(document.place(path), message, f"did you mean `{near[0]}`?" if near else ""), path
    return Problem(document.place(path), f"`{_dotted(path)}` {_must(what)}", _quote_hint(what)), path


def _must(what: str) -> str:
    match = _EXPECTED.fullmatch(what)
    if not match:
        return f"is not valid: {what[:1].lower()}{what[1:]}"
    kinds = [_KINDS.get(kind.strip(), kind.strip()) for kind in match["expected"].split("|")]
    expected = " or ".join(kind for kind in kinds if kind != "empty") or "empty"
    got = _KINDS.get(match["got"] or "", match["got"] or "")
    return f"must be {expected}{match['rest']}" + (f", not {got}" if got else "")


def _quote_hint(what: str) -> str:
    match = _EXPECTED.fullmatch(what)
    if not match or not match["got"]:
        return ""
    if match["expected"].startswith("str") and match["got"] in {"int", "float", "bool"}:
        return "put it in quotes"
    if match["expected"].startswith("array"):
        return "write it as a list, one `- item` a line"
    return ""


def _path(text: str) -> Path:
    return tuple(int(index) if index else name for name, index in _STEP.findall(text) if name or index)


def _dotted(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return text or "the document"


def _names_at(kind: Any, path: Path) -> list[str]:
    """Return the field names that the Struct at `path` within `kind` knows."""
    return list(_fields_at(kind, path))


def _fields_at(kind: Any, path: Path) -> dict[str, Any]:
    """Return the types of the fields, by name, of the Struct at `path` within `kind`."""
    for step in path:
        kind = _struct_in(_fields_at(kind, ()).get(str(step), kind)) or kind
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


def _struct_in(kind: Any) -> Any:
    """Return the Struct that a type is, holds or may be, or None."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next(filter(None, map(_struct_in, get_args(kind))), None)


def _without(value: object, path: Path) -> object:
    """Return `value` without what stands at `path`; in a list None takes its place, so that indexes stay true."""
    if not path:
        return {}
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        if not rest:
            return {key: part for key, part in value.items() if key != step}
        return {**value, step: _without(value[step], rest)}
    if isinstance(value, list) and isinstance(step, int):
        return [*value[:step], _without(value[step], rest) if rest else None, *value[step + 1 :]]
    return value


def _allowed_at(kind: Any, path: Path) -> list[str]:
    """Return the values that the Literal at `path` within `kind` allows."""
    *above, last = (step for step in path if isinstance(step, str))
    names = _fields_at(kind, tuple(above))
    return [str(value) for value in _literals(names[last])]


def _literals(kind: Any) -> tuple[object, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(value for part in get_args(kind) for value in _literals(part))
