"""Records to stories by the pointer forest of RECORDS section 4: every record points to the best item of its list."""

from collections.abc import Iterable, Iterator

from broadsheet.arrange.order import oldest_first, quality_key
from broadsheet.arrange.related import Item, Resolver, SameSubject
from broadsheet.config import Stories
from broadsheet.model import Coverage, Record, Story
from broadsheet.text import clean_url, url_key

_HEAT_PER_RELATED = 20
_QUALITY_FOR_BONUS = 50


class Forest:
    """Who leads whom, over records that are not withheld, and what heat each has."""

    def __init__(self, records: Iterable[Record], resolver: Resolver) -> None:
        """Follow every record's pointer to its root; linear in the number of related items."""
        self.records = tuple(records)
        present = {record.file: record for record in self.records}
        self._roots = _roots({file: _best(record, resolver, present) for file, record in present.items()}, present)

    def lead_of(self, record: Record) -> Record:
        """Return the root that `record` leads to: itself for a lead."""
        return self._roots[record.file]

    def heat_of(self, record: Record) -> int:
        """Return the heat in the file, else what section 3 computes, else 0 for a lead of unknown quality."""
        if record.heat is not None:
            return record.heat
        if self.lead_of(record).file != record.file:
            return -1
        if record.quality is None:
            return 0
        bonus = _HEAT_PER_RELATED * len(record.related) if record.quality >= _QUALITY_FOR_BONUS else 0
        return record.quality + bonus


def _best(record: Record, resolver: Resolver, present: dict[str, Record]) -> Record:
    """Return the better of `record` and what its own list resolves to, by the quality that the list writes."""
    best, best_key = record, quality_key(record.quality, record)
    for item in record.related:
        other = resolver.among(item, present)
        if other is not None:
            # Copies can be stale, and the one that is written is right: that is how the source folded them.
            key = quality_key(other.quality if item.quality is None else item.quality, other)
            if key < best_key:
                best, best_key = other, key
    return best


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
        for owner in (lead, *members):
            for item, record in self._linked(owner):
                if record is None:
                    draft.add_outside(item, owner)
                elif (other := self._forest.lead_of(record)).file != lead.file:
                    draft.add_related(other, item, owner)
        related = list(draft.related.values())
        also_linked = [item for item in draft.also_linked if _identity(item) not in draft.related]
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
        coverage = _unique([other or item for item, other in self._linked(record)])
        return Story(
            lead=record,
            rank=self._forest.heat_of(record),
            topics=topics,
            coverage=coverage,
            first=record.slug,
            updated_at=record.told_at,
        )

    def _linked(self, owner: Record) -> Iterator[tuple[Coverage, Record | None]]:
        """Yield the items of a list with the shown record that each is, leaving out those that are hidden."""
        for item in owner.related:
            record = self._resolver.among(item, self._shown)
            if record is None:
                may_be = self._resolver.candidates(item)
                # What leads to a hidden record's report is hidden with it, whatever title or time its copy has.
                is_hidden = may_be and not any(other.file in self._shown for other in may_be)
                if not is_hidden and not (self._hidden and _address(item) in self._hidden):
                    yield item, None
            elif record.file != owner.file:
                yield item, record


class _Draft:
    """A story in the making: what passes the display guard is coverage or related, the rest is "also linked"."""

    def __init__(self, lead: Record, same_subject: SameSubject) -> None:
        self.coverage: list[Item] = []
        self.also_linked: list[Item] = []
        self.related: dict[str, Record] = {}
        self._lead = lead
        self._same_subject = same_subject
        self._addresses = {_address(lead)}

    def add_member(self, member: Record) -> None:
        is_coverage = self._is_new(member) and self._same_subject(self._lead, member)
        (self.coverage if is_coverage else self.also_linked).append(member)

    def add_outside(self, item: Coverage, owner: Record) -> None:
        is_near = self._same_subject(self._lead, item)
        # What a member's list has beyond the subject is nobody's coverage: only the lead's own list is told in full.
        if (is_near or owner is self._lead) and self._is_new(item):
            (self.coverage if is_near else self.also_linked).append(item)

    def add_related(self, other: Record, item: Coverage, owner: Record) -> None:
        if self._same_subject(self._lead, item):
            self.related.setdefault(other.file, other)
        elif owner is self._lead:
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


def _identity(item: Item) -> str | int:
    return item.file if isinstance(item, Record) else id(item)


def _unique(items: list[Item]) -> tuple[Item, ...]:
    return tuple({_identity(item): item for item in items}.values())
