"""The cache: what a build that knows the last one looks at, reads, parses and writes; and that it never misleads."""

import io
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import redirect_stderr, suppress
from pathlib import Path
from time import time, time_ns
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from msgspec import structs

from broadsheet import make as make_module
from broadsheet import rebuild
from broadsheet import workers as workers_module
from broadsheet.cli import main
from broadsheet.files import load_cache, save_cache, stamp_at
from broadsheet.last_build import CACHE_FOLDER, Asked, Memory
from broadsheet.model import MANIFEST
from broadsheet.pipeline import build
from broadsheet.problems import SiteError
from broadsheet.read import cache as cache_module
from broadsheet.read import record_files
from broadsheet.read.cache import RecordCache
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.records import RecordReader
from broadsheet.read.trace import Seen, is_settled
from broadsheet.toolchain import toolchain
from broadsheet.workers import Workers, processes
from broadsheet.write.output import Output
from test_incremental import NOW, Site, clean, command, compare, files_in

LONG_AGO = 1_500_000_000

# Runs the command as `python -m broadsheet` does, and notes every file and folder that is opened, listed or changed.
WATCHED = """
import json, os, sys, time
# Some seconds later: later than anybody could touch a file just before.
now = time.time_ns
time.time_ns = lambda: now() + 10_000_000_000
seen = []
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime")
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        writes = bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        seen.append(("write" if writes else "read", os.path.abspath(os.fsdecode(arguments[0]))))
    elif event in CHANGES:
        seen.append(("write", os.path.abspath(os.fsdecode(arguments[0]))))
    elif event in ("os.scandir", "os.listdir") and isinstance(arguments[0], (str, bytes)):
        seen.append(("list", os.path.abspath(os.fsdecode(arguments[0]))))
sys.addaudithook(watch)
sys.argv = ["broadsheet", *sys.argv[2:]]
from broadsheet.cli import main
try:
    main()
finally:
    open(os.environ["SEEN"], "w").write(json.dumps(seen))
"""


class Watched:
    """What a command did with the files of a site, by their paths below it, and what it printed."""

    def __init__(self, site: Path, *options: str) -> None:
        notes = site.parent / "seen.json"
        self.done = subprocess.run(
            [sys.executable, "-c", WATCHED, "", "build", str(site), *options],
            env={**os.environ, "SEEN": str(notes)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert self.done.returncode == 0, self.done.stderr
        home = os.path.abspath(site)
        seen = [
            (how, os.path.relpath(path, home)) for how, path in json.loads(notes.read_text()) if path.startswith(home)
        ]
        self.read = {path for how, path in seen if how == "read"}
        self.written = {path for how, path in seen if how == "write"}
        self.listed = {path for how, path in seen if how == "list"}


def age(folder: Path) -> None:
    """Put every file and folder below long into the past, each to a time of its own."""
    paths = [folder, *sorted(folder.rglob("*"))]
    for number, path in enumerate(paths):
        if not {CACHE_FOLDER, "public"} & set(path.relative_to(folder).parts):
            os.utime(path, (LONG_AGO + number * 60,) * 2)


def build_file(site: Path) -> Path:
    (path,) = (site / CACHE_FOLDER).glob("build-*")
    return path


def records_file(site: Path) -> Path:
    return site / CACHE_FOLDER / "records"


def remarks(result: Any) -> list[str]:
    """What a build says of its cache."""
    return [problem.message for problem in result.problems if problem.place.file.endswith(CACHE_FOLDER)]


def stamps(output: Path) -> dict[str, Any]:
    return {path: stamp_at(str(output / path)) for path in files_in(output)}


@pytest.fixture
def write_site(record, tmp_path) -> Callable[..., Path]:
    """Write a site of some records of their own topics and months, everything in it long ago."""

    def write_site(count: int = 6, *, bare: bool = False) -> Path:
        root = tmp_path / "site"
        root.mkdir()
        for number in range(count):
            record(
                root if bare else root / "_news",
                f"2024-05-{number % 28 + 1:02}-r{number}.md",
                title=f"Headline of number{number} alone{number}",
                publishedDateTime=f"20{10 + number % 14}-0{number % 9 + 1}-11T08:00:00Z",
                webUrl=f"https://p{number}.example.org/",
                topics=[f"Topic {number % 5}"],
                excerpt=f"Excerpt {number}",
            )
        if not bare:
            (root / "broadsheet.yaml").write_text("title: The Daily Tram\nbase_url: https://tram.example.org/\n")
            (root / "static").mkdir()
            (root / "static/a.txt").write_text("a")
            (root / "templates").mkdir()
            (root / "templates/_row.html").write_text("<p>{{ item.title }}</p>\n")
            (root / "_data/topics").mkdir(parents=True)
            for number in range(5):
                (root / f"_data/topics/{number}.yaml").write_text(f"name: Topic {number}\n")
        age(root)
        return root

    return write_site


@pytest.fixture
def parsed(monkeypatch) -> list[str]:
    """The files of the records that are parsed, in order."""
    files: list[str] = []
    read = RecordReader.read

    def noting(self: RecordReader, data: bytes, file: str, shown_as: str = "") -> Any:
        files.append(file)
        return read(self, data, file, shown_as)

    monkeypatch.setattr(RecordReader, "read", noting)
    return files


def assert_clean(site: Path, tmp_path: Path, number: int = 0) -> None:
    other = tmp_path / f"clean-{number}-{os.urandom(3).hex()}"
    clean(site, NOW, None, other)
    compare(files_in(site / "public"), files_in(other))


# Nothing changed.


def test_where_nothing_changed_no_source_is_opened_and_nothing_is_written(write_site):
    site = write_site(50)
    Watched(site)
    again = Watched(site)
    assert "files written  0" in again.done.stdout
    assert again.read == {f"{CACHE_FOLDER}/{build_file(site).name}"}
    assert again.written == set()
    # Other collections of a checkout are told of: for them its folder is listed.
    assert again.listed <= {"."}


def test_a_source_that_may_have_changed_within_a_tick_of_the_clock_is_read_and_no_other(write_site):
    site = write_site()
    young = site / "_news/2024-05-03-r2.md"
    # Times to come are never past.
    os.utime(young, (time() + 3600,) * 2)
    Watched(site)
    again = Watched(site)
    assert "files written  0" in again.done.stdout
    assert again.read - {f"{CACHE_FOLDER}/{build_file(site).name}"} == {"_news/2024-05-03-r2.md"}


def test_a_file_that_was_only_touched_is_read_once_and_then_known_again(write_site):
    site = write_site()
    Watched(site)
    touched = site / "_news/2024-05-03-r2.md"
    os.utime(touched, (LONG_AGO - 5,) * 2)
    assert "_news/2024-05-03-r2.md" in Watched(site).read
    again = Watched(site)
    assert again.read == {f"{CACHE_FOLDER}/{build_file(site).name}"}
    assert again.written == set()


def test_a_bare_folder_too_is_not_searched_again_where_nothing_changed(write_site):
    site = write_site(bare=True)
    Watched(site)
    # The output and the cache were made in it.
    os.utime(site, (LONG_AGO,) * 2)
    Watched(site)
    again = Watched(site)
    assert "files written  0" in again.done.stdout
    assert again.written == set()
    assert again.listed == set()


def test_output_that_was_only_touched_is_read_once_and_then_known_again(write_site):
    site = write_site()
    Watched(site)
    os.utime(site / "public/index.html")
    assert "public/index.html" in Watched(site).read
    assert "public/index.html" not in Watched(site).read


def test_what_is_the_same_in_a_fresh_clone_is_read_once_and_parsed_never(write_site, parsed, tmp_path):
    site = write_site(12)
    command(site)
    before = files_in(site / "public")
    assert len(parsed) == 12
    clone = tmp_path / "elsewhere" / "site"
    # Other times and other inodes, below another folder.
    shutil.copytree(site, clone, copy_function=shutil.copy)
    age(clone)
    parsed.clear()
    result = command(clone)
    assert parsed == []
    assert (result.written.changed, result.written.deleted) == (0, 0)
    assert files_in(clone / "public") == before
    shutil.rmtree(clone / "public")
    assert command(clone).written.unchanged == 0
    assert parsed == []
    assert files_in(clone / "public") == before


def test_in_a_fresh_clone_at_the_same_place_nothing_is_read_a_second_time(write_site, tmp_path):
    site = write_site(12)
    Watched(site)
    shutil.copytree(site, tmp_path / "copy", copy_function=shutil.copy)
    shutil.rmtree(site)
    os.rename(tmp_path / "copy", site)
    age(site)
    first, second = Watched(site), Watched(site)
    assert "files written  0" in first.done.stdout
    assert "_news/2024-05-03-r2.md" in first.read
    assert second.read == {f"{CACHE_FOLDER}/{build_file(site).name}"}
    assert second.written == set()


def test_a_file_with_an_old_time_that_was_put_there_just_now_may_change_again_unnoticed(tmp_path):
    # An archive or `rsync` restores times: that a file is old says nothing of when it came.
    path = tmp_path / "a"
    started = time_ns()
    path.write_text("one")
    os.utime(path, (LONG_AGO,) * 2)
    assert not is_settled(stamp_at(str(path)), started)


# Something changed.


def test_of_one_edited_record_alone_the_text_is_parsed_and_the_pages_are_made(write_site, parsed):
    site = write_site(20)
    command(site)
    before, old = stamps(site / "public"), files_in(site / "public")
    parsed.clear()
    path = site / "_news/2024-05-03-r2.md"
    path.write_text(path.read_text().replace("Excerpt 2", "Zephyr"))
    result = command(site)
    after, new = stamps(site / "public"), files_in(site / "public")
    assert parsed == ["2024-05-03-r2.md"]
    changed = {name for name in new if old.get(name) != new[name]} - {MANIFEST}
    assert changed == {name for name in new if name.endswith((".html", "feed.xml", ".json")) and b"Zephyr" in new[name]}
    assert {name for name in after if after[name] != before[name]} == {*changed, MANIFEST}
    assert result.written.changed == len(changed)
    assert result.reasons.keys() >= changed
    others = {f"news/2024-05-{number + 1:02}-r{number}/index.html" for number in range(20) if number != 2}
    assert not others & result.reasons.keys()
    assert {reason for name, reason in result.reasons.items() if name.startswith("news/")} == {
        "changed: the record 2024-05-03-r2.md"
    }


def test_a_renamed_record_is_parsed_anew_for_its_name_is_its_identity(write_site, parsed, tmp_path):
    site = write_site()
    command(site)
    parsed.clear()
    os.rename(site / "_news/2024-05-03-r2.md", site / "_news/2024-05-03-renamed.md")
    assert command(site).written.deleted > 0
    assert parsed == ["2024-05-03-renamed.md"]
    assert_clean(site, tmp_path)


def test_an_edited_template_makes_every_html_page_anew_and_writes_those_that_use_it(write_site, parsed):
    site = write_site()
    command(site)
    before = stamps(site / "public")
    parsed.clear()
    (site / "templates/story.html").write_text(
        '{% extends "default/story.html" %}{% block head %}<!--x-->{% endblock %}'
    )
    result = command(site)
    after = stamps(site / "public")
    assert parsed == []
    assert all(name.endswith(".html") for name in result.reasons)
    assert set(result.reasons.values()) == {"changed: the templates"}
    written = {name for name in after if after[name] != before[name]} - {MANIFEST}
    assert written == {f"news/2024-05-0{number + 1}-r{number}/index.html" for number in range(6)}


def test_a_static_file_is_not_read_again_for_the_sake_of_another(write_site):
    site = write_site()
    (site / "static/b.txt").write_text("b")
    age(site)
    Watched(site)
    (site / "static/b.txt").write_text("other")
    again = Watched(site)
    assert "static/b.txt" in again.read
    assert "static/a.txt" not in again.read
    assert not any(path.startswith("_news/") for path in again.read)


def test_a_failed_build_keeps_what_the_last_good_one_learned(write_site, parsed, tmp_path):
    site = write_site()
    command(site)
    kept, before = build_file(site).read_bytes(), files_in(site / "public")
    (site / "templates/home.html").write_text("{{ nothing }}")
    for _ in range(2):
        with pytest.raises(SiteError, match="nothing"):
            command(site)
        assert files_in(site / "public") == before
    assert build_file(site).read_bytes() == kept
    (site / "templates/home.html").unlink()
    parsed.clear()
    assert command(site).written.changed == 0
    assert parsed == []
    assert_clean(site, tmp_path)


@pytest.mark.parametrize("name", ["theme", "theme/broadsheet.css/deeper", "index.html", "news", "pics/../theme"])
def test_a_static_file_that_has_no_place_is_told_of_and_left_out_in_every_build(write_site, tmp_path, name):
    site = write_site()
    command(site)
    path = site / "static" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    (site / "broadsheet.yaml").write_text("title: Another\n")
    result = command(site)
    assert any("it is left out" in problem.message for problem in result.problems)
    assert_clean(site, tmp_path)
    path.unlink()
    command(site)
    assert_clean(site, tmp_path)


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_somebody_put_in_the_way_of_a_new_page_stops_the_build_before_anything_changes(
    write_site, record, tmp_path, is_folder
):
    site = write_site()
    command(site)
    foreign = site / "public/news/2024-05-09-new"
    (foreign / "index.html/deeper" if is_folder else foreign.parent).mkdir(parents=True, exist_ok=True)
    (foreign / "index.html/deeper/foreign.txt" if is_folder else foreign).write_text("somebody's")
    before = files_in(site / "public")
    record(site / "_news", "2024-05-09-new.md", title="Another")
    (site / "broadsheet.yaml").write_text("title: Another\n")
    with pytest.raises(SiteError, match="a folder"):
        command(site)
    assert files_in(site / "public") == before
    shutil.rmtree(foreign) if is_folder else foreign.unlink()
    command(site)
    assert_clean(site, tmp_path)


def test_what_another_build_puts_in_place_meanwhile_is_not_taken_for_ours(write_site, monkeypatch, tmp_path):
    site = write_site()
    commit = Output.commit

    def overtaken(self: Output) -> Any:
        written = commit(self)
        monkeypatch.setattr(Output, "commit", commit)
        # Another build of the same site, asked for another address, ends between the end of this one and its notes.
        chosen = structs.replace(read_settings(site), base_url="https://other.example.org/")
        build(find_folders(site, chosen), chosen, NOW)
        return written

    monkeypatch.setattr(Output, "commit", overtaken)
    command(site)
    command(site)
    assert_clean(site, tmp_path)


# Layouts.


def test_a_readme_of_a_bare_folder_is_a_broken_record_in_a_folder_for_records(write_site, tmp_path):
    site = write_site(bare=True)
    (site / "README.md").write_text("Hello\n")
    assert not any("README" in problem.place.file for problem in command(site).problems)
    (site / "_news").mkdir()
    for path in site.glob("*.md"):
        os.rename(path, site / "_news" / path.name)
    assert any("README" in problem.place.file for problem in command(site).problems)
    assert_clean(site, tmp_path)


def test_a_readme_among_records_is_none_of_them_once_the_folder_is_bare(write_site, tmp_path):
    site = write_site(bare=True)
    (site / "_news").mkdir()
    (site / "README.md").write_text("Hello\n")
    for path in site.glob("*.md"):
        os.rename(path, site / "_news" / path.name)
    assert any("README" in problem.place.file for problem in command(site).problems)
    for path in (site / "_news").glob("*.md"):
        os.rename(path, site / path.name)
    (site / "_news").rmdir()
    assert not any("README" in problem.place.file for problem in command(site).problems)
    assert_clean(site, tmp_path)


def test_another_collection_of_a_checkout_is_noticed_where_nothing_else_changed(write_site):
    site = write_site()
    command(site)
    (site / "_drafts").mkdir()
    assert any("_drafts" in problem.message for problem in command(site).problems)


def test_what_a_link_leads_to_is_looked_at_though_no_folder_of_the_site_changed(write_site, tmp_path):
    site = write_site()
    (site / "_data/topics/more").symlink_to(tmp_path / "later")
    assert not any("a link" in problem.message for problem in command(site, later=True).problems)
    (tmp_path / "later").mkdir()
    assert any("a link" in problem.message for problem in command(site, later=True).problems)
    assert_clean(site, tmp_path)


def test_two_outputs_of_one_site_do_not_disturb_each_other(run, write_site, tmp_path):
    site = write_site()
    for _ in range(2):
        for name in ("one", "two"):
            done = run("build", site, "--output", tmp_path / name, "--now", "2024-06-15")
            assert done.returncode == 0
    assert "files written  0" in done.stdout
    assert len(list((site / CACHE_FOLDER).glob("build-*"))) == 2
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")


# Damage.


def damaged(content: bytes, how: str) -> bytes:
    kind, _, number = how.partition(" ")
    at = int(number) * len(content) // 100 if number.isdigit() else 0
    if kind == "cut":
        return content[:at]
    if kind == "flip":
        at = min(at, len(content) - 1)
        return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]
    return {"garbage": b"garbage\n" * 9, "empty": b"", "nothing but a head": content[:17], "longer": content + b"x"}[
        how
    ]


DAMAGES = [
    *(f"cut {number}" for number in (1, 3, 10, 50, 90, 99)),
    *(f"flip {number}" for number in (0, 1, 2, 3, 5, 10, 30, 60, 80, 99, 100)),
    *("garbage", "empty", "nothing but a head", "longer"),
]


@pytest.mark.parametrize("which", ["records", "build", "both"])
def test_a_damaged_cache_costs_time_and_one_line_and_nothing_else(write_site, tmp_path, which):
    site = write_site()
    command(site)
    for number, how in enumerate(DAMAGES):
        if which != "build":
            records_file(site).write_bytes(damaged(records_file(site).read_bytes(), how))
        if which != "records":
            build_file(site).write_bytes(damaged(build_file(site).read_bytes(), how))
        (site / "_news/2024-05-03-r2.md").write_text(f"---\ntitle: Edit {number}\n---\n")
        result = command(site)
        (remark,) = remarks(result)
        assert remark.startswith("the cache is damaged: "), how
        assert remarks(command(site)) == []
    assert_clean(site, tmp_path)


def test_a_cache_of_another_version_is_not_used_and_one_line_says_so(write_site, tmp_path, parsed):
    site = write_site()
    command(site)
    for path in (records_file(site), build_file(site)):
        payload = load_cache(path, toolchain())
        assert payload is not None
        save_cache(path, "another", payload)
    parsed.clear()
    (remark,) = remarks(command(site))
    assert remark.startswith("the cache was made by another version: ")
    assert len(parsed) == 6
    assert_clean(site, tmp_path)
    assert remarks(command(site)) == []


def test_where_both_files_of_the_cache_are_of_no_use_for_two_reasons_one_line_says_so(write_site):
    site = write_site()
    command(site)
    save_cache(build_file(site), "another", b"x")
    records_file(site).write_bytes(b"garbage")
    assert len(remarks(command(site))) == 1


@pytest.mark.parametrize("payload", [b"", b"\xc0", b"\x91\xc0", b"\xff" * 40, msgspec.msgpack.encode({"a": [1] * 99})])
def test_a_cache_that_is_whole_but_makes_no_sense_is_not_used(write_site, tmp_path, payload):
    site = write_site()
    command(site)
    for path in (records_file(site), build_file(site)):
        save_cache(path, toolchain(), payload)
    (remark,) = remarks(command(site))
    assert remark.startswith("the cache is damaged: ")
    assert_clean(site, tmp_path)


@pytest.mark.parametrize("name", ["records", "build"])
def test_a_folder_in_the_place_of_a_cache_file_costs_one_line(run, write_site, tmp_path, name):
    site = write_site()
    command(site)
    path = records_file(site) if name == "records" else build_file(site)
    path.unlink()
    path.mkdir()
    (site / "broadsheet.yaml").write_text("title: Another\nbase_url: https://tram.example.org/\n")
    for _ in range(2):
        done = run("build", site, "--now", NOW.isoformat())
        assert done.returncode == 0
        assert "Traceback" not in done.stderr
        assert done.stderr.count("the cache") == 1, done.stderr
        assert_clean(site, tmp_path)
        (site / "broadsheet.yaml").write_text("title: A third\nbase_url: https://tram.example.org/\n")


@pytest.mark.parametrize("name", ["records", "build"])
def test_what_a_link_in_the_place_of_a_cache_file_leads_to_is_never_changed(write_site, tmp_path, name):
    site = write_site()
    command(site)
    path = records_file(site) if name == "records" else build_file(site)
    aside = tmp_path / "aside"
    aside.write_text("somebody's")
    path.unlink()
    path.symlink_to(aside)
    (site / "broadsheet.yaml").write_text("title: Another\n")
    assert len(remarks(command(site))) == 1
    assert aside.read_text() == "somebody's"
    assert_clean(site, tmp_path)


@pytest.mark.parametrize("kind", ["file", "link to a folder", "link to nowhere"])
def test_a_site_that_can_not_be_written_into_is_built_with_one_note(run, write_site, tmp_path, kind):
    site, aside = write_site(), tmp_path / "aside"
    if kind == "file":
        (site / CACHE_FOLDER).write_text("somebody's")
    else:
        (site / CACHE_FOLDER).symlink_to(aside)
    if kind == "link to a folder":
        aside.mkdir()
    for _ in range(2):
        done = run("build", site, "--strict", "--now", NOW.isoformat())
        assert done.returncode == 0, done.stderr
        assert "the cache can not be written" in done.stderr
        assert done.stderr.count("the cache") == 1, done.stderr
        assert_clean(site, tmp_path)
    assert not aside.exists() or list(aside.iterdir()) == []


@pytest.mark.parametrize(
    "slug", ["../../../../escaped", "../../../../../escaped", "..", "/escaped", "a/../../../../../b"]
)
@pytest.mark.parametrize("field", ["slug", "alias"])
def test_of_a_hostile_cache_no_name_climbs_out_of_the_output(write_site, tmp_path, slug, field):
    site = write_site()
    command(site)
    payload = load_cache(records_file(site), toolchain())
    assert payload is not None
    started, shelf = cache_module._decode(payload)
    row = shelf.rows[2]
    change = {"slug": slug} if field == "slug" else {"aliases": (slug,)}
    shelf.rows[2] = structs.replace(row, record=structs.replace(row.record, **change))
    save_cache(records_file(site), toolchain(), msgspec.msgpack.encode((started, shelf)))
    build_file(site).unlink()

    def all_but_the_output() -> set[Path]:
        kept = {site / "public", site / CACHE_FOLDER}
        return {path for path in tmp_path.rglob("*") if not kept & {path, *path.parents}}

    before = all_but_the_output()
    with suppress(SiteError):
        command(site)
    assert all_but_the_output() == before
    # A slug is one folder within `news/`, whoever says it.
    names = [name for name in files_in(site / "public") if "escaped" in name or name.split("/")[0] in {"b", "a"}]
    assert all(name.startswith("news/") for name in names)


RECORD = {"file": "a.md", "slug": "a", "title": "A", "published_at": NOW}
FORGED = {
    "an item that there is not": [1, [[], [["a.md", [None, ""], RECORD, [7], [], False]]]],
    "an item before the first": [1, [[], [["a.md", [None, ""], RECORD, [-1], [], False]]]],
    "a time without a zone": [
        1,
        [[], [["a.md", [None, ""], {**RECORD, "published_at": "2024-05-01T00:00:00"}, [], [], False]]],
    ],
    "text that is no UTF-8": [1, [[], [["a.md", [None, b"\xff"], RECORD, [], [], False]]]],
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_cache_that_was_forged_with_a_right_check_sum_is_damaged(tmp_path, forged):
    # An old writer of bytes writes texts that are none.
    payload = msgspec.msgpack.encode(forged).replace(b"\xc4\x01\xff", b"\xa1\xff")
    save_cache(tmp_path / "records", "key", payload)
    cache = RecordCache(tmp_path, "key")
    assert cache.remark == "is damaged"
    assert cache.entries("_news") == {}


@pytest.mark.parametrize("change", [{"since": "2024-01-01T00:00:00"}, {"until": "2024-01-01T00:00:00"}])
def test_a_last_build_that_was_forged_with_times_without_a_zone_is_damaged(write_site, change):
    site = write_site()
    command(site)
    last = Memory(Asked.of(site, None, None, None), toolchain()).last
    save_cache(build_file(site), toolchain(), msgspec.msgpack.encode(structs.replace(last, **change)))
    memory = Memory(Asked.of(site, None, None, None), toolchain())
    assert memory.last is None
    assert memory.remark == "is damaged"


def test_a_last_build_that_was_forged_with_a_path_that_can_not_be_does_not_hold(write_site):
    site = write_site()
    command(site)
    last = Memory(Asked.of(site, None, None, None), toolchain()).last
    last.trace.files["a\0b"] = Seen(None, "00")
    save_cache(build_file(site), toolchain(), msgspec.msgpack.encode(last))
    assert Memory(Asked.of(site, None, None, None), toolchain()).still_holds(NOW, time_ns()) is None


def test_in_a_copy_of_a_site_the_output_of_the_original_is_not_taken_for_its_own(run, write_site, tmp_path):
    site = write_site()
    moment = NOW.isoformat()
    assert run("build", ".", "--output", tmp_path / "out", "--now", moment, cwd=site).returncode == 0
    copy = tmp_path / "copies" / "site"
    shutil.copytree(site, copy)
    done = run("build", ".", "--output", tmp_path / "copies/out", "--now", moment, cwd=copy)
    assert done.returncode == 0
    assert files_in(tmp_path / "copies/out") == files_in(tmp_path / "out")


# What no cache can keep.


@pytest.mark.parametrize(
    "lines",
    [
        'title: "Lone \\ud800 surrogate"\n',
        'title: Fine\nexcerpt: "\\udfff"\n',
        f"title: Huge\nheat: {9**40}\nquality: {9**50}\n",
        'title: 5\ntags: ["\\ud800"]\n',
        'title: Fine\nrelated:\n- {title: "\\ud800", publishedDateTime: 2024-05-01T00:00:00Z}\n',
        'title: Fine\n"\\ud800": 1\n"\\ud800": 2\n',
    ],
)
def test_a_record_that_no_cache_can_keep_is_built_right_every_time_and_holds_up_no_other(
    write_site, parsed, tmp_path, lines
):
    site = write_site()
    path = site / "_news/2024-05-20-odd.md"
    path.write_text(f"---\npublishedDateTime: 2024-05-20T08:00:00Z\n{lines}---\n")
    age(site)
    expected = [str(problem) for problem in clean(site, NOW, None, tmp_path / "clean").problems]
    for number in range(3):
        parsed.clear()
        (site / "broadsheet.yaml").write_text(f"title: Number {number}\nbase_url: https://tram.example.org/\n")
        result = command(site)
        if number:
            assert set(parsed) <= {"2024-05-20-odd.md"}
        assert [str(problem) for problem in result.problems] == expected
        assert_clean(site, tmp_path)
    assert command(site).written.changed == 0


# The folder itself.


def test_the_cache_is_no_source_no_output_and_none_of_gits_business(run, write_site):
    site = write_site(bare=True)
    command(site)
    before = files_in(site / "public")
    (site / CACHE_FOLDER / "2024-05-01-trap.md").write_text("---\ntitle: A trap\n---\n")
    (site / CACHE_FOLDER / "topics").mkdir()
    result = command(site)
    assert result.read == 6
    assert files_in(site / "public") == before
    assert not any(".broadsheet" in part for name in before for part in Path(name).parts if part != MANIFEST)
    git = ["git", "-C", str(site)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    untracked = subprocess.run([*git, "status", "--porcelain", "-uall"], check=True, capture_output=True).stdout
    assert b".md" in untracked
    assert CACHE_FOLDER.encode() + b"/" not in untracked


def test_a_cache_file_that_another_process_is_about_to_write_disturbs_nobody(tmp_path):
    folder = tmp_path / CACHE_FOLDER
    save_cache(folder / "records", "key", b"")
    stopped = threading.Event()

    def churn() -> None:
        while not stopped.is_set():
            for number in range(20):
                (folder / f".tmp-1-{number}").write_bytes(b"")
            for number in range(20):
                (folder / f".tmp-1-{number}").unlink(missing_ok=True)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(500):
            save_cache(folder / "records", "key", b"content")
    finally:
        stopped.set()
        thread.join()
    assert load_cache(folder / "records", "key") == b"content"


@pytest.mark.parametrize("options", [[[], [], []], [["--base-url", f"https://{n}.example.org/"] for n in "abc"]])
def test_builds_of_one_site_at_the_same_time_come_out_whole_and_so_does_the_next(run, write_site, tmp_path, options):
    site = write_site(60)
    for number in range(3):
        path = site / f"_news/2024-05-0{number + 1}-r{number}.md"
        path.write_text(path.read_text().replace("Excerpt", f"Edited {number}"))
        with ThreadPoolExecutor(3) as pool:
            done = list(pool.map(lambda more: run("build", site, "--now", NOW.isoformat(), *more), options))
        assert [result.returncode for result in done] == [0, 0, 0], [result.stderr for result in done]
        assert not any("Traceback" in result.stderr or "the cache" in result.stderr for result in done)
        last = run("build", site, "--now", NOW.isoformat())
        assert last.returncode == 0
        assert "the cache" not in last.stderr
        assert_clean(site, tmp_path, number)
    assert not list((site / CACHE_FOLDER).glob(".tmp-*"))


# Several cores.


def threads(jobs: int, initializer: Callable[..., None], arguments: tuple[Any, ...]) -> Executor:
    return ThreadPoolExecutor(jobs, initializer=initializer, initargs=arguments)


def spawned(jobs: int, initializer: Callable[..., None], arguments: tuple[Any, ...]) -> Executor:
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer, arguments)


WORKERS = {
    "two": Workers(2),
    "three": Workers(3),
    "threads": Workers(2, threads),
    "a pool": Workers(2, processes),
    "spawned": Workers(2, spawned),
}


@pytest.fixture
def eager(monkeypatch) -> list[int]:
    """Make small sites use workers too; returns the sizes of what they were given."""
    shares: list[int] = []
    work = Workers.work

    def noting(self: Workers, function: Any, common: Any, given: Any) -> Any:
        shares.append(len(given) if self.jobs > 1 else 1)
        return work(self, function, common, given)

    monkeypatch.setattr(workers_module, "_SLOWER_START", 1)
    monkeypatch.setattr(record_files, "_FILES_WORTH_A_WORKER", 1)
    monkeypatch.setattr(record_files, "_BYTES_WORTH_A_WORKER", 1)
    monkeypatch.setattr(make_module, "PAGES_WORTH_A_WORKER", 1)
    monkeypatch.setattr(make_module, "_PAGES_AT_A_TIME", 5)
    monkeypatch.setattr(Workers, "work", noting)
    return shares


@pytest.mark.parametrize("workers", WORKERS.values(), ids=WORKERS)
@pytest.mark.parametrize("layout", ["a site", "plain"])
def test_the_bytes_and_what_is_told_do_not_depend_on_who_works(tmp_path, eager, workers, layout):
    root = tmp_path / "site"
    root.mkdir()
    site = Site(root, layout)
    (site.news / "2024-05-01-broken.md").write_text("---\ntitle: 5\n---\n")
    (site.news / "2024-05-02-odd.md").write_text('---\ntitle: "\\ud800"\npublishedDateTime: 2024-05-10\n---\n')
    expected = [str(problem) for problem in clean(root, NOW, None, tmp_path / "clean").problems]
    eager.clear()
    for edit in (lambda: None, lambda: edit_all(site)):
        edit()
        result = command(root, workers=workers)
        assert [str(problem) for problem in result.problems] == expected
        assert_clean(root, tmp_path)
        assert command(root, workers=workers).written.changed == 0
    assert max(eager) > 3


def edit_all(site: Site) -> None:
    for name, values in site.records.items():
        values["excerpt"] = f"Edited {name}"
        site.write_record(name)


TEXTS_OF_WRONG_TEMPLATES = [
    *("{{ nothing }}", "{% if %}", "{% include 'no.html' %}", "{{ 1 // 0 }}", "{{ 'x'.join(5) }}"),
    "{% extends 'story.html' %}",
]


@pytest.mark.parametrize("workers", WORKERS.values(), ids=WORKERS)
@pytest.mark.parametrize("text", TEXTS_OF_WRONG_TEMPLATES)
def test_a_wrong_template_is_told_by_workers_as_by_one_process(tmp_path, eager, workers, text):
    root = tmp_path / "site"
    root.mkdir()
    Site(root, "a site")
    (root / "templates").mkdir()
    (root / "templates/story.html").write_text(text)
    told = []
    for some in (Workers(1), workers):
        with pytest.raises(SiteError) as raised:
            command(root, workers=some)
        told.append([(str(problem), problem.hint) for problem in raised.value.problems])
    assert told[0] == told[1]
    assert "story.html" in told[0][-1][0]


def test_two_builds_by_threads_of_one_process_do_not_mix(tmp_path, eager):
    roots = []
    for name in ("one", "two"):
        root = tmp_path / name / "site"
        root.mkdir(parents=True)
        site = Site(root, "a site")
        site.settings["title"] = f"The site {name}"
        site.write_settings()
        roots.append(root)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda root: command(root, workers=Workers(2, threads)), roots))
    for root in roots:
        assert_clean(root, tmp_path)


# As `python -m broadsheet`, where a small site is worth several workers too; no other thread hinders it from forking.
EAGER = """
import sys
from broadsheet import make, workers
from broadsheet.read import record_files
record_files._FILES_WORTH_A_WORKER = record_files._BYTES_WORTH_A_WORKER = make.PAGES_WORTH_A_WORKER = 1
make._PAGES_AT_A_TIME = 5
forked, fork = 0, workers._fork
def counted(*arguments):
    global forked
    forked += 1
    return fork(*arguments)
workers._fork = counted
sys.argv = ["broadsheet", *sys.argv[1:]]
from broadsheet.cli import main
try:
    main()
finally:
    print("forked:", forked)
"""


def eagerly(site: Path, jobs: int, *options: str | Path, before: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", before + EAGER, "build", site, "--jobs", str(jobs), "--now", NOW.isoformat(), *options],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="no other system forks")
@pytest.mark.parametrize("jobs", [2, 3, 7])
def test_the_bytes_and_what_is_told_do_not_depend_on_how_many_forks_work(tmp_path, jobs):
    root = tmp_path / "site"
    root.mkdir()
    site = Site(root, "a site")
    (site.news / "2024-05-01-broken.md").write_text("---\ntitle: 5\n---\n")
    (site.news / "2024-05-02-odd.md").write_text('---\ntitle: "\\ud800"\npublishedDateTime: 2024-05-10\n---\n')
    alone = eagerly(root, 1, "--output", tmp_path / "alone", "--clean")
    done = eagerly(root, jobs)
    assert done.returncode == alone.returncode == 0
    assert int(done.stdout.rpartition("forked: ")[2]) >= 2 * min(jobs, 3) > 0
    assert done.stderr == alone.stderr
    compare(files_in(root / "public"), files_in(tmp_path / "alone"))
    edit_all(site)
    assert eagerly(root, jobs).returncode == 0
    assert_clean(root, tmp_path)
    assert "files written  0" in eagerly(root, jobs).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="no other system forks")
@pytest.mark.parametrize("text", TEXTS_OF_WRONG_TEMPLATES)
def test_a_wrong_template_is_told_by_forks_as_by_one_process(tmp_path, text):
    root = tmp_path / "site"
    root.mkdir()
    Site(root, "a site")
    before = eagerly(root, 1)
    kept = files_in(root / "public")
    (root / "templates").mkdir()
    (root / "templates/story.html").write_text(text)
    alone, done = eagerly(root, 1), eagerly(root, 3)
    assert before.returncode == 0
    assert alone.returncode == done.returncode == 1
    assert [line for line in done.stderr.splitlines() if ": error: " in line or "hint" in line] == [
        line for line in alone.stderr.splitlines() if ": error: " in line or "hint" in line
    ]
    assert "Traceback" not in done.stderr
    assert files_in(root / "public") == kept


@pytest.mark.skipif(sys.platform != "linux", reason="no other system forks")
def test_a_fork_that_is_killed_ends_the_build_and_leaves_the_output_as_it_was(tmp_path):
    root = tmp_path / "site"
    root.mkdir()
    site = Site(root, "a site")
    assert eagerly(root, 1).returncode == 0
    kept = files_in(root / "public")
    edit_all(site)
    killed = """
import os, signal
from broadsheet.write.staging import Staging
here, put = os.getpid(), Staging.put
def stopped(self, file):
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return put(self, file)
Staging.put = stopped
"""
    done = eagerly(root, 2, before=killed)
    assert done.returncode == 1
    assert "a worker ended before its work was done" in done.stderr
    assert files_in(root / "public") == kept
    assert eagerly(root, 2).returncode == 0
    assert_clean(root, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system forks")
def test_where_the_system_grants_no_larger_pipes_the_build_goes_on(tmp_path):
    root = tmp_path / "site"
    root.mkdir()
    Site(root, "a site")
    # `/proc/sys/fs/pipe-max-size` and `pipe-user-pages-soft` can forbid them to everybody but root.
    refused = """
import fcntl
def refuse(*arguments):
    raise PermissionError(1, "Operation not permitted")
fcntl.fcntl = refuse
"""
    done = eagerly(root, 2, before=refused)
    assert done.returncode == 0, done.stderr
    assert_clean(root, tmp_path)


# What the options say.


def test_explain_names_every_file_that_is_made_anew_with_its_reason(run, write_site):
    site = write_site()
    first = run("build", site, "--explain", "--now", NOW.isoformat()).stdout
    assert "index.html: it is new" in first
    path = site / "_news/2024-05-03-r2.md"
    path.write_text(path.read_text().replace("Excerpt 2", "Zephyr"))
    second = run("build", site, "--explain", "--now", NOW.isoformat()).stdout
    assert "news/2024-05-03-r2/index.html: changed: the record 2024-05-03-r2.md\n" in second
    assert "news/2024-05-04-r3/index.html" not in second
    assert "nothing had to be made anew\n" in run("build", site, "--explain", "--now", NOW.isoformat()).stdout
    (site / "public/index.html").unlink()
    third = run("build", site, "--explain", "--now", NOW.isoformat()).stdout
    assert "index.html: the file in the output is gone, or not as it was left\n" in third
    assert third.count("index.html:") == 1


def test_profile_says_where_the_time_went_and_clean_builds_everything(run, write_site):
    site = write_site()
    first = run("build", site, "--profile", "--now", NOW.isoformat()).stdout
    assert all(f" s  {step}\n" in first for step in ("reading", "arranging", "making", "  putting in place"))
    assert "finding nothing changed" in run("build", site, "--profile", "--now", NOW.isoformat()).stdout
    anew = run("build", site, "--clean", "--explain", "--now", NOW.isoformat()).stdout
    assert "index.html: it is new" in anew
    assert "files written  0" in anew


def test_clean_says_nothing_of_a_damaged_cache_and_mends_it(run, write_site):
    site = write_site()
    command(site)
    records_file(site).write_bytes(b"garbage")
    build_file(site).write_bytes(b"garbage")
    assert "the cache" not in run("build", site, "--clean", "--now", NOW.isoformat()).stderr
    assert "the cache" not in run("build", site, "--now", NOW.isoformat()).stderr


def test_verify_says_that_a_build_has_the_bytes_of_a_clean_one(run, write_site):
    site = write_site()
    run("build", site, "--now", NOW.isoformat())
    done = run("build", site, "--verify", "--now", NOW.isoformat())
    assert done.returncode == 0, done.stderr
    assert "verified: a clean build makes the same bytes\n" in done.stdout


def test_verify_names_what_a_wrong_fingerprint_leaves_as_it_was(write_site, monkeypatch):
    site = write_site()
    monkeypatch.setattr(rebuild, "fingerprint", lambda facts: b"the same for all")
    options = ["build", str(site), "--now", NOW.isoformat()]
    assert CliRunner().invoke(main, options).exit_code == 0
    path = site / "_news/2024-05-03-r2.md"
    path.write_text(path.read_text().replace("Excerpt 2", "Zephyr"))
    done = CliRunner().invoke(main, [*options, "--verify"])
    assert done.exit_code == 1
    assert "error: news/2024-05-03-r2/index.html is not what a clean build makes" in done.stderr
    assert "news/2024-05-04-r3/" not in done.stderr
    assert "verified" not in done.output


def test_verify_finds_what_the_cache_can_not_see(write_site):
    site = write_site()
    command(site)
    path = site / "public/index.html"
    path.write_bytes(path.read_bytes() + b"tampered")
    # Whoever can write the output can write the cache too.
    memory = Memory(Asked.of(site, None, None, None), toolchain())
    last = memory.last
    assert last is not None
    made = last.made["index.html"]
    last.made["index.html"] = structs.replace(made, stamp=stamp_at(str(path)))
    memory.keep(last)
    options = ["build", str(site), "--now", NOW.isoformat()]
    assert b"tampered" in path.read_bytes()
    done = CliRunner().invoke(main, [*options, "--verify"])
    assert done.exit_code == 1
    assert "error: index.html is not what a clean build makes" in done.stderr
    assert CliRunner().invoke(main, [*options, "--clean", "--verify"]).exit_code == 0


def test_jobs_must_be_at_least_one(run, write_site):
    assert run("build", write_site(), "--jobs", "0").returncode == 2


def test_progress_is_no_part_of_what_is_kept(write_site):
    site = write_site()
    with redirect_stderr(io.StringIO()):
        first = command(site)
    assert command(site).problems == first.problems
