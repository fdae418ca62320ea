"""Publishing by the real rsync to the real sshd: what arrives, what is left alone, and what survives."""

import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from crawl import missing
from forwarder import Forwarder, forwarding
from msgspec import structs
from publish_rsync import HASTE, NOW, publish, release_in
from releases import FILES_A, FILES_B
from sshd import Sshd
from tools import require

from broadsheet.problems import SiteError
from broadsheet.publish.plan import objections
from broadsheet.publish.release import LEDGER, Item, Sent
from broadsheet.publish.rsync import RsyncFolder
from broadsheet.publish.sending import planned
from broadsheet.publish.target import Patience
from broadsheet.targets import RsyncTarget

pytestmark = pytest.mark.slow

_SCRIPT = Path(__file__).with_name("publish_rsync.py")
_LARGE = "files/large.bin"
_NOISE = random.Random(7).randbytes(3_000_000)
# Of all names that a file may have, those that shells, rsync and its lists take for something else.
ODD = {
    "-rf": b"1",
    "--delete": b"2",
    "a 'b' \"c\" $(touch d) `e`/f\\#123.html": b"3",
    "#comment": b"4",
    "; comment": b"5",
    "*": b"6",
    "ä ö ü/ß \u202e.html": b"7",
    "new\nline\n12 3 ./x": b"8",
    "\\#141": b"9",
    "x:y/@z": b"10",
    "~/home": b"11",
}
BUILDS: dict[str, Mapping[str, bytes]] = {
    "a": {**FILES_A, _LARGE: _NOISE},
    "b": {**FILES_B, _LARGE: _NOISE[:1_500_000] + random.Random(8).randbytes(1_000_000)},
    "odd": {**FILES_A, **ODD},
}


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives the folder that a release was built into."""
    folder = tmp_path_factory.mktemp("builds")
    for name, files in BUILDS.items():
        written(folder / name, files)
    return lambda name: folder / name


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The folder on the other machine; its name is none that a shell likes, and it is not there yet."""
    return tmp_path / "srv" / 'it\'s $HOME; a "folder"'


@pytest.fixture
def target(sshd: Sshd, there: Path, builds: Callable[[str], Path]) -> Callable[..., RsyncFolder]:
    """Return a function that makes the target for one of the builds."""
    require("rsync", shutil.which("rsync"))

    def make(build: str | Path, port: int = 0, patience: Patience = HASTE, **settings: str) -> RsyncFolder:
        settings = {"to": f"{sshd.host}:{there}", "ssh": sshd.through(port or sshd.port), **settings}
        return RsyncFolder(RsyncTarget(**settings), builds(build) if isinstance(build, str) else build, patience)

    return make


@pytest.fixture
def line(sshd: Sshd) -> Iterator[Forwarder]:
    """A line to the server that can be cut."""
    with forwarding(sshd.port) as forwarder:
        yield forwarder


@pytest.fixture
def go(target: Callable[..., RsyncFolder], builds: Callable[[str], Path]) -> Callable[..., set[str]]:
    """Return a function that publishes a build and returns what was sent."""
    return lambda build, **how: publish(target(build, **how), builds(build), build, [])[1]


@pytest.fixture(scope="module")
def stand(
    tmp_path_factory: pytest.TempPathFactory, sshd: Sshd, builds: Callable[[str], Path]
) -> Callable[[Path], None]:
    """Return a function that puts release A, as it was published, into a folder."""
    original = tmp_path_factory.mktemp("original") / "www"
    target = RsyncFolder(RsyncTarget(to=f"{sshd.host}:{original}", ssh=sshd.ssh), builds("a"), HASTE)
    publish(target, builds("a"), "a", [])

    def run(folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(original, folder)

    return run


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def lying(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, and its empty folders, which end with a slash."""
    files = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() or path.is_symlink():
            files[name] = path.read_bytes() if path.is_file() else b"a link to nothing"
        elif not any(path.iterdir()):
            files[f"{name}/"] = b""
    return files


def stamps(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return what tells whether somebody has touched a file: its inode, and its times (ns)."""
    facts = {path.relative_to(folder).as_posix(): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (fact.st_ino, fact.st_mtime_ns, fact.st_ctime_ns) for path, fact in facts.items()}


def assert_whole(folder: Path) -> None:
    """Go through what stands there as a reader does."""

    def served(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() else None

    assert missing(served, "https://news.example.org/") == []


def assert_is(folder: Path, build: str) -> None:
    found = lying(folder)
    assert found.pop(LEDGER)
    assert found == BUILDS[build]


def arrived(folder: Path, build: str) -> set[str]:
    """Return which files of a build lie there already."""
    found = lying(folder)
    return {path for path, content in BUILDS[build].items() if found.get(path) == content}


def test_what_is_published_is_what_was_built_and_nothing_of_ours_but_the_ledger_is_left(
    go: Callable[..., set[str]], there: Path
):
    assert go("a") == BUILDS["a"].keys()
    assert_is(there, "a")
    changed = {path for path in BUILDS["b"] if BUILDS["a"].get(path) != BUILDS["b"][path]}
    assert go("b") == changed
    assert_is(there, "b")


def test_all_is_done_over_one_connection(go: Callable[..., set[str]], line: Forwarder):
    go("a", port=line.port)
    assert line.connections == 1


def test_what_has_not_changed_is_not_touched(go: Callable[..., set[str]], there: Path, line: Forwarder):
    go("a")
    before = stamps(there)
    assert go("a", port=line.port) == set()
    assert stamps(there) == before
    # The large file alone has 3 MB.
    assert line.sent < 100_000


def test_of_a_site_with_one_changed_file_that_one_is_sent(
    target: Callable[..., RsyncFolder], go: Callable[..., set[str]], there: Path, line: Forwarder, tmp_path: Path
):
    go("a")
    before = stamps(there)
    edited = written(tmp_path / "edited", {**BUILDS["a"], "robots.txt": b"# edited\n"})
    _, sent = publish(target(edited, line.port), edited, "edited", [])
    assert sent == {"robots.txt"}
    after = stamps(there)
    assert {path for path in after if after[path] != before[path]} == {"robots.txt", LEDGER}
    assert line.sent < 100_000


def test_files_that_were_built_anew_with_other_times_are_the_same(
    target: Callable[..., RsyncFolder], go: Callable[..., set[str]], there: Path, tmp_path: Path
):
    go("a")
    before = stamps(there)
    again = written(tmp_path / "again", BUILDS["a"])
    for path in again.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    assert publish(target(again), again, "again", [])[1] == set()
    assert stamps(there) == before


def test_a_name_may_hold_anything(go: Callable[..., set[str]], there: Path):
    assert go("odd") >= ODD.keys()
    assert_is(there, "odd")
    assert go("odd") == set()
    before = lying(there.parent)
    go("a")
    assert_is(there, "a")
    assert {path for path in lying(there.parent) if path not in before} == {f"{there.name}/{_LARGE}"}


def test_readers_can_read_what_was_built_for_one_only(target: Callable[..., RsyncFolder], there: Path, tmp_path: Path):
    built = written(tmp_path / "built", FILES_A)
    for path in built.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    publish(target(built), built, "a", [])
    modes = {path: path.stat().st_mode & 0o777 for path in there.rglob("*") if path.name != LEDGER}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o644}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o755}


def test_what_somebody_else_put_there_stays(go: Callable[..., set[str]], there: Path):
    go("a")
    foreign = {"news/notes.txt": b"mine", "stats/index.html": b"theirs", ".htaccess": b"Deny", "theme/x/y/z": b""}
    written(there, foreign)
    (there / "link").symlink_to("stats")
    (there / "own/empty").mkdir(parents=True)
    go("b")
    found = lying(there)
    assert {path: found.pop(path) for path in foreign} == foreign
    assert (there / "link").is_symlink()
    assert found.keys() == {*BUILDS["b"], LEDGER, "own/empty/", "link"}


def test_a_file_of_somebody_else_in_our_place_is_told_of_before_it_is_overwritten(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path
):
    written(there, {"index.html": b"theirs", "404.html": FILES_A["404.html"]})
    (there / "robots.txt").symlink_to("elsewhere")
    with planned(release_in(builds("a"), "a"), target("a"), NOW, 0, None) as publishing:
        assert set(publishing.plan.foreign) == {"index.html", "robots.txt"}
        assert [item.path for item in publishing.plan.unchanged] == ["404.html"]
        assert publishing.standing.found["index.html"].size == len(b"theirs")
        assert "2 files that we did not publish" in objections(publishing.plan, publishing.standing)[0]
    assert lying(there).keys() == {"index.html", "404.html", "robots.txt"}


def test_who_only_looks_writes_nothing(target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path):
    with planned(release_in(builds("a"), "a"), target("a"), NOW, 0, None) as publishing:
        assert len(publishing.plan.new) == len(BUILDS["a"])
    assert not there.exists()
    assert not there.parent.exists()


def test_a_folder_that_is_a_link_there_stays_one(go: Callable[..., set[str]], there: Path):
    (there / "disk").mkdir(parents=True)
    (there / "images").symlink_to("disk")
    go("a")
    go("b")
    assert (there / "images").is_symlink()
    assert len(lying(there / "disk")) == 2
    assert_whole(there)


def test_a_folder_that_is_a_link_to_elsewhere_is_never_replaced(
    go: Callable[..., set[str]], there: Path, tmp_path: Path
):
    (tmp_path / "disk").mkdir()
    there.mkdir(parents=True)
    (there / "images").symlink_to(tmp_path / "disk")
    try:
        go("a")
    except SiteError as error:
        # Of late, rsync writes to no such place.
        assert "leads out of the folder" in str(error)  # noqa: PT017
    else:
        assert len(lying(tmp_path / "disk")) == 2
    assert (there / "images").is_symlink()


def test_a_folder_in_the_place_of_a_file_is_told(go: Callable[..., set[str]], there: Path):
    written(there, {"robots.txt/mine": b""})
    with pytest.raises(SiteError, match=r"robots\.txt"):
        go("a")
    assert lying(there)["robots.txt/mine"] == b""


def test_what_somebody_else_changed_is_put_right_and_what_is_no_longer_ours_stays(
    go: Callable[..., set[str]], target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path
):
    go("a")
    (there / "theme/old.svg").write_bytes(b"theirs now")
    size = len(FILES_A["topics/gone/feed.xml"])
    (there / "topics/gone/feed.xml").write_bytes(b"x" * size)
    (there / "index.html").write_bytes(b"defaced")
    (there / "theme/script.js").unlink()
    with planned(release_in(builds("b"), "b"), target("b"), NOW, 0, None) as publishing:
        plan = publishing.plan
    assert plan.left == ("theme/old.svg", "topics/gone/feed.xml")
    sent = go("b")
    assert {"index.html", "theme/script.js"} <= sent
    found = lying(there)
    assert found.pop("theme/old.svg") == b"theirs now"
    assert found.pop("topics/gone/feed.xml") == b"x" * size
    del found[LEDGER]
    assert found == BUILDS["b"]


def test_assets_stay_for_a_while_and_go_then(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path, go: Callable[..., set[str]]
):
    go("a")
    ledger, _ = publish(target("b"), builds("b"), "b", [], grace_days=7)
    waiting = set(ledger.retired)
    assert waiting == lying(there).keys() - {*BUILDS["b"], LEDGER}
    assert "theme/old.svg" in waiting
    go("b")
    assert_is(there, "b")


def test_a_ledger_without_checksums_is_good_too(
    target: Callable[..., RsyncFolder], there: Path, go: Callable[..., set[str]]
):
    ledger, _ = publish(target("a"), target("a")._built, "a", [])
    bare = {path: Sent(sent.mark, sent.size) for path, sent in ledger.files.items()}
    (there / LEDGER).write_bytes(structs.replace(ledger, files=bare).encoded())
    go("b")
    assert_is(there, "b")


def test_a_damaged_ledger_is_told_and_deletes_nothing(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path, go: Callable[..., set[str]]
):
    go("a")
    (there / LEDGER).write_bytes(b"")
    standing = target("b").standing(release_in(builds("b"), "b").items)
    assert "is damaged" in standing.remark
    go("b")
    assert BUILDS["a"].keys() | BUILDS["b"].keys() <= lying(there).keys()


def test_names_that_no_file_can_have_are_refused(target: Callable[..., RsyncFolder]):
    names = ["a/" + "ä" * 128, "x/" * 2100 + "y", ".broadsheet-partial/a", "a/.broadsheet-partial", "a/" + "ä" * 127]
    problems = target("a").refused([Item(name, "", 0) for name in names])
    assert [problem.message[:60].split(" has")[0][:20] for problem in problems] == [name[:20] for name in names[:4]]
    assert target("a").headers("index.html", 1) == ()
