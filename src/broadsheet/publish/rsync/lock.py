"""Who publishes to a folder of another machine: one at a time, by a session there that lasts as long as the publish.

Each who wants to makes a file of a name of its own in the folder, and then looks whether it is alone. Of two who
meet, the one with the smaller name stays and the other steps back, so that one of them goes on. The session takes the
file away when its line ends, for whatever reason, so that a killed publish is known to be dead at once; where the line
itself is dead, no sign of life comes any more. No name comes twice, and so nobody can take away another's file who
came later.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from contextlib import suppress
from threading import Event, Thread

from broadsheet.problems import SiteError
from broadsheet.publish.holder import Holder, holder_of, this_process
from broadsheet.publish.rsync.remote import ROBBED, Remote
from broadsheet.publish.target import Say

LOCK = ".broadsheet-publishing-"
# Each word is answered by what it does; only `look` says something, which ends with a dot.
_SESSION = (
    'mkdir -p "$1" && cd "$1" || exit 1; trap \'rm -f "$2"\' 0; trap "exit 1" 1 2 13 15; '
    "while read -r word name; do case $word in "
    'take) exec 3>"$2" && printf "%s\\n" "$3" >&3 || exit 1 ;; '
    'drop) rm -f "$2" ;; '
    'break) rm -f "$name" ;; '
    # Taken away by somebody who took this one for dead: it must not come back.
    f'beat) [ -f "$2" ] || exit {ROBBED}; echo >&3 ;; '
    f'look) for f in {LOCK}*; do if [ "$f" = "$2" ]; then continue; fi; '
    'if read -r who <"$f"; then echo "$f $(wc -c <"$f") $who"; fi; done 2>/dev/null; echo . ;; '
    "esac; done"
)
_OTHER = re.compile(rf"({re.escape(LOCK)}[0-9a-f]+) +([0-9]+) (.*)\n").fullmatch
_BEATS = 6
_LOOK_SECONDS = 2.0


class RemoteLock:
    """Says there that this process publishes, and goes on saying so, from `take` until `release`."""

    def __init__(self, remote: Remote) -> None:
        """Know where to say it; nothing is connected yet."""
        self._remote = remote
        self._pause = remote.patience.silence / _BEATS
        self._session: _Session | None = None
        self._released = Event()
        self._beats: Thread | None = None

    @property
    def is_held(self) -> bool:
        """Whether the session still lasts."""
        return self._session is not None and self._session.lasts

    def take(self, say: Say) -> None:
        """Wait until nobody else publishes there; `say` gets for whom. Raises `SiteError`."""
        self.release()
        # A new name each time: the session before may still be about to take its own file away.
        self._session = _Session(self._remote)
        try:
            self._wait(self._session, say)
        except BaseException:
            self.release()
            raise
        self._released = Event()
        self._beats = Thread(target=self._go_on, args=(self._session, self._released), daemon=True)
        self._beats.start()

    def release(self) -> None:
        """End the session; nothing is left of it there."""
        self._released.set()
        if self._beats:
            self._beats.join()
            self._beats = None
        if self._session:
            self._session.end()
            self._session = None

    def _wait(self, session: _Session, say: Say) -> None:
        there, told = False, set()
        sizes: dict[str, int] = {}
        silences: dict[str, float] = {}
        pause = min(_LOOK_SECONDS, self._pause)
        while (others := session.others()) or not there:
            if not others:
                session.tell("take")
                there = True
                continue
            for name, (size, holder) in others.items():
                silences[name] = silences.get(name, 0) + pause if sizes.get(name) == size else 0
                sizes[name] = size
                if holder and holder.is_dead():
                    session.tell(f"break {name}")
                elif silences[name] > self._remote.patience.silence:
                    say(f"{_who(holder)} has not been heard of for long, and is taken for dead")
                    session.tell(f"break {name}")
                elif name not in told:
                    say(f"{_who(holder)} publishes to {self._remote.place}: waiting until that has ended")
                    told.add(name)
            if there and min(others) < session.name:
                session.tell("drop")
                there = False
            self._remote.patience.sleep(pause)
            if there:
                session.tell("beat")

    def _go_on(self, session: _Session, released: Event) -> None:
        with suppress(SiteError):
            while not released.wait(self._pause):
                session.tell("beat")


class _Session:
    """A shell there that does what it is told, word by word, and ends with the line."""

    def __init__(self, remote: Remote) -> None:
        me = this_process()
        self.name = f"{LOCK}{me.token}"
        self._remote = remote
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                remote.opening(_SESSION, self.name, me.encoded().decode().strip()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
            )
        except OSError as error:
            self._stderr.close()
            raise remote.unusable("ssh", error) from None

    @property
    def lasts(self) -> bool:
        return self._process.poll() is None

    def tell(self, word: str) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(f"{word}\n".encode())
            self._process.stdin.flush()
        except OSError:
            raise self._failure() from None

    def others(self) -> dict[str, tuple[int, Holder | None]]:
        """Return who else is there, by name: how much each has said so far, and who it is."""
        assert self._process.stdout
        self.tell("look")
        found = {}
        while (line := self._process.stdout.readline()) != b".\n":
            if not line:
                raise self._failure()
            text = line.decode(errors="replace")
            if other := _OTHER(text):
                found[other[1]] = (int(other[2]), holder_of(other[3].encode()))
            elif not text.startswith(LOCK):
                hint = "the shell there must not print anything by itself, as from .bashrc"
                raise self._remote.problem(f"what comes from there is not understood: {text.strip()}", hint)
        return found

    def end(self) -> None:
        with suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        assert self._process.stdout
        # What is on the way still, so that the other end has no reason to stay.
        self._process.stdout.read()
        self._process.stdout.close()
        self._process.wait()
        self._stderr.close()

    def _failure(self) -> SiteError:
        code = self._process.wait()
        self._stderr.seek(0)
        return self._remote.failure("ssh", code, self._stderr.read())


def _who(holder: Holder | None) -> str:
    return holder.told() if holder else "somebody"
