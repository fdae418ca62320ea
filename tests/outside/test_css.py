"""Every style sheet knows its properties and their values, by a validator from outside."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from judged import ROOT

pytestmark = pytest.mark.slow

CssErrors = Callable[[Path], list[str]]


@pytest.fixture
def css_errors(node_tool) -> CssErrors:
    """Return a function that gives what the validator has against the style sheets below a folder."""
    command = [*node_tool("csstree-validator/bin/validate.js"), "--reporter", "json"]

    def run(folder: Path) -> list[str]:
        found = []
        sheets = sorted(folder.rglob("*.css"))
        assert sheets, "there is no style sheet"
        for sheet in sheets:
            done = subprocess.run([*command, str(sheet)], capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode in {0, 1}, done.stderr
            errors = json.loads(done.stderr) if done.returncode else []
            found += [
                f"{sheet.name}:{it['line']}:{it['column']}: {it['message']} {it['details'] or ''}" for it in errors
            ]
        return found

    return run


def test_the_style_sheets_of_a_site_are_valid(tmp_path: Path, build, css_errors: CssErrors):
    assert css_errors(build(ROOT / "site", tmp_path / "out")) == []


@pytest.mark.parametrize(
    "css",
    [
        "a { text-wrap: pretty; color: light-dark(#fff, #000); text-box: trim-both cap alphabetic }",
        "a { color: color-mix(in srgb, currentcolor 35%, transparent); & b { inset-inline: 0 } }",
        "@media (width >= 40rem) { a { padding-block: 1lh } }",
        "@layer theme { @container (width > 20rem) { a:has(> b) { width: fit-content } } }",
        "@view-transition { navigation: auto } @starting-style { a { opacity: 0 } }",
    ],
)
def test_what_browsers_know_today_is_valid(css: str, tmp_path: Path, css_errors: CssErrors):
    (tmp_path / "a.css").write_text(css, encoding="utf-8")
    assert css_errors(tmp_path) == []


@pytest.mark.parametrize(
    "css",
    [
        "a { colour: red }",
        "a { color: 12px }",
        "a { color red }",
        "a { width: 10 px }",
        "a { text-wrap: prety }",
        "a { color: color-mix(in srgb, red 10, blue) }",
        "@medai print { a { color: red } }",
        "@layer theme { @media (width >= 40rem) { a { & b { colour: red } } } }",
    ],
)
def test_an_error_in_a_style_sheet_is_found(css: str, tmp_path: Path, css_errors: CssErrors):
    (tmp_path / "a.css").write_text(css, encoding="utf-8")
    assert len(css_errors(tmp_path)) == 1
