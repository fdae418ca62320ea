"""The last releases that were published from here, for targets that keep none: what `rollback` sends again.

They lie in `SITE/.broadsheet/releases/TARGET/`, one folder each, named in the order of time; a file that two of them
have alike is stored once. All of it may be deleted at any time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EROFS
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

import msgspec
from msgspec import Struct

from broadsheet.files import make_cache_folder
from broadsheet.last_build import CACHE_FOLDER
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.building import release_in
from broadsheet.publish.release import Ledger
from broadsheet.publish.sending import Release

_FOLDER = "releases"
_BUILDING = ".building-"
_ABANDONED_SECONDS = 24 * 3600
_FACTS = ".broadsheet-release.json"
# The one that is published, and two to go back to.
_MOST = 3


class _Facts(Struct, frozen=True):
    """What is known of a release besides its files."""

    index: str
    source: str


class Kept:
    """The releases of one site for one target."""

    def __init__(self, site: Path, target: str) -> None:
        """Look at nothing yet."""
        self.folder = site / CACHE_FOLDER / _FOLDER / target

    def names(self) -> list[str]:
        """Return the names of the releases, the oldest first."""
        try:
            return sorted(path.parent.name for path in self.folder.glob(f"*/{_FACTS}"))
        except OSError:
            return []

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """Give a folder to build in, beside the others where there can be any, within a `with`."""
        try:
            make_cache_folder(self.folder.parent.parent)
            self.folder.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            place = TemporaryDirectory(prefix=_BUILDING, dir=self.folder, ignore_cleanup_errors=True)
        except OSError:
            # A site that can only be read is published all the same.
            place = TemporaryDirectory(prefix="broadsheet-", ignore_cleanup_errors=True)
        with place as folder:
            yield Path(folder) / "built"

    def keep(self, release: Release, built: Path) -> None:
        """Move the folder that a release was `built` in to the others, all but the last few of which go.

        Raises `OSError`.
        """
        if not self.folder.is_dir():
            raise OSError(EROFS, os.strerror(EROFS))
        before = self.names()
        if before:
            _share(self.folder / before[-1], built, release)
        (built / _FACTS).write_bytes(msgspec.json.encode(_Facts(release.index, release.source)))
        _move(built, self.folder / release.name)
        for name in self.names()[:-_MOST]:
            self._delete(name)

    def load(self, name: str) -> Release:
        """Return a release that was kept. Raises `SiteError`."""
        folder = self.folder / name
        try:
            facts = msgspec.json.decode((folder / _FACTS).read_bytes(), type=_Facts)
        except (OSError, msgspec.DecodeError):
            message = "the release is damaged"
            raise SiteError([Problem(Place(folder.as_posix()), message, "delete the folder")]) from None
        return release_in(folder, name=name, index=facts.index, source=facts.source)

    def before(self, ledger: Ledger, place: str) -> str:
        """Return the name of the release to go back to from what `ledger` says is at `place`. Raises `SiteError`."""
        names = self.names()
        hint = "build an earlier state of the sources and publish that"
        if ledger.release not in names:
            message = "what is published there was not published from here, so nothing is known of what was before it"
            raise SiteError([Problem(Place(place), message, hint)])
        if ledger.sending:
            # A publish that was cut short: what it was to replace is the last that was whole.
            return ledger.release
        at = names.index(ledger.release)
        if at == 0:
            raise SiteError([Problem(Place(place), "no release from before is kept here", hint)])
        return names[at - 1]

    def forget_after(self, name: str) -> None:
        """Delete what is newer than a release that is published again."""
        for newer in self.names():
            if newer > name:
                self._delete(newer)

    def _remove_abandoned(self) -> None:
        for folder in self.folder.glob(f"{_BUILDING}*"):
            with suppress(OSError):
                if time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)

    def _delete(self, name: str) -> None:
        # What can not be deleted now is in nobody's way.
        shutil.rmtree(self.folder / name, ignore_errors=True)


def _share(before: Path, built: Path, release: Release) -> None:
    """Store what two releases have alike once, where the file system can do that."""
    try:
        known = release_in(before).items
    except SiteError:
        return
    for path, item in release.items.items():
        if path in known and known[path].digest == item.digest:
            aside = built / ".broadsheet-shared"
            try:
                os.link(before / path, aside)
                os.replace(aside, built / path)
            except OSError:
                # A second copy is as good.
                return


def _move(folder: Path, to: Path) -> None:
    try:
        os.rename(folder, to)
    except OSError:
        # From another file system: whole, or not at all.
        aside = to.with_name(f".{to.name}")
        shutil.copytree(folder, aside)
        os.rename(aside, to)
