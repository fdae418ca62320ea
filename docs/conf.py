"""How Sphinx makes a site of the manual: `docs/manual.py` runs it on the pages that it lays out."""

import tomllib
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from broadsheet import __version__

_PROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]


def _colours(accent: str) -> dict[str, str]:
    return {f"color-brand-{name}": accent for name in ("primary", "content", "visited")}


project = _PROJECT["name"].capitalize()
version = release = __version__

extensions = ["myst_parser"]
# Deep enough for every link that a code host follows.
myst_heading_anchors = 6

html_theme = "furo"
html_title = f"{project} {version}"
# Their files, and the icon, are named on the command line.
html_theme_options = {
    "light_logo": "light.svg",
    "dark_logo": "dark.svg",
    "light_css_variables": _colours("#a8341f"),
    "dark_css_variables": _colours("#ee9683"),
}
html_css_files = ["manual.css"]
html_show_copyright = False
html_use_index = False
html_copy_source = False
html_show_sourcelink = False

# Examples of rules that show a part of a file in no language.
_PLAIN = ("escaped", "link")


def setup(app: Sphinx) -> None:
    for name in _PLAIN:
        app.add_lexer(name, TextLexer)
