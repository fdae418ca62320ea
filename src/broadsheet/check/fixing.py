"""What was found to the files as they would be mended, and how they differ from what they are. Nothing is written."""

import os
from collections.abc import Iterable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from msgspec import Struct

from broadsheet.check.finding import Finding, Mend
from broadsheet.check.mending import mended
from broadsheet.check.undo import Change, is_inner
from broadsheet.files import content_digest
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.disk import Disk
from broadsheet.read.record_files import Progress, silent


class Fix(Struct, frozen=True):
    """The files that can be mended, by name, and why others can not, or not wholly."""

    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


def fix_for(site: Path, findings: Iterable[Finding], contents: Mapping[str, str], progress: Progress = silent) -> Fix:
    """Return what mends `findings`; `contents` are the digests of files as they were when they were checked."""
    mends: dict[str, list[Mend]] = {}
    for finding in findings:
        for mend in finding.mends:
            mends.setdefault(mend.file, []).append(mend)
    changes, problems = [], list[Problem]()
    for number, file in enumerate(sorted(mends), 1):
        disk = Disk()
        data = disk.content(Path(file))
        path = Path(os.path.realpath(file))
        if data is None:
            problems += disk.problems
        elif not is_inner(path, site):
            problems.append(_left_alone(file, "it lies outside of the site's folder"))
        elif contents.get(file, content_digest(data)) != content_digest(data):
            problems.append(_left_alone(file, "it has changed since it was checked"))
        else:
            new, refused = mended(data, file, mends[file])
            problems += refused
            changes += [Change(file, path, data, new)] if new != data else []
        progress("mending", number, len(mends))
    return Fix(tuple(changes), tuple(problems))


def differences(change: Change) -> Iterator[str]:
    """Yield the lines of a unified diff, without ends; what of a file is no text shows as such."""
    before, after = (content.decode(errors="replace").split("\n") for content in (change.before, change.after))
    yield from unified_diff(before, after, change.file, change.file, lineterm="")


def _left_alone(file: str, why: str) -> Problem:
    return Problem(Place(file), f"the file is not mended: {why}", severity=Severity.WARNING)
