"""`make release`: what keeps a release from being one, and what is left to do when nothing does."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from repositories import git

pytestmark = pytest.mark.slow


def release(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "docs/release.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def prepare(folder: Path, version: str, head: str) -> None:
    """Say `version` in the program, and `head` on top of the changelog, and commit both."""
    for name, pattern, text in [
        ("src/broadsheet/__init__.py", r'^__version__ = ".*"$', f'__version__ = "{version}"'),
        ("pyproject.toml", r'^version = ".*"$', f'version = "{version}"'),
        ("CHANGELOG.md", r"\A# Changes\n\n## .*$", f"# Changes\n\n## {head}"),
    ]:
        path = folder / name
        path.write_text(re.sub(pattern, text, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE))
    git(folder, "commit", "--quiet", "--all", "--message", f"Version {version}")


def test_all_that_is_not_ready_is_told_at_once_and_nothing_is_built(clone):
    prepare(clone, "9.8.6", "9.8.7, 2999-01-01")
    git(clone, "switch", "--quiet", "--create", "other")
    git(clone, "tag", "v9.8.7")
    (clone / "left.txt").write_text("left")
    done = release(clone, "9.8.7")
    assert done.returncode == 1
    for fault in (
        "this is other",
        "not committed: left.txt",
        "a tag v9.8.7 already",
        "__init__.py says 9.8.6",
        "no day of the past for this version: 2999-01-01",
    ):
        assert fault in done.stdout
    assert "not yet  on main" in done.stdout
    assert not (clone / "dist").exists()


@pytest.mark.parametrize("head", ["Unreleased", "9.8.6, 2024-05-31", "9.8.7, 2024-02-31", "9.8.7"])
def test_a_changelog_that_does_not_begin_with_the_version_and_its_day_is_refused(clone, head):
    prepare(clone, "9.8.7", head)
    done = release(clone, "9.8.7")
    assert done.returncode == 1
    assert re.findall(r"not yet  (.*)", done.stdout) == ["the changelog tells of it"]


@pytest.mark.parametrize("version", ["", "v1.2.3", "1.2", "1.2.3; rm -rf ."])
def test_what_is_no_version_is_a_wrong_command(clone, version):
    assert release(clone, version).returncode == 2


def test_what_is_ready_is_built_and_the_rest_is_left_to_people(clone):
    prepare(clone, "9.8.7", f"9.8.7, {datetime.now(UTC).date()}")
    before = git(clone, "rev-parse", "HEAD")
    done = release(clone, "9.8.7", "--without-tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not yet" not in done.stdout
    assert "git tag --annotate v9.8.7" in done.stdout
    assert {path.name for path in (clone / "dist/9.8.7").iterdir() if not path.name.startswith(".")} == {
        "broadsheet-9.8.7-py3-none-any.whl",
        "broadsheet-9.8.7.tar.gz",
    }
    assert git(clone, "tag") == ""
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "rev-parse", "HEAD") == before


def test_a_page_that_is_not_made_anew_keeps_it_from_being_ready(clone):
    (clone / "docs/limits.md").write_text("Other words\n")
    prepare(clone, "9.8.7", "9.8.7, 2024-05-31")
    done = release(clone, "9.8.7", "--without-tests")
    assert done.returncode == 1
    assert "not what the code gives: limits.md" in done.stdout
