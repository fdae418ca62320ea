"""One list, one article: leads that are the same page, or have the same title, within a week show once."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from broadsheet.arrange.order import hottest_story_first
from broadsheet.model import Story
from broadsheet.text import clean_url, display_text, url_key

_WINDOW_SECONDS = 7 * 24 * 3600


def representatives(stories: Iterable[Story]) -> dict[str, str]:
    """Return, for the lead's file of every duplicate, the file of the best story that it repeats.

    The best comes first (heat, then file name) and takes all that are at most 7 days from it: evergreen pages are
    issued again, so nothing chains further than that.
    """
    kept: dict[str, list[tuple[float, str]]] = {}
    repeats: dict[str, str] = {}
    for story in sorted(stories, key=hottest_story_first):
        moment = story.lead.published_at.timestamp()
        keys = _keys(story)
        best = next((file for key in keys for file in _near(kept.get(key, []), moment)), None)
        if best is not None:
            repeats[story.lead.file] = best
            continue
        for key in keys:
            insort(kept.setdefault(key, []), (moment, story.lead.file))
    return repeats


def _keys(story: Story) -> list[str]:
    """Return what a duplicate would share; the prefixes keep addresses and titles apart."""
    lead = story.lead
    url = clean_url(lead.web_url or lead.original_url or "")
    return [*([f"url {url_key(url)}"] if url else []), f"title {display_text(lead.title).casefold()}"]


def _near(kept: list[tuple[float, str]], moment: float) -> list[str]:
    low = bisect_left(kept, (moment - _WINDOW_SECONDS, ""))
    return [kept[low][1]] if low < len(kept) and kept[low][0] <= moment + _WINDOW_SECONDS else []


def folded(stories: Sequence[Story], repeats: dict[str, str]) -> tuple[Story, ...]:
    """Return one list, in its order, with the best of every group of duplicates that stands in this list."""
    if not repeats:
        return tuple(stories)
    best: dict[str, Story] = {}
    for story in stories:
        group = repeats.get(story.lead.file, story.lead.file)
        if group not in best or hottest_story_first(story) < hottest_story_first(best[group]):
            best[group] = story
    return tuple(story for story in stories if best[repeats.get(story.lead.file, story.lead.file)] is story)
