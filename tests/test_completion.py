"""Words that a shell completes: by click's own scripts, in a real bash, and by what the scripts of others are told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from broadsheet.check.rules import RULES
from broadsheet.cli import main

BASH = shutil.which("bash")
SETTINGS = "publish:\n  live:\n    kind: folder\n    path: ../www\n  bucket:\n    kind: s3\n    bucket: tram-news\n"
# What readline does when somebody presses the key: the words so far, and the one that is to be completed.
PRESSED = """
set -e
source <(broadsheet completion bash)
compopt() { printf '(%s)' "$2"; }
COMP_WORDS=("$@")
COMP_CWORD=$(( $# - 1 ))
_broadsheet_completion broadsheet
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def site(tmp_path, record, monkeypatch):
    record(tmp_path / "_news")
    record(tmp_path / "_news", "2024-05-02-another.md")
    record(tmp_path / "_news", "2024-05-02-with blank.md")
    (tmp_path / "broadsheet.yaml").write_text(SETTINGS)
    for name, text in {"01-trams": "name: Trams", "02-rail": "name: Light rail", "03-ue": "name: Über"}.items():
        (tmp_path / f"_data/topics/{name}.yaml").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"_data/topics/{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def offered(*words: str, shell: str = "zsh") -> list[str]:
    """Return what is offered for the last word."""
    kind = get_completion_class(shell)
    return [item.value for item in kind(main, {}, "broadsheet", "_X").get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["new", "record", "A", "--topic", ""], ["Trams", "light-rail", "Über"]),
        (["new", "record", "A", "--topic", "li"], ["light-rail"]),
        (["explain", "2024-05-02"], ["2024-05-02-another"]),
        (["explain", "x"], []),
        (["publish", "."], ["."]),
        (["publish", ".", ""], ["live", "bucket"]),
        (["publish", "--dry-run", "l"], ["l", "live"]),
        (["rollback", ".", "b"], ["bucket"]),
        (["new", "workflow", "--target", ""], ["live", "bucket"]),
        (["check", "--only", "duplicate-"], [name for name in RULES if name.startswith("duplicate-")]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["new", "re"], ["record"]),
    ],
)
def test_names_of_the_site_and_of_the_program_are_offered(site, words, names):
    assert offered(*words) == names


def test_what_is_offered_for_a_topic_is_taken_for_it(site):
    for name in offered("new", "record", "A", "--topic", ""):
        result = CliRunner().invoke(main, ["new", "record", f"About {name}", "--topic", name])
        assert result.exit_code == 0, result.stderr


def test_they_are_those_of_the_site_that_was_named_before(site, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert offered("new", "record", "A", str(site), "--topic", "T") == ["Trams"]
    assert offered("new", "workflow", str(site), "--target", "l") == ["live"]
    assert offered("publish", str(site), "") == ["live", "bucket"]
    assert offered("new", "record", "A", "--topic", "") == []


def test_nothing_is_offered_and_nothing_said_where_a_site_is_broken(site, capfd):
    (site / "broadsheet.yaml").write_bytes(b"\xff: [")
    for words in (["new", "record", "A", "--topic", ""], ["explain", ""], ["publish", ".", ""]):
        assert offered(*words) == []
    assert capfd.readouterr() == ("", "")


def test_a_file_of_settings_and_folders_are_left_to_the_shell():
    kind = get_completion_class("zsh")
    completing = kind(main, {}, "broadsheet", "_X")
    assert [item.type for item in completing.get_completions(["build", "--config"], "")] == ["file"]
    assert [item.type for item in completing.get_completions(["build"], "")] == ["dir"]


def pressed(*words: str, cwd: Path) -> list[str]:
    """Press the key in a real bash; return what it has then to choose from."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [BASH, "--norc", "-c", PRESSED, "bash", "broadsheet", *words],
        cwd=cwd,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")[:-1]


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_the_script_completes_in_a_real_bash(site):
    assert pressed("new", "record", "'A \"title\"'", "--topic", "", cwd=site) == ["Trams", "light-rail", "Über"]
    assert pressed("explain", "2024-05-01", cwd=site) == ["2024-05-01-a-story"]
    assert pressed("publish", "", cwd=site) == ["(dirnames)live", "bucket"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_says_first_how_it_is_installed_and_the_shell_understands_it(shell):
    text = CliRunner().invoke(main, ["completion", shell]).stdout
    head = text.partition("\n\n")[0]
    assert f"broadsheet completion {shell} > ~/" in head
    assert "_BROADSHEET_COMPLETE" in text
    assert text.startswith("#compdef broadsheet\n") == (shell == "zsh")
    assert text.count("#compdef") == (shell == "zsh")
    if program := shutil.which(shell):
        done = subprocess.run(
            [program, "-n"], input=text, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_another_shell_is_refused():
    result = CliRunner().invoke(main, ["completion", "cmd"])
    assert result.exit_code == 2
