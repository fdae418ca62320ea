"""What Python programs call: a site built, a site read. It prints nothing, ends nothing, and asks nobody.

Imports little: a build that finds nothing changed is made of this and of what knows the last one.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from msgspec import Struct

from broadsheet.last_build import Asked, BuildResult, Memory
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.toolchain import toolchain

if TYPE_CHECKING:
    from broadsheet.config import Settings
    from broadsheet.model import Site
    from broadsheet.read.folders import Folders
    from broadsheet.read.record_files import Progress
    from broadsheet.workers import Workers

    StrPath = str | os.PathLike[str]


class Digest(Struct, frozen=True):
    """A site as it is at one time: what its pages would show, its settings, and all that is wrong with its files."""

    site: Site
    settings: Settings
    problems: tuple[Problem, ...]


def build(  # noqa: PLR0913
    site: StrPath,
    *,
    output: StrPath | None = None,
    base_url: str | None = None,
    config: StrPath | None = None,
    now: datetime | None = None,
    jobs: int = 1,
    clean: bool = False,
    progress: Progress | None = None,
) -> BuildResult:
    """Build the digest of the folder `site`, as `broadsheet build` does, and return what was done.

    It is built into the folder `output`, by default into that of the settings, `SITE/public`, for the address
    `base_url`, by default that of the settings, which are those of the file `config` or the site's own. Scheduled
    records are out when their time is not after `now`, an aware time; by default that is what `SOURCE_DATE_EPOCH` says
    (seconds since 1970), else the clock. What was built before is made anew where it is out of date, or wholly if
    `clean`. `progress` is called with a step, how much of it is done, and how much there is: `("reading records", 20,
    1471)`.

    So many `jobs`, processes, work at most. More than one are forked where this process has one thread, on Linux;
    elsewhere each starts from nothing and imports the main module, which must then hold its work under
    `if __name__ == "__main__":`.

    The result's `problems` are in the order of files. Raises `SiteError`, with all problems, when nothing can be
    built, and the output is as it was; `ValueError` for arguments that make no sense.
    """
    _require_sense(now, jobs)
    order = Order(_folder(site), _path(config), _path(output), base_url, now or clock(), jobs, clean=clean)
    return order.known() or order.built(progress or _ignore)


def load(
    site: StrPath,
    *,
    config: StrPath | None = None,
    now: datetime | None = None,
    drafts: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Digest:
    """Read the folder `site`, and return the digest that a build at `now` would make pages of. Nothing is written.

    It holds what may be shown and nothing else: stories with their coverage, topics, sources, records, issues. With
    `drafts` it has also what is not out yet, as in a preview. `config`, `now`, `jobs` and `progress` are those of
    `build`.

    Raises `SiteError`, with all problems, when the settings can not be used, or there is no record; `ValueError` for
    arguments that make no sense.
    """
    from broadsheet.arrange.site import arrange  # noqa: PLC0415
    from broadsheet.pipeline import require_records, without_cycle_collection  # noqa: PLC0415
    from broadsheet.problems import in_order  # noqa: PLC0415
    from broadsheet.read.folders import find_folders, read_settings  # noqa: PLC0415
    from broadsheet.read.source import read_site  # noqa: PLC0415
    from broadsheet.workers import Workers  # noqa: PLC0415

    _require_sense(now, jobs)
    root, own = _folder(site), _path(config)
    with without_cycle_collection():
        settings = read_settings(root, own)
        folders = find_folders(root, settings, config=own)
        read = read_site(folders, progress or _ignore, workers=Workers(jobs))
        require_records(read, folders)
        arranged = arrange(read.sources, settings, now or clock(), drafts=drafts)
    return Digest(arranged.site, settings, in_order((*read.problems, *arranged.problems)))


class Order:
    """A build that somebody asked for: whether it is done already, how it is done, how it compares."""

    def __init__(  # noqa: PLR0913
        self,
        site: Path,
        config: Path | None,
        output: Path | None,
        base_url: str | None,
        now: datetime,
        jobs: int | None = None,
        *,
        clean: bool = False,
    ) -> None:
        """Begin it now, for the site as it is at `now` (aware); without `jobs` it works on all cores.

        `folders` and `settings` are known once it is done, or at the least begun.
        """
        self.folders: Folders | None = None
        self.settings: Settings | None = None
        self._site, self._config, self._output, self._base_url = site, config, output, base_url
        self._now, self._jobs, self._clean = now, jobs, clean
        self._started_ns = time_ns()

    def known(self) -> BuildResult | None:
        """Return the result where the last build was the same, and nothing that it saw or made has changed."""
        return self._memory.still_holds(self._now, self._started_ns)

    def built(self, progress: Progress, until_exit: list[object] | None = None) -> BuildResult:
        """Do it, and return what was done; `until_exit` gets what need not be taken apart before the process ends.

        Raises `SiteError`, and `ValueError` for a base URL that is none.
        """
        from broadsheet.pipeline import Means  # noqa: PLC0415
        from broadsheet.pipeline import build as run  # noqa: PLC0415
        from broadsheet.read.disk import Disk  # noqa: PLC0415
        from broadsheet.read.folders import find_folders, read_settings  # noqa: PLC0415
        from broadsheet.read.settings import with_base_url  # noqa: PLC0415

        disk = Disk()
        settings = read_settings(self._site, self._config, disk)
        self.settings = settings if self._base_url is None else with_base_url(settings, self._base_url)
        self.folders = find_folders(self._site, self.settings, self._output, self._config, disk)
        means = Means(self._memory, self._workers, disk.trace, self._started_ns, until_exit)
        return run(self.folders, self.settings, self._now, progress, means)

    def differences(self, result: BuildResult) -> list[str]:
        """Return the paths of the files that a build from nothing would not have as the one with this `result`."""
        from broadsheet.pipeline import differences  # noqa: PLC0415

        assert self.folders is not None
        assert self.settings is not None
        return differences(self.folders, self.settings, self._now, self._workers, result)

    @cached_property
    def _memory(self) -> Memory:
        asked = Asked.of(self._site, self._config, self._output, self._base_url)
        return Memory(asked, toolchain(), forgets=self._clean)

    @cached_property
    def _workers(self) -> Workers:
        from broadsheet.workers import Workers, usable_cores  # noqa: PLC0415

        return Workers(self._jobs or usable_cores())


def clock() -> datetime:
    """Return what `SOURCE_DATE_EPOCH` says, where it is set, else the time. Raises `ValueError` where it says none."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"SOURCE_DATE_EPOCH is no number of seconds: {epoch!r}") from None


def _folder(site: StrPath) -> Path:
    if not os.fspath(site):
        # Which would be the current folder, and nobody means that by it.
        raise ValueError("the name of the site's folder is empty")
    path = Path(site)
    if not path.is_dir():
        raise SiteError([Problem(Place(path.as_posix()), "there is no such folder")])
    return path


def _path(path: StrPath | None) -> Path | None:
    return None if path is None else Path(path)


def _require_sense(now: datetime | None, jobs: int) -> None:
    if now is not None and now.utcoffset() is None:
        raise ValueError(f"the time {now} has no time zone")
    if jobs < 1:
        raise ValueError(f"at least one job has to be done at a time, not {jobs}")


def _ignore(step: str, done: int, total: int) -> None:
    pass
