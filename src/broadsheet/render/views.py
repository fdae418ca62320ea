"""What templates are given: the contract between the program and a theme, the source of `docs/templates.md`.

All texts are plain (templates escape them), all URLs are safe to put into an attribute, all dates in the site's zone.
"""

from collections.abc import Callable

from markupsafe import Markup
from msgspec import Struct

from broadsheet.render.security import EARLY_SCRIPT

_LIST = ("heading", "description", "period", "cards", "months", "days", "children")

# The names that the template of each kind of page is given, besides `site` and `page`.
NAMES = {
    "home": ("lead", "seconds", "sections", "date", "iso"),
    "latest": _LIST,
    "topics": ("topics",),
    "topic": (*_LIST, "id"),
    "sources": ("sources", "status"),
    "imports": ("feeds",),
    "source": (*_LIST, "domain", "logo", "figures"),
    "archive": ("years",),
    "year": ("year", "months"),
    "month": ("heading", "days"),
    "story": (
        "story",
        "outlets",
        "topics",
        "video",
        "still",
        "body",
        "copies",
        "coverage",
        "earlier",
        "timeline",
        "is_grouped",
        "related",
        "related_stories",
        "also_linked",
        "time_zone",
    ),
    "editions": ("editions",),
    "edition": ("edition",),
    "plain": ("description", "body"),
    "search": ("search_script", "bundle"),
    "redirect": ("target", "story_title", "canonical"),
    "not_found": ("rows",),
    "email": ("edition", "preheader", "more", "web_url", "unsubscribe"),
}

MEANINGS = {
    "lead": "the rendered card of the story that leads the front page",
    "seconds": "rendered cards of the next ones",
    "sections": "the topics' parts of the front page: a list of SectionView",
    "date": "the day of the newest story",
    "iso": "the time of the newest story, as ISO 8601",
    "heading": "the name of what is listed",
    "description": "a sentence about it, or the empty text",
    "period": "the month, day or part of a day that a calendar page covers; empty on the list's own page",
    "cards": "rendered cards, in order",
    "months": "the list's calendar pages by month: a list of Link, on the list's own page only; on a year's page its "
    "months, a list of CalendarView",
    "days": "a split month's pages by day, a list of Link; on an archive month's page its days, a list of DayView",
    "children": "the topics below this one: a list of Link",
    "topics": "on the topics page the tree, a list of TopicView; on a story's page those of its lead, a list of Link",
    "sources": "all sources, the most quoted first: a list of Link",
    "status": "the URL of the page about the feeds that reports are imported from, or the empty text",
    "feeds": "those feeds, what fails first: a list of ImportView",
    "id": "the topic's id",
    "domain": "the source's domain",
    "logo": "the source's picture: an ImageView, or none",
    "figures": "what the source reported, in numbers: a FiguresView, on the source's own page only, else none",
    "years": "the archive: a list of YearView",
    "year": "a year of it: a YearView",
    "story": "the lead: an ItemView",
    "video": "the id of a YouTube video, or the empty text",
    "still": "a picture of the video, an ImageView, or none",
    "body": "the record's, or the plain page's, Markdown as sanitised HTML, or the empty text",
    "outlets": "how many outlets reported it independently, the lead's among them",
    "copies": "who else carries the lead's text: a list of CopyView",
    "earlier": "earlier stories of which this one is the next step, the latest first, at most five: a list of ItemView",
    "coverage": "without grouping: rendered rows of all related items",
    "timeline": "with grouping: who reported it when, the lead among them; a list of MomentsView by day, the first day "
    "first; empty where nobody else did",
    "time_zone": "the name of the zone that dates and times are given in",
    "is_grouped": "whether records are grouped into stories",
    "related": "rendered rows of other stories, the nearest first",
    "related_stories": "the same, each with what it shares with this one: a list of RelatedView",
    "also_linked": "rendered rows of what the source links besides, which is only loosely related",
    "editions": "all issues of the digest, newest first: a list of EditionView",
    "edition": "the issue: an EditionView",
    "preheader": "the first headlines, which mail programs show beside the subject",
    "more": "how many items the email has no room for",
    "web_url": "the address of the issue's web page, or the empty text",
    "unsubscribe": "where readers unsubscribe, or the empty text",
    "search_script": "the URL of the script that searches, a module",
    "bundle": "the URL of Pagefind's folder, which the script takes its index from",
    "target": "where the page leads",
    "story_title": "the title of the story that it leads to",
    "canonical": "the story's canonical address, or the empty text",
    "rows": "rendered rows of the latest stories",
}


class Parts(tuple[Markup, ...]):
    """Rendered parts in order: a list that a template can print whole, a part to a line, or go through."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return all of them: each is escaped where it has to be."""
        return "\n".join(self)


class Later:
    """HTML that is made when a template prints it: a theme that has no use for it is spared the work."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Markup]) -> None:
        """`make` makes it."""
        self._make = make

    def __html__(self) -> str:
        """Make it."""
        return self._make()

    def __str__(self) -> str:
        """Make it for a template that calls it safe first."""
        return self._make()


class Link(Struct, frozen=True):
    """A name and where it leads; `url` is empty when it leads nowhere. `count` is 0 when nothing is counted."""

    name: str
    url: str = ""
    count: int = 0


class ImageView(Struct, frozen=True):
    """A picture to show; `width` and `height` are 0 when not known, `alt` may be empty.

    `srcset` is ready for the attribute of that name, empty where there is only one file; `url` is the largest.
    `is_placeholder` marks the drawing that stands for a picture that could not be had.
    """

    url: str
    width: int = 0
    height: int = 0
    alt: str = ""
    srcset: str = ""
    is_placeholder: bool = False


class ItemView(Struct, frozen=True):
    """One record, or one item from outside, as a card, a row or a page shows it.

    `url` is its page here (empty for an item from outside), `link` the original report (empty when there is none).
    `date` and `clock` are the day and the time of day of its publication in the site's zone, `iso` both as ISO 8601;
    `clock` is empty when only the day is known, all three are when nothing is. `updated` is the day of its last change,
    or empty. `language` is its own when it is not the site's. `has_paywall` says that the report has to be paid for;
    `archived` is where a copy of a report that is gone may be found, or empty. `source` is the domain, and `topic_ids`
    are all its topics, with blanks between.
    """

    id: str
    title: str
    url: str
    link: str
    is_video: bool
    excerpt: str
    summary: str
    date: str
    iso: str
    provider: Link
    image: ImageView | None = None
    topics: tuple[Link, ...] = ()
    clock: str = ""
    updated: str = ""
    updated_iso: str = ""
    language: str = ""
    has_paywall: bool = False
    archived: str = ""
    source: str = ""
    topic_ids: str = ""


class CopyView(Struct, frozen=True):
    """A copy of a report: who carries it, and where; `id` is its record's, as that of an ItemView."""

    name: str
    link: str
    id: str = ""


class ReportView(Struct, frozen=True):
    """A report in the course of a story. `after` says how long after the first one it came, or is empty.

    `is_first` says that nobody told it before, copies among them; `is_follow_up` says that it tells what came of the
    event; `copies` are who else carries its text, those of the lead apart.
    """

    item: ItemView
    is_first: bool
    is_lead: bool
    after: str
    is_follow_up: bool = False
    copies: tuple[CopyView, ...] = ()


class MomentsView(Struct, frozen=True):
    """A day in the course of a story: its date (empty: not known) and its reports, the first one first."""

    date: str
    iso: str
    reports: tuple[ReportView, ...]


class RelatedView(Struct, frozen=True):
    """Another story to go on to: its lead, the same as a rendered row, and the words that both stories share."""

    item: ItemView
    row: Markup
    shared: tuple[str, ...]


class StoryView(Struct, frozen=True):
    """A story in a list: its lead, the first rows of its coverage and follow-ups, and how many more there are.

    `outlets` counts who reported it independently; `is_update` says that it goes on with an earlier story.
    """

    lead: ItemView
    rows: Parts = Parts()
    more: int = 0
    outlets: int = 1
    is_update: bool = False


class SectionView(Struct, frozen=True):
    """A part of the front page: a topic, its stories, and those of them that are told in brief, as rendered parts."""

    topic: Link
    id: str
    cards: Parts
    briefs: Parts


class TopicView(Struct, frozen=True):
    """A topic in the tree: how many stories it has, and the topics below it."""

    name: str
    url: str
    count: int
    description: str
    children: "tuple[TopicView, ...]" = ()


class DayView(Struct, frozen=True):
    """A day of a month: its date and its items, newest first."""

    date: str
    iso: str
    items: tuple[ItemView, ...]


class CellView(Struct, frozen=True):
    """A month of a year, or a day of a month, in a calendar.

    `name` is short, `title` says all; `count` is how much was reported, `level` the same from 0, nothing, to 4, the
    most. `url` is empty when there is nothing to see.
    """

    name: str
    title: str
    url: str = ""
    count: int = 0
    level: int = 0


class YearView(Struct, frozen=True):
    """A year: how much was reported in it, and its twelve months."""

    name: str
    url: str
    count: int
    months: tuple[CellView, ...]


class CalendarView(Struct, frozen=True):
    """A month with its days; `first_weekday` is that of its first day, 1 for Monday."""

    name: str
    url: str
    count: int
    first_weekday: int
    days: tuple[CellView, ...]


class BarView(Struct, frozen=True):
    """A bar of a chart: what it stands for, how much that is, and its place and size in the chart's own units."""

    name: str
    count: int
    x: int
    y: int
    width: int
    height: int


class ChartView(Struct, frozen=True):
    """Bars in a picture of `width` to `height`, the earliest first."""

    bars: tuple[BarView, ...]
    width: int
    height: int


class FiguresView(Struct, frozen=True):
    """A source in numbers: its reports, how many led a story, how many were coverage of another's; its topics."""

    reports: int
    led: int
    covered: int
    topics: tuple[Link, ...]
    chart: ChartView | None = None


class EditionItemView(Struct, frozen=True):
    """A story as an issue tells it.

    `url` is its page here, `link` the original report; either may be empty. `provider` is who reported it. `is_update`
    says that it goes on with a story that an earlier issue told.
    """

    title: str
    url: str
    link: str
    excerpt: str
    provider: str
    image: ImageView | None = None
    is_update: bool = False


class EditionSectionView(Struct, frozen=True):
    """A part of an issue: the name of its topic and its items."""

    topic: str
    items: tuple[EditionItemView, ...]


class EditionView(Struct, frozen=True):
    """An issue of the digest. `date` is its day, `start` and `end` the days of its news, `count` how many items it has.

    `url` is its page, `iso` its end as ISO 8601; `withdrawn` says how many items are no longer shown, or is empty.
    """

    date: str
    iso: str
    url: str
    start: str
    end: str
    count: int
    withdrawn: str
    sections: tuple[EditionSectionView, ...]


class ImportView(Struct, frozen=True):
    """A feed that reports are imported from: its name, and its host, empty where that is the name, or it is a file.

    `latest` is the day on which it last brought something, `since` that from which on it has failed, for readers, each
    with the same as ISO 8601; both may be empty. `failure` is why, in English. `gone` says that it is not asked again,
    `moved` that it stands elsewhere for good.
    """

    name: str
    host: str = ""
    latest: str = ""
    latest_iso: str = ""
    since: str = ""
    since_iso: str = ""
    failure: str = ""
    gone: bool = False
    moved: bool = False


class SiteView(Struct, frozen=True):
    """The site as every page knows it. `root` is the path that all links start with, `topics` the main topics.

    `latest`, `sources`, `archive`, `editions` and `search` are the URLs of those pages, `opml` that of the list of the
    topics' feeds; each is empty where there is no such thing. `style`, `icon`, `logo` and `script` are the theme's
    files. `masthead` stands below the name, `links` at the foot, both as the settings have them; `menu_pages` and
    `footer_pages` are the site's plain pages that the menu and the footer lead to.
    """

    title: str
    description: str
    language: str
    direction: str
    root: str
    style: str
    icon: str
    topics: tuple[Link, ...]
    latest: str = ""
    sources: str = ""
    archive: str = ""
    editions: str = ""
    opml: str = ""
    script: str = ""
    logo: str = ""
    masthead: str = ""
    links: tuple[Link, ...] = ()
    search: str = ""
    menu_pages: tuple[Link, ...] = ()
    footer_pages: tuple[Link, ...] = ()


class FeedLink(Struct, frozen=True):
    """A feed that follows a page: its title, its address, and its media type."""

    title: str
    url: str
    type: str


class PageView(Struct, frozen=True):
    """The page itself. `title` is empty on the front page; `canonical` is empty when no base URL is set.

    `image` is the address of a picture that stands for the page, or empty. `policy` is the page's
    Content-Security-Policy, for a `<meta>`; it allows no script within the page but `early_script`. `json_ld` describes
    the page to machines, by schema.org, ready for a `<script type="application/ld+json">`. `parents` are the way down
    to this page. `menu` and `footer` are rendered parts.
    """

    kind: str
    title: str
    description: str
    url: str
    canonical: str
    feeds: tuple[FeedLink, ...] = ()
    image: str = ""
    policy: str = ""
    parents: tuple[Link, ...] = ()
    early_script: Markup = Markup(EARLY_SCRIPT)
    json_ld: Markup | Later = Markup()
    menu: Markup = Markup()
    footer: Markup = Markup()
