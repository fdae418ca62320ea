"""A story taken apart: why each member of it shows where it does, and why each related story is there. Pure."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from itertools import islice, zip_longest
from typing import TypeGuard

from msgspec import structs

from broadsheet.arrange.aboutness import RELATED, SAME_EVENT
from broadsheet.arrange.site import Arranged
from broadsheet.arrange.stories import address_of, is_told_again, least_nearness
from broadsheet.config import Settings
from broadsheet.explain.explanation import Group, Item, Member, Surroundings
from broadsheet.model import Coverage, Record, Story
from broadsheet.problems import counted
from broadsheet.render.text import url_path
from broadsheet.text import display_name, source_domain

_MOST_LEFT_OUT = 5

_Thing = Record | Coverage


class Storyteller:
    """Takes the stories of one digest apart. What takes a look at all of it is found when it is first asked for."""

    def __init__(self, arranged: Arranged, settings: Settings, why_not_shown: Callable[[Record], str]) -> None:
        """`arranged` is what `settings` made; `why_not_shown` tells why a record is not shown."""
        self._site = arranged.site
        self._forest = arranged.forest
        self._decided = arranged.decided
        self._measure = arranged.measure
        self._neighbours = arranged.neighbours
        self._resolver = arranged.resolver
        self._settings = settings.stories
        self._why_not_shown = why_not_shown

    def story(self, story: Story, record: Record, most: int | None = None) -> Surroundings:
        """Return what `story` holds and leads on to, told for `record`; of its members only the first so many."""
        members = list(self._members(story))
        return Surroundings(
            lead=_item(story.lead, story, self._url(story.lead)),
            member_count=len(members),
            members=tuple(self._member(story, *told, record) for told in members[:most]),
            related=tuple(
                _item(other.lead, story, self._url(other.lead), other.score, other.shared, _listed(other.shared))
                for other in story.related
            ),
            left_out=tuple(islice(self._left_out(story), _MOST_LEFT_OUT)),
            earlier=tuple(self._seen(lead, story, self._measure.aboutness(story.lead, lead)) for lead in story.earlier),
        )

    def led_by(self, lead: Record) -> list[Record]:
        """Return the records that took part and that `lead` leads, itself too, shown or not."""
        return self._led_by.get(lead.file, [])

    @cached_property
    def _led_by(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self._forest.records:
            found.setdefault(self._forest.lead_of(record).file, []).append(record)
        return found

    # Members.

    def _members(self, story: Story) -> Iterator[tuple[Group, _Thing, str, float | None]]:
        """Yield in which group every member shows, what else to say of it, and how near to the lead it is."""
        placed = list(_placed(story))
        by_address = {address_of(thing): thing for _, thing, _ in reversed(placed)}
        by_address[address_of(story.lead)] = story.lead
        for (group, thing, said), score in zip_longest(placed, story.nearness):
            if group == "loosely related" and score is not None:
                yield group, thing, self._why_loose(story, thing, score, by_address), score
            else:
                yield group, thing, said or self._why_joined(story, thing), score
        for thing, why in self._not_placed(story, [thing for _, thing, _ in placed], by_address):
            is_hidden = isinstance(thing, Record) and not self._is_shown(thing)
            score = None if is_hidden or not self._settings.group else self._measure.score(story.lead, thing)
            yield "not shown", thing, why, score

    def _member(
        self, story: Story, group: Group, thing: _Thing, why: str, score: float | None, record: Record
    ) -> Member:
        item = _item(thing, story, self._url(thing), score, () if score is None else self._shared(story, thing), why)
        return Member(**structs.asdict(item), group=group, is_it=thing is record)

    def _why_joined(self, story: Story, thing: _Thing) -> str:
        """Return which file has a member told here whatever it is about, nothing for one that is told for that."""
        if not isinstance(thing, Record) or not self._forest.is_joined(thing, story.lead):
            return ""
        return f"by the `join` in {self._decided.said_in(thing.file, 'join')}"

    def _why_loose(self, story: Story, thing: _Thing, score: float, by_address: dict[str, _Thing]) -> str:
        """Return what keeps a member from being told as a report or a follow-up."""
        if isinstance(thing, Record) and self._lead_of(thing).file != story.lead.file:
            return "another story, which the source lists"
        later = thing.published_at - story.lead.published_at
        if abs(later) > timedelta(days=self._settings.window_days):
            return f"beyond {counted(self._settings.window_days, 'day')}"
        least = least_nearness(later)
        if score < least:
            return f"below {least}"
        other = by_address[address_of(thing)]
        return "" if other is thing else _same_address(other)

    def _not_placed(
        self, story: Story, placed: list[_Thing], by_address: dict[str, _Thing]
    ) -> Iterator[tuple[_Thing, str]]:
        """Yield what one would look for in the story and not find: its records, and what its lead lists; and why."""
        known = {id(thing) for thing in (story.lead, *placed, *(other.lead for other in story.related), *story.earlier)}
        for member in self.led_by(story.lead) if self._settings.group else ():
            if id(member) not in known:
                known.add(id(member))
                yield member, self._why_not_placed(member, by_address)
        for item in story.lead.related:
            thing = self._found(item) or item
            lead = self._lead_of(thing) if isinstance(thing, Record) else thing
            if not known & {id(thing), id(lead)}:
                known.add(id(thing))
                yield thing, self._why_not_placed(thing, by_address)

    def _why_not_placed(self, thing: _Thing, by_address: dict[str, _Thing]) -> str:
        if isinstance(thing, Record) and not self._is_shown(thing):
            return self._why_not_shown(thing) or "its address is another's: it is left out"
        other = by_address.get(address_of(thing))
        return "the same address as a hidden record" if other is None else _same_address(other)

    def _found(self, item: Coverage) -> Record | None:
        """Return the record that an item of a list is, a hidden one where no shown one is meant."""
        return self._resolver.among(item, self._site.records) or next(iter(self._resolver.candidates(item)), None)

    def _lead_of(self, record: Record) -> Record:
        return self._site.story(record.file).lead if self._is_shown(record) else record

    def _is_shown(self, thing: _Thing) -> TypeGuard[Record]:
        return isinstance(thing, Record) and thing.file in self._site.records

    # Other stories.

    def _left_out(self, story: Story) -> Iterator[Item]:
        """Yield the stories that come next after the related ones, the nearest first, and why they are not shown."""
        if not self._settings.group:
            return
        lead, known = story.lead, {other.lead.file for other in story.related} | {lead.file for lead in story.earlier}
        near = ((self._measure.kinship(lead, other), other) for other in self._neighbours.of(lead))
        for score, other in sorted(near, key=lambda one: (-one[0], one[1].file)):
            if other.file not in known and score > 0:
                yield self._seen(other, story, score, self._why_left_out(story, other, score))

    def _why_left_out(self, story: Story, other: Record, score: float) -> str:
        if score < RELATED:
            return f"below {RELATED}"
        if is_told_again(self._measure, story.lead, other):
            return "the same text"
        for shown in story.related:
            if self._measure.score(other, shown.lead) >= SAME_EVENT:
                return f"the same event as {shown.lead.name}"
        return f"there is room for {self._settings.max_related:,} (`stories.max_related`)"

    def _seen(self, lead: Record, story: Story, score: float, why: str = "") -> Item:
        return _item(lead, story, self._url(lead), score, self._shared(story, lead), why)

    def _shared(self, story: Story, thing: _Thing) -> tuple[str, ...]:
        return self._measure.shared(story.lead, thing)

    def _url(self, thing: _Thing) -> str:
        return url_path("news", thing.slug) if self._is_shown(thing) else ""


def _item(
    thing: _Thing, story: Story, url: str, score: float | None = None, shared: tuple[str, ...] = (), why: str = ""
) -> Item:
    return Item(
        title=display_name(thing.title),
        outlet=_outlet(thing),
        slug=thing.slug if isinstance(thing, Record) else None,
        url=url,
        days=round((thing.published_at - story.lead.published_at) / timedelta(days=1), 1) + 0.0,
        score=None if score is None else round(score, 3),
        shared=shared,
        why=why,
    )


def _placed(story: Story) -> Iterator[tuple[Group, _Thing, str]]:
    """Yield all that a story shows, in the order of its `nearness`: the group, the item, and what else to say."""
    for thing in story.coverage:
        yield "report", thing, ""
    for thing in story.follow_ups:
        yield "follow-up", thing, ""
    for copy in story.copies:
        yield "copy", copy.item, f"the text of {'the lead' if copy.of is story.lead else _name(copy.of)}"
    for thing in story.also_linked:
        yield "loosely related", thing, ""


def _listed(shared: tuple[str, ...]) -> str:
    return "" if shared else "the source lists it"


def _same_address(other: _Thing) -> str:
    return f"the same address as {_name(other)}"


def _name(thing: _Thing) -> str:
    """Return what tells a report from others in a few words: its file, or who reported it."""
    return thing.name if isinstance(thing, Record) else _outlet(thing) or display_name(thing.title)


def _outlet(thing: _Thing) -> str:
    """Return who reported something: the domain, else the name."""
    return source_domain(thing.provider.domain, thing.report_url) or display_name(thing.provider.name)
