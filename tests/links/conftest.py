"""What the tests of links share: the web, played by a server on loopback, and a clock."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from linked_hosts import Clock, Hosts


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    """All hosts below `.example` and `example.org`; `nowhere…` is nobody's, and other names can not be looked up."""
    server = Hosts()

    def looked_up(host: str, port: int, *arguments: Any, **options: Any) -> list[Any]:
        if host.startswith("nowhere"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if host[0].isdigit() or ":" in host:
            address = host
        elif host.endswith((".example", ".example.org")):
            address = "10.0.0.1" if host.startswith("inner") else "127.0.0.1"
        else:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        # Where nobody names a port, this is the web.
        port = server.port if port in {80, 443} else port
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    yield server
    server.close()


@pytest.fixture
def clock() -> Clock:
    """A clock of one's own."""
    return Clock()


@pytest.fixture(scope="session")
def certificate() -> Path:
    """A certificate for 127.0.0.1, with its key, that nobody trusts."""
    return Path(__file__).parents[1] / "pictures/loopback.pem"
