"""The bytes of a Markdown file to its front matter and body. Pure."""

import re

from msgspec import Struct

from broadsheet.limits import FRONT_MATTER
from broadsheet.problems import Place, Problem
from broadsheet.yaml_text import Document, TextPlaces, YamlError, parse_yaml

_BOM = b"\xef\xbb\xbf"
_OPENING = re.compile(rb"---[ \t]*(?:\n|\Z)")


class FrontMatter(Struct, frozen=True, gc=False):
    """A file in two parts, lines ended by LF: `yaml` starts in the file's second line."""

    yaml: bytes
    body: bytes


def split(data: bytes, file: str) -> FrontMatter | Problem:
    """Return the two parts of a file whose front matter stands between lines of `---`, or what is wrong with it."""
    data = with_plain_lines(data)
    opening = _OPENING.match(data)
    if not opening:
        what = "the file is empty" if not data.strip() else "there is no front matter"
        return Problem(
            Place(file, 1, 1),
            what,
            "a record starts with a line `---`, its fields, and a line `---`",
            rule="front-matter",
        )
    start = opening.end()
    fence = data.find(b"\n---", start - 1)
    while fence >= 0:
        end = data.find(b"\n", fence + 4)
        end = len(data) if end < 0 else end
        # `---` also occurs inside values: only a line of its own closes.
        if not data[fence + 4 : end].strip(b" \t"):
            return _within_limit(FrontMatter(data[start : fence + 1], data[end + 1 :]), file)
        fence = data.find(b"\n---", end)
    return Problem(Place(file, 1, 1), "the front matter is not closed", "end it with a line `---`", rule="front-matter")


def _within_limit(parts: FrontMatter, file: str) -> FrontMatter | Problem:
    if len(parts.yaml) <= FRONT_MATTER.most:
        return parts
    hint = "long texts belong below the front matter"
    return Problem(Place(file, 1, 1), FRONT_MATTER.passed(len(parts.yaml)), hint, rule="limit")


def has_front_matter(data: bytes) -> bool:
    """Return whether a file starts with the line that opens front matter."""
    return _OPENING.match(with_plain_lines(data)) is not None


def with_plain_lines(data: bytes) -> bytes:
    """Return the bytes of a text without a byte-order mark, its lines ended by LF."""
    if data.startswith(_BOM):
        data = data[len(_BOM) :]
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def decoded(data: bytes, file: str, first_line: int) -> str | Problem:
    """Return `data` as text, or the place of the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = TextPlaces(before, file, first_line).at(len(before))
        byte = f"0x{data[error.start]:02X}"
        return Problem(place, f"the byte {byte} is not UTF-8", "save the file in the encoding UTF-8", rule="encoding")


def yaml_document(data: bytes, file: str) -> Document | Problem:
    """Return the YAML that `data`, the content of `file`, holds, or what is in the way of reading it."""
    return document_from(data.removeprefix(_BOM), file, 1)


def document_from(data: bytes, file: str, first_line: int) -> Document | Problem:
    """Return the YAML that `data`, a part of `file` from `first_line` on, holds, or what is in the way of that."""
    text = decoded(data, file, first_line)
    if isinstance(text, Problem):
        return text
    try:
        return parse_yaml(text, file, first_line)
    except YamlError as error:
        return error.problem
