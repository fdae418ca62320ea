"""Who holds a lock, and whether that one is dead."""

import os
import socket
import subprocess
import sys

import msgspec
import pytest

from broadsheet.publish.holder import Holder, holder_of, this_process

on_linux = pytest.mark.skipif(not os.path.exists("/proc/self/ns/pid"), reason="only Linux tells")


def another(code: str = "print(this_process().encoded().decode(), flush=True); input()") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", f"from broadsheet.publish.holder import this_process; {code}"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def changed(holder: Holder, **values: object) -> Holder:
    return msgspec.structs.replace(holder, **values)


def test_a_lock_names_the_process_that_wrote_it():
    holder = this_process()
    assert holder_of(holder.encoded()) == holder
    assert holder.pid == os.getpid()


def test_this_process_is_not_dead():
    assert not this_process().is_dead()


@on_linux
def test_a_process_of_this_machine_is_dead_as_soon_as_it_was_killed():
    with another() as process:
        holder = holder_of(process.stdout.readline())
        assert holder is not None
        assert not holder.is_dead()
        assert holder.told() == f"process {process.pid} of this machine"
        process.kill()
        # Until it was waited for it still has its number.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert holder.is_dead()
        process.wait()
        assert holder.is_dead()


@on_linux
def test_another_process_with_the_number_of_one_that_ended_is_not_taken_for_it():
    assert changed(this_process(), started="1").is_dead()


@on_linux
def test_a_process_that_may_not_be_asked_is_not_dead():
    # Whom even root may not ask does not exist; so somebody asks who is nobody.
    holder = this_process() if os.geteuid() == 0 else changed(this_process(), pid=1, started="")
    child = os.fork()
    if not child:
        if os.geteuid() == 0:
            os.setuid(65534)
        os._exit(holder.is_dead())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_nobody_knows_whether_a_process_of_another_machine_is_dead():
    with another("print(this_process().encoded().decode())") as process:
        holder = holder_of(process.stdout.read())
    assert holder is not None
    for machine in ("", "another"):
        assert not changed(holder, machine=machine).is_dead()
        assert changed(holder, machine=machine).told() == "somebody elsewhere"


@on_linux
def test_a_machine_that_tells_nothing_of_a_process_goes_by_its_number():
    assert not changed(this_process(), started="").is_dead()


def test_a_beat_changes_the_lock_and_not_who_holds_it():
    holder = this_process()
    later = holder.next_beat().next_beat()
    assert later.encoded() != holder.encoded()
    assert holder.is_same(later)


def test_two_locks_of_one_process_are_two():
    assert not this_process().is_same(this_process())
    assert not this_process().is_same(None)


@pytest.mark.parametrize("pid", [0, -1, 2**31, "1"])
def test_a_lock_with_a_number_that_no_process_has_names_nobody(pid):
    content = msgspec.json.encode({**msgspec.structs.asdict(this_process()), "pid": pid})
    assert holder_of(content) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"machine": "\xff"}', b"[" * 100_000, b"null"])
def test_a_damaged_lock_names_nobody(content):
    assert holder_of(content) is None


def test_a_lock_tells_no_name_of_a_machine():
    assert socket.gethostname().encode() not in this_process().encoded()
