"""A copy of the project, to work on as a contributor would."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest
from repositories import ROOT, git


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the files as they are now, all committed on `main`."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    folder = tmp_path_factory.mktemp("project") / "broadsheet"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All of it")
    return folder


@pytest.fixture
def clone(project: Path, tmp_path: Path) -> Path:
    """A clone of it."""
    folder = tmp_path / "broadsheet"
    git(tmp_path, "clone", "--quiet", "--shared", str(project), str(folder))
    return folder


@pytest.fixture
def checkout(clone: Path) -> Path:
    """A clone whose `.venv` is the tests' own environment with the program of the clone."""
    # The theme is a package below the program's wherever that is installed.
    (clone / "src/broadsheet/templates").symlink_to("../../templates")
    exclude = clone / ".git/info/exclude"
    exclude.write_text(f"{exclude.read_text()}\n/src/broadsheet/templates\n")
    programs = clone / ".venv/bin"
    programs.mkdir(parents=True)
    for name, module in {
        "python": (),
        "pytest": ("-m", "pytest"),
        "ruff": ("-m", "ruff"),
        "mypy": ("-m", "mypy"),
        "pre-commit": ("-m", "pre_commit"),
        "lint-imports": (str(Path(sys.executable).with_name("lint-imports")),),
    }.items():
        command = shlex.join([sys.executable, *module])
        program = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(clone / "src"))} exec {command} "$@"\n'
        (programs / name).write_text(program)
        (programs / name).chmod(0o755)
    for name in ("installed", "installed-for-tests", "installed-for-all-tests"):
        (clone / ".venv" / name).touch()
    return clone
