"""How pages arrive: from one host, light, and without moving under the reader's eyes."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from complaints import hear
from judged import KINDS, NO_PICTURES, SEARCH, SELF_CONTAINED_SITES, SITES

from broadsheet.config import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.slow

HEAVIEST = 60_000

# Before any script of the page: what its policy forbids, and what moves.
WATCH = """
window.moved = [];
document.addEventListener("securitypolicyviolation", it => console.error("refused: " + it.violatedDirective));
new PerformanceObserver(list => window.moved.push(...list.getEntries().map(entry => ({
  value: entry.value,
  what: entry.sources.map(it => it.node?.outerHTML?.slice(0, 160) ?? it.node?.textContent ?? "?"),
})))).observe({ type: "layout-shift", buffered: true });
"""
FIRST_PAINT = """new Promise(done => new PerformanceObserver(
  list => list.getEntriesByName("first-contentful-paint").length && done()
).observe({ type: "paint", buffered: true }))"""
# Two frames for each step, so that what comes into view is loaded, laid out and painted.
READ_TO_THE_END = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
    scrollTo(0, y);
    await frame();
    await frame();
  }
}"""


@dataclass
class Visit:
    """A page that was read from its beginning to its end."""

    page: "Page"
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def moved(self) -> list[str]:
        """Return what moved without being asked to, with its share in the cumulative layout shift."""
        return [f"{it['value']:.4f} {it['what']}" for it in self.page.evaluate("window.moved")]


Read = Callable[..., Visit]


@pytest.fixture
def read(browser: "Browser") -> Iterator[Read]:
    """Return a function that reads the page at an address in a window of a width.

    Its typeface comes late, as it does on a slow line: a page that stands still then always does.
    """
    contexts = []

    def run(address: str, width: int) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        visit = Visit(context.new_page())
        context.on("request", lambda request: visit.requests.append(request.url))
        hear(visit.page, visit.complaints)
        visit.page.add_init_script(WATCH)
        held: list[Route] = []
        painted = False

        def hold(route: "Route") -> None:
            if painted:
                route.continue_()
            else:
                held.append(route)

        visit.page.route("**/*.woff2*", hold)
        visit.page.goto(address, wait_until="domcontentloaded")
        visit.page.evaluate(FIRST_PAINT)
        painted = True
        for route in held:
            route.continue_()
        visit.page.wait_for_load_state("load")
        visit.page.evaluate("document.fonts.ready.then(() => true)")
        visit.page.evaluate(READ_TO_THE_END)
        visit.page.wait_for_load_state("networkidle")
        return visit

    yield run
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SITES)
def test_nothing_on_a_page_moves_while_it_loads(judged, read: Read, name: str, kind: str, width: int):
    moved = read(judged(name).page(kind), width).moved()
    assert not moved, "\n".join(moved)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SELF_CONTAINED_SITES)
def test_a_page_asks_no_other_host_for_anything_and_keeps_its_policy(judged, read: Read, name: str, kind: str):
    site = judged(name)
    visit = read(site.page(kind), 1280)
    assert [url for url in visit.requests if not url.startswith(site.address)] == []
    assert visit.complaints == []


def test_a_front_page_is_light_and_has_one_style_sheet(judged, read: Read):
    visit = read(judged("powerapps").page("front"), 390)
    host = judged("powerapps").address
    # A browser without a window does not fetch icons.
    icons = visit.page.eval_on_selector_all("link[rel~=icon]", "links => links.map(link => link.href)")
    weights = {url: _weight(url) for url in {*visit.requests, *icons} if url.startswith(host)}
    told = "\n".join(f"{weight:,} bytes: {url}" for url, weight in weights.items())
    assert sum(weights.values()) <= HEAVIEST, told
    assert visit.page.eval_on_selector_all("link[rel~=stylesheet], style", "sheets => sheets.length") == 1


def test_a_page_that_moves_asks_others_and_breaks_its_policy_is_found(tmp_path: Path, serve, read: Read):
    (tmp_path / "index.html").write_text(
        """<!doctype html><title>A page</title>
        <meta http-equiv=Content-Security-Policy content="default-src 'none'; script-src 'self'; img-src *">
        <p>Text<p><img src=http://elsewhere.example/a.png><script src=a.js></script><style>p { color: red }</style>""",
        encoding="utf-8",
    )
    (tmp_path / "a.js").write_text(
        "requestAnimationFrame(() => requestAnimationFrame(() => {"
        "const it = document.createElement('div'); it.textContent = 'late'; it.style.height = '300px';"
        "document.body.prepend(it) }))",
        encoding="utf-8",
    )
    visit = read(serve(tmp_path), 390)
    assert visit.moved()
    assert "http://elsewhere.example/a.png" in visit.requests
    assert any(complaint.startswith("refused: style-src") for complaint in visit.complaints)


def test_the_weight_of_a_file_is_that_of_what_is_sent(tmp_path: Path, serve):
    (tmp_path / "index.html").write_text("<p>Text" * 1000, encoding="utf-8")
    (tmp_path / "a.woff2").write_bytes(bytes(1000))
    address = serve(tmp_path)
    assert _weight(address) == len(gzip.compress(b"<p>Text" * 1000))
    assert _weight(address + "a.woff2") == 1000


def test_all_kinds_of_pages_are_judged(judged):
    assert (judged("example").folder / "search/index.html").is_file() == SEARCH, "see SEARCH in judged.py"
    assert ("images" in Settings.__struct_fields__) == NO_PICTURES, "see NO_PICTURES in judged.py"


def _weight(url: str) -> int:
    """Return how many bytes a browser gets for an address, without the head."""
    with urlopen(Request(url, headers={"Accept-Encoding": "gzip"}), timeout=10) as response:
        return len(response.read())
