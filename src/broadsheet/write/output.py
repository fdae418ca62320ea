"""The output folder: what is ours in it, what changes, and how it changes all at once.

A manifest in the folder lists the files that Broadsheet wrote. Whatever is not in it belongs to somebody else and is
neither overwritten nor deleted.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from time import time

import msgspec
from msgspec import Struct

from broadsheet.model import MANIFEST, OutputFile
from broadsheet.problems import Place, Problem, SiteError, counted, reason

_STAGING = ".broadsheet-staging-"
_ABANDONED_SECONDS = 24 * 3600
_VERSION = 1


class Manifest(Struct, frozen=True):
    """The files that are ours, by path, with the digest of what we wrote."""

    version: int = _VERSION
    files: dict[str, str] = {}


class Written(Struct, frozen=True):
    """What a build did to the output folder, as counts of files."""

    changed: int
    unchanged: int
    deleted: int


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
        self._staged: list[str] = []
        self._made: set[Path] = set()

    def _read_manifest(self) -> Manifest:
        try:
            manifest = msgspec.json.decode((self._folder / MANIFEST).read_bytes(), type=Manifest)
        except (OSError, msgspec.DecodeError, RecursionError):
            # Unknown is foreign: what a missing or damaged manifest would list is compared, never taken for ours.
            return Manifest()
        if manifest.version != _VERSION:
            return Manifest()
        return Manifest(files={path: digest for path, digest in manifest.files.items() if _is_inner(path)})

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what the system has against a change of the folder into a `SiteError`."""
        try:
            yield
        except OSError as error:
            place = Place(str(error.filename2 or error.filename or self._folder))
            raise SiteError([Problem(place, f"the output can not be written: {reason(error)}")]) from error

    def check(self, paths: Iterable[str]) -> None:
        """Raise `SiteError` when one of `paths` would overwrite, or pass through, something that is not ours."""
        with self._telling():
            problems = self._in_the_way(paths)
        if problems:
            raise SiteError(problems)

    def _in_the_way(self, paths: Iterable[str]) -> list[Problem]:
        wanted = set(paths)
        stale = self._manifest.files.keys() - wanted
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

    def add(self, file: OutputFile) -> bool:
        """Stage `file` when its bytes differ from what is there; return whether they do."""
        digest = blake2b(file.content, digest_size=16).hexdigest()
        self._new[file.path] = digest
        if self._manifest.files.get(file.path) == digest and self._is_there(file):
            return False
        with self._telling():
            (self._staging_folder() / str(len(self._staged))).write_bytes(file.content)
        self._staged.append(file.path)
        return True

    def _is_there(self, file: OutputFile) -> bool:
        try:
            return (self._folder / file.path).read_bytes() == file.content
        except OSError:
            return False

    def commit(self) -> Written:
        """Put every staged file in its place, delete ours that are stale, and note what is ours now."""
        stale = [path for path in self._manifest.files if path not in self._new]
        with self._telling():
            self._replace(stale)
        return Written(len(self._staged), len(self._new) - len(self._staged), len(stale))

    def _replace(self, stale: list[str]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Everything that is ours, before and after: should the next steps be cut short, nothing becomes foreign.
        if self._staged or stale:
            self._write_manifest({**self._manifest.files, **self._new})
        for path in stale:
            self._delete(path)
        for number, path in enumerate(self._staged):
            self._move(self._staging_folder() / str(number), self._folder / path)
        if self._new != self._manifest.files:
            self._write_manifest(self._new)
        self.discard()

    def _staging_folder(self) -> Path:
        """Return the folder of this build's staged files; another build at the same time has its own."""
        if self._staging is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            self._staging = Path(mkdtemp(prefix=_STAGING, dir=self._folder))
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

    def _move(self, staged: Path, target: Path) -> None:
        parent = target.parent
        if parent not in self._made:
            parent.mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        os.replace(staged, target)

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


def _is_inner(path: str) -> bool:
    """Return whether `path` is one that a build can have written: relative, straight, and none of our own files."""
    parts = path.split("/")
    return not {"", ".", ".."} & set(parts) and not parts[0].startswith(".broadsheet") and "\0" not in path
