"""Clocks that jump, between builds and while one is at work: no page is out of date for that."""

import os
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import pytest
from cutting import BASE, Before, Paper, command, content_of, do_all

import broadsheet.files
import broadsheet.read.disk
from broadsheet.cli import parameters

HOUR_NS = 3600 * 10**9
YEAR_NS = 365 * 24 * HOUR_NS
TRUE_NS = 1_718_452_800 * 10**9


def clock(time_ns: Callable[[], int]) -> Before:
    """Have every look at the clock give another time."""
    instead: list[tuple[object, object]] = [
        (time.time_ns, time_ns),
        (time.time, lambda: time_ns() / 1e9),
        (parameters.clock, lambda: datetime.fromtimestamp(time_ns() / 1e9, UTC)),
    ]

    def change() -> None:
        for module in [module for name, module in sys.modules.items() if name.startswith("broadsheet.")]:
            for name, value in list(vars(module).items()):
                for real, other in instead:
                    if value is real:
                        setattr(module, name, other)

    return change


def stamps_of_two_times() -> None:
    """Have files look as they do where the system does not say when anything of them changed last."""

    def stamp_of(facts: os.stat_result) -> broadsheet.files.Stamp:
        return (facts.st_size, facts.st_mtime_ns, facts.st_mtime_ns, facts.st_ino)

    broadsheet.files.stamp_of = broadsheet.read.disk.stamp_of = stamp_of


def test_a_clock_that_jumps_to_and_fro_during_a_build_changes_no_byte(paper: Paper) -> None:
    jumps = cycle([9, 0, -9])
    done = paper.build(before=clock(lambda: TRUE_NS + next(jumps) * YEAR_NS))
    assert done.status == 0, done.err
    seconds = float(re.search(r"built 22 pages in ([\d.]+) s", done.out).group(1))
    assert seconds == 0 or seconds > 10**6
    paper.check_new()
    paper.check_next()


@pytest.mark.parametrize("years", [-30, 30])
def test_a_build_at_a_wrong_time_is_followed_by_a_right_one(paper: Paper, years: int) -> None:
    done = paper.build(before=clock(lambda: TRUE_NS + years * YEAR_NS))
    assert done.status == 0, done.err
    paper.check_new()
    paper.turn_back()
    assert paper.build().status == 0
    assert content_of(paper.output) == paper.old


@pytest.mark.parametrize("name", ["_news/2024-05-04-r3.md", "static/both.txt"])
def test_after_the_clock_was_set_back_nothing_is_known_by_its_time(paper: Paper, name: str) -> None:
    """The file is written twice within what the clock has for one moment; when it was wrong it looked old."""
    path = paper.site / name
    aged = (TRUE_NS, TRUE_NS)
    for file in paper.site.rglob("*"):
        os.utime(file, ns=aged)
    ahead = do_all(stamps_of_two_times, clock(lambda: TRUE_NS + HOUR_NS))
    assert paper.build(before=ahead).status == 0
    assert "files written  0" in paper.build(before=ahead).out
    before = path.read_text()
    path.write_text(before.replace("day 2", "day 7").replace("day 0", "day 8"))
    assert path.read_text() != before
    os.utime(path, ns=aged)
    right = do_all(stamps_of_two_times, clock(lambda: TRUE_NS + 1))
    done = paper.build(before=right)
    assert "files written  0" not in done.out
    paper.new = {**paper.clean(), **{path: paper.new[path] for path in ("CNAME", "news/notes.txt", "own/index.html")}}
    paper.check_new()
    assert "files written  0" in paper.build(before=right).out


def test_what_is_not_out_yet_goes_again_when_the_clock_is_set_back(quick: Path, record: Callable[..., Path]) -> None:
    site = quick / "site"
    record(site / "_news", title="Already out")
    record(site / "_news", "2024-06-15-later.md", title="Out later", publishedDateTime="2024-06-15T12:30:00Z")
    (site / "broadsheet.yaml").write_text(f"title: x\nbase_url: {BASE}\n")
    page = site / "public/news/2024-06-15-later/index.html"
    for hours, is_out in ((0, False), (1, True), (0, False), (24 * 365, True), (-24 * 365, False)):
        done = command("build", site, before=clock(lambda at=TRUE_NS + hours * HOUR_NS: at))
        assert done.status == 0, done.err
        assert page.exists() == is_out
        assert (b"Out later" in (site / "public/feed.xml").read_bytes()) == is_out
