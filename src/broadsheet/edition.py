"""Cuts the issues of the digest that are due: reads, arranges, and writes each into `editions/` beside the records."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path

from msgspec import Struct, structs

from broadsheet.arrange.editions import cut_on, cut_times, in_sections, last_cut, next_issue, period_before
from broadsheet.arrange.site import Arranged, arrange
from broadsheet.config import Settings
from broadsheet.limits import EDITION_ITEMS
from broadsheet.model import Edition, EditionItem, EditionSection, Image, Site, Sources, Story
from broadsheet.problems import Place, Problem, Severity, SiteError, in_order
from broadsheet.read.disk import Disk
from broadsheet.read.editions import plain_text
from broadsheet.read.fields import is_local_path
from broadsheet.read.folders import SETTINGS_FILE, Folders
from broadsheet.read.source import read_editions, read_site
from broadsheet.render.pictures import own_images
from broadsheet.render.text import excerpt_text, summary
from broadsheet.text import clean_domain, clean_url, display_name, display_text, path_key, topic_key
from broadsheet.write.editions import write_edition

_LONGEST_TITLE = 300
_LONGEST_EXCERPT = 500
_LONGEST_NAME = 100
_LONGEST_URL = 2000


class Cut(Struct, frozen=True):
    """What was done: the issues that were written with their files, the days whose issue would have been empty.

    `next` is when the schedule has the next issue; `problems` are what the records and the settings have.
    """

    written: tuple[tuple[Edition, Path], ...]
    empty: tuple[str, ...]
    next: datetime
    problems: tuple[Problem, ...]


def cut_due(folders: Folders, settings: Settings, now: datetime, since: date | None = None) -> Cut:
    """Cut all issues that are due at `now` (aware), the oldest first: all since the last, or from the day `since` on.

    Where none was ever cut, and no day is given, only the latest is. Raises `SiteError`.
    """
    plan, zone = _Plan(folders, settings), settings.edition_zone
    if since is not None:
        start = _midnight(since, zone)
        if start > now:
            raise _refusal(folders, f"the day {since} lies in the future", "give an earlier one with --since")
        if plan.cut and since.isoformat() <= plan.cut[-1].date:
            message = f"issues are cut up to {plan.cut[-1].date} already: none can be cut from {since} on"
            raise _refusal(folders, message, "give a later day, or none")
    elif plan.cut:
        start = plan.cut[-1].end
    else:
        ends = [last_cut(settings.editions, zone, now)]
        return plan.written(ends, period_before(ends[0], settings.editions, zone), now)
    ends = [end for end in cut_times(settings.editions, zone, start, now) if end > plan.last_end(start)]
    return plan.written(ends, start, now)


def cut_day(folders: Folders, settings: Settings, now: datetime, day: date) -> Cut:
    """Cut the issue of one `day`, whatever the schedule has for it. Raises `SiteError` when that can not be."""
    plan, zone = _Plan(folders, settings), settings.edition_zone
    end = cut_on(day, settings.editions, zone)
    if day.isoformat() in {edition.date for edition in plan.cut}:
        raise _refusal(folders, f"the issue of {day} is cut already, and never changes", "")
    if end > now:
        raise _refusal(folders, f"the issue of {day} lies in the future: it ends at {_local(end, zone)}", "")
    if plan.cut and end <= plan.cut[-1].end:
        message = f"the issue of {day} would lie before the last one, which is that of {plan.cut[-1].date}"
        raise _refusal(folders, message, "issues are cut in their order")
    return plan.written([end], period_before(end, settings.editions, zone), now)


class _Plan:
    """A site whose issues are cut in turn."""

    def __init__(self, folders: Folders, settings: Settings) -> None:
        """Read the issues that there are. Raises `SiteError` where nobody can tell what was sent."""
        if settings.editions.period is None:
            hint = "for example   editions: {period: weekly, weekdays: [fri]}"
            place = Place((folders.root / SETTINGS_FILE).as_posix())
            raise SiteError([Problem(place, "the setting `editions.period` does not say when issues are cut", hint)])
        disk = Disk()
        editions, problems = read_editions(folders, disk)
        wrong = [problem for problem in (*problems, *disk.problems) if problem.severity is Severity.ERROR]
        if wrong:
            message = "no issue is cut while one can not be read: nothing may be sent twice"
            raise SiteError([*in_order(wrong), Problem(Place(folders.editions.as_posix()), message)])
        self.cut = list(editions)
        self._folders = folders
        self._settings = settings
        self._zone = settings.edition_zone

    def last_end(self, otherwise: datetime) -> datetime:
        return self.cut[-1].end if self.cut else otherwise

    def written(self, ends: Iterable[datetime], start: datetime, now: datetime) -> Cut:
        """Write the issues that end at `ends`; the first starts at `start`, unless one was cut before."""
        written, empty = [], []
        problems: list[Problem] = []
        sources: Sources | None = None
        looked_at: datetime | None = None
        for end in ends:
            if sources is None:
                read = read_site(self._folders, lambda *_: None)
                sources = read.sources
                problems += [*read.problems, *_unknown_sections(self._settings, sources, self._folders)]
            # Where nothing came out since the last look there is nothing new to find.
            is_quiet = looked_at and not any(looked_at < record.published_at <= end for record in sources.records)
            edition = None if is_quiet else self._issue(sources, self.last_end(start), end)
            looked_at = end
            if edition is None:
                empty.append(_day(end, self._zone))
            else:
                written.append((edition, write_edition(self._folders.editions, edition)))
                self.cut.append(edition)
        editions = self._settings.editions
        upcoming = next(cut_times(editions, self._zone, now, now.replace(year=now.year + 1, day=1)))
        return Cut(tuple(written), tuple(empty), upcoming, in_order(problems))

    def _issue(self, sources: Sources, start: datetime, end: datetime) -> Edition | None:
        """Return the issue of `(start, end]`, or None when it would be empty."""
        # As things were then: what came out later leads no story of this issue.
        arranged = arrange(sources, self._settings, end)
        cap = min(self._settings.editions.cap or EDITION_ITEMS.most, EDITION_ITEMS.most)
        chosen = next_issue(arranged.site, start, end, self.cut, cap)
        if not chosen.stories:
            return None
        sections = in_sections(arranged.site, chosen.stories, self._settings.editions.sections)
        return Edition(
            date=_day(end, self._zone),
            start=start,
            end=end,
            sections=tuple(_section(arranged, topic, stories, chosen.updates) for topic, stories in sections.items()),
            passed_over=tuple(story.lead.slug for story in chosen.passed_over),
        )


def _section(arranged: Arranged, topic: str, stories: tuple[Story, ...], updates: frozenset[str]) -> EditionSection:
    name = summary(plain_text(arranged.site.topics[topic].name), _LONGEST_NAME)
    items = ((_item(arranged.site, story), story.lead.file in updates) for story in stories)
    return EditionSection(name, tuple(structs.replace(item, update=is_update) for item, is_update in items))


def _item(site: Site, story: Story) -> EditionItem:
    """Return what an issue says of a story: the texts that a reader sees, cut where nobody would read on."""
    lead = story.lead
    url = clean_url(lead.report_url) or ""
    source = site.sources.get(clean_domain(lead.provider.domain))
    provider = source.name if source else display_name(lead.provider.name)
    return EditionItem(
        slug=lead.slug,
        title=summary(plain_text(display_text(lead.title)), _LONGEST_TITLE) or lead.slug,
        excerpt=summary(plain_text(excerpt_text(lead.excerpt)), _LONGEST_EXCERPT),
        provider=summary(plain_text(provider), _LONGEST_NAME),
        url=url if len(url) <= _LONGEST_URL else "",
        image=next(filter(None, map(_image, own_images(lead, site))), None),
    )


def _image(image: Image) -> Image | None:
    url = clean_url(image.url) or (image.url if is_local_path(image.url) else "")
    if not url or len(url) > _LONGEST_URL:
        return None
    return Image(url, image.width, image.height, summary(plain_text(display_text(image.title or "")), _LONGEST_TITLE))


def _unknown_sections(settings: Settings, sources: Sources, folders: Folders) -> list[Problem]:
    """Return a warning for every section whose topic neither a topic file nor a record names."""
    known = {path_key(file.name) for file in sources.topics}
    known.update(topic_key(name) for record in sources.records for name in record.topics if name)
    place = Place((folders.root / SETTINGS_FILE).as_posix())
    return [
        Problem(place, f"`editions.sections` has the topic `{name}`, which nobody knows", "", Severity.WARNING)
        for name in settings.editions.sections or ()
        if topic_key(name) not in known
    ]


def _refusal(folders: Folders, message: str, hint: str) -> SiteError:
    return SiteError([Problem(Place(folders.editions.as_posix()), message, hint)])


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _local(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
