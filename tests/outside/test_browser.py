"""The pages in a real browser, on a phone and on a desktop."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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
        page.on("console", lambda message: complaints.append(message.text))
        page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
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
