"""Tools from outside. A missing one skips its tests, or fails them where BROADSHEET_REQUIRE_TOOLS is set."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
VNU = ROOT / ".tools/node_modules/vnu-jar/build/dist/vnu.jar"


def require(tool: str, found: object) -> None:
    if not found:
        (pytest.fail if os.environ.get("BROADSHEET_REQUIRE_TOOLS") else pytest.skip)(f"{tool} is missing")


@pytest.fixture(scope="session")
def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require("chromium", path)
    return str(path)


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


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder on loopback and returns its address."""
    servers: list[ThreadingHTTPServer] = []

    def run(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()
