"""A publish to an object store that goes wrong: what readers see then, what is told, and how the next one goes on."""

import gzip
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from crawl import missing
from msgspec import structs
from object_servers import CREDENTIALS, HASTE, KEY, SECRET, Answer, Asked, Bucketeer, Forward, Proxy, publish, refusing
from releases import BASE_URL, FILES_A, FILES_B, release_a, release_b

from broadsheet.problems import SiteError
from broadsheet.publish.objects.store import Objects
from broadsheet.publish.release import LEDGER, Item

Make = Callable[..., Objects]
_SCRIPT = Path(__file__).with_name("publish_objects.py")
LOCK = ".broadsheet-lock"


def content_at(server: Bucketeer, bucket: str, path: str) -> bytes | None:
    stored = server.get(bucket, path)
    if stored is None:
        return None
    return gzip.decompress(stored.content) if stored.headers.get("Content-Encoding") == "gzip" else stored.content


def assert_whole(server: Bucketeer, bucket: str) -> None:
    assert missing(lambda path: content_at(server, bucket, path), BASE_URL) == []


def assert_is_b(server: Bucketeer, bucket: str) -> None:
    keys = server.keys(bucket)
    assert keys == {*FILES_B, LEDGER}
    assert {path: content_at(server, bucket, path) for path in keys - {LEDGER}} == FILES_B


def arrived(server: Bucketeer, bucket: str, items: dict[str, Item]) -> set[str]:
    """Return those files of a release that are there already, by what the server says of them."""
    there = {path: server.get(bucket, path, "HEAD") for path in items}
    return {
        path for path, stored in there.items() if stored and stored.headers["x-amz-meta-broadsheet"] == items[path].mark
    }


def killed(endpoint: str, bucket: str, on: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str]:
    """Publish release B in a process of its own, and return how it ended and what it said."""
    with subprocess.Popen(
        [sys.executable, str(_SCRIPT), endpoint, bucket, "b", "30"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**CREDENTIALS, "PATH": ""},
    ) as process:
        on(process)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said


def assert_survives(number: int, is_forwarded: bool, moto: Bucketeer, bucket: str, target: Make) -> bool:
    """Kill a publish at its request of this `number`, and return whether there was one."""
    publish(target(gzip=True), release_a(target(gzip=True).headers))
    has_process, processes = threading.Event(), []

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        if asked.number < number:
            return forward()
        if asked.number == number:
            if is_forwarded:
                forward()
            assert has_process.wait(30)
            processes[0].send_signal(signal.SIGKILL)
        return None

    def take(process: subprocess.Popen[str]) -> None:
        processes.append(process)
        has_process.set()

    with closing(Proxy(moto.port)) as between:
        between.reset(behaviour)
        status, said = killed(between.address, bucket, take)
        between.settle()
        if len(between.asked) < number:
            assert status == 0, said
            return False
    assert status == -signal.SIGKILL, said
    assert_whole(moto, bucket)
    # Another proxy: what the dead had sent may still come to the first, and goes nowhere there.
    with closing(Proxy(moto.port)) as between:
        there = target(between.address, gzip=True)
        release = release_b(there.headers)
        already = arrived(moto, bucket, release.items)
        publish(there, release)
        assert not already & set(between.sent(bucket))
    assert_is_b(moto, bucket)
    return True


@pytest.mark.parametrize("is_forwarded", [False, True], ids=["before it arrives", "before the answer"])
@pytest.mark.parametrize("number", [3, 6, 8, 15, 30])
def test_a_publish_that_is_killed_leaves_a_whole_site_and_is_finished_by_the_next(
    number: int, is_forwarded: bool, moto: Bucketeer, bucket: str, target: Make
):
    assert assert_survives(number, is_forwarded, moto, bucket, target)


@pytest.mark.slow
@pytest.mark.parametrize("first", [1, 2, 3])
def test_a_publish_may_be_killed_after_every_request(first: int, moto: Bucketeer, target: Make, bucket: str):
    number = first
    # What is there before a request arrives is what was there after the one before it.
    while assert_survives(number, True, moto, bucket, target):
        number += 3
    assert number > 30


FAULTS: dict[str, Callable[[Asked, Forward], Answer | None]] = {
    "dropped": lambda _asked, _forward: None,
    "dropped after it arrived": lambda _asked, forward: forward() and None,
    "500": lambda _asked, _forward: refusing(500, "InternalError"),
    "503": lambda _asked, _forward: refusing(503, "SlowDown"),
    "503 after it arrived": lambda _asked, forward: forward() and refusing(503, "SlowDown"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_request_may_fail_once(
    fault: str, moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    publish(target(), release_a(target().headers))
    failed: set[tuple[str, str, str]] = set()
    guard = threading.Lock()

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        with guard:
            is_first = asked[1:] not in failed
            failed.add(asked[1:])
        return FAULTS[fault](asked, forward) if is_first else forward()

    between = proxy(moto)
    between.reset(behaviour)
    there = target(between.address)
    publish(there, release_b(there.headers))
    assert len(failed) > 30
    assert_is_b(moto, bucket)


@pytest.mark.parametrize("number", [1, 3, 5, 8, 15, 30])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refusing(403, "ExpiredToken"), "the credentials have expired"),
        (refusing(503, "SlowDown"), "S3 answers 503 SlowDown, again and again"),
        (None, "S3 can not be reached"),
    ],
    ids=["expired", "busy", "gone"],
)
def test_what_stops_for_good_is_told_and_the_next_publish_goes_on(  # noqa: PLR0917
    number: int,
    answer: Answer | None,
    told: str,
    moto: Bucketeer,
    bucket: str,
    target: Make,
    proxy: Callable[..., Proxy],
):
    publish(target(), release_a(target().headers))
    between = proxy(moto)
    between.reset(lambda asked, forward: forward() if asked.number < number else answer)
    there = target(between.address)
    with pytest.raises(SiteError, match=told) as caught:
        publish(there, release_b(there.headers))
    assert SECRET not in repr(caught.value)
    assert KEY not in repr(caught.value)
    between.reset()
    assert_whole(moto, bucket)
    # In vain it tried to remove its lock: it is still alive, and nobody else is to wait for it here.
    moto.delete(bucket, LOCK)
    release = release_b(there.headers)
    already = arrived(moto, bucket, release.items)
    publish(there, release)
    assert not already & set(between.sent(bucket))
    assert_is_b(moto, bucket)


def test_a_look_that_fails_is_told(moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]):
    publish(target(), release_a())
    moto.delete(bucket, LEDGER)
    between = proxy(moto)
    between.reset(lambda asked, forward: forward() if asked.method != "HEAD" else refusing(403, ""))
    with pytest.raises(SiteError, match="the credentials are refused"):
        publish(target(between.address), release_b())


def test_credentials_that_are_refused_are_not_tried_again(moto: Bucketeer, target: Make, proxy: Callable[..., Proxy]):
    between = proxy(moto)
    between.reset(lambda _asked, _forward: refusing(403, "InvalidAccessKeyId"))
    with pytest.raises(SiteError, match="the credentials are refused") as caught:
        publish(target(between.address), release_a())
    assert "AWS_ACCESS_KEY_ID" in caught.value.problems[0].hint
    assert len(between.asked) == 1


def test_attempts_are_bounded(moto: Bucketeer, target: Make, proxy: Callable[..., Proxy]):
    between = proxy(moto)
    between.reset(lambda _asked, _forward: refusing(500, "InternalError"))
    with pytest.raises(SiteError, match="S3 answers 500 InternalError"):
        publish(target(between.address), release_a())
    assert len(between.asked) == HASTE.attempts


def test_a_server_that_does_not_answer_is_given_up(moto: Bucketeer, target: Make, proxy: Callable[..., Proxy]):
    between, is_over = proxy(moto), threading.Event()
    between.reset(lambda _asked, _forward: is_over.wait(60) and None)
    impatient = structs.replace(HASTE, attempts=2, request=0.1)
    with pytest.raises(SiteError, match="S3 does not answer in time"):
        target(between.address, impatient).fetch("index.html")
    is_over.set()


def test_an_answer_that_comes_late_is_good(moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]):
    between, second = proxy(moto), threading.Event()

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        # The first file is held back until another has overtaken it.
        if asked.is_file and not second.is_set():
            if asked.path.endswith("script.js"):
                assert second.wait(30)
            else:
                second.set()
        return forward()

    between.reset(behaviour)
    there = target(between.address)
    publish(there, release_b(there.headers))
    assert_is_b(moto, bucket)


def test_when_one_file_fails_those_that_are_under_way_still_arrive(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    between, has_failed = proxy(moto), threading.Event()

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        if asked.path.endswith("fails.css"):
            has_failed.set()
            return refusing(403, "AccessDenied")
        assert has_failed.wait(30)
        return forward()

    between.reset(behaviour)
    items = [Item(name, name, 1) for name in ("fails.css", "other.css")]
    with pytest.raises(SiteError, match=r"fails\.css: the credentials do not allow this \(403 AccessDenied\)"):
        list(target(between.address).send(items, lambda _item: b"x"))
    assert moto.keys(bucket) == {"other.css"}


def test_a_file_that_can_not_be_read_ends_the_publish(moto: Bucketeer, bucket: str, target: Make):
    def broken(item: Item) -> bytes:
        raise SiteError([])

    with pytest.raises(SiteError):
        publish(target(), structs.replace(release_a(), content=broken))
    assert moto.keys(bucket) == {LEDGER}


def test_a_bucket_that_is_not_there_is_told(target: Make):
    with pytest.raises(SiteError, match=r"s3://not-there: error: .*there is no bucket not-there"):
        publish(target(bucket="not-there"), release_a())


def test_a_server_that_is_not_there_is_told(target: Make):
    with pytest.raises(SiteError, match="S3 can not be reached"):
        publish(target("http://127.0.0.1:9"), release_a())


def test_two_releases_in_between_are_no_obstacle(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    """B is cut short, and then A is published anew: what B had changed goes back."""
    publish(target(), release_a(target().headers))
    between = proxy(moto)
    between.reset(lambda asked, forward: forward() if asked.number < 25 else refusing(403, "ExpiredToken"))
    with pytest.raises(SiteError):
        publish(target(between.address), release_b(target().headers))
    moto.delete(bucket, LOCK)
    publish(target(), release_a(target().headers))
    assert {path: content_at(moto, bucket, path) for path in moto.keys(bucket) - {LEDGER}} == FILES_A


def test_no_secret_is_ever_told(moto: Bucketeer, bucket: str, proxy: Callable[..., Proxy]):
    between = proxy(moto)
    # As AWS does, which repeats the key and what was signed.
    body = f"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>{KEY}</AWSAccessKeyId><x>{SECRET}</x></Error>"
    between.reset(lambda _asked, _forward: (403, [], body.encode()))
    status, said = killed(between.address, bucket, lambda _process: None)
    assert status == 1
    assert "the credentials are refused (403 SignatureDoesNotMatch)" in said
    assert KEY not in said
    assert SECRET not in said


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_a_request_that_is_never_answered_is_made_again(
    method: str, moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    publish(target(), release_a(target().headers))
    between, is_over, held_back = proxy(moto), threading.Event(), []

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        if asked.method == method and LOCK not in asked.path and not held_back:
            held_back.append(asked)
            is_over.wait(60)
            return None
        return forward()

    between.reset(behaviour)
    there = target(between.address, structs.replace(HASTE, request=1))
    publish(there, release_b(there.headers))
    is_over.set()
    assert held_back
    assert_is_b(moto, bucket)
