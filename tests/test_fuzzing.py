"""The targets of `make fuzz`: they hold for their seeds, a short run finds nothing, and what one finds is told."""

import importlib.util
import os
import platform
import random
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.registry import TARGETS, found
from fuzz.yaml_shapes import yaml_mutator
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
# Some take their time.
RUNS = {"growth": 150, "body": 2000, "plain-page": 2000}
MANY = 5000

BROKEN = """
from fuzz.target import Target


def check(data: bytes) -> None:
    assert not data.startswith(b"ab"), "it starts with ab"


def crash(data: bytes) -> None:
    import os

    if data.startswith(b"ab"):
        os.abort()


BROKEN = Target(check, [b"a", b"b"], [b"ab"], longest=8)
CRASHING = Target(crash, [b"a", b"b"], [b"ab"], longest=8)
"""


@pytest.mark.parametrize("name", sorted(TARGETS.keys() - {"growth"}))
def test_what_is_fuzzed_holds_for_the_seeds(name: str) -> None:
    target = found(name)
    assert target.seeds
    for seed in target.seeds:
        target.check(seed)


@given(st.binary(), st.integers())
def test_text_that_is_changed_by_its_form_is_changed_the_same_way_by_the_same_number(data: bytes, number: int) -> None:
    mutate = yaml_mutator([b"title", b"heat"], [b"topics:\n  - a"])
    assert mutate(data, random.Random(number)) == mutate(data, random.Random(number))


def fuzz(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    if importlib.util.find_spec("atheris") is None:
        is_made_for_this = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 14)
        if is_made_for_this and os.environ.get("BROADSHEET_REQUIRE_TOOLS"):
            pytest.fail("Atheris is not installed")
        pytest.skip("Atheris is not installed")
    return subprocess.run(
        [sys.executable, "-m", "fuzz", *arguments, "--seed", "1", "--folder", folder],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_finds_nothing(name: str, tmp_path: Path) -> None:
    done = fuzz(tmp_path, name, "--runs", str(RUNS.get(name, MANY)))
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split()[-1].replace(",", "")) >= RUNS.get(name, MANY)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["BROKEN", "CRASHING"])
def test_what_a_run_finds_is_told_with_its_input_and_how_to_see_it_again(tmp_path: Path, kind: str) -> None:
    (tmp_path / "broken_target.py").write_text(BROKEN)
    done = fuzz(tmp_path, f"broken_target:{kind}", "--runs", "20000")
    assert done.returncode == 1, done.stdout
    assert ("it starts with ab" in done.stdout) == (kind == "BROKEN")
    (again,) = [line for line in done.stdout.splitlines() if line.startswith("to see it again: ")]
    *command, path = again.removeprefix("to see it again: ").split()
    assert Path(path).read_bytes().startswith(b"ab")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    replayed = subprocess.run([*command, path], cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)
    assert replayed.returncode != 0


@pytest.mark.slow
def test_a_run_must_have_an_end(tmp_path: Path) -> None:
    done = fuzz(tmp_path, "display")
    assert done.returncode == 2
    assert "FUZZ_SECONDS" in done.stderr
