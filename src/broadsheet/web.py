"""One request to the web: nobody's inner network is reached, and nobody can keep whoever asks waiting.

The standard library's client, and no other: what is wanted is one plain request that nothing is remembered of, and
every connection has to be in our hands. Proxies are not used, since only a direct connection shows whom it leads to.
"""

import io
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic, sleep
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

# Whether an address, such as `192.0.2.1`, may be connected to.
Permit = Callable[[str], bool]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5

# IPv6 addresses that lead to the IPv4 address in their last 32 bits.
_TRANSLATED = IPv6Network("64:ff9b::/96")
# What of IPv6 is given out to the public Internet. Python calls more of it global, which hosts keep to themselves.
_GIVEN_OUT = IPv6Network("2000::/3")
# What looking up a name says where there is none by it, and not only nobody who knows just now.
_NO_SUCH_NAME = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}


class Failure(Enum):
    """Why there is no answer, in words to count by."""

    NOT_PUBLIC = "an address that is not public"
    NO_HOST = "no such host"
    NOT_FOUND_OUT = "the host could not be looked up"
    NOT_SECURE = "no secure connection"
    TOO_LATE = "not sent in time"
    BROKEN = "the connection refused or broken off"


class WebError(Exception):
    """There is no answer, or not all of it; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        """Carry why."""
        self.failure = failure
        super().__init__(failure.value)


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public Internet: no loopback, no private network, no multicast."""
    found = ip_address(address.partition("%")[0])
    inner = _translated(found) if isinstance(found, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    if isinstance(found, IPv6Address) and found not in _GIVEN_OUT:
        return False
    return found.is_global and not found.is_multicast


def retry_seconds(retry_after: str, now: datetime) -> float | None:
    """Return how long to wait by `Retry-After`, in seconds or as a date; None where it does not say."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _translated(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one leads to."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


class Outside(Struct, frozen=True):
    """How the outside world is met: which addresses may be connected to, and how patiently.

    A request may take so many `seconds`; between two requests to a host there is a `pause`; so many hosts are asked
    `at_once`. `clock` and `sleep`, in seconds, are what pauses go by.
    """

    permit: Permit = is_public
    seconds: float = 20
    pause: float = 1
    at_once: int = 8
    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = sleep


@contextmanager
def asked(
    url: str, headers: Mapping[str, str], permit: Permit, until: float, method: str = "GET"
) -> Iterator[HTTPResponse]:
    """Give what is answered at `url`, a clean one, to read; raises `WebError`, while it is read too.

    Only addresses that `permit` allows are connected to. `until` is when there is no more time, by the monotonic clock.
    No redirect is followed.
    """
    connection: HTTPConnection | None = None
    try:
        with _failures():
            parts = urlsplit(url)
            try:
                connection = _connection(parts, permit, until)
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request(method, target, headers=dict(headers))
            except OSError:
                # Of which some are a `ValueError` as well.
                raise
            except ValueError:
                # A host or a target that no request can name.
                raise WebError(Failure.BROKEN) from None
            with connection.getresponse() as response:
                yield response
    finally:
        if connection:
            connection.close()


@contextmanager
def _failures() -> Iterator[None]:
    """Raise what can happen to a connection as a `WebError`."""
    try:
        yield
    except TimeoutError:
        raise WebError(Failure.TOO_LATE) from None
    except socket.gaierror as error:
        raise WebError(Failure.NO_HOST if error.errno in _NO_SUCH_NAME else Failure.NOT_FOUND_OUT) from None
    except ssl.SSLError:
        raise WebError(Failure.NOT_SECURE) from None
    except (OSError, HTTPException):
        raise WebError(Failure.BROKEN) from None


def _connection(url: SplitResult, permit: Permit, until: float) -> HTTPConnection:
    """Return a connection to the host of `url`, over a socket that is already connected."""
    host = unquote(url.hostname or "")
    if not host.isascii():
        # A clean address has the name that the network knows, if there is one.
        raise WebError(Failure.NO_HOST)
    is_secure = url.scheme.lower() == "https"
    port = url.port or (443 if is_secure else 80)
    connection = HTTPSConnection(host, port, context=secure_context()) if is_secure else HTTPConnection(host, port)
    connection.response_class = _response_until(until)
    connected = _connected(host, port, permit, until)
    try:
        connected.settimeout(_left(until))
        connection.sock = secure_context().wrap_socket(connected, server_hostname=host) if is_secure else connected
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
        raise WebError(Failure.NOT_PUBLIC)
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
def secure_context() -> ssl.SSLContext:
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
