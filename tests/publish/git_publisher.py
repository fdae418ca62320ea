"""Publishes B to a branch, in a process that can be killed: `git_publisher.py FOLDER [KILL_AFTER]`.

`KILL_AFTER` is the number of steps after which the process kills its group.
"""

import os
import signal
import sys
from pathlib import Path

from pushed import IMPATIENT, NOW, B, release_of

from broadsheet.publish.git.branch import GitTarget
from broadsheet.publish.sending import planned, send, verify
from broadsheet.targets import GitTarget as Settings


def main(folder: Path, kill_after: int) -> None:
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == kill_after:
            os.killpg(0, signal.SIGKILL)

    target = GitTarget(Settings(remote=str(folder / "hub.git"), cname="news.example.org"), folder, IMPATIENT)
    with planned(release_of("two", B), target, NOW, 7, print) as publishing:
        send(publishing, NOW, step)
        verify(publishing, step)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
