"""The command `edition`: which issues it cuts, what it refuses, and that what was cut stays as it was."""

import re

import pytest
import yaml

SETTINGS = {"title": "The Daily Tram", "editions": {"period": "daily", "time": "07:00", "cap": 2}}


@pytest.fixture
def site(tmp_path):
    write_settings(tmp_path)
    return tmp_path


def write_settings(site, **editions):
    settings = {**SETTINGS, "editions": {**SETTINGS["editions"], **editions}}
    (site / "broadsheet.yaml").write_text(yaml.safe_dump(settings))


def write(site, record, name, time, **fields):
    values = {"title": f"Headline {name}", "heat": 80, "webUrl": f"https://example.org/{name}", **fields}
    return record(site / "_news", f"{name}.md", publishedDateTime=time, **values)


def cut(run, site, now, *options, status=0):
    done = run("edition", site, "--now", now, *options)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def issues(site):
    """The slugs of every issue by its day."""
    found = {}
    for path in sorted((site / "editions").glob("*.yaml")):
        sections = yaml.safe_load(path.read_text(encoding="utf-8"))["sections"]
        found[path.stem] = [item["slug"] for section in sections for item in section["items"]]
    return found


def built(run, site, now="2024-06-01T00:00:00Z"):
    done = run("build", site, "--now", now)
    assert done.returncode == 0, done.stderr
    public = site / "public"
    return {path.relative_to(public).as_posix(): path.read_bytes() for path in public.rglob("*") if path.is_file()}


def test_the_first_run_cuts_the_latest_issue_and_the_next_ones_what_is_due_since(run, record, site):
    for day in (1, 2, 3, 4):
        write(site, record, f"d{day}", f"2024-05-0{day}T12:00:00Z")
    assert "2024-05-03.yaml: 1 story" in cut(run, site, "2024-05-03T07:00:00Z")
    assert issues(site) == {"2024-05-03": ["d2"]}
    assert "nothing is due: the next issue ends at 2024-05-04 07:00 UTC" in cut(run, site, "2024-05-04T06:59:59Z")
    cut(run, site, "2024-05-05T09:00:00Z", "--due")
    assert issues(site) == {"2024-05-03": ["d2"], "2024-05-04": ["d3"], "2024-05-05": ["d4"]}


def test_since_cuts_every_issue_from_that_day_on(run, record, site):
    for day in (1, 2, 4):
        write(site, record, f"d{day}", f"2024-05-0{day}T12:00:00Z")
    told = cut(run, site, "2024-05-06T09:00:00Z", "--since", "2024-05-01")
    assert issues(site) == {"2024-05-02": ["d1"], "2024-05-03": ["d2"], "2024-05-05": ["d4"]}
    assert "not cut, for want of stories: 3 issues" in told


def test_date_cuts_the_issue_of_that_day(run, record, site):
    for day in (1, 2, 3):
        write(site, record, f"d{day}", f"2024-05-0{day}T12:00:00Z")
    cut(run, site, "2024-05-20T00:00:00Z", "--date", "2024-05-02")
    assert issues(site) == {"2024-05-02": ["d1"]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--date", "2024-05-03"], "is cut already"),
        (["--date", "2024-05-02"], "would lie before the last one"),
        (["--date", "2024-05-21"], "lies in the future"),
        (["--since", "2024-05-03"], "up to 2024-05-03 already"),
        (["--since", "2024-05-21"], "lies in the future"),
    ],
)
def test_a_day_that_can_not_be_cut_is_refused(run, record, site, options, message):
    write(site, record, "d2", "2024-05-02T12:00:00Z")
    cut(run, site, "2024-05-20T00:00:00Z", "--date", "2024-05-03")
    before = issues(site)
    assert message in cut(run, site, "2024-05-20T00:00:00Z", *options, status=1)
    assert issues(site) == before


@pytest.mark.parametrize("options", [["--date", "soon"], ["--date", "0001-01-01"], ["--date", "2024-05-01", "--due"]])
def test_a_command_line_that_says_nothing_has_status_2(run, site, options):
    cut(run, site, "2024-05-20T00:00:00Z", *options, status=2)


def test_without_a_schedule_the_command_says_what_to_set(run, record, tmp_path):
    record(tmp_path)
    told = cut(run, tmp_path, "2024-05-20T00:00:00Z", status=1)
    assert "broadsheet.yaml: error" in told
    assert "editions.period" in told


def test_a_late_arrival_goes_into_the_next_issue_and_nothing_is_repeated(run, record, site):
    write(site, record, "a", "2024-05-01T12:00:00Z")
    cut(run, site, "2024-05-02T07:00:00Z", "--since", "2024-05-01")
    write(site, record, "late", "2024-05-01T13:00:00Z")
    write(site, record, "b", "2024-05-02T12:00:00Z")
    item = {"title": "Headline a", "publishedDateTime": "2024-05-01T12:00:00Z", "quality": 1}
    write(site, record, "leads-a-now", "2024-05-02T13:00:00Z", title="Headline again", quality=90, related=[item])
    better = {"title": "Headline again", "publishedDateTime": "2024-05-02T13:00:00Z", "quality": 90}
    write(site, record, "a", "2024-05-01T12:00:00Z", heat=-1, quality=1, published=False, related=[better])
    cut(run, site, "2024-05-03T07:00:00Z")
    assert issues(site) == {"2024-05-02": ["a"], "2024-05-03": ["b", "late"]}


def test_what_the_cap_left_out_is_passed_over_for_good(run, record, site):
    for number, heat in enumerate((70, 90, 80)):
        write(site, record, f"r{number}", "2024-05-01T12:00:00Z", heat=heat)
    cut(run, site, "2024-05-02T07:00:00Z")
    assert issues(site) == {"2024-05-02": ["r1", "r2"]}
    assert yaml.safe_load((site / "editions/2024-05-02.yaml").read_text())["passed_over"] == ["r0"]
    assert "for want of stories" in cut(run, site, "2024-05-03T07:00:00Z")
    assert list(issues(site)) == ["2024-05-02"]


def test_an_issue_is_made_of_what_was_out_when_it_ended(run, record, site):
    write(site, record, "a", "2024-05-01T12:00:00Z")
    write(site, record, "tomorrow", "2024-05-02T07:00:01Z")
    cut(run, site, "2024-05-09T00:00:00Z", "--date", "2024-05-02")
    assert issues(site) == {"2024-05-02": ["a"]}


def test_an_issue_that_was_cut_stays_as_it_was_when_its_records_are_edited(run, record, site):
    write(site, record, "a", "2024-05-01T12:00:00Z", excerpt="As sent.")
    cut(run, site, "2024-05-02T07:00:00Z")
    before = built(run, site)
    write(site, record, "a", "2024-05-01T12:00:00Z", title="Edited", excerpt="Edited", heat=75, topics=["Arts"])
    after = built(run, site)
    assert b"Edited" in after["news/a/index.html"]
    for name in ("email.html", "email.txt", "email.eml"):
        assert after[f"editions/2024-05-02/{name}"] == before[f"editions/2024-05-02/{name}"]
    assert after["editions/feed.xml"] == before["editions/feed.xml"]
    assert b"As sent." in after["editions/2024-05-02/index.html"]
    assert b"Edited" not in after["editions/2024-05-02/index.html"]


@pytest.mark.parametrize("how", ["removed", "draft", "deleted", "hidden", "scheduled"])
def test_what_is_no_longer_shown_is_in_no_byte_of_the_output(run, record, site, how):
    write(site, record, "a", "2024-05-01T12:00:00Z")
    words = {name: f"kanarie {name}" for name in ("title", "excerpt")}
    words |= {
        "webUrl": "https://kanarie.example.org/",
        "provider": {"name": "Kanarie", "domain": "kanarie.example.org"},
    }
    path = write(site, record, "kanarie", "2024-05-01T13:00:00Z", **words)
    cut(run, site, "2024-05-02T07:00:00Z")
    assert b"kanarie" in built(run, site)["editions/2024-05-02/email.txt"]
    if how == "deleted":
        path.unlink()
    elif how == "hidden":
        write(site, record, "kanarie", "2024-05-01T13:00:00Z", published=False, **words)
        (site / "broadsheet.yaml").write_text(yaml.safe_dump({**SETTINGS, "selection": {"unpublished": "hide"}}))
    elif how == "scheduled":
        write(site, record, "kanarie", "2034-05-01T13:00:00Z", **words)
    else:
        write(site, record, "kanarie", "2024-05-01T13:00:00Z", **{how: True}, **words)
    output = built(run, site)
    assert [path for path, content in output.items() if b"kanarie" in content.lower() or "kanarie" in path] == []
    assert b"1 item withdrawn" in output["editions/2024-05-02/index.html"]


def test_a_build_renders_what_was_cut_and_writes_nothing_among_the_sources(run, record, site):
    write(site, record, "a", "2024-05-01T12:00:00Z")
    assert not any(path.startswith("editions") for path in built(run, site))
    assert not (site / "editions").exists()


def test_two_builds_at_different_times_differ_in_nothing_of_the_issues(run, record, site):
    write(site, record, "a", "2024-05-01T12:00:00Z")
    cut(run, site, "2024-05-02T07:00:00Z")
    early, late = (built(run, site, now) for now in ("2024-05-02T07:00:00Z", "2031-01-01T00:00:00Z"))
    assert early == late


def test_a_broken_issue_is_left_out_of_a_build_and_stops_the_command(run, record, site):
    write(site, record, "a", "2024-05-01T12:00:00Z")
    cut(run, site, "2024-05-02T07:00:00Z")
    (site / "editions/2024-05-01.yaml").write_text("date: 2024-05-01\nstart: yesterday\n")
    done = run("build", site, "--now", "2024-06-01T00:00:00Z")
    assert done.returncode == 0
    assert re.search(r"editions/2024-05-01\.yaml:2:8: error: `start` is no time", done.stderr)
    assert (site / "public/editions/2024-05-02/index.html").is_file()
    assert "no issue is cut while one can not be read" in cut(run, site, "2024-05-20T00:00:00Z", status=1)


def test_an_unknown_section_is_a_warning(run, record, site):
    write(site, record, "a", "2024-05-01T12:00:00Z", topics=["Transport"])
    write_settings(site, sections=["transport", "Sports"])
    told = cut(run, site, "2024-05-02T07:00:00Z")
    assert told.count("warning: `editions.sections` has the topic") == 1
    assert "`Sports`" in told


def test_quiet_tells_problems_only(run, record, site):
    write(site, record, "a", "2024-05-01T12:00:00Z")
    assert cut(run, site, "2024-05-02T07:00:00Z", "--quiet") == ""


def test_the_local_day_names_an_issue(run, record, site):
    write_settings(site, time_zone="Pacific/Auckland")
    write(site, record, "a", "2024-05-01T12:00:00Z")
    cut(run, site, "2024-05-01T20:00:00Z")
    assert list(issues(site)) == ["2024-05-02"]
    assert "end: 2024-05-01T19:00:00Z" in (site / "editions/2024-05-02.yaml").read_text()
