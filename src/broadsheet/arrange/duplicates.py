"""One list, one article: leads that are the same page, or have the same title, within a week show once."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache

from broadsheet.arrange.order import hottest_story_first
from broadsheet.model import Story
from broadsheet.text import clean_url, display_text, url_key

REPEATED_WITHIN = timedelta(days=7)
_WINDOW_SECONDS = REPEATED_WITHIN.total_seconds()


def without_repeats(stories: Iterable[Story]) -> tuple[Story, ...]:
    """Return one list, in its order, without the stories that repeat a better one of this list.

    The best comes first (heat, then file name) and takes all that are at most 7 days from it: evergreen pages are
    issued again, so nothing chains further than that.
    """
    stories = tuple(stories)
    shown: dict[str, list[float]] = {}
    repeats: set[str] = set()
    for story in sorted(_suspects(stories), key=hottest_story_first):
        moment = story.lead.published_at.timestamp()
        keys = repetition_keys(story)
        if any(_is_near(shown.get(key, []), moment) for key in keys):
            repeats.add(story.lead.file)
            continue
        for key in keys:
            insort(shown.setdefault(key, []), moment)
    return tuple(story for story in stories if story.lead.file not in repeats) if repeats else stories


def told_instead(story: Story, told: Iterable[Story]) -> Story | None:
    """Return the best story of a list without repeats that `story` repeats, or None."""
    keys, moment = repetition_keys(story), story.lead.published_at.timestamp()
    near = (other for other in told if _is_near([other.lead.published_at.timestamp()], moment))
    same = (other for other in near if not keys.isdisjoint(repetition_keys(other)))
    return min(same, key=hottest_story_first, default=None)


def _suspects(stories: Iterable[Story]) -> list[Story]:
    """Return the stories that share something with another: in most lists there are few."""
    first: dict[str, Story] = {}
    suspects: dict[str, Story] = {}
    for story in stories:
        for key in repetition_keys(story):
            other = first.setdefault(key, story)
            if other is not story:
                suspects[story.lead.file] = story
                suspects[other.lead.file] = other
    return list(suspects.values())


def repetition_keys(story: Story) -> frozenset[str]:
    """Return what a repetition of the story would share with it."""
    return article_keys(story.lead.report_url, story.lead.title)


@lru_cache(maxsize=65536)
def article_keys(web_url: str, title: str) -> frozenset[str]:
    """Return what two tellings of one article share: its address or its title; the prefixes keep them apart."""
    url = clean_url(web_url)
    return frozenset((f"title {display_text(title).casefold()}", *([f"url {url_key(url)}"] if url else [])))


def _is_near(moments: list[float], moment: float) -> bool:
    low = bisect_left(moments, moment - _WINDOW_SECONDS)
    return low < len(moments) and moments[low] <= moment + _WINDOW_SECONDS
