"""The package as users install it: from a wheel, with its templates, on every Python that is at hand."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from broadsheet import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SUPPORTED = ("3.11", "3.12", "3.13")


def interpreters() -> list[str]:
    """Return the supported interpreters of this machine, one for each version; the running one always counts."""
    found = {"{}.{}".format(*sys.version_info): sys.executable}
    for version in SUPPORTED:
        folders = [Path(path) for path in (shutil.which(f"python{version}"),) if path]
        folders += Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")
        for path in folders:
            if version not in found and subprocess.run([path, "-c", "import venv"], check=False).returncode == 0:
                found[version] = str(path)
    return list(found.values())


def uv(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "uv", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return done


def installed(folder: Path, python: str, *requirements: str | Path) -> Path:
    """Make an environment with what is required, and return its interpreter."""
    uv("venv", "--quiet", "--python", python, folder)
    uv("pip", "install", "--quiet", "--python", folder / "bin/python", *requirements)
    return folder / "bin/python"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that is committed, and nothing that only lies about."""
    folder = tmp_path_factory.mktemp("clone") / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def tracked(clone: Path) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=clone, check=True, capture_output=True, text=True)
    return {name for name in listed.stdout.split("\0") if name}


@pytest.fixture(scope="module")
def built(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that was made of that."""
    folder = tmp_path_factory.mktemp("built")
    uv("build", "--quiet", "--out-dir", folder, clone)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_program_and_the_theme_and_nothing_else(wheel, tracked):
    program = {name.removeprefix("src/") for name in tracked if name.startswith("src/broadsheet/")}
    theme = {f"broadsheet/{name}" for name in tracked if name.startswith("templates/")}
    about = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}
    metadata = {f"broadsheet-{__version__}.dist-info/{name}" for name in about}
    assert contents(wheel).keys() == program | theme | metadata
    assert "broadsheet/py.typed" in program


def test_the_source_distribution_holds_all_but_what_is_about_the_repository(built, tracked):
    # Whoever has it can build, test and read all that there is.
    wanted = {name for name in tracked if not name.startswith(".")}
    about = {"PKG-INFO", "setup.cfg"}
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {file.name.partition("/")[2] for file in archive if file.isfile()}
    assert {name for name in names if not name.startswith("broadsheet.egg-info/")} == wanted | about


def test_the_wheel_of_the_source_distribution_is_that_of_the_repository(wheel, clone, tmp_path):
    uv("build", "--quiet", "--wheel", "--out-dir", tmp_path, clone)
    assert contents(next(tmp_path.glob("*.whl"))) == contents(wheel)


@pytest.mark.parametrize("python", interpreters())
def test_the_wheel_builds_the_example_site(python, wheel, tmp_path):
    inside = installed(tmp_path / "venv", python, f"{wheel}[email,search]")
    command = [inside, "-m", "broadsheet", "build", ROOT / "site", "--output", tmp_path / "out", "--strict"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/theme/broadsheet.css").is_file()
    assert (tmp_path / "out/pagefind/pagefind.js").is_file()
    assert list((tmp_path / "out/editions").glob("*/email.eml"))


def test_a_type_checker_knows_what_programs_use_of_the_wheel(wheel, tmp_path):
    inside = installed(tmp_path / "venv", sys.executable, wheel)
    consumer = Path(__file__).with_name("consumer.py")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", inside, consumer]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_it_runs_without_being_installed(wheel, record, tmp_path):
    record(tmp_path / "site/_news")
    uv("tool", "run", "--quiet", "--from", wheel, "broadsheet", "build", tmp_path / "site")
    assert (tmp_path / "site/public/index.html").is_file()


# Quick ones, whose outcome hangs on what others wrote: `make test-lowest` runs all.
BY_LIBRARIES = (
    *("tests/test_typed.py", "tests/test_yaml_text.py", "tests/test_words.py", "tests/read/test_records.py"),
    *("tests/publish/test_holder.py", "tests/write/test_output.py"),
)


def test_the_lowest_versions_that_are_declared_build_the_example_and_pass_tests(wheel, tmp_path):
    lowest = tmp_path / "lowest.txt"
    wanted = ("--resolution", "lowest-direct", "--extra", "all", ROOT / "pyproject.toml")
    uv("pip", "compile", "--quiet", "--python", sys.executable, "--output-file", lowest, *wanted)
    tools = ("pytest", "hypothesis", "html5lib")
    inside = installed(tmp_path / "venv", sys.executable, f"{wheel}[all]", *tools, "--constraints", lowest)
    command = [inside, "-m", "broadsheet", "build", ROOT / "site", "--output", tmp_path / "out", "--strict"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    command = [inside, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "-m", "not slow", *BY_LIBRARIES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_the_first_command_of_the_readme_serves_the_example_and_says_where(tmp_path):
    assert "make serve " in (ROOT / "README.md").read_text(encoding="utf-8")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    command = ["make", "--silent", "-C", str(clone), f"PYTHON={sys.executable}", "serve"]
    # A group of its own, as in a terminal, where Ctrl-C reaches all of it.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout
        address = next(match[0] for line in process.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+/", line)))
        with urlopen(address) as answer:
            assert b"The Cloud Ledger" in answer.read()
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert (clone / "site/public/index.html").is_file()
