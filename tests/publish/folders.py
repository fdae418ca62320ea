"""Publishes to folders, and ends processes in the middle of it. For the tests of folders as targets."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawl import missing
from releases import BASE_URL

from broadsheet.publish.folder.in_place import InPlace
from broadsheet.publish.folder.layout import folder_target
from broadsheet.publish.folder.switched import Switched
from broadsheet.publish.plan import Plan
from broadsheet.publish.sending import Release, planned, send, verify
from broadsheet.read.folders import Folders
from broadsheet.targets import FolderTarget

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
OURS = ".broadsheet-"
_CHANGES = {"os.rename", "os.remove", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "os.truncate", "os.utime"}


def site_folders(root: Path) -> Folders:
    parts = {name: root / name for name in ("data", "static", "templates")}
    return Folders(root=root, records=root / "records", output=root / "public", **parts)


def target_at(path: Path, releases: bool | None = None, keep: int = 5) -> InPlace | Switched:
    return folder_target(FolderTarget(path=str(path), releases=releases, keep=keep), site_folders(path.parent / "site"))


def publish(
    path: Path,
    release: Release,
    *,
    releases: bool | None = None,
    keep: int = 5,
    day: int = 0,
    grace: int = 7,
    say: Callable[[str], None] = print,
) -> Plan:
    """Publish the way the command does, so many days after `NOW`, and return what was planned."""
    now = NOW + timedelta(days=day)
    with planned(release, target_at(path, releases, keep), now, grace, say) as publishing:
        send(publishing, now, lambda step, done, total: None)
        verify(publishing, lambda step, done, total: None)
    return publishing.plan


def content_of(path: Path) -> dict[str, bytes]:
    """Return all files that a web server would find below `path`, but our own ones, by path."""
    found = {}
    for folder, _, names in os.walk(path, followlinks=False):
        for name in names:
            file = Path(folder, name)
            below = file.relative_to(path).as_posix()
            if not below.startswith(OURS):
                found[below] = file.read_bytes() if file.is_file() else b"no file"
    return found


def empty_folders(path: Path) -> list[str]:
    return sorted(str(Path(folder)) for folder, folders, names in os.walk(path) if not folders and not names)


def wanting(path: Path) -> list[str]:
    """Return what a reader of the site at `path` does not find."""

    def served(name: str) -> bytes | None:
        try:
            return (path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    return missing(served, BASE_URL)


def is_killed(action: Callable[[], object]) -> bool:
    """Run `action` in a process of its own; return whether it was killed. What it raises fails the test."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            action()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status == 0 or os.WIFSIGNALED(status), "the process raised"
    return status != 0


def killed_at(change: int, action: Callable[[], object]) -> Callable[[], object]:
    """Return `action`, with an end by SIGKILL just before the process changes the disk for the n-th time."""

    def doomed() -> None:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if changes_the_disk(event, arguments):
                count += 1
                if count == change:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        action()

    return doomed


def changes_the_disk(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        return isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in _CHANGES
