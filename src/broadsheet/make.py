"""Planned files to staged ones: pages are rendered, static files copied; on several cores where there are many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from broadsheet.files import content_digest, digest_at, stamp_at
from broadsheet.indexing import Index, up_to_date
from broadsheet.last_build import LastBuild, Made, below, still_there
from broadsheet.model import MANIFEST, OutputFile, Page, Written
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.read.disk import Disk
from broadsheet.read.folders import Folders
from broadsheet.read.record_files import Progress
from broadsheet.read.source import StaticFile
from broadsheet.rebuild import Decision, out_of_date
from broadsheet.render.ingredients import Fact
from broadsheet.render.renderer import Renderer, Session
from broadsheet.render.theme import Theme, asset_url
from broadsheet.stopwatch import Stopwatch
from broadsheet.workers import Workers
from broadsheet.write.output import Output, Staged, Staging

# Below so many pages for every worker, to start them takes longer than they save.
PAGES_WORTH_A_WORKER = 300
_PAGES_AT_A_TIME = 50


class Plan(Struct, frozen=True):
    """All files that an output will hold: what renders the pages, and the static files by path.

    `templates` are the digests of the site's own templates, by the names that they have in `template_folder`, `zones`
    those of the data on the time zones that the settings name. What files the search index has is known once it is
    made.
    """

    renderer: Renderer
    static: dict[str, StaticFile | bytes]
    template_folder: Path
    templates: dict[str, str]
    zones: dict[str, str]

    @property
    def paths(self) -> list[str]:
        """Where the files go."""
        return [*(page.path for page in self.renderer.pages), *self.static]

    def assets(self) -> dict[str, str]:
        """Return the URL below the root of every static file, by its path."""
        return {path: asset_url(path, _digest(file)) for path, file in self.static.items()}

    def theme(self) -> Theme:
        """Return the templates that the pages are made with, none of them loaded yet."""
        return Theme(self.template_folder, self.templates, self.renderer.words)

    def session(self, theme: Theme) -> Session:
        """Return what renders the pages one by one."""
        return self.renderer.session(theme, self.assets())

    def prepared_session(self, todo: Iterable[Page]) -> Session:
        """Return a session for several workers: the templates that the pages `todo` may be made with are loaded."""
        theme = self.theme()
        theme.prepare([*self.templates, "base.html", *{f"{page.kind}.html" for page in todo}])
        return self.session(theme)

    def content(self, path: str) -> bytes:
        """Return the bytes of the static file at `path`. Raises `SiteError` for one that can no longer be read."""
        file = self.static[path]
        return file if isinstance(file, bytes) else _content(file)

    def facts(self) -> Iterator[tuple[str, Sequence[Fact]]]:
        """Yield the path and the facts of every file."""
        theme = blake2b(repr(sorted(self.templates.items())).encode(), digest_size=16).hexdigest()
        yield from self.renderer.facts(self.assets(), theme, self.zones)
        for path, file in self.static.items():
            yield path, [Fact(f"the file {path}", _digest(file).encode())]


class Outcome(Struct, frozen=True):
    """What an output holds now, and what was done for it.

    `made` are all its files, `facts` is what they are made of by name, `reasons` say why some were made anew, `index`
    stands for what the search index is made of, if there is one, `timings` are steps with their seconds, those of all
    workers added up.
    """

    written: Written
    made: dict[str, Made]
    facts: dict[str, bytes]
    reasons: dict[str, str]
    index: bytes
    timings: tuple[tuple[str, float], ...]


def make(plan: Plan, folders: Folders, last: LastBuild | None, workers: Workers, progress: Progress) -> Outcome:
    """Bring the output folder to what `plan` says; what is up to date since the `last` build stays as it is.

    Raises `SiteError`; the folder is then as it was.
    """
    watch, folder = Stopwatch(), folders.output
    output = Output(folder)
    before = last.made if last and last.output == below(folder, folders.root) else {}
    facts = last.facts if last else {}
    with watch("  looking at the output"):
        ours = {path: made for path, made in before.items() if output.is_ours(path, made.digest)}
        intact = still_there(str(folder), ours)

    def decide() -> Decision:
        with watch("  finding what changed"):
            return out_of_date(plan.facts(), before, facts, intact.keys())

    index = Index(b"", {}, {})
    with watch("  what can be searched for"):
        entries = plan.renderer.search_entries()
    if entries is not None:
        with watch("  the search index"):
            index = up_to_date(entries, plan.renderer.language, folders.root, before, facts, intact)
        if index.reasons:
            progress("indexing stories", len(entries), len(entries))
    # Where everything is made anyway there is no need to know why before it begins.
    decision = decide() if before else None
    wanted = plan.paths if decision is None else list(decision.reasons)
    todo = set(wanted)
    new = todo.union(file.path for file in index.files)
    output.check(new, (path for path in (*plan.paths, *index.kept) if path not in new))
    try:
        pages = [page for page in plan.renderer.pages if page.path in todo]
        with _rendering(plan, pages, output, workers, progress) as results:
            decision = decision or decide()
            for rendered in results:
                for staged in rendered.staged:
                    output.take(staged)
                for kind, seconds in rendered.seconds.items():
                    watch.add(f"  rendering: {kind}", seconds)
        _copy_static(plan, [path for path in plan.static if path in todo], output)
        for file in index.files:
            output.add(file)
        for path in (*(decision.fingerprints.keys() - todo), *index.kept):
            output.keep(path, intact[path].digest)
        with watch("  putting in place"):
            written = output.commit()
    except BaseException:
        output.discard()
        raise
    marks = {**decision.fingerprints, **dict.fromkeys((*index.kept, *(file.path for file in index.files)), index.mark)}
    made = {
        path: intact[path] if path not in new else Made(mark, output.digest(path), output.stamp(path))
        for path, mark in marks.items()
    }
    made[MANIFEST] = Made(b"", digest_at(f"{folder}/{MANIFEST}"), stamp_at(f"{folder}/{MANIFEST}"))
    known, reasons = {**decision.facts, **index.facts}, {**decision.reasons, **index.reasons}
    return Outcome(written, made, known, reasons, index.mark, tuple(watch.seconds.items()))


class Rendered(Struct, array_like=True):
    """What became of a share of the pages, and how many seconds each kind of page took."""

    staged: list[Staged]
    seconds: dict[str, float]


@contextmanager
def _rendering(
    plan: Plan, todo: Sequence[Page], output: Output, workers: Workers, progress: Progress
) -> Iterator[Iterator[Rendered]]:
    """Begin to render the pages `todo` into the staging folder of `output`, and give what comes of it, within a `with`.

    Whoever has more than one core can do something else before asking for the results.
    """
    if not todo:
        yield iter(())
        return
    workers = workers.worth(len(todo), PAGES_WORTH_A_WORKER)
    job = _Job(plan, output.staging())
    if workers.jobs > 1 and workers.know_all:
        job.prepare(todo)
    with workers.work(_render, job, shares(todo, workers.jobs)) as results:
        yield _counted(results, job, todo, progress)


def shares(todo: Sequence[Page], jobs: int) -> list[Sequence[Page]]:
    """Return the pages in shares, so that neighbouring stories go to one worker: their rows are rendered once.

    Of `n` workers the first does the shares 0, n, 2n, …
    """
    if jobs == 1:
        return [todo[at : at + _PAGES_AT_A_TIME] for at in range(0, len(todo), _PAGES_AT_A_TIME)]
    stories = [page for page in todo if page.kind == "story"]
    others = [page for page in todo if page.kind != "story"]
    each = -(-len(stories) // jobs)
    runs = [others[number::jobs] + stories[number * each : (number + 1) * each] for number in range(jobs)]
    longest = max(map(len, runs))
    shares = [run[at : at + _PAGES_AT_A_TIME] for at in range(0, longest, _PAGES_AT_A_TIME) for run in runs]
    return [share for share in shares if share]


def _counted(results: Iterable[Rendered], job: _Job, todo: Sequence[Page], progress: Progress) -> Iterator[Rendered]:
    done = 0
    try:
        for rendered in results:
            yield rendered
            done += len(rendered.staged)
            progress("rendering pages", done, len(todo))
    except SiteError:
        # Of several pages that can not be made, the one that is told is the first, whoever came upon which.
        for page in todo:
            job.session().render(page)
        raise


class _Job:
    """What a worker needs; the session, with all that pages share, is its own."""

    def __init__(self, plan: Plan, staging: Staging) -> None:
        self.staging = staging
        self._plan = plan
        self._session: Session | None = None

    def session(self) -> Session:
        if self._session is None:
            self._session = self._plan.session(self._plan.theme())
        return self._session

    def prepare(self, todo: Iterable[Page]) -> None:
        """Load the templates of the pages `todo`, and a site's own that they may be made with, once for all workers."""
        self._session = self._plan.prepared_session(todo)


def _render(job: _Job, pages: Sequence[Page]) -> Rendered:
    session = job.session()
    rendered = Rendered([], {})
    for page in pages:
        started = perf_counter()
        rendered.staged.append(job.staging.put(session.render(page)))
        rendered.seconds[page.kind] = rendered.seconds.get(page.kind, 0) + perf_counter() - started
    return rendered


def _copy_static(plan: Plan, paths: Iterable[str], output: Output) -> None:
    """Stage the static files at `paths`. Raises `SiteError` for one that can no longer be read."""
    for path in paths:
        output.add(OutputFile(path, plan.content(path)))


def _content(file: StaticFile) -> bytes:
    disk = Disk()
    content = disk.content(file.source, most=None)
    if content is None:
        raise SiteError(disk.problems)
    if content_digest(content) != file.digest:
        # Pages name it by the digest that it had.
        place = Place(file.source.as_posix())
        raise SiteError([Problem(place, "the file was changed while the site was built", "build again")])
    return content


def _digest(file: StaticFile | bytes) -> str:
    return content_digest(file) if isinstance(file, bytes) else file.digest
