"""A story taken apart: why each member of it shows where it does, and why each related story is there. Pure."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property

from msgspec import structs

from broadsheet.arrange.related import Resolver
from broadsheet.arrange.site import Arranged
from broadsheet.arrange.stories import _address as address_of
from broadsheet.config import Settings
from broadsheet.explain.explanation import Group, Item, Member, Surroundings
from broadsheet.model import Coverage, Record, RelatedStory, Sources, Story
from broadsheet.render.text import url_path
from broadsheet.text import display_name, source_domain

_Thing = Record | Coverage


class Storyteller:
    """Takes the stories of one digest apart. What takes a look at all of it is found when it is first asked for."""

    def __init__(
        self,
        arranged: Arranged,
        sources: Sources,
        settings: Settings,
        why_not_shown: Callable[[Record], str],
    ) -> None:
        """`arranged` is what `sources` and `settings` made; `why_not_shown` tells why a record is not."""
        self._site = arranged.site
        self._forest = arranged.forest
        self._sources = sources
        self._settings = settings
        self._why_not_shown = why_not_shown

    def story(self, story: Story, record: Record, most: int | None = None) -> Surroundings:
        """Return what `story` holds and leads on to, told for `record`; of its members only the first so many."""
        members = list(self._members(story))
        return Surroundings(
            lead=self._item(story.lead, story),
            member_count=len(members),
            members=tuple(self._member(story, *told, record) for told in members[:most]),
            related=tuple(self._related(related, story) for related in story.related),
            earlier=tuple(self._item(lead, story) for lead in story.earlier),
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

    @cached_property
    def _resolver(self) -> Resolver:
        return Resolver(self._sources.records)

    # Members.

    def _members(self, story: Story) -> Iterator[tuple[Group, _Thing, str, float | None]]:
        """Yield in which group every member shows, what else to say of it, and how near to the lead it is."""
        scores = iter(story.nearness)
        for group, thing, why in _placed(story):
            yield group, thing, why, next(scores, None)
        for thing, why in self._not_placed(story):
            yield "not shown", thing, why, None

    def _member(
        self, story: Story, group: Group, thing: _Thing, why: str, score: float | None, record: Record
    ) -> Member:
        item = self._item(thing, story, why, score)
        return Member(**structs.asdict(item), group=group, is_it=thing is record)

    def _not_placed(self, story: Story) -> Iterator[tuple[_Thing, str]]:
        """Yield what one would look for in the story and not find: its records, and what its lead lists; and why."""
        placed = [story.lead, *(thing for _, thing, _ in _placed(story))]
        by_address = {address_of(thing): thing for thing in reversed(placed)}
        known = {id(thing) for thing in placed}
        for member in self.led_by(story.lead) if self._settings.stories.group else ():
            if id(member) not in known:
                yield member, self._why_not_placed(member, by_address)
        known.update(id(related.lead) for related in story.related)
        for item in story.lead.related:
            thing = self._found(item) or item
            if not known & {id(thing), id(self._lead_of(thing))}:
                known.add(id(thing))
                yield thing, self._why_not_placed(thing, by_address)

    def _why_not_placed(self, thing: _Thing, by_address: dict[str, _Thing]) -> str:
        if isinstance(thing, Record) and thing.file not in self._site.records:
            return self._why_not_shown(thing) or "it is left out"
        other = by_address.get(address_of(thing))
        if other is not None:
            return f"the same address as {other.name if isinstance(other, Record) else _outlet(other)}"
        return "it is told in another story" if isinstance(thing, Record) else ""

    def _found(self, item: Coverage) -> Record | None:
        """Return the record that an item of a list is, a hidden one where no shown one is meant."""
        return self._resolver.among(item, self._site.records) or next(iter(self._resolver.candidates(item)), None)

    def _lead_of(self, thing: _Thing) -> _Thing:
        if isinstance(thing, Record) and thing.file in self._site.records:
            return self._site.story(thing.file).lead
        return thing

    # Other stories.

    def _related(self, related: RelatedStory, story: Story) -> Item:
        why = "" if related.shared else "the source lists it"
        return self._item(related.lead, story, why, related.score, related.shared)

    def _item(
        self, thing: _Thing, story: Story, why: str = "", score: float | None = None, shared: tuple[str, ...] = ()
    ) -> Item:
        own = thing if isinstance(thing, Record) and thing.file in self._site.records else None
        return Item(
            title=display_name(thing.title),
            outlet=_outlet(thing),
            slug=thing.slug if isinstance(thing, Record) else None,
            url=url_path("news", own.slug) if own else "",
            days=round((thing.published_at - story.lead.published_at) / timedelta(days=1), 1),
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
        yield "copy", copy.item, f"the text of {_outlet(copy.of) or display_name(copy.of.title)}"
    for thing in story.also_linked:
        yield "loosely related", thing, ""


def _outlet(thing: _Thing) -> str:
    """Return who reported something: the domain, else the name."""
    return source_domain(thing.provider.domain, thing.report_url) or display_name(thing.provider.name)
