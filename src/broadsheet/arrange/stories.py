"""Records to stories by the pointer forest of RECORDS section 4: every record points to the best item of its list."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from broadsheet.arrange.order import oldest_first, quality_key
from broadsheet.arrange.related import Item, Resolver, SameSubject
from broadsheet.config import Stories
from broadsheet.model import Coverage, Record, Story
from broadsheet.once import Once
from broadsheet.text import clean_url, url_key

HEAT_PER_RELATED = 20
QUALITY_FOR_BONUS = 50

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


def bonus_of(record: Record) -> int:
    """Return what a good record's `related` items add to its heat where its file does not give that."""
    return HEAT_PER_RELATED * len(record.related) if (record.quality or 0) >= QUALITY_FOR_BONUS else 0


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


class StoryMaker:
    """Makes one story at a time out of shown records."""

    def __init__(
        self, forest: Forest, resolver: Resolver, same_subject: SameSubject, shown: dict[str, Record], settings: Stories
    ) -> None:
        """Group `shown` records, by file, under their leads."""
        self._forest = forest
        self._resolver = resolver
        self._same_subject = same_subject
        self._shown = shown
        self._max_related = settings.max_related
        self._hidden = {_address(record) for record in resolver.records if record.file not in shown}
        self._shown_as = Once(self._show)
        self._members: dict[str, list[Record]] = {}
        for record in shown.values():
            lead = forest.lead_of(record)
            if lead.file != record.file:
                self._members.setdefault(lead.file, []).append(record)

    def leads(self) -> list[Record]:
        """Return the shown records that lead a story."""
        return [record for record in self._shown.values() if self._forest.lead_of(record).file == record.file]

    def grouped(self, lead: Record, topics: tuple[str, ...]) -> Story:
        """Return the story that `lead` leads, its members folded into it."""
        members = sorted(self._members.get(lead.file, ()), key=lambda member: quality_key(member.quality, member))
        draft = _Draft(lead, self._same_subject)
        for member in sorted(members, key=lambda member: not self._same_subject(lead, member)):
            draft.add_member(member)
        # Members' lists repeat each other: what one of them has is looked at once for all.
        listed = {id(item): item for member in members for item in member.related}
        for items, is_own in ((lead.related, True), (tuple(listed.values()), False)):
            for item, found in zip(items, self._shown_as.of(items), strict=True):
                if isinstance(found, Coverage):
                    draft.add_outside(item, is_own)
                elif found is not None and (other := self._forest.lead_of(found)).file != lead.file:
                    draft.add_related(other, item, is_own)
        related = list(draft.related.values())
        also_linked = [item for item in draft.also_linked if id(item) not in draft.related]
        return Story(
            lead=lead,
            rank=self._forest.heat_of(lead),
            topics=topics,
            coverage=_unique(draft.coverage),
            also_linked=_unique([*also_linked, *related[self._max_related :]]),
            related=tuple(related[: self._max_related]),
            first=min((lead, *members), key=oldest_first).slug,
            updated_at=max(
                [record.told_at for record in (lead, *members)] + [item.published_at for item in draft.coverage]
            ),
        )

    def single(self, record: Record, topics: tuple[str, ...]) -> Story:
        """Return `record` as a story of its own, with all of its own related items in the order of its list."""
        shown = self._shown_as.of(record.related)
        coverage = _unique([item for item in shown if item is not None and item is not record])
        return Story(
            lead=record,
            rank=self._forest.heat_of(record),
            topics=topics,
            coverage=coverage,
            first=record.slug,
            updated_at=record.told_at,
        )

    def _show(self, item: Coverage) -> Item | None:
        """Return the shown record that an item is, the item itself when it is from outside, None when it is hidden."""
        record = self._resolver.among(item, self._shown)
        if record is not None:
            return record
        may_be = self._resolver.candidates(item)
        # What leads to a hidden record's report is hidden with it, whatever title or time its copy has.
        is_hidden = bool(may_be) and not any(other.file in self._shown for other in may_be)
        return None if is_hidden or (self._hidden and _address(item) in self._hidden) else item


class _Draft:
    """A story in the making: what passes the display guard is coverage or related, the rest is "also linked"."""

    def __init__(self, lead: Record, same_subject: SameSubject) -> None:
        self.coverage: list[Item] = []
        self.also_linked: list[Item] = []
        self.related: dict[int, Record] = {}
        self._lead = lead
        self._same_subject = same_subject
        self._addresses = {_address(lead)}

    def add_member(self, member: Record) -> None:
        is_coverage = self._is_new(member) and self._same_subject(self._lead, member)
        (self.coverage if is_coverage else self.also_linked).append(member)

    def add_outside(self, item: Coverage, is_own: bool) -> None:
        """Add an item from outside; `is_own` says that it is in the lead's own list."""
        is_near = self._same_subject(self._lead, item)
        # What a member's list has beyond the subject is nobody's coverage: only the lead's own list is told in full.
        if (is_near or is_own) and self._is_new(item):
            (self.coverage if is_near else self.also_linked).append(item)

    def add_related(self, other: Record, item: Coverage, is_own: bool) -> None:
        """Add the lead of another story, which `item` led to; `is_own` says that it is in the lead's own list."""
        if self._same_subject(self._lead, item):
            self.related[id(other)] = other
        elif is_own:
            self.also_linked.append(other)

    def _is_new(self, item: Item) -> bool:
        address = _address(item)
        if address in self._addresses:
            return False
        self._addresses.add(address)
        return True


def _address(item: Item) -> str:
    """Return what two items share when they are one article: their address, else their title and time."""
    url = clean_url(item.report_url)
    return url_key(url) if url else f"{item.title} {item.published_at.isoformat()}"


def _unique(items: list[Item]) -> tuple[Item, ...]:
    return tuple({id(item): item for item in items}.values())
