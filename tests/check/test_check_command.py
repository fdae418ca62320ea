"""The command `check`: its exit status, its options, what goes to which stream, and that no site breaks it."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from broadsheet.check.rules import RULES
from broadsheet.problems import Severity

BROKEN = Path(__file__).parents[1] / "sites/broken-files/site"


@pytest.fixture
def site(tmp_path, record):
    """A site with a warning and a note, and without an error."""
    folder = tmp_path / "my-site"
    record(folder, "2024-05-01-good.md")
    record(folder, "2024-05-02-bad-address.md", webUrl="javascript:alert(1)")
    return folder


@pytest.fixture
def check(run):
    def check(*arguments, status, **others):
        done = run("check", *arguments, "--jobs", "1", **others)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return check


def rules_found(done):
    return {finding["rule"] for finding in json.loads(done.stdout)["findings"]}


def test_findings_and_the_summary_can_be_piped_and_progress_does_not_get_among_them(check, site):
    done = check(site.name, status=1, cwd=site.parent)
    first = "my-site/2024-05-02-bad-address.md:4:9: warning: `webUrl` is no http or https address"
    assert any(line.startswith(first) and line.endswith("  [unsafe-url]") for line in done.stdout.splitlines())
    assert "     4 | webUrl: javascript:alert(1)\n       |         ^\n" in done.stdout
    assert "        1  unsafe-url\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("2 records checked: 0 errors, 1 warning, ")
    assert "reading records" in done.stderr
    assert "unsafe-url" not in done.stderr


def test_quiet_prints_findings_only(check, site):
    done = check(site, "--only", "unsafe-url", "--quiet", status=1)
    assert done.stderr == ""
    assert "checked" not in done.stdout
    assert done.stdout.count("[unsafe-url]") == 1


@pytest.mark.parametrize(("level", "status"), [("error", 0), ("warning", 1), ("note", 1), ("never", 0)], ids=str)
def test_a_run_fails_on_what_is_as_bad_as_was_said(check, site, level, status):
    check(site, "--fail-on", level, "--only", "unsafe-url", status=status)


def test_notes_fail_only_where_that_is_said(check, site):
    check(site, "--only", "no-base-url", status=0)
    check(site, "--only", "no-base-url", "--fail-on", "note", status=1)


def test_a_site_without_a_finding_passes_whatever_fails(check, site):
    done = check(site, "--only", "yaml", "--fail-on", "note", status=0)
    assert done.stdout == "2 records checked: 0 errors, 0 warnings, 0 notes\n"


def test_only_the_rules_that_are_named_are_told_of(check, site):
    assert rules_found(check(site, "--only", "unsafe-url", "--format", "json", status=1)) == {"unsafe-url"}
    both = check(site, "--only", "unsafe-url", "--only", "no-base-url", "--format", "json", status=1)
    assert rules_found(both) == {"unsafe-url", "no-base-url"}


def test_a_misspelt_rule_is_a_wrong_use_with_what_was_meant(check, site):
    assert "did you mean 'unsafe-url'?" in check(site, "--only", "unsave-url", status=2).stderr
    assert "--list-rules says which there are" in check(site, "--only", "xyzzy", status=2).stderr
    assert "xyzzy" in check(site, "--only", "yaml", "--only", "xyzzy", "--list-rules", status=2).stderr


@pytest.mark.parametrize("wrong", [["--format", "xml"], ["--fail-on", "all"], ["--now", "noon"], ["--jobs", "0"]])
def test_a_wrong_option_is_a_wrong_use(run, site, wrong):
    assert run("check", site, *wrong).returncode == 2


def test_a_site_that_is_not_there_is_a_wrong_use(check, tmp_path):
    assert "does not exist" in check(tmp_path / "none", status=2).stderr
    (tmp_path / "a-file").write_text("")
    assert "is a file" in check(tmp_path / "a-file", status=2).stderr


def test_rules_are_listed_without_a_look_at_any_site(check, tmp_path):
    listed = check("--list-rules", status=0, cwd=tmp_path).stdout
    assert [line.split()[0] for line in listed.splitlines() if line.startswith("  ")] == list(RULES)
    told = json.loads(check("--list-rules", "--format", "json", status=0, cwd=tmp_path).stdout)
    assert [rule["rule"] for rule in told["rules"]] == list(RULES)
    one = check("--list-rules", "--only", "heat", status=0, cwd=tmp_path).stdout
    assert one == f"What a record means\n  heat  warning  {RULES['heat'].summary}\n"
    assert "text or json" in check("--list-rules", "--format", "sarif", status=2, cwd=tmp_path).stderr


def test_settings_that_can_not_be_used_are_told_whatever_is_asked_for(check, site):
    (site / "broadsheet.yaml").write_text("title: [\n")
    for only in ([], ["--only", "unsafe-url"]):
        done = check(site, *only, status=1)
        assert "[settings]" in done.stdout or "[yaml]" in done.stdout
        assert "and then no more could be" in done.stdout
    done = check(site, "--format", "json", "--only", "unsafe-url", status=1)
    assert json.loads(done.stdout)["summary"]["complete"] is False


def test_a_setting_that_can_not_be_used_is_one_of_the_rule_settings(check, site):
    (site / "broadsheet.yaml").write_text("base_url: somewhere\n")
    assert rules_found(check(site, "--format", "json", status=1)) == {"settings"}


def test_a_folder_without_records_is_told_of_in_every_format(check, tmp_path):
    for form in ("text", "json", "github", "sarif"):
        assert "no-records" in check(tmp_path, "--format", form, status=1).stdout


def test_the_site_is_checked_as_it_is_at_a_time(check, site, record):
    record(site, "2024-05-02-bad-address.md", title="Over", publishedDateTime="2030-01-01T00:00:00Z")
    told = [
        json.loads(check(site, "--now", f"{year}-06-01", "--format", "json", "--fail-on", "never", status=0).stdout)
        for year in (2029, 2031)
    ]
    assert all(value["summary"]["records"] == 2 for value in told)
    assert all(value["summary"]["complete"] for value in told)


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_broken_files_are_told_of_in_every_format_alike(check, form, tmp_path):
    site = tmp_path / "site"
    shutil.copytree(BROKEN, site)
    hostile = site / "2024-05-09-::error::\n\x1b[31m,%0A\udcff.md"
    hostile.write_bytes(b"---\ntitle: \x1b]0;a\x07 [\n::error::x\n---\n")
    done = check("site", "--format", form, status=1, cwd=tmp_path, GITHUB_WORKSPACE=str(tmp_path))
    assert all(line.isprintable() for line in done.stdout.split("\n"))
    rules = {"encoding", "field-type", "front-matter", "missing-title", "yaml", "unsafe-url", "collision"}
    assert {rule for rule in rules if rule not in done.stdout} == set()
    if form == "github":
        lines = done.stdout.splitlines()
        assert lines[0].startswith("::error file=site/2024-05-0")
        assert all(
            line.startswith(("::error file=site", "::warning file=site", "::notice file=site")) for line in lines
        )
    else:
        assert not any(line.lstrip().startswith("::") for line in done.stdout.splitlines())


def test_paths_for_programs_count_from_the_root_of_the_repository(check, site):
    arguments = (site.name, "--only", "unsafe-url", "--format", "github")
    here = check(*arguments, status=1, cwd=site.parent, GITHUB_WORKSPACE="").stdout
    assert here.startswith("::warning file=my-site/2024-05-02-bad-address.md,line=4,col=9,title=unsafe-url::")
    within = check(*arguments, status=1, cwd=site.parent, GITHUB_WORKSPACE=str(site)).stdout
    assert within.startswith("::warning file=2024-05-02-bad-address.md,")


def on_a_terminal(site, **environment):
    """What the command prints on a terminal."""
    main, other = pty.openpty()
    command = [sys.executable, "-m", "broadsheet", "check", site, "--jobs", "1", "--quiet"]
    with subprocess.Popen(
        command, stdout=other, stderr=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm", **environment}
    ) as process:
        os.close(other)
        told = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:  # What Linux says at the end.
                break
            if not part:
                break
            told += part
        os.close(main)
    assert process.returncode == 1
    return told.decode()


def test_colours_are_for_terminals_that_want_them(check, site):
    assert "\x1b[33m\x1b[1mwarning:\x1b[0m" in on_a_terminal(site, NO_COLOR="")
    assert "\x1b" not in on_a_terminal(site, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(site, TERM="dumb", NO_COLOR="")
    assert "\x1b" not in check(site, status=1).stdout


def test_of_many_findings_of_a_kind_some_are_shown_and_all_on_demand(check, site, record):
    for number in range(25):
        record(site, f"2024-06-{number:02}-x.md", title=f"Number {number}", webUrl="javascript:alert(1)")
    cut = check(site, status=1).stdout
    assert cut.count("[unsafe-url]") == 20
    assert "26  unsafe-url  (not all of them are shown: --only unsafe-url or --all does)" in cut
    for every in ("--all", "--only=unsafe-url", "--quiet"):
        assert check(site, every, status=1).stdout.count("[unsafe-url]") == 26


def test_a_reader_that_leaves_early_gets_no_traceback(site):
    command = f"{sys.executable} -m broadsheet check {site} --jobs 1 | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_every_severity_has_its_level_of_failing(run):
    told = run("check", "--help").stdout
    assert all(severity.value in told for severity in Severity)


@pytest.mark.parametrize("library", ["ftfy", "protego", "selectolax"])
def test_without_a_library_it_is_said_what_to_install(library, tmp_path, record):
    record(tmp_path / "_news")
    without = f"import sys; sys.modules[{library!r}] = None; from broadsheet.cli import main; main()"
    command = [sys.executable, "-c", without, "check", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f'error: `broadsheet check` needs {library}, which is not installed\n  hint: pip install "broadsheet[check]"\n'
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("options", "how"),
    [((), "nothing was written"), (("--fix", "--yes"), "--undo takes back what --fix has written so far")],
)
def test_a_check_that_is_told_to_end_says_how_it_stands(number, options, how, tmp_path, record):
    record(tmp_path / "_news")
    stopped = (
        "import os, signal, broadsheet.check.checker as it; from broadsheet.cli import main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        f"it.read_site = lambda *_: os.kill(os.getpid(), {int(number)}); main()"
    )
    command = [sys.executable, "-c", stopped, "check", str(tmp_path), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (128 + number, f"stopped: {how}\n")
