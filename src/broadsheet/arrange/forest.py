"""Who leads whom, by the pointer forest of RECORDS section 4: every record points to the best item of its list.

What an editor decided comes before that; where nobody decided anything, nothing is asked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from broadsheet.arrange.order import quality_key
from broadsheet.arrange.overrides import Decided
from broadsheet.arrange.regrouped import cuts, regrouped
from broadsheet.arrange.related import Resolver
from broadsheet.heat import bonus_of
from broadsheet.model import Coverage, Record
from broadsheet.once import Once
from broadsheet.problems import Problem

_Claim = tuple[tuple[int, str, str], Record]
_NOTHING: Mapping[str, Record] = MappingProxyType({})


def _is_removed(lead: Record, heat: int) -> bool:
    return lead.removed


class Claim(NamedTuple):
    """A record of a list, and how good the list says that it is: -1 where nobody says."""

    record: Record
    quality: int


class Forest:
    """Who leads whom, over records that are not withheld, and what heat each has."""

    def __init__(
        self,
        records: Iterable[Record],
        resolver: Resolver,
        decided: Decided | None = None,
        is_barred: Callable[[Record, int], bool] = _is_removed,
        found: Mapping[str, Record] = _NOTHING,
    ) -> None:
        """Follow every record's pointer to its root; linear in the number of related items.

        `decided` is what an editor says of it; `is_barred` tells, of a lead and its heat, whether its story is hidden.
        `found` are records that others, by their files, were found to belong to: those have no list to point by.
        """
        self.records = tuple(records)
        present = {record.file: record for record in self.records}
        claims: Once[Coverage, _Claim | None] = Once(lambda item: _claim(item, resolver, present))
        pointer = {file: _best(record, claims.of(record.related)) for file, record in present.items()}
        self._found = {file: lead for file, lead in found.items() if file in present and lead.file in present}
        pointer.update(self._found)
        self._resolver = resolver
        self._present = present
        self._decided = decided or Decided()
        self._heats: dict[str, int] = {}
        self._hottest: dict[str, Record] = {}
        self._joined: frozenset[str] = frozenset()
        self.problems: tuple[Problem, ...] = ()
        self._roots = self._regrouped(pointer, is_barred) if decided else _roots(pointer, present)
        self._warm_found()

    def _warm_found(self) -> None:
        """Have each story that was found be as hot as the hottest record that would lead a part of it."""
        for file in self._found:
            record, root = self._present[file], self._roots[file]
            if root.file == file:
                continue
            hottest = self.heat_from(root)
            if _heat_alone(record) > self._heats.get(root.file, _heat_alone(hottest)):
                self._heats[root.file], self._hottest[root.file] = _heat_alone(record), record
            self._heats[file] = -1

    def _regrouped(self, pointer: dict[str, Record], is_barred: Callable[[Record, int], bool]) -> dict[str, Record]:
        """Return who leads each record where something was decided; `pointer` says who would, and is changed."""
        present, decided = self._present, self._decided
        freed = self._kept_apart(pointer)
        roots = _roots(pointer, present)
        # A ring is cut open at its lead: a tree is left.
        pointer.update({root.file: root for root in roots.values()})
        off = cuts(decided, pointer, roots, present)
        if off:
            pointer.update({file: present[file] for file in off})
            roots = _roots(pointer, present)
        standings, self._joined, self.problems = regrouped(decided, present, roots, freed | off, is_barred)
        for tree, standing in standings.items():
            if tree != standing.lead.file:
                # It led, and is folded now.
                self._heats[tree] = -1
        for lead, heat, hottest in standings.values():
            self._heats[lead.file] = heat
            self._hottest[lead.file] = hottest
        return {file: standings[root.file].lead if root.file in standings else root for file, root in roots.items()}

    def _kept_apart(self, pointer: dict[str, Record]) -> set[str]:
        """Have no record point to one that it is kept from, and return those that so point to nobody."""
        freed = set(self._decided.alone) & self._present.keys()
        if not (self._decided.splits or self._decided.alone):
            return freed
        for file, best in pointer.items():
            if self._decided.keeps_apart(file, best.file):
                pointer[file] = self.claims_of(self._present[file])[0].record
                if pointer[file].file == file:
                    freed.add(file)
        return freed

    def __contains__(self, record: Record) -> bool:
        """Return whether `record` took part."""
        return record.file in self._present

    def claims_of(self, record: Record) -> list[Claim]:
        """Return `record` itself and what the items of its list claim to be, the best first: that one it points to.

        Those that a `split` keeps it from are not among them.
        """
        found = (_claim(item, self._resolver, self._present) for item in record.related)
        claims = [claim for claim in found if claim and not self._decided.keeps_apart(record.file, claim[1].file)]
        own = quality_key(record.quality, record), record
        in_order = sorted((own, *claims), key=itemgetter(0))
        return [Claim(claimed, -key[0]) for key, claimed in in_order]

    def ring_of(self, lead: Record) -> list[Record]:
        """Return the records that point to each other in a ring, from `lead` on; `lead` alone where there is none."""
        ring = [lead]
        passed = {lead.file}
        while (following := self.claims_of(ring[-1])[0].record).file not in passed:
            ring.append(following)
            passed.add(following.file)
        # One that is pinned leads without being in the ring, or where there is none.
        return ring if following.file == lead.file else [lead]

    def lead_of(self, record: Record) -> Record:
        """Return the root that `record` leads to: itself for a lead."""
        return self._roots[record.file]

    def found_with(self, record: Record) -> Record | None:
        """Return the record of its story that `record` was found to tell of one event with; None where none was."""
        other = self._found.get(record.file)
        return other if other and self.lead_of(other).file == self.lead_of(record).file else None

    def is_joined(self, record: Record, lead: Record) -> bool:
        """Return whether a `join` has `record` in the story of `lead`: it is told there, whatever it is about."""
        return record.file in self._joined and self.lead_of(record).file == lead.file

    def heat_of(self, record: Record) -> int:
        """Return the heat in the file, else what section 3 computes, else 0 for a lead of unknown quality.

        Of a story that an editor put together it is that of the hottest that would lead a part of it; and that its
        source folded a record says nothing where he has it lead.
        """
        decided = self._heats.get(record.file)
        if decided is not None:
            return decided
        if record.heat is not None:
            return record.heat
        return _heat_alone(record) if self.lead_of(record).file == record.file else -1

    def heat_from(self, lead: Record) -> Record:
        """Return the record whose heat the story of `lead` has: that of `lead`, but for what an editor put together."""
        return self._hottest.get(lead.file, lead)


def _heat_alone(record: Record) -> int:
    """Return the heat that a record has where nobody leads it."""
    return (record.quality or 0) + bonus_of(record) if record.heat is None else record.heat


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
