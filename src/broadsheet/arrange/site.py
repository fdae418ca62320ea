"""All of arranging in one place: what was read, in; the whole digest, out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from operator import attrgetter
from typing import NamedTuple

from msgspec import structs

from broadsheet.arrange.aboutness import Measure, Remembered
from broadsheet.arrange.detect import detected, suggestions
from broadsheet.arrange.duplicates import without_repeats
from broadsheet.arrange.editions import editions_shown
from broadsheet.arrange.forest import Forest
from broadsheet.arrange.front import front_page
from broadsheet.arrange.lists import calendar_listing, capped_listing, grouped, local_day
from broadsheet.arrange.neighbours import Neighbours
from broadsheet.arrange.order import hottest_story_first, in_menu_order, newest_first, newest_story_first
from broadsheet.arrange.overrides import Decided
from broadsheet.arrange.related import Item, Resolver
from broadsheet.arrange.sources import make_sources
from broadsheet.arrange.stories import StoryMaker
from broadsheet.arrange.topics import Taxonomy
from broadsheet.arrange.visibility import barred, plain_pages_shown, shown, taking_part
from broadsheet.config import Settings
from broadsheet.model import ImportedFrom, Listing, Record, Site, Sources, Story
from broadsheet.problems import COLLISION, Place, Problem, Severity
from broadsheet.text import path_key

_MOST_SHARING_AN_IMAGE = 3


class Arranged(NamedTuple):
    """A digest, what was wrong on the way, and the counts that a summary tells: `collided` have another's address.

    `forest` says who leads whom among all records that took part, hidden ones too, but for those that collided;
    `taxonomy` which topic of several is a story's best; `measure` how near two reports are; `decided` what an editor
    said of who leads whom; `neighbours` which stories may be near one; `resolver` which record an item of a list is.
    """

    site: Site
    problems: tuple[Problem, ...]
    collided: int
    withheld: int
    removed: int
    hidden: int
    unpublished_leads: int
    forest: Forest
    taxonomy: Taxonomy
    measure: Measure
    decided: Decided
    neighbours: Neighbours
    resolver: Resolver


def arrange(
    sources: Sources, settings: Settings, now: datetime, *, drafts: bool = False, remembered: Remembered | None = None
) -> Arranged:
    """Return the digest that `sources` make at the time `now` (aware).

    What is `remembered` of much the same sources spares work; the outcome is the same.

    With `drafts` it is that of a preview: what is not out yet takes part as if it were. What counts from the newest
    story then counts from a scheduled one: with something scheduled far ahead the front page looks back from there, as
    it will on that day, and holds no more than the fewest stories that it ever does. Issues stay those out at `now`.
    """
    out = taking_part(sources.records, now, drafts=drafts)
    resolver = Resolver(sources.records)
    decided = Decided(sources) if settings.stories.group else Decided()
    forest, visible, problems = _shown_with_pages(out, resolver, decided, {}, sources, settings)
    # Without groups nothing is compared, so there is nothing to learn.
    measure = Measure(_texts(visible.values()) if settings.stories.group else (), remembered)
    notes: list[Problem] = []
    if settings.stories.group and settings.stories.detect:
        found = detected(_alone(visible, forest), measure, settings.stories.window_days)
        if settings.stories.detect == "suggest":
            notes += suggestions(found, sources, measure)
        elif found:
            forest, visible, problems = _shown_with_pages(out, resolver, decided, found, sources, settings)
    taxonomy = Taxonomy(sources, visible.values(), settings.topic)
    maker = StoryMaker(forest, resolver, measure, visible, settings.stories)
    topics_of = {file: taxonomy.topics_of(record) for file, record in visible.items()}
    if settings.stories.group:
        made = [maker.grouped(lead, topics_of[lead.file]) for lead in maker.leads()]
    else:
        made = [maker.single(record, topics_of[file]) for file, record in visible.items()]
    stories = tuple(sorted(made, key=newest_story_first))
    shown_records = tuple(sorted(visible.values(), key=newest_first))
    removed = sum(record.removed for record in out)
    site = _site(stories, shown_records, forest, taxonomy, sources, settings)
    return Arranged(
        site=structs.replace(
            site,
            editions=editions_shown(sources, shown_records, now),
            plain_pages=tuple(sorted(plain_pages_shown(sources.plain_pages, drafts=drafts), key=in_menu_order)),
        ),
        problems=(*problems, *decided.problems, *forest.problems, *taxonomy.problems, *notes),
        collided=len(problems),
        withheld=len(sources.records) - len(out),
        removed=removed,
        hidden=len(out) - len(visible) - removed - len(problems),
        unpublished_leads=sum(not story.lead.is_published_at(story.rank) for story in stories),
        forest=forest,
        taxonomy=taxonomy,
        measure=measure,
        decided=decided,
        neighbours=maker.neighbours,
        resolver=resolver,
    )


def _texts(records: Iterable[Record]) -> Iterable[Item]:
    """Yield `records`, and each item of their lists once, however many lists have it."""
    items: dict[int, Item] = {}
    for record in records:
        items[id(record)] = record
        items.update(zip(map(id, record.related), record.related, strict=True))
    return items.values()


def _alone(visible: dict[str, Record], forest: Forest) -> list[Record]:
    """Return the records that are stories by themselves, and carry no list that would say so."""
    led = Counter(forest.lead_of(record).file for record in visible.values())
    return [record for file, record in visible.items() if not record.related and led[file] == 1]


def _shown_with_pages(
    out: list[Record],
    resolver: Resolver,
    decided: Decided,
    found: Mapping[str, Record],
    sources: Sources,
    settings: Settings,
) -> tuple[Forest, dict[str, Record], list[Problem]]:
    """Return who leads whom, what is shown, and a problem for each record that would be but has another's address.

    Without such a record another may lead, and others may be shown: so all is decided again until nobody collides.
    """
    problems: list[Problem] = []
    while True:
        forest = Forest(out, resolver, decided, lambda lead, heat: bool(barred(lead, heat, settings.selection)), found)
        visible = shown(out, forest.lead_of, forest.heat_of, settings.selection)
        first_at: dict[str, Record] = {}
        losers: dict[str, Problem] = {}
        for record in sorted(visible.values(), key=attrgetter("name", "file")):
            first = first_at.setdefault(path_key(record.slug), record)
            if first is not record:
                place, other = Place(sources.shown_file(record)), sources.shown_file(first)
                message = f"its page /news/{record.slug}/ is already that of {other}; it is left out"
                losers[record.file] = Problem(
                    place, message, "rename one of the two files", Severity.WARNING, COLLISION
                )
        if not losers:
            return forest, visible, problems
        problems += losers.values()
        out = [record for record in out if record.file not in losers]


def _site(
    stories: tuple[Story, ...],
    records: tuple[Record, ...],
    forest: Forest,
    taxonomy: Taxonomy,
    sources: Sources,
    settings: Settings,
) -> Site:
    size, zone, group = settings.pages.size, settings.zone, settings.stories.group
    story_at = {story.lead.file: number for number, story in enumerate(stories)}
    in_topic: dict[str, list[Story]] = {}
    for story in stories:
        for topic in story.topics:
            in_topic.setdefault(topic, []).append(story)
    told_once = {topic: without_repeats(some) for topic, some in in_topic.items()}
    topics_of = {
        record.file: tuple(topic for topic in taxonomy.topics_of(record) if topic in in_topic) for record in records
    }

    def is_lead(record: Record) -> bool:
        return not group or forest.lead_of(record) is record

    known_sources = (
        make_sources(records, sources.organizations, topics_of, is_lead, zone) if settings.pages.sources else {}
    )
    told = without_repeats(stories)
    return Site(
        stories=stories,
        records={record.file: record for record in records},
        topics=taxonomy.tree({topic: len(some) for topic, some in in_topic.items()}),
        sources=known_sources,
        front=front_page(stories, told, taxonomy, settings.home),
        latest=_newest(told, size, zone) if settings.pages.latest else None,
        newest=told,
        by_topic={topic: _topic_listing(some, settings) for topic, some in told_once.items()},
        by_source={
            domain: calendar_listing(source.records, attrgetter("published_at"), size, zone)
            for domain, source in known_sources.items()
        },
        by_month=_months(records, zone) if settings.pages.archive else {},
        per_day=Counter(local_day(record.published_at, zone) for record in records) if settings.pages.archive else {},
        paying=frozenset(organization.domain for organization in sources.organizations if organization.paywall),
        story_of={
            record.file: story_at[record.file if not group else forest.lead_of(record).file] for record in records
        },
        shared_images=_shared_images(records),
        newest_by_topic=told_once,
        topics_of=topics_of,
        heats={record.file: forest.heat_of(record) for record in records},
        title=settings.title or taxonomy.title,
        folder=sources.folder,
        shown_folder=sources.shown_folder,
        imported_from=_imported_from(sources.imported_from, settings),
    )


def _imported_from(feeds: Mapping[str, ImportedFrom], settings: Settings) -> dict[str, ImportedFrom]:
    """Return what is remembered of sources of imports, each by the name that the settings have for it, if any."""
    if not settings.import_.sources:
        return {}
    names = {source.source.strip(): source.name for source in settings.import_.all_sources if source.name}
    return {key: structs.replace(feed, title=names.get(key, feed.title)) for key, feed in feeds.items()}


def _months(records: Sequence[Record], zone: tzinfo) -> dict[str, tuple[Record, ...]]:
    """Return the records by year and month."""
    groups = grouped(records, lambda record: local_day(record.published_at, zone)[:7])
    return {month.replace("-", "/"): tuple(some) for month, some in groups.items()}


def _newest(stories: tuple[Story, ...], size: int, zone: tzinfo) -> Listing:
    return calendar_listing(stories, lambda story: story.lead.published_at, size, zone)


def _topic_listing(stories: tuple[Story, ...], settings: Settings) -> Listing:
    if settings.topics.order == "hottest":
        return capped_listing(sorted(stories, key=hottest_story_first), settings.pages.size)
    return _newest(stories, settings.pages.size, settings.zone)


def _shared_images(records: Iterable[Record]) -> frozenset[str]:
    """Return the images that too many records carry to say anything about one of them."""
    counts = Counter(url for record in records for url in {image.url for image in record.images})
    return frozenset(url for url, count in counts.items() if count > _MOST_SHARING_AN_IMAGE)
