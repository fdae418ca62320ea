"""A process that publishes a release by rsync, to be killed: TO SSH BUILT NAME, and which of its programs is its last.

Instead of starting that program it kills itself, as a machine does that has no memory left: nothing is tidied up.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from broadsheet.files import content_digest
from broadsheet.problems import SiteError
from broadsheet.publish.release import Item, Ledger
from broadsheet.publish.rsync.folder import RsyncFolder
from broadsheet.publish.sending import Release, planned, send, verify
from broadsheet.publish.target import Patience
from broadsheet.targets import RsyncTarget

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
# Tests do not wait for what is to fail.
HASTE = Patience(attempts=4, pause=0.01, longest_pause=0.05, request=20, silence=60)


def release_in(built: Path, name: str) -> Release:
    """Return the release that lies in a folder."""
    items = {}
    for path in sorted(built.rglob("*")):
        if path.is_file():
            content, at = path.read_bytes(), path.relative_to(built).as_posix()
            items[at] = Item(at, content_digest(content), len(content))
    return Release(name, items, lambda item: (built / item.path).read_bytes(), "", f"commit-of-{name}")


def publish(
    target: RsyncFolder, built: Path, name: str, said: list[str], grace_days: int = 0
) -> tuple[Ledger, set[str]]:
    """Publish what lies in `built`, and return the ledger and the paths that were sent. Raises `SiteError`."""
    with planned(release_in(built, name), target, NOW, grace_days, said.append) as publishing:
        ledger = send(publishing, NOW, lambda *_: None)
        verify(publishing, lambda *_: None)
        plan = publishing.plan
        return ledger, {item.path for item in (*plan.new, *plan.changed)}


def _main() -> None:
    to, ssh, built, name, last = sys.argv[1:]
    number = count(1)

    def watch(event: str, _: tuple[object, ...]) -> None:
        if event == "subprocess.Popen" and next(number) == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    target = RsyncFolder(RsyncTarget(to=to, ssh=ssh), Path(built), HASTE)
    try:
        publish(target, Path(built), name, [])
    except SiteError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
