"""`make release VERSION=1.2.3`: whether all is ready for a release, and what is then left to do by hand.

Nothing happens here that can not be taken back: it reads, runs the tests, and builds into `dist/VERSION/`.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
# The heads of the changelog's chapters: what is not released yet, and releases with their days.
HEAD = re.compile(rf"Unreleased|({VERSION.pattern}), (\d{{4}}-\d{{2}}-\d{{2}})")
_AROUND = re.compile(r"PKG-INFO|setup\.cfg|src/broadsheet\.egg-info/.*|broadsheet\.egg-info/.*")

# A check yields what is wrong; without that all is well.
Check = Callable[[str], Iterator[str]]


def main() -> None:
    """Check what is quick, all of it, then what takes long, up to the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version", help="as 1.2.3")
    parser.add_argument("--without-tests", action="store_true", help="leave out the tests, which have just been run")
    options = parser.parse_args()
    if not VERSION.fullmatch(options.version):
        parser.error(f"no version: {options.version!r}; for example 1.2.3")
    failed = [title for title, check in QUICK.items() if not _passes(title, check, options.version)]
    if failed:
        sys.exit("\nNot ready. Nothing was changed.")
    slow = BUILDING if options.without_tests else TESTING | BUILDING
    if not all(_passes(title, check, options.version) for title, check in slow.items()):
        sys.exit("\nNot ready. Nothing was changed but files that git does not keep.")
    print(BY_HAND.format(version=options.version))


def _passes(title: str, check: Check, version: str) -> bool:
    faults = list(check(version))
    print(f"{'not yet' if faults else 'ready':>8}  {title}", *(f"          {fault}" for fault in faults), sep="\n")
    return not faults


def on_main(_: str) -> Iterator[str]:
    branch = _git("branch", "--show-current").strip()
    if branch != "main":
        yield f"releases are made of main, and this is {branch or 'no branch'}"


def clean_tree(_: str) -> Iterator[str]:
    for line in _git("status", "--porcelain").splitlines():
        yield f"not committed: {line[3:]}"


def untagged(version: str) -> Iterator[str]:
    if _git("tag", "--list", f"v{version}"):
        yield f"there is a tag v{version} already"


def same_version(version: str) -> Iterator[str]:
    text = (ROOT / "src/broadsheet/__init__.py").read_text(encoding="utf-8")
    (found,) = re.findall(r'^__version__ = "(.*)"$', text, re.MULTILINE)
    if found != version:
        yield f"src/broadsheet/__init__.py says {found}"
    # Where the version is not taken from there.
    for stated in re.findall(
        r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    ):
        if stated != version:
            yield f"pyproject.toml says {stated}"


def told_in_changelog(version: str) -> Iterator[str]:
    chapters = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    head, _, text = chapters[0].partition("\n") if chapters else ("", "", "")
    today = datetime.now(UTC).date()
    found = HEAD.fullmatch(head)
    if not found or found[1] != version:
        yield f"CHANGELOG.md begins with “{head}”, not with “{version}, {today}”"
    elif (day := _day(found[2])) is None or day > today:
        yield f"CHANGELOG.md has no day of the past for this version: {found[2]}"
    if not text.strip():
        yield f"CHANGELOG.md says nothing under “{head}”"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def made_pages(_: str) -> Iterator[str]:
    yield from _run(sys.executable, "docs/generate.py", "--check")


def linted(_: str) -> Iterator[str]:
    yield from _run("make", "--no-print-directory", "lint")


def covered(_: str) -> Iterator[str]:
    yield from _run("make", "--no-print-directory", "coverage")


def slowly_tested(_: str) -> Iterator[str]:
    yield from _run("make", "--no-print-directory", "test-all")


def built(version: str) -> Iterator[str]:
    """Build wheel and source distribution, and look into both."""
    folder = ROOT / "dist" / version
    shutil.rmtree(folder, ignore_errors=True)
    faults = list(_run(sys.executable, "-m", "uv", "build", "--quiet", "--out-dir", str(folder), "."))
    if faults:
        yield from faults
        return
    tracked = {name for name in _git("ls-files", "-z").split("\0") if name}
    program = {name.removeprefix("src/") for name in tracked if name.startswith("src/broadsheet/")}
    theme = {f"broadsheet/{name}" for name in tracked if name.startswith("templates/")}
    with zipfile.ZipFile(folder / f"broadsheet-{version}-py3-none-any.whl") as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    yield from _differences("the wheel", names, program | theme, program | theme)
    with tarfile.open(folder / f"broadsheet-{version}.tar.gz") as source:
        names = {member.name.partition("/")[2] for member in source if member.isfile()}
    names = {name for name in names if not _AROUND.fullmatch(name)}
    needed = {name for name in tracked if name.startswith(("src/", "templates/"))} | {"pyproject.toml", "LICENSE"}
    yield from _differences("the source distribution", names, needed, tracked)


def _differences(what: str, names: set[str], needed: set[str], allowed: set[str]) -> Iterator[str]:
    for name in sorted(needed - names):
        yield f"{what} lacks {name}"
    for name in sorted(names - allowed):
        yield f"{what} holds {name}, which git does not keep"


QUICK: dict[str, Check] = {
    "on main": on_main,
    "all is committed": clean_tree,
    "not tagged yet": untagged,
    "the program says this version": same_version,
    "the changelog tells of it": told_in_changelog,
}
TESTING: dict[str, Check] = {
    "the linters pass": linted,
    "the tests pass and cover the program": covered,
    "the long tests pass": slowly_tested,
}
BUILDING: dict[str, Check] = {
    "the pages that are made from the code are up to date": made_pages,
    "wheel and source distribution hold what they should": built,
}
BY_HAND = """
Ready. Left to do by hand:

  git tag --annotate v{version} --message "Broadsheet {version}"
  git push origin main v{version}
  .venv/bin/python -m uv publish dist/{version}/*
  put “## Unreleased” on top of CHANGELOG.md, and the next version into src/broadsheet/__init__.py
"""


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _run(*command: str) -> Iterator[str]:
    """Run a command, and yield the end of what it says where it fails."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        yield f"failed: {' '.join(command)}"
        yield from done.stdout.splitlines()[-20:]


if __name__ == "__main__":
    main()
