"""What a commit that was cut short left behind is finished, or of no use; nothing of others is ever touched for it."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.model import MANIFEST, OutputFile
from broadsheet.problems import SiteError
from broadsheet.write import replacing
from broadsheet.write.output import Output, finish

FINISHED = "a build before this one was cut short: what was left of it is in place now"
OF_NO_USE = "a build before this one was cut short, and what it left is of no use: every file is compared anew"
OLD = {"a.html": "old", "gone/b.html": "old", "news/index.html": "old", "index.html": "old"}
NEW = {"a.html": "new", "c/d.html": "new", "news/index.html": "new", "news/x/index.html": "new", "index.html": "new"}


class CutError(BaseException):
    """The end of a process."""


def commit(folder: Path, files: dict[str, str]) -> None:
    output = Output(folder)
    output.check(files)
    try:
        for path, text in files.items():
            output.add(OutputFile(path, text.encode()))
        output.commit()
    except BaseException:
        output.discard()
        raise


def cut_at(monkeypatch: pytest.MonkeyPatch, count: int, action: Callable[[], object]) -> bool:
    """Do something up to the n-th step that changes the output; return whether it came to that."""
    steps = 0

    def stepping(function: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object, **named: object) -> object:
            nonlocal steps
            steps += 1
            if steps > count:
                raise CutError
            return function(*arguments, **named)

        return step

    with monkeypatch.context() as patch:
        for name in ("replace", "rename", "unlink", "rmdir"):
            patch.setattr(os, name, stepping(getattr(os, name)))
        try:
            action()
        except CutError:
            return True
    return False


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.name != MANIFEST and (path.is_symlink() or path.is_file())
    }


def said(folder: Path) -> list[str]:
    return [problem.message for problem in finish(folder)]


@pytest.fixture
def half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder of which a commit was cut short: some files are new, others wait."""
    out = tmp_path / "out"
    commit(out, OLD)
    (out / "mine.txt").write_text("mine")
    assert cut_at(monkeypatch, 3, lambda: commit(out, NEW))
    return out


def room_of(folder: Path) -> Path:
    (room,) = folder.glob(".broadsheet-staging-*")
    return room


def waiting(folder: Path) -> list[Path]:
    return [path for path in sorted(room_of(folder).rglob("*")) if path.is_file() and path.name != MANIFEST]


def check_next(folder: Path) -> None:
    """Whatever was there: the next build comes out whole, and nothing is left."""
    commit(folder, NEW)
    assert tree(folder) == {**NEW, "mine.txt": "mine"}
    assert [path.name for path in folder.glob(".broadsheet-*")] == [MANIFEST]


def test_what_is_left_is_put_in_place(half: Path) -> None:
    assert tree(half) != {**NEW, "mine.txt": "mine"}
    assert said(half) == [FINISHED]
    assert tree(half) == {**NEW, "mine.txt": "mine"}
    assert said(half) == []
    check_next(half)


def test_where_nothing_was_cut_short_nothing_is_said_or_written(tmp_path: Path) -> None:
    assert finish(tmp_path / "none") == ()
    assert not (tmp_path / "none").exists()
    commit(tmp_path, OLD)
    before = (tmp_path / MANIFEST).stat()
    assert finish(tmp_path) == ()
    assert (tmp_path / MANIFEST).stat() == before


def test_what_is_left_is_not_taken_back_by_who_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(tmp_path, OLD)
    assert cut_at(monkeypatch, 5, lambda: commit(tmp_path, NEW))
    assert waiting(tmp_path)
    assert said(tmp_path) == [FINISHED]
    assert tree(tmp_path) == NEW


def set_unfinished(folder: Path, name: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "unfinished": name}))


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../outside", "news", ".broadsheet-staging-00000000", ".broadsheet-staging-../../x", "\0"]
)
def test_a_manifest_that_names_another_folder_moves_and_deletes_nothing(half: Path, name: str) -> None:
    outside = half.parent / "outside"
    (outside / "pages").mkdir(parents=True)
    (outside / "pages/mine.html").write_text("theirs")
    (outside / MANIFEST).write_text(json.dumps({"version": 1, "files": {"mine.html": "0"}}))
    before = tree(half), tree(outside)
    set_unfinished(half, name)
    assert said(half) == [OF_NO_USE]
    found = {path: text for path, text in before[0].items() if not path.startswith(".broadsheet-")}
    assert (tree(half), tree(outside)) == (found, before[1])
    check_next(half)


@pytest.mark.parametrize("name", [5, None, ["x"]])
def test_under_a_manifest_of_which_the_mark_makes_no_sense_all_is_somebody_elses(half: Path, name: object) -> None:
    set_unfinished(half, name)
    with suppress(SiteError):
        finish(half)
    with pytest.raises(SiteError, match="would be overwritten"):
        commit(half, NEW)


def test_a_link_in_the_place_of_the_staging_folder_is_not_followed(half: Path) -> None:
    outside = half.parent / "outside"
    os.rename(room_of(half), outside)
    (half / ".broadsheet-staging-0badcafe").symlink_to(outside)
    set_unfinished(half, ".broadsheet-staging-0badcafe")
    before = tree(outside)
    assert said(half) == [OF_NO_USE]
    assert tree(outside) == before


def link_out(half: Path) -> None:
    path = waiting(half)[0]
    path.unlink()
    (half.parent / "secret").write_text("new")
    path.symlink_to(half.parent / "secret")


def add_another(half: Path) -> None:
    (room_of(half) / "pages/mine.txt").write_text("overwritten")


def add_a_manifest(half: Path) -> None:
    (room_of(half) / "pages" / MANIFEST).write_text("{}")


def change_a_file(half: Path) -> None:
    waiting(half)[0].write_text("somebody's")


def empty_a_file(half: Path) -> None:
    os.truncate(waiting(half)[0], 0)


def add_a_pipe(half: Path) -> None:
    os.mkfifo(room_of(half) / "pages/pipe.html")


def damage_the_manifest(half: Path) -> None:
    (room_of(half) / MANIFEST).write_text("{{{")


def lose_the_manifest(half: Path) -> None:
    (room_of(half) / MANIFEST).unlink()


def claim_more(half: Path) -> None:
    """List a file of somebody else as one of the new state."""
    path = room_of(half) / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["files"]["mine.txt"] = "0"
    path.write_text(json.dumps(manifest))


def lose_everything(half: Path) -> None:
    for path in sorted(room_of(half).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


DAMAGES = [
    *(link_out, add_another, add_a_manifest, change_a_file, empty_a_file, add_a_pipe),
    *(damage_the_manifest, lose_the_manifest, claim_more, lose_everything),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_what_no_build_can_have_left_so_is_of_no_use_and_the_next_build_is_right(
    half: Path, damage: Callable[[Path], None]
) -> None:
    before = {path: text for path, text in tree(half).items() if not path.startswith(".broadsheet-")}
    damage(half)
    assert said(half) == [OF_NO_USE]
    assert tree(half) == before
    check_next(half)


@pytest.mark.parametrize("name", ["news", "news/x", "c"])
def test_a_link_that_has_come_into_the_way_is_told_and_not_followed(
    half: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    finish(half)
    commit(half, OLD)
    # Nothing is in its place yet.
    assert cut_at(monkeypatch, 1, lambda: commit(half, NEW))
    outside = half.parent / "outside"
    outside.mkdir()
    with suppress(FileNotFoundError):
        os.rename(half / name, half.parent / "moved")
    (half / name).symlink_to(outside)
    with pytest.raises(SiteError, match="needs a folder here") as raised:
        finish(half)
    assert raised.value.problems[0].hint == "move it away"
    assert list(outside.iterdir()) == []
    (half / name).unlink()
    assert said(half) == [FINISHED]


def test_a_folder_that_has_come_into_the_way_is_told_and_kept(half: Path) -> None:
    path = next(path for path in NEW if not (half / path).exists() or (half / path).read_text() == "old")
    (half / path).unlink(missing_ok=True)
    (half / path / "inner").mkdir(parents=True)
    (half / path / "inner/theirs").write_text("theirs")
    with pytest.raises(SiteError, match="a folder stands where"):
        finish(half)
    assert (half / path / "inner/theirs").read_text() == "theirs"


builds = st.lists(
    st.tuples(
        st.dictionaries(
            st.sampled_from(["a", "b/c", "b/d.html", "b", "e/f/g.html", "index.html", "a/x.css"]),
            st.sampled_from("12"),
            min_size=1,
        ).filter(
            lambda files: (
                not {"a", "a/x.css"} <= files.keys() and not ("b" in files and len({"b/c", "b/d.html"} & files.keys()))
            )
        ),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(builds, st.sampled_from(["x", "b-not/x", "e/x"]))
def test_after_any_builds_of_which_any_are_cut_short_the_next_one_is_right(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    history: list[tuple[dict[str, str], int]],
    foreign: str,
) -> None:
    folder = tmp_path_factory.mktemp("out")
    (folder / foreign).parent.mkdir(parents=True, exist_ok=True)
    (folder / foreign).write_text("mine")
    ever: dict[str, set[str]] = {foreign: {"mine"}}
    for files, count in history:
        for path, text in files.items():
            ever.setdefault(path, set()).add(text)
        # What was cut short is finished by some next builds, and others are cut short while they finish it.
        cut_at(monkeypatch, count, lambda: finish(folder))
        cut_at(monkeypatch, count, lambda files=files: commit(folder, files))
        found = {path: text for path, text in tree(folder).items() if not path.startswith(".broadsheet-")}
        assert all(text in ever[path] for path, text in found.items())
    finish(folder)
    commit(folder, files)
    assert tree(folder) == {**files, foreign: "mine"}
    assert [path.name for path in folder.glob(".broadsheet-*")] == [MANIFEST]


def test_pages_come_after_what_they_need_and_go_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(tmp_path, {"x.html": "1", "index.html": "1", "feed.xml": "1", "old.css": "1", "old.html": "1"})
    moved: list[str] = []
    unlink, replace = Path.unlink, os.replace

    def noting_replace(source: str, place: str | Path) -> None:
        moved.append(f"+{os.path.relpath(place, tmp_path)}")
        replace(source, place)

    def noting_unlink(self: Path, missing_ok: bool = False) -> None:
        moved.append(f"-{self.relative_to(tmp_path)}")
        unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(replacing.os, "replace", noting_replace)
        patch.setattr(Path, "unlink", noting_unlink)
        commit(tmp_path, {"x.html": "2", "index.html": "2", "feed.xml": "2", "new.css": "2", "new.html": "2"})
    assert moved == [
        f"+{MANIFEST}",
        *("+new.css", "+new.html", "+x.html", "+feed.xml", "+index.html"),
        *("-old.html", "-old.css"),
        f"+{MANIFEST}",
    ]
