"""The part of a file that is YAML, and what is around it: changed in places, and put together again. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from broadsheet.problems import Problem
from broadsheet.read.front_matter import decoded, split
from broadsheet.read.records import FIRST_LINE

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_ENDINGS = (".yaml", ".yml")

# From an offset to an offset of a text, and what takes the place of what is between.
Edit = tuple[int, int, str]


class CanNotMendError(Exception):
    """Something can not be mended; the text is a part of a sentence that says why."""


class YamlPart(Struct):
    """The part of a file that is YAML, in lines as they are and as text with lines ended by LF; what is around it."""

    before: bytes
    lines: list[str]
    after: bytes
    first_line: int

    @classmethod
    def of(cls, data: bytes, file: str) -> YamlPart:
        """Return the YAML of `data`, the content of `file`; by its name it is all of it, or front matter.

        Raises `CanNotMendError` where there is none that can be read.
        """
        start = len(_BOM) if data.startswith(_BOM) else 0
        lines = _LINE.findall(data, start)
        head, count, first_line = b"", len(lines), 1
        if not file.lower().endswith(_ENDINGS):
            parts = split(data, file)
            if isinstance(parts, Problem):
                raise CanNotMendError(parts.message)
            head, count, first_line = lines[0], parts.yaml.count(b"\n"), FIRST_LINE
        inner = lines[bool(head) : bool(head) + count]
        before = data[:start] + head
        after = data[len(before) + sum(map(len, inner)) :]
        texts = [decoded(line, file, number) for number, line in enumerate(inner, first_line)]
        wrong = next((text for text in texts if isinstance(text, Problem)), None)
        if wrong is not None:
            raise CanNotMendError(wrong.message)
        return cls(before, [text for text in texts if isinstance(text, str)], after, first_line)

    @property
    def text(self) -> str:
        """What the lines hold, as reading has it."""
        return "".join(line.rstrip("\r\n") + "\n" * line.endswith(("\r", "\n")) for line in self.lines)

    def edited(self, edits: Sequence[Edit]) -> bytes:
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
