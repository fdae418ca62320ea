"""The search index of a preview, made aside."""

from pathlib import Path
from signal import SIGKILL
from subprocess import Popen
from threading import Event, Thread

import pytest

from broadsheet.model import OutputFile, SearchEntry
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.serve import searching
from broadsheet.serve.searching import Searching

LONG = 30
FILE = "pagefind/pagefind.js"


def entry(title: str) -> SearchEntry:
    return SearchEntry("news/a/", title, "", "", "1 May 2024", "2024-05-01", "2024-05-01T08:00:00Z")


@pytest.fixture
def done() -> Event:
    return Event()


@pytest.fixture
def made(done: Event, monkeypatch: pytest.MonkeyPatch):
    """Return a function that begins with `make` in the place of Pagefind."""
    monkeypatch.setattr(searching, "_PAUSE_SECONDS", 0.01)
    begun = []

    def begin(make) -> Searching:
        monkeypatch.setattr(searching, "search_index", make)
        begun.append(Searching(done.set))
        begun[0].expect(True)
        return begun[0]

    yield begin
    for one in begun:
        one.close()


def said(entries, *_) -> list[OutputFile]:
    return [OutputFile(FILE, entries[0].title.encode())]


def test_who_asks_before_the_first_index_is_there_waits_for_it(made, done):
    index = made(said)
    answers = []
    asking = Thread(target=lambda: answers.append(index.content(FILE)))
    asking.start()
    index.want(((entry("A"),), "en", Path("site")))
    asking.join(LONG)
    assert answers == [b"A"]
    assert index.content("pagefind/other") is None


def test_where_no_index_is_expected_nobody_waits(made):
    index = made(said)
    index.expect(False)
    assert index.content(FILE) is None


def test_an_index_stays_until_the_next_is_whole_and_when_that_can_not_be_made(made, done):
    problem = Problem(Place("site"), "Pagefind is ill")
    go_on = Event()

    def make(entries, *rest) -> list[OutputFile]:
        if entries[0].title == "A":
            return said(entries)
        assert go_on.wait(LONG)
        raise SiteError([problem])

    index = made(make)
    index.want(((entry("A"),), "en", Path("site")))
    assert done.wait(LONG)
    done.clear()
    index.want(((entry("B"),), "en", Path("site")))
    assert index.content(FILE) == b"A"
    go_on.set()
    assert done.wait(LONG)
    assert index.content(FILE) == b"A"
    assert index.problems == (problem,)


def test_an_index_that_is_ready_when_nobody_wants_it_any_more_is_not_sent(made, done):
    def overtaken(entries, *_) -> list[OutputFile]:
        index.expect(False)
        return said(entries)

    index = made(overtaken)
    index.want(((entry("A"),), "en", Path("site")))
    assert done.wait(LONG)
    assert index.content(FILE) is None


def test_a_bug_is_kept_for_whoever_looks_after_it_and_keeps_nobody_waiting(made):
    def broken(*_) -> list[OutputFile]:
        raise ValueError("a bug of ours")

    index = made(broken)
    index.want(((entry("A"),), "en", Path("site")))
    assert index.content(FILE) is None
    index.close()
    assert str(index.bug) == "a bug of ours"


def test_the_end_ends_the_program_too_and_lets_go_who_waits(made):
    programs = []
    is_running = Event()

    def endless(entries, language, site, started) -> list[OutputFile]:
        with Popen(["sleep", "1000"]) as program:
            programs.append(program)
            started(program)
            is_running.set()
            program.wait()
        raise SiteError([Problem(Place("site"), "it was ended")])

    index = made(endless)
    index.want(((entry("A"),), "en", Path("site")))
    answers = []
    asking = Thread(target=lambda: answers.append(index.content(FILE)))
    asking.start()
    assert is_running.wait(LONG)
    index.close()
    asking.join(LONG)
    assert answers == [None]
    assert [program.returncode for program in programs] == [-SIGKILL]
    assert index.problems == ()
