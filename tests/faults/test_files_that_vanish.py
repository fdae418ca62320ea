"""Files, folders and workers that are gone while a build is at work."""

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cutting import MANIFEST, Counts, Paper, at_event, content_of, do_all, ours_in, with_workers

from broadsheet import workers
from broadsheet.read import record_files

FILES = ["_news/2024-05-04-r3.md", "_data/topics/a.yaml", "static/both.txt", "templates/_row.html", "pages/about.md"]


@pytest.fixture
def rich(paper: Paper) -> Paper:
    """A site with files of more kinds."""
    for name, text in (
        ("_data/topics/a.yaml", "name: Topic 1\n"),
        ("_data/stories.yaml", "{}\n"),
        ("_data/organizations/a.md", "---\nname: x\ndomain: p3.example.org\n---\n"),
        ("templates/_row.html", "<p>{{ item.title }}</p>\n"),
        ("pages/about.md", "---\ntitle: About\n---\nText\n"),
    ):
        (paper.site / name).parent.mkdir(parents=True, exist_ok=True)
        (paper.site / name).write_text(text)
    paper.new = {**paper.clean(), **{path: text for path, text in paper.old.items() if path in FOREIGN_PATHS}}
    paper.keep()
    return paper


FOREIGN_PATHS = {"CNAME", "news/notes.txt", "own/index.html"}


def opens(path: Path) -> Counts:
    """Count the times that a file is to be opened, or a folder to be listed."""

    def counts(event: str, arguments: tuple[object, ...]) -> bool:
        opened = arguments[0] if event in {"open", "os.scandir"} else None
        return isinstance(opened, (str, os.PathLike)) and os.path.normpath(opened) == str(path)

    return counts


def gone(path: Path) -> Callable[[], object]:
    return lambda: shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def check_vanished(paper: Paper, path: Path, times: int) -> bool:
    """Have something vanish before it is opened for the n-th time; return whether it came to that."""
    done = paper.build(before=at_event(times, gone(path), opens(path)))
    if path.exists():
        return False
    assert "Traceback" not in done.err
    assert done.status in {0, 1}
    if done.status == 1:
        # A build that fails says what it missed, and leaves everything as it was.
        assert str(path) in done.err
        assert content_of(paper.output) == paper.old
        assert ours_in(paper.output) == [MANIFEST]
    done = paper.build()
    assert done.status == 0, done.err
    found = content_of(paper.output)
    assert found == {**paper.clean(), **{name: found[name] for name in FOREIGN_PATHS}}
    return True


@pytest.mark.parametrize(
    "name", [*FILES, "_data/stories.yaml", "_data/organizations/a.md", "static/one", "_data/topics"]
)
def test_what_vanishes_between_listing_and_reading_is_told_and_the_next_build_is_right(rich: Paper, name: str) -> None:
    times = 1
    while check_vanished(rich, rich.site / name, times):
        rich.restore()
        times += 1
    assert times > 1


@pytest.mark.parametrize("name", ["static/both.txt", "templates/_row.html"])
def test_what_is_changed_after_pages_are_known_by_it_stops_the_build_and_the_next_one_is_right(
    rich: Paper, name: str
) -> None:
    path = rich.site / name
    # To open a file once counts twice: by name, and by the way in which it is opened.
    done = rich.build("--clean", before=at_event(3, lambda: path.write_text("<p>another</p>"), opens(path)))
    assert done.status == 1
    assert "was changed while the site was built\n  hint: build again" in done.err
    assert content_of(rich.output) == rich.old
    rich.new = {**rich.new, **rich.clean()}
    rich.check_next()


def test_where_all_records_vanish_the_old_site_stays(rich: Paper) -> None:
    folder = rich.site / "_news"
    done = rich.build(before=at_event(1, gone(folder), opens(folder / "2024-05-02-r1.md")))
    assert done.status == 1
    assert "Traceback" not in done.err
    assert "nothing is built" in done.err
    assert content_of(rich.output) == rich.old


def test_the_settings_that_vanish_are_told_or_were_read(rich: Paper) -> None:
    path = rich.site / "broadsheet.yaml"
    done = rich.build(before=at_event(1, gone(path), opens(path)))
    assert "Traceback" not in done.err
    if done.status == 1:
        assert f"{path}: error: " in done.err
        assert content_of(rich.output) == rich.old
    rich.restore()
    rich.check_next()


def test_an_output_that_vanishes_while_it_is_built_is_built_by_the_next_one(paper: Paper) -> None:
    """Somebody empties the folder, with what waits there."""
    at = paper.commit_begins() - 5

    def counts(event: str, arguments: tuple[object, ...]) -> bool:
        return event == "open" and str(arguments[0]).startswith(f"{paper.output}/.broadsheet-staging-")

    done = paper.build(before=at_event(at // 4, gone(paper.output), counts))
    assert done.status in {0, 1}
    assert "Traceback" not in done.err
    assert paper.build().status == 0
    assert content_of(paper.output) == paper.clean()


@pytest.mark.parametrize("step", ["reading", "rendering"])
def test_a_worker_that_is_killed_is_told_with_what_to_do_and_the_old_site_stays(paper: Paper, step: str) -> None:
    def killed() -> None:
        if step == "rendering":
            record_files._FILES_WORTH_A_WORKER = 10**9
        send_all = workers._send_all

        def doomed(*arguments: Any) -> None:
            os.kill(os.getpid(), signal.SIGKILL)
            send_all(*arguments)

        workers._send_all = doomed

    done = paper.build("--jobs", "2", before=do_all(with_workers, killed))
    assert done.status == 1
    assert "Traceback" not in done.err
    error, hint = done.err.splitlines()[-2:]
    assert error == f"{paper.site}: error: a worker ended before its work was done"
    assert "build with --jobs 1, which needs less" in hint
    assert content_of(paper.output) == paper.old
    assert ours_in(paper.output) == [MANIFEST]
    paper.check_next()


def killed_in_a_pool(common: None, share: int) -> int:
    if share == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return share


def test_a_worker_of_a_pool_that_is_killed_is_told_as_one_that_was_forked() -> None:
    def pool(jobs: int, initializer: Any, arguments: Any) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"), initializer, arguments)

    with (
        pytest.raises(workers.WorkerLostError, match="ended before its work was done"),
        workers.Workers(2, pool).work(killed_in_a_pool, None, [0, 1, 2]) as results,
    ):
        list(results)
