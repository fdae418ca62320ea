"""A folder whose files are replaced one by one: each is written aside, in the folder itself, and renamed."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from broadsheet.problems import Problem, SiteError
from broadsheet.publish.folder.tree import (
    facts_at,
    found_in,
    in_the_way,
    is_folder,
    locked,
    make_folders,
    ours_to_go,
    remove,
    remove_empty_above,
    same_but_for_case,
    sync,
    sync_folders,
    tag_of,
    telling,
    too_long,
    write_new,
)
from broadsheet.publish.release import LEDGER, Found, Item, Ledger, Standing, ledger_of
from broadsheet.publish.target import Content, Say
from broadsheet.text import folders_above, path_key

_STAGING = ".broadsheet-staging-"
_LOCK = ".broadsheet-lock"


class InPlace:
    """A folder as a target. Its ledger and its lock lie in it."""

    def __init__(self, folder: Path) -> None:
        """Take the `folder`, which need not exist, for the target."""
        self.place = str(folder)
        self._folder = str(folder.resolve())
        self._staging = ""
        self._release: frozenset[str] = frozenset()
        self._found: dict[str, Found] = {}
        self._going: set[str] = set()
        self._noted = Ledger()

    def headers(self, path: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return none: what serves the folder decides."""
        return ()

    def refused(self, items: Iterable[Item]) -> list[Problem]:
        """Return a problem for every name that is too long."""
        return too_long(self.place, (item.path for item in items))

    @contextmanager
    def held(self, say: Say) -> Iterator[None]:
        """Be alone here, within a `with`; wait for another publish to end."""
        with telling(self.place):
            os.makedirs(self._folder, mode=0o755, exist_ok=True)
        with locked(f"{self._folder}/{_LOCK}", self.place, say):
            with telling(self.place):
                self._remove_abandoned()
            try:
                yield
            finally:
                # What is half written takes room, of which there may be none.
                if self._staging:
                    shutil.rmtree(self._staging, ignore_errors=True)
                    self._staging = ""

    def _remove_abandoned(self) -> None:
        """Remove the staging folders of publishes that were killed: this one is alone here."""
        for name in os.listdir(self._folder):
            if name.startswith(_STAGING) and is_folder(f"{self._folder}/{name}"):
                shutil.rmtree(f"{self._folder}/{name}")

    def standing(self, release: Mapping[str, Item]) -> Standing:
        """Return how the folder stands; files are known by their content."""
        with telling(self.place):
            try:
                content = Path(self._folder, LEDGER).read_bytes()
            except FileNotFoundError:
                content = None
            ledger, remark = ledger_of(content)
            self._found = found_in(self._folder, ledger, release)
        self._release = frozenset(release)
        self._going = ours_to_go(ledger, self._found, release)
        return Standing(ledger, self._found, remark)

    def note(self, ledger: Ledger) -> None:
        """Write the ledger down, the first time after a look at whether all that is being sent has a place here."""
        with telling(self.place):
            if not self._staging:
                self._begin(ledger)
            self._write_ledger(ledger)
        self._noted = ledger

    def _begin(self, ledger: Ledger) -> None:
        problems = in_the_way(self._folder, ledger.sending.keys() & self._release, self._going)
        if problems:
            raise SiteError(problems)
        self._staging = f"{self._folder}/{_STAGING}{os.urandom(4).hex()}"
        os.mkdir(self._staging, mode=0o700)
        problems = same_but_for_case(self._staging, self.place, self._release)
        if problems:
            raise SiteError(problems)

    def send(self, items: Sequence[Item], content: Content) -> Iterator[tuple[Item, str]]:
        """Put each file in its place, whole, and yield it."""
        touched = {self._folder}
        for item in items:
            data = content(item)
            with telling(self.place):
                tag = self._put(item.path, data)
            touched.update(f"{self._folder}/{part}" for part in folders_above(item.path))
            yield item, tag
        with telling(self.place):
            sync_folders(touched)

    def _put(self, path: str, data: bytes) -> str:
        aside = f"{self._staging}/file"
        tag = write_new(aside, data)
        self._make_way(path)
        make_folders(self._folder, path)
        os.replace(aside, f"{self._folder}/{path}")
        return tag

    def _make_way(self, path: str) -> None:
        """Remove what of ours stands where `path` goes: a file where a folder will be, or a folder with such files."""
        gone = self._going.intersection(folders_above(path))
        if is_folder(f"{self._folder}/{path}"):
            gone |= {other for other in self._going if other.startswith(f"{path}/")}
        for other in gone:
            remove(f"{self._folder}/{other}")
            remove_empty_above(self._folder, other)
        self._going -= gone
        if is_folder(f"{self._folder}/{path}"):
            # Empty folders alone can be left; a file that came since then stays, and ends this.
            for folder, _, _ in os.walk(f"{self._folder}/{path}", topdown=False):
                os.rmdir(folder)

    def delete(self, paths: Sequence[str]) -> None:
        """Delete files of ours that nobody has changed since they were looked at."""
        staying = {path_key(path): path for path in self._release}
        with telling(self.place):
            for path in paths:
                facts, found = facts_at(f"{self._folder}/{path}"), self._found.get(path)
                if facts is None or found is None or tag_of(facts) != found.tag or self._is_linked_to(path):
                    continue
                twin = facts_at(f"{self._folder}/{staying.get(path_key(path), '')}")
                # Where cases are not told apart the file that stays has this name, too.
                if twin is None or not os.path.samestat(facts, twin):
                    os.unlink(f"{self._folder}/{path}")
                    remove_empty_above(self._folder, path)

    def _is_linked_to(self, path: str) -> bool:
        return any(not is_folder(f"{self._folder}/{part}") for part in folders_above(path))

    def finish(self, ledger: Ledger) -> None:
        """Write the last ledger down, without folders that are empty now."""
        with telling(self.place):
            for path in sorted((self._noted.files.keys() | self._noted.sending.keys()) - ledger.files.keys()):
                remove_empty_above(self._folder, path)
            self._write_ledger(ledger)

    def _write_ledger(self, ledger: Ledger) -> None:
        aside = f"{self._staging}/ledger"
        remove(aside)
        write_new(aside, ledger.encoded())
        os.replace(aside, f"{self._folder}/{LEDGER}")
        sync(self._folder)

    def fetch(self, path: str) -> bytes:
        """Return the content of a file as it lies there."""
        with telling(self.place):
            return Path(self._folder, path).read_bytes()
