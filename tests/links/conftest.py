"""What the tests of links share: the web, played by a server on loopback, and a clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from linked_hosts import Clock, Hosts, played_web


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    """All hosts below `.example` and `example.org`; `nowhere…` is nobody's, and other names can not be looked up."""
    with played_web(monkeypatch) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    """A clock of one's own."""
    return Clock()


@pytest.fixture(scope="session")
def certificate() -> Path:
    """A certificate for 127.0.0.1, with its key, that nobody trusts."""
    return Path(__file__).parents[1] / "pictures/loopback.pem"
