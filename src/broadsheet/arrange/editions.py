"""Issues of the digest: when one is due, what goes into it, and what of those that were cut may still be shown."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple, get_args

from msgspec import structs

from broadsheet.arrange.duplicates import REPEATED_WITHIN, article_keys, repetition_keys, without_repeats
from broadsheet.arrange.order import hottest_story_first
from broadsheet.config import Editions, Weekday
from broadsheet.model import Edition, EditionItem, EditionSection, Record, Site, Sources, Story
from broadsheet.text import path_key, topic_key

_WEEKDAYS: tuple[str, ...] = get_args(Weekday)
_DAY = timedelta(days=1)


class Choice(NamedTuple):
    """What an issue holds, hottest first, and what it had no room for.

    `updates` are the files of leads whose story goes on with one that an issue told before.
    """

    stories: tuple[Story, ...]
    passed_over: tuple[Story, ...]
    updates: frozenset[str] = frozenset()


def select(stories: Iterable[Story], start: datetime, end: datetime, cap: int | None) -> tuple[Story, ...]:
    """Return the stories of an issue: `published` leads dated in `(start, end]`, hottest first, at most `cap`.

    `stories` are those that may be shown at all; ties fall to the file name (RECORDS section 6).
    """
    listed = (story for story in stories if story.lead.is_published_at(story.rank))
    found = [story for story in listed if start < story.lead.published_at <= end]
    return tuple(sorted(found, key=hottest_story_first)[:cap])


def next_issue(site: Site, start: datetime, end: datetime, cut: Sequence[Edition], cap: int | None) -> Choice:
    """Return what goes into the issue of `(start, end]` after those that were `cut`, oldest first.

    A story that came too late for the issue of its day goes into this one, unless that one had passed it over. A story
    is repeated under no lead: what counts is whether any of its records was in an issue.
    """
    sent = {item.slug for edition in cut for item in edition.items}
    known = sent.union(*(edition.passed_over for edition in cut))
    names = _names(site)
    since = min(start, *(edition.start for edition in cut)) if cut else start
    eligible = [
        story
        for story in select(site.stories, since, end, None)
        if not names[story.lead.file] & (sent if story.lead.published_at > start else known)
    ]
    told = _told(site, cut)
    chosen = without_repeats(story for story in eligible if not _is_told(story, told, start))[:cap]
    files = {story.lead.file for story in chosen}
    left = tuple(story for story in eligible if story.lead.file not in files)
    updates = (story.lead.file for story in chosen if any(names[lead.file] & sent for lead in story.earlier))
    return Choice(chosen, left, frozenset(updates))


def _told(site: Site, cut: Iterable[Edition]) -> dict[str, list[datetime]]:
    """Return when an article was told, by what another telling of it would share with it.

    That is when its record was published, or when its issue ended where nobody knows any more.
    """
    published = {name: record.published_at for record in site.records.values() for name in record.aliases}
    published.update((record.slug, record.published_at) for record in site.records.values())
    told: dict[str, list[datetime]] = {}
    for edition in cut:
        for item in edition.items:
            for key in article_keys(item.url, item.title):
                told.setdefault(key, []).append(published.get(item.slug, edition.end))
    return told


def _is_told(story: Story, told: dict[str, list[datetime]], start: datetime) -> bool:
    """Return whether an issue told this under another name: within a week, or the very page before this issue began.

    Columns have one title for ever, and evergreen pages are issued again: what is new after a week is new.
    """
    moment = story.lead.published_at
    return any(
        (moment <= start and key.startswith("url ")) or any(abs(moment - time) <= REPEATED_WITHIN for time in told[key])
        for key in repetition_keys(story)
        if key in told
    )


def _names(site: Site) -> dict[str, set[str]]:
    """Return, by the file of each story's lead, every name that its records have or had."""
    names: dict[str, set[str]] = {story.lead.file: set() for story in site.stories}
    for file, number in site.story_of.items():
        record = site.records[file]
        names[site.stories[number].lead.file].update((record.slug, *record.aliases))
    return names


def in_sections(site: Site, stories: Iterable[Story], wanted: Sequence[str] | None) -> dict[str, tuple[Story, ...]]:
    """Return the stories by the id of the one topic that each stands under, in the order of the sections.

    That is its best topic, the deepest one; with `wanted` names of topics the best of those, and its top topic, last of
    all, for a story that has none of them.
    """
    order = {topic: number for number, topic in enumerate(site.topics)}
    ids = {path_key(topic.name): topic.id for topic in reversed(site.topics.values())}
    listed = list(order)
    if wanted is not None:
        listed = list(dict.fromkeys(id for name in wanted if (id := ids.get(topic_key(name)))))
    places = {
        topic: number for number, topic in enumerate([*listed, *(topic for topic in order if topic not in listed)])
    }
    sections: dict[str, list[Story]] = {}
    for story in stories:
        chosen = [topic for topic in story.topics if topic in listed]
        if chosen:
            best = min(chosen, key=lambda id: (-site.topics[id].depth, order[id]))
        else:
            best = min(story.topics, key=lambda id: (site.topics[id].depth, order[id]))
        sections.setdefault(best, []).append(story)
    return {topic: tuple(sections[topic]) for topic in sorted(sections, key=places.__getitem__)}


def editions_shown(sources: Sources, shown: Iterable[Record], now: datetime) -> tuple[Edition, ...]:
    """Return the issues that are out at `now`, newest first, without the items whose records are no longer shown.

    An item is known by the slug of its record, or by an alias of one that took a new name.
    """
    shown = tuple(shown)
    slugs = {record.slug: record.slug for record in shown}
    hidden = {record.slug for record in sources.records} - slugs.keys()
    aliases = {alias: record.slug for record in shown for alias in record.aliases if alias not in hidden}
    out = sorted((edition for edition in sources.editions if edition.end <= now), key=lambda edition: edition.date)

    def name_of(item: EditionItem) -> str | None:
        """Return the slug that the item's record has now; its address would bring back what somebody removed."""
        return slugs.get(item.slug) or aliases.get(item.slug)

    return tuple(_without_withdrawn(edition, name_of) for edition in reversed(out))


def _without_withdrawn(edition: Edition, name_of: Callable[[EditionItem], str | None]) -> Edition:
    sections = []
    for section in edition.sections:
        named = ((item, name_of(item)) for item in section.items)
        items = tuple(structs.replace(item, slug=name) for item, name in named if name)
        if items:
            sections.append(EditionSection(section.topic, items))
    left = sum(len(section.items) for section in sections)
    return structs.replace(
        edition, sections=tuple(sections), passed_over=(), withdrawn=len(edition.items) - left + edition.withdrawn
    )


def cut_on(day: date, editions: Editions, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, at which an issue of `day` is cut.

    A time that the clocks skip on that day is as much later, one that they show twice is the first of both.
    """
    return datetime.combine(day, time.fromisoformat(editions.time), zone).astimezone(UTC)


def cut_times(editions: Editions, zone: tzinfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the moments, in UTC, at which issues are cut by the schedule: `after` < moment <= `until`, in order."""
    day, last = after.astimezone(zone).date() - _DAY, until.astimezone(zone).date() + _DAY
    while day <= last:
        if is_cut_day(day, editions):
            moment = cut_on(day, editions, zone)
            if after < moment <= until:
                yield moment
        day += _DAY


def is_cut_day(day: date, editions: Editions) -> bool:
    """Return whether the schedule has an issue on `day`."""
    if editions.period == "monthly":
        return day.day == 1
    usual = _WEEKDAYS if editions.period == "daily" else ("mon",)
    return _WEEKDAYS[day.weekday()] in (editions.weekdays or usual)


def last_cut(editions: Editions, zone: tzinfo, until: datetime) -> datetime:
    """Return the latest moment at or before `until` at which an issue is cut by the schedule."""
    return list(cut_times(editions, zone, until - timedelta(days=35), until))[-1]


def period_before(end: datetime, editions: Editions, zone: tzinfo) -> datetime:
    """Return the moment one period before `end`: where an issue without a forerunner starts."""
    day = end.astimezone(zone).date()
    if editions.period == "monthly":
        before = day.replace(day=1) - _DAY
        day = before.replace(day=min(day.day, monthrange(before.year, before.month)[1]))
    elif editions.period == "weekly":
        day -= 7 * _DAY
    else:
        day -= _DAY
        while not is_cut_day(day, editions):
            day -= _DAY
    return cut_on(day, editions, zone)
