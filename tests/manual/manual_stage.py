"""Where a page is played: an empty folder, a shell that remembers, stand-ins for what is far away, servers nearby."""

import os
import shutil
import signal
import string
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from manual_blocks import PageError
from object_servers import CREDENTIALS, moto
from stand_ins import STAND_INS

ROOT = Path(__file__).parents[2]
EXAMPLE = Path(__file__).with_name("my-site")
_SCRIPT = Path(__file__).with_name("stand_ins.py")
_IDENTITY = "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
# Programs that show a site until somebody presses Ctrl-C are functions of the shell, which find them wherever they are.
_SHELL = """\
set -eEo pipefail
broadsheet() {
    set -- "$(type -P broadsheet)" "$@"
    if [ "${2-}" = serve ]; then set -- "$SERVED" "$@"; fi
    "$@"
}
make() {
    set -- "$(type -P make)" "$@"
    if [ "${2-}$REAL" = serveyes ]; then set -- "$SERVED" "$@"; fi
    "$@"
}
at() { case "${FUNCNAME[1]-}" in broadsheet | make) echo "${BASH_LINENO[1]}" ;; *) echo "$1" ;; esac >"$STATE/line"; }
trap 'at "$LINENO"' ERR
. "$STATE/block"
set +e
export -p >"$STATE/exported"
pwd >"$STATE/folder"
"""


class Done(NamedTuple):
    """How a block ended: its status, what it printed, and the line of it that failed, counted from 1 (0: none)."""

    status: int
    output: str
    line: int


class Stage:
    """One page's folder and shell. `is_real` has no stand-ins: the system's own Python, git and make."""

    def __init__(self, base: Path, *, is_real: bool = False, patience: float = 120) -> None:
        self.base, self.is_real, self.patience = base, is_real, patience
        self.site: Path | None = None
        self.replaced: dict[str, str] = {}
        self._servers = ExitStack()
        self._count = 0
        self._programs = base / "programs"
        self._make_programs()
        self.fresh()

    def close(self) -> None:
        self._servers.close()

    def fresh(self, what: str = "") -> None:
        """Go on in another folder: an empty one, or a checkout."""
        self._count += 1
        self.folder = self.base / f"page-{self._count}"
        self.site = None
        home = self.base / f"home-{self._count}"
        home.mkdir()
        (home / ".gitconfig").write_text(_IDENTITY)
        self.environment = self._environment(home)
        if what == "checkout":
            self._check_out()
        else:
            self.folder.mkdir()

    def use_site(self, text: str) -> None:
        """Take `DIR`, or `DIR = FOLDER`, for the site: a copy of the example, or of that folder of the repository."""
        name, _, source = (part.strip() for part in text.partition("="))
        self.site = self.folder / name
        if source or not self.site.exists():
            ignored = shutil.ignore_patterns("public", ".broadsheet")
            shutil.copytree(ROOT / source if source else EXAMPLE, self.site, ignore=ignored, dirs_exist_ok=True)

    def replace(self, text: str) -> None:
        """Have what stands before the `=` stand for what is behind it, whose variables are the shell's."""
        name, _, value = (part.strip() for part in text.partition("="))
        self.replaced[name] = string.Template(value).safe_substitute(self.environment, PWD=str(self.folder))

    def spoken(self, text: str) -> str:
        """Return a text of the page as it is meant here."""
        for name, value in self.replaced.items():
            text = text.replace(name, value)
        return text

    def heard(self, text: str) -> str:
        """Return what a program says as the page would say it."""
        for name, value in self.replaced.items():
            text = text.replace(value, name)
        return text

    def serve(self, text: str) -> None:
        """Start `bucket NAME`, or `web ADDRESS = FOLDER`."""
        kind, _, rest = text.partition(" ")
        if kind == "bucket":
            server = self._servers.enter_context(moto(self._aside("moto")))
            server.make(rest.strip())
            self.environment |= {"AWS_ENDPOINT_URL": server.address, "AWS_ALLOW_HTTP": "true"}
            self.environment |= {"AWS_REGION": CREDENTIALS["AWS_REGION"]}
        elif kind == "web":
            address, _, folder = (part.strip() for part in rest.partition("="))
            self.replaced[address] = self._servers.enter_context(_web(self.folder / folder))
        else:
            raise PageError(f"there is no server `{kind}`: bucket or web")

    def run(self, text: str) -> Done:
        """Run a text as a block of the page's shell."""
        state = self._aside("state")
        for path in state.iterdir():
            path.unlink()
        (state / "block").write_text(self.spoken(text), encoding="utf-8")
        environment = {**self.environment, "STATE": str(state)}
        command = ["bash", "--noprofile", "--norc", "-c", _SHELL]
        with (state / "output").open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait(self.patience)
            except subprocess.TimeoutExpired:
                status = 124
            finally:
                _end_all(process.pid)
                if (state / "serving").exists():
                    _end_all(int((state / "serving").read_text()))
                process.wait()
        printed = self.heard((state / "output").read_text(encoding="utf-8", errors="replace"))
        if (state / "folder").exists():
            self.folder = Path((state / "folder").read_text().removesuffix("\n"))
            self.environment = self._exported(state)
        line = int((state / "line").read_text().split()[-1]) if (state / "line").exists() else 0
        return Done(status, printed, line)

    def _exported(self, state: Path) -> dict[str, str]:
        """Return the variables that a block has left, as the next one finds them."""
        command = ["bash", "--noprofile", "--norc", "-c", f'. "{state}/exported"; exec env -0']
        told = subprocess.run(command, env={}, capture_output=True, check=True, text=True).stdout
        pairs = dict(pair.split("=", 1) for pair in told.split("\0") if pair)
        return {name: value for name, value in pairs.items() if name not in {"STATE", "_", "SHLVL", "OLDPWD", "PWD"}}

    def _aside(self, name: str) -> Path:
        folder = self.base / name
        folder.mkdir(exist_ok=True)
        return folder

    def _environment(self, home: Path) -> dict[str, str]:
        """Return what a newcomer's shell knows; nothing of it leads to the network, but for real."""
        kept = _settings_of_pip() if self.is_real else {}
        unreachable = "http://127.0.0.1:9/"
        alone = {
            "http_proxy": unreachable,
            "https_proxy": unreachable,
            "no_proxy": "127.0.0.1,localhost",
            "NO_PROXY": "127.0.0.1,localhost",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return {
            **kept,
            **({"REAL": "yes"} if self.is_real else {"REAL": "", **alone}),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PATH": f"{self._programs}:{os.defpath}:/usr/local/bin",
            "STAND_INS": str(self._programs),
            "SERVED": str(self._aside("served") / "served"),
            "MAKE_PROGRAM": shutil.which("make") or "make",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def _make_programs(self) -> None:
        self._programs.mkdir(parents=True)
        _write_program(self._aside("served") / "served", sys.executable, str(_SCRIPT), "served")
        if self.is_real:
            # Not the environment that the tests run in.
            _write_program(self._programs / "python3", getattr(sys, "_base_executable", sys.executable))
            return
        _write_program(self._programs / "broadsheet", str(Path(sys.executable).with_name("broadsheet")))
        for name in STAND_INS:
            _write_program(self._programs / name, sys.executable, str(_SCRIPT), name)

    def _check_out(self) -> None:
        """Copy the repository's files as they are now, and the tests' environment as its `.venv`, but for real."""
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0"):
            if name and (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name, follow_symlinks=False)
        subprocess.run(["git", "init", "-q", str(self.folder)], env=self.environment, check=True)
        if not self.is_real:
            environment = self.folder / ".venv"
            (environment / "bin").mkdir(parents=True)
            # Each for itself: a page may put others in their place.
            for program in Path(sys.prefix, "bin").iterdir():
                (environment / "bin" / program.name).symlink_to(program)
            (environment / "lib").symlink_to(Path(sys.prefix, "lib"))
            shutil.copy(Path(sys.prefix, "pyvenv.cfg"), environment)
            for name in ("installed", "installed-for-tests", "installed-for-all-tests"):
                (environment / name).touch()


def _settings_of_pip() -> dict[str, str]:
    """Return how pip reaches packages on this machine, which a home without settings would not tell it.

    What it has to say of that is kept from the pages.
    """
    given = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_")) or "proxy" in name}
    file = Path.home() / ".config/pip/pip.conf"
    config = {"PIP_CONFIG_FILE": str(file)} if file.is_file() else {}
    return {"PIP_CACHE_DIR": str(Path.home() / ".cache/pip"), **config, **given, "PIP_QUIET": "2"}


def _write_program(path: Path, *command: str) -> None:
    path.write_text(f'#!/bin/sh\nexec {" ".join(map(repr, command))} "$@"\n')
    path.chmod(0o755)


def _end_all(group: int) -> None:
    """End what a block has left running."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def _web(folder: Path) -> Iterator[str]:
    """Give the files of a folder at an address on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
