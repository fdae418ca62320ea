"""`broadsheet serve` and the ways in which files change: bursts, renames, deletes, new folders, links, restarts."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from previewed import OPERA, Preview, Site, of, replaced, save, small_site, wait_until

pytestmark = pytest.mark.slow

OVERLAY = ".overlay"


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A writer", "-c", "user.email=writer@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def told(preview: Preview) -> list[str]:
    """The lines about changes on standard output."""
    return [line for line in preview.stdout if " changed: " in line]


def test_a_file_that_is_written_in_place_is_shown(site, start, open_tab):
    tab = open_tab(start(site).address + f"news/{OPERA}/")
    record = site.records / f"{OPERA}.md"
    record.write_text(record.read_text(encoding="utf-8").replace("keeps out", "lets in"), encoding="utf-8")
    of(tab.locator("h1")).to_have_text("Opera roof lets in the rain")


def test_another_branch_with_a_thousand_other_records_is_one_change(site, start, open_tab):
    for number in range(1000):
        site.add(f"2024-04-{number % 28 + 1:02}-report-{number}", f"Report {number} of the winter", topics=["Stage"])
    site.write(".gitignore", ".broadsheet/\n")
    git(site.folder, "init", "-q", "-b", "winter")
    git(site.folder, "add", "-A")
    git(site.folder, "commit", "-qm", "Winter")
    git(site.folder, "checkout", "-qb", "summer")
    for record in site.records.glob("*-report-*"):
        record.write_text(record.read_text(encoding="utf-8").replace("winter", "summer"), encoding="utf-8")
    git(site.folder, "commit", "-qam", "Summer")
    preview = start(site)
    tab = open_tab(preview.address + "news/2024-04-01-report-0/")
    of(tab.locator("h1")).to_have_text("Report 0 of the summer")
    git(site.folder, "checkout", "-q", "winter")
    of(tab.locator("h1")).to_have_text("Report 0 of the winter")
    # Whatever else came of the checkout would come before this.
    replaced(site.records / "2024-04-01-report-0.md", "of the winter", "of a morning")
    of(tab.locator("h1")).to_have_text("Report 0 of a morning")
    assert preview.until(lambda _: True)["round"] == 3, told(preview)
    assert len(told(preview)) == 2


def test_a_renamed_record_is_at_its_new_address_and_the_old_one_leads_there(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address + f"news/{OPERA}/")
    (site.records / f"{OPERA}.md").rename(site.records / "2024-05-03-opera-roof.md")
    of(tab.locator(OVERLAY)).to_contain_text("This page is not here")
    assert preview.get(f"/news/{OPERA}/").status == 404
    tab.locator(OVERLAY).get_by_role("link", name="Opera roof keeps out the rain").click()
    of(tab).to_have_url(preview.address + "news/2024-05-03-opera-roof/")
    of(tab.locator("h1")).to_have_text("Opera roof keeps out the rain")


def test_a_deleted_record_is_gone_from_its_page_and_from_lists_until_it_is_back(site, start, open_tab):
    preview = start(site)
    story, latest = open_tab(preview.address + f"news/{OPERA}/"), open_tab(preview.address + "latest/")
    record = site.records / f"{OPERA}.md"
    content = record.read_bytes()
    record.unlink()
    of(story.locator(OVERLAY)).to_contain_text("This page is not here")
    of(story.locator("h1")).to_have_text("This page is not here")
    of(latest.locator("main")).not_to_contain_text("Opera")
    assert preview.get(f"/news/{OPERA}/").status == 404
    record.write_bytes(content)
    of(story.locator("h1")).to_have_text("Opera roof keeps out the rain")
    of(story.locator(OVERLAY)).to_be_hidden()
    of(latest.locator("main")).to_contain_text("Opera")


@pytest.mark.parametrize("folder", ["new", "new/and/nested"])
def test_a_file_in_a_folder_that_is_made_with_it_is_shown(site, start, open_tab, folder):
    preview = start(site)
    tab = open_tab(preview.address + "news/2024-05-04-eel/")
    of(tab.locator("h1")).to_have_text("This page is not here")
    site.add(f"{folder}/2024-05-04-eel", "Eel seen in the dock", publishedDateTime="2024-05-04T08:00:00Z")
    of(tab.locator("h1")).to_have_text("Eel seen in the dock")
    replaced(site.records / folder / "2024-05-04-eel.md", "Eel seen", "Eels seen")
    of(tab.locator("h1")).to_have_text("Eels seen in the dock")
    shutil.rmtree(site.records / "new")
    of(tab.locator("h1")).to_have_text("This page is not here")


def test_folders_that_a_site_gets_while_it_is_shown_are_its_own(tmp_path, record, start, open_tab):
    site = Site(tmp_path / "site", record)
    site.records.mkdir(parents=True)
    site.settings()
    site.add(OPERA, "Opera roof keeps out the rain", topics=["Stage"])
    preview = start(site)
    tab, page = open_tab(preview.address), open_tab(preview.address + "about/")
    site.write("templates/_footer.html", "<p>Set by hand</p>")
    of(tab.locator("footer")).to_have_text("Set by hand")
    site.write("pages/about.md", "# About\n")
    of(page.locator("h1")).to_have_text("About")
    site.write("_data/topics/01-stage.yaml", "_id: stage\nname: Stage\nparent: Town\n")
    site.write("_data/topics/00-town.yaml", "_id: town\nname: Town\n")
    of(tab.locator("footer")).to_have_text("Set by hand")
    site.write("static/own.css", "h1 { color: rgb(1, 2, 3); }\n")
    site.write("templates/_head.html", '<link rel="stylesheet" href="{{ site.root }}own.css">\n')
    wait_until(tab, "() => getComputedStyle(document.querySelector('h1')).color === 'rgb(1, 2, 3)'")


def test_records_behind_a_link_are_watched(tmp_path, record, start, open_tab):
    elsewhere = small_site(tmp_path / "elsewhere", record)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/_news").symlink_to(elsewhere.records)
    tab = open_tab(start(tmp_path / "site").address + f"news/{OPERA}/")
    replaced(elsewhere.records / f"{OPERA}.md", "keeps out", "lets in")
    of(tab.locator("h1")).to_have_text("Opera roof lets in the rain")
    other = small_site(tmp_path / "other", record)
    replaced(other.records / f"{OPERA}.md", "keeps out", "laughs at")
    (tmp_path / "site/.next").symlink_to(other.records)
    os.replace(tmp_path / "site/.next", tmp_path / "site/_news")
    of(tab.locator("h1")).to_have_text("Opera roof laughs at the rain")
    replaced(other.records / f"{OPERA}.md", "laughs at", "drinks")
    of(tab.locator("h1")).to_have_text("Opera roof drinks the rain")


def test_a_record_that_is_a_link_shows_what_it_leads_to(site, start, open_tab):
    record = site.records / f"{OPERA}.md"
    text = record.read_text(encoding="utf-8")
    for version in ("keeps out", "lets in"):
        site.write(f"records/versions/{version}.txt", text.replace("keeps out", version))
    record.unlink()
    record.symlink_to("versions/keeps out.txt")
    tab = open_tab(start(site).address + f"news/{OPERA}/")
    replaced(site.records / "versions/keeps out.txt", "keeps out", "drinks")
    of(tab.locator("h1")).to_have_text("Opera roof drinks the rain")
    aside = site.records / ".aside"
    aside.symlink_to("versions/lets in.txt")
    os.replace(aside, record)
    of(tab.locator("h1")).to_have_text("Opera roof lets in the rain")


def test_a_preview_that_polls_sees_saves_new_files_and_deletes(site, start, open_tab):
    preview = start(site, "--poll")
    tab = open_tab(preview.address + f"news/{OPERA}/")
    replaced(site.records / f"{OPERA}.md", "keeps out", "lets in")
    of(tab.locator("h1")).to_have_text("Opera roof lets in the rain")
    save(site / "static/own.css", "h1 { color: rgb(4, 5, 6); }\n")
    wait_until(tab, "() => getComputedStyle(document.querySelector('h1')).color === 'rgb(4, 5, 6)'")
    (site.records / f"{OPERA}.md").unlink()
    of(tab.locator("h1")).to_have_text("This page is not here")
    site.add(f"new/{OPERA}", "Opera roof is back", publishedDateTime="2024-05-04T08:00:00Z")
    of(tab.locator("h1")).to_have_text("Opera roof is back")


def test_all_tabs_keep_up(site, start, open_tab):
    preview = start(site)
    tabs = [open_tab(preview.address + path) for path in ("", "", "latest/", "about/", f"news/{OPERA}/", "nothing/")]
    site.settings(title="The Pier")
    for tab in tabs:
        of(tab.locator(".nameplate")).to_have_text("The Pier")


def test_a_page_finds_a_server_again_that_died_and_shows_what_changed_meanwhile(site, start, open_tab):
    first = start(site)
    tab = open_tab(first.address + f"news/{OPERA}/")
    of(tab.get_by_role("button", name="Preview")).to_be_visible()
    first.stop(signal.SIGKILL)
    of(tab.get_by_text("not connected")).to_be_visible()
    replaced(site.records / f"{OPERA}.md", "keeps out", "lets in")
    second = start(site, port=first.port)
    of(tab.locator("h1")).to_have_text("Opera roof lets in the rain")
    of(tab.get_by_text("not connected")).to_be_hidden()
    replaced(site.records / f"{OPERA}.md", "lets in", "drinks")
    of(tab.locator("h1")).to_have_text("Opera roof drinks the rain")
    assert second.stop() == 0


def test_the_bar_of_a_page_whose_server_died_at_once_is_there_when_the_server_is(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address + "tide.txt")
    tab.route("**/preview.css", lambda route: route.abort(), times=1)
    tab.goto(preview.address)
    of(tab.get_by_role("button", name="Preview")).to_be_visible()


def test_a_computer_that_slept_wakes_up_to_what_changed_meanwhile(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address + f"news/{OPERA}/")
    preview.process.send_signal(signal.SIGSTOP)
    replaced(site.records / f"{OPERA}.md", "keeps out", "lets in")
    preview.process.send_signal(signal.SIGCONT)
    of(tab.locator("h1")).to_have_text("Opera roof lets in the rain")
