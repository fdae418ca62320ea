"""What stands on a page's PATH for programs that would take long, reach the network, or never end.

Called as `python stand_ins.py PROGRAM ARGUMENTS`; see `stand_in` for each.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# What `make` runs for real, in a checkout of the page's own. All else would be out of proportion: it installs, tests
# or measures, for minutes.
MADE = {"messages"}
# Options of pip and its kin that take a value.
_WITH_VALUE = {"--python", "--spec", "--from", "--with", "--index-url", "-i", "--constraint", "-c"}
_PATIENCE = 60


def pip(arguments: list[str]) -> None:
    """Check what `pip install` is asked for: that it can be read, and that our package has such extras."""
    if arguments[:1] != ["install"]:
        sys.exit(f"pip {' '.join(arguments)}: only `pip install` has a stand-in")
    _check_wanted(arguments[1:])


def pipx(arguments: list[str]) -> None:
    """Check what `pipx install` or `pipx run` is asked for."""
    if not arguments or arguments[0] not in {"install", "run", "inject", "upgrade"}:
        sys.exit(f"pipx {' '.join(arguments)}: no such command of pipx")
    _check_wanted(arguments[1:], one=arguments[0] == "run")


def uvx(arguments: list[str]) -> None:
    """Check what `uvx` is asked for."""
    _check_wanted(arguments, one=True)


def _check_wanted(arguments: list[str], *, one: bool = False) -> None:
    wanted, left = [], list(arguments)
    while left:
        argument = left.pop(0)
        if argument in {"-r", "--requirement"}:
            wanted += [line for line in Path(left.pop(0)).read_text().splitlines() if line.strip("# ")]
        elif argument in {"--spec", "--from"}:
            wanted.append(left.pop(0))
            break
        elif argument in _WITH_VALUE:
            left.pop(0)
        elif not argument.startswith("-"):
            wanted.append(argument)
            if one:
                break
    if not wanted and "--upgrade" not in arguments:
        sys.exit("nothing is asked for")
    for requirement in wanted:
        _check_requirement(requirement)


def _check_requirement(text: str) -> None:
    path, _, extras = text.partition("[")
    if path.startswith(".") or "/" in path.partition("@")[0]:
        if path.endswith(".whl"):
            names = set(re.findall(r"[\w-]+", extras))
        else:
            if not Path(path, "pyproject.toml").is_file():
                sys.exit(f"{text}: there is no package in {Path(path).resolve()}")
            names = set(re.findall(r"[\w-]+", extras))
    else:
        requirement = Requirement(text)
        if requirement.name != PROJECT["name"]:
            return
        names = requirement.extras
    missing = names - set(PROJECT["optional-dependencies"])
    if missing:
        sys.exit(f"{text}: no such extra: {', '.join(sorted(missing))}")


def python(arguments: list[str]) -> None:
    """Run Python, but for its modules pip, pipx and venv."""
    match arguments:
        case ["-m", "venv", *options]:
            _make_environment(Path(options[-1]))
        case ["-m", ("pip" | "pipx") as name, *rest]:
            STAND_INS[name](rest)
        case _:
            os.execv(sys.executable, [sys.executable, *arguments])


def _make_environment(folder: Path) -> None:
    """Make what looks like a virtual environment, and holds the stand-ins."""
    programs = folder / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    for program in Path(os.environ["STAND_INS"]).iterdir():
        link = programs / program.name
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    # What is there may be a link to somebody else's.
    (programs / "activate").unlink(missing_ok=True)
    (programs / "activate").write_text(f'export VIRTUAL_ENV="{folder.resolve()}" PATH="{programs.resolve()}:$PATH"\n')


def make(arguments: list[str]) -> None:
    """Run a quick target in a checkout; of any other see only that it is there."""
    program = os.environ["MAKE_PROGRAM"]
    targets = {argument for argument in arguments if not argument.startswith("-") and "=" not in argument}
    if targets and targets <= MADE:
        if not Path(".venv/installed").exists():
            sys.exit(f"make {' '.join(arguments)}: not in a checkout")
        os.execv(program, ["make", "--no-print-directory", *arguments])
    done = subprocess.run([program, "-n", "-C", ROOT, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)


def msmtp(arguments: list[str]) -> None:
    """Read a message, and see that it is one, and that there is somebody to send it to."""
    message = message_from_bytes(sys.stdin.buffer.read())
    recipients = [argument for argument in arguments if not argument.startswith("-")]
    if message.defects or not message.is_multipart() or not message["Subject"]:
        sys.exit("this is no message")
    if not recipients or not all(re.fullmatch(r"[\w.]+@[\w.]+", recipient) for recipient in recipients):
        sys.exit("this is sent to nobody")


def served(arguments: list[str]) -> None:
    """Run a command that shows a site until Ctrl-C: get its front page, press Ctrl-C, and end as it ends."""
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )

    def end(sign: int) -> None:
        if process.poll() is None:
            os.killpg(process.pid, sign)

    # For who ends us, and can not wait until we have ended it.
    Path(os.environ["STATE"], "serving").write_text(str(process.pid))
    patience = threading.Timer(float(os.environ.get("SERVE_SECONDS", _PATIENCE)), end, [signal.SIGKILL])
    patience.start()
    address = None
    try:
        for line in process.stdout or ():
            sys.stdout.write(line)
            if address is None and (found := re.search(r"http://127\.0\.0\.1:\d+/\S*", line)):
                address = found[0]
                with build_opener(ProxyHandler({})).open(address, timeout=30) as answer:
                    answer.read()
                end(signal.SIGINT)
        status = process.wait()
    finally:
        patience.cancel()
        end(signal.SIGKILL)
    # A shell that waits for a program which ends by Ctrl-C says 130.
    good = {0, 130, -signal.SIGINT, 2} if address else {0}
    if address is None and status == 0 and not {"-h", "--help"} & set(arguments):
        sys.exit("it ended, and had not said where the site is shown")
    sys.exit(0 if status in good else status if status > 0 else 128 - status)


STAND_INS: dict[str, Callable[[list[str]], None]] = {
    "pip": pip,
    "pip3": pip,
    "pipx": pipx,
    "uvx": uvx,
    "python": python,
    "python3": python,
    "make": make,
    "msmtp": msmtp,
}


if __name__ == "__main__":
    {**STAND_INS, "served": served}[sys.argv[1]](sys.argv[2:])
