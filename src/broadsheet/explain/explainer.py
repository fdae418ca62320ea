"""All answers in one place, and what became of the records that are not plainly shown. Pure."""

from datetime import datetime
from functools import cached_property
from heapq import nsmallest

from msgspec import Struct

from broadsheet.arrange.order import newest_first
from broadsheet.arrange.site import Arranged
from broadsheet.arrange.visibility import barred, is_withheld
from broadsheet.config import Settings
from broadsheet.explain.explanation import VERSION, Explanation, Fate, Surroundings
from broadsheet.explain.leading import Leading
from broadsheet.explain.reasons import Reasons
from broadsheet.explain.surroundings import Storyteller
from broadsheet.explain.wanted import meant
from broadsheet.heat import heat_parts
from broadsheet.model import PlainPage, Record, Sources
from broadsheet.render.text import url_path
from broadsheet.text import display_name, path_key

_MOST_SHOWN = 50
_SHOW_DRAFTS = "`broadsheet serve --drafts` shows it"
# What can become of a record besides being shown as it is, in the order in which it is told.
_FATES = {
    "drafts": "Drafts",
    "scheduled": "Scheduled",
    "removed": "Removed",
    "hidden": "Hidden by the settings, or with their lead",
    "folded": "Told as a part of another's story",
    "unpublished": "Not in the source's own list: `selection.unpublished: hide` leaves them out",
}


class Shown(Struct, frozen=True):
    """Something that is shown otherwise than its file's neighbours, or not at all, and the reason in a few words.

    `file` is as problems name it. `url` is the page that tells of it, below the site's root and percent-encoded, empty
    where none does.
    """

    file: str
    title: str
    url: str = ""
    remark: str = ""


class Group(Struct, frozen=True):
    """Records with one fate: its `name` for machines and `title` for people, how many there are, and the first few."""

    name: str
    title: str
    count: int
    shown: tuple[Shown, ...] = ()


class Explainer:
    """Explains one digest. What takes a look at all of it is found when it is first asked for, and once."""

    def __init__(self, arranged: Arranged, sources: Sources, settings: Settings, now: datetime) -> None:
        """`arranged` is what `sources` and `settings` made at the time `now`, with drafts or without."""
        self._arranged = arranged
        self._site = arranged.site
        self._forest = arranged.forest
        self._sources = sources
        self._settings = settings
        self._now = now
        self._leading = Leading(arranged, settings)
        self._reasons = Reasons(arranged, settings, self._leading)
        self._storyteller = Storyteller(arranged, settings, self._why_not_shown)

    def reasons(self, file: str) -> tuple[str, ...]:
        """Return why the record `file` leads its story, and where that stands; nothing for a record that leads none."""
        return self._reasons.of(file)

    def meant(self, asked: str) -> list[Record]:
        """Return the records that a name, a file or an address may stand for: one where that is clear."""
        return meant(asked, self._sources, self._site.records)

    def explanation(self, record: Record) -> Explanation:
        """Return all that there is to say of where one of the records is, and why."""
        fate = self._outcome(record)
        is_shown, takes_part = record.file in self._site.records, record in self._forest
        story = self._site.story(record.file) if is_shown else None
        lead = self._forest.lead_of(record) if takes_part else record
        return Explanation(
            version=VERSION,
            file=self._sources.shown_file(record),
            slug=record.slug,
            title=display_name(record.title),
            url=url_path("news", story.lead.slug) if story else "",
            fate=fate,
            why=self._why(record, fate),
            heat=heat_parts(self._forest.heat_from(record), self._forest.heat_of(record)) if takes_part else None,
            heat_from=self._reasons.heat(record) if takes_part else "",
            standing=self._reasons.standing(story) if story else (),
            with_it=() if is_shown else self._others_led_by(lead, record),
            story=self._storyteller.story(story, record) if story else None,
        )

    def _outcome(self, record: Record) -> Fate:
        """Return what became of a record in this digest, which may be one with drafts."""
        if record.file in self._site.records:
            return "leads" if self._lead(record).file == record.file else "folded"
        if record.removed:
            return "removed"
        if record in self._forest:
            return "hidden"
        if is_withheld(record, self._now):
            return "draft" if record.draft else "scheduled"
        return "left out"

    def _why(self, record: Record, fate: Fate) -> tuple[str, ...]:
        ribbon = self.ribbon(record)
        told = [f"{ribbon}: only a preview with `--drafts` has it."] if ribbon and record in self._forest else []
        if fate == "leads":
            return (*told, *self._leading.of_lead(self._site.story(record.file)))
        if fate == "folded":
            return (*told, *self._leading.of_folded(record))
        return (*told, f"{self._why_not_shown(record) or self._why_left_out(record)}.")

    def _why_left_out(self, record: Record) -> str:
        """Return what arranging said of a record whose address is another's."""
        file = self._sources.shown_file(record)
        return next(problem.message for problem in self._arranged.problems if problem.place.file == file)

    def _others_led_by(self, lead: Record, record: Record) -> tuple[str, ...]:
        """Return the files of those that share the fate of a record that is not shown: all that its lead leads."""
        others = self._storyteller.led_by(lead)
        return tuple(self._sources.shown_file(other) for other in others if other is not record)

    def story(self, file: str, most: int) -> Surroundings | None:
        """Return what the story of the lead `file` holds and leads on to, None where it leads none.

        Of its members only the first so many are told.
        """
        if file not in self._site.records or self._site.story(file).lead.file != file:
            return None
        return self._storyteller.story(self._site.story(file), self._site.records[file], most)

    def groups(self) -> tuple[Group, ...]:
        """Return what became of the records that are not plainly shown, and of drafts of plain pages.

        A record is in one group at the most: what is not out yet is a draft or scheduled and nothing else, also where a
        preview shows it. One whose address is another's is in none: that is told as a problem. Groups that are empty
        are left out; the others hold up to 50 items, plain pages before records, and these the newest first.
        """
        return self._groups

    @cached_property
    def _groups(self) -> tuple[Group, ...]:
        records: dict[str, list[Record]] = {name: [] for name in _FATES}
        for record in self._sources.records:
            fate = self._fate(record)
            if fate:
                records[fate].append(record)
        plain = [self._plain(page) for page in self._sources.plain_pages if page.draft]
        groups = []
        for name, title in _FATES.items():
            shown = [self._shown(name, record) for record in nsmallest(_MOST_SHOWN, records[name], key=newest_first)]
            first = plain if name == "drafts" else []
            groups.append(Group(name, title, len(first) + len(records[name]), (*first, *shown)[:_MOST_SHOWN]))
        return tuple(group for group in groups if group.count)

    def ribbon(self, thing: Record | PlainPage) -> str:
        """Return why only a preview shows the page of a record or a plain page; empty where every build does."""
        scheduled = isinstance(thing, Record) and thing.published_at > self._now and self._time(thing)
        if thing.draft:
            return f"Draft: not published, and scheduled for {scheduled}" if scheduled else "Draft: not published"
        return f"Scheduled for {scheduled}" if scheduled else ""

    def why_missing(self, path: str) -> str:
        """Return why there is no page at `path`, below the site's root and decoded; empty where nothing is known.

        That is a story's address, of which a record has the name, or the address of a plain page.
        """
        parts = tuple(path_key(part) for part in path.removesuffix("index.html").split("/") if part)
        if len(parts) == 2 and parts[0] == "news":
            records = self._by_name.get(parts[1], [])
            if any(record.file in self._site.records for record in records):
                return ""
            return next(filter(None, map(self._why_not_shown, records)), "")
        for plain in self._sources.plain_pages:
            if plain.draft and parts == tuple(map(path_key, plain.segments)) and plain not in self._site.plain_pages:
                return f"{plain.file} is a draft: {_SHOW_DRAFTS}"
        return ""

    def _why_not_shown(self, record: Record) -> str:
        file = self._sources.shown_file(record)
        if record.removed:
            return f"{file} says `removed: true`: it is shown nowhere"
        if record in self._forest:
            return f"{file} is hidden {self._why_hidden(record)}"
        if record.draft:
            return f"{file} is a draft: {_SHOW_DRAFTS}"
        if is_withheld(record, self._now):
            return f"{file} is scheduled for {self._time(record)}: {_SHOW_DRAFTS} before"
        return ""

    @cached_property
    def _by_name(self) -> dict[str, list[Record]]:
        """The records by the keys of the names that their pages have, or had."""
        found: dict[str, list[Record]] = {}
        for record in self._sources.records:
            for name in (record.slug, *record.aliases):
                found.setdefault(path_key(name), []).append(record)
        return found

    def _fate(self, record: Record) -> str:
        """Return the name of what became of a record; empty when it is plainly shown, or has another's address."""
        if is_withheld(record, self._now):
            return "drafts" if record.draft else "scheduled"
        if record.removed:
            return "removed"
        if record.file not in self._site.records:
            return "hidden" if record in self._forest else ""
        if self._lead(record).file != record.file:
            return "folded"
        return "" if record.is_published_at(self._forest.heat_of(record)) else "unpublished"

    def _shown(self, fate: str, record: Record) -> Shown:
        is_shown = record.file in self._site.records
        url = url_path("news", self._lead(record).slug) if is_shown else ""
        return Shown(self._sources.shown_file(record), display_name(record.title), url, self._remark(fate, record))

    def _plain(self, page: PlainPage) -> Shown:
        is_shown = page in self._site.plain_pages
        return Shown(page.file, page.title, url_path(*page.segments) if is_shown else "", "a plain page")

    def _remark(self, fate: str, record: Record) -> str:
        if fate == "hidden":
            return self._why_hidden(record)
        if fate in {"removed", "unpublished"}:
            return ""
        parts = [f"for {self._time(record)}"] if record.published_at > self._now else []
        if record.removed:
            parts.append("removed as well")
        elif record.file not in self._site.records:
            parts += [f"hidden {self._why_hidden(record)}"] if record in self._forest else []
        elif (lead := self._lead(record)).file != record.file:
            parts.append(f"led by {lead.name}")
        return ", ".join(parts)

    def _why_hidden(self, record: Record) -> str:
        """Return what hides a record that took part: a setting, its lead, or the one by the other."""
        lead = self._forest.lead_of(record)
        heat, selection = self._forest.heat_of(lead), self._settings.selection
        bar = barred(lead, heat, selection)
        is_own = lead.file == record.file
        if bar == "removed":
            return f"with its lead {lead.name}, which is removed"
        if bar == "unpublished":
            setting, why = "`selection.unpublished: hide`", "says `published: false`"
        else:
            setting = f"`selection.minimum_heat: {selection.minimum_heat}`"
            why = f"has a heat of {heat}" if heat >= 0 else "was folded by its source"
        return f"by {setting}: it {why}" if is_own else f"by {setting} with its lead {lead.name}, which {why}"

    def _lead(self, record: Record) -> Record:
        return self._site.story(record.file).lead

    def _time(self, record: Record) -> str:
        return f"{record.published_at.astimezone(self._settings.zone):%Y-%m-%d %H:%M %Z}"
