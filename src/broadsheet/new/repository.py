"""The git repository that a site is in: where it begins, which branch is published, and who may host it."""

import subprocess
from pathlib import Path

from msgspec import Struct

_USUAL = ("main", "master")


class Repository(Struct, frozen=True):
    """A repository: its folder, its default branch, and the address of its remote `origin`, empty without one."""

    root: Path
    branch: str
    origin: str


def find_repository(site: Path) -> Repository:
    """Return the repository that `site` is in; a site in none is taken for one that begins there."""
    here = site.resolve()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    if root is None:
        return Repository(here, _USUAL[0], "")
    return Repository(root, _default_branch(root), _asked(root, "config", "--get", "remote.origin.url"))


def _default_branch(root: Path) -> str:
    if at_origin := _asked(root, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"):
        return at_origin.removeprefix("refs/remotes/origin/")
    branches = _asked(root, "for-each-ref", "--format=%(refname)", "refs/heads").split("\n")
    for name in _USUAL:
        if f"refs/heads/{name}" in branches:
            return name
    return _asked(root, "symbolic-ref", "--quiet", "HEAD").removeprefix("refs/heads/") or _USUAL[0]


def _asked(root: Path, *arguments: str) -> str:
    """Return what git says, and nothing where it has nothing to say, or is not there."""
    try:
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
