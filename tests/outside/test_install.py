"""The package as users install it: from a wheel, with its templates, on every Python that is at hand."""

import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(clone)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_program_and_the_theme_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "broadsheet/templates/base.html" in names
    assert "broadsheet/templates/static/theme/broadsheet.css" in names
    assert "broadsheet/locale/ar/LC_MESSAGES/broadsheet.mo" in names
    assert "broadsheet/templates/static/theme/search.js" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"broadsheet"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


@pytest.mark.parametrize("python", interpreters())
def test_the_wheel_builds_the_example_site(python, wheel, tmp_path):
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([tmp_path / "venv/bin/python", "-m", "pip", "install", "--quiet", f"{wheel}[search]"], check=True)
    command = [tmp_path / "venv/bin/broadsheet", "build", ROOT / "site", "--output", tmp_path / "out", "--strict"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/theme/broadsheet.css").is_file()
    assert (tmp_path / "out/pagefind/pagefind.js").is_file()


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
