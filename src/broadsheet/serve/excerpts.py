"""The lines of a file around a problem, as a writer wants to see them."""

from collections.abc import Sequence
from pathlib import Path

from broadsheet.problems import Problem
from broadsheet.read.disk import Disk
from broadsheet.read.front_matter import with_plain_lines
from broadsheet.serve.told import Trouble

_LINES_AROUND = 2
_LONGEST_LINE = 240


def troubles(problems: Sequence[Problem]) -> tuple[Trouble, ...]:
    """Return `problems` with the lines around their places, as the files are now."""
    texts: dict[str, list[str]] = {}
    told = []
    for problem in problems:
        place = problem.place
        lines: tuple[tuple[int, str], ...] = ()
        if place.line:
            if place.file not in texts:
                texts[place.file] = lines_of(Path(place.file))
            lines = around(texts[place.file], place.line)
        told.append(
            Trouble(place.file, place.line, place.column, problem.severity.value, problem.message, problem.hint, lines)
        )
    return tuple(told)


def around(lines: Sequence[str], line: int) -> tuple[tuple[int, str], ...]:
    """Return the lines next to `line`, and itself, with their numbers, which count from 1."""
    first, last = max(1, line - _LINES_AROUND), min(len(lines), line + _LINES_AROUND)
    return tuple((number, lines[number - 1][:_LONGEST_LINE]) for number in range(first, last + 1))


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file as places count them, none where it can not be read any more."""
    data = Disk().content(path)
    if data is None:
        return []
    # Unlike `splitlines`: other separators are characters of a line.
    lines = with_plain_lines(data).decode("utf-8", "replace").split("\n")
    return lines if lines[-1] else lines[:-1]
