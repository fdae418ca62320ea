"""What a run of `check` comes to, as values that every format tells; and JSON that is safe to show. Pure."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from broadsheet.check.finding import Finding
from broadsheet.check.rules import Rule
from broadsheet.problems import Severity

# Outside of ASCII, some characters hide, and some drive a terminal; within JSON, of ASCII only DEL does.
_SUSPECT = re.compile(r"[^\n -~]+")


class Report(Struct, frozen=True):
    """What is told: the findings that no baseline holds, and what was looked at.

    `rules` are those that were looked for, in the order of their list; `in_baseline` counts the findings that are known
    by a baseline, `mended` what it holds and nobody finds any more. Where `is_complete` is false, something kept the
    site from being looked at as a whole, and is among the findings.
    """

    findings: tuple[Finding, ...]
    records: int
    rules: tuple[str, ...]
    in_baseline: int = 0
    mended: int = 0
    is_complete: bool = True

    def numbers(self) -> dict[Severity, int]:
        """Return how many findings there are of each severity, the worst first."""
        found = Counter(finding.problem.severity for finding in self.findings)
        return {severity: found[severity] for severity in Severity}


def anchor(rule: Rule) -> str:
    """Return what the section of a rule is called in links to `docs/check.md`."""
    return f"{rule.name}-{'an' if rule.severity is Severity.ERROR else 'a'}-{rule.severity.value}"


def json_text(value: Mapping[str, object] | Sequence[object], indent: int | None = 2) -> str:
    """Return a value as JSON, readable, without any character that could drive a terminal or hide in a text."""
    return _SUSPECT.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=indent))


def _escaped(match: re.Match[str]) -> str:
    run = match.group()
    if run.isprintable():
        return run
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in run)
