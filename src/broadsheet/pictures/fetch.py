"""One picture from the web, within limits: nobody can keep a build waiting."""

from http.client import HTTPResponse
from time import monotonic

from msgspec import Struct

from broadsheet import __version__
from broadsheet.text import linked_url
from broadsheet.web import MOST_REDIRECTS, REDIRECTS, Failure, Permit, WebError, asked

_HEADERS = {
    "User-Agent": f"broadsheet/{__version__}",
    "Accept": "image/webp,image/jpeg,image/png,image/gif",
    "Connection": "close",
}
_PIECE = 64 * 1024
# What no picture comes as; of other types the bytes decide, since many hosts name none, or a wrong one.
_NO_PICTURES = ("text/", "application/json", "application/xml", "application/pdf", "image/svg", "video/", "audio/")


class MissingError(Exception):
    """A picture can not be had; the text says why, in words to count by."""


class Limits(Struct, frozen=True):
    """How much a picture may take.

    A large photograph from a camera has 10 MB; who has not sent it in 20 seconds would make readers wait too.
    """

    most_bytes: int = 10 * 2**20
    seconds: float = 20


def fetch(url: str, permit: Permit, limits: Limits, until: float) -> bytes:
    """Return what stands at `url`, a clean one; raises `MissingError`.

    Only addresses that `permit` allows are connected to. `until` is when there is no more time, by the monotonic clock.
    """
    until = min(until, monotonic() + limits.seconds)
    try:
        for _ in range(MOST_REDIRECTS + 1):
            answer = _ask(url, permit, limits, until)
            if isinstance(answer, bytes):
                return answer
            url = answer
    except WebError as error:
        is_late = error.failure is Failure.TOO_LATE
        raise MissingError(f"not sent within {limits.seconds:g} seconds" if is_late else str(error)) from None
    raise MissingError("too many redirects")


def _ask(url: str, permit: Permit, limits: Limits, until: float) -> bytes | str:
    """Return the content at `url`, or the address that it leads on to."""
    with asked(url, _HEADERS, permit, until) as response:
        location = response.headers.get("Location")
        if response.status in REDIRECTS and location:
            return _target(url, str(location))
        return _content(response, limits)


def _target(url: str, location: str) -> str:
    target = linked_url(url, location)
    if target is None:
        raise MissingError("a redirect to no web address")
    return target


def _content(response: HTTPResponse, limits: Limits) -> bytes:
    if response.status != 200:
        raise MissingError(f"status {response.status}")
    if str(response.headers.get("Content-Type", "")).strip().lower().startswith(_NO_PICTURES):
        raise MissingError("no picture of a kind that is taken")
    too_large = MissingError(f"more than {limits.most_bytes / 2**20:g} MB")
    if (response.length or 0) > limits.most_bytes:
        raise too_large
    content = bytearray()
    while piece := response.read(_PIECE):
        content += piece
        if len(content) > limits.most_bytes:
            raise too_large
    if response.length:
        raise WebError(Failure.BROKEN)
    return bytes(content)
