"""YAML text to values with their places, by PyYAML's events: the reference for every odd case; a text to YAML. Pure.

Safe on hostile text: no tags beyond YAML's own, bounded nesting, bounded alias expansion.
Timestamps stay text, so that every reader of dates says for itself what a date is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from broadsheet.limits import NESTING, VALUES
from broadsheet.problems import Place, Problem, Severity

Path = tuple[str | int, ...]

LAST_COUNTS = "; the last one counts"

_MOST_DIGITS = 64
_INTEGER_LIMIT = 2**63
# What YAML calls printable; U+FEFF inside a text is legal but never meant.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOADER: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD_TAG = "tag:yaml.org,2002:"
_VALUE_TAGS = {_STANDARD_TAG + kind for kind in ("null", "bool", "int", "float")}
# What a text in double quotes can not hold as it is, or what ends a line where somebody else reads it.
# Letters first, and single signs only between words: no version of YAML reads a number, a time or a key there.
_PLAIN = re.compile(
    r"(?!(?i:true|false|yes|no|on|off|null|y|n|nan|inf|infinity)$)[A-Za-z][A-Za-z0-9]*(?:[ /_.-][A-Za-z0-9]+)*"
).fullmatch
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
# A lone `=` or `<<` as a value is nothing but text to anybody who writes one.
_TEXT_TAGS = {"!", *(_STANDARD_TAG + kind for kind in ("str", "timestamp", "value", "merge"))}


class Document(Struct, frozen=True):
    """A parsed YAML text: the value, and the places of its parts and of their keys, by their paths."""

    value: object
    places: dict[Path, Place]
    warnings: tuple[Problem, ...] = ()
    keys: dict[Path, Place] = {}

    def place(self, path: Path) -> Place:
        """Return the place of the value at `path`, or of its nearest known container."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]

    def key_place(self, path: Path) -> Place:
        """Return the place of the key at `path`; one that an alias brings has none of its own."""
        return self.keys.get(path) or self.place(path)


class YamlError(Exception):
    """The text is no YAML that we read; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        """Carry the one problem that stopped the parser."""
        self.problem = problem
        super().__init__(str(problem))


class TextPlaces:
    """Turns offsets of a text into places; lines are what an editor shows, ended by LF alone."""

    def __init__(self, text: str, file: str, first_line: int = 1) -> None:
        """`first_line` is the number of the text's first line within `file`."""
        self.file = file
        self.first_line = first_line
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> Place:
        """Return the place of the character at `offset`."""
        line = bisect_right(self._starts, offset) - 1
        return Place(self.file, self.first_line + line, offset - self._starts[line] + 1)


def parse_yaml(text: str, file: str, first_line: int = 1) -> Document:
    """Return the values and places of `text`, a single YAML document.

    Raises `YamlError` with the place of the first thing that is wrong.
    """
    places = TextPlaces(text, file, first_line)
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        code = f"U+{ord(unprintable.group()):04X}"
        raise YamlError(
            Problem(
                places.at(unprintable.start()), f"the character {code} is not allowed in YAML", "remove it", rule="yaml"
            )
        )
    return _Composer(text, places).document()


class _Composer:
    """One pass over the events of one document."""

    def __init__(self, text: str, places: TextPlaces) -> None:
        self.text = text
        self.at = places.at
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.warnings: list[Problem] = []
        self.repeated: set[Path] = set()
        self.anchors: dict[str, tuple[object, int]] = {}
        self.nodes = 0
        # Typed loosely in the stubs: `resolve` names a plain scalar's tag, `construct_object` makes its value.
        self.scalars: Any = _LOADER("")
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)

    def document(self) -> Document:
        event = self._next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            return Document(None, {(): self.at(0)})
        value = self._value(event, ())
        self._next()
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._error(event, "a second YAML document starts here", "keep one document only")
        return Document(value, self.places, tuple(self.warnings), self.keys)

    def _next(self) -> yaml.Event:
        try:
            return next(self.events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = ", ".join(part for part in (error.context, error.problem) if part)
            place = self.at(min(mark.index, len(self.text))) if mark else self.at(0)
            raise YamlError(Problem(place, f"invalid YAML: {message}", _hint(message), rule="yaml")) from None
        except yaml.YAMLError as error:
            raise YamlError(Problem(self.at(0), f"invalid YAML: {error}", rule="yaml")) from None

    def _value(self, event: yaml.Event, path: Path) -> object:
        self.places[path] = self.at(_offset(event))
        before = self.nodes
        self._count(event, 1)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise self._error(event, f"the alias `*{event.anchor}` stands for nothing", "quote the text")
            value, size = self.anchors[event.anchor]
            self._count(event, size)
            return value
        if len(path) > NESTING.most:
            raise self._error(event, f"nested deeper than {NESTING.most} levels", rule="limit")
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._check_tag(event, event.tag, "seq")
            value = self._sequence(path)
        elif isinstance(event, yaml.MappingStartEvent):
            self._check_tag(event, event.tag, "map")
            value = self._mapping(path)
        else:
            raise self._error(event, "a value is missing here")
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            self.anchors[event.anchor] = (value, self.nodes - before)
        return value

    def _sequence(self, path: Path) -> list[object]:
        values: list[object] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, path: Path) -> dict[str, object]:
        values: dict[str, object] = {}
        merged: dict[str, object] = {}
        while not isinstance(key_event := self._next(), yaml.MappingEndEvent):
            key = self._key(key_event)
            child = (*path, key)
            place = self.keys.setdefault(child, self.at(_offset(key_event)))
            if key in values and child not in self.repeated:
                self.repeated.add(child)
                self.warnings.append(
                    Problem(
                        self.at(_offset(key_event)),
                        f"`{key}` stands twice, first in line {place.line}{LAST_COUNTS}",
                        "remove one of them",
                        Severity.WARNING,
                        "duplicate-key",
                    )
                )
            value_event = self._next()
            if key == "<<" and isinstance(key_event, yaml.ScalarEvent) and not key_event.style:
                self._merge(value_event, self._value(value_event, child), merged)
            else:
                values[key] = self._value(value_event, child)
        return {**merged, **values} if merged else values

    def _merge(self, event: yaml.Event, value: object, merged: dict[str, object]) -> None:
        for mapping in value if isinstance(value, list) else [value]:
            if not isinstance(mapping, dict):
                raise self._error(event, "`<<` must name a mapping")
            for key, part in mapping.items():
                merged.setdefault(key, part)

    def _key(self, event: yaml.Event) -> str:
        self._count(event, 1)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._error(event, "a key must be plain text")
        return str(event.value)

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        tag = event.tag or self.scalars.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag in _TEXT_TAGS:
            return event.value
        if tag not in _VALUE_TAGS:
            raise self._unknown_tag(event, tag)
        node = yaml.ScalarNode(tag, event.value)
        try:
            # Numbers in base 60 take time that grows with the square of their length.
            value = self.scalars.construct_object(node, deep=True) if len(event.value) <= _MOST_DIGITS else None
            if isinstance(value, int) and not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
                value = None
            if value is None and tag != _STANDARD_TAG + "null":
                raise ValueError
            return value
        except (yaml.YAMLError, ArithmeticError, LookupError, ValueError):
            kind = tag.removeprefix(_STANDARD_TAG)
            raise self._error(event, f"`{event.value[:40]}` is no value of the kind `{kind}`", "quote it") from None

    def _check_tag(self, event: yaml.Event, tag: str | None, kind: str) -> None:
        if tag not in {None, "!", _STANDARD_TAG + kind}:
            raise self._unknown_tag(event, tag or "")

    def _unknown_tag(self, event: yaml.Event, tag: str) -> YamlError:
        shown = tag.replace(_STANDARD_TAG, "!!")
        return self._error(event, f"the YAML tag `{shown}` is not allowed here", "remove the tag, or quote the text")

    def _count(self, event: yaml.Event, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > VALUES.most:
            raise self._error(event, f"more than {VALUES.most:,} values once its aliases are expanded", rule="limit")

    def _error(self, event: yaml.Event, message: str, hint: str = "", rule: str = "yaml") -> YamlError:
        return YamlError(Problem(self.at(_offset(event)), message, hint, rule=rule))


def _offset(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _hint(message: str) -> str:
    if "mapping values are not allowed" in message:
        return "put text that holds a colon and a blank in quotes"
    if "cannot start any token" in message or "quoted scalar" in message or "expected <block end>" in message:
        return "check the quotes and the indentation of this line and the one before it"
    return ""


def spelled(value: str) -> str:
    """Return a text on one line as a person would write it: in quotes unless nobody can take it for anything else."""
    return value if _PLAIN(value) else double_quoted(value)


def double_quoted(value: str) -> str:
    """Return `value` in double quotes, on one line."""
    return '"' + _ESCAPED.sub(lambda found: _escape(found.group()), value) + '"'


def _escape(character: str) -> str:
    code = ord(character)
    return _ESCAPES.get(character) or (f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}")
