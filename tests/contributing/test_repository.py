"""What a repository of ours keeps besides the program: the changelog's form, templates for who writes to us, hooks."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
in_a_checkout = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")


def test_the_changelog_begins_with_what_is_not_released_or_with_the_last_release_and_its_day():
    head = runpy.run_path(str(ROOT / "docs/release.py"))["HEAD"]
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    chapters = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert text.startswith("# Changes\n\n## ")
    assert chapters
    assert [chapter for chapter in chapters if not head.fullmatch(chapter)] == []
    assert "Unreleased" not in chapters[1:]
    days = [head.fullmatch(chapter)[2] for chapter in chapters if chapter != "Unreleased"]
    assert days == sorted(days, reverse=True)


@in_a_checkout
@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("vendor.github-issue-forms", "bug.yml"),
        ("vendor.github-issue-forms", "idea.yml"),
        ("vendor.github-issue-config", "config.yml"),
    ],
)
def test_an_issue_template_is_one_that_the_code_host_understands(schema, name):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = subprocess.run(
        [*command, ROOT / ".github/ISSUE_TEMPLATE" / name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@in_a_checkout
def test_every_issue_template_is_checked():
    assert sorted(path.name for path in (ROOT / ".github/ISSUE_TEMPLATE").iterdir()) == [
        "bug.yml",
        "config.yml",
        "idea.yml",
    ]


@in_a_checkout
def test_the_hooks_run_what_the_environment_holds_and_nothing_from_elsewhere():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}
    entries = [hook["entry"] for repository in hooks["repos"] for hook in repository["hooks"]]
    assert {hook["language"] for repository in hooks["repos"] for hook in repository["hooks"]} == {"system"}
    assert all(entry.startswith(".venv/bin/") for entry in entries)
    # As `make lint` has them, and the pages besides.
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert lint
    linters = [line.removeprefix("\t$(BIN)/").split() for line in lint[1].splitlines()]
    assert {linter[0] for linter in linters} <= {entry.split()[0].rpartition("/")[2] for entry in entries}


@pytest.mark.slow
def test_the_hooks_pass_in_a_clone_and_stop_what_is_not_formatted(checkout):
    def hooks() -> subprocess.CompletedProcess[str]:
        command = [".venv/bin/pre-commit", "run", "--all-files"]
        # It takes by far the longest, and another test lets it look at more than this.
        environment = {**os.environ, "SKIP": "mypy"}
        return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)

    done = hooks()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 4
    words = checkout / "src/broadsheet/heat.py"
    words.write_text(words.read_text(encoding="utf-8") + "x  =  1\n", encoding="utf-8")
    done = hooks()
    assert done.returncode == 1
    assert re.findall(r"^(.*?)\.+Failed$", done.stdout, re.MULTILINE) == ["ruff format"]
