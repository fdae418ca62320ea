"""The findings that an old folder is allowed to keep: what they are known by, and the file that lists them.

A finding is known by its rule, its file below the site and its message: what is written above it does not make it new.
Two that are alike are two: the file counts them, and a third one is new.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from broadsheet.check.finding import Finding
from broadsheet.check.places import below_site
from broadsheet.check.report import json_text
from broadsheet.files import write_whole
from broadsheet.problems import reason

_LINE_NUMBER = re.compile(r"\b(lines?) \d[\d,]*")


class Key(NamedTuple):
    """What a finding is known by, in the order that the file has: paths are below the site, lines without numbers."""

    file: str
    rule: str
    message: str


Baseline = Mapping[Key, int]


class BaselineError(Exception):
    """The file of a baseline can not be used; the text says why, and `hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep what is wrong, and what would mend it."""
        super().__init__(message)
        self.hint = hint


class Compared(NamedTuple):
    """What a baseline leaves of findings, how many it holds, and how much of it is found no more."""

    findings: tuple[Finding, ...]
    known: int
    mended: int


class _Entry(Struct):
    rule: str
    file: str
    message: str
    count: Annotated[int, Meta(ge=1)] = 1


class _Listed(Struct):
    version: Literal[1]
    findings: list[_Entry]


def key_of(finding: Finding, site: str) -> Key:
    """Return what a finding of `site`, a path as problems name it, is known by."""
    problem = finding.problem
    # A message names other files as its own place is named.
    message = re.sub(rf"(?<![\w./-]){re.escape(site)}/", "", problem.message)
    return Key(below_site(problem.place.file, site), problem.rule, _LINE_NUMBER.sub(r"\1 N", message))


def counted_keys(findings: Iterable[Finding], site: str) -> Counter[Key]:
    """Return a baseline that holds all `findings`."""
    return Counter(key_of(finding, site) for finding in findings)


def compared(findings: Iterable[Finding], baseline: Baseline, site: str, looked_for: Collection[str]) -> Compared:
    """Return what is new; what the baseline holds of rules that were not `looked_for` is not taken for mended.

    Of more findings that are alike than the baseline has, the first ones are taken for the known ones.
    """
    left, new, known = Counter(baseline), [], 0
    for finding in findings:
        key = key_of(finding, site)
        if left[key]:
            left[key] -= 1
            known += 1
        else:
            new.append(finding)
    return Compared(tuple(new), known, sum(number for key, number in left.items() if key.rule in looked_for))


def parse(content: bytes) -> Baseline:
    """Return the baseline that a file holds. Raises `ValueError` where it is none."""
    try:
        listed = msgspec.convert(json.loads(content), _Listed)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    found: Counter[Key] = Counter()
    for entry in listed.findings:
        found[Key(entry.file, entry.rule, entry.message)] += entry.count
    return found


def text(baseline: Baseline) -> str:
    """Return what a file holds: a line for every kind of finding, sorted, so that a change shows as what it is."""
    rows = [
        json_text(
            {"rule": key.rule, "file": key.file, "message": key.message} | ({"count": number} if number > 1 else {}),
            indent=None,
        )
        for key, number in sorted(baseline.items())
    ]
    return '{"version": 1, "findings": [\n' + ",\n".join(rows) + ("\n" if rows else "") + "]}\n"


def load(path: Path) -> Baseline:
    """Return the baseline of a file. Raises `BaselineError`, also where there is none."""
    try:
        return parse(path.read_bytes())
    except FileNotFoundError:
        raise BaselineError(f"there is no file {str(path)!r}", "--write-baseline makes one") from None
    except OSError as error:
        raise BaselineError(f"{str(path)!r} can not be read: {reason(error)}", "name a file") from None
    except ValueError as error:
        why = str(error).splitlines()[0]
        hint = "mend it, or delete it and have --write-baseline make another one"
        raise BaselineError(f"{str(path)!r} is no baseline: {why}", hint) from None


def load_for_writing(path: Path) -> Baseline:
    """Return the baseline that is written anew, none where there is no file.

    Raises `BaselineError` for a file that is no baseline: somebody may have named the wrong one.
    """
    return load(path) if path.exists() else {}


def save(path: Path, baseline: Baseline) -> None:
    """Write the file of a baseline, whole or not at all. Raises `BaselineError`."""
    try:
        # Where a link leads to: the link stays.
        write_whole(path.resolve(), text(baseline).encode())
    except OSError as error:
        hint = "name a file in a folder that can be written to"
        raise BaselineError(f"{str(path)!r} can not be written: {reason(error)}", hint) from None
