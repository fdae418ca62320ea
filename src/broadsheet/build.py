"""The pipeline: read, arrange, render, write. The only code that knows the order."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import perf_counter

from msgspec import Struct

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings
from broadsheet.model import OutputFile
from broadsheet.problems import Place, Problem, Severity, SiteError, counted, in_order
from broadsheet.read.folders import Folders
from broadsheet.read.source import ReadResult, read_site, read_static
from broadsheet.render.pages import beside_pages
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import Theme, asset_url, theme_files
from broadsheet.write.output import Output, Written

Progress = Callable[[str, int, int], None]


class BuildResult(Struct, frozen=True):
    """What a build did, for its summary."""

    read: int
    left_out: int
    withheld: int
    removed: int
    hidden: int
    unpublished_leads: int
    stories: int
    pages: int
    written: Written
    problems: tuple[Problem, ...]
    seconds: float


def build(folders: Folders, settings: Settings, now: datetime, progress: Progress = lambda *_: None) -> BuildResult:
    """Build the site of `folders` as it is at `now` (aware), and return what was done.

    Raises `SiteError` when nothing can be built; the output folder is then as it was.
    """
    started = perf_counter()
    with _without_cycle_collection():
        read = read_site(folders, progress)
        _require_records(read, folders)
        with _beside(read.problems):
            arranged = arrange(read.sources, settings, now)
            renderer = Renderer(arranged.site, settings)
            own, unreadable = read_static(folders)
            theme = theme_files()
            own, misplaced = beside_pages(own, renderer.pages, theme, folders.static.as_posix())
            static = {**theme, **own}
            output = Output(folders.output)
            output.check([*(page.path for page in renderer.pages), *static])
            assets = {path: asset_url(path, content) for path, content in static.items()}
            try:
                for number, file in enumerate(renderer.files(Theme(folders.templates), assets), 1):
                    output.add(file)
                    progress("rendering pages", number, len(renderer.pages))
                for path, content in static.items():
                    output.add(OutputFile(path, content))
                written = output.commit()
            except BaseException:
                output.discard()
                raise
    problems = (*read.problems, *arranged.problems, *renderer.problems)
    return BuildResult(
        read=read.files,
        left_out=read.files - len(read.sources.records) + arranged.collided,
        withheld=arranged.withheld,
        removed=arranged.removed,
        hidden=arranged.hidden,
        unpublished_leads=arranged.unpublished_leads,
        stories=len(arranged.site.stories),
        pages=sum(page.path.endswith(".html") for page in renderer.pages),
        written=written,
        problems=in_order((*problems, *unreadable, *misplaced, *_advice(settings, folders))),
        seconds=perf_counter() - started,
    )


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
    if settings.canonical_root:
        return []
    message = "no `base_url` is set: there are no canonical links, no sitemap and no absolute feed links"
    hint = "give the address that the site is published at, in broadsheet.yaml or by --base-url"
    return [Problem(Place(str(folders.root)), message, hint, Severity.NOTE)]


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
