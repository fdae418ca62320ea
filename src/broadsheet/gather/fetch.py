"""One source from the web, within limits: where it leads, whether it has changed, and its bytes, unpacked."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from http.client import HTTPResponse
from time import monotonic
from urllib.parse import urldefrag

from msgspec import Struct, structs

from broadsheet import __version__
from broadsheet.gather.state import Asked
from broadsheet.limits import ADDRESS, FEED
from broadsheet.text import linked_url, url_host
from broadsheet.web import MOST_REDIRECTS, REDIRECTS, Failure, Permit, WebError, asked, retry_seconds

_HEADERS = {
    "User-Agent": f"broadsheet/{__version__} (imports feeds)",
    "Accept": "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
}
_PIECE = 64 * 1024
_GONE = 410
_NOT_MODIFIED = 304
_COME_LATER = {429, 503}
_FOR_GOOD = {301, 308}
# Who wants to be left alone for longer has made a mistake.
_LONGEST_WAIT = timedelta(days=7)
# Both forms of deflate, and gzip: told apart by how they start.
_GZIP_OR_ZLIB, _RAW = 47, -15
_LONGEST_VALIDATOR = 1000

# The turn of a host: whoever is in it is the only one who asks there.
Turn = Callable[[str], AbstractContextManager[None]]
PermitFor = Callable[[str], Permit]


class Answer(Struct, frozen=True):
    """What came of a source: its `data`, None where it has not changed, or why there is none, the `failure`.

    `url` is where it was found, `moved_to` where it stands for good, empty for where it was looked for. `asked` is what
    to ask it by the next time. `took` is how many seconds it took, without those until its turn. It was not asked at
    all, and is no failure of its own, where it is `postponed`.
    """

    data: bytes | None = None
    url: str = ""
    content_type: str = ""
    moved_to: str = ""
    failure: str = ""
    hint: str = ""
    gone: bool = False
    postponed: bool = False
    asked: Asked = Asked()
    took: float = 0


class _FailedError(Exception):
    """Nothing can be taken from what was answered; the text says why."""


class Fetching(Struct, frozen=True):
    """How the web is met: whom `permit` lets be connected to, by the address that is asked for, whose `turn` it is.

    A source may take so many `seconds`, without those until its turn. `now` (aware) is what dates are compared with.
    `waits` has, by host, until when it wants to be left alone, and gets what hosts say of that.
    """

    permit: PermitFor
    turn: Turn
    seconds: float
    now: datetime
    waits: dict[str, datetime]


def fetch(url: str, before: Asked, web: Fetching) -> Answer:
    """Return what stands at `url`, a clean one; `before` says what is known of it already."""
    left = _Left(web.seconds)
    answer = _followed(urldefrag(url).url, before, web, left)
    return structs.replace(answer, took=web.seconds - left.seconds)


class _Left:
    """How many seconds there are left for a source."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    @contextmanager
    def counted(self) -> Iterator[float]:
        """Give until when there is time, by the monotonic clock; what the `with` takes is gone."""
        began = monotonic()
        try:
            yield began + self.seconds
        finally:
            self.seconds = max(0.0, self.seconds - (monotonic() - began))


def _followed(url: str, before: Asked, web: Fetching, left: _Left) -> Answer:
    for_good, always = "", True
    try:
        for _ in range(MOST_REDIRECTS + 1):
            if later := web.waits.get(url_host(url)):
                why = f"it is not asked before {later:%Y-%m-%d %H:%M} UTC, as its host wants it"
                return Answer(failure=why, url=url, postponed=True)
            with web.turn(url), left.counted() as until:
                answer = _ask(url, before, web, until)
            if isinstance(answer, Answer):
                return structs.replace(answer, url=url, moved_to=for_good if not answer.failure else "")
            status, url = answer
            always = always and status in _FOR_GOOD
            for_good = url if always else for_good
    except WebError as error:
        is_late = error.failure is Failure.TOO_LATE
        why = f"it was not sent within {web.seconds:.3g} seconds" if is_late else f"{error}"
        private = error.failure is Failure.NOT_PUBLIC
        hint = "only a host that the settings or --from name may be of a network of your own" if private else ""
        return Answer(failure=why, hint=hint, url=url)
    except _FailedError as error:
        return Answer(failure=str(error), url=url)
    return Answer(failure=f"more than {MOST_REDIRECTS} redirects", url=url)


def _ask(url: str, before: Asked, web: Fetching, until: float) -> Answer | tuple[int, str]:
    """Return what one request comes to: an answer, or the status of a redirect and where it leads."""
    headers = dict(_HEADERS)
    if before.etag:
        headers["If-None-Match"] = before.etag
    if before.modified:
        headers["If-Modified-Since"] = before.modified
    with asked(url, headers, web.permit(url), until) as response:
        location = str(response.headers.get("Location", ""))
        if response.status in REDIRECTS and location:
            return response.status, _target(url, location)
        if response.status == _NOT_MODIFIED and (before.etag or before.modified):
            return Answer(asked=before)
        if response.status != 200:
            return _refused(response, url, web)
        validators = Asked(etag=_validator(response, "ETag"), modified=_validator(response, "Last-Modified"))
        return Answer(_content(response), content_type=str(response.headers.get("Content-Type", "")), asked=validators)


def _refused(response: HTTPResponse, url: str, web: Fetching) -> Answer:
    """Return what a status comes to that brings nothing; a host that wants to be left alone is, from now on."""
    if response.status == _GONE:
        return Answer(failure="its host says that it is gone for good (status 410)", gone=True)
    says = str(response.headers.get("Retry-After", "")) if response.status in _COME_LATER else ""
    wait = retry_seconds(says, web.now)
    if not wait:
        return Answer(failure=f"status {response.status}")
    later = web.waits[url_host(url)] = web.now + timedelta(seconds=min(wait, _LONGEST_WAIT.total_seconds()))
    return Answer(failure=f"status {response.status}; it wants to be asked again after {later:%Y-%m-%d %H:%M} UTC")


def _target(url: str, location: str) -> str:
    target = linked_url(url, location)
    if target is None or len(target) > ADDRESS.most:
        raise _FailedError("a redirect to no web address")
    return urldefrag(target).url


def _validator(response: HTTPResponse, name: str) -> str:
    """Return a header to be sent back as it is, unless it can not be."""
    text = str(response.headers.get(name, "")).strip()
    return text if text.isascii() and text.isprintable() and len(text) <= _LONGEST_VALIDATOR else ""


def _content(response: HTTPResponse) -> bytes:
    """Return the body of an answer, unpacked. Raises `_FailedError`, and `WebError` where it breaks off."""
    coding = str(response.headers.get("Content-Encoding", "")).strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise _FailedError(f"it is sent packed in a way that was not asked for: {coding[:40]}")
    packed = _Unpacked() if coding not in {"", "identity"} else None
    content = bytearray()
    while piece := response.read(_PIECE):
        content += packed.more(piece, FEED.most + 1 - len(content)) if packed else piece
        if len(content) > FEED.most:
            raise _FailedError(f"it has more than {FEED.most:,} bytes")
    if response.length or (packed and not packed.is_whole):
        raise WebError(Failure.BROKEN)
    return bytes(content)


class _Unpacked:
    """Unpacks what comes in pieces, and never more than is wanted."""

    def __init__(self) -> None:
        self._made = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._is_first = True

    @property
    def is_whole(self) -> bool:
        """Whether the end has come, or nothing at all."""
        return self._made.eof or self._is_first

    def more(self, piece: bytes, most: int) -> bytes:
        """Return what a piece holds, at most so many bytes. Raises `_FailedError`."""
        if self._made.eof:
            # What stands behind the end is nobody's.
            return b""
        try:
            return self._unpack(piece, most)
        except zlib.error:
            raise _FailedError("it is packed, and damaged") from None

    def _unpack(self, piece: bytes, most: int) -> bytes:
        first, self._is_first = self._is_first, False
        try:
            return self._made.decompress(piece, most)
        except zlib.error:
            if not first:
                raise
            # Some hosts leave the head of deflate out.
            self._made = zlib.decompressobj(_RAW)
            return self._made.decompress(piece, most)
