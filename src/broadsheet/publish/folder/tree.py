"""The files below a folder of this machine: known by content, written whole, and for one publish at a time."""

import errno
import os
import shutil
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress

from broadsheet.files import digest_at
from broadsheet.problems import Place, Problem, SiteError, reason
from broadsheet.publish.release import Found, Ledger
from broadsheet.publish.target import Say
from broadsheet.text import folders_above, path_key

_HINTS = {
    errno.ENOSPC: "make room, and publish again: what has arrived is not written again",
    errno.EDQUOT: "make room, and publish again: what has arrived is not written again",
    errno.EROFS: "check who may write there",
    errno.EACCES: "check who may write there",
    errno.EPERM: "check who may write there",
}
_LONGEST_NAME = 255
# From so many folders on it is quicker to have all of the system's files on the disk than each of them.
_MANY_FOLDERS = 50


@contextmanager
def telling(place: str) -> Iterator[None]:
    """Turn what the system has against work at the target `place` into a `SiteError`."""
    try:
        yield
    except OSError as error:
        at = Place(os.fsdecode(error.filename2 or error.filename or place))
        message = f"the target can not be worked with: {reason(error)}"
        raise SiteError([Problem(at, message, _HINTS.get(error.errno or 0, ""))]) from error


def tag_of(facts: os.stat_result) -> str:
    """Return what tells, without a look into it, that a file is the one that it was; links to it share it."""
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def facts_at(path: str) -> os.stat_result | None:
    """Return the facts of what stands at `path`, of a link itself, or None when nothing does. Raises `OSError`."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        # Whoever writes a ledger may name in it what there can not be.
        if error.errno == errno.ENAMETOOLONG:
            return None
        raise


def found_in(folder: str, ledger: Ledger, wanted: Iterable[str]) -> dict[str, Found]:
    """Return what lies in `folder`, by path, of all that the `ledger` names and of what is `wanted`.

    What only a link leads to does not lie there. A file is read where its tag is not that of the ledger.
    """
    real = {"": os.path.isdir(folder)}
    found = {}
    for path in sorted({*wanted, *ledger.files, *ledger.sending}):
        facts = facts_at(f"{folder}/{path}") if _is_real(folder, os.path.dirname(path), real) else None
        if facts is None or stat.S_ISDIR(facts.st_mode):
            continue
        tag, sent = tag_of(facts), ledger.files.get(path)
        if not stat.S_ISREG(facts.st_mode):
            found[path] = Found("", facts.st_size)
        elif sent is not None and sent.tag == tag:
            found[path] = Found(sent.mark, facts.st_size, tag)
        else:
            found[path] = Found(digest_at(f"{folder}/{path}"), facts.st_size, tag)
    return found


def _is_real(folder: str, below: str, known: dict[str, bool]) -> bool:
    """Return whether `below` is a folder within `folder`, and no link leads there."""
    if below not in known:
        is_inside = _is_real(folder, os.path.dirname(below), known)
        known[below] = is_inside and is_folder(f"{folder}/{below}")
    return known[below]


def is_folder(path: str) -> bool:
    """Return whether a folder stands at `path`, and no link to one. Raises `OSError`."""
    facts = facts_at(path)
    return facts is not None and stat.S_ISDIR(facts.st_mode)


def ours_to_go(ledger: Ledger, found: dict[str, Found], release: Collection[str]) -> set[str]:
    """Return the paths of files that are ours and that the `release` does not have."""
    return {path for path, there in found.items() if path not in release and ledger.is_ours(path, there.mark)}


def in_the_way(folder: str, paths: Iterable[str], going: Collection[str]) -> list[Problem]:
    """Return a problem for all that stands in `folder` where a folder for one of `paths`, or the file, has to be.

    What is `going` stands in nobody's way.
    """
    problems: dict[str, Problem] = {}
    for path in sorted(paths):
        above = folders_above(path)
        blocked = next((part for part in above if not is_folder(f"{folder}/{part}")), None)
        if blocked is not None:
            if facts_at(f"{folder}/{blocked}") is not None and blocked not in going:
                message = f"the site needs a folder here, for {path}"
                problems[blocked] = Problem(Place(f"{folder}/{blocked}"), message, "move it away")
        elif is_folder(f"{folder}/{path}"):
            inside = [inner for inner in files_in(f"{folder}/{path}") if f"{path}/{inner}" not in going]
            if inside:
                message = f"a folder stands where the file {path} goes, and we did not publish {inside[0]} in it"
                problems[path] = Problem(Place(f"{folder}/{path}"), message, "move it away")
    return list(problems.values())


def files_in(folder: str) -> Iterator[str]:
    """Yield the paths of all that lies in `folder` at any depth and is no folder; a link to a folder is none."""
    yield from (path for path in _walk(folder, "") if not path.endswith("/"))


def leaves_in(folder: str) -> Iterator[str]:
    """Yield the paths as `files_in` does, and those of empty folders, with a `/` at their end."""
    yield from _walk(folder, "")


def _walk(folder: str, below: str) -> Iterator[str]:
    with os.scandir(f"{folder}/{below}") as listed:
        entries = sorted(listed, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder, f"{below}{entry.name}/")
        else:
            yield below + entry.name
    if not entries and below:
        yield below


def write_new(path: str, content: bytes) -> str:
    """Write a file where none is, all the way to the disk, and return its tag. Raises `OSError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o644), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        return tag_of(os.fstat(file.fileno()))


def sync(path: str) -> None:
    """Have a file or the names in a folder on the disk. Raises `OSError`."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        if not os.path.isdir(path):
            raise
        # Some systems open no folders.
        return
    try:
        os.fsync(handle)
    except OSError as error:
        # And some write no folders down when asked to.
        if error.errno not in {errno.EINVAL, errno.EBADF, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)


def sync_folders(folders: Collection[str]) -> None:
    """Have the names in `folders` on the disk. Raises `OSError`."""
    if len(folders) > _MANY_FOLDERS and hasattr(os, "sync"):
        os.sync()
    else:
        for folder in folders:
            sync(folder)


def make_folders(folder: str, path: str) -> None:
    """Make the folders within `folder` that the file at `path` lies in. Raises `OSError`, also where a link stands."""
    for part in folders_above(path):
        if not is_folder(f"{folder}/{part}"):
            os.mkdir(f"{folder}/{part}", mode=0o755)


def remove(path: str) -> None:
    """Remove a file or a link that may be gone already. Raises `OSError`."""
    with suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(path)


def remove_empty_above(folder: str, path: str) -> None:
    """Remove the folders within `folder` that the file at `path` lay in, as far as they are empty."""
    for part in reversed(folders_above(path)):
        if os.path.islink(f"{folder}/{part}"):
            return
        try:
            os.rmdir(f"{folder}/{part}")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return


def put_beside(source: str, target: str) -> None:
    """Give what stands at `source` a second name, `target`, or copy it where it can have none. Raises `OSError`."""
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return
    try:
        os.link(source, target)
    except (FileExistsError, FileNotFoundError, NotADirectoryError):
        raise
    except OSError:
        # On another file system, on one without second names, one name too many, not our own.
        shutil.copy2(source, target, follow_symlinks=False)
        sync(target)


def too_long(place: str, paths: Iterable[str]) -> list[Problem]:
    """Return a problem for every one of `paths` with a part that file systems have no room for."""
    problems = []
    for path in sorted(paths):
        longest = max(len(os.fsencode(part)) for part in path.split("/"))
        if longest > _LONGEST_NAME:
            message = f"a name of {longest} bytes is too long for a folder, which has room for {_LONGEST_NAME}: {path}"
            problems.append(Problem(Place(place), message, "give it a shorter name"))
    return problems


def same_but_for_case(aside: str, place: str, paths: Iterable[str]) -> list[Problem]:
    """Return a problem for every two of `paths` that are one file at the target `place`.

    Whether cases are told apart there is tried out in the folder `aside`, which is ours.
    """
    seen: dict[str, str] = {}
    pairs = [(first, path) for path in sorted(paths) if (first := seen.setdefault(path_key(path), path)) != path]
    if not pairs or not _ignores_case(aside):
        return []
    return [
        Problem(Place(place), f"{first} and {second} are the same file here", "give one of them another name")
        for first, second in pairs
    ]


def _ignores_case(aside: str) -> bool:
    write_new(f"{aside}/case", b"")
    try:
        return os.path.exists(f"{aside}/CASE")
    finally:
        os.unlink(f"{aside}/case")


@contextmanager
def locked(path: str, place: str, say: Say) -> Iterator[None]:
    """Hold the lock that is the file at `path`, within a `with`; the system frees what a process held that ended."""
    with telling(place):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        with telling(place):
            _lock(handle, place, say)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":

    def _lock(handle: int, place: str, say: Say) -> None:
        say(f"{place}: nothing keeps two publishes apart here: take care that there is one")

else:
    import fcntl

    def _lock(handle: int, place: str, say: Say) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{place}: another publish is at work; waiting for its end")
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            # Not every file system knows locks.
            say(f"{place}: nothing keeps two publishes apart here ({reason(error)}): take care that there is one")
