"""Measures one command: wall time, processor time, and the peak of the memory of all its processes together.

Memory is sampled, so it is measured in runs of its own, whose times do not count. Where the kernel tells it, a process
counts with its proportional share (PSS): forked processes share pages, and a shared page is one page. Elsewhere it is
the resident size (RSS) that is summed, or, without /proc, the greatest of any one process.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Event, Thread

PAUSE = 0.02  # seconds between two looks at the memory


@dataclass(frozen=True)
class Run:
    """What one run took; `wall` and `cpu` in seconds, `peak` in bytes and 0 where it was not asked for."""

    wall: float
    cpu: float
    peak: int


class CommandFailedError(Exception):
    """A measured command ended with an error."""


def measure(command: Sequence[str], folder: Path | None = None, *, memory: bool = False) -> Run:
    """Run `command` in `folder`, to its end, and return what it took."""
    start = time.perf_counter()
    with Popen(command, cwd=folder, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, start_new_session=True) as process:
        sampler = _Sampler(process.pid) if memory else None
        try:
            # It ends by closing its side, so that long complaints don't block it.
            complaints = process.stderr.read() if process.stderr else b""
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = sampler.stop() if sampler else 0
    if process.returncode:
        raise CommandFailedError(f"{' '.join(command)}: {complaints.decode(errors='replace')[-2000:]}")
    biggest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(wall, usage.ru_utime + usage.ru_stime, max(peak, 0 if Path("/proc/self").exists() else biggest))


class _Sampler:
    """Looks at a process and its descendants every now and then, from a thread of its own."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._done = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.is_set():
            self._peak = max(self._peak, sum(map(_memory, _tree(self._pid))))
            self._done.wait(PAUSE)

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self._peak


def _tree(pid: int) -> Iterator[int]:
    """Yield `pid` and its descendants. Only the tree is read: a look at all of /proc would disturb what it measures."""
    yield pid
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                yield from _tree(int(child))
    except OSError:
        return  # it has ended


def _memory(pid: int) -> int:
    for file, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
                if line.startswith(field):
                    return int(line.split()[1]) * 1024
        except OSError:
            continue
    return 0


def memory_measure() -> str:
    """Return which of the measures of memory this machine gives, in words."""
    if Path("/proc/self/smaps_rollup").exists():
        return "the greatest sum of proportional set sizes (PSS) over all processes of the command"
    if Path("/proc/self").exists():
        return "the greatest sum of resident set sizes (RSS) over all processes of the command"
    return "the greatest resident set size (RSS) of any one process of the command"
