"""Records to stories: each lead with those that it leads, and what is told beside them."""

from broadsheet.arrange.forest import Forest
from broadsheet.arrange.order import oldest_first, quality_key
from broadsheet.arrange.related import Item, Resolver, SameSubject
from broadsheet.config import Stories
from broadsheet.model import Coverage, Record, RelatedStory, Story
from broadsheet.once import Once
from broadsheet.text import clean_url, url_key


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
            related=tuple(RelatedStory(other) for other in related[: self._max_related]),
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
