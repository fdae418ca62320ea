"""Building again: after any sequence of edits the output is that of a clean build, to the byte, and so is what is told.

Every step is one thing that somebody does between two builds. In half of the sequences the files are as young as they
are, so that the next build reads them; in the others every file and folder that was touched is aged into the past, and
every build begins some seconds later, so that all is known by its stamp alone.
"""

import gzip
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time_ns
from typing import Any

import jinja2
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.last_build import CACHE_FOLDER, Asked, BuildResult, Memory
from broadsheet.model import MANIFEST
from broadsheet.pictures.convert import Converted
from broadsheet.pictures.gather import Outside
from broadsheet.pictures.store import FOLDER, Store
from broadsheet.pipeline import Means, build
from broadsheet.problems import SiteError
from broadsheet.read.disk import Disk
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.settings import with_base_url
from broadsheet.read.trace import Walk, look_again
from broadsheet.toolchain import toolchain
from broadsheet.workers import Workers

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
SCHEDULED = datetime(2024, 6, 20, 9, tzinfo=UTC)
NEXT_ISSUE = datetime(2024, 6, 18, 7, tzinfo=UTC)
CLOCKS = [
    NOW,
    NOW + timedelta(seconds=1),
    datetime(2024, 5, 12, 9, tzinfo=UTC),
    NEXT_ISSUE - timedelta(seconds=1),
    NEXT_ISSUE,
    SCHEDULED - timedelta(seconds=1),
    SCHEDULED,
    datetime(2031, 1, 1, tzinfo=UTC),
]
LONG_AGO = 1_500_000_000
# A hundred thousand small files are written here; on a disk that takes four times as long.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
LOOPBACK = Outside(lambda address: address == "127.0.0.1")
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@pytest.fixture(scope="module", autouse=True)
def _templates_are_compiled_once():
    """Remember what Jinja compiles, by its text: most of the time of so many small builds would go there."""
    compiled: dict[tuple[Any, ...], Any] = {}
    original = jinja2.Environment.compile

    def compile_once(self: jinja2.Environment, *arguments: Any) -> Any:
        if arguments not in compiled:
            compiled[arguments] = original(self, *arguments)
        return compiled[arguments]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield


# What a command does.


def command(
    site: Path,
    now: datetime = NOW,
    base_url: str | None = None,
    workers: Workers | None = None,
    *,
    later: bool = False,
) -> BuildResult:
    """Do what `broadsheet build` does, in this process; `later` than anybody could touch a file just before."""
    started_ns = time_ns() + (10_000_000_000 if later else 0)
    memory = Memory(Asked.of(site, None, None, base_url), toolchain())
    result = memory.still_holds(now, started_ns)
    if result is not None:
        return result
    disk = Disk()
    chosen = read_settings(site, None, disk)
    chosen = with_base_url(chosen, base_url) if base_url else chosen
    folders = find_folders(site, chosen, None, None, disk)
    means = Means(memory, workers or Workers(), disk.trace, started_ns, outside=LOOPBACK)
    return build(folders, chosen, now, means=means)


def clean(site: Path, now: datetime, base_url: str | None, output: Path) -> BuildResult:
    """Build the same into another folder, with nothing known."""
    chosen = read_settings(site)
    chosen = with_base_url(chosen, base_url) if base_url else chosen
    folders = structs.replace(find_folders(site, chosen), output=output)
    return build(folders, chosen, now, means=Means(outside=LOOPBACK))


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file of an output folder by its path, but for those that somebody else put there."""
    found = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            if not name.startswith("foreign"):
                found[os.path.relpath(path, folder)] = Path(path).read_bytes()
    return found


def told(problems: Any) -> list[str]:
    """What is told, without what the cache says of itself."""
    return [f"{problem} ({problem.hint})" for problem in problems if not problem.place.file.endswith(CACHE_FOLDER)]


def outcome(run: Callable[[], BuildResult]) -> tuple[BuildResult | None, list[str]]:
    try:
        result = run()
    except SiteError as error:
        return None, told(error.problems)
    return result, told(result.problems)


# A small site that people work on.


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def yaml_of(values: dict[str, Any]) -> str:
    return yaml.dump(values, Dumper=DUMPER, allow_unicode=True, sort_keys=False, width=10**6)


def stamp_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


PICTURE, SHARED, LOCAL = (
    # Nobody answers there: it is had only as long as it is kept.
    {"url": "http://127.0.0.1:1/one.png", "width": 640, "height": 360, "title": "A bridge"},
    {"url": "https://press.example.org/placeholder.png"},
    {"url": "/pics/crane.png", "width": 320, "height": 200},
)
OUTSIDE = {
    "title": "Crane at the harbour seen from abroad",
    "publishedDateTime": "2024-05-10T13:00:00Z",
    "webUrl": "https://abroad.example.net/crane",
    "provider": {"name": "Abroad Today", "domain": "abroad.example.net"},
    "quality": 20,
}
VIDEO = {**OUTSIDE, "title": "Film of the crane", "webUrl": "", "type": "video", "excerpt": "Moving pictures"}
SUBJECTS = ["Crane at the harbour falls", "Ferry strike goes on", "Opera roof mended", "Crane at the harbour rises"]
PROVIDERS = [
    {"name": "The Daily Tram", "domain": "tram.example.org"},
    {"name": "Harbour Post", "domain": "post.example.org", "images": [PICTURE]},
    {"name": "", "domain": ""},
]
TOPIC_SETS = [["Boats"], ["Transport", "Arts"], [None], [], ["Boats", "Stages"], ["Unheard of"]]
SETTINGS_OF = {
    "a site": {
        "title": "The Daily Tram",
        "base_url": "https://tram.example.org/daily/",
        "pages": {"size": 3},
        "home": {"days": 3, "stories_per_topic": 2},
        "api": {"source_url": "self", "missing_web_url": "page", "page_size": 3, "topic_page_size": 2},
        "stories": {"shown_members": 1, "max_related": 1},
        "editions": {"period": "weekly", "sender": "News <news@tram.example.org>"},
        "search": True,
    },
    "plain": {"stories": {"group": False}, "selection": {"unpublished": "hide"}, "topics": {"order": "hottest"}},
}
LAYOUTS = [*SETTINGS_OF, "a checkout", "bare"]


class Site:
    """A site on the disk, the clock, and who asks for what: everything that a step can change."""

    def __init__(self, root: Path, layout: str) -> None:
        self.root = root
        self.now = NOW
        self.base_url: str | None = None
        self.layout = layout
        self.output = root / "public"
        self.data = root / "_data"
        self.news = root if layout == "bare" else root / "_news"
        self.settings: dict[str, Any] = dict(SETTINGS_OF.get(layout, {}))
        self.records: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, str] = {}
        self._aged = 0
        self._write_all()

    def _write_all(self) -> None:
        for number in range(7):
            moment = datetime(2024, 5, 8, 8, tzinfo=UTC) + timedelta(days=number % 4, hours=number)
            name = f"2024-05-{number + 8:02}-r{number}.md"
            self.records[name] = {
                "title": f"{SUBJECTS[number % 4]} in place{number // 2}",
                "publishedDateTime": stamp_text(moment),
                "excerpt": f"What is known of number {number}.",
                "webUrl": f"https://tram.example.org/{number}",
                "quality": (number * 37) % 90,
                "topics": TOPIC_SETS[number % 4],
                "provider": PROVIDERS[number % 3],
                "images": [[SHARED], [LOCAL], [SHARED, PICTURE], []][number % 4],
            }
        names = list(self.records)
        for number, name in enumerate(names[:5]):
            self.records[name]["related"] = [self.item(names[(number + 4) % 7]), OUTSIDE]
        self.records[names[3]]["related"].append(VIDEO)
        self.records[names[0]]["aliases"] = ["the-old-name"]
        self.records[names[5]]["publishedDateTime"] = stamp_text(SCHEDULED)
        self.bodies[names[1]] = "A *body* with [a link](https://example.org/).\n"
        for name in names:
            self.write_record(name)
        self.write_settings()
        topics = self.data / "topics"
        write(topics / "1.yaml", yaml_of({"name": "The Harbour", "description": "All of it"}))
        write(topics / "2.yaml", yaml_of({"name": "Transport", "parent": "The Harbour", "services": {"news": "x"}}))
        write(topics / "3.yaml", yaml_of({"name": "Boats", "parent": "Transport", "keywords": ["ferry"]}))
        write(topics / "4.yaml", yaml_of({"name": "Arts", "parent": "The Harbour"}))
        about = {"domain": "post.example.org", "name": "Harbour Post Ltd", "images": [{"url": "/pics/logo.svg"}]}
        write(self.data / "organizations/post.md", f"---\n{yaml_of(about)}---\n")
        self.write_issue("2024-05-31", datetime(2024, 5, 31, 7, tzinfo=UTC), names[0])
        self.write_issue("2024-06-18", NEXT_ISSUE, names[1])
        write(self.root / "static/pics/crane.png", b"\x89PNG crane")
        write(self.root / "static/pics/logo.svg", "<svg/>")
        write(self.root / "static/about.txt", "About us\n")
        write(self.root / "pages/about.md", "# About us\n\nKnown at the harbour.\n")

    def item(self, name: str) -> dict[str, Any]:
        """What stands for a record in a `related` list."""
        record = self.records[name]
        fields = ("title", "publishedDateTime", "excerpt", "webUrl", "quality")
        return {field: record[field] for field in fields if field in record}

    def write_record(self, name: str) -> None:
        text = yaml_of(self.records[name])
        write(self.news / name, f"---\n{text}---\n{self.bodies.get(name, '')}")

    def write_settings(self) -> None:
        if self.layout == "a checkout":
            values = {"title": "Checkout", "url": "https://user.example.org", "baseurl": "/repo"}
            write(self.root / "_config.yml", yaml_of(values))
        elif self.settings or self.layout != "bare":
            write(self.root / "broadsheet.yaml", yaml_of(self.settings))

    def write_issue(self, date: str, end: datetime, *names: str, **changes: Any) -> None:
        items = [
            {"slug": name.removesuffix(".md"), "title": f"As sent: {name}", "excerpt": "Then", "url": "", **changes}
            for name in names
        ]
        items[0]["image"] = {"url": "/pics/crane.png", "width": 320, "height": 200}
        issue: dict[str, Any] = {"date": date, "start": stamp_text(end - timedelta(days=7)), "end": stamp_text(end)}
        write(
            self.root / f"editions/{date}.yaml",
            yaml_of({**issue, "sections": [{"topic": "Transport", "items": items}]}),
        )

    def age(self) -> None:
        """Put whatever source was changed lately long into the past, each to a time of its own."""
        for above, folders, names in os.walk(self.root):
            folders[:] = [folder for folder in folders if folder not in {"public", CACHE_FOLDER}]
            for path in [above, *(os.path.join(above, name) for name in names)]:
                if os.path.exists(path) and os.stat(path).st_mtime > LONG_AGO + 10**8:
                    self._aged += 1
                    os.utime(path, (LONG_AGO + self._aged * 60,) * 2)

    def sources(self) -> list[Path]:
        """All files of the site, in order."""
        found = []
        for above, folders, names in os.walk(self.root):
            folders[:] = sorted(folder for folder in folders if folder not in {"public", CACHE_FOLDER})
            found += [Path(above, name) for name in sorted(names) if os.path.isfile(os.path.join(above, name))]
        return found

    def made(self) -> list[Path]:
        """All files of the output but the manifest, in order."""
        return sorted(path for path in self.output.rglob("*") if path.is_file() and path.name != MANIFEST)


# Steps: each takes the site, and two numbers that say which thing, and how.

Step = Callable[[Site, int, int], None]
STEPS: dict[str, Step] = {}


def step(function: Step) -> Step:
    STEPS[function.__name__] = function
    return function


def chosen(things: Any, number: int) -> Any:
    things = list(things)
    return things[number % len(things)] if things else None


VALUES: dict[str, list[Any]] = {
    "title": [
        "Another headline",
        "Crane at the harbour falls in place9",
        "Ferry &#8217;strike&#8217;",
        "  Blank  ",
        '"Ferry" - it\'s',
    ],
    "excerpt": ["", "Another excerpt.", "word " * 90, "<b>bold</b> text"],
    "publishedDateTime": [
        "2024-05-10T09:00:00Z",
        "2024-04-01T09:00:00Z",
        "2024-06-16T09:00:00Z",
        stamp_text(NEXT_ISSUE),
        None,
    ],
    "topics": TOPIC_SETS,
    "quality": [0, 50, 95, None],
    "heat": [-1, 10, 300, None],
    "published": [True, False, None],
    "removed": [True, False],
    "draft": [True, False],
    "provider": [*PROVIDERS, {"name": "Abroad Today", "domain": "abroad.example.net"}, None],
    "images": [[SHARED], [LOCAL], [SHARED, LOCAL], [PICTURE], [{"url": "/about.txt"}], []],
    "aliases": [["the-old-name"], ["a-name", "2024-05-09-r1"], ["404"], None],
    "updatedDateTime": ["2024-05-20T09:00:00Z", "2024-05-21T09:00:00Z", "2024-04-01T09:00:00Z", None],
    "webUrl": ["https://post.example.org/x", "https://abroad.example.net/crane", None, "javascript:alert(1)"],
    "type": ["video", "article"],
    "featuredContent": ['<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>', None],
    "locale": ["de-de", "en-gb", "no language", None],
    "paywall": [True, False],
    "dead": [True, False],
    "tags": [["one", "two"], None],
    "category": ["news", "blog"],
    "secured": ["YWJj;ZGVm", "eHl6;ZGVm"],
    "pin": [True, False],
    "split": [True, "2024-05-08-r0", ["2024-05-09-r1.md", "nobody"], None],
    "join": ["2024-05-10-r2", ["2024-05-12-r4", "2024-05-13-r5"], None],
}


@step
def edit_a_record(site: Site, which: int, how: int) -> None:
    name, field = chosen(site.records, which), chosen(VALUES, how)
    if name is None:
        return
    value = chosen(VALUES[field], which + how // len(VALUES))
    if value is None:
        site.records[name].pop(field, None)
    else:
        site.records[name][field] = value
    site.write_record(name)


@step
def edit_a_related_list(site: Site, which: int, how: int) -> None:
    name, other = chosen(site.records, which), chosen(site.records, which + how)
    if name is None:
        return
    item = site.item(other)
    lists = [
        [],
        [item],
        [item, OUTSIDE],
        [OUTSIDE, VIDEO, item],
        [{**OUTSIDE, "excerpt": "Told anew"}],
        [{**OUTSIDE, "provider": PROVIDERS[1], "webUrl": "https://post.example.org/y"}],
        [{**item, "quality": 99}, {**item, "title": "Crane at the harbour, somewhere"}],
        [dict(reversed(OUTSIDE.items())), OUTSIDE],
        [{field: value for field, value in OUTSIDE.items() if field != "publishedDateTime"}, item],
    ]
    site.records[name]["related"] = chosen(lists, how)
    site.write_record(name)


@step
def edit_a_body(site: Site, which: int, how: int) -> None:
    if name := chosen(site.records, which):
        site.bodies[name] = ["", "A body.\n", "![a](/pics/crane.png) [b](/about.txt)\n", "# Head\n\n<b>x</b>\n"][
            how % 4
        ]
        site.write_record(name)


@step
def add_a_record(site: Site, which: int, how: int) -> None:
    name = ["2024-05-01-new.md", "deeper/2024-05-02-in-a-folder.md", "404.md", "2024-05-09-R1.md"][which % 4]
    site.records[name] = {
        "title": f"{SUBJECTS[how % 4]} again",
        "publishedDateTime": f"2024-0{5 + how % 2}-1{which % 10}T10:00:00Z",
        "topics": TOPIC_SETS[how % 6],
        "quality": 70,
        "related": [OUTSIDE],
    }
    site.write_record(name)


@step
def delete_a_record(site: Site, which: int, how: int) -> None:
    if name := chosen(site.records, which):
        (site.news / name).unlink(missing_ok=True)
        del site.records[name]
        site.bodies.pop(name, None)


@step
def rename_a_record(site: Site, which: int, how: int) -> None:
    name = chosen(site.records, which)
    if name is None:
        return
    new = f"2024-05-{10 + how % 10}-renamed.md"
    if (site.news / name).exists():
        os.rename(site.news / name, site.news / new)
    site.records[new] = site.records.pop(name)
    if name in site.bodies:
        site.bodies[new] = site.bodies.pop(name)


@step
def swap_two_records(site: Site, which: int, how: int) -> None:
    one, two = chosen(site.records, which), chosen(site.records, which + 1 + how)
    if one == two or not (site.news / one).exists() or not (site.news / two).exists():
        return
    os.rename(site.news / one, site.news / "swapped")
    os.rename(site.news / two, site.news / one)
    os.rename(site.news / "swapped", site.news / two)
    site.records[one], site.records[two] = site.records[two], site.records[one]


@step
def break_a_record(site: Site, which: int, how: int) -> None:
    if name := chosen(site.records, which):
        broken = ["no front matter", "---\ntitle: [\n---\n", "---\ntitle: 5\n---\n", b"\xff\xfe", "---\n---\n", ""]
        write(site.news / name, chosen(broken, how))


@step
def mend_all_records(site: Site, which: int, how: int) -> None:
    for name in site.records:
        site.write_record(name)


@step
def edit_with_the_same_size(site: Site, which: int, how: int) -> None:
    """Change a letter of a source; with an odd `how` nothing that `ls -l` shows tells of it."""
    path = chosen(site.sources(), which)
    before, content = path.stat(), path.read_bytes()
    words = re.findall(rb"known|harbour|Harbour|crane|About|Told", content)
    if words:
        word = words[how // 2 % len(words)]
        path.write_bytes(content.replace(word, word[::-1]))
    if how % 2:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@step
def touch_a_source(site: Site, which: int, how: int) -> None:
    os.utime(chosen(site.sources(), which))


@step
def touch_everything(site: Site, which: int, how: int) -> None:
    for path in site.sources():
        os.utime(path)


@step
def restore_with_an_old_time(site: Site, which: int, how: int) -> None:
    """Put a copy in a source's place, as an archive or `rsync` does."""
    path = chosen(site.sources(), which)
    aside = path.with_name("copied")
    shutil.copy2(path, aside)
    os.utime(aside, (LONG_AGO - 60 * how,) * 2)
    os.replace(aside, path)


LINKS = ["2024-05-03-linked.md", "linked.html", "linked.txt", "sub"]


@step
def put_a_link(site: Site, which: int, how: int) -> None:
    """Put a link where a record, a template or a static file can be: to one of them, out of the folder, or nowhere."""
    folder = [site.news, site.root / "templates", site.root / "static", site.data / "topics"][which % 4]
    folder.mkdir(parents=True, exist_ok=True)
    name = "_row.html" if which % 4 == 1 and how % 2 else LINKS[which % 4]
    inner = chosen(sorted(path.name for path in folder.iterdir() if path.is_file()), how) or "nothing"
    write(site.root / "aside/outer.md", "---\ntitle: From outside\n---\n")
    target = chosen([inner, "../aside/outer.md", "nowhere", "../aside"], how // 2)
    if name != target:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)


@step
def change_what_a_link_leads_to(site: Site, which: int, how: int) -> None:
    for folder in (site.news, site.root / "templates", site.root / "static", site.data / "topics"):
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            if path.is_symlink():
                target = path.parent / os.readlink(path)
                if how % 3 == 0 and target.is_file():
                    target.unlink()
                elif how % 3 == 1 and not target.is_dir():
                    write(target, f"---\ntitle: What a link leads to, {which}\n---\n")
                else:
                    path.unlink()


@step
def edit_a_topic(site: Site, which: int, how: int) -> None:
    files = sorted((site.data / "topics").glob("*.yaml"))
    path = chosen(files, which)
    if path is None:
        return
    try:
        values = yaml.safe_load(path.read_text()) or {}
    except (yaml.YAMLError, UnicodeDecodeError):
        values = {}
    changes: list[dict[str, Any]] = [
        {"description": "Described anew"},
        {"name": "Renamed"},
        {"parent": "Arts"},
        {"parent": "No such"},
        {"shortname": "Short"},
        {"services": {"news": "x"}},
        {"keywords": ["crane", "opera"]},
        {"_id": "another-id"},
    ]
    write(path, yaml_of({**(values if isinstance(values, dict) else {}), **chosen(changes, how)}))


@step
def add_a_topic(site: Site, which: int, how: int) -> None:
    values = [{"name": "Stages", "parent": "Arts"}, {"name": "Unheard of"}, {"name": "Boats"}, {"name": "Empty"}]
    write(site.data / f"topics/{'09'[how % 2]}-more.yaml", yaml_of(chosen(values, which)))


@step
def delete_a_topic(site: Site, which: int, how: int) -> None:
    if path := chosen(sorted((site.data / "topics").glob("*.yaml")), which):
        path.unlink()


@step
def break_a_topic(site: Site, which: int, how: int) -> None:
    if path := chosen(sorted((site.data / "topics").glob("*.yaml")), which):
        write(path, chosen(["name: [", "", "name: 5\n", b"\xff"], how))


def decided_in(site: Site, which: int, how: int) -> str | bytes:
    one, two, three = (Path(chosen(site.records, which + step) or "nobody.md").stem for step in (0, 1, 3))
    texts: list[str | bytes] = [
        yaml_of({"pin": [one]}),
        yaml_of({"pin": [two, "nobody"], "split": [one]}),
        yaml_of({"split": [[one, two, three]]}),
        yaml_of({"join": [[one, two], [two, three]]}),
        yaml_of({"join": [[one, two, three]], "split": [[one, three]]}),
        yaml_of({"pin": [three], "join": [[one, three]], "split": [two]}),
        "# pin: []\n",
        "",
    ]
    return chosen(texts, how)


@step
def edit_the_overrides(site: Site, which: int, how: int) -> None:
    write(site.data / f"stories.{['yaml', 'yaml', 'yml'][how % 3]}", decided_in(site, which, how))


@step
def delete_the_overrides(site: Site, which: int, how: int) -> None:
    for path in site.data.glob("stories.y*"):
        path.unlink()


@step
def break_the_overrides(site: Site, which: int, how: int) -> None:
    write(site.data / "stories.yaml", chosen(["pin: [", "pinned: []\n", "join: [a, b]\n", b"\xff", "- a\n"], how))


@step
def edit_an_organization(site: Site, which: int, how: int) -> None:
    path = site.data / f"organizations/{['post', 'tram', 'abroad'][which % 3]}.md"
    if how % 5 == 4:
        path.unlink(missing_ok=True)
        return
    domain = ["post.example.org", "tram.example.org", "abroad.example.net"][which % 3]
    values = {"domain": domain, "name": ["Renamed", "Post & Sons"][how % 2], "description": f"About {how}"}
    pictures = [[], [LOCAL], [PICTURE]][how % 3]
    write(path, f"---\n{yaml_of({**values, 'images': pictures, 'paywall': how % 2 == 1})}---\n")


@step
def edit_an_issue(site: Site, which: int, how: int) -> None:
    date, end = [("2024-05-31", datetime(2024, 5, 31, 7, tzinfo=UTC)), ("2024-06-18", NEXT_ISSUE)][which % 2]
    names = [name for name in [*site.records, "gone.md"] if "/" not in name]
    if how % 4 == 0:
        site.write_issue(date, end, chosen(names, which + how), title="Sent again")
    elif how % 4 == 1:
        site.write_issue(date, end, *names[: how % 7 + 1], url="https://example.org/it")
    elif how % 4 == 2:
        site.write_issue("2024-06-01", NOW - timedelta(days=14), chosen(names, how))
    else:
        site.write_issue(date, end + timedelta(hours=1), chosen(names, how), provider="Somebody")


@step
def delete_an_issue(site: Site, which: int, how: int) -> None:
    if path := chosen(sorted((site.root / "editions").glob("*.yaml")), which):
        path.unlink()


@step
def break_an_issue(site: Site, which: int, how: int) -> None:
    if path := chosen(sorted((site.root / "editions").glob("*.yaml")), which):
        write(path, chosen(["date: [", "date: 2024-05-31\n", ""], how))


PLAIN = ["about.md", "legal/imprint.md", "legal/index.md", "topics.md", "About.md", "index.md", "_headers.md"]
PLAIN_TEXTS: list[str | bytes] = [
    "# About us\n\nKnown at the harbour.\n",
    "---\ntitle: Words\ndescription: A sentence\norder: 3\n---\n[about](/about.txt)\n",
    "---\nmenu: false\nfooter: false\n---\n",
    "---\norder: -1\nmenu: false\n---\n## Below\n\n<script>x</script>\n",
    "---\ndraft: true\n---\nNot yet.\n",
    "---\npublishedDateTime: 2024-05-01T08:00:00Z\ntitle: A record\n---\n",
    "---\ntitel: x\n---\n",
    "---\ntitle: [\n---\n",
    b"\xff",
    "",
]


@step
def edit_a_plain_page(site: Site, which: int, how: int) -> None:
    write(site.root / "pages" / chosen(PLAIN, which), chosen(PLAIN_TEXTS, how))


@step
def rename_a_plain_page(site: Site, which: int, how: int) -> None:
    if path := chosen(sorted((site.root / "pages").rglob("*.md")), which):
        os.rename(path, path.with_name(["renamed.md", "2024-05-01-dated.md", "other.txt"][how % 3]))


@step
def delete_a_plain_page(site: Site, which: int, how: int) -> None:
    if path := chosen(sorted((site.root / "pages").rglob("*.md")), which):
        path.unlink()


BASE = '{% extends "base.html" %}{% block content %}'
TEMPLATES = [
    ("_row.html", ['<p class="row">{{ item.title }} {{ item.provider.name }} {{ is_here }}</p>\n', "<p>row</p>\n"]),
    ("_card.html", ['{% include "_part.html" %}<h3>{{ item.title }}</h3>{{ story.rows }}{{ story.more }}\n']),
    ("_part.html", ["<i>part</i>\n", "<b>part {{ site.title }}</b>\n", "{% include 'sub/deeper.html' %}\n"]),
    ("sub/deeper.html", ["<u>deeper</u>\n", "<u>deepest</u>\n"]),
    ("base.html", ['{% extends "default/base.html" %}{% block head %}<meta name="x" content="1">{% endblock %}\n']),
    ("email.html", ['{% extends "default/email.html" %}\n', "<html><body>{{ edition.date }}</body></html>\n"]),
    (
        "story.html",
        [
            BASE + "{{ story.title }}{{ coverage|length }}{% endblock %}",
            BASE + "{% for m in timeline %}{{ m.date }}{% for r in m.reports %}{{ r.after }}{% endfor %}{% endfor %}"
            "{{ story.updated }}{{ story.archived }}{{ story.language }}{{ still }}{% endblock %}",
        ],
    ),
    (
        "home.html",
        [
            BASE + "{% for s in sections %}{{ s.topic.name }}{% endfor %}{% endblock %}",
            BASE + "{{ date }}{{ lead }}{% for s in sections %}{{ s.id }}{{ s.briefs }}{% endfor %}{% endblock %}",
        ],
    ),
    (
        "archive.html",
        [BASE + "{% for y in years %}{{ y.months|map(attribute='level')|list }}{% endfor %}{% endblock %}"],
    ),
    (
        "year.html",
        [BASE + "{% for m in months %}{{ m.days|map(attribute='level')|list }}{% endfor %}{% endblock %}"],
    ),
    (
        "source.html",
        [BASE + "{% if figures %}{{ figures.led }}{{ figures.topics }}{{ figures.chart }}{% endif %}{% endblock %}"],
    ),
    (
        "topics.html",
        [BASE + "{% for t in topics %}{{ t.count }}{% endfor %}{% endblock %}"],
    ),
    (
        "sources.html",
        [BASE + "{{ sources|map(attribute='count')|list }}{% endblock %}"],
    ),
    ("_head.html", ['<meta name="x" content="{{ page.kind }}">\n', '<link rel="me" href="{{ site.root }}">\n']),
    ("plain.html", [BASE + "{{ page.title }}{{ description }}{{ body }}{% endblock %}"]),
    ("_unused.html", ["nobody includes this\n", "nor this\n"]),
]


@step
def edit_a_template(site: Site, which: int, how: int) -> None:
    name, texts = chosen(TEMPLATES, which)
    write(site.root / "templates" / name, chosen(texts, how))


@step
def break_a_template(site: Site, which: int, how: int) -> None:
    name, _ = chosen(TEMPLATES, which)
    broken = ["{{ nothing }}", "{% if %}", "{% include 'no-such.html' %}", b"\xff", "{{ 1 // 0 }}"]
    write(site.root / "templates" / name, chosen(broken, how))


@step
def delete_a_template(site: Site, which: int, how: int) -> None:
    if path := chosen(sorted((site.root / "templates").rglob("*.html")), which):
        path.unlink()


@step
def delete_all_templates(site: Site, which: int, how: int) -> None:
    shutil.rmtree(site.root / "templates", ignore_errors=True)


STATIC = [
    "pics/crane.png",
    "pics/logo.svg",
    "about.txt",
    "theme/broadsheet.css",
    "theme/icon.svg",
    "index.html",
    "a/b",
    "_headers",
]


@step
def edit_a_static_file(site: Site, which: int, how: int) -> None:
    write(site.root / "static" / chosen(STATIC, which), f"content {how}\n")


@step
def delete_a_static_file(site: Site, which: int, how: int) -> None:
    (site.root / "static" / chosen(STATIC, which)).unlink(missing_ok=True)


SETTINGS: list[tuple[str, Any]] = [
    ("title", "Another Title"),
    ("description", "One sentence about it"),
    ("base_url", "https://tram.example.org/"),
    ("base_url", "https://elsewhere.example.org/deep/"),
    ("base_url", None),
    ("web_url", "https://www.example.com/"),
    ("images", "cache"),
    ("images", "none"),
    ("images", "link"),
    ("language", "ar"),
    ("language", "de-DE"),
    ("topic", "Arts"),
    ("topic", "No such topic"),
    ("time_zone", "Pacific/Auckland"),
    ("output", "public"),
    ("selection.unpublished", "hide"),
    ("selection.unpublished", "show"),
    ("selection.minimum_heat", 40),
    ("stories.group", False),
    ("stories.group", True),
    ("stories.window_days", 1),
    ("stories.shown_members", 0),
    ("stories.shown_members", 5),
    ("stories.max_related", 0),
    ("pages.size", 1),
    ("pages.size", 25),
    ("home.order", "newest"),
    ("home.days", 1),
    ("home.stories_per_topic", 1),
    ("topics.order", "hottest"),
    ("topics.order", "newest"),
    ("pages.sources", False),
    ("pages.sources", True),
    ("pages.archive", False),
    ("feeds.size", 1),
    ("feeds.lists", False),
    ("feeds.authority", "example.org,2026"),
    ("api.enabled", False),
    ("api.enabled", True),
    ("api.time_zone", "Europe/Berlin"),
    ("api.content", "the content"),
    ("api.source_url", "self"),
    ("api.source_url", None),
    ("api.missing_web_url", "page"),
    ("api.page_size", 2),
    ("api.topic_page_size", 1),
    ("api.locale", "de-de"),
    ("search", False),
    ("search", True),
    ("editions.time_zone", "Asia/Tokyo"),
    ("editions.sender", "Others <o@example.org>"),
    ("editions.unsubscribe", "https://example.org/out"),
    ("headers", False),
    ("headers", True),
    ("theme.accent", "#123456"),
    ("theme.accent", "#fedcba"),
    ("theme.fonts", {"text": "Charter", "labels": "Arial"}),
    ("theme.logo", "/pics/logo.svg"),
    ("theme.logo", "/pics/gone.svg"),
    ("theme.masthead", "Under the name"),
    ("theme.footer", [{"name": "Imprint", "url": "/about.txt"}]),
    ("theme.footer", [{"name": "Elsewhere", "url": "https://else.example.org/"}]),
    ("no_such_setting", 1),
]


@step
def change_a_setting(site: Site, which: int, how: int) -> None:
    path, value = chosen(SETTINGS, which * 12 + how)
    if site.layout == "a checkout":
        # From here on it has settings of its own.
        site.layout = "a site"
    *above, name = path.split(".")
    place = site.settings
    for part in above:
        place[part] = dict(place.get(part, {}))
        place = place[part]
    place[name] = value
    site.settings.pop("no_such_setting", None) if name != "no_such_setting" else None
    site.write_settings()


@step
def ask_for_a_base_url(site: Site, which: int, how: int) -> None:
    site.base_url = [None, "https://asked.example.org/", "https://asked.example.org/below/"][which % 3]


@step
def move_the_clock(site: Site, which: int, how: int) -> None:
    site.now = chosen(CLOCKS, which)


@step
def edit_a_file_of_the_output(site: Site, which: int, how: int) -> None:
    path = chosen(site.made(), which * 13 + how)
    if path is None:
        return
    before, content = path.stat(), path.read_bytes()
    if how % 3 == 0:
        path.write_bytes(b"")
    else:
        path.write_bytes(content[:-1] + b"?")
    if how % 3 == 1:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@step
def delete_a_file_of_the_output(site: Site, which: int, how: int) -> None:
    path = chosen(site.made(), which * 13 + how)
    if path is None:
        return
    if how % 3 == 0 and path.parent != site.output:
        shutil.rmtree(path.parent)
    else:
        path.unlink()


@step
def delete_the_output(site: Site, which: int, how: int) -> None:
    shutil.rmtree(site.output, ignore_errors=True)


@step
def touch_the_output(site: Site, which: int, how: int) -> None:
    for path in site.made():
        os.utime(path)


@step
def add_to_the_output(site: Site, which: int, how: int) -> None:
    write(site.output / ["foreign.txt", "news/foreign.txt", "topics/foreign-folder/foreign.md"][which % 3], f"{how}")


@step
def copy_the_output_elsewhere_and_back(site: Site, which: int, how: int) -> None:
    """A copy has the same content, and other times and inodes."""
    if site.output.is_dir():
        aside = site.output.with_name(".aside")
        shutil.copytree(site.output, aside)
        shutil.rmtree(site.output)
        os.rename(aside, site.output)


@step
def damage_the_cache(site: Site, which: int, how: int) -> None:
    path = chosen(sorted(p for p in (site.root / CACHE_FOLDER).rglob("[!.]*") if p.is_file()), which)
    if path is None:
        return
    content = bytearray(path.read_bytes())
    at = (which * 7919 + how * 104729) % max(1, len(content))
    if how % 4 == 0:
        path.unlink()
    elif how % 4 == 1:
        path.write_bytes(content[:at])
    elif how % 4 == 2 and content:
        content[at] ^= 1 << how % 8
        path.write_bytes(content)
    else:
        path.write_bytes(b"garbage")


@step
def keep_a_picture(site: Site, which: int, how: int) -> None:
    """Another build had it, of one site or another."""
    site.settings["images"] = "cache"
    site.write_settings()
    store = Store(site.root / CACHE_FOLDER / FOLDER, Disk())
    copies = tuple((480 * number, f"copy {number} {how % 3}".encode()) for number in range(1, which % 2 + 2))
    store.add(PICTURE["url"], Converted(copies, 270 + how % 2))
    store.save()


@step
def delete_the_cache(site: Site, which: int, how: int) -> None:
    shutil.rmtree(site.root / CACHE_FOLDER, ignore_errors=True)


@step
def nothing(site: Site, which: int, how: int) -> None:
    pass


# The property.


@contextmanager
def a_site(layout: str) -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="broadsheet-test-", dir=IN_MEMORY) as folder:
        root = Path(folder) / "site"
        root.mkdir()
        yield Site(root, layout)


def again(walk: Walk) -> Walk:
    disk = Disk()
    disk.walk(Path(walk.folder), walk.ending, frozenset(map(Path, walk.skipped)))
    return disk.trace.walks[-1]


def check(site: Site, *, aged: bool) -> None:
    """Build, and compare with a clean build; then build again, which does nothing."""
    before = files_in(site.output)
    # Where it had none a build makes two folders in the site's own: a bare site's folder is searched once more then.
    had_folders = site.output.is_dir() and (site.root / CACHE_FOLDER).is_dir()
    result, problems = outcome(lambda: command(site.root, site.now, site.base_url, later=aged))
    with tempfile.TemporaryDirectory(prefix="broadsheet-test-", dir=IN_MEMORY) as folder:
        other = Path(folder) / "clean"
        expected, expected_problems = outcome(lambda: clean(site.root, site.now, site.base_url, other))
        assert problems == expected_problems
        assert (result is None) == (expected is None)
        if result is None or expected is None:
            assert files_in(site.output) == before
            return
        compare(files_in(site.output), files_in(other))
    counts = ("read", "left_out", "withheld", "removed", "hidden", "unpublished_leads", "stories", "pages")
    assert {name: getattr(result, name) for name in counts} == {name: getattr(expected, name) for name in counts}
    repeated, problems = outcome(lambda: command(site.root, site.now, site.base_url, later=aged))
    assert repeated is not None
    assert problems == expected_problems
    assert (repeated.written.changed, repeated.written.deleted) == (0, 0)
    assert repeated.written.unchanged == result.written.changed + result.written.unchanged
    if aged and had_folders:
        last = Memory(Asked.of(site.root, None, None, site.base_url), toolchain()).last
        assert last is not None
        # By their stamps alone, with no look into any file or folder.
        change, trace = look_again(last.trace, last.started_ns, again)
        assert not change
        assert trace is last.trace


def compare(found: dict[str, bytes], expected: dict[str, bytes]) -> None:
    # The one thing whose bytes may vary: what it is made of is compared.
    assert searchable(found) == searchable(expected)
    found, expected = ({path: c for path, c in files.items() if not varies(path)} for files in (found, expected))
    assert sorted(found) == sorted(expected)
    assert [path for path, content in expected.items() if found[path] != content] == []


def varies(path: str) -> bool:
    return path.startswith("pagefind/") or path == MANIFEST


def searchable(files: dict[str, bytes]) -> list[bytes]:
    """What a search knows of every story, in any order; its files are listed whether they can be read or not."""
    entries = [gzip.decompress(content) for path, content in files.items() if path.endswith(".pf_fragment")]
    return sorted([*entries, *(path.encode() for path in files if path.startswith("pagefind/") and "_" not in path)])


NUMBERS = st.integers(0, 60)
SEQUENCES = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), NUMBERS, NUMBERS), min_size=1, max_size=6)


def work_on(layout: str, aged: bool, steps: list[tuple[str, int, int]]) -> None:
    with a_site(layout) as site:
        if aged:
            site.age()
        check(site, aged=aged)
        for name, which, how in steps:
            STEPS[name](site, which, how)
            if aged:
                site.age()
            check(site, aged=aged)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(LAYOUTS), st.booleans(), SEQUENCES)
def test_after_any_steps_the_output_is_that_of_a_clean_build(layout, aged, steps):
    work_on(layout, aged, steps)


# Every value once, one after the other.


@pytest.mark.parametrize("layout", ["a site", "plain"])
def test_after_every_change_of_a_field_the_output_is_that_of_a_clean_build(layout):
    with a_site(layout) as site:
        check(site, aged=False)
        for field, values in enumerate(VALUES.values()):
            for number in range(len(values)):
                # As `edit_a_record` counts: the same field, another value, another record now and then.
                which, how = (field * 3 + number) % 7, field
                how += len(VALUES) * ((number - which) % len(values))
                edit_a_record(site, which, how)
                site.age()
                check(site, aged=True)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_after_every_change_of_a_setting_the_output_is_that_of_a_clean_build(layout):
    with a_site(layout) as site:
        check(site, aged=False)
        for number in range(len(SETTINGS)):
            change_a_setting(site, 0, number)
            check(site, aged=False)


def test_after_every_change_of_a_template_or_a_static_file_the_output_is_that_of_a_clean_build():
    with a_site("a site") as site:
        check(site, aged=False)
        for which, (_, texts) in enumerate(TEMPLATES):
            for how in range(len(texts)):
                edit_a_template(site, which, how)
                check(site, aged=False)
        for which in range(len(STATIC)):
            for how in range(2):
                edit_a_static_file(site, which, how)
                site.age()
                check(site, aged=True)
        for which in range(len(STATIC)):
            delete_a_static_file(site, which, 0)
            check(site, aged=False)
        while (site.root / "templates").exists() and list((site.root / "templates").rglob("*.html")):
            delete_a_template(site, 0, 0)
            check(site, aged=False)


@pytest.mark.parametrize("layout", ["a site", "a checkout", "bare"])
def test_after_every_change_of_a_plain_page_the_output_is_that_of_a_clean_build(layout):
    with a_site(layout) as site:
        check(site, aged=False)
        for how in range(len(PLAIN_TEXTS)):
            for which in range(len(PLAIN)):
                edit_a_plain_page(site, which, how + which)
            site.age()
            check(site, aged=True)
        for how in range(3):
            rename_a_plain_page(site, how, how)
            check(site, aged=False)
        while list((site.root / "pages").rglob("*.md")):
            delete_a_plain_page(site, 0, 0)
            check(site, aged=False)


@pytest.mark.parametrize("layout", ["a site", "plain", "bare"])
@pytest.mark.parametrize("aged", [False, True])
def test_after_every_change_of_what_an_editor_decides_the_output_is_that_of_a_clean_build(layout, aged):
    with a_site(layout) as site:
        for number, change in enumerate([edit_the_overrides] * 24 + [break_the_overrides] * 5):
            change(site, number // 8 * 2, number)
            if aged:
                site.age()
            check(site, aged=aged)
            if number % 5 == 4:
                delete_the_overrides(site, 0, 0)
                check(site, aged=False)


def test_what_an_editor_decides_has_nothing_made_anew_but_what_it_concerns():
    with a_site("a site") as site:
        others = [f"other{number}" for number in range(40)]
        for number, name in enumerate(others):
            site.records[f"2024-02-01-{name}.md"] = {
                "title": f"Quarry{number} gate{number}",
                "publishedDateTime": stamp_text(datetime(2024, 2, 1, tzinfo=UTC) + timedelta(days=number // 8)),
                "topics": ["Arts"],
                "quality": 5,
            }
            site.write_record(f"2024-02-01-{name}.md")
        check(site, aged=False)
        stories = {name: page for name, page in files_in(site.output).items() if name.startswith("news/2024-02-01")}
        assert len(stories) == len(others)
        concerned = {f"news/2024-02-01-other{number}/index.html" for number in (3, 4)}
        join = "join: [[2024-02-01-other3, 2024-02-01-other4]]\n"
        for text in (join, f"{join}pin: [2024-02-01-other4]\n", "split: []\n"):
            write(site.data / "stories.yaml", text)
            assert {path for path in command(site.root).reasons if path in stories} == concerned
        (site.data / "stories.yaml").unlink()
        assert not command(site.root).reasons


def test_whatever_becomes_of_a_picture_that_is_kept_the_output_is_that_of_a_clean_build():
    with a_site("a site") as site:
        for which in range(4):
            for how in range(3):
                keep_a_picture(site, which, how)
                check(site, aged=False)
                assert list((site.output / FOLDER).glob("*.webp"))
                damage_the_cache(site, which + how, which)
                check(site, aged=how == 1)
        shutil.rmtree(site.root / CACHE_FOLDER / FOLDER)
        site.settings["title"] = "Another"
        site.write_settings()
        for moment in (*CLOCKS, *reversed(CLOCKS)):
            site.now = moment
            check(site, aged=False)
        assert not list(site.output.rglob("*.webp"))


def test_as_the_clock_goes_on_and_back_the_output_is_that_of_a_clean_build():
    with a_site("a site") as site:
        site.age()
        for moment in (*CLOCKS, *reversed(CLOCKS)):
            site.now = moment
            check(site, aged=True)
