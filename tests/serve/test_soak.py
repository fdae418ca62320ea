"""After hundreds of edits of every kind a preview serves, to the byte, what a clean build makes, and holds no more.

The site, and most of what is done to it, are those of the test that builds again and again.
"""

import os
import random
import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from running import Running, running, until

from test_incremental import SCHEDULED, SETTINGS, STEPS, Site, stamp_text, write

pytestmark = pytest.mark.slow

NOW = "2024-06-15T12:00:00Z"
EDITS = 500
# Until then templates are compiled, and words, dates and addresses remembered, as many as ever will be.
WARM = 250
LOOKS = 125
# What is given back is given back to the system: else memory tells of the most that was ever in use at a time.
FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
SEEDS = [int(seed) for seed in os.environ.get("BROADSHEET_SOAK_SEEDS", "1").split(",")]
# These are not done to sources, or have pictures fetched.
NOT_HERE = {
    name for name in STEPS if "output" in name or "cache" in name or name in {"move_the_clock", "ask_for_a_base_url"}
} | {"keep_a_picture", "nothing", "change_a_setting"}
# What is sent for what a build makes of it; the bytes of a search index vary.
INDEX = "pagefind/"

Edit = Callable[[Site, random.Random], object]


def any_record(site: Site, chance: random.Random) -> Path | None:
    files = sorted(path for path in site.news.rglob("*.md") if path.is_file() and not path.is_symlink())
    return chance.choice(files) if files else None


def replace_a_record(site: Site, chance: random.Random) -> None:
    """Write aside and rename, as most editors do."""
    if path := any_record(site, chance):
        aside = path.with_name(f".{path.name}.swp")
        aside.write_bytes(path.read_bytes() + b"\nWord %d\n" % chance.randrange(10**6))
        os.replace(aside, path)


def append_to_a_record(site: Site, chance: random.Random) -> None:
    if path := any_record(site, chance):
        with path.open("a") as file:
            file.write(f"\nMore words {chance.randrange(10**6)}\n")


def cut_a_record_short(site: Site, chance: random.Random) -> None:
    if path := any_record(site, chance):
        os.truncate(path, chance.randrange(path.stat().st_size + 1))


def write_a_record_in_two_steps(site: Site, chance: random.Random) -> None:
    if path := any_record(site, chance):
        content = path.read_bytes()
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            file.write(content[len(content) // 2 :] + b"\nEnd %d\n" % chance.randrange(10**6))


def new_folder(site: Site, chance: random.Random) -> None:
    name = f"folder-{chance.randrange(3)}/{chance.randrange(3)}/2024-05-0{chance.randrange(1, 9)}-below.md"
    site.records[name] = {
        "title": f"From below {chance.randrange(10**6)}",
        "publishedDateTime": "2024-05-09T09:00:00Z",
        "webUrl": f"https://below.example.org/{chance.randrange(10**6)}",
        "topics": ["Boats"],
    }
    site.write_record(name)


def remove_a_folder(site: Site, chance: random.Random) -> None:
    folders = sorted(path for path in (*site.news.iterdir(), *(site.root / "static").glob("*")) if path.is_dir())
    folders = [folder for folder in folders if not folder.is_symlink()]
    if folders:
        folder = chance.choice(folders)
        shutil.rmtree(folder)
        for name in [name for name in site.records if (site.news / name).is_relative_to(folder)]:
            del site.records[name]


def rename_a_folder(site: Site, chance: random.Random) -> None:
    folders = sorted(path for path in site.news.iterdir() if path.is_dir() and not path.is_symlink())
    if folders:
        new = site.news / f"renamed-{chance.randrange(10**6)}"
        folder = chance.choice(folders)
        os.rename(folder, new)
        for name in [name for name in site.records if name.startswith(f"{folder.name}/")]:
            site.records[name.replace(folder.name, new.name, 1)] = site.records.pop(name)


def burst(site: Site, chance: random.Random) -> None:
    """Write thirty files, or delete them again, as a checkout does."""
    names = [f"burst/2024-04-{number:02}-b.md" for number in range(1, 31)]
    if names[0] in site.records and chance.random() < 0.7:
        shutil.rmtree(site.news / "burst", ignore_errors=True)
        for name in names:
            site.records.pop(name, None)
        return
    for number, name in enumerate(names, 1):
        site.records[name] = {
            "title": f"Burst {number} {chance.randrange(10**6)}",
            "publishedDateTime": f"2024-04-{number:02}T09:00:00Z",
            "webUrl": f"https://burst.example.org/{number}",
            "topics": ["Transport"],
        }
        site.write_record(name)


def toggle_a_draft(site: Site, chance: random.Random) -> None:
    if site.records:
        name = chance.choice(list(site.records))
        site.records[name]["draft"] = not site.records[name].get("draft")
        site.write_record(name)


def schedule_a_record(site: Site, chance: random.Random) -> None:
    if site.records:
        name = chance.choice(list(site.records))
        site.records[name]["publishedDateTime"] = stamp_text(SCHEDULED)
        site.write_record(name)


def break_the_settings(site: Site, chance: random.Random) -> None:
    write(site.root / "broadsheet.yaml", chance.choice(["title: [", "no_such: 1\n", b"\xff", "pages: {size: 0}\n"]))


def mend_the_settings(site: Site, chance: random.Random) -> None:
    site.settings.pop("no_such_setting", None)
    site.write_settings()


def change_a_setting(site: Site, chance: random.Random) -> None:
    which = chance.randrange(len(SETTINGS))
    # What is cached is fetched.
    if SETTINGS[which] != ("images", "cache"):
        STEPS["change_a_setting"](site, 0, which)


def a_step(name: str) -> Edit:
    return lambda site, chance: STEPS[name](site, chance.randrange(100), chance.randrange(100))


EDITS_HERE: dict[str, Edit] = {
    **{name: a_step(name) for name in STEPS if name not in NOT_HERE},
    **{
        edit.__name__: edit
        for edit in (
            replace_a_record, append_to_a_record, cut_a_record_short, write_a_record_in_two_steps, new_folder,
            remove_a_folder, rename_a_folder, burst, toggle_a_draft, schedule_a_record, break_the_settings,
            mend_the_settings, change_a_setting,
        )
    },
}  # fmt: skip


def sources(root: Path) -> dict[str, bytes]:
    """Every file that must be noticed when it changes."""
    found = {}
    for folder, pattern in (
        ("_news", "*.md"), ("_data/topics", "*.yaml"), ("_data/organizations", "*.md"), ("editions", "*.yaml"),
        ("pages", "*.md"), ("templates", "*"), ("static", "*"), (".", "broadsheet.yaml"),
    ):  # fmt: skip
        for path in (root / folder).glob(pattern) if folder == "." else (root / folder).rglob(pattern):
            name = path.relative_to(root).as_posix()
            is_inside = path.resolve().is_relative_to((root / folder).resolve())
            if path.is_file() and is_inside and "/." not in f"/{name}":
                found[name] = path.read_bytes()
    return found


class Soak:
    """A preview, and a site that is worked on."""

    def __init__(self, site: Site, preview: Running, run, aside: Path, chance: random.Random, stack: ExitStack) -> None:
        self.site, self.preview, self.chance = site, preview, chance
        self.rounds = 0
        self._run, self._aside = run, aside
        self._stack = stack
        self._stream = stack.enter_context(preview.stream())
        self._stream.next()
        self._others = ExitStack()
        stack.callback(self._others.close)
        self._paths = ["", "404.html", "nothing/"]
        self._marker = 0

    def edit(self, number: int) -> None:
        name, other = self.chance.choice(list(EDITS_HERE)), self.chance.choice(list(EDITS_HERE))
        is_in_a_hurry = self.chance.random() < 0.1 and "setting" not in name + other
        if self._is_broken():
            # Nobody leaves it so for long, and nothing can be seen meanwhile.
            name = "mend_the_settings" if self.chance.random() < 0.3 else name
        elif is_in_a_hurry:
            # One may undo what the other did: then there is nothing to be noticed.
            self._do(name)
            self._do(other)
            if list(self.site.news.rglob("*.md")):
                self.settle()
            name = "touch_a_source"
        before, seen = sources(self.site.root), self._stream.last["round"]
        self._do(name)
        if self._is_news(before, sources(self.site.root)):
            try:
                self._stream.after(seen, 20)
            except TimeoutError:
                pytest.fail(f"edit {number}, {name}, was not noticed: {self.preview.trouble()}")
            self.rounds += 1
        self.look()
        if number % 10 == 0:
            self._others.close()
            self._others.enter_context(
                self.preview.stream(self._base() + quote(self.chance.choice(self._paths)))
            ).next()

    def _do(self, name: str) -> None:
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError):
            # What an edit is about may be gone by the edit before.
            EDITS_HERE[name](self.site, self.chance)

    def _is_news(self, before: dict[str, bytes], now: dict[str, bytes]) -> bool:
        """Return whether an edit has to be noticed: while nothing can be read, nobody knows what else counts."""
        if self._is_broken():
            return before.get("broadsheet.yaml") != now.get("broadsheet.yaml")
        return before != now

    def _is_broken(self) -> bool:
        """Return whether the site can not be read: its settings are broken, or there is nothing in it."""
        wrong = [problem for problem in self._stream.last["problems"] if problem["severity"] == "error"]
        return any(Path(it["file"]).name == "broadsheet.yaml" or "nothing is built" in it["message"] for it in wrong)

    def look(self) -> None:
        path = self._base() + quote(self.chance.choice(self._paths))
        answer = self.preview.ask(path, self.chance.choice(["Accept: */*", "Accept: text/html"]))
        assert answer.status in {200, 301, 404, 500}, path
        assert self.preview.process.poll() is None, self.preview.trouble()

    def settle(self) -> None:
        """Return when all that was done is shown: what is written last is shown last."""
        self._marker += 1
        seen = self._stream.last["round"]
        write(self.site.root / "static/marker.txt", f"{self._marker}")
        while self._asked("marker.txt") != f"{self._marker}".encode():
            seen = self._stream.after(seen)["round"]

    def _asked(self, path: str) -> bytes:
        base = self._base()
        answer = self.preview.ask(base + quote(path), "Accept: */*")
        return answer.body if answer.status == 200 else b""

    def _base(self) -> str:
        return re.sub(r"^https?://[^/]+", "", self.site.settings.get("base_url") or "/") or "/"

    def mend(self) -> None:
        """Delete whatever a build finds an error in, until there is none."""
        STEPS["mend_all_records"](self.site, 0, 0)
        mend_the_settings(self.site, self.chance)
        while True:
            output = self._built()
            told = (self._aside / "told.txt").read_text()
            wrong = set(re.findall(r"^.*?/copy/(.+?)(?::\d+:\d+)?: error: ", told, re.MULTILINE))
            if not wrong and output.is_dir():
                return
            if ": error: template: " in told:
                STEPS["delete_all_templates"](self.site, 0, 0)
            else:
                assert wrong, told
            for name in wrong:
                path = self.site.root / name
                if name == "broadsheet.yaml":
                    self.site.settings = {"title": "Mended", "base_url": "https://tram.example.org/daily/"}
                    self.site.write_settings()
                elif path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
                self.site.records.pop(name.removeprefix("_news/"), None)
            if not list(self.site.news.rglob("*.md")):
                new_folder(self.site, self.chance)

    def _built(self) -> Path:
        shutil.rmtree(self._aside, ignore_errors=True)
        copy = self._aside / "copy"
        shutil.copytree(
            self.site.root,
            copy,
            symlinks=True,
            ignore=lambda *_: {".broadsheet", "public"},
            ignore_dangling_symlinks=True,
        )
        done = self._run("build", copy, "--now", NOW)
        (self._aside / "told.txt").write_text(done.stderr)
        return copy / "public"

    def compare(self) -> int:
        """Hold what is served against a clean build; return how many files that is."""
        self.mend()
        self.settle()
        output = self._built()
        with self.preview.stream() as now:
            assert [problem for problem in now.next()["problems"] if problem["severity"] == "error"] == []
        built = {
            path.relative_to(output).as_posix(): path.read_bytes()
            for path in output.rglob("*")
            if path.is_file() and path.name != ".broadsheet-manifest.json"
        }
        differing = [path for path in built if not path.startswith(INDEX) and self._asked(path) != built[path]]
        assert differing == []
        index = [path for path in built if path.startswith(INDEX)]
        # It is made, or forgotten, when the writer pauses.
        until(lambda: bool(self._asked(f"{INDEX}pagefind.js")) == bool(index))
        # What was there before, and is not any more.
        gone = [path for path in self._paths if path not in built and path and not path.endswith("/")]
        assert [path for path in gone if self._asked(path)] == []
        self._paths = sorted({*self._paths, *(path for path in built if not path.startswith(INDEX))})
        return len(built)


@pytest.mark.parametrize("seed", SEEDS)
def test_hundreds_of_edits_end_in_what_a_clean_build_makes(run, tmp_path, seed):
    print(f"seed {seed}")  # noqa: T201
    site, chance = Site(tmp_path / "site", "a site"), random.Random(seed)
    with (
        running(site.root, "--now", NOW, errors=tmp_path / "errors", **FRUGAL) as preview,
        ExitStack() as stack,
    ):
        soak = Soak(site, preview, run, tmp_path / "aside", chance, stack)
        soak.compare()
        warm = preview.status()
        for number in range(1, EDITS + 1):
            soak.edit(number)
            if number % LOOKS == 0:
                soak.compare()
            if number == WARM:
                warm = preview.status()
        files = soak.compare()
        end = preview.status()
        print(f"{EDITS} edits, {soak.rounds} waited for; {files} files; {warm} after {WARM}, {end} at the end")  # noqa: T201
        # What is remembered of texts still grows to its bounds. What is kept is counted in test_workshop_edits.py.
        assert end["memory"] < 1.25 * warm["memory"]
        assert end["files"] <= warm["files"] + 4
        assert end["threads"] <= warm["threads"] + 4
    assert "Traceback" not in preview.trouble()
