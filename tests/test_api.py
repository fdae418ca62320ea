"""What Python programs call: `broadsheet.build` and `broadsheet.load`."""

import gc
import inspect
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

import broadsheet

ROOT = Path(__file__).parents[1]
NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def site(record, tmp_path):
    for day in range(1, 5):
        record(tmp_path / "_news", f"2024-05-0{day}-r.md", title=f"Ferry {day}", publishedDateTime=f"2024-05-0{day}")
    (tmp_path / "broadsheet.yaml").write_text("title: The Daily Tram\n", encoding="utf-8")
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_program_builds_what_the_command_builds(site, run, tmp_path):
    assert run("build", site, "--output", tmp_path / "one", "--now", NOW.isoformat()).returncode == 0
    result = broadsheet.build(site, output=tmp_path / "two", now=NOW)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert (result.read, result.stories, result.output) == (4, 4, str(tmp_path / "two"))


def test_a_second_build_of_a_program_finds_nothing_changed_and_a_clean_one_makes_all(site):
    first = broadsheet.build(str(site), now=NOW)
    again = broadsheet.build(str(site), now=NOW)
    assert (again.written.changed, again.written.unchanged) == (0, first.written.changed)
    assert [step for step, _ in again.timings] == ["finding nothing changed"]
    assert "reading" in dict(broadsheet.build(str(site), now=NOW, clean=True).timings)


def test_a_program_says_where_a_site_is_published_and_which_settings_it_has(site, tmp_path):
    (tmp_path / "other.yaml").write_text("title: The Night Tram\n", encoding="utf-8")
    options = {"config": tmp_path / "other.yaml", "base_url": "https://tram.example.org/night/"}
    broadsheet.build(site, output=tmp_path / "out", now=NOW, **options)
    page = (tmp_path / "out/index.html").read_text("utf-8")
    assert "The Night Tram" in page
    assert "https://tram.example.org/night/" in page


def test_a_program_is_told_how_far_a_build_is(site):
    steps = []
    broadsheet.build(site, now=NOW, progress=lambda *step: steps.append(step))
    assert {step for step, _, _ in steps} >= {"rendering pages"}
    assert all(0 <= done <= total for _, done, total in steps)


def test_a_digest_holds_what_a_build_shows_and_nothing_else(site, record):
    record(site / "_news", "2024-05-05-draft.md", title="Not out yet", draft=True)
    record(site / "_news", "2024-07-01-scheduled.md", title="Not out yet", publishedDateTime="2024-07-01")
    (site / "_news/2024-05-06-broken.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    before = files(site)
    digest = broadsheet.load(site, now=NOW)
    assert [story.lead.title for story in digest.site.stories] == ["Ferry 4", "Ferry 3", "Ferry 2", "Ferry 1"]
    assert digest.settings.title == "The Daily Tram"
    assert "Not out yet" not in repr(digest)
    assert [problem.place.file for problem in digest.problems] == [(site / "_news/2024-05-06-broken.md").as_posix()]
    assert len(broadsheet.load(site, now=NOW, drafts=True).site.stories) == 6
    assert files(site) == before


def test_what_is_wrong_with_a_site_is_raised_with_its_places(site):
    (site / "broadsheet.yaml").write_text("titel: The Daily Tram\n", encoding="utf-8")
    for call in (broadsheet.build, broadsheet.load):
        with pytest.raises(broadsheet.SiteError) as caught:
            call(site)
        (problem,) = caught.value.problems
        assert problem.place == broadsheet.Place(f"{site.as_posix()}/broadsheet.yaml", 1, 1)
        assert problem.severity is broadsheet.Severity.ERROR
    assert not (site / "public").exists()


@pytest.mark.parametrize("call", [broadsheet.build, broadsheet.load])
def test_a_folder_that_is_not_there_or_empty_is_said_to_be(call, tmp_path):
    with pytest.raises(broadsheet.SiteError, match="there is no such folder"):
        call(tmp_path / "nowhere")
    with pytest.raises(broadsheet.SiteError, match="there are no records here"):
        call(tmp_path)


@pytest.mark.parametrize("call", [broadsheet.build, broadsheet.load])
@pytest.mark.parametrize("wrong", [{"now": datetime(2024, 6, 1)}, {"jobs": 0}])  # noqa: DTZ001
def test_arguments_that_make_no_sense_are_refused(call, wrong, site):
    with pytest.raises(ValueError, match=r"no time zone|at least one job"):
        call(site, **wrong)


@pytest.mark.parametrize("call", [broadsheet.build, broadsheet.load])
def test_no_name_is_not_taken_for_the_current_folder(call, site, monkeypatch):
    monkeypatch.chdir(site)
    with pytest.raises(ValueError, match="is empty"):
        call("")


def test_an_address_that_is_none_is_refused(site):
    with pytest.raises(ValueError, match="no address that starts with http"):
        broadsheet.build(site, base_url="tram.example.org")


def test_the_time_is_that_of_source_date_epoch_where_it_is_set(site, record, monkeypatch):
    record(site / "_news", "2024-05-05-later.md", title="Later", publishedDateTime="2024-05-05")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(datetime(2024, 5, 4, 12, tzinfo=UTC).timestamp())))
    assert len(broadsheet.load(site).site.stories) == 4
    assert broadsheet.build(site).withheld == 1
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "noon")
    with pytest.raises(ValueError, match="SOURCE_DATE_EPOCH is no number of seconds: 'noon'"):
        broadsheet.load(site)


def test_nothing_is_printed_and_the_process_is_as_it_was(site, capfd):
    folder, collects = os.getcwd(), gc.isenabled()
    broadsheet.build(site)
    broadsheet.load(site)
    with pytest.raises(broadsheet.SiteError):
        broadsheet.build(site, output=site)
    assert capfd.readouterr() == ("", "")
    assert (os.getcwd(), gc.isenabled()) == (folder, collects)


def test_sites_can_be_built_in_several_threads(site, record, tmp_path):
    record(tmp_path / "other/_news")
    wanted = [(site, "a"), (site, "b"), (tmp_path / "other", "c"), (tmp_path / "other", "d")]
    with ThreadPoolExecutor(4) as pool:
        made = pool.map(lambda want: broadsheet.build(want[0], output=tmp_path / want[1], now=NOW), wanted)
        assert [result.stories for result in made] == [4, 4, 1, 1]
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert files(tmp_path / "c") == files(tmp_path / "d")
    assert gc.isenabled()


def test_what_is_public_is_imported_when_it_is_asked_for():
    program = (
        "import sys, broadsheet; print([name for name in sys.modules if name.startswith('broadsheet.')]);"
        "from broadsheet import *; print(build.__module__, Story.__module__, SiteError.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\nbroadsheet.api broadsheet.model broadsheet.problems\n"


def test_a_name_that_is_not_there_is_no_attribute():
    with pytest.raises(AttributeError, match="has no attribute 'biuld'"):
        broadsheet.biuld  # noqa: B018
    assert dir(broadsheet) == broadsheet.__all__ == sorted(broadsheet.__all__)


def test_the_manual_names_all_that_is_public_with_its_signature():
    text = (ROOT / "docs/python.md").read_text("utf-8")
    for name in broadsheet.__all__:
        assert f"`{name}`" in text or f"`broadsheet.{name}`" in text, name
    for name in ("build", "load"):
        parameters = inspect.signature(getattr(broadsheet, name)).parameters.values()
        wanted = [(part.name, part.kind, part.default) for part in parameters]
        shown = re.search(rf"^def {name}\(.*?\) -> \w+: \.\.\.$", text, re.M | re.S)
        assert shown, name
        scope = {}
        exec(f"from __future__ import annotations\n{shown[0]}", scope)
        told = inspect.signature(scope[name]).parameters.values()
        assert [(part.name, part.kind, part.default) for part in told] == wanted


@pytest.mark.parametrize("field", broadsheet.BuildResult.__struct_fields__)
def test_the_manual_tells_of_every_field_of_a_result(field):
    assert f"`{field}`" in (ROOT / "docs/python.md").read_text("utf-8")
