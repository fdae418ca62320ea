"""The output folder: what is ours in it, what changes, and how it changes all at once.

A manifest in the folder lists the files that Broadsheet wrote. Whatever is not in it belongs to somebody else and is
neither overwritten nor deleted.
"""

import os
import shutil
from collections.abc import Iterable, Set
from pathlib import Path

from msgspec import UNSET

from broadsheet.files import Stamp, digest_at, stamp_at
from broadsheet.model import MANIFEST, OutputFile, Written
from broadsheet.problems import Place, Problem, Severity, SiteError, counted
from broadsheet.write.manifest import Manifest, is_inner, is_unfinished, read_manifest, write_manifest
from broadsheet.write.replacing import blocked_by, put_in_place
from broadsheet.write.staging import (
    Room,
    Staged,
    Staging,
    alone_in,
    bytes_at,
    is_at_work,
    remove_abandoned,
    room_named,
    telling,
    waiting_in,
)


class Output:
    """One build's view of an output folder. Nothing in it changes before `commit`."""

    def __init__(self, folder: Path) -> None:
        """Look at `folder`, which need not exist. Raises `SiteError` when it is no folder."""
        self._folder = folder
        self._room: Room | None = None
        self._has_begun = False
        if folder.exists() and not folder.is_dir():
            raise SiteError([Problem(Place(str(folder)), "the output is a file, not a folder", "choose another")])
        self._is_new = not folder.exists()
        self._manifest = read_manifest(folder)
        self._new: dict[str, str] = {}
        self._changed: list[str] = []
        self._stamps: dict[str, Stamp | None] = {}

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
        outside = min((path for path in paths if not is_inner(path)), default=None)
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
            blocked = blocked_by(target.parent, checked)
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
            ours = read_manifest(self._folder).files
            foreign = [path for path in foreign if path not in ours]
        if foreign:
            message = f"{counted(len(foreign), 'file')} of the output folder would be overwritten, first {foreign[0]}"
            hint = "Broadsheet did not write it: empty the folder, or choose another with --output"
            problems.append(Problem(Place(str(self._folder)), message, hint))
        return problems

    def _holds_only(self, folder: Path, stale: Set[str]) -> bool:
        files = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        return all(file.relative_to(self._folder).as_posix() in stale for file in files)

    def staging(self) -> Staging:
        """Return where changed files wait for `commit`."""
        with telling(self._folder):
            return Staging(self._staging_room().path, self._folder, self._manifest.files)

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
        """Put every staged file in its place, delete ours that are stale, and note what is ours now.

        Raises `SiteError`. Once it has begun it is not taken back: what is left of it `finish` does.
        """
        stale = [path for path in self._manifest.files if path not in self._new]
        with telling(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with alone_in(self._folder):
                self._replace(has_changes=bool(self._changed or stale))
        return Written(len(self._changed), len(self._new) - len(self._changed), len(stale))

    def _replace(self, *, has_changes: bool) -> None:
        # What another build has put here since this one looked stays its own, and ours: the next one knows better.
        since = read_manifest(self._folder)
        others = {path: digest for path, digest in since.files.items() if path not in self._manifest.files}
        after = Manifest(files={**others, **self._new})
        if has_changes:
            room = self._staging_room().path
            # Everything that is ours, before and after: whatever becomes of the next steps, nothing becomes foreign.
            both = Manifest(unfinished=room.name, files={**self._manifest.files, **after.files})
            # All that takes room is written before anything changes.
            aside = room / "begun.json"
            (room / MANIFEST).write_bytes(after.encoded())
            aside.write_bytes(both.encoded())
            self._has_begun = True
            try:
                os.replace(aside, self._folder / MANIFEST)
            except OSError:
                self._has_begun = False
                raise
            put_in_place(room, self._folder, both, after)
        elif after != since:
            write_manifest(after, self._staging_room().path, self._folder)
        self._has_begun = False
        self.discard()

    def _staging_room(self) -> Room:
        """Return where this build's staged files wait; another build at the same time has its own."""
        if self._room is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._room = Room(self._folder)
        return self._room

    def discard(self) -> None:
        """Forget what is staged: the folder stays as it was. A commit that has begun is left to `finish`."""
        if self._room is not None:
            if self._has_begun:
                self._room.leave()
                return
            self._room.remove()
            self._room = None
        if self._is_new and self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()


def finish(folder: Path) -> tuple[Problem, ...]:
    """Do what is left of a commit to the output `folder` that was cut short, and tell so in a note.

    What builds have left there that ended before their commit goes. Raises `SiteError`.
    """
    if not folder.is_dir():
        return ()
    with telling(folder), alone_in(folder) as is_sure:
        notes = []
        if is_unfinished(folder):
            manifest = read_manifest(folder)
            room = room_named(folder, manifest.unfinished) if manifest.unfinished is not UNSET else None
            if room and not is_sure and is_at_work(room):
                return ()
            notes.append(_finished(folder, manifest, room))
        remove_abandoned(folder)
    return tuple(notes)


def _finished(folder: Path, manifest: Manifest, room: Path | None) -> Problem:
    journal = _journal(manifest, room) if room else None
    if room and journal:
        waiting, after = journal
        Output(folder).check(waiting, after.files)
        put_in_place(room, folder, manifest, after)
        message = "a build before this one was cut short: what was left of it is in place now"
    else:
        anew = Room(folder)
        try:
            write_manifest(Manifest(files=manifest.files), anew.path, folder)
        finally:
            anew.remove()
        message = "a build before this one was cut short, and what it left is of no use: every file is compared anew"
    if room:
        shutil.rmtree(room, ignore_errors=True)
    return Problem(Place(str(folder)), message, severity=Severity.NOTE)


def _journal(manifest: Manifest, room: Path) -> tuple[list[str], Manifest] | None:
    """Return which files still wait in the staging folder `room`, and the manifest of when they are in their places.

    None where these are not what a build left there: the power may have failed, or somebody has made them up.
    """
    try:
        after = read_manifest(room) if not (room / MANIFEST).is_symlink() else Manifest()
        waiting = dict(waiting_in(room))
    except OSError:
        return None
    is_known = after.files and after.files.keys() <= manifest.files.keys()
    if not is_known or any(digest_at(place) != after.files.get(path) for path, place in waiting.items()):
        return None
    return list(waiting), after


def differing_files(folder: Path, other: Path, but: str = "") -> list[str]:
    """Return the paths, in order, of our files that only one of two output folders has, or that differ in a byte.

    Those that begin with `but` are not looked at.
    """
    paths = Output(folder).paths() | Output(other).paths()
    if but:
        paths = {path for path in paths if not path.startswith(but)}
    return sorted(path for path in paths if bytes_at(folder / path) != bytes_at(other / path))
