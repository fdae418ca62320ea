"""`broadsheet serve` and errors: where the writer looks, until they are mended, with the last good page below."""

import re
from urllib.parse import quote

import pytest
from previewed import BRIDGE, FERRY, OPERA, Site, is_same, of, replaced, save, sign

pytestmark = pytest.mark.slow

OVERLAY = ".overlay"
TITLE = "Opera roof keeps out the rain"


def assert_shown(tab, preview, place: str, message: str, line: str) -> None:
    """Check that an error is shown in a tab and on the terminal alike: where it is, what it is, and the line itself."""
    overlay = tab.locator(OVERLAY)
    of(overlay.locator(".place").first).to_contain_text(re.compile(rf"{re.escape(place)}$"))
    of(overlay.locator("h3").first).to_contain_text(message)
    of(overlay.locator(".line.is-it").first).to_contain_text(line)
    assert preview.complains(rf"{re.escape(place)}: error: .*{re.escape(message)}")
    assert preview.complains(rf"(?m)^  > +\d+ \| .*{re.escape(line)}")


# Records


def test_a_broken_record_shows_where_and_why_above_the_last_good_page_until_it_is_mended(site, start, open_tab):
    record = site.records / f"{OPERA}.md"
    preview = start(site)
    tab = open_tab(preview.address + f"news/{OPERA}/")
    sign(tab)
    lines = record.read_text(encoding="utf-8").splitlines()
    number = 1 + next(place for place, line in enumerate(lines) if line.startswith("quality"))
    replaced(record, "quality: 60", "quality: many")
    assert_shown(tab, preview, f"{OPERA}.md:{number}:10", "quality", "quality: many")
    overlay = tab.locator(OVERLAY)
    for near in (number - 2, number - 1, number + 1, number + 2):
        of(overlay).to_contain_text(lines[near - 1])
    of(overlay.locator("mark")).to_have_text("m")
    of(tab.locator("h1")).to_have_text(TITLE)
    assert preview.text(f"/news/{OPERA}/")
    replaced(record, "quality: many", "quality: 60")
    of(overlay).to_be_hidden()
    assert preview.says("all errors are mended")
    # The page itself was the same all the time.
    assert is_same(tab)


def test_a_record_that_was_mended_otherwise_is_shown_as_it_is_now(site, start, open_tab):
    record = site.records / f"{OPERA}.md"
    tab = open_tab(start(site).address + f"news/{OPERA}/")
    replaced(record, f"title: {TITLE}", "title: [Opera")
    of(tab.locator(OVERLAY)).to_contain_text(f"{OPERA}.md")
    of(tab.locator("h1")).to_have_text(TITLE)
    replaced(record, "title: [Opera", "title: Opera roof falls")
    of(tab.locator("h1")).to_have_text("Opera roof falls")
    of(tab.locator(OVERLAY)).to_be_hidden()


def test_all_that_is_wrong_is_told_at_once_on_every_page_with_hints(site, start, open_tab):
    preview = start(site)
    tabs = [open_tab(preview.address + path) for path in ("", f"news/{OPERA}/")]
    broken = (site.records / f"{FERRY}.md").read_text(encoding="utf-8").replace("quality: 60", "quality: many")
    save(site.records / f"{FERRY}.md", broken)
    replaced(site.records / f"{BRIDGE}.md", "title: Swing", "titel: Swing")
    for tab in tabs:
        of(tab.locator(OVERLAY)).to_contain_text("2 errors")
        of(tab.locator(OVERLAY)).to_contain_text("quality: many")
        of(tab.locator(OVERLAY)).to_contain_text(f"{BRIDGE}.md")
    for state in (preview.until(lambda state: len(state["problems"]) >= 2, path) for path in ("/", f"/news/{OPERA}/")):
        for problem in (it for it in state["problems"] if it["severity"] == "error" and it["hint"]):
            of(tabs[0].locator(OVERLAY)).to_contain_text(problem["hint"])
            assert preview.complains(f"hint: {re.escape(problem['hint'])}")


def test_a_new_record_that_is_broken_from_the_start_comes_when_it_is_mended(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address + "latest/")
    sign(tab)
    record = site.add("2024-05-04-eel", "Eel seen in the dock", topics=["Stage"], quality="many")
    of(tab.locator(OVERLAY)).to_contain_text("2024-05-04-eel.md")
    replaced(record, "quality: many", "quality: 1")
    of(tab.locator(OVERLAY)).to_be_hidden()
    of(tab.locator("main")).to_contain_text("Eel seen in the dock")


def test_what_a_broken_record_says_is_text_and_does_nothing(site, start, open_tab):
    hostile = '<img src=x onerror="document.title=1"></script><script>document.title=2</script>'
    preview = start(site)
    tab = open_tab(preview.address + f"news/{OPERA}/")
    title = tab.title()
    replaced(site.records / f"{OPERA}.md", "quality: 60", f"quality: '{hostile}'\nimages: {hostile!r}")
    of(tab.locator(OVERLAY)).to_contain_text(hostile)
    assert tab.locator(OVERLAY).locator("img, script").count() == 0
    assert tab.title() == title
    # The same, where the whole page is one of the preview's own.
    page = preview.get(f"/{quote(hostile)}", accept="text/html").body.decode()
    assert "<img src=x" not in page
    assert tab.complaints == []


def test_a_hostile_name_of_a_file_is_text_too(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address)
    site.write("records/<img src=x onerror=alert(1)>\x1b[31m.md", "---\ntitle: [\n---\n")
    of(tab.locator(OVERLAY)).to_contain_text("<img src=x onerror=alert(1)>")
    assert preview.complains("<img src=x onerror=alert")
    assert "\x1b" not in "".join(preview.stderr)
    assert tab.locator(OVERLAY).locator("img").count() == 0


# Templates and settings

STORY = '{% extends "default/story.html" %}\n{% block video %}\n'
TEMPLATES = {
    "a syntax error": ("story.html", STORY + "{% if %}\n", 3, "{% if %}"),
    "an unknown name": ("story.html", STORY + "{{ nothing_such }}\n{% endblock %}", 3, "{{ nothing_such }}"),
    "in a template that others include": ("_footer.html", "<p>\n{{ nothing_such }}</p>\n", 2, "{{ nothing_such }}"),
    "in one that is set into the head": ("_head.html", "\n\n\n{{ site.nothing_such }}\n", 4, "nothing_such"),
}


@pytest.mark.parametrize("broken", TEMPLATES)
def test_a_broken_template_is_shown_likewise(site, start, open_tab, broken):
    name, content, number, line = TEMPLATES[broken]
    preview = start(site)
    tab = open_tab(preview.address + f"news/{OPERA}/")
    sign(tab)
    template = site / "templates" / name
    before = template.read_bytes() if template.exists() else None
    save(template, content)
    assert_shown(tab, preview, f"templates/{name}:{number}:1", "", line)
    of(tab.locator("h1")).to_have_text(TITLE)
    assert TITLE in preview.text(f"/news/{OPERA}/")
    if before is None:
        template.unlink()
    else:
        save(template, before)
    of(tab.locator(OVERLAY)).to_be_hidden()
    assert preview.says("all errors are mended")
    assert is_same(tab)


def test_a_template_that_is_broken_is_told_also_on_pages_that_do_not_use_it(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address + "about/")
    save(site / "templates/story.html", '{% extends "default/story.html" %}{% block video %}{{ no }}{% endblock %}')
    of(tab.locator(OVERLAY)).to_contain_text("templates/story.html")
    (site / "templates/story.html").unlink()
    of(tab.locator(OVERLAY)).to_be_hidden()


def test_a_page_that_never_could_be_made_shows_the_error_and_comes_when_it_is_mended(site, start, open_tab):
    save(site / "templates/story.html", "{{ nothing_such }}\n")
    preview = start(site)
    tab = open_tab(preview.address + f"news/{OPERA}/")
    assert preview.get(f"/news/{OPERA}/").status == 500
    of(tab.locator(OVERLAY)).to_contain_text("templates/story.html:1")
    (site / "templates/story.html").unlink()
    of(tab.locator("h1")).to_have_text(TITLE)
    of(tab.locator(OVERLAY)).to_be_hidden()


@pytest.mark.parametrize("broken", ["title: [", "titel: The Pier\n", "theme:\n  accent: no colour\n"])
def test_broken_settings_leave_the_site_as_it_was(site, start, open_tab, broken):
    preview = start(site)
    tab = open_tab(preview.address)
    sign(tab)
    save(site / "broadsheet.yaml", broken)
    of(tab.locator(OVERLAY).locator(".place").first).to_contain_text("broadsheet.yaml:")
    assert preview.complains(r"broadsheet.yaml:\d+:\d+: error: ")
    of(tab.locator(".nameplate")).to_have_text("The Quay")
    assert is_same(tab)
    site.settings(title="The Pier")
    of(tab.locator(".nameplate")).to_have_text("The Pier")
    of(tab.locator(OVERLAY)).to_be_hidden()


# Sites that are broken from the start


@pytest.mark.parametrize("path", ["", f"news/{OPERA}/"])
def test_a_site_with_broken_settings_shows_the_error_and_comes_alive(site, start, open_tab, path):
    save(site / "broadsheet.yaml", "title: [")
    preview = start(site)
    answer = preview.get(f"/{path}", accept="text/html")
    assert answer.status == 500
    assert b"broadsheet.yaml:1:" in answer.body
    tab = open_tab(preview.address + path)
    of(tab.locator(OVERLAY)).to_contain_text("broadsheet.yaml:1:")
    site.settings(title="The Pier")
    of(tab.locator(".nameplate")).to_have_text("The Pier")
    of(tab.locator(OVERLAY)).to_be_hidden()


def test_a_folder_without_records_says_so_and_comes_alive_with_the_first(tmp_path, record, start, open_tab):
    site = Site(tmp_path / "site", record)
    site.folder.mkdir()
    preview = start(site)
    tab = open_tab(preview.address)
    of(tab.locator("h1")).to_contain_text("can not be made yet")
    site.add(OPERA, TITLE, topics=["Stage"])
    of(tab.locator("main")).to_contain_text(TITLE)


# Pages that are not there


def test_a_page_that_is_not_there_shows_what_is_near_by(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address + "news/2024-05-03-oprea/")
    of(tab.locator(OVERLAY)).to_contain_text("No page of the site is at /news/2024-05-03-oprea/")
    of(tab.locator("h1")).to_have_text("This page is not here")
    tab.locator(OVERLAY).get_by_role("link", name=TITLE).click()
    of(tab).to_have_url(preview.address + f"news/{OPERA}/")
    of(tab.locator("h1")).to_have_text(TITLE)
    of(tab.locator(OVERLAY)).to_be_hidden()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"draft": True}, "is a draft"),
        ({"publishedDateTime": "2024-06-01T08:00:00Z"}, "is scheduled for"),
        ({"removed": True}, "says `removed: true`"),
    ],
)
def test_a_page_that_is_held_back_says_why(site, start, open_tab, fields, reason):
    site.add("2024-05-04-eel", "Eel seen in the dock", topics=["Stage"], **fields)
    tab = open_tab(start(site).address + "news/2024-05-04-eel/")
    of(tab.locator(OVERLAY)).to_contain_text(f"2024-05-04-eel.md {reason}")
    site.add("2024-05-04-eel", "Eel seen in the dock", topics=["Stage"])
    of(tab.locator("h1")).to_have_text("Eel seen in the dock")
