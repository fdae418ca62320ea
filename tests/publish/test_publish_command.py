"""The commands `publish` and `rollback`, as somebody uses them; to folders, since what they do is there to be seen."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

BASE = "https://tram.example.org/"


@pytest.fixture
def site(tmp_path, record):
    site = tmp_path / "site"
    settings(site, live={"kind": "folder", "path": "../www", "releases": False})
    for number in range(1, 6):
        edit(record, site, f"2024-05-0{number}-r{number}.md", f"Headline {number} of the harbour")
    return site


def edit(record, site, name="2024-05-03-r3.md", title="Headline three of the other harbour"):
    record(site / "_news", name, title=title, webUrl=f"https://example.org/{name}")


def settings(site, more=None, **targets):
    site.mkdir(exist_ok=True)
    values = {"title": "The Daily Tram", "base_url": BASE, "publish": targets, **(more or {})}
    (site / "broadsheet.yaml").write_text(yaml.safe_dump(values))


def snapshot(folder):
    """Every file and link below a folder, with its bytes and the times of its last change."""
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[path.relative_to(folder).as_posix()] = (content, facts.st_mtime_ns, facts.st_ino)
    return found


def contents(folder):
    """The bytes of what readers can see in a folder, by path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {path: content for path, content in named.items() if not path.startswith(".broadsheet")}


@pytest.fixture
def publish(run, site):
    def publish(*arguments, status=0, command="publish"):
        done = run(command, site, *arguments)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if "--json" in arguments else done.stdout + done.stderr

    return publish


@pytest.fixture
def built(run, site, tmp_path):
    """What `broadsheet build` makes of the site as it is now."""

    def built(*options):
        output = tmp_path / "built"
        assert run("build", site, "--output", output, "--clean", *options).returncode == 0
        return contents(output)

    return built


def test_a_target_holds_what_a_build_makes(publish, built, tmp_path):
    said = publish()
    assert contents(tmp_path / "www") == built()
    assert "live: " in said
    assert "new" in said


def test_the_second_time_nothing_is_sent(publish, tmp_path):
    publish()
    before = snapshot(tmp_path / "www")
    said = publish()
    assert "nothing changed" in said
    assert {path: facts for path, facts in snapshot(tmp_path / "www").items() if path in before} == before


def test_after_an_edit_just_the_files_that_differ_are_sent(publish, built, site, record, tmp_path):
    publish()
    before, files = snapshot(tmp_path / "www"), built()
    edit(record, site)
    told = json.loads(publish("--json"))
    after = built()
    differing = {path for path in after if files.get(path) != after[path]}
    assert {item["path"] for item in (*told["new"], *told["changed"])} == differing
    assert 0 < len(differing) < len(after)
    now = snapshot(tmp_path / "www")
    assert {path for path in after if now[path] != before.get(path)} == differing
    assert contents(tmp_path / "www") == after


def test_the_manual_names_the_keys_of_the_plan_as_json(publish):
    manual = (Path(__file__).parents[2] / "docs/publish.md").read_text(encoding="utf-8")
    section = manual.partition("## For other programs")[2].partition("\n## ")[0]
    names = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", section, re.M)))
    assert sorted(names) == sorted(json.loads(publish("--json")))


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(publish, site, tmp_path):
    before = snapshot(tmp_path)
    told = json.loads(publish("--dry-run", "--json"))
    assert told["published"] is False
    assert {"path": "index.html", "size": told["new"][0]["size"]}.keys() == told["new"][0].keys()
    assert "new" in publish("--dry-run")
    assert snapshot(tmp_path) == before
    told = json.loads(publish("--json"))
    assert told["published"] is True
    before = snapshot(tmp_path)
    (site / "_news/2024-05-03-r3.md").unlink()
    assert [item["path"] for item in json.loads(publish("--dry-run", "--json"))["deleted"]] == [
        "news/2024-05-03-r3/index.html"
    ]
    changed = {path for path, facts in snapshot(tmp_path).items() if before.get(path) != facts}
    assert changed <= {"site/_news"}


def test_a_record_that_is_left_out_stops_it(publish, site, tmp_path):
    publish()
    before = contents(tmp_path / "www")
    (site / "_news/2024-05-09-broken.md").write_text("---\ntitle: [\n---\n")
    said = publish(status=1)
    assert "2024-05-09-broken.md:" in said
    assert contents(tmp_path / "www") == before


def test_two_pages_of_one_path_stop_it(publish, site, record, tmp_path):
    for name in ("2024-05-01-same.md", "deeper/2024-05-01-Same.md"):
        record(site / "_news", name)
    assert "same" in publish(status=1)
    assert not (tmp_path / "www").exists()


def test_many_deletions_need_a_yes(publish, site, tmp_path):
    publish()
    before = contents(tmp_path / "www")
    for number in (2, 3, 4, 5):
        (site / f"_news/2024-05-0{number}-r{number}.md").unlink()
    said = publish(status=1)
    assert "would be deleted, first " in said
    assert "--yes" in said
    assert contents(tmp_path / "www") == before
    publish("--yes")
    assert not (tmp_path / "www/news/2024-05-03-r3").exists()


def test_files_of_somebody_else_are_never_deleted_and_overwritten_only_with_a_yes(publish, tmp_path):
    www = tmp_path / "www"
    (www / "other").mkdir(parents=True)
    (www / "other/notes.txt").write_text("mine")
    (www / "robots.txt").write_text("mine")
    said = publish(status=1)
    assert "that we did not publish would be overwritten, first robots.txt" in said
    assert contents(www) == {"other/notes.txt": b"mine", "robots.txt": b"mine"}
    publish("--yes")
    assert contents(www)["other/notes.txt"] == b"mine"
    assert contents(www)["robots.txt"] != b"mine"


def test_files_of_ours_that_somebody_edited_are_told_and_put_right(publish, built, tmp_path):
    publish()
    (tmp_path / "www/robots.txt").write_text("edited")
    assert json.loads(publish("--dry-run", "--json"))["edited"] == ["robots.txt"]
    said = publish()
    assert "of these edited  1" in said
    assert contents(tmp_path / "www") == built()
    assert "edited" not in publish()


def test_the_json_tells_the_addresses_that_changed(publish, site, record):
    publish()
    edit(record, site)
    told = json.loads(publish("--json"))
    assert f"{BASE}news/2024-05-03-r3/" in told["urls"]
    assert BASE in told["urls"]
    assert (told["target"], told["published"], told["objections"]) == ("live", True, [])


def test_the_addresses_that_caches_hold_something_old_of_are_printed(publish, site, record):
    assert BASE not in publish().splitlines()
    edit(record, site)
    assert f"{BASE}news/2024-05-03-r3/" in publish().splitlines()


def test_of_a_branch_no_address_is_printed_that_nobody_reads(publish, site, record, tmp_path):
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "hub.git"], check=True)
    settings(site, live={"kind": "git", "remote": str(tmp_path / "hub.git")})
    assert BASE not in publish("--yes")
    edit(record, site)
    printed = publish("--yes").splitlines()
    assert f"{BASE}news/2024-05-03-r3/" in printed
    assert not any(".nojekyll" in line for line in printed)


def test_a_target_may_be_read_at_another_address(publish, site, built, tmp_path):
    settings(site, live={"kind": "folder", "path": "../www", "base_url": "https://test.example.org/tram/"})
    publish()
    assert contents(tmp_path / "www") == built("--base-url", "https://test.example.org/tram/")


@pytest.mark.parametrize("releases", [True, False])
def test_going_back_shows_the_release_before(publish, site, record, built, tmp_path, releases):
    settings(site, live={"kind": "folder", "path": "../www", "releases": releases})
    versions = []
    for title in ("One headline of the harbour", "Another of the bridge", "A third of the tram"):
        edit(record, site, title=title)
        publish()
        versions.append(built())
        assert contents(tmp_path / "www") == versions[-1]
    publish("live", command="rollback")
    assert contents(tmp_path / "www") == versions[1]
    publish("live", command="rollback")
    assert contents(tmp_path / "www") == versions[0]
    assert "release" in publish("live", command="rollback", status=1)
    assert contents(tmp_path / "www") == versions[0]
    publish()
    assert contents(tmp_path / "www") == versions[2]
    publish("live", command="rollback")
    assert contents(tmp_path / "www") == versions[0]


def test_a_release_that_was_published_elsewhere_is_not_gone_back_from(publish, site, run, tmp_path):
    publish()
    (site / "_news/2024-05-05-r5.md").rename(site / "_news/2024-05-05-r6.md")
    publish("--yes")
    before = contents(tmp_path / "www")
    for path in (site / ".broadsheet").rglob(".broadsheet-release.json"):
        path.unlink()
    assert "not published from here" in publish(command="rollback", status=1)
    assert contents(tmp_path / "www") == before


def test_what_comes_after_a_publish_is_run_when_something_changed(publish, site, tmp_path):
    command = 'echo "$BROADSHEET_TARGET" > ../told; cat "$BROADSHEET_URLS" >> ../told'
    settings(site, live={"kind": "folder", "path": "../www", "after": [command]})
    publish("--dry-run")
    assert not (tmp_path / "told").exists()
    publish()
    told = (tmp_path / "told").read_text().splitlines()
    assert told[0] == "live"
    assert f"{BASE}news/2024-05-03-r3/" in told
    (tmp_path / "told").unlink()
    publish()
    assert not (tmp_path / "told").exists()


def test_a_command_that_fails_is_told_and_the_site_is_published_all_the_same(publish, site, built, tmp_path):
    settings(site, live={"kind": "folder", "path": "../www", "after": ["exit 3", "touch ../second"]})
    said = publish(status=1)
    assert "3" in said
    assert contents(tmp_path / "www") == built()


def test_the_search_index_is_sent_again_only_when_the_stories_say_something_else(publish, site, record):
    settings(site, {"search": True}, live={"kind": "folder", "path": "../www"})
    publish()
    assert "nothing changed" in publish()
    edit(record, site)
    told = json.loads(publish("--json"))
    assert any(item["path"].startswith("pagefind/fragment/") for item in told["new"])
    # Of somebody who has an old page open.
    assert any(path.startswith("pagefind/fragment/") for path in told["waiting"])
    assert not told["deleted"]


def test_to_name_a_target_makes_no_page_anew(run, site):
    run("build", site)
    settings(site, live={"kind": "folder", "path": "../elsewhere"})
    assert "nothing had to be made anew" in run("build", site, "--explain").stdout


@pytest.mark.parametrize(
    ("arguments", "targets", "expected"),
    [
        ([], {}, "no target is set to publish to"),
        (["other"], {"live": {"kind": "folder", "path": "../www"}}, "no target is called 'other'"),
        ([], {name: {"kind": "folder", "path": f"../{name}"} for name in "ab"}, "name one of a, b"),
    ],
)
def test_a_target_that_can_not_be_told_is_asked_for(publish, site, arguments, targets, expected):
    settings(site, **targets)
    said = publish(*arguments, status=1)
    assert expected in said
    assert "broadsheet.yaml: error" in said


def test_a_single_argument_is_a_site_where_it_is_a_folder_and_else_a_target(run, site, tmp_path):
    assert run("publish", "live", cwd=site).returncode == 0
    assert (tmp_path / "www/index.html").exists()
    assert run("publish", "site", cwd=tmp_path).returncode == 0
    done = run("publish", "nowhere", "live", cwd=tmp_path)
    assert done.returncode == 2
    assert "'nowhere' does not exist" in done.stderr
    assert run("publish", "a", "b", "c", cwd=tmp_path).returncode == 2


def test_a_site_that_can_only_be_read_is_published_and_its_release_not_kept(publish, site, built, tmp_path):
    (site / ".broadsheet").write_text("in the way")
    said = publish()
    assert "can not be kept" in said
    (site / ".broadsheet").unlink()
    assert contents(tmp_path / "www") == built()


DIES = """
import os, signal, sys
from importlib import import_module
module, _, names = sys.argv.pop(1).partition(":")
owner, _, name = names.rpartition(".")
owner = getattr(import_module(module), owner)
setattr(owner, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
from broadsheet.cli import run
run()
"""


@pytest.fixture
def cut_short(run, site):
    """Run a command that is killed when it comes to a method."""

    def cut_short(method, command="publish"):
        done = subprocess.run(
            [sys.executable, "-c", DIES, method, command, str(site)], check=False, capture_output=True
        )
        assert done.returncode == -signal.SIGKILL, done.stderr

    return cut_short


KEEPING = "broadsheet.publish.kept:Kept.keep"
FINISHING = "broadsheet.publish.folder.in_place:InPlace.finish"
FETCHING = "broadsheet.publish.folder.in_place:InPlace.fetch"
FORGETTING = "broadsheet.publish.kept:Kept.forget_after"


@pytest.mark.parametrize("again", [True, False])
def test_a_release_that_was_not_kept_is_not_passed_over_by_going_back(publish, site, record, built, cut_short, again):
    publish()
    edit(record, site, title="Another headline of the bridge")
    cut_short(KEEPING)
    second = built()
    if again:
        publish()
    edit(record, site, title="A third headline of the tram")
    publish()
    before = contents(site.parent / "www")
    if again:
        publish(command="rollback")
        assert contents(site.parent / "www") == second
    else:
        assert "was not published from here" in publish(command="rollback", status=1)
        assert contents(site.parent / "www") == before


def test_a_release_gone_back_from_is_not_gone_back_to_after_a_kill(publish, site, record, built, cut_short):
    versions = []
    for title in ("One headline of the harbour", "Another of the bridge", "A third of the tram"):
        edit(record, site, title=title)
        publish()
        versions.append(built())
    cut_short(FORGETTING, "rollback")
    edit(record, site, title="A fourth of the square")
    publish()
    publish(command="rollback")
    assert contents(site.parent / "www") == versions[1]


def test_going_back_overwrites_nothing_of_somebody_else(publish, site):
    publish()
    (site / "_news/2024-05-05-r5.md").unlink()
    publish("--yes")
    foreign = site.parent / "www/news/2024-05-05-r5/index.html"
    foreign.parent.mkdir()
    foreign.write_text("mine")
    before = contents(site.parent / "www")
    said = publish(command="rollback", status=1)
    assert "1 file that we did not publish would be overwritten, first news/2024-05-05-r5/index.html" in said
    assert contents(site.parent / "www") == before


def test_going_back_brings_the_search_index_of_the_release(publish, site, record):
    settings(site, {"search": True}, live={"kind": "folder", "path": "../www", "releases": False})
    (site / "static").mkdir()
    for text in ("one", "two"):
        (site / "static/notes.txt").write_text(text)
        publish()
    before = contents(site.parent / "www")
    edit(record, site)
    publish()
    publish(command="rollback")
    after = contents(site.parent / "www")
    pages = {path for path in before if not path.startswith("pagefind/")}
    assert {path: after[path] for path in pages} == {path: before[path] for path in pages}
    assert json.loads(after["pagefind/pagefind-entry.json"])["languages"]["en"]["page_count"] == 5


def test_a_damaged_release_is_found_before_anything_is_sent(publish, site, record):
    publish()
    edit(record, site)
    publish()
    before = contents(site.parent / "www")
    first = min((site / ".broadsheet/releases/live").iterdir())
    (first / "index.html").unlink()
    assert "no longer what was built" in publish(command="rollback", status=1)
    assert contents(site.parent / "www") == before


@pytest.mark.parametrize("method", [FINISHING, FETCHING])
def test_what_follows_a_publish_that_was_cut_short_is_told_all_that_changed(publish, site, record, cut_short, method):
    told = site.parent / "told"
    command = 'cat "$BROADSHEET_URLS" >> ../told'
    settings(site, live={"kind": "folder", "path": "../www", "releases": False, "after": [command]})
    publish()
    told.unlink()
    edit(record, site)
    planned = json.loads(publish("--dry-run", "--json"))["urls"]
    cut_short(method)
    assert not told.exists()
    publish()
    assert told.read_text().splitlines() == planned
    told.unlink()
    publish()
    assert not told.exists()


STOPS = """
import os, sys
import broadsheet.publish.publisher as publisher
planned = publisher.planned
def stopping(*arguments):
    print("built", flush=True)
    sys.stdin.readline()
    return planned(*arguments)
publisher.planned = stopping
from broadsheet.cli import run
run()
"""


@pytest.fixture
def slow(site):
    """Begin a publish that goes on, once it has built, when it is given a line."""

    def slow(*options, **environment):
        command = [sys.executable, "-c", STOPS, "publish", str(site), *options]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, env=os.environ | environment, **pipes)
        started.append(process)
        assert process.stdout.readline() == "built\n"
        return process

    started = []
    yield slow
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("releases", [True, False])
def test_what_was_built_before_somebody_else_published_does_not_take_its_place(
    publish, site, record, built, slow, releases
):
    settings(site, live={"kind": "folder", "path": "../www", "releases": releases})
    publish()
    process = slow()
    edit(record, site, title="A newer headline of the bridge")
    publish()
    # As if the first had begun a while before; nothing here waits for a clock.
    for ledger in (*site.parent.glob("www/.broadsheet-published.json"), *site.parent.glob("www.releases/*.json")):
        ledger.write_text(re.sub(r'"published_at": "\d{4}', '"published_at": "9999', ledger.read_text()))
    _, said = process.communicate("\n\n")
    assert process.returncode == 0, said
    assert "it is built anew" in said
    assert contents(site.parent / "www") == built()


def test_a_publish_that_is_told_to_end_leaves_nothing_behind(site, slow, tmp_path):
    (tmp_path / "aside").mkdir()
    for options in ([], ["--dry-run"]):
        process = slow(*options, TMPDIR=str(tmp_path / "aside"))
        process.terminate()
        process.communicate()
        assert process.returncode == 128 + signal.SIGTERM
    assert list((tmp_path / "aside").iterdir()) == []
    assert list((site / ".broadsheet/releases/live").iterdir()) == []


def test_going_back_that_was_cut_short_goes_on_and_not_forward_again(publish, site, record, built, cut_short):
    versions = []
    for title in ("One headline of the harbour", "Another of the bridge", "A third of the tram"):
        edit(record, site, title=title)
        publish()
        versions.append(built())
    cut_short(FINISHING, "rollback")
    publish(command="rollback")
    assert contents(site.parent / "www") == versions[1]
    publish(command="rollback")
    assert contents(site.parent / "www") == versions[0]


def test_going_back_from_a_publish_that_was_cut_short_leads_to_the_last_whole_one(
    publish, site, record, built, cut_short
):
    publish()
    first = built()
    edit(record, site)
    cut_short(FINISHING)
    publish(command="rollback")
    assert contents(site.parent / "www") == first


FILLS_UP = """
import resource
import broadsheet.publish.publisher as publisher
tell = publisher._tell_and_run
def full(*arguments):
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
    return tell(*arguments)
publisher._tell_and_run = full
from broadsheet.cli import run
run()
"""


def test_where_the_addresses_can_not_be_written_no_command_is_run_and_that_is_told(site, built, tmp_path):
    settings(site, live={"kind": "folder", "path": "../www", "after": ["touch ../told"]})
    command = [sys.executable, "-c", FILLS_UP, "publish", str(site)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "under `after` were not run, for the addresses can not be written: file too large" in done.stderr
    assert not (tmp_path / "told").exists()
    assert contents(tmp_path / "www") == built()


def test_a_push_that_is_refused_leaves_nothing_aside(run, site, tmp_path):
    settings(site, pages={"kind": "git", "remote": "../hub.git"})
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "hub.git")], check=True)
    hook = tmp_path / "hub.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (tmp_path / "aside").mkdir()
    done = run("publish", site, TMPDIR=str(tmp_path / "aside"))
    assert (done.returncode, "refuses the push" in done.stderr) == (1, True)
    assert list((tmp_path / "aside").iterdir()) == []
    assert [path.name for path in (site / ".broadsheet/releases/pages").iterdir()] == [".begun.json"]
