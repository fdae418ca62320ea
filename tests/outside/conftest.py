"""Tools from outside. A missing one skips its tests, or fails them where BROADSHEET_REQUIRE_TOOLS is set."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from complaints import hear
from host import serving
from judged import BROWSER_FLAGS, Judged, judged_site
from previewed import Preview, Site, small_site
from sshd import Sshd, sshd_running
from tools import NODE_MODULES, VNU, require

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="session")
def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require("chromium", path)
    return str(path)


@pytest.fixture(scope="session")
def node_tool() -> Callable[[str], list[str]]:
    """Return a function that gives the start of the command line of a script of an npm package."""
    node = shutil.which("node")

    def command(script: str) -> list[str]:
        require("node", node)
        require(script.partition("/")[0], (NODE_MODULES / script).is_file())
        return [str(node), str(NODE_MODULES / script)]

    return command


@pytest.fixture(scope="session")
def html_errors() -> Callable[[Path], str]:
    """Return a function that gives what the HTML conformance checker has against the pages below a folder."""
    java = shutil.which("java")
    require("java", java)
    require("vnu-jar", VNU.is_file())

    def check(folder: Path) -> str:
        command = [str(java), "-Xss8m", "-jar", str(VNU), "--errors-only", "--skip-non-html", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
        assert done.returncode in {0, 1}, done.stderr
        return done.stdout + done.stderr

    return check


@pytest.fixture(scope="session")
def build() -> Callable[..., Path]:
    """Return a function that builds a site by the command line and returns its output folder."""

    def run(site: Path, output: Path, *options: str) -> Path:
        command = [sys.executable, "-m", "broadsheet", "build", str(site), "--output", str(output), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stderr
        return output

    return run


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder on loopback, as a real host does, and returns its address."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(serving(folder))


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An ssh server on loopback, and what a client needs to get in."""
    with sshd_running(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="session")
def judged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, build: Callable[..., Path]
) -> Iterator[Callable[[str], Judged]]:
    """Return a function that gives one of the sites that the judges look at, built and served; each is built once."""

    def cut(site: Path, *options: str) -> None:
        command = [sys.executable, "-m", "broadsheet", "edition", str(site), *options]
        subprocess.run(command, check=True, capture_output=True, timeout=600)

    with ExitStack() as stack:

        @cache
        def site(name: str) -> Judged:
            # Asked for when it is needed only: a machine without the corpus still judges the example site.
            records = request.getfixturevalue("corpus") / name if name == "powerapps" else None
            return stack.enter_context(judged_site(name, tmp_path_factory.mktemp(name), records, build, cut))

        yield site


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator["Browser"]:
    # Part of what `make test-all` installs only.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    """What the tabs of one test share, and nobody else."""
    context = browser.new_context(viewport={"width": 1000, "height": 700}, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def site(tmp_path: Path, record) -> Site:
    """A small site to preview."""
    return small_site(tmp_path / "site", record)


@pytest.fixture
def start() -> Iterator[Callable[..., Preview]]:
    """Return a function that starts a preview and waits until it shows its site. It ends with the test."""
    with ExitStack() as stack:

        def run(site: Site | Path, *options: str, port: int | None = 0, **environment: str) -> Preview:
            preview = Preview(site.folder if isinstance(site, Site) else site, *options, port=port, **environment)
            stack.callback(preview.end)
            assert preview.address
            return preview

        yield run


@pytest.fixture
def open_tab(browser: "Browser") -> Iterator[Callable[[str], "Page"]]:
    """Return a function that opens an address in a tab of its own; `complaints` are what the browser has to say."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})

    def run(address: str) -> "Page":
        page = context.new_page()
        page.complaints = []
        hear(page, page.complaints)
        page.goto(address, wait_until="load")
        return page

    yield run
    context.close()
