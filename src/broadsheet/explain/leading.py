"""Why a record leads its story, or is folded under another: sentences for the writer of both. Pure."""

from broadsheet.arrange.forest import Claim
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
        self._settings = settings

    def of_lead(self, story: Story) -> tuple[str, ...]:
        """Return at most three sentences on why the lead of `story` leads it."""
        if not self._settings.stories.group:
            return (_ALONE,)
        why = (self._followers(story), self._own_list(story.lead), self._also_linked(story))
        return tuple(filter(None, why))

    def of_folded(self, record: Record) -> tuple[str, ...]:
        """Return one sentence for every pointer that leads from a folded `record` to its lead."""
        lead, at = self._forest.lead_of(record), record
        told = []
        while at.file != lead.file:
            best = self._forest.claims_of(at)[0]
            who = "It points" if at is record else f"{at.name} points"
            told.append(f"{who} to {best.record.name} as the best of what it lists ({_against(at, best)}).")
            at = best.record
        return tuple(told)

    def _members(self, story: Story) -> list[Record]:
        """Return the other records of the story, what is told of it before the rest."""
        records = (item for item in (*story.told, *story.also_linked) if isinstance(item, Record))
        return [record for record in records if self._forest.lead_of(record).file == story.lead.file]

    def _followers(self, story: Story) -> str:
        members = self._members(story)
        if members:
            named = [self._follower(member, story.lead) for member in members[:_MOST_NAMED]]
            who = counted(len(members), "record points", "records point")
            left = len(members) - len(named)
            more = [f"{left:,} more"] if left else []
            return f"{who} to it as the best of what they list: {listed(named + more)}."
        if story.told or story.also_linked or story.related:
            return "No other record belongs to its story: it leads alone."
        return "Nobody else reported it, as far as the records say: it leads alone."

    def _follower(self, member: Record, lead: Record) -> str:
        best = self._forest.claims_of(member)[0]
        is_direct = best.record.file == lead.file
        return f"{member.name} ({_against(member, best) if is_direct else f'by way of {best.record.name}'})"

    def _own_list(self, lead: Record) -> str:
        ring = self._forest.ring_of(lead)
        if len(ring) > 1:
            others, quality = few([record.name for record in ring[1:]]), quality_phrase(lead.quality)
            return (
                f"It and {others} point to each other in a ring: it leads as the best of them, with {quality}, "
                "or of equals as the first by file name."
            )
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
            f"{which} last, as also linked: more than {days} away (`stories.window_days`), without a telling word of "
            "this title, or at an address that is listed already."
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
