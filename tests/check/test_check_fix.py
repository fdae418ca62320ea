"""`broadsheet check --fix` and `--undo`, by the real command."""

import json
import os
import pty
import select
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from broadsheet.cli import main

RECORD = (
    "---\r\n# kept\r\n"
    'title: "Trams run all night from May"\r\n'
    "publishedDateTime: 2024-05-31T08:00:00Z\r\n"
    'excerpt: " Every ten minutes, on all lines. " # of the agency\r\n'
    "---\r\nbody \r\n"
)
MENDED = RECORD.replace('" Every ten minutes, on all lines. "', '"Every ten minutes, on all lines."')
GOOD = (
    RECORD.replace("Trams run all night from May", "A harbour ferry for cyclists")
    .replace('" Every', '"Every')
    .replace('. "', '."')
)
FIXING = ("--only", "outer-blanks", "--now", "2024-06-01", "--fail-on", "note")


@pytest.fixture
def site(tmp_path):
    news = tmp_path / "site/_news"
    news.mkdir(parents=True)
    (news / "2024-05-31-a.md").write_bytes(RECORD.encode())
    (news / "2024-05-31-good.md").write_bytes(GOOD.encode())
    return tmp_path / "site"


@pytest.fixture
def check():
    """Run the command in this process, where nothing hangs on its being one of its own."""

    def check(site, *options):
        result = CliRunner().invoke(main, ["check", str(site), *options], catch_exceptions=False)
        return subprocess.CompletedProcess([], result.exit_code, result.stdout, result.stderr)

    return check


def state(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file() and ".broadsheet" not in path.parts)
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


def test_a_fix_changes_the_value_alone_and_a_second_run_finds_nothing(site, run):
    result = run("check", site, "--fix", "--yes", *FIXING)
    assert result.returncode == 0, result.stderr
    assert state(site) == {"_news/2024-05-31-a.md": MENDED.encode(), "_news/2024-05-31-good.md": GOOD.encode()}
    assert '-excerpt: " Every ten minutes, on all lines. " # of the agency\n' in result.stdout
    assert '+excerpt: "Every ten minutes, on all lines." # of the agency\n' in result.stdout
    assert "1 file mended" in result.stdout
    again = run("check", site, "--fix", "--yes", *FIXING)
    assert again.returncode == 0
    assert "there is nothing that could be mended" in again.stdout


def test_without_a_terminal_a_fix_is_shown_and_nothing_is_written(site, run):
    result = run("check", site, "--fix", *FIXING)
    assert result.returncode == 1
    assert '+excerpt: "Every ten minutes, on all lines." # of the agency\n' in result.stdout
    assert "nothing was written: --yes mends 1 file" in result.stderr
    assert state(site)["_news/2024-05-31-a.md"] == RECORD.encode()
    assert not (site / ".broadsheet/undo").exists()


def test_what_would_be_mended_fails_without_a_terminal_whatever_it_is_to_fail_on(site, check):
    assert check(site, "--fix", *FIXING[:4], "--fail-on", "never").returncode == 1


def test_quiet_and_sure_a_fix_shows_nothing(site, check):
    result = check(site, "--fix", "--yes", "--quiet", *FIXING)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert state(site)["_news/2024-05-31-a.md"] == MENDED.encode()


@pytest.mark.parametrize(("answer", "content"), [("y", MENDED), ("n", RECORD)])
def test_on_a_terminal_a_fix_is_shown_and_then_asked_for(site, answer, content):
    said = on_terminal(["check", str(site), "--fix", *FIXING], "Mend 1 file?", answer)
    assert said.index("+excerpt:") < said.index("Mend 1 file?")
    assert state(site)["_news/2024-05-31-a.md"] == content.encode()


def on_terminal(arguments: list[str], question: str, answer: str) -> str:
    """Run the command on a terminal, and answer a question of it."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "dumb"}
    command = [sys.executable, "-m", "broadsheet", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        said, is_answered = "", False
        while select.select([ours], [], [], 60)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            said += part.decode(errors="replace")
            if question in said and not is_answered:
                os.write(ours, f"{answer}\n".encode())
                is_answered = True
    os.close(ours)
    assert is_answered, said
    return said


def test_a_fix_can_be_undone_once(site, run):
    before = state(site)
    run("check", site, "--fix", "--yes", *FIXING)
    result = run("check", site, "--undo")
    assert (result.returncode, result.stderr) == (0, "")
    assert "1 file put back" in result.stdout
    assert state(site) == before
    again = run("check", site, "--undo")
    assert again.returncode == 1
    assert "there is no fix that could be undone" in again.stderr


def test_a_fix_that_is_killed_at_its_first_files_can_be_undone(site, check):
    for number in range(150):
        (site / f"_news/2024-05-30-{number}.md").write_bytes(RECORD.replace("Trams", f"Trams {number}").encode())
    before = state(site)
    command = [sys.executable, "-m", "broadsheet", "check", str(site), "--fix", "--yes", "--quiet", *FIXING]
    with subprocess.Popen(command) as process:
        while not (site / ".broadsheet/undo/1/journal.json").exists():
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.001)
                break
        process.kill()
    assert (site / ".broadsheet/undo/1/journal.json").exists()
    result = check(site, "--undo")
    assert (result.returncode, result.stderr) == (0, "")
    assert {path: content for path, content in state(site).items() if ".tmp-" not in path} == before


def test_fixes_are_undone_from_the_last_to_the_first(site, check):
    record = site / "_news/2024-05-31-a.md"
    check(site, "--fix", "--yes", *FIXING)
    between = MENDED.replace("Every", " Every").encode()
    record.write_bytes(between)
    check(site, "--fix", "--yes", *FIXING)
    check(site, "--undo")
    assert record.read_bytes() == between
    record.write_bytes(MENDED.encode())
    check(site, "--undo")
    assert record.read_bytes() == RECORD.encode()


def test_a_file_that_was_edited_after_the_fix_stays_and_its_original_is_named(site, check):
    check(site, "--fix", "--yes", *FIXING)
    record = site / "_news/2024-05-31-a.md"
    record.write_bytes(MENDED.encode() + b"more")
    result = check(site, "--undo")
    assert result.returncode == 1
    assert "the file stays as it is: it has changed since" in result.stderr
    assert record.read_bytes() == MENDED.encode() + b"more"
    kept = site / ".broadsheet/undo/1/files/_news/2024-05-31-a.md"
    assert kept.parent.parent.as_posix() in result.stderr
    assert kept.read_bytes() == RECORD.encode()
    assert "there is no fix that could be undone" in check(site, "--undo").stderr


def test_a_mended_file_keeps_its_mode_and_leaves_nothing_beside_it(site, check):
    record = site / "_news/2024-05-31-a.md"
    record.chmod(0o640)
    check(site, "--fix", "--yes", *FIXING)
    assert record.read_bytes() == MENDED.encode()
    assert stat.S_IMODE(record.stat().st_mode) == 0o640
    assert sorted(path.name for path in record.parent.iterdir()) == ["2024-05-31-a.md", "2024-05-31-good.md"]
    check(site, "--undo")
    assert stat.S_IMODE(record.stat().st_mode) == 0o640


def test_what_can_not_be_undone_is_not_done(site, check):
    (site / ".broadsheet").write_text("in the way")
    result = check(site, "--fix", "--yes", *FIXING)
    assert result.returncode == 1
    assert "what is mended could not be undone, so nothing is" in result.stderr
    assert state(site)["_news/2024-05-31-a.md"] == RECORD.encode()


def test_a_link_in_the_place_of_the_kept_files_is_not_followed(site, check, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (site / ".broadsheet").symlink_to(tmp_path / "elsewhere")
    result = check(site, "--fix", "--yes", *FIXING)
    assert "what is mended could not be undone, so nothing is: it is a link" in result.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_records_that_lie_outside_of_the_site_are_left_alone(site, check, tmp_path):
    (site / "_news").rename(tmp_path / "records")
    (site / "_news").symlink_to(tmp_path / "records")
    result = check(site, "--fix", "--yes", *FIXING)
    assert result.returncode == 1
    assert "the file is not mended: it lies outside of the site's folder" in result.stderr
    assert (tmp_path / "records/2024-05-31-a.md").read_bytes() == RECORD.encode()


def test_a_link_within_the_site_stays_one(site, check):
    record = site / "_news/2024-05-31-a.md"
    record.rename(site / "_news/.kept")
    record.symlink_to(".kept")
    assert check(site, "--fix", "--yes", *FIXING).returncode == 0
    assert record.is_symlink()
    assert record.read_bytes() == MENDED.encode()
    check(site, "--undo")
    assert record.is_symlink()
    assert record.read_bytes() == RECORD.encode()


def test_a_journal_of_somebody_else_leads_nowhere(site, check, tmp_path):
    (tmp_path / "secret").write_text("theirs")
    check(site, "--fix", "--yes", *FIXING)
    journal = site / ".broadsheet/undo/1/journal.json"
    (site / ".broadsheet/undo/1/secret").write_bytes(RECORD.encode())
    journal.write_text(journal.read_text().replace("_news/2024-05-31-a.md", "../secret"))
    result = check(site, "--undo")
    assert result.returncode == 1
    assert "it is not in the site" in result.stderr
    assert (tmp_path / "secret").read_text() == "theirs"


def test_a_damaged_journal_is_told(site, check):
    check(site, "--fix", "--yes", *FIXING)
    (site / ".broadsheet/undo/1/journal.json").write_text("{")
    result = check(site, "--undo")
    assert result.returncode == 1
    assert "what was kept of the last fix is damaged" in result.stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--fix", "--undo"], "--undo and --fix do not go together"),
        (["--fix", "--list-rules"], "--fix and --list-rules do not go together"),
        (["--yes"], "--yes needs --fix"),
        (["--undo", "--yes"], "--yes needs --fix"),
    ],
)
def test_options_that_do_not_go_together_are_refused(site, check, options, why):
    result = check(site, *options)
    assert result.returncode == 2
    assert why in result.stderr


def test_a_report_for_programs_stays_one_beside_a_fix(site, check):
    result = check(site, "--fix", "--yes", "--format", "json", *FIXING)
    assert json.loads(result.stdout)["findings"] == []
    assert "+excerpt:" in result.stderr
    assert "1 file mended" in result.stderr


def test_the_status_is_that_of_what_is_left(site, check):
    (site / "_news/2024-05-31-b.md").write_text("---\ntitle: Ferry\n---\n")
    result = check(site, "--fix", "--yes", "--now", "2024-06-01")
    assert result.returncode == 1
    assert state(site)["_news/2024-05-31-a.md"] == MENDED.encode()


def test_what_a_file_holds_can_not_drive_the_terminal(site, check):
    record = site / "_news/2024-05-31-a.md"
    record.write_bytes(RECORD.encode() + "\x1b[2J\u00ad".encode())
    record.write_bytes(record.read_bytes().replace(b"# kept", "# kept \u202e\u00ad".encode()))
    result = check(site, "--fix", *FIXING)
    assert "\x1b" not in result.stdout
    assert "# kept <U+202E><U+00AD>" in result.stdout
