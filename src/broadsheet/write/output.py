"""The output folder: what is ours in it, what changes, and how it changes all at once.

A manifest in the folder lists the files that Broadsheet wrote. Whatever is not in it belongs to somebody else and is
neither overwritten nor deleted.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from time import time

import msgspec
from msgspec import Struct

from broadsheet.files import Stamp, content_digest, stamp_at
from broadsheet.model import MANIFEST, OutputFile, Written
from broadsheet.problems import Place, Problem, SiteError, counted, reason

_STAGING = ".broadsheet-staging-"
# Apart from the manifest, which waits there too.
_TREE = "files"
_ABANDONED_SECONDS = 24 * 3600
_VERSION = 1


class Manifest(Struct, frozen=True):
    """The files that are ours, by path, with the digest of what we wrote."""

    version: int = _VERSION
    files: dict[str, str] = {}


class Staged(Struct, frozen=True, array_like=True, gc=False):
    """A file that was looked at: its path, the digest of its bytes, and whether they differ from what is there.

    `stamp` is that of the file that waits, or of the one that stays.
    """

    path: str
    digest: str
    is_changed: bool
    stamp: Stamp | None


class Staging(Struct, frozen=True):
    """Where files wait until all are there: a folder within the output, of one build alone. Any process may fill it."""

    folder: Path
    output: Path
    ours: dict[str, str]

    def put(self, file: OutputFile) -> Staged:
        """Put `file` here when its bytes differ from what is in the output. Raises `SiteError`."""
        digest = content_digest(file.content)
        there = stamp_at(f"{self.output}/{file.path}") if self.ours.get(file.path) == digest else None
        if there and _bytes_at(self.output / file.path) == file.content:
            return Staged(file.path, digest, is_changed=False, stamp=there)
        target = f"{self.folder}/{file.path}"
        with telling(self.output):
            _make_folder(os.path.dirname(target))
            with open(target, "wb") as staged:
                staged.write(file.content)
        return Staged(file.path, digest, is_changed=True, stamp=stamp_at(target))


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)


@contextmanager
def telling(folder: Path) -> Iterator[None]:
    """Turn what the system has against a change of the output `folder` into a `SiteError`."""
    try:
        yield
    except OSError as error:
        place = Place(str(error.filename2 or error.filename or folder))
        raise SiteError([Problem(place, f"the output can not be written: {reason(error)}")]) from error


class Output:
    """One build's view of an output folder. Nothing in it changes before `commit`."""

    def __init__(self, folder: Path) -> None:
        """Look at `folder`, which need not exist. Raises `SiteError` when it is no folder."""
        self._folder = folder
        self._staging: Path | None = None
        if folder.exists() and not folder.is_dir():
            raise SiteError([Problem(Place(str(folder)), "the output is a file, not a folder", "choose another")])
        self._is_new = not folder.exists()
        self._manifest = self._read_manifest()
        self._new: dict[str, str] = {}
        self._changed: list[str] = []
        self._stamps: dict[str, Stamp | None] = {}

    def _read_manifest(self) -> Manifest:
        try:
            manifest = msgspec.json.decode((self._folder / MANIFEST).read_bytes(), type=Manifest)
        except (OSError, msgspec.DecodeError, RecursionError):
            # Unknown is foreign: what a missing or damaged manifest would list is compared, never taken for ours.
            return Manifest()
        if manifest.version != _VERSION:
            return Manifest()
        return Manifest(files={path: digest for path, digest in manifest.files.items() if _is_inner(path)})

    def paths(self) -> set[str]:
        """Return the paths of the files that are ours."""
        return set(self._manifest.files)

    def digests(self) -> dict[str, str]:
        """Return the digest of every file that is ours, by path, as it was written."""
        return dict(self._manifest.files)

    def is_ours(self, path: str, digest: str) -> bool:
        """Return whether the manifest has `path` with this `digest` of its bytes."""
        return self._manifest.files.get(path) == digest

    def check(self, paths: Iterable[str], kept: Iterable[str] = ()) -> None:
        """Raise `SiteError` when one of `paths` would overwrite, or pass through, something that is not ours.

        `kept` are ours that stay: all others of ours may go. A path that leads out is refused too.
        """
        paths = set(paths)
        outside = min((path for path in paths if not _is_inner(path)), default=None)
        if outside is not None:
            # No name that reading lets through can do this.
            message = f"a file would be written outside of the output folder, as {outside!r}"
            hint = "somebody has made up the cache: delete the folder .broadsheet of the site"
            raise SiteError([Problem(Place(str(self._folder)), message, hint)])
        if self._is_new:
            return
        with telling(self._folder):
            problems = self._in_the_way(paths, set(kept))
        if problems:
            raise SiteError(problems)

    def _in_the_way(self, wanted: set[str], kept: set[str]) -> list[Problem]:
        stale = self._manifest.files.keys() - wanted - kept
        problems = []
        foreign = []
        checked = {self._folder}
        for path in sorted({*wanted, MANIFEST}):
            target = self._folder / path
            blocked = self._blocked_by(target.parent, checked)
            if blocked is not None and blocked.relative_to(self._folder).as_posix() not in stale:
                message = f"the output needs a folder here for {path}"
                problems.append(Problem(Place(str(blocked)), message, "move it away"))
            elif blocked is None and target.is_dir() and not target.is_symlink():
                if not self._holds_only(target, stale):
                    message = f"a folder stands where the file {path} goes"
                    problems.append(Problem(Place(str(target)), message, "move it away"))
            elif path not in self._manifest.files and path != MANIFEST and (target.is_symlink() or target.exists()):
                foreign.append(path)
        if foreign:
            # Another build of the same site may have come in between: it says what is ours before it writes.
            ours = self._read_manifest().files
            foreign = [path for path in foreign if path not in ours]
        if foreign:
            message = f"{counted(len(foreign), 'file')} of the output folder would be overwritten, first {foreign[0]}"
            hint = "Broadsheet did not write it: empty the folder, or choose another with --output"
            problems.append(Problem(Place(str(self._folder)), message, hint))
        return problems

    def _holds_only(self, folder: Path, stale: Set[str]) -> bool:
        files = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        return all(file.relative_to(self._folder).as_posix() in stale for file in files)

    def _blocked_by(self, folder: Path, checked: set[Path]) -> Path | None:
        """Return what stands in the way of `folder`: a file, or a link that leads out."""
        above = []
        while folder not in checked:
            above.append(folder)
            folder = folder.parent
        for part in reversed(above):
            if part.is_symlink() or (part.exists() and not part.is_dir()):
                return part
            checked.add(part)
        return None

    def staging(self) -> Staging:
        """Return where changed files wait for `commit`."""
        with telling(self._folder):
            return Staging(self._staging_folder() / _TREE, self._folder, self._manifest.files)

    def add(self, file: OutputFile) -> Staged:
        """Stage `file` when its bytes differ from what is there."""
        staged = self.staging().put(file)
        self.take(staged)
        return staged

    def take(self, staged: Staged) -> None:
        """Count a file that somebody put into the staging folder, or found there already, to the new output."""
        self._new[staged.path] = staged.digest
        self._stamps[staged.path] = staged.stamp
        if staged.is_changed:
            self._changed.append(staged.path)

    def digest(self, path: str) -> str:
        """Return the digest of a file of the new output."""
        return self._new[path]

    def stamp(self, path: str) -> Stamp | None:
        """Return the stamp of a file that was put in its place; None when another build's stands there by now."""
        staged, now = self._stamps[path], stamp_at(f"{self._folder}/{path}")
        # To be moved is a change of the file too, but none of its content.
        same = staged is not None and now is not None and (staged[:2], staged[3]) == (now[:2], now[3])
        return now if same else None

    def keep(self, path: str, digest: str) -> None:
        """Count a file of ours that stays as it is, with the `digest` of its bytes, to the new output."""
        self._new[path] = digest

    def commit(self) -> Written:
        """Put every staged file in its place, delete ours that are stale, and note what is ours now."""
        stale = [path for path in self._manifest.files if path not in self._new]
        with telling(self._folder):
            self._replace(stale)
        return Written(len(self._changed), len(self._new) - len(self._changed), len(stale))

    def _replace(self, stale: list[str]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Everything that is ours, before and after: should the next steps be cut short, nothing becomes foreign.
        # What another build has put here since this one looked stays its own, and ours: the next one knows better.
        since = self._read_manifest().files
        others = {path: digest for path, digest in since.items() if path not in self._manifest.files}
        if self._changed or stale:
            self._write_manifest({**self._manifest.files, **others, **self._new})
        for path in stale:
            self._delete(path)
        if self._changed:
            _merge(str(self._staging_folder() / _TREE), str(self._folder))
        if {**others, **self._new} != self._manifest.files:
            self._write_manifest({**others, **self._new})
        self.discard()

    def _staging_folder(self) -> Path:
        """Return the folder of this build's staged files; another build at the same time has its own."""
        if self._staging is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            self._staging = self._folder / f"{_STAGING}{os.urandom(4).hex()}"
            self._staging.mkdir(mode=0o700)
        return self._staging

    def _remove_abandoned(self) -> None:
        for folder in self._folder.glob(f"{_STAGING}*"):
            if folder.is_dir() and not folder.is_symlink() and time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)

    def discard(self) -> None:
        """Forget what is staged: the folder stays as it was."""
        if self._staging is not None:
            shutil.rmtree(self._staging, ignore_errors=True)
            self._staging = None
        if self._is_new and self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _write_manifest(self, files: dict[str, str]) -> None:
        content = msgspec.json.format(msgspec.json.encode(Manifest(files=dict(sorted(files.items())))), indent=0)
        # In the staging folder, which is ours alone: what stands anywhere else could be a link that leads out.
        aside = self._staging_folder() / MANIFEST
        aside.write_bytes(content + b"\n")
        os.replace(aside, self._folder / MANIFEST)

    def _delete(self, path: str) -> None:
        """Delete one of our files, and the folders that it leaves empty."""
        target = self._folder / path
        if self._blocked_by(target.parent, {self._folder}) or (target.is_dir() and not target.is_symlink()):
            return
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self._folder:
                break
            try:
                folder.rmdir()
            except OSError:
                break


def _merge(staged: str, target: str) -> None:
    """Move all that lies in the folder `staged` into the folder `target`, whole folders at once where they are new."""
    with os.scandir(staged) as listed:
        # Whole, before anything is taken out of it: not every system lists on as if nothing had happened.
        entries = list(listed)
    for entry in entries:
        place = f"{target}/{entry.name}"
        if not entry.is_dir(follow_symlinks=False):
            os.replace(entry.path, place)
            continue
        try:
            # A folder takes the place of none but an empty one.
            os.rename(entry.path, place)
        except OSError:
            if not os.path.isdir(place):
                raise
            _merge(entry.path, place)


def _is_inner(path: str) -> bool:
    """Return whether `path` is one that a build can have written: relative, straight, and none of our own files."""
    parts = path.split("/")
    return not {"", ".", ".."} & set(parts) and not parts[0].startswith(".broadsheet") and "\0" not in path


def differing_files(folder: Path, other: Path, but: str = "") -> list[str]:
    """Return the paths, in order, of our files that only one of two output folders has, or that differ in a byte.

    Those that begin with `but` are not looked at.
    """
    paths = Output(folder).paths() | Output(other).paths()
    if but:
        paths = {path for path in paths if not path.startswith(but)}
    return sorted(path for path in paths if _bytes_at(folder / path) != _bytes_at(other / path))


def _bytes_at(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
