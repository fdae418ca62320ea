"""The front page: one lead, a few seconds, then the topics, every story as big as it is hot. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from broadsheet.arrange.duplicates import without_repeats
from broadsheet.arrange.order import hottest_story_first
from broadsheet.arrange.topics import Taxonomy
from broadsheet.config import Home
from broadsheet.model import Section, Story

FRONT_AT_LEAST = 12
_MOST_SECONDS = 4
_FOR_EACH_SECOND = 3
MOST_FULL = 3


class Choice(NamedTuple):
    """What the front page has to choose from: `recent` stories, newest first, and the same `told` once, best first.

    `is_quiet` says that those of the last days are so few that older ones fill the page.
    """

    recent: tuple[Story, ...]
    told: tuple[Story, ...]
    is_quiet: bool


def front_page(
    stories: tuple[Story, ...], told: tuple[Story, ...], taxonomy: Taxonomy, settings: Home
) -> tuple[Section, ...]:
    """Return the parts of the front page: its top, and recent stories under their best topic, in display order.

    `stories` are newest first, `told` are all of them without repeats.
    """
    top, by_topic = laid_out(front_choice(stories, told, settings).told, taxonomy)
    if not top:
        return ()
    sections = (_section(topic, some[: settings.stories_per_topic]) for topic, some in by_topic.items())
    return (Section("", top), *sections)


def laid_out(chosen: tuple[Story, ...], taxonomy: Taxonomy) -> tuple[tuple[Story, ...], dict[str, list[Story]]]:
    """Return what stands at the top, and all others by their best topic, in display order, however many."""
    if not chosen:
        return (), {}
    # A page of few stories is no place for a parade: the topics get most of them.
    at_top = 1 + min(_MOST_SECONDS, (len(chosen) - 1) // _FOR_EACH_SECOND)
    by_topic: dict[str, list[Story]] = {}
    for story in chosen[at_top:]:
        by_topic.setdefault(taxonomy.best(story.topics), []).append(story)
    return chosen[:at_top], {topic: by_topic[topic] for topic in taxonomy.in_order(by_topic)}


def front_choice(stories: tuple[Story, ...], told: tuple[Story, ...], settings: Home) -> Choice:
    """Return what the front page is chosen from; `stories` and `told` as `front_page` takes them."""
    if not stories:
        return Choice((), (), is_quiet=True)
    since = stories[0].lead.published_at - timedelta(days=settings.days)
    recent = tuple(story for story in stories if story.lead.published_at >= since)
    # A quiet week does not make an empty front page.
    is_quiet = len(recent) < FRONT_AT_LEAST
    recent = stories[:FRONT_AT_LEAST] if is_quiet else recent
    chosen = told if len(recent) == len(stories) else without_repeats(recent)
    in_order = tuple(sorted(chosen, key=hottest_story_first)) if settings.order == "hottest" else chosen
    return Choice(recent, in_order, is_quiet)


def _section(topic: str, stories: Sequence[Story]) -> Section:
    """Return a topic's part: what is at least half as hot as its hottest story is told in full, the rest in brief."""
    hottest = max(story.rank for story in stories)
    full = [story for story in stories if story.rank >= min(hottest, hottest / 2)][:MOST_FULL]
    shown = {story.lead.file for story in full}
    return Section(topic, tuple(full), tuple(story for story in stories if story.lead.file not in shown))
