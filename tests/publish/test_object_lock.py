"""Two publishes to one bucket: one waits, or stops."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from msgspec import structs
from object_servers import CREDENTIALS, HASTE, Answer, Asked, Bucketeer, Forward, Proxy, publish, refusing
from releases import FILES_B, release_a, release_b

from broadsheet.problems import SiteError
from broadsheet.publish.holder import Holder, this_process
from broadsheet.publish.objects.lock import LOCK
from broadsheet.publish.objects.store import Objects, objects_of
from broadsheet.publish.release import LEDGER, Ledger
from broadsheet.publish.target import Patience
from broadsheet.targets import S3Target

Make = Callable[..., Objects]
_SCRIPT = Path(__file__).with_name("publish_objects.py")
SHORT = structs.replace(HASTE, silence=0.2)
CUT_SHORT = "a publish that was cut short has left its lock there; going on in its place"


def elsewhere() -> Holder:
    """Return who holds a lock on another machine."""
    return structs.replace(this_process(), machine="another")


def looking(patience: Patience, look: Callable[[int], None]) -> Patience:
    """Return a patience that calls `look` with 1, 2, … instead of every pause."""
    numbers = count(1)
    return structs.replace(patience, sleep=lambda _seconds: look(next(numbers)))


def go_on(there: Objects, lose: Callable[[], None], write: Callable[[], object]) -> None:
    """Hold the lock, lose it, and write on and on."""
    with there.held(lambda _text: None):
        lose()
        while True:
            write()


def test_the_lock_is_gone_afterwards(moto: Bucketeer, bucket: str, target: Make):
    said: list[str] = []
    with target().held(said.append):
        assert moto.keys(bucket) == {LOCK}
        stored = moto.get(bucket, LOCK, "HEAD")
        assert stored
        assert stored.headers["Cache-Control"] == "no-store"
    assert moto.keys(bucket) == set()
    assert said == []


def test_a_publish_waits_for_another_of_this_machine_and_says_so(moto: Bucketeer, bucket: str, target: Make):
    said: list[str] = []
    holder = this_process()
    moto.put(bucket, LOCK, holder.encoded())

    def look(number: int) -> None:
        if number == 3:
            moto.delete(bucket, LOCK)

    with target(patience=looking(HASTE, look)).held(said.append):
        pass
    assert said == [
        f"another publish is at work there (process {holder.pid} of this machine); waiting until it is done"
    ]


def test_a_publish_waits_as_long_as_another_gives_signs_of_life(moto: Bucketeer, bucket: str, target: Make):
    said: list[str] = []
    holders = [elsewhere()]
    moto.put(bucket, LOCK, holders[0].encoded())

    def look(number: int) -> None:
        if number == 20:
            moto.delete(bucket, LOCK)
        else:
            holders.append(holders[-1].next_beat())
            moto.put(bucket, LOCK, holders[-1].encoded())

    with target(patience=looking(HASTE, look)).held(said.append):
        assert len(holders) == 20
    assert said == ["another publish is at work there (somebody elsewhere); waiting until it is done"]


@pytest.mark.parametrize("content", [elsewhere().encoded(), b"damaged"], ids=["elsewhere", "damaged"])
def test_a_lock_that_nobody_keeps_alive_counts_no_more_after_a_silence(
    moto: Bucketeer, bucket: str, target: Make, content: bytes
):
    said: list[str] = []
    moto.put(bucket, LOCK, content)
    with target(patience=SHORT).held(said.append):
        pass
    assert said[0].startswith("another publish is at work there")
    assert said[1:] == [CUT_SHORT]
    assert moto.keys(bucket) == set()


def test_the_lock_of_a_process_that_was_killed_keeps_nobody_waiting(moto: Bucketeer, bucket: str, target: Make):
    code = "from broadsheet.publish.holder import this_process; print(this_process().encoded().decode())"
    content = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    moto.put(bucket, LOCK, content)
    said: list[str] = []

    def look(_number: int) -> None:
        pytest.fail("it waited")

    with target(patience=looking(HASTE, look)).held(said.append):
        pass
    assert said == [CUT_SHORT]


def test_two_publishes_at_once_come_one_after_the_other(moto: Bucketeer, bucket: str, target: Make):
    patience = structs.replace(HASTE, silence=3)
    releases = [release_a(), release_b()]
    said: list[list[str]] = [[], []]
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            publish(target(patience=patience), releases[number], said[number])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(map(len, said)) in ([0, 1], [0, 0])
    publish(target(), release_b())
    assert moto.keys(bucket) == {*FILES_B, LEDGER}


def test_whoever_lost_the_lock_writes_no_more(moto: Bucketeer, bucket: str, target: Make):
    there = target(patience=SHORT)
    with pytest.raises(SiteError, match="another publish took over"):
        go_on(there, lambda: moto.put(bucket, LOCK, elsewhere().encoded()), lambda: there.note(Ledger()))
    # It is the other's to remove.
    assert moto.keys(bucket) == {LOCK, LEDGER}


@pytest.mark.parametrize("write", ["send", "delete", "note"])
def test_a_lock_that_is_gone_is_lost(moto: Bucketeer, bucket: str, target: Make, write: str):
    there = target(patience=SHORT)
    item = next(iter(release_a().items.values()))
    writes: dict[str, Callable[[], object]] = {
        "send": lambda: list(there.send([item], lambda _item: b"")),
        "delete": lambda: there.delete(["a"]),
        "note": lambda: there.note(Ledger()),
    }
    with pytest.raises(SiteError, match="another publish took over"):
        go_on(there, lambda: moto.delete(bucket, LOCK), writes[write])


def test_a_publish_that_slept_too_long_stops_before_it_writes_anything_more(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    between, sleeps, is_over = proxy(moto), threading.Event(), threading.Event()
    processes: list[subprocess.Popen[str]] = []
    started = threading.Event()

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        if asked.number == 12:
            assert started.wait(30)
            processes[0].send_signal(signal.SIGSTOP)
            sleeps.set()
        if asked.number >= 12:
            assert is_over.wait(30)
        return forward()

    between.reset(behaviour)
    with subprocess.Popen(
        [sys.executable, str(_SCRIPT), between.address, bucket, "a", "0.4"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**CREDENTIALS, "PATH": ""},
    ) as process:
        processes.append(process)
        started.set()
        assert sleeps.wait(30)
        said: list[str] = []
        there = target(patience=SHORT, gzip=True)
        publish(there, release_b(there.headers), said)
        assert said[-1] == CUT_SHORT
        is_over.set()
        process.send_signal(signal.SIGCONT)
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "another publish took over, since this one gave no sign of life for 0 s" in told


def test_a_host_that_can_not_bind_a_write_is_locked_all_the_same(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    between = proxy(moto)
    between.reset(lambda asked, forward: refusing(501, "NotImplemented") if asked.is_bound else forward())
    there = target(between.address, SHORT)
    publish(there, release_b(there.headers))
    assert moto.keys(bucket) == {*FILES_B, LEDGER}
    # However long it goes on.
    assert len([asked for asked in between.asked if asked.is_bound]) == SHORT.attempts
    moto.put(bucket, LOCK, elsewhere().encoded())
    said: list[str] = []
    with there.held(said.append):
        pass
    assert said[1:] == [CUT_SHORT]


@pytest.mark.parametrize("name", ["moto", "rclone"])
def test_of_two_that_begin_in_one_moment_one_waits(
    name: str, request: pytest.FixtureRequest, bucket: str, credentials: None, proxy: Callable[..., Proxy]
):
    """The other's lock comes to lie over ours, where the host does not mind; the lock is read back for that."""
    server: Bucketeer = request.getfixturevalue(name)
    bucket = "site" if name == "rclone" else bucket
    between, said = proxy(server), []
    others = objects_of(S3Target(bucket=bucket, endpoint=server.address), HASTE)._bucket

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        answer = forward()
        if asked.method == "PUT" and not said and others.read(LOCK):
            others.put(LOCK, elsewhere().encoded(), {})
            said.append("the other has come")
        return answer

    between.reset(behaviour)
    # At first it looks again at once, and then as long as the other is there.
    patience = looking(HASTE, lambda number: others.delete([LOCK]) if number > 1 else None)
    with objects_of(S3Target(bucket=bucket, endpoint=between.address), patience).held(said.append):
        pass
    assert said[1:] == ["another publish is at work there (somebody elsewhere); waiting until it is done"]


def test_a_line_that_was_lost_for_a_while_loses_no_lock(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    between, is_renewed = proxy(moto), threading.Event()
    there = target(between.address, structs.replace(HASTE, silence=0.4, attempts=1))

    def behaviour(asked: Asked, forward: Forward) -> Answer | None:
        if asked.number < 3:
            return refusing(500, "InternalError")
        answer = forward()
        if asked.method == "PUT":
            is_renewed.set()
        return answer

    said: list[str] = []
    with there.held(said.append):
        between.reset(behaviour)
        assert is_renewed.wait(30)
        there.note(Ledger())
    assert said == []
    assert moto.keys(bucket) == {LEDGER}


def test_a_lock_that_could_not_be_removed_is_told(
    moto: Bucketeer, bucket: str, target: Make, proxy: Callable[..., Proxy]
):
    between, said = proxy(moto), []
    with target(between.address).held(said.append):
        between.reset(lambda _asked, _forward: refusing(403, "ExpiredToken"))
    assert said == [
        "the lock could not be removed, and the next publish may have to wait: the credentials have expired"
    ]


def test_the_lock_of_another_is_not_removed(moto: Bucketeer, bucket: str, target: Make):
    with target().held(lambda _text: None):
        moto.put(bucket, LOCK, elsewhere().encoded())
    assert moto.keys(bucket) == {LOCK}
