"""A repository aside, in a temporary folder: it gets what a branch holds, makes a commit on top, and pushes it.

The repository that a site lies in is not touched by that: not its files, its index or its refs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import weakref
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from broadsheet.problems import Place, Problem, SiteError, reason
from broadsheet.publish.git.history import FILE_MODE, Commit, Entry
from broadsheet.publish.git.program import Git, GitError, is_passing
from broadsheet.publish.git.site import REMOTE
from broadsheet.publish.target import persistently

_THERE = "refs/broadsheet/there"
_PEACE = (
    ("core.hooksPath", os.devnull),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("i18n.commitEncoding", "utf-8"),
)
_OVERTAKEN = re.compile(
    r"stale info|fetch first|non-fast-forward|incorrect old value|cannot lock ref|failed to update ref"
    r"|reference already exists"
).search
_REFUSED = re.compile(r"\[remote rejected\] \(([^\n]*)\)").search
_REMOTE_SAYS = re.compile(r"^remote: *(\S.*?) *$", re.M).findall
_FALLBACK = ("Broadsheet", "broadsheet@localhost")


class Scratch:
    """The repository aside; it goes when nobody needs it any more."""

    def __init__(self, git: Git, branch: str, aside: Path | None = None) -> None:
        """`git` knows the way to the remote; the repository lies in the folder `aside`, if that is given.

        Raises `SiteError` without room, or where the remote can not be read.
        """
        try:
            folder = Path(mkdtemp(prefix="broadsheet-git-", dir=aside))
        except OSError as error:
            message = f"no temporary folder can be made: {reason(error)}"
            raise SiteError([Problem(Place(git.place), message)]) from None
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        # Nothing that lies above the temporary folder has a say.
        outside = git.having(_PEACE, variables={"GIT_CEILING_DIRECTORIES": str(folder.parent)})
        self._ref = f"refs/heads/{branch}"
        # What is to be imported, all at once.
        self._contents = folder / "contents"
        self._git = outside.having(variables={"GIT_DIR": str(folder / "repository")})
        listed = _refs(self._over_network(outside, "-C", folder, "ls-remote", REMOTE, "HEAD", self._ref))
        self._is_there = self._ref in listed
        listed = listed or _refs(self._over_network(outside, "-C", folder, "ls-remote", "--heads", REMOTE))
        lengths = {len(id) for id in listed.values()}
        # A repository without any commit does not say: then it is what git takes for new ones.
        kind = [f"--object-format={'sha256' if 64 in lengths else 'sha1'}"] if lengths else []
        outside.run("init", "--quiet", "--bare", "--template=", *kind, folder / "repository")
        self._format = self._git.run("rev-parse", "--show-object-format").decode().strip()

    def fetch(self, depth: int = 1) -> str:
        """Bring the last commits of the branch, where possible without files, and return the id of the last one.

        Return the empty string where there is no such branch.
        """
        if not self._is_there:
            return ""
        self._over_network(
            self._git,
            "fetch",
            *("--quiet", "--progress", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
            *(f"--depth={depth}", "--filter=blob:none", "--update-shallow", REMOTE, f"+{self._ref}:{_THERE}"),
        )
        return self._git.run("rev-parse", "--verify", _THERE).decode().strip()

    @property
    def is_shallow(self) -> bool:
        """Whether there are commits that were not brought."""
        return self._git.run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def history(self) -> list[Commit]:
        """Return the commits of the branch that were brought, newest first."""
        listed = self._git.run("log", "--first-parent", "-z", "--format=%H%n%B", _THERE)
        parts = [text.partition("\n") for text in listed.decode("utf-8", "replace").split("\0") if text]
        return [Commit(id, message) for id, _, message in parts]

    def entries(self, commit: str) -> dict[str, Entry]:
        """Return the files of a commit by path."""
        listed = self._git.run("ls-tree", "-r", "-z", "--full-tree", commit).decode("utf-8", "surrogateescape")
        files = {}
        for line in listed.split("\0")[:-1]:
            facts, _, path = line.partition("\t")
            mode, _, id = facts.split(" ")
            files[path] = Entry(mode, id)
        return files

    def content(self, id: str) -> bytes:
        """Return the content of a blob, brought where it was left out."""
        return self._over_network(self._git, "cat-file", "blob", id)

    def add(self, content: bytes) -> str:
        """Keep the content of a file, and return the id of its blob."""
        try:
            with open(self._contents, "ab") as file:
                file.write(b"blob\ndata %d\n%b\n" % (len(content), content))
        except OSError as error:
            raise SiteError([Problem(Place(self._git.place), f"there is no room aside: {reason(error)}")]) from None
        return self.id_of(content)

    def id_of(self, content: bytes) -> str:
        """Return the id of the blob of a content."""
        return hashlib.new(self._format, b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()

    def tree(self, base: str, changes: Mapping[str, str]) -> str:
        """Return the id of a tree: that of the commit `base`, if any, with blobs by path; an empty id deletes.

        Something must have been added.
        """
        with open(self._contents, "rb") as contents:
            self._git.run("fast-import", "--quiet", given=contents)
        nothing = "0" * hashlib.new(self._format).digest_size * 2
        # First what goes: a folder may stand in the place of a file.
        lines = [
            f"{FILE_MODE if id else 0} {id or nothing}\t{path}\0"
            for path, id in sorted(changes.items(), key=lambda change: bool(change[1]))
        ]
        self._git.run("read-tree", base or "--empty")
        self._git.run("update-index", "-z", "--index-info", given="".join(lines).encode("utf-8", "surrogateescape"))
        # Blobs that were not brought are at the remote.
        return self._git.run("write-tree", "--missing-ok").decode().strip()

    def commit(self, tree: str, parent: str, message: str, moment: str) -> str:
        """Return the id of a commit, made at `moment` (ISO 8601) by whom git's settings name."""
        arguments = ["commit-tree", tree, *(["-p", parent] if parent else []), "-F", "-"]
        git = self._git.having(variables=self._identity(moment))
        return git.run(*arguments, given=message.encode("utf-8", "surrogateescape")).decode().strip()

    def push(self, commit: str, before: str, *, is_parentless: bool) -> None:
        """Make `commit` the branch, which is at `before` so far. Raises `SiteError` where it is not any more."""

        def attempt() -> None:
            try:
                self._git.run(
                    "push",
                    *("--porcelain", "--progress", "--no-verify", "--no-follow-tags", "--no-recurse-submodules"),
                    # Thin, git would bring old files to send differences; but only so it sees which the remote has.
                    "--thin" if is_parentless else "--no-thin",
                    f"--force-with-lease={self._ref}:{before}",
                    *(REMOTE, f"{commit}:{self._ref}"),
                )
            except GitError as error:
                # The answer may be what got lost.
                if self._now() != commit:
                    raise _refusal(error) from None

        persistently(self._git.patience, attempt, is_passing)
        self._is_there = True

    def _now(self) -> str:
        """Return where the branch is, the empty string where that can not be found out."""
        try:
            return _refs(self._git.run("ls-remote", REMOTE, self._ref)).get(self._ref, "")
        except GitError:
            return ""

    def _identity(self, moment: str) -> dict[str, str]:
        """Return the environment that says who commits, as far as git's settings and the environment do not."""
        strict = self._git.having([("user.useConfigOnly", "true")])
        named = {}
        for role in ("GIT_AUTHOR", "GIT_COMMITTER"):
            if f"{role}_DATE" not in self._git.environment:
                named[f"{role}_DATE"] = moment
            try:
                strict.run("var", f"{role}_IDENT")
            except GitError:
                named |= {f"{role}_NAME": _FALLBACK[0], f"{role}_EMAIL": _FALLBACK[1]}
        return named

    def _over_network(self, git: Git, *arguments: str | Path) -> bytes:
        return persistently(git.patience, lambda: git.run(*arguments), is_passing)


def _refs(listed: bytes) -> dict[str, str]:
    """Return the ids by ref that `git ls-remote` lists."""
    lines = [line.partition("\t") for line in listed.decode("utf-8", "surrogateescape").splitlines()]
    return {ref: id for id, _, ref in lines}


def _refusal(error: GitError) -> SiteError:
    """Return what a push that failed means."""
    place = error.problems[0].place
    if _OVERTAKEN(error.said):
        return SiteError([Problem(place, "somebody else has published there meanwhile", "publish again")])
    if "hash algorithm" in error.said:
        message = "the repository there is empty, and names its files in another way"
        return SiteError([Problem(place, message, "set `GIT_DEFAULT_HASH=sha256` in the environment")])
    refused = _REFUSED(error.said)
    if refused:
        said = " ".join(_REMOTE_SAYS(error.said))
        message = f"the server refuses the push: {refused[1]}{'; it says: ' if said else ''}{said}"
        return SiteError([Problem(place, message)])
    return error
