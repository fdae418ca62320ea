"""A publish to a folder that ends in the middle of it: the site works, and the next one goes on from there."""

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest
from folders import content_of, empty_folders, is_killed, killed_at, publish, target_at, wanting
from releases import FILES_A, FILES_B, release_a, release_b

LAYOUTS = pytest.mark.parametrize("releases", [True, False], ids=["switched", "in place"])
FOREIGN = {".well-known/token": b"not ours", "news/own.txt": b"nor this", "videos/one.mp4": b"\0" * 99}
# What no page of B needs, and what stays for a while.
WAITING = {
    path: content
    for path, content in FILES_A.items()
    if path not in FILES_B and path.startswith(("images/", "pagefind/", "theme/"))
}


@pytest.fixture
def published(quick: Path, releases: bool) -> Path:
    """A folder that holds the parts of a target with release A, and files of somebody else."""
    (quick / "before").mkdir()
    publish(quick / "before/www", release_a(), releases=releases)
    for path, content in FOREIGN.items():
        (quick / "before/www" / path).parent.mkdir(exist_ok=True)
        (quick / "before/www" / path).write_bytes(content)
    (quick / "before/www/uploads").mkdir()
    return quick / "before"


def copied(source: Path, number: int) -> Path:
    """Return the `www` of a copy of a folder, with the same links and times."""
    copy = source.with_name(f"copy-{number}")
    subprocess.run(["cp", "-a", source, copy], check=True)
    return copy / "www"


def marks(path: Path) -> dict[str, tuple[int, int]]:
    """Return what changes, by path, when a file is written anew: its inode and its time."""
    files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return {str(file.relative_to(path)): (file.lstat().st_ino, file.lstat().st_mtime_ns) for file in files}


def arrived(www: Path, before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, tuple[int, int]]:
    """Return the marks of the files that a publish that was killed has sent, wherever it has put them."""
    found = {}
    folders = [www] if not www.is_symlink() and www.exists() else []
    releases = www.with_name("www.releases")
    folders += [folder for folder in releases.glob("*/") if folder.is_dir()] if releases.exists() else []
    for folder in folders:
        for path, mark in marks(folder).items():
            changed = path in after and after[path] != before.get(path)
            if changed and (folder / path).is_file() and (folder / path).read_bytes() == after[path]:
                found[path] = mark
    return found


def no_leftovers(www: Path) -> bool:
    """Return whether nothing is left beside or in a target but what belongs there."""
    releases = www.with_name("www.releases")
    beside = {path.name for path in www.parent.iterdir()} <= {"www", "www.releases"}
    hidden = {path.name for path in releases.glob(".*")} <= {".lock"} if releases.exists() else True
    return beside and hidden and not list(www.glob(".broadsheet-staging-*"))


@LAYOUTS
def test_a_publish_that_is_killed_before_any_change_of_the_disk_leaves_a_site_that_works(published, releases):
    change, ended, seen = 0, False, set()
    while not ended:
        change += 1
        www = copied(published, change)
        ended = not is_killed(killed_at(change, partial(publish, www, release_b(), releases=releases)))
        assert wanting(www) == []
        seen.add((www / "index.html").read_bytes())
        sent = arrived(www, FILES_A, FILES_B)
        publish(www, release_b(), releases=releases)
        assert content_of(www) == FILES_B | WAITING | FOREIGN
        assert empty_folders(www) == [str(www / "uploads")]
        now = marks(www.resolve())
        assert {path: now[path] for path in sent} == sent
        assert no_leftovers(www)
        shutil.rmtree(www.parent)
    assert seen == {FILES_A["index.html"], FILES_B["index.html"]}
    # Every file that is sent takes at least a change.
    assert change > len([path for path in FILES_B if FILES_A.get(path) != FILES_B[path]])


@LAYOUTS
def test_a_first_publish_that_is_killed_shows_nothing_that_is_not_whole(quick, releases):
    change, ended = 0, False
    while not ended:
        change += 1
        www = quick / str(change) / "www"
        ended = not is_killed(killed_at(change, partial(publish, www, release_a(), releases=releases)))
        assert wanting(www) in ([], ["index.html"])
        sent = arrived(www, {}, FILES_A)
        publish(www, release_a(), releases=releases)
        assert wanting(www) == []
        assert content_of(www) == FILES_A
        now = marks(www.resolve())
        assert {path: now[path] for path in sent} == sent
        assert no_leftovers(www)
        shutil.rmtree(www.parent)
    assert change > len(FILES_A)


@LAYOUTS
def test_another_release_goes_on_from_where_the_one_before_was_killed(published, releases):
    """What only the release that was cut short has brought is ours, and goes, or has its grace."""
    change, ended = 0, False
    while not ended:
        change += 3
        www = copied(published, change)
        ended = not is_killed(killed_at(change, partial(publish, www, release_b(), releases=releases)))
        publish(www, release_a(), releases=releases)
        found = content_of(www)
        assert found.items() >= (FILES_A | FOREIGN).items()
        extra = {path: content for path, content in found.items() if path not in FILES_A | FOREIGN}
        assert extra.items() <= FILES_B.items()
        assert all(path.startswith(("images/", "pagefind/", "theme/")) for path in extra)
        assert no_leftovers(www)
        shutil.rmtree(www.parent)


@pytest.mark.parametrize("releases", [True])
def test_going_back_that_is_killed_leaves_one_release_or_the_other(published, releases):
    publish(published / "www", release_b())
    (published / "www/.well-known/later").write_bytes(b"came with B")
    change, ended, seen = 0, False, set()
    while not ended:
        change += 1
        www = copied(published, change)
        ended = not is_killed(killed_at(change, partial(target_at(www).go_back, print)))
        assert wanting(www) == []
        front = (www / "index.html").read_bytes()
        seen.add(front)
        if front == FILES_B["index.html"]:
            target_at(www).go_back(print)
        kept = {path: content for path, content in FILES_B.items() if path not in FILES_A and path in content_of(www)}
        assert content_of(www) == FILES_A | kept | FOREIGN | {".well-known/later": b"came with B"}
        assert {path for path in kept if path.startswith("images/")}
        publish(www, release_b())
        assert content_of(www) == FILES_B | WAITING | FOREIGN | {".well-known/later": b"came with B"}
        assert no_leftovers(www)
        shutil.rmtree(www.parent)
    assert seen == {FILES_A["index.html"], FILES_B["index.html"]}


@LAYOUTS
def test_a_publish_that_is_killed_while_old_releases_are_deleted_leaves_only_whole_ones(quick, releases):
    (quick / "before").mkdir()
    for number in range(4):
        publish(quick / "before/www", (release_a, release_b)[number % 2](), releases=releases, keep=4, day=number * 10)
    change, ended = 0, False
    while not ended:
        change += 1
        www = copied(quick / "before", change)
        ended = not is_killed(killed_at(change, partial(publish, www, release_a(), releases=releases, keep=2, day=50)))
        assert wanting(www) == []
        publish(www, release_b(), releases=releases, keep=2, day=60)
        assert content_of(www).items() >= FILES_B.items()
        assert no_leftovers(www)
        if releases:
            assert len(list(www.with_name("www.releases").glob("*/"))) == 2
            assert len(list(www.with_name("www.releases").glob("*.json"))) == 2
        shutil.rmtree(www.parent)
