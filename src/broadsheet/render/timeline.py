"""The course of a story: who reported first, who followed, and how long after."""

from collections.abc import Iterable
from itertools import groupby

from broadsheet.model import Coverage, Record, Story
from broadsheet.render.cards import Cards
from broadsheet.render.text import has_clock
from broadsheet.render.views import MomentsView, ReportView
from broadsheet.words import Words

_DAY = 24 * 60 * 60
# What is less would be said as no minute, or as one that the clocks beside it deny.
_HALF_A_MINUTE = 30


def timeline(story: Story, cards: Cards, words: Words) -> tuple[MomentsView, ...]:
    """Return the reports of a story by day, the first one first, those of unknown time last; none for a lead alone."""
    if not story.coverage:
        return ()
    reports = sorted((story.lead, *story.coverage), key=_when)
    first = reports[0]
    views = (
        ReportView(cards.view(item), item is first, item is story.lead, _after(first, item, words)) for item in reports
    )
    return tuple(_days(views))


def _when(item: Record | Coverage) -> tuple[bool, float]:
    return _is_undated(item), item.published_at.timestamp()


def _is_undated(item: Record | Coverage) -> bool:
    return isinstance(item, Coverage) and item.is_undated


def _after(first: Record | Coverage, item: Record | Coverage, words: Words) -> str:
    """Return how long after the `first` report an item came; the empty string where that is nothing or not known."""
    seconds = (item.published_at - first.published_at).total_seconds()
    # Of a day without a time nobody knows the hours.
    is_rough = not (has_clock(first.published_at) and has_clock(item.published_at))
    if _is_undated(item) or seconds < (_DAY if is_rough else _HALF_A_MINUTE):
        return ""
    return words.later(seconds)


def _days(reports: Iterable[ReportView]) -> Iterable[MomentsView]:
    for date, some in groupby(reports, key=lambda report: report.item.date):
        in_day = tuple(some)
        yield MomentsView(date, in_day[0].item.iso, in_day)
