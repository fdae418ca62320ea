"""The media types of files by their endings, as static hosts have them. Pure."""

import re
from functools import cache
from mimetypes import MimeTypes

_UNKNOWN = "application/octet-stream"
# Our own, since what Python knows of types is what the machine knows: hosts go by the ending alone, and so do we.
# A feed in Atom is `application/xml` to them, for its ending is all that they see.
_TYPES = {
    "html": "text/html; charset=utf-8",
    "htm": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "opml": "text/x-opml; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "webmanifest": "application/manifest+json",
    "xml": "application/xml",
    "xsl": "application/xslt+xml",
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "wasm": "application/wasm",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "zip": "application/zip",
    "gz": "application/gzip",
    "eml": "message/rfc822",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "webm": "video/webm",
    # Pagefind's files are compressed within, and read by its own code.
    "pagefind": _UNKNOWN,
    "pf_meta": _UNKNOWN,
    "pf_index": _UNKNOWN,
    "pf_fragment": _UNKNOWN,
    "pf_filter": _UNKNOWN,
}
_TINY = 512
_TEXT = re.compile(
    r"text/.*|message/.*|font/[ot]tf|application/(?:json|xml|javascript|wasm)|[^;]*\+(?:json|xml)"
).fullmatch


def type_of(path: str) -> str:
    """Return the media type of a file by the ending of its path, with the character set where it is a text's."""
    name = path.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in _TYPES:
        return _TYPES[ending]
    # By the ending alone: of a whole path some are taken for addresses.
    kind, packed = _python_types().guess_type(f"file.{ending}")
    if kind is None or packed:
        return _UNKNOWN
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def shrinks(media_type: str, size: int) -> bool:
    """Return whether a file of this type and `size` in bytes is worth to be compressed on its way."""
    return size >= _TINY and bool(_TEXT(media_type.partition(";")[0].strip().lower()))


@cache
def _python_types() -> MimeTypes:
    # One of our own holds what Python brings along, and nothing that it found on the machine.
    return MimeTypes()
