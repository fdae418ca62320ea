"""A file's bytes as a good static host sends them. Pure."""

import gzip
import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from broadsheet.files import content_digest
from broadsheet.media_types import shrinks, type_of

# A preview is never stale: a browser may keep what it has, but asks each time. Not for what can not change: a page that
# is loaded anew is there sooner for every question less.
_NEVER_STALE = "no-cache"
_FOR_EVER = "max-age=31536000, immutable"
_GZIP_LEVEL = 5

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.IGNORECASE).fullmatch
# Numbers that no file is long enough for are read too; numbers of a thousand digits are none.
_RANGE = re.compile(r"bytes\s*=\s*([0-9]{0,99})\s*-\s*([0-9]{0,99})\s*", re.IGNORECASE).fullmatch

# What a host sets by itself, whatever a file of headers says.
OF_THE_HOST = frozenset(
    "accept-ranges age allow alt-svc connection content-encoding content-length content-range date etag keep-alive "
    "last-modified location server set-cookie te trailer transfer-encoding upgrade".split()
)


class Response(Struct, frozen=True):
    """What is sent; the names of `headers` are in lower case. A `body` that the method forbids is left out already."""

    status: int
    headers: dict[str, str]
    body: bytes


def respond(  # noqa: PLR0913
    method: str,
    request_headers: Mapping[str, str],
    path: str,
    content: bytes,
    *,
    status: int = 200,
    lasting: bool = False,
    extra: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Return the answer to a GET or HEAD for the file at `path` in the output, which tells its type.

    The names of `request_headers` are in lower case. `extra` are further headers, fit to be sent; they may name another
    type, but nothing that follows from the bytes. Only a `status` of 200 is ever turned into 304, 206 or 416. What is
    `lasting` is asked for by an address that no other bytes will ever have.
    """
    headers = _headers(path, extra) | {"cache-control": _FOR_EVER if lasting else _NEVER_STALE}
    worth_it = shrinks(headers["content-type"], len(content))
    if worth_it:
        headers["vary"] = ", ".join(filter(None, (headers.get("vary"), "Accept-Encoding")))
    zipped = worth_it and accepts_gzip(request_headers.get("accept-encoding", ""))
    if status == 200:
        tag = _tag(content, extra)
        part = _part(request_headers, len(content), tag) if method == "GET" else None
        # Ranges are of the file's own bytes.
        zipped = zipped and part is None
        headers |= {"accept-ranges": "bytes", "etag": f'{tag[:-1]}-gzip"' if zipped else tag}
        if _is_known(headers["etag"], request_headers.get("if-none-match", "")):
            return Response(304, {name: headers[name] for name in headers if name != "content-type"}, b"")
        if part is not None:
            return _partial(headers, content, part)
    if zipped:
        # Without a time of its own, so that the same page has the same bytes.
        content = gzip.compress(content, _GZIP_LEVEL, mtime=0)
        headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(content))
    return Response(status, headers, b"" if method == "HEAD" else content)


def accepts_gzip(header: str) -> bool:
    """Return whether an `Accept-Encoding` allows gzip: by name, or by `*` where it does not name it."""
    allowed: dict[str, bool] = {}
    for item in header.lower().split(","):
        coding, semicolon, parameter = item.partition(";")
        quality = _QUALITY(parameter)
        allowed[coding.strip()] = not semicolon or bool(quality and float(quality[1]) > 0)
    return allowed.get("gzip", allowed.get("x-gzip", allowed.get("*", False)))


def _headers(path: str, extra: Mapping[str, str]) -> dict[str, str]:
    further = {name.lower(): value for name, value in extra.items()}
    headers = {"content-type": type_of(path), "x-content-type-options": "nosniff"}
    return headers | {name: value for name, value in further.items() if name not in OF_THE_HOST - {"location"}}


def _tag(content: bytes, extra: Mapping[str, str]) -> str:
    # With the further headers, since browsers do not take a new policy from a 304: the page must come again with it.
    return f'"{content_digest(content)}-{content_digest(ascii(sorted(extra.items())).encode())[:8]}"'


def _is_known(tag: str, if_none_match: str) -> bool:
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)


def _part(request_headers: Mapping[str, str], size: int, tag: str) -> range | None:
    """Return the positions that are asked for, none of them where there are none, or None when all are meant."""
    match = _RANGE(request_headers.get("range", "").strip())
    # Only tags are compared: we send no time of the last change that a client could name here.
    if not match or not any(match.groups()) or request_headers.get("if-range", tag).strip() != tag:
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1 if last else size))


def _partial(headers: dict[str, str], content: bytes, part: range) -> Response:
    size = len(content)
    if not part:
        empty = {"content-range": f"bytes */{size}", "content-length": "0"}
        return Response(416, {name: headers[name] for name in headers if name != "content-type"} | empty, b"")
    asked = {"content-range": f"bytes {part.start}-{part.stop - 1}/{size}", "content-length": str(len(part))}
    return Response(206, headers | asked, content[part.start : part.stop])
