"""An ssh server on loopback, the system's own program, with keys of its own and one user: who runs the tests."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from tools import require

# Not so strict as one that serves strangers: the tests' folders may be writable to others. What the tests' user has in
# the start files of a shell is left out.
_SETTINGS = """\
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
ListenAddress 127.0.0.1:{port}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 500
MaxSessions 100
PrintMotd no
SetEnv HOME={folder}
LogLevel INFO
"""
# Another process may take the port that was free a moment ago.
_ATTEMPTS = 5


class Sshd(NamedTuple):
    """A running server: who may come in at which port, and with what; `log` is what it has said so far."""

    port: int
    user: str
    key: Path
    known_hosts: Path
    log: list[str]

    @property
    def ssh(self) -> str:
        """The command line of a client that gets in, without the host: for GIT_SSH_COMMAND, or rsync's `-e`."""
        return self.through(self.port)

    @property
    def host(self) -> str:
        """What comes after `ssh`, and before the colon of an address of rsync."""
        return f"{self.user}@127.0.0.1"

    def through(self, port: int) -> str:
        """Return the command line of a client that gets in by another `port`, which leads here."""
        options = (
            f"UserKnownHostsFile={self.known_hosts}",
            "StrictHostKeyChecking=yes",
            "HostKeyAlias=tests",
            "BatchMode=yes",
            "IdentitiesOnly=yes",
        )
        return " ".join((f"ssh -p {port} -i {self.key} -F /dev/null", *(f"-o {option}" for option in options)))


@contextmanager
def sshd_running(folder: Path, *settings: str) -> Iterator[Sshd]:
    """Run the server on a free port while the context lasts; all it needs lies in `folder`, which has no blanks.

    `settings` are further lines of its settings, which come first and so prevail.
    """
    # The server wants to be called by its whole path, and Debian has it where users do not look.
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    require("sshd", program)
    require("ssh", shutil.which("ssh"))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    host_key, key = _made_key(folder / "host_key"), _made_key(folder / "key")
    (folder / "authorized_keys").write_text(key)
    (folder / "known_hosts").write_text(f"tests {host_key}")
    process, port = _started(str(program), folder, settings)
    log: list[str] = []
    reader = Thread(target=lambda: log.extend(process.stderr), daemon=True)
    reader.start()
    try:
        yield Sshd(port, getpass.getuser(), folder / "key", folder / "known_hosts", log)
    finally:
        process.terminate()
        process.wait()


def _made_key(path: Path) -> str:
    """Make a pair of keys and return the public one, a line."""
    if not path.exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f", str(path)]
        subprocess.run(command, check=True, capture_output=True)
    return path.with_suffix(".pub").read_text()


def _started(program: str, folder: Path, settings: tuple[str, ...]) -> tuple[subprocess.Popen[str], int]:
    """Start the server and return it, with its port, once it listens."""
    config, said = folder / "sshd_config", ""
    for _ in range(_ATTEMPTS):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        config.write_text("".join(f"{line}\n" for line in settings) + _SETTINGS.format(folder=folder, port=port))
        command = [program, "-D", "-e", "-f", str(config)]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        said = ""
        for line in process.stderr:
            said += line
            if line.startswith("Server listening"):
                return process, port
        process.wait()
    raise AssertionError(said)
