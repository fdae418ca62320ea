"""The search page in a real browser: what it finds, what it does not, and what it does with what it is asked."""

import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from complaints import hear, hear_of_requests

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

# What is left of it for readers is text that would be HTML if anybody took it for that.
HOSTILE = "<svg/onload=window.ran=1> &amp;amp;lt;mark&amp;amp;gt;Zeppelin <img/src/onerror=window.ran=1> a &amp; b"
SETTINGS: dict[str, Any] = {"title": "The Daily Tram", "search": True}


@pytest.fixture
def site(tmp_path: Path, record) -> Path:
    """A site with stories of three topics, two years and several sources."""
    folder = tmp_path / "site"
    news = folder / "_news"

    def add(name: str, title: str, **fields: Any) -> None:
        provider = {"name": "Harbour Post", "domain": "post.example.org"}
        record(
            news, f"{name}.md", **{"title": title, "provider": provider, "webUrl": f"https://x.org/{name}", **fields}
        )

    outside = {
        "title": "Ferry strike reported abroad",
        "excerpt": "Outsideword",
        "publishedDateTime": "2024-05-02T10:00:00Z",
        "webUrl": "https://abroad.example.net/ferry",
        "provider": {"name": "Abroad Gazette", "domain": "abroad.example.net"},
    }
    unrelated = {
        "title": "Volcano museum relatedword",
        "publishedDateTime": "2024-05-02T11:00:00Z",
        "webUrl": "https://volcano.example.net/museum",
        "provider": {"name": "Volcano Voice", "domain": "volcano.example.net"},
    }
    strike = {"title": "Ferry strike goes on", "publishedDateTime": "2024-05-02T08:00:00Z", "topics": ["Boats"]}
    add("strike", **strike, excerpt="Talks about pay broke down.", related=[outside, unrelated], quality=90)
    add(
        "bridge",
        "Harbour bridge opens",
        excerpt="After the strike of the builders, quicksilver weather helped.",
        topics=["Roads"],
        publishedDateTime="2023-04-01T08:00:00Z",
        provider={"name": "City & Sons", "domain": "city.example.org"},
        body="The body says *marmalade*.\n",
    )
    add("opera", "Opera roof mended", topics=["Arts"], publishedDateTime="2024-01-01T08:00:00Z")
    add("caf\u00e9 one", HOSTILE, excerpt=f"Hostile {HOSTILE} text", topics=["Arts"])
    for number in range(25):
        day = f"2024-03-{number + 1:02}"
        add(f"many{number:02}", f"Number {number} lantern", topics=["Lights"], publishedDateTime=f"{day}T08:00:00Z")
    write_settings(folder)
    return folder


def write_settings(folder: Path, **settings: Any) -> None:
    (folder / "broadsheet.yaml").write_text(yaml.safe_dump({**SETTINGS, **settings}))


@pytest.fixture
def visit(browser: "Browser", build, serve) -> Iterator[Callable[..., "Page"]]:
    """Build a site, and open an address of it; the page's `complaints` are all that the browser has to say."""
    contexts = []

    def run(site: Path, path: str = "search/", *, script: bool = True, width: int = 800, base: str = "") -> "Page":
        served = site / "served"
        build(site, served / base, *(["--base-url", f"https://x.org/{base}"] if base else []))
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        contexts.append(context)
        context.complaints = []
        page = context.new_page()
        hear(page, context.complaints)
        hear_of_requests(page, context.complaints)
        context.address = serve(served)
        page.goto(context.address + base + path, wait_until="load")
        return page

    yield run
    for context in contexts:
        assert context.complaints == []
        context.close()


def found(page: "Page", expected: list[str]) -> None:
    from playwright.sync_api import expect

    expect(page.locator(".search-list .row-title")).to_have_text(expected)


def status(page: "Page", text: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator(".search-status")).to_have_text(text)


def asked(page: "Page", words: str) -> None:
    page.fill("input[name=q]", words)
    page.press("input[name=q]", "Enter")


FOUND = {
    "opera": ["Opera roof mended"],
    "quicksilver": ["Harbour bridge opens"],
    "marmalade": ["Harbour bridge opens"],
    "gazette": ["Ferry strike goes on"],
    "roads sons": ["Harbour bridge opens"],
    "strike": ["Ferry strike goes on", "Harbour bridge opens"],
    "opera roads": [],
    "volcano": [],
    "relatedword": [],
    "outsideword": [],
}


def test_stories_are_found_by_what_they_say_and_by_nothing_that_they_only_lead_to(visit, site):
    page = visit(site)
    for words, expected in FOUND.items():
        asked(page, words)
        found(page, expected)
        status(page, f"Results: {len(expected)}" if expected else "Nothing was found. Fewer or other words may help.")
        assert page.locator(".search-browse").is_visible() == (not expected)


def test_what_is_typed_while_the_index_is_on_its_way_is_not_lost(visit, site):
    page = visit(site)
    page.wait_for_function("() => document.querySelector('[name=year]').options.length > 1")
    waiting = []

    def hold(route: Any) -> None:
        waiting.append(route)

    page.route("**/pagefind/pagefind-entry.json*", hold)
    with page.expect_request("**/pagefind/pagefind-entry.json*"):
        page.goto(page.url + "?year=2024")
    asked(page, "opera")
    status(page, "Searching \u2026")
    assert page.url.endswith("?q=opera&year=2024")
    waiting[0].continue_()
    found(page, ["Opera roof mended"])
    assert page.input_value("[name=year]") == "2024"


def test_a_result_leads_to_its_story_and_says_who_reported_it_and_when(visit, site):
    page = visit(site, "search/?q=quicksilver")
    found(page, ["Harbour bridge opens"])
    row = page.locator(".search-list .row")
    assert row.locator("mark").all_text_contents() == ["quicksilver"]
    assert row.locator(".row-summary").text_content().startswith("After the strike of the builders, quicksilver")
    assert row.locator(".provider").text_content() == "City & Sons"
    assert row.locator("time").text_content() == "1 April 2023"
    assert row.locator("time").get_attribute("datetime") == "2023-04-01"
    row.locator("a").click()
    page.wait_for_url("**/news/bridge/")
    assert page.locator("h1").text_content() == "Harbour bridge opens"
    page.go_back()
    found(page, ["Harbour bridge opens"])


def test_filters_narrow_what_is_found_and_say_what_each_choice_would_give(visit, site):
    page = visit(site)
    status(page, "")
    options = page.locator("select[name=source] option")
    page.wait_for_function("() => document.querySelector('select[name=source]').options.length > 1")
    assert options.all_text_contents() == ["All sources", "Abroad Gazette (1)", "City & Sons (1)", "Harbour Post (28)"]
    asked(page, "strike")
    found(page, ["Ferry strike goes on", "Harbour bridge opens"])
    page.select_option("[name=topic]", "Roads")
    found(page, ["Harbour bridge opens"])
    page.select_option("[name=topic]", "")
    page.select_option("[name=source]", "Abroad Gazette")
    found(page, ["Ferry strike goes on"])
    years = page.locator("select[name=year] option")
    assert years.all_text_contents() == ["All years", "2024 (1)", "2023 (0)"]
    page.select_option("[name=source]", "City & Sons")
    page.select_option("[name=year]", "2024")
    status(page, "Nothing was found. Fewer or other words may help.")
    assert options.all_text_contents() == ["All sources", "Abroad Gazette (1)", "City & Sons (0)", "Harbour Post (1)"]


def test_without_words_filters_list_stories_newest_first_and_words_can_be_sorted_too(visit, site):
    page = visit(site, "search/?topic=Arts")
    found(page, [display(HOSTILE), "Opera roof mended"])
    page.goto(page.url.partition("?")[0] + "?q=strike&sort=newest")
    found(page, ["Ferry strike goes on", "Harbour bridge opens"])
    page.goto(page.url.partition("?")[0] + "?q=lantern&sort=newest")
    found(page, [f"Number {number} lantern" for number in range(24, 14, -1)])


def display(raw: str) -> str:
    from broadsheet.text import display_text

    return display_text(raw)


def test_the_address_says_what_is_asked_and_back_and_forward_lead_through_it(visit, site):
    page = visit(site)
    asked(page, "strike")
    found(page, ["Ferry strike goes on", "Harbour bridge opens"])
    page.select_option("[name=year]", "2023")
    found(page, ["Harbour bridge opens"])
    assert page.url.endswith("/search/?q=strike&year=2023")
    page.go_back()
    found(page, ["Ferry strike goes on", "Harbour bridge opens"])
    assert page.input_value("[name=year]") == ""
    page.go_back()
    found(page, [])
    assert page.input_value("[name=q]") == ""
    assert page.url.endswith("/search/")
    assert page.locator(".search-browse").is_visible()
    page.go_forward()
    status(page, "Results: 2")
    page.go_forward()
    found(page, ["Harbour bridge opens"])
    status(page, "Results: 1")
    page.reload()
    found(page, ["Harbour bridge opens"])


def test_results_come_while_somebody_types_and_one_step_back_leads_to_what_was_before(visit, site):
    page = visit(site, "search/?q=opera")
    found(page, ["Opera roof mended"])
    page.locator("[name=q]").select_text()
    page.locator("[name=q]").press_sequentially("quicks", delay=20)
    found(page, ["Harbour bridge opens"])
    page.locator("[name=q]").press_sequentially("ilver", delay=20)
    page.wait_for_url("**/search/?q=quicksilver")
    page.go_back()
    found(page, ["Opera roof mended"])


def test_more_results_come_on_demand_by_the_keyboard(visit, site):
    page = visit(site, "search/?q=lantern")
    status(page, "Results: 25")
    rows = page.locator(".search-list > li")
    assert rows.count() == 10
    page.focus(".search-more")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.search-list > li').length === 20")
    assert page.evaluate("document.activeElement === document.querySelectorAll('.search-list a')[10]")
    page.focus(".search-more")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.search-list > li').length === 25")
    assert not page.locator(".search-more").is_visible()


def test_everything_can_be_reached_by_the_keyboard_in_order(visit, site):
    page = visit(site, "search/?q=lantern")
    status(page, "Results: 25")
    page.focus("[name=q]")
    reached = []
    for _ in range(6):
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.tagName"))
        page.keyboard.press("Tab")
    assert reached == ["q", "BUTTON", "topic", "source", "year", "sort"]
    assert page.evaluate("document.activeElement.closest('.search-list') !== null")


def test_a_hostile_title_and_excerpt_are_only_text(visit, site):
    page = visit(site, "search/?q=zeppelin")
    found(page, [display(HOSTILE)])
    assert "<svg/onload=window.ran=1>" in display(HOSTILE)
    summary = page.locator(".search-list .row-summary")
    # Pagefind does not tell a character from its name where it cuts an excerpt.
    assert summary.text_content() == html.unescape(display(f"Hostile {HOSTILE} text"))
    assert summary.locator(":scope > *:not(mark)").count() == 0
    assert page.locator(".search-list :is(img, script)").count() == 0
    assert page.evaluate("window.ran") is None
    assert page.locator(".search-list a").get_attribute("href") == "/news/caf%C3%A9-one/"


def test_nothing_above_the_results_moves_when_they_come(visit, site):
    page = visit(site)
    before = page.locator("form.search").bounding_box()
    asked(page, "lantern")
    status(page, "Results: 25")
    assert page.locator("form.search").bounding_box() == before
    page.select_option("[name=topic]", "Lights")
    status(page, "Results: 25")
    assert page.locator("form.search").bounding_box() == before


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_fits_its_window(visit, site, width):
    page = visit(site, "search/?q=lantern", width=width)
    status(page, "Results: 25")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_search_works_below_a_path(visit, site):
    page = visit(site, "search/?q=opera", base="deep/er/")
    found(page, ["Opera roof mended"])
    page.locator(".search-list a").click()
    page.wait_for_url("**/deep/er/news/opera/")


def test_only_files_of_the_site_are_asked_for_and_no_worker_runs(visit, site):
    page = visit(site, "search/?q=strike")
    status(page, "Results: 2")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.reload()
    asked(page, "opera")
    found(page, ["Opera roof mended"])
    assert {url.partition("/search/")[0] for url in requests if "/search/" in url} == {page.context.address.rstrip("/")}
    assert all(url.startswith(page.context.address) for url in requests)
    assert page.workers == []


def test_without_javascript_the_page_says_how_to_browse(visit, site):
    page = visit(site, script=False)
    assert not page.locator("form.search").is_visible()
    assert "needs JavaScript" in page.locator("noscript").text_content()
    links = page.locator(".search-browse a")
    assert [link.get_attribute("href") for link in links.all()] == ["/latest/", "/topics/", "/sources/", "/archive/"]
    write_settings(site, pages={"latest": False, "sources": False, "archive": False})
    page = visit(site, script=False)
    assert [link.get_attribute("href") for link in page.locator(".search-browse a").all()] == ["/topics/"]


def test_when_the_index_is_not_there_the_page_says_so_and_leads_elsewhere(visit, site):
    page = visit(site)
    (site / "served/pagefind/pagefind-entry.json").unlink()
    page.goto(page.url + "?q=opera")
    status(page, "The search can not be loaded.")
    assert page.locator(".search-browse").is_visible()
    assert page.context.complaints
    page.context.complaints.clear()


def test_a_right_to_left_site_is_searched_in_its_own_script(visit, site, record):
    record(
        site / "_news",
        "hebrew.md",
        title="\u05d2\u05e9\u05e8 \u05d4\u05e0\u05de\u05dc \u05e0\u05e4\u05ea\u05d7",
        topics=["Arts"],
    )
    write_settings(site, language="he")
    page = visit(site, "search/?q=\u05d4\u05e0\u05de\u05dc")
    found(page, ["\u05d2\u05e9\u05e8 \u05d4\u05e0\u05de\u05dc \u05e0\u05e4\u05ea\u05d7"])
    words, button = page.locator("[name=q]").bounding_box(), page.locator("form.search button").bounding_box()
    assert button["x"] < words["x"]


def test_two_builds_give_the_same_answers(visit, site):
    queries = ["strike", "lantern", "harbour", "2024", "o", "post"]
    script = """async (queries) => {
        const pagefind = await import('/pagefind/pagefind.js');
        const {search, filters} = pagefind.createInstance({noWorker: true});
        const answers = {};
        for (const words of [...queries, null]) for (const sort of [{}, {date: 'desc'}]) {
            const {results} = await search(words, {filters: words ? {} : {year: '2024'}, sort});
            const data = await Promise.all(results.map(result => result.data()));
            answers[words + JSON.stringify(sort)] = data.map(({url, excerpt}, n) => [url, excerpt, results[n].score]);
        }
        return JSON.stringify([answers, await filters()]);
    }"""
    first = visit(site).evaluate(script, queries)
    (site / "served/pagefind/pagefind.js").unlink()
    assert visit(site).evaluate(script, queries) == first
    answers, filters = json.loads(first)
    assert all(answers.values())
    assert filters["year"] == {"2023": 1, "2024": 28}
