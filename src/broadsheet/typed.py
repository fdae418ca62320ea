"""YAML values to typed values: every mismatch of a document at once, in words, with its place. Pure."""

import re
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from broadsheet.problems import Problem
from broadsheet.yaml_text import Document, Path

T = TypeVar("T")

_AT = re.compile(r"(?s)(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|(\[\.\.\.\])")
_EXPECTED = re.compile(r"Expected `(?P<expected>[^`]+)`(?:, got `(?P<got>[^`]+)`)?(?P<rest>.*)", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`")
# A key of a mapping is not named.
_SOME_KEY = "[...]"
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
            problem, path = _explained(str(error), document, value, kind)
            if path in culprits or len(problems) == _MOST_PROBLEMS:
                return None, tuple(problems)
            lacks = _MISSING.search(str(error))
            # What was taken out as a culprit is missing for no other reason.
            if not (lacks and (*path, lacks["name"]) in culprits):
                problems.append(problem)
            culprits.add(path)
            # Take the culprit out and look again: what remains may be wrong too.
            value = _without(value, path)
        else:
            return (None, tuple(problems)) if problems else (result, ())


def _explained(message: str, document: Document, value: object, kind: type[Any]) -> tuple[Problem, Path]:
    match = _AT.fullmatch(message)
    assert match is not None
    what, path = match["what"], _named(_path(match["path"] or ""), message, value, kind)
    if unknown := _UNKNOWN.fullmatch(what):
        name = unknown["name"]
        known = list(_fields_at(kind, path, value))
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
        path = (*path, name)
        return Problem(document.key_place(path), f"unknown setting `{_dotted(path)}`", hint), path
    if missing := _MISSING.fullmatch(what):
        name = missing["name"]
        tags = _tags_at(kind, path, value, name)
        hint = f"one of {', '.join(tags)}" if tags else ""
        return Problem(document.place(path), f"`{_dotted(path)}` lacks `{name}`", hint), path
    if what.startswith(("Invalid enum value", "Invalid value")):
        allowed = _tags_at(kind, path[:-1], value, str(path[-1])) or _allowed_at(kind, path, value)
        message = f"`{_dotted(path)}` must be {' or '.join(f'`{value}`' for value in allowed)}"
        got = what.removeprefix("Invalid enum value ").removeprefix("Invalid value ").strip("'\"")
        near = get_close_matches(got, allowed, n=1)
        hint = f"did you mean `{near[0]}`?" if near else ""
        return Problem(document.place(path), message, hint), path
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
    return tuple(int(index) if index else name or some for name, index, some in _STEP.findall(text))


def _named(path: Path, message: str, value: object, kind: type[Any]) -> Path:
    """Return `path` with the keys of mappings by name: each is the first that, alone, gives the same message."""
    while _SOME_KEY in path:
        at = path.index(_SOME_KEY)
        mapping = _value_at(value, path[:at])
        # In a list of mappings, or where two are alike, it is the mapping as a whole that is named.
        keys = list(mapping) if isinstance(mapping, dict) else []
        culprits = [key for key in keys if _complaint(_with_only(value, path[:at], key), kind) == message]
        path = (*path[:at], culprits[0], *path[at + 1 :]) if culprits else path[:at]
    return path


def _value_at(value: object, path: Path) -> object:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
        else:
            return None
    return value


def _with_only(value: object, path: Path, key: object) -> object:
    """Return `value` with no other key than `key` in the mapping at `path`."""
    if not path:
        return {key: value[key]} if isinstance(value, dict) else value
    if isinstance(value, dict):
        return {**value, path[0]: _with_only(value[path[0]], path[1:], key)}
    assert isinstance(value, list)
    return [_with_only(part, path[1:], key) if at == path[0] else part for at, part in enumerate(value)]


def _complaint(value: object, kind: type[Any]) -> str:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _dotted(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return text or "the document"


def _fields_at(kind: Any, path: Path, value: object) -> dict[str, Any]:
    """Return the types of the fields, by name, of the Struct at `path` within `kind`, where `value` is to be one."""
    return {name: hint for found in _structs_at(kind, path, value) for name, hint in _types(found).items()}


def _structs_at(kind: Any, path: Path, value: object) -> tuple[Any, ...]:
    """Return the Structs that may stand at `path`: more than one where the value does not say which it is."""
    kinds = _structs_in(kind)
    for step in path:
        value = _value_at(value, (step,))
        inner = tuple(found for kind in kinds for found in _structs_in(_types(kind).get(str(step))))
        # A step into a list or a mapping stays with what these hold.
        kinds = inner or kinds
        kinds = tuple(kind for kind in kinds if _tag_matches(kind, value)) or kinds
    return kinds


def _types(struct: Any) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(struct)}


def _structs_in(kind: Any) -> tuple[Any, ...]:
    """Return the Structs that a type is, holds or may be."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return (kind,)
    return tuple(found for part in get_args(kind) for found in _structs_in(part))


def _tag_matches(struct: Any, value: object) -> bool:
    config = struct.__struct_config__
    return isinstance(value, dict) and config.tag is not None and value.get(config.tag_field) == config.tag


def _tags_at(kind: Any, path: Path, value: object, name: str) -> list[str]:
    """Return the values of the field `name` that tell which of several Structs stands at `path`."""
    configs = [struct.__struct_config__ for struct in _structs_at(kind, path, value)]
    return [str(config.tag) for config in configs if config.tag_field == name]


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


def _allowed_at(kind: Any, path: Path, value: object) -> list[str]:
    """Return the values that the Literal at `path` within `kind` allows, or what it may be besides."""
    *above, last = (step for step in path if isinstance(step, str))
    return [str(literal) for literal in _literals(_fields_at(kind, tuple(above), value)[last])]


def _literals(kind: Any) -> tuple[object, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    if kind is bool:
        return ("true", "false")
    return tuple(value for part in get_args(kind) for value in _literals(part))
