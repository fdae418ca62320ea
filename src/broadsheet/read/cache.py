"""The cache of parsed records: what every file of the records' folder was found to say, by its name and its content."""

from collections.abc import Iterable
from pathlib import Path
from time import time_ns
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs

from broadsheet.files import CacheFileError, Stamp, load_decoded, save_cache
from broadsheet.model import Coverage, Record
from broadsheet.problems import Place, Problem
from broadsheet.read.trace import Seen, is_settled, trusted

_FILE = "records"
_WORTH_SAVING = 16
_UNUSED_ITEMS = 1000


class Entry(Struct, frozen=True, gc=False):
    """A file of the records' folder as it was read. `is_other` marks one that is no record and need not be one."""

    file: str
    seen: Seen
    record: Record | None = None
    problems: tuple[Problem, ...] = ()
    is_other: bool = False


class _Row(Struct, array_like=True, gc=False):
    """An entry whose related items stand elsewhere: their numbers instead; its problems name no file."""

    file: str
    seen: Seen
    record: Record | None
    related: list[Annotated[int, Meta(ge=0)]]
    problems: list[Problem]
    is_other: bool


class Shelf(Struct, array_like=True):
    """Entries with each distinct related item once, however many lists carry it: what is kept, and what is sent."""

    items: list[Coverage]
    rows: list[_Row]


def pack(entries: Iterable[Entry]) -> Shelf:
    """Return `entries` as a shelf."""
    numbers: dict[int, int] = {}
    items: list[Coverage] = []
    rows = []
    for entry in entries:
        related = []
        for item in entry.record.related if entry.record else ():
            number = numbers.get(id(item))
            if number is None:
                number = numbers[id(item)] = len(items)
                items.append(item)
            related.append(number)
        record = structs.replace(entry.record, related=()) if entry.record and related else entry.record
        problems = [_at("", problem) for problem in entry.problems]
        rows.append(_Row(entry.file, entry.seen, record, related, problems, entry.is_other))
    return Shelf(items, rows)


def unpack(shelf: Shelf, folder: str, known: dict[Coverage, Coverage] | None = None) -> list[Entry]:
    """Return the entries of a shelf; problems name their file within `folder`.

    `known` has every item that there is elsewhere: equal ones become one and the same, as those of one shelf are.
    """
    items = shelf.items if known is None else [known.setdefault(item, item) for item in shelf.items]
    entries = []
    for row in shelf.rows:
        record = row.record
        if record is not None and row.related:
            record = structs.replace(record, related=tuple([items[number] for number in row.related]))
        problems = tuple(_at(f"{folder}/{row.file}" if folder else row.file, problem) for problem in row.problems)
        entries.append(Entry(row.file, row.seen, record, problems, row.is_other))
    return entries


def _at(file: str, problem: Problem) -> Problem:
    return structs.replace(problem, place=Place(file, problem.place.line, problem.place.column))


class RecordCache:
    """What is known of the records' folder from the last time; `remark` says why nothing is, where that is news."""

    def __init__(
        self, folder: Path | None = None, key: str = "", started_ns: int | None = None, *, forgets: bool = False
    ) -> None:
        """Look into the cache `folder`, where there is one, for what was kept under the same `key`.

        It is for who began at `started_ns`, now if that is not given. One that `forgets` does not look.
        """
        self._path = folder / _FILE if folder else None
        self._key = key
        self._started_ns = 0
        self._shelf = Shelf([], [])
        self._known: dict[str, Entry] = {}
        self._items: dict[Coverage, Coverage] = {}
        self._most_items = -1
        self._holds = False
        self.remark = ""
        if self._path is None or forgets:
            return
        try:
            kept = load_decoded(self._path, key, _decoded)
        except CacheFileError as error:
            self.remark = str(error)
        else:
            if kept:
                since_ns, self._shelf = kept
                self._started_ns = trusted(since_ns, time_ns() if started_ns is None else started_ns)

    def entries(self, shown_folder: str) -> dict[str, Entry]:
        """Return what is known, by file."""
        if not self._holds:
            self._known = {entry.file: entry for entry in unpack(self._shelf, shown_folder)}
        return self._known

    def hold(self, entries: Iterable[Entry], started_ns: int) -> None:
        """Know `entries`, read from `started_ns` on, from now on: for a process that reads one folder many times."""
        self._known = {entry.file: entry for entry in entries}
        self._started_ns = started_ns
        self._shelf, self._holds = Shelf([], []), True
        if len(self._items) > self._most_items:
            # What no record lists any more must not pile up.
            lists = (entry.record.related for entry in self._known.values() if entry.record)
            listed = {id(item): item for items in lists for item in items}.values()
            self._items = dict(zip(listed, listed, strict=True))
            self._most_items = 2 * len(self._items) + _UNUSED_ITEMS

    def items(self) -> dict[Coverage, Coverage]:
        """Return the related items of all entries, each as its own: for `unpack`, and for a reader of more records."""
        self._items.update(zip(self._shelf.items, self._shelf.items, strict=True))
        return self._items

    def is_current(self, entry: Entry, stamp: Stamp | None) -> bool:
        """Return whether a file that has `stamp` must still be what `entry` says."""
        return stamp == entry.seen.stamp and is_settled(stamp, self._started_ns)

    def save(self, entries: Iterable[Entry], started_ns: int) -> None:
        """Keep `entries`, which were read from `started_ns` on, if enough of them are new. Raises `OSError`."""
        if self._path is None:
            return
        entries = tuple(entries)
        same = sum(self._known.get(entry.file) is entry for entry in entries)
        if self._known and max(len(self._known), len(entries)) - same < _WORTH_SAVING:
            # To read a few again some day is quicker than to write all of them now.
            return
        try:
            payload = _encode((started_ns, pack(entries)))
        except (UnicodeEncodeError, OverflowError):
            # A record may hold what no cache can: those that do are read again every time.
            payload = _encode((started_ns, pack(filter(_can_be_kept, entries))))
        save_cache(self._path, self._key, payload)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, Shelf]).decode


def _decoded(payload: bytes) -> tuple[int, Shelf]:
    """Return when what was kept was read, and the shelf. Raises `ValueError` for one that lacks items it counts on."""
    started_ns, shelf = _decode(payload)
    if any(row.related and max(row.related) >= len(shelf.items) for row in shelf.rows):
        raise ValueError
    return started_ns, shelf


def _can_be_kept(entry: Entry) -> bool:
    try:
        _encode(pack([entry]))
    except (UnicodeEncodeError, OverflowError):
        return False
    return True
