"""What a page of another site can get of a preview in a real browser: nothing."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parents[1] / "serve"))
from running import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

TRIALS = """async ([own, foreign]) => {
  const waits = (add) => new Promise((done) => {
    add(done);
    setTimeout(() => done("nothing"), 5000);
  });
  const element = (tag, attribute, url) => waits((done) => {
    const it = document.createElement(tag);
    it.onload = () => done("loaded");
    it.onerror = () => done("refused");
    it[attribute] = url;
    if (tag === "link") it.rel = "stylesheet";
    document.body.append(it);
  });
  const found = {};
  for (const path of ["/daily/", "/daily/about.txt", "/.broadsheet/groups.json", "/.broadsheet/preview.js"]) {
    for (const mode of ["cors", "no-cors"]) {
      const asked = fetch(foreign + path, { mode, credentials: "include" });
      found[`${mode} ${path}`] = await asked.then((answer) => answer.text()).catch(() => "refused");
    }
  }
  found.events = await waits((done) => {
    const source = new EventSource(`${foreign}/.broadsheet/events?path=/daily/`);
    source.addEventListener("state", (event) => done(event.data));
    source.onerror = () => done("refused");
  });
  found.script = await element("script", "src", `${foreign}/.broadsheet/preview.js`);
  found.json = await element("script", "src", `${foreign}/.broadsheet/groups.json`);
  found.theme = await element("script", "src", `${foreign}/daily/theme/broadsheet.js`);
  found.style = await element("link", "href", `${foreign}/daily/theme/broadsheet.css`);
  found.picture = await element("img", "src", `${foreign}/daily/theme/icon.svg`);
  found.mine = await element("img", "src", `${own}/picture.svg`);
  return found;
}"""

FRAMED = """async (url) => {
  const frame = document.createElement("iframe");
  const loaded = new Promise((done) => frame.onload = done);
  frame.src = url;
  document.body.append(frame);
  await loaded;
}"""


@pytest.fixture
def preview(tmp_path, record) -> Iterator[Running]:
    record(tmp_path / "site/_news")
    (tmp_path / "site/broadsheet.yaml").write_text("base_url: https://tram.example.org/daily/\n")
    static = tmp_path / "site/static"
    static.mkdir()
    (static / "about.txt").write_text("About us")
    opened = "Access-Control-Allow-Origin: *", "Cross-Origin-Resource-Policy: cross-origin"
    (static / "_headers").write_text("/*\n" + "".join(f"  {header}\n" for header in opened))
    with running(tmp_path / "site", errors=tmp_path / "errors") as preview:
        yield preview


@pytest.fixture
def foreign_site() -> Iterator[str]:
    class Foreign(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (
                b'<svg xmlns="http://www.w3.org/2000/svg"/>' if self.path.endswith(".svg") else b"<!doctype html><p>Hi"
            )
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml" if self.path.endswith(".svg") else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_page_of_another_site_reads_and_runs_nothing(browser: "Browser", preview, foreign_site, name):
    page = browser.new_page()
    page.goto(foreign_site)
    found = page.evaluate(TRIALS, [foreign_site, f"http://{name}:{preview.port}"])
    assert found.pop("mine") == "loaded"
    assert set(found.values()) == {"refused"}, found
    page.close()


def test_a_page_of_another_site_frames_no_page(browser: "Browser", preview, foreign_site, tmp_path):
    with preview.stream("/daily/") as stream:
        seen = stream.next()["round"]
        # Without headers of its own a site has those that it is published with.
        (tmp_path / "site/static/_headers").unlink()
        stream.after(seen)
    page = browser.new_page()
    page.goto(foreign_site)
    page.evaluate(FRAMED, f"http://{preview.host}/daily/")
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]
    page.close()
