"""Folders as targets: which form they take, what they refuse, what they keep, and how they go back."""

import errno
import os
import stat
import sys
from pathlib import Path

import pytest
from folders import NOW, content_of, is_killed, publish, site_folders, target_at, wanting
from msgspec import structs
from releases import FILES_A, FILES_B, release_a, release_b, release_of

from broadsheet.problems import SiteError
from broadsheet.publish.folder.in_place import InPlace
from broadsheet.publish.folder.layout import folder_target
from broadsheet.publish.folder.switched import Switched
from broadsheet.publish.folder.tree import in_the_way, make_folders, put_beside, same_but_for_case, sync, telling
from broadsheet.publish.release import LEDGER, Item
from broadsheet.publish.sending import planned, send
from broadsheet.publish.target import HoldsReleases
from broadsheet.targets import FolderTarget

LAYOUTS = pytest.mark.parametrize("releases", [True, False], ids=["switched", "in place"])


def inodes(path: Path) -> dict[str, int]:
    files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return {str(file.relative_to(path)): file.lstat().st_ino for file in files}


# Which form a folder takes


def test_where_nothing_stands_a_link_is_switched_between_releases_beside_it(quick):
    publish(quick / "srv/www", release_a())
    assert os.readlink(quick / "srv/www") == "www.releases/a"
    publish(quick / "srv/www", release_b())
    assert os.readlink(quick / "srv/www") == "www.releases/b"
    assert sorted(path.name for path in quick.glob("srv/www.releases/[!.]*")) == ["a", "a.json", "b", "b.json"]
    assert LEDGER not in os.listdir(quick / "srv/www")


def test_in_a_folder_that_is_there_files_are_replaced_one_by_one(quick):
    (quick / "www").mkdir()
    publish(quick / "www", release_a())
    assert not (quick / "www").is_symlink()
    assert (quick / "www" / LEDGER).is_file()
    assert not (quick / "www.releases").exists()


def test_a_link_to_a_folder_of_somebody_else_is_followed(quick):
    (quick / "disk").mkdir()
    (quick / "www").symlink_to("disk")
    publish(quick / "www", release_a())
    assert content_of(quick / "disk") == FILES_A
    assert os.readlink(quick / "www") == "disk"


def test_a_folder_that_is_to_be_filled_in_place_is_made_with_those_above_it(quick):
    publish(quick / "srv/a/www", release_a(), releases=False)
    assert content_of(quick / "srv/a/www") == FILES_A


def test_a_relative_path_is_relative_to_the_site_and_a_tilde_is_the_home_folder(quick, monkeypatch):
    monkeypatch.setenv("HOME", str(quick / "home"))
    folders = site_folders(quick / "site")
    for path, expected in {"www": "site/www", "../www": "www", "~/www": "home/www", str(quick / "x"): "x"}.items():
        target = folder_target(FolderTarget(path=path), folders)
        with target.held(print):
            pass
        assert (quick / f"{expected}.releases").is_dir(), path
    # A name for which there is no home folder stays what it is.
    assert folder_target(FolderTarget(path="~no.such.user/www"), folders).place.endswith("site/~no.such.user/www")


def test_a_path_that_ends_with_dots_means_the_folder_that_it_leads_to(quick):
    (quick / "a/b").mkdir(parents=True)
    assert isinstance(folder_target(FolderTarget(path=str(quick / "a/b/..")), site_folders(quick / "site")), InPlace)


def test_only_a_switched_folder_holds_releases(quick):
    assert isinstance(target_at(quick / "www", releases=True), HoldsReleases)
    assert not isinstance(target_at(quick / "www", releases=False), HoldsReleases)


# What is refused


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", "holds the sources"),
        ("..", "holds the sources"),
        ("/", "holds the sources"),
        ("records", "holds the sources"),
        ("records/www", "lies in a folder that builds need"),
        ("static/www", "lies in a folder that builds need"),
        ("public", "lies in a folder that builds need"),
        ("public/www", "lies in a folder that builds need"),
        (".broadsheet/www", "lies in a folder that builds need"),
        (".git", "lies in git's own folder"),
        ("../other/.git/hooks", "lies in git's own folder"),
        ("link-to-records", "holds the sources"),
        ("link-to-site/static/www", "lies in a folder that builds need"),
        ("file", "a file stands here"),
        ("link-to-file", "a file stands here"),
        ("dangling", "leads nowhere: nowhere"),
    ],
)
@pytest.mark.parametrize("releases", [True, False, None])
def test_a_path_where_no_site_may_go_is_refused(quick, path, message, releases):
    site = quick / "site"
    for name in ("records", "static", "public", ".broadsheet"):
        (site / name).mkdir(parents=True)
    (site / "file").write_bytes(b"")
    for name, to in {"records": "records", "site": ".", "file": "file"}.items():
        (site / f"link-to-{name}").symlink_to(to)
    (site / "dangling").symlink_to("nowhere")
    folders = site_folders(site)
    with pytest.raises(SiteError, match=message):
        folder_target(FolderTarget(path=path, releases=releases), folders)
    assert sorted(os.listdir(site / "records")) == []


def test_releases_beside_a_path_may_not_lie_in_sources_either(quick):
    (quick / "site/records").mkdir(parents=True)
    folders = structs.replace(site_folders(quick / "site"), records=quick / "site/www.releases")
    with pytest.raises(SiteError, match="holds the sources"):
        folder_target(FolderTarget(path="www"), folders)


@LAYOUTS
def test_a_file_where_a_folder_above_the_path_should_be_is_told(quick, releases):
    (quick / "file").write_bytes(b"")
    with pytest.raises(SiteError, match="not a directory"):
        publish(quick / "file/www", release_a(), releases=releases)


def test_a_setting_that_does_not_go_with_what_stands_there_is_refused(quick):
    (quick / "folder").mkdir()
    (quick / "link").symlink_to("folder")
    publish(quick / "www", release_a())
    with pytest.raises(SiteError, match="a folder stands where a link to releases goes"):
        publish(quick / "folder", release_a(), releases=True)
    with pytest.raises(SiteError, match="leads to no release of ours: folder"):
        publish(quick / "link", release_a(), releases=True)
    with pytest.raises(SiteError, match="`releases: false`"):
        publish(quick / "www", release_a(), releases=False)
    assert content_of(quick / "folder") == {}
    assert content_of(quick / "www") == FILES_A


def test_a_link_to_a_release_that_is_gone_is_told_and_nothing_is_done(quick):
    publish(quick / "www", release_a())
    (quick / "www.releases/a").rename(quick / "elsewhere")
    with pytest.raises(SiteError, match="leads nowhere"):
        publish(quick / "www", release_b())
    (quick / "elsewhere").rename(quick / "www.releases/a")
    publish(quick / "www", release_b())
    assert content_of(quick / "www").items() >= FILES_B.items()


@LAYOUTS
def test_a_name_that_is_too_long_is_refused_before_anything_is_written(quick, releases):
    # So many characters fit, but not so many bytes.
    release = release_of("long", {"index.html": b"", f"news/{'ß' * 128}/index.html": b""})
    with pytest.raises(SiteError, match="a name of 256 bytes is too long"):
        publish(quick / "www", release, releases=releases)
    assert os.listdir(quick) == []
    publish(quick / "www", release_of("fits", {f"news/{'ß' * 127}/index.html": b""}), releases=releases)


def test_two_paths_that_are_one_file_are_refused_where_cases_are_not_told_apart(tmp_path):
    assert same_but_for_case(str(tmp_path), "place", ["a/b", "A/b", "c"]) == []
    assert os.listdir(tmp_path) == []
    (tmp_path / "CASE").write_bytes(b"as if it were the same file")
    assert [str(problem) for problem in same_but_for_case(str(tmp_path), "place", ["a/b", "A/b", "c"])] == [
        "place: error: A/b and a/b are the same file here"
    ]
    assert same_but_for_case(str(tmp_path), "place", ["a/b", "c"]) == []


@LAYOUTS
def test_a_file_of_somebody_else_in_the_place_of_a_folder_ends_the_publish_before_its_first_byte(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    (quick / "www/straße").write_bytes(b"mine")
    before = content_of(quick / "www")
    with pytest.raises(SiteError, match="the site needs a folder here, for straße"):
        publish(quick / "www", release_of("c", {**FILES_A, "straße/index.html": b""}), releases=releases)
    assert content_of(quick / "www") == before


@LAYOUTS
def test_a_folder_of_somebody_else_in_the_place_of_a_file_ends_the_publish_before_its_first_byte(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    (quick / "www/deep/folder").mkdir(parents=True)
    (quick / "www/deep/folder/mine").write_bytes(b"mine")
    before = content_of(quick / "www")
    with pytest.raises(SiteError, match=r"a folder stands where the file deep goes.*folder/mine"):
        publish(quick / "www", release_of("c", {**FILES_A, "deep": b""}), releases=releases)
    assert content_of(quick / "www") == before


@LAYOUTS
def test_no_link_of_somebody_else_is_followed_out_of_the_target(quick, releases):
    (quick / "elsewhere").mkdir()
    (quick / "elsewhere/index.html").write_bytes(b"elsewhere")
    publish(quick / "www", release_a(), releases=releases)
    (quick / "www/linked").symlink_to(quick / "elsewhere")
    with pytest.raises(SiteError, match="the site needs a folder here, for linked"):
        publish(quick / "www", release_of("c", {**FILES_A, "linked/index.html": b"new"}), releases=releases)
    assert (quick / "elsewhere/index.html").read_bytes() == b"elsewhere"


@LAYOUTS
def test_a_link_in_the_place_of_a_file_is_replaced_and_what_it_leads_to_stays(quick, releases):
    (quick / "secret").write_bytes(b"elsewhere")
    publish(quick / "www", release_a(), releases=releases)
    (quick / "www/index.html").unlink()
    (quick / "www/index.html").symlink_to(quick / "secret")
    plan = publish(quick / "www", release_a(), releases=releases, day=1)
    assert [item.path for item in plan.changed] == ["index.html"]
    assert (quick / "secret").read_bytes() == b"elsewhere"
    assert content_of(quick / "www") == FILES_A
    assert not (quick / "www/index.html").is_symlink()


def test_folders_are_not_made_through_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "www").mkdir()
    (tmp_path / "www/link").symlink_to("../elsewhere")
    with pytest.raises(FileExistsError):
        make_folders(str(tmp_path / "www"), "link/below/file")
    assert os.listdir(tmp_path / "elsewhere") == []


# What is written


@LAYOUTS
def test_what_is_there_already_is_not_written_again(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    before = inodes(quick)
    assert publish(quick / "www", release_a(), releases=releases, day=1).is_empty
    assert inodes(quick) == before


@LAYOUTS
def test_files_whose_time_has_changed_are_known_by_their_content(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    for folder, _, names in os.walk(quick / "www"):
        for name in names:
            os.utime(Path(folder, name), (0, 0))
    before = {path: inode for path, inode in inodes(quick / "www/").items() if path != LEDGER}
    assert publish(quick / "www", release_a(), releases=releases, day=1).is_empty
    assert {path: inode for path, inode in inodes(quick / "www/").items() if path != LEDGER} == before
    # That is not worth a release, and is written down, so that nothing is read again.
    if releases:
        assert os.readlink(quick / "www") == "www.releases/a"
        with pytest.raises(SiteError, match="there is no release before a"):
            target_at(quick / "www").go_back(print)
    standing = target_at(quick / "www", releases).standing({})
    assert all(standing.found[path].tag == sent.tag for path, sent in standing.ledger.files.items())


@LAYOUTS
def test_a_file_that_somebody_has_edited_in_its_place_is_sent_anew_and_not_linked_on(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    path = "news/2024-05-01-stays/index.html"
    with open(quick / "www" / path, "ab") as file:
        file.write(b"edited")
    plan = publish(quick / "www", release_b(), releases=releases)
    assert path in {item.path for item in plan.changed}
    assert not plan.foreign
    assert content_of(quick / "www").items() >= FILES_B.items()


@LAYOUTS
def test_a_file_that_somebody_has_edited_and_no_page_needs_stays(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    (quick / "www/news/2024-05-03-goes/index.html").write_bytes(b"mine now")
    publish(quick / "www", release_b(), releases=releases)
    publish(quick / "www", release_a(), releases=releases, day=1)
    publish(quick / "www", release_of("c", FILES_B | {"c.html": b""}), releases=releases, day=20)
    assert "news/2024-05-03-goes/index.html" not in content_of(quick / "www")
    assert release_b().items.keys() <= content_of(quick / "www").keys()


def test_releases_share_what_they_have_in_common(quick):
    publish(quick / "www", release_a())
    publish(quick / "www", release_b())
    a, b = inodes(quick / "www.releases/a"), inodes(quick / "www.releases/b")
    same = {path for path in FILES_A.keys() & FILES_B.keys() if FILES_A[path] == FILES_B[path]}
    assert {path for path in a.keys() & b.keys() if a[path] == b[path]} >= same
    assert a["index.html"] != b["index.html"]
    assert content_of(quick / "www.releases/a") == FILES_A


@LAYOUTS
def test_files_are_for_everybody_to_read_as_far_as_the_umask_allows(quick, releases):
    before = os.umask(0o002)
    try:
        publish(quick / "www", release_a(), releases=releases)
        os.umask(0o077)
        publish(quick / "www", release_b(), releases=releases)
    finally:
        os.umask(before)
    mode = {path: stat.S_IMODE((quick / "www" / path).stat().st_mode) for path in ("theme/more.css", "theme/new.svg")}
    assert mode == {"theme/more.css": 0o644, "theme/new.svg": 0o600}
    assert stat.S_IMODE((quick / "www/topics/straße").stat().st_mode) == 0o700


@LAYOUTS
def test_a_file_takes_the_place_of_a_folder_and_a_folder_that_of_a_file(quick, releases):
    one = {"index.html": b"", "a": b"a file", "b/c/d.html": b"a folder", "b/c/e.html": b"", "b/x.png": b"stays a while"}
    two = {"index.html": b"", "a/b/c.html": b"a folder", "b": b"a file"}
    publish(quick / "www", release_of("one", one), releases=releases)
    publish(quick / "www", release_of("two", two), releases=releases)
    assert content_of(quick / "www") == two
    publish(quick / "www", release_of("one", one), releases=releases, day=1)
    assert content_of(quick / "www") == one


def test_an_empty_folder_makes_way_for_a_file(quick):
    publish(quick / "www", release_a(), releases=False)
    (quick / "www/deep/folder").mkdir(parents=True)
    publish(quick / "www", release_of("c", {**FILES_A, "deep": b"now a file"}), releases=False)
    assert (quick / "www/deep").read_bytes() == b"now a file"


def test_an_empty_folder_of_somebody_else_is_not_carried_over_a_file(quick):
    publish(quick / "www", release_a())
    (quick / "www/deep/folder").mkdir(parents=True)
    (quick / "www/other").mkdir()
    publish(quick / "www", release_of("c", {**FILES_A, "deep": b"now a file"}))
    assert (quick / "www/deep").read_bytes() == b"now a file"
    assert (quick / "www/other").is_dir()


@LAYOUTS
def test_what_is_out_of_use_goes_after_its_grace_with_folders_that_are_empty_then(quick, releases):
    publish(
        quick / "www", release_of("one", {"index.html": b"1", "a/b/old.png": b"", "a/old.html": b""}), releases=releases
    )
    two = release_of("two", {"index.html": b"2"})
    plan = publish(quick / "www", two, releases=releases, day=10)
    assert plan.deleted == ("a/old.html",)
    assert publish(quick / "www", two, releases=releases, day=16).is_empty
    assert content_of(quick / "www") == {"index.html": b"2", "a/b/old.png": b""}
    assert publish(quick / "www", two, releases=releases, day=17).deleted == ("a/b/old.png",)
    assert content_of(quick / "www") == {"index.html": b"2"}
    assert not (quick / "www/a").exists()


def test_a_file_that_has_another_name_of_one_that_stays_is_not_deleted(quick):
    """As it is where cases are not told apart: to delete the old name would delete the file."""
    publish(quick / "www", release_of("one", {"index.html": b"", "Story.html": b"the same"}), releases=False)
    release = release_of("two", {"index.html": b"", "story.html": b"the same"})
    with planned(release, target_at(quick / "www", releases=False), NOW, 7, print) as publishing:
        target = publishing.target
        os.link(quick / "www/Story.html", quick / "www/story.html")
        target.delete(["Story.html"])
        assert (quick / "www/Story.html").exists()
        (quick / "www/story.html").unlink()
        target.delete(["Story.html", "index.html/nothing"])
        assert not (quick / "www/Story.html").exists()


def test_a_file_that_changes_between_the_plan_and_its_deletion_stays(quick):
    publish(quick / "www", release_a(), releases=False)
    with planned(release_b(), target_at(quick / "www", releases=False), NOW, 7, print) as publishing:
        (quick / "www/news/2024-05-03-goes/index.html").write_bytes(b"somebody was quick")
        (quick / "www/topics/gone/feed.xml").unlink()
        (quick / "elsewhere").mkdir()
        os.rename(quick / "www/topics/gone/index.html", quick / "elsewhere/index.html")
        (quick / "www/topics/gone").rmdir()
        (quick / "www/topics/gone").symlink_to(quick / "elsewhere")
        send(publishing, NOW, lambda step, done, total: None)
    assert (quick / "www/news/2024-05-03-goes/index.html").read_bytes() == b"somebody was quick"
    assert (quick / "elsewhere/index.html").exists()


def test_a_file_that_changes_between_the_plan_and_the_switch_ends_the_publish(quick):
    publish(quick / "www", release_a())
    with planned(release_b(), target_at(quick / "www"), NOW, 7, print) as publishing:
        (quick / "www/theme/more.css").write_bytes(b"somebody was quick")
        with pytest.raises(SiteError, match=r"theme/more\.css was changed by somebody"):
            send(publishing, NOW, lambda step, done, total: None)
    assert os.readlink(quick / "www") == "www.releases/a"
    publish(quick / "www", release_b())
    assert content_of(quick / "www").items() >= FILES_B.items()


@LAYOUTS
def test_a_ledger_that_is_damaged_makes_all_foreign_and_loses_nothing(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    ledger = quick / ("www.releases/a.json" if releases else f"www/{LEDGER}")
    ledger.write_bytes(b"{")
    standing = target_at(quick / "www", releases).standing(release_b().items)
    assert "is damaged" in standing.remark
    assert ledger.name in standing.remark
    plan = publish(quick / "www", release_b(), releases=releases)
    assert plan.foreign
    assert not plan.deleted
    assert content_of(quick / "www") == FILES_A | FILES_B


# What belongs to somebody else


@LAYOUTS
def test_files_of_somebody_else_stay_with_their_links_folders_and_times(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    (quick / "www/.well-known").mkdir()
    (quick / "www/.well-known/token").write_bytes(b"mine")
    (quick / "www/uploads/empty").mkdir(parents=True)
    (quick / "www/latest.mp4").symlink_to("../nowhere.mp4")
    os.mkfifo(quick / "www/pipe")
    publish(quick / "www", release_b(), releases=releases)
    publish(quick / "www", release_a(), releases=releases, day=1)
    assert (quick / "www/.well-known/token").read_bytes() == b"mine"
    assert (quick / "www/uploads/empty").is_dir()
    assert os.readlink(quick / "www/latest.mp4") == "../nowhere.mp4"
    assert stat.S_ISFIFO((quick / "www/pipe").stat().st_mode)


def test_a_file_that_somebody_puts_there_just_before_the_switch_is_taken_over_too(quick):
    publish(quick / "www", release_a())

    def publish_and_put() -> None:
        def put(event: str, arguments: tuple[object, ...]) -> None:
            if event == "os.rename" and str(arguments[1]) == str(quick / "www"):
                (quick / "www/token").write_bytes(b"just now")

        sys.addaudithook(put)
        publish(quick / "www", release_b())

    assert not is_killed(publish_and_put)
    assert (quick / "www/token").read_bytes() == b"just now"
    assert content_of(quick / "www").items() >= FILES_B.items()


def test_what_cannot_have_two_names_is_copied(tmp_path, quick):
    """Two file systems, where the tests have them: a file has no second name on another one."""
    source, target = tmp_path / "source", quick / "target"
    source.write_bytes(b"content")
    os.utime(source, ns=(1, 123_456_789_000))
    put_beside(str(source), str(target))
    assert target.read_bytes() == b"content"
    assert target.stat().st_mtime_ns == 123_456_789_000
    with pytest.raises(FileExistsError):
        put_beside(str(target), str(target))


# Going back


def test_going_back_switches_to_the_release_before_and_then_further(quick):
    files = [{**FILES_A, "number.html": str(number).encode()} for number in range(4)]
    for number in range(3):
        publish(quick / "www", release_of(f"r{number}", files[number]), day=number)
    assert target_at(quick / "www").go_back(print) == ("r1", ["number.html"])
    assert content_of(quick / "www") == files[1]
    assert target_at(quick / "www").go_back(print) == ("r0", ["number.html"])
    assert content_of(quick / "www") == files[0]
    with pytest.raises(SiteError, match="there is no release before r0"):
        target_at(quick / "www").go_back(print)
    plan = publish(quick / "www", release_of("r3", files[3]), day=4)
    assert [item.path for item in plan.changed] == ["number.html"]
    assert target_at(quick / "www").go_back(print)[0] == "r0"


def test_going_back_tells_what_readers_see_otherwise(quick):
    publish(quick / "www", release_a())
    publish(quick / "www", release_b())
    before = content_of(quick / "www")
    _, differing = target_at(quick / "www").go_back(print)
    after = content_of(quick / "www")
    assert differing == sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    assert wanting(quick / "www") == []


def test_what_came_after_the_release_before_is_there_when_it_comes_back(quick):
    publish(quick / "www", release_a())
    (quick / "www/own.txt").write_bytes(b"old")
    publish(quick / "www", release_b())
    (quick / "www/own.txt").unlink()
    (quick / "www/own.txt").write_bytes(b"new")
    (quick / "www/files/empty.txt.d").mkdir()
    target_at(quick / "www").go_back(print)
    found = content_of(quick / "www")
    assert found["own.txt"] == b"new"
    assert found.items() >= FILES_A.items()
    assert (quick / "www/files/empty.txt.d").is_dir()


def test_what_somebody_put_in_the_place_of_ours_is_not_lost_by_going_back(quick):
    publish(quick / "www", release_a())
    publish(quick / "www", release_b())
    (quick / "www/news/2024-05-03-goes/index.html").parent.mkdir(exist_ok=True)
    (quick / "www/news/2024-05-03-goes/index.html").write_bytes(b"in the place of ours")
    with pytest.raises(SiteError, match="1 file that we did not publish would be overwritten, first news/2024-05-03-g"):
        target_at(quick / "www").go_back(print)
    assert (quick / "www/news/2024-05-03-goes/index.html").read_bytes() == b"in the place of ours"
    (quick / "www/news/2024-05-03-goes/index.html").unlink()
    target_at(quick / "www").go_back(print)
    assert content_of(quick / "www").items() >= FILES_A.items()


def test_what_finds_no_place_in_the_release_before_is_told(quick):
    publish(quick / "www", release_of("one", {"index.html": b"", "clash": b"a file"}))
    publish(quick / "www", release_of("two", {"index.html": b""}), grace=0)
    (quick / "www/clash").mkdir()
    (quick / "www/clash/mine").write_bytes(b"mine")
    said = []
    target_at(quick / "www").go_back(said.append)
    assert [line.partition(": ")[2] for line in said] == ["clash/mine of two finds no place in one"]
    assert (quick / "www.releases/two/clash/mine").read_bytes() == b"mine"


def test_there_is_no_way_back_to_a_release_that_is_not_whole(quick):
    publish(quick / "www", release_a())
    publish(quick / "www", release_b())
    (quick / "www.releases/a/news/2024-05-03-goes/index.html").unlink()
    with pytest.raises(SiteError, match="1 file of the release a is missing"):
        target_at(quick / "www").go_back(print)
    assert os.readlink(quick / "www") == "www.releases/b"


def test_a_way_back_to_a_release_that_somebody_has_edited_says_so(quick):
    publish(quick / "www", release_a())
    publish(quick / "www", release_b())
    (quick / "www.releases/a/index.html").write_bytes(b"<!doctype html>")
    said = []
    target_at(quick / "www").go_back(said.append)
    assert "somebody has changed 1 file of a, first index.html" in said[0]


def test_where_nothing_was_published_there_is_no_way_back(quick):
    with pytest.raises(SiteError, match="nothing is published here"):
        target_at(quick / "www").go_back(print)


def test_so_many_releases_are_kept_and_never_less_than_the_one_before(quick):
    for number in range(5):
        publish(quick / "www", release_of(f"r{number}", {"index.html": str(number).encode()}), keep=3, day=number)
    assert sorted(path.name for path in quick.glob("www.releases/*/")) == ["r2", "r3", "r4"]
    target_at(quick / "www").go_back(print)
    target_at(quick / "www").go_back(print)
    publish(quick / "www", release_of("r5", {"index.html": b"5"}), keep=1, day=6)
    assert sorted(path.name for path in quick.glob("www.releases/*/")) == ["r2", "r5"]
    assert sorted(path.name for path in quick.glob("www.releases/*.json")) == ["r2.json", "r5.json"]


def test_releases_that_were_left_by_going_back_are_deleted_first(quick):
    for number in range(4):
        publish(quick / "www", release_of(f"r{number}", {"index.html": str(number).encode()}), day=number)
    target_at(quick / "www").go_back(print)
    (quick / "www.releases/not-ours").mkdir()
    publish(quick / "www", release_of("r4", {"index.html": b"4"}), keep=4, day=5)
    assert sorted(path.name for path in quick.glob("www.releases/*/")) == ["not-ours", "r0", "r1", "r2", "r4"]


@pytest.mark.parametrize("name", ["../../x", "", "...", "a/b", "2026-05-01T08:00:00Z", "x" * 300, "ß", "a.json"])
def test_a_release_has_a_name_that_is_one_of_a_folder(quick, name):
    for number in range(3):
        publish(quick / "www", release_of(name, {"index.html": str(number).encode()}), day=number)
    assert content_of(quick / "www") == {"index.html": b"2"}
    target_at(quick / "www").go_back(print)
    target_at(quick / "www").go_back(print)
    assert content_of(quick / "www") == {"index.html": b"0"}
    assert sorted(os.listdir(quick)) == ["www", "www.releases"]


def test_a_ledger_that_names_a_release_elsewhere_leads_nowhere(quick):
    publish(quick / "www", release_a())
    publish(quick / "www", release_b())
    ledger = quick / "www.releases/b.json"
    ledger.write_bytes(ledger.read_bytes().replace(b'"before": "a"', b'"before": "../../a"'))
    with pytest.raises(SiteError, match="there is no release before b"):
        target_at(quick / "www").go_back(print)


# What the system has against it


def test_what_the_system_says_is_told_with_the_place_and_a_hint():
    with (
        pytest.raises(SiteError, match=r"^/srv/www/file: error: the target can not be worked with: no space") as raised,
        telling("/srv/www"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/www/file")
    assert "make room" in raised.value.problems[0].hint
    with pytest.raises(SiteError, match=r"^/srv/www: error"), telling("/srv/www"):
        raise OSError(errno.EIO, "Input/output error")


@LAYOUTS
def test_nothing_is_written_when_somebody_only_looks(quick, releases):
    with planned(release_a(), target_at(quick / "srv/www", releases), NOW, 7, None) as publishing:
        assert len(publishing.plan.new) == len(FILES_A)
    assert os.listdir(quick) == []
    publish(quick / "srv/www", release_a(), releases=releases)
    before = inodes(quick)
    with planned(release_b(), target_at(quick / "srv/www", releases), NOW, 7, None) as publishing:
        assert publishing.plan.new
    assert inodes(quick) == before


@LAYOUTS
def test_a_file_that_is_not_there_can_not_be_fetched(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    target = target_at(quick / "www", releases)
    assert target.fetch("theme/more.css") == FILES_A["theme/more.css"]
    assert target.headers("index.html", 1) == ()
    with pytest.raises(SiteError, match="no such file"):
        target.fetch("nothing")


@LAYOUTS
def test_a_ledger_that_names_what_there_can_not_be_harms_nobody(quick, releases):
    publish(quick / "www", release_a(), releases=releases)
    ledger = quick / ("www.releases/a.json" if releases else f"www/{LEDGER}")
    ledger.write_bytes(ledger.read_bytes().replace(b'"files": {', b'"files": {"%s": ["x", 1, ""],' % (b"n" * 300)))
    assert publish(quick / "www", release_a(), releases=releases).is_empty
    assert content_of(quick / "www") == FILES_A


def test_what_can_not_be_written_down_at_once_is_written_down_later():
    """A device has nothing to write down."""
    sync("/dev/null")


def test_what_is_going_stands_in_nobodys_way(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    assert in_the_way(str(tmp_path), ["a/b"], {"a"}) == []
    assert in_the_way(str(tmp_path), ["b/c"], set()) == []
    assert len(in_the_way(str(tmp_path), ["a/b", "a/c"], set())) == 1


def test_an_item_of_a_folder_has_its_digest_for_a_mark():
    assert Item("a", "digest", 1).mark == "digest"
    assert isinstance(Switched(Path("www"), 1), HoldsReleases)
