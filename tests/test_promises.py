"""Promises of the manual that hold over the whole of a small site, each by a real build."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest


def html(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.html"))
    }


def build(run, site: Path, *options: str) -> dict[str, str]:
    done = run("build", site, *options)
    assert done.returncode == 0, done.stderr
    return html(site / "public")


def a_pair(record, site: Path, number: int, word: str) -> None:
    """Two reports of one event of its own month: the second folds under the first."""
    month = f"20{10 + number // 12}-{number % 12 + 1:02}"
    lead = {"title": f"{word} event {number} begins", "publishedDateTime": f"{month}-05T08:00:00Z"}
    related = [{**lead, "quality": 50, "webUrl": f"https://a.example/{number}"}]
    record(site, f"{month}-05-lead-{number}.md", **lead, quality=50, webUrl=f"https://a.example/{number}")
    member = {"title": f"{word} event {number}, told again", "publishedDateTime": f"{month}-05T09:00:00Z"}
    record(site, f"{month}-05-member-{number}.md", **member, quality=10, related=related)


def test_a_word_that_every_story_of_a_small_site_has_still_holds_its_stories_together(run, record, tmp_path):
    for number in range(14):
        a_pair(record, tmp_path, number, "Lighthouse")
    pages = build(run, tmp_path)
    assert all(
        "told again" in pages[f"news/20{10 + n // 12}-{n % 12 + 1:02}-05-lead-{n}/index.html"] for n in range(14)
    )
    assert not any("Also linked" in page for page in pages.values())


def test_a_new_record_changes_no_page_of_another_month_but_the_newest_ones(run, record, tmp_path):
    for number in range(14):
        a_pair(record, tmp_path, number, "Lighthouse")
    before = build(run, tmp_path)
    record(tmp_path, "2012-05-05-new.md", title="The lighthouse opens", publishedDateTime="2012-05-05T08:00:00Z")
    after = build(run, tmp_path)
    changed = {name for name in before if after.get(name) != before[name]}
    assert {name for name in changed if name.startswith(("news/", "archive/20"))} == set()
    assert {name for name in changed if name.count("/") > 2} == set()


def test_the_menu_has_no_more_than_twenty_topics_however_many_there_are(run, record, tmp_path):
    for number in range(40):
        record(tmp_path, f"2024-05-01-{number:02}.md", title=f"Title {number}", topics=[f"Topic {number}", "Common"])
    page = build(run, tmp_path)["latest/index.html"]
    menu = page[page.index('<nav class="menu"') : page.index("</nav>")]
    assert menu.count("/topics/") == 20
    assert "/topics/common/" in menu


def test_an_item_without_quality_has_that_of_the_record_that_it_is(run, record, tmp_path):
    lead = {"title": "Zebra crossing opens", "publishedDateTime": "2024-05-01T08:00:00Z"}
    record(tmp_path, "2024-05-01-zebra.md", **lead, quality=90)
    again = {"title": "A new zebra crossing", "publishedDateTime": "2024-05-01T09:00:00Z"}
    record(tmp_path, "2024-05-01-again.md", **again, quality=50, related=[lead])
    assert 'http-equiv="refresh"' in build(run, tmp_path)["news/2024-05-01-again/index.html"]


@pytest.mark.parametrize("change", [{"publishedDateTime": "2024-05-01T11:00:00Z"}, {"title": " Embargoed talks "}])
def test_an_item_with_the_address_of_a_hidden_record_is_hidden_whatever_its_title_and_time(
    run, record, tmp_path, change
):
    hidden = {
        "title": "Embargoed talks",
        "publishedDateTime": "2024-05-01T08:00:00Z",
        "webUrl": "https://secret.example/talks",
    }
    record(tmp_path, "2024-05-01-hidden.md", **hidden, draft=True)
    record(tmp_path, "2024-05-02-shown.md", title="Talks of others", related=[{**hidden, **change}])
    assert not any("secret.example" in page or "Embargoed" in page for page in build(run, tmp_path).values())


def test_a_checkout_that_says_only_its_path_has_links_below_it(run, record, tmp_path):
    record(tmp_path / "_news", "2024-05-01-a.md", title="A")
    (tmp_path / "_config.yml").write_text("baseurl: /repo\nlocale: en_US.UTF-8\n")
    page = build(run, tmp_path)["index.html"]
    assert 'href="/repo/theme/broadsheet.css' in page
    assert '<html lang="en-US"' in page
    assert "canonical" not in page


def test_settings_of_jekyll_that_are_passed_over_are_told_as_long_as_there_is_no_title(run, record, tmp_path):
    record(tmp_path / "_news", "2024-05-01-a.md", title="A")
    (tmp_path / "_config.yml").write_text("title: The Daily Tram\n")
    told = "_config.yml: note: it is not read, since there is a broadsheet.yaml"
    assert told not in run("build", tmp_path).stderr
    (tmp_path / "broadsheet.yaml").write_text("base_url: https://example.org/\n")
    assert told in run("build", tmp_path).stderr
    (tmp_path / "broadsheet.yaml").write_text("title: The Daily Tram\n")
    assert told not in run("build", tmp_path).stderr


def test_of_two_static_files_that_differ_in_case_only_one_is_published_and_the_other_named(run, record, tmp_path):
    if os.path.normcase("A") == "a":
        pytest.skip("this system does not tell case apart")
    record(tmp_path, "2024-05-01-a.md", title="A")
    (tmp_path / "static").mkdir()
    for name in ("Case.txt", "case.txt", ".env", ".nojekyll"):
        (tmp_path / "static" / name).write_text(name)
    done = run("build", tmp_path)
    assert "static/case.txt: warning: its place /case.txt is that of the file /Case.txt" in done.stderr
    assert (tmp_path / "public/.nojekyll").exists()
    assert not (tmp_path / "public/.env").exists()


def test_two_builds_of_one_site_at_a_time_both_come_out_whole(run, record, tmp_path):
    for number in range(150):
        record(tmp_path, f"2024-05-01-{number:03}.md", title=f"Title {number}", topics=[f"Topic {number % 7}"])
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: run("build", tmp_path), range(2)))
    assert [result.returncode for result in done] == [0, 0], [result.stderr for result in done]
    together = html(tmp_path / "public")
    run("build", tmp_path, "--output", tmp_path.parent / "alone")
    assert together == html(tmp_path.parent / "alone")


def test_what_is_wrong_with_records_is_told_also_when_a_template_ends_the_build(run, record, tmp_path):
    record(tmp_path, "2024-05-01-a.md", title="A")
    record(tmp_path, "2024-05-01-b.md", title=5)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/home.html").write_text("{{ nothing }}")
    done = run("build", tmp_path)
    assert done.returncode == 1
    assert "2024-05-01-b.md:2:8: error: `title` must be text" in done.stderr
    assert "templates/home.html:1:1: error: template:" in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_command_does_its_work_though_its_streams_are_closed(record, tmp_path, closed):
    record(tmp_path / "_news")
    script = f'"$0" -c "from broadsheet.cli import run; run()" build "$1" {closed}'
    done = subprocess.run(["sh", "-c", script, sys.executable, tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert (tmp_path / "public/index.html").exists()
