"""What `pyproject.toml`, the Dockerfile and the manual say of the package, held against each other."""

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

import broadsheet
from broadsheet.serve.hosts import FIRST_PORT

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
INSTALL = (ROOT / "docs/install.md").read_text("utf-8")


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile in their order, each with what it says."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in lines]


def last_stage() -> dict[str, str]:
    """The instructions of the image itself, the last of each kind."""
    told = instructions()
    start = max(number for number, (name, _) in enumerate(told) if name == "FROM")
    return dict(told[start:])


def sent_to_the_engine(path: str) -> bool:
    """Return whether the engine is given a path of the repository: the last line of the file that names it decides."""
    is_sent = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        above = path.partition("/")[0]
        if line and not line.startswith("#") and any(fnmatch(part, pattern) for part in (path, above)):
            is_sent = line.startswith("!")
    return is_sent


def test_the_version_stands_in_one_place():
    assert "version" not in PROJECT
    assert PYPROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "broadsheet.__version__"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", broadsheet.__version__)


def test_every_package_of_the_source_is_part_of_the_wheel():
    folders = {path.parent for path in (ROOT / "src").rglob("*.py")}
    packages = {".".join(folder.relative_to(ROOT / "src").parts) for folder in folders}
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == packages | {"broadsheet.templates"}


def test_the_image_is_made_of_files_that_are_there_and_are_sent():
    copied = [
        part for name, text in instructions() if name == "COPY" and "--from" not in text for part in text.split()[:-1]
    ]
    assert [path for path in copied if not (ROOT / path).exists() or not sent_to_the_engine(path)] == []
    needed = {"pyproject.toml", PROJECT["readme"], *PROJECT["license-files"]}
    needed |= {path.split("/")[0] for path in PYPROJECT["tool"]["setuptools"]["package-dir"].values()}
    assert needed <= set(copied)
    assert not any(map(sent_to_the_engine, (".git", ".venv", "tests", "site", "docs")))


def test_the_image_installs_extras_that_there_are_on_a_python_that_was_tried():
    (extras,) = re.findall(r'pip install [^"]*"/source\[([\w,-]+)\]"', " ".join(text for _, text in instructions()))
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    bases = {text.split()[0] for name, text in instructions() if name == "FROM"}
    (version,) = re.findall(r"^python:(3\.\d+)-slim$", "\n".join(bases), re.M)
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


def test_the_image_runs_the_command_in_the_site_and_not_as_root():
    stage = last_stage()
    user, _, group = stage["USER"].partition(":")
    assert int(user) > 0 < int(group)
    assert stage["WORKDIR"] == "/site"
    assert json.loads(stage["ENTRYPOINT"]) == list(PROJECT["scripts"])
    assert int(stage["EXPOSE"]) == FIRST_PORT


def test_the_manual_runs_the_image_as_it_is_made():
    runs = re.findall(r"^docker run (.+)$", INSTALL, re.M)
    assert len(runs) >= 2
    assert all('-v "$PWD:/site"' in run and " broadsheet " in run for run in runs)
    assert [run for run in runs if f"-p 127.0.0.1:{FIRST_PORT}:{FIRST_PORT}" in run and "serve --host 0.0.0.0" in run]


@pytest.mark.parametrize("extra", PROJECT["optional-dependencies"])
def test_the_manual_tells_of_every_extra(extra):
    assert re.search(rf"^\| `{extra}` \| ", INSTALL, re.M)


def test_a_version_of_python_that_is_declared_is_one_that_is_allowed():
    declared = re.findall(r"^Programming Language :: Python :: 3\.(\d+)$", "\n".join(PROJECT["classifiers"]), re.M)
    lowest = int(re.fullmatch(r">=3\.(\d+)", PROJECT["requires-python"])[1])
    assert min(map(int, declared)) == lowest
