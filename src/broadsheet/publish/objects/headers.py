"""The HTTP headers that files are stored with in an object store. Pure."""

from __future__ import annotations

from broadsheet.kinds import Kind, kind_of
from broadsheet.media_types import shrinks, type_of
from broadsheet.publish.plan import is_lasting
from broadsheet.targets import ObjectTarget

_FOR_EVER = "public, max-age=31536000, immutable"


def headers_of(path: str, size: int, settings: ObjectTarget) -> tuple[tuple[str, str], ...]:
    """Return the headers of the file at `path` of a site, that is `size` bytes long as it was built.

    `Content-Encoding: gzip` among them says that it is to be stored compressed.
    """
    media_type = type_of(path)
    headers = [("Content-Type", media_type), ("Cache-Control", _cache_control(path, settings))]
    if settings.gzip and shrinks(media_type, size):
        headers.append(("Content-Encoding", "gzip"))
    return tuple(headers)


def _cache_control(path: str, settings: ObjectTarget) -> str:
    if is_lasting(path):
        return _FOR_EVER
    seconds = settings.asset_seconds if kind_of(path) is Kind.ASSET else settings.page_seconds
    return f"public, max-age={seconds}"
