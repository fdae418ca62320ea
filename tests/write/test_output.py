"""The output folder: what is ours in it, what is not, and that nothing outside it is ever touched."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.model import OutputFile
from broadsheet.problems import SiteError
from broadsheet.write.output import MANIFEST, Output, Written, finish


def write(folder: Path, **files: str) -> Written:
    """Build `files`, named with `__` for `/` and `_` for a dot."""
    return write_paths(folder, {name.replace("__", "/").replace("_", "."): text for name, text in files.items()})


def write_paths(folder: Path, files: dict[str, str]) -> Written:
    output = Output(folder)
    output.check(files)
    try:
        for path, text in files.items():
            output.add(OutputFile(path, text.encode()))
        return output.commit()
    except BaseException:
        output.discard()
        raise


def tree(folder: Path) -> dict[str, str]:
    """Every file and link below `folder`, with its text, but for the manifest."""
    return {
        path.relative_to(folder).as_posix(): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.name != MANIFEST and (path.is_symlink() or path.is_file())
    }


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(SiteError) as raised:
        action()
    return "\n".join(map(str, raised.value.problems))


def test_files_are_written_into_a_folder_that_need_not_exist(tmp_path: Path) -> None:
    assert write(tmp_path / "a/out", index_html="home", news__x__index_html="x") == Written(2, 0, 0)
    assert tree(tmp_path) == {"a/out/index.html": "home", "a/out/news/x/index.html": "x"}


def test_a_second_build_touches_only_what_changed(tmp_path: Path) -> None:
    write(tmp_path, a_html="a", b_html="b")
    before = (tmp_path / "a.html").stat()
    assert write(tmp_path, a_html="a", b_html="new") == Written(1, 1, 0)
    assert tree(tmp_path) == {"a.html": "a", "b.html": "new"}
    after = (tmp_path / "a.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_not_built_any_more_goes_with_the_folders_that_it_leaves_empty(tmp_path: Path) -> None:
    write(tmp_path, index_html="home", news__x__index_html="x", news__y__index_html="y")
    assert write(tmp_path, index_html="home", news__y__index_html="y") == Written(0, 2, 1)
    assert not (tmp_path / "news/x").exists()
    write(tmp_path, index_html="home")
    assert not (tmp_path / "news").exists()


def test_a_folder_that_holds_somebody_elses_file_stays(tmp_path: Path) -> None:
    write(tmp_path, index_html="home", news__x__index_html="x")
    (tmp_path / "news/x/mine.txt").write_text("mine")
    write(tmp_path, index_html="home")
    assert tree(tmp_path) == {"index.html": "home", "news/x/mine.txt": "mine"}


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for path in ("CNAME", ".nojekyll", ".git/HEAD", "mine.html"):
        (tmp_path / path).write_text("mine")
    write(tmp_path, index_html="home")
    write(tmp_path, other_html="x")
    assert tree(tmp_path) == {
        **dict.fromkeys([".git/HEAD", ".nojekyll", "CNAME", "mine.html"], "mine"),
        "other.html": "x",
    }


@pytest.mark.parametrize("same", [True, False])
def test_a_file_of_somebody_else_is_never_overwritten(tmp_path: Path, same: bool) -> None:
    (tmp_path / "index.html").write_text("home" if same else "mine")
    before = tree(tmp_path)
    message = refusal(lambda: write(tmp_path, index_html="home", a_html="a"))
    assert "1 file of the output folder would be overwritten, first index.html" in message
    assert tree(tmp_path) == before
    assert not (tmp_path / MANIFEST).exists()


def test_a_file_that_somebody_changed_is_built_again(tmp_path: Path) -> None:
    write(tmp_path, index_html="home")
    (tmp_path / "index.html").write_text("edited")
    assert write(tmp_path, index_html="home") == Written(1, 0, 0)
    assert tree(tmp_path) == {"index.html": "home"}


def test_a_file_that_somebody_deleted_is_built_again(tmp_path: Path) -> None:
    write(tmp_path, index_html="home", news__x__index_html="x")
    (tmp_path / "index.html").unlink()
    write(tmp_path, index_html="home")
    assert tree(tmp_path) == {"index.html": "home"}


def test_nothing_changes_before_the_commit(tmp_path: Path) -> None:
    write(tmp_path, index_html="old", b_html="b")
    before = tree(tmp_path)
    output = Output(tmp_path)
    output.add(OutputFile("index.html", b"new"))
    assert (tmp_path / "index.html").read_text() == "old"
    output.discard()
    assert tree(tmp_path) == before


def test_a_build_that_was_discarded_leaves_no_folder_behind(tmp_path: Path) -> None:
    output = Output(tmp_path / "out")
    output.add(OutputFile("index.html", b"new"))
    output.discard()
    assert list(tmp_path.iterdir()) == []


def staged_by_a_killed_build(folder: Path) -> Path:
    child = os.fork()
    if child == 0:
        Output(folder).add(OutputFile("old.html", b"old"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    return next(folder.glob(".broadsheet-staging-*"))


def test_another_build_at_the_same_time_keeps_what_it_has_staged(tmp_path: Path) -> None:
    other = Output(tmp_path)
    other.add(OutputFile("other.html", b"other"))
    assert write(tmp_path, index_html="home") == Written(1, 0, 0)
    other.add(OutputFile("index.html", b"home"))
    other.commit()
    assert tree(tmp_path) == {"index.html": "home", "other.html": "other"}


def test_what_a_killed_build_left_behind_goes_with_the_next_one(tmp_path: Path) -> None:
    left = staged_by_a_killed_build(tmp_path)
    assert finish(tmp_path) == ()
    assert not left.exists()


@pytest.mark.parametrize("days", [0, 400])
def test_what_a_build_at_work_has_staged_stays_however_the_clock_jumps(tmp_path: Path, days: int) -> None:
    other = Output(tmp_path)
    other.add(OutputFile("other.html", b"other"))
    staged = next(tmp_path.glob(".broadsheet-staging-*"))
    then = staged.stat().st_mtime - days * 24 * 3600
    os.utime(staged, (then, then))
    assert finish(tmp_path) == ()
    assert write(tmp_path, index_html="home") == Written(1, 0, 0)
    other.add(OutputFile("index.html", b"home"))
    other.commit()
    assert tree(tmp_path) == {"index.html": "home", "other.html": "other"}


def test_the_manifest_lists_what_is_ours(tmp_path: Path) -> None:
    write(tmp_path, b_html="b", a_html="a")
    assert list(json.loads((tmp_path / MANIFEST).read_text())["files"]) == ["a.html", "b.html"]


def test_the_same_files_give_the_same_manifest(tmp_path: Path) -> None:
    write_paths(tmp_path / "one", {"a": "1", "b": "2"})
    write_paths(tmp_path / "two", {"b": "2", "a": "1"})
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "two" / MANIFEST).read_bytes()


DAMAGED = {
    "no JSON": b"{{{",
    "nothing": b"",
    "no UTF-8": b"\xff\xfe\x00",
    "text that is no UTF-8": b'{"files": {"index.html\xff": "0"}}',
    "a list": b"[]",
    "wrong types": b'{"version": 1, "files": {"index.html": 5}}',
    "another version": b'{"version": 99, "files": {"index.html": "0"}}',
    "deep nesting": b'{"x": ' + b"[" * 200_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_under_a_damaged_manifest_everything_belongs_to_somebody_else(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, index_html="home", old_html="old")
    (tmp_path / MANIFEST).write_bytes(content)
    before = tree(tmp_path)
    assert "index.html" in refusal(lambda: write(tmp_path, index_html="new"))
    assert tree(tmp_path) == before
    write(tmp_path, fresh_html="fresh")
    assert tree(tmp_path) == {**before, "fresh.html": "fresh"}


def test_a_folder_in_the_manifests_place_is_an_error_or_left_alone(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).mkdir()
    (tmp_path / MANIFEST / "mine.txt").write_text("mine")
    refusal(lambda: write(tmp_path, index_html="home"))
    assert tree(tmp_path) == {f"{MANIFEST}/mine.txt": "mine"}


@pytest.mark.parametrize(
    "path", ["../victim.txt", "a/../../victim.txt", "./../victim.txt", "{absolute}", "..\\victim.txt"]
)
def test_a_manifest_that_lists_files_outside_deletes_none_of_them(tmp_path: Path, path: str) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    out = tmp_path / "out"
    write(out, index_html="home")
    manifest = json.loads((out / MANIFEST).read_text())
    manifest["files"][path.format(absolute=victim)] = "00"
    (out / MANIFEST).write_text(json.dumps(manifest))
    with suppress(SiteError):
        write(out, index_html="home")
    assert victim.read_text() == "mine"


def test_the_output_may_not_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    assert "is a file" in refusal(lambda: write(tmp_path / "out", index_html="home"))
    assert tree(tmp_path) == {"out": "mine"}


def test_the_output_may_not_lie_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refusal(lambda: write(tmp_path / "file/out", index_html="home"))
    assert tree(tmp_path) == {"file": "mine"}


def test_a_file_where_a_folder_is_needed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "news").write_text("mine")
    message = refusal(lambda: write(tmp_path, index_html="home", news__x__index_html="x"))
    assert f"{tmp_path}/news: error: the output needs a folder here" in message
    assert tree(tmp_path) == {"news": "mine"}


@pytest.mark.parametrize("link", ["news", "news/x"])
def test_a_linked_folder_within_the_output_is_refused(tmp_path: Path, link: str) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    (out / link).parent.mkdir(parents=True)
    (out / link).symlink_to(outside)
    assert link in refusal(lambda: write(out, news__x__index_html="x"))
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("target", ["outside.txt", "nowhere"])
def test_a_linked_file_in_a_pages_place_is_refused(tmp_path: Path, target: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "outside.txt").write_text("mine")
    (out / "index.html").symlink_to(tmp_path / target)
    refusal(lambda: write(out, index_html="home"))
    assert tree(tmp_path) == {"out/index.html": f"-> {tmp_path / target}", "outside.txt": "mine"}


def test_a_link_that_took_the_place_of_our_file_is_not_written_through(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "outside.txt").write_text("mine")
    write(out, index_html="home")
    (out / "index.html").unlink()
    (out / "index.html").symlink_to(tmp_path / "outside.txt")
    with suppress(SiteError):
        write(out, index_html="new")
    assert (tmp_path / "outside.txt").read_text() == "mine"


def test_a_stale_file_is_not_deleted_through_a_link_that_leads_out(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    (outside / "index.html").write_text("mine")
    write(out, index_html="home", news__x__index_html="x")
    (out / "news/x/index.html").unlink()
    (out / "news/x").rmdir()
    (out / "news/x").symlink_to(outside)
    with suppress(SiteError):
        write(out, index_html="home")
    assert tree(outside) == {"index.html": "mine"}


@pytest.mark.parametrize("is_stale", [True, False])
def test_a_folder_that_took_the_place_of_our_file_is_somebody_elses(tmp_path: Path, is_stale: bool) -> None:
    write(tmp_path, index_html="home", x_html="x")
    (tmp_path / "x.html").unlink()
    (tmp_path / "x.html").mkdir()
    (tmp_path / "x.html/mine.txt").write_text("mine")
    if is_stale:
        write(tmp_path, index_html="new")
        assert tree(tmp_path) == {"index.html": "new", "x.html/mine.txt": "mine"}
    else:
        refusal(lambda: write(tmp_path, index_html="new", x_html="new"))
        assert tree(tmp_path) == {"index.html": "home", "x.html/mine.txt": "mine"}


def test_a_page_may_become_a_folder_of_pages_and_back(tmp_path: Path) -> None:
    write_paths(tmp_path, {"a": "page", "index.html": "home"})
    write_paths(tmp_path, {"a/b": "page", "index.html": "home"})
    assert tree(tmp_path) == {"a/b": "page", "index.html": "home"}
    write_paths(tmp_path, {"a": "page", "index.html": "home"})
    assert tree(tmp_path) == {"a": "page", "index.html": "home"}


@pytest.mark.parametrize("name", [".broadsheet-staging", f"{MANIFEST}.new", f"{MANIFEST}.tmp"])
def test_a_link_in_the_place_of_our_own_helpers_is_not_followed(tmp_path: Path, name: str) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    (outside / "file").write_text("mine")
    target = outside if name == ".broadsheet-staging" else outside / "file"
    (out / name).symlink_to(target)
    with suppress(SiteError):
        write(out, index_html="home")
    assert tree(outside) == {"file": "mine"}


def test_a_file_in_the_place_of_the_staging_folder_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / ".broadsheet-staging").write_text("mine")
    try:
        write(tmp_path, index_html="home")
    except SiteError:
        assert tree(tmp_path) == {".broadsheet-staging": "mine"}
    else:
        assert (tmp_path / "index.html").read_text() == "home"


def test_the_output_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    write(tmp_path / "out", index_html="home")
    assert tree(tmp_path / "real") == {"index.html": "home"}


builds = st.lists(
    st.dictionaries(st.sampled_from(["a", "b/c", "b/d", "e/f/g", "h.html"]), st.sampled_from("12")), max_size=5
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(builds, st.sampled_from(["x", "b/x", "e/f/x"]))
def test_after_any_builds_the_folder_holds_the_last_one_and_the_files_of_others(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, str]], foreign: str
) -> None:
    folder = tmp_path_factory.mktemp("out")
    (folder / foreign).parent.mkdir(parents=True, exist_ok=True)
    (folder / foreign).write_text("mine")
    last: dict[str, str] = {}
    for files in history:
        written = write_paths(folder, files)
        assert written.changed + written.unchanged == len(files)
        assert written.unchanged == sum(last.get(path) == text for path, text in files.items())
        assert written.deleted == len(last.keys() - files.keys())
        last = files
        assert tree(folder) == {**files, foreign: "mine"}


def test_what_another_build_has_put_there_meanwhile_stays_ours(tmp_path: Path) -> None:
    write(tmp_path, a_html="a")
    slow = Output(tmp_path)
    write(tmp_path, a_html="a", b_html="b")
    slow.add(OutputFile("a.html", b"changed"))
    slow.commit()
    assert tree(tmp_path) == {"a.html": "changed", "b.html": "b"}
    assert write(tmp_path, a_html="a", b_html="b") == Written(1, 1, 0)
    assert write(tmp_path, a_html="a") == Written(0, 1, 1)
