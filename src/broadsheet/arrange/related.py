"""Which record of the folder a related item is, and whether two titles are about the same thing."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from datetime import datetime, timedelta

from broadsheet.arrange.order import newest_first
from broadsheet.model import Coverage, Record
from broadsheet.text import display_text

_NEAR = timedelta(hours=1)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# Scripts without blanks between words: two neighbouring characters stand for a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}")
_COMMON_SHARE = 0.08
_COMMON_AT_LEAST = 50
_STOP_WORDS = frozenset(
    """a about after again all also an and any are as at back be because been before being best better between big but
    by can could day did do does down during each every first for from get gets getting go goes going had has have he
    her here his how i if in into is it its just keep know last latest like made make makes making many may me more
    most much must my need new news next no not now of off on one only or other our out over own part per report
    reports review said same say says see set she should show shows since so some still such take takes than that the
    their them then there these they this those three through time to today too top two under until up update us use
    used using very via vs was way we week well were what when where which while who why will with within without
    would year years yet you your""".split()
)

Item = Record | Coverage


class Resolver:
    """Finds the records that a related item may be: exact title and time, else the same title within an hour."""

    def __init__(self, records: Iterable[Record]) -> None:
        """Know `records`, shown or not: an item that is a hidden record must be known for one."""
        self.records = tuple(sorted(records, key=newest_first))
        self._exact: dict[tuple[str, datetime], list[Record]] = {}
        by_title: dict[str, list[Record]] = {}
        for record in self.records:
            self._exact.setdefault((record.title, record.published_at), []).append(record)
            by_title.setdefault(record.title, []).append(record)
        self._by_title = {title: same[::-1] for title, same in by_title.items()}
        self._times = {title: [record.published_at for record in same] for title, same in self._by_title.items()}

    def candidates(self, item: Coverage) -> Sequence[Record]:
        """Return the records that `item` may be, the likeliest first; none when it is something outside."""
        return self._exact.get((item.title, item.published_at)) or self._near(item)

    def among(self, item: Coverage, present: Container[str]) -> Record | None:
        """Return the record that `item` is among those whose files are `present`, or None.

        Of several with its very title and time the first by file name is meant; of several near ones none is.
        """
        found = (record for record in self.candidates(item) if record.file in present)
        first = next(found, None)
        if first is None or first.published_at == item.published_at:
            return first
        return first if next(found, None) is None else None

    def _near(self, item: Coverage) -> Sequence[Record]:
        same_title = self._by_title.get(item.title)
        if not same_title:
            return ()
        times = self._times[item.title]
        low = bisect_left(times, item.published_at - _NEAR)
        high = bisect_right(times, item.published_at + _NEAR)
        return same_title[low:high]


class SameSubject:
    """The display guard: is an item near enough to its lead, in time and in words, to count as its coverage?"""

    def __init__(self, leads: Iterable[Record], window_days: int) -> None:
        """Learn from the titles of `leads` which words say too little: those that very many stories share."""
        titles = [words(lead.title) for lead in leads]
        counts = Counter(word for title in titles for word in title)
        limit = max(_COMMON_AT_LEAST, _COMMON_SHARE * len(titles))
        self._common = {word for word, count in counts.items() if count > limit}
        self._window = timedelta(days=window_days)
        self._words: dict[str, frozenset[str]] = {}

    def __call__(self, lead: Record, item: Item) -> bool:
        """Return whether both are at most the window apart and share an informative word of their titles."""
        if abs(lead.published_at - item.published_at) > self._window:
            return False
        return not self._informative(lead.title).isdisjoint(self._informative(item.title))

    def _informative(self, title: str) -> frozenset[str]:
        known = self._words.get(title)
        if known is None:
            known = self._words[title] = words(title) - self._common
        return known


def words(title: str) -> frozenset[str]:
    """Return the words of a title that can tell what it is about, case-folded, plural or not."""
    text = display_text(title).casefold()
    found = {_stem(word) for word in _WORD.findall(text) if len(word) > 1 and word not in _STOP_WORDS}
    for run in _UNSPACED.findall(text):
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    return frozenset(found)


def _stem(word: str) -> str:
    for ending in ("'s", "’s"):
        word = word.removesuffix(ending)
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
