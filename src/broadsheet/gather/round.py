"""A round over many sources: several hosts at a time, each asked for one thing at a time, with a pause in between."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

from broadsheet.text import url_host
from broadsheet.web import Outside

# So often somebody who waits can be interrupted, on systems where nothing else lets him.
_LOOK_UP_EVERY = 0.5

Job = TypeVar("Job")
Result = TypeVar("Result")


class _Host:
    def __init__(self) -> None:
        self.lock = Lock()
        self.ready_at = 0.0


class Turns:
    """Whose turn it is at which host."""

    def __init__(self, outside: Outside) -> None:
        """Go by the clock and the pauses of `outside`."""
        self._outside = outside
        self._hosts: dict[str, _Host] = {}
        self._lock = Lock()

    @contextmanager
    def at(self, url: str) -> Iterator[None]:
        """Wait for the turn at the host of a clean address, and have it for as long as the `with` lasts."""
        with self._lock:
            host = self._hosts.setdefault(url_host(url), _Host())
        with host.lock:
            wait = host.ready_at - self._outside.clock()
            if wait > 0:
                self._outside.sleep(wait)
            try:
                yield
            finally:
                host.ready_at = self._outside.clock() + self._outside.pause


def done_at_once(
    groups: Sequence[list[Job]], work: Callable[[Job], Result], at_once: int
) -> Iterator[tuple[Job, Result]]:
    """Yield every job with its result, as soon as there is one; so many groups at once, the jobs of one in turn.

    What `work` raises is raised here.
    """
    waiting: SimpleQueue[list[Job]] = SimpleQueue()
    done: SimpleQueue[tuple[Job, Result | BaseException]] = SimpleQueue()
    for group in groups:
        waiting.put(group)

    def run() -> None:
        while True:
            try:
                group = waiting.get_nowait()
            except Empty:
                return
            for job in group:
                try:
                    done.put((job, work(job)))
                except BaseException as error:
                    # A fault of ours: raised where somebody sees it.
                    done.put((job, error))

    for _ in groups[:at_once]:
        # None that has to be waited for at the end: looking up a name can not be cut short.
        Thread(target=run, daemon=True).start()
    for _ in range(sum(map(len, groups))):
        job, result = _next(done)
        if isinstance(result, BaseException):
            raise result
        yield job, result


def _next(queue: SimpleQueue[Result]) -> Result:
    """Return what comes next out of a queue, however long it takes."""
    while True:
        with suppress(Empty):
            return queue.get(timeout=_LOOK_UP_EVERY)
