"""A folder of another machine, reached by the real `ssh` and `rsync`: programs run there, and what their failures mean.

There it takes a POSIX `sh` with `cat`, `cksum`, `mkdir`, `mv`, `rm`, `rmdir` and `wc`, an `xargs` that knows `-0`, and
`rsync`. Paths go there as data, never as a part of a command.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from broadsheet.problems import Place, Problem, SiteError, reason
from broadsheet.publish.target import Patience
from broadsheet.targets import RsyncTarget

# What a script says when the folder is not there. Shells and programs keep away from such numbers.
NO_FOLDER = 44
# What is given to a script has not come as a whole: who gave it has died, or the line has.
CUT_SHORT = 47
# Somebody took this one for dead, and its lock away.
ROBBED = 48
# Names and texts are bytes to all programs, and what they say is what `_REFUSALS` knows.
_PLAIN = {"LC_ALL": "C"}
_LANGUAGE = "LC_ALL=C; export LC_ALL; "
_PROLOGUE = f'{_LANGUAGE}[ -d "$1" ] || exit {NO_FOLDER}; cd "$1" || exit 1; shift; '
# What others may read is up to those who run that machine, but a web server must be able to read it.
_READABLE = "umask g+rx,o+rx; "
_SERVER = _READABLE + 'cd "$1" && shift && {first} exec rsync "$@"'
# Ends rsync when this process ends, however it does: nothing else would, and it would get in the way of the next one.
_GUARD = 'exec 3<&0; { read -r _ <&3 || kill $$; } >/dev/null 2>&1 & exec "$@" 3<&- </dev/null'
_LOST = frozenset((10, 12, 30, 35))
_NO_ENTRY = 255
_MISSING = frozenset((126, 127))
_NOT_CLEAN = 2
_BEATS = 3

_LOOK_BY_HAND = "try `ssh {host}` by hand; a key belongs to ssh-agent, or into ~/.ssh/config"
_COMPARE = "connect once by hand, compare the fingerprint, and let ssh remember it"
# What ssh says when it does not get in, and will not the next time either: a pattern, what it means, what to do.
_REFUSALS = (
    (r"host key verification failed|identification has changed|host key is known", "is not known to ssh", _COMPARE),
    (r"permission denied|too many authentication failures", "does not let us in", _LOOK_BY_HAND),
    (r"name or service not known|nodename nor servname", "is no machine that is known here", _LOOK_BY_HAND),
    (r"bad configuration option|unknown option|illegal option|usage: ssh", "can not be asked that way", _LOOK_BY_HAND),
)
# What programs say that get nowhere, here or there; the same.
_OBSTACLES = (
    (r"no space left|quota exceeded|file too large", "the disk there is full", "make room there, and publish again"),
    (r"read-only file system", "nothing can be written there", "publish to another folder"),
    (r"too many levels of symbolic links", "a link there leads out of the folder", "put a folder there instead"),
    (r"permission denied|operation not permitted", "something may not be written or read there", "see to its owner"),
)


class PassingError(SiteError):
    """What may be better in a moment: the line was cut, or nobody answered."""


class Remote:
    """A folder of another machine. `place` is how problems name it."""

    def __init__(self, settings: RsyncTarget, patience: Patience) -> None:
        """Know of the folder that the settings tell; nothing is connected yet."""
        self.place = settings.to
        self.patience = patience
        address, bracket, path = settings.to.partition("]:")
        if not bracket:
            address, _, path = settings.to.partition(":")
        self._address = address + bracket.removesuffix(":")
        # To rsync, an address of IPv6 comes in brackets; to ssh it does not.
        self.host = self._address.replace("[", "").replace("]", "")
        path = "" if path == "~" else path.removeprefix("~/")
        # Not below what CDPATH says, and no option, whatever its name.
        self._folder = path if path.startswith("/") else f"./{path}"
        self._ssh = shlex.split(settings.ssh)
        self._is_open_ssh = any(Path(word).name == "ssh" for word in self._ssh)
        self._shared = ""

    def check(self) -> None:
        """Make sure that there is an rsync here. Raises `SiteError`."""
        if not shutil.which("rsync"):
            raise self.problem("rsync can not be run here: there is none", "install rsync")

    def share(self, folder: str) -> None:
        """Let all connections go through one, the `opening` one, by a socket in `folder`; none where that is empty."""
        self._shared = f"{folder}/line" if folder and self._is_open_ssh and os.name == "posix" else ""

    def opening(self, script: str, *arguments: str) -> list[str]:
        """Return the command that runs a script beside the folder, which is its first argument, and opens the line."""
        return [
            *self._connect(is_first=True),
            self.host,
            _shell(_LANGUAGE + _READABLE + script, self._folder, *arguments),
        ]

    def run(self, script: str, *arguments: str, given: bytes = b"", accepted: Iterable[int] = ()) -> tuple[int, bytes]:
        """Run a script in the folder and return its exit code, 0 or one of the `accepted`, and what it wrote.

        Raises `SiteError`, `PassingError` where it may be tried again.
        """
        command = [*self._connect(), self.host, _shell(_PROLOGUE + script, self._folder, *arguments)]
        try:
            done = subprocess.run(command, input=given, capture_output=True, check=False, env={**os.environ, **_PLAIN})
        except OSError as error:
            raise self.unusable("ssh", error) from None
        if done.returncode and done.returncode not in accepted:
            raise self.failure("ssh", done.returncode, done.stderr)
        return done.returncode, done.stdout

    def rsync(self, source: Path, paths: Sequence[str], *options: str, first: str = "") -> bytes:
        """Run rsync for these paths from below `source` to the folder, and return what it wrote. Raises as `run`.

        `first` is a command that is run in the folder before.
        """
        server = _SERVER.replace("{first}", f"{first} &&" if first else "")
        with tempfile.TemporaryDirectory(prefix="broadsheet-") as aside:
            wanted = Path(aside, "paths")
            wanted.write_bytes(listed(paths))
            command = [
                *("rsync", "--checksum", "--copy-links", "--no-implied-dirs", "--from0", f"--files-from={wanted}"),
                *(f"--timeout={_seconds(self.patience.request)}", f"--rsh={_for_rsync(self._connect())}"),
                *(f"--rsync-path={_shell(server, self._folder)}", *options, f"{source}/", f"{self._address}:./"),
            ]
            done = self._guarded(command)
        if done.returncode:
            raise self.failure("rsync", done.returncode, done.stderr)
        return done.stdout

    def problem(self, message: str, hint: str = "") -> SiteError:
        """Return what is wrong with the folder."""
        return SiteError([Problem(Place(self.place), message, hint)])

    def unusable(self, program: str, error: OSError) -> SiteError:
        """Return what is wrong with a program of this machine."""
        return self.problem(f"{program} can not be run here: {reason(error)}", f"install {program}")

    def failure(self, program: str, code: int, stderr: bytes) -> SiteError:
        """Return what an exit code and the words of ssh or rsync mean."""
        words = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
        if cause := _cause(words, _REFUSALS if code == _NO_ENTRY else _OBSTACLES):
            said, message, hint = cause
            message = f"{self.host} {message}" if code == _NO_ENTRY else message
            return self.problem(f"{message}: {said}", hint.format(host=self.host))
        # The first is where it began; the last is rsync's own about its code.
        because = f": {words[0]}" if words else f" (code {code})"
        if code in {_NO_ENTRY, CUT_SHORT, ROBBED} or (program == "rsync" and code in _LOST):
            return PassingError([Problem(Place(self.place), f"the connection failed{because}", "publish again")])
        if code in _MISSING:
            return self.problem(f"a program is missing there{because}", "it takes a POSIX shell, xargs and rsync there")
        if program == "rsync" and code == _NOT_CLEAN:
            hint = "the shell there must not print anything by itself, as from .bashrc; rsync must be of version 3"
            return self.problem(f"rsync does not understand what comes from there{because}", hint)
        return self.problem(f"{program} failed{because}")

    def _connect(self, is_first: bool = False) -> list[str]:
        """Return the command that connects, without the host; what the settings have said already prevails."""
        if not self._is_open_ssh:
            return self._ssh
        wait = _seconds(self.patience.request)
        options = [f"ConnectTimeout={wait}", f"ServerAliveInterval={_seconds(wait / _BEATS)}"]
        options += [f"ServerAliveCountMax={_BEATS}", "RequestTTY=no"]
        if self._shared:
            # All others go through the first one, or not at all: it holds the lock.
            roles = (
                ("ControlMaster=yes", "ControlPersist=no") if is_first else ("ControlMaster=no", "ProxyCommand=false")
            )
            options += [f"ControlPath={self._shared}", *roles]
        return [*self._ssh, *(word for option in options for word in ("-o", option))]

    def _guarded(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        alive, ours = os.pipe()
        try:
            return subprocess.run(
                ["sh", "-c", _GUARD, "sh", *command],
                stdin=alive,
                capture_output=True,
                check=False,
                env={**os.environ, **_PLAIN},
            )
        except OSError as error:
            raise self.unusable("sh", error) from None
        finally:
            os.close(alive)
            # The guard goes, and kills nobody.
            with suppress(BrokenPipeError), os.fdopen(ours, "wb", buffering=0) as guard:
                guard.write(b"\n")


def listed(paths: Iterable[str]) -> bytes:
    """Return paths as programs read them that end each with a NUL; none of them looks like an option."""
    return b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)


def _cause(words: list[str], known: Iterable[tuple[str, str, str]]) -> tuple[str, str, str] | None:
    """Return the line that says what is wrong, what it means, and what to do, where it is one that is known."""
    for pattern, message, hint in known:
        for word in words:
            if re.search(pattern, word.lower()):
                return word, message, hint
    return None


def _seconds(seconds: float) -> int:
    return max(1, round(seconds))


def _shell(script: str, *arguments: str) -> str:
    """Return the command that runs a script by `sh`, whatever the shell of the user there."""
    return f"sh -c {shlex.join([script, 'sh', *arguments])}"


def _for_rsync(words: Iterable[str]) -> str:
    """Return a command as rsync takes it apart: a quote within quotes is doubled."""
    return " ".join("'" + word.replace("'", "''") + "'" for word in words)
