"""Records to stories: each lead with those that it leads, and what is told beside them."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta

from broadsheet.arrange.aboutness import RELATED, SAME_EVENT, Measure, outlets
from broadsheet.arrange.forest import Forest
from broadsheet.arrange.neighbours import Neighbours
from broadsheet.arrange.order import newest_first, oldest_first, quality_key
from broadsheet.arrange.related import Item, Resolver
from broadsheet.config import Stories
from broadsheet.model import Copy, Coverage, Record, RelatedStory, Story
from broadsheet.once import Once
from broadsheet.text import clean_url, display_text, url_key

# A report that comes so much later tells what came of it; one that is less near then still belongs to it.
FOLLOWS_AFTER = timedelta(hours=36)
FOLLOW_UP = 0.08
# A story goes on with one that was told so long before it, names the same, and is so much about it.
EARLIER_BY = (timedelta(hours=12), timedelta(days=21))
EARLIER = 0.36
_MOST_EARLIER = 5
# What has no address is a hidden record's if it has its title so soon before or after it.
_SAME_TITLE = timedelta(days=7)

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_OTHER_HOST = re.compile(r"^(?:(?:m|mobile|amp)\.(?=[^./?]+\.))+")
_FIRST_AMP = re.compile(r"^([^/?]*)/amp(?=[/?]|$)")
_LAST_AMP = re.compile(r"^([^?]*)/amp(?=\?|$)")


class StoryMaker:
    """Makes one story at a time out of shown records."""

    def __init__(
        self, forest: Forest, resolver: Resolver, measure: Measure, shown: dict[str, Record], settings: Stories
    ) -> None:
        """Group `shown` records, by file, under their leads."""
        self._forest = forest
        self._resolver = resolver
        self._measure = measure
        self._shown = shown
        self._max_related = settings.max_related
        self._window = timedelta(days=settings.window_days)
        self._hidden = _Hidden(record for record in resolver.records if record.file not in shown)
        self._shown_as = Once(self._show)
        self._members: dict[str, list[Record]] = {}
        for record in shown.values():
            lead = forest.lead_of(record)
            if lead.file != record.file:
                self._members.setdefault(lead.file, []).append(record)
        self._leads = [record for record in shown.values() if forest.lead_of(record).file == record.file]
        in_time = sorted(self._leads, key=oldest_first) if settings.group else []
        self.neighbours = Neighbours(in_time, measure)
        self._near = Once(self._kin)

    def leads(self) -> list[Record]:
        """Return the shown records that lead a story."""
        return self._leads

    def grouped(self, lead: Record, topics: tuple[str, ...]) -> Story:
        """Return the story that `lead` leads, its members folded into it."""
        members = sorted(self._members.get(lead.file, ()), key=lambda member: quality_key(member.quality, member))
        draft = _Draft(lead, self._measure, self._window)
        joined = {member.file for member in members if self._forest.is_joined(member, lead)}
        for member in sorted(members, key=lambda member: member.file not in joined and draft.is_loose(member)):
            draft.add_member(member, member.file in joined)
        listed: dict[int, Record] = {}
        # Members' lists repeat each other: what one of them has is looked at once for all.
        of_members = {id(item): item for member in members for item in member.related}
        for items, is_own in ((lead.related, True), (tuple(of_members.values()), False)):
            for item, found in zip(items, self._shown_as.of(items), strict=True):
                if isinstance(found, Coverage):
                    draft.add_outside(item, is_own)
                elif is_own and found is not None and (other := self._forest.lead_of(found)).file != lead.file:
                    listed[id(other)] = other
        draft.settle()
        draft.follow_ups.sort(key=lambda item: item.published_at)
        earlier, hottest = self._earlier(lead), self._forest.heat_from(lead)
        related = self._related(lead, listed, earlier)
        told = {lead.file, *(other.lead.file for other in related), *(other.file for other in earlier)}
        also_linked = _unique([*draft.also_linked, *(other for other in listed.values() if other.file not in told)])
        return Story(
            lead=lead,
            rank=self._forest.heat_of(lead),
            topics=topics,
            coverage=tuple(draft.coverage),
            follow_ups=tuple(draft.follow_ups),
            copies=tuple(draft.copies),
            also_linked=also_linked,
            related=related,
            earlier=earlier,
            heat_from=None if hottest.file == lead.file else hottest,
            first=min((lead, *members), key=oldest_first).slug,
            updated_at=max(
                [record.told_at for record in (lead, *members)]
                + [item.published_at for item in (*draft.coverage, *draft.follow_ups)]
            ),
            outlets=outlets([lead, *draft.coverage]) or 1,
            nearness=draft.nearness([*draft.told(), *also_linked]),
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
        return None if is_hidden or self._hidden.is_one(item) else item

    # Other stories.

    def _kin(self, lead: Record) -> list[tuple[float, Record]]:
        """Return other leads that a story may lead on to, and how well, the best first."""
        kin = ((self._measure.kinship(lead, other), other) for other in self.neighbours.of(lead))
        return sorted((one for one in kin if one[0] >= RELATED), key=lambda one: (-one[0], one[1].file))

    def _related(
        self, lead: Record, listed: dict[int, Record], earlier: tuple[Record, ...]
    ) -> tuple[RelatedStory, ...]:
        """Return the nearest other stories, at most one of each event."""
        measure = self._measure
        candidates = {other.file: (score, other) for score, other in self._near(lead)}
        for other in listed.values():
            if other.file not in candidates and (score := measure.kinship(lead, other)) >= RELATED:
                candidates[other.file] = score, other
        left_out = {other.file for other in earlier}
        chosen: list[tuple[float, Record]] = []
        for score, other in sorted(candidates.values(), key=lambda one: (-one[0], one[1].file)):
            if len(chosen) == self._max_related:
                break
            if other.file in left_out or is_told_again(measure, lead, other):
                continue
            if all(measure.score(other, before) < SAME_EVENT for _, before in chosen):
                chosen.append((score, other))
        return tuple(RelatedStory(other, score, measure.shared(lead, other)) for score, other in chosen)

    def _earlier(self, lead: Record) -> tuple[Record, ...]:
        """Return the leads of the stories that this one goes on with, step by step, the latest first."""
        chain = [lead]
        while len(chain) <= _MOST_EARLIER and (before := self._step_before(chain[-1])) is not None:
            chain.append(before)
        return tuple(chain[1:])

    def _step_before(self, lead: Record) -> Record | None:
        least, most = EARLIER_BY
        before = (
            other
            for _, other in self._near(lead)
            if least <= lead.published_at - other.published_at <= most and self._goes_on(lead, other)
        )
        return min(before, key=newest_first, default=None)

    def _goes_on(self, lead: Record, other: Record) -> bool:
        measure = self._measure
        is_near = measure.aboutness(lead, other) >= EARLIER and measure.name_each_other(lead, other)
        return is_near and not measure.is_copy(lead, other)


class _Hidden:
    """The articles of records that are not shown, which come back by nobody's list."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._addresses: set[str] = set()
        self._times: dict[str, list[datetime]] = {}
        for record in records:
            self._addresses.add(_any_address_of(record))
            self._times.setdefault(_title_key(record), []).append(record.published_at)
        for times in self._times.values():
            times.sort()

    def is_one(self, item: Item) -> bool:
        """Return whether an item is such an article, by its address, or where it has none by title and time."""
        if not self._times:
            return False
        if address := _any_address_of(item):
            return address in self._addresses
        times = self._times.get(_title_key(item), [])
        at = bisect_left(times, item.published_at - _SAME_TITLE)
        return at < len(times) and times[at] <= item.published_at + _SAME_TITLE


class _Draft:
    """A story in the making: who reported the event, who copied a report, what followed, and what is only linked."""

    def __init__(self, lead: Record, measure: Measure, window: timedelta) -> None:
        self.coverage: list[Item] = []
        self.follow_ups: list[Item] = []
        self.copies: list[Copy] = []
        self.also_linked: list[Item] = []
        self._lead = lead
        self._measure = measure
        self._window = window
        self._addresses = {address_of(lead)}
        self._reports: list[Item] = []
        # The report that a copy is one of, by the identity of the copy: further ones may be found by its text.
        self._of: dict[int, Item] = {}
        self._by_title: dict[frozenset[str], Item] = {}
        self._by_body: dict[frozenset[str], Item] = {}
        self._score: Once[Item, float] = Once(lambda item: measure.score(lead, item))

    def is_loose(self, item: Item) -> bool:
        """Return whether an item is no report of the event, nor of what came of it."""
        later = item.published_at - self._lead.published_at
        return abs(later) > self._window or self._score(item) < least_nearness(later)

    def add_member(self, member: Record, is_joined: bool) -> None:
        """Add a record that the lead leads; one that an editor joined to it is told, whatever it is about."""
        if address_of(member) == address_of(self._lead):
            self.copies.append(Copy(member, self._lead))
        elif self._is_new(member) and (is_joined or not self.is_loose(member)):
            self._tell(member)
        else:
            self.also_linked.append(member)

    def add_outside(self, item: Item, is_own: bool) -> None:
        """Add an item from outside; `is_own` says that it is in the lead's own list."""
        is_loose = self.is_loose(item)
        # What a member's list has beyond the event is nobody's coverage: only the lead's own list is told in full.
        if (is_loose and not is_own) or not self._is_new(item):
            return
        if is_loose:
            self.also_linked.append(item)
        else:
            self._tell(item)

    def told(self) -> list[Item]:
        """Return all that is told besides the lead, in the order of `Story.told`."""
        return [*self.coverage, *self.follow_ups, *(copy.item for copy in self.copies)]

    def nearness(self, items: Iterable[Item]) -> tuple[float, ...]:
        """Return how near to the lead each of `items` is."""
        return tuple(self._score.of(items))

    def settle(self) -> None:
        """Tell every text but the lead's by who had it first, when all items are added; the others carry it."""
        first = {id(report): report for report in self._reports}
        for copy in self.copies:
            if id(copy.of) in first and _when(copy.item) < _when(first[id(copy.of)]):
                first[id(copy.of)] = copy.item
        for report in self._reports:
            self._place(first[id(report)])
        told = {id(report) for report in first.values()}
        self.copies = [
            Copy(copy.of if id(copy.item) in told else copy.item, first.get(id(copy.of), copy.of))
            for copy in self.copies
        ]

    def _tell(self, item: Item) -> None:
        original = self._original(item)
        if original is None:
            self._reports.append(item)
        else:
            self._of[id(item)] = original
            self.copies.append(Copy(item, original))

    def _place(self, report: Item) -> None:
        is_later = report.published_at - self._lead.published_at > FOLLOWS_AFTER
        (self.follow_ups if is_later else self.coverage).append(report)

    def _original(self, item: Item) -> Item | None:
        """Return the report that is told already whose text an item has."""
        if self._measure.is_copy(self._lead, item):
            return self._lead
        profile = self._measure.profile(item)
        before = (self._by_title.setdefault(profile.title, item), self._by_body.setdefault(profile.body, item))
        found = next((one for one in before if one is not item and self._measure.is_copy(one, item)), None)
        return found and self._of.get(id(found), found)

    def _is_new(self, item: Item) -> bool:
        address = address_of(item)
        if address in self._addresses:
            return False
        self._addresses.add(address)
        return True


def _when(item: Item) -> tuple[bool, float]:
    is_undated = isinstance(item, Coverage) and item.is_undated
    return is_undated, item.published_at.timestamp()


def least_nearness(later: timedelta) -> float:
    """Return how near to its lead an item has to be to be told, that came so much later."""
    return FOLLOW_UP if later > FOLLOWS_AFTER else SAME_EVENT


def is_told_again(measure: Measure, lead: Record, other: Record) -> bool:
    """Return whether two leads are one article: a text that was copied, or an evergreen page that was issued again."""
    return address_of(other) == address_of(lead) or measure.is_copy(lead, other)


def address_of(item: Item) -> str:
    """Return what two items share when they are one article: their address, else their title and time."""
    url = clean_url(item.report_url)
    return url_key(url) if url else f"{item.title} {item.published_at.isoformat()}"


def _title_key(item: Item) -> str:
    return display_text(item.title).casefold()


def _any_address_of(item: Item) -> str:
    """Return what all forms of the address of an article have in common, or the empty string where it has none.

    More than two of `address_of`: what is hidden is rather hidden once too often than shown.
    """
    url = clean_url(item.report_url)
    if not url:
        return ""
    key = _OTHER_HOST.sub("", url_key(_ESCAPE.sub(_unescaped, url)))
    return _LAST_AMP.sub(r"\1", _FIRST_AMP.sub(r"\1", key))


def _unescaped(match: re.Match[str]) -> str:
    """Return an unreserved character for its escape (RFC 3986, section 2.3), any other escape in upper case."""
    character = chr(int(match[1], 16))
    return character if _UNRESERVED.match(character) else match[0].upper()


def _unique(items: list[Item]) -> tuple[Item, ...]:
    return tuple({id(item): item for item in items}.values())
