"""What can be wrong with a user's site, as values.

Nothing here prints or reads. Anything that is raised and is not a `SiteError` is a bug of ours.
"""

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct, structs


class Severity(Enum):
    """How much a problem matters: an error leaves something out, a warning guesses, a note only tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Place(Struct, frozen=True, order=True):
    """A spot in a user's file; `line` and `column` count from 1, 0 stands for "the file as a whole"."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `file`, or `file:line:column` as compilers write it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


# Two things that want one place in the output: one of them is left out.
COLLISION = "collision"


class Problem(Struct, frozen=True):
    """One thing that is wrong, where it is, what would mend it; `rule` is its kind, as `check.rules` lists them."""

    place: Place
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    rule: str = ""

    def __str__(self) -> str:
        """Return `file:line:column: error: message`, without the hint."""
        return f"{self.place}: {self.severity.value}: {self.message}"


class SiteError(Exception):
    """The user's site can not be built; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep `problems` in the order in which they should be read."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["SiteError"], tuple[tuple[Problem, ...]]]:
        """Pass between processes with the problems, not with their text."""
        return SiteError, (self.problems,)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return `problems` without repeats, by file and place: the order of work never shows in a report."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.place, problem.message)))


def ruled(problems: Iterable[Problem], rule: str) -> tuple[Problem, ...]:
    """Return `problems` with `rule` for the kind of those that have none yet."""
    return tuple(problem if problem.rule else structs.replace(problem, rule=rule) for problem in problems)


def reason(error: OSError) -> str:
    """Return why the system refused, as a part of a sentence."""
    return (error.strerror or str(error)).lower()


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return `1 record`, `2 records`, `1,000 stories`: a count as a sentence wants it."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
