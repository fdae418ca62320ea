"""A build that ends in the middle of it: every file is the old one or the new one, and the next build goes on."""

import os
import shutil
import signal
import sys

import pytest
from cutting import (
    FOREIGN,
    MANIFEST,
    Paper,
    at_change,
    at_event,
    bare,
    content_of,
    do_all,
    ours_in,
    sends,
    some,
    wanting,
    with_workers,
)

from broadsheet.write.manifest import is_unfinished

KILLED = sends(signal.SIGKILL)
NOTE = "a build before this one was cut short: what was left of it is in place now"
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


# Killed


def test_a_build_that_is_killed_before_it_puts_a_file_in_place_changes_nothing(paper: Paper) -> None:
    for change in some(range(1, paper.commit_begins() + 1), 5, seed=1):
        assert paper.build(before=at_change(change, KILLED)).status == -signal.SIGKILL
        assert content_of(paper.output) == paper.old
        assert NOTE not in paper.check_next().err
        paper.restore()


def killed_in_commit(paper: Paper, most: int) -> None:
    begins, last = paper.commit_begins(), len(paper.changes())
    assert last - begins > 30
    for change in some(range(begins + 1, last + 1), most, seed=2):
        assert paper.build(before=at_change(change, KILLED)).status == -signal.SIGKILL
        paper.check_either()
        has_journal = is_unfinished(paper.output)
        assert (NOTE in paper.check_next().err) == has_journal
        paper.restore()


def test_a_build_that_is_killed_while_it_puts_files_in_place_is_finished_by_the_next_one(paper: Paper) -> None:
    killed_in_commit(paper, 9)


@pytest.mark.slow
def test_a_build_that_is_killed_before_any_change_of_the_output_is_finished_by_the_next_one(paper: Paper) -> None:
    killed_in_commit(paper, sys.maxsize)


def test_a_first_build_that_is_killed_shows_no_front_page_before_all_that_it_leads_to(paper: Paper) -> None:
    shutil.rmtree(paper.output)
    shutil.rmtree(paper.site / ".broadsheet")
    paper.new = {path: content for path, content in paper.new.items() if path not in FOREIGN}
    paper.keep()
    begins, last = paper.commit_begins(), len(paper.changes())
    seen = set()
    for change in some(range(begins + 1, last + 1), 6, seed=7):
        assert paper.build(before=at_change(change, KILLED)).status == -signal.SIGKILL
        missed = wanting(paper.output)
        assert missed in ([], ["index.html"])
        assert bare(paper.output) == []
        seen.add(bool(missed))
        paper.check_next()
        paper.restore()
    assert seen == {True, False}


@pytest.fixture
def half(paper: Paper) -> Paper:
    """A site of which a build was killed in the middle of putting its files in place."""
    begins, last = paper.commit_begins(), len(paper.changes())
    assert paper.build(before=at_change((begins + last) // 2, KILLED)).status == -signal.SIGKILL
    assert is_unfinished(paper.output)
    assert content_of(paper.output) not in (paper.old, paper.new)
    return paper


def test_what_a_killed_build_has_begun_is_finished_though_the_next_one_fails(half: Paper) -> None:
    (half.site / "templates").mkdir()
    (half.site / "templates/story.html").write_text("{{ nothing.here }}")
    done = half.build()
    assert done.status == 1
    assert NOTE in done.err
    assert "Traceback" not in done.err
    half.check_new()


def test_of_sources_that_have_changed_back_the_next_build_is_that_of_a_clean_one(half: Paper) -> None:
    half.turn_back()
    done = half.build()
    assert (done.status, done.err.count(NOTE)) == (0, 1)
    assert content_of(half.output) == half.old
    assert ours_in(half.output) == [MANIFEST]


def test_a_build_of_which_nothing_is_in_place_yet_does_not_pass_for_no_change(paper: Paper) -> None:
    """The sources are again those of the output, and every file of it is as it was left."""
    assert paper.build(before=at_change(paper.commit_begins() + 1, KILLED)).status == -signal.SIGKILL
    assert content_of(paper.output) == paper.old
    paper.turn_back()
    assert NOTE in paper.build().err
    assert content_of(paper.output) == paper.old
    assert ours_in(paper.output) == [MANIFEST]


def test_to_finish_what_was_cut_short_may_be_cut_short_too(half: Paper) -> None:
    half.keep()
    change, is_left = 0, True
    while is_left:
        change += 7
        half.restore()
        status = half.build(before=at_change(change, KILLED)).status
        half.check_either()
        is_left = is_unfinished(half.output)
        half.check_next()
    assert change > 14
    assert status == -signal.SIGKILL


def test_files_that_the_power_left_without_content_are_built_anew(half: Paper) -> None:
    waiting = sorted(path for path in half.output.glob(".broadsheet-staging-*/*/**/*") if path.is_file())
    os.truncate(waiting[0], 0)
    assert "what it left is of no use: every file is compared anew" in half.check_next().err


# Told to end


@SIGNALS
def test_a_build_that_is_stopped_before_it_puts_a_file_in_place_changes_nothing(paper: Paper, number: int) -> None:
    for change in some(range(1, paper.commit_begins()), 3, seed=3):
        done = paper.build(before=at_change(change, sends(number)))
        assert (done.status, done.err.splitlines()[-1]) == (
            128 + number,
            "stopped: the output is whole; build again for what has changed since",
        )
        assert "Traceback" not in done.err
        assert content_of(paper.output) == paper.old
        assert ours_in(paper.output) == [MANIFEST]
        assert NOTE not in paper.check_next().err
        paper.restore()


@SIGNALS
def test_a_build_that_is_stopped_while_it_puts_files_in_place_says_that_the_next_one_does_the_rest(
    paper: Paper, number: int
) -> None:
    begins, told = paper.commit_begins(), 0
    for change in some(range(begins + 2, len(paper.changes())), 4, seed=4):
        done = paper.build(before=at_change(change, sends(number)))
        assert done.status == 128 + number
        assert "Traceback" not in done.err
        is_left = is_unfinished(paper.output)
        assert ("the next build puts the rest in place" in done.err.splitlines()[-1]) == is_left
        paper.check_either()
        assert (NOTE in paper.check_next().err) == is_left
        paper.restore()
        told += is_left
    assert told > 1


@pytest.mark.parametrize("event", ["os.fork", "pickle.find_class"])
@pytest.mark.parametrize("time", [1, 2, 4])
def test_ctrl_c_reaches_all_processes_of_a_build_and_one_of_them_tells(paper: Paper, event: str, time: int) -> None:
    """Before a worker is there, and while an answer of one is read."""
    told = at_event(time, lambda: os.killpg(0, signal.SIGINT), lambda happens, _: happens == event)
    done = paper.build("--jobs", "2", before=do_all(with_workers, told))
    assert done.status == 130
    assert done.err.count("stopped: ") == 1
    assert "Traceback" not in done.err
    assert content_of(paper.output) == paper.old
    assert ours_in(paper.output) == [MANIFEST]
    paper.check_next()


def anything(event: str, arguments: tuple[object, ...]) -> bool:
    return True


def stopped_anywhere(paper: Paper, times: int, seed: int) -> None:
    events = len(paper.events(anything))
    for event in some(range(1, events), times, seed):
        done = paper.build(before=at_event(event, sends(signal.SIGINT), anything))
        assert done.status in {0, 130}, done.err
        assert "Traceback" not in done.err
        paper.check_either()
        paper.check_next()
        paper.restore()


def test_ctrl_c_at_a_random_moment_leaves_a_whole_site(paper: Paper) -> None:
    stopped_anywhere(paper, 8, seed=5)


@pytest.mark.slow
def test_ctrl_c_at_any_of_many_random_moments_leaves_a_whole_site(paper: Paper) -> None:
    stopped_anywhere(paper, 60, seed=6)
