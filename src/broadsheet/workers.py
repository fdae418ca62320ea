"""Work on several cores, in shares: by forked processes, or by whatever executor is put in their place."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from copy import copy
from functools import partial
from itertools import cycle
from typing import IO, TYPE_CHECKING, Any, TypeVar

if sys.platform == "linux":
    import fcntl

if TYPE_CHECKING:
    from concurrent.futures import Executor

C = TypeVar("C")
S = TypeVar("S")
R = TypeVar("R")

# Makes an executor of so many workers, each of which first calls the function with the arguments.
Start = Callable[[int, Callable[..., None], tuple[Any, ...]], "Executor"]
_PIPE_BYTES = 2**20
_SLOWER_START = 20


class WorkerLostError(Exception):
    """A process that others waited for is no more."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("a worker ended before its work was done")


def processes(jobs: int, initializer: Callable[..., None], arguments: tuple[Any, ...]) -> Executor:
    """Return a pool of processes that start from nothing: none is forked where that was found unsafe."""
    import multiprocessing  # noqa: PLC0415
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer, arguments)


def can_fork() -> bool:
    """Return whether this process may go on twice: not where libraries forbid it, nor with threads that hold locks."""
    if sys.platform != "linux":
        return False
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1


class Workers:
    """Does the shares of some work, at most `jobs` at a time; `meanwhile` is done once by who waits for the first."""

    def __init__(self, jobs: int = 1, start: Start | None = None, meanwhile: Callable[[], None] = lambda: None) -> None:
        """`start` makes the executor that works on several shares; without one, this process is forked if it can be."""
        self.jobs = jobs
        self._start = start
        self._meanwhile = meanwhile

    @property
    def know_all(self) -> bool:
        """Whether workers have whatever this process has, so that what all of them need is better prepared before."""
        return self.jobs == 1 or (self._start is None and can_fork())

    def worth(self, amount: int, each: int) -> Workers:
        """Return the same with as many jobs as pay for an `amount` of work, where a forked one pays for `each`."""
        if not self.know_all:
            # To start Python and to send what all have in common takes much longer.
            each *= _SLOWER_START
        return Workers(max(1, min(amount // each, self.jobs)), self._start, self._meanwhile)

    def doing(self, meanwhile: Callable[[], None]) -> Workers:
        """Return the same that does something while others work, and nothing while there are none."""
        return Workers(self.jobs, self._start, meanwhile)

    @contextmanager
    def work(self, function: Callable[[C, S], R], common: C, shares: Sequence[S]) -> Iterator[Iterator[R]]:
        """Give `function(common, share)` for every one of `shares`, in their order, within a `with`.

        What passes between processes, `function` and all values, can be pickled. Of `n` workers the first does the
        shares 0, n, 2n, … The first share that raises does so where its result is asked for.
        """
        jobs = min(self.jobs, len(shares))
        if jobs < 2:
            yield (function(common, share) for share in shares)
        elif self._start is None and can_fork():
            with _forked(jobs, function, common, shares) as results:
                self._meanwhile()
                yield results
        else:
            from concurrent.futures import BrokenExecutor  # noqa: PLC0415

            executor = (self._start or processes)(jobs, _keep, (function, common))
            try:
                results = executor.map(_work, shares)
                self._meanwhile()
                yield results
            except BrokenExecutor as error:
                raise WorkerLostError from error
            finally:
                executor.shutdown(cancel_futures=True)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# Executors: every worker keeps what is common.

_kept: ContextVar[tuple[Callable[[Any, Any], Any], Any]] = ContextVar("kept")


def _keep(function: Callable[[C, S], R], common: C) -> None:
    # Of its own, also where workers are threads: a job keeps what it has rendered.
    _kept.set((function, copy(common)))
    # A thread may set no handler, and needs none.
    with suppress(ValueError):
        _ignore_interrupts()


def _work(share: S) -> Any:
    function, common = _kept.get()
    return function(common, share)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which reaches every process of a terminal, to the one that others work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


# Forks: a worker has everything that this process has, and sends results through a pipe. A pool of the standard
# library does the same, and takes longer to import and to start than a small site to build.


@contextmanager
def _forked(jobs: int, function: Callable[[C, S], R], common: C, shares: Sequence[S]) -> Iterator[Iterator[R]]:
    sys.stdout.flush()
    sys.stderr.flush()
    pipes: dict[int, IO[bytes]] = {}
    try:
        for number in range(jobs):
            process, pipe = _fork(partial(_send_all, function, common, shares[number::jobs]), pipes.values())
            pipes[process] = pipe
        turns = cycle(pipes.values())
        yield (_received(next(turns)) for _ in shares)
    finally:
        for process, pipe in pipes.items():
            # It has nothing more to say, or nobody listens any more.
            pipe.close()
            # Where the system takes away ended processes by itself there may be none left.
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)


def _fork(work: Callable[[IO[bytes]], None], others: Iterable[IO[bytes]]) -> tuple[int, IO[bytes]]:
    """Let a new process do `work` with a pipe; return its id and the pipe's other end. `others` are none of its own."""
    reading, writing = os.pipe()
    with suppress(OSError):
        # A system may refuse so wide a pipe; then workers wait for it now and then.
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    process = os.fork()
    if process:
        os.close(writing)
        return process, open(reading, "rb")
    status = 1
    try:
        os.close(reading)
        for pipe in others:
            pipe.close()
        _ignore_interrupts()
        with open(writing, "wb") as pipe:
            work(pipe)
        status = 0
    except KeyboardInterrupt:
        # It came before this process left it to the one that others work for.
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        # Never into the code that waits for this.
        os._exit(status)


def _send_all(function: Callable[[C, S], R], common: C, shares: Sequence[S], pipe: IO[bytes]) -> None:
    for share in shares:
        message: tuple[bool, Any]
        try:
            message = (True, function(common, share))
        except Exception as error:
            error.add_note(f"In a worker:\n{traceback.format_exc()}")
            message = (False, error)
        pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
        pipe.flush()


def _received(pipe: IO[bytes]) -> Any:
    try:
        is_result, value = pickle.load(pipe)
    except (EOFError, pickle.UnpicklingError):
        raise WorkerLostError from None
    if not is_result:
        raise value
    return value
