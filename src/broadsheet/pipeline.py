"""The pipeline: read, arrange, render, write. The only code that knows the order."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from broadsheet.last_build import CACHE_FOLDER, BuildResult, LastBuild, Memory, below
from broadsheet.problems import Place, Problem, Severity, SiteError, counted, in_order, reason
from broadsheet.read.cache import RecordCache
from broadsheet.read.record_files import Progress, silent
from broadsheet.read.source import ReadResult, read_site
from broadsheet.read.trace import Trace, all_of, trusted
from broadsheet.stopwatch import Stopwatch, seconds_since
from broadsheet.workers import WorkerLostError, Workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from broadsheet.arrange.aboutness import Remembered
    from broadsheet.arrange.site import Arranged
    from broadsheet.config import Settings
    from broadsheet.make import Outcome
    from broadsheet.pictures.gather import Outside
    from broadsheet.planning import Aids, Planned
    from broadsheet.read.folders import Folders


class Means(Struct, frozen=True):
    """What a build may use besides its inputs: a memory of the last one, and workers.

    `looked` is what was looked at before it, for the settings, from `started_ns` on (0: from now on). `until_exit` gets
    what a process that is about to end need not take apart. `outside` is how pictures from elsewhere are fetched.
    """

    memory: Memory | None = None
    workers: Workers = Workers()
    looked: Trace | None = None
    started_ns: int = 0
    until_exit: list[object] | None = None
    outside: Outside | None = None


class Assembled(Struct, frozen=True):
    """A site that is read, arranged and planned, so that all that is left is to make its files.

    `problems` are all that is wrong with it so far; between `since` and `until` the outcome is the same, for ever where
    these are None.
    """

    read: ReadResult
    arranged: Arranged
    planned: Planned
    problems: tuple[Problem, ...]
    since: datetime | None
    until: datetime | None


_ALONE = Means()


def build(
    folders: Folders, settings: Settings, now: datetime, progress: Progress = silent, means: Means = _ALONE
) -> BuildResult:
    """Build the site of `folders` as it is at `now` (aware), and return what was done.

    With a memory only what is out of date is made anew; the outcome is the same. Raises `SiteError` when nothing can be
    built; the output folder is then as it was. A build before this one that was cut short is finished in any case.
    """
    from broadsheet.write.output import finish  # noqa: PLC0415

    started_ns = means.started_ns or time_ns()
    workers = means.workers.doing(_import_what_comes_after_reading)
    memory, watch = means.memory, Stopwatch()
    last = memory.last if memory else None
    finished = finish(folders.output)
    with without_cycle_collection(), _beside(finished), _telling_of_lost_workers(folders):
        with watch("reading"):
            cache = memory.records(started_ns) if memory else RecordCache()
            read = read_site(folders, progress, cache, workers)
        from broadsheet.make import make  # noqa: PLC0415
        from broadsheet.planning import Aids  # noqa: PLC0415

        known = (last.trace, trusted(last.started_ns, started_ns)) if last else None
        site = assemble(read, folders, settings, now, Aids(known, progress, means.outside, watch))
        planned = site.planned
        with _beside(read.problems), watch("making"):
            outcome = make(planned.plan, folders, last, means.workers, progress)
        result = structs.replace(
            _counted_up(site, outcome),
            problems=site.problems,
            seconds=seconds_since(started_ns),
            output=str(folders.output),
        )
        notes: list[Problem] = []
        if memory:
            with watch("remembering"):
                trace = all_looked_at(means.looked, read.trace, planned)
                output = below(folders.output, folders.root)
                made, facts = outcome.made, outcome.facts
                last = LastBuild(memory.asked, site.since, site.until, started_ns, trace, output, made, facts, result)
                notes = _remember(memory, cache, read, last)
        notes = notes or _unkept_pictures(planned, folders)
    if means.until_exit is not None:
        means.until_exit.append(site)
    return structs.replace(
        result,
        problems=in_order((*finished, *result.problems, *notes)),
        seconds=seconds_since(started_ns),
        reasons=outcome.reasons,
        timings=(*watch.seconds.items(), *outcome.timings),
    )


def assemble(  # noqa: PLR0913
    read: ReadResult,
    folders: Folders,
    settings: Settings,
    now: datetime,
    aids: Aids,
    *,
    drafts: bool = False,
    remembered: Remembered | None = None,
) -> Assembled:
    """Return the site that was `read`, arranged and planned as it is at `now`; with `drafts` what is not out yet too.

    What is `remembered` of much the same sources spares work.

    Raises `SiteError`, with what reading found, when nothing can be built.
    """
    from broadsheet.arrange.site import arrange  # noqa: PLC0415
    from broadsheet.planning import plan_output  # noqa: PLC0415

    require_records(read, folders)
    with _beside(read.problems):
        with aids.watch("arranging"):
            arranged = arrange(read.sources, settings, now, drafts=drafts, remembered=remembered)
        planned = plan_output(arranged.site, folders, settings, now, aids)
    problems = (*read.problems, *arranged.problems, *planned.problems, *_advice(settings, folders))
    return Assembled(read, arranged, planned, in_order(problems), *_steady(read, planned, now))


def _import_what_comes_after_reading() -> None:
    """Import it while other processes read: it takes as long as to read a small site."""
    import broadsheet.arrange.site  # noqa: PLC0415
    import broadsheet.planning  # noqa: F401, PLC0415


def differences(
    folders: Folders, settings: Settings, now: datetime, workers: Workers, result: BuildResult
) -> list[str]:
    """Return the paths of the output's files that a build from nothing, made aside, does not have just so.

    The search index, whose bytes may vary, counts as one: it is compared by what the build with this `result` made it
    of.
    """
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    from broadsheet.model import INDEX_FOLDER  # noqa: PLC0415
    from broadsheet.write.output import differing_files  # noqa: PLC0415

    with TemporaryDirectory(prefix="broadsheet-") as aside:
        clean = structs.replace(folders, output=Path(aside) / "output")
        made_clean = build(clean, settings, now, means=Means(workers=workers))
        index = [] if result.index == made_clean.index else [INDEX_FOLDER]
        return [*differing_files(folders.output, clean.output, INDEX_FOLDER if result.index else ""), *index]


def _steady(read: ReadResult, planned: Planned, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return between which times a build of the same inputs has the same outcome."""
    from broadsheet.arrange.visibility import steady  # noqa: PLC0415

    since, until = steady(read.sources, now)
    if planned.gathered:
        since = max(filter(None, (since, planned.gathered.since)), default=None)
        until = min(filter(None, (until, planned.gathered.until)), default=None)
    return since, until


def all_looked_at(looked: Trace | None, read: Trace, planned: Planned) -> Trace:
    """Return everything that was looked at: for the settings, by reading, by planning."""
    return all_of(looked, read, planned.trace, planned.gathered.trace if planned.gathered else None)


def _unkept_pictures(planned: Planned, folders: Folders) -> list[Problem]:
    if not planned.gathered or not planned.gathered.remark:
        return []
    message = f"pictures can not be kept ({planned.gathered.remark}): every build fetches them again"
    return [Problem(Place((folders.root / CACHE_FOLDER).as_posix()), message, severity=Severity.NOTE)]


def _counted_up(site: Assembled, outcome: Outcome) -> BuildResult:
    """Return what was done, in numbers."""
    read, arranged, planned = site.read, site.arranged, site.planned
    return BuildResult(
        read=read.files,
        left_out=read.files - len(read.sources.records) + arranged.collided,
        withheld=arranged.withheld,
        removed=arranged.removed,
        hidden=arranged.hidden,
        unpublished_leads=arranged.unpublished_leads,
        stories=len(arranged.site.stories),
        pages=sum(page.path.endswith(".html") for page in planned.plan.renderer.pages),
        written=outcome.written,
        problems=(),
        seconds=0,
        index=outcome.index.hex(),
    )


def _remember(memory: Memory, cache: RecordCache, read: ReadResult, build: LastBuild) -> list[Problem]:
    """Keep what the next build can use, and return a note where something was not there, or could not be kept."""
    remark = memory.remark or cache.remark
    note = f"the cache {remark}: everything is built anew" if remark else ""
    try:
        cache.save(read.entries, build.started_ns)
        memory.keep(build)
    except OSError as error:
        note = f"the cache can not be written ({reason(error)}): every build starts from nothing"
    return [Problem(Place(memory.folder.as_posix()), note, severity=Severity.NOTE)] if note else []


def require_records(read: ReadResult, folders: Folders) -> None:
    """Raise `SiteError`, with what reading found, where there is nothing to build."""
    if read.sources.records:
        return
    if read.files:
        message = f"none of the {counted(read.files, 'record file')} can be used: nothing is built"
    else:
        message = "there are no records here: nothing is built"
    hint = "records are Markdown files with front matter, in _news/, in records/ or in the folder itself"
    raise SiteError([*read.problems, Problem(Place(str(folders.records)), message, hint, rule="no-records")])


def _advice(settings: Settings, folders: Folders) -> list[Problem]:
    from broadsheet.read.folders import JEKYLL_FILE, SETTINGS_FILE  # noqa: PLC0415

    notes = []
    if settings.search:
        from broadsheet.write.search_index import search_advice  # noqa: PLC0415

        notes += search_advice(settings.language, folders.root)
    jekyll = folders.root / JEKYLL_FILE
    if settings.title is None and jekyll.is_file() and (folders.root / SETTINGS_FILE).is_file():
        message = f"it is not read, since there is a {SETTINGS_FILE}, which gives the site no `title`"
        hint = "say there, too, what you want to keep: `title`, `description`, `language`, `topic`, `base_url`"
        notes.append(Problem(Place(jekyll.as_posix()), message, hint, Severity.NOTE, "ignored-files"))
    if settings.canonical_root:
        return notes
    message = "no `base_url` is set: there are no canonical links, no sitemap and no absolute feed links"
    hint = "give the address that the site is published at, in broadsheet.yaml or by --base-url"
    return [*notes, Problem(Place(str(folders.root)), message, hint, Severity.NOTE, "no-base-url")]


@contextmanager
def _beside(problems: Iterable[Problem]) -> Iterator[None]:
    """Tell `problems`, which were found before, together with those that end the build."""
    try:
        yield
    except SiteError as error:
        raise SiteError([*problems, *error.problems]) from error


@contextmanager
def _telling_of_lost_workers(folders: Folders) -> Iterator[None]:
    """Turn the end of a worker process, which is no fault of ours, into a `SiteError`."""
    try:
        yield
    except WorkerLostError as error:
        hint = "the system may have ended it for want of memory: build with --jobs 1, which needs less"
        raise SiteError([Problem(Place(str(folders.root)), str(error), hint)]) from error


@contextmanager
def without_cycle_collection() -> Iterator[None]:
    """Keep Python's cyclic garbage collector still: records are acyclic, and it would walk all of them many times."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
