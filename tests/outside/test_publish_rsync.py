"""Publishing by the real rsync to the real sshd: what arrives, what is left alone, and what survives."""

import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from crawl import missing
from forwarder import Forwarder, forwarding
from msgspec import structs
from publish_rsync import HASTE, NOW, publish, release_in
from releases import FILES_A, FILES_B
from sshd import Sshd, sshd_running
from tools import require

from broadsheet.problems import SiteError
from broadsheet.publish.holder import Holder, this_process
from broadsheet.publish.plan import objections
from broadsheet.publish.release import LEDGER, Item, Sent
from broadsheet.publish.rsync.folder import RsyncFolder
from broadsheet.publish.rsync.remote import Remote
from broadsheet.publish.sending import planned, send
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
        # The lock of a killed publish may go just now.
        with suppress(FileNotFoundError):
            if path.is_dir() and not path.is_symlink():
                files |= {} if any(path.iterdir()) else {f"{name}/": b""}
            else:
                files[name] = path.read_bytes() if path.is_file() else b"a link to nothing"
    return files


def stamps(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return what tells whether somebody has touched a file: its inode, and its times (ns)."""
    found = {}
    for path in folder.rglob("*"):
        # The lock of a killed publish may go just now.
        with suppress(FileNotFoundError):
            if path.is_file():
                fact = path.stat()
                found[path.relative_to(folder).as_posix()] = (fact.st_ino, fact.st_mtime_ns, fact.st_ctime_ns)
    return found


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


# What goes wrong. Release A is there, and B is being published.


@pytest.fixture
def stood(stand: Callable[[Path], None], there: Path) -> Path:
    """The folder on the other machine, with release A."""
    stand(there)
    return there


@pytest.fixture
def start(sshd: Sshd, there: Path, builds: Callable[[str], Path]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts a publish of B as a process of its own."""
    begun: list[subprocess.Popen[str]] = []

    def run(last: int = 0, port: int = 0) -> subprocess.Popen[str]:
        require("rsync", shutil.which("rsync"))
        command = [sys.executable, str(_SCRIPT), f"{sshd.host}:{there}", sshd.through(port or sshd.port)]
        process = subprocess.Popen(
            [*command, str(builds("b")), "b", str(last)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Its programs are told from those of others by it.
            start_new_session=True,
        )
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()


def assert_finishes(go: Callable[..., set[str]], there: Path) -> None:
    """Publish B again: nothing goes there again that is there already, and nothing else stays behind."""
    assert_whole(there)
    already = arrived(there, "b")
    before = stamps(there)
    sent = go("b")
    assert not sent & already
    assert_is(there, "b")
    after = stamps(there)
    assert {path for path in already if after[path] != before[path]} == set()


@pytest.mark.parametrize("first", range(3))
def test_a_publish_may_be_killed_before_each_of_its_programs(
    first: int,
    start: Callable[..., subprocess.Popen[str]],
    stand: Callable[[Path], None],
    go: Callable[..., set[str]],
    there: Path,
):
    for last in range(1 + first, 1000, 3):
        stand(there)
        process = start(last)
        said, _ = process.communicate()
        assert_whole(there)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, said
        assert_finishes(go, there)
    assert_is(there, "b")
    assert last > 15


# Of all that a client sends while B is published, so many thousandths: the greetings, the large file, the end.
_MOMENTS = (1, 5, 300, 700, 950, 998)


@pytest.fixture(scope="module")
def whole_length(
    sshd: Sshd, stand: Callable[[Path], None], builds: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> int:
    """How many bytes a client sends while B is published."""
    folder = tmp_path_factory.mktemp("measured") / "www"
    stand(folder)
    with forwarding(sshd.port) as forwarder:
        settings = RsyncTarget(to=f"{sshd.host}:{folder}", ssh=sshd.through(forwarder.port))
        publish(RsyncFolder(settings, builds("b"), HASTE), builds("b"), "b", [])
        assert forwarder.sent > 1_000_000
        return forwarder.sent


@pytest.mark.parametrize("moment", _MOMENTS)
def test_a_publish_may_be_killed_in_the_middle_of_a_transfer(
    moment: int,
    whole_length: int,
    start: Callable[..., subprocess.Popen[str]],
    stood: Path,
    go: Callable[..., set[str]],
    line: Forwarder,
):
    killed = threading.Event()
    line.reset(whole_length * moment // 1000, lambda: (process.kill(), killed.set()))
    process = start(port=line.port)
    said, _ = process.communicate()
    assert killed.is_set()
    assert process.returncode == -signal.SIGKILL, said
    assert_finishes(go, stood)


@pytest.mark.parametrize("moment", _MOMENTS)
def test_a_publish_goes_on_when_the_line_was_cut(
    moment: int,
    whole_length: int,
    go: Callable[..., set[str]],
    stood: Path,
    line: Forwarder,
):
    line.reset(whole_length * moment // 1000, line.cut)
    assert go("b", port=line.port) == {path for path in BUILDS["b"] if BUILDS["a"].get(path) != BUILDS["b"][path]}
    assert_is(stood, "b")
    assert line.connections == 2


@pytest.mark.parametrize("moment", _MOMENTS)
def test_a_line_that_stays_cut_ends_a_publish_and_the_next_one_goes_on(
    moment: int,
    whole_length: int,
    go: Callable[..., set[str]],
    stood: Path,
    line: Forwarder,
):
    line.reset(whole_length * moment // 1000, line.cut_for_good)
    with pytest.raises(SiteError, match="the connection failed"):
        go("b", port=line.port)
    assert line.connections <= 2 * HASTE.attempts
    assert_finishes(go, stood)


def test_a_large_file_goes_on_where_it_was_cut(
    whole_length: int, go: Callable[..., set[str]], stood: Path, line: Forwarder
):
    def cut() -> None:
        # Not before rsync has taken up most of what came in.
        sending = stood / ".broadsheet-sending"
        wait_until(lambda: any(path.stat().st_size > 2_200_000 for path in sending.iterdir()))
        line.cut_for_good()

    line.reset(whole_length * 9 // 10, cut)
    with pytest.raises(SiteError, match="the connection failed"):
        go("b", port=line.port)
    wait_until(lambda: any(path.parent.name == ".broadsheet-partial" for path in stood.rglob("*")))
    line.reset()
    assert_finishes(lambda build: go(build, port=line.port), stood)
    assert line.sent < whole_length // 2


def test_what_a_publish_began_that_was_given_up_is_tidied_up(
    whole_length: int, go: Callable[..., set[str]], stood: Path, line: Forwarder
):
    line.reset(whole_length * 9 // 10, line.cut_for_good)
    with pytest.raises(SiteError, match="the connection failed"):
        go("b", port=line.port)
    go("a")
    assert_is(stood, "a")


def test_a_line_on_which_nothing_comes_any_more_is_given_up(
    whole_length: int,
    go: Callable[..., set[str]],
    stood: Path,
    line: Forwarder,
):
    line.reset(whole_length // 2, line.stall)
    impatient = structs.replace(HASTE, attempts=2, request=2)
    with pytest.raises(SiteError, match="the connection failed"):
        go("b", port=line.port, patience=impatient)
    line.cut()
    line.reset()
    assert_finishes(go, stood)


def test_no_program_of_a_killed_publish_goes_on(
    whole_length: int,
    start: Callable[..., subprocess.Popen[str]],
    stood: Path,
    line: Forwarder,
):
    reached, is_over = threading.Event(), threading.Event()
    line.reset(whole_length // 2, lambda: (reached.set(), is_over.wait(60)))
    process = start(port=line.port)
    assert reached.wait(60)
    assert "rsync" in programs_of(process.pid)
    process.kill()
    wait_until(lambda: "rsync" not in programs_of(process.pid))
    is_over.set()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so that other programs are at; it has half a minute."""
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def programs_of(session: int) -> list[str]:
    """Return the names of all programs of a session that still run."""
    names = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        state, _, _, its_session = rest.split()[:4]
        if int(its_session) == session and state != "Z":
            names.append(name)
    return names


def test_a_full_disk_is_told_and_the_next_publish_goes_on(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], go: Callable[..., set[str]], there: Path
):
    there.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(there)], capture_output=True, check=False
    )
    require("a user who may mount a file system", mounted.returncode == 0)
    try:
        go("a")
        with pytest.raises(SiteError, match="the disk there is full") as caught:
            go("b")
        assert "make room" in caught.value.problems[0].hint
        assert_whole(there)
        subprocess.run(["mount", "-o", "remount,size=20m", str(there)], check=True)
        assert_finishes(go, there)
    finally:
        subprocess.run(["umount", str(there)], check=True)


# Two at once.


def test_of_two_publishes_at_once_one_waits(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path
):
    said: list[str] = []
    told, done = threading.Event(), []

    def second() -> None:
        done.append(publish(target("b"), builds("b"), "b", Told(said, told))[1])

    first = target("a")
    with planned(release_in(builds("a"), "a"), first, NOW, 0, said.append) as publishing:
        other = threading.Thread(target=second)
        other.start()
        assert told.wait(60)
        assert not done
        send(publishing, NOW, lambda *_: None)
    other.join(60)
    assert done
    assert said == [f"process {os.getpid()} of this machine publishes to {first.place}: waiting until that has ended"]
    assert_is(there, "b")


class Told(list[str]):
    """A list that tells when something was added."""

    def __init__(self, to: list[str], told: threading.Event) -> None:
        super().__init__()
        self._to, self._told = to, told

    def append(self, text: str) -> None:
        self._to.append(text)
        self._told.set()


def test_many_publishes_at_once_all_come_to_their_turn(
    start: Callable[..., subprocess.Popen[str]], stand: Callable[[Path], None], there: Path
):
    stand(there)
    processes = [start() for _ in range(4)]
    for process in processes:
        said, _ = process.communicate()
        assert process.returncode == 0, said
    assert_is(there, "b")


def lock_of(holder: Holder, there: Path) -> Path:
    lock = there / f".broadsheet-publishing-{holder.token}"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_bytes(holder.encoded())
    return lock


def test_a_dead_process_of_this_machine_is_known_at_once(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path
):
    with subprocess.Popen(["true"]) as process:
        pass
    lock = lock_of(structs.replace(this_process(), pid=process.pid, started="1"), there)
    said: list[str] = []
    publish(target("a"), builds("a"), "a", said)
    assert said == []
    assert not lock.exists()


@pytest.mark.parametrize("content", [None, b"what nobody understands\n"])
def test_who_gives_no_sign_of_life_is_taken_for_dead(
    content: bytes | None, target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path
):
    lock = lock_of(structs.replace(this_process(), machine="another", token="0123456789abcdef"), there)
    if content:
        lock.write_bytes(content)
    said: list[str] = []
    publish(target("a", patience=structs.replace(HASTE, silence=0.5)), builds("a"), "a", said)
    assert ["waiting until" in line for line in said] == [True, False]
    assert "taken for dead" in said[1]
    assert_is(there, "a")


def test_who_gives_signs_of_life_is_waited_for(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path
):
    looks, enough = [], threading.Event()

    def rest(seconds: float) -> None:
        time.sleep(seconds)
        looks.append(seconds)
        if sum(looks) > 2 * silence:
            enough.set()

    silence = 3
    said: list[str] = []
    with target("a", patience=structs.replace(HASTE, silence=silence)).held(said.append):
        patience = structs.replace(HASTE, silence=silence, sleep=rest)
        other = threading.Thread(target=publish, args=(target("b", patience=patience), builds("b"), "b", said))
        other.start()
        assert enough.wait(60)
        assert not (there / LEDGER).exists()
    other.join(60)
    assert len(said) == 1
    assert_is(there, "b")


def test_who_was_taken_for_dead_stops_where_somebody_else_has_published(
    target: Callable[..., RsyncFolder],
    builds: Callable[[str], Path],
    go: Callable[..., set[str]],
    there: Path,
    line: Forwarder,
):
    with planned(release_in(builds("b"), "b"), target("b", line.port), NOW, 0, lambda _: None) as publishing:
        line.cut()
        go("a")
        with pytest.raises(SiteError, match="somebody else has published"):
            send(publishing, NOW, lambda *_: None)
    assert_is(there, "a")


def test_a_lock_that_was_taken_away_is_taken_again(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path
):
    publishing_target = target("a", patience=structs.replace(HASTE, silence=0.6))
    with planned(release_in(builds("a"), "a"), publishing_target, NOW, 0, lambda _: None) as publishing:
        (lock,) = there.glob(".broadsheet-publishing-*")
        lock.unlink()
        wait_until(lambda: not publishing_target._lock.is_held)
        assert not lock.exists()
        send(publishing, NOW, lambda *_: None)
        assert len(list(there.glob(".broadsheet-publishing-*"))) == 1
    assert_is(there, "a")


# What can not be worked with is told.

_SECRET = "correct-horse-battery"


def failing(target: RsyncFolder, built: Path) -> str:
    """Return all that is said of a publish that fails."""
    with pytest.raises(SiteError) as caught:
        publish(target, built, "a", [])
    return "\n".join(f"{problem}\n{problem.hint}" for problem in caught.value.problems)


@pytest.fixture
def fails(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Return a function that gives what is said of a publish that fails; no secret that is about is told."""
    monkeypatch.setenv("SSHPASS", _SECRET)
    monkeypatch.setenv("RSYNC_PASSWORD", _SECRET)

    def run(**settings: str) -> str:
        said = failing(target("a", **settings), builds("a"))
        assert _SECRET not in said
        return said

    return run


def test_a_key_that_is_refused_is_told_and_not_tried_again(
    sshd: Sshd, fails: Callable[..., str], tmp_path: Path, line: Forwarder
):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    ssh = sshd.through(line.port).replace(str(sshd.key), str(key))
    said = fails(ssh=f"env PASSWORD={_SECRET} {ssh}")
    assert "does not let us in: " in said
    assert "ssh-agent" in said
    assert line.connections == 1


def test_a_host_that_ssh_does_not_know_is_told(sshd: Sshd, fails: Callable[..., str], tmp_path: Path, line: Forwarder):
    said = fails(ssh=sshd.through(line.port).replace(str(sshd.known_hosts), str(tmp_path / "none")))
    assert "is not known to ssh: " in said
    assert "fingerprint" in said
    assert line.connections == 1


def test_a_server_that_is_not_there_is_tried_a_few_times(sshd: Sshd, fails: Callable[..., str], line: Forwarder):
    line.cut_for_good()
    assert "the connection failed" in fails(port=line.port)
    assert line.connections == HASTE.attempts
    port, _ = line.port, line.close()
    assert "Connection refused" in fails(port=port)


def test_options_that_ssh_does_not_know_are_told(fails: Callable[..., str]):
    assert "can not be asked that way: " in fails(ssh="ssh -o NoSuchOption=1")


def test_another_program_than_ssh_may_connect(
    sshd: Sshd,
    target: Callable[..., RsyncFolder],
    builds: Callable[[str], Path],
    there: Path,
    tmp_path: Path,
    line: Forwarder,
):
    connect = tmp_path / "it's mine"
    connect.write_text(f'#!/bin/sh\nexec {sshd.through(line.port)} "$@"\n')
    connect.chmod(0o755)
    publish(target("a", ssh=f'"{connect}"'), builds("a"), "a", [])
    assert_is(there, "a")
    assert line.connections > 10


@pytest.mark.parametrize("missing_there", ["rsync", "xargs"])
def test_a_program_that_is_missing_there_is_told(missing_there: str, fails: Callable[..., str], tmp_path: Path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in {"sh", "cat", "cksum", "mkdir", "mv", "rm", "rmdir", "wc", "xargs", "rsync"} - {missing_there}:
        (programs / name).symlink_to(str(shutil.which(name)))
    with sshd_running(tmp_path / "sshd", f"SetEnv HOME={tmp_path} PATH={programs}") as server:
        said = fails(to=f"{server.host}:{tmp_path}/www", ssh=server.ssh)
    assert "missing" in said
    assert missing_there in said


def test_what_is_there_is_all_that_it_takes(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], tmp_path: Path
):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "cat", "cksum", "mkdir", "mv", "rm", "rmdir", "wc", "xargs", "rsync"):
        (programs / name).symlink_to(str(shutil.which(name)))
    with sshd_running(tmp_path / "sshd", f"SetEnv HOME={tmp_path} PATH={programs}") as server:
        for build in ("a", "b"):
            publish(target(build, to=f"{server.host}:{tmp_path}/www", ssh=server.ssh), builds(build), build, [])
    assert_is(tmp_path / "www", "b")


def test_a_shell_that_prints_by_itself_is_told(fails: Callable[..., str], tmp_path: Path):
    (tmp_path / ".bashrc").write_text("echo welcome\n")
    with sshd_running(tmp_path / "sshd", f"SetEnv HOME={tmp_path}") as server:
        # Only bash reads such a file when it is given a command; root's shell is one, mostly.
        assert "must not print anything" in fails(to=f"{server.host}:{tmp_path}/www", ssh=server.ssh)


def test_a_folder_that_can_not_be_made_is_told(sshd: Sshd, fails: Callable[..., str], tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    assert "mkdir" in fails(to=f"{sshd.host}:{tmp_path}/file/www")


@pytest.mark.parametrize("program", ["ssh", "rsync"])
def test_a_program_that_is_missing_here_is_told(
    program: str, fails: Callable[..., str], there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in {"sh", "ssh", "rsync"} - {program}:
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    said = fails()
    assert f"{program} can not be run here" in said
    assert f"install {program}" in said
    assert lying(there.parent) in ({}, {f"{there.name}/": b""})


def test_a_built_file_that_is_gone_is_told(
    target: Callable[..., RsyncFolder], builds: Callable[[str], Path], there: Path, tmp_path: Path
):
    built = written(tmp_path / "built", FILES_A)
    with planned(release_in(built, "a"), target(built), NOW, 0, lambda _: None) as publishing:
        (built / "theme/style.css").unlink()
        with pytest.raises(SiteError, match=r"theme/style\.css"):
            send(publishing, NOW, lambda *_: None)
    assert not (there / "index.html").exists()


def test_a_file_that_is_not_there_can_not_be_fetched(go: Callable[..., set[str]], target: Callable[..., RsyncFolder]):
    go("a")
    assert target("a").fetch("robots.txt") == FILES_A["robots.txt"]
    with pytest.raises(SiteError, match=r"nothing\.html"):
        target("a").fetch("nothing.html")


def test_a_program_that_connects_and_is_none_is_told(fails: Callable[..., str], target: Callable[..., RsyncFolder]):
    assert "can not be run here" in fails(ssh="/nowhere/ssh")
    with pytest.raises(SiteError, match="can not be run here"):
        target("a", ssh="/nowhere/ssh").standing({})


@pytest.mark.parametrize(
    ("to", "host", "folder"),
    [
        ("host:/srv/www", "host", "/srv/www"),
        ("me@host:www", "me@host", "./www"),
        ("me@host:~/www", "me@host", "./www"),
        ("host:~", "host", "./"),
        ("host:-x:y", "host", "./-x:y"),
        ("me@[::1]:/srv/www", "me@::1", "/srv/www"),
    ],
)
def test_an_address_is_read_as_rsync_reads_it(to: str, host: str, folder: str):
    remote = Remote(RsyncTarget(to=to, ssh="connect 'a b'"), HASTE)
    *connect, at, command = remote.opening("true")
    assert (connect, at) == (["connect", "a b"], host)
    assert shlex.split(command)[-1] == folder


def test_the_command_publishes_and_goes_back(run, record, sshd: Sshd, there: Path, tmp_path: Path):
    site = tmp_path / "site"
    settings = {"kind": "rsync", "to": f"{sshd.host}:{there}", "ssh": sshd.ssh, "grace_days": 0}
    texts = {"title": "The Daily Tram", "base_url": "https://news.example.org/", "publish": {"live": settings}}
    written(site, {"broadsheet.yaml": json.dumps(texts).encode()})
    record(site / "_news")

    def does(*arguments: str) -> dict[str, bytes]:
        done = run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        found = lying(there)
        assert found.pop(LEDGER)
        return found

    first = does("publish", str(site))
    assert any(b"Harbour bridge" in content for content in first.values())
    record(site / "_news", title="Harbour bridge closes again")
    before = stamps(there)
    second = does("publish", str(site))
    touched = {path for path, stamp in stamps(there).items() if before.get(path) != stamp} - {LEDGER}
    assert touched == {path for path in second if second[path] != first.get(path)}
    assert 0 < len(touched) < len(second)
    assert does("rollback", str(site), "live") == first
