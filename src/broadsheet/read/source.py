"""What a site's files say: all of reading in one place. A file that can not be used is a problem, never the end."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from zoneinfo import TZPATH

from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.model import (
    MANIFEST,
    Edition,
    ImportedFrom,
    ImportState,
    Organization,
    Overrides,
    PlainPage,
    Sources,
    TopicFile,
)
from broadsheet.problems import Place, Problem, Severity, counted, in_order, ruled
from broadsheet.read.cache import Entry, RecordCache
from broadsheet.read.disk import Disk
from broadsheet.read.editions import parse_edition, without_second_of_a_day
from broadsheet.read.folders import Folders
from broadsheet.read.import_state import STATE_FILE, parse_import_state
from broadsheet.read.overrides import parse_overrides
from broadsheet.read.plain_pages import names_layout, parse_plain_page, record_passed_by
from broadsheet.read.record_files import Progress, RecordsFolder, read_entries, silent
from broadsheet.read.taxonomy import parse_organization, parse_topic
from broadsheet.read.trace import Trace
from broadsheet.workers import Workers

# The overrides file, in the folder of the data; of two the first is meant.
_OVERRIDES = ("stories.yaml", "stories.yml")
_JEKYLL_OWN = {"_site", "_includes", "_layouts", "_sass", "_plugins"}

T = TypeVar("T", TopicFile, Organization, Edition, PlainPage)


class ReadResult(Struct, frozen=True):
    """What a folder gave: the values, how many record files there were, and everything that is wrong.

    `entries` are the files of the records' folder, `trace` is all that was looked at.
    """

    sources: Sources
    files: int
    problems: tuple[Problem, ...]
    entries: tuple[Entry, ...]
    trace: Trace


def read_site(
    folders: Folders,
    progress: Progress = silent,
    cache: RecordCache | None = None,
    workers: Workers | None = None,
) -> ReadResult:
    """Return everything that the site's files say; what `cache` knows is not parsed again."""
    disk = Disk()
    files, entries = _read_records(folders, disk, cache or RecordCache(), workers or Workers(), progress)
    problems = [problem for entry in entries for problem in entry.problems]
    if folders.records == folders.root:
        problems += _passed_by(folders, disk)
    topics, topic_problems = read_topics(folders, disk)
    organizations, other_problems = _read_data(folders.data / "organizations", (".md",), parse_organization, disk)
    cut, edition_problems = read_editions(folders, disk)
    plain_pages, page_problems = _read_plain_pages(folders, disk)
    overrides, override_problems = _read_overrides(folders, disk)
    imported_from, import_problems = _read_import_state(folders, disk)
    sources = Sources(
        records=tuple(entry.record for entry in entries if entry.record is not None),
        topics=topics,
        organizations=organizations,
        folder=_below(folders.records, folders.root),
        shown_folder="" if folders.records == Path() else folders.records.as_posix(),
        editions=cut,
        plain_pages=plain_pages,
        overrides=overrides,
        imported_from=imported_from,
    )
    found = (
        *problems,
        *ruled(topic_problems, "topic-file"),
        *ruled(other_problems, "organization-file"),
        *ruled(edition_problems, "edition"),
        *ruled(page_problems, "plain-page"),
        *ruled(override_problems, "override"),
        *import_problems,
        *disk.problems,
        *_ignored_collections(folders, disk),
    )
    others = sum(entry.is_other for entry in entries)
    return ReadResult(sources, files - others, in_order(found), entries, disk.trace)


def _read_records(
    folders: Folders, disk: Disk, cache: RecordCache, workers: Workers, progress: Progress
) -> tuple[int, tuple[Entry, ...]]:
    """Return how many files may be records, and what those that can be read say."""
    folder = RecordsFolder(folders.records, folders.records == folders.root)
    sources = (folders.output, *folders.sources) if folder.is_bare else ()
    files = disk.walk(folder.path, ".md", frozenset(path.resolve() for path in sources))
    return len(files), read_entries(folder, files, disk, cache, workers, progress)


def _passed_by(folders: Folders, disk: Disk) -> list[Problem]:
    """Warn of what looks like a record in a folder that a bare folder of records has for something else."""
    places = [folders.static, folders.templates, folders.data]
    if folders.output.is_relative_to(folders.root) and not disk.kind(folders.output / MANIFEST):
        places.append(folders.output)
    return [
        record_passed_by((place / file).as_posix())
        for place in places
        for file in disk.walk(place, ".md")
        if (place != folders.data or not file.startswith("organizations/"))
        and (disk.content(place / file) or b"").startswith((b"---", b"\xef\xbb\xbf---"))
    ]


def _read_data(
    folder: Path,
    endings: tuple[str, ...],
    parse: Callable[[bytes, str], tuple[T | None, tuple[Problem, ...]]],
    disk: Disk,
) -> tuple[tuple[T, ...], list[Problem]]:
    values: list[T] = []
    problems: list[Problem] = []
    for file in sorted(file for ending in endings for file in disk.walk(folder, ending)):
        data = disk.content(folder / file)
        if data is not None:
            value, found = parse(data, (folder / file).as_posix())
            problems += found
            if value is not None:
                values.append(value)
    return tuple(values), problems


def read_topics(folders: Folders, disk: Disk) -> tuple[tuple[TopicFile, ...], list[Problem]]:
    """Return the topics that are described, in the order of their files, and what is wrong with these."""
    return _read_data(folders.data / "topics", (".yaml", ".yml"), parse_topic, disk)


def read_editions(folders: Folders, disk: Disk) -> tuple[tuple[Edition, ...], list[Problem]]:
    """Return the issues that were cut, oldest first, and what is wrong with their files."""
    found, problems = _read_data(folders.editions, (".yaml", ".yml"), parse_edition, disk)
    editions, more = without_second_of_a_day(found)
    return editions, [*problems, *more]


def _read_plain_pages(folders: Folders, disk: Disk) -> tuple[tuple[PlainPage, ...], list[Problem]]:
    above, beside_records = f"{folders.pages.as_posix()}/", folders.records == folders.root
    ignored = []

    def parse(data: bytes, file: str) -> tuple[PlainPage | None, tuple[Problem, ...]]:
        path = file.removeprefix(above)
        if _is_checkout(folders) and names_layout(data):
            ignored.append(path)
            return None, ()
        return parse_plain_page(data, file, path, beside_records=beside_records)

    pages, problems = _read_data(folders.pages, (".md",), parse, disk)
    if ignored:
        names = "page names" if len(ignored) == 1 else "pages name"
        message = (
            f"{len(ignored):,} {names} a layout of another program and {'is' if len(ignored) == 1 else 'are'} ignored"
        )
        hint = "without `layout` in their front matter they are pages of this site"
        place = Place(folders.pages.as_posix())
        problems.append(Problem(place, f"{message}: {', '.join(ignored)}", hint, Severity.NOTE, "ignored-files"))
    return pages, problems


def _read_overrides(folders: Folders, disk: Disk) -> tuple[Overrides, list[Problem]]:
    """Return what the overrides file decides, nothing where there is none or it is broken, and what is wrong with it.

    Whether there is one is noted in any case, so that the next look finds one that has come.
    """
    found = [path for name in _OVERRIDES if disk.kind(path := folders.data / name)]
    if not found:
        return Overrides(), []
    path, *others = found
    problems = []
    for other in others:
        message = f"stories are already decided of in {path.as_posix()}; this file is not read"
        problems.append(Problem(Place(other.as_posix()), message, "keep one of the two", Severity.WARNING))
    data = disk.content(path)
    overrides, wrong = parse_overrides(data, path.as_posix()) if data is not None else (None, ())
    return overrides or Overrides(), [*problems, *wrong]


def _read_import_state(folders: Folders, disk: Disk) -> tuple[dict[str, ImportedFrom], list[Problem]]:
    """Return what imports remember of their sources; whether there is such a file is noted in any case."""
    path = folders.data / STATE_FILE
    data = disk.content(path) if disk.kind(path) else None
    state = parse_import_state(data, path.as_posix()) if data is not None else ImportState()
    return ({}, [state]) if isinstance(state, Problem) else (state.sources, [])


class StaticFile(Struct, frozen=True):
    """A file that goes into the output as it is: where it lies, and the digest of its content."""

    source: Path
    digest: str


def read_static(folders: Folders, disk: Disk) -> dict[str, StaticFile]:
    """Return the site's own static files by the path that they have in the output; `disk` gets problems and trace."""
    found: dict[str, StaticFile] = {}
    places = [(folders.assets, "assets/")] if folders.assets else []
    for folder, prefix in (*places, (folders.static, "")):
        for file in disk.walk(folder):
            digest = disk.digest(folder / file)
            if digest:
                found[prefix + file] = StaticFile(folder / file, digest)
    return dict(sorted(found.items()))


def read_zones(settings: Settings, disk: Disk) -> dict[str, str]:
    """Return the digests of the system's data on the time zones that `settings` name; `disk` gets the trace."""
    names = {settings.time_zone, settings.api.time_zone, settings.editions.time_zone or settings.time_zone}
    return {
        name: disk.digest(path)
        for name in sorted(names)
        for path in (Path(folder, name) for folder in TZPATH)
        if disk.kind(path) == "file"
    }


def read_templates(folders: Folders, disk: Disk) -> dict[str, str]:
    """Return the digests of the site's own templates by their names; `disk` gets problems and trace."""
    found = {name: disk.digest(folders.templates / name) for name in disk.walk(folders.templates)}
    return {name: digest for name, digest in found.items() if digest}


def _ignored_collections(folders: Folders, disk: Disk) -> list[Problem]:
    """Tell, in one note, which other collections a checkout in the Jekyll layout has."""
    if not _is_checkout(folders):
        return []
    known = {folders.records.name, folders.data.name, *_JEKYLL_OWN}
    names = [name for name in disk.kind(folders.root / "_*").split("/") if name and name not in known]
    if not names:
        return []
    message = f"{counted(len(names), 'other collection')} of the checkout {'is' if len(names) == 1 else 'are'} ignored"
    return [
        Problem(
            Place(folders.root.as_posix()),
            f"{message}: {', '.join(names)}",
            severity=Severity.NOTE,
            rule="ignored-files",
        )
    ]


def _is_checkout(folders: Folders) -> bool:
    """Return whether a site has the Jekyll layout, so that another program may build it, too."""
    return folders.records.name == "_news"


def _below(folder: Path, root: Path) -> str:
    """Return the path that leads from `root` to `folder`, empty for `root` itself, whole when it is elsewhere."""
    path = folder.relative_to(root) if folder.is_relative_to(root) else folder
    return "" if path == Path() else path.as_posix()
