"""How long a writer waits: from the write of a record to the page, whole again in a real browser, that says so.

    python benchmarks/preview.py SITE [--edits 20] [--peers]

SITE is a folder with `_news/`; a copy of it is edited. Needs the packages of the extras `serve` and `test-all`, and
Chromium; `--peers` measures the servers of Hugo and Eleventy too, where `install.py` has brought them.
"""

import argparse
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median, quantiles
from subprocess import DEVNULL, Popen
from time import monotonic, sleep, time
from urllib.error import URLError
from urllib.request import urlopen

import install
import peers
from playwright.sync_api import Page, sync_playwright

_TITLE = re.compile(r'^(title: "?)', re.MULTILINE)
_FOLDED = b'http-equiv="refresh"'
_SECONDS_TO_START = 120
# The page's own clock: the hand that asks a browser such things is slower than the browser. A page counts when it is
# loaded whole, which one that is changed in place is all the time.
_NOTICE = """(() => {
    const notice = () => {
        const title = document.querySelector("h1")?.textContent;
        if (document.readyState !== "complete" || title === window.seenTitle) return;
        window.seenTitle = title;
        window.seenAt = performance.timeOrigin + performance.now();
    };
    addEventListener("load", notice);
    new MutationObserver(notice).observe(document, { childList: true, characterData: true, subtree: true });
})()"""
_SAYS_SO = "mark => window.seenTitle?.includes(mark)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    names = ["broadsheet", *(sorted({"hugo", "eleventy"} - install.missing()) if arguments.peers else ())]
    for name in names:
        with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
            site = Path(folder) / "site"
            shutil.copytree(arguments.site, site, ignore=shutil.ignore_patterns(".git", ".broadsheet", "public"))
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            with serving(name, site, Path(folder) / "peer") as address:
                waits = list(measured(browser.new_page(), address, site, arguments.edits))
            browser.close()
        fast, _, slow = quantiles(waits, n=4)
        print(f"{name:>10}: {len(waits)} edits, median {median(waits):.0f} ms, half {fast:.0f} to {slow:.0f} ms")


@contextmanager
def serving(name: str, site: Path, folder: Path) -> Iterator[str]:
    """Preview the `site` by the generator `name`, and give the address of its front page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    if name == "broadsheet":
        command: tuple[str, ...] = (peers.broadsheet_command(), "serve", str(site), "--port", port)
        folder = site
    else:
        build = next(peer for peer in peers.ALL if peer.name == name).prepare(site, folder)
        program, *options = build.command
        server = {
            "hugo": (program, "server", *options, "--port", port, "--bind", "127.0.0.1", "--baseURL", "/"),
            "eleventy": (*build.command, "--serve", f"--port={port}"),
        }
        command = server[name]
    process = Popen(command, cwd=folder, stdout=DEVNULL, stderr=DEVNULL)
    address, until = f"http://127.0.0.1:{port}/", monotonic() + _SECONDS_TO_START
    try:
        while not _is_up(address) and monotonic() < until:
            sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def _is_up(url: str) -> bool:
    with suppress(URLError, OSError), urlopen(url):
        return True
    return False


def measured(page: Page, address: str, site: Path, edits: int) -> Iterator[float]:
    """Yield how many milliseconds each of some edits of different stories took to be seen."""
    page.add_init_script(_NOTICE)
    records = sorted(path for path in site.glob("_news/*.md") if "related:" in path.read_text(encoding="utf-8"))
    done = 0
    for record in records[:: max(1, len(records) // (12 * edits))]:
        url = f"{address}news/{record.stem}/"
        with suppress(URLError), urlopen(url) as answer:
            if _FOLDED in answer.read():
                continue
        page.goto(url)
        # A writer has read the page before he changes it: whatever it does at first is done.
        page.wait_for_timeout(1500)
        mark = f"Edit{done}"
        text = _TITLE.sub(rf"\g<1>{mark} ", record.read_text(encoding="utf-8"), count=1)
        started = time()
        record.write_text(text, encoding="utf-8")
        page.wait_for_function(_SAYS_SO, arg=mark)
        yield page.evaluate("() => window.seenAt") - started * 1000
        done += 1
        if done == edits:
            return


if __name__ == "__main__":
    main()
