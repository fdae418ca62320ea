"""The manual as a site: `make docs`."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser
from tools import require

from broadsheet import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def manual(tmp_path_factory) -> Path:
    """Build the manual as a site, and return its folder. It lies apart from the sources, so that nothing leads back."""
    require("sphinx", find_spec("sphinx"))
    folder = tmp_path_factory.mktemp("manual")
    command = [sys.executable, ROOT / "docs/manual.py", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    # A warning is an error, one of a page that no table of contents has among them.
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "site"


@pytest.fixture(scope="module")
def pages(manual) -> dict[str, LexborHTMLParser]:
    found = {path.name: LexborHTMLParser(path.read_text(encoding="utf-8")) for path in manual.glob("*.html")}
    assert len(found) > 25
    return found


def links(page: LexborHTMLParser) -> list[str]:
    return [str(link.attributes["href"]) for link in page.css("a[href]")]


def test_every_link_within_the_manual_leads_to_a_page_and_a_place_in_it(manual, pages):
    places = {name: {node.attributes.get("id") for node in page.css("[id]")} for name, page in pages.items()}
    lost = []
    for name, page in pages.items():
        for link in links(page):
            parts = urlsplit(urljoin(name, link))
            path, place = unquote(parts.path), unquote(parts.fragment)
            if parts.scheme or parts.netloc:
                continue
            if not (manual / path).is_file() or (place and path in places and place not in places[path]):
                lost.append((name, link))
    assert lost == []


def test_every_page_is_reached_from_the_menu_of_the_first(pages):
    menu = {urlsplit(str(link.attributes["href"])).path for link in pages["index.html"].css(".sidebar-tree a[href]")}
    # The search is a field above the menu.
    assert pages.keys() - menu - {"index.html", "search.html"} == set()


def test_no_page_of_the_site_takes_the_place_of_a_page_of_the_manual(manual, pages):
    sources = {f"{path.stem}.html" for path in (manual.parent / "pages").glob("*.md")}
    assert sources == pages.keys() - {"search.html"}


def test_the_manual_asks_no_other_host_for_anything(manual, pages):
    asked = [
        str(node.attributes.get(name))
        for page in pages.values()
        for selector, name in (("[src]", "src"), ("link[href]", "href"), ("img[srcset]", "srcset"), ("object", "data"))
        for node in page.css(selector)
    ]
    styles = "".join(path.read_text(encoding="utf-8") for path in manual.rglob("*.css"))
    asked += re.findall(r"url\(\s*[\"']?([^)\"']+)", styles) + re.findall(r"@import\s+[\"']([^\"']+)", styles)
    assert len(asked) > 100
    assert [address for address in asked if re.match(r"(?:[a-z]+:)?//", address)] == []


def test_the_manual_says_of_which_version_it_is_and_has_a_logo_for_light_and_dark(manual, pages):
    for page in pages.values():
        assert f"Broadsheet {__version__}" in page.css_first("title").text()
    logos = [str(logo.attributes["src"]) for logo in pages["index.html"].css(".sidebar-logo")]
    light, dark = (manual / urlsplit(logo).path for logo in logos)
    assert light.read_bytes() != dark.read_bytes()


def test_a_warning_fails_the_build_of_the_manual(tmp_path):
    """A copy of the manual in which one link has lost its place."""
    require("sphinx", find_spec("sphinx"))
    copytree(ROOT / "docs", tmp_path / "docs", ignore=ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        copy(ROOT / name, tmp_path)
    copytree(ROOT / "benchmarks", tmp_path / "benchmarks", ignore=ignore_patterns("*.py", "__pycache__"))
    copytree(ROOT / "templates/static", tmp_path / "templates/static")
    page = tmp_path / "docs/limits.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[Nowhere](records.md#no-such-place)\n", encoding="utf-8")
    command = [sys.executable, tmp_path / "docs/manual.py", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1
    assert "no-such-place" in done.stderr
