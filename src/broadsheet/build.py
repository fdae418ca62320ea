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
from broadsheet.read.disk import Disk
from broadsheet.read.source import ReadResult, read_site, read_static, read_templates, read_zones
from broadsheet.read.trace import Trace
from broadsheet.stopwatch import Stopwatch
from broadsheet.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from datetime import datetime

    from broadsheet.arrange.site import Arranged
    from broadsheet.config import Settings
    from broadsheet.make import Outcome, Plan
    from broadsheet.model import Site, Sources
    from broadsheet.pictures.gather import Gathered, Outside
    from broadsheet.read.folders import Folders
    from broadsheet.read.record_files import Progress
    from broadsheet.read.source import StaticFile


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


def _silent(step: str, done: int, total: int) -> None:
    pass


_ALONE = Means()


def build(
    folders: Folders, settings: Settings, now: datetime, progress: Progress = _silent, means: Means = _ALONE
) -> BuildResult:
    """Build the site of `folders` as it is at `now` (aware), and return what was done.

    With a memory only what is out of date is made anew; the outcome is the same. Raises `SiteError` when nothing can be
    built; the output folder is then as it was.
    """
    started_ns = means.started_ns or time_ns()
    workers = means.workers.doing(_import_what_comes_after_reading)
    memory, watch = means.memory, Stopwatch()
    last = memory.last if memory else None
    with _without_cycle_collection():
        with watch("reading"):
            cache = memory.records() if memory else RecordCache()
            read = read_site(folders, progress, cache, workers)
        _require_records(read, folders)
        from broadsheet.arrange.site import arrange  # noqa: PLC0415
        from broadsheet.make import make  # noqa: PLC0415

        with _beside(read.problems):
            with watch("arranging"):
                arranged = arrange(read.sources, settings, now)
            with watch("planning"):
                disk = Disk(last.trace, last.started_ns) if last else Disk()
                static = read_static(folders, disk)
            gathered = None
            if settings.images == "cache":
                kept = Disk(last.trace, last.started_ns) if last else Disk()
                with watch("fetching pictures"):
                    gathered = _gathered(arranged.site, static, folders, now, (kept, progress, means.outside))
            with watch("planning"):
                plan, problems = _planned(arranged.site, static, gathered, folders, settings, disk)
            with watch("making"):
                outcome = make(plan, folders, last, means.workers, progress)
        result = structs.replace(
            _counted_up(read, arranged, plan, outcome),
            problems=in_order((*read.problems, *arranged.problems, *problems, *_advice(settings, folders))),
            seconds=(time_ns() - started_ns) / 1e9,
            output=str(folders.output),
        )
        notes: list[Problem] = []
        if memory:
            since, until = _steady(read.sources, now, gathered)
            with watch("remembering"):
                build = LastBuild(
                    asked=memory.asked,
                    since=since,
                    until=until,
                    started_ns=started_ns,
                    trace=_added(means.looked, read.trace, disk.trace, gathered.trace if gathered else None),
                    output=below(folders.output, folders.root),
                    made=outcome.made,
                    facts=outcome.facts,
                    result=result,
                )
                notes = _remember(memory, cache, read, build)
        if gathered and gathered.remark and not notes:
            message = f"pictures can not be kept ({gathered.remark}): every build fetches them again"
            notes = [Problem(Place((folders.root / CACHE_FOLDER).as_posix()), message, severity=Severity.NOTE)]
    if means.until_exit is not None:
        means.until_exit.extend((read, arranged, plan))
    return structs.replace(
        result,
        problems=in_order((*result.problems, *notes)),
        seconds=(time_ns() - started_ns) / 1e9,
        reasons=outcome.reasons,
        timings=(*watch.seconds.items(), *outcome.timings),
    )


def _import_what_comes_after_reading() -> None:
    """Import it while other processes read: it takes as long as to read a small site."""
    import broadsheet.arrange.site  # noqa: PLC0415
    import broadsheet.make  # noqa: F401, PLC0415


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


def _gathered(
    site: Site,
    static: dict[str, StaticFile],
    folders: Folders,
    now: datetime,
    by: tuple[Disk, Progress, Outside | None],
) -> Gathered:
    """Return the pictures from elsewhere that pages show. Raises `SiteError` where nothing can make them fit.

    They are had `by` what looks at those that are kept, what is told of the progress, and how the others are fetched.
    """
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("PIL") is None:
        message = "`images: cache` needs Pillow, which is not installed"
        hint = 'pip install "broadsheet[images]"'
        raise SiteError([Problem(Place(folders.root.as_posix()), message, hint)])
    from broadsheet.pictures.gather import gather  # noqa: PLC0415
    from broadsheet.pictures.store import FOLDER  # noqa: PLC0415
    from broadsheet.render.pictures import pictures_from_elsewhere  # noqa: PLC0415
    from broadsheet.render.theme import theme_files  # noqa: PLC0415

    urls = pictures_from_elsewhere(site, {*theme_files(), *static})
    folder = folders.root / CACHE_FOLDER / FOLDER
    return gather(urls, folder, now, *by)


def _planned(
    site: Site,
    static: dict[str, StaticFile],
    gathered: Gathered | None,
    folders: Folders,
    settings: Settings,
    disk: Disk,
) -> tuple[Plan, tuple[Problem, ...]]:
    """Return all files that there will be, and what is wrong with some; `disk` gets the trace of what was looked at."""
    from broadsheet.make import Plan  # noqa: PLC0415
    from broadsheet.render.assets import themed  # noqa: PLC0415
    from broadsheet.render.headers import header_files  # noqa: PLC0415
    from broadsheet.render.pages import INDEX_PAGE, beside_pages  # noqa: PLC0415
    from broadsheet.render.renderer import Renderer  # noqa: PLC0415
    from broadsheet.render.theme import theme_files  # noqa: PLC0415

    theme: dict[str, StaticFile | bytes] = {**themed(theme_files(), settings), **header_files(settings)}
    notes = []
    if gathered:
        site = structs.replace(site, pictures=gathered.pictures)
        theme |= gathered.files
        if gathered.told:
            place, hint = Place(folders.root.as_posix()), "a drawing stands for them; they are tried again a day later"
            notes.append(Problem(place, gathered.told, hint, Severity.NOTE))
    renderer = Renderer(site, settings, theme)
    taken = (*renderer.pages, *([INDEX_PAGE] if settings.search else []))
    own, misplaced = beside_pages(static, taken, theme, folders.static.as_posix())
    templates = read_templates(folders, disk)
    plan = Plan(renderer, {**theme, **own}, folders.templates, templates, read_zones(settings, disk))
    notes += _missing_logo(settings, {**theme, **own}, folders)
    return plan, (*renderer.problems, *disk.problems, *misplaced, *notes)


def _missing_logo(settings: Settings, files: Container[str], folders: Folders) -> list[Problem]:
    if settings.theme.logo is None or (logo := settings.theme.logo.lstrip("/")) in files:
        return []
    place = Place((folders.static / logo).as_posix())
    message = f"`theme.logo` is no file of the site: {settings.theme.logo}; the theme's own picture stands for it"
    return [Problem(place, message, "put it there, or correct the setting", Severity.WARNING)]


def _counted_up(read: ReadResult, arranged: Arranged, plan: Plan, outcome: Outcome) -> BuildResult:
    """Return what was done, in numbers."""
    return BuildResult(
        read=read.files,
        left_out=read.files - len(read.sources.records) + arranged.collided,
        withheld=arranged.withheld,
        removed=arranged.removed,
        hidden=arranged.hidden,
        unpublished_leads=arranged.unpublished_leads,
        stories=len(arranged.site.stories),
        pages=sum(page.path.endswith(".html") for page in plan.renderer.pages),
        written=outcome.written,
        problems=(),
        seconds=0,
        index=outcome.index.hex(),
    )


def _steady(sources: Sources, now: datetime, gathered: Gathered | None) -> tuple[datetime | None, datetime | None]:
    """Return between which times the outcome is that of `now`: from the first one on, until just before the second."""
    from broadsheet.arrange.visibility import steady  # noqa: PLC0415

    since, until = steady(sources, now)
    if gathered is None:
        return since, until
    latest = max(filter(None, (since, gathered.since)), default=None)
    return latest, min(filter(None, (until, gathered.until)), default=None)


def _added(*traces: Trace | None) -> Trace:
    """Return one trace of all that was looked at."""
    whole = Trace()
    for trace in traces:
        if trace is not None:
            whole.add(trace)
    return whole


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


def _require_records(read: ReadResult, folders: Folders) -> None:
    if read.sources.records:
        return
    if read.files:
        message = f"none of the {counted(read.files, 'record file')} can be used: nothing is built"
    else:
        message = "there are no records here: nothing is built"
    hint = "records are Markdown files with front matter, in _news/, in records/ or in the folder itself"
    raise SiteError([*read.problems, Problem(Place(str(folders.records)), message, hint)])


def _advice(settings: Settings, folders: Folders) -> list[Problem]:
    notes = []
    if settings.search:
        from broadsheet.write.search_index import search_advice  # noqa: PLC0415

        notes += search_advice(settings.language, folders.root)
    if settings.canonical_root:
        return notes
    message = "no `base_url` is set: there are no canonical links, no sitemap and no absolute feed links"
    hint = "give the address that the site is published at, in broadsheet.yaml or by --base-url"
    return [*notes, Problem(Place(str(folders.root)), message, hint, Severity.NOTE)]


@contextmanager
def _beside(problems: Iterable[Problem]) -> Iterator[None]:
    """Tell `problems`, which were found before, together with those that end the build."""
    try:
        yield
    except SiteError as error:
        raise SiteError([*problems, *error.problems]) from error


@contextmanager
def _without_cycle_collection() -> Iterator[None]:
    """Keep Python's cyclic garbage collector still: records are acyclic, and it would walk all of them many times."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
