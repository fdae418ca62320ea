"""Two builds into one folder at the same time: they take turns, and a dead one keeps nobody waiting."""

import errno
import os
import signal

from cutting import MANIFEST, NOW, Ended, Meeting, Paper, Running, at_change, at_event, content_of, do_all, ours_in

NOTE = "a build before this one was cut short: what was left of it is in place now"


def is_lock(event: str, arguments: tuple[object, ...]) -> bool:
    return event == "fcntl.flock"


class Two:
    """One build that has stopped at some change of the disk, and another one."""

    def __init__(self, paper: Paper, at: int) -> None:
        self.paper = paper
        self.meeting = Meeting()
        self.one = Running("build", paper.site, "--now", NOW, before=at_change(at, self.meeting.wait))
        self.meeting.until_somebody_waits()

    def other_waits(self) -> Running:
        """Begin another build, and return it when it has come to wait for the first."""
        asked, asks = os.pipe()
        begun = Running(
            *("build", self.paper.site, "--now", NOW), before=at_event(1, lambda: os.write(asks, b"."), is_lock)
        )
        os.close(asks)
        assert os.read(asked, 1) == b"."
        return begun

    def first_ends(self) -> Ended:
        self.meeting.go_on()
        return self.one.end()


def test_a_build_waits_for_one_that_puts_files_in_place_and_both_come_out_whole(paper: Paper) -> None:
    two = Two(paper, paper.commit_begins() + 12)
    other = two.other_waits()
    first, second = two.first_ends(), other.end()
    assert (first.status, second.status) == (0, 0), first.err + second.err
    assert NOTE not in second.err
    paper.check_new()
    paper.check_next()


def test_where_a_build_is_killed_another_that_waits_for_it_does_the_rest(paper: Paper) -> None:
    two = Two(paper, paper.commit_begins() + 12)
    other = two.other_waits()
    os.kill(two.one.process, signal.SIGKILL)
    second = other.end()
    assert two.one.end().status == -signal.SIGKILL
    assert second.status == 0, second.err
    assert NOTE in second.err
    paper.check_new()


def test_a_build_that_ends_while_another_still_makes_its_files_is_no_hindrance_to_it(paper: Paper) -> None:
    two = Two(paper, paper.commit_begins() - 12)
    assert len(ours_in(paper.output)) == 2
    second = paper.build()
    assert second.status == 0, second.err
    # What the first has staged is not taken for left behind.
    assert len(ours_in(paper.output)) == 2
    assert ours_in(paper.output)[0] == MANIFEST
    first = two.first_ends()
    assert first.status == 0, first.err
    paper.check_new()
    paper.check_next()


def test_of_two_builds_of_which_the_sources_change_in_between_the_next_one_knows_the_last_word(paper: Paper) -> None:
    two = Two(paper, paper.commit_begins() - 12)
    record = paper.site / "_news/2024-05-04-r3.md"
    record.write_text(record.read_text().replace("Excerpt", "Another word"))
    assert paper.build().status == 0
    last = content_of(paper.output)
    first = two.first_ends()
    assert first.status == 0, first.err
    assert content_of(paper.output).items() <= {*last.items(), *paper.new.items()}
    paper.new = last
    paper.check_next()


def unheld() -> None:
    """Have the system know no locks, as not every one does."""
    import broadsheet.write.staging

    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    broadsheet.write.staging.fcntl.flock = refuse


def test_where_nothing_can_be_held_two_builds_at_once_come_out_whole_too(paper: Paper) -> None:
    meeting = Meeting()
    at = at_change(paper.commit_begins() + 12, meeting.wait)
    one = Running("build", paper.site, "--now", NOW, before=do_all(unheld, at))
    meeting.until_somebody_waits()
    second = paper.build(before=unheld)
    assert second.status == 0, second.err
    # Who can not tell whether the other one lives leaves it alone for a while.
    assert NOTE not in second.err
    meeting.go_on()
    first = one.end()
    assert first.status == 0, first.err
    paper.check_next()


def test_where_nothing_can_be_held_what_was_cut_short_is_finished_when_nothing_has_moved_for_a_while(
    paper: Paper,
) -> None:
    killed = at_change(paper.commit_begins() + 12, lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert paper.build(before=killed).status == -signal.SIGKILL
    (room,) = paper.output.glob(".broadsheet-staging-*")
    os.utime(room, (room.stat().st_mtime - 100,) * 2)
    done = paper.build(before=unheld)
    assert done.status == 0, done.err
    assert NOTE in done.err
    paper.check_next()
