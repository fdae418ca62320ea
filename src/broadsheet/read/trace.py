"""What reading looked at, and whether it would see the same today: without a look into files that nobody touched."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from broadsheet.files import Stamp, content_digest, stamp_at

# File systems round times, the coarsest to two seconds.
_SLACK_NS = 2_000_000_000


class Seen(Struct, frozen=True, array_like=True, gc=False):
    """A file that was read: how it looked from outside (None where nobody may look), and the digest of its content.

    The digest is empty for a file that could not be read, or was of no use as it stood.
    """

    stamp: Stamp | None
    digest: str = ""


class Walk(Struct, frozen=True, array_like=True):
    """A search for files: what was asked, the folders that were listed with their stamps, the digest of the answer."""

    folder: str
    ending: str
    skipped: tuple[str, ...]
    listed: dict[str, Stamp | None]
    answer: str


class Trace(Struct, array_like=True):
    """All that was looked at: files by path, searches in their order, and of what kind other paths were."""

    files: dict[str, Seen] = {}
    walks: list[Walk] = []
    kinds: dict[str, str] = {}

    def add(self, other: "Trace") -> None:
        """Take in what somebody else looked at."""
        self.files.update(other.files)
        self.walks += other.walks
        self.kinds.update(other.kinds)


def kind_at(path: str) -> str:
    """Return `file`, `folder` or `other` for what stands at `path`, the empty string when nothing does."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return ""
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"


def is_settled(stamp: Stamp | None, started_ns: int) -> bool:
    """Return whether what has `stamp` can not have changed after it was looked at, from `started_ns` on, unnoticed.

    Two changes within one tick of a file system's clock leave one stamp: whatever changed since then may do so again.
    """
    return stamp is not None and stamp[1] < started_ns - _SLACK_NS


def first_change(trace: Trace, started_ns: int, again: Callable[[Walk], str]) -> tuple[str, bool]:
    """Return the path of the first thing that is no longer as it was, or the empty string; and whether any was read.

    `started_ns` is when the trace began; `again` repeats a search and returns the digest of its answer.
    """
    read_any = False
    for path, kind in trace.kinds.items():
        if kind_at(path) != kind:
            return path, read_any
    for path, seen in trace.files.items():
        if stamp_at(path) != seen.stamp or not is_settled(seen.stamp, started_ns):
            read_any = True
            if not seen.digest or _digest_at(path) != seen.digest:
                return path, True
    for walk in trace.walks:
        if not all(
            stamp_at(path) == stamp and (stamp is None or is_settled(stamp, started_ns))
            for path, stamp in walk.listed.items()
        ):
            read_any = True
            if again(walk) != walk.answer:
                return walk.folder, True
    return "", read_any


def _digest_at(path: str) -> str:
    try:
        return content_digest(Path(path).read_bytes())
    except OSError:
        return ""


def answer_digest(found: list[str], problems: list[str]) -> str:
    """Return what stands for the answer of a search."""
    return content_digest("\0".join((*found, "", *problems)).encode("utf-8", "surrogateescape"))
