"""A folder that is a link, switched between releases that lie beside it, each with its ledger: readers have one or the
other. What two releases share is one file with two names, so nothing here is ever written into a file that is there.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import structs

from broadsheet.files import digest_at
from broadsheet.kinds import Kind, kind_of
from broadsheet.problems import Place, Problem, SiteError, counted
from broadsheet.publish.folder.tree import (
    facts_at,
    found_in,
    in_the_way,
    is_folder,
    leaves_in,
    locked,
    make_folders,
    ours_to_go,
    put_beside,
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
from broadsheet.publish.plan import overwriting
from broadsheet.publish.release import LEDGER, Found, Item, Ledger, Sent, Standing, ledger_of
from broadsheet.publish.target import Content, Say
from broadsheet.text import folders_above

# What lies beside the releases. A release is never called so: its name begins with no dot.
_NEXT = ".next"
_NEXT_LEDGER = ".next.json"
_REMOVED = ".removed-"
# Where a ledger is written, and a foreign file waits, before they are renamed.
_LEDGER_ASIDE = ".ledger"
_FILE_ASIDE = ".carried"
_LOCK = ".lock"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+-]{0,99}").fullmatch
_FEWEST = 2


def releases_of(link: Path) -> Path:
    """Return the folder of the releases that the `link` is switched between."""
    return link.with_name(f"{link.name}.releases")


def served_release(link: Path) -> str:
    """Return the name of the release that `link` leads to, empty when it is no such link. Raises `OSError`."""
    if not link.is_symlink():
        return ""
    folder = Path(os.path.normpath(link.parent / os.readlink(link)))
    return folder.name if folder.parent == releases_of(link) and _NAME(folder.name) else ""


class Switched:
    """A link to a folder of a release, as a target. `HoldsReleases`."""

    def __init__(self, link: Path, keep: int) -> None:
        """Take the `link`, which need not exist, for the target, and `keep` so many releases."""
        self.place = str(link)
        self._link = link.parent.resolve() / link.name
        self._keep = max(keep, _FEWEST)
        self._releases = str(releases_of(self._link))
        self._next = f"{self._releases}/{_NEXT}"
        self._served = ""
        self._ledger = Ledger()
        self._release: frozenset[str] = frozenset()
        self._found: dict[str, Found] = {}
        self._going: set[str] = set()
        self._deleted: set[str] = set()
        self._ready: dict[str, str] = {}
        self._has_begun = False

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
            os.makedirs(self._releases, mode=0o755, exist_ok=True)
        with locked(f"{self._releases}/{_LOCK}", self.place, say):
            with telling(self.place):
                self._recover()
            yield
            if not self._has_begun and is_folder(self._next):
                # Left by a publish that was cut short, and nothing of it is needed.
                with telling(self.place):
                    shutil.rmtree(self._next)

    def standing(self, release: Mapping[str, Item]) -> Standing:
        """Return how the release that is served stands; files are known by their content."""
        with telling(self.place):
            self._served = served_release(self._link)
            self._ledger, remark = self._ledger_of(self._served) if self._served else (Ledger(), "")
            self._found = found_in(self._folder(self._served), self._ledger, release) if self._served else {}
        self._release = frozenset(release)
        self._going = ours_to_go(self._ledger, self._found, release)
        return Standing(self._ledger, self._found, remark)

    def note(self, ledger: Ledger) -> None:
        """Make room for the next release, once. What a publish that was cut short has put there is used again."""
        if self._has_begun:
            return
        with telling(self.place):
            problems = in_the_way(self._folder(self._served), self._release, self._going) if self._served else []
            if problems:
                raise SiteError(problems)
            # Where no link can be made that is known before any work is done.
            self._link_aside(_NEXT).unlink()
            if is_folder(self._next):
                self._clean_next(ledger.sending)
            else:
                os.mkdir(self._next, mode=0o755)
            problems = same_but_for_case(self._next, self.place, self._release)
            if problems:
                raise SiteError(problems)
        self._has_begun = True

    def _aside(self) -> Path:
        aside = self._link.with_name(f".{self._link.name}.switch")
        remove(str(aside))
        return aside

    def _link_aside(self, name: str) -> Path:
        aside = self._aside()
        try:
            aside.symlink_to(f"{os.path.basename(self._releases)}/{name}")
        except (OSError, NotImplementedError) as error:
            message = f"no link can be made here: {error.strerror if isinstance(error, OSError) else error}"
            hint = "where links are not allowed set `releases: false`: files are replaced one by one then"
            raise SiteError([_problem(str(self._link.parent), message, hint)]) from error
        return aside

    def _clean_next(self, sending: Mapping[str, str]) -> None:
        """Keep what is whole and wanted of a publish that was cut short."""
        for path in list(leaves_in(self._next)):
            full = f"{self._next}/{path}"
            if path.endswith("/"):
                os.rmdir(full)
            elif not os.path.islink(full) and path in sending and digest_at(full) == sending[path]:
                # Whoever wrote it may have had no time to wait for the disk.
                sync(full)
                self._ready[path] = tag_of(os.lstat(full))
                continue
            else:
                os.unlink(full)
            remove_empty_above(self._next, path.rstrip("/"))

    def send(self, items: Sequence[Item], content: Content) -> Iterator[tuple[Item, str]]:
        """Put files into the next release, but those that are there already, and yield each."""
        for item in items:
            if item.path not in self._ready:
                data = content(item)
                with telling(self.place):
                    make_folders(self._next, item.path)
                    self._ready[item.path] = write_new(f"{self._next}/{item.path}", data)
            yield item, self._ready[item.path]

    def delete(self, paths: Sequence[str]) -> None:
        """Take no such file over into the next release."""
        self._deleted.update(paths)

    def finish(self, ledger: Ledger) -> None:
        """Take over what stays, and switch to the next release; releases that are too old are deleted."""
        with telling(self.place):
            if self._served and not (self._ready or self._deleted) and self._ledger.files.keys() == ledger.files.keys():
                # The same files: not worth a release.
                self._write_ledger(f"{self._served}.json", structs.replace(ledger, **self._names(self._ledger)))
                shutil.rmtree(self._next)
                return
            self._take_over(ledger)
            sync_folders([folder for folder, _, _ in os.walk(self._next)])
            name = self._free_name(ledger.release)
            self._write_ledger(_NEXT_LEDGER, structs.replace(ledger, release=name, before=self._served))
            os.rename(self._next, self._folder(name))
            sync(self._releases)
            self._switch(name)
            os.replace(f"{self._releases}/{_NEXT_LEDGER}", f"{self._releases}/{name}.json")
            if self._served:
                # What somebody put into the release before while this one was made.
                self._carry(self._served, self._folder(name), ledger.files.keys() | self._deleted)
            self._prune(name)

    def _names(self, ledger: Ledger) -> dict[str, str]:
        return {"release": self._served, "before": ledger.before}

    def _take_over(self, ledger: Ledger) -> None:
        for path, sent in ledger.files.items():
            if path not in self._ready:
                source = f"{self._folder(self._served)}/{path}"
                facts = facts_at(source)
                if facts is None or (tag_of(facts) != sent.tag and digest_at(source) != sent.mark):
                    message = f"{path} was changed by somebody while this was published"
                    raise SiteError([_problem(self.place, message, "publish again")])
                try:
                    make_folders(self._next, path)
                    put_beside(source, f"{self._next}/{path}")
                except (FileExistsError, NotADirectoryError):
                    # Out of use, and something of the new release has its place.
                    if path not in ledger.retired:
                        raise
        if self._served:
            self._carry(self._served, self._next, ledger.files.keys() | self._deleted)

    def _carry(self, name: str, target: str, known: Iterable[str]) -> tuple[set[str], list[str]]:
        """Take over into the folder `target` what is foreign in a release, all that is not `known`.

        Return the folders that have something new, and the paths that find no place there.
        """
        known, touched, lost = set(known), {target}, []
        for path in list(leaves_in(self._folder(name))):
            if path in known:
                continue
            try:
                make_folders(target, path)
                touched.update(f"{target}/{part}" for part in folders_above(path))
                if not path.endswith("/"):
                    _put_over(f"{self._folder(name)}/{path}", f"{target}/{path}", f"{self._releases}/{_FILE_ASIDE}")
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                lost.append(path)
        return touched, lost

    def _switch(self, name: str) -> None:
        os.replace(self._link_aside(name), self._link)
        sync(str(self._link.parent))

    def _recover(self) -> None:
        """Bring to an end what a process that was killed had begun."""
        self._aside()
        for name in (_LEDGER_ASIDE, _FILE_ASIDE):
            remove(f"{self._releases}/{name}")
        ledger, _ = self._read_ledger(_NEXT_LEDGER)
        name = ledger.release if _NAME(ledger.release) else ""
        if name and name == served_release(self._link):
            os.replace(f"{self._releases}/{_NEXT_LEDGER}", f"{self._releases}/{name}.json")
        elif name and is_folder(self._folder(name)) and facts_at(f"{self._releases}/{name}.json") is None:
            # It was whole, and no reader has seen it.
            os.rename(self._folder(name), self._next)
        remove(f"{self._releases}/{_NEXT_LEDGER}")
        for name in os.listdir(self._releases):
            if name.startswith(_REMOVED):
                self._remove_rest(name.removeprefix(_REMOVED))

    def _prune(self, name: str) -> None:
        """Delete the oldest releases; first those that were left by going back."""
        line = [name]
        ledgers = {known: self._read_ledger(f"{known}.json")[0] for known in self._names_of_releases()}
        while (before := ledgers[line[-1]].before) in ledgers and before not in line:
            line.append(before)
        others = sorted(ledgers.keys() - set(line), key=lambda known: (ledgers[known].published_at, known))
        for old in [*line, *reversed(others)][self._keep :]:
            os.rename(self._folder(old), self._folder(_REMOVED + old))
            self._remove_rest(old)

    def _remove_rest(self, name: str) -> None:
        if not is_folder(self._folder(name)):
            remove(f"{self._releases}/{name}.json")
        shutil.rmtree(self._folder(_REMOVED + name))

    def _names_of_releases(self) -> list[str]:
        names = (name.removesuffix(".json") for name in os.listdir(self._releases) if name.endswith(".json"))
        return [name for name in names if _NAME(name) and is_folder(self._folder(name))]

    def _free_name(self, wanted: str) -> str:
        name = re.sub(r"[^A-Za-z0-9_+-]", "-", wanted)[:80].lstrip("+-") or "release"
        taken = {entry.removesuffix(".json").lower() for entry in os.listdir(self._releases)}
        names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
        return next(free for free in names if free.lower() not in taken)

    def _folder(self, name: str) -> str:
        return f"{self._releases}/{name}"

    def _ledger_of(self, name: str) -> tuple[Ledger, str]:
        """Return the ledger of a release, and what is wrong with it."""
        if facts_at(f"{self._releases}/{name}.json") is None:
            # A process was killed between the switch and its last step.
            ledger, _ = self._read_ledger(_NEXT_LEDGER)
            return (ledger, "") if ledger.release == name else (Ledger(), "")
        return self._read_ledger(f"{name}.json")

    def _read_ledger(self, file: str) -> tuple[Ledger, str]:
        content = None
        with suppress(FileNotFoundError):
            content = Path(self._releases, file).read_bytes()
        ledger, remark = ledger_of(content)
        return ledger, remark.replace(LEDGER, f"{self._releases}/{file}")

    def _write_ledger(self, file: str, ledger: Ledger) -> None:
        aside = f"{self._releases}/{_LEDGER_ASIDE}"
        remove(aside)
        write_new(aside, ledger.encoded())
        os.replace(aside, f"{self._releases}/{file}")
        sync(self._releases)

    def go_back(self, say: Say) -> tuple[str, list[str]]:
        """Switch to the release before, and return its name and the paths that differ. Raises `SiteError`.

        Foreign files are taken along, and assets, which pages need that readers have open; they have their grace.
        """
        with self.held(say), telling(self.place):
            served = served_release(self._link)
            present, _ = self._ledger_of(served) if served else (Ledger(), "")
            name = present.before
            if not _NAME(name) or name not in self._names_of_releases():
                message = f"there is no release before {served}" if served else "nothing is published here"
                raise SiteError([_problem(self.place, message, "`keep` says how many releases are kept")])
            stay = {path: sent for path, sent in present.files.items() if kind_of(path) is Kind.ASSET}
            before, found = self._whole(name, stay, say)
            strange = [(path, f"{self._folder(served)}/{path}") for path in found - present.files.keys()]
            foreign = sorted(path for path, full in strange if facts_at(full) and not is_folder(full))
            if foreign:
                hint = "move away what is there, and roll back again"
                raise SiteError([_problem(self.place, overwriting(foreign), hint)])
            # First its name in the ledger, then the file: what is ours never looks foreign.
            after = structs.replace(before, files={**stay, **before.files})
            self._write_ledger(f"{name}.json", after)
            touched, lost = self._carry(served, self._folder(name), (present.files.keys() - stay.keys()) | found)
            for path in lost:
                say(f"{self.place}: {path} of {served} finds no place in {name}")
            sync_folders(touched)
            self._switch(name)
        differing = {path for path in {*present.files, *after.files} if _mark(present, path) != _mark(after, path)}
        return name, sorted(differing)

    def _whole(self, name: str, stay: Mapping[str, Sent], say: Say) -> tuple[Ledger, set[str]]:
        """Return the ledger of a release that nothing is missing of, and its files that are there. Raises `SiteError`.

        The ledger may name such files that will `stay`, when going back was cut short once.
        """
        ledger, _ = self._read_ledger(f"{name}.json")
        found = found_in(self._folder(name), ledger, ())
        absent = {path: sent for path, sent in ledger.files.items() if path not in found and path not in ledger.retired}
        missing = sorted(path for path, sent in absent.items() if path not in stay or stay[path].mark != sent.mark)
        if missing:
            message = f"{counted(len(missing), 'file')} of the release {name} is missing, first {missing[0]}"
            raise SiteError([_problem(self.place, message, "publish again instead")])
        changed = sorted(path for path, there in found.items() if there.mark != ledger.files[path].mark)
        if changed:
            say(f"{self.place}: somebody has changed {counted(len(changed), 'file')} of {name}, first {changed[0]}")
        return ledger, set(found)

    def fetch(self, path: str) -> bytes:
        """Return the content of a file as a web server finds it."""
        with telling(self.place):
            return Path(self._link, path).read_bytes()


def _mark(ledger: Ledger, path: str) -> str:
    return ledger.files[path].mark if path in ledger.files else ""


def _put_over(source: str, target: str, aside: str) -> None:
    """Have at `target` what is at `source`, also where an older one stands."""
    there = facts_at(target)
    if there is None:
        put_beside(source, target)
    elif not os.path.samestat(there, os.lstat(source)) and not _is_same_link(source, target):
        remove(aside)
        put_beside(source, aside)
        os.replace(aside, target)


def _is_same_link(source: str, target: str) -> bool:
    return os.path.islink(source) and os.path.islink(target) and os.readlink(source) == os.readlink(target)


def _problem(place: str, message: str, hint: str) -> Problem:
    return Problem(Place(place), message, hint)
