"""The nouns: what a folder of records holds, what a digest is made of, what a build writes. Frozen, without effects.

Fields of a `Record` and a `Coverage` keep the raw text of the front matter; `text.py` makes it fit to show.
All times are aware and in UTC. No struct can take part in a reference cycle, so none is tracked by the
garbage collector.
"""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from broadsheet.problems import Place

# The file in an output folder that lists what a build wrote there.
MANIFEST = ".broadsheet-manifest.json"
# The folder in it of the search index.
INDEX_FOLDER = "pagefind/"
# An aware time: a cache that says otherwise is none.
Moment = Annotated[datetime, Meta(tz=True)]
_NEVER = datetime.min.replace(tzinfo=UTC)
# From so much heat on a source publishes what it does not fold.
PUBLISHED_FROM = 70


class Image(Struct, frozen=True, gc=False):
    """A picture; `width` and `height` in CSS pixels, 0 when not known."""

    url: str
    width: int = 0
    height: int = 0
    title: str | None = None
    attribution: str | None = None
    is_cached: bool | None = None


class Picture(Struct, frozen=True, gc=False):
    """A picture from elsewhere that the site has copies of: their widths and paths in the output, the widest last.

    `width` and `height`, in pixels, are those of the widest.
    """

    copies: tuple[tuple[int, str], ...]
    width: int
    height: int


class Provider(Struct, frozen=True, gc=False):
    """Who published something, as the front matter names it."""

    name: str = ""
    domain: str = ""
    images: tuple[Image, ...] | None = None


class Coverage(Struct, frozen=True, gc=False):
    """An item of a `related` list: what somebody reported about the same event.

    `quality` is None when the list does not say; `web_url` is empty for videos. `is_undated` says that `published_at`
    is only that of the record whose list it is in.
    """

    title: str
    published_at: Moment
    excerpt: str = ""
    web_url: str = ""
    type: str = "article"
    provider: Provider = Provider()
    quality: int | None = None
    images: tuple[Image, ...] = ()
    is_undated: bool = False

    @property
    def report_url(self) -> str:
        """The raw address of the report, or the empty string."""
        return self.web_url


class Record(Struct, frozen=True, gc=False):
    """One file of the records folder. `file` is its path within that folder (`/` between folders): its identity.

    `slug` is the file name's stem made fit to be a folder name. `heat` is None when the file does not say; -1 means
    that the source folded the record under a better one. `published` says that the record made the source's own list;
    it is no embargo, `draft` is. `paywall` says that the report has to be paid for, `dead` that it is gone.
    """

    file: str
    slug: str
    title: str
    published_at: Moment
    category: str = "news"
    excerpt: str = ""
    web_url: str | None = None
    original_url: str | None = None
    amp_url: str | None = None
    cdn_amp_url: str | None = None
    type: str = "article"
    featured_content: str | None = None
    quality: int | None = None
    heat: int | None = None
    published: bool = True
    removed: bool = False
    draft: bool = False
    paywall: bool = False
    dead: bool = False
    updated_at: Moment | None = None
    locale: str | None = None
    tags: tuple[str, ...] = ()
    provider: Provider = Provider()
    topics: tuple[str | None, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Coverage, ...] = ()
    aliases: tuple[str, ...] = ()
    pin: bool = False
    alone: bool = False
    split: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    body: str = ""

    @property
    def report_url(self) -> str:
        """The raw address of the report, or the empty string: each of the two fields stands in for the other."""
        return self.web_url or self.original_url or ""

    @property
    def told_at(self) -> datetime:
        """When it was published, or changed by those who wrote it."""
        return max(self.published_at, self.updated_at or self.published_at)

    @property
    def name(self) -> str:
        """The file name without its folder: what ties are broken by."""
        return self.file.rpartition("/")[2]

    def is_published_at(self, heat: int) -> bool:
        """Return whether it counts as published where `heat` is what it was found to have.

        The `published` of a file goes with the `heat` there: where an editor had it fold or lead, so does this.
        """
        if self.heat is None or self.heat == heat:
            return self.published
        return heat >= 0 and (self.published or self.heat < PUBLISHED_FROM <= heat)


class TopicFile(Struct, frozen=True, gc=False):
    """One topic as `_data/topics` describes it; `parent` is the parent's name."""

    file: str
    name: str
    id: str = ""
    shortname: str = ""
    parent: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    services: dict[str, str] = {}


class Organization(Struct, frozen=True, gc=False):
    """One provider as `_data/organizations` describes it; `paywall` says that its reports have to be paid for."""

    file: str
    domain: str
    name: str
    description: str = ""
    images: tuple[Image, ...] = ()
    paywall: bool = False


class PlainPage(Struct, frozen=True, gc=False):
    """A page in the owner's own words. `file` is its path as problems name it.

    `segments` are the parts of its URL below the site's root, none for the root itself. `title` and `description` are
    texts for display, `body` is Markdown without a heading that repeats the title. `order` sorts menu and footer.
    """

    file: str
    segments: tuple[str, ...]
    title: str
    description: str = ""
    body: str = ""
    in_menu: bool = True
    in_footer: bool = True
    order: int = 0
    draft: bool = False


class EditionItem(Struct, frozen=True, gc=False):
    """What an issue says of one story: texts for display, as they were when it was cut.

    `slug` is that of the record that led the story; `url` is the original report, empty when there is none. `update`
    says that it goes on with a story that an earlier issue told.
    """

    slug: str
    title: str
    excerpt: str = ""
    provider: str = ""
    url: str = ""
    image: Image | None = None
    update: bool = False


class EditionSection(Struct, frozen=True, gc=False):
    """A part of an issue: the name of its topic, and its items in order."""

    topic: str
    items: tuple[EditionItem, ...]


class Edition(Struct, frozen=True, gc=False):
    """An issue of the digest, cut once: the stories with `start` < time <= `end` that nobody had been sent before.

    `date` is its day, `2024-05-31`, in the editions' zone, and names it. `passed_over` are the slugs of those that it
    had no room for. `withdrawn` counts items that are no longer shown; only arranging sets it.
    """

    date: str
    start: datetime
    end: datetime
    sections: tuple[EditionSection, ...] = ()
    passed_over: tuple[str, ...] = ()
    withdrawn: int = 0
    file: str = ""

    @property
    def items(self) -> tuple[EditionItem, ...]:
        """All items in order."""
        return tuple(item for section in self.sections for item in section.items)


class Named(Struct, frozen=True, gc=False):
    """A record as somebody names it: by file name with or without its ending, slug, or path; and where he does."""

    name: str
    place: Place


class Overrides(Struct, frozen=True, gc=False):
    """What the overrides file decides of stories; `file` is its path as problems name it, empty where there is none.

    Those of `pin` lead theirs, each of `alone` is one by itself; no two of the records of one tuple of `apart` share
    a story, and all those of one tuple of `join` do.
    """

    file: str = ""
    pin: tuple[Named, ...] = ()
    alone: tuple[Named, ...] = ()
    apart: tuple[tuple[Named, ...], ...] = ()
    join: tuple[tuple[Named, ...], ...] = ()


class ImportedFrom(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What is remembered of a source that records are imported from: days are `2024-05-31`, empty where there is none.

    `title` is what it calls itself, `latest` when it last brought something. Where the last time failed it has done so
    `failing_since`, with the `failure` of that day. `moved_to` is where it stands now for good, by its host. `gone`
    says that it is not asked again. `via` is the list of feeds that has it.
    """

    title: str = ""
    latest: str = ""
    failing_since: str = ""
    failure: str = ""
    moved_to: str = ""
    gone: bool = False
    via: str = ""


class ImportState(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What imports remember: of every source by what the settings call it, and of what was imported.

    `imported` has digests of addresses and of other ids, each with the day on which it was last imported or met.
    """

    version: int = 1
    sources: dict[str, ImportedFrom] = {}
    imported: dict[str, str] = {}


class Sources(Struct, frozen=True, gc=False):
    """All that was read: values only, in file-name order.

    `folder` is the records' folder within the site, empty for the site's folder itself; `shown_folder` is the same as
    problems name it. `imported_from` is what is remembered of the sources of imports, by what the settings call them.
    """

    records: tuple[Record, ...] = ()
    topics: tuple[TopicFile, ...] = ()
    organizations: tuple[Organization, ...] = ()
    folder: str = ""
    shown_folder: str = ""
    editions: tuple[Edition, ...] = ()
    plain_pages: tuple[PlainPage, ...] = ()
    overrides: Overrides = Overrides()
    imported_from: dict[str, ImportedFrom] = {}

    def shown_file(self, record: Record) -> str:
        """Return the path of a record's file as problems name it."""
        return f"{self.shown_folder}/{record.file}" if self.shown_folder else record.file


class Topic(Struct, frozen=True, gc=False):
    """A node of the taxonomy. `id` names its folder; `parent` is an id, empty at the top; `depth` counts from 0.

    `count` is the number of stories that carry it; `has_api` says that its file offers the service of a news list.
    """

    id: str
    name: str
    shortname: str = ""
    parent: str = ""
    depth: int = 0
    count: int = 0
    has_api: bool = False
    description: str = ""
    children: tuple[str, ...] = ()


class Copy(Struct, frozen=True, gc=False):
    """A report that another outlet carries with the text of a report, `of`, that is told: syndicated, or copied."""

    item: Record | Coverage
    of: Record | Coverage


class RelatedStory(Struct, frozen=True, gc=False):
    """Another story that readers may go on to: its lead, how near it is (0 to 1), and the words that both share.

    `shared` are as readers see them, the most telling first; none where only the source says that it is related.
    """

    lead: Record
    score: float = 0.0
    shared: tuple[str, ...] = ()


class Story(Struct, frozen=True, gc=False):
    """One event: the lead, who else covered it, and what it leads on to.

    `coverage` are independent reports of the event, best first; `copies` carry the text of the lead or of one of them;
    `follow_ups` came days later, or tell what came of it, the first one first; `also_linked` is what the source lists
    besides and is only loosely related. All hold records of this folder and items from outside, and no article twice.
    `related` are other stories, the nearest first; `earlier` are leads of stories of which this one is the next
    step, the latest first. `topics` are ids, in display order; `rank` is what hottest-first lists sort by, -1 at the
    least: the heat of the lead, or of `heat_from`, where an editor put together what has a hotter record. `first` is
    the slug of its earliest record: it stays when another leads. `updated_at` is when the latest report of it was made
    or changed. `outlets` counts who reported it independently, the lead's among them. `nearness` says how near to the
    lead each item of `told` and then of `also_linked` is, from 0 to 1.
    """

    lead: Record
    rank: int = -1
    topics: tuple[str, ...] = ()
    coverage: tuple[Record | Coverage, ...] = ()
    follow_ups: tuple[Record | Coverage, ...] = ()
    copies: tuple[Copy, ...] = ()
    also_linked: tuple[Record | Coverage, ...] = ()
    related: tuple[RelatedStory, ...] = ()
    earlier: tuple[Record, ...] = ()
    heat_from: Record | None = None
    first: str = ""
    updated_at: datetime = _NEVER
    outlets: int = 1
    nearness: tuple[float, ...] = ()

    @property
    def told(self) -> tuple[Record | Coverage, ...]:
        """All that is told of the event besides the lead: reports, follow-ups and copies."""
        return (*self.coverage, *self.follow_ups, *(copy.item for copy in self.copies))


class Source(Struct, frozen=True, gc=False):
    """A provider with a page: who it is, and its shown records, newest first.

    `led` of them lead a story; `topics` counts them by the ids of their topics, the commonest first, `months` by month
    (`2022-10`), the oldest first.
    """

    domain: str
    name: str
    description: str = ""
    image: Image | None = None
    records: tuple[Record, ...] = ()
    led: int = 0
    topics: tuple[tuple[str, int], ...] = ()
    months: tuple[tuple[str, int], ...] = ()


class Bucket(Struct, frozen=True, gc=False):
    """A slice of a newest-first list that covers a span of the calendar: `2022-10`, a day of it, or a part of a day."""

    key: str
    entries: tuple[Story, ...] | tuple[Record, ...] = ()
    children: tuple[str, ...] = ()


class Listing(Struct, frozen=True, gc=False):
    """A list as its pages show it: what stands at its own URL, and the calendar buckets that hold everything."""

    newest: tuple[Story, ...] | tuple[Record, ...]
    buckets: tuple[Bucket, ...] = ()

    def by_key(self) -> dict[str, Bucket]:
        """Return the buckets by their keys."""
        return {bucket.key: bucket for bucket in self.buckets}


class Section(Struct, frozen=True, gc=False):
    """A part of the front page: a topic's id, its stories, and those that are told in brief.

    The first part is the top of the page: its `topic` is empty, and its first story leads.
    """

    topic: str
    stories: tuple[Story, ...]
    briefs: tuple[Story, ...] = ()

    @property
    def all(self) -> tuple[Story, ...]:
        """All stories, the bigger ones first."""
        return (*self.stories, *self.briefs)


class Site(Struct, frozen=True):
    """The whole digest, arranged: everything that pages, feeds and the rest are made from.

    `stories` and `records` (those shown, by file) are newest first; `story_of` maps the file of every shown record to
    the index of its story in `stories`; `shared_images` are URLs that too many records carry to mean anything.
    `paying` are the domains whose reports have to be paid for.
    `per_day` counts the records of every day (`2022-10-31`) that has some.
    `newest` are the stories without repeats, `newest_by_topic` those of each topic; `topics_of` (ids of topics with a
    page) and `heats` are by the file of every shown record; `title` is the site's name; `folder` is the records'
    folder within the site, `shown_folder` the same as problems name it. `plain_pages` are in the order of the menu.
    `pictures` are those from elsewhere that were fetched, by their address; only a build that does so sets it.
    `imported_from` is what is remembered of the sources of imports, where the settings have such.
    """

    stories: tuple[Story, ...]
    records: dict[str, Record]
    topics: dict[str, Topic]
    sources: dict[str, Source]
    front: tuple[Section, ...]
    latest: Listing | None
    by_topic: dict[str, Listing]
    by_source: dict[str, Listing]
    by_month: dict[str, tuple[Record, ...]]
    story_of: dict[str, int]
    imported_from: dict[str, ImportedFrom] = {}
    shared_images: frozenset[str] = frozenset()
    paying: frozenset[str] = frozenset()
    newest: tuple[Story, ...] = ()
    newest_by_topic: dict[str, tuple[Story, ...]] = {}
    topics_of: dict[str, tuple[str, ...]] = {}
    heats: dict[str, int] = {}
    title: str = "News"
    folder: str = ""
    shown_folder: str = ""
    editions: tuple[Edition, ...] = ()
    per_day: dict[str, int] = {}
    plain_pages: tuple[PlainPage, ...] = ()
    pictures: dict[str, Picture] = {}

    def story(self, file: str) -> Story:
        """Return the story that the shown record of `file` leads or belongs to."""
        return self.stories[self.story_of[file]]


class Page(Struct, frozen=True, gc=False):
    """A page that is planned, not rendered: where it goes, what it is, and what it is about.

    `url` is relative to the site's root and percent-encoded, `path` the file in the output folder. `subject` is, by
    `kind`: a story's, a record's or a plain page's file, a topic's id, a domain, a year or a month; `bucket` a calendar
    bucket's key.
    `origin` names the source that asks for the page.
    """

    kind: str
    url: str
    path: str
    subject: str = ""
    bucket: str = ""
    origin: str = ""


class SearchEntry(Struct, frozen=True, gc=False):
    """What a search knows of one story: texts as readers see them.

    `url` is the story's page, relative to the site's root and percent-encoded; `text` is what is told below the
    title; `provider` reported the lead. `date` is for readers, `day` the same as ISO 8601, `time` what entries are
    sorted by. `topics` and `sources` are names.
    """

    url: str
    title: str
    text: str
    provider: str
    date: str
    day: str
    time: str
    topics: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class OutputFile(Struct, frozen=True, gc=False):
    """A file to write: its path within the output folder, `/` between folders, and its bytes."""

    path: str
    content: bytes


class Written(Struct, frozen=True):
    """What a build did to the output folder, as counts of files."""

    changed: int
    unchanged: int
    deleted: int
