"""The preview's script in a browser: it keeps up with a server, here a stand-in that says what it is told to."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from complaints import hear
from judged import BROWSER_FLAGS, ROOT
from test_accessibility import AXE, RULES
from tools import require

from broadsheet.config import Settings
from broadsheet.explain import Group, Shown, Surroundings
from broadsheet.explain.explanation import Item, Member
from broadsheet.render.security import page_policy
from broadsheet.serve.told import PREFIX, Link, State, Trouble

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

pytestmark = pytest.mark.slow

POLICY = page_policy(Settings(), "home")
PARTS = ROOT / "src/broadsheet/serve"
THEME = ROOT / "templates/static/theme"
HOSTILE = '</script><img src=x onerror="document.title=1">\u202e<b>'
BROKEN = Trouble(
    file="_news/2024-05-06-bridge.md",
    line=3,
    column=8,
    severity="error",
    message="webUrl is no web address: `htp://gull.example.org`",
    hint="It begins with https:// or http://.",
    lines=((1, "---"), (2, "title: Harbour bridge opens"), (3, "webUrl: htp://gull.example.org"), (4, "---")),
)
LEAD = Item("Bridge opens", "gull.example.org", "bridge", "/news/bridge/", 0)
HELD = Surroundings(
    lead=LEAD,
    member_count=21,
    members=(
        Member("Bridge closes", "tern.example.org", "closes", "/news/closes/", 2.5, 0.61, ("bridge", "harbour")),
        Member("Ferry", "far.example.net", None, "", -1, 0, group="loosely related", why="below 0.15"),
        Member("Pier", "far.example.net", None, "", 0, group="not shown", why="the same address as a.md"),
    ),
    related=(Item("Bridge is built", "gull.example.org", "built", "/news/built/", -30, 0.4, ("bridge",)),),
    left_out=(Item("Bridge is painted", "gull.example.org", "paint", "/news/paint/", -40, 0.2, (), "below 0.22"),),
)
GUESS = Trouble("_news/2024-05-01-lock.md", 7, 1, "warning", "there is no topic `Securty`", "Did you mean `Security`?")


def of(locator: Any) -> Any:
    """What is expected of a locator or page, once it is so."""
    # Part of what `make test-all` installs only.
    from playwright.sync_api import expect

    return expect(locator)


class Preview:
    """A stand-in for the preview's server: pages, files, and the state of each path, all of which a test may change."""

    def __init__(self) -> None:
        self.bodies: dict[str, str] = {"/": "<h1>Front</h1>"}
        self.files: dict[str, tuple[str, str]] = {
            "/look.css": ("text/css", "h1 { color: rgb(1, 0, 0) }"),
            "/icon.svg": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>'),
        }
        self.states: dict[str, State] = {}
        self.groups: list[Group] = []
        self.asked: list[str] = []
        self.lines = 0
        self.most_lines = 0
        self.changed = Condition()
        self.is_ending = False
        self._sockets: set[socket.socket] = set()
        self._port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def state(self, path: str) -> State:
        return self.states.get(path, State(round=1, page="p1", look="l1"))

    def tell(self, path: str = "/", **changes: Any) -> None:
        """Say that something of a path's state is otherwise now."""
        with self.changed:
            self.states[path] = msgspec.structs.replace(self.state(path), **changes)
            self.changed.notify_all()

    def until(self, is_so: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(is_so, 10)

    def page(self, path: str) -> str:
        state = self.state(path)
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>'
            f'<meta name="viewport" content="width=device-width"><link rel="icon" href="/icon.svg">'
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
            f'<link rel="stylesheet" href="/look.css?v={state.look}"><body>{self.bodies[path]}'
            f'<script src="{PREFIX}preview.js" data-page="{state.page}" data-look="{state.look}" defer></script></body>'
        )

    def start(self) -> None:
        preview, self.is_ending = self, False

        class Handler(_Handler):
            server_is = preview

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads, self._server.block_on_close = True, False
        self._port = self._server.server_port
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """End as a program does: all its connections are cut."""
        self.is_ending = True
        self._server.shutdown()
        self._server.server_close()
        for it in list(self._sockets):
            with suppress(OSError):
                it.shutdown(socket.SHUT_RDWR)
        self.until(lambda: not self._sockets)

    def opened(self, it: socket.socket) -> None:
        with self.changed:
            self._sockets.add(it)

    def closed(self, it: socket.socket) -> None:
        with self.changed:
            self._sockets.discard(it)
            self.changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server_is: Preview

    def setup(self) -> None:
        super().setup()
        self.server_is.opened(self.connection)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.server_is.closed(self.connection)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path = parse_qs(url.query).get("path", [""])[0]
        preview = self.server_is
        preview.asked.append(self.path)
        match url.path:
            case "/.broadsheet/events":
                self._events(path)
            case "/.broadsheet/groups.json":
                self._answer(200, "application/json", msgspec.json.encode(preview.groups).decode())
            case "/.broadsheet/preview.js" | "/.broadsheet/preview.css" as own:
                kind = "text/javascript" if own.endswith("js") else "text/css"
                self._answer(200, kind, (PARTS / own.rpartition("/")[2]).read_text(encoding="utf-8"))
            case known if known in preview.files:
                self._answer(200, *preview.files[known])
            case known if known in preview.bodies:
                self._answer(404 if preview.state(known).missing else 200, "text/html", preview.page(known))
            case _:
                self._answer(404, "text/plain", "not found")

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(body)

    def _events(self, path: str) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"retry: 500\n\n")
        preview = self.server_is
        told = None
        with preview.changed:
            preview.lines += 1
            preview.most_lines = max(preview.most_lines, preview.lines)
            preview.changed.notify_all()
        try:
            while not preview.is_ending and not select([self.connection], [], [], 0)[0]:
                if (state := preview.state(path)) != told:
                    told = state
                    self.wfile.write(b"event: state\ndata: " + msgspec.json.encode(state) + b"\n\n")
                    self.wfile.flush()
                with preview.changed:
                    preview.changed.wait(0.02)
        finally:
            with preview.changed:
                preview.lines -= 1
                preview.changed.notify_all()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def preview() -> Iterator[Preview]:
    preview = Preview()
    yield preview
    if not preview.is_ending:
        preview.stop()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains about: a breach of the policy, an error of a script, a file that is not there."""
    return []


@pytest.fixture
def open_page(preview, context, complaints) -> Iterator[Callable[..., "Page"]]:
    """Open a page; a complaint is an error in the end."""

    def run(path: str = "/") -> "Page":
        page = context.new_page()
        hear(page, complaints)
        page.goto(preview.address + path)
        of(page.get_by_role("button", name="Preview")).to_be_visible()
        preview.until(lambda: preview.lines > 0)
        return page

    yield run
    assert complaints == []


def loads(preview: Preview, path: str = "/") -> int:
    return preview.asked.count(path)


def bar(page: "Page", name: str) -> "Locator":
    return page.get_by_role("button", name=re.compile(name))


def change_page(preview: Preview, token: str, body: str, path: str = "/") -> None:
    preview.bodies[path] = body
    preview.tell(path, page=token)


def listed(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


LINES = [f"Line {number}" for number in range(200)]


# Reloading


def test_a_page_that_is_another_one_now_is_loaded_anew_once(preview, open_page):
    page = open_page()
    change_page(preview, "p2", "<h1>Other</h1>")
    of(page.locator("h1")).to_have_text("Other")
    preview.tell(round=2)
    preview.tell(counts={"drafts": 3})
    of(bar(page, "3 drafts")).to_be_visible()
    assert loads(preview) == 2


def test_a_page_that_is_the_same_is_not_loaded_anew(preview, open_page):
    page = open_page()
    page.evaluate("window.mine = true")
    preview.tell(round=2, counts={"drafts": 1})
    of(bar(page, "1 draft")).to_be_visible()
    preview.tell(page="", round=3, counts={"drafts": 2})
    of(bar(page, "2 drafts")).to_be_visible()
    assert page.evaluate("window.mine")
    assert loads(preview) == 1


def test_a_page_that_is_never_what_the_server_says_is_not_loaded_for_ever(preview, open_page):
    page = open_page()
    rightful = preview.page
    preview.page = lambda path: rightful(path).replace('data-page="p2"', 'data-page="other"')
    preview.tell(page="p2")
    of(page.get_by_text("load it anew by hand")).to_be_visible()
    preview.tell(counts={"drafts": 1})
    of(bar(page, "1 draft")).to_be_visible()
    assert loads(preview) == 4


def test_the_line_at_the_top_of_the_screen_stays_there_when_something_comes_above(preview, open_page):
    preview.bodies["/"] = listed(*LINES)
    page = open_page()
    page.evaluate("scrollTo(0, 2000)")
    line = page.locator("p", has_text=re.compile("^Line 70$"))
    before = line.bounding_box()["y"]
    change_page(preview, "p2", "<h1>New</h1>" + listed("One", "Two", "Three", *LINES))
    of(page.locator("h1")).to_have_text("New")
    page.wait_for_function("() => scrollY > 2050")
    assert abs(line.bounding_box()["y"] - before) <= 1
    assert page.evaluate("history.scrollRestoration") == "auto"


def test_the_place_is_kept_when_the_very_lines_on_top_were_changed_or_nothing_is_as_it_was(preview, open_page):
    preview.bodies["/"] = listed(*LINES)
    page = open_page()
    page.evaluate("scrollTo(0, 2000)")
    before = page.locator("p", has_text=re.compile("^Line 70$")).bounding_box()["y"]
    other = ["Above", *LINES[:55], *["Changed"] * 5, *LINES[60:]]
    change_page(preview, "p2", listed(*other))
    of(page.locator("p").first).to_have_text("Above")
    page.wait_for_function("() => scrollY !== 2000")
    assert abs(page.locator("p", has_text=re.compile("^Line 70$")).bounding_box()["y"] - before) <= 1
    at = page.evaluate("scrollY")
    change_page(preview, "p3", listed(*[f"Other {number}" for number in range(200)]))
    of(page.locator("p").first).to_have_text("Other 0")
    assert page.evaluate("scrollY") == at


def test_who_is_at_the_top_sees_what_comes_there(preview, open_page):
    preview.bodies["/"] = listed(*LINES)
    page = open_page()
    change_page(preview, "p2", "<h1>New</h1>" + listed(*LINES))
    of(page.locator("h1")).to_be_in_viewport()


def test_the_place_is_kept_also_where_the_address_has_a_target(preview, open_page):
    preview.bodies["/"] = '<h1 id="target">Target</h1>' + listed(*LINES)
    page = open_page("/#target")
    page.evaluate("scrollTo(0, 2000)")
    change_page(preview, "p2", '<h1 id="target">New</h1>' + listed(*LINES))
    of(page.locator("h1")).to_have_text("New")
    page.wait_for_function("() => document.readyState === 'complete' && history.scrollRestoration === 'auto'")
    assert page.evaluate("scrollY") > 1900


def test_what_a_person_did_to_the_page_is_kept(preview, open_page, complaints):
    form = (
        "<details><summary>First</summary>1</details><details open><summary>Second</summary>2</details>"
        "<details><summary>Third</summary>3</details>"
        '<label>Secret <input type="password" name="secret" autocomplete="one-time-code"></label>'
        '<form><label>Name <input name="name" value="as it was"></label><label>Text <textarea></textarea></label>'
        '<label>Other <input name="other" value="{}"></label>'
        '<label><input type="checkbox" name="box">Box</label>'
        '<label><input type="radio" name="way" value="a" checked>A</label>'
        '<label><input type="radio" name="way" value="b">B</label>'
        "<label>Choice <select><option>one<option>two<option>three</select></label></form>"
    )
    preview.bodies["/"] = form.format("default")
    page = open_page()
    page.get_by_text("First").click()
    page.get_by_text("Second").click()
    page.get_by_text("Box").click()
    page.get_by_text("B", exact=True).click()
    page.get_by_label("Choice").select_option("three")
    page.get_by_label("Secret").fill("sesame")
    page.get_by_label("Name").fill("as I typed")
    page.get_by_label("Text").fill("some words in it")
    page.get_by_label("Text").evaluate("field => field.setSelectionRange(5, 10, 'backward')")
    change_page(preview, "p2", "<h1>New</h1><details><summary>Zeroth</summary>0</details>" + form.format("changed"))
    of(page.locator("h1")).to_have_text("New")
    of(page.get_by_label("Text")).to_be_focused()
    selection = "field => [field.selectionStart, field.selectionEnd, field.selectionDirection]"
    assert page.get_by_label("Text").evaluate(selection) == [5, 10, "backward"]
    of(page.get_by_label("Text")).to_have_value("some words in it")
    of(page.get_by_label("Name")).to_have_value("as I typed")
    of(page.get_by_label("Other")).to_have_value("changed")
    of(page.get_by_label("Secret")).to_have_value("")
    of(page.get_by_label("Box")).to_be_checked()
    of(page.get_by_label("B", exact=True)).to_be_checked()
    of(page.get_by_label("Choice")).to_have_value("three")
    opened = "all => all.filter(it => it.open).map(it => it.firstChild.textContent)"
    assert page.locator("details").evaluate_all(opened) == ["First"]
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.includes('kept'))") == []
    # What the browser thinks of a password on an insecure page is no complaint about the script.
    assert all("[DOM]" in text for text in complaints)
    complaints.clear()


def test_what_is_kept_is_for_the_same_page_only(preview, open_page):
    preview.bodies["/other/"] = "<h1>Elsewhere</h1>" + listed(*LINES)
    preview.bodies["/"] = listed(*LINES)
    page = open_page()
    page.evaluate("scrollTo(0, 2000)")
    change_page(preview, "p2", "<h1>New</h1>" + listed(*LINES))
    of(page.locator("h1")).to_have_text("New")
    page.goto(preview.address + "/other/")
    assert page.evaluate("scrollY") == 0


def test_the_open_panel_and_the_focus_in_the_bar_are_kept(preview, open_page):
    preview.groups = [Group("drafts", "Drafts", 1, (Shown("_news/a.md", "A draft"),))]
    preview.tell(counts={"drafts": 1})
    page = open_page()
    bar(page, "Preview").click()
    page.get_by_text("Drafts 1").click()
    bar(page, "Preview").focus()
    change_page(preview, "p2", "<h1>New</h1>")
    of(page.locator("h1")).to_have_text("New")
    of(page.get_by_text("A draft")).to_be_visible()
    of(bar(page, "Preview")).to_be_focused()


# Styles


def test_a_style_is_swapped_without_a_reload(preview, open_page):
    page = open_page()
    page.evaluate("window.mine = true")
    preview.files["/look.css"] = ("text/css", "h1 { color: rgb(2, 0, 0) }")
    preview.tell(look="l2")
    of(page.locator("h1")).to_have_css("color", "rgb(2, 0, 0)")
    of(page.locator("link[rel=stylesheet]")).to_have_count(1)
    of(page.locator("script[data-look=l2]")).to_have_count(1)
    assert page.evaluate("window.mine")


def held_styles(page: "Page", look: str) -> list["Route"]:
    """Hold back the style sheet of a look, and give the list of what is held."""
    held = []

    def hold(route: "Route") -> None:
        held.append(route)

    page.route(f"**/look.css?v={look}", hold)
    return held


def test_of_several_swaps_the_last_one_stays(preview, open_page):
    page = open_page()
    held = held_styles(page, "l2")
    preview.tell(look="l2")
    of(page.locator("link[href*=l2]")).to_have_count(1)
    preview.files["/look.css"] = ("text/css", "h1 { color: rgb(3, 0, 0) }")
    preview.tell(look="l3")
    of(page.locator("h1")).to_have_css("color", "rgb(3, 0, 0)")
    of(page.locator("link[rel=stylesheet]")).to_have_count(1)
    assert len(held) == 1
    for look in ("l4", "l5", "l6", "l3", "l7"):
        preview.tell(look=look)
    preview.files["/look.css"] = ("text/css", "h1 { color: rgb(8, 0, 0) }")
    preview.tell(look="l8")
    of(page.locator("h1")).to_have_css("color", "rgb(8, 0, 0)")
    of(page.locator("link[rel=stylesheet]")).to_have_count(1)
    of(page.locator("script[data-look=l8]")).to_have_count(1)


def test_a_style_that_does_not_come_leaves_the_one_that_is_there(preview, open_page, complaints):
    page = open_page()
    held = held_styles(page, "l2")
    with page.expect_request("**/look.css?v=l2"):
        preview.tell(look="l2")
    of(page.locator("link[rel=stylesheet]")).to_have_count(2)
    held[0].fulfill(status=404)
    page.unroute("**/look.css?v=l2")
    of(page.locator("link[rel=stylesheet]")).to_have_count(1)
    of(page.locator("h1")).to_have_css("color", "rgb(1, 0, 0)")
    assert ["404" in text for text in complaints] == [True]
    complaints.clear()
    preview.files["/look.css"] = ("text/css", "h1 { color: rgb(9, 0, 0) }")
    preview.tell(round=2)
    of(page.locator("h1")).to_have_css("color", "rgb(9, 0, 0)")


# The line to the server


def test_a_restarted_server_is_found_again_and_the_page_catches_up(preview, open_page, complaints):
    page = open_page()
    preview.stop()
    of(page.get_by_text("not connected: is the server still running?")).to_be_visible()
    preview.bodies["/"] = "<h1>After</h1>"
    preview.states["/"] = State(round=1, page="p2", look="l1")
    preview.start()
    of(page.locator("h1")).to_have_text("After")
    of(page.get_by_text("not connected")).to_be_hidden()
    assert [text for text in complaints if "ERR_" not in text] == []
    complaints.clear()


def test_an_answer_after_which_the_browser_gives_up_is_no_end(preview, open_page, complaints):
    page = open_page()
    page.route("**/events*", lambda route: route.fulfill(status=502, body="away"))
    preview.stop()
    preview.start()
    of(page.get_by_text("not connected")).to_be_visible()
    page.unroute("**/events*")
    of(page.get_by_text("not connected")).to_be_hidden()
    change_page(preview, "p2", "<h1>New</h1>")
    of(page.locator("h1")).to_have_text("New")
    complaints.clear()


def test_a_laptop_that_slept_connects_anew(preview, context, open_page):
    page = context.new_page()
    page.clock.install()
    page.goto(preview.address)
    preview.until(lambda: preview.lines == 1)
    asked = sum("events" in path for path in preview.asked)
    page.clock.fast_forward("02:00:00")
    preview.until(lambda: sum("events" in path for path in preview.asked) > asked)
    change_page(preview, "p2", "<h1>New</h1>")
    of(page.locator("h1")).to_have_text("New")


def set_hidden(page: "Page", *, is_hidden: bool) -> None:
    """Let a page think that its tab is behind another: in a test, all tabs are in front."""
    page.evaluate(
        "is => { Object.defineProperty(document, 'hidden', { value: is, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange')) }",
        is_hidden,
    )


def test_only_tabs_that_are_seen_hold_a_line_so_that_many_can_be_open(preview, open_page):
    pages = []
    for _ in range(9):
        pages.append(open_page())
        set_hidden(pages[-1], is_hidden=True)
        preview.until(lambda: preview.lines == 0)
    assert preview.most_lines == 1
    change_page(preview, "p2", "<h1>New</h1>")
    for page in pages:
        of(page.locator("h1")).to_have_text("Front")
        set_hidden(page, is_hidden=False)
        of(page.locator("h1")).to_have_text("New")
        set_hidden(page, is_hidden=True)


def test_several_tabs_keep_up_at_once(preview, open_page):
    preview.bodies["/other/"] = "<h1>Elsewhere</h1>"
    pages = [open_page(), open_page(), open_page("/other/")]
    change_page(preview, "p2", "<h1>New</h1>")
    for page, title in zip(pages, ("New", "New", "Elsewhere"), strict=True):
        of(page.locator("h1")).to_have_text(title)
    assert (loads(preview), loads(preview, "/other/")) == (4, 1)


def test_a_tab_that_is_opened_behind_others_waits_until_it_is_seen(preview, context):
    page = context.new_page()
    page.add_init_script("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.goto(preview.address)
    page.evaluate("dispatchEvent(new Event('online'))")
    of(page.locator("broadsheet-preview")).to_have_count(1)
    assert preview.most_lines == 0
    change_page(preview, "p2", "<h1>New</h1>")
    set_hidden(page, is_hidden=False)
    of(page.locator("h1")).to_have_text("New")


def test_a_page_that_one_comes_back_to_catches_up(preview, browser, chromium):
    preview.bodies["/other/"] = "<h1>Elsewhere</h1>"
    # What browsers do for people, the usual one for tests does not: it keeps a page as it was left.
    usual = ["--disable-back-forward-cache"]
    other = browser.browser_type.launch(executable_path=chromium, args=BROWSER_FLAGS, ignore_default_args=usual)
    page = other.new_page()
    page.goto(preview.address)
    preview.until(lambda: preview.lines == 1)
    page.evaluate("window.mine = true; addEventListener('pageshow', () => { sessionStorage.kept = window.mine })")
    page.goto(preview.address + "/other/")
    page.go_back(wait_until="commit")
    page.wait_for_function("() => sessionStorage.kept === 'true'")
    change_page(preview, "p2", "<h1>New</h1>")
    of(page.locator("h1")).to_have_text("New")
    assert preview.most_lines <= 2
    other.close()


# Errors


def test_an_error_is_shown_where_the_writer_looks_and_goes_when_it_is_mended(preview, open_page):
    page = open_page()
    preview.tell(problems=(BROKEN, GUESS))
    dialog = page.get_by_role("dialog", name="1 error")
    of(dialog).to_be_visible()
    of(dialog).to_contain_text("_news/2024-05-06-bridge.md:3:8")
    of(dialog).to_contain_text(BROKEN.message)
    of(dialog).to_contain_text(BROKEN.hint)
    of(dialog.locator("mark")).to_have_text(" ")
    of(dialog.locator(".is-it")).to_contain_text("webUrl: htp://gull.example.org")
    of(dialog).not_to_contain_text(GUESS.message)
    of(dialog).to_be_focused()
    of(page.get_by_role("status").filter(has_text="The site has 1 error.")).to_have_count(1)
    of(page.locator("h1")).to_be_visible()
    preview.tell(problems=(GUESS,))
    of(dialog).to_be_hidden()
    bar(page, "1 warning").click()
    of(page.get_by_text(GUESS.message)).to_be_visible()
    assert loads(preview) == 1


@pytest.mark.parametrize(
    ("line", "column", "mark"),
    [
        ("\t\ttitle: x", 3, "t"),
        ("記事の題: 𝒜👩‍👧é", 6, " "),
        ("記事の題: 𝒜👩‍👧é", 8, "👩‍👧"),
        ("عنوان: خبر", 8, "خ"),
        ("short", 6, " "),
        ("short", 900, " "),
        ("x" * 5000 + "y" + "z" * 5000, 5001, "y"),
    ],
)
def test_the_character_of_a_column_is_marked(preview, open_page, line, column, mark):
    page = open_page()
    preview.tell(problems=(msgspec.structs.replace(BROKEN, column=column, lines=((3, line),)),))
    of(page.locator("mark")).to_have_text(mark, use_inner_text=False)
    assert page.locator("mark").text_content() == mark
    assert len(page.locator(".is-it code").text_content() or "") < 300


def test_who_types_is_not_disturbed_by_an_error(preview, open_page):
    preview.bodies["/"] = "<h1>Front</h1><label>Name <input name=name></label>"
    page = open_page()
    page.get_by_label("Name").press_sequentially("half")
    preview.tell(problems=(BROKEN,))
    of(page.get_by_role("dialog")).to_be_visible()
    of(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(" and half")
    of(page.get_by_label("Name")).to_have_value("half and half")


def test_errors_that_were_dismissed_stay_away_until_there_are_others(preview, open_page):
    page = open_page()
    dialog = page.get_by_role("dialog")
    preview.tell(problems=(BROKEN,))
    of(dialog).to_be_visible()
    page.keyboard.press("Escape")
    of(dialog).to_be_hidden()
    of(bar(page, "1 error")).to_be_focused()
    change_page(preview, "p2", "<h1>New</h1>")
    of(page.locator("h1")).to_have_text("New")
    of(bar(page, "1 error")).to_be_visible()
    of(dialog).to_be_hidden()
    preview.tell(problems=(BROKEN, msgspec.structs.replace(BROKEN, file="_news/other.md")))
    of(page.get_by_role("dialog", name="2 errors")).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    of(dialog).to_be_hidden()
    bar(page, "2 errors").click()
    of(dialog).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    preview.tell(problems=())
    of(bar(page, "2 errors")).to_be_hidden()
    preview.tell(problems=(BROKEN,))
    of(dialog).to_be_visible()


def test_whatever_files_hold_only_ever_becomes_text(preview, open_page, complaints):
    preview.bodies["/"] = '<h1>Front</h1><a href="/a%3Cb/">A</a>'
    hostile = Trouble(HOSTILE, 1, 2, "error", HOSTILE, HOSTILE, ((1, HOSTILE),))
    preview.groups = [Group(HOSTILE, HOSTILE, 9, (Shown(HOSTILE, HOSTILE, "/x/", HOSTILE), Shown(HOSTILE, HOSTILE)))]
    preview.tell(
        problems=(hostile, msgspec.structs.replace(hostile, severity="warning")),
        counts={HOSTILE: 9},
        ribbon=HOSTILE,
        reasons=(HOSTILE,),
        story=Surroundings(
            LEAD, 9, (Member(HOSTILE, HOSTILE, HOSTILE, "javascript:document.title=1", 1, 1, (HOSTILE,), HOSTILE),)
        ),
        marks={"/a%3Cb/": HOSTILE},
        missing=HOSTILE,
        nearby=(Link("/x/", HOSTILE), Link("javascript:document.title=1", HOSTILE)),
    )
    page = open_page()
    of(page.get_by_role("dialog")).to_contain_text(HOSTILE)
    bar(page, "Preview").click()
    of(page.locator(".groups summary")).to_contain_text(HOSTILE)
    of(page.locator(".reasons details")).to_contain_text(HOSTILE)
    of(page.locator("img, b")).to_have_count(0)
    of(page.locator("[data-preview-mark]")).to_have_attribute("data-preview-mark", HOSTILE)
    of(page.locator("a[href^=javascript]")).to_have_count(0)
    of(page).to_have_title("Page")
    assert ["404" in text for text in complaints] == [True]
    complaints.clear()


# The bar, the ribbon, and a page that is not there


def test_the_bar_says_what_a_build_would_leave_out_and_why_a_story_is_where_it_is(preview, open_page):
    preview.groups = [
        Group(
            "drafts",
            "Drafts",
            12,
            (Shown("a.md", "A draft", "/news/a/", "draft: true"), Shown("b.md", "B")),
        ),
        Group("folded", "Folded into a story", 1, (Shown("_news/c.md", "C", "/news/d/", "led by D"),)),
    ]
    preview.tell(
        drafts=True,
        counts={"drafts": 12, "scheduled": 1, "folded": 1},
        reasons=("It leads because it was published first.",),
    )
    page = open_page()
    of(bar(page, "drafts are shown · 12 drafts · 1 scheduled · 1 folded")).to_be_visible()
    bar(page, "Why here?").click()
    of(page.get_by_text("It leads because it was published first.")).to_be_visible()
    panel = page.get_by_role("region", name="About this page")
    of(panel).to_be_focused()
    of(panel.locator("summary")).to_have_count(2)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    of(panel.get_by_role("link", name="A draft")).to_have_attribute("href", "/news/a/")
    of(panel.get_by_text("and 10 more")).to_be_visible()
    page.keyboard.press("Escape")
    of(panel).to_be_hidden()
    of(bar(page, "Preview")).to_be_focused()


def test_the_bar_says_what_a_story_holds_and_what_it_leads_on_to_with_why(preview, open_page):
    preview.tell(reasons=("It leads alone.",), story=HELD)
    page = open_page()
    bar(page, "Why here?").click()
    reasons = page.locator(".reasons")
    of(reasons.locator("summary")).to_have_text(
        ["What its story holds 21", "Related stories 1", "Nearest that were left out 1"]
    )
    of(reasons.get_by_role("link")).to_have_count(0)
    for summary in reasons.locator("summary").all():
        summary.click()
    held, related, left_out = (details.locator("li") for details in reasons.locator("details").all())
    of(held).to_have_text(
        [
            re.compile(r"^Bridge closes tern\.example\.org\s*report · 0\.61 · \+2\.5 d · bridge, harbour$"),
            re.compile(r"^Ferry far\.example\.net\s*loosely related · 0\.00 · −1 d · below 0\.15$"),
            re.compile(r"^Pier far\.example\.net\s*not shown · \+0 d · the same address as a\.md$"),
        ]
    )
    of(reasons.get_by_text("and 18 more")).to_be_visible()
    of(related.get_by_role("link", name="Bridge is built")).to_have_attribute("href", "/news/built/")
    of(left_out).to_contain_text(["0.20 · −40 d · below 0.22"])


def test_what_is_open_in_the_panel_stays_open_when_a_page_changes(preview, open_page):
    preview.tell(reasons=("It leads alone.",), story=HELD)
    page = open_page()
    bar(page, "Why here?").click()
    page.get_by_text("Related stories 1").click()
    of(page.get_by_role("link", name="Bridge is built")).to_be_visible()
    preview.tell(page="p2", story=msgspec.structs.replace(HELD, left_out=()))
    of(page.locator(".reasons summary")).to_have_count(2)
    of(page.get_by_role("link", name="Bridge is built")).to_be_visible()


def test_an_open_panel_keeps_up(preview, open_page):
    preview.groups = [Group("drafts", "Drafts", 1, (Shown("_news/a.md", "A"),))]
    preview.tell(counts={"drafts": 1})
    page = open_page()
    bar(page, "Preview").click()
    page.locator("summary").click()
    preview.groups = [Group("drafts", "Drafts", 2, (Shown("_news/a.md", "A"), Shown("_news/b.md", "Another")))]
    preview.tell(round=2, counts={"drafts": 2})
    of(page.get_by_text("Another")).to_be_visible()
    of(page.locator("summary")).to_be_focused()


def test_the_bar_can_be_small_and_stays_so(preview, open_page):
    page = open_page()
    preview.tell(counts={"drafts": 3})
    bar(page, "Make this bar small").click()
    of(bar(page, "3 drafts")).to_be_hidden()
    of(bar(page, "Preview")).to_be_focused()
    change_page(preview, "p2", "<h1>New</h1>")
    of(page.locator("h1")).to_have_text("New")
    of(bar(page, "Preview")).to_be_focused()
    of(bar(page, "3 drafts")).to_be_hidden()
    page.keyboard.press("Enter")
    of(bar(page, "3 drafts")).to_be_visible()


def test_the_end_of_the_page_can_be_seen_above_the_bar_and_its_beginning_below_the_ribbon(preview, open_page):
    preview.bodies["/"] = "<h1>Front</h1>" + listed(*LINES)
    preview.tell(ribbon="Draft: not published")
    page = open_page()
    of(page.get_by_text("Draft: not published")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    ribbon = page.get_by_text("Draft: not published").bounding_box()
    assert page.locator("h1").bounding_box()["y"] >= ribbon["y"] + ribbon["height"]
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = page.locator("p", has_text=re.compile("^Line 199$")).bounding_box()
    assert last["y"] + last["height"] <= bar(page, "Preview").bounding_box()["y"]


def test_links_to_what_only_a_preview_has_are_marked(preview, open_page):
    preview.bodies["/"] = (
        '<h1>Front</h1><a href="/news/caf%C3%A9/">A</a><a href="http://elsewhere.example/news/café/">B</a>'
        '<a href="/news/café/?x#y">C</a><a href="/news/other/">D</a>'
        '<a href="/news/café/"><img alt="" src="/icon.svg"></a>'
    )
    preview.tell(marks={"/news/caf%C3%A9/": "draft"})
    page = open_page()
    of(page.locator("[data-preview-mark=draft]")).to_have_text(["A", "C"])
    label = "link => getComputedStyle(link, '::after').content"
    assert page.locator("a").first.evaluate(label) == '"draft"'
    preview.tell(marks={})
    of(page.locator("[data-preview-mark]")).to_have_count(0)


def test_a_page_that_is_not_there_says_why_and_comes_when_it_is(preview, open_page, complaints):
    preview.bodies["/news/brige/"] = "<h1>This page is not here</h1>"
    near = (Link("/news/bridge/", "Harbour bridge opens"),)
    preview.tell("/news/brige/", missing="No record is called `brige`.", nearby=near)
    page = open_page("/news/brige/")
    dialog = page.get_by_role("dialog", name="This page is not here")
    of(dialog).to_contain_text("No record is called `brige`.")
    of(dialog.get_by_role("link", name="Harbour bridge opens")).to_have_attribute("href", "/news/bridge/")
    page.keyboard.press("Escape")
    of(dialog).to_be_hidden()
    bar(page, "Preview").click()
    of(page.get_by_role("link", name="Harbour bridge opens")).to_be_visible()
    assert ["404" in text for text in complaints] == [True]
    complaints.clear()
    preview.bodies["/news/brige/"] = "<h1>It is here</h1>"
    preview.tell("/news/brige/", page="p2", missing="", nearby=())
    of(page.locator("h1")).to_have_text("It is here")
    of(dialog).to_be_hidden()


def test_nothing_of_the_preview_is_printed(preview, open_page):
    preview.tell(problems=(BROKEN,), ribbon="Draft", marks={"/": "draft"})
    preview.bodies["/"] = '<h1>Front</h1><a href="/">A</a>'
    page = open_page()
    of(page.get_by_role("dialog")).to_be_visible()
    page.emulate_media(media="print")
    of(page.locator("broadsheet-preview")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).paddingBottom") == "0px"
    assert page.locator("a").evaluate("link => getComputedStyle(link, '::after').content") == "none"


# For everybody


@pytest.fixture
def rich(preview) -> Preview:
    """A page and a site with everything that there is to tell."""
    preview.files["/look.css"] = ("text/css", (THEME / "broadsheet.css").read_text(encoding="utf-8"))
    preview.bodies["/"] = '<main><h1>Front</h1><p><a href="/news/a/">A story</a> of some words.</p></main>'
    preview.groups = [Group("drafts", "Drafts", 9, (Shown("_news/a.md", "A draft", "/news/a/", "draft: true"),))]
    preview.tell(
        problems=(BROKEN, GUESS),
        counts={"drafts": 9, "folded": 17},
        reasons=("It leads because it was published first.",),
        story=HELD,
        ribbon="Draft: not published",
        marks={"/news/a/": "draft"},
        missing="No record is called `brige`.",
        nearby=(Link("/news/bridge/", "Harbour bridge opens"),),
        drafts=True,
    )
    return preview


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_stands_in_anybodys_way(rich, browser, look: str, width: int):
    require("axe-core", AXE.is_file())
    # The page's own policy would keep axe out.
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=look, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(rich.address)
    of(page.get_by_role("dialog")).to_be_visible()
    bar(page, "Preview").click()
    page.get_by_text("Drafts 9").click()
    of(page.get_by_role("link", name="A draft")).to_be_visible()
    page.get_by_text("What its story holds 21").click()
    of(page.get_by_role("link", name="Bridge closes")).to_be_visible()
    of(page.get_by_role("dialog")).to_be_visible()
    page.add_script_tag(path=AXE)
    judge = "rules => axe.run({ runOnly: { type: 'tag', values: rules } })"
    found = page.evaluate(judge, RULES)["violations"]
    page.keyboard.press("Escape")
    of(page.get_by_role("region", name="About this page")).to_be_hidden()
    page.get_by_role("button", name="Dismiss").click()
    found += page.evaluate(judge, RULES)["violations"]
    bar(page, "small").click()
    found += page.evaluate(judge, RULES)["violations"]
    context.close()
    assert not [f"{it['id']}: {node['html']}\n{node['failureSummary']}" for it in found for node in it["nodes"]]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [390, 1280])
def test_all_parts_are_on_the_screen_and_read_from_left_to_right(rich, open_page, context, width: int, direction: str):
    rich.tell(missing="")
    page = open_page()
    of(page.get_by_role("dialog")).to_be_visible()
    page.set_viewport_size({"width": width, "height": 700})
    page.evaluate("direction => { document.documentElement.dir = direction }", direction)
    bar(page, "Preview").click()
    for part in (page.get_by_role("dialog"), page.get_by_role("region", name="About this page"), bar(page, "1 error")):
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 700
        of(part).to_have_css("direction", "ltr")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_styles_of_a_page_do_not_reach_the_preview_nor_its_own_the_page(preview, open_page):
    wild = "* { display: inline !important; color: red !important; font-size: 40px } html > * { position: static }"
    preview.files["/look.css"] = ("text/css", wild)
    preview.bodies["/"] = '<h1 class="bar overlay ribbon panel">Front</h1>'
    page = open_page()
    of(bar(page, "Preview")).to_have_css("font-size", "13px")
    of(bar(page, "Preview")).not_to_have_css("color", "rgb(255, 0, 0)")
    of(page.locator("h1")).to_have_css("position", "static")
