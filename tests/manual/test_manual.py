"""The manual is executed: every code block of every page, as its readers would."""

import importlib.util
import os
import platform
import re
import runpy
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pytest
from manual_blocks import PageError
from manual_pages import play
from manual_stage import ROOT, Stage

from broadsheet import cli

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# What takes seconds: servers, dozens of commands, checkouts whose catalogues are made anew.
SLOW = {"CONTRIBUTING.md", "docs/check.md", "docs/languages.md", "docs/publish.md"}
PLAYED = [
    pytest.param(page, marks=[pytest.mark.slow] if name_of(page) in SLOW else [], id=name_of(page))
    for page in PAGES
    if "```" in page.read_text("utf-8")
]


@pytest.mark.parametrize("page", PLAYED)
def test_what_a_page_tells_its_reader_to_do_works(page, tmp_path):
    if "-m fuzz" in page.read_text(encoding="utf-8"):
        require_atheris()
    stage, wrong = Stage(tmp_path), ""
    try:
        play(page, name_of(page), stage, held(name_of(page)))
    except PageError as error:
        wrong = str(error)
    finally:
        stage.close()
    # How the player came to it is of no interest to who has written the page.
    if wrong:
        pytest.fail(wrong, pytrace=False)


def require_atheris() -> None:
    """Skip where Atheris is not installed, or fail where it has to be."""
    if importlib.util.find_spec("atheris") is None:
        is_made_for_this = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 14)
        if is_made_for_this and os.environ.get("BROADSHEET_REQUIRE_TOOLS"):
            pytest.fail("Atheris is not installed")
        pytest.skip("Atheris is not installed")


def held(name: str) -> frozenset[str]:
    """Return the blocks of a page that other tests run."""
    if name == "docs/check.md":
        return examples_of_rules()
    if name == "CONTRIBUTING.md":
        return worked_examples()
    if name == "docs/command.md":
        return helps()
    if name == "docs/performance.md":
        return frozenset([commands_of_the_benchmark()])
    return frozenset()


def examples_of_rules() -> frozenset[str]:
    """Return the blocks that the tests of `check` and of its links collect, by their own hands."""
    module = runpy.run_path(str(ROOT / "tests/check/test_check_page.py"))
    texts = [text for _, files in module["EXAMPLES"] for _, _, text in files]
    assert "test_the_example_of_a_rule_is_found_by_it" in module
    for rule in module["LINK_RULES"]:
        texts += re.findall(r"^```yaml\n(.*?)^```", module["SECTIONS"][rule][1], re.MULTILINE | re.DOTALL)[:1]
    assert len(texts) > 70
    return frozenset(texts)


def worked_examples() -> frozenset[str]:
    """Return the blocks that change a copy of the program, which their own tests follow."""
    path = ROOT / "tests/contributing/test_worked_examples.py"
    return frozenset(runpy.run_path(str(path))["HELD"])


def helps() -> frozenset[str]:
    """Return the blocks that are made of the program, where they are still what it says."""
    page = runpy.run_path(str(ROOT / "docs/generate.py"))["PAGES"]["command.md"]()
    return frozenset(re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL))


# What a peer is told, as the benchmark writes it into its report.
TOLD = """
from pathlib import Path
import sys, install, peers, report
folder, lines = Path(sys.argv[1]), []
for peer in peers.ALL:
    site = folder / "site"
    lines.append(report.command_line(peer.prepare(site, folder / peer.name), site, install.TOOLS))
print(*lines, sep="\\n")
"""


def commands_of_the_benchmark() -> str:
    """Return the commands that were measured; the programs they are for are not all here."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-c", TOLD, folder]
        told = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True).stdout
    return re.sub(r"^(hugo|python)(?:-is-missing|[\d.]+) ", r"\1 ", told, flags=re.MULTILINE)


def commands() -> dict[str, click.Command]:
    """Return all commands by their whole name."""

    def below(group: click.Group, name: str) -> dict[str, click.Command]:
        found: dict[str, click.Command] = {}
        for part, command in group.commands.items():
            found[f"{name} {part}"] = command
            if isinstance(command, click.Group):
                found |= below(command, f"{name} {part}")
        return found

    return {"broadsheet": cli.main, **below(cli.main, "broadsheet")}


COMMANDS = commands()
SPAN = re.compile(r"(?<!`)`(broadsheet(?: [^`\n]+)?)`(?!`)")


# What is no more may be named among the changes.
OF_TODAY = [page for page in PAGES if page.name != "CHANGELOG.md"]


@pytest.mark.parametrize("page", OF_TODAY, ids=name_of)
def test_every_command_within_the_text_is_one_with_options_that_it_has(page):
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    wrong = {span: complaint for span in SPAN.findall(text) if (complaint := complaint_of(span))}
    assert wrong == {}


def complaint_of(span: str) -> str | None:
    """Return what the program has against a command of the text; arguments may be left out there."""
    words = span.split()
    name = next(" ".join(words[:end]) for end in range(len(words), 0, -1) if " ".join(words[:end]) in COMMANDS)
    command, rest = COMMANDS[name], words[len(name.split()) :]
    if isinstance(command, click.Group) and rest and re.match(r"[a-z]", rest[0]):
        return f"there is no command {name} {rest[0]}"
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return next(
        (
            f"{name} has no option {word}"
            for word in rest
            if word.startswith("-") and word.partition("=")[0] not in {*known, "-h", "--help"}
        ),
        None,
    )


@pytest.mark.parametrize("span", ["broadsheet biuld", "broadsheet build --no-such", "broadsheet new sight x"])
def test_a_command_that_there_is_not_is_noticed(span):
    assert complaint_of(span)


def test_every_target_of_make_within_the_text_is_there():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for page in OF_TODAY for name in re.findall(r"`make ([\w-]+)", page.read_text(encoding="utf-8"))}
    assert {"test"} <= named <= targets
