"""What the theme's static files need of a site: the words of the reader's script. Pure."""

from collections.abc import Callable

import msgspec

SCRIPT = "theme/broadsheet.js"


def with_words(theme: dict[str, bytes], gettext: Callable[[str], str]) -> dict[str, bytes]:
    """Return the theme's files, by path, with the words that `gettext` translates in front of the script."""
    return {**theme, SCRIPT: script(theme[SCRIPT], script_words(gettext))}


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
        "keys": gettext("Keys"),
        "large": gettext("Large"),
        "light": gettext("Light"),
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
        "size": gettext("Text size"),
        "small": gettext("Small"),
        "system": gettext("As the system"),
        "use_keys": gettext("Single keys move and open"),
    }
