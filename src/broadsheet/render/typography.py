"""Straight quotes and hyphens to those that a printer would set, by the language of the text. Pure.

Only what a typewriter made is touched: a text that has real quotation marks keeps them.
"""

import re

# Double and single, opening and closing, as CLDR has them. French sets narrow blanks within.
_ENGLISH = ("“", "”", "‘", "’")
_GERMAN = ("„", "“", "‚", "‘")
_ANGLED = ("«", "»", "“", "”")
_QUOTES = {
    "ar": ("”", "“", "’", "‘"),
    "bg": _GERMAN,
    "cs": _GERMAN,
    "da": _ENGLISH,
    "de": _GERMAN,
    "es": _ANGLED,
    "et": _GERMAN,
    "fi": ("”", "”", "’", "’"),
    "fr": ("«\u202f", "\u202f»", "“", "”"),
    "hu": ("„", "”", "»", "«"),
    "is": _GERMAN,
    "it": _ANGLED,
    "lt": _GERMAN,
    "no": ("«", "»", "‘", "’"),
    "nb": ("«", "»", "‘", "’"),
    "pl": ("„", "”", "‚", "’"),
    "pt": _ENGLISH,
    "ro": ("„", "”", "«", "»"),
    "ru": ("«", "»", "„", "“"),
    "sk": _GERMAN,
    "sl": _GERMAN,
    "sv": ("”", "”", "’", "’"),
    "uk": ("«", "»", "„", "“"),
}
_TYPED = re.compile("[\"']|--|\\.\\.\\.| - ")
_BEFORE_OPENING = r"(?<![^\s(\[{—–«“‘„‚/])"
_DOUBLE = re.compile(rf'{_BEFORE_OPENING}"(?=\S)([^"]*[^"\s(\[{{])"(?!\w)')
_SINGLE = re.compile(rf"{_BEFORE_OPENING}'(?=[^\s'])((?:[^']|(?<=\w)'(?=\w))*[^'\s(\[{{])'(?!\w)")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])|(?<=s)'(?=\s)|(?<!\S)'(?=\d\ds?\b)|(?<=\d)'(?=s\b)")
_ELLIPSIS = re.compile(r"(?<!\.)\.\.\.(?!\.)")
_DASH = re.compile(r"(?<=\S) ?(?<!-)---?(?!-) ?(?=\S)|(?<=[^\s\d]) - (?=\S)|(?<=\S) - (?=[^\s\d])")


def typographic(text: str, language: str) -> str:
    """Return `text` with the quotation marks, apostrophes, dashes and ellipses of `language`, a tag as in HTML."""
    if not _TYPED.search(text):
        return text
    opening, closing, inner_opening, inner_closing = _QUOTES.get(language.partition("-")[0].lower(), _ENGLISH)
    text = _DOUBLE.sub(rf"{opening}\1{closing}", text)
    text = _APOSTROPHE.sub("’", text)
    text = _SINGLE.sub(rf"{inner_opening}\1{inner_closing}", text)
    return _DASH.sub(" – ", _ELLIPSIS.sub("…", text))
