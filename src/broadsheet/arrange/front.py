"""The front page: one lead, a few seconds, then the topics, every story as big as it is hot. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from broadsheet.arrange.duplicates import without_repeats
from broadsheet.arrange.order import hottest_story_first
from broadsheet.arrange.topics import Taxonomy
from broadsheet.config import Home
from broadsheet.model import Section, Story

_AT_LEAST = 12
_MOST_SECONDS = 4
_FOR_EACH_SECOND = 3
_MOST_FULL = 3


def front_page(
    stories: tuple[Story, ...], told: tuple[Story, ...], taxonomy: Taxonomy, settings: Home
) -> tuple[Section, ...]:
    """Return the parts of the front page: its top, and recent stories under their best topic, in display order.

    `stories` are newest first, `told` are all of them without repeats.
    """
    chosen = _recent(stories, told, settings)
    if not chosen:
        return ()
    # A page of few stories is no place for a parade: the topics get most of them.
    at_top = 1 + min(_MOST_SECONDS, (len(chosen) - 1) // _FOR_EACH_SECOND)
    by_topic: dict[str, list[Story]] = {}
    for story in chosen[at_top:]:
        by_topic.setdefault(taxonomy.best(story.topics), []).append(story)
    sections = (_section(topic, by_topic[topic][: settings.stories_per_topic]) for topic in taxonomy.in_order(by_topic))
    return (Section("", chosen[:at_top]), *sections)


def _recent(stories: tuple[Story, ...], told: tuple[Story, ...], settings: Home) -> tuple[Story, ...]:
    """Return what the front page has room for, best first."""
    if not stories:
        return ()
    since = stories[0].lead.published_at - timedelta(days=settings.days)
    recent = [story for story in stories if story.lead.published_at >= since]
    # A quiet week does not make an empty front page.
    recent = recent if len(recent) >= _AT_LEAST else list(stories[:_AT_LEAST])
    chosen = told if len(recent) == len(stories) else without_repeats(recent)
    return tuple(sorted(chosen, key=hottest_story_first)) if settings.order == "hottest" else chosen


def _section(topic: str, stories: Sequence[Story]) -> Section:
    """Return a topic's part: what is at least half as hot as its hottest story is told in full, the rest in brief."""
    hottest = max(story.rank for story in stories)
    full = [story for story in stories if story.rank >= min(hottest, hottest / 2)][:_MOST_FULL]
    shown = {story.lead.file for story in full}
    return Section(topic, tuple(full), tuple(story for story in stories if story.lead.file not in shown))
