"""A branch of a git repository, such as GitHub Pages': each release is one commit, pushed as a whole."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs

from broadsheet.files import content_digest
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.publish.git.history import FILE_MODE, Entry, Files, message_back, message_of, release_before, way_back
from broadsheet.publish.git.limits import beyond, limits_of
from broadsheet.publish.git.program import Git, find_git, without_user
from broadsheet.publish.git.scratch import Scratch
from broadsheet.publish.git.site import Access, access_to
from broadsheet.publish.release import LEDGER, Found, Item, Ledger, Standing, ledger_of, noted
from broadsheet.publish.target import Content, Patience, Say
from broadsheet.targets import GitTarget as Settings
from broadsheet.text import folders_above

_CNAME, _NOJEKYLL = "CNAME", ".nojekyll"
# What git takes for its own folder, under one system or another.
_GITS_OWN = re.compile(r"(?:^|/)(?:\.git|git~1)[ .]*(?::[^/]*)?(?:/|$)", re.I).search
_DEEPER = 4
_MOST_TOLD = 10


class GitTarget:
    """A branch of a repository. Readers see what was pushed last; nothing is there before, and nothing in between."""

    def __init__(
        self,
        settings: Settings,
        site: Path,
        patience: Patience,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        aside: Path | None = None,
    ) -> None:
        """`site` is the folder of the site, whose repository may name the remote, and is only looked at.

        What is needed for a while lies in the folder `aside`, if one is given, and is gone with it at the latest.
        """
        self._aside = aside
        self._settings, self._site, self._clock = settings, site, clock
        self._patience = patience
        self._environment = os.environ if environment is None else environment
        self._git_and_access: tuple[Git, Access] | None = None
        self._scratch: Scratch | None = None
        # The last commit of the branch, its files, and what becomes of them: blobs by path, an empty id deletes.
        self._base = ""
        self._entries: dict[str, Entry] = {}
        self._changes: dict[str, str] = {}
        # Those that the remote has now, as it says itself.
        self._there: dict[str, Entry] | None = None

    @property
    def place(self) -> str:
        """How problems name it."""
        return f"{without_user(self._settings.remote)}, branch {self._settings.branch}"

    def headers(self, path: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return none: the host of the pages decides."""
        return ()

    def refused(self, items: Iterable[Item]) -> list[Problem]:
        """Return what git or the host would refuse of a release: names, sizes, sums."""
        items, place = list(items), Place(self.place)
        problems = [
            Problem(place, f"git takes no file of this name: {item.path}", "rename it")
            for item in items
            if _GITS_OWN(item.path)
        ]
        cname = self._settings.cname
        own = next((item for item in items if item.path == _CNAME), None)
        if cname and own and own.digest not in {content_digest(content) for content in _as_cname(cname)}:
            message = f"the site has a file `{_CNAME}`, and the settings of the target have another domain: {cname}"
            problems.append(Problem(place, message, "remove one of them"))
        limits = limits_of(self._connected()[1].host)
        return problems + (beyond(limits, items, self.place) if limits else [])

    def held(self, say: Say) -> AbstractContextManager[None]:
        """Keep nobody away: of two who publish at once, the second is refused when it pushes.

        A push is taken only where the branch is still as it was when the release was planned. So nothing has to be
        left there that somebody who dies could leave behind.
        """
        return nullcontext()

    def standing(self, release: Mapping[str, Item]) -> Standing:
        """Return how the branch stands. A file is known by its blob: its tag.

        A file of unknown origin has no size, as its content was not brought.
        """
        scratch = self._look()
        ledger, remark = self._ledger_in(scratch, self._entries)
        found = {}
        for path in (ledger.files.keys() | release.keys()) & self._entries.keys():
            entry, sent = self._entries[path], ledger.files.get(path)
            is_ours = sent is not None and sent.tag == entry.id and entry.mode == FILE_MODE
            found[path] = Found(sent.mark, sent.size, entry.id) if sent and is_ours else Found("", 0, entry.id)
        foreign = [path for path in self._entries if not (path in found and found[path].mark) and path != LEDGER]
        problems = _in_the_way(foreign, release, self.place)
        if problems:
            raise SiteError(problems)
        # Not there yet as the settings want them: something is left to be done, whatever else has changed.
        sending = {
            path: content_digest(content)
            for path, content in self._extras(release.keys()).items()
            if not self._holds(scratch, path)
        }
        return Standing(structs.replace(ledger, sending=ledger.sending | sending), found, remark)

    def note(self, ledger: Ledger) -> None:
        """Write nothing: before the push nothing of this release is there."""

    def send(self, items: Sequence[Item], content: Content) -> Iterator[tuple[Item, str]]:
        """Keep files for the commit, and yield each with the id of its blob."""
        scratch = self._looked()
        for item in items:
            id = self._changes[item.path] = scratch.add(content(item))
            yield item, id

    def delete(self, paths: Sequence[str]) -> None:
        """Leave files out of the commit."""
        self._changes |= dict.fromkeys(paths, "")

    def finish(self, ledger: Ledger) -> None:
        """Make the commit and push it."""
        scratch = self._looked()
        for path, content in self._extras(ledger.files.keys() - ledger.retired.keys()).items():
            if not self._holds(scratch, path) or path in self._changes:
                self._changes[path] = scratch.add(content)
        self._commit(scratch, ledger, message_of(ledger), ledger.published_at)

    def fetch(self, path: str) -> bytes:
        """Return the content of a file as the remote has it: the branch is brought once more after a push."""
        scratch = self._looked()
        if self._there is None:
            self._there = scratch.entries(scratch.fetch())
        if path not in self._there:
            raise SiteError([Problem(Place(self.place), f"{path} is not there")])
        return scratch.content(self._there[path].id)

    def go_back(self, say: Say) -> tuple[str, list[str]]:
        """Push a commit that holds the files of the release before, and return its name and the paths that differ.

        What others put there stays. So do pictures, styles and scripts, for readers who have a page open that needs
        them; the next publish deletes them when their time has come.
        """
        if self._settings.force:
            message = "there is no release before: with `force: true` the branch has no history"
            raise SiteError([Problem(Place(self.place), message, "publish the sources of the release before")])
        scratch = self._look()
        before = self._release_before(scratch)
        entries = scratch.entries(before)
        ledger, remark = self._ledger_in(scratch, entries)
        if remark:
            raise SiteError([Problem(Place(self.place), f"the release before can not be told: {remark}")])
        say(f"going back to {ledger.release}")
        now = Files(self._entries, self._ledger_in(scratch, self._entries)[0])
        moment = self._clock()
        self._changes, ledger = way_back(now, Files(entries, ledger), int(moment))
        paths = sorted(self._changes)
        when = noted(datetime.fromtimestamp(moment, UTC))
        self._commit(scratch, ledger, message_back(ledger, before), when)
        return ledger.release, paths

    def _commit(self, scratch: Scratch, ledger: Ledger, message: str, moment: str) -> None:
        tree = scratch.tree(self._base, self._changes | {LEDGER: scratch.add(ledger.encoded())})
        parent = "" if self._settings.force else self._base
        commit = scratch.commit(tree, parent, message, moment)
        scratch.push(commit, self._base, is_parentless=not parent)
        self._there = None

    def _release_before(self, scratch: Scratch) -> str:
        """Return the commit of the release before, for which as much history is brought as it takes."""
        depth = 1
        while self._base:
            before = release_before(scratch.history())
            if before:
                return before
            if not scratch.is_shallow:
                break
            depth *= _DEEPER
            scratch.fetch(depth)
        raise SiteError([Problem(Place(self.place), "there is no release before on this branch")])

    def _connected(self) -> tuple[Git, Access]:
        """Return a git that knows the way to the remote, and the way."""
        if self._git_and_access is None:
            git = find_git(self.place, self._patience, self._environment)
            self._git_and_access = git, access_to(self._settings.remote, self._site, git)
        return self._git_and_access

    def _look(self) -> Scratch:
        """Return a repository aside that has the last commit of the branch."""
        git, access = self._connected()
        self._scratch = scratch = Scratch(
            git.having(access.settings, access.secrets), self._settings.branch, self._aside
        )
        self._base = scratch.fetch()
        self._entries = scratch.entries(self._base) if self._base else {}
        self._changes, self._there = {}, None
        return scratch

    def _looked(self) -> Scratch:
        return self._scratch or self._look()

    def _ledger_in(self, scratch: Scratch, entries: Mapping[str, Entry]) -> tuple[Ledger, str]:
        return ledger_of(scratch.content(entries[LEDGER].id) if LEDGER in entries else None)

    def _extras(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the files that the settings add to a release of these `paths`."""
        extras = {}
        if self._settings.nojekyll:
            extras[_NOJEKYLL] = b""
        if self._settings.cname:
            extras[_CNAME] = _as_cname(self._settings.cname)[0]
        return {path: content for path, content in extras.items() if path not in set(paths)}

    def _holds(self, scratch: Scratch, path: str) -> bool:
        """Return whether the branch has this file as the settings want it."""
        entry = self._entries.get(path)
        if entry is None or path == _NOJEKYLL or self._settings.cname is None:
            return entry is not None
        return entry.id in {scratch.id_of(content) for content in _as_cname(self._settings.cname)}


def _as_cname(domain: str) -> list[bytes]:
    """Return what a file `CNAME` may hold: as we write it, and as GitHub does."""
    return [f"{domain}\n".encode(), domain.encode()]


def _in_the_way(foreign: Iterable[str], release: Iterable[str], place: str) -> list[Problem]:
    """Return a problem for every file of others that stands where the release has a folder, or the other way round."""
    files = set(foreign)
    folders = {folder: path for path in files for folder in folders_above(path)}
    pairs = {(path, folders[path]) for path in release if path in folders}
    pairs |= {(path, folder) for path in release for folder in folders_above(path) if folder in files}
    hint = "remove it there, or rename one of them"
    return [
        Problem(Place(place), f"{theirs}, which we did not publish, is in the way of {ours}", hint)
        for ours, theirs in sorted(pairs)[:_MOST_TOLD]
    ]
