"""`broadsheet new workflow`: its files by the published schemas, and their steps by the real shell and the real git."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from workflows import PROGRAMS, at_github, at_gitlab, done, evaluated, git, read, started, step, steps

from broadsheet.cli import main
from broadsheet.new import github, gitlab

FILES = {"github": github.FILE, "gitlab": gitlab.FILE}
SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}
NAMES = [
    "site",
    "my site's",
    'a "b" c',
    "$(touch pwned)",
    "${{ github.token }}",
    "a; b & c `d`",
    "#1: *?[x] !y",
    "-x",
]
NOON = "1717243200"  # 2024-06-01, 12:00 UTC
SETTINGS: dict[str, Any] = {
    "title": "The Daily Tram",
    "editions": {"period": "daily", "time": "07:00", "time_zone": "Europe/Berlin"},
    "publish": {
        "bucket": {"kind": "s3", "bucket": "tram", "region": "eu-north-1"},
        "other": {"kind": "s3", "bucket": "tram", "after": ["purge"]},
        "store": {"kind": "gcs", "bucket": "tram"},
        "web": {"kind": "azure"},
        "named": {"kind": "azure", "account": "tram"},
        "branch": {"kind": "git"},
        "elsewhere": {"kind": "git", "remote": "git@git.example.org:us/tram.git"},
        "machine": {"kind": "rsync", "to": "us@example.org:/srv/www"},
        "here": {"kind": "folder", "path": "/srv/www"},
        "fork": {"kind": "git", "remote": "fork"},
        "token": {"kind": "git", "remote": "https://git.example.org/us/tram.git"},
    },
}
NO_ISSUES: dict[str, Any] = {"editions": {"period": None}}


@pytest.fixture
def repository(tmp_path):
    """A clone of a bare repository, without a commit."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "work")
    git(tmp_path / "work", "remote", "add", "origin", f"file://{tmp_path}/remote.git")
    return tmp_path / "work"


@pytest.fixture
def make(record, repository):
    """Make a site in a folder of the repository, and its workflow; return what the workflow says."""

    def make(*options, host="github", folder="site", status=0, text=False, **settings):
        site = repository / folder
        site.mkdir(parents=True, exist_ok=True)
        (site / "broadsheet.yaml").write_text(yaml.safe_dump({**SETTINGS, **settings}), encoding="utf-8")
        record(site / "_news", "2024-05-31-a.md", publishedDateTime="2024-05-31T12:00:00Z")
        file = repository / FILES[host]
        file.unlink(missing_ok=True)
        arguments = ["new", "workflow", str(site), "--host", host, *map(str, options)]
        ended = CliRunner().invoke(main, arguments, env={"SOURCE_DATE_EPOCH": NOON})
        assert ended.exit_code == status, ended.output
        assert isinstance(ended.exception, SystemExit | None)
        return ended.output if text or status else read(file)

    return make


@pytest.fixture
def clone(repository, tmp_path):
    """Clone the repository as a runner does; the first time all that lies in it is committed and pushed before."""

    def clone(name):
        if not (tmp_path / "remote.git/refs/heads/main").exists():
            git(repository, "add", "--all")
            git(repository, "commit", "--quiet", "--message", "Begin")
            git(repository, "push", "--quiet", "origin", "main")
        git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=main", f"file://{tmp_path}/remote.git", name)
        return tmp_path / name

    return clone


def commits(repository: Path) -> list[str]:
    return git(repository, "log", "--format=%s", "main").splitlines()


# What is written


TARGETS = [None, "bucket", "other", "store", "web", "named", "branch", "elsewhere", "machine"]


@pytest.mark.parametrize("host", FILES)
def test_every_workflow_keeps_to_its_hosts_published_schema(make, repository, tmp_path, host):
    files = []
    for number, target in enumerate(TARGETS):
        for period in (None, "weekly"):
            options = ["--target", target] if target else []
            make(*options, host=host, folder=NAMES[number % len(NAMES)], editions={"period": period})
            files.append(tmp_path / f"{target}-{period}.yml")
            shutil.copy(repository / FILES[host], files[-1])
    checker = [f"{PROGRAMS}/check-jsonschema", "--builtin-schema", SCHEMAS[host]]
    checked = subprocess.run([*checker, *files], capture_output=True, encoding="utf-8", check=False)
    assert checked.returncode == 0, checked.stdout
    broken = tmp_path / "broken.yml"
    broken.write_text(files[0].read_text(encoding="utf-8").replace("run:", "runs:").replace("script:", "scripts:"))
    assert subprocess.run([*checker, broken], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("host", FILES)
@pytest.mark.parametrize("target", TARGETS)
def test_the_commands_of_every_step_are_shell(make, host, target):
    workflow = make(*(["--target", target] if target else []), host=host)
    if host == "github":
        scripts = [one["run"] for one in steps(workflow) if "run" in one]
    else:
        (job,) = (value for value in workflow.values() if "script" in value)
        scripts = [*job["before_script"], *job["script"]]
    assert len(scripts) >= 3
    for script in scripts:
        assert "${{" not in script
        subprocess.run(["bash", "-n"], input=script, encoding="utf-8", check=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_folder_comes_through_as_it_is_and_stands_in_no_command(make, repository, name):
    workflow = make(folder=name)
    assert evaluated(workflow["env"]["SITE"]) == f"./{name}"
    assert not any(name in one.get("run", "") for one in steps(workflow) if name != "site")
    (job,) = (value for value in make(folder=name, host="gitlab").values() if "script" in value)
    assert job["variables"]["SITE"] == {"value": f"./{name}", "expand": False}
    assert not any(name in command for command in job["script"] if name != "site")


def test_a_site_that_is_the_repository_and_a_file_of_settings_elsewhere_in_it(make, repository):
    assert make(folder=".")["env"]["SITE"] == "."
    (repository / "other.yaml").write_text("title: Another\n")
    workflow = make("--config", repository / "other.yaml")
    assert workflow["env"] == {"SITE": "./site", "CONFIG": "./other.yaml", "BRANCH": "main"}
    assert '--config "$CONFIG"' in step(workflow, "Build")["run"]


def test_a_site_in_no_repository_has_its_workflow_beside_its_settings(run, tmp_path):
    (tmp_path / "alone").mkdir()
    assert run("new", "workflow", tmp_path / "alone").returncode == 0
    assert read(tmp_path / "alone" / github.FILE)["on"]["push"] == {"branches": ["main"]}


def test_the_branch_is_the_default_one_of_the_remote_else_main_or_master_else_the_one_that_is_there(make, repository):
    git(repository, "checkout", "--quiet", "-b", "trunk")
    assert make()["env"]["BRANCH"] == "trunk"
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "Begin")
    git(repository, "branch", "master")
    assert make()["env"]["BRANCH"] == "master"
    git(repository, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/it's+new")
    workflow = make()
    assert workflow["env"]["BRANCH"] == "it's+new"
    assert workflow["on"]["push"]["branches"] == [r"it's\+new"]


def test_without_git_at_hand_the_branch_is_main(run, repository):
    git(repository, "checkout", "--quiet", "-b", "trunk")
    assert run("new", "workflow", repository, PATH="").returncode == 0
    assert read(repository / github.FILE)["env"]["BRANCH"] == "main"


def test_the_host_is_the_one_of_the_remote(run, repository):
    for origin, file in (("git@gitlab.com:us/tram.git", gitlab.FILE), ("git@github.com:us/tram.git", github.FILE)):
        git(repository, "remote", "set-url", "origin", origin)
        assert run("new", "workflow", repository).returncode == 0
        assert (repository / file).exists()


@pytest.mark.parametrize("host", FILES)
def test_a_file_that_is_there_is_not_overwritten(make, run, repository, host):
    make(host=host)
    (repository / FILES[host]).write_text("mine")
    ended = run("new", "workflow", repository / "site", "--host", host)
    assert ended.returncode == 1
    assert f"{FILES[host]}: error: is there already, and is not overwritten" in ended.stderr
    assert (repository / FILES[host]).read_text() == "mine"


def test_a_place_that_can_not_be_written_to_is_told(run, repository):
    (repository / ".github").write_text("no folder")
    ended = run("new", "workflow", repository)
    assert ended.returncode == 1
    assert "publish.yml: error: can not be written" in ended.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "nobody"], "the settings know no target `nobody`"),
        (["--target", "here"], "which a workflow can not reach"),
        (["--target", "fork"], "a workflow can not push to `fork`"),
        (["--target", "token"], "a workflow can not push to `https://git.example.org/us/tram.git`"),
        (["--install", "a\nb"], "can not stand in a workflow: 'a\\nb'"),
    ],
)
def test_what_no_workflow_can_do_is_refused_and_nothing_written(make, repository, options, message):
    assert message in make(*options, status=1)
    assert not (repository / ".github").exists()


def test_a_file_of_settings_outside_of_the_repository_and_broken_settings_are_refused(make, repository, tmp_path):
    (tmp_path / "outside.yaml").write_text("title: A\n")
    assert "lies outside of the repository" in make("--config", tmp_path / "outside.yaml", status=1)
    assert "unknown setting `titel`" in make(status=1, titel="A")
    assert "can not stand in a workflow" in make(status=1, folder="a\nb")


# When it runs, and with what


def crons(workflow: dict[str, Any]) -> list[str]:
    return [entry["cron"] for entry in workflow["on"]["schedule"]]


@pytest.mark.parametrize(
    ("editions", "expected"),
    [
        ({}, []),
        ({"period": "daily", "time": "07:00"}, ["2 7 * * *"]),
        ({"period": "daily", "time": "07:00", "time_zone": "Europe/Berlin"}, ["2 5,6 * * *"]),
        (
            {"period": "daily", "time": "00:30", "time_zone": "Asia/Kolkata", "weekdays": ["mon"]},
            ["2 19 * * 0"],
        ),
        ({"period": "weekly", "weekdays": ["fri"], "time": "23:59"}, ["1 0 * * 6"]),
        ({"period": "weekly", "time": "18:30", "time_zone": "America/New_York"}, ["32 22,23 * * 1"]),
        ({"period": "monthly", "time": "07:00"}, ["2 7 1 * *"]),
        ({"period": "monthly", "time": "00:30", "time_zone": "Asia/Tokyo"}, ["32 15 28,30,31 * *"]),
    ],
)
def test_it_runs_every_hour_and_right_after_an_issue_is_due(make, editions, expected):
    assert crons(make(editions=editions)) == ["23 * * * *", *expected]


def test_it_runs_on_pushes_to_the_default_branch_and_by_hand_and_never_twice_at_once(make):
    workflow = make()
    assert workflow["on"]["push"] == {"branches": ["main"]}
    assert "workflow_dispatch" in workflow["on"]
    assert workflow["concurrency"] == {"group": "publish", "cancel-in-progress": False}
    job = make(host="gitlab")["pages"]
    assert job["resource_group"] == "publish"
    assert [rule["if"].rpartition(" ")[2] for rule in job["rules"]] == ['"push"', '"schedule"', '"web"']


@pytest.mark.parametrize(
    ("options", "settings", "command"),
    [
        ([], NO_ISSUES, "pip install broadsheet"),
        ([], {"search": True, "images": "cache", **NO_ISSUES}, 'pip install "broadsheet[search,images]"'),
        (["--target", "bucket"], {"search": True, **NO_ISSUES}, 'pip install "broadsheet[search,s3]"'),
        (["--target", "web"], NO_ISSUES, 'pip install "broadsheet[s3]"'),
        (["--target", "machine"], NO_ISSUES, "pip install broadsheet"),
        ([], {}, 'pip install "broadsheet[email]"'),
        (["--target", "web"], {}, 'pip install "broadsheet[email,s3]"'),
        ([], {"import": {"sources": ["feed.xml"]}, **NO_ISSUES}, 'pip install "broadsheet[import]"'),
        (["--install", "pip install './it''s: here' # [x]"], {"search": True}, "pip install './it''s: here' # [x]"),
    ],
)
def test_what_is_installed_is_what_the_settings_need(make, options, settings, command):
    assert step(make(*options, **settings), "Install Broadsheet")["run"] == command
    job = next(value for value in make(*options, host="gitlab", **settings).values() if "script" in value)
    assert job["before_script"][-1] == command


def test_issues_that_were_cut_once_need_what_makes_emails(make, repository):
    (repository / "site/editions").mkdir(parents=True)
    (repository / "site/editions/2024-05-31.yaml").touch()
    assert step(make(**NO_ISSUES), "Install Broadsheet")["run"] == 'pip install "broadsheet[email]"'


READ, WRITE = {"contents": "read"}, {"contents": "write"}


@pytest.mark.parametrize(
    ("target", "period", "permissions"),
    [
        (None, None, {**READ, "pages": "read"}),
        (None, "daily", {**WRITE, "pages": "read"}),
        ("bucket", None, READ),
        ("bucket", "daily", WRITE),
        ("branch", None, WRITE),
        ("elsewhere", None, READ),
    ],
)
def test_a_job_may_do_no_more_than_it_has_to(make, target, period, permissions):
    workflow = make(*(["--target", target] if target else []), editions={"period": period})
    assert workflow["permissions"] == {}
    first, *others = workflow["jobs"].values()
    assert first["permissions"] == permissions
    assert [job["permissions"] for job in others] == ([] if target else [{"pages": "write", "id-token": "write"}])
    assert step(workflow, "actions/checkout")["with"]["persist-credentials"] is (permissions["contents"] == "write")


@pytest.mark.parametrize(
    ("target", "secrets", "variables"),
    [
        ("bucket", {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}, set()),
        ("other", {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}, {"AWS_REGION"}),
        ("store", {"GOOGLE_SERVICE_ACCOUNT_KEY"}, set()),
        ("web", {"AZURE_STORAGE_ACCOUNT_KEY"}, {"AZURE_STORAGE_ACCOUNT_NAME"}),
        ("named", {"AZURE_STORAGE_ACCOUNT_KEY"}, set()),
        ("branch", set(), set()),
        ("elsewhere", {"SSH_PRIVATE_KEY"}, {"SSH_KNOWN_HOSTS"}),
        ("machine", {"SSH_PRIVATE_KEY"}, {"SSH_KNOWN_HOSTS"}),
    ],
)
def test_only_the_step_that_publishes_gets_secrets_and_their_owner_is_told_of_them(make, target, secrets, variables):
    workflow = make("--target", target)
    expected = {name: f"${{{{ secrets.{name} }}}}" for name in secrets}
    expected |= {name: f"${{{{ vars.{name} }}}}" for name in variables}
    assert step(workflow, "Publish").get("env", {}) == expected
    assert [one["name"] for one in steps(workflow) if "secrets." in str(one)] == ["Publish"][: len(secrets)]
    for host in FILES:
        told = make("--target", target, host=host, text=True)
        assert all(name in told for name in secrets | variables)


@pytest.mark.parametrize(
    ("options", "host", "told"),
    [
        ([], "github", "Settings → Pages → Build and deployment → Source: GitHub Actions"),
        ([], "github", "if `main` is protected"),
        (["--target", "branch"], "github", "Deploy from a branch: gh-pages"),
        (["--target", "other"], "github", "the commands under `after`"),
        ([], "gitlab", "New schedule: `23 * * * *` and `2 5,6 * * *`, in UTC, for `main`"),
        ([], "gitlab", "allow Git push requests to the repository"),
    ],
)
def test_what_is_left_to_do_by_hand_is_said(make, options, host, told):
    assert told in make(*options, host=host, text=True)


def test_what_a_run_learned_is_kept_for_the_next_but_no_releases(make):
    cache = step(make(folder="a [b]*"), "actions/cache")["with"]
    assert cache["path"].splitlines() == ["./a [[]b][*]/.broadsheet/*", "!./a [[]b][*]/.broadsheet/releases"]
    assert cache["restore-keys"] == "broadsheet-"
    assert evaluated(cache["key"], github__run_id="7", github__run_attempt="2") == "broadsheet-7-2"
    job = make("--target", "bucket", host="gitlab", folder="a $b")["publish"]
    assert job["cache"]["paths"] == ["./a $$b/.broadsheet"]
    assert 'rm -rf "$SITE/.broadsheet/releases"' in job["script"][-1]


def test_actions_are_named_with_their_major_version_and_are_githubs_own(make):
    used = {one["uses"] for one in steps(make()) if "uses" in one}
    assert len(used) == 6
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d", name) for name in used)


# What it does


def at_work(workflow, name, folder, **contexts):
    command, environment = at_github(workflow, name, folder, **contexts)
    return started(command, folder, environment, SOURCE_DATE_EPOCH=NOON, RUNNER_TEMP=str(folder.parent / "temp"))


@pytest.mark.parametrize("name", NAMES)
def test_the_site_is_built_for_the_address_that_pages_have_and_the_list_of_files_left_out(make, clone, tmp_path, name):
    workflow = make(folder=name)
    here = clone("here")
    done(at_work(workflow, "Build", here, steps__pages__outputs__base_url="https://us.example.org/repo"))
    built = tmp_path / "temp/site"
    assert 'href="/repo/' in (built / "index.html").read_text(encoding="utf-8")
    assert [path.name for path in built.glob(".broadsheet*")] == []
    assert (here / name / ".broadsheet").is_dir()
    assert list(tmp_path.rglob("pwned")) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_issue_that_is_due_is_cut_and_pushed_once(make, clone, tmp_path, name):
    workflow = make(folder=name)
    for number in range(2):
        here = clone(f"here{number}")
        done(at_work(workflow, "Cut the edition", here))
        assert git(here, "status", "--porcelain") == ""
        assert git(here, "rev-parse", "HEAD") == git(tmp_path / "remote.git", "rev-parse", "main")
    assert commits(tmp_path / "remote.git") == ["Cut the edition [skip ci]", "Begin"]
    shown = git(tmp_path / "remote.git", "show", "-z", "--name-only", "--format=%an", "main").split("\0")
    assert [part.strip("\n") for part in shown if part.strip("\n")] == [
        "github-actions[bot]",
        f"{name}/editions/2024-06-01.yaml",
    ]
    assert list(tmp_path.rglob("pwned")) == []


FEED = """\
<rss version="2.0"><channel><title>The Herald</title><item><title>Night ferries</title>
<link>https://herald.example.org/a</link><pubDate>Fri, 31 May 2024 08:00:00 GMT</pubDate></item></channel></rss>
"""


@pytest.mark.parametrize("name", NAMES[:2])
def test_what_is_new_in_feeds_is_imported_and_pushed_once(make, repository, clone, tmp_path, name):
    workflow = make(folder=name, **{"import": {"sources": ["feed.xml", "away.xml"]}})
    (repository / name / "feed.xml").write_text(FEED, encoding="utf-8")
    for number in range(2):
        here = clone(f"here{number}")
        done(at_work(workflow, "Import feeds", here))
        assert git(here, "status", "--porcelain") == ""
    assert commits(tmp_path / "remote.git") == ["Import feeds [skip ci]", "Begin"]
    shown = git(tmp_path / "remote.git", "show", "-z", "--name-only", "--format=%an", "main").split("\0")
    assert [part.strip("\n") for part in shown if part.strip("\n")] == [
        "github-actions[bot]",
        f"{name}/_data/import.json",
        f"{name}/_news/2024-05-31-night-ferries.md",
    ]
    job = make(folder=name, host="gitlab", **{"import": {"sources": ["feed.xml"]}})["pages"]
    assert "broadsheet import" in job["script"][0]


def test_sources_that_all_fail_do_not_keep_the_site_from_its_readers(make, clone, tmp_path):
    workflow = make(**{"import": {"sources": ["away.xml"]}})
    assert "built all the same" in done(at_work(workflow, "Import feeds", clone("here")))
    assert workflow["jobs"]["build"]["permissions"]["contents"] == "write"
    assert commits(tmp_path / "remote.git") == ["Import feeds [skip ci]", "Begin"]


def test_where_no_issue_is_due_nothing_is_committed(make, clone, tmp_path):
    workflow = make(editions={"period": "monthly"})
    (tmp_path / "work/site/_news/2024-05-31-a.md").unlink()
    here = clone("here")
    assert "not cut, for want of stories" in done(at_work(workflow, "Cut the edition", here))
    assert commits(tmp_path / "remote.git") == ["Begin"]


def before_push(folder: Path, script: str) -> None:
    """Have a script run once, when a clone is about to push."""
    hook = folder / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/bash\nset -e\nrm "$0"\nunset GIT_DIR\n{script}\n', encoding="utf-8")
    hook.chmod(0o755)


def test_of_two_runs_that_cut_one_issue_the_slower_takes_what_the_quicker_has(make, clone, tmp_path):
    workflow = make()
    slower, quicker = clone("slower"), clone("quicker")
    command, _ = at_github(workflow, "Cut the edition", quicker)
    before_push(slower, f"cd '{quicker}'\n{shlex.join(command)}")
    told = done(at_work(workflow, "Cut the edition", slower))
    assert "nothing is due" in told
    assert commits(tmp_path / "remote.git") == ["Cut the edition [skip ci]", "Begin"]
    head = git(tmp_path / "remote.git", "rev-parse", "main")
    assert git(slower, "rev-parse", "HEAD") == git(quicker, "rev-parse", "HEAD") == head
    assert git(slower, "status", "--porcelain") == ""


def test_a_push_of_somebody_else_in_between_is_kept_and_the_issue_comes_on_top_of_it(make, clone, record, tmp_path):
    workflow = make()
    slower, other = clone("slower"), clone("other")
    late = {"title": "Ferry is late again", "publishedDateTime": "2024-05-31T13:00:00Z", "webUrl": None}
    record(other / "site/_news", "2024-05-31-late.md", **late)
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "--message", "Report")
    before_push(slower, f"git -C '{other}' push --quiet origin main")
    done(at_work(workflow, "Cut the edition", slower))
    assert commits(tmp_path / "remote.git") == ["Cut the edition [skip ci]", "Report", "Begin"]
    issue = git(tmp_path / "remote.git", "show", "main:site/editions/2024-06-01.yaml")
    assert "2024-05-31-late" in issue


def test_runs_that_start_at_one_moment_all_end_well_and_cut_one_issue(make, clone, tmp_path):
    workflow = make()
    running = [at_work(workflow, "Cut the edition", clone(f"run{number}")) for number in range(3)]
    for process in running:
        done(process)
    assert commits(tmp_path / "remote.git") == ["Cut the edition [skip ci]", "Begin"]


def test_a_push_that_is_refused_for_good_fails_and_changes_nothing(make, clone, tmp_path):
    workflow = make()
    here = clone("here")
    hook = tmp_path / "remote.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    assert "protected" in done(at_work(workflow, "Cut the edition", here), status=1)
    assert commits(tmp_path / "remote.git") == ["Begin"]


def test_an_issue_that_can_not_be_read_fails_the_step(make, clone, tmp_path):
    workflow = make()
    (tmp_path / "work/site/editions").mkdir()
    (tmp_path / "work/site/editions/2024-05-30.yaml").write_text("[")
    here = clone("here")
    assert "no issue is cut" in done(at_work(workflow, "Cut the edition", here), status=1)


@pytest.mark.parametrize("name", ["site", "my site's", "$(touch pwned)"])
def test_the_whole_job_at_gitlab_cuts_pushes_and_builds_the_newest_state(make, clone, record, tmp_path, name):
    job = make("--install", "true", host="gitlab", folder=name)["pages"]
    here, other = clone("here"), clone("other")
    record(other / name / "_news", "2024-05-31-late.md", title="Ferry is late again", webUrl=None)
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "--message", "Report")
    git(other, "push", "--quiet", "origin", "main")
    given = {
        "CI_DEFAULT_BRANCH": "main",
        "CI_PAGES_URL": "https://us.example.org/repo",
        "CI_SERVER_HOST": "git.example.org",
    }
    command, environment = at_gitlab(job, here, **given)
    done(started(command, here, environment, SOURCE_DATE_EPOCH=NOON))
    assert commits(tmp_path / "remote.git") == ["Cut the edition [skip ci]", "Report", "Begin"]
    assert job["artifacts"]["paths"] == ["public"]
    page = (here / "public/index.html").read_text(encoding="utf-8")
    assert 'href="/repo/' in page
    assert "Ferry is late again" in page
    assert (here / "public/editions/2024-06-01/index.html").is_file()
    assert not (here / "public/.broadsheet-manifest.json").exists()
    assert list(tmp_path.rglob("pwned")) == []


def test_help_of_the_command_names_its_hosts(run):
    told = run("new", "workflow", "--help")
    assert "[github|gitlab]" in told.stdout
    assert run("new", "workflow", "--host", "elsewhere").returncode == 2


def test_a_whole_job_at_github_publishes_a_branch_of_its_own_repository(make, clone, tmp_path):
    workflow = make("--target", "branch", base_url="https://us.example.org/repo/")
    assert workflow["permissions"] == {}
    here = clone("here")
    for name in ("Cut the edition", "Publish"):
        told = done(at_work(workflow, name, here))
    assert "published" in told
    remote = tmp_path / "remote.git"
    assert commits(remote) == ["Cut the edition [skip ci]", "Begin"]
    files = git(remote, "ls-tree", "-r", "--name-only", "gh-pages").splitlines()
    assert {"index.html", ".nojekyll", "editions/2024-06-01/index.html"} <= set(files)
    assert git(remote, "rev-parse", "main") in git(remote, "log", "--format=%B", "gh-pages")
    again = clone("again")
    told = done(at_work(workflow, "Publish", again))
    assert len(git(remote, "log", "--format=%H", "gh-pages").splitlines()) == 1, told
