"""How much there may be of what a site's files hold, what happens beyond, and why no more.

Every limit lies far above what real sites have: who meets one made a mistake, or was sent something that is no news.
`docs/limits.md` is made from this.
"""

from msgspec import Struct

from broadsheet.problems import counted


class Limit(Struct, frozen=True):
    """The most that there may be of something: `what` has at most so many of `unit`; `beyond` is what happens else.

    `note` says more of what is meant.
    """

    what: str
    most: int
    unit: str
    beyond: str
    why: str
    note: str = ""

    def passed(self, number: int) -> str:
        """Return the message for a `number` that is too great."""
        return f"{self.what} has {counted(number, self.unit)}; it may have {self.most:,} at the most"


_LEFT_OUT = "error: the file is left out"
_RECORD_LEFT_OUT = "error: the record is left out (of a related item: a warning, and the item is left out)"
_VALUE_LEFT_OUT = "warning: it is left out"

FILE = Limit(
    "the file", 10 * 2**20, "byte", _LEFT_OUT, "it is read into memory as a whole", "unless it is a static one"
)
FRONT_MATTER = Limit(
    "the front matter", 2**20, "byte", _LEFT_OUT, "real ones reach 150 KB; to take YAML apart is slow, and takes memory"
)
NESTING = Limit("the YAML", 60, "level", _LEFT_OUT, "who reads values goes into them as deep as they are", "nested")
VALUES = Limit(
    "the YAML",
    200_000,
    "value",
    _LEFT_OUT,
    "a few lines of aliases can stand for more than memory holds",
    "counted with aliases expanded",
)
TITLE = Limit("the title", 1_000, "character", _RECORD_LEFT_OUT, "real ones reach 180; it stands on every list")
EXCERPT = Limit("the excerpt", 10_000, "character", _RECORD_LEFT_OUT, "real ones reach 500; it is no article")
ADDRESS = Limit("the address", 4_000, "character", _VALUE_LEFT_OUT, "few browsers and servers take longer ones")
NAME = Limit(
    "the name", 500, "character", _VALUE_LEFT_OUT, "it stands on every card", "of a provider, a topic or a tag"
)
RELATED = Limit("`related`", 1_000, "item", "error: the record is left out", "real lists reach 179; so many fill 1 MiB")
LIST = Limit(
    "the list",
    100,
    "item",
    "error: the record is left out",
    "real ones reach 9",
    "that is `topics`, `images`, `tags`, `aliases`, `split` or `join`",
)
TAGS = Limit(
    "the text below the front matter",
    20_000,
    "tag",
    "warning: the tags are shown as text",
    "what takes HTML apart works on all of it at once",
)
KEYWORDS = Limit("`keywords`", 1_000, "item", "error: the topic is left out", "every one is looked for in titles")
EDITION_ITEMS = Limit(
    "the issue", 5_000, "item", "error: the issue is left out; none is cut that is longer", "nobody reads more of a day"
)
FEED = Limit(
    "the feed",
    10 * 2**20,
    "byte",
    "error: nothing is imported from it",
    "it is read into memory as a whole; real ones reach 2 MB",
    "as it is once it is unpacked; or a list of feeds, or a page of a news API",
)
FEED_ITEMS = Limit(
    "the feed", 10_000, "item", "the first of them are looked at", "the newest come first nearly everywhere"
)
LISTED_FEEDS = Limit(
    "the list of feeds",
    500,
    "feed",
    "warning: the others are left out",
    "every one is asked, and hosts want a pause",
)
API_PAGES = Limit(
    "the news API",
    400,
    "page",
    "warning: the others are left out",
    "each is a request of its own; 25 items a page make 10,000",
)
PAGES = Limit(
    "the site",
    1_000_000,
    "page",
    "error: nothing is built",
    "all are planned before one is rendered; file systems and hosts have had enough long before",
    "counted with feeds and other files",
)

LIMITS = (
    *(FILE, FRONT_MATTER, NESTING, VALUES),
    *(TITLE, EXCERPT, ADDRESS, NAME, RELATED, LIST, TAGS),
    *(KEYWORDS, EDITION_ITEMS),
    *(FEED, FEED_ITEMS, LISTED_FEEDS, API_PAGES),
    PAGES,
)
