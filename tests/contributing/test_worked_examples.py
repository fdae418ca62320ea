"""The worked examples of CONTRIBUTING.md: each is followed, word for word, in a copy of the project."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHAPTER = re.search(r"^## Worked examples\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
assert CHAPTER
# What is to be run for each.
EXAMPLES = dict(re.findall(r"^### (.*?)\n.*?^```sh\n(.*?)^```", CHAPTER[1], re.MULTILINE | re.DOTALL))
# Blocks that are run here, and nowhere else.
HELD = frozenset(EXAMPLES.values())
PATCHES = sorted((ROOT / "docs/examples").glob("*.patch"))


def follow(checkout: Path, commands: str) -> None:
    """Run commands as somebody who has a checkout does."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    # Neither the processes of this run, nor what it measures, nor somebody's options.
    environment |= {"PYTEST_ADDOPTS": "-q -n 0 -p no:cacheprovider", "BROADSHEET_CORPUS": ""}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_patch_is_told_of_and_every_place_that_it_changes():
    assert [path.name for path in PATCHES] == sorted(re.findall(r"\(docs/examples/(.*?)\)", CHAPTER[1]))
    assert len(EXAMPLES) == len(PATCHES) == 4
    for path in PATCHES:
        changed = re.findall(r"^\+\+\+ b/src/broadsheet/(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert [name for name in changed if f"`{name}`" not in CHAPTER[1]] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_worked_example_works(name, checkout):
    follow(checkout, EXAMPLES[name])


@pytest.mark.slow
def test_all_of_them_together_please_the_linters(checkout):
    patches = " ".join(f"docs/examples/{path.name}" for path in PATCHES)
    follow(checkout, f"git apply {patches}\n.venv/bin/ruff check --quiet .\n.venv/bin/ruff format --check --quiet .")
    follow(checkout, ".venv/bin/lint-imports --no-logo")
    follow(checkout, ".venv/bin/mypy")
