"""`broadsheet serve` and a real browser: what is saved is shown, and nothing else happens to an open page."""

import re
from collections.abc import Callable

import pytest
from previewed import BRIDGE, FERRY, OPERA, Preview, Site, is_same, long_text, of, replaced, save, sign, wait_until

pytestmark = pytest.mark.slow

Start = Callable[..., Preview]

COLOUR = "getComputedStyle(document.querySelector('h1')).color"


def style_once(tab, site: Site, colour: str) -> None:
    """Save a style and wait until a tab wears it: by then the tab was told of all that was saved before."""
    save(site / "static/own.css", f"h1 {{ color: {colour}; }}\n")
    wait_until(tab, f"() => {COLOUR} === '{colour}'")


def save_template(site: Site, name: str, block: str, content: str) -> None:
    save(site / "templates" / name, f'{{% extends "default/{name}" %}}{{% block {block} %}}{content}{{% endblock %}}')


SAVED = {
    "a record": (
        f"news/{OPERA}/",
        lambda site: replaced(site.records / f"{OPERA}.md", "keeps out the rain", "lets in the rain"),
        ("h1", "Opera roof lets in the rain"),
    ),
    "the text of a record": (
        f"news/{OPERA}/",
        lambda site: replaced(site.records / f"{OPERA}.md", "rained", "poured"),
        (".story .body", "It poured all week."),
    ),
    "a related item": (
        f"news/{BRIDGE}/",
        lambda site: replaced(site.records / f"{BRIDGE}.md", "tell how it was done", "tell all"),
        (".timeline", "Bridge builders tell all"),
    ),
    "a record, on a list": (
        "latest/",
        lambda site: replaced(site.records / f"{OPERA}.md", "keeps out the rain", "lets in the rain"),
        ("main", "Opera roof lets in the rain"),
    ),
    "a template": (
        "about/",
        lambda site: save_template(site, "plain.html", "content", "<h1>By another template</h1>"),
        ("h1", "By another template"),
    ),
    "a template that others include": (
        f"news/{OPERA}/",
        lambda site: site.write("templates/_footer.html", "<p>Set by hand</p>"),
        ("footer", "Set by hand"),
    ),
    "the title of the site": ("", lambda site: site.settings(title="The Pier"), (".nameplate", "The Pier")),
    "a setting": (
        "",
        lambda site: site.settings(selection={"unpublished": "hide"}, description="Nothing but water"),
        (".dateline", "Nothing but water"),
    ),
    "a topic": (
        "topics/stage/",
        lambda site: save(site / "_data/topics/02-stage.yaml", "_id: stage\nname: Stage\nparent: Traffic\n"),
        (".crumbs", "Traffic"),
    ),
    "a plain page": (
        "about/",
        lambda site: replaced(site / "pages/about.md", "by the water", "in a boat"),
        (".plain .body", "We sit in a boat."),
    ),
    "a file that is sent as it is": (
        "hand.html",
        lambda site: replaced(site / "static/hand.html", "By hand", "By another hand"),
        ("h1", "By another hand"),
    ),
}


@pytest.mark.parametrize("saved", SAVED)
def test_what_is_saved_is_shown_on_the_open_page(site, start, open_tab, saved):
    site.write(
        "static/hand.html", "<!doctype html><title>Hand</title><link rel=icon href=/theme/icon.svg><h1>By hand</h1>"
    )
    path, edit, (place, text) = SAVED[saved]
    tab = open_tab(start(site).address + path)
    of(tab.locator(place).first).not_to_contain_text(text)
    edit(site)
    of(tab.locator(place).first).to_contain_text(text)
    assert tab.complaints == []


def test_a_page_whose_address_needs_encoding_stays_as_it_is_and_follows_what_is_saved(site, start, open_tab):
    slug = "2024-05-04-café-100%-ß"
    site.add(slug, "Café opens", topics=["Traffic"])
    preview = start(site)
    tab = open_tab(preview.address + "latest/")
    tab.get_by_role("link", name="Café opens").first.click()
    of(tab.locator("h1")).to_have_text("Café opens")
    of(tab.get_by_role("button", name="Preview")).to_be_visible()
    of(tab.get_by_role("button", name="Why here?")).to_be_visible()
    sign(tab)
    style_once(tab, site, "rgb(7, 7, 7)")
    assert is_same(tab)
    replaced(site.records / f"{slug}.md", "Café opens", "Café shuts")
    of(tab.locator("h1")).to_have_text("Café shuts")


def test_a_static_file_is_sent_as_it_is_now(site, start):
    preview = start(site)
    assert preview.text("/tide.txt") == "High at noon.\n"
    with preview.states() as states:
        before = next(states)["round"]
        save(site / "static/tide.txt", "High at dusk.\n")
        assert next(state for state in states if state["round"] > before)
    assert preview.text("/tide.txt") == "High at dusk.\n"


def test_a_picture_is_shown_anew_on_the_page_that_has_it(site, start, open_tab):
    def boat(width: int) -> str:
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="9"/>'

    site.write("static/boat.svg", boat(11))
    site.write("pages/about.md", "# About\n\n![A boat](/boat.svg)\n")
    tab = open_tab(start(site).address + "about/")
    wait_until(tab, "() => document.querySelector('.body img').naturalWidth === 11")
    save(site / "static/boat.svg", boat(22))
    wait_until(tab, "() => document.querySelector('.body img').naturalWidth === 22")


def test_a_style_is_put_on_without_a_reload(site, start, open_tab):
    tab = open_tab(start(site).address)
    assert tab.evaluate(COLOUR) == "rgb(1, 2, 3)"
    sign(tab)
    style_once(tab, site, "rgb(4, 5, 6)")
    style_once(tab, site, "rgb(7, 8, 9)")
    assert is_same(tab)
    assert tab.complaints == []


def test_a_style_that_is_there_stays_while_another_is_still_on_its_way(site, start, open_tab):
    tab, held = open_tab(start(site).address), []

    def hold(route) -> None:
        held.append(route)

    tab.route("**/theme/broadsheet.css*", hold)
    style_once(tab, site, "rgb(4, 5, 6)")
    style_once(tab, site, "rgb(7, 8, 9)")
    while held:
        held.pop(0).continue_()
    wait_until(tab, "() => document.querySelectorAll('link[rel=stylesheet]').length === 2")
    assert tab.evaluate(COLOUR) == "rgb(7, 8, 9)"
    assert tab.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')")


def test_the_accent_is_put_on_without_a_reload(site, start, open_tab):
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
    tab = open_tab(start(site).address)
    before = tab.evaluate(accent)
    sign(tab)
    site.settings(theme={"accent": "#225588"})
    wait_until(tab, f"before => {accent} !== before", before)
    assert is_same(tab)


def test_only_a_page_that_an_edit_changed_is_loaded_anew(site, start, open_tab):
    preview = start(site)
    tabs = {path: open_tab(preview.address + path) for path in (f"news/{OPERA}/", f"news/{BRIDGE}/", "about/")}
    for tab in tabs.values():
        sign(tab)
    replaced(site.records / f"{OPERA}.md", "rained", "poured")
    opera, *others = tabs.values()
    of(opera.locator(".body")).to_contain_text("poured")
    assert not is_same(opera)
    for tab in others:
        style_once(tab, site, "rgb(4, 5, 6)")
        assert is_same(tab)


def test_a_save_that_changes_nothing_does_nothing(site, start, open_tab):
    preview = start(site)
    tab = open_tab(preview.address)
    sign(tab)
    record = site.records / f"{OPERA}.md"
    save(record, record.read_text(encoding="utf-8"))
    style_once(tab, site, "rgb(4, 5, 6)")
    assert is_same(tab)
    assert preview.until(lambda _: True)["round"] == 2


def test_who_reads_goes_on_reading_at_the_same_line(site, start, open_tab):
    site.add(OPERA, "Opera roof keeps out the rain", topics=["Stage"], body=f"Start.\n\n{long_text()}")
    tab = open_tab(start(site).address + f"news/{OPERA}/")
    line = tab.get_by_text("Paragraph 60 of")
    line.evaluate("element => scrollTo(0, element.getBoundingClientRect().top + scrollY - 100)")
    replaced(site.records / f"{OPERA}.md", "Start.", "Start.\n\nAnd more.\n\nAnd more.")
    of(tab.locator(".body")).to_contain_text("And more.")
    wait_until(
        tab,
        """() => [...document.querySelectorAll('p')].some((line) =>
             line.textContent.startsWith('Paragraph 60 ') && Math.abs(line.getBoundingClientRect().top - 100) < 2)""",
    )


def test_details_stay_open(site, start, open_tab):
    details = "<details><summary>More</summary><p>First</p></details>"
    save_template(site, "plain.html", "content", details)
    tab = open_tab(start(site).address + "about/")
    tab.locator("summary").click()
    save_template(site, "plain.html", "content", details.replace("First", "Second"))
    of(tab.get_by_text("Second")).to_be_visible()


def test_what_was_typed_stays_with_the_focus_and_the_place_of_the_cursor(site, start, open_tab):
    site.settings(search=True)
    preview = start(site)
    tab = open_tab(preview.address + "search/")
    field = tab.locator("#search-words")
    field.press_sequentially("opera")
    field.press("ArrowLeft")
    sign(tab)
    site.settings(search=True, title="The Pier")
    of(tab.locator(".nameplate")).to_have_text("The Pier")
    assert not is_same(tab)
    of(field).to_have_value("opera")
    of(field).to_be_focused()
    field.press_sequentially("x")
    of(field).to_have_value("operxa")


def test_the_search_finds_what_was_written_after_the_start(site, start, open_tab):
    site.settings(search=True)
    preview = start(site)
    tab = open_tab(preview.address + "search/?q=roof")
    of(tab.locator(".search-list")).to_contain_text("Opera roof")
    with preview.states() as states:
        site.add("2024-05-04-eel", "Quicksilver eel seen in the dock")
        for _ in states:
            tab.goto(preview.address + "search/?q=quicksilver")
            of(tab.locator(".search-status")).to_contain_text(re.compile("Results|Nothing"))
            if tab.locator(".search-list", has_text="Quicksilver eel").count():
                break
    of(tab.locator(".search-list")).to_contain_text("Quicksilver eel")


def test_a_page_is_made_only_when_somebody_looks_at_it(site, start):
    """Shown by a page that can not be made: nobody knows before it is asked for, though every kind was tried."""
    fault = f"{{% if story.url.endswith('{FERRY}/') %}}{{{{ nothing_such }}}}{{% endif %}}"
    site.settings(search=True)
    save_template(site, "story.html", "video", fault)
    preview = start(site)
    assert preview.text(f"/news/{OPERA}/")
    # The index is begun when every kind of page was tried.
    preview.until(lambda _: preview.get("/pagefind/pagefind.js").status == 200)
    assert not [it for it in preview.until(lambda _: True)["problems"] if it["severity"] == "error"]
    assert preview.get(f"/news/{FERRY}/").status == 500
    assert "nothing_such" in preview.until(lambda state: state["problems"])["problems"][0]["message"]
    preview.complains("nothing_such")
