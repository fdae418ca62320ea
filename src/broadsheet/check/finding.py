"""What a check finds, as values."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, structs

from broadsheet.problems import Problem
from broadsheet.yaml_text import Path


class Mend(Struct, frozen=True):
    """What makes a file right: the YAML value at `path` becomes the text `value`; with None it goes, with its key.

    `file` is the path as problems name it. What a mend changes means the same as before, or is shown the same. A key
    that its mapping lacks is added at the end of that. `form` says what `value` is: a text; or YAML that is put there
    as it is, such as `true`; or nothing, and nor is `path`, where names get the quotes without which the file is no
    YAML: they are the ones that reading adds.
    """

    file: str
    path: Path
    value: str | None
    form: Literal["text", "yaml", "names"] = "text"


class Finding(Struct, frozen=True):
    """One thing that is wrong, of the kind `problem.rule`, and the `mends` that are safe to make, none where none are.

    A text that stands in many places, as the items of `related` lists do, is one finding with as many mends.
    """

    problem: Problem
    mends: tuple[Mend, ...] = ()

    @property
    def rule(self) -> str:
        """The name of the rule."""
        return self.problem.rule


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return `findings`, each problem once, by file and place; of two that are alike the one with mends stays.

    What differs in its hint only is alike: a template can be found wrong by itself, and by several pages.
    """
    found: dict[Problem, Finding] = {}
    for finding in findings:
        problem = structs.replace(finding.problem, hint="")
        known = found.setdefault(problem, finding)
        if finding.mends and not known.mends:
            found[problem] = finding
    return tuple(sorted(found.values(), key=lambda finding: (finding.problem.place, finding.problem.message)))
