"""Walking folders and reading files of a user's site, safely: what can not be used is a problem, never an exception."""

import os
import stat
from pathlib import Path

from broadsheet.files import Stamp, content_digest, opened_at_once, stamp_at, stamp_of
from broadsheet.limits import FILE
from broadsheet.model import MANIFEST
from broadsheet.problems import Place, Problem, reason
from broadsheet.read.trace import NO_STAMP, Seen, Trace, Walk, answer_digest, is_settled, kind_at

_NEVER_SOURCES = {"node_modules", "__pycache__", ".git"}
_FOR_HOSTS = {".well-known", ".nojekyll", ".htaccess", ".domains"}


class Disk:
    """Reads, and collects the problems and the trace of everything that was read through it."""

    def __init__(self, known: Trace | None = None, known_since_ns: int = 0) -> None:
        """Start without a problem; `known` is what was seen the last time, from `known_since_ns` on."""
        self.problems: list[Problem] = []
        self.trace = Trace()
        self._known = known or Trace()
        self._known_since_ns = known_since_ns

    def walk(self, folder: Path, ending: str = "", skipped: frozenset[Path] = frozenset()) -> list[str]:
        """Return the paths, below `folder`, of its files with `ending`, in order; hidden ones only if that is empty."""
        home = os.path.realpath(folder)
        known_problems = len(self.problems)
        listed: dict[str, Stamp | None] = {}
        found, waiting = [], [""]
        while waiting:
            below = waiting.pop()
            listed[str(folder / below)] = stamp_at(str(folder / below))
            entries = self._entries(folder / below, optional=not below)
            if below and any(entry.name == MANIFEST for entry in entries):
                # The output of some build, wherever it was told to go.
                continue
            for entry in entries:
                if _is_hidden(entry.name, ending):
                    continue
                if entry.is_symlink():
                    # What it leads to can change without its folder.
                    listed[str(folder / below)] = NO_STAMP
                if entry.is_symlink() and not _is_inner_file(entry, home):
                    self._report_link(entry, ending)
                elif entry.is_dir():
                    if entry.name not in _NEVER_SOURCES and not (skipped and Path(entry.path).resolve() in skipped):
                        waiting.append(f"{below}{entry.name}/")
                elif entry.name.lower().endswith(ending) and self._is_named_well(entry):
                    found.append(below + entry.name)
        found.sort()
        problems = [str(problem) for problem in self.problems[known_problems:]]
        answer = answer_digest(found, problems)
        self.trace.walks.append(Walk(str(folder), ending, tuple(sorted(map(str, skipped))), listed, answer))
        return found

    def kind(self, path: Path) -> str:
        """Return `file`, `folder` or `other` for what stands at `path`, the empty string when nothing does."""
        kind = self.trace.kinds[str(path)] = kind_at(str(path))
        return kind

    def content(self, path: Path, most: int | None = FILE.most) -> bytes | None:
        """Return the bytes of a regular file of at most `most` bytes; anything else is a problem, and None."""
        data = None
        # As it was before it is read: who changes it meanwhile changes the stamp.
        stamp = None
        try:
            with open(path, "rb", buffering=0, opener=opened_at_once) as file:
                facts = os.fstat(file.fileno())
                stamp = stamp_of(facts)
                if not stat.S_ISREG(facts.st_mode):
                    self._report(path, "this is no regular file; it is left out")
                elif most is not None and facts.st_size > most:
                    self._report(path, FILE.passed(facts.st_size), rule="limit")
                else:
                    data = file.read()
        except OSError as error:
            stamp = stamp_at(str(path))
            self._report_unreadable(path, error)
        self.trace.files[str(path)] = Seen(stamp, "" if data is None else content_digest(data))
        return data

    def digest(self, path: Path) -> str:
        """Return the digest of a file's content, the empty string for what is no regular file or can not be read."""
        known = self._known.files.get(str(path))
        stamp = stamp_at(str(path))
        if known is not None and known.digest and known.stamp == stamp and is_settled(stamp, self._known_since_ns):
            self.trace.files[str(path)] = known
        else:
            self.content(path, most=None)
        return self.trace.files[str(path)].digest

    def _entries(self, folder: Path, *, optional: bool) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except FileNotFoundError as error:
            if not optional:
                self._report_unreadable(folder, error)
        except OSError as error:
            self._report_unreadable(folder, error)
        return []

    def _is_named_well(self, entry: os.DirEntry[str]) -> bool:
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            self._report(Path(entry.path), "the file's name is not in the encoding UTF-8; it is left out", "rename it")
            return False
        return True

    def _report_link(self, entry: os.DirEntry[str], ending: str) -> None:
        if entry.name.lower().endswith(ending) or os.path.isdir(entry.path):
            message = "a link that leads out of the folder, to a folder, or nowhere; it is left out"
            self._report(Path(entry.path), message, "put the files here")

    def _report_unreadable(self, path: Path, error: OSError) -> None:
        self._report(path, f"the file can not be read: {reason(error)}", "check who may read it")

    def _report(self, path: Path, message: str, hint: str = "", rule: str = "unreadable-file") -> None:
        self.problems.append(Problem(Place(path.as_posix()), message, hint, rule=rule))


def walked_again(walk: Walk) -> Walk:
    """Return a search for files as it ends today."""
    disk = Disk()
    disk.walk(Path(walk.folder), walk.ending, frozenset(map(Path, walk.skipped)))
    return disk.trace.walks[-1]


def _is_hidden(name: str, ending: str) -> bool:
    """Return whether a name is hidden by custom; where all files are wanted those that hosts ask for are not."""
    if not ending:
        return name.startswith(".") and name not in _FOR_HOSTS
    # A name that is nothing but dots and the ending hides nothing: somebody lost its words.
    return name.startswith(".") and name.lstrip(".") != ending.lstrip(".")


def _is_inner_file(entry: os.DirEntry[str], home: str) -> bool:
    target = os.path.realpath(entry.path)
    return os.path.isfile(target) and os.path.commonpath([target, home]) == home
