"""Where files wait until all are there: a folder within the output, of one build alone; and what keeps builds apart."""

import errno
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time

from msgspec import Struct

from broadsheet.files import Stamp, content_digest, stamp_at
from broadsheet.kinds import Kind, kind_of
from broadsheet.model import OutputFile
from broadsheet.problems import Place, Problem, SiteError, reason
from broadsheet.write.manifest import is_unfinished

if sys.platform != "win32":
    import fcntl

_PREFIX = ".broadsheet-staging-"
_is_staging = re.compile(rf"{re.escape(_PREFIX)}[0-9a-f]{{8}}").fullmatch
# What pages need, and pages: of two files for one new folder each would have to be moved alone, were there more.
_ASSETS, _PAGES = "assets", "pages"
_ABANDONED_SECONDS = 24 * 3600
_AT_WORK_SECONDS = 60
_TRIES = 100
_ROOM = "make room, and build again"
_RIGHTS = "check who may write there, or choose another folder with --output"
_HINTS = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "the system limits how large a file may be (`ulimit -f`): raise the limit, and build again",
    errno.EROFS: _RIGHTS,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
}


@contextmanager
def telling(folder: Path) -> Iterator[None]:
    """Turn what the system has against a change of the output `folder` into a `SiteError`."""
    try:
        yield
    except OSError as error:
        place = Place(str(error.filename2 or error.filename or folder))
        hint = _HINTS.get(error.errno or 0, "build again; if it stays so, choose another folder with --output")
        if is_unfinished(folder):
            hint = f"{hint}; the next build puts the rest in place"
        raise SiteError([Problem(place, f"the output can not be written: {reason(error)}", hint)]) from error


class Staged(Struct, frozen=True, array_like=True, gc=False):
    """A file that was looked at: its path, the digest of its bytes, and whether they differ from what is there.

    `stamp` is that of the file that waits, or of the one that stays.
    """

    path: str
    digest: str
    is_changed: bool
    stamp: Stamp | None


class Staging(Struct, frozen=True):
    """Where files wait, pages apart from what they need. Any process may fill it."""

    folder: Path
    output: Path
    ours: dict[str, str]

    def put(self, file: OutputFile) -> Staged:
        """Put `file` here when its bytes differ from what is in the output. Raises `SiteError`."""
        digest = content_digest(file.content)
        there = stamp_at(f"{self.output}/{file.path}") if self.ours.get(file.path) == digest else None
        if there and bytes_at(self.output / file.path) == file.content:
            return Staged(file.path, digest, is_changed=False, stamp=there)
        target = f"{self.folder}/{_ASSETS if kind_of(file.path) is Kind.ASSET else _PAGES}/{file.path}"
        with telling(self.output):
            _make_folder(os.path.dirname(target))
            with open(target, "wb") as staged:
                staged.write(file.content)
        return Staged(file.path, digest, is_changed=True, stamp=stamp_at(target))


def bytes_at(path: Path) -> bytes | None:
    """Return the content of a file, or None when it can not be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)


class Room:
    """A staging folder in use: as long as its build is alive no other one takes it for left behind."""

    def __init__(self, output: Path) -> None:
        """Make one within the folder `output`. Raises `OSError`."""
        for _ in range(_TRIES):
            self.path = output / f"{_PREFIX}{os.urandom(4).hex()}"
            self.path.mkdir(mode=0o700)
            self._handle = _held(self.path)
            # Another build may have taken it for left behind before it was held.
            if self._handle is not None and self.path.exists():
                return
            self.leave()
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(output))

    def leave(self) -> None:
        """Let the folder stay as it is, for the next build."""
        _let_go(self._handle)
        self._handle = None

    def remove(self) -> None:
        """Remove the folder, and all that waits there."""
        try:
            shutil.rmtree(self.path, ignore_errors=True)
        finally:
            self.leave()


def room_named(output: Path, name: str) -> Path | None:
    """Return the staging folder of that name within `output`; None where there is none, or only a link to a folder."""
    path = output / name
    return path if _is_staging(name) and path.is_dir() and not path.is_symlink() else None


def is_at_work(room: Path) -> bool:
    """Return whether a build may be using a staging folder, where only the time tells."""
    return time() - room.stat().st_mtime < _AT_WORK_SECONDS


def remove_abandoned(output: Path) -> None:
    """Remove the staging folders of builds that have ended within `output`."""
    with suppress(OSError):
        for room in filter(None, [room_named(output, name) for name in os.listdir(output)]):
            handle = _held(room)
            try:
                # Where nothing can be held there is only the time to go by.
                is_old = handle == _UNHELD and time() - room.stat().st_mtime > _ABANDONED_SECONDS
                if is_old or handle not in {None, _UNHELD}:
                    shutil.rmtree(room, ignore_errors=True)
            finally:
                _let_go(handle)


@contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """Let one build at a time put files in place in `folder`, within a `with`; the others wait.

    Gives whether that is sure: not every system keeps builds apart. What a process held that has ended is free.
    """
    handle = _held(folder, waits=True)
    try:
        yield handle != _UNHELD
    finally:
        _let_go(handle)


# For a folder that nobody else holds, nor can it be held.
_UNHELD = -1


def _held(folder: Path, *, waits: bool = False) -> int | None:
    """Return a file descriptor that holds `folder` as long as it is open, or None when another process does."""
    if sys.platform == "win32":
        return _UNHELD
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        # Whoever may not look into a folder can not hold it: it is somebody else's.
        return _UNHELD if waits else None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        # Not every file system knows locks.
        os.close(handle)
        return _UNHELD
    except BaseException:
        os.close(handle)
        raise
    return handle


def _let_go(handle: int | None) -> None:
    if handle is not None and handle != _UNHELD:
        os.close(handle)


def waiting_in(room: Path) -> Iterator[tuple[str, str]]:
    """Yield what waits in a staging folder: its path in the output, and where it is now.

    Raises `OSError`, also where something waits that no build can have put there.
    """
    for tree in trees_in(room):
        folders = [""]
        while folders:
            below = folders.pop()
            with os.scandir(f"{tree}/{below}") as listed:
                entries = list(listed)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{below}{entry.name}/")
                elif stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                    yield below + entry.name, entry.path
                else:
                    raise OSError(errno.EINVAL, "no regular file", entry.path)


def trees_in(room: Path) -> list[str]:
    """Return the folders with what waits in a staging folder, in the order in which it is put in place."""
    trees = (f"{room}/{tree}" for tree in (_ASSETS, _PAGES))
    return [tree for tree in trees if os.path.isdir(tree) and not os.path.islink(tree)]
