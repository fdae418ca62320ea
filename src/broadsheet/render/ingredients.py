"""What every page is made of, as facts with digests: pages whose facts are the same have the same bytes.

Stands beside what renders: whatever a page's context, or a feed's or the API's code, takes from the site must be among
the facts here. A label names a fact to people; what has none is known by its digest alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct, structs

from broadsheet.config import Import, Settings
from broadsheet.model import (
    Coverage,
    Edition,
    Image,
    Listing,
    Page,
    Record,
    SearchEntry,
    Site,
    Source,
    Story,
    Topic,
)
from broadsheet.once import Once
from broadsheet.render.assets import SEARCH_SCRIPT
from broadsheet.render.calendars import added_up
from broadsheet.render.pictures import Pictures, still_of
from broadsheet.render.stories_api import SCORE_DIGITS
from broadsheet.render.views import SiteView
from broadsheet.text import source_domain

_DIGEST_BYTES = 16


class Fact(Struct, frozen=True):
    """One thing that pages are made of: its name for people, empty for most, and what stands for its value.

    `parts` are the facts that its own digest is made of, for those who ask what changed.
    """

    label: str
    digest: bytes
    parts: "Sequence[Fact]" = ()


def fingerprint(facts: Iterable[Fact]) -> bytes:
    """Return what stands for all of `facts` in their order."""
    return blake2b(b"".join([fact.digest for fact in facts]), digest_size=_DIGEST_BYTES).digest()


class Ingredients:
    """Knows the facts of one site; each is worked out once, however many pages are made of it."""

    def __init__(
        self,
        site: Site,
        settings: Settings,
        assets: dict[str, str],
        view: SiteView,
        around: tuple[str, dict[str, str]],
    ) -> None:
        """`assets` gives static files' URLs by path; `view` is what all pages know.

        `around` stands for the templates, and for the data on time zones by their names.
        """
        theme, zones = around
        self._site = site
        self._shown = Pictures(site, settings, assets)
        self._assets = assets
        self._grouped = settings.stories.group
        self._shown_members = settings.stories.shown_members if self._grouped else 0
        self._everywhere = (
            # Where it is published to, and from where it is imported, no page says.
            Fact("the settings", _digest(structs.replace(settings, publish={}, import_=Import()))),
            Fact("the site's folder", _digest(site.folder)),
            Fact("the time zones", _digest(zones)),
        )
        self._frame = (Fact("the templates", theme.encode()), Fact("the title, the menu or the style", _digest(view)))
        self._fact = Once(self._item)
        self._story_facts = Once(self._told)
        self._card = Once(self._card_of)
        self._topics: dict[tuple[str, ...], bytes] = {}
        self._kinds: dict[str, Fact] = {}
        self._buckets = Once(Listing.by_key)
        self._per_month = added_up(site.per_day, 7)
        self._editions = {edition.date: edition for edition in site.editions}
        self._plain_pages = {page.file: page for page in site.plain_pages}
        self._makers: dict[str, Callable[[str, Page], Iterable[Fact]]] = {
            "home": self._home,
            "latest": self._latest,
            "topics": self._topics_page,
            "topic": self._topic_page,
            "sources": self._sources_page,
            "source": self._source_page,
            "imports": self._imports,
            "archive": self._archive,
            "year": self._year,
            "month": self._month,
            "story": self._story,
            "editions": self._issues,
            "edition": self._issue,
            "email": self._issue,
            "email_text": self._issue,
            "email_message": self._issue,
            "plain": self._plain_page,
            "search": self._search,
            "redirect": self._redirect,
            "not_found": self._not_found,
        }

    def of_html(self, page: Page) -> list[Fact]:
        """Return the facts of a page that a template makes."""
        return [*self._everywhere, *self._frame, self._kind(page), *self._own(page)]

    def of_values(self, page: Page, values: Iterable[Any]) -> list[Fact]:
        """Return the facts of a file that is made of `values`: nouns of the model, and plain ones."""
        return [*self._everywhere, self._kind(page), *(fact for value in values for fact in self._of(value))]

    def _kind(self, page: Page) -> Fact:
        if page.kind not in self._kinds:
            self._kinds[page.kind] = _plain(page.kind)
        return self._kinds[page.kind]

    def _of(self, value: Any) -> Iterator[Fact]:
        if isinstance(value, Story):
            yield from self._story_facts(value)
            yield _measured(value)
        elif isinstance(value, Record):
            yield self._fact(value)
        elif isinstance(value, Edition):
            yield self._edition(value)
        elif isinstance(value, Topic):
            yield self._topic(value.id)
        elif isinstance(value, Source):
            yield self._source(value)
        else:
            yield _plain(value)

    # HTML pages, by their kind.

    def _own(self, page: Page) -> Iterable[Fact]:
        return self._makers[page.kind](page.subject, page)

    def _redirect(self, subject: str, page: Page) -> Iterator[Fact]:
        record, lead = self._site.records[subject], self._site.story(subject).lead
        yield _plain(record.slug, lead.slug, lead.file == record.file)
        yield self._fact(lead)

    def _story(self, subject: str, page: Page) -> tuple[Fact, ...]:
        return self._story_facts(self._site.story(subject))

    def _latest(self, subject: str, page: Page) -> Iterator[Fact]:
        return self._listing(self._site.latest or Listing(()), page)

    def _topic_page(self, subject: str, page: Page) -> Iterator[Fact]:
        """Yield what a topic's page shows: itself, what is above and what is below it, and its list."""
        topic = at = self._site.topics[subject]
        while at.parent in self._site.topics:
            at = self._site.topics[at.parent]
            yield self._topic(at.id)
        yield self._topic(topic.id)
        yield from map(self._topic, topic.children)
        yield from self._listing(self._site.by_topic[subject], page)

    def _source_page(self, subject: str, page: Page) -> Iterator[Fact]:
        source = self._site.sources[subject]
        yield self._source(source)
        if not page.bucket:
            yield _plain(len(source.records), source.led, source.topics, source.months)
            yield from (self._topic(topic) for topic, _ in source.topics)
        yield from self._listing(self._site.by_source[subject], page)

    def _month(self, subject: str, page: Page) -> Iterator[Fact]:
        return iter(self._fact.of(self._site.by_month[subject]))

    def _issue(self, subject: str, page: Page) -> Iterator[Fact]:
        yield self._edition(self._editions[subject])

    def _issues(self, subject: str, page: Page) -> Iterator[Fact]:
        return map(self._edition, self._site.editions)

    def _plain_page(self, subject: str, page: Page) -> Iterator[Fact]:
        plain = self._plain_pages[subject]
        # Where it is listed is told by the menu; where its file lies, as it was named, nowhere.
        shown = (plain.segments, plain.title, plain.description, plain.body)
        yield Fact(f"the page /{page.url}", _digest(shown))

    def _search(self, subject: str, page: Page) -> Iterator[Fact]:
        yield _plain(self._assets.get(SEARCH_SCRIPT))

    def _not_found(self, subject: str, page: Page) -> Iterator[Fact]:
        for entry in self._site.newest[:5]:
            yield from self._entry(entry)

    def _topics_page(self, subject: str, page: Page) -> Iterator[Fact]:
        yield _plain(list(self._site.topics.values()))

    def _sources_page(self, subject: str, page: Page) -> Iterator[Fact]:
        yield _plain([(source.domain, source.name, len(source.records)) for source in self._site.sources.values()])
        yield _plain(bool(self._site.imported_from))

    def _imports(self, subject: str, page: Page) -> Iterator[Fact]:
        yield _plain(sorted(self._site.imported_from.items()))

    def _archive(self, subject: str, page: Page) -> Iterator[Fact]:
        yield _plain(sorted(self._per_month.items()))

    def _year(self, subject: str, page: Page) -> Iterator[Fact]:
        per_day = self._site.per_day
        # How dark a day is hangs on the busiest of all.
        busiest = (max(per_day.values(), default=0), max(self._per_month.values(), default=0))
        yield _plain(busiest, sorted((day, count) for day, count in per_day.items() if day.startswith(subject)))

    def _home(self, subject: str, page: Page) -> Iterator[Fact]:
        yield _plain([story.lead.published_at for story in self._site.newest[:1]])
        for section in self._site.front:
            yield self._topic(section.topic) if section.topic else _plain(len(section.stories))
            for story in section.stories:
                yield from self._entry(story)
            for story in section.briefs:
                yield self._fact(story.lead)
                yield _plain(story.outlets, bool(story.earlier))

    def _listing(self, listing: Listing, page: Page) -> Iterator[Fact]:
        if page.bucket:
            bucket = self._buckets(listing)[page.bucket]
            yield _plain(bucket.children)
            entries = bucket.entries
        else:
            yield _plain([bucket.key for bucket in listing.buckets])
            entries = listing.newest
        for entry in entries:
            yield from self._entry(entry)

    def _entry(self, entry: Story | Record) -> tuple[Fact, ...]:
        """Return the facts of a card: a lead's shows its story, and a folded record's only itself."""
        if isinstance(entry, Record):
            story = self._site.story(entry.file)
            if story.lead is not entry:
                return (self._fact(entry), _ALONE)
            entry = story
        return self._card(entry)

    def _card_of(self, story: Story) -> tuple[Fact, ...]:
        told = (*story.coverage, *story.follow_ups)
        about = (len(told), story.outlets, bool(story.earlier))
        return (self._fact(story.lead), self._rows(story, told[: self._shown_members], about))

    # Nouns.

    def _record(self, record: Record) -> Fact:
        """Return the fact of all that may be shown of a record but its related items."""
        site = self._site
        shown = structs.replace(record, related=()) if record.related else record
        topics = self._topics_digest(site.topics_of[record.file])
        around = (site.heats[record.file], self._source_of(record), self._pictures(self._images_of(record)), topics)
        return Fact(f"the record {record.file}", _digest((shown, around)))

    def _coverage(self, item: Coverage) -> Fact:
        return Fact("", _digest((item, self._source_of(item))))

    def _item(self, item: Record | Coverage) -> Fact:
        return self._record(item) if isinstance(item, Record) else self._coverage(item)

    def _told(self, story: Story) -> tuple[Fact, ...]:
        """Return the facts of a story with all that it holds, but for how near what is to what."""
        others = (other.lead for other in story.related)
        linked = (*story.told, *story.also_linked, *others, *story.earlier)
        parts = (story.coverage, story.follow_ups, story.copies, story.also_linked, story.related)
        about = (story.rank, story.first, story.updated_at, story.outlets)
        # Items are told apart by identity, as where a copy is shown hangs on that.
        at = {id(item): number for number, item in enumerate((story.lead, *story.told))}
        originals = [at.get(id(copy.of), -1) for copy in story.copies]
        shared = [other.shared for other in story.related]
        more = (about, list(map(len, parts)), originals, shared, self._topics_digest(story.topics))
        return (self._fact(story.lead), self._rows(story, linked, more))

    def _rows(self, story: Story, items: Sequence[Record | Coverage], more: Any) -> Fact:
        """Return the fact of rows about `items`, and of what `more` there is, on a page of `story`."""
        facts = self._fact.of(items)
        own = [self._site.story(item.file) is story for item in items if type(item) is Record] if self._grouped else []
        return Fact("", _digest((b"".join([fact.digest for fact in facts]), own, more)), facts)

    def _source_of(self, item: Record | Coverage) -> tuple[str | None, bool]:
        """Return the name of an item's source, None when it has no page, and whether it is to be paid for."""
        domain = source_domain(item.provider.domain, item.report_url)
        source = self._site.sources.get(domain)
        return source.name if source else None, domain in self._site.paying

    def _images_of(self, record: Record) -> tuple[Image, ...]:
        still = still_of(record)
        return (*record.images, still) if still else record.images

    def _pictures(self, images: Iterable[Image]) -> list[tuple[bool, Any]]:
        """Return, for every picture, whether too many records share it, and what is shown of it."""
        shared = self._site.shared_images
        return [(image.url in shared, self._shown.what_is_shown(image)) for image in images]

    def _topics_digest(self, topics: tuple[str, ...]) -> bytes:
        known = self._topics.get(topics)
        if known is None:
            nodes = [self._site.topics[topic] for topic in topics]
            known = self._topics[topics] = _digest([(node.id, node.name, node.parent, node.depth) for node in nodes])
        return known

    def _topic(self, id: str) -> Fact:
        """Return the fact of a topic but for what stands in it."""
        return Fact(f"the topic {id}", _digest(structs.replace(self._site.topics[id], count=0, children=())))

    def _source(self, source: Source) -> Fact:
        picture = self._pictures([source.image] if source.image else [])
        return Fact(f"the source {source.domain}", _digest((source.name, source.description, source.image, picture)))

    def _edition(self, edition: Edition) -> Fact:
        pictures = self._pictures(item.image for item in edition.items if item.image)
        told = structs.replace(edition, file="")
        return Fact(f"the issue of {edition.date}", _digest((told, pictures)))


def index_facts(entries: Sequence[SearchEntry], language: str) -> list[Fact]:
    """Return the facts of the search index: what it knows of the stories, and the `language` of their words."""
    return [Fact("what can be searched for", _digest(entries)), Fact("the language", _digest(language))]


def _measured(story: Story) -> Fact:
    """Return the fact of a story's figures, as near as they are told."""
    nearness = [round(score, SCORE_DIGITS) for score in story.nearness]
    scores = [round(other.score, SCORE_DIGITS) for other in story.related]
    originals = [copy.of.slug if isinstance(copy.of, Record) else copy.of.web_url for copy in story.copies]
    return _plain(nearness, scores, originals, len(story.lead.related))


_ALONE = Fact("", b"alone")
_encode = msgspec.msgpack.Encoder().encode


def _digest(value: Any) -> bytes:
    try:
        encoded = _encode(value)
    except (UnicodeEncodeError, OverflowError):
        # A lone surrogate, a number of many digits.
        encoded = repr(value).encode("utf-8", "backslashreplace")
    return blake2b(encoded, digest_size=_DIGEST_BYTES).digest()


def _plain(*values: Any) -> Fact:
    return Fact("", _digest(values))
