"""What can be wrong with how front matter is written: keys that nobody reads, times without a zone, nothing in a list.

Pure. A file is looked at closely only when a glance at its lines gives reason to.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import msgspec

from broadsheet.check.remark import Remark
from broadsheet.read.fields import parse_time
from broadsheet.read.raw import RawCoverage, RawImage, RawProvider, RawRecord
from broadsheet.yaml_text import Document, Path

_LIKE = 0.8
# Opaque, and never read.
_KNOWN_BESIDES = {"secured"}
_TIMES = ("publishedDateTime", "updatedDateTime")
_TOP_KEY = re.compile(rb"^([^\s:#-][^:\n]*):", re.MULTILINE)
_INNER_KEY = re.compile(rb"^(?=[ -])[ -]*([^\s:#-][^:\n]*):", re.MULTILINE)
_PROVIDER_BLOCK = re.compile(rb"^provider:[^\n]*\n((?: [^\n]*\n)*)", re.MULTILINE)
_TIME_LINE = re.compile(rb"^[ ]*(?:- )?(?:publishedDateTime|updatedDateTime): *(.*)$", re.MULTILINE)
_FULL_TIME = re.compile(rb"[\"']?[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z[\"']?").fullmatch
_NOTHING = re.compile(rb"^ *-(?: +(?:null|~))? *(?:#.*)?$", re.MULTILINE | re.IGNORECASE)


def _fields(kind: Any) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(kind))


_RECORD = _fields(RawRecord) | _KNOWN_BESIDES
_COVERAGE, _PROVIDER, _IMAGE = map(_fields, (RawCoverage, RawProvider, RawImage))
# What the family's own programs write into an item: read of a record alone, and no mistake in an item.
_ITEM = _COVERAGE | {"ampWebUrl", "cdnAmpWebUrl"}
_AT_TOP, _INSIDE, _IN_PROVIDER = (
    frozenset(key.encode() for key in keys) for keys in (_RECORD, _ITEM | _PROVIDER | _IMAGE, _PROVIDER | _IMAGE)
)


def is_odd(yaml: bytes) -> bool:
    """Return whether front matter gives reason to look closer: whatever it is that is odd."""
    provider = _PROVIDER_BLOCK.search(yaml)
    return (
        not _AT_TOP.issuperset(_TOP_KEY.findall(yaml))
        or not _INSIDE.issuperset(_INNER_KEY.findall(yaml))
        or (provider is not None and not _IN_PROVIDER.issuperset(_INNER_KEY.findall(provider[1])))
        or not all(map(_FULL_TIME, _TIME_LINE.findall(yaml)))
        or b"{" in yaml
        or _NOTHING.search(yaml) is not None
    )


def spelling_remarks(document: Document) -> Iterator[Remark]:
    """Yield what is odd about the way in which a record's front matter is written."""
    record = document.value
    if not isinstance(record, dict):
        return
    yield from _keys(record, _RECORD, ())
    yield from _nulls(record)
    yield from _without_zone(record, ())
    yield from _parts(record, ())
    related = record.get("related")
    for index, item in enumerate(related if isinstance(related, list) else ()):
        if isinstance(item, dict):
            path: Path = ("related", index)
            yield from _keys(item, _ITEM, path)
            yield from _without_zone(item, path)
            yield from _parts(item, path)


def _parts(values: Mapping[str, Any], path: Path) -> Iterator[Remark]:
    provider = values.get("provider")
    if isinstance(provider, dict):
        yield from _keys(provider, _PROVIDER, (*path, "provider"))
    for index, image in enumerate(values["images"] if isinstance(values.get("images"), list) else ()):
        if isinstance(image, dict):
            yield from _keys(image, _IMAGE, (*path, "images", index))


def _keys(values: Mapping[str, Any], known: frozenset[str], path: Path) -> Iterator[Remark]:
    for key in values.keys() - known:
        meant = _meant(key, known)
        if meant and meant not in values:
            message = f"the key `{key}` is not known; nobody reads it"
            yield Remark("misspelt-key", (*path, key), message, f"did you mean `{meant}`?")
        else:
            yield Remark("unknown-key", (*path, key), f"the key `{key[:80]}` is not known; nobody reads it")


def _meant(key: str, known: frozenset[str]) -> str:
    folded = {name.casefold(): name for name in sorted(known)}
    near = get_close_matches(key.casefold().replace("_", "").replace("-", ""), folded, n=1, cutoff=_LIKE)
    return folded[near[0]] if near else ""


def _nulls(record: Mapping[str, Any]) -> Iterator[Remark]:
    topics = record.get("topics")
    for index, topic in enumerate(topics if isinstance(topics, list) else ()):
        if topic is None or (isinstance(topic, str) and not topic.strip()):
            message = "an item of `topics` is empty; it is left out"
            yield Remark("null-topic", ("topics", index), message, "remove it", mended=(None,))


def _without_zone(values: Mapping[str, Any], path: Path) -> Iterator[Remark]:
    for field in _TIMES:
        text = values.get(field)
        if isinstance(text, str) and _is_naive(text) and parse_time(text):
            message = f"`{field}` has no time zone; it is taken for UTC"
            mended = f"{text.strip()}Z"
            yield Remark("naive-time", (*path, field), message, f"write {mended}", text, (mended,))


def _is_naive(text: str) -> bool:
    """Return whether a time of day is given, and not where."""
    try:
        return datetime.fromisoformat(text.strip()).tzinfo is None and ":" in text
    except ValueError:
        return False
