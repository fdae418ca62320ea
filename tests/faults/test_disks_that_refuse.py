"""Builds where there is no room, nothing may be written, or permission is lost on the way."""

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from cutting import MANIFEST, Ended, Paper, at_change, command, content_of, ours_in, powerless
from folders import is_killed
from mounts import alone, mounted, needs_mounts

from broadsheet.write.manifest import is_unfinished

NOTE = "a build before this one was cut short: what was left of it is in place now"


def told(done: Ended) -> tuple[str, str]:
    """The error that a build ended with, and what it says to do."""
    assert done.status == 1, done.err
    assert "Traceback" not in done.err
    error, hint = done.err.splitlines()[-2:]
    assert "error: " in error
    return error, hint.removeprefix("  hint: ")


# No room


@pytest.mark.parametrize("most", [0, 100, 1000, 5000])
def test_a_limit_of_the_size_of_files_leaves_the_old_site(paper: Paper, most: int) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    error, hint = told(paper.build(before=limited))
    assert "the output can not be written: file too large" in error
    assert "`ulimit -f`" in hint
    assert content_of(paper.output) == paper.old
    assert ours_in(paper.output) == [MANIFEST]
    paper.check_next()


@pytest.mark.parametrize("most", [0, 100, 5000])
def test_a_build_that_is_killed_in_the_middle_of_a_file_leaves_the_old_site(paper: Paper, most: int) -> None:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    assert paper.build(before=limited).status == -signal.SIGXFSZ
    assert content_of(paper.output) == paper.old
    paper.check_next()


@needs_mounts
def test_on_a_full_disk_a_build_leaves_the_old_site_until_there_is_room(paper: Paper) -> None:
    def filled() -> None:
        disk = paper.root / "disk"
        disk.mkdir()
        mounted(disk, "size=8m")
        room, is_enough, failures = 0, False, 0
        output = disk / "public"
        while not is_enough:
            shutil.rmtree(output, ignore_errors=True)
            shutil.copytree(paper.output, output, dirs_exist_ok=True)
            used = shutil.disk_usage(disk).used
            subprocess.run(["mount", "-o", f"remount,size={used + room * 4096}", disk], check=True)
            done = command("build", paper.site, "--now", "2024-06-15T12:00:00Z", "--output", output)
            subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
            is_enough = done.status == 0
            if not is_enough:
                error, hint = told(done)
                assert "the output can not be written: no space left on device" in error
                assert hint == "make room, and build again"
                # Not one file of the new site: whatever takes room is written before anything changes.
                assert content_of(output) == paper.old
                assert ours_in(output) == [MANIFEST]
                failures += 1
            room += 12
        assert content_of(output) == paper.new
        assert failures > 5

    assert not is_killed(alone(filled))


@needs_mounts
def test_where_the_cache_has_no_room_the_site_is_built_and_a_note_says_so(paper: Paper) -> None:
    def filled() -> None:
        cache = paper.site / ".broadsheet"
        mounted(cache, "size=4k")
        (cache / "full").write_bytes(b"x" * 4096)
        done = paper.build()
        assert done.status == 0, done.err
        assert (
            "note: the cache can not be written (no space left on device): every build starts from nothing" in done.err
        )
        paper.check_new()

    assert not is_killed(alone(filled))


def test_where_the_summary_can_not_be_printed_the_site_is_whole(paper: Paper) -> None:
    def silenced() -> None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

    error, _ = told(paper.build(before=silenced))
    assert error == "error: what the command says can not be written down: no space left on device"
    paper.check_new()


# Nothing may be written


@needs_mounts
def test_a_read_only_output_stays_as_it_is_and_the_message_says_what_to_do(paper: Paper) -> None:
    def locked_up() -> None:
        subprocess.run(["mount", "--bind", paper.output, paper.output], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", paper.output], check=True)
        error, hint = told(paper.build())
        assert "the output can not be written: read-only file system" in error
        assert hint == "check who may write there, or choose another folder with --output"
        assert content_of(paper.output) == paper.old

    assert not is_killed(alone(locked_up))
    paper.check_next()


@needs_mounts
def test_a_site_that_is_read_only_altogether_can_be_built_elsewhere(paper: Paper) -> None:
    def locked_up() -> None:
        subprocess.run(["mount", "--bind", paper.site, paper.site], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", paper.site], check=True)
        told(paper.build())
        done = paper.build("--output", paper.root / "elsewhere")
        assert done.status == 0, done.err
        assert "note: the cache can not be written (read-only file system)" in done.err

    assert not is_killed(alone(locked_up))
    assert {**content_of(paper.root / "elsewhere")}.items() <= paper.new.items()
    assert content_of(paper.output) == paper.old


@needs_mounts
def test_a_disk_that_becomes_read_only_while_files_are_put_in_place_loses_nothing(paper: Paper) -> None:
    begins = paper.commit_begins()
    subprocess.run(["mount", "--version"], check=True, capture_output=True)

    def locked_up() -> None:
        subprocess.run(["mount", "--bind", paper.output, paper.output], check=True)
        locks = partial(subprocess.run, ["mount", "-o", "remount,bind,ro", paper.output], check=True)
        error, hint = told(paper.build(before=at_change(begins + 9, locks)))
        assert "the output can not be written: read-only file system" in error
        assert "the next build puts the rest in place" in hint

    assert not is_killed(alone(locked_up))
    assert is_unfinished(paper.output)
    paper.check_either()
    assert NOTE in paper.check_next().err


# Permission


@pytest.fixture
def modes(paper: Paper) -> Iterator[None]:
    """Give every folder of a site its mode back."""
    yield
    for folder, _, _ in os.walk(paper.root):
        os.chmod(folder, 0o755)


@pytest.mark.usefixtures("modes")
def test_an_output_that_may_not_be_written_into_stays_as_it_is(paper: Paper) -> None:
    paper.output.chmod(0o555)
    error, hint = told(paper.build(before=powerless))
    assert "the output can not be written: permission denied" in error
    assert hint == "check who may write there, or choose another folder with --output"
    assert content_of(paper.output) == paper.old
    paper.output.chmod(0o755)
    paper.check_next()


@pytest.mark.usefixtures("modes")
@pytest.mark.parametrize("after", [1, 6, 15, 30])
def test_permission_that_is_lost_on_the_way_is_told_and_the_next_build_does_the_rest(paper: Paper, after: int) -> None:
    folders = [Path(folder) for folder, _, _ in os.walk(paper.output) if not Path(folder).name.startswith(".")]
    at = paper.commit_begins() + after

    def before() -> None:
        powerless()
        at_change(at, lambda: [os.chmod(folder, 0o555) for folder in folders if folder.exists()])()

    error, hint = told(paper.build(before=before))
    assert "permission denied" in error
    assert hint.startswith("check who may write there")
    assert "the next build puts the rest in place" in hint
    paper.check_either()
    for _ in range(2):
        # It stays so, and nothing becomes worse.
        assert "permission denied" in told(paper.build(before=powerless))[0]
        paper.check_either()
    for folder in folders:
        if folder.exists():
            folder.chmod(0o755)
    assert NOTE in paper.check_next().err


@pytest.mark.usefixtures("modes")
def test_a_record_that_may_no_longer_be_read_is_told_with_its_place(paper: Paper) -> None:
    path = paper.site / "_news/2024-05-04-r3.md"
    path.chmod(0)
    done = paper.build(before=powerless)
    assert f"{path}: error: the file can not be read: permission denied\n  hint: check who may read it" in done.err
    path.chmod(0o644)
    paper.check_next()
