"""`broadsheet serve` as a host: paths, types, tags, ranges, packing, and the policy that pages really run under."""

import gzip
from html import unescape
from html.parser import HTMLParser

import pytest
from previewed import OPERA, of, replaced, save, sign, wait_until

pytestmark = pytest.mark.slow

BASE = "/repo/"
# The browser's own: yellow.
UNSTYLED_MARK = "rgb(255, 255, 0)"


@pytest.fixture
def below(site):
    """A site that is published below a path, with search, and a file in a folder of its own."""
    site.settings(base_url=f"https://example.org{BASE}", search=True)
    site.write("static/numbers.txt", "0123456789")
    site.write("static/long.txt", "tide " * 1000)
    site.write("static/maps/index.html", "<!doctype html><title>Maps</title><h1>Maps</h1>")
    for ending in ("png", "woff2", "pdf", "webp", "strange"):
        site.write(f"static/file.{ending}", "x")
    return site


# Paths


def test_a_site_below_a_path_is_there_with_all_its_parts(below, start, open_tab):
    preview = start(below)
    assert preview.address.endswith(f":{preview.port}{BASE}")
    failed = []
    tab = open_tab(preview.address)
    tab.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    tab.goto(preview.address)
    of(tab.locator("main")).to_contain_text("Opera roof")
    tab.get_by_role("link", name="Opera roof keeps out the rain").first.click()
    of(tab).to_have_url(f"{preview.address}news/{OPERA}/")
    assert tab.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    replaced(below.records / f"{OPERA}.md", "keeps out", "lets in")
    of(tab.locator("h1")).to_have_text("Opera roof lets in the rain")
    tab.goto(f"{preview.address}search/?q=ferry")
    of(tab.locator(".search-list")).to_contain_text("Ferry crew")
    tab.locator(".search-list a").first.click()
    of(tab.locator("h1")).to_have_text("Ferry crew rests on Sundays")
    assert failed == []
    assert tab.complaints == []


@pytest.mark.parametrize("path", ["/", "/repo"])
def test_the_ways_to_a_site_below_a_path_lead_into_it(below, start, open_tab, path):
    preview = start(below)
    answer = preview.get(path)
    assert (answer.status, answer.headers["location"]) == (301, BASE)
    tab = open_tab(f"http://127.0.0.1:{preview.port}{path}")
    of(tab).to_have_url(preview.address)


@pytest.mark.parametrize("path", ["/news/", "/about/", "/theme/broadsheet.css", "/repository/", "/feed.xml"])
def test_outside_of_its_path_there_is_nothing(below, start, path):
    preview = start(below)
    assert preview.get(path).status == 404


def test_another_path_of_the_site_is_the_one_from_then_on(site, start, open_tab):
    preview = start(site)
    assert preview.get("/about/").status == 200
    with preview.states() as states:
        before = next(states)["round"]
        site.settings(base_url=f"https://example.org{BASE}")
        next(state for state in states if state["round"] > before)
    assert preview.get(f"{BASE}about/").status == 200
    assert preview.get("/about/").status == 404


def test_a_folder_leads_to_its_page_and_what_was_asked_goes_along(below, start, open_tab):
    preview = start(below)
    answer = preview.get(f"{BASE}search?q=a%20b&topic=x")
    assert (answer.status, answer.headers["location"]) == (301, f"{BASE}search/?q=a%20b&topic=x")
    assert preview.get(f"{BASE}maps").headers["location"] == f"{BASE}maps/"
    assert preview.get(f"{BASE}maps/index.html").body == preview.get(f"{BASE}maps/").body
    tab = open_tab(f"{preview.address}search?q=ferry")
    of(tab.locator("#search-words")).to_have_value("ferry")


def test_a_page_that_is_not_there_is_the_sites_own_with_its_status(below, start, open_tab):
    preview = start(below)
    answer = preview.get(f"{BASE}nothing/")
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.body == preview.get(f"{BASE}404.html").body
    assert preview.get(f"{BASE}404.html").status == 200
    # A browser looks at the whole address: styles and links of the page hold wherever it stands.
    tab = open_tab(f"{preview.address}deep/down/nothing/")
    assert tab.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    tab.get_by_role("link", name="front page").click()
    of(tab).to_have_url(preview.address)


# Answers

TYPES = {
    "": "text/html; charset=utf-8",
    "own.css": "text/css; charset=utf-8",
    "theme/broadsheet.js": "text/javascript; charset=utf-8",
    "theme/icon.svg": "image/svg+xml",
    "feed.xml": "application/xml",
    "feed.json": "application/json",
    "sitemap.xml": "application/xml",
    "api/news/index.json": "application/json",
    "robots.txt": "text/plain; charset=utf-8",
    "file.png": "image/png",
    "file.webp": "image/webp",
    "file.woff2": "font/woff2",
    "file.pdf": "application/pdf",
    "file.strange": "application/octet-stream",
    "pagefind/pagefind.js": "text/javascript; charset=utf-8",
}


def test_every_file_has_its_type_and_no_browser_guesses(below, start):
    preview = start(below)
    for path, expected in TYPES.items():
        answer = preview.get(BASE + path)
        assert answer.status == 200, path
        assert answer.headers["content-type"] == expected, path
        assert answer.headers["x-content-type-options"] == "nosniff", path


@pytest.mark.parametrize("path", ["", "own.css", "numbers.txt", f"news/{OPERA}/"])
def test_what_a_client_has_is_not_sent_again_until_it_is_another(below, start, path):
    preview = start(below)
    for accept in ("*/*", "text/html"):
        first = preview.get(BASE + path, accept=accept)
        tag = first.headers["etag"]
        again = preview.get(BASE + path, accept=accept, if_none_match=f'"another", {tag}')
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert preview.get(BASE + path, accept=accept, if_none_match='"another"').body == first.body


def test_a_tag_changes_with_the_file(below, start):
    preview = start(below)
    tag = preview.get(f"{BASE}numbers.txt").headers["etag"]
    with preview.states(BASE) as states:
        before = next(states)["round"]
        save(below / "static/numbers.txt", "9876543210")
        next(state for state in states if state["round"] > before)
    answer = preview.get(f"{BASE}numbers.txt", if_none_match=tag)
    assert (answer.status, answer.body) == (200, b"9876543210")


def test_parts_of_a_file_can_be_asked_for(below, start):
    preview = start(below)
    path = f"{BASE}numbers.txt"
    for asked, sent, where in (("2-4", b"234", "2-4"), ("7-", b"789", "7-9"), ("-2", b"89", "8-9")):
        answer = preview.get(path, range=f"bytes={asked}")
        assert (answer.status, answer.body) == (206, sent)
        assert answer.headers["content-range"] == f"bytes {where}/10"
    beyond = preview.get(path, range="bytes=10-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, "bytes */10")
    assert preview.get(path).headers["accept-ranges"] == "bytes"
    assert preview.get(path, range="bytes=2-4", if_range='"another"').status == 200


def test_texts_are_packed_for_who_can_unpack_them(below, start):
    preview = start(below)
    for path in ("", "theme/broadsheet.css", "long.txt", "feed.json", "pagefind/pagefind.js"):
        plain, packed = preview.get(BASE + path), preview.get(BASE + path, accept_encoding="gzip, br")
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip", path
        assert "Accept-Encoding" in packed.headers["vary"], path
        assert gzip.decompress(packed.body) == plain.body, path
        assert len(packed.body) < len(plain.body), path
        assert packed.headers["etag"] != plain.headers["etag"], path
        assert "content-encoding" not in preview.get(BASE + path, accept_encoding="gzip;q=0").headers


def test_a_question_for_the_head_alone_is_answered_without_a_body(below, start):
    preview = start(below)
    for path in ("", "numbers.txt", "nothing/"):
        whole, head = preview.get(BASE + path), preview.get(BASE + path, "HEAD")
        assert head.body == b""
        assert (head.status, head.headers["content-length"]) == (whole.status, str(len(whole.body)))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent_to_it(below, start, method):
    preview = start(below)
    for path in (BASE, f"{BASE}nothing/", "/.broadsheet/events", "/.broadsheet/preview.js"):
        assert preview.get(path, method).status == 405


# The policy


class _Policy(HTMLParser):
    found = ""

    def handle_starttag(self, tag, attrs) -> None:
        values = dict(attrs)
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            self.found = unescape(values["content"])


def policy(content: bytes) -> str:
    parser = _Policy()
    parser.feed(content.decode())
    return parser.found


def test_the_policies_are_those_of_a_build(tmp_path, below, start, build):
    output = build(below.folder, tmp_path / "output", "--now", "2024-05-10T00:00:00Z")
    preview = start(below)
    rules = [line.strip() for line in (output / "_headers").read_text(encoding="utf-8").splitlines()]
    headers = dict(line.split(": ", 1) for line in rules if ": " in line and not line.startswith("#"))
    for path in ("", f"news/{OPERA}/", "search/", "404.html"):
        file = output / path / "index.html" if not path.endswith(".html") else output / path
        answer = preview.get(BASE + path, accept="text/html")
        assert "default-src 'none'" in policy(answer.body)
        assert policy(answer.body) == policy(file.read_bytes())
        for name in ("Content-Security-Policy", "Referrer-Policy", "Permissions-Policy"):
            assert answer.headers[name.lower()] == headers[name]


def test_headers_of_ones_own_hold_in_a_preview_too(below, start):
    below.write("static/_headers", f"{BASE}*\n  X-Tide: high\n")
    preview = start(below)
    assert preview.get(BASE).headers["x-tide"] == "high"
    assert "content-security-policy" not in preview.get(BASE).headers


def test_no_policy_is_broken_by_anything_that_a_preview_does(below, start, open_tab):
    preview = start(below, "--drafts")
    below.add("2024-05-04-eel", "Eel seen in the dock", topics=["Stage"], draft=True)
    tab = open_tab(f"{preview.address}news/2024-05-04-eel/")
    broken = "document.addEventListener('securitypolicyviolation', (event) => console.log(event.violatedDirective))"
    tab.add_init_script(broken)
    tab.reload()
    of(tab.locator(".ribbon")).to_be_visible()
    sign(tab)
    below.write("static/own.css", "h1 { color: rgb(4, 5, 6); }\n")
    wait_until(tab, "() => getComputedStyle(document.querySelector('h1')).color === 'rgb(4, 5, 6)'")
    record = below.records / "2024-05-04-eel.md"
    replaced(record, "quality: 60", "quality: many")
    of(tab.locator(".overlay")).to_contain_text("quality: many")
    of(tab.locator(".overlay mark")).not_to_have_css("background-color", UNSTYLED_MARK)
    replaced(record, "quality: many", "quality: 61")
    of(tab.locator(".overlay")).to_be_hidden()
    tab.get_by_role("button", name="Why here?").click()
    of(tab.locator(".reasons")).to_be_visible()
    replaced(record, "Eel seen", "Eels seen")
    of(tab.locator("h1")).to_have_text("Eels seen in the dock")
    assert tab.complaints == []
