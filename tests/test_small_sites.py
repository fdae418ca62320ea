"""Whole small sites, built by the command and compared byte by byte with what they are expected to be.

`BROADSHEET_ACCEPT=1` takes the new output for the expected one. The default theme's static files, and the versions in
their addresses, are left out: a new colour is no new page.
"""

import os
import random
import re
import shutil
from pathlib import Path

import pytest

SITES = Path(__file__).parent / "sites"
CASES = sorted(path.name for path in SITES.iterdir() if path.is_dir())
NOW = "2024-06-15T12:00:00Z"
_VERSION = re.compile(rb"\?v=[0-9a-f]{8}")
accepts = bool(os.environ.get("BROADSHEET_ACCEPT"))


def tree(output: Path) -> dict[str, bytes]:
    """Return every file that a reader gets, by its path."""
    found = {}
    for path in sorted(output.rglob("*")):
        name = path.relative_to(output).as_posix()
        if path.is_file() and not name.startswith(("theme/", ".broadsheet")):
            found[name] = _VERSION.sub(b"?v=*", path.read_bytes())
    return found


def write_tree(folder: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("case", CASES)
def test_a_small_site_is_built_as_expected(run, tmp_path, case):
    site = tmp_path / case
    shutil.copytree(SITES / case / "site", site)
    result = run("build", case, "--now", NOW, cwd=tmp_path)
    told = f"status {result.returncode}\n{result.stderr}"
    assert "Traceback" not in told
    built = tree(site / "public")
    if accepts:
        write_tree(SITES / case / "expected", built)
        (SITES / case / "told.txt").write_text(told, encoding="utf-8")
    assert told == (SITES / case / "told.txt").read_text(encoding="utf-8")
    expected = tree(SITES / case / "expected")
    assert list(built) == list(expected), "files that are missing, or that nobody builds any more"
    for name, content in expected.items():
        assert built[name].decode() == content.decode(), name


@pytest.mark.parametrize("case", CASES)
def test_every_problem_names_a_file_that_is_there(run, tmp_path, case):
    shutil.copytree(SITES / case / "site", tmp_path / case)
    result = run("build", case, "--now", NOW, cwd=tmp_path)
    named = re.findall(r"^(.+?)(?::\d+:\d+)?: (?:error|warning|note): ", result.stderr, re.MULTILINE)
    assert [name for name in named if not (tmp_path / name).exists()] == []


def test_every_case_has_a_site_and_nothing_that_nobody_reads():
    assert CASES
    for case in CASES:
        names = {path.name for path in (SITES / case).iterdir()}
        assert {"site", "told.txt"} <= names <= {"site", "expected", "told.txt"}


def everything(output: Path) -> dict[str, bytes]:
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def copy_shuffled(source: Path, target: Path, seed: int) -> None:
    """Copy a site with its files created in another order: folders are listed in whatever order a disk likes."""
    files = sorted(path for path in source.rglob("*") if path.is_file())
    random.Random(seed).shuffle(files)
    for path in files:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        os.utime(copy, (seed * 1e6, seed * 1e6))


SURROUNDINGS = {
    "another order of files": {},
    "another time zone": {"TZ": "Pacific/Kiritimati"},
    "another locale": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "LANGUAGE": "tr"},
    "no locale and no UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "another hash seed": {"PYTHONHASHSEED": "1"},
    "yet another hash seed": {"PYTHONHASHSEED": "4242"},
    "assertions off": {"PYTHONOPTIMIZE": "1"},
}


@pytest.fixture(scope="module")
def first_build(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first") / "site"
    shutil.copytree(SITES / "a-checkout" / "site", folder)
    assert run("build", folder, "--now", NOW, PYTHONHASHSEED="0", TZ="UTC", LC_ALL="C.UTF-8").returncode == 0
    return everything(folder / "public")


@pytest.mark.parametrize("surroundings", SURROUNDINGS.values(), ids=list(SURROUNDINGS))
def test_the_same_records_give_the_same_bytes(run, tmp_path, first_build, surroundings):
    folder = tmp_path / "elsewhere and with blanks" / "other-name"
    copy_shuffled(SITES / "a-checkout" / "site", folder, seed=len(surroundings) + 3)
    result = run("build", folder, "--now", NOW, **surroundings)
    assert result.returncode == 0, result.stderr
    assert everything(folder / "public") == first_build


def test_files_created_in_reverse_give_the_same_bytes(run, tmp_path, first_build):
    source, folder = SITES / "a-checkout" / "site", tmp_path / "site"
    for path in sorted((path for path in source.rglob("*") if path.is_file()), reverse=True):
        copy = folder / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    assert run("build", folder, "--now", NOW).returncode == 0
    assert everything(folder / "public") == first_build


def test_a_second_build_changes_nothing_and_says_so(run, tmp_path, first_build):
    folder = tmp_path / "site"
    shutil.copytree(SITES / "a-checkout" / "site", folder)
    for _ in range(2):
        result = run("build", folder, "--now", NOW)
    assert everything(folder / "public") == first_build
    assert re.search(r"files written +0\n", result.stdout)


def test_source_date_epoch_is_the_time_of_a_build(run, tmp_path, first_build):
    folder = tmp_path / "site"
    shutil.copytree(SITES / "a-checkout" / "site", folder)
    assert run("build", folder, SOURCE_DATE_EPOCH="1718452800").returncode == 0
    assert everything(folder / "public") == first_build
