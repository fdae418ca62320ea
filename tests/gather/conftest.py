"""What the tests of imports share: the web, played by a server on loopback, and a site to import into."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from imported_paper import Paper
from linked_hosts import Hosts, played_web


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    """All hosts below `.example` and `example.org`."""
    with played_web(monkeypatch) as server:
        yield server


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """A site with two topics and no records."""
    return Paper(tmp_path)
