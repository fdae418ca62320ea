"""A file's bytes and what would mend it to the mended bytes: the values that are wanted, and not a byte else. Pure.

Nothing is believed of an edit that was not seen: the mended text is read again, and must say what it said before but
for what was to change. What does not is left as it was, and told.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence, Set
from itertools import accumulate, pairwise

from msgspec import Struct

from broadsheet.check.finding import Mend
from broadsheet.check.nodes import Node, node_at, nodes_of
from broadsheet.check.scalars import double_quoted, is_plain, requoted, rewritten
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.front_matter import decoded, split
from broadsheet.read.records import FIRST_LINE, with_quoted_names
from broadsheet.yaml_text import Document, Path, YamlError, parse_yaml

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_REMARK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_COMMA = re.compile(r"\s*,\s*")
_COLON = re.compile(r"\s*:")
_YAML_ENDINGS = (".yaml", ".yml")

# From an offset to an offset of a text, and what takes the place of what is between.
_Edit = tuple[int, int, str]


class _CanNotError(Exception):
    """Something can not be mended; the text is a part of a sentence that says why."""


class _Asked(Struct, frozen=True):
    """A mend, and whether its text should be like the old one, or in double quotes."""

    mend: Mend
    alike: bool = True


_Mends = tuple[_Asked, ...]


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
    except _CanNotError as error:
        return data, (_refusal(Place(file), str(error)),)
    gone = {mend.path for mend in chosen.values() if mend.value is None}
    asked = tuple(_Asked(mend) for mend in chosen.values() if not _is_within(mend.path, gone))
    new, _, refused = _made(old, data, (), asked)
    return new, tuple(_refusal(old.document.place(mend.path), why) for mend, why in refused)


def _refusal(place: Place, why: str) -> Problem:
    return Problem(place, f"this could not be mended: {why}", "mend it by hand", Severity.NOTE)


def _is_within(path: Path, gone: Set[Path]) -> bool:
    """Return whether `path` leads into something that goes."""
    return any(path[:length] in gone for length in range(1, len(path)))


def _made(old: _Old, data: bytes, chosen: _Mends, more: _Mends) -> tuple[bytes, _Mends, list[tuple[Mend, str]]]:
    """Return a file with what can be made of `more`, too; `data` is it with the `chosen` mends.

    With it come all the mends that it has, and those of `more` that it has not, with why.
    """
    if not more:
        return data, chosen, []
    try:
        return old.with_made(chosen + more), chosen + more, []
    except _CanNotError as error:
        if len(more) == 1 and more[0].alike:
            return _made(old, data, chosen, (_Asked(more[0].mend, alike=False),))
        if len(more) == 1:
            return data, chosen, [(more[0].mend, str(error))]
    half = len(more) // 2
    data, chosen, refused = _made(old, data, chosen, more[:half])
    data, chosen, others = _made(old, data, chosen, more[half:])
    return data, chosen, refused + others


class _Part(Struct):
    """The part of a file that is YAML, in lines as they are and as text with lines ended by LF; what is around it."""

    before: bytes
    lines: list[str]
    after: bytes
    first_line: int

    @classmethod
    def of(cls, data: bytes, file: str) -> _Part:
        start = len(_BOM) if data.startswith(_BOM) else 0
        lines = _LINE.findall(data, start)
        head, count, first_line = b"", len(lines), 1
        if not file.lower().endswith(_YAML_ENDINGS):
            parts = split(data, file)
            if isinstance(parts, Problem):
                raise _CanNotError(parts.message)
            head, count, first_line = lines[0], parts.yaml.count(b"\n"), FIRST_LINE
        inner = lines[bool(head) : bool(head) + count]
        before = data[:start] + head
        after = data[len(before) + sum(map(len, inner)) :]
        texts = [decoded(line, file, number) for number, line in enumerate(inner, first_line)]
        wrong = next((text for text in texts if isinstance(text, Problem)), None)
        if wrong is not None:
            raise _CanNotError(wrong.message)
        return cls(before, [text for text in texts if isinstance(text, str)], after, first_line)

    @property
    def text(self) -> str:
        return "".join(line.rstrip("\r\n") + "\n" * line.endswith(("\r", "\n")) for line in self.lines)

    def edited(self, edits: Sequence[_Edit]) -> bytes:
        """Return the file with `edits` of the text, which do not overlap; new lines end as those around them."""
        raw = "".join(self.lines)
        plain = [len(line.rstrip("\r\n")) + line.endswith(("\r", "\n")) for line in self.lines]
        starts = [0, *accumulate(plain)]
        raw_starts = [0, *accumulate(map(len, self.lines))]

        def there(offset: int) -> int:
            line = min(bisect_right(starts, offset), len(starts)) - 1
            return raw_starts[line] + offset - starts[line]

        pieces, at = [], 0
        for start, end, new in edits:
            pieces += [raw[at : there(start)], new.replace("\n", self._break_at(bisect_right(starts, start) - 1))]
            at = there(end)
        return self.before + "".join((*pieces, raw[at:])).encode() + self.after

    def _break_at(self, line: int) -> str:
        """Return what ends a line, or the one before it where it is not ended."""
        found = (end for end in map(_break_of, reversed(self.lines[: line + 1])) if end)
        return next(found, "") or ("\r\n" if self.before.endswith(b"\r\n") else "\n")


def _break_of(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


class _Old(Struct):
    """A file as it was: its YAML, what that says, and where."""

    file: str
    data: bytes
    part: _Part
    text: str
    document: Document
    root: Node

    @classmethod
    def of(cls, data: bytes, file: str) -> _Old:
        part = _Part.of(data, file)
        text = part.text
        try:
            document = parse_yaml(text, file, part.first_line)
        except YamlError as error:
            raise _CanNotError(error.problem.message) from None
        root = nodes_of(text)
        if root is None:
            raise _CanNotError("the file is empty")
        return cls(file, data, part, text, document, root)

    def with_made(self, asked: _Mends) -> bytes:
        """Return the file with the mends that are `asked` for. Raises `_CanNotError`."""
        wanted = repr(_wanted(self.document.value, [each.mend for each in asked]))
        edits = sorted(_edits(self, asked))
        if any(first[1] > second[0] for first, second in pairwise(edits)):
            raise _CanNotError("two changes are in each other's way")
        new = self.part.edited(edits)
        if _says(new, self.file, self.part) != wanted:
            raise _CanNotError("the file would say something else, too")
        return new


def _says(data: bytes, file: str, old: _Part) -> str:
    """Return all that the YAML of a file says, types and order included. Raises `_CanNotError` where more changed."""
    part = _Part.of(data, file)
    if (part.before, part.after) != (old.before, old.after):
        raise _CanNotError("the end of the front matter would be another one")
    try:
        return repr(parse_yaml(part.text, file).value)
    except YamlError as error:
        raise _CanNotError(error.problem.message) from None


def _with_names(data: bytes, file: str) -> bytes:
    """Return a file that is no YAML with quotes around its names, if that makes it what reading takes it for."""
    part = _Part.of(data, file)
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
        raise _CanNotError(f"`{mend.value}` is no YAML") from None


def _with(value: object, path: Path, new: object) -> object:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(step, str) and (step in value or not rest):
        return {**value, step: _with(value.get(step), rest, new)}
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return [*value[:step], _with(value[step], rest, new), *value[step + 1 :]]
    raise _CanNotError("there is no such place in the file")


def _without(value: object, path: Path) -> object:
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        kept = {key: part for key, part in value.items() if key != step}
        return {**value, step: _without(value[step], rest)} if rest else kept
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return [*value[:step], *([_without(value[step], rest)] if rest else ()), *value[step + 1 :]]
    raise _CanNotError("there is no such place in the file")


def _edits(old: _Old, asked: _Mends) -> list[_Edit]:
    edits, emptied = [], dict[Path, set[str | int]]()
    for each in asked:
        if each.mend.value is None:
            emptied.setdefault(each.mend.path[:-1], set()).add(each.mend.path[-1])
        else:
            edits.append(_change(old, each.mend, each.mend.value, alike=each.alike))
    for path, steps in emptied.items():
        node = node_at(old.root, path)
        if node is None:
            raise _CanNotError("it is not written in this place")
        if node.kind == "list" and not node.in_brackets and len(steps) == len(node.children):
            edits += _emptied(old, node, path)
        else:
            edits += [_removal(old.text, node, step) for step in steps]
    return edits


def _change(old: _Old, mend: Mend, value: str, *, alike: bool) -> _Edit:
    above = node_at(old.root, mend.path[:-1])
    node = node_at(old.root, mend.path)
    if above is None or not mend.path:
        raise _CanNotError("it is not written in this place")
    if node is None:
        return _addition(old.text, above, str(mend.path[-1]), _written(mend, value, in_brackets=above.in_brackets))
    if node.kind != "scalar" or old.text[node.start : node.end].startswith(("&", "!")):
        raise _CanNotError("it is no plain text, or has a tag or an anchor")
    if mend.form == "yaml":
        new = value
    elif alike:
        new = rewritten(value, node, old.text, in_brackets=_is_in_brackets(old.root, mend.path))
    else:
        new = requoted(value, node, old.text)
    blank = " " * (node.start == node.end and old.text[node.start - 1 : node.start] not in {" ", "\n"})
    return node.start, node.end, blank + new


def _written(mend: Mend, value: str, *, in_brackets: bool) -> str:
    is_as_it_is = mend.form == "yaml" or is_plain(value, in_brackets=in_brackets)
    return value if is_as_it_is else double_quoted(value)


def _is_in_brackets(root: Node, path: Path) -> bool:
    nodes = (node_at(root, path[:length]) for length in range(len(path)))
    return any(node.in_brackets for node in nodes if node)


def _addition(text: str, above: Node, key: str, value: str) -> _Edit:
    """Return what adds a key at the end of a mapping."""
    if above.kind != "mapping":
        raise _CanNotError("there is no such place in the file")
    written = f"{key if is_plain(key, in_brackets=True) else double_quoted(key)}: {value}"
    if above.in_brackets:
        at = above.children[-1][1].end if above.children else above.start + 1
        return at, at, f", {written}" if above.children else written
    first = above.children[0][0]
    assert first is not None
    line = text.rfind("\n", 0, first.start) + 1
    rest = _REMARK.match(text, above.end)
    if rest is None:
        raise _CanNotError("something follows it in its line")
    new = " " * (first.start - line) + written
    return (rest.end(), rest.end(), f"{new}\n") if rest.group().endswith("\n") else (rest.end(), rest.end(), f"\n{new}")


def _removal(text: str, above: Node, step: str | int) -> _Edit:
    """Return what takes a key with its value out of a mapping, or an item out of a list."""
    found = above.at(step)
    if found is None:
        raise _CanNotError("it is not written in this place")
    number = next(number for number, child in enumerate(above.children) if child is found)
    if above.in_brackets:
        return _removal_in_brackets(text, above, number)
    start, end = _start(text, found), found[1].end
    line = text.rfind("\n", 0, start) + 1
    rest = _REMARK.match(text, end)
    if rest is None:
        raise _CanNotError("something follows it in its line")
    if not text[line:start].strip(" "):
        return line, rest.end(), ""
    # The first key of a list's item stands in the line of the item's dash: the next one moves up.
    following = above.children[number + 1] if number + 1 < len(above.children) else None
    if following is None or text[rest.end() : _start(text, following)].strip(" "):
        raise _CanNotError("other things stand in its line")
    return start, _start(text, following), ""


def _start(text: str, child: tuple[Node | None, Node]) -> int:
    """Return where a key, or the dash of an item, stands."""
    key, value = child
    if key is not None:
        return key.start
    before = text[: value.start].rstrip(" \n")
    if not before.endswith("-"):
        raise _CanNotError("the sign of the item is not where it is looked for")
    return len(before) - 1


def _removal_in_brackets(text: str, above: Node, number: int) -> _Edit:
    spans = [((key or value).start, value.end) for key, value in above.children]
    start, end = spans[number]
    if len(spans) == 1:
        return start, end, ""
    first, second = (end, spans[number + 1][0]) if number + 1 < len(spans) else (spans[number - 1][1], start)
    if not _COMMA.fullmatch(text, first, second):
        raise _CanNotError("it can not be told where it ends")
    return (start, second, "") if number + 1 < len(spans) else (first, end, "")


def _emptied(old: _Old, node: Node, path: Path) -> list[_Edit]:
    """Return what takes all items out of a list without brackets: an empty list needs some."""
    above = node_at(old.root, path[:-1]) if path else None
    found = above.at(path[-1]) if above else None
    colon = _COLON.match(old.text, found[0].end) if found and found[0] else None
    if colon is None:
        raise _CanNotError("the list would be empty")
    removals = [_removal(old.text, node, number) for number in range(len(node.children))]
    return [(colon.end(), colon.end(), " []"), *removals]
