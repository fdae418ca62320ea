"""Which of a site's stories may be near another one: found through an index of their terms, never by comparing all."""

from bisect import bisect_left
from collections.abc import Sequence
from heapq import nlargest

from broadsheet.arrange.aboutness import Measure
from broadsheet.model import Record

# A story is looked up by so many of its terms, those that tell the most, each in so many stories before it and after.
# Of those that share a term the nearest in time: so the work grows with the records alone.
_TERMS = 10
_AROUND = 12
_CANDIDATES = 16


class Neighbours:
    """An index of leads by the terms of their texts."""

    def __init__(self, leads: Sequence[Record], measure: Measure) -> None:
        """Index `leads`, which are in the order of their time."""
        self._leads = leads
        self._measure = measure
        self._at = {lead.file: at for at, lead in enumerate(leads)}
        self._having: dict[str, list[int]] = {}
        for at, lead in enumerate(leads):
            for term in measure.profile(lead).words:
                self._having.setdefault(term, []).append(at)

    def of(self, lead: Record, around: int = _AROUND, most: int = _CANDIDATES) -> list[Record]:
        """Return the other leads that share the most telling terms, the likeliest first, and at most so many.

        Of those that have one term, `around` on each side in time are looked at.
        """
        own, weights, having = self._at[lead.file], self._measure.weights, self._having
        profile = self._measure.profile(lead)
        # What the title has in common with another counts twice: it says what a report is about.
        telling = [
            (weights[term] * (2 if term in profile.title else 1), term)
            for term in profile.words
            if len(having[term]) > 1
        ]
        found: dict[int, int] = {}
        for gain, term in sorted(telling, reverse=True)[:_TERMS]:
            among = having[term]
            if len(among) > 2 * around:
                middle = bisect_left(among, own)
                among = among[max(middle - around, 0) : middle + around + 1]
            for at in among:
                found[at] = found.get(at, 0) + gain
        found.pop(own, None)
        # Of equals those that share the most telling term, for they were found first.
        best = nlargest(most, found, key=found.__getitem__)
        return [self._leads[at] for at in best]
