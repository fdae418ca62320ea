"""What `broadsheet check --fix` does to a file: what was wanted, and nothing else, or nothing."""

import random
from typing import Any
from zlib import crc32

from broadsheet.check.finding import Mend
from broadsheet.check.mending import mended
from broadsheet.problems import Problem
from broadsheet.read.front_matter import decoded, split
from broadsheet.yaml_text import Document, Path, YamlError, parse_yaml
from fuzz.front_matter import RECORD
from fuzz.target import Target

_FILE = "a.md"
_TEXTS = [
    "",
    "A headline",
    " blanks ",
    'it\'s "so"',
    "a: b # c",
    "- x",
    "yes",
    "1.5",
    "2024-05-01",
    "back\\slash",
    "\u00e9\U0001f680\u2028\ud83d",
    "two\nlines",
    "tab\t",
    "#",
    "---",
]


def check_mending(data: bytes) -> None:
    """One mend is made exactly, or not at all; several are made, or told that they are not; none leave the file alone."""
    document = _document(data)
    assert mended(data, _FILE, [])[0] == data
    if document is None:
        return
    by = random.Random(crc32(data))
    paths = [path for path in document.places if path]
    if not paths:
        return
    mends = [_mend(by, paths) for _ in range(3)]
    new, refused = mended(data, _FILE, mends[:1])
    if refused:
        assert new == data
    else:
        after = _document(new)
        assert after is not None
        assert _at(after.value, mends[0].path) == (mends[0].value is not None, mends[0].value) or (
            # Items after one that is gone move up.
            mends[0].value is None and isinstance(mends[0].path[-1], int)
        )
        assert new.endswith(_body(data))
    new, _ = mended(data, _FILE, mends)
    assert _document(new) is not None
    assert new.endswith(_body(data))


def _mend(by: random.Random, paths: list[Path]) -> Mend:
    return Mend(_FILE, by.choice(paths), by.choice([None, *_TEXTS]))


def _document(data: bytes) -> Document | None:
    parts = split(data, _FILE)
    text = parts if isinstance(parts, Problem) else decoded(parts.yaml, _FILE, 2)
    if isinstance(text, Problem):
        return None
    try:
        return parse_yaml(text, _FILE)
    except YamlError:
        return None


def _at(value: Any, path: Path) -> tuple[bool, object]:
    """Return whether something stands at `path`, and what."""
    for step in path:
        is_there = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if not is_there:
            return False, None
        value = value[step]
    return True, value


def _body(data: bytes) -> bytes:
    parts = split(data, _FILE)
    assert not isinstance(parts, Problem)
    # With the ends of its lines as they were.
    return data[-len(parts.body) :] if parts.body and b"\r" not in data else b""


MENDING = Target(check_mending, RECORD.seeds, RECORD.words, RECORD.mutate)
