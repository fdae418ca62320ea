"""The pages in a real browser, on a phone and on a desktop."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from complaints import hear, hear_of_requests

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

PAGES = ["", "latest/", "topics/", "sources/", "archive/", "archive/2020/06/", "topics/security/", "404.html"]
STORY = "news/2020-05-19-microsoft-tailors-a-cloud-for-healthcare/"


@pytest.fixture
def open_page(browser: "Browser", tmp_path, build, serve) -> Iterator:
    address = serve(build(ROOT / "site", tmp_path / "out"))
    contexts = []

    def run(path: str, width: int, *, script: bool = True) -> tuple["Page", list[str]]:
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        contexts.append(context)
        page, complaints = context.new_page(), []
        hear(page, complaints)
        hear_of_requests(page, complaints)
        page.goto(address + path, wait_until="load")
        return page, complaints

    yield run
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("path", [*PAGES, STORY])
def test_a_page_fits_its_window_and_the_browser_has_no_complaint(open_page, path, width):
    page, complaints = open_page(path, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []


@pytest.fixture
def open_awkward_page(browser, tmp_path, record, build, serve) -> Iterator:
    """Open a page of a site whose names, titles and texts are longer than anything has room for."""
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    for day in range(1, 7):
        record(
            tmp_path / "site/_news",
            f"2024-05-0{day}-story.md",
            body=f"{word}\n\n```\n{'code ' * 60}\n```\n",
            title=f"{day} {word}" if day % 2 else f"{'A title that does not end ' * 8}{day}",
            publishedDateTime=f"2024-05-0{day}T08:00:00Z",
            webUrl=f"https://example.org/{day}",
            excerpt="https://example.org/without/any/blank" * 5,
            topics=[word, "Transport"],
            provider={"name": word, "domain": "example.org"},
            related=[
                {"title": f"{day} {word} again {number}", "webUrl": f"https://example.net/{day}/{number}"}
                for number in range(3)
            ],
        )
    (tmp_path / "site/pages").mkdir()
    (tmp_path / "site/pages/about.md").write_text(f"# About {word}\n", encoding="utf-8")
    (tmp_path / "site/broadsheet.yaml").write_text(
        "title: The Extraordinarily Long-Winded Gazette of Everything That Happens on Our River\nsearch: true\n"
    )
    address = serve(build(tmp_path / "site", tmp_path / "out"))
    context = browser.new_context(viewport={"width": 320, "height": 700})

    def run(path: str, width: int, size: str) -> "Page":
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(address + path, wait_until="load")
        page.evaluate("size => { document.documentElement.dataset.size = size }", size)
        return page

    yield run
    context.close()


@pytest.mark.parametrize(("width", "size"), [(320, "normal"), (320, "large"), (768, "normal"), (1280, "large")])
def test_words_longer_than_any_line_break_instead_of_the_page(open_awkward_page, width, size):
    lists = ["", "latest/", "topics/", "topics/transport/", "sources/", "sources/example.org/"]
    for path in [*lists, "archive/2024/", "search/", "about/", "404.html", "news/2024-05-05-story/"]:
        page = open_awkward_page(path, width, size)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.close()


def test_a_calendar_of_large_text_stays_between_the_margins_of_a_small_phone(open_awkward_page):
    page = open_awkward_page("archive/2024/", 320, "large")
    room, month = page.locator(".calendars").bounding_box(), page.locator(".month").bounding_box()
    assert month["width"] <= room["width"]


@pytest.mark.parametrize("size", ["normal", "large"])
def test_a_long_name_of_the_site_leaves_the_links_beside_it_alone(open_awkward_page, size):
    page = open_awkward_page("", 320, size)
    name, search = page.locator(".nameplate a").bounding_box(), page.locator(".search-link").bounding_box()
    assert name["x"] + name["width"] <= search["x"]
    assert page.locator(".search-link").evaluate("e => e.getClientRects().length") == 1
    assert search["height"] < 50


def test_no_code_in_a_text_has_to_be_scrolled_sideways(open_awkward_page):
    page = open_awkward_page("news/2024-05-05-story/", 320, "normal")
    assert page.locator(".body pre").evaluate("e => e.scrollWidth <= e.clientWidth")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_title_that_runs_the_other_way_stands_above_its_own_byline(browser, tmp_path, record, build, serve, language):
    side = "left" if language == "en" else "right"
    title = "افتتاح جسر الميناء" if language == "en" else "A bridge opens"
    record(tmp_path / "site/_news", title=title)
    (tmp_path / "site/broadsheet.yaml").write_text(f"language: {language}\n")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(serve(build(tmp_path / "site", tmp_path / "out")) + "latest/")
    edges = f"element => element.getBoundingClientRect().{side}"
    assert abs(page.locator(".headline a").evaluate(edges) - page.locator("main h1").evaluate(edges)) < 2
    page.close()


def test_a_lead_of_words_alone_leaves_no_hole_beside_the_next_stories(open_awkward_page):
    page = open_awkward_page("", 1280, "normal")
    lead, seconds = page.locator(".lead").bounding_box(), page.locator(".seconds").bounding_box()
    assert lead["width"] == seconds["width"]
    assert lead["y"] + lead["height"] <= seconds["y"]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_paper_is_light_whatever_look_the_reader_chose(open_page, look):
    page, _ = open_page("", 1280)
    page.emulate_media(media="print")
    printed = page.evaluate("getComputedStyle(document.body).color")
    page.evaluate("look => { document.documentElement.dataset.look = look }", look)
    assert page.evaluate("getComputedStyle(document.body).color") == printed


def test_the_theme_is_used_under_the_content_security_policy_and_asks_for_no_typeface(open_page):
    page, complaints = open_page("", 1280)
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.size") == 0
    wanted = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--text-font').trim()")
    assert wanted
    assert page.evaluate("getComputedStyle(document.body).fontFamily") == wanted
    assert complaints == []


def test_the_one_script_within_a_page_runs_before_the_first_paint(open_page):
    page, complaints = open_page("", 1280)
    # What is still on its way would fail when the page is left.
    page.wait_for_load_state("networkidle")
    page.evaluate("localStorage.setItem('broadsheet', JSON.stringify({look: 'dark', size: 'large'}))")
    # Without the reader's script, which comes later and would set the same.
    page.route("**/theme/broadsheet.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload()
    assert page.evaluate("({...document.documentElement.dataset})") == {"root": "/", "look": "dark", "size": "large"}
    assert complaints == []


def test_a_script_in_a_page_would_not_run(open_page):
    page, complaints = open_page("", 1280)
    page.evaluate(
        "() => { const it = document.createElement('script'); it.textContent = 'window.ran = 1';"
        " document.head.append(it) }"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in complaints)


def test_everything_can_be_read_without_javascript(open_page):
    page, _ = open_page(STORY, 390, script=False)
    assert page.locator("h1").is_visible()
    assert page.locator(".timeline .report").count() > 3
    assert all(report.is_visible() for report in page.locator(".timeline .report a").all())


def test_a_folded_member_leads_to_its_story(open_page):
    page, _ = open_page("latest/", 1280)
    card = page.locator(".card:has(.also a.permalink)").first
    story = card.locator(".headline a").get_attribute("href")
    card.locator(".also a.permalink").first.click()
    page.wait_for_url(f"**{story}#item-*")
    assert page.locator(".timeline .report:target").is_visible()
