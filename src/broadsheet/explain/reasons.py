"""Why a story is as hot as it is, and stands where it does: sentences for the writer of its records. Pure."""

from collections.abc import Iterable
from functools import cached_property

from broadsheet.arrange.duplicates import REPEATED_WITHIN, told_instead
from broadsheet.arrange.front import FRONT_AT_LEAST, MOST_FULL, Choice, front_choice, laid_out
from broadsheet.arrange.lists import local_day
from broadsheet.arrange.site import Arranged
from broadsheet.config import Settings
from broadsheet.explain.leading import Leading
from broadsheet.explain.phrases import few, ordinal
from broadsheet.heat import HEAT_PER_RELATED, QUALITY_FOR_BONUS, bonus_of
from broadsheet.model import Record, Story
from broadsheet.problems import counted


class Reasons:
    """The reasons in one digest. What takes a look at all of it is found when it is first asked for."""

    def __init__(self, arranged: Arranged, settings: Settings, leading: Leading) -> None:
        """`arranged` is what `settings` made, with drafts or without; `leading` knows who leads in it."""
        self._site = arranged.site
        self._forest = arranged.forest
        self._taxonomy = arranged.taxonomy
        self._settings = settings
        self._leading = leading

    def of(self, file: str) -> tuple[str, ...]:
        """Return at most eight sentences on the story that the record of `file` leads; none for other files."""
        at = self._site.story_of.get(file)
        if at is None or self._site.stories[at].lead.file != file:
            return ()
        story = self._site.stories[at]
        return (*self._leading.of_lead(story), self.heat(story.lead), *self.standing(story))

    # How hot it is.

    def heat(self, record: Record) -> str:
        """Return what the heat of a record that took part is, and where it is from."""
        heat, own = self._forest.heat_of(record), self._forest.heat_from(record)
        if own is not record:
            return f"Its heat is {heat}: that of {own.name}, the hottest of what an editor put together."
        if heat < 0:
            return self._folded(record)
        computed = (record.quality or 0) + bonus_of(record)
        # A heat that says that its source folded it says nothing where an editor has it lead.
        if record.heat is not None and record.heat >= 0:
            without = f"; without `heat` there it would be {computed}" if heat != computed else ""
            return f"Its heat is {heat}, as its file says{without}."
        if record.quality is None:
            return "Its file says neither `heat` nor `quality`: it ranks as with a heat of 0."
        if bonus_of(record):
            items = counted(len(record.related), "item")
            what = (
                f"{heat}: its quality of {record.quality}, and {HEAT_PER_RELATED} for each of the {items} that it lists"
            )
        else:
            each = f"from {QUALITY_FOR_BONUS} on each item of `related` adds {HEAT_PER_RELATED}"
            what = f"its quality of {record.quality}; {each}"
        return f"Its heat is {what}. A `heat` in its file would count instead."

    def _folded(self, record: Record) -> str:
        lead = self._forest.lead_of(record)
        if record.heat is not None and record.heat < 0:
            return "Its source folded it under a better one (`heat: -1` in its file): it ranks behind all others."
        pointed_to = self._forest.claims_of(record)[0].record
        if pointed_to.file == record.file:
            return f"It is folded under {lead.name}: it ranks behind all others."
        return f"It points to {pointed_to.name}, which is better: it ranks behind all others."

    # Where it stands.

    def standing(self, story: Story) -> tuple[str, ...]:
        """Return where the story stands, and why: on the front page, in lists, in what is sent."""
        return tuple(filter(None, (_unpublished(story), self._front(story), *self._lists(story))))

    @cached_property
    def _choice(self) -> Choice:
        return front_choice(self._site.stories, self._site.newest, self._settings.home)

    @cached_property
    def _laid_out(self) -> tuple[tuple[Story, ...], dict[str, list[Story]]]:
        return laid_out(self._choice.told, self._taxonomy)

    def _front(self, story: Story) -> str:
        """Return where the front page has it, or why it has not."""
        at = _place(story, self._choice.told)
        if at is None:
            return f"It is not on the front page: {self._why_not_on_front(story)}."
        home, (top, by_topic) = self._settings.home, self._laid_out
        rank = f"{ordinal(at + 1)} {home.order} of {self._span}{self._equal(at)}".removeprefix("1st ")
        if at == 0:
            return f"It leads the front page: it is the {rank}."
        if at < len(top):
            return f"It stands at the top of the front page, as the first {len(top)} do: it is the {rank}."
        topic = self._taxonomy.best(story.topics)
        place = _place(story, by_topic[topic]) or 0
        best = " (of its topics the deepest, then the first)" if len(story.topics) > 1 else ""
        under = f"under {self._site.topics[topic].name}{best}"
        if place >= home.stories_per_topic:
            room = f"there is room for {counted(home.stories_per_topic, 'story', 'stories')} (`home.stories_per_topic`)"
            return f"It is not on the front page: {under} {room}, and it would be the {ordinal(place + 1)}."
        section = next(section for section in self._site.front if section.topic == topic)
        brief = ""
        if _place(story, section.briefs) is not None:
            brief = f", in brief: at most {MOST_FULL} are told in full, if they have half the heat of the hottest there"
        return f"On the front page it stands {ordinal(place + 1)} {under}{brief}. It is the {rank}."

    @property
    def _span(self) -> str:
        """What the front page is chosen from."""
        if self._choice.is_quiet:
            return f"the newest {counted(len(self._choice.told), 'story', 'stories')}"
        days = counted(self._settings.home.days, "day")
        return f"the {counted(len(self._choice.told), 'story', 'stories')} of the {days} up to the newest"

    def _equal(self, at: int) -> str:
        """Return what decides where another story of the front page is as hot."""
        told = self._choice.told
        beside = [*told[max(at - 1, 0) : at], *told[at + 1 : at + 2]]
        is_equal = self._settings.home.order == "hottest" and any(other.rank == told[at].rank for other in beside)
        return " (of equals, by file name)" if is_equal else ""

    def _why_not_on_front(self, story: Story) -> str:
        if _place(story, self._choice.recent) is not None:
            better = told_instead(story, self._choice.told)
            return _repeated(story, better) if better else "it repeats another story"
        days = counted(self._settings.home.days, "day")
        if self._choice.is_quiet:
            return f"that holds the newest {FRONT_AT_LEAST} and no more, for the last {days} (`home.days`) have fewer"
        newest = self._site.stories[0].lead
        on = local_day(newest.published_at, self._settings.zone)
        return f"it is more than {days} (`home.days`) older than the newest story, {newest.name} of {on}"

    def _lists(self, story: Story) -> list[str]:
        """Return its places in the lists that have it, and why others have not."""
        site, is_hottest = self._site, self._settings.topics.order == "hottest"
        by_time, by_heat = [], []
        instead: dict[str, tuple[Story, list[str]]] = {}
        lists = [("", site.newest)] if site.latest is not None else []
        for topic, told in [*lists, *((topic, site.newest_by_topic[topic]) for topic in story.topics)]:
            under = f"{len(told):,} under {site.topics[topic].name}" if topic else f"all {len(told):,} stories"
            at = _place(story, told)
            if at is None:
                better = told_instead(story, told)
                if better:
                    name = site.topics[topic].name if topic else "all stories"
                    instead.setdefault(better.lead.file, (better, []))[1].append(name)
            elif topic and is_hottest:
                by_heat.append(self._place_by_heat(story, topic, under))
            else:
                by_time.append(f"the {ordinal(at + 1)} of {under}")
        places = [f"By its {what} it is {few(some)}." for what, some in (("time", by_time), ("heat", by_heat)) if some]
        left_out = [f"Left out of the list of {few(some)}: {_repeated(story, it)}." for it, some in instead.values()]
        return [*places, *left_out]

    def _place_by_heat(self, story: Story, topic: str, under: str) -> str:
        listing = self._site.by_topic[topic].newest
        at = next((at for at, other in enumerate(listing) if other is story), None)
        return f"not among the first {len(listing)} of {under}" if at is None else f"the {ordinal(at + 1)} of {under}"


def _unpublished(story: Story) -> str:
    if story.lead.is_published_at(story.rank):
        return ""
    return "Its file says `published: false`: issues and the news API leave it out."


def _repeated(story: Story, better: Story) -> str:
    """Return that `better` tells the article instead of `story`."""
    is_hotter = better.rank > story.rank
    how = "is hotter" if is_hotter else "is as hot, and the first by file name"
    return f"{better.lead.name} has the same address or title within {REPEATED_WITHIN.days} days, and {how}"


def _place(story: Story, stories: Iterable[Story]) -> int | None:
    """Return how many of `stories` stand before `story`, or None when it is none of them."""
    return next((at for at, other in enumerate(stories) if other.lead.file == story.lead.file), None)
