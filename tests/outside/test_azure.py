"""A site in a container of Azurite, Microsoft's own emulator of Azure's object store."""

import base64
import gzip
import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Iterator
from email.utils import formatdate
from itertools import count
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

sys.path.append(str(Path(__file__).parents[1] / "publish"))
from crawl import missing
from object_servers import HASTE, Answer, Asked, Forward, Proxy, publish, refusing, started
from releases import BASE_URL, FILES_A, FILES_B, release_a, release_b

from broadsheet.problems import SiteError
from broadsheet.publish.objects.bucket import Bucket, bucket_of
from broadsheet.publish.objects.lock import LOCK
from broadsheet.publish.objects.store import Objects, objects_of
from broadsheet.publish.release import LEDGER
from broadsheet.targets import AzureTarget

pytestmark = pytest.mark.slow

# The account that every such emulator has, with a key that everybody knows.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_VERSION = "2021-12-02"
_numbers = count(1)

Make = Callable[..., Objects]


@pytest.fixture(scope="module")
def azurite(node_tool: Callable[[str], list[str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("azurite")
    command = [*node_tool("azurite/dist/src/blob/main.js"), "--blobHost", "127.0.0.1", "--blobPort", "0"]
    command += ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    with started(command, r"listens on http://127\.0\.0\.1:(\d+)", folder, HOME=str(folder)) as port:
        yield port


def _asked(port: int, method: str, path: str, query: str = "", **headers: str) -> tuple[bytes, dict[str, str]]:
    """Ask the emulator for something, as its documentation has it: signed, and not by our own code."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSION, **headers}
    named = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    lines = "".join(f"\n{pair.replace('=', ':')}" for pair in query.split("&") if pair)
    text = f"{method}{chr(10) * 12}{named}/{ACCOUNT}/{ACCOUNT}/{path}{lines}"
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), hashlib.sha256)).decode()
    address = f"http://127.0.0.1:{port}/{ACCOUNT}/{path}{'?' if query else ''}{query}"
    request = Request(address, method=method, headers={**headers, "Authorization": f"SharedKey {ACCOUNT}:{signature}"})
    with urlopen(request, timeout=20) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


@pytest.fixture
def container(azurite: int) -> str:
    name = f"site-{next(_numbers)}"
    _asked(azurite, "PUT", name, "restype=container")
    return name


@pytest.fixture
def proxy(azurite: int) -> Iterator[Proxy]:
    between = Proxy(azurite)
    yield between
    between.close()


@pytest.fixture
def settings(azurite: int, container: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AzureTarget]:
    """Return a function that gives the settings of the test's container, over a proxy if told."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)

    def make(endpoint: str = "", **values: object) -> AzureTarget:
        address = f"{endpoint or f'http://127.0.0.1:{azurite}'}/{ACCOUNT}"
        return AzureTarget(**{"container": container, "account": ACCOUNT, "endpoint": address, **values})

    return make


@pytest.fixture
def target(settings: Callable[..., AzureTarget]) -> Make:
    return lambda endpoint="", **values: objects_of(settings(endpoint, **values), HASTE)


@pytest.fixture
def bucket(settings: Callable[..., AzureTarget]) -> Bucket:
    return bucket_of(settings(), HASTE)


def held(bucket: Bucket) -> dict[str, bytes]:
    listed = bucket.listed()
    assert listed is not None
    return {path: content_at(bucket, path) or b"" for path in listed if path != LEDGER}


def content_at(bucket: Bucket, path: str) -> bytes | None:
    stored = bucket.read(path)
    if stored is None:
        return None
    is_packed = stored.attributes.get("Content-Encoding") == "gzip"
    return gzip.decompress(stored.content) if is_packed else stored.content


@pytest.mark.parametrize("values", [{}, {"gzip": True}, {"prefix": "news/2026"}])
def test_a_container_holds_what_was_built_and_only_what_differs_is_sent(
    container: str, target: Make, settings: Callable[..., AzureTarget], proxy: Proxy, values: dict[str, object]
):
    prefix = f"/{values['prefix']}" if "prefix" in values else ""
    there = target(proxy.address, **values)
    publish(there, release_a(there.headers))
    assert proxy.sent(f"{ACCOUNT}/{container}{prefix}") == sorted(FILES_A)
    proxy.reset()
    publish(there, release_b(there.headers))
    differing = sorted(path for path in FILES_B if FILES_A.get(path) != FILES_B[path])
    assert proxy.sent(f"{ACCOUNT}/{container}{prefix}") == differing
    within = bucket_of(settings(**values), HASTE)
    assert held(within) == FILES_B
    assert missing(lambda path: content_at(within, path), BASE_URL) == []
    proxy.reset()
    publish(there, release_b(there.headers))
    assert [asked for asked in proxy.asked if asked.method == "PUT" and LOCK not in asked.path] == []


def test_the_server_sends_the_headers(azurite: int, container: str, target: Make):
    there = target(gzip=True)
    publish(there, release_a(there.headers))
    _, headers = _asked(azurite, "HEAD", f"{container}/index.html")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=300"
    assert headers["content-encoding"] == "gzip"
    lasting = next(path for path in FILES_A if path.endswith(".webp"))
    _, headers = _asked(azurite, "HEAD", f"{container}/{lasting}")
    assert headers["content-type"] == "image/webp"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"


def test_what_somebody_else_put_there_stays(target: Make, bucket: Bucket):
    bucket.put("cats/cat.html", b"a cat", {})
    publish(target(), release_a())
    bucket.put("theme/old.svg", b"changed", {})
    publish(target(), release_b())
    assert held(bucket) == {**FILES_B, "cats/cat.html": b"a cat", "theme/old.svg": b"changed"}


def test_without_a_ledger_nothing_is_sent_again(container: str, target: Make, bucket: Bucket, proxy: Proxy):
    before = publish(target(), release_a())
    bucket.delete([LEDGER])
    assert publish(target(proxy.address), release_a()) == before
    assert proxy.sent(f"{ACCOUNT}/{container}") == []
    stored = bucket.read(LEDGER)
    assert stored
    assert json.loads(stored.content)["release"] == "a"


def test_what_is_gone_already_is_no_matter_when_it_is_to_be_deleted(bucket: Bucket):
    for path in ("a", "c"):
        bucket.put(path, b"", {})
    bucket.delete(["a", "b", "c"])
    assert held(bucket) == {}


def test_only_one_of_two_publishes_has_the_lock(target: Make, bucket: Bucket):
    said: list[str] = []
    with target().held(said.append):
        before = bucket.read(LOCK)
        assert before is not None
    assert bucket.read(LOCK) is None
    assert said == []


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 8, 12, 20, 30, 40])
@pytest.mark.parametrize("is_forwarded", [False, True], ids=["before it arrives", "before the answer"])
def test_a_publish_that_fails_leaves_a_whole_site_and_is_finished_by_the_next(
    number: int, is_forwarded: bool, container: str, target: Make, bucket: Bucket, proxy: Proxy
):
    publish(target(), release_a(target().headers))

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        if asked.number < number:
            return forward()
        if is_forwarded and asked.number == number:
            forward()
        return refusing(403, "AuthenticationFailed")

    proxy.reset(behaviour)
    there = target(proxy.address)
    release = release_b(there.headers)
    with pytest.raises(SiteError, match="the credentials are refused"):
        publish(there, release)
    proxy.reset()
    assert missing(lambda path: content_at(bucket, path), BASE_URL) == []
    bucket.delete([LOCK])
    marks = {path: bucket.head(path) for path in release.items}
    already = {
        path for path, stored in marks.items() if stored and stored.attributes["broadsheet"] == release.items[path].mark
    }
    publish(there, release)
    assert not already & set(proxy.sent(f"{ACCOUNT}/{container}"))
    assert held(bucket) == FILES_B


def test_a_container_that_is_not_there_is_told(target: Make):
    with pytest.raises(SiteError, match="there is no container nowhere"):
        publish(target(container="nowhere"), release_a())


def test_a_wrong_key_is_told_and_not_shown(target: Make, monkeypatch: pytest.MonkeyPatch):
    secret = base64.b64encode(b"a secret of somebody").decode()
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", secret)
    with pytest.raises(SiteError, match="the credentials are refused") as caught:
        publish(target(), release_a())
    assert secret not in repr(caught.value)
