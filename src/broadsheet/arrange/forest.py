"""Who leads whom, by the pointer forest of RECORDS section 4: every record points to the best item of its list."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from broadsheet.arrange.order import quality_key
from broadsheet.arrange.related import Resolver
from broadsheet.heat import bonus_of
from broadsheet.model import Coverage, Record
from broadsheet.once import Once

_Claim = tuple[tuple[int, str, str], Record]


class Claim(NamedTuple):
    """A record of a list, and how good the list says that it is: -1 where nobody says."""

    record: Record
    quality: int


class Forest:
    """Who leads whom, over records that are not withheld, and what heat each has."""

    def __init__(self, records: Iterable[Record], resolver: Resolver) -> None:
        """Follow every record's pointer to its root; linear in the number of related items."""
        self.records = tuple(records)
        present = {record.file: record for record in self.records}
        claims: Once[Coverage, _Claim | None] = Once(lambda item: _claim(item, resolver, present))
        pointer = {file: _best(record, claims.of(record.related)) for file, record in present.items()}
        self._roots = _roots(pointer, present)
        self._resolver = resolver
        self._present = present

    def __contains__(self, record: Record) -> bool:
        """Return whether `record` took part."""
        return record.file in self._present

    def claims_of(self, record: Record) -> list[Claim]:
        """Return `record` itself and what the items of its list claim to be, the best first: that one it points to."""
        claims = [_claim(item, self._resolver, self._present) for item in record.related]
        own = quality_key(record.quality, record), record
        in_order = sorted((own, *filter(None, claims)), key=itemgetter(0))
        return [Claim(claimed, -key[0]) for key, claimed in in_order]

    def ring_of(self, lead: Record) -> list[Record]:
        """Return the records that point to each other in a ring, from `lead` on; `lead` alone where there is none."""
        ring = [lead]
        while (following := self.claims_of(ring[-1])[0].record).file != lead.file:
            ring.append(following)
        return ring

    def lead_of(self, record: Record) -> Record:
        """Return the root that `record` leads to: itself for a lead."""
        return self._roots[record.file]

    def heat_of(self, record: Record) -> int:
        """Return the heat in the file, else what section 3 computes, else 0 for a lead of unknown quality."""
        if record.heat is not None:
            return record.heat
        if self.lead_of(record).file != record.file:
            return -1
        return (record.quality or 0) + bonus_of(record)


def _claim(item: Coverage, resolver: Resolver, present: dict[str, Record]) -> _Claim | None:
    """Return which of the records in `present` an item is, and how good its list says that one is."""
    record = resolver.among(item, present)
    if record is None:
        return None
    # Copies can be stale, and the one that is written is right: that is how the source folded them.
    return quality_key(record.quality if item.quality is None else item.quality, record), record


def _best(record: Record, claims: Sequence[_Claim | None]) -> Record:
    """Return the best of `record` and what the items of its own list claim to be."""
    own = quality_key(record.quality, record), record
    return min((own, *filter(None, claims)), key=itemgetter(0))[1]


def _roots(pointer: dict[str, Record], records: dict[str, Record]) -> dict[str, Record]:
    roots: dict[str, Record] = {}
    for start in pointer:
        path: list[str] = []
        on_path: set[str] = set()
        at = start
        while at not in roots and at not in on_path and pointer[at].file != at:
            path.append(at)
            on_path.add(at)
            at = pointer[at].file
        if at in roots:
            root = roots[at]
        elif at in on_path:
            # Stale qualities can point in a ring. Its best record leads, wherever the walk began.
            ring = (records[file] for file in path[path.index(at) :])
            root = min(ring, key=lambda record: quality_key(record.quality, record))
        else:
            root = records[at]
        roots[at] = root
        roots.update(dict.fromkeys(path, root))
    return roots
