"""The settings: what a site may say in `broadsheet.yaml`. Types only, immutable; `read/settings.py` makes them.

Each field's description is the manual's: `docs/settings.md` is made from it.
"""

from datetime import tzinfo
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct, field

from broadsheet.targets import AnyTarget

Count = Annotated[int, Meta(ge=1, le=100_000)]
Order = Literal["hottest", "newest"]
# Of addresses of the web, and of times of day: for the schema, which says what can be said of them in advance.
_WEB = {"format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

# The database in its two ways of counting leap seconds: only some systems have it a second time.
ZONE_VARIANTS = ("posix/", "right/")
# What a machine takes for the zone that it is in.
_OF_A_MACHINE = {"localtime", "posixrules", "Factory"}


def is_time_zone(name: str) -> bool:
    """Return whether `name` is the IANA name of a time zone, which is the same on every machine."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return name not in _OF_A_MACHINE and not name.startswith(ZONE_VARIANTS)


class Selection(Struct, frozen=True, forbid_unknown_fields=True):
    """What of the records is shown at all."""

    unpublished: Annotated[
        Literal["show", "hide"],
        Meta(description="`show` or `hide` leads with `published: false`, together with their stories"),
    ] = "show"
    minimum_heat: Annotated[
        int | None, Meta(description="hide leads whose heat is lower, together with their stories")
    ] = None


class Stories(Struct, frozen=True, forbid_unknown_fields=True):
    """How records become stories."""

    group: Annotated[
        bool, Meta(description="`false` gives every record a page of its own, with its own related items")
    ] = True
    window_days: Annotated[
        Count, Meta(description="a report is told of its lead's event when both are at most this many days apart")
    ] = 7
    shown_members: Annotated[
        Annotated[int, Meta(ge=0, le=1000)], Meta(description="how many pieces of coverage a card in a list shows")
    ] = 3
    max_related: Annotated[
        Annotated[int, Meta(ge=0, le=1000)],
        Meta(description="how many related stories a story page shows at most"),
    ] = 5
    detect: Annotated[
        bool | Literal["suggest"],
        Meta(
            description="`on` finds stories among records that carry no `related` list and that nobody lists: reports "
            "of one event, within a day and a half; `suggest` only says which they are"
        ),
    ] = False


class Pages(Struct, frozen=True, forbid_unknown_fields=True):
    """Which pages there are besides stories and topics, and how long lists are cut."""

    size: Annotated[
        Count, Meta(description="cards on the first page of a list; a calendar page holds up to 4 times as many")
    ] = 25
    latest: Annotated[bool, Meta(description="`false` makes no list of all stories, newest first")] = True
    sources: Annotated[bool, Meta(description="`false` makes no pages of the sources, and no feeds of them")] = True
    archive: Annotated[bool, Meta(description="`false` makes no archive by month")] = True


class Home(Struct, frozen=True, forbid_unknown_fields=True):
    """The front page."""

    order: Annotated[Order, Meta(description="`hottest` or `newest` first")] = "hottest"
    days: Annotated[
        Count, Meta(description="how far the front page looks back from the newest story (further when there are few)")
    ] = 7
    stories_per_topic: Annotated[Count, Meta(description="how many stories a topic has on the front page at most")] = 6


class Topics(Struct, frozen=True, forbid_unknown_fields=True):
    """The topic pages."""

    order: Annotated[
        Order, Meta(description="`newest` first with pages by month, or `hottest` first on one page of `pages.size`")
    ] = "newest"


class Feeds(Struct, frozen=True, forbid_unknown_fields=True):
    """The feeds."""

    size: Annotated[Count, Meta(description="entries in a feed")] = 25
    lists: Annotated[bool, Meta(description="`false` makes no feeds but those of the whole site")] = True
    authority: Annotated[
        str,
        Meta(
            description="who gives the ids of entries: a domain of yours and a day or a year on which it was yours, "
            "such as `example.org,2026`; never change it",
            extra_json_schema={"pattern": "^[a-z0-9][a-z0-9.-]*,[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
        ),
    ] = "broadsheet,2026"
    hub: Annotated[
        str | None,
        Meta(
            description="a WebSub hub, which tells readers' programs of news: feeds name it, publishing pings it",
            extra_json_schema=_WEB,
        ),
    ] = None


class Api(Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON API."""

    enabled: Annotated[bool, Meta(description="`false` writes no `api/`")] = True
    time_zone: Annotated[str, Meta(description="the zone of the times in `api/news/`, by its IANA name")] = "UTC"
    content: Annotated[str, Meta(description="what stands for the content of every item in `api/news/`")] = ""
    source_url: Annotated[
        Literal["self"] | None,
        Meta(description="`self` writes a file for every item of `api/news/` and names it as the item's `sourceUrl`"),
    ] = None
    missing_web_url: Annotated[
        Literal["page"] | None, Meta(description="`page` gives an item without `webUrl` the address of its page here")
    ] = None
    page_size: Annotated[Count, Meta(description="items on a page of `api/news/`")] = 25
    topic_page_size: Annotated[Count, Meta(description="items on a page of a topic in `api/news/`")] = 30
    locale: Annotated[str, Meta(description="the locale of items that do not say their own")] = "en-us"

    @property
    def zone(self) -> tzinfo:
        """The time zone as Python knows it."""
        return ZoneInfo(self.time_zone)


class Editions(Struct, frozen=True, forbid_unknown_fields=True):
    """The editions: when an issue is cut, and what it holds."""

    period: Annotated[
        Literal["daily", "weekly", "monthly"] | None,
        Meta(description="how often an issue is cut; without it `broadsheet edition` cuts none"),
    ] = None
    weekdays: Annotated[
        tuple[Weekday, ...] | None,
        Meta(description="the days of a daily edition (default: all), or the one of a weekly edition (default: `mon`)"),
    ] = None
    time: Annotated[
        str,
        Meta(
            description="the time of day at which an issue ends, in quotes",
            extra_json_schema={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
        ),
    ] = "07:00"
    time_zone: Annotated[
        str | None, Meta(description="the zone of that time, by its IANA name (default: the site's)")
    ] = None
    cap: Annotated[Count | None, Meta(description="how many stories an issue holds at most (default: all)")] = None
    sections: Annotated[
        tuple[str, ...] | None,
        Meta(
            description="the topics that get a section, in this order, by name; other stories come last, under their "
            "top topic (default: all topics in display order)"
        ),
    ] = None
    sender: Annotated[str | None, Meta(description="who the email is from: `The Daily Tram <news@example.org>`")] = None
    unsubscribe: Annotated[
        str | None,
        Meta(
            description="an address for the email's foot and its `List-Unsubscribe`: https, mailto, or a placeholder "
            "of your mail service such as `{{unsubscribe_url}}`"
        ),
    ] = None


class Fonts(Struct, frozen=True, forbid_unknown_fields=True):
    """The typefaces, each as a list of names such as CSS has it."""

    text: Annotated[
        str | None, Meta(description="of texts and headlines: names as in CSS, `Charter, Georgia, serif`")
    ] = None
    headings: Annotated[str | None, Meta(description="of headlines and titles (default: that of texts)")] = None
    labels: Annotated[str | None, Meta(description="of menus, dates and other small print")] = None


class FooterLink(Struct, frozen=True, forbid_unknown_fields=True):
    """A link at the foot of every page."""

    name: str
    url: str


class Theme(Struct, frozen=True, forbid_unknown_fields=True):
    """The look of the pages."""

    accent: Annotated[
        str | None,
        Meta(
            description='the accent colour, in quotes: `"#9a2f1f"`; moved where it could not be read',
            # Empty is wrong, too: after a blank, `#` starts a comment.
            extra_json_schema={"type": "string", "pattern": "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"},
        ),
    ] = None
    fonts: Fonts = Fonts()
    logo: Annotated[
        str | None,
        Meta(
            description="a picture in `static/` beside the site's name: `/logo.svg`, square",
            extra_json_schema={"pattern": r"^/(?![/\\])"},
        ),
    ] = None
    masthead: Annotated[
        str | None, Meta(description="what stands below the name on the front page (default: the description)")
    ] = None
    footer: Annotated[
        tuple[FooterLink, ...], Meta(description="links at the foot of every page, each with a `name` and a `url`")
    ] = ()


_Quality = Annotated[int, Meta(ge=0, le=1000)]
_Characters = Annotated[int, Meta(ge=0, le=2000)]


class ImportSource(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A feed that records are imported from, and what is said of all of them."""

    source: Annotated[
        str,
        Meta(
            description="the address of a feed, of a list of feeds or of a news API; or a file, below the site's folder"
        ),
    ] = field(name="from")
    name: Annotated[str | None, Meta(description="who published the reports (default: who the feed says it is)")] = None
    topics: Annotated[
        tuple[str, ...], Meta(description="the topics of all its records, besides those that are found for each")
    ] = ()
    quality: Annotated[_Quality | None, Meta(description="how good its reports are; the best leads a story")] = None
    language: Annotated[
        str | None, Meta(description="the language of its texts, as in HTML's `lang` (default: what the feed says)")
    ] = None
    days: Annotated[Count | None, Meta(description="as `import.days`, for this source")] = None
    most_items: Annotated[Count | None, Meta(description="as `import.most_items`, for this source")] = None


class Import(Struct, frozen=True, forbid_unknown_fields=True):
    """What `broadsheet import` makes records of."""

    sources: Annotated[
        tuple[str | ImportSource, ...],
        Meta(description="the feeds, each as its address or file alone, or as a mapping that says more of it"),
    ] = ()
    days: Annotated[Count, Meta(description="how old a report may be; older ones are passed over")] = 30
    most_items: Annotated[Count, Meta(description="how many items of a source are taken at most, the newest ones")] = 50
    excerpt: Annotated[
        _Characters, Meta(description="how many characters an excerpt has at most; it ends with a sentence or a word")
    ] = 300

    @property
    def all_sources(self) -> tuple[ImportSource, ...]:
        """The sources, each with all that is said of it."""
        return tuple(ImportSource(source=entry) if isinstance(entry, str) else entry for entry in self.sources)


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a site. Every one is optional."""

    title: Annotated[str | None, Meta(description="the name of the site (default: that of the root topic)")] = None
    description: Annotated[str | None, Meta(description="one sentence about the site")] = None
    base_url: Annotated[
        str | None,
        Meta(
            description="where the site is published, with its path: `https://example.org/news/`",
            extra_json_schema=_WEB,
        ),
    ] = None
    web_url: Annotated[
        str | None,
        Meta(
            description="where readers find the site, if elsewhere: canonical links point there",
            extra_json_schema=_WEB,
        ),
    ] = None
    language: Annotated[str, Meta(description="the language of the pages, as in HTML's `lang`")] = "en"
    topic: Annotated[
        str | None, Meta(description="the root topic (default: the taxonomy's first topic without a parent)")
    ] = None
    records: Annotated[
        str | None,
        Meta(description="the folder of records (default: `_news`, `records` or `news`, else the site folder)"),
    ] = None
    data: Annotated[
        str | None, Meta(description="the folder with `topics/` and `organizations/` (default: `_data` or `data`)")
    ] = None
    output: Annotated[str, Meta(description="the folder that the site is built into")] = "public"
    time_zone: Annotated[str, Meta(description="the zone of shown dates and of months, by its IANA name")] = "UTC"
    headers: Annotated[
        bool,
        Meta(description="`false` writes no `_headers`, the file that Netlify and Cloudflare Pages take headers from"),
    ] = True
    search: Annotated[
        bool, Meta(description="`true` makes a page that searches the stories; it needs `broadsheet[search]`")
    ] = False
    images: Annotated[
        Literal["link", "cache", "none"],
        Meta(
            description="pictures from elsewhere: `link` shows them from where they are, `cache` fetches them once and "
            "publishes copies of a fitting size, `none` shows none"
        ),
    ] = "link"
    selection: Selection = Selection()
    stories: Stories = Stories()
    pages: Pages = Pages()
    home: Home = Home()
    topics: Topics = Topics()
    feeds: Feeds = Feeds()
    api: Api = Api()
    editions: Editions = Editions()
    theme: Theme = Theme()
    import_: Import = field(name="import", default=Import())
    publish: Annotated[dict[str, AnyTarget], Meta(description="where the site is published to, by names of yours")] = {}

    @property
    def zone(self) -> tzinfo:
        """The time zone as Python knows it."""
        return ZoneInfo(self.time_zone)

    @property
    def edition_zone(self) -> tzinfo:
        """The time zone of the editions as Python knows it."""
        return ZoneInfo(self.editions.time_zone or self.time_zone)

    @property
    def base_path(self) -> str:
        """The path part of `base_url`, with a slash at both ends: what every link of a page starts with."""
        path = urlsplit(self.base_url or "").path
        return f"/{path.strip('/')}/" if path.strip("/") else "/"

    @property
    def absolute_root(self) -> str:
        """The address that the site is published at, with a slash at its end; without a `base_url` only its path."""
        return self.base_url.rstrip("/") + "/" if self.base_url else self.base_path

    @property
    def hub(self) -> str | None:
        """The WebSub hub that feeds name; without addresses of their own they have nothing that it could follow."""
        return None if self.absolute_root.startswith("/") else self.feeds.hub

    @property
    def canonical_root(self) -> str:
        """The address that canonical links start with, with a slash at its end, or the empty string."""
        root = self.web_url or self.base_url or ""
        if root.startswith("/"):
            return ""
        return root.rstrip("/") + "/" if root else ""
