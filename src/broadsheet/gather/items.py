"""What feeds say, as values: a feed, its items, a list of feeds."""

from datetime import UTC, datetime

from msgspec import Struct

from broadsheet.model import Record

# Of an item that does not say when it was published.
UNDATED = datetime.min.replace(tzinfo=UTC)


class NoFeedError(Exception):
    """The bytes are no feed of a kind that is read; the text says what they are, `hint` what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Carry both."""
        self.hint = hint
        super().__init__(what)


class Item(Struct, frozen=True):
    """An item of a feed as the record that it is by itself: without file and slug, its texts already clean.

    Its `published_at` is `UNDATED` where the feed does not say; `guid` is the feed's own name for it, or empty.
    `categories` are words of the feed's. `name` is the stem of a file that the item brings with it, or empty. With
    `is_record` it was a record of another site before: its texts stay as they are.
    """

    record: Record
    guid: str = ""
    categories: tuple[str, ...] = ()
    name: str = ""
    is_record: bool = False


class Feed(Struct, frozen=True):
    """A feed: its title, its items in its own order, and how many more are not usable.

    `language` is a tag or empty. `next` is the number of the next page, of a news API that has one. `remark` says what
    is wrong with the feed as a whole though it can be read.
    """

    title: str
    items: tuple[Item, ...]
    unusable: int = 0
    language: str = ""
    next: int | None = None
    remark: str = ""


class Listed(Struct, frozen=True):
    """A feed that a list of feeds has: its clean address, and what the list calls it."""

    url: str
    name: str = ""


class FeedList(Struct, frozen=True):
    """A list of feeds, without repeats; `unusable` have no web address, `beyond` are too many."""

    feeds: tuple[Listed, ...]
    unusable: int = 0
    beyond: int = 0


Parsed = Feed | FeedList
