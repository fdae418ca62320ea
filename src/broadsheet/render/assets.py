"""The theme's files as a site's settings make them. Pure."""

from collections.abc import Iterator, Mapping

from broadsheet.config import Theme
from broadsheet.render.palette import PAPERS, readable

STYLE = "theme/broadsheet.css"


def themed(files: Mapping[str, bytes], theme: Theme) -> dict[str, bytes]:
    """Return the theme's `files`, by path, with the style that the settings ask for."""
    return {**files, STYLE: files[STYLE] + _own_style(theme).encode()}


def _own_style(theme: Theme) -> str:
    """Return a rule that sets the custom properties which `theme` has values for, or the empty string."""
    properties = "".join(f"  {name}: {value};\n" for name, value in _properties(theme))
    return f"\n/* The site's own */\n\n:root {{\n{properties}}}\n" if properties else ""


def _properties(theme: Theme) -> Iterator[tuple[str, str]]:
    if theme.accent:
        light, dark = (readable(theme.accent, paper) for paper in PAPERS)
        yield "--accent", f"light-dark({light}, {dark})"
    for name, family in (
        ("--text-font", theme.fonts.text),
        ("--heading-font", theme.fonts.headings),
        ("--label-font", theme.fonts.labels),
    ):
        if family:
            yield name, family
