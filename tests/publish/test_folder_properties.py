"""Random releases, files of somebody else, and ends in the middle: a folder holds what it should, and nothing else."""

import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from folders import changes_the_disk, content_of, empty_folders, publish
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from releases import release_of

from broadsheet.kinds import Kind, kind_of

LAYOUTS = pytest.mark.parametrize("releases", [True, False], ids=["switched", "in place"])
GRACE = 7
NAMES = st.sampled_from(["index.html", "feed.xml", "a.css", "b/a.css", "b/index.html", "b/c/index.html", "b/c/x.png"])
# A file in one release where another has a folder.
CLASHING = st.sampled_from(["b", "b/c", "d/e.html", "d"])
CONTENT = st.sampled_from([b"", b"one", b"two", b"three" * 2000])


def _is_possible(files: Mapping[str, bytes]) -> bool:
    return not any(other.startswith(f"{path}/") for path in files for other in files)


FILES = st.dictionaries(NAMES | CLASHING, CONTENT, min_size=1, max_size=8).filter(_is_possible)
FOREIGN = st.dictionaries(st.sampled_from([".well-known/x", "own.txt", "b.own/y", "own/z/y.html"]), CONTENT, max_size=3)
STEP = st.tuples(FILES, FOREIGN, st.integers(0, 9), st.none() | st.integers(1, 60))


class Killed(BaseException):
    """Ends a publish as a signal does: nothing that it does afterwards has an effect."""


class _Reaper:
    def __init__(self) -> None:
        self.left: int | None = None

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.left is not None and changes_the_disk(event, arguments):
            self.left -= 1
            if self.left <= 0:
                raise Killed


@pytest.fixture(scope="module")
def reaper() -> _Reaper:
    reaper = _Reaper()
    sys.addaudithook(reaper)
    return reaper


@LAYOUTS
@given(steps=st.lists(STEP, min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_folder_holds_the_release_what_has_its_grace_and_what_is_not_ours(quick, reaper, releases, steps):
    with tempfile.TemporaryDirectory(dir=quick) as folder:
        www = Path(folder, "www")
        model = _Model()
        for files, foreign, days, end in [*steps, (steps[0][0], {}, 1, None)]:
            model.day += days
            if www.exists():
                _write(www, foreign)
                model.foreign |= foreign
            model.sent(files)
            reaper.left = end
            try:
                publish(www, release_of(f"day {model.day}", files), releases=releases, day=model.day, grace=GRACE)
                reaper.left = None
                model.finished(files, content_of(www))
                assert empty_folders(www) == []
            except Killed:
                reaper.left = None
                if www.exists():
                    model.cut_short(content_of(www))


def _write(www: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = www / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            os.unlink(target)
        target.write_bytes(content)


class _Model:
    """What may be in a folder, and what has to be."""

    def __init__(self) -> None:
        self.day = 0
        self.foreign: dict[str, bytes] = {}
        self.ever: dict[str, set[bytes]] = {}
        self.release: dict[str, bytes] = {}
        # Since when no release that was finished has had a file.
        self.unused: dict[str, int] = {}

    def sent(self, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            self.ever.setdefault(path, set()).add(content)

    def finished(self, files: Mapping[str, bytes], found: Mapping[str, bytes]) -> None:
        clashing = {path for path in self.ever if any(_clash(path, other) for other in files)}
        for path in self.ever.keys() - files.keys():
            self.unused.setdefault(path, self.day)
        for path in files:
            self.unused.pop(path, None)
        assert found.items() >= (files | self.foreign).items()
        extra = found.keys() - files.keys() - self.foreign.keys()
        for path in extra:
            assert kind_of(path) is Kind.ASSET
            assert found[path] in self.ever[path]
            assert self.day - self.unused[path] < GRACE
        for path, content in self.release.items():
            if path not in files and path not in clashing and kind_of(path) is Kind.ASSET:
                assert self.day - self.unused[path] >= GRACE or found[path] == content
        self.release = dict(files)

    def cut_short(self, found: Mapping[str, bytes]) -> None:
        assert found.items() >= self.foreign.items()
        for path, content in found.items():
            assert path in self.foreign or content in self.ever[path]
        # What the next one makes of it hangs on how far this one got.
        self.release = {}
        for path in found:
            self.unused.pop(path, None)


def _clash(path: str, other: str) -> bool:
    return path.startswith(f"{other}/") or other.startswith(f"{path}/")
