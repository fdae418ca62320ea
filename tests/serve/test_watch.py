"""What tells that something changed: real files, and whoever waits is told once."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from broadsheet.serve.watch import Watch, is_git_busy

LONG = 30.0


@pytest.fixture
def stop() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


@pytest.fixture
def watch(stop: Event, tmp_path: Path) -> Callable[[Callable[[], object]], bool]:
    """Return a function that does something and returns whether that was noticed."""
    waiting = Watch(stop, lambda: "")
    places = {str(tmp_path)}
    assert waiting.wait(places, LONG), "whoever begins to watch is to look at once"

    def noticed(act: Callable[[], object]) -> bool:
        act()
        return waiting.wait(places, LONG)

    noticed.calm = lambda: not waiting.wait(places, 0)  # type: ignore[attr-defined]
    return noticed


def replace(path: Path, text: str) -> None:
    aside = path.with_suffix(".tmp")
    aside.write_text(text)
    os.replace(aside, path)


def test_saves_of_every_kind_are_noticed(watch, tmp_path):
    file = tmp_path / "a.md"
    assert watch(lambda: file.write_text("new"))
    assert watch(lambda: file.write_text("changed"))
    assert watch(lambda: replace(file, "written aside"))
    assert watch(lambda: file.rename(tmp_path / "b.md"))
    assert watch(lambda: os.utime(tmp_path / "b.md", (1, 1)))
    assert watch((tmp_path / "b.md").unlink)
    assert watch.calm()


def test_a_new_folder_and_what_is_saved_in_it_are_noticed(watch, tmp_path):
    folder = tmp_path / "one" / "two"
    assert watch(lambda: folder.mkdir(parents=True))
    assert watch(lambda: (folder / "a.md").write_text("text"))
    assert watch(lambda: shutil.rmtree(tmp_path / "one"))


def test_a_folder_that_was_deleted_is_watched_again_when_it_is_back(stop, tmp_path):
    site, aside = tmp_path / "site", tmp_path / "aside"
    places = {str(site)}
    (site / "records").mkdir(parents=True)
    waiting = Watch(stop, lambda: "")
    for go, come in (
        (lambda: shutil.copytree(site, aside) and shutil.rmtree(site), lambda: shutil.move(aside, site)),
        (lambda: site.rename(aside), lambda: aside.rename(site)),
    ):
        waiting.wait(places, LONG)
        go()
        while waiting.wait(places, 0):
            pass
        come()
        assert waiting.wait(places, LONG), "it is back"
        while waiting.wait(places, 0):
            pass
        (site / "records" / "a.md").write_text("new")
        assert waiting.wait(places, LONG)
        (site / "records" / "a.md").unlink()
    assert not waiting.polls


def test_what_is_never_a_source_is_not(watch, tmp_path):
    for name in (".git", ".broadsheet", "node_modules"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    assert watch.calm()


def test_a_site_may_lie_below_a_folder_that_is_never_a_source(stop, tmp_path):
    site = tmp_path / "node_modules" / "site"
    site.mkdir(parents=True)
    waiting = Watch(stop, lambda: "")
    waiting.wait({str(site)}, LONG)
    (site / "a.md").write_text("x")
    assert waiting.wait({str(site)}, LONG)


def test_a_thousand_files_are_one_change(watch, tmp_path):
    def write() -> None:
        for number in range(1000):
            (tmp_path / f"{number}.md").write_text("x")

    writer = Thread(target=write)
    assert watch(writer.start)
    # Told when all is written, not when something is.
    assert not writer.is_alive()
    assert watch.calm()


def test_a_checkout_is_one_change_however_long_git_takes(watch, tmp_path):
    lock = tmp_path / ".git" / "index.lock"
    lock.parent.mkdir()
    watch.calm()
    released = []

    def release() -> None:
        (tmp_path / "b.md").write_text("x")
        released.append(True)
        lock.unlink()

    def check_out() -> None:
        lock.touch()
        (tmp_path / "a.md").write_text("x")
        later = Thread(target=lambda: (Event().wait(0.3), release()))
        later.start()

    assert watch(check_out)
    assert released


def test_a_lock_that_git_left_behind_keeps_nobody_waiting(tmp_path):
    lock = tmp_path / ".git" / "index.lock"
    lock.parent.mkdir()
    lock.touch()
    assert is_git_busy({str(tmp_path)})
    os.utime(lock, (1, 1))
    assert not is_git_busy({str(tmp_path)})


def test_the_lock_of_a_worktree_is_found_where_git_has_it(watch, tmp_path):
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet", str(tmp_path / "repo")], check=True)
    subprocess.run([*git, "-C", str(tmp_path / "repo"), "commit", "--quiet", "--allow-empty", "-m", "x"], check=True)
    tree = tmp_path / "tree"
    subprocess.run([*git, "-C", str(tmp_path / "repo"), "worktree", "add", "--quiet", str(tree)], check=True)
    assert not is_git_busy({str(tree)})
    (tmp_path / "repo/.git/worktrees/tree/index.lock").touch()
    assert is_git_busy({str(tree)})
    assert is_git_busy({str(tree / "site" / "_news")})
    assert not is_git_busy({str(tmp_path / "repo")})


def test_one_that_polls_asks_until_something_changed(stop, tmp_path):
    answers = iter(["", "", "a.md"])
    assert Watch(stop, lambda: next(answers), polls=True).wait({str(tmp_path)}, LONG)
    assert next(answers, None) is None


def test_one_that_polls_has_its_look_where_looks_take_longer_than_turns(stop, tmp_path):
    looks = []

    def change() -> str:
        looks.append(True)
        Event().wait(0.03)
        return ""

    waiting = Watch(stop, change, polls=True)
    while len(looks) < 3:
        before = len(looks)
        # The pause after a look is longer than this turn.
        waiting.wait({str(tmp_path)}, 0.05)
        assert len(looks) <= before + 1


def test_a_folder_that_can_not_be_watched_is_polled(stop, tmp_path):
    waiting = Watch(stop, lambda: "changed")
    waiting.wait({str(tmp_path / "gone")}, LONG)
    assert waiting.polls
    assert waiting.wait({str(tmp_path / "gone")}, LONG)


def test_whoever_waits_is_let_go_when_it_is_over(stop, tmp_path):
    for polls in (True, False):
        waiting = Watch(stop, lambda: "", polls=polls)
        waiting.wait({str(tmp_path)}, 0)
        waiter = Thread(target=waiting.wait, args=({str(tmp_path)}, 1000))
        waiter.start()
        stop.set()
        waiter.join(LONG)
        assert not waiter.is_alive()
        stop.clear()
