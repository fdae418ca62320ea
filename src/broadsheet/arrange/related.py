"""Which record of the folder a related item is."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Sequence
from datetime import datetime, timedelta

from broadsheet.arrange.order import newest_first
from broadsheet.model import Coverage, Record

_NEAR = timedelta(hours=1)
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
