"""Git, as somebody whose own settings do not matter."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "core.hooksPath=/dev/null")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *_AUTHOR, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout
