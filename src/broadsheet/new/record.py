"""A new record: what is asked for made sure of against the site, and its file written."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.last_build import CACHE_FOLDER
from broadsheet.limits import ADDRESS, EXCERPT, LIST, NAME, TITLE, Limit
from broadsheet.model import Provider, Record, Sources, TopicFile
from broadsheet.new.files import written
from broadsheet.problems import Place, Problem, Severity, SiteError
from broadsheet.read.cache import RecordCache
from broadsheet.read.fields import parse_time
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.source import ReadResult, read_site
from broadsheet.text import (
    clean_domain,
    clean_url,
    display_name,
    display_text,
    folder_name,
    has_login,
    path_key,
    slugify,
    topic_key,
    url_host,
    url_key,
    without_hidden,
)
from broadsheet.toolchain import toolchain
from broadsheet.workers import Workers, usable_cores
from broadsheet.write.naming import record_name
from broadsheet.write.record import record_text

_MOST_NAMED = 20


class Draft(Struct, frozen=True):
    """What somebody says of a record, as it was said; what is None is found out, or left to be filled in."""

    title: str
    url: str | None = None
    topics: tuple[str, ...] = ()
    excerpt: str | None = None
    time: str | None = None
    provider: str | None = None
    quality: int | None = None
    is_draft: bool = False


class NewRecord(Struct, frozen=True):
    """A record that was written: its file, and what its writer should know of it."""

    path: Path
    problems: tuple[Problem, ...]


def new_record(draft: Draft, site: Path, now: datetime, config: Path | None = None) -> NewRecord:
    """Write a record into the folder of `site`'s records. Raises `SiteError` with everything that is wrong."""
    settings = read_settings(site, config)
    folders = find_folders(site, settings, None, config)
    cache = RecordCache(folders.root / CACHE_FOLDER, toolchain())
    read = read_site(folders, cache=cache, workers=Workers(usable_cores()))
    record = _record(draft, settings, read.sources, now)
    path = folders.records / record.file
    _check_name(path, read)
    with written(path.parent, {path.name: record_text(record, blanks=("excerpt", "webUrl"))}):
        pass
    return NewRecord(path, (*_remarks(path, record, read.sources, now), *_renamed(path, record, draft)))


def _record(draft: Draft, settings: Settings, sources: Sources, now: datetime) -> Record:
    """Return the record that is meant. Raises `SiteError` with everything that is wrong."""
    problems: list[Problem] = []
    title = _text(draft.title, "TITLE", TITLE, problems)
    if not display_text(title):
        problems.append(Problem(Place("TITLE"), "the title is empty", "every record needs one"))
    excerpt = _text(draft.excerpt or "", "--excerpt", EXCERPT, problems)
    provider = _text(draft.provider or "", "--provider", NAME, problems)
    moment = parse_time(draft.time, settings.zone) if draft.time is not None else now
    if moment is None:
        message = f"{draft.time!r} is no time"
        hint = f"write it as 2024-05-31T08:00:00Z, or as 2024-05-31T08:00 for the time zone {settings.time_zone}"
        problems.append(Problem(Place("--time"), message, hint))
    url = _url(draft.url, problems)
    topics = _Topics(sources, settings.topic).named(draft.topics, problems)
    if problems or moment is None:
        raise SiteError(problems)
    moment = moment.replace(microsecond=0)
    name = record_name(moment.astimezone(settings.zone).date(), title)
    return Record(
        f"{name}.md",
        name,
        title,
        moment,
        excerpt=excerpt,
        web_url=url or None,
        quality=draft.quality,
        draft=draft.is_draft,
        provider=_provider(provider, url, sources),
        topics=tuple(topics),
    )


def _text(raw: str, name: str, limit: Limit, problems: list[Problem]) -> str:
    """Return a text without what nobody sees, on one line."""
    text = " ".join(without_hidden(raw.encode("utf-8", "replace").decode()).split())
    if len(text) > limit.most:
        problems.append(Problem(Place(name), limit.passed(len(text)), "shorten it"))
    return text


def _url(raw: str | None, problems: list[Problem]) -> str:
    """Return an address as pages link to it, the empty string without one."""
    if raw is None:
        return ""
    url = clean_url(raw)
    if url is None:
        message = f"{raw!r} is no http or https address"
        problems.append(Problem(Place("--url"), message, "for example https://example.org/report"))
        return ""
    if has_login(url):
        message = "the address holds a name or a password, which everybody could read"
        problems.append(Problem(Place("--url"), message, "leave out what stands before the @"))
    if len(url) > ADDRESS.most:
        problems.append(Problem(Place("--url"), ADDRESS.passed(len(url)), "shorten it"))
    return url


class _Topics:
    """The topics that a record may have: those of the taxonomy, or all of them where there is none."""

    def __init__(self, sources: Sources, root: str | None) -> None:
        """Know every topic by its name, and, where that means no other one, by its short name and its id."""
        self._files: dict[str, TopicFile] = {}
        for file in sources.topics:
            self._files.setdefault(topic_key(file.name), file)
        self._names = {key: file.name for key, file in self._files.items()}
        if root:
            self._names.setdefault(topic_key(root), display_name(root))
        if not sources.topics:
            for record in sources.records:
                for name in filter(None, record.topics):
                    self._names.setdefault(topic_key(name), display_name(name))
        self._also: dict[str, str] = {}
        for file in sources.topics:
            for other in (file.shortname, topic_id(file)):
                self._also.setdefault(topic_key(other), file.name)

    def named(self, wanted: Sequence[str], problems: list[Problem]) -> list[str]:
        """Return the names of the topics that are `wanted`, each once, and of those above them."""
        found: dict[str, str] = {}
        for raw in wanted:
            name = display_name(raw)
            key = topic_key(name)
            known = self._names.get(key) or self._also.get(key)
            if not name or len(name) > NAME.most:
                message = NAME.passed(len(name)) if name else "a topic has no name"
                problems.append(Problem(Place("--topic"), message))
            elif known is None and self._files:
                problems.append(self._unknown(name, key))
            else:
                for topic in self._with_parents(known or name):
                    found.setdefault(topic_key(topic), topic)
        if len(found) > LIST.most:
            problems.append(Problem(Place("--topic"), LIST.passed(len(found)), "keep the best of them"))
        return list(found.values())

    def _with_parents(self, name: str) -> Iterator[str]:
        """Yield a topic, and those above it that are described."""
        seen: set[str] = set()
        while (key := topic_key(name)) not in seen:
            yield name
            seen.add(key)
            file = self._files.get(key)
            parent = self._files.get(topic_key(file.parent)) if file and file.parent else None
            if parent is None:
                return
            name = parent.name

    def _unknown(self, name: str, key: str) -> Problem:
        near = get_close_matches(key, [*self._names, *self._also], n=1)
        known = (self._names.get(near[0]) or self._also[near[0]]) if near else ""
        some = list(self._names.values())[:_MOST_NAMED]
        there = f"there are: {', '.join(some)}{' …' if len(some) < len(self._names) else ''}"
        hint = f"did you mean `{known}`?" if near else f"{there}; a new one has a file below topics/ in the data folder"
        return Problem(Place("--topic"), f"the topic `{name}` is not in the taxonomy of the site", hint)


def topic_id(file: TopicFile) -> str:
    """Return the name of a topic's page, by which it may be called, too."""
    return folder_name(file.id) if file.id else slugify(file.name)


def _provider(name: str, url: str, sources: Sources) -> Provider:
    """Return who published what is at `url`: as the site's data has them, else as they are called, else as others do.

    Without an address they are known by their name; nobody else's records are asked then.
    """
    host = url_host(url)
    described = [Provider(organization.name, organization.domain) for organization in sources.organizations]
    if not host:
        named = (provider for provider in described if topic_key(provider.name) == topic_key(name))
        return next(named, Provider(name))
    mentioned = sorted(sources.records, key=lambda record: (record.published_at, record.file), reverse=True)
    own = _at_host(host, described)
    known = own or _at_host(host, (record.provider for record in mentioned))
    domain = clean_domain(known.domain) if known else clean_domain(host)
    shown = (own.name if own else "") or name or (known.name if known else "") or domain
    return Provider(display_name(shown), domain)


def _at_host(host: str, providers: Iterable[Provider]) -> Provider | None:
    """Return the first provider with the longest domain that a host is of."""
    domains: dict[str, Provider] = {}
    for provider in providers:
        if provider.name.strip() and (domain := clean_domain(provider.domain)):
            domains.setdefault(domain, provider)
    parts = host.split(".")
    above = (".".join(parts[start:]) for start in range(len(parts)))
    return next((domains[domain] for domain in above if domain in domains), None)


def _check_name(path: Path, read: ReadResult) -> None:
    """Refuse a name that a record has already, also when only case or Unicode form differ. Raises `SiteError`."""
    key = path_key(path.stem)
    taken = [entry.file for entry in read.entries if path_key(entry.file.rpartition("/")[2].removesuffix(".md")) == key]
    if not taken and not os.path.lexists(path):
        return
    place = Place((path.parent / (taken[0] if taken else path.name)).as_posix())
    hint = "give the new record a title of its own, or write into the file that is there"
    raise SiteError([Problem(place, "is there already, and is not overwritten", hint)])


def _remarks(path: Path, record: Record, sources: Sources, now: datetime) -> Iterator[Problem]:
    """Yield what the writer of a record should know: whom it repeats, and what it lacks to be shown as it is."""
    place = Place(path.as_posix())
    if same := _first(
        sources.records, lambda other: url_key(clean_url(other.report_url) or ""), url_key(record.report_url)
    ):
        message = f"the address is that of {sources.shown_file(same)}, too"
        yield Problem(place, message, "lists show one of them within a week", Severity.WARNING)
    shown = display_text(record.title)
    if same := _first(sources.records, lambda other: display_text(other.title).casefold(), shown.casefold()):
        message = f"the title is that of {sources.shown_file(same)}, too"
        yield Problem(place, message, "lists show one of them within a week", Severity.WARNING)
    if shown != record.title:
        message = "pages show the title without its entities and tags"
        yield Problem(place, f"{message}: {shown}", "write plain text", Severity.WARNING)
    if record.published_at > now:
        message = f"the record is not out before {record.published_at:%Y-%m-%dT%H:%M:%SZ}; nothing shows it until then"
        yield Problem(place, message, "build again after that", Severity.NOTE)


def _first(records: Iterable[Record], key: Callable[[Record], str], wanted: str) -> Record | None:
    return next((record for record in records if wanted and key(record) == wanted), None)


def _renamed(path: Path, record: Record, draft: Draft) -> Iterator[Problem]:
    """Yield a note where the site's data call a provider otherwise than the writer of the record does."""
    name = record.provider.name
    if name and draft.provider and topic_key(draft.provider) != topic_key(name):
        message = f"the provider is `{name}`, as the organizations of the site have it"
        yield Problem(Place(path.as_posix()), message, "a file in the folder of organizations says so", Severity.NOTE)
