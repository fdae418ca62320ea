"""A folder of another machine, that ssh reaches: files are replaced one by one, by the real `rsync`.

At no moment is a file there half: rsync writes each aside, in `.broadsheet-sending/`, and renames it. What is the same
there is not touched, so that its time stays, and with it what browsers and proxies have kept. What does differ is told
by content: by rsync's own checksums for files of the release; for others of ours by `cksum`, the one checksum that
every system has. Its 32 bits and the size are no match for somebody who wants to deceive, but whoever may write
there need not.

New files can be read by all, and written by whom the umask of the user there says; those that are there keep their
mode.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from zlib import crc32

from broadsheet.files import content_digest
from broadsheet.problems import Place, Problem, reason
from broadsheet.publish.release import LEDGER, OURS, Found, Item, Ledger, Standing, ledger_of
from broadsheet.publish.rsync.lock import RemoteLock
from broadsheet.publish.rsync.remote import CUT_SHORT, NO_FOLDER, PassingError, Remote, listed
from broadsheet.publish.target import Content, Patience, Say, persistently
from broadsheet.targets import RsyncTarget
from broadsheet.text import folders_above

T = TypeVar("T")

_ASIDE = ".broadsheet-sending"
_PARTIAL = ".broadsheet-partial"
_LONGEST_NAME, _LONGEST_PATH = 255, 4000

# Scripts, run in the folder; lists of paths come by the standard input, each ended by a NUL.
_NO_LEDGER, _NO_RSYNC = 45, 46
_READ_LEDGER = (
    f"command -v rsync >/dev/null || exit {_NO_RSYNC}; [ -e {LEDGER} ] || exit {_NO_LEDGER}; exec cat {LEDGER}"
)
# A line for every path: file, link, folder, something else, nothing.
_KINDS = (
    "exec xargs -0 sh -c '"
    'for p do if [ -h "$p" ]; then echo l; elif [ -f "$p" ]; then echo f; elif [ -d "$p" ]; then echo d; '
    'elif [ -e "$p" ]; then echo o; else echo -; fi; done'
    "' sh"
)
# A file that goes meanwhile is one that is not there.
_SUMS = "xargs -0 cksum 2>/dev/null || :"
_CONTENTS = "exec xargs -0 cat"
# What is given is taken as a whole or not at all: whoever gives it may die on the way.
_GIVEN = f"{_ASIDE}/given"
_RECEIVE = (
    f"mkdir -p {_ASIDE} && cat >{_GIVEN} || exit 1; "
    f'[ $(wc -c <{_GIVEN}) -eq "$1" ] || {{ rm -rf {_ASIDE}; exit {CUT_SHORT}; }}; '
)
# In one go, so that no empty folder is forgotten; a path that ends with a slash is one that goes only if it is empty.
_DELETE = (
    f"{_RECEIVE} xargs -0 sh -c '"
    'for p do case $p in */) rmdir "$p" 2>/dev/null || : ;; '
    f'*/{_PARTIAL}) rm -rf "$p" ;; *) rm -f "$p" ;; esac || exit 1; done'
    f"' sh <{_GIVEN}"
)
# What a machine that went down may have left of rsync's is of no use any more either.
_CLEAN = f"{_DELETE} && exec rm -rf {_ASIDE} {LEDGER}.??????"

_DIFFERENCES = ("--dry-run", "--out-format=%i %n")
# New files only are given a mode: without --perms it is that of the sender else, as the umask there has it.
_MODE = "--chmod=Fugo=r,Fug+w"
_SENDING = (f"--partial-dir={_PARTIAL}", f"--temp-dir={_ASIDE}", _MODE)
_BATCH_FILES, _BATCH_BYTES = 500, 16 << 20
_ESCAPED = re.compile(rb"\\#([0-7]{3})")
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class RsyncFolder:
    """A folder of another machine. rsync reads the files to be sent from the folder that they were built into."""

    def __init__(self, settings: RsyncTarget, built: Path, patience: Patience) -> None:
        """Publish what lies below `built` to where the settings say; nothing is connected yet."""
        self.place = settings.to
        self._built = built.resolve()
        self._patience = patience
        self._remote = Remote(settings, patience)
        self._lock = RemoteLock(self._remote)
        self._say: Say | None = None
        # The ledger that is there, or that may have come to be there: any other is another publish's.
        self._ledgers: set[bytes | None] = set()
        # Files whose transfer was cut short, now or by a publish before, so that there may be parts of them.
        self._broken: set[str] = set()

    def headers(self, path: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return none: the web server there decides."""
        return ()

    def refused(self, items: Iterable[Item]) -> list[Problem]:
        """Return a problem for every name that is too long for the file systems of today, or that we use ourselves."""
        problems = []
        for item in items:
            parts = [os.fsencode(part) for part in item.path.split("/")]
            longest = max(parts, key=len)
            if len(longest) > _LONGEST_NAME or len(os.fsencode(item.path)) > _LONGEST_PATH:
                message = f"{item.path} has a name of {len(longest)} bytes, which is more than a file can have"
                problems.append(Problem(Place(self.place), message, f"at most {_LONGEST_NAME}"))
            elif any(part.startswith(OURS.encode()) for part in parts):
                message = f"{item.path} has a name that publishing keeps for itself"
                problems.append(Problem(Place(self.place), message, "give it another name"))
        return problems

    @contextmanager
    def held(self, say: Say) -> Iterator[None]:
        """Be the only one who publishes here, within a `with`, and connect once for all that is done there."""
        with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
            self._remote.share(folder)
            try:
                self._persistently(lambda: self._lock.take(say))
                self._say = say
                yield
            finally:
                self._say = None
                self._lock.release()
                self._remote.share("")

    def standing(self, release: Mapping[str, Item]) -> Standing:
        """Return how the folder stands: its ledger, and what lies there of the files of this and of the `release`."""
        self._remote.check()
        content = self._persistently(self._read_ledger)
        self._ledgers = {content}
        ledger, remark = ledger_of(content)
        self._broken.update(ledger.sending)
        kinds = self._kinds(sorted({*release, *ledger.files, *ledger.sending}))
        files = [path for path, kind in kinds.items() if kind == "f"]
        differing = self._differing([path for path in files if path in release])
        found = {path: Found("", 0) for path, kind in kinds.items() if kind not in "f-"}
        others = []
        for path in files:
            if path not in release or path in differing:
                others.append(path)
            else:
                item, sent = release[path], ledger.files.get(path)
                is_known = sent is not None and sent.mark == item.mark and sent.tag
                found[path] = Found(item.mark, item.size, sent.tag if sent and is_known else self._tag(path))
        found.update(self._others(others, ledger))
        return Standing(ledger, found, remark)

    def note(self, ledger: Ledger) -> None:
        """Write down what is there and what is being sent."""
        self._write_ledger(ledger)

    def send(self, items: Sequence[Item], content: Content) -> Iterator[tuple[Item, str]]:
        """Put files there, a batch at a time, and yield each once it has arrived, with its checksum.

        Their `content` is not asked for: rsync reads the files themselves.
        """
        for batch in _batches(items):
            paths = [item.path for item in batch]
            self._persistently(lambda paths=paths: self._transfer(paths))  # type: ignore[misc]
            for item in batch:
                yield item, self._tag(item.path)

    def delete(self, paths: Sequence[str]) -> None:
        """Delete files of ours, and the folders that they leave empty."""
        self._give(_DELETE, listed([*paths, *_folders_of(paths)]))

    def finish(self, ledger: Ledger) -> None:
        """End the release: nothing of ours is left there but the files and the ledger."""
        partial = {_partial_beside(path) for path in self._broken}
        self._give(_CLEAN, listed([*sorted(partial), *_folders_of(self._broken)]))
        self._write_ledger(ledger)
        self._broken.clear()

    def fetch(self, path: str) -> bytes:
        """Return the content of a file as it is there."""
        return self._persistently(lambda: self._remote.run(_CONTENTS, given=listed([path])))[1]

    def _persistently(self, attempt: Callable[[], T]) -> T:
        def alone() -> T:
            self._stay_alone()
            return attempt()

        return persistently(self._patience, alone, lambda error: isinstance(error, PassingError))

    def _stay_alone(self) -> None:
        """Make sure, after the line was cut, that nobody else has published meanwhile. Raises `SiteError`."""
        if self._say is None or self._lock.is_held:
            return
        self._lock.take(self._say)
        if self._ledgers and self._read_ledger() not in self._ledgers:
            raise self._remote.problem("somebody else has published while the connection was lost", "publish again")

    def _read_ledger(self) -> bytes | None:
        code, content = self._remote.run(_READ_LEDGER, accepted=(NO_FOLDER, _NO_LEDGER, _NO_RSYNC))
        if code == _NO_RSYNC:
            raise self._remote.problem(f"rsync is missing on {self._remote.host}", "install rsync there")
        return None if code else content

    def _write_ledger(self, ledger: Ledger) -> None:
        """Put the ledger there as rsync puts files: whole or not at all, and only as much as differs goes there."""
        content = ledger.encoded()
        self._ledgers.add(content)
        with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
            Path(folder, LEDGER).write_bytes(content)
            self._persistently(lambda: self._remote.rsync(Path(folder), [LEDGER], _MODE))
        self._ledgers = {content}

    def _give(self, script: str, content: bytes) -> None:
        """Run a script that takes all of what it is given, or nothing."""
        self._persistently(lambda: self._remote.run(script, str(len(content)), given=content))

    def _kinds(self, paths: list[str]) -> dict[str, str]:
        """Return what lies at paths, by a letter for each. Raises `SiteError`."""
        run = lambda: self._remote.run(_KINDS, given=listed(paths), accepted=(NO_FOLDER,))  # noqa: E731
        code, said = self._persistently(run)
        if code:
            return dict.fromkeys(paths, "-")
        return dict(zip(paths, said.decode("ascii").split(), strict=True))

    def _differing(self, paths: list[str]) -> set[str]:
        """Return which of these files, that are there, are not what was built."""
        if not paths:
            return set()
        said = self._persistently(lambda: self._remote.rsync(self._built, paths, *_DIFFERENCES))
        # Such as `<fcst...... news/index.html`: a file to be sent.
        lines = [line.partition(b" ") for line in said.splitlines()]
        return {os.fsdecode(_unescaped(name)) for changes, _, name in lines if changes.startswith(b"<f")}

    def _others(self, paths: list[str], ledger: Ledger) -> dict[str, Found]:
        """Return what these files are, that are there and not what was built: ours by a checksum, or by a look."""
        found, unsure = {}, []
        for path, (tag, size) in self._sums(paths).items():
            sent = ledger.files.get(path)
            is_ours = sent is not None and sent.tag == tag
            found[path] = Found(sent.mark if sent and is_ours else "", size, tag)
            if not is_ours and (path in ledger.sending or (sent is not None and not sent.tag)):
                unsure.append(path)
        for path in unsure:
            found[path] = Found(content_digest(self.fetch(path)), found[path].size, found[path].tag)
        return found

    def _sums(self, paths: list[str]) -> dict[str, tuple[str, int]]:
        """Return the checksum and the size of these files, as `_tag` has them, without those that are gone."""
        if not paths:
            return {}
        said = self._persistently(lambda: self._remote.run(_SUMS, given=listed(paths)))[1]
        sums, at = {}, 0
        for path in paths:
            # Names may hold anything, even what looks like the next line.
            line = re.compile(rb"(\d+) (\d+) " + re.escape(listed([path])[:-1]) + rb"\n").match(said, at)
            if line:
                sums[path] = (f"{line[1].decode()} {line[2].decode()}", int(line[2]))
                at = line.end()
        return sums

    def _tag(self, path: str) -> str:
        """Return the checksum of a built file as POSIX's `cksum` has it, with the size. Raises `SiteError`."""
        try:
            content = (self._built / path).read_bytes()
        except OSError as error:
            raise self._remote.problem(f"{path} can not be read where it was built: {reason(error)}") from None
        return f"{_cksum(content)} {len(content)}"

    def _transfer(self, paths: Collection[str]) -> None:
        try:
            self._remote.rsync(self._built, list(paths), *_SENDING, first=f"mkdir -p {_ASIDE}")
        except BaseException:
            self._broken.update(paths)
            raise


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Yield items in order, as many at a time as are soon sent."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) == _BATCH_FILES or size + item.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield batch


def _folders_of(paths: Iterable[str]) -> list[str]:
    """Return all folders that these paths lie in, the inner ones first, each with a slash at the end."""
    folders = {folder for path in paths for folder in folders_above(path)}
    return [f"{folder}/" for folder in sorted(folders, key=lambda folder: (-folder.count("/"), folder))]


def _partial_beside(path: str) -> str:
    return f"{path.rpartition('/')[0] or '.'}/{_PARTIAL}"


def _unescaped(name: bytes) -> bytes:
    """Return a name that rsync has made fit to be shown."""
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 8)]), name)


def _cksum(content: bytes) -> int:
    """Return POSIX's checksum: zlib's, but for the order of bits, the start, and the length that comes last."""
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "little")
    reversed_sum = crc32((content + length).translate(_REVERSED), 0xFFFF_FFFF)
    return int(f"{reversed_sum:032b}"[::-1], 2)
