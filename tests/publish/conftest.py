"""Real servers on loopback to publish to, and a quick place for many files."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import object_servers
import pytest
from object_servers import CREDENTIALS, HASTE, Bucketeer, Proxy

from broadsheet.publish.objects.store import Objects, objects_of
from broadsheet.publish.target import Patience
from broadsheet.targets import S3Target

_numbers = count(1)


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucketeer]:
    with object_servers.moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture
def rclone(tmp_path: Path) -> Iterator[Bucketeer]:
    with object_servers.rclone(tmp_path) as server:
        yield server


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(moto: Bucketeer) -> str:
    """The name of a bucket of the test's own."""
    return moto.make(f"site-{next(_numbers)}")


@pytest.fixture
def proxy() -> Iterator[Callable[[Bucketeer], Proxy]]:
    """Return a function that gives a proxy before a server."""
    with ExitStack() as stack:

        def before(server: Bucketeer) -> Proxy:
            made = Proxy(server.port)
            stack.callback(made.close)
            return made

        yield before


@pytest.fixture
def target(moto: Bucketeer, bucket: str, credentials: None) -> Callable[..., Objects]:
    """Return a function that gives the test's bucket as a target, with other settings and over a proxy, if told."""

    def make(endpoint: str = "", patience: Patience = HASTE, **settings: object) -> Objects:
        values = {"bucket": bucket, "endpoint": endpoint or moto.address, **settings}
        return objects_of(S3Target(**values), patience)

    return make
