"""The files of the records' folder to entries: known ones from the cache, the others parsed, on all cores if many."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from broadsheet.files import stamp_at
from broadsheet.problems import Problem
from broadsheet.read.cache import Entry, RecordCache, Shelf, pack, unpack
from broadsheet.read.disk import Disk
from broadsheet.read.records import RecordReader
from broadsheet.read.trace import Trace
from broadsheet.workers import Workers

# Below so many files, or bytes, for every worker, to start it takes longer than it saves.
_FILES_WORTH_A_WORKER = 150
_BYTES_WORTH_A_WORKER = 200_000
_SHARES_FOR_EACH = 4
# Files that a folder of records may hold besides, when they have no front matter.
_NO_RECORDS = {"readme", "license", "licence", "changelog", "contributing", "code_of_conduct", "security", "authors"}

Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody how far a step is."""


class RecordsFolder(Struct, frozen=True):
    """Where records lie; when it is bare, Markdown files that are no records may stand in it too."""

    path: Path
    is_bare: bool

    @property
    def shown(self) -> str:
        """How problems name it; empty for the current folder."""
        return "" if self.path == Path() else self.path.as_posix()


def read_entries(
    folder: RecordsFolder, files: Sequence[str], disk: Disk, cache: RecordCache, workers: Workers, progress: Progress
) -> tuple[Entry, ...]:
    """Return the entries of `files`, paths below `folder`, in their order; `disk` gets problems and trace."""
    # Whether such a file should be a record hangs on where it lies, too.
    known = {file: entry for file, entry in cache.entries(folder.shown).items() if not _may_be_no_record(file)}
    found: dict[str, Entry] = {}
    new: dict[str, int] = {}
    above = f"{folder.path}{os.sep}" if folder.shown else ""
    for file in files:
        path = above + file.replace("/", os.sep)
        stamp = stamp_at(path)
        entry = known.get(file)
        if entry is not None and cache.is_current(entry, stamp):
            disk.trace.files[path] = entry.seen
            found[file] = entry
        else:
            new[file] = stamp[0] if stamp else 0
    if not new:
        progress("reading records", len(files), len(files))
    for number, entry in enumerate(_read(folder, new, known, disk, cache, workers), len(found) + 1):
        if entry is not None:
            found[entry.file] = entry
        progress("reading records", number, len(files))
    return tuple(found[file] for file in files if file in found)


def _read(
    folder: RecordsFolder,
    new: dict[str, int],
    known: dict[str, Entry],
    disk: Disk,
    cache: RecordCache,
    workers: Workers,
) -> Iterator[Entry | None]:
    """Yield an entry, or None, for each of the `new` files, given with their sizes in bytes."""
    workers = workers.worth(len(new), _FILES_WORTH_A_WORKER).worth(sum(new.values()), _BYTES_WORTH_A_WORKER)
    if workers.jobs == 1:
        yield from _read_share(folder, new, known, disk, RecordReader(cache.items()))
        return
    items = cache.items()
    # Every worker has a reader of its own, and keeps it from one share to the next.
    common = (folder, {file: known[file] for file in new if file in known}, RecordReader())
    with workers.work(_read_apart, common, _shares(new, workers.jobs)) as results:
        for sent in results:
            share = _decode(sent) if isinstance(sent, bytes) else sent
            disk.trace.add(share.trace)
            disk.problems += share.problems
            entries = unpack(share.shelf, folder.shown, items)
            yield from entries
            yield from [None] * (share.files - len(entries))


class _Share(Struct, array_like=True):
    """What another process read: how many files, what they say, and what a disk has noted."""

    files: int
    shelf: Shelf
    trace: Trace
    problems: list[Problem]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Share).decode


def _read_apart(common: tuple[RecordsFolder, dict[str, Entry], RecordReader], files: Sequence[str]) -> bytes | _Share:
    """Read `files` in another process; the result is bytes, which pass quicker, where that can be."""
    disk = Disk()
    folder, known, reader = common
    entries = filter(None, _read_share(folder, files, known, disk, reader))
    share = _Share(len(files), pack(entries), disk.trace, disk.problems)
    try:
        return _encode(share)
    except (UnicodeEncodeError, OverflowError):
        return share


def _shares(sizes: dict[str, int], jobs: int) -> list[list[str]]:
    """Return the files in shares of about equal size, so that neighbours go to one worker: their lists repeat others.

    Of `n` workers the first does the shares 0, n, 2n, …
    """
    most = sum(sizes.values()) / (jobs * _SHARES_FOR_EACH)
    shares: list[list[str]] = [[]]
    filled = 0
    for file, size in sizes.items():
        if filled >= most:
            shares.append([])
            filled = 0
        shares[-1].append(file)
        filled += size
    each = -(-len(shares) // jobs)
    return [shares[at] for turn in range(each) for at in range(turn, len(shares), each)]


def _read_share(
    folder: RecordsFolder, files: Iterable[str], known: dict[str, Entry], disk: Disk, reader: RecordReader
) -> Iterator[Entry | None]:
    for file in files:
        path = folder.path / file
        data = disk.content(path)
        if data is None:
            yield None
            continue
        seen = disk.trace.files[str(path)]
        entry = known.get(file)
        if entry is not None and entry.seen.digest == seen.digest:
            # The same content with another stamp: a fresh clone, a restored cache.
            yield Entry(file, seen, entry.record, entry.problems, entry.is_other)
        elif folder.is_bare and _is_no_record(file, data):
            yield Entry(file, seen, is_other=True)
        else:
            record, problems = reader.read(data, file, path.as_posix())
            yield Entry(file, seen, record, problems)


def _may_be_no_record(file: str) -> bool:
    name = file.rpartition("/")[2]
    return name[: -len(".md")].lower() in _NO_RECORDS


def _is_no_record(file: str, data: bytes) -> bool:
    return _may_be_no_record(file) and not data.removeprefix(b"\xef\xbb\xbf").startswith(b"---")
