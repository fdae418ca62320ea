"""What a record's file is called: the day, and the words of its title. Pure."""

import re
import unicodedata
from datetime import date

from broadsheet.text import slugify

# Bytes in UTF-8. The names of real records reach 168; who reads an address reads its first words.
_LONGEST = 100
_APOSTROPHES = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")
# The sign of C# is spelled out; that of #1 is no word.
_SIGNS = re.compile(r"(?<!\w)#")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i"}
)


def record_name(day: date, title: str) -> str:
    """Return the stem of the name of a record's file: `2024-05-31-a-bridge-opens`.

    It is a name that every file system and every URL takes as it is.
    """
    # Behind a day no word is the name of a device, which a dash at its end would keep it from being.
    return f"{day.isoformat()}-{words_of(title)}".removesuffix("-")


def words_of(title: str) -> str:
    """Return the words of a title as a part of a name: in ASCII where they are Latin, else in their own letters."""
    shortened = _SIGNS.sub(" ", _APOSTROPHES.sub("", title))
    plain = "".join(map(_in_ascii, unicodedata.normalize("NFC", shortened).translate(_LETTERS)))
    return _cut(slugify(plain))


def _in_ascii(character: str) -> str:
    """Return a Latin letter without its accents, and any other character as it is."""
    if character.isascii():
        return character
    base = "".join(
        part for part in unicodedata.normalize("NFKD", character) if not unicodedata.category(part).startswith("M")
    )
    return base if base.isascii() and base.isalnum() else character


def _cut(words: str) -> str:
    """Return `words` cut to a length that people can read, at the end of a word where there is one."""
    if len(words.encode()) <= _LONGEST:
        return words
    start = words.encode()[: _LONGEST + 1].decode("utf-8", "ignore")
    whole, dash, _ = start.rpartition("-")
    if dash:
        return whole
    short = start.encode()[:_LONGEST].decode("utf-8", "ignore")
    # A mark belongs to the letter that is cut off.
    while unicodedata.category(words[len(short)]).startswith("M") and len(short) > 1:
        short = short[:-1]
    return short
