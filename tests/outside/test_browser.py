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


def test_the_theme_and_its_typeface_are_used_under_the_content_security_policy(open_page):
    page, _ = open_page("", 1280)
    page.evaluate("document.fonts.ready")
    assert page.evaluate("[...document.fonts].some(font => font.status === 'loaded')")
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("Newsreader")


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
    assert page.locator(".row").count() > 3


def test_a_folded_member_leads_to_its_story(open_page):
    page, _ = open_page(STORY, 1280)
    member = page.locator("a.permalink").first
    member.click()
    page.wait_for_url("**/" + STORY + "#item-*")
    assert page.locator(":target").is_visible()
