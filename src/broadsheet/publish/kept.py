"""The last releases that were published from here, for targets that keep none: what `rollback` sends again.

They lie in `SITE/.broadsheet/releases/TARGET/`, one folder each, named in the order of time; a file that two of them
have alike is stored once. All of it may be deleted at any time.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EINVAL, EROFS
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

import msgspec
from msgspec import Struct, structs

from broadsheet.files import make_cache_folder
from broadsheet.last_build import RELEASES_FOLDER
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.building import release_in
from broadsheet.publish.release import Ledger
from broadsheet.publish.sending import Release

_BUILDING = ".building-"
_ABANDONED_SECONDS = 24 * 3600
_FACTS = ".broadsheet-release.json"
_BEGUN = ".begun.json"
# The one that is published, and two to go back to.
_MOST = 3
# Ledgers lie where others may write.
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*").fullmatch


class _Facts(Struct, frozen=True):
    """What is known of a release besides its files."""

    index: str
    source: str
    before: str = ""


class Begun(Struct, frozen=True):
    """A publish or a rollback: the `paths` that readers see otherwise by it, and that nobody was told of so far.

    A rollback is one `back_from` a release `back_to` another, by their names.
    """

    paths: list[str] = []
    back_from: str = ""
    back_to: str = ""


class Kept:
    """The releases of one site for one target."""

    def __init__(self, site: Path, target: str) -> None:
        """Look at nothing yet."""
        self.folder = site / RELEASES_FOLDER / target

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
        if not _NAME(release.name):
            raise OSError(EINVAL, os.strerror(EINVAL))
        before = self.names()
        if before:
            _share(self.folder / before[-1], built)
        facts = _Facts(release.index, release.source, release.before or "")
        (built / _FACTS).write_bytes(msgspec.json.encode(facts))
        _move(built, self.folder / release.name)
        # Clocks are set back: what was just published, and what is gone back to from it, are not old.
        for name in set(self.names()[:-_MOST]) - {release.name, facts.before}:
            self._delete(name)

    def load(self, name: str) -> Release:
        """Return a release that was kept. Raises `SiteError`."""
        folder = self.folder / name
        try:
            facts = msgspec.json.decode((folder / _FACTS).read_bytes(), type=_Facts)
        except (OSError, ValueError, RecursionError):
            message = "the release is damaged"
            raise SiteError([Problem(Place(folder.as_posix()), message, "delete the folder")]) from None
        release = release_in(folder, name=name, index=facts.index, source=facts.source)
        return structs.replace(release, before=facts.before)

    def before(self, ledger: Ledger, place: str) -> str:
        """Return the name of the release to go back to from what `ledger` says is at `place`. Raises `SiteError`."""
        names = self.names()
        before = ledger.before
        if ledger.sending:
            # Cut short: a rollback goes on; what a publish was to replace is the last that was whole.
            begun = self.begun()
            before = begun.back_to if begun.back_from == ledger.release else ledger.release
        if before in names:
            return before
        message = "no release from before is kept here"
        if ledger.release not in names:
            message = "what is published there was not published from here, so nothing is known of what was before it"
        elif before:
            message = f"the release before, {before}, was not published from here, or is kept no longer"
        hint = "build an earlier state of the sources and publish that"
        raise SiteError([Problem(Place(place), message, hint)])

    def begun(self) -> Begun:
        """Return what was begun here, and did not come to its end."""
        try:
            return msgspec.json.decode((self.folder / _BEGUN).read_bytes(), type=Begun)
        except (OSError, ValueError, RecursionError):
            return Begun()

    def begin(self, begun: Begun) -> None:
        """Write down what is about to be done, until it has come to its end."""
        # A site that can only be read has no memory; only who is cut short would need it.
        with suppress(OSError):
            (self.folder / _BEGUN).write_bytes(msgspec.json.encode(begun))

    def end(self) -> None:
        """Forget what was begun: all is done, and what follows it."""
        with suppress(OSError):
            (self.folder / _BEGUN).unlink(missing_ok=True)

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


def _share(before: Path, built: Path) -> None:
    """Store what two releases have alike once, where the file system can do that."""
    try:
        known, items = release_in(before).items, release_in(built).items
    except SiteError:
        return
    # Those that were built: with a search index that the target had already, others may have been published.
    for path, item in items.items():
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
