"""What can be wrong with a title, an excerpt or a name, as it is written. Pure."""

import re
import unicodedata
from functools import lru_cache

from broadsheet.check.remark import Remark
from broadsheet.render.text import excerpt_text
from broadsheet.text import display_text, hidden_characters, references_in, tags_in, unescaped, without_hidden

# Zero-width blanks and joiners, marks of direction; and scripts from Hebrew to Mongolian, some of which need them.
_MARKS = frozenset("\u200b\u200c\u200d\u200e\u200f")
_SPELT_WITH_MARKS = re.compile("[\u0590-\u18af\ua8e0-\ua8ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LONG_TITLE = 250
_MOST_NAMED = 3


@lru_cache(maxsize=65_536)
def text_remarks(field: str, text: str) -> tuple[Remark, ...]:
    """Return what is wrong with the `title`, `excerpt` or `name` of a record or an item; the paths end with `field`."""
    found = [*_blanks(field, text), *_encoding(field, text), *_hidden(field, text), *_markup(field, text)]
    found += _excerpt(text) if field == "excerpt" else []
    if field == "title" and len(text) > _LONG_TITLE:
        hint = "headlines of news have 180 characters at the most"
        found.append(Remark("long-title", (field,), f"the title has {len(text):,} characters", hint, text))
    return tuple(found)


def _blanks(field: str, text: str) -> list[Remark]:
    # A block of YAML ends with its last line's end.
    written = text.removesuffix("\n") if field == "excerpt" else text
    if written == text.strip() or not text.strip():
        return []
    # Lists name a record by its title, as it is written: there only people may change it.
    mended = () if field == "title" else (text.strip(),)
    hint = "remove them here and wherever lists name the record" if field == "title" else "remove them"
    return [Remark("outer-blanks", (field,), f"the `{field}` has blanks before or after it", hint, text, mended)]


def _encoding(field: str, text: str) -> list[Remark]:
    # Only checking needs it.
    from ftfy import fix_encoding  # noqa: PLC0415
    from ftfy.badness import is_bad  # noqa: PLC0415

    if "\ufffd" in text:
        message = f"the `{field}` has lost characters: {_around(text, text.index(chr(0xFFFD)))}"
        return [Remark("mojibake", (field,), message, "write it again from the source", text)]
    if text.isascii() or not is_bad(text):
        return []
    meant = fix_encoding(text)
    if meant == text:
        return []
    at = next((at for at, pair in enumerate(zip(text, meant, strict=False)) if pair[0] != pair[1]), 0)
    mended = (meant,) if field == "excerpt" else ()
    message = f"the `{field}` was read in the wrong encoding once: {_around(text, at)}"
    return [Remark("mojibake", (field,), message, f"it may be meant as: {_around(meant, at)}", text, mended)]


def _hidden(field: str, text: str) -> list[Remark]:
    hidden, plain = hidden_characters(text), without_hidden(text)
    if _SPELT_WITH_MARKS.search(text):
        # There they may be a part of how words are spelt, where lines break, in which order parts stand.
        hidden = [character for character in hidden if character not in _MARKS]
        plain = "".join(character for character in text if character not in hidden)
    if not hidden:
        return []
    names = ", ".join(f"U+{ord(character):04X}" for character in sorted(set(hidden))[:_MOST_NAMED])
    several = len(hidden) > 1
    what = f"{len(hidden)} characters that nobody sees" if several else "a character that nobody sees"
    # What it stood in may be an entity without it.
    mended = (plain,) if field != "title" and display_text(plain) == display_text(text) else ()
    message = f"the `{field}` has {what}: {names}"
    return [Remark("invisible-character", (field,), message, "remove them" if several else "remove it", text, mended)]


def _markup(field: str, text: str) -> list[Remark]:
    found = []
    if entities := references_in(text):
        named = ", ".join(dict.fromkeys(entities[:_MOST_NAMED]))
        twice = references_in(unescaped(text))
        message = f"the `{field}` has HTML entities{', escaped twice' if twice else ''}: {named}"
        plain = unescaped(unescaped(text))
        # What would be read as markup then is left to people.
        is_plain = not tags_in(plain) and not references_in(plain) and display_text(plain) == display_text(text)
        mended = (plain,) if field != "title" and is_plain else ()
        found.append(Remark("escaped-entity", (field,), message, "write the characters themselves", text, mended))
    if tags := tags_in(text):
        message = f"the `{field}` has HTML tags, which are left out: {', '.join(tags[:_MOST_NAMED])}"
        found.append(Remark("html-in-text", (field,), message, "write plain text", text))
    return found


def _excerpt(text: str) -> list[Remark]:
    shown = display_text(text)
    if not shown:
        message, hint = "the record has no `excerpt`", "a sentence or two say more than a title"
        return [Remark("empty-excerpt", ("excerpt",), message, hint, text)]
    is_shown = bool(excerpt_text(text))
    if not is_shown or all(unicodedata.category(character)[0] in "PZ" for character in shown):
        message = f"the `excerpt` says nothing: {shown[:40]}"
        return [Remark("junk-excerpt", ("excerpt",), message, "leave it empty", text, () if is_shown else ("",))]
    return []


def _around(text: str, at: int) -> str:
    """Return what stands around a place of a text, on one line."""
    start, end = max(0, at - 20), at + 20
    part = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{part}{'…' if end < len(text) else ''}"
