"""Which record somebody means who gives a name, a file or an address. Pure."""

from collections.abc import Container
from urllib.parse import unquote, urlsplit

from broadsheet.model import Record, Sources
from broadsheet.text import path_key

_PAGES = "news"


def meant(asked: str, sources: Sources, shown: Container[str]) -> list[Record]:
    """Return the records that `asked` may stand for: one where that is clear, none where nothing has such a name.

    It is a slug, a file's name or path with or without its ending, or the address of a story's page. `shown` are the
    files of the records that are: a page is one of theirs, where one of them is meant.
    """
    parts, is_address = _parts(asked)
    if not parts:
        return []
    if not is_address:
        by_file = _by_file(parts, sources)
        if by_file or len(parts) > 1:
            return by_file
    key = path_key(parts[-1])
    found = [record for record in sources.records if key in map(path_key, (record.slug, *record.aliases))]
    own = [record for record in found if path_key(record.slug) == key] or found
    return [record for record in own if is_address and record.file in shown] or own


def name_of(asked: str) -> str:
    """Return the part of what was asked that names a record: neither its folders nor its ending."""
    parts, _ = _parts(asked)
    return parts[-1] if parts else ""


def _parts(asked: str) -> tuple[list[str], bool]:
    """Return the parts of a path, the last without `.md`, and whether it is the address of a page."""
    text = asked.strip()
    is_address = "://" in text
    path = unquote(urlsplit(text).path) if is_address else text.replace("\\", "/")
    parts = [part for part in path.removesuffix("index.html").split("/") if part not in {"", "."}]
    if len(parts) > 1 and parts[-2] == _PAGES and not parts[-1].endswith(".md"):
        is_address = True
    return [*parts[:-1], *(part.removesuffix(".md") for part in parts[-1:])], is_address


def _by_file(parts: list[str], sources: Sources) -> list[Record]:
    """Return the records whose path ends as `parts` do; else those, the deepest, in whose paths `parts` end."""
    named = [record for record in sources.records if record.name.removesuffix(".md") == parts[-1]]
    whole = [record for record in named if _ends_with(_path(sources.shown_file(record)), parts)]
    if whole or len(parts) == 1:
        return whole
    below = [record for record in named if _ends_with(parts, _path(record.file))]
    deepest = max((record.file.count("/") for record in below), default=0)
    return [record for record in below if record.file.count("/") == deepest]


def _path(file: str) -> list[str]:
    return file.removesuffix(".md").split("/")


def _ends_with(path: list[str], end: list[str]) -> bool:
    return path[-len(end) :] == end
