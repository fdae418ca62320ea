"""A new site: what is asked for made sure of, and its files written where nothing is in their way."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from broadsheet.config import is_time_zone
from broadsheet.limits import NAME
from broadsheet.new import github, gitlab, starter
from broadsheet.new.files import written
from broadsheet.new.repository import find_repository
from broadsheet.new.starter import Starter, starter_files
from broadsheet.new.workflow import Host, Made, Wanted, new_workflow
from broadsheet.problems import Place, Problem, Severity, SiteError
from broadsheet.read.disk import Disk
from broadsheet.read.folders import JEKYLL_FILE, SETTINGS_FILE
from broadsheet.read.front_matter import has_front_matter
from broadsheet.text import display_name, is_base_url, is_language, no_base_url, path_key, slugify, topic_key

TOPICS = ("World", "Science", "Culture")
_TITLE = "News"
# A folder with one of these is a site already, or a folder of another kind of them.
_SITES = (SETTINGS_FILE, "_news")
_DATED = re.compile(r"\d{4}-\d\d-\d\d").match
_OF_A_REPORT = re.compile(rb"^(?:publishedDateTime|webUrl|provider)\s*:", re.MULTILINE).search
_ALREADY = "is there already, and is not overwritten"
_RATHER = "choose another folder, or move it away first"


class NewSite(Struct, frozen=True):
    """A site that was written: its files, its workflow if one was asked for, the lines its .gitignore should have.

    `problems` are notes, of what is not called as it was wanted.
    """

    files: tuple[str, ...]
    workflow: Made | None
    not_ignored: tuple[str, ...]
    problems: tuple[Problem, ...]


def title_of(folder: Path) -> str:
    """Return what a site is called that nobody gives a name: what its folder is."""
    name = os.path.basename(os.path.abspath(folder))
    title = _as_shown(" ".join(re.split(r"[\W_]+", name)))
    return title[:1].upper() + title[1:] if title else _TITLE


def site_title(text: str) -> str:
    """Return the title of a site as it is shown. Raises `SiteError`."""
    title = _as_shown(text)
    if not title or len(title) > NAME.most:
        message = NAME.passed(len(title)) if title else "the title is empty"
        raise SiteError([Problem(Place("--title"), message, "the name of the site, in a few words")])
    return title


def site_topics(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of topics as they are shown. Raises `SiteError` with all that is wrong with them."""
    wrong: list[str] = []
    taken: dict[str, str] = {}
    for name in map(_as_shown, names):
        id = slugify(name)
        known = taken.get(path_key(id))
        taken.setdefault(path_key(id), name)
        if not name:
            wrong.append("a topic has no name")
        elif len(name) > NAME.most:
            wrong.append(NAME.passed(len(name)))
        elif known is not None:
            same = topic_key(known) == topic_key(name)
            wrong.append(
                f"the topic `{name}` stands twice"
                if same
                else f"the topics `{known}` and `{name}` would have one address: /topics/{id}/"
            )
    if wrong or not taken:
        hint = "give every topic a name of its own"
        raise SiteError(Problem(Place("--topic"), message, hint) for message in wrong or ["there is no topic"])
    return tuple(taken.values())


def check_place(folder: Path) -> None:
    """Refuse a folder that no site can be written into, whatever it is to be. Raises `SiteError`."""
    there = next((path for path in (folder, *folder.parents) if os.path.lexists(path)), Path())
    if not os.path.isdir(there):
        raise SiteError([Problem(Place(there.as_posix()), "is no folder", "choose another name")])
    place = Place(folder.as_posix())
    real = Path(os.path.realpath(folder))
    if real.parent == real:
        raise SiteError([Problem(place, "is the root of the disk, and no place for a site", "choose a folder in it")])
    for above in real.parents:
        known = next((name for name in _SITES if os.path.lexists(above / name)), None)
        if known is not None:
            message = f"lies in the site {above.as_posix()}, which has a {known}"
            raise SiteError([Problem(place, message, "a site can not lie in another one: choose a folder beside it")])
    in_the_way = [folder / name for name in (*_SITES, JEKYLL_FILE) if os.path.lexists(folder / name)]
    in_the_way += [folder / name for name in (starter.RECORDS, starter.TOPICS) if _holds_something(folder / name)]
    _refuse(in_the_way)
    if record := _record_in(folder):
        message = "is a record, which a new site beside it would not show"
        hint = f"a folder of records is a site as it is: broadsheet serve {shlex.quote(folder.as_posix())}"
        raise SiteError([Problem(Place(record.as_posix()), message, hint)])


def new_site(folder: Path, wanted: Starter, host: Host | None, now: datetime) -> NewSite:
    """Write a site into `folder`, and the workflow that `host` runs if there is one; all of it, or nothing.

    Raises `SiteError` with everything that is wrong with what is asked for, or else with every file in the way.
    """
    said, wanted = wanted, _sure(wanted)
    renamed = (*_renamed("--title", [said.title], [wanted.title]), *_renamed("--topic", said.topics, wanted.topics))
    check_place(folder)
    files = starter_files(wanted, now)
    ignore = folder / starter.GIT_IGNORE
    not_ignored: tuple[str, ...] = ()
    if os.path.isfile(ignore):
        # Most new repositories have one: it stays as it is.
        lines = {line.strip().strip("/") for line in ignore.read_bytes().decode("utf-8", "replace").splitlines()}
        not_ignored = tuple(line for line in starter.IGNORED if line.strip("/") not in lines)
        del files[starter.GIT_IGNORE]
    _refuse(path for path in _paths(folder, files, host) if os.path.lexists(path))
    with written(folder, files):
        workflow = new_workflow(Wanted(folder, host), now) if host else None
    return NewSite(tuple(files), workflow, not_ignored, renamed)


def _sure(wanted: Starter) -> Starter:
    problems: list[Problem] = []
    title, topics = wanted.title, wanted.topics
    try:
        title = site_title(title)
    except SiteError as error:
        problems += error.problems
    try:
        topics = site_topics(topics)
    except SiteError as error:
        problems += error.problems
    if not is_language(wanted.language):
        message = f"the language {wanted.language!r} is no language tag"
        problems.append(Problem(Place("--language"), message, "for example en or pt-BR"))
    if not is_time_zone(wanted.time_zone):
        message = f"the time zone {wanted.time_zone!r} is not known"
        problems.append(Problem(Place("--time-zone"), message, "for example Europe/Berlin"))
    if wanted.base_url is not None and not is_base_url(wanted.base_url):
        message = f"{wanted.base_url!r} is {no_base_url(wanted.base_url)}"
        problems.append(Problem(Place("--base-url"), message, "for example https://example.org/news/"))
    if problems:
        raise SiteError(problems)
    return Starter(title, topics, wanted.language, wanted.time_zone, wanted.base_url)


def _renamed(option: str, said: Iterable[str], shown: Iterable[str]) -> Iterator[Problem]:
    """Yield a note for each name that pages do not show as it was said."""
    for text, name in zip(said, shown, strict=True):
        if " ".join(text.split()) != name:
            message = f"it is called `{name}`: pages show no tags, entities and hidden characters"
            yield Problem(Place(option), message, severity=Severity.NOTE)


def _paths(folder: Path, files: Iterable[str], host: Host | None) -> list[Path]:
    paths = [folder / name for name in files]
    if host:
        paths.append(find_repository(folder).root / (github if host == "github" else gitlab).FILE)
    return paths


def _refuse(in_the_way: Iterable[Path]) -> None:
    if problems := [Problem(Place(path.as_posix()), _ALREADY, _RATHER) for path in in_the_way]:
        raise SiteError(problems)


def _record_in(folder: Path) -> Path | None:
    """Return the first record below a folder, if there is one that can be read.

    Pages of many a manual have front matter, too: in a folder of its own only what has a day, or tells of a report,
    counts.
    """
    disk = Disk()
    for file in disk.walk(folder, ".md"):
        content = disk.content(folder / file) or b""
        is_news = "/" not in file or _DATED(file.rpartition("/")[2]) or _OF_A_REPORT(content)
        if is_news and has_front_matter(content):
            return folder / file
    return None


def _holds_something(folder: Path) -> bool:
    """Return whether there is more than an empty folder."""
    try:
        return bool(os.listdir(folder))
    except OSError:
        return os.path.lexists(folder)


def _as_shown(text: str) -> str:
    """Return a text as it is shown, which does not change when it is read and shown again."""
    while (shown := display_name(text)) != text:
        text = shown
    return shown
