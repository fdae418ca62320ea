"""What reading looked at, and whether it would see the same today: without a look into files that nobody touched."""

import os
import stat
from collections.abc import Callable

from msgspec import Struct

from broadsheet.files import Stamp, content_digest, digest_at, stamp_at

# File systems round times, the coarsest to two seconds; those that know when a file was last touched in any way, as
# when somebody gives it an old time, to a tick of the system's clock.
_SLACK_NS = 2_000_000_000
_TICK_NS = 20_000_000


class Seen(Struct, frozen=True, array_like=True, gc=False):
    """A file that was read: how it looked from outside (None where nobody may look), and the digest of its content.

    The digest is empty for a file that could not be read, or was of no use as it stood.
    """

    stamp: Stamp | None
    digest: str = ""


# What no folder has, not even one that is gone: it is searched at every look.
NO_STAMP: Stamp = (-1, -1, -1, -1)


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


def all_of(*parts: Trace | None) -> Trace:
    """Return everything that was looked at by those who did."""
    trace = Trace()
    for part in parts:
        if part:
            trace.add(part)
    return trace


def kind_at(path: str) -> str:
    """Return `file`, `folder` or `other` for what stands at `path`, the empty string when nothing does.

    A path that ends with `_*` stands for the names of the folders that it fits.
    """
    try:
        if path.endswith("_*"):
            folders = (entry.name for entry in os.scandir(path[:-2] or ".") if entry.is_dir())
            return "/".join(sorted(name for name in folders if name.startswith("_")))
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return ""
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"


def is_settled(stamp: Stamp | None, started_ns: int) -> bool:
    """Return whether what has `stamp` can not have changed after it was looked at, from `started_ns` on, unnoticed.

    Two changes within one tick of a file system's clock leave one stamp: whatever changed since then may do so again.
    """
    return stamp is not None and stamp[1] < started_ns - _SLACK_NS and stamp[2] < started_ns - _TICK_NS


def trusted(since_ns: int, started_ns: int) -> int:
    """Return from when on what was seen `since_ns` can be known by its stamp, for who looks again at `started_ns`.

    That is never (0) where the clock was set back between the two: then no time says what came after what.
    """
    return since_ns if since_ns <= started_ns else 0


def look_again(trace: Trace, started_ns: int, again: Callable[[Walk], Walk]) -> tuple[str, Trace]:
    """Return the path of the first thing that is no longer as it was, or the empty string; and the trace as of now.

    That is the very same one where nothing is to be noted. `started_ns` is when the trace began; `again` repeats a
    search.
    """
    files: dict[str, Seen] = {}
    walks: dict[int, Walk] = {}
    changed = next((path for path, kind in trace.kinds.items() if kind_at(path) != kind), "")
    changed = changed or _changed_file(trace.files, started_ns, files)
    changed = changed or _changed_walk(trace.walks, started_ns, again, walks)
    if changed or not (files or walks):
        return changed, trace
    walks_now = [walks.get(number, walk) for number, walk in enumerate(trace.walks)]
    return "", Trace({**trace.files, **files}, walks_now, trace.kinds)


def as_of_now(trace: Trace, again: Callable[[Walk], Walk]) -> Trace:
    """Return the trace of who looks at the same things today; `again` repeats a search."""
    stamps = {path: stamp_at(path) for path in trace.files}
    files = {
        path: seen if stamps[path] == seen.stamp else Seen(stamps[path], digest_at(path))
        for path, seen in trace.files.items()
    }
    return Trace(files, [again(walk) for walk in trace.walks], {path: kind_at(path) for path in trace.kinds})


def _changed_file(files: dict[str, Seen], started_ns: int, now: dict[str, Seen]) -> str:
    """Return the first path whose content changed; `now` gets those that had to be read to tell."""
    for path, seen in files.items():
        stamp = stamp_at(path)
        if not seen.digest:
            if stamp != seen.stamp or not _is_still_of_no_use(stamp, started_ns):
                return path
        elif stamp != seen.stamp or not is_settled(stamp, started_ns):
            if digest_at(path) != seen.digest:
                return path
            now[path] = Seen(stamp, seen.digest)
    return ""


def _is_still_of_no_use(stamp: Stamp | None, started_ns: int) -> bool:
    # Its size, its kind, or who may read it makes it so, and these say when they change. By the time of its content one
    # from the future would count as changed at every look.
    return stamp is None or stamp[2] < started_ns - _TICK_NS


def _changed_walk(walks: list[Walk], started_ns: int, again: Callable[[Walk], Walk], now: dict[int, Walk]) -> str:
    """Return the folder of the first search that finds something else; `now` gets those to be noted, by number."""
    for number, walk in enumerate(walks):
        are_settled = all(stamp is None or is_settled(stamp, started_ns) for stamp in walk.listed.values())
        if not are_settled or any(stamp_at(path) != stamp for path, stamp in walk.listed.items()):
            walked = again(walk)
            if walked.answer != walk.answer:
                return walk.folder
            if not are_settled or walked != walk:
                now[number] = walked
    return ""


def answer_digest(found: list[str], problems: list[str]) -> str:
    """Return what stands for the answer of a search."""
    return content_digest("\0".join((*found, "", *problems)).encode("utf-8", "surrogateescape"))
