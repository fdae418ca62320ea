"""Folders as targets where there is no room, nothing may be written, or two publishes are at work."""

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from folders import NOW, content_of, is_killed, publish, target_at, wanting
from mounts import alone, mounted, needs_mounts
from releases import FILES_A, FILES_B, release_a, release_b, release_of

from broadsheet.problems import SiteError
from broadsheet.publish.folder.tree import _lock
from broadsheet.publish.sending import Release, planned, send

LAYOUTS = pytest.mark.parametrize("releases", [True, False], ids=["switched", "in place"])
IS_ROOT = os.geteuid() == 0


def refused(message: str, action: Callable[[], object]) -> None:
    with pytest.raises(SiteError, match=message):
        action()


def holds_b(www: Path) -> bool:
    found = content_of(www)
    return found.items() >= FILES_B.items() and found.items() <= {**FILES_A, **FILES_B}.items()


# No room


@LAYOUTS
@pytest.mark.parametrize("most", [0, 1, 100, 300, 400, 500, 600, 1000, 2000, 3500])
def test_a_limit_of_the_size_of_files_leaves_a_site_that_works(quick, releases, most):
    www = quick / "www"
    publish(www, release_a(), releases=releases)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        refused("file too large", partial(publish, www, release_b(), releases=releases))

    assert not is_killed(limited)
    assert wanting(www) == []
    publish(www, release_b(), releases=releases)
    assert holds_b(www)


@LAYOUTS
@pytest.mark.parametrize("most", [0, 1, 100, 300, 400, 500, 600, 1000, 2000, 3500])
def test_a_process_that_dies_in_the_middle_of_a_file_leaves_no_part_of_it_to_readers(quick, releases, most):
    www = quick / "www"
    publish(www, release_a(), releases=releases)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        publish(www, release_b(), releases=releases)

    assert is_killed(limited)
    assert wanting(www) == []
    assert {
        path for path, content in content_of(www).items() if content not in (FILES_A.get(path), FILES_B.get(path))
    } == set()
    publish(www, release_b(), releases=releases)
    assert holds_b(www)


@needs_mounts
@LAYOUTS
def test_a_disk_that_is_full_leaves_a_site_that_works_and_a_publish_that_goes_on(tmp_path, releases):
    def filled() -> None:
        is_enough, room = False, 0
        # A page of memory more each time.
        while not is_enough:
            room += 1
            disk = tmp_path / str(room)
            disk.mkdir()
            mounted(disk, "size=4m")
            publish(disk / "www", release_a(), releases=releases)
            used = shutil.disk_usage(disk).used
            subprocess.run(["mount", "-o", f"remount,size={used + room * 4096}", disk], check=True)
            try:
                publish(disk / "www", release_b(), releases=releases)
                is_enough = True
            except SiteError as error:
                problems = str(error)
            if not is_enough:
                assert "no space left on device" in problems
                assert wanting(disk / "www") == []
                subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
                publish(disk / "www", release_b(), releases=releases)
            assert holds_b(disk / "www")
            subprocess.run(["umount", disk], check=True)
        assert room > 6

    assert not is_killed(alone(filled))


@needs_mounts
@LAYOUTS
def test_a_disk_that_is_read_only_is_told_and_nothing_is_lost(tmp_path, releases):
    def locked_up() -> None:
        mounted(tmp_path, "size=4m")
        publish(tmp_path / "www", release_a(), releases=releases)
        subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        refused("read-only file system", partial(publish, tmp_path / "www", release_b(), releases=releases))
        assert content_of(tmp_path / "www") == FILES_A
        # To look needs no right to write.
        with planned(release_b(), target_at(tmp_path / "www", releases), NOW, 7, None) as publishing:
            assert publishing.plan.new

    assert not is_killed(alone(locked_up))


@needs_mounts
def test_releases_on_another_disk_than_the_link_are_switched_too(tmp_path):
    def apart() -> None:
        (tmp_path / "www.releases").mkdir()
        mounted(tmp_path / "www.releases", "size=4m")
        publish(tmp_path / "www", release_a())
        publish(tmp_path / "www", release_b())
        assert holds_b(tmp_path / "www")
        target_at(tmp_path / "www").go_back(print)
        assert content_of(tmp_path / "www").items() >= FILES_A.items()

    assert not is_killed(alone(apart))


@needs_mounts
def test_what_is_mounted_within_a_release_is_copied_on(tmp_path):
    """As a file on another file system is that can have no second name."""

    def apart() -> None:
        publish(tmp_path / "www", release_a())
        (tmp_path / "www/own").mkdir()
        mounted(tmp_path / "www.releases/a/own", "size=1m")
        (tmp_path / "www/own/mine").write_bytes(b"mine")
        publish(tmp_path / "www", release_b())
        assert (tmp_path / "www.releases/b/own/mine").read_bytes() == b"mine"

    assert not is_killed(alone(apart))


# Nothing may be written


@LAYOUTS
def test_a_folder_that_is_not_ours_to_write_is_told_and_nothing_is_lost(quick, releases):
    os.chmod(quick, 0o755)
    publish(quick / "www", release_a(), releases=releases)

    def nobody() -> None:
        if IS_ROOT:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        refused("permission denied", partial(publish, quick / "www", release_b(), releases=releases))

    for folder, _, names in os.walk(quick, topdown=False):
        for name in names:
            os.chmod(Path(folder, name), 0o444, follow_symlinks=True)
        os.chmod(folder, 0o555)
    try:
        assert not is_killed(nobody)
    finally:
        for folder, _, _ in os.walk(quick):
            os.chmod(folder, 0o755)
    assert content_of(quick / "www") == FILES_A


def test_where_no_link_can_be_made_that_is_known_before_a_file_is_sent(tmp_path):
    publish(tmp_path / "www", release_a())
    if subprocess.run(["chattr", "+i", tmp_path], check=False, capture_output=True).returncode != 0:
        pytest.skip("nothing can be made immutable here")
    try:
        with pytest.raises(SiteError, match="no link can be made here: Operation not permitted") as raised:
            publish(tmp_path / "www", release_b())
        assert "`releases: false`" in raised.value.problems[0].hint
        assert not (tmp_path / "www.releases/.next").exists()
    finally:
        subprocess.run(["chattr", "-i", tmp_path], check=True)
    assert content_of(tmp_path / "www") == FILES_A


# Two at once


class Waiting:
    """A release whose first file is not read before somebody says so."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._asked, self._asks = os.pipe()
        self._released, self._releases = os.pipe()

    def release(self) -> Release:
        def content(item):
            os.write(self._asks, b".")
            os.read(self._released, 1)
            return self._release.content(item)

        return Release(self._release.name, self._release.items, content)

    def until_it_is_read(self) -> None:
        # So that who waits for a process that has ended does not wait for ever.
        os.close(self._asks)
        assert os.read(self._asked, 1)

    def go_on(self) -> None:
        os.write(self._releases, b"." * 1000)


def begun(action: Callable[[], object]) -> int:
    """Run `action` in a process of its own, and return its id at once."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@LAYOUTS
def test_of_two_publishes_at_once_one_waits_for_the_other_and_says_so(quick, releases):
    www = quick / "www"
    publish(www, release_a(), releases=releases)
    first = Waiting(release_b())
    told, tell = os.pipe()
    one = begun(partial(publish, www, first.release(), releases=releases))
    first.until_it_is_read()
    last = release_of("c", {**FILES_B, "index.html": FILES_B["index.html"] + b"<!-- C -->"})
    two = begun(partial(publish, www, last, releases=releases, say=lambda line: os.write(tell, line.encode())))
    os.close(tell)
    assert "another publish is at work; waiting" in os.read(told, 1000).decode()
    first.go_on()
    assert (ended(one), ended(two)) == (0, 0)
    assert content_of(www)["index.html"].endswith(b"<!-- C -->")
    assert wanting(www) == []
    if releases:
        assert os.readlink(www) == "www.releases/c"
        assert target_at(www).go_back(print)[0] == "b"


@LAYOUTS
def test_a_publish_that_was_killed_keeps_nobody_waiting(quick, releases):
    www = quick / "www"
    publish(www, release_a(), releases=releases)
    first = Waiting(release_b())
    one = begun(partial(publish, www, first.release(), releases=releases))
    first.until_it_is_read()
    os.kill(one, signal.SIGKILL)
    assert ended(one) == -signal.SIGKILL
    said: list[str] = []
    publish(www, release_b(), releases=releases, say=said.append)
    assert said == []
    assert holds_b(www)


@LAYOUTS
def test_who_only_looks_waits_for_nobody(quick, releases):
    www = quick / "www"
    publish(www, release_a(), releases=releases)
    first = Waiting(release_b())
    one = begun(partial(publish, www, first.release(), releases=releases))
    first.until_it_is_read()
    with planned(release_b(), target_at(www, releases), NOW, 7, None) as publishing:
        assert publishing.plan.new
    first.go_on()
    assert ended(one) == 0


@pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="this system opens no file like that")
def test_where_nothing_can_be_locked_that_is_said_and_the_publish_goes_on(tmp_path):
    """As it is on some file systems: a file that was opened for no reading or writing takes no lock either."""
    handle = os.open(tmp_path, os.O_PATH)
    said: list[str] = []
    _lock(handle, "/srv/www", said.append)
    os.close(handle)
    assert said == [
        "/srv/www: nothing keeps two publishes apart here (bad file descriptor): take care that there is one"
    ]


@LAYOUTS
def test_a_publish_is_sent_while_readers_read_and_they_miss_nothing(quick, releases):
    """Three releases in turn, and a reader who goes through the site all the time."""
    www = quick / "www"
    publish(www, release_a(), releases=releases)

    def publisher() -> None:
        for number in range(20):
            release = (release_b, release_a)[number % 2]()
            with planned(release, target_at(www, releases), NOW, 7, print) as publishing:
                send(publishing, NOW, lambda step, done, total: None)

    child = begun(publisher)
    crawls = 0
    while (done := os.waitpid(child, os.WNOHANG))[0] == 0:
        # A page that a reader has open may link to one that is in one release alone.
        assert [line for line in wanting(www) if not line.startswith(("news/", "topics/"))] == []
        crawls += 1
    assert done[1] == 0
    assert crawls > 0
