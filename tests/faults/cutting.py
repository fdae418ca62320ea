"""The command in a process of its own, with something that happens to it; and what must be true of the site then.

Which fault is made to happen where:

======================================  ======================================================================
no space, limits of the system          `test_disks_that_refuse`; for targets `publish/test_folder_crowded`
a read-only folder, lost permission     `test_disks_that_refuse`; a site without its cache `test_cache`
a file that vanishes, or changes        `test_files_that_vanish`
a worker that is killed                 `test_files_that_vanish`, `test_cache`
a build that is killed, Ctrl-C          `test_builds_cut_short`; at every step of any builds `write/test_finish`
a journal that somebody has made up     `write/test_finish`
two builds at once                      `test_builds_at_once`, `test_cache`; publishes `publish/test_folder_crowded`
a clock that jumps                      `test_clocks`, `write/test_output`; scheduled records `test_incremental`
a corrupt cache                         `test_cache`
a publish that is cut short             `publish/test_cut_short`, `publish/test_object_faults`
======================================  ======================================================================
"""

import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crawl import addresses, missing
from folders import changes_the_disk

# Here, and once: what a command imports when it runs takes longer than to build so small a site.
import broadsheet.api
import broadsheet.arrange.site
import broadsheet.make
import broadsheet.pipeline
import broadsheet.planning
from broadsheet import workers
from broadsheet.cli import run
from broadsheet.kinds import Kind, kind_of
from broadsheet.model import MANIFEST
from broadsheet.read import record_files

NOW = "2024-06-15T12:00:00Z"
BASE = "https://tram.example.org/"
FOREIGN = {"CNAME": b"mine", "news/notes.txt": b"mine, too", "own/index.html": b"<p>mine</p>"}
Before = Callable[[], None]
Counts = Callable[[str, tuple[object, ...]], bool]


@dataclass
class Ended:
    """How a command ended: its exit status, less than zero where a signal ended it, and what it printed."""

    status: int
    out: str
    err: str


class Running:
    """A command that has begun in a process of its own; `before` is done there first."""

    def __init__(self, *arguments: str | Path, before: Before = lambda: None) -> None:
        out, err = os.pipe(), os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.process = os.fork()
        if self.process == 0:
            status = 70
            try:
                os.dup2(out[1], 1)
                os.dup2(err[1], 2)
                for handle in (*out, *err):
                    os.close(handle)
                # Not those of the process that runs the tests, which may catch what is printed.
                sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
                sys.argv = ["broadsheet", *map(str, arguments)]
                signal.signal(signal.SIGINT, signal.default_int_handler)
                before()
                run()
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        os.close(out[1])
        os.close(err[1])
        self._out, self._err = os.fdopen(out[0], encoding="utf-8"), os.fdopen(err[0], encoding="utf-8")

    def end(self) -> Ended:
        """Wait for its end."""
        with self._out, self._err:
            out, err = self._out.read(), self._err.read()
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return Ended(status, out, err)


def command(*arguments: str | Path, before: Before = lambda: None) -> Ended:
    return Running(*arguments, before=before).end()


# What happens to it.


def at_change(number: int, happens: Callable[[], object]) -> Before:
    """Have something happen just before the process changes the disk for the n-th time."""
    return at_event(number, happens, changes_the_disk)


def at_event(number: int, happens: Callable[[], object], counts: Counts) -> Before:
    def watch() -> None:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if counts(event, arguments):
                count += 1
                if count == number:
                    happens()

        sys.addaudithook(hook)

    return watch


def do_all(*happenings: Before) -> Before:
    def do() -> None:
        for happens in happenings:
            happens()

    return do


def sends(number: int) -> Callable[[], None]:
    """Return what sends the process itself a signal."""
    return lambda: os.kill(os.getpid(), number)


def noting(path: Path, counts: Counts = changes_the_disk) -> Before:
    """Have every event that `counts` written to a file, a line each."""

    def watch() -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            if counts(event, arguments):
                line = f"{event} {arguments[:2]!r}".replace("\n", " ")
                os.write(handle, line.encode("utf-8", "replace") + b"\n")

        sys.addaudithook(hook)

    return watch


def powerless() -> None:
    """Take from root what it may do more than others: it keeps to the modes of files then."""
    if os.geteuid() == 0:
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        nothing = (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None, use_errno=True).capset(header, nothing) == 0, os.strerror(ctypes.get_errno())


def with_workers() -> None:
    """Have so small a site read and rendered by several processes too, in a group of their own as on a terminal."""
    record_files._FILES_WORTH_A_WORKER = record_files._BYTES_WORTH_A_WORKER = 1
    broadsheet.make.PAGES_WORTH_A_WORKER = 1
    broadsheet.make._PAGES_AT_A_TIME = 5
    workers.can_fork = lambda: True
    os.setpgid(0, 0)


class Meeting:
    """A place where a process stops until it is told to go on."""

    def __init__(self) -> None:
        self._asked, self._asks = os.pipe()
        self._released, self._releases = os.pipe()

    def wait(self) -> None:
        """Stop here: what the process does that is to be met."""
        os.write(self._asks, b".")
        os.read(self._released, 1)

    def until_somebody_waits(self) -> None:
        # Of one that has ended nobody should wait for ever.
        os.close(self._asks)
        assert os.read(self._asked, 1), "it has ended before"

    def go_on(self) -> None:
        os.write(self._releases, b".")


# What must be true.


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file of an output folder by its path, but for our own."""
    found = {}
    for above, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".broadsheet-")]
        for name in names:
            path = Path(above, name)
            if not name.startswith(".broadsheet-"):
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def ours_in(folder: Path) -> list[str]:
    """The names of what is our own business in an output folder."""
    return sorted(path.name for path in folder.glob(".broadsheet-*"))


def wanting(folder: Path) -> list[str]:
    """What a reader of the site does not find."""

    def served(path: str) -> bytes | None:
        try:
            return (folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    return missing(served, BASE)


def bare(folder: Path) -> list[str]:
    """The files that any page in the folder is made of, be it linked to or not, and that are not there."""
    return sorted(
        f"{address} (needed by {path})"
        for path, content in content_of(folder).items()
        if path.endswith(".html")
        for address in addresses(path, content)
        if (needed := urlsplit(address.removeprefix(BASE))) and not needed.netloc
        if kind_of(needed.path.lstrip("/")) is Kind.ASSET and "." in needed.path.rpartition("/")[2]
        if not (folder / needed.path.lstrip("/")).exists()
    )


class Paper:
    """A small site, as it was when it was built and as it is now, and the files of both."""

    def __init__(self, root: Path, write: Callable[[Path, int], None]) -> None:
        self.root = root
        self.site = root / "site"
        self.output = self.site / "public"
        write(self.site, 1)
        built = self.build()
        assert built.status == 0, built.err
        for path, content in FOREIGN.items():
            (self.output / path).parent.mkdir(parents=True, exist_ok=True)
            (self.output / path).write_bytes(content)
        self.old = content_of(self.output)
        self._write = write
        write(self.site, 2)
        self.new = {**self.clean(), **FOREIGN}
        assert wanting(self.output) == [], wanting(self.output)
        self.keep()

    def build(self, *options: str | Path, before: Before = lambda: None) -> Ended:
        return command("build", self.site, "--now", NOW, *options, before=before)

    def clean(self) -> dict[str, bytes]:
        """What a build from nothing makes of the site as it is."""
        aside = self.root / "clean"
        shutil.rmtree(aside, ignore_errors=True)
        done = command("build", self.site, "--now", NOW, "--output", aside, "--clean")
        assert done.status == 0, done.err
        return content_of(aside)

    def turn_back(self) -> None:
        """Write the site as it was at first."""
        self._write(self.site, 1)

    def keep(self) -> None:
        """Remember all files as they are now, for `restore`."""
        shutil.rmtree(self.root / "kept", ignore_errors=True)
        subprocess.run(["cp", "-a", self.site, self.root / "kept"], check=True)

    def restore(self) -> None:
        """Put all files, the cache and the output included, back to where they were before anything happened."""
        shutil.rmtree(self.site)
        subprocess.run(["cp", "-a", self.root / "kept", self.site], check=True)

    def events(self, counts: Counts) -> list[str]:
        """What a build does of all that `counts`, one after the other."""
        notes = self.root / "events"
        notes.unlink(missing_ok=True)
        assert self.build(before=noting(notes, counts)).status == 0
        self.restore()
        return notes.read_text().splitlines()

    def changes(self) -> list[str]:
        """The changes of the disk that a build makes, one after the other."""
        return self.events(changes_the_disk)

    def commit_begins(self) -> int:
        """Return the number of the change of the disk that puts the first file in place."""
        return next(n for n, change in enumerate(self.changes(), 1) if "begun.json" in change and "rename" in change)

    def check_either(self) -> None:
        """Every file is the old one or the new one, a reader misses nothing, and what is not ours is as it was."""
        found = content_of(self.output)
        half = {path for path, content in found.items() if content not in (self.old.get(path), self.new.get(path))}
        assert half == set()
        assert not (self.old.keys() & self.new.keys()) - found.keys()
        assert wanting(self.output) == [], wanting(self.output)
        assert bare(self.output) == [], bare(self.output)

    def check_new(self) -> None:
        """The output is what a build from nothing makes, and nothing is left behind."""
        assert content_of(self.output) == self.new
        assert ours_in(self.output) == [MANIFEST]
        assert not [path for path in self.output.rglob("*") if path.is_dir() and not any(path.iterdir())]

    def check_next(self) -> Ended:
        """The next build ends well, and the output is as if nothing had happened."""
        done = self.build()
        assert done.status == 0, done.err
        self.check_new()
        return done


def some(numbers: range, most: int, seed: int) -> list[int]:
    """Return so many of the numbers, always the same ones."""
    return sorted(random.Random(seed).sample(numbers, min(most, len(numbers))))
