"""What a command imports: `--help` and a build that finds nothing changed start without what they do not need."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    *("jinja2", "babel", "yaml", "ryml", "markdown_it", "nh3", "css_inline", "rich", "urllib.request", "email", "xml"),
    *("multiprocessing", "concurrent.futures", "tempfile", "http", "ssl", "socket", "html"),
}
PIPELINE = {f"broadsheet.{name}" for name in ("pipeline", "make", "rebuild", "arrange", "render", "write", "edition")}
PIPELINE |= {"broadsheet.read.source", "broadsheet.read.records", "broadsheet.read.folders", "broadsheet.yaml_text"}

# The command as `python -m broadsheet` runs it, which says on its way out what it imported.
TELLING = """
import atexit, sys
atexit.register(lambda: print("\\nimported:", *sys.modules))
sys.argv = ["broadsheet", *sys.argv[1:]]
from broadsheet.cli import main
main()
"""


def imported(*arguments: str | Path) -> tuple[set[str], str]:
    """The modules that a command imports, but for those that the interpreter has anyway; and what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", TELLING, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed, _, modules = done.stdout.rpartition("\nimported: ")
    return set(modules.split()) - anyway(), printed


def anyway() -> set[str]:
    """What an interpreter imports before any program does: an editable install alone brings some of it."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, encoding="utf-8", check=True
    )
    return set(done.stdout.split())


def within(modules: set[str], names: set[str]) -> set[str]:
    """The names that are among the modules, themselves or by a part of theirs."""
    return {name for name in names if any(module == name or module.startswith(f"{name}.") for module in modules)}


@pytest.fixture
def built(run, record, tmp_path):
    record(tmp_path / "_news", body="A *body*.\n")
    (tmp_path / "broadsheet.yaml").write_text("title: The Daily Tram\nbase_url: https://tram.example.org/\n")
    assert run("build", tmp_path).returncode == 0
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["build", "--help"],
        ["edition", "--help"],
        ["explain", "--help"],
        ["completion", "--help"],
        ["completion", "fish"],
        ["new", "site", "--help"],
        ["new", "record", "--help"],
        ["new", "workflow", "--help"],
    ],
)
def test_help_imports_nothing_that_only_work_needs(arguments):
    modules, _ = imported(*arguments)
    assert within(modules, HEAVY | PIPELINE | {"msgspec", "zoneinfo", "json"}) == set()


def test_a_build_that_finds_nothing_changed_imports_neither_the_pipeline_nor_its_libraries(built):
    modules, printed = imported("build", built)
    assert "files written  0" in printed
    assert within(modules, HEAVY | PIPELINE) == set()


def test_so_does_one_that_is_asked_to_explain_and_to_profile(built):
    modules, printed = imported("build", built, "--explain", "--profile", "--strict")
    assert "nothing had to be made anew" in printed
    assert "finding nothing changed" in printed
    assert within(modules, HEAVY | PIPELINE) == set()


def test_a_build_that_has_something_to_do_imports_what_it_does_that_with(built, record):
    record(built / "_news", "2024-05-02-another.md", title="Another")
    modules, _ = imported("build", built, "--jobs", "1")
    assert {"broadsheet.pipeline", "jinja2", "ryml", "nh3"} <= within(modules, HEAVY | PIPELINE) | {"nh3"}


def test_a_record_is_explained_without_what_makes_pages(built):
    modules, _ = imported("explain", "2024-05-01-a-story", built)
    assert within(modules, {"jinja2", "babel", "css_inline", "broadsheet.planning", "broadsheet.render.pages"}) == set()


def test_a_small_build_on_many_cores_starts_no_process_and_does_not_import_what_starts_them(built, record):
    record(built / "_news", "2024-05-02-another.md", title="Another")
    modules, _ = imported("build", built, "--jobs", "4")
    assert "concurrent.futures.process" not in modules


def test_a_site_without_issues_is_built_without_what_makes_emails(built, record):
    record(built / "_news", "2024-05-02-another.md", title="Another")
    modules, _ = imported("build", built, "--jobs", "1")
    assert "css_inline" not in modules


def test_a_site_in_english_is_built_without_what_knows_other_languages(built, record):
    record(built / "_news", "2024-05-02-another.md", title="Another")
    modules, _ = imported("build", built, "--jobs", "1")
    assert "babel" not in modules
    with (built / "broadsheet.yaml").open("a", encoding="utf-8") as settings:
        settings.write("language: de\n")
    modules, _ = imported("build", built, "--jobs", "1")
    assert "babel" in modules
