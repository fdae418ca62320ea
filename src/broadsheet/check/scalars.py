"""A text to the way in which YAML writes it: as like to what stood there as can be. Pure."""

import re

from broadsheet.check.nodes import Node
from broadsheet.yaml_text import YamlError, parse_yaml

_BLOCK = re.compile(r"(?P<kind>[|>])(?P<chomping>[-+]?)(?P<rest>[ \t]*(?:#[^\n]*)?)(?:\n|\Z)")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
# What a text in quotes can not hold as it is, or what ends a line where somebody else reads it.
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')
_NOT_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def rewritten(value: str, old: Node, text: str, *, in_brackets: bool) -> str:
    """Return `value` in the style of the `old` one, which stands in `text`, or else in double quotes."""
    if old.style in {"|", ">"}:
        return _as_block(value, text[old.start : old.end]) or requoted(value, old, text)
    if old.style == "'" and value == "".join(value.splitlines()) and not _NOT_ONE_LINE.search(value):
        return "'" + value.replace("'", "''") + "'"
    if not old.style and is_plain(value, in_brackets=in_brackets):
        return value
    return double_quoted(value)


def requoted(value: str, old: Node, text: str) -> str:
    """Return `value` in double quotes, for what can stand anywhere; a remark beside the sign of a block stays."""
    block = _BLOCK.match(text, old.start) if old.style in {"|", ">"} else None
    return double_quoted(value) + (block["rest"] if block else "")


def double_quoted(value: str) -> str:
    """Return `value` in double quotes, on one line."""
    return '"' + _ESCAPED.sub(lambda found: _escape(found.group()), value) + '"'


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


def _escape(character: str) -> str:
    code = ord(character)
    return _ESCAPES.get(character) or (f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}")


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
        written = re.sub("\n+", r"\g<0>\n", written) if len(lines) > 1 else _laid_out(written, old[block.end() :])
    body = "\n".join(indent.group() + line if line else "" for line in written.split("\n"))
    chomping = block["chomping"] if ends == (block["chomping"] != "-") else ("" if ends else "-")
    return f"{block['kind']}{chomping}{block['rest']}\n{body}"


def _laid_out(line: str, old: str) -> str:
    """Return a line that is to be folded, broken where the `old` text is, if it has as many words."""
    counts = [len(part.split(" ")) for part in (part.strip(" ") for part in old.split("\n")) if part]
    words = line.split(" ")
    if sum(counts) != len(words) or "" in words:
        return line
    rest = iter(words)
    return "\n".join(" ".join(next(rest) for _ in range(count)) for count in counts)
