"""All of importing in one place: sources are asked, what is new is written, and it is remembered how each fared."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

from msgspec import Struct, structs

from broadsheet.arrange.topics import Taxonomy
from broadsheet.config import Settings
from broadsheet.gather.asking import Found, ask
from broadsheet.gather.fetch import Fetching
from broadsheet.gather.items import Feed, FeedList
from broadsheet.gather.records import Candidate, Known, New, candidates, chosen
from broadsheet.gather.round import Turns, done_at_once
from broadsheet.gather.sources import Source, Wanted, host_and_port, listed_sources, wanted_sources
from broadsheet.gather.state import (
    Asked,
    AskedCache,
    failed,
    load_state,
    save_state,
    succeeded,
    with_former,
    with_imported,
)
from broadsheet.last_build import CACHE_FOLDER
from broadsheet.model import ImportedFrom, ImportState, Record
from broadsheet.problems import Place, Problem, Severity, SiteError, counted, in_order, reason
from broadsheet.read.folders import SETTINGS_FILE, Folders
from broadsheet.read.record_files import Progress
from broadsheet.read.source import ReadResult, read_site
from broadsheet.text import url_host
from broadsheet.web import Outside, Permit
from broadsheet.write.record import record_text, write_record
from broadsheet.write.staging import alone_in

# Where a site that has settings, but no records yet, gets them.
_RECORDS_FOLDER = "records"


class Order(Struct, frozen=True):
    """What is to be imported, at the time `now` (aware): from the sources of the settings, or as it is `wanted`.

    A `dry_run` asks and reads, and writes nothing at all.
    """

    now: datetime
    wanted: Wanted = Wanted()
    dry_run: bool = False


class FromSource(Struct, frozen=True):
    """How a source fared: how many `items` it has, and how many of them are `new`.

    So many are too `old`, or `beyond` the most that are taken. It `is_unchanged` where it said so itself, and
    `is_failed` where there is nothing from it; what there is to say of either is in the problems.
    """

    key: str
    title: str = ""
    items: int = 0
    new: int = 0
    old: int = 0
    beyond: int = 0
    is_unchanged: bool = False
    is_failed: bool = False


class Imported(Struct, frozen=True):
    """What was done: the records with their files, how each source fared, and what there is to say of them.

    `has_changed` says that there is something to keep in version control.
    """

    records: tuple[tuple[Path, Record], ...]
    sources: tuple[FromSource, ...]
    problems: tuple[Problem, ...]
    has_changed: bool = False

    @property
    def failed(self) -> int:
        """How many sources there is nothing from."""
        return sum(source.is_failed for source in self.sources)


def import_feeds(
    folders: Folders,
    settings: Settings,
    order: Order,
    outside: Outside,
    progress: Progress,
    tell: Callable[[Path], None] = lambda _: None,
) -> Imported:
    """Import what is new into the records of a site. Raises `SiteError` where not all of it can be.

    `tell` is told every file that is imported, as soon as it is sure that it stays: also where the import is cut short.
    """
    sources = wanted_sources(settings.import_, folders.root, order.wanted)
    if not sources:
        place = Place((folders.root / SETTINGS_FILE).as_posix())
        hint = "for example   import: {sources: [https://example.org/feed.xml]}, or name one with --from"
        raise SiteError([Problem(place, "the settings have no `import.sources`: there is nothing to import", hint)])
    state = load_state(folders)
    # Who changes the address of a feed that has moved has no new feed.
    keys = [source.key for source in sources]
    sources = tuple(with_former(source, state, keys) for source in sources)
    cache = AskedCache(folders.root / CACHE_FOLDER, state)
    asking = _Asking(state, cache, outside, order, progress)
    found = asking.all_of(sources)
    problems = [problem for each in found for problem in _told(each)] + asking.problems
    if order.dry_run:
        news = _news(found, folders, settings, state, order.now)
        written = tuple((news.folder / f"{one.stem}.md", one.candidate.record) for one in news.records)
        return Imported(written, _fared(found, news.records, order.now), in_order([*problems, *news.unread]))
    # Of two imports the second one has to see what the first one wrote, and remembers.
    with alone_in(folders.root):
        state = load_state(folders)
        news = _news(found, folders, settings, state, order.now)
        writing = _Writing(news)
        try:
            writing.all()
            fared = _remembered(state, found, news.records, asking.listed, settings, order.now)
            after = with_imported(fared, news.ids, order.now)
        except BaseException:
            # What is there and not remembered would come back once somebody removes it.
            writing.remember(folders, state, with_imported(state, writing.ids(state), order.now), tell)
            raise
        has_changed = writing.remember(folders, state, after, tell)
    written = tuple(writing.done())
    why = cache.save({each.source.key: _asked(each) for each in found}, asking.waits, after)
    if why:
        message = f"it can not be kept how sources answered: {why}; they send all of it the next time"
        problems.append(Problem(Place(CACHE_FOLDER), message, severity=Severity.NOTE))
    told = in_order([*problems, *news.unread])
    return Imported(written, _fared(found, news.records, order.now), told, has_changed or bool(written))


class _Asking:
    """All sources are asked, and then those that lists among them name.

    `listed` has the keys of what each list names, `waits` the hosts that want to be left alone, and until when.
    """

    def __init__(
        self, state: ImportState, cache: AskedCache, outside: Outside, order: Order, progress: Progress
    ) -> None:
        self.problems: list[Problem] = []
        self.listed: dict[str, set[str]] = {}
        self.waits = cache.waits(order.now)
        self._state = state
        self._cache = cache
        self._outside = outside
        self._now = order.now
        self._is_repeated = not order.wanted.named
        self._progress = progress

    def all_of(self, sources: Sequence[Source]) -> list[Found]:
        """Return what all sources hold, in the order of their keys."""
        named = frozenset(host_and_port(source.url) for source in sources if source.url)

        def permit(url: str) -> Permit:
            # Who names a host of a network of his own means it; what that leads to, or lists, nobody has named.
            return _any_address if host_and_port(url) in named else self._outside.permit

        # Who names a source is not put off by what its host said before.
        waits = self.waits if self._is_repeated else {}
        web = Fetching(permit, Turns(self._outside).at, self._outside.seconds, self._now, waits)
        found = self._round(sources, web)
        listed: list[Source] = []
        for each in found:
            if isinstance(each.parsed, FeedList):
                new = listed_sources(each.source, each.parsed, [*sources, *listed])
                self.listed[each.source.key] = {source.key for source in new}
                listed += new
        found += self._round(listed, web)
        self.waits.update(waits)
        return sorted(found, key=lambda each: each.source.key)

    def _round(self, sources: Sequence[Source], web: Fetching) -> list[Found]:
        todo = [source for source in sources if not self._is_left_alone(source)]
        by_host = sorted(todo, key=lambda source: (url_host(source.url), source.key))
        groups = [list(group) for _, group in groupby(by_host, lambda source: url_host(source.url))]
        found = []

        def work(source: Source) -> Found:
            return ask(source, self._before(source), web)

        for done, (source, each) in enumerate(done_at_once(groups, work, self._outside.at_once), 1):
            if each.answer.postponed:
                self._say(source, each.failure, "", Severity.NOTE)
            else:
                found.append(each)
            self._progress("asking sources", done, len(todo))
        return found

    def _before(self, source: Source) -> Asked:
        """Return how a source answered the last time, if what was wanted then is what is wanted now."""
        asked = self._cache.of(source.key)
        is_same = asked.setting == source.setting and source.key in self._state.sources
        return asked if self._is_repeated and is_same else Asked()

    def _is_left_alone(self, source: Source) -> bool:
        if not self._is_repeated:
            return False
        if self._state.sources.get(source.key, ImportedFrom()).gone:
            hint = "take it out of the settings; --from asks it all the same"
            self._say(source, "it is gone for good, and is not asked again", hint, Severity.WARNING)
            return True
        return False

    def _say(self, source: Source, message: str, hint: str, severity: Severity) -> None:
        self.problems.append(Problem(Place(source.key), message, hint, severity))


def _any_address(_: str) -> bool:
    return True


class _News(Struct, frozen=True):
    """The `records` that are new, the `folder` that they go to, and the `ids` of all that was looked at.

    `unread` says which records of the site could not be compared with them.
    """

    folder: Path
    records: list[New] = []
    ids: set[str] = set()
    unread: tuple[Problem, ...] = ()


def _news(found: Iterable[Found], folders: Folders, settings: Settings, state: ImportState, now: datetime) -> _News:
    """Return what is new. A site is read only if it has to be."""
    feeds = [(each.source, each.parsed) for each in found if isinstance(each.parsed, Feed)]
    if not any(feed.items for _, feed in feeds):
        return _News(folders.records)
    read = read_site(folders)
    taxonomy = Taxonomy(read.sources, read.sources.records, settings.topic)
    all_found: list[Candidate] = []
    for source, feed in feeds:
        all_found += candidates(feed, source, settings, taxonomy, now)
    new, ids = Known(read.sources.records, _stems(read), state.imported).new(all_found, settings.zone)
    return _News(_folder(folders, read), new, ids, _unread(read))


def _stems(read: ReadResult) -> list[str]:
    """Return the names of all files among the records, also of those that can not be read."""
    return [Path(entry.file).stem for entry in read.entries]


def _unread(read: ReadResult) -> tuple[Problem, ...]:
    """Return a warning for each record that can not be read: it may be of what is imported now."""
    hint = "until it is mended, what it reports may be imported a second time"
    broken = (problem for entry in read.entries if entry.record is None for problem in entry.problems)
    return tuple(structs.replace(problem, severity=Severity.WARNING, hint=hint) for problem in broken)


def _folder(folders: Folders, read: ReadResult) -> Path:
    """Return the folder that records are written to."""
    if folders.records != folders.root or not (folders.root / SETTINGS_FILE).is_file():
        return folders.records
    # Once there is a folder of that name, it alone has the records.
    has_records = any(not entry.is_other for entry in read.entries)
    return folders.root if has_records else folders.root / _RECORDS_FOLDER


class _Writing:
    """New records on their way into files: it is known of each at any time whether it is there."""

    def __init__(self, news: _News) -> None:
        self._folder = news.folder
        self._news = news
        # By the number of the record: where it was going to be, whether it came there or not.
        self._begun: dict[int, Path] = {}

    def all(self) -> None:
        """Write all records, each under another name where a file has its own. Raises `SiteError`."""
        for number, new in enumerate(self._news.records):
            try:
                self._folder.mkdir(exist_ok=True)
                try:
                    self._write(number, new.stem)
                except FileExistsError:
                    self._write(number, new.other_stem)
            except OSError as error:
                message = f"the record can not be written: {reason(error)}"
                place = Place((self._folder / f"{new.stem}.md").as_posix())
                # Whose file it is that has the name does not matter any more: it is not this record's.
                self._begun.pop(number, None)
                raise SiteError([Problem(place, message)]) from None

    def _write(self, number: int, stem: str) -> None:
        self._begun[number] = self._folder / f"{stem}.md"
        write_record(self._folder, stem, self._news.records[number].candidate.record)

    def done(self) -> Iterator[tuple[Path, Record]]:
        """Yield the records that are there, with their files."""
        for number in self._numbers():
            yield self._begun[number], self._news.records[number].candidate.record

    def ids(self, state: ImportState) -> set[str]:
        """Return what is to be remembered of those that are there, and of what was known in `state` and met again."""
        written = {id for number in self._numbers() for id in self._news.records[number].candidate.ids}
        return written | (self._news.ids & state.imported.keys())

    def remember(self, folders: Folders, before: ImportState, after: ImportState, tell: Callable[[Path], None]) -> bool:
        """Save what is to be remembered, and return whether it changed; else take the records back: `SiteError`."""
        try:
            has_changed = save_state(folders, before, after)
        except KeyboardInterrupt:
            # It may be saved or not, and the records are there.
            save_state(folders, before, after)
            self._tell(tell)
            raise
        except SiteError as error:
            left = [path for path, _ in self.done() if not _is_removed(path)]
            message = "it could not be taken back, and is not remembered: once you remove it, it comes again"
            kept = [Problem(Place(path.as_posix()), message) for path in left]
            hint = "what was new is taken back, and comes with the next import"
            raise SiteError([*(structs.replace(each, hint=hint) for each in error.problems), *kept]) from None
        self._tell(tell)
        return has_changed

    def _tell(self, tell: Callable[[Path], None]) -> None:
        for path, _ in self.done():
            tell(path)

    def _numbers(self) -> list[int]:
        """Return which records are there: the last one may have been cut short, and a file appears whole or not."""
        numbers = list(self._begun)
        last = numbers[-1:]
        return numbers[:-1] + [number for number in last if self._is_there(number)]

    def _is_there(self, number: int) -> bool:
        text = record_text(self._news.records[number].candidate.record).encode()
        try:
            return self._begun[number].read_bytes() == text
        except OSError:
            return False


def _is_removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _remembered(
    state: ImportState,
    found: Iterable[Found],
    new: Iterable[New],
    listed: Mapping[str, set[str]],
    settings: Settings,
    now: datetime,
) -> ImportState:
    """Return what is remembered of all sources that the settings have, by themselves or by a list of theirs."""
    entries = dict(state.sources)
    brought = [one.candidate.source for one in new]
    for each in found:
        source = each.source
        if source.is_kept:
            before = structs.replace(entries.get(source.key, ImportedFrom()), via=source.via)
            entries[source.key] = _entry(each, before, brought.count(source.key), now)
    return structs.replace(state, sources=_current(entries, listed, settings))


def _current(
    entries: dict[str, ImportedFrom], listed: Mapping[str, set[str]], settings: Settings
) -> dict[str, ImportedFrom]:
    """Return the entries of sources that are still wanted; what a list has is not known where that was not read."""
    keys = {source.source.strip() for source in settings.import_.all_sources}

    def is_wanted(key: str, entry: ImportedFrom) -> bool:
        if not entry.via:
            return key in keys
        return entry.via in keys and (entry.via not in listed or key in listed[entry.via])

    return {key: entry for key, entry in entries.items() if is_wanted(key, entry)}


def _entry(each: Found, before: ImportedFrom, brought: int, now: datetime) -> ImportedFrom:
    if each.failure:
        return failed(before, each.failure, now, gone=each.answer.gone)
    title = each.parsed.title if isinstance(each.parsed, Feed) else ""
    return succeeded(before, title, each.answer.moved_to, brought, now)


def _asked(each: Found) -> Asked:
    """Return how a source is to be asked the next time; a list of feeds always anew, and what failed as well."""
    asked = each.answer.asked
    if each.failure or isinstance(each.parsed, FeedList):
        return Asked()
    is_paged = isinstance(each.parsed, Feed) and each.parsed.next is not None
    has_validator = asked.etag or asked.modified
    return structs.replace(asked, setting=each.source.setting) if has_validator and not is_paged else Asked()


def _fared(found: Iterable[Found], new: Iterable[New], now: datetime) -> tuple[FromSource, ...]:
    brought = [one.candidate.source for one in new]
    fared = []
    for each in found:
        items = each.parsed.items if isinstance(each.parsed, Feed) else ()
        limits = chosen(items, each.source, now)
        fared.append(
            FromSource(
                each.source.key,
                each.parsed.title if isinstance(each.parsed, Feed) else "",
                len(items),
                brought.count(each.source.key),
                limits.old,
                limits.beyond,
                is_unchanged=not each.failure and each.parsed is None,
                is_failed=bool(each.failure),
            )
        )
    return tuple(fared)


def _told(each: Found) -> Iterable[Problem]:
    """Yield what there is to say of a source."""
    place = Place(each.source.key)

    def say(message: str, hint: str = "", severity: Severity = Severity.WARNING) -> Problem:
        return Problem(place, message, hint, severity)

    if each.failure:
        yield say(each.failure, each.hint, Severity.ERROR)
    yield from map(say, each.remarks)
    if each.answer.moved_to:
        hint = f"it is in the list {each.source.via}" if each.source.via else "change it in the settings"
        yield say(f"it stands at {each.answer.moved_to} for good", hint)
    if isinstance(each.parsed, Feed):
        if each.parsed.remark:
            yield say(each.parsed.remark, severity=Severity.NOTE)
        if each.parsed.unusable:
            what = counted(each.parsed.unusable, "item")
            yield say(f"{what} without a title, or without an address, left out", severity=Severity.NOTE)
    if isinstance(each.parsed, FeedList):
        if each.parsed.unusable:
            yield say(f"{counted(each.parsed.unusable, 'entry', 'entries')} without a web address left out")
        if each.parsed.beyond:
            yield say(f"{counted(each.parsed.beyond, 'feed')} beyond the most that are taken left out")
