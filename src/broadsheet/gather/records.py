"""Items and what a site has already to the records that are new. Pure."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct, structs

from broadsheet.arrange.duplicates import REPEATED_WITHIN
from broadsheet.arrange.topics import Taxonomy
from broadsheet.config import Settings
from broadsheet.files import content_digest
from broadsheet.gather.items import UNDATED, Feed, Item
from broadsheet.gather.sources import Source
from broadsheet.gather.texts import excerpt_of
from broadsheet.limits import LIST
from broadsheet.model import Provider, Record
from broadsheet.render.text import youtube_id
from broadsheet.text import clean_url, digest, display_text, path_key, url_host, url_key
from broadsheet.write.naming import record_name

_ID_DIGITS = 16
_VIDEO_DOMAIN = "youtube.com"


class Candidate(Struct, frozen=True):
    """What may become a record: the record, without its name, by what else it can be known, and where it is from."""

    record: Record
    ids: tuple[str, ...]
    source: str
    name: str = ""


class New(Struct, frozen=True):
    """A candidate whose record is to be written under the name `stem`, or `other_stem` where a file has that."""

    stem: str
    other_stem: str
    candidate: Candidate


class Chosen(Struct, frozen=True):
    """The items of a feed that count, and how many were too old, or too many."""

    items: tuple[Item, ...]
    old: int
    beyond: int


def chosen(items: Sequence[Item], source: Source, now: datetime) -> Chosen:
    """Return the newest of a source's items, as its limits have them; those without a time count as new."""
    oldest = now - timedelta(days=source.days)
    times = [(min(now, item.record.published_at) if item.record.published_at != UNDATED else now) for item in items]
    fresh = sorted(
        ((time, -at) for at, time in enumerate(times) if time >= oldest),
        reverse=True,
    )
    taken = sorted(-at for _, at in fresh[: source.most_items])
    return Chosen(tuple(items[at] for at in taken), len(items) - len(fresh), len(fresh) - len(taken))


def candidates(feed: Feed, source: Source, settings: Settings, taxonomy: Taxonomy, now: datetime) -> list[Candidate]:
    """Return what a feed's items come to as records of the site."""
    shared = _shared_guids(feed.items)
    items = [
        structs.replace(item, guid="") if item.guid in shared else item
        for item in chosen(feed.items, source, now).items
    ]
    return [
        Candidate(_record(item, feed, source, settings, taxonomy, now), ids_of(item, source), source.key, item.name)
        for item in items
    ]


def _shared_guids(items: Iterable[Item]) -> set[str]:
    """Return the names that a feed gives to several articles: they tell none of them from another."""
    articles = defaultdict(set)
    for item in items:
        articles[item.guid].add(_article(item.record))
    return {guid for guid, known in articles.items() if len(known) > 1}


def ids_of(item: Item, source: Source) -> tuple[str, ...]:
    """Return digests of what an item of a source is known by: its address, and the feed's own name for it."""
    record = item.record
    guids = (_guid(item.guid, record, key) for key in (source.key, *source.former))
    names = [name for name in (_article(record), *guids) if name] or [f"title {record.title}"]
    return tuple(dict.fromkeys(content_digest(name.encode("utf-8", "surrogatepass"))[:_ID_DIGITS] for name in names))


def _guid(guid: str, record: Record, key: str) -> str:
    """Return what an item is known by besides its address: within its own feed, for anybody may give any name."""
    url = clean_url(guid)
    if url and url_host(url) == url_host(clean_url(record.report_url) or ""):
        return f"url {url_key(url)}"
    return f"guid {key} {guid}" if guid else ""


def _article(record: Record) -> str:
    """Return what is the same of all records of one article, or of one video; empty where there is nothing."""
    url = clean_url(record.report_url)
    if url:
        return f"url {url_key(url)}"
    video = youtube_id(record.featured_content or "")
    return f"video {video}" if video else ""


def _record(item: Item, feed: Feed, source: Source, settings: Settings, taxonomy: Taxonomy, now: datetime) -> Record:
    record, said = item.record, source.said
    moment = record.published_at if record.published_at != UNDATED else now
    provider = record.provider
    domain = provider.domain or (_VIDEO_DOMAIN if record.type == "video" else "")
    return structs.replace(
        record,
        # A time that is still to come is a mistake, and would keep the record from being shown.
        published_at=min(moment, now).replace(microsecond=0),
        excerpt=record.excerpt if item.is_record else excerpt_of(record.excerpt, settings.import_.excerpt),
        provider=Provider(said.name or provider.name or _channel(record, feed), domain, provider.images),
        # The heat that a record brings with it is made of a quality that nobody tells.
        quality=said.quality if record.heat is None else None,
        locale=_other_language(record.locale or said.language or feed.language, settings.language),
        topics=_topics(item, source, taxonomy),
    )


def _channel(record: Record, feed: Feed) -> str:
    return feed.title if record.type == "video" else ""


def _other_language(tag: str, own: str) -> str | None:
    """Return a language tag where it is not the site's language."""
    return tag if tag and tag.lower().partition("-")[0] != own.lower().partition("-")[0] else None


def _topics(item: Item, source: Source, taxonomy: Taxonomy) -> tuple[str | None, ...]:
    """Return the names of a report's topics: those of the source, those that the feed names and the site knows.

    Besides, those whose keywords are in the title. What was a record keeps its own, and has others only without any.
    """
    own = tuple(name for name in item.record.topics if name)
    if own:
        return tuple(dict.fromkeys((*own, *source.said.topics)))
    found = taxonomy.names_for((*source.said.topics, *item.categories), display_text(item.record.title))
    others = (name for name in source.said.topics if not taxonomy.knows(name))
    return tuple(dict.fromkeys((*found, *others)))[: LIST.most]


class Known:
    """What a site has, and what was imported before: nothing of it is imported again."""

    def __init__(self, records: Iterable[Record], stems: Iterable[str], imported: Iterable[str]) -> None:
        """Know `records`, the names of all files, and the ids of all that was `imported`."""
        self._ids = set(imported)
        self._articles: set[str] = set()
        self._titles: dict[tuple[str, str], list[datetime]] = {}
        self._names = {path_key(stem) for stem in stems}
        for record in records:
            self._names.update(path_key(name) for name in (record.slug, *record.aliases))
            self._add(record)

    def new(self, found: Iterable[Candidate], zone: tzinfo) -> tuple[list[New], set[str]]:
        """Return the records that are new, in an order that is always the same, and the ids of all that were looked at.

        Of two that are one the first to be published counts; in which order `found` has them makes no difference.
        Files are named by the day in `zone`.
        """
        new, ids = [], set[str]()
        for candidate in sorted(found, key=_rank):
            record, is_known = candidate.record, self._has(candidate)
            ids.update(candidate.ids)
            self._ids.update(candidate.ids)
            if is_known:
                continue
            self._add(record)
            day = record.published_at.astimezone(zone).date()
            stem = candidate.name or record_name(day, record.title)
            other = f"{stem}-{digest(candidate.ids[0])}"
            new.append(New(other if path_key(stem) in self._names else stem, other, candidate))
            self._names.update((path_key(stem), path_key(other)))
        return new, ids

    def _has(self, candidate: Candidate) -> bool:
        record = candidate.record
        moments = self._titles.get(_title(record), ())
        return (
            not self._ids.isdisjoint(candidate.ids)
            or _article(record) in self._articles
            or any(abs(record.published_at - moment) <= REPEATED_WITHIN for moment in moments)
        )

    def _add(self, record: Record) -> None:
        for url in (record.web_url, record.original_url):
            if url and (clean := clean_url(url)):
                self._articles.add(f"url {url_key(clean)}")
        if article := _article(record):
            self._articles.add(article)
        self._titles.setdefault(_title(record), []).append(record.published_at)


def _title(record: Record) -> tuple[str, str]:
    """Return what two tellings of an article by one host have in common: others may well have the same title."""
    title = unicodedata.normalize("NFC", display_text(record.title).casefold())
    return title, url_host(clean_url(record.report_url) or "")


def _rank(candidate: Candidate) -> tuple[datetime, str, str, str, str]:
    record = candidate.record
    return record.published_at.astimezone(UTC), record.report_url, record.title, candidate.source, repr(record)
