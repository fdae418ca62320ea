"""Who holds a lock: a process, told by what it leaves there, and whether it is dead for sure.

A lock lies where anybody may read it, so that it names neither the machine nor who works there.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs

from broadsheet.files import content_digest

# Zero and less would ask for whole groups of processes.
_Pid = Annotated[int, Meta(ge=1, le=2**31 - 1)]
# Where in `/proc/PID/stat` it is, counted from behind the name, which may hold anything.
_STATE, _STARTED = 0, 19
_ENDED = ("Z", "X")


class Holder(Struct, frozen=True):
    """A process that holds a lock. `beat` counts its signs of life, so that each of them changes the lock.

    `machine` stands for a machine since it was started, and for the part of it that shares process numbers. `started`
    is when the process was, in the machine's own count: numbers come again. Both are empty where nothing tells.
    `token` sets apart two locks of one process.
    """

    machine: str
    pid: _Pid
    started: str
    token: str
    beat: int = 0

    def encoded(self) -> bytes:
        """Return what a lock holds: a line of JSON."""
        return msgspec.json.encode(self) + b"\n"

    def next_beat(self) -> Holder:
        """Return the same holder, a sign of life later."""
        return structs.replace(self, beat=self.beat + 1)

    def is_same(self, other: Holder | None) -> bool:
        """Return whether `other` is this very lock's, at whatever beat."""
        return other is not None and structs.replace(other, beat=self.beat) == self

    def is_dead(self) -> bool:
        """Return whether the process is known to have ended: it was one of this very machine, and is there no more."""
        if not self.machine or self.machine != _machine():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            # It is there, and somebody else's.
            pass
        known = _known(self.pid)
        if not known:
            return False
        # One that nobody has buried yet still has its number.
        return known[_STATE] in _ENDED or (bool(self.started) and known[_STARTED] != self.started)

    def told(self) -> str:
        """Return who it is, as a sentence wants it."""
        here = bool(self.machine) and self.machine == _machine()
        return f"process {self.pid} of this machine" if here else "somebody elsewhere"


def this_process() -> Holder:
    """Return this process as the holder of a new lock."""
    known = _known(os.getpid())
    return Holder(_machine(), os.getpid(), known[_STARTED] if known else "", os.urandom(8).hex())


def holder_of(content: bytes) -> Holder | None:
    """Return whom the `content` of a lock names, or None where it names nobody that we understand."""
    try:
        return msgspec.json.decode(content, type=Holder)
    except (ValueError, RecursionError):
        return None


def _machine() -> str:
    """Return what stands for this machine, empty where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
    return content_digest(repr((socket.gethostname(), boot, space)).encode())


def _known(pid: int) -> list[str]:
    """Return what the system tells of a process of this machine, empty where it does not."""
    with suppress(OSError):
        values = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return [value.decode("ascii") for value in values] if len(values) > _STARTED else []
    return []
