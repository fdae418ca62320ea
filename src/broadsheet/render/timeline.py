"""The course of a story: who reported first, who followed, how long after, and who carries whose text."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import groupby

from broadsheet.model import Coverage, Record, Story
from broadsheet.render.cards import Cards
from broadsheet.render.text import has_clock
from broadsheet.render.views import CopyView, MomentsView, ReportView
from broadsheet.text import display_text
from broadsheet.words import Words

Item = Record | Coverage
_DAY = 24 * 60 * 60
# What is less would be said as no minute, or as one that the clocks beside it deny.
_HALF_A_MINUTE = 30


def timeline(story: Story, cards: Cards, words: Words) -> tuple[MomentsView, ...]:
    """Return the reports and follow-ups of a story by day, the first one first, those of unknown time last.

    What comes later counts from the first of all, copies among them, which need not be one of the reports. There are
    none for a lead alone.
    """
    if not (story.coverage or story.follow_ups):
        return ()
    reports = sorted((story.lead, *story.coverage, *story.follow_ups), key=_when)
    # A copy may be the first of all that tell it: then nobody whose report stands here reported first.
    first = min((*reports, *(copy.item for copy in story.copies)), key=_when)
    following = {id(item) for item in story.follow_ups}
    copies = copies_of(story, cards)
    views = (
        ReportView(
            item=cards.view(item),
            is_first=item is first,
            is_lead=item is story.lead,
            after=_after(first, item, words),
            is_follow_up=id(item) in following,
            # Those of the lead stand with its text.
            copies=() if item is story.lead else copies.get(id(item), ()),
        )
        for item in reports
    )
    return tuple(_days(views))


def copies_of(story: Story, cards: Cards) -> dict[int, tuple[CopyView, ...]]:
    """Return who carries the text of which report, by the identity of that."""
    found = {}
    for of, named in carriers(story, lambda item: cards.view(item).provider.name).items():
        views = [(name, cards.view(item)) for name, item in named]
        found[of] = tuple(CopyView(name, view.link or view.url, view.id) for name, view in views)
    return found


def carriers(story: Story, name_of: Callable[[Item], str]) -> dict[int, list[tuple[str, Item]]]:
    """Return the copies of every report, each with the name of who carries it, by the identity of the report.

    `name_of` gives the name of an item's source, or nothing. A copy of what is not told itself counts as the lead's.
    """
    told = {id(item): item for item in (story.lead, *story.coverage, *story.follow_ups)}
    found: dict[int, list[tuple[str, Item]]] = {}
    times: Counter[tuple[int, str]] = Counter()
    for copy in story.copies:
        of = id(copy.of) if id(copy.of) in told else id(story.lead)
        name = name_of(copy.item) or display_text(copy.item.title)
        # An outlet may carry a text at several addresses, and its own once more.
        times[of, name] += 1 if times[of, name] or name != name_of(told[of]) else 2
        which = f"{name} ({times[of, name]})" if times[of, name] > 1 else name
        found.setdefault(of, []).append((which, copy.item))
    return found


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
