"""A report as programs read it: JSON of our own, and the workflow commands of GitHub Actions. Pure."""

import re
from collections.abc import Iterator, Sequence

from broadsheet import __version__
from broadsheet.check.finding import Finding
from broadsheet.check.places import Places
from broadsheet.check.report import Report, anchor, json_text
from broadsheet.check.rules import GROUPS, RULES
from broadsheet.problems import Severity

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def as_json(report: Report) -> str:
    """Return a report as JSON; `docs/check.md` describes its shape, which only grows within a version."""
    numbers = report.numbers()
    return json_text(
        {
            "version": 1,
            "broadsheet": __version__,
            "findings": [_found(finding) for finding in report.findings],
            "summary": {
                "complete": report.is_complete,
                "records": report.records,
                "errors": numbers[Severity.ERROR],
                "warnings": numbers[Severity.WARNING],
                "notes": numbers[Severity.NOTE],
                "fixable": sum(bool(finding.mends) for finding in report.findings),
                "in_baseline": report.in_baseline,
                "mended": report.mended,
            },
        }
    )


def _found(finding: Finding) -> dict[str, object]:
    problem = finding.problem
    return {
        "rule": problem.rule,
        "severity": problem.severity.value,
        "file": whole_text(problem.place.file),
        "line": problem.place.line or None,
        "column": problem.place.column or None,
        "message": whole_text(problem.message),
        "hint": whole_text(problem.hint) or None,
        "fixable": bool(finding.mends),
        "documentation": documentation(problem.rule),
    }


def rules_as_json(names: Sequence[str]) -> str:
    """Return the rules of the list that are named, as JSON."""
    return json_text(
        {
            "version": 1,
            "rules": [
                {
                    "rule": rule.name,
                    "group": group,
                    "severity": rule.severity.value,
                    "summary": rule.summary,
                    "documentation": documentation(rule.name),
                }
                for group, rules in GROUPS.items()
                for rule in rules
                if rule.name in names
            ],
        }
    )


def documentation(rule: str) -> str:
    """Return where the manual explains a rule, from its folder on."""
    return f"check.md#{anchor(RULES[rule])}" if rule in RULES else "check.md"


def whole_text(text: str) -> str:
    """Return a text of whole characters: a name of a file may hold bytes that are none, which JSON can not say."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def as_github(report: Report, places: Places) -> Iterator[str]:
    """Yield a workflow command for every finding, the worst first: GitHub shows the first ones of each kind alone."""
    for severity, command in _COMMANDS.items():
        for finding in report.findings:
            problem = finding.problem
            if problem.severity is severity:
                place = {"file": places.path(problem.place.file)}
                if problem.place.line:
                    place |= {"line": str(problem.place.line), "col": str(problem.place.column)}
                values = ",".join(
                    f"{name}={_property(value)}" for name, value in {**place, "title": finding.rule}.items()
                )
                told = f"{problem.message}\nhint: {problem.hint}" if problem.hint else problem.message
                yield f"::{command} {values}::{_data(told)}"


def _property(value: str) -> str:
    """Return a value of a command as the runner reads it back: its ends and separators are encoded."""
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _data(text: str) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
