"""The package as users install it: from a wheel, with its templates, on every Python that is at hand."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

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
    assert "broadsheet/templates/static/theme/OFL.txt" in names
    assert "broadsheet/locale/ar/LC_MESSAGES/broadsheet.mo" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"broadsheet"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


@pytest.mark.parametrize("python", interpreters())
def test_the_wheel_builds_the_example_site(python, wheel, tmp_path):
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([tmp_path / "venv/bin/python", "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    command = [tmp_path / "venv/bin/broadsheet", "build", ROOT / "site", "--output", tmp_path / "out", "--strict"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/theme/broadsheet.css").is_file()
