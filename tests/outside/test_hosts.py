"""A site as a host that reads `_headers` sends it, in a real browser: what the headers forbid, no page has use for."""

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGES = [
    *("", "latest/", "about/", "archive/2020/06/", "404.html", "editions/", "editions/2020-05-25/"),
    "news/2020-05-19-microsoft-tailors-a-cloud-for-healthcare/",
    "editions/2020-05-25/email.html",
]


def rules(file: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("/"):
            found.append((line, []))
        elif line.startswith(" "):
            name, _, value = line.strip().partition(": ")
            found[-1][1].append((name, value))
    return found


class _Host(SimpleHTTPRequestHandler):
    """Sends a folder as a host does, every file with the headers of all rules that its path matches."""

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":
            # A browser looks for it where a page names no icon, as an email does not.
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def end_headers(self) -> None:
        path = urlsplit(self.path).path
        for rule, headers in rules(Path(self.directory) / "_headers"):
            if path == rule or (rule.endswith("*") and path.startswith(rule[:-1])):
                for name, value in headers:
                    self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path, build: Callable[..., Path]) -> Iterator[str]:
    output = build(ROOT / "site", tmp_path / "out")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Host, directory=str(output)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_no_page_breaks_the_headers_that_it_is_sent_with(browser: "Browser", address: str) -> None:
    context = browser.new_context()
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    for path in PAGES:
        sent = page.goto(address + path, wait_until="load")
        assert sent is not None
        assert "frame-ancestors 'none'" in sent.headers["content-security-policy"]
    context.close()
    assert complaints == []


def test_the_email_of_an_issue_keeps_its_look(browser: "Browser", address: str) -> None:
    page = browser.new_page()
    page.goto(address + "editions/2020-05-25/email.html")
    assert page.evaluate("getComputedStyle(document.querySelector('.paper')).maxWidth") == "600px"
    page.close()


def test_nobody_shows_a_page_within_one_of_his_own(browser: "Browser", address: str) -> None:
    page, complaints = browser.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.set_content(f'<iframe src="{address}about/"></iframe>')
    page.wait_for_event("console", timeout=20_000) if not complaints else None
    page.close()
    assert any("frame-ancestors" in complaint or "refused to connect" in complaint for complaint in complaints)
