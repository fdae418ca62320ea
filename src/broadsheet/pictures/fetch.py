"""One picture from the web, within limits: nobody's inner network is reached, and nobody can keep a build waiting.

The standard library's client, and no other: what is wanted is one plain request that nothing is remembered of, and
every connection has to be in our hands. Proxies are not used, since only a direct connection shows whom it leads to.
"""

import io
import socket
import ssl
from collections.abc import Callable
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from msgspec import Struct

from broadsheet import __version__
from broadsheet.text import clean_url

# Whether an address, such as `192.0.2.1`, may be connected to.
Permit = Callable[[str], bool]

_HEADERS = {
    "User-Agent": f"broadsheet/{__version__}",
    "Accept": "image/webp,image/jpeg,image/png,image/gif",
    "Connection": "close",
}
_MOST_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_PIECE = 64 * 1024
# What no picture comes as; of other types the bytes decide, since many hosts name none, or a wrong one.
_NO_PICTURES = ("text/", "application/json", "application/xml", "application/pdf", "image/svg", "video/", "audio/")
# IPv6 addresses that lead to the IPv4 address in their last 32 bits.
_TRANSLATED = IPv6Network("64:ff9b::/96")
# What of IPv6 is given out to the public Internet. Python calls more of it global, which hosts keep to themselves.
_GIVEN_OUT = IPv6Network("2000::/3")


class MissingError(Exception):
    """A picture can not be had; the text says why, in words to count by."""


class Limits(Struct, frozen=True):
    """How much a picture may take.

    A large photograph from a camera has 10 MB; who has not sent it in 20 seconds would make readers wait too.
    """

    most_bytes: int = 10 * 2**20
    seconds: float = 20


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public Internet: no loopback, no private network, no multicast."""
    found = ip_address(address.partition("%")[0])
    inner = _translated(found) if isinstance(found, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    if isinstance(found, IPv6Address) and found not in _GIVEN_OUT:
        return False
    return found.is_global and not found.is_multicast


def _translated(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one leads to."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def fetch(url: str, permit: Permit, limits: Limits, until: float) -> bytes:
    """Return what stands at `url`, a clean one; raises `MissingError`.

    Only addresses that `permit` allows are connected to. `until` is when there is no more time, by the monotonic clock.
    """
    until = min(until, monotonic() + limits.seconds)
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            answer = _ask(urlsplit(url), permit, limits, until)
            if isinstance(answer, bytes):
                return answer
            target = clean_url(urljoin(url, answer))
            if target is None:
                raise MissingError("a redirect to no web address")
            url = target
    except MissingError:
        raise
    except TimeoutError:
        raise MissingError(f"not sent within {limits.seconds:g} seconds") from None
    except socket.gaierror:
        raise MissingError("no such host") from None
    except ssl.SSLError:
        raise MissingError("no secure connection") from None
    except (OSError, HTTPException, ValueError):
        # The last: a host or a target that no request can name.
        raise MissingError("the connection refused or broken off") from None
    raise MissingError("too many redirects")


def _ask(url: SplitResult, permit: Permit, limits: Limits, until: float) -> bytes | str:
    """Return the content at `url`, or the address that it leads on to."""
    connection = _connection(url, permit, until)
    try:
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("GET", target, headers=_HEADERS)
        response = connection.getresponse()
        with response:
            location = response.headers.get("Location")
            if response.status in _REDIRECTS and location:
                return str(location)
            return _content(response, limits)
    finally:
        connection.close()


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
        raise MissingError("the connection refused or broken off")
    return bytes(content)


def _connection(url: SplitResult, permit: Permit, until: float) -> HTTPConnection:
    """Return a connection to the host of `url`, over a socket that is already connected."""
    name = unquote(url.hostname or "")
    host = name if name.isascii() else name.encode("idna").decode()
    is_secure = url.scheme.lower() == "https"
    port = url.port or (443 if is_secure else 80)
    connection = HTTPSConnection(host, port, context=_secure()) if is_secure else HTTPConnection(host, port)
    connection.response_class = _response_until(until)
    connected = _connected(host, port, permit, until)
    try:
        connected.settimeout(_left(until))
        connection.sock = _secure().wrap_socket(connected, server_hostname=host) if is_secure else connected
    except BaseException:
        connected.close()
        raise
    return connection


def _connected(host: str, port: int, permit: Permit, until: float) -> socket.socket:
    """Return a socket that is connected to `host`.

    The very addresses that were looked at are those that are connected to: a name that leads elsewhere the next time it
    is asked for reaches nothing.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = [entry for entry in found if permit(str(entry[4][0]))]
    if not allowed:
        raise MissingError("an address that is not public")
    for number, (family, kind, protocol, _, address) in enumerate(allowed, 1):
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(_left(until))
            connected.connect(address)
            return connected
        except BaseException as error:
            connected.close()
            if number == len(allowed) or not isinstance(error, OSError) or isinstance(error, TimeoutError):
                raise
    raise AssertionError(allowed)


@cache
def _secure() -> ssl.SSLContext:
    """Return what checks certificates: to load all that are trusted takes a while."""
    return ssl.create_default_context()


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _response_until(until: float) -> type[HTTPResponse]:
    """Return a response that is read until then, however slowly it comes: a time-out alone is for each piece of it."""

    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
            super().__init__(sock, debuglevel, method)
            self.fp.close()
            self.fp = io.BufferedReader(_Timed(sock, until))

    return Response


class _Timed(io.RawIOBase):
    """What comes through a socket, until a certain time."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int | None:  # type: ignore[override]
        self._sock.settimeout(_left(self._until))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
