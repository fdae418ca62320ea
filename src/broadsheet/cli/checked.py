"""What `check` found, as text for people: line by line, the place of a finding first, as compilers write it."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.cells import cell_len, set_cell_size

from broadsheet.cli.printing import safe
from broadsheet.problems import Severity, counted
from broadsheet.serve.excerpts import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from broadsheet.check.finding import Finding
    from broadsheet.check.report import Report
    from broadsheet.check.rules import Rule

# Of each rule that is no error, where not all are wanted: a site can have thousands of one kind.
MOST = 20

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_MARGIN = 9
_NARROWEST = 40


def findings(found: Sequence[Finding], width: int, most: int | None) -> Iterator[str]:
    """Yield the findings as lines of about `width` cells, with colours; of each rule that is no error, `most`."""
    is_first = True
    for file, group in groupby(_first(found, most), key=lambda finding: finding.problem.place.file):
        if not is_first:
            yield ""
        is_first = False
        yield from _file(file, tuple(group), max(width, _NARROWEST) - _MARGIN)


def _first(found: Iterable[Finding], most: int | None) -> Iterator[Finding]:
    told: Counter[str] = Counter()
    for finding in found:
        told[finding.rule] += 1
        if most is None or told[finding.rule] <= most or finding.problem.severity is Severity.ERROR:
            yield finding


def _file(file: str, found: Sequence[Finding], room: int) -> Iterator[str]:
    wants_lines = any(_has_excerpt(finding) for finding in found)
    lines = lines_of(Path(file)) if wants_lines else []
    hints: set[str] = set()
    for finding in found:
        problem = finding.problem
        colour = _COLOURS[problem.severity]
        severity = click.style(f"{problem.severity.value}:", fg=colour, bold=True)
        place = click.style(_start(f"{safe(str(problem.place))}:"), bold=True)
        yield f"{place} {severity} {safe(problem.message)}  {click.style(f'[{problem.rule}]', dim=True)}"
        if _has_excerpt(finding) and problem.place.line <= len(lines):
            line = lines[problem.place.line - 1]
            yield from _excerpt(line, problem.place.line, problem.place.column, room, colour)
        if problem.hint and problem.hint not in hints:
            hints.add(problem.hint)
            yield f"  hint: {safe(problem.hint)}"


def _has_excerpt(finding: Finding) -> bool:
    return bool(finding.problem.place.line) and finding.problem.severity is not Severity.NOTE


def _start(line: str) -> str:
    """Return a line's start that no hosted runner takes for a command of a workflow, as `::` would be."""
    return f"./{line}" if line.lstrip().startswith("::") else line


def _excerpt(line: str, number: int, column: int, room: int, colour: str) -> Iterator[str]:
    """Yield a line with a mark under its place; of one that is too long, the part around the place."""
    before = safe(line[: max(column - 1, 0)].expandtabs(4))
    text = safe(line.expandtabs(4))
    # A mark in the middle leaves something of both sides.
    start = len(before) - room // 2 if cell_len(before) > room - 10 else 0
    text, before = text[start:], before[start:]
    if start:
        text, before = f"…{text[1:]}", f"…{before[1:]}"
    if cell_len(text) > room:
        text = f"{set_cell_size(text, room - 1).rstrip()}…"
    yield f"{number:>6} | {text}".rstrip()
    if column:
        yield f"{'':>6} | {' ' * cell_len(before)}{click.style('^', fg=colour, bold=True)}"


def summary(report: Report, most: int | None) -> Iterator[str]:
    """Yield how many findings there are of which rule, and in all."""
    rules = Counter(finding.rule for finding in report.findings)
    errors = Counter(finding.rule for finding in report.findings if finding.problem.severity is Severity.ERROR)
    for rule, number in sorted(rules.items(), key=lambda pair: (-pair[1], pair[0])):
        cut = most is not None and number > max(most, errors[rule])
        yield f"{number:>9,}  {rule}" + (f"  (not all of them are shown: --only {rule} or --all does)" if cut else "")
    parts = ", ".join(counted(number, severity.value) for severity, number in report.numbers().items())
    looked = f"{counted(report.records, 'record')} checked"
    yield f"{looked}: {parts}" if report.is_complete else f"{looked}, and then no more could be: {parts}"
    fixable = sum(bool(finding.mends) for finding in report.findings)
    if fixable:
        yield f"{counted(fixable, 'finding')} can be mended by --fix"
    if report.in_baseline:
        them = "it" if report.in_baseline == 1 else "them"
        yield f"{counted(report.in_baseline, 'finding')} left out, as the baseline lists {them}"


def mended(report: Report) -> Iterator[str]:
    """Yield what is to be said of a baseline that holds what nobody finds any more."""
    if report.mended:
        verb = "is" if report.mended == 1 else "are"
        yield f"{report.mended:,} of the baseline {verb} mended: write it anew with --write-baseline"


def rules(groups: dict[str, tuple[Rule, ...]]) -> Iterator[str]:
    """Yield the rules by their groups: name, severity, and what they find."""
    names = max((len(rule.name) for group in groups.values() for rule in group), default=0)
    for index, (group, members) in enumerate(groups.items()):
        if index:
            yield ""
        yield click.style(group, bold=True)
        for rule in members:
            severity = click.style(f"{rule.severity.value:<7}", fg=_COLOURS[rule.severity])
            yield f"  {rule.name:<{names}}  {severity}  {rule.summary}"
