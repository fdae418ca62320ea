"""The disk, read: which files a site has, and what they hold. Everything else under `read` takes bytes."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.model import Organization, Record, Sources, TopicFile
from broadsheet.problems import Place, Problem, Severity, SiteError, counted, in_order
from broadsheet.read.records import RecordReader
from broadsheet.read.settings import parse_jekyll_settings, parse_settings
from broadsheet.read.taxonomy import parse_organization, parse_topic

SETTINGS_FILE = "broadsheet.yaml"
JEKYLL_FILE = "_config.yml"
CACHE_FOLDER = ".broadsheet"
_RECORD_FOLDERS = ("_news", "records", "news")
_DATA_FOLDERS = ("_data", "data")
_MOST_BYTES = 10 * 1024 * 1024
# Files that a folder of records may hold besides, when they have no front matter.
_NO_RECORDS = {"readme", "license", "licence", "changelog", "contributing", "code_of_conduct", "security", "authors"}

_NEVER_SOURCES = {"node_modules", "__pycache__", ".git"}

T = TypeVar("T", TopicFile, Organization)
Progress = Callable[[str, int, int], None]


class Folders(Struct, frozen=True):
    """Where a site's parts lie. `records` may be `root` itself; the others need not exist."""

    root: Path
    records: Path
    data: Path
    output: Path
    static: Path
    templates: Path
    assets: Path | None = None


class ReadResult(Struct, frozen=True):
    """What a folder gave: the values, how many record files there were, and everything that is wrong."""

    sources: Sources
    files: int
    problems: tuple[Problem, ...]


def read_settings(root: Path, config: Path | None = None) -> Settings:
    """Return the settings of the site in `root`: from `config`, else `broadsheet.yaml`, else `_config.yml`.

    Raises `SiteError` with every problem of the file.
    """
    for path, parse in (
        (config or root / SETTINGS_FILE, parse_settings),
        (root / JEKYLL_FILE, parse_jekyll_settings),
    ):
        if path == config or path.is_file():
            shown_as = _shown(path, root)
            try:
                return parse(path.read_text(encoding="utf-8-sig"), shown_as)
            except OSError as error:
                raise SiteError([_unreadable(shown_as, error)]) from None
            except UnicodeDecodeError:
                raise SiteError([Problem(Place(shown_as, 1, 1), "the file is not in the encoding UTF-8")]) from None
    return Settings()


def find_folders(root: Path, settings: Settings, output: Path | None = None) -> Folders:
    """Return where the parts of the site in `root` lie. Raises `SiteError` when a folder that is named is missing."""
    jekyll = (root / "_news").is_dir()
    folders = Folders(
        root=root,
        records=_named_folder(root, "records", settings.records) or _first_folder(root, _RECORD_FOLDERS) or root,
        data=_named_folder(root, "data", settings.data) or _first_folder(root, _DATA_FOLDERS) or root / "_data",
        output=output or root / settings.output,
        static=root / "static",
        templates=root / "templates",
        assets=root / "assets" if jekyll and (root / "assets").is_dir() else None,
    )
    _check_output(folders)
    return folders


def _named_folder(root: Path, setting: str, name: str | None) -> Path | None:
    if name is None:
        return None
    if not (root / name).is_dir():
        place = Place(SETTINGS_FILE)
        raise SiteError([Problem(place, f"the folder `{name}` of the setting `{setting}` is not there")])
    return root / name


def _first_folder(root: Path, names: tuple[str, ...]) -> Path | None:
    return next((root / name for name in names if (root / name).is_dir()), None)


def _check_output(folders: Folders) -> None:
    """Refuse an output folder that holds sources, or lies where it would count as one."""
    output = folders.output.resolve()
    for source in (folders.root, folders.records, folders.data, folders.static, folders.templates):
        inner = source.resolve()
        if inner == output or output in inner.parents:
            message = f"the output folder {_shown(folders.output, folders.root)} holds the sources of the site"
            raise SiteError([Problem(Place(str(folders.output)), message, "choose another with --output")])
    for source in (folders.records, folders.data, folders.static, folders.templates):
        inner = source.resolve()
        if inner != folders.root.resolve() and inner in output.parents:
            message = f"the output folder lies in the source folder {_shown(source, folders.root)}"
            raise SiteError([Problem(Place(str(folders.output)), message, "choose another with --output")])


def read_site(folders: Folders, settings: Settings, progress: Progress) -> ReadResult:
    """Return everything that the site's files say. A file that can not be used is a problem, never the end."""
    problems: list[Problem] = []
    records, files = _read_records(folders, problems, progress)
    topics = _read_all(folders, "topics", (".yaml", ".yml"), parse_topic, problems)
    organizations = _read_all(folders, "organizations", (".md",), parse_organization, problems)
    problems += _ignored_collections(folders)
    sources = Sources(
        records=records,
        topics=topics,
        organizations=organizations,
        folder="" if folders.records == folders.root else _shown(folders.records, folders.root, Path()),
        site="" if folders.root == Path() else folders.root.as_posix(),
    )
    return ReadResult(sources, files, in_order(problems))


def _read_records(folders: Folders, problems: list[Problem], progress: Progress) -> tuple[tuple[Record, ...], int]:
    bare = folders.records == folders.root
    skipped = {folders.output.resolve(), folders.templates.resolve(), folders.static.resolve(), folders.data.resolve()}
    files = sorted(_walk(folders.records, ".md", skipped if bare else set(), problems, folders.root))
    reader, records, seen = RecordReader(), [], 0
    for number, file in enumerate(files, 1):
        progress("reading records", number, len(files))
        path = folders.records / file
        shown_as = _shown(path, folders.root)
        data = _content(path, shown_as, problems)
        if data is None:
            seen += 1
            continue
        if bare and not data.lstrip(b"\xef\xbb\xbf").startswith(b"---") and path.stem.lower() in _NO_RECORDS:
            continue
        seen += 1
        record, found = reader.read(data, file, shown_as)
        problems += found
        if record is not None:
            records.append(record)
    return tuple(records), seen


def _read_all(
    folders: Folders,
    name: str,
    endings: tuple[str, ...],
    parse: Callable[[bytes, str], tuple[T | None, tuple[Problem, ...]]],
    problems: list[Problem],
) -> tuple[T, ...]:
    folder = folders.data / name
    values = []
    for file in sorted(file for ending in endings for file in _walk(folder, ending, set(), problems, folders.root)):
        shown_as = _shown(folder / file, folders.root)
        data = _content(folder / file, shown_as, problems)
        if data is not None:
            value, found = parse(data, shown_as)
            problems += found
            if value is not None:
                values.append(value)
    return tuple(values)


def static_files(folders: Folders) -> tuple[dict[str, Path], tuple[Problem, ...]]:
    """Return the site's own static files by the path that they have in the output, and what is wrong with them."""
    problems: list[Problem] = []
    found: dict[str, Path] = {}
    for folder, prefix in ((folders.assets, "assets/"), (folders.static, "")):
        if folder is not None:
            for file in _walk(folder, "", {folders.output.resolve()}, problems, folders.root):
                found[prefix + file] = folder / file
    return dict(sorted(found.items())), in_order(problems)


def _walk(folder: Path, ending: str, skipped: set[Path], problems: list[Problem], root: Path) -> Iterator[str]:
    """Yield the paths, below `folder`, of its files with `ending`; links that lead out are problems."""
    home = os.path.realpath(folder)
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            entries = [entry for entry in os.scandir(folder / below) if ending == "" or entry.name[0] != "."]
        except OSError as error:
            if below or not isinstance(error, FileNotFoundError):
                problems.append(_unreadable(_shown(folder / below, root), error))
            continue
        for entry in entries:
            is_wanted = entry.name.lower().endswith(ending)
            if entry.is_symlink() and not _is_inner_file(entry, home):
                if is_wanted or os.path.isdir(entry.path):
                    message = "a link that leads out of the folder, to a folder, or nowhere; it is left out"
                    problems.append(Problem(Place(_shown(Path(entry.path), root)), message, "put the files here"))
            elif entry.is_dir():
                if not _is_skipped(entry, skipped):
                    waiting.append(f"{below}{entry.name}/")
            elif is_wanted:
                yield below + entry.name


def _is_skipped(folder: os.DirEntry[str], skipped: set[Path]) -> bool:
    return folder.name in _NEVER_SOURCES or (bool(skipped) and Path(folder.path).resolve() in skipped)


def _is_inner_file(entry: os.DirEntry[str], home: str) -> bool:
    target = os.path.realpath(entry.path)
    return os.path.isfile(target) and os.path.commonpath([target, home]) == home


def _content(path: Path, shown_as: str, problems: list[Problem]) -> bytes | None:
    """Return the bytes of a regular file that is not too large; anything else is a problem."""
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                problems.append(Problem(Place(shown_as), "this is no regular file; it is left out"))
                return None
            if facts.st_size > _MOST_BYTES:
                message = f"the file has {facts.st_size // 2**20:,} MB; a record has 10 MB at the most"
                problems.append(Problem(Place(shown_as), message))
                return None
            return file.read()
    except OSError as error:
        problems.append(_unreadable(shown_as, error))
        return None


def _unreadable(shown_as: str, error: OSError) -> Problem:
    reason = (error.strerror or str(error)).lower()
    return Problem(Place(shown_as), f"the file can not be read: {reason}", "check who may read it")


def _ignored_collections(folders: Folders) -> list[Problem]:
    """Tell, in one note, which other collections a checkout in the Jekyll layout has."""
    if folders.records.name != "_news":
        return []
    known = {folders.records.name, folders.data.name, "_site", "_includes", "_layouts", "_sass", "_plugins"}
    names = sorted(
        entry.name
        for entry in os.scandir(folders.root)
        if entry.name.startswith("_") and entry.name not in known and entry.is_dir()
    )
    if not names:
        return []
    message = f"{counted(len(names), 'other collection')} of the checkout {'is' if len(names) == 1 else 'are'} ignored"
    return [Problem(Place(str(folders.root)), f"{message}: {', '.join(names)}", severity=Severity.NOTE)]


def _shown(path: Path, root: Path, start: Path | None = None) -> str:
    """Return `path` as the user would write it: below the site's folder (or `start`) where it lies there."""
    try:
        return ((root if start is None else start) / path.relative_to(root)).as_posix()
    except ValueError:
        return path.as_posix()
