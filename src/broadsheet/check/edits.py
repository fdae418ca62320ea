"""What is wanted of a file's values to edits of its text, which somebody else has to believe. Pure."""

from __future__ import annotations

import re

from msgspec import Struct

from broadsheet.check.finding import Mend
from broadsheet.check.nodes import Node, node_at
from broadsheet.check.scalars import is_plain, requoted, rewritten
from broadsheet.check.yaml_part import CanNotMendError, Edit
from broadsheet.yaml_text import Path, double_quoted

_REMARK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_COMMA = re.compile(r"\s*,\s*")
_COLON = re.compile(r"\s*:")


class Asked(Struct, frozen=True):
    """A mend, and whether its text should be like the old one, or in double quotes."""

    mend: Mend
    alike: bool = True


AskedMends = tuple[Asked, ...]


def edits_for(asked: AskedMends, text: str, root: Node) -> list[Edit]:
    """Return what makes the mends that are `asked` for in `text`, in which `root` stands. Raises `CanNotMendError`."""
    edits, emptied = [], dict[Path, set[str | int]]()
    for each in asked:
        if each.mend.value is None:
            emptied.setdefault(each.mend.path[:-1], set()).add(each.mend.path[-1])
        else:
            edits.append(_change(text, root, each, each.mend.value))
    for path, steps in emptied.items():
        node = node_at(root, path)
        if node is None:
            raise CanNotMendError("it is not written in this place")
        if node.kind == "list" and not node.in_brackets and len(steps) == len(node.children):
            edits += _emptied(text, root, path)
        else:
            edits += [_removal(text, node, step) for step in steps]
    return edits


def _change(text: str, root: Node, asked: Asked, value: str) -> Edit:
    mend = asked.mend
    above = node_at(root, mend.path[:-1])
    node = node_at(root, mend.path)
    if above is None or not mend.path:
        raise CanNotMendError("it is not written in this place")
    if node is None:
        return _addition(text, above, str(mend.path[-1]), _written(mend, value, in_brackets=above.in_brackets))
    if node.kind != "scalar" or text[node.start : node.end].startswith(("&", "!")):
        raise CanNotMendError("it is no plain text, or has a tag or an anchor")
    if mend.form == "yaml":
        new = value
    elif asked.alike:
        new = rewritten(value, node, text, in_brackets=_is_in_brackets(root, mend.path))
    else:
        new = requoted(value, node, text)
    blank = " " * (node.start == node.end and text[node.start - 1 : node.start] not in {" ", "\n"})
    return node.start, node.end, blank + new


def _written(mend: Mend, value: str, *, in_brackets: bool) -> str:
    is_as_it_is = mend.form == "yaml" or is_plain(value, in_brackets=in_brackets)
    return value if is_as_it_is else double_quoted(value)


def _is_in_brackets(root: Node, path: Path) -> bool:
    nodes = (node_at(root, path[:length]) for length in range(len(path)))
    return any(node.in_brackets for node in nodes if node)


def _addition(text: str, above: Node, key: str, value: str) -> Edit:
    """Return what adds a key at the end of a mapping."""
    if above.kind != "mapping":
        raise CanNotMendError("there is no such place in the file")
    written = f"{key if is_plain(key, in_brackets=True) else double_quoted(key)}: {value}"
    if above.in_brackets:
        at = above.children[-1][1].end if above.children else above.start + 1
        return at, at, f", {written}" if above.children else written
    first = above.children[0][0]
    assert first is not None
    line = text.rfind("\n", 0, first.start) + 1
    rest = _REMARK.match(text, above.end)
    if rest is None:
        raise CanNotMendError("something follows it in its line")
    new = " " * (first.start - line) + written
    return (rest.end(), rest.end(), f"{new}\n") if rest.group().endswith("\n") else (rest.end(), rest.end(), f"\n{new}")


def _removal(text: str, above: Node, step: str | int) -> Edit:
    """Return what takes a key with its value out of a mapping, or an item out of a list."""
    found = above.at(step)
    if found is None:
        raise CanNotMendError("it is not written in this place")
    number = next(number for number, child in enumerate(above.children) if child is found)
    if above.in_brackets:
        return _removal_in_brackets(text, above, number)
    start, end = _start(text, found), found[1].end
    line = text.rfind("\n", 0, start) + 1
    rest = _REMARK.match(text, end)
    if rest is None:
        raise CanNotMendError("something follows it in its line")
    remark = rest.group().strip()
    if not text[line:start].strip(" "):
        # What somebody said of it may hold without it.
        return line, rest.end(), f"{text[line:start]}{remark}\n" if remark else ""
    # The first key of a list's item stands in the line of the item's dash: the next one moves up.
    following = above.children[number + 1] if number + 1 < len(above.children) else None
    if following is None or remark or text[rest.end() : _start(text, following)].strip(" "):
        raise CanNotMendError("other things stand in its line")
    return start, _start(text, following), ""


def _start(text: str, child: tuple[Node | None, Node]) -> int:
    """Return where a key, or the dash of an item, stands."""
    key, value = child
    if key is not None:
        return key.start
    before = text[: value.start].rstrip(" \n")
    if not before.endswith("-"):
        raise CanNotMendError("the sign of the item is not where it is looked for")
    return len(before) - 1


def _removal_in_brackets(text: str, above: Node, number: int) -> Edit:
    spans = [((key or value).start, value.end) for key, value in above.children]
    start, end = spans[number]
    if len(spans) == 1:
        return start, end, ""
    first, second = (end, spans[number + 1][0]) if number + 1 < len(spans) else (spans[number - 1][1], start)
    if not _COMMA.fullmatch(text, first, second):
        raise CanNotMendError("it can not be told where it ends")
    return (start, second, "") if number + 1 < len(spans) else (first, end, "")


def _emptied(text: str, root: Node, path: Path) -> list[Edit]:
    """Return what takes all items out of a list without brackets: an empty list needs some."""
    above = node_at(root, path[:-1]) if path else None
    found = above.at(path[-1]) if above else None
    colon = _COLON.match(text, found[0].end) if found and found[0] else None
    if found is None or colon is None:
        raise CanNotMendError("the list would be empty")
    removals = [_removal(text, found[1], number) for number in range(len(found[1].children))]
    return [(colon.end(), colon.end(), " []"), *removals]
