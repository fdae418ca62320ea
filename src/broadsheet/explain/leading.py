"""Why a record leads its story, or is folded under another: sentences for the writer of both. Pure."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from broadsheet.arrange.forest import Claim
from broadsheet.arrange.overrides import What
from broadsheet.arrange.site import Arranged
from broadsheet.config import Settings
from broadsheet.explain.phrases import few, listed, quality_phrase
from broadsheet.model import Record, Story
from broadsheet.problems import counted

_MOST_NAMED = 3
_ALONE = "Every record has a page of its own: `stories.group` is `false`."


class Leading:
    """The reasons why this one leads, in one digest."""

    def __init__(self, arranged: Arranged, settings: Settings) -> None:
        """`arranged` is what `settings` made, with drafts or without."""
        self._forest = arranged.forest
        self._decided = arranged.decided
        self._shown = arranged.site.records
        self._settings = settings

    def of_lead(self, story: Story) -> tuple[str, ...]:
        """Return a few sentences on why the lead of `story` leads it."""
        if not self._settings.stories.group:
            return (_ALONE,)
        why = (self._followers(story), self._own_list(story.lead), self._also_linked(story))
        return (*self._said_of(story.lead), *filter(None, why))

    def of_folded(self, record: Record) -> tuple[str, ...]:
        """Return a sentence for every step that leads from a folded `record` to its lead."""
        lead, path = self._forest.lead_of(record), self._path(record)
        told = list(self._said_of(record))
        for at, following in pairwise(path):
            if at.file == lead.file:
                break
            told.append(self._step(at, following, is_it=at is record))
        if lead not in path:
            told.append(f"{lead.name} leads its story by {self._decision(record, lead)}.")
        return tuple(told)

    # What an editor decided.

    def _said_of(self, record: Record) -> Iterator[str]:
        """Yield what an editor said of a record that took part, and what came of it."""
        decided, file, lead = self._decided, record.file, self._forest.lead_of(record)
        if decided.is_pinned(file):
            is_leading = lead.file == file
            came_of_it = "it leads its story" if is_leading else f"of those that are pinned {lead.name} is better"
            yield f"It is pinned, by {self._place(file, 'pin')}: {came_of_it}."
        if decided.is_alone(file):
            yield f"It stands alone, by {self._place(file, 'split')}."
        if apart := decided.kept_from(file):
            yield f"It shares no story with {few(_names(apart))}, by {self._place(file, 'split')}."
        if joined := decided.joined_to(file):
            leads = {other: self._forest.lead_of(self._shown[other]) for other in joined if other in self._shown}
            here = [other for other, its_lead in leads.items() if its_lead.file == lead.file]
            if here:
                yield f"It shares a story with {few(_names(here))}, by {self._place(file, 'join')}."
            if others := [other for other in joined if other not in here]:
                yield f"It shares none with {few(_names(others))}, for all of {self._place(file, 'join')}."

    def _place(self, file: str, what: What) -> str:
        return f"the `{what}` in {self._decided.said_in(file, what)}"

    def _decision(self, record: Record, lead: Record) -> str:
        """Return what has `record` in the story of a lead that it does not point to."""
        path, of_lead = self._path(record), self._path(lead)
        if self._decided.is_pinned(lead.file) and any(at in of_lead for at in path):
            return self._place(lead.file, "pin")
        joined = [at.file for at in (*path, *of_lead) if self._decided.joined_to(at.file)]
        # It may be another one of its story that is said to be joined.
        joined += [file for decision in self._decided.joins for file in decision.files if self._is_led(file, lead)]
        return self._place(joined[0], "join") if joined else "what an editor decided"

    def _is_led(self, file: str, lead: Record) -> bool:
        return file in self._shown and self._forest.lead_of(self._shown[file]).file == lead.file

    def _path(self, record: Record) -> list[Record]:
        """Return `record` and those that the pointers lead from it to, within its story."""
        path, following, lead = [record], self._next(record), self._forest.lead_of(record)
        while following not in path and self._forest.lead_of(following).file == lead.file:
            path.append(following)
            following = self._next(following)
        return path

    def _next(self, record: Record) -> Record:
        """Return which record another points to, or was found to belong to; itself where there is none."""
        return self._forest.found_with(record) or self._forest.claims_of(record)[0].record

    def _step(self, at: Record, following: Record, *, is_it: bool) -> str:
        """Return why one record has `following` before it; `is_it` says that it is the one that is explained."""
        if self._forest.found_with(at):
            return _found("It" if is_it else at.name, following)
        who = "It points" if is_it else f"{at.name} points"
        best = self._forest.claims_of(at)[0]
        return f"{who} to {following.name} as the best of what it lists ({_against(at, best)})."

    # Who points to whom.

    def _members(self, story: Story) -> list[Record]:
        """Return the other records of the story, what is told of it before the rest."""
        records = (item for item in (*story.told, *story.also_linked) if isinstance(item, Record))
        return [record for record in records if self._forest.lead_of(record).file == story.lead.file]

    def _followers(self, story: Story) -> str:
        members = self._members(story)
        if members:
            named = [self._follower(member, story.lead) for member in members[:_MOST_NAMED]]
            left = len(members) - len(named)
            more = [f"{left:,} more"] if left else []
            if all(self._is_found_with(member, story.lead) for member in members):
                who = counted(len(members), "record was", "records were")
                names = listed([member.name for member in members[:_MOST_NAMED]] + more)
                return f"{who} found to report the same event (`stories.detect`): {names}."
            if self._decided:
                return f"It leads {counted(len(members), 'other record')}: {listed(named + more)}."
            who = counted(len(members), "record points", "records point")
            return f"{who} to it as the best of what they list: {listed(named + more)}."
        if story.told or story.also_linked or story.related:
            return "No other record belongs to its story: it leads alone."
        return "Nobody else reported it, as far as the records say: it leads alone."

    def _follower(self, member: Record, lead: Record) -> str:
        path = self._path(member)
        if lead not in path:
            return f"{member.name} (by {self._decision(member, lead)})"
        if self._is_found_with(member, lead):
            return f"{member.name} (found, by `stories.detect`)"
        best = self._forest.claims_of(member)[0]
        following = self._next(member)
        is_direct = following.file == lead.file
        return f"{member.name} ({_against(member, best) if is_direct else f'by way of {following.name}'})"

    def _is_found_with(self, member: Record, lead: Record) -> bool:
        other = self._forest.found_with(member)
        return other is not None and other.file == lead.file

    def _own_list(self, lead: Record) -> str:
        if other := self._forest.found_with(lead):
            return _found("It", other)
        ring = self._forest.ring_of(lead)
        if len(ring) > 1:
            others, quality = few([record.name for record in ring[1:]]), quality_phrase(lead.quality)
            return (
                f"It and {others} point to each other in a ring: it leads as the best of them, with {quality}, "
                "or of equals as the first by file name."
            )
        first = self._forest.claims_of(lead)[0]
        if first.record.file != lead.file:
            return f"By its own list it would point to {first.record.name} ({_against(lead, first)})."
        rivals = [claim for claim in self._forest.claims_of(lead) if claim.record.file != lead.file]
        if not rivals:
            return "It lists no other record of the site, and so points to none." if lead.related else ""
        best = rivals[0]
        own, its = quality_phrase(lead.quality), quality_phrase(best.quality)
        why = " as well, and the first file name leads" if _is_equal(lead, best) else ""
        return (
            f"With {own} it points to none itself: the best that it lists is {best.record.name}, with {its}{why}. "
            "For another to lead, give that one a higher `quality`, in its own file and in the lists that name it."
        )

    def _also_linked(self, story: Story) -> str:
        told = {id(item) for item in story.told}
        members = self._members(story)
        last = sum(id(member) not in told for member in members)
        if not last:
            return ""
        days = counted(self._settings.stories.window_days, "day")
        which = "That one stands" if len(members) == 1 else f"{last:,} of them {'stands' if last == 1 else 'stand'}"
        return (
            f"{which} last, as loosely related: more than {days} away (`stories.window_days`), too little like it in "
            "words and time, or at an address that is listed already."
        )


def _found(who: str, other: Record) -> str:
    return (
        f"{who} was found to be a report of the same event as {other.name} (`stories.detect`), "
        "for neither lists anything."
    )


def _against(record: Record, best: Claim) -> str:
    """Return how good a folded record is, and how good its own list says that the one is that it points to."""
    own = quality_phrase(record.quality)
    if _is_equal(record, best):
        return f"{own} as well: the first file name leads"
    # What a list says of another counts, however old it is.
    where = "" if best.quality == best.record.quality else " in its list"
    return f"{own}, against {best.quality}{where}"


def _is_equal(record: Record, best: Claim) -> bool:
    return best.quality == (-1 if record.quality is None else record.quality)


def _names(files: Iterable[str]) -> list[str]:
    return [file.rpartition("/")[2] for file in files]
