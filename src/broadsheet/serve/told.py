"""What the preview tells an open page about itself and its site: values that become JSON for `preview.js`."""

from msgspec import Struct

from broadsheet.explain import Surroundings

# Below it lies whatever belongs to the preview and not to the site: no build writes a path like it.
PREFIX = "/.broadsheet/"


class Trouble(Struct, frozen=True):
    """A problem as the overlay shows it: `lines` are those around its place, with their numbers."""

    file: str
    line: int
    column: int
    severity: str
    message: str
    hint: str = ""
    lines: tuple[tuple[int, str], ...] = ()


class Link(Struct, frozen=True):
    """A page of the site: where it is, from the server's root on, percent-encoded, and what it is called."""

    url: str
    title: str


class State(Struct, frozen=True):
    """A page and its site as they are now, which is all that a tab needs to know to catch up from anywhere.

    `page` stands for the page's bytes and what they name, `look` for all styles, typefaces and pictures; `page` is
    empty when the page can not be made now: what is there is the best to be had. `ribbon` says why only a preview shows
    the page, `reasons` why its story leads and ranks where it does, `story` what that holds. `marks` are short words
    for links, by URL, that only a preview has. Of a page that is not there `missing` says why, and `nearby` what may
    have been meant. `counts` are the sizes of the groups by name, without those that are empty.
    """

    round: int
    page: str
    look: str
    problems: tuple[Trouble, ...] = ()
    drafts: bool = False
    counts: dict[str, int] = {}
    ribbon: str = ""
    reasons: tuple[str, ...] = ()
    story: Surroundings | None = None
    marks: dict[str, str] = {}
    missing: str = ""
    nearby: tuple[Link, ...] = ()
