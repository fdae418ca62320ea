"""Where the preview listens, and by which names it may be called."""

import errno
import re
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

from broadsheet.problems import reason
from broadsheet.text import ascii_host

FIRST_PORT = 8000
LAST_PORT = 8099
_WAITING = 128
_PROBE_SECONDS = 0.5

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?)(?::[0-9]{0,5})?", re.IGNORECASE).fullmatch

Address = tuple[str, int] | tuple[str, int, int, int]


class ListenError(Exception):
    """There is nothing to listen on; the text is a sentence that says why, `hint` what would help."""

    def __init__(self, message: str, hint: str) -> None:
        """Keep both for whoever prints them."""
        super().__init__(message)
        self.hint = hint


class _TakenError(Exception):
    """Somebody else listens on this port."""


def is_allowed(host_header: str | None, names: Collection[str]) -> bool:
    """Return whether a request may be answered that calls the preview by this `Host` header.

    A foreign site can let its own name point to this machine, and so have a browser read what is served here: only
    names that nobody else can give away are answered to. These are addresses, `localhost`, and `names`.
    """
    match = _HOST(host_header or "")
    if not match:
        return False
    inside, name = match.groups()
    if inside is not None:
        return isinstance(_address(inside), IPv6Address)
    name = name.lower()
    return _is_localhost(name) or isinstance(_address(name), IPv4Address) or name in map(_as_sent, names)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`: an address, with or without brackets, or a name."""
    address = _address(_bare(host))
    if address is None:
        return _is_localhost(_as_sent(host))
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens already: what connects from now on waits until it is served.

    Without a `port` it is the first of 8000 to 8099 that nobody has; 0 is any one that the system chooses. Raises
    `ListenError`.
    """
    if port is not None and not 0 <= port <= 65535:
        raise ListenError(f"There is no port {port}.", "ports go from 1 to 65535")
    family, address = _resolve(_bare(host))
    for number in range(FIRST_PORT, LAST_PORT + 1) if port is None else [port]:
        try:
            return _listen_at(family, (address[0], number, *address[2:]), host)
        except _TakenError:
            continue
    if port is None:
        message = f"All ports from {FIRST_PORT} to {LAST_PORT} are taken."
        raise ListenError(message, "end another server, or choose a port with --port; 0 lets the system choose")
    raise ListenError(
        f"Port {port} is taken: another program listens on it.", "without --port the next free one is used"
    )


def url_of(address: Address, base_path: str) -> str:
    """Return where a browser finds the site that is served at a socket's `address`, as `getsockname` gives it."""
    host = address[0].partition("%")[0]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{address[1]}{base_path}"


def _is_localhost(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost")


def _bare(host: str) -> str:
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _as_sent(name: str) -> str:
    """Return a name as browsers write it into a `Host` header."""
    # What can not be encoded is no name, and no header is like it.
    return (ascii_host(name) or name).lower().removesuffix(".")


def _resolve(host: str) -> tuple[socket.AddressFamily, Address]:
    # An empty name would stand for every address that there is.
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM) if host else []
    except (OSError, ValueError):
        found = []
    if not found:
        raise ListenError(f"There is no host “{host}”.", "give a name or an address of this machine, such as 127.0.0.1")
    # Of a name that has both, browsers try the other one, too; many a machine has no IPv6.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address  # type: ignore[return-value]


def _listen_at(family: socket.AddressFamily, address: Address, host: str) -> socket.socket:
    if address[1] and _is_answered(family, address):
        raise _TakenError
    listener = None
    try:
        # With the protocol by name: asyncio has small answers sent at once only where it is told that this is TCP.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        _claim(listener)
        listener.bind(address)
        # Not left to the server: of two previews that are started at once, both could bind.
        listener.listen(_WAITING)
    except OSError as error:
        if listener:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            raise _TakenError from None
        raise _refusal(error, host, address[1]) from None
    return listener


def _claim(listener: socket.socket) -> None:
    # On Windows SO_REUSEADDR lets two programs share a port; elsewhere it lets a new one follow an old one at once.
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)


def _is_answered(family: socket.AddressFamily, address: Address) -> bool:
    # Some systems let us have 127.0.0.1 where another program has every address. Windows is not asked: it takes seconds
    # to say no.
    host = _address(address[0])
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE") or not host or not (host.is_loopback or host.is_unspecified):
        return False
    with socket.socket(family, socket.SOCK_STREAM) as caller:
        caller.settimeout(_PROBE_SECONDS)
        return caller.connect_ex(address) == 0


def _refusal(error: OSError, host: str, port: int) -> ListenError:
    if error.errno == errno.EADDRNOTAVAIL:
        return ListenError(
            f"“{host}” is no address of this machine.", "127.0.0.1 always is, 0.0.0.0 stands for all of them"
        )
    if error.errno == errno.EACCES:
        return ListenError(f"Nobody but an administrator may use port {port}.", "choose one from 1024 on")
    return ListenError(
        f"It is not possible to listen on {host}, port {port}: {reason(error)}.", "choose another --host or --port"
    )
