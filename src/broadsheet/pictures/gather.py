"""Pictures from elsewhere for a site: those that are known, and the others fetched, several at a time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from pathlib import Path
from threading import BoundedSemaphore
from time import monotonic

from msgspec import Struct

from broadsheet.model import Picture
from broadsheet.pictures.convert import Converted, bombs_refused, converted
from broadsheet.pictures.fetch import Limits, MissingError, fetch
from broadsheet.pictures.store import Store
from broadsheet.problems import counted
from broadsheet.read.disk import Disk
from broadsheet.read.record_files import Progress
from broadsheet.read.source import StaticFile
from broadsheet.read.trace import Trace
from broadsheet.text import url_host
from broadsheet.web import Permit, is_public
from broadsheet.workers import usable_cores

# Most of the time is spent waiting for others: more at once make it shorter until the line is full.
_AT_ONCE = 8
# As many as a polite browser's share of a host that has other guests.
_AT_ONCE_FROM_A_HOST = 2
# What a large photograph unfolds to is held in memory: few at a time, whatever the number of cores.
_CONVERTED_AT_ONCE = min(usable_cores(), 4)
# A build that is part of a chain of others should end before anybody calls it stuck; the next one goes on from there.
_SECONDS_FOR_ALL = 600
# To end what is under way when the time is over: only looking up a name can not be cut short.
_SECONDS_TO_END = 5
_PAUSE = timedelta(days=1)
# The same build, done again to compare, does not get further than the first.
_PAUSE_WITHOUT_TIME = timedelta(seconds=1)
_NO_TIME = "not reached before the time for all was over"
_MOST_REASONS = 3


class Outside(Struct, frozen=True):
    """How the outside world is met: which addresses may be connected to, and what a picture, and all, may take.

    Where nothing `fetches`, pictures that are not known have to wait.
    """

    permit: Permit = is_public
    limits: Limits = Limits()
    seconds_for_all: float = _SECONDS_FOR_ALL
    fetches: bool = True


class Gathered(Struct, frozen=True):
    """The pictures that were had by their address, and their files by path in the output.

    `missing` counts the others by the reason, `waiting` those that nobody has tried to fetch yet. All of it holds from
    `since` to `until`, where these are known: then some are tried again. `remark` says why pictures can not be kept,
    empty where they can; `trace` is what was looked at.
    """

    pictures: dict[str, Picture]
    files: dict[str, StaticFile | bytes]
    missing: dict[str, int]
    waiting: int
    since: datetime | None
    until: datetime | None
    remark: str
    trace: Trace

    @property
    def told(self) -> str:
        """What to tell of those that are missing, empty when there are none."""
        number = sum(self.missing.values())
        if not number:
            return ""
        commonest = sorted(self.missing.items(), key=lambda item: (-item[1], item[0]))
        told = [f"{why} ({count:,})" for why, count in commonest[:_MOST_REASONS]]
        rest = sum(count for _, count in commonest[_MOST_REASONS:])
        told += [f"other reasons ({rest:,})"] if rest else []
        all_of_them = counted(number + len(self.pictures), "picture")
        return f"{number:,} of {all_of_them} from elsewhere can not be had: {', '.join(told)}"


def gather(
    urls: list[str], folder: Path, now: datetime, disk: Disk, progress: Progress, outside: Outside | None = None
) -> Gathered:
    """Return the pictures of `urls`, clean addresses without repeats; those that are kept in `folder` are not fetched.

    `disk` looks at what is kept; what it says of that is nobody's problem, since what is of no use is fetched again.
    Never raises for a picture that can not be had, nor where nothing can be kept.
    """
    outside = outside or Outside()
    store = Store(folder, disk)
    pictures = {url: picture for url in urls if (picture := store.picture(url))}
    todo = [url for url in urls if url not in pictures and store.failure(url, now) is None]
    try:
        if todo and outside.fetches:
            with bombs_refused():
                _fetch_all(todo, store, now, progress, outside)
    finally:
        # What was had is had, also when somebody has waited long enough.
        store.save()
    pictures.update((url, picture) for url in todo if (picture := store.picture(url)))
    failures = [failure for url in urls if url not in pictures and (failure := store.failure(url, now))]
    return Gathered(
        pictures={url: pictures[url] for url in urls if url in pictures},
        files=dict(sorted(item for url in pictures for item in store.files(url).items())),
        missing=dict(Counter(failure.why for failure in failures)),
        waiting=0 if outside.fetches else len(todo),
        since=max((failure.at for failure in failures), default=None),
        until=min((failure.again_at for failure in failures), default=None),
        remark=store.remark,
        trace=store.trace(pictures) if urls and not store.remark else Trace(),
    )


def _fetch_all(todo: list[str], store: Store, now: datetime, progress: Progress, outside: Outside) -> None:
    """Fetch the pictures `todo`, and let `store` know what came of each."""
    until = monotonic() + outside.seconds_for_all
    converting = BoundedSemaphore(_CONVERTED_AT_ONCE)

    def work(url: str) -> Converted:
        data = fetch(url, outside.permit, outside.limits, until)
        with converting:
            return converted(data)

    left = dict.fromkeys(todo)
    executor = ThreadPoolExecutor(_AT_ONCE, "pictures")
    try:
        for url, future in _done(todo, lambda url: executor.submit(work, url), until):
            del left[url]
            try:
                store.add(url, future.result())
            except MissingError as error:
                is_late = monotonic() >= until
                store.fail(url, _NO_TIME if is_late else str(error), now, _PAUSE_WITHOUT_TIME if is_late else _PAUSE)
            progress("fetching pictures", len(todo) - len(left), len(todo))
    finally:
        executor.shutdown(wait=not left, cancel_futures=True)
    for url in left:
        store.fail(url, _NO_TIME, now, _PAUSE_WITHOUT_TIME)


def _done(
    todo: list[str], submit: Callable[[str], Future[Converted]], until: float
) -> Iterator[tuple[str, Future[Converted]]]:
    """Yield every address with what comes of it: some at a time, few of them from one host, while there is time."""
    waiting: dict[str, deque[str]] = {}
    for url in todo:
        waiting.setdefault(url_host(url), deque()).append(url)
    active: dict[Future[Converted], str] = {}
    at_host: Counter[str] = Counter()
    while waiting or active:
        is_late = monotonic() >= until
        for host in list(waiting) if not is_late else ():
            while host in waiting and len(active) < _AT_ONCE and at_host[host] < _AT_ONCE_FROM_A_HOST:
                url = waiting[host].popleft()
                active[submit(url)] = url
                at_host[host] += 1
                if not waiting[host]:
                    del waiting[host]
        done, _ = wait(active, max(0.0, until - monotonic()) + _SECONDS_TO_END, FIRST_COMPLETED)
        if not done:
            return
        for future in done:
            url = active.pop(future)
            at_host[url_host(url)] -= 1
            yield url, future
