"""The program `git`, run apart from the repository that one may stand in; what it says goes on without secrets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO

from msgspec import Struct, structs

from broadsheet.problems import Place, Problem, SiteError, reason
from broadsheet.publish.target import Patience

# GIT_CONFIG_COUNT and the partial clones that we rely on.
_OLDEST = (2, 31)
# What a hook of git leaves in the environment of what it runs: our git would work in that repository.
_OF_A_HOOK = tuple(
    "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES "
    "GIT_PREFIX GIT_NAMESPACE GIT_QUARANTINE_PATH GIT_SHALLOW_FILE GIT_GRAFT_FILE GIT_REPLACE_REF_BASE "
    "GIT_IMPLICIT_WORK_TREE GIT_CONFIG GIT_REFLOG_ACTION".split()
)
# A server that works on what it got may be quiet for a while: so many times what a request may take.
_QUIET_REQUESTS = 5
_USER_IN_ADDRESS = re.compile(r"://[^\s/'\"]*@")
_PROGRESS = re.compile(
    r"(?:remote: )?(?:Enumerating|Counting|Compressing|Writing|Receiving|Resolving|Unpacking|Updating|Total)\b.*|To .*"
)
_UNPRINTABLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_LONGEST_SAID = 1000
_REFUSED = re.compile(
    r"permission denied|authentication failed|could not read (?:username|password)|returned error: 4\d\d"
    r"|access denied|not authori[sz]ed|invalid credentials",
    re.I,
)
_LASTING = re.compile(
    rf"{_REFUSED.pattern}|rejected\]|not found|does not appear to be|host key verification failed|no space left", re.I
)
_PASSING = re.compile(
    r"could not resolve host|connection (?:refused|reset|timed out|closed)|network is unreachable|no route to host"
    r"|timed? ?out|early eof|hung up|unexpected disconnect|rpc failed|returned error: (?:5\d\d|429)|too slow"
    r"|ssl_error_syscall|gnutls_handshake|broken pipe|temporary failure|failed to connect|empty reply|says nothing",
    re.I,
)


class GitError(SiteError):
    """Git failed; `said` is what it said, without secrets."""

    def __init__(self, problem: Problem, said: str) -> None:
        """Keep what git said beside the problem that it makes."""
        super().__init__([problem])
        self.said = said


def is_passing(error: SiteError) -> bool:
    """Return whether git failed because of the network, so that it is worth another try."""
    return isinstance(error, GitError) and bool(_PASSING.search(error.said)) and not _LASTING.search(error.said)


def find_git(place: str, patience: Patience, environment: Mapping[str, str]) -> Git:
    """Return the git that is there. Raises `SiteError` where there is none, or one that is too old."""
    program = shutil.which("git", path=environment.get("PATH"))
    if program is None:
        raise SiteError([Problem(Place(place), "the program `git` was not found", "install git")])
    kept = apart(environment)
    # `LC_ALL`: whether a failure is worth another try shows in what git says.
    kept |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "LANGUAGE": "C"}
    git = Git(place, patience, program, kept)
    said = git.run("version").decode(errors="replace").strip()
    version = re.search(r"(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        raise SiteError([Problem(Place(place), f"this git is too old: {said}", f"git {wanted} or newer")])
    return git


def apart(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which git works where it is told to, though a hook of git may have started us."""
    return {name: value for name, value in environment.items() if name not in _OF_A_HOOK}


class Git(Struct, frozen=True):
    """A git at work for one target, which `place` names in problems; `program` is where it is.

    Settings and what else must be known to get access go to it in its `environment`, never on a command line, which
    every user of the machine can read. `secrets` are never shown.
    """

    place: str
    patience: Patience
    program: str
    environment: dict[str, str]
    secrets: tuple[str, ...] = ()

    def having(
        self,
        settings: Sequence[tuple[str, str]] = (),
        secrets: Sequence[str] = (),
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> Git:
        """Return the same git with more settings of git, more secrets, and more in its environment."""
        return structs.replace(
            self,
            environment=self.environment | _as_variables(settings, self.environment) | dict(variables),
            secrets=(*self.secrets, *filter(None, secrets)),
        )

    @property
    def quiet_seconds(self) -> int:
        """For how long git may say nothing; after twice that it is ended."""
        return max(1, int(self.patience.request * _QUIET_REQUESTS))

    def run(self, *arguments: str | Path, given: bytes | IO[bytes] = b"") -> bytes:
        """Return what git prints. Raises `GitError` when it fails, or says nothing for too long."""
        with self._files(given) as (source, printed, said):
            words = [str(argument) for argument in arguments]
            doing = words[2] if words[0] == "-C" else words[0]
            process = subprocess.Popen(
                [self.program, *words], stdin=source, stdout=printed, stderr=said, env=self.environment
            )
            try:
                self._wait(process, (printed, said), doing)
            except BaseException:
                _end(process)
                raise
            if process.returncode:
                raise self.failed(doing, _text(printed) + _text(said))
            printed.seek(0)
            return printed.read()

    def failed(self, doing: str, said: str) -> GitError:
        """Return the error of a git that failed and `said` so."""
        said = self.scrubbed(said)
        lines = [line.strip() for line in re.split(r"[\r\n]+", said) if line.strip() and not _PROGRESS.fullmatch(line)]
        told = "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in lines)[:_LONGEST_SAID]
        hint = ""
        if "host key verification failed" in said.lower():
            hint = "connect once by hand, or put the key of the host into known_hosts"
        elif _REFUSED.search(said):
            hint = "git's own stores are asked for credentials: its credential helpers, the ssh agent"
        return GitError(Problem(Place(self.place), f"git {doing} failed: {told or 'it does not say why'}", hint), said)

    def scrubbed(self, text: str) -> str:
        """Return `text` without passwords, and without what would steer a terminal."""
        text = without_user(text)
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return _UNPRINTABLE.sub(lambda found: "\n" if found[0] == "\r" else " ", text)

    def _wait(self, process: subprocess.Popen[bytes], files: Sequence[IO[bytes]], doing: str) -> None:
        heard = -1
        while True:
            try:
                process.wait(self.quiet_seconds)
                return
            except subprocess.TimeoutExpired:
                sizes = sum(os.fstat(file.fileno()).st_size for file in files)
                if sizes == heard:
                    raise self.failed(doing, "the other side says nothing any more") from None
                heard = sizes

    @contextmanager
    def _files(self, given: bytes | IO[bytes]) -> Iterator[tuple[IO[bytes], IO[bytes], IO[bytes]]]:
        """Yield files for what git is given, prints and says.

        Not pipes: an ssh that stays for the next connection would keep them open.
        """
        try:
            with TemporaryFile() as source, TemporaryFile() as printed, TemporaryFile() as said:
                if isinstance(given, bytes):
                    source.write(given)
                read = source if isinstance(given, bytes) else given
                read.seek(0)
                yield read, printed, said
        except OSError as error:
            message = f"git can not be run: {reason(error)}"
            raise SiteError([Problem(Place(self.place), message, "is there room for temporary files?")]) from None


def without_user(text: str) -> str:
    """Return `text` with its addresses as they are without a user and a password."""
    return _USER_IN_ADDRESS.sub("://", text)


def _as_variables(settings: Sequence[tuple[str, str]], environment: Mapping[str, str]) -> dict[str, str]:
    """Return settings of git as environment variables, after those that are there."""
    before = environment.get("GIT_CONFIG_COUNT", "")
    first = int(before) if before.isdecimal() else 0
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))} if settings else {}
    for number, (name, value) in enumerate(settings, first):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a git; politely first, so that it can clean up."""
    process.terminate()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
