"""The reader's script in a browser: keys, preferences, what is hidden, what is new, videos; and life without it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from complaints import hear

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

pytestmark = pytest.mark.slow

ROOT = "/daily/"
VIDEO = "news/2024-05-03-film/"
STORY = "news/2024-05-06-bridge/"
# A browser that keeps nothing: in some, even to look at the storage is an error.
SHUT = """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError") } })"""


def of(locator: Any) -> Any:
    """What is expected of a locator or page, once it is so."""
    # Part of what `make test-all` installs only.
    from playwright.sync_api import expect

    return expect(locator)


class Site:
    """A site that is served below a path, and can be built again with other records."""

    def __init__(self, folder: Path, record: Callable[..., Path], build: Callable[..., Path]) -> None:
        self._folder, self._record, self._build = folder, record, build
        self.served = folder / "served"
        self.address = ""

    def write(self, name: str, **fields: Any) -> None:
        self._record(self._folder / "site/_news", f"{name}.md", **fields)

    def build(self) -> None:
        output = self.served / ROOT.strip("/")
        self._build(self._folder / "site", output, "--base-url", f"https://paper.example.org{ROOT}")


@pytest.fixture
def site(tmp_path, record, build, serve) -> Site:
    site = Site(tmp_path, record, build)
    for day, name, title, topic, domain in (
        (1, "goalkeeper", "A goalkeeper retires from the harbour club", "Sport", "gull.example.org"),
        (2, "lock", "Thieves learn to open a popular lock", "Security", "tide.example.org"),
        (3, "film", "A film shows how ferries are painted", "Culture", "tide.example.org"),
        (4, "password", "The town hall forgets every password", "Security", "gull.example.org"),
        (5, "museum", "Museum of nets opens its cellar", "Culture", "gull.example.org"),
        (6, "bridge", "Harbour bridge opens after three years", "Transport", "gull.example.org"),
    ):
        site.write(
            f"2024-05-0{day}-{name}",
            title=title,
            topics=[topic],
            webUrl=f"https://{domain}/{name}",
            provider={"name": domain.partition(".")[0].title(), "domain": domain},
            publishedDateTime=f"2024-05-0{day}T08:00:00Z",
            featuredContent='<iframe src="https://www.youtube.com/embed/AbCdEfGhIjK"></iframe>' if day == 3 else None,
            related=[
                {
                    "title": f"Reporter {number} walks over a very new bridge",
                    "publishedDateTime": "2024-05-06T10:00:00Z",
                    "webUrl": f"https://walk{number}.example.org/over",
                }
                for number in (1, 2, 3)
            ]
            if day == 6
            else None,
        )
    (tmp_path / "site/broadsheet.yaml").write_text("images: none\n")
    site.build()
    site.address = serve(site.served) + ROOT.strip("/") + "/"
    return site


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains about, and the addresses of all that is asked of another host."""
    return []


@pytest.fixture
def open_page(site, context, complaints) -> Iterator[Callable[..., "Page"]]:
    """Open a page of the site; a complaint is an error in the end."""

    def watch(request: "Request") -> None:
        if not request.url.startswith(site.address):
            complaints.append(request.url)

    context.on("page", lambda page: hear(page, complaints))
    context.on("request", watch)

    def run(path: str = "") -> "Page":
        page = context.new_page()
        page.goto(site.address + path)
        return page

    yield run
    assert complaints == []


def focused(page: "Page") -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


def kept(page: "Page", key: str) -> Any:
    return page.evaluate("key => JSON.parse(localStorage.getItem(key))", key)


def keep(page: "Page", **values: str) -> None:
    """Write into what the browser keeps, `site` for this one, from a page that has no script."""
    empty = urljoin(page.url, f"{ROOT}empty.html")
    body = '<!doctype html><link rel="icon" href="data:,">'
    page.route(empty, lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(empty)
    for key, value in values.items():
        name = f"broadsheet {ROOT}" if key == "site" else key
        page.evaluate("([name, value]) => localStorage.setItem(name, value)", [name, value])


def tab_to(page: "Page", name: str) -> None:
    """Move the focus to what is called `name`, by the keyboard."""
    target = page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("radio", name=name, exact=True))
    target = target.or_(page.get_by_role("checkbox", name=name, exact=True)).first
    of(target).to_be_visible()
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name} is not reached")


def press(page: "Page", name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Space")


def titles(page: "Page") -> list[str]:
    return page.locator("main article h3:visible").all_inner_texts()


def shown(page: "Page") -> list[str]:
    """The words that headlines are known by, of the cards that can be seen."""
    return sorted(link.evaluate("a => a.pathname.slice(23, -1)") for link in page.locator("main h3 a:visible").all())


# Keys


def test_j_and_k_walk_through_the_stories_and_o_opens_one(open_page):
    page = open_page("latest/")
    names = titles(page)
    page.keyboard.press("j")
    assert focused(page) == names[0]
    for _ in names[1:]:
        page.keyboard.press("j")
    assert focused(page) == names[-1]
    of(page.locator(":focus")).to_be_in_viewport()
    page.keyboard.press("j")
    assert focused(page) == names[-1]
    page.keyboard.press("k")
    assert focused(page) == names[-2]
    page.keyboard.press("o")
    of(page.locator("h1")).to_have_text(names[-2])


def test_j_begins_with_the_first_story_on_the_screen(open_page):
    page = open_page("latest/")
    page.evaluate("document.querySelectorAll('main article')[2].scrollIntoView({ behavior: 'instant' })")
    page.keyboard.press("j")
    assert focused(page) == titles(page)[2]


def test_enter_opens_the_story_that_has_the_focus(open_page):
    page = open_page()
    page.keyboard.press("j")
    name = focused(page)
    page.keyboard.press("Enter")
    of(page.locator("h1")).to_have_text(name)


def test_on_the_page_of_a_story_the_keys_walk_through_its_coverage(open_page):
    page = open_page(STORY)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert focused(page) == page.locator(".row-title a").nth(1).inner_text()


def test_keys_are_left_alone_while_something_is_typed_or_a_modifier_is_held(open_page):
    page = open_page("latest/")
    for key in ("Control+j", "Alt+j", "Meta+j"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement === document.body")
    page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    page.locator("textarea").focus()
    page.keyboard.type("jko/?")
    assert page.locator("textarea").input_value() == "jko/?"
    assert page.locator("dialog").count() == 0


def test_letters_work_where_the_keyboard_has_another_script(open_page):
    page = open_page("latest/")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '\\u043e', code: 'KeyJ', bubbles: true }))"
    )
    assert focused(page) == titles(page)[0]


def test_a_slash_goes_to_the_search_if_there_is_one(open_page):
    page = open_page()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement === document.body")
    page.evaluate(
        "for (const hidden of [true, false]) document.querySelector('.masthead').append("
        "Object.assign(document.createElement('input'), { type: 'search', hidden }))"
    )
    page.keyboard.press("/")
    of(page.locator("input[type=search]").nth(1)).to_be_focused()
    assert page.locator("input[type=search]").nth(1).input_value() == ""


def test_a_question_mark_shows_the_keys_and_escape_goes_back(open_page):
    page = open_page("latest/")
    page.keyboard.press("j")
    name = focused(page)
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").locator("kbd").all_inner_texts() == ["j", "k", "o", "/", "?"]
    page.keyboard.press("k")
    page.keyboard.press("?")
    of(page.locator("dialog")).to_have_count(1)
    page.keyboard.press("Escape")
    of(page.locator("dialog")).to_have_count(0)
    assert focused(page) == name


def test_keys_can_be_turned_off_and_on_again(open_page):
    page = open_page("latest/")
    for is_on in (False, True):
        press(page, "Reading preferences")
        press(page, "Single keys move and open")
        page.keyboard.press("Escape")
        page.reload()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement !== document.body") is is_on
        assert kept(page, "broadsheet") == ({} if is_on else {"keys": False})


# Preferences


def test_look_and_size_are_kept_and_there_before_the_page_is_painted(open_page, context):
    page = open_page()
    height = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    usual = page.evaluate(height)
    press(page, "Reading preferences")
    tab_to(page, "As the system")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    tab_to(page, "Normal")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert kept(page, "broadsheet") == {"look": "dark", "size": "large"}
    assert page.evaluate(height) > usual

    # With the deferred script out of the way, what is there comes from the early one, which stands before the styles.
    context.route("**/broadsheet.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload()
    assert page.evaluate("({ ...document.documentElement.dataset })") == {"root": ROOT, "look": "dark", "size": "large"}
    assert page.evaluate(
        "document.querySelector('head > script:not([src], [type])')"
        ".compareDocumentPosition(document.querySelector('link[rel=stylesheet]')) & Node.DOCUMENT_POSITION_FOLLOWING"
    )


def test_what_is_usual_is_not_kept(open_page):
    page = open_page()
    keep(page, broadsheet='{"look": "dark", "size": "small"}')
    page.go_back()
    press(page, "Reading preferences")
    tab_to(page, "Dark")
    page.keyboard.press("ArrowRight")
    tab_to(page, "Small")
    page.keyboard.press("ArrowRight")
    assert kept(page, "broadsheet") == {}
    assert page.evaluate("({ ...document.documentElement.dataset })") == {"root": ROOT}


def test_the_button_for_preferences_moves_nothing(open_page, context):
    place = (
        "JSON.stringify([...document.querySelectorAll('header *, main *')]"
        ".filter(it => !it.matches('.tools, .tools *, .new-line, .hidden-line *, .hidden-line'))"
        ".map(it => it.getBoundingClientRect()))"
    )
    page = open_page()
    of(page.get_by_role("button", name="Reading preferences")).to_be_visible()
    with_script = page.evaluate(place)
    context.route("**/broadsheet.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    assert open_page().evaluate(place) == with_script


def test_other_tabs_follow(open_page):
    first, second = open_page("latest/"), open_page("topics/security/")
    press(second, "Hide this topic")
    of(first.get_by_text("Hidden stories: 2")).to_be_visible()
    press(second, "Reading preferences")
    tab_to(second, "As the system")
    second.keyboard.press("ArrowRight")
    of(first.locator("html")).to_have_attribute("data-look", "light")


# Hidden topics and sources


def test_a_hidden_topic_is_gone_from_the_lists_but_not_from_its_own(open_page):
    page = open_page("topics/security/")
    press(page, "Hide this topic")
    of(page.get_by_role("button", name="Show this topic again")).to_be_focused()
    page.reload()
    assert shown(page) == ["lock", "password"]
    page.goto(page.url.replace("topics/security/", "latest/"))
    assert shown(page) == ["bridge", "film", "goalkeeper", "museum"]
    of(page.get_by_text("Hidden stories: 2")).to_be_visible()


def test_a_section_without_a_story_to_show_is_hidden_too(open_page):
    page = open_page("topics/security/")
    press(page, "Hide this topic")
    front = open_page()
    of(front.get_by_role("heading", name="Culture")).to_be_visible()
    of(front.get_by_role("heading", name="Security")).to_be_hidden()
    assert shown(front) == ["bridge", "film", "goalkeeper", "museum"]


def test_a_hidden_source_is_gone_from_the_lists(open_page):
    press(open_page("sources/tide.example.org/"), "Hide this source")
    assert shown(open_page("latest/")) == ["bridge", "goalkeeper", "museum", "password"]
    assert shown(open_page("topics/security/")) == ["password"]
    assert shown(open_page("sources/tide.example.org/")) == ["film", "lock"]


def test_what_is_hidden_can_be_looked_at_for_once(open_page):
    press(open_page("topics/security/"), "Hide this topic")
    page = open_page("latest/")
    press(page, "Show them")
    of(page.get_by_role("button", name="Hide them again")).to_be_focused()
    assert "lock" in shown(page)
    press(page, "Hide them again")
    assert "lock" not in shown(page)
    press(page, "Show them")
    page.reload()
    assert "lock" not in shown(page)


def test_what_is_hidden_can_be_taken_back_where_it_was_hidden_or_in_the_preferences(open_page):
    press(open_page("topics/security/"), "Hide this topic")
    source = open_page("sources/tide.example.org/")
    press(source, "Hide this source")
    press(source, "Show this source again")
    page = open_page("latest/")
    press(page, "Reading preferences")
    press(page, "Show again: Security")
    of(page.get_by_role("group", name="Hidden topics and sources")).to_be_hidden()
    of(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Space")
    of(page.locator("dialog")).to_have_count(0)
    assert len(shown(page)) == 6
    of(page.get_by_text("Hidden stories")).to_be_hidden()
    assert kept(page, f"broadsheet {ROOT}")["hidden"] == {}


def test_keys_pass_over_hidden_stories(open_page):
    press(open_page("topics/security/"), "Hide this topic")
    page = open_page("latest/")
    visited = set()
    for _ in range(6):
        page.keyboard.press("j")
        visited.add(focused(page))
    assert visited == set(titles(page))
    assert len(visited) == 4


# What is new


NEWEST = "Night tram gets a second driver"


def news(site: Site) -> None:
    """Build the site again, with two stories more, one of them older than what was there."""
    site.write(
        "2024-05-07-tram",
        title=NEWEST,
        webUrl="https://gull.example.org/tram",
        publishedDateTime="2024-05-07T08:00:00Z",
        topics=["Transport"],
    )
    site.write(
        "2024-05-05-choir",
        title="Choir sings below water",
        webUrl="https://gull.example.org/choir",
        publishedDateTime="2024-05-05T09:00:00Z",
        topics=["Culture"],
    )
    site.build()


@pytest.fixture
def visit(open_page, context) -> Callable[..., "Page"]:
    """Open a page at a time of the 1st of January; what was open before is closed."""

    def run(time: str, path: str = "") -> "Page":
        for page in context.pages:
            page.close()
        context.clock.set_fixed_time(f"2026-01-01T{time}:00Z")
        return open_page(path)

    return run


def test_nothing_is_new_on_the_first_visit(visit):
    page = visit("08:00")
    of(page.locator("main article").first).to_be_visible()
    assert page.locator(".new").count() == 0
    assert page.get_by_text("New since").count() == 0


def test_new_is_what_is_later_than_the_newest_that_the_last_visit_saw(site, visit):
    visit("08:00")
    news(site)
    for time in ("09:00", "09:25", "09:50"):
        page = visit(time)
        of(page.get_by_text("New since your last visit: 1")).to_be_visible()
        assert page.locator("article", has=page.locator(".new")).locator("h3").all_inner_texts() == [NEWEST]
        assert page.locator("article .new").inner_text() == "New"
    assert visit("10:30").locator("article .new").count() == 0


def test_what_comes_during_a_visit_is_seen_by_it(site, visit):
    visit("08:00")
    news(site)
    assert visit("08:20", "latest/").locator("article .new").count() == 0
    assert visit("09:00").locator("article .new").count() == 0


def test_who_reads_one_story_has_not_seen_all_before_it(site, visit):
    visit("08:00")
    news(site)
    visit("09:00", "news/2024-05-07-tram/")
    assert visit("10:00", "latest/").locator("article .new").count() == 1


def test_a_visit_lasts_while_the_reader_is_there(site, visit, context):
    page = visit("08:00")
    news(site)
    page = visit("09:00")
    context.clock.set_fixed_time("2026-01-01T10:00:00Z")
    page.reload()
    of(page.get_by_text("New since your last visit: 1")).to_be_visible()


def test_the_line_about_what_is_new_moves_nothing(site, visit, open_page):
    place = "JSON.stringify([...document.querySelectorAll('h1, h2, h3')].map(it => it.getBoundingClientRect()))"
    page = visit("08:00")
    assert page.locator(".new").count() == 0
    before = page.evaluate(place)
    keep(page, site='{"seen": 1714895999000}')
    page = open_page()
    of(page.get_by_text("New since your last visit: 2")).to_be_in_viewport()
    assert page.evaluate(place) == before


def test_hidden_stories_do_not_count_as_new(open_page):
    page = open_page()
    # Of those of the 4th, the 5th and the 6th of May, the first is about security.
    keep(page, site='{"seen": 1714809599000, "hidden": {"topic security": "Security"}}')
    of(open_page().get_by_text("New since your last visit: 2")).to_be_visible()


# Videos


def test_a_video_is_asked_for_when_the_reader_wants_it_and_takes_the_place_of_its_still(open_page, context, complaints):
    host = "https://www.youtube-nocookie.com/"
    context.route(f"{host}**", lambda route: route.fulfill(body="<p>A film</p>", content_type="text/html"))
    page = open_page(VIDEO)
    link = page.locator("a.video")
    link.focus()
    box = link.bounding_box()
    assert complaints == []
    page.keyboard.press("Enter")
    player = page.locator("iframe")
    of(player).to_be_focused()
    of(page.frame_locator("iframe").get_by_text("A film")).to_be_visible()
    assert player.bounding_box() == box
    assert player.get_attribute("title") == "A film shows how ferries are painted"
    assert player.get_attribute("allow") == "autoplay; fullscreen; picture-in-picture"
    assert complaints == [f"{host}embed/AbCdEfGhIjK?autoplay=1"]
    complaints.clear()


def test_a_click_with_a_modifier_leads_to_the_video_as_any_link_does(open_page):
    page = open_page(VIDEO)
    page.evaluate(
        "addEventListener('click', event => { window.kept = event.defaultPrevented; event.preventDefault() })"
    )
    page.locator("a.video").click(modifiers=["Control"])
    assert page.evaluate("window.kept") is False
    assert page.locator("iframe").count() == 0


# Life without


def test_everything_works_where_the_browser_keeps_nothing(open_page, context):
    context.add_init_script(SHUT)
    page = open_page("topics/security/")
    press(page, "Hide this topic")
    of(page.get_by_role("button", name="Show this topic again")).to_be_focused()
    press(page, "Reading preferences")
    tab_to(page, "As the system")
    page.keyboard.press("ArrowLeft")
    of(page.locator("html")).to_have_attribute("data-look", "dark")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused(page) in titles(page)
    assert len(shown(open_page("latest/"))) == 6


@pytest.mark.parametrize(
    "garbage",
    ["", "{", "null", "5", "[1]", '"text"', '{"look": 5, "size": {}, "keys": "x", "hidden": [7], "seen": "x"}'],
)
def test_what_others_wrote_into_the_storage_does_no_harm(open_page, garbage):
    page = open_page("topics/security/")
    keep(page, broadsheet=garbage, site=garbage)
    page.go_back()
    assert page.locator("html").get_attribute("data-look") is None
    press(page, "Hide this topic")
    assert kept(page, f"broadsheet {ROOT}")["hidden"] == {"topic security": "Security"}
    press(page, "Reading preferences")
    tab_to(page, "As the system")
    page.keyboard.press("ArrowRight")
    assert kept(page, "broadsheet")["look"] == "light"


@pytest.mark.parametrize("path", ["", "latest/", "topics/security/", "sources/tide.example.org/", STORY])
def test_without_scripts_there_is_no_control_that_does_nothing(site, browser, path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + path)
    assert page.locator("h3, h1").first.is_visible()
    assert page.locator("main button, .tools *, dialog").count() == 0
    context.close()


def test_without_scripts_a_video_is_a_link(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + VIDEO)
    assert page.locator("a.video").get_attribute("href") == "https://www.youtube.com/watch?v=AbCdEfGhIjK"
    context.close()


def test_an_owner_can_leave_the_script_out(site, open_page, tmp_path):
    folder = tmp_path / "site/templates"
    folder.mkdir()
    (folder / "base.html").write_text(
        '{% extends "default/base.html" %}\n{% block early_script %}{% endblock %}\n{% block script %}{% endblock %}\n'
    )
    site.build()
    page = open_page()
    assert page.locator("script:not([type])").count() == 0
    assert len(shown(page)) == 6
