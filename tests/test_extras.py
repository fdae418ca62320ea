"""What the extras bring, and what commands say where one is not installed."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from broadsheet.extras import BRINGS, missing

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
FOR_DEVELOPERS = {"docs", "fuzz", "test", "test-all"}
SETTINGS = "publish:\n  live:\n    kind: s3\n    bucket: tram\n    region: eu-north-1\n"
ISSUE = """\
date: 2024-05-02
start: 2024-05-01T07:00:00Z
end: 2024-05-02T07:00:00Z
sections:
  - topic: Transport
    items:
      - slug: 2024-05-01-a-story
        title: Harbour bridge opens after three years of work
"""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(extra: str) -> set[str]:
    """The packages that an extra requires, without versions."""
    return {normal(re.match(r"[\w.-]+", requirement)[0]) for requirement in EXTRAS[extra]}


def without(modules: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where some modules can not be imported."""
    hide = f"import sys; sys.modules.update(dict.fromkeys({modules})); from broadsheet.cli import main; main()"
    command = [sys.executable, "-c", hide, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_every_extra_for_users_is_known_and_part_of_all():
    assert BRINGS.keys() == EXTRAS.keys() - FOR_DEVELOPERS - {"all"}
    assert EXTRAS["all"] == [f"broadsheet[{','.join(sorted(BRINGS))}]"]


@pytest.mark.parametrize("extra", BRINGS)
def test_what_an_extra_brings_is_what_it_requires(extra):
    brought = {normal(name) for module in BRINGS[extra] for name in packages_distributions()[module]}
    assert brought == required(extra)


@pytest.mark.parametrize("extra", BRINGS)
def test_every_extra_that_is_missing_is_told_in_one_way(extra, monkeypatch):
    assert missing(extra, "`this`") is None
    for module in BRINGS[extra]:
        monkeypatch.setitem(sys.modules, module, None)
    message, hint = missing(extra, "`this`")
    assert re.fullmatch(r"`this` needs [\w-]+(, which is| and .*, which are) not installed", message)
    assert hint == f'pip install "broadsheet[{extra}]"'


def test_publishing_to_a_bucket_without_its_extra_says_what_to_install(record, tmp_path):
    record(tmp_path / "_news")
    (tmp_path / "broadsheet.yaml").write_text(SETTINGS, encoding="utf-8")
    done = without(["obstore"], "publish", str(tmp_path), "--dry-run")
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"{tmp_path}: error: to publish to an object store needs obstore, which is not installed\n"
        '  hint: pip install "broadsheet[s3]"\n'
    )


def test_issues_without_their_extra_end_the_build_and_say_what_to_install(run, record, tmp_path):
    record(tmp_path / "_news")
    (tmp_path / "editions").mkdir()
    (tmp_path / "editions/2024-05-02.yaml").write_text(ISSUE, encoding="utf-8")
    assert run("build", tmp_path).returncode == 0
    before = {path: path.read_bytes() for path in (tmp_path / "public").rglob("*") if path.is_file()}
    assert tmp_path / "public/editions/2024-05-02/email.html" in before
    with (tmp_path / "editions/2024-05-02.yaml").open("a", encoding="utf-8") as issue:
        issue.write("        excerpt: Trams run over it from today.\n")
    done = without(["css_inline"], "build", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"{tmp_path}/editions: error: the email of an issue needs css-inline, which is not installed\n"
        '  hint: pip install "broadsheet[email]"\n'
    )
    assert {path: path.read_bytes() for path in (tmp_path / "public").rglob("*") if path.is_file()} == before


def test_a_site_without_issues_is_built_without_the_extra_for_emails(record, tmp_path):
    record(tmp_path / "_news")
    assert without(["css_inline"], "build", str(tmp_path)).returncode == 0
