"""How long a writer waits: from the write of a record to the page, loaded anew in a real browser, that says so.

    python benchmarks/preview.py SITE [--edits 20]

SITE, a folder with records, is copied first. Needs the packages of the extras `serve` and `test-all`, and Chromium.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from urllib.error import HTTPError
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

_TITLE = re.compile(r'^(title: "?)', re.MULTILINE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--edits", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        shutil.copytree(arguments.site, site, ignore=shutil.ignore_patterns(".git", ".broadsheet", "public"))
        with serving(site) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            waits = list(measured(browser.new_page(), address, site, arguments.edits))
            browser.close()
    fast, _, slow = quantiles(waits, n=4)
    print(f"{len(waits)} edits: median {median(waits):.0f} ms, half of them {fast:.0f} to {slow:.0f} ms")


@contextmanager
def serving(site: Path):
    """Preview `site`, and give the address of its front page."""
    command = [sys.executable, "-m", "broadsheet", "serve", str(site), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield next(match[0] for line in process.stdout if (match := re.search(r"http://\S+/", line)))
    finally:
        process.terminate()
        process.communicate()


def measured(page: Page, address: str, site: Path, edits: int):
    """Yield how many milliseconds each of some edits of different stories took to be seen."""
    records = sorted(path for path in site.rglob("*.md") if "related:" in path.read_text(encoding="utf-8"))
    done = 0
    for record in records[:: max(1, len(records) // (12 * edits))]:
        if not leads(f"{address}news/{record.stem}/"):
            continue
        page.goto(f"{address}news/{record.stem}/")
        page.wait_for_function("performance.getEntriesByName(location.origin + '/.broadsheet/preview.css').length")
        mark = f"Edit{done}"
        text = _TITLE.sub(rf"\g<1>{mark} ", record.read_text(encoding="utf-8"), count=1)
        with page.expect_event("load"):
            started = perf_counter()
            record.write_text(text, encoding="utf-8")
        waited = (perf_counter() - started) * 1000
        if mark not in page.locator("h1").inner_text():
            raise SystemExit(f"{record.name}: the page was loaded anew and does not say what was written")
        yield waited
        done += 1
        if done == edits:
            return


def leads(url: str) -> bool:
    """Whether a record has a page of its own: those that another leads send their readers there."""
    try:
        with urlopen(url) as answer:
            return b'http-equiv="refresh"' not in answer.read()
    except HTTPError:
        return False


if __name__ == "__main__":
    main()
