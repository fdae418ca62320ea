"""Every page of every hostile site in a real browser: no dialog, no request, no complaint, no script but ours.

The sites are those of `tests/hostile`; what they are made of is parsed there.
"""

import re
import sys
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

sys.path.append(str(Path(__file__).parents[1] / "hostile"))
from host import serving
from hostile_sites import built, made, names, statement
from previewed import of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.slow

BY_STRANGERS = [name for name in names() if not statement(name).refused and not statement(name).trusted]
PREVIEWED = [name for name in BY_STRANGERS if statement(name).preview]
# What a browser opens by itself: drawings and XML may hold scripts, too. Feeds of topics hold what the site's own does.
OPENED = ("**/*.html", "**/*.svg", "*.xml", "editions/*.xml")
PLAYER = re.compile(r"https://www\.youtube-nocookie\.com/embed/[A-Za-z0-9_-]{11}\?autoplay=1").fullmatch

# Before any script of a page.
WATCH = """
window.seen = [];
document.addEventListener("securitypolicyviolation", (event) => {
  seen.push(`the policy forbids ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
for (const name of ["open", "print"]) window[name] = (...values) => seen.push(`${name}(${values})`);
"""
# What a reader may do to a page, all at once. Links of the web do not lead on, any other kind does what it does.
TOUCH = """() => {
  const leads = (event) => {
    const link = event.target.closest?.("a");
    // What a browser takes for no address has no scheme, and leads nowhere.
    if (link && /^(https?|mailto|):$/.test(link.protocol) && !link.matches("a.video")) event.preventDefault();
  };
  addEventListener("click", leads, true);
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const element of document.querySelectorAll("body *")) {
    for (const name of ["pointerover", "mouseover", "mouseenter"]) element.dispatchEvent(new MouseEvent(name));
  }
  for (const element of document.querySelectorAll("a, summary, input, [tabindex]")) element.focus?.();
  for (const link of document.querySelectorAll("a, area")) link.click?.();
  removeEventListener("click", leads, true);
  if (window.pwned !== undefined) seen.push("a script ran");
  for (const name of ["pwned", "evil"]) {
    if (document[name] || document.getElementById(name) || document.getElementsByName(name).length) {
      seen.push(`something is called ${name}`);
    }
  }
  for (const frame of document.querySelectorAll("iframe, frame, object, embed")) {
    if (!frame.matches("iframe.video")) seen.push(`a frame: ${frame.outerHTML}`);
  }
  for (const element of document.querySelectorAll("body [style]")) {
    if (!document.querySelector("table.paper")) seen.push(`a style: ${element.outerHTML.slice(0, 200)}`);
  }
  return seen;
}"""


class Watched:
    """A reader of pages below an address, and whatever is not as it should be; what leaves is not let out."""

    def __init__(self, context: "BrowserContext", address: str) -> None:
        """Watch a tab of its own."""
        self.wrong: list[str] = []
        self._address = address
        self._own = f"http://{urlsplit(address).netloc}/"
        self._looks = cycle(("dark", "light"))
        context.add_init_script(WATCH)
        self.page = page = context.new_page()
        context.on("page", lambda _: self.wrong.append("another tab was opened"))
        context.on("request", self._asked)
        context.on("response", self._answered)
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.wrong.append(f"an error: {error}"))
        page.on("console", self._told)
        page.on("download", lambda download: self.wrong.append(f"a download: {download.url}"))

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(self._own) and not PLAYER(request.url):
            self.wrong.append(f"a request leaves: {request.url}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.wrong.append(f"status {response.status}: {response.url}")

    def _told(self, message: Any) -> None:
        # There is no network: a player that was asked for can not come. And browsers look for an icon by themselves.
        url = message.location.get("url", "")
        if not PLAYER(url) and url != f"{self._own}favicon.ico":
            self.wrong.append(f"told: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def touch(self) -> None:
        """Do what readers do, in light and in dark, and note what comes of it."""
        before = self.page.url
        self.page.emulate_media(color_scheme=next(self._looks))
        self.wrong += self.page.evaluate(TOUCH)
        if self.page.url != before:
            self.wrong.append(f"{before} leads to {self.page.url}")

    def visit(self, path: str) -> list[str]:
        """Open a page, touch it, and return what was wrong."""
        self.wrong.clear()
        self.page.goto(self._address + path, wait_until="load")
        self.touch()
        return list(self.wrong)

    def follow(self, path: str) -> list[str]:
        """Open a page that leads on, and return what was wrong, as if it did not lead into the site."""
        self.wrong.clear()
        self.page.goto(self._address + path, wait_until="commit")
        self.page.wait_for_url(lambda url: url != self._address + path)
        if not self.page.url.startswith(self._address):
            self.wrong.append(f"{path} leads to {self.page.url}")
        return list(self.wrong)


@pytest.fixture(scope="module")
def watch(browser: "Browser") -> "Iterator[Any]":
    """Return a function that gives a new reader of an address."""
    contexts = []

    def run(address: str) -> Watched:
        contexts.append(browser.new_context(viewport={"width": 1000, "height": 700}, reduced_motion="reduce"))
        return Watched(contexts[-1], address)

    yield run
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", BY_STRANGERS)
def test_no_page_does_what_a_stranger_wants(watch, tmp_path, name):
    site = built(name, tmp_path)
    paths = sorted({path for kind in OPENED for path in site.output.glob(kind) if path.is_file()})
    assert paths
    wrong = {}
    with serving(site.served) as address:
        reader = watch(address)
        for path in paths:
            where = quote(path.relative_to(site.served).as_posix())
            leads_on = path.suffix == ".html" and '<meta http-equiv="refresh"' in path.read_text(encoding="utf-8")
            wrong[where] = reader.follow(where) if leads_on else reader.visit(where)
        for words in site.attack.asked:
            wrong[f"search: {words}"] = searched(reader, site.attack.root.lstrip("/"), words)
    assert {where: found for where, found in wrong.items() if found} == {}


def searched(reader: Watched, root: str, words: str) -> list[str]:
    """Search for `words`, and return what was wrong."""
    reader.visit(f"{root}search/?q={quote(words)}")
    status = reader.page.locator(".search-status")
    of(status).to_have_text(re.compile(r"\d|[Nn]o"))
    reader.touch()
    chosen = reader.page.locator("select:not([name=sort]) option:not([value=''])").all_text_contents()
    return [*reader.wrong, *(label for label in chosen if not re.search(r"\S \([0-9]+\)$", label))]


@pytest.mark.parametrize("name", PREVIEWED)
def test_no_page_of_a_preview_does_what_a_stranger_wants(watch, tmp_path, start, name):
    preview = start(made(name, tmp_path))
    reader = watch(preview.address)
    for path in ("", "latest/", "search/", "none/"):
        found = reader.visit(path)
        of(reader.page.locator("broadsheet-preview")).to_be_attached()
        of(reader.page.locator("broadsheet-preview .bar")).to_be_visible()
        reader.touch()
        assert [line for line in (*found, *reader.wrong) if not (path == "none/" and "404" in line)] == []


def test_a_reader_who_is_attacked_is_noticed(watch, tmp_path):
    """Whatever one of these tests looks for, it would find."""
    (tmp_path / "index.html").write_text(
        "<!doctype html><title>x</title><meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">"
        "<body><img src=/a.png><script>window.pwned = 1; alert('dialog')</script><script>none()</script>"
        "<p id=pwned style='color: red'>x</p><a href='javascript:console.log(\"ran\")'>x</a><iframe></iframe>"
        "<link rel=stylesheet href=https://evil.example/x.css><link rel=stylesheet href=/missing.css></body>",
        encoding="utf-8",
    )
    with serving(tmp_path) as address:
        found = "\n".join(watch(address).visit("index.html"))
    signs = ["img-src", "a script ran", "dialog", "none is not defined", "called pwned", "a style", "a frame", "ran"]
    for sign in [*signs, "leaves: https://evil.example/x.css", "status 404"]:
        assert sign in found, sign


def test_own_templates_are_trusted_to_run_scripts(watch, tmp_path):
    site = built("own-templates", tmp_path)
    with serving(site.served) as address:
        assert "a script ran" in watch(address).visit("daily/")
