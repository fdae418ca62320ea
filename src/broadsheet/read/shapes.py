"""Which front matter the fast path may read: text made wholly of these line shapes, where rapidyaml and PyYAML agree.

An allow-list, never a list of dangers: whatever is not known here goes to the reference path. Pure.
"""

import re

# No control character, no line or paragraph separator, no surrogate, no non-character, no byte-order mark.
_NOT = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
_ESCAPE = r"\\(?:[\"\\/nrt]|u(?![dD][89a-fA-F]|[fF][eEfF][fF][eEfF]|00[01789])[0-9a-fA-F]{4})"
_DOUBLE = rf'"[^"\\{_NOT}]*+(?:{_ESCAPE}[^"\\{_NOT}]*+)*+"'
_SINGLE = rf"'[^'{_NOT}]*+(?:''[^'{_NOT}]*+)*+'"
_INTEGER = r"-?(?:0|[1-9][0-9]{0,14})(?=\n)"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_LETTER = r"[A-Za-z\u00c0-\u024f]"
_WORD = r"[A-Za-z\u00c0-\u024f0-9.,'&/()!?+_%-]"
# Letters that no spelling of a number or a time has, and what may stand before the first of them.
_NO_NUMBER = "[g-nq-suvwyG-NQ-SUVWY]"
_MAYBE_NUMBER = r"[a-foptxzA-FOPTXZ\u00c0-\u024f0-9.,'&/()!?+_%-]"
_PLAIN = (
    r"(?!(?i:true|false|yes|no|on|off|null|nan|inf|infinity)\n)"
    rf"(?:{_LETTER}|[0-9](?: ?{_MAYBE_NUMBER})*+ ?{_NO_NUMBER}){_WORD}*+(?: {_WORD}++)*+(?=\n)"
)
_SCALAR = rf"(?:{_DOUBLE}|{_INTEGER}|{_TIME}|true|false|{_PLAIN}|{_SINGLE})"


# What a line may say, wherever it stands. Scalars are told apart here alone: they make a pattern slow to compile.
_has_plain_lines = re.compile(rf"(?: *(?:- )?(?:[A-Za-z]\w*:(?: {_SCALAR})?|{_SCALAR})?\n)*+").fullmatch
_ANY = r"[^\n]+"
_ANY_BUT_A_KEY = rf"(?!\w+:){_ANY}"


def _lines(indent: int) -> str:
    """Return the pattern of how the lines of a mapping that stands `indent` blanks deep follow each other."""
    at, inner, deep = (" " * (indent + step) for step in (0, 2, 4))
    image_keys = "".join(rf"(?:{deep}{key}: {_ANY}\n)?" for key in ("width", "height", "isCached", "title"))
    deep_image_keys = "".join(rf"(?:{deep}  {key}: {_ANY}\n)?" for key in ("width", "height", "isCached", "title"))
    images = rf"images:\n(?:{inner}- url: {_ANY}\n{image_keys})+"
    logos = rf"{inner}images:\n(?:{deep}- url: {_ANY}\n{deep_image_keys})+"
    provider = rf"provider:\n(?:{inner}name: {_ANY}\n)(?:{inner}domain: {_ANY}\n)?(?:{logos})?"
    texts = rf"(?:topics|tags|aliases):\n(?:{inner}- {_ANY_BUT_A_KEY}\n)+"
    field = rf"(?!provider:|images:|topics:|tags:|aliases:|related:)[A-Za-z]\w*: {_ANY}\n"
    return rf"(?:{at}(?:{field}|{provider}|{images}|{texts})|\n)*+"


_is_header = re.compile(_lines(0)).fullmatch
_is_item = re.compile(_lines(4)).fullmatch


def is_plain_header(text: str) -> bool:
    """Return whether the fast path may read `text` as the fields of a record: some, and none of them twice."""
    keys = _header_keys(f"\n{text}")
    return bool(keys and len(set(keys)) == len(keys) and _is_header(text) and _has_plain_lines(text))


def is_plain_item(text: str) -> bool:
    """Return whether the fast path may read `text` as the fields of an item of a list: none of them twice."""
    keys = _item_keys(f"\n{text}")
    return bool(len(set(keys)) == len(keys) and _is_item(text) and _has_plain_lines(text))


# With the line's end before it, which a search can jump to.
_header_keys = re.compile(r"\n(\w+):").findall
_item_keys = re.compile(r"\n    (\w+):").findall
