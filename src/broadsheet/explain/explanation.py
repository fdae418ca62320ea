"""What is told of one record, as values: what the command prints, its JSON, and what the preview's bar shows."""

from typing import Literal

from msgspec import Struct

from broadsheet.heat import Heat

VERSION = 1

Fate = Literal["leads", "folded", "draft", "scheduled", "removed", "hidden", "left out"]
# How an item shows in its story, in the order in which it does; the last are not shown.
Group = Literal["report", "follow-up", "copy", "loosely related", "not shown"]


class Item(Struct, frozen=True, rename="camel"):
    """A report, a record of this site or one from elsewhere, as seen from the lead of a story.

    `slug` is null and `url` empty for what is from elsewhere. `days` says how many days after the lead it came out,
    `score` how near it is to that, from 0 to 1, null where nobody measured, and `shared` which words both have. `why`
    is what else there is to say of it.
    """

    title: str
    outlet: str
    slug: str | None
    url: str
    days: float
    score: float | None = None
    shared: tuple[str, ...] = ()
    why: str = ""


class Member(Item, frozen=True, rename="camel"):
    """An item of a story, and the group in which it shows, or `not shown`; `is_it` marks the record itself."""

    group: Group = "report"
    is_it: bool = False


class Surroundings(Struct, frozen=True, rename="camel"):
    """The story that a record leads or is folded into: what it holds, and what it leads on to.

    `member_count` counts all of its members, where only the first of them are told. `related` are other stories,
    `left_out` those that come next and are not shown, and `earlier` those of which it is the next step.
    """

    lead: Item
    member_count: int
    members: tuple[Member, ...] = ()
    related: tuple[Item, ...] = ()
    left_out: tuple[Item, ...] = ()
    earlier: tuple[Item, ...] = ()


class Explanation(Struct, frozen=True, rename="camel"):
    """Why a record is where it is. `file` is its path as problems name it; `title` is for display.

    Every `url` is that of the page that tells of something, below the site's root and percent-encoded, empty where none
    does. `why` says why the record met its `fate`: who leads, or what hides it. `heat` and `heat_from`, where that is
    from, are null and empty for a record that takes no part. `standing` says where its story stands. For one that is
    not shown there is none, `story` is null, and `with_it` are the files of those that the same thing hides.
    """

    version: int
    file: str
    slug: str
    title: str
    url: str
    fate: Fate
    why: tuple[str, ...]
    heat: Heat | None = None
    heat_from: str = ""
    standing: tuple[str, ...] = ()
    with_it: tuple[str, ...] = ()
    story: Surroundings | None = None
