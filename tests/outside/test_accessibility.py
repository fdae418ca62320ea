"""axe finds nothing on any kind of page: light and dark, on a phone and on a desktop, in both directions of writing."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from judged import KINDS, SITES
from tools import NODE_MODULES, require

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

AXE = NODE_MODULES / "axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# A machine shows pages in what typefaces it has: here in one whose letters reach as far up and down as any does.
TALL = """
@font-face {
  font-family: Tall;
  src: local("DejaVu Serif"), local("Liberation Serif"), local("Noto Serif");
  ascent-override: 110%;
  descent-override: 40%;
}
:root { --text-font: Tall; --label-font: Tall; }
"""

Findings = Callable[..., list[str]]


@pytest.fixture
def findings(browser: "Browser") -> Findings:
    """Return a function that gives what axe has against the page at an address, in a window's width and a look."""
    require("axe-core", AXE.is_file())

    def run(address: str, width: int, look: str, style: str = "") -> list[str]:
        # The page's own policy would keep axe out.
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=look, bypass_csp=True, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(address, wait_until="load")
        if style:
            page.add_style_tag(content=style)
        page.evaluate("document.fonts.ready.then(() => true)")
        page.add_script_tag(path=AXE)
        found = page.evaluate("rules => axe.run({ runOnly: { type: 'tag', values: rules } })", RULES)
        context.close()
        return [
            f"{finding['id']}: {finding['help']}: {node['html']}\n{node['failureSummary']}"
            for finding in found["violations"]
            for node in finding["nodes"]
        ]

    return run


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [*SITES, "right-to-left"])
def test_nothing_stands_in_anybodys_way(judged, findings: Findings, name: str, kind: str, width: int, look: str):
    found = findings(judged(name).page(kind), width, look)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SITES)
def test_nothing_stands_in_anybodys_way_in_a_tall_typeface(
    judged, findings: Findings, name: str, kind: str, width: int
):
    found = findings(judged(name).page(kind), width, "light", TALL)
    assert not found, "\n".join(found)


def test_what_stands_in_the_way_is_found(tmp_path: Path, serve, findings: Findings):
    (tmp_path / "index.html").write_text(
        "<!doctype html><html lang=en><title>A page</title><style>@media (prefers-color-scheme: dark)"
        "{ body { color: #222; background: #111 } }</style><main><h1>A page</h1><img src=data:,></main>",
        encoding="utf-8",
    )
    address = serve(tmp_path)
    assert [finding.partition(":")[0] for finding in findings(address, 390, "light")] == ["image-alt"]
    assert {finding.partition(":")[0] for finding in findings(address, 390, "dark")} == {"image-alt", "color-contrast"}
