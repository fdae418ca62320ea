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
_REAL_QUOTES = re.compile(r"[“”„«»‘‚]|(?<!\w)’(?=\S)")
_BEFORE_DOUBLE = r"(?<![^\s(\[{—–/'])"
_BEFORE_SINGLE = r"(?<![^\s(\[{—–/“”„«])"
_DOUBLE = re.compile(rf'{_BEFORE_DOUBLE}"(?=\S)([^"]*[^"\s(\[{{])"(?!\w)')
_SINGLE = re.compile(rf"{_BEFORE_SINGLE}'(?=[^\s'])((?:[^']|(?<=\w)'(?=\w))*[^'\s(\[{{])'(?!\w)")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_]|[«“„])|(?<=\d)'(?=s\b)")
# After an s it may as well end a quotation, before a number start one.
_LONE_APOSTROPHE = re.compile(r"(?<=s)'(?=\s)|(?<!\S)'(?=\d\ds?\b)")
_ELLIPSIS = re.compile(r"(?<!\.)\.\.\.(?!\.)")
# An option such as `--force` has a blank on one side only; between numbers a single hyphen may be a minus.
_DASH = re.compile(
    r"(?<=[^\s–-]) ---? (?=[^\s–-])|(?<=\w)---?(?=[\w\"'])"
    r"|(?<=[^\s\d–-]) - (?=[^\s–-])|(?<=[^\s–-]) - (?=[^\s\d–-])"
)


def typographic(text: str, language: str) -> str:
    """Return `text` with the quotation marks, apostrophes, dashes and ellipses of `language`, a tag as in HTML."""
    if not _TYPED.search(text):
        return text
    opening, closing, inner_opening, inner_closing = _QUOTES.get(language.partition("-")[0].lower(), _ENGLISH)
    text = _DASH.sub(" – ", _ELLIPSIS.sub("…", text))
    has_typed_quotes = not _REAL_QUOTES.search(text)
    if has_typed_quotes:
        text = _DOUBLE.sub(rf"{opening}\1{closing}", text)
    text = _APOSTROPHE.sub("’", text)
    if has_typed_quotes:
        text = _SINGLE.sub(rf"{inner_opening}\1{inner_closing}", text)
    return _LONE_APOSTROPHE.sub("’", text)
