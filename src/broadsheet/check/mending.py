"""A file's bytes and what would mend it to the mended bytes: the values that are wanted, and not a byte else. Pure.

Nothing is believed of an edit that was not seen: the mended text is read again, and must say what it said before but
for what was to change. What does not is left as it was, and told.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import accumulate, pairwise

from msgspec import Struct

from broadsheet.check.edits import Asked, AskedMends, edits_for
from broadsheet.check.finding import Mend
from broadsheet.check.nodes import Node, nodes_of
from broadsheet.check.yaml_part import CanNotMendError, YamlPart
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.records import with_quoted_names
from broadsheet.yaml_text import Document, Path, YamlError, parse_yaml


def mended(data: bytes, file: str, mends: Sequence[Mend]) -> tuple[bytes, tuple[Problem, ...]]:
    """Return `data`, the content of `file`, with all of `mends` that can be made, and why others can not be.

    Of several for one value the first counts: what a second one would do shows when the file is looked at again.
    """
    chosen: dict[Path, Mend] = {}
    for mend in mends:
        if mend.form != "names":
            chosen.setdefault(mend.path, mend)
    try:
        if any(mend.form == "names" for mend in mends):
            data = _with_names(data, file)
        old = _Old.of(data, file)
    except CanNotMendError as error:
        return data, (_refusal(Place(file), str(error)),)
    gone = {mend.path for mend in chosen.values() if mend.value is None}
    asked = tuple(Asked(mend) for mend in chosen.values() if not _is_within(mend.path, gone))
    new, _, refused = _made(old, data, (), asked)
    return new, tuple(_refusal(old.document.place(mend.path), why) for mend, why in refused)


def _refusal(place: Place, why: str) -> Problem:
    return Problem(place, f"this could not be mended: {why}", "mend it by hand", Severity.NOTE)


def _is_within(path: Path, gone: Set[Path]) -> bool:
    """Return whether `path` leads into something that goes."""
    return any(path[:length] in gone for length in range(1, len(path)))


def _made(
    old: _Old, data: bytes, chosen: AskedMends, more: AskedMends
) -> tuple[bytes, AskedMends, list[tuple[Mend, str]]]:
    """Return a file with what can be made of `more`, too; `data` is it with the `chosen` mends.

    With it come all the mends that it has, and those of `more` that it has not, with why.
    """
    if not more:
        return data, chosen, []
    try:
        return old.with_made(chosen + more), chosen + more, []
    except CanNotMendError as error:
        if len(more) == 1 and more[0].alike:
            return _made(old, data, chosen, (Asked(more[0].mend, alike=False),))
        if len(more) == 1:
            return data, chosen, [(more[0].mend, str(error))]
    half = len(more) // 2
    data, chosen, refused = _made(old, data, chosen, more[:half])
    data, chosen, others = _made(old, data, chosen, more[half:])
    return data, chosen, refused + others


class _Old(Struct):
    """A file as it was: its YAML, what that says, and where."""

    file: str
    data: bytes
    part: YamlPart
    text: str
    document: Document
    root: Node

    @classmethod
    def of(cls, data: bytes, file: str) -> _Old:
        part = YamlPart.of(data, file)
        text = part.text
        try:
            document = parse_yaml(text, file, part.first_line)
        except YamlError as error:
            raise CanNotMendError(error.problem.message) from None
        root = nodes_of(text)
        if root is None:
            raise CanNotMendError("the file is empty")
        return cls(file, data, part, text, document, root)

    def with_made(self, asked: AskedMends) -> bytes:
        """Return the file with the mends that are `asked` for. Raises `CanNotMendError`."""
        wanted = repr(_wanted(self.document.value, [each.mend for each in asked]))
        edits = sorted(edits_for(asked, self.text, self.root))
        if any(first[1] > second[0] for first, second in pairwise(edits)):
            raise CanNotMendError("two changes are in each other's way")
        new = self.part.edited(edits)
        if _says(new, self.file, self.part) != wanted:
            raise CanNotMendError("the file would say something else, too")
        return new


def _says(data: bytes, file: str, old: YamlPart) -> str:
    """Return all that the YAML of a file says, types and order included.

    Raises `CanNotMendError` where it is no YAML, or more changed than that.
    """
    part = YamlPart.of(data, file)
    if (part.before, part.after) != (old.before, old.after):
        raise CanNotMendError("the end of the front matter would be another one")
    try:
        return repr(parse_yaml(part.text, file).value)
    except YamlError as error:
        raise CanNotMendError(error.problem.message) from None


def _with_names(data: bytes, file: str) -> bytes:
    """Return a file that is no YAML with quotes around its names, if that makes it what reading takes it for."""
    part = YamlPart.of(data, file)
    try:
        parse_yaml(part.text, file)
    except YamlError:
        lines = part.text.split("\n")
        starts = [0, *accumulate(len(line) + 1 for line in lines)]
        quoted = with_quoted_names(part.text).split("\n")
        edits = [
            (start, start + len(line), new)
            for start, line, new in zip(starts, lines, quoted, strict=False)
            if line != new
        ]
        new = part.edited(edits)
        _says(new, file, part)
        return new
    return data


def _wanted(value: object, mends: Sequence[Mend]) -> object:
    """Return `value` as `mends` want it."""
    for mend in mends:
        if mend.value is not None:
            value = _with(value, mend.path, _value_of(mend))
    # From the last on, so that the numbers of the others stay true.
    for mend in sorted(
        (mend for mend in mends if mend.value is None), key=lambda mend: _order(mend.path), reverse=True
    ):
        value = _without(value, mend.path)
    return value


def _order(path: Path) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (0, step) for step in path]


def _value_of(mend: Mend) -> object:
    if mend.form == "text":
        return mend.value
    try:
        return parse_yaml(f"{mend.value}\n", mend.file).value
    except YamlError:
        raise CanNotMendError(f"`{mend.value}` is no YAML") from None


def _with(value: object, path: Path, new: object) -> object:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(step, str) and (step in value or not rest):
        return {**value, step: _with(value.get(step), rest, new)}
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return [*value[:step], _with(value[step], rest, new), *value[step + 1 :]]
    raise CanNotMendError("there is no such place in the file")


def _without(value: object, path: Path) -> object:
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        kept = {key: part for key, part in value.items() if key != step}
        return {**value, step: _without(value[step], rest)} if rest else kept
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return [*value[:step], *([_without(value[step], rest)] if rest else ()), *value[step + 1 :]]
    raise CanNotMendError("there is no such place in the file")
