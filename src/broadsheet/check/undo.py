"""Files of a site written anew, and what they were before: so that it can be undone, also when it is cut short.

Originals are kept in `SITE/.broadsheet/undo/<number>/files`, and all of them before the first file is written. Nothing
that a journal says is believed: what it leads to has to lie in the site, and to be what was written there.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_IMODE, S_ISREG

import msgspec
from msgspec import Struct

from broadsheet.files import content_digest, make_cache_folder, write_whole
from broadsheet.last_build import CACHE_FOLDER
from broadsheet.problems import Place, Problem, Severity, SiteError, reason
from broadsheet.read.disk import Disk

_FOLDER = "undo"
_JOURNAL = "journal.json"
_FILES = "files"
_MOST = 20


class Change(Struct, frozen=True):
    """A file that gets other content: its path as it is shown, where it really lies, what it holds and is to hold."""

    file: str
    path: Path
    before: bytes
    after: bytes


class _Kept(Struct):
    """A file below the site: the digests of what it held, and of all that was, or was to be, written to it since."""

    path: str
    before: str
    after: list[str]


class _Journal(Struct):
    files: list[_Kept] = []


class Undo:
    """What one run writes, and what makes it undone."""

    def __init__(self, site: Path) -> None:
        """Keep nothing yet."""
        self._site = site
        self._home = os.path.realpath(site)
        self._kept: dict[str, _Kept] = {}
        self._folder: Path | None = None

    def write(self, changes: Sequence[Change]) -> tuple[list[str], tuple[Problem, ...]]:
        """Write `changes`, each file whole or not at all; return the files that were, and why others were not.

        Raises `SiteError`, with nothing written, when it could not be undone.
        """
        try:
            self._keep(changes)
        except OSError as error:
            place = Place(str(error.filename or self._site / CACHE_FOLDER))
            message = f"what is mended could not be undone, so nothing is: {reason(error)}"
            raise SiteError([Problem(place, message, "make room for the folder .broadsheet of the site")]) from error
        written, problems = [], []
        for change in changes:
            why = _replaced(change.path, [content_digest(change.before)], change.after)
            if why:
                problems.append(_left(change.file, why))
            else:
                written.append(change.file)
        return written, tuple(problems)

    def _keep(self, changes: Sequence[Change]) -> None:
        folder = self._folder = self._folder or _new_folder(self._site)
        for change in changes:
            path = Path(os.path.relpath(change.path, self._home)).as_posix()
            before, after = content_digest(change.before), content_digest(change.after)
            kept = self._kept.get(path)
            if kept is not None:
                kept.after.append(after)
                continue
            original = folder / _FILES / path
            original.parent.mkdir(parents=True, exist_ok=True)
            original.write_bytes(change.before)
            self._kept[path] = _Kept(path, before, [after])
        journal = msgspec.json.format(msgspec.json.encode(_Journal(list(self._kept.values()))))
        write_whole(folder / _JOURNAL, journal)


def undone(site: Path) -> tuple[list[str], tuple[Problem, ...]] | None:
    """Put back the last fix of a site: return the files that were, and why others were not; None when there is none.

    Raises `SiteError` when what was kept can not be used.
    """
    folder = next((folder for folder in reversed(_folders(site)) if (folder / _JOURNAL).is_file()), None)
    if folder is None:
        return None
    try:
        journal = msgspec.json.decode((folder / _JOURNAL).read_bytes(), type=_Journal)
    except (OSError, ValueError, RecursionError) as error:
        raise SiteError([Problem(Place(str(folder / _JOURNAL)), "what was kept of the last fix is damaged")]) from error
    put_back, problems = [], []
    for kept in journal.files:
        shown = (site / kept.path).as_posix()
        why = _put_back(site, folder, kept)
        if why:
            problems.append(_left(shown, why, f"what it was is in {(folder / _FILES).as_posix()}"))
        else:
            put_back.append(shown)
    if problems:
        # The originals stay for whoever wants to look; the next time it is the fix before that is undone.
        os.replace(folder / _JOURNAL, folder / f"undone-{_JOURNAL}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return put_back, tuple(problems)


def _put_back(site: Path, folder: Path, kept: _Kept) -> str:
    """Put a file back; return why that can not be, the empty string where it is what it was."""
    path = Path(os.path.realpath(site / kept.path))
    parts = PurePosixPath(kept.path).parts
    if ".." in parts or parts[:1] == (CACHE_FOLDER,) or not is_inner(path, site):
        return "it is not in the site"
    original = Disk().content(folder / _FILES / kept.path)
    if original is None or content_digest(original) != kept.before:
        return "what was kept of it is damaged"
    return _replaced(path, [kept.before, *kept.after], original)


def is_inner(path: Path, site: Path) -> bool:
    """Return whether the real `path` lies below the folder of the site."""
    return Path(os.path.realpath(site)) in path.parents


def _left(file: str, why: str, hint: str = "") -> Problem:
    return Problem(Place(file), f"the file stays as it is: {why}", hint, Severity.WARNING)


def _new_folder(site: Path) -> Path:
    """Return a new folder to keep originals in; the oldest ones go. Raises `OSError`."""
    make_cache_folder(site / CACHE_FOLDER)
    make_cache_folder(site / CACHE_FOLDER / _FOLDER)
    folders = _folders(site)
    for folder in folders[: 1 - _MOST]:
        shutil.rmtree(folder, ignore_errors=True)
    for number in count(int(folders[-1].name) + 1 if folders else 1):
        folder = site / CACHE_FOLDER / _FOLDER / str(number)
        # Another run may have come in between.
        with suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError


def _folders(site: Path) -> list[Path]:
    """Return the folders of what was kept, the oldest first."""
    above = site / CACHE_FOLDER / _FOLDER
    if above.is_symlink() or above.parent.is_symlink():
        return []
    found = (path for path in above.glob("[0-9]*") if path.name.isascii() and path.name.isdecimal())
    return sorted((path for path in found if path.is_dir() and not path.is_symlink()), key=lambda path: int(path.name))


def _replaced(path: Path, known: Sequence[str], content: bytes) -> str:
    """Give the file at `path` new `content` if the digest of what it holds is `known`; return why that can not be."""
    aside = path.with_name(f".tmp-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        facts = os.lstat(path)
        if not S_ISREG(facts.st_mode):
            return "it is no regular file any more"
        if not os.access(path, os.W_OK):
            return "it may not be written"
        try:
            with open(aside, "xb") as file:
                file.write(content)
            _take_after(aside, facts)
            # As late as can be: somebody may be writing to it, too.
            if content_digest(path.read_bytes()) not in known:
                return "it has changed since"
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except FileNotFoundError:
        return "it is not there any more"
    except OSError as error:
        return reason(error)
    return ""


def _take_after(path: Path, facts: os.stat_result) -> None:
    """Give a file the mode of another one, and its owner where that is allowed. Raises `OSError`."""
    if hasattr(os, "chown"):
        for owner in (facts.st_uid, -1):
            with suppress(PermissionError):
                os.chown(path, owner, facts.st_gid)
                break
    os.chmod(path, S_IMODE(facts.st_mode))
