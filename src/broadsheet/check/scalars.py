"""A text to the way in which YAML writes it: as like to what stood there as can be. Pure."""

import re
from collections.abc import Sequence
from itertools import islice

from broadsheet.check.nodes import Node
from broadsheet.yaml_text import YamlError, double_quoted, parse_yaml

_BLOCK = re.compile(r"(?P<kind>[|>])(?P<chomping>[-+]?)(?P<rest>[ \t]*(?:#[^\n]*)?)(?:\n|\Z)")
_NOT_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def rewritten(value: str, old: Node, text: str, *, in_brackets: bool) -> str:
    """Return `value` in the style of the `old` one, which stands in `text`, or else in double quotes."""
    there = text[old.start : old.end]
    if old.style in {"|", ">"}:
        return _as_block(value, there) or requoted(value, old, text)
    if old.style == "'" and not _NOT_ONE_LINE.search(value):
        return _in_lines("'" + value.replace("'", "''") + "'", there)
    if not old.style and is_plain(value, in_brackets=in_brackets):
        return _in_lines(value, there)
    return _in_lines(double_quoted(value), there)


def requoted(value: str, old: Node, text: str) -> str:
    """Return `value` in double quotes, for what can stand anywhere; a remark beside the sign of a block stays."""
    block = _BLOCK.match(text, old.start) if old.style in {"|", ">"} else None
    return double_quoted(value) + (block["rest"] if block else "")


def is_plain(value: str, *, in_brackets: bool = False) -> bool:
    """Return whether `value` is understood without quotes, within brackets or outside of them."""
    if _NOT_ONE_LINE.search(value):
        return False
    try:
        # Outside of brackets more is allowed, but for what only brackets keep from being a key.
        outside = parse_yaml(f"k: {value}\n", "").value == {"k": value}
        return outside and (not in_brackets or parse_yaml(f"[{value}]\n", "").value == [value])
    except YamlError:
        return False


def _as_block(value: str, old: str) -> str:
    """Return `value` as lines below the sign that the `old` text has, the empty string where it can not be put so."""
    block = _BLOCK.match(old)
    lines = value.rstrip("\n").split("\n")
    ends = len(value) - len(value.rstrip("\n"))
    # Where the first line says how deep all of them are, it can not begin with a blank; and nor may any line that is
    # to be folded into the one before it.
    folded = block is not None and block["kind"] == ">"
    if block is None or not lines[0] or any(line[:1] in {" ", "\t"} for line in (lines if folded else lines[:1])):
        return ""
    if ends > 1 or any(_NOT_ONE_LINE.search(line.replace("\t", "")) for line in lines):
        return ""
    indent = re.search(r"^ +(?=[^ \n])", old[block.end() :], re.MULTILINE)
    if indent is None:
        return ""
    written = "\n".join(lines)
    if folded:
        # One break more than a reader sees.
        written = re.sub("\n+", r"\g<0>\n", written)
        if len(lines) == 1:
            written = "\n".join(_laid_out(written, old[block.end() :].rstrip("\n").split("\n")))
    body = "\n".join(indent.group() + line if line else "" for line in written.split("\n"))
    chomping = block["chomping"] if ends == (block["chomping"] != "-") else ("" if ends else "-")
    return f"{block['kind']}{chomping}{block['rest']}\n{body}"


def _in_lines(written: str, old: str) -> str:
    """Return a text that is not in lines of its own, broken where the `old` one is."""
    lines = _laid_out(written, old.split("\n"))
    if len(lines) == 1:
        return written
    indents = (line[: len(line) - len(line.lstrip())] for line in old.split("\n"))
    return "\n".join(indent + line for indent, line in zip(indents, lines, strict=True))


def _laid_out(line: str, old: Sequence[str]) -> list[str]:
    """Return a line that is to be folded, broken where the `old` lines are, if it has as many words."""
    counts = [len(part.split()) for part in old]
    words = line.split(" ")
    if sum(counts) != len(words) or "" in words or 0 in counts:
        return [line]
    rest = iter(words)
    return [" ".join(islice(rest, count)) for count in counts]
