"""`broadsheet new site`: what it writes passes the check and builds, and it writes all of it or nothing."""

import errno
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import example, given, reject
from hypothesis import strategies as st

from broadsheet.cli import main
from broadsheet.config import Settings
from broadsheet.new import starter
from broadsheet.new.files import written
from broadsheet.new.site import check_place, new_site, site_title, site_topics, title_of
from broadsheet.new.starter import Starter, starter_files
from broadsheet.new.zone import system_zone
from broadsheet.problems import SiteError
from broadsheet.read.fields import parse_time
from broadsheet.read.records import RecordReader
from broadsheet.read.settings import parse_settings
from broadsheet.read.taxonomy import parse_topic
from broadsheet.text import topic_key

NOON = "1717243200"  # 2024-06-01, 12:00 UTC
STRANGE = [
    "The “Daily”: a #1 'paper' \\ with 🚋 & more",
    "- yes: [no]",
    "صحيفة اليوم",
    "日本 の #ニュース",
    "null",
    "2024-05-31",
]


def new(*arguments: str | Path) -> Result:
    """Run `broadsheet new site` at noon."""
    return CliRunner().invoke(main, ["new", "site", *map(str, arguments)], env={"SOURCE_DATE_EPOCH": NOON})


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def done(*arguments: str | Path) -> str:
    """Run a command at noon that has to succeed, and return what it printed."""
    result = CliRunner().invoke(main, [*map(str, arguments)], env={"SOURCE_DATE_EPOCH": NOON})
    assert result.exit_code == 0, result.output
    return result.output


def test_what_it_writes_has_nothing_that_the_check_would_note_and_builds_strictly(tmp_path):
    assert new(tmp_path / "site", "--base-url", "https://tram.example.org/news/").exit_code == 0
    assert "0 errors, 0 warnings, 0 notes" in done("check", tmp_path / "site", "--fail-on", "note", "--jobs", "1")
    assert "built" in done("build", tmp_path / "site", "--strict", "--jobs", "1")


def test_without_an_address_only_that_is_noted(tmp_path):
    assert new(tmp_path / "site").exit_code == 0
    printed = done("check", tmp_path / "site", "--jobs", "1")
    assert "1  no-base-url\n3 records checked: 0 errors, 0 warnings, 1 note\n" in printed


@pytest.mark.parametrize("title", STRANGE[:2])
def test_so_does_one_with_a_strange_title_and_strange_topics(tmp_path, title):
    topics = [argument for text in STRANGE for argument in ("--topic", text)]
    arguments = ["--title", title, *topics, "--language", "ar"]
    assert new(tmp_path / "site", *arguments, "--base-url", "https://tram.example.org/").exit_code == 0
    assert "0 errors, 0 warnings, 0 notes" in done("check", tmp_path / "site", "--fail-on", "note", "--jobs", "1")
    done("build", tmp_path / "site", "--strict", "--jobs", "1")


def test_two_of_its_records_are_one_story_of_two_sources(tmp_path):
    new(tmp_path / "site")
    printed = done(
        "explain", "2024-06-01-one-event-told-again-the-second-newsrooms-report-of-the-story", tmp_path / "site"
    )
    assert "2024-06-01-one-event-two-newsrooms-how-reports-become-one-story" in printed
    assert "3  \n" in (built := done("build", tmp_path / "site", "--jobs", "1")).replace("records read  3", "3  ")
    assert "stories  2\n" in built


def test_its_records_are_of_the_hours_before_now_and_named_by_the_day_of_the_site(tmp_path):
    made = Starter("Tram", ("World",), time_zone="Pacific/Kiritimati")
    files = starter_files(made, parse_time("2024-06-01T14:00:00Z"))
    names = [name for name in files if name.startswith("records/")]
    assert len(names) == 3
    assert all(name.startswith("records/2024-06-02-") for name in names)
    for name in names:
        record, problems = RecordReader().read(files[name].encode(), name)
        assert problems == ()
        assert "2024-06-01T11:00" <= record.published_at.isoformat() < "2024-06-01T14:00"


texts = st.text(
    st.characters(codec="utf-8") | st.sampled_from("#:'\"\\-[]{}&*!|>%@`,? \t\n\u200f\u202e🚋ع"), max_size=30
)


@given(title=texts, names=st.lists(texts, min_size=1, max_size=4), language=st.sampled_from(["en", "de", "zh-Hant"]))
@example(title="&amp;amp;lt;b>", names=["<b>", "a: b", "#c", "yes", "1e3", "~", "'", '"', "\\"], language="en")
def test_whatever_a_title_and_topics_hold_the_files_say_just_that(title, names, language):
    try:
        title, topics = site_title(title), site_topics(names)
    except SiteError:
        reject()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starter, "schema_text", str)
        files = starter_files(Starter(title, topics, language), parse_time("2024-06-01T12:00:00Z"))
    settings = parse_settings(files["broadsheet.yaml"], "broadsheet.yaml")
    assert (settings.title, settings.language, settings.feeds) == (title, language, Settings().feeds)
    assert yaml.safe_load(files["broadsheet.yaml"])["title"] == title
    parsed = [parse_topic(files[name].encode(), name) for name in sorted(files) if name.startswith("_data/topics/")]
    assert [topic.name for topic, _ in parsed] == list(topics)
    assert all(problems == () for _, problems in parsed)
    assert len({name.casefold() for name in files}) == len(files)
    for name, text in files.items():
        if name.startswith("records/"):
            record, problems = RecordReader().read(text.encode(), name)
            assert problems == ()
            assert {topic_key(topic) for topic in record.topics} <= {topic_key(topic) for topic in topics}


def test_topics_that_stand_twice_have_no_name_or_share_an_address_are_all_told(tmp_path):
    result = new(tmp_path / "site", "--topic", "Trams", "--topic", "TRAMS", "--topic", " ", "--topic", "trams!")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[::2] == [
        "--topic: error: the topic `TRAMS` stands twice",
        "--topic: error: a topic has no name",
        "--topic: error: the topics `Trams` and `trams!` would have one address: /topics/trams/",
    ]
    assert not (tmp_path / "site").exists()


def test_a_name_that_pages_do_not_show_as_it_was_said_is_told(tmp_path):
    result = new(tmp_path / "site", "--title", " The <b>Ferry</b>", "--topic", "Sea  view", "--topic", "Ropes &amp; Co")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "--title: note: it is called `The Ferry`: pages show no tags, entities and hidden characters",
        "--topic: note: it is called `Ropes & Co`: pages show no tags, entities and hidden characters",
    ]


def test_a_topic_that_stands_twice_is_refused_and_nothing_is_written(tmp_path):
    result = new(tmp_path / "site", "--title", "A", *["--topic", "Ferries"] * 2)
    assert result.exit_code == 1
    assert result.stderr.startswith("--topic: error: the topic `Ferries` stands twice\n")
    assert not (tmp_path / "site").exists()


def test_a_title_and_a_topic_have_an_end(tmp_path):
    result = new(tmp_path / "site", "--title", "x" * 501, "--topic", "x" * 501)
    assert result.stderr.count("has 501 characters; it may have 500 at the most") == 2


def test_all_that_is_wrong_with_what_is_asked_for_is_told_at_once(tmp_path):
    wrong = ["--title", " ", "--language", "?", "--time-zone", "Nowhere/At/All", "--base-url", "ftp://x", "--topic", ""]
    result = new(tmp_path / "site", *wrong)
    assert result.exit_code == 1
    places = [line.partition(":")[0] for line in result.stderr.splitlines() if not line.startswith("  hint")]
    assert places == ["--title", "--topic", "--language", "--time-zone", "--base-url"]
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("name", "title"),
    [("my-city_news", "My city news"), ("Ünïcode 🚋", "Ünïcode"), ("...", "News"), ("-x", "X"), ("a/../b", "B")],
)
def test_a_site_is_called_by_its_folder_where_nobody_says_how(tmp_path, name, title):
    assert title_of(tmp_path / name) == title


def test_who_publishes_at_an_address_gives_the_ids_of_entries_by_its_host(tmp_path):
    now = parse_time("2024-12-31T23:30:00Z")
    for url, zone, authority in [
        ("https://Tram.Example.org:8443/news/", "UTC", "tram.example.org,2024"),
        ("https://tram.example.org", "Europe/Berlin", "tram.example.org,2025"),
        ("https://[::1]/", "UTC", Settings().feeds.authority),
        (None, "UTC", Settings().feeds.authority),
    ]:
        files = starter_files(Starter("Tram", ("World",), time_zone=zone, base_url=url), now)
        settings = parse_settings(files["broadsheet.yaml"], "broadsheet.yaml")
        assert (settings.feeds.authority, settings.base_url) == (authority, url)


def test_every_setting_that_is_written_as_a_remark_is_understood_when_it_is_made_one():
    text = starter_files(Starter("Tram", ("World",)), parse_time("2024-06-01T12:00:00Z"))["broadsheet.yaml"]
    keys = {*Settings.__struct_fields__, "  authority"}
    made = [
        line.removeprefix("# ") if line.startswith("# ") and line[2:].partition(":")[0] in keys else line
        for line in text.splitlines()
    ]
    settings = parse_settings("\n".join(made), "broadsheet.yaml")
    assert settings.description
    assert (settings.base_url, settings.search) == ("https://example.org/news/", True)
    assert settings.feeds.authority == "example.org,2024"


def test_the_schemas_that_editors_are_told_of_are_there(tmp_path):
    new(tmp_path / "site")
    told = 0
    for file in [tmp_path / "site/broadsheet.yaml", *(tmp_path / "site/_data/topics").iterdir()]:
        first = file.read_text("utf-8").partition("\n")[0]
        kind = "settings" if file.name == "broadsheet.yaml" else "topic"
        schema = file.parent / first.removeprefix("# yaml-language-server: $schema=")
        assert schema.read_text("utf-8") == done("schema", kind)
        told += 1
    assert told == 4


def test_a_folder_with_a_repository_and_a_readme_is_fine_and_its_gitignore_is_left_alone(tmp_path):
    site = tmp_path / "site"
    (site / ".git").mkdir(parents=True)
    (site / "README.md").write_text("# Tram\n")
    (site / ".gitignore").write_text("*.log\n/public\n")
    result = new(site, "--workflow", "gitlab")
    assert result.exit_code == 0
    assert (site / ".gitignore").read_text() == "*.log\n/public\n"
    assert "  * add to .gitignore: .broadsheet/\n" in result.stdout
    assert "add to .gitignore: public/" not in result.stdout
    assert (site / ".gitlab-ci.yml").exists()
    assert "for pushes to `main`" in result.stdout


def test_every_file_in_the_way_is_named_and_nothing_is_written(tmp_path):
    site = tmp_path / "site"
    (site / ".github/workflows").mkdir(parents=True)
    (site / ".github/workflows/publish.yml").touch()
    (site / ".broadsheet.topic.json").touch()
    before = files_below(site)
    result = new(site, "--workflow", "github")
    assert result.exit_code == 1
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()[::2]] == [
        (site / ".broadsheet.topic.json").as_posix(),
        (site / ".github/workflows/publish.yml").as_posix(),
    ]
    assert files_below(site) == before


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("a.md", ""),
        ("2024-05-01-a.md", ""),
        ("2024/05/2024-05-01-a.md", ""),
        ("2024/a.md", "webUrl: https://example.org/\n"),
    ],
)
def test_a_bare_folder_of_records_is_a_site_already(tmp_path, name, more):
    (tmp_path / "README.md").write_text("# Trams\n")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(f"---\ntitle: A\n{more}---\n")
    before = files_below(tmp_path)
    result = new(tmp_path)
    assert result.exit_code == 1
    assert "a.md: error: is a record, which a new site beside it would not show" in result.stderr
    assert files_below(tmp_path) == before


def test_a_manual_beside_it_is_in_nobodys_way(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/use.md").write_text("---\ntitle: How to use it\nlayout: page\n---\n")
    assert new(tmp_path, "--title", "A", "--topic", "B").exit_code == 0


@pytest.mark.parametrize(
    "name", ["broadsheet.yaml", "_news/2024-05-01-a.md", "_config.yml", "records/a.md", "_data/topics/a.yaml"]
)
def test_what_is_a_site_already_is_left_alone(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("x")
    result = new(tmp_path)
    assert result.exit_code == 1
    assert "is there already, and is not overwritten" in result.stderr
    assert files_below(tmp_path) == {name: b"x"}


def test_a_site_does_not_lie_in_another_one(tmp_path):
    new(tmp_path / "site")
    result = new(tmp_path / "site/records/inner/one")
    assert result.exit_code == 1
    assert "which has a broadsheet.yaml" in result.stderr
    assert not (tmp_path / "site/records/inner").exists()


def test_a_file_or_a_link_to_nothing_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link", "file/below/it", "link/below/it"):
        with pytest.raises(SiteError, match=r"/(file|link): error: is no folder"):
            check_place(tmp_path / name)


def test_a_folder_may_be_named_by_a_way_round(tmp_path):
    assert new(tmp_path / "a/../b").exit_code == 0
    assert (tmp_path / "b/broadsheet.yaml").exists()


def test_neither_the_root_of_the_disk_nor_a_name_that_is_empty_is_taken():
    with pytest.raises(SiteError, match="is the root of the disk"):
        check_place(Path("/"))
    assert new("").exit_code == 2


def test_a_folder_that_nobody_may_write_into_is_told(tmp_path):
    result = new(tmp_path / ("x" * 300))
    assert result.exit_code == 1
    assert "can not be written: " + os.strerror(errno.ENAMETOOLONG).lower() in result.stderr


@pytest.mark.parametrize("at", range(8))
def test_what_was_written_is_taken_back_when_the_disk_refuses(tmp_path, monkeypatch, at):
    real, opened = Path.open, []

    def full(path, *arguments, **named):
        if len(opened) == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        opened.append(path)
        return real(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(SiteError, match="no space left"):
        new_site(tmp_path / "a/b", Starter("Tram", ("World", "Trams")), "github", parse_time("2024-06-01T12:00:00Z"))
    assert len(opened) == at
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_somebody_else_has_written_meanwhile_stays_and_what_was_written_goes(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b/c").write_text("theirs")
    with (
        pytest.raises(SiteError, match="b/c: error: is there already"),
        written(tmp_path, {"a/x": "ours", "b/c": "ours"}),
    ):
        pytest.fail("it was written")
    assert files_below(tmp_path) == {"b/c": b"theirs"}
    assert not (tmp_path / "a").exists()


def test_a_folder_in_which_somebody_else_has_put_something_meanwhile_stays(tmp_path):
    ours = written(tmp_path, {"a/x": "ours"})
    ours.__enter__()
    (tmp_path / "a/y").write_text("theirs")
    stopped = KeyboardInterrupt()
    assert not ours.__exit__(KeyboardInterrupt, stopped, None)
    assert files_below(tmp_path) == {"a/y": b"theirs"}


def test_what_was_written_is_taken_back_when_the_workflow_can_not_be(tmp_path):
    (tmp_path / ".github").touch()
    with pytest.raises(SiteError, match="can not be written"):
        new_site(tmp_path, Starter("Tram", ("World",)), "github", parse_time("2024-06-01T12:00:00Z"))
    assert [path.name for path in tmp_path.iterdir()] == [".github"]


def test_what_to_do_next_can_be_pasted_into_a_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "broadsheet serve 'my news'\n" in new("my news").stdout
    assert "broadsheet serve ./-x\n" in new("--", "-x").stdout
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "broadsheet serve\n" in new(".").stdout


def zones(tmp_path, linked="", written=""):
    if linked:
        (tmp_path / "localtime").symlink_to(linked)
    if written:
        (tmp_path / "timezone").write_text(written)
    return tmp_path


@pytest.mark.parametrize(
    ("variable", "linked", "written", "zone"),
    [
        ("Asia/Tokyo", "/usr/share/zoneinfo/Europe/Berlin", "", "Asia/Tokyo"),
        (":Asia/Tokyo", "", "", "Asia/Tokyo"),
        ("CET-1CEST,M3.5.0", "/usr/share/zoneinfo/Europe/Berlin", "", "Europe/Berlin"),
        ("", "../usr/share/zoneinfo/posix/Europe/Berlin", "", "Europe/Berlin"),
        ("", "/var/db/timezone/zoneinfo/America/New_York", "", "America/New_York"),
        ("", "/usr/share/zoneinfo/Etc/UTC", "", "UTC"),
        ("", "/etc/elsewhere", "Europe/Paris\n", "Europe/Paris"),
        ("/etc/passwd", "/usr/share/zoneinfo/../../etc/passwd", "No/Where", "UTC"),
        ("", "", "", "UTC"),
    ],
)
def test_the_zone_of_the_machine_is_found_or_it_is_utc(tmp_path, variable, linked, written, zone):
    assert system_zone({"TZ": variable}, zones(tmp_path, linked, written)) == zone


class Terminal:
    """`broadsheet new site` in a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        ours, theirs = pty.openpty()
        self.fd, self.text = ours, ""
        command = [sys.executable, "-m", "broadsheet", "new", "site", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)

    def until(self, text: str) -> None:
        """Read until the terminal shows `text`."""
        while text not in self.text:
            assert select.select([self.fd], [], [], 60)[0], self.text
            self.text += os.read(self.fd, 4096).decode()

    def answer(self, question: str, keys: str) -> None:
        self.until(question)
        self.text = ""
        os.write(self.fd, keys.encode())

    def end(self, last: str) -> int:
        self.until(last)
        os.close(self.fd)
        return self.process.wait(60)


def test_on_a_terminal_it_asks_for_title_and_topics_until_they_can_be_used(tmp_path):
    terminal = Terminal(tmp_path, "my-news")
    terminal.answer("Title [My news]: ", "The Daily Tram\n")
    terminal.answer("Topics, with commas between [World, Science, Culture]: ", "Trams, trams\n")
    terminal.until("the topic `trams` stands twice")
    terminal.answer("Topics, with commas between [World, Science, Culture]: ", "Trams, Bridges,\n")
    assert terminal.end("broadsheet check my-news") == 0
    assert parse_settings((tmp_path / "my-news/broadsheet.yaml").read_text("utf-8"), "").title == "The Daily Tram"
    assert sorted(os.listdir(tmp_path / "my-news/_data/topics")) == ["01-trams.yaml", "02-bridges.yaml"]


@pytest.mark.parametrize(
    ("keys", "said", "status"), [("\x03", "stopped", 128 + signal.SIGINT), ("\x04", "no answer", 1)]
)
def test_who_stops_at_a_question_has_nothing_written(tmp_path, keys, said, status):
    terminal = Terminal(tmp_path, "my-news", "--topic", "Trams")
    terminal.until("Title [My news]: ")
    if keys == "\x03":
        # Ctrl-C reaches whoever the terminal belongs to; here nobody, so that the signal is sent. One that comes just
        # before the interpreter waits for a key is seen with the next.
        terminal.process.send_signal(signal.SIGINT)
        while not select.select([terminal.fd], [], [], 1)[0]:
            terminal.process.send_signal(signal.SIGINT)
    else:
        os.write(terminal.fd, keys.encode())
    terminal.until(said)
    assert terminal.end("nothing was written") == status
    assert list(tmp_path.iterdir()) == []


def test_who_can_not_be_asked_is_not(tmp_path):
    assert new(tmp_path / "my-news").stdout.startswith("written: ")
    assert parse_settings((tmp_path / "my-news/broadsheet.yaml").read_text("utf-8"), "").title == "My news"
    assert sorted(starter.topic_files(("World", "Science", "Culture"))) == sorted(
        os.listdir(tmp_path / "my-news/_data/topics")
    )
