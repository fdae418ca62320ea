"""A site to a release: built from nothing, into a folder of its own, so that no older build has a say in it."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from broadsheet.files import content_digest
from broadsheet.pipeline import Means, build
from broadsheet.problems import COLLISION, Place, Problem, Severity, SiteError
from broadsheet.publish.git.program import apart
from broadsheet.publish.release import Item
from broadsheet.publish.sending import Release
from broadsheet.write.output import Output

if TYPE_CHECKING:
    from broadsheet.config import Settings
    from broadsheet.last_build import BuildResult
    from broadsheet.read.folders import Folders
    from broadsheet.read.record_files import Progress

_SECONDS_FOR_GIT = 10


def build_release(
    folders: Folders, settings: Settings, now: datetime, into: Path, progress: Progress, means: Means
) -> tuple[Release, BuildResult]:
    """Build the site as it is at `now` into the folder `into`, and return it as a release.

    Raises `SiteError` with all problems where one of them leaves something out: readers would miss it, and it may have
    been there yesterday.
    """
    result = build(structs.replace(folders, output=into), settings, now, progress, means)
    if any(problem.severity is Severity.ERROR or problem.rule == COLLISION for problem in result.problems):
        raise SiteError(map(_as_told, result.problems))
    release = release_in(into, index=result.index, source=_commit(folders.root))
    return structs.replace(release, name=_name(release.items)), result


def _as_told(problem: Problem) -> Problem:
    return structs.replace(problem, severity=Severity.ERROR) if problem.rule == COLLISION else problem


def release_in(folder: Path, *, name: str = "", index: str = "", source: str = "") -> Release:
    """Return what was built into `folder` as a release. Raises `SiteError`."""

    def content(item: Item) -> bytes:
        try:
            found = (folder / item.path).read_bytes()
        except OSError as error:
            raise _gone(folder, item.path) from error
        if content_digest(found) != item.digest:
            raise _gone(folder, item.path)
        return found

    items = {}
    for path, digest in sorted(Output(folder).digests().items()):
        try:
            items[path] = Item(path, digest, (folder / path).stat().st_size)
        except OSError as error:
            raise _gone(folder, path) from error
    return Release(name, items, content, index, source)


def _gone(folder: Path, path: str) -> SiteError:
    message = "the file is no longer what was built"
    return SiteError([Problem(Place((folder / path).as_posix()), message, "publish again")])


def _name(items: dict[str, Item]) -> str:
    """Return a name for a release that is made now: names are in the order of time."""
    digest = blake2b(repr([(item.path, item.digest) for item in items.values()]).encode(), digest_size=4)
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{digest.hexdigest()}"


def _commit(folder: Path) -> str:
    """Return the commit that the sources are at, with a mark where they are not just that, or the empty string."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return ""
    return f"{commit}-dirty" if _git(folder, "status", "--porcelain", "--", ".") else commit


def _git(folder: Path, *arguments: str) -> str:
    # To know the commit is an extra: without git, or without a repository, a site is published all the same.
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS_FOR_GIT,
            env=apart(os.environ),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
