"""What a site's files say: all of reading in one place. A file that can not be used is a problem, never the end."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from broadsheet.model import MANIFEST, Edition, Organization, Record, Sources, TopicFile
from broadsheet.problems import Place, Problem, Severity, counted, in_order
from broadsheet.read.disk import Disk
from broadsheet.read.editions import parse_edition, without_second_of_a_day
from broadsheet.read.folders import Folders
from broadsheet.read.records import RecordReader
from broadsheet.read.taxonomy import parse_organization, parse_topic

# Files that a folder of records may hold besides, when they have no front matter.
_NO_RECORDS = {"readme", "license", "licence", "changelog", "contributing", "code_of_conduct", "security", "authors"}
_JEKYLL_OWN = {"_site", "_includes", "_layouts", "_sass", "_plugins"}

T = TypeVar("T", TopicFile, Organization, Edition)
Progress = Callable[[str, int, int], None]


class ReadResult(Struct, frozen=True):
    """What a folder gave: the values, how many record files there were, and everything that is wrong."""

    sources: Sources
    files: int
    problems: tuple[Problem, ...]


def read_site(folders: Folders, progress: Progress) -> ReadResult:
    """Return everything that the site's files say."""
    disk = Disk()
    records, files, problems = _read_records(folders, disk, progress)
    topics, topic_problems = _read_data(folders.data / "topics", (".yaml", ".yml"), parse_topic, disk)
    organizations, other_problems = _read_data(folders.data / "organizations", (".md",), parse_organization, disk)
    cut, edition_problems = read_editions(folders, disk)
    sources = Sources(
        records=records,
        topics=topics,
        organizations=organizations,
        folder=_below(folders.records, folders.root),
        shown_folder="" if folders.records == Path() else folders.records.as_posix(),
        editions=cut,
    )
    found = (
        *problems,
        *topic_problems,
        *other_problems,
        *edition_problems,
        *disk.problems,
        *_ignored_collections(folders),
    )
    return ReadResult(sources, files, in_order(found))


def _read_records(folders: Folders, disk: Disk, progress: Progress) -> tuple[tuple[Record, ...], int, list[Problem]]:
    """Return the records, the number of files that should be some, and the problems of their texts."""
    is_bare = folders.records == folders.root
    skipped = frozenset(path.resolve() for path in (folders.output, *folders.sources)) if is_bare else frozenset[Path]()
    files = disk.walk(folders.records, ".md", skipped)
    reader = RecordReader()
    records: list[Record] = []
    problems: list[Problem] = []
    others = 0
    for number, file in enumerate(files, 1):
        progress("reading records", number, len(files))
        path = folders.records / file
        data = disk.content(path)
        if data is not None and is_bare and _is_no_record(path, data):
            others += 1
        elif data is not None:
            record, found = reader.read(data, file, path.as_posix())
            problems += found
            if record is not None:
                records.append(record)
    if is_bare:
        problems += _passed_by(folders, disk)
    return tuple(records), len(files) - others, problems


def _passed_by(folders: Folders, disk: Disk) -> list[Problem]:
    """Warn of what looks like a record in a folder that a bare folder of records has for something else."""
    places = [folders.static, folders.templates, folders.data]
    if folders.output.is_relative_to(folders.root) and not (folders.output / MANIFEST).exists():
        places.append(folders.output)
    message = "this may be a record, but this folder is not for records: it is not read as one"
    return [
        Problem(Place((place / file).as_posix()), message, "move it to another folder", Severity.WARNING)
        for place in places
        for file in disk.walk(place, ".md")
        if (place != folders.data or not file.startswith("organizations/"))
        and (disk.content(place / file) or b"").startswith((b"---", b"\xef\xbb\xbf---"))
    ]


def _is_no_record(path: Path, data: bytes) -> bool:
    return path.stem.lower() in _NO_RECORDS and not data.removeprefix(b"\xef\xbb\xbf").startswith(b"---")


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


def read_editions(folders: Folders, disk: Disk) -> tuple[tuple[Edition, ...], list[Problem]]:
    """Return the issues that were cut, oldest first, and what is wrong with their files."""
    found, problems = _read_data(folders.editions, (".yaml", ".yml"), parse_edition, disk)
    editions, more = without_second_of_a_day(found)
    return editions, [*problems, *more]


def read_static(folders: Folders) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """Return the site's own static files by the path that they have in the output, and what is wrong with them."""
    disk = Disk()
    found: dict[str, bytes] = {}
    places = [(folders.assets, "assets/")] if folders.assets else []
    for folder, prefix in (*places, (folders.static, "")):
        for file in disk.walk(folder):
            content = disk.content(folder / file, most=None)
            if content is not None:
                found[prefix + file] = content
    return dict(sorted(found.items())), in_order(disk.problems)


def _ignored_collections(folders: Folders) -> list[Problem]:
    """Tell, in one note, which other collections a checkout in the Jekyll layout has."""
    if folders.records.name != "_news":
        return []
    known = {folders.records.name, folders.data.name, *_JEKYLL_OWN}
    names = sorted(
        entry.name
        for entry in folders.root.iterdir()
        if entry.name.startswith("_") and entry.name not in known and entry.is_dir()
    )
    if not names:
        return []
    message = f"{counted(len(names), 'other collection')} of the checkout {'is' if len(names) == 1 else 'are'} ignored"
    return [Problem(Place(folders.root.as_posix()), f"{message}: {', '.join(names)}", severity=Severity.NOTE)]


def _below(folder: Path, root: Path) -> str:
    """Return the path that leads from `root` to `folder`, empty for `root` itself, whole when it is elsewhere."""
    path = folder.relative_to(root) if folder.is_relative_to(root) else folder
    return "" if path == Path() else path.as_posix()
