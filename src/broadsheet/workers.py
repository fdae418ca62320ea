"""Work on several cores, in shares: by processes of this machine, or by whatever executor is put in their place."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor

C = TypeVar("C")
S = TypeVar("S")
R = TypeVar("R")

# Makes an executor of so many workers, each of which first calls the function with the arguments.
Start = Callable[[int, Callable[..., None], tuple[Any, ...]], "Executor"]


def processes(jobs: int, initializer: Callable[..., None], arguments: tuple[Any, ...]) -> Executor:
    """Return a pool of processes: forked where that is safe, else by the system's own way to start one."""
    # Small sites never need them, and they take a while to import.
    import multiprocessing  # noqa: PLC0415
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    # A forked process knows the arguments at once; any other is sent them. macOS can fork, but its libraries can not.
    context = multiprocessing.get_context("fork") if sys.platform == "linux" else None
    return ProcessPoolExecutor(jobs, context, initializer, arguments)


class Workers:
    """Does the shares of some work, at most `jobs` at a time."""

    def __init__(self, jobs: int = 1, start: Start = processes) -> None:
        """`start` makes the executor that works on more than one share at a time."""
        self.jobs = jobs
        self._start = start

    def at_most(self, jobs: int) -> Workers:
        """Return the same with no more than so many jobs, and no fewer than one."""
        return Workers(max(1, min(jobs, self.jobs)), self._start)

    @contextmanager
    def work(self, function: Callable[[C, S], R], common: C, shares: Sequence[S]) -> Iterator[Iterator[R]]:
        """Give `function(common, share)` for every one of `shares`, in their order, within a `with`.

        What passes between processes, `function` and all values, can be pickled. The first share that raises does so
        where its result is asked for.
        """
        if self.jobs == 1 or len(shares) < 2:
            yield (function(common, share) for share in shares)
            return
        executor = self._start(min(self.jobs, len(shares)), _keep, (function, common))
        try:
            yield executor.map(_work, shares)
        finally:
            executor.shutdown(cancel_futures=True)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_kept: tuple[Callable[[Any, Any], Any], Any]


def _keep(function: Callable[[C, S], R], common: C) -> None:
    import signal  # noqa: PLC0415

    global _kept  # noqa: PLW0603
    _kept = (function, common)
    # Ctrl-C reaches every process of a terminal; one of them tells it. A thread may set no handler and needs none.
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(share: S) -> Any:
    function, common = _kept
    return function(common, share)
