"""The theme's files as a site makes them: the style with its settings, the script with its words. Pure."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from broadsheet.config import Settings, Theme
from broadsheet.render.palette import PAPERS, readable
from broadsheet.words import words_of

SCRIPT = "theme/broadsheet.js"
STYLE = "theme/broadsheet.css"
ICON = "theme/icon.svg"
SEARCH_SCRIPT = "theme/search.js"


def themed(files: Mapping[str, bytes], settings: Settings) -> dict[str, bytes]:
    """Return the theme's `files`, by path, as `settings` ask for them."""
    words = script_words(words_of(settings.language).gettext)
    return {**files, STYLE: style(files[STYLE], settings.theme), SCRIPT: script(files[SCRIPT], words)}


def style(source: bytes, theme: Theme) -> bytes:
    """Return the style sheet, with a rule that sets the custom properties which `theme` has values for."""
    properties = "".join(f"  {name}: {value};\n" for name, value in _properties(theme))
    return source + f"\n/* The site's own */\n\n:root {{\n{properties}}}\n".encode() if properties else source


def _properties(theme: Theme) -> Iterator[tuple[str, str]]:
    if theme.accent:
        light, dark = (readable(theme.accent, paper) for paper in PAPERS)
        yield "--accent", f"light-dark({light}, {dark})"
    families = {
        "--text-font": theme.fonts.text,
        "--heading-font": theme.fonts.headings,
        "--label-font": theme.fonts.labels,
    }
    yield from ((name, family) for name, family in families.items() if family)


def script(source: bytes, words: dict[str, str]) -> bytes:
    """Return the script's `source` with `const WORDS` in front of it; JSON is JavaScript, whatever a word holds."""
    return b"const WORDS = " + msgspec.json.encode(words) + b";\n" + source


def script_words(gettext: Callable[[str], str]) -> dict[str, str]:
    """Return the texts of the script by the names it knows them by; `gettext` translates them.

    `{count}` stands for a number: it is put where no language needs a plural.
    """
    return {
        "close": gettext("Close"),
        "dark": gettext("Dark"),
        "help": gettext("Show the keys"),
        "hidden": gettext("Hidden topics and sources"),
        "hidden_stories": gettext("Hidden stories: {count}"),
        "hide_source": gettext("Hide this source"),
        "hide_them": gettext("Hide them again"),
        "hide_topic": gettext("Hide this topic"),
        # Translators: Those of the keyboard, as a heading.
        "keys": gettext("Keys"),
        "large": gettext("Large"),
        "light": gettext("Light"),
        # Translators: Of the pages: light or dark, or as the system has it.
        "look": gettext("Look"),
        "new": gettext("New"),
        "new_stories": gettext("New since your last visit: {count}"),
        "next_story": gettext("Next story"),
        "normal": gettext("Normal"),
        "open_story": gettext("Open the story"),
        "preferences": gettext("Reading preferences"),
        "previous_story": gettext("Previous story"),
        "search": gettext("Search"),
        "show_again": gettext("Show again"),
        "show_source": gettext("Show this source again"),
        "show_them": gettext("Show them"),
        "show_topic": gettext("Show this topic again"),
        # Translators: Small, normal or large.
        "size": gettext("Text size"),
        "small": gettext("Small"),
        "system": gettext("As the system"),
        "use_keys": gettext("Single keys move and open"),
    }
