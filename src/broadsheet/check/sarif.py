"""A report as SARIF 2.1.0, the form in which services for code take findings. Pure.

Columns count characters, as ours do; a result's fingerprint is made of what a baseline knows it by.
"""

import re
from collections import Counter
from hashlib import blake2b

from broadsheet import __version__
from broadsheet.check.baseline import Key, key_of
from broadsheet.check.finding import Finding
from broadsheet.check.formats import documentation, whole_text
from broadsheet.check.places import Places
from broadsheet.check.report import Report, json_text
from broadsheet.check.rules import GROUPS, RULES
from broadsheet.problems import Place

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_DIGEST_BYTES = 16
_GROUP_OF = {rule.name: group for group, rules in GROUPS.items() for rule in rules}
_PLACEHOLDER = re.compile(r"\{(\d+)\}")

Json = dict[str, object]


def as_sarif(report: Report, site: str, places: Places) -> str:
    """Return a report of `site`, a path as problems name it, as a SARIF log with one run."""
    alike: Counter[Key] = Counter()
    artifacts: dict[str, Json] = {}
    results = []
    for finding in report.findings:
        key = key_of(finding, site)
        alike[key] += 1
        file = finding.problem.place.file
        if file not in artifacts:
            artifacts[file] = _artifact(file, places)
        results.append(_result(finding, report.rules, artifacts[file], _fingerprint(key, alike[key])))
    run: Json = {
        "tool": {
            "driver": {
                "name": "Broadsheet",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(name) for name in report.rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [{"executionSuccessful": report.is_complete}],
        "results": results,
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=None)


def _rule(name: str) -> Json:
    rule = RULES[name]
    summary, where = f"{rule.summary[0].upper()}{rule.summary[1:]}.", documentation(name)
    return {
        "id": name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {
            "text": f"{summary} The manual of Broadsheet explains it with an example: docs/{where}",
            "markdown": f"{summary} The manual of Broadsheet explains it with an example: `docs/{where}`",
        },
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": [_GROUP_OF[name]]},
    }


def _result(finding: Finding, rules: tuple[str, ...], artifact: Json, fingerprint: str) -> Json:
    problem = finding.problem
    told = f"{problem.message}\nhint: {problem.hint}" if problem.hint else problem.message
    result: Json = {
        "ruleId": problem.rule,
        "level": problem.severity.value,
        "message": {"text": _message(told)},
        "locations": [{"physicalLocation": _location(finding.problem.place, artifact)}],
        "partialFingerprints": {"broadsheetFinding/v1": fingerprint},
        "properties": {"fixable": bool(finding.mends)},
    }
    if problem.rule in rules:
        result["ruleIndex"] = rules.index(problem.rule)
    return result


def _artifact(file: str, places: Places) -> Json:
    base = {"uriBaseId": _ROOT} if places.is_within(file) else {}
    return {"uri": places.uri(file), **base}


def _location(place: Place, artifact: Json) -> Json:
    # Services for code drop what has no line: a file as a whole is told of at its first one.
    region = {"startLine": place.line or 1} | ({"startColumn": place.column} if place.column else {})
    return {"artifactLocation": artifact, "region": region}


def _fingerprint(key: Key, number: int) -> str:
    """Return what stands for the `number`th of the findings that are alike, wherever in its file it stands."""
    text = "\0".join((*key, str(number)))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()


def _message(text: str) -> str:
    """Return a text that viewers show as it is: what is in brackets before an address would be a link, `{0}` a gap."""
    return _PLACEHOLDER.sub(r"{{\1}}", whole_text(text).replace("](", "] ("))
