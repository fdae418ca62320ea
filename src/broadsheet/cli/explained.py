"""What `broadsheet explain` prints: one screen of plain text."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from broadsheet.cli.printing import safe
from broadsheet.heat import HEAT_PER_RELATED
from broadsheet.problems import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from broadsheet.explain import Explanation
    from broadsheet.explain.explanation import Item, Member
    from broadsheet.heat import Heat

MOST_MEMBERS = 20
_MOST_BESIDE = 10
_WIDEST, _NARROWEST = 140, 60
_LONGEST_OUTLET = 24
_FATES = {
    "leads": "it leads its story",
    "folded": "it is told in another's story",
    "draft": "a draft, not shown",
    "scheduled": "scheduled, not shown yet",
    "removed": "removed, not shown",
    "hidden": "hidden",
    "left out": "left out",
}
_GROUPS = {
    "report": "independent reports",
    "follow-up": "follow-ups",
    "copy": "copies of a report",
    "loosely related": "loosely related, shown last",
    "not shown": "not shown",
}


def lines(told: Explanation, root: str, *, tells_all: bool) -> Iterator[str]:
    """Yield the lines, as wide as the terminal at the most; `root` is what addresses start with."""
    width = min(max(shutil.get_terminal_size((100, 24)).columns, _NARROWEST), _WIDEST)
    yield safe(f"{told.file}: {_FATES[told.fate]}")
    yield from _wrapped([told.title, root + told.url] if told.url else [told.title], width, "  ")
    yield from _sentences("Why", told.why, width)
    if told.with_it:
        more = [f"and {len(told.with_it) - MOST_MEMBERS:,} more"] if len(told.with_it) > MOST_MEMBERS else []
        named = told.with_it[: None if tells_all else MOST_MEMBERS]
        yield from _sentences(f"With it ({len(told.with_it):,})", (*named, *([] if tells_all else more)), width)
    if told.heat:
        yield from _sentences(_heat(told.heat), (told.heat_from,), width)
    if told.story is None:
        return
    story = told.story
    members = story.members if tells_all else story.members[:MOST_MEMBERS]
    yield from _members(members, story.member_count, width)
    yield from _table(f"Related stories ({len(story.related)})", story.related, width)
    nearest = "Nearest that were left out" if story.related else "Related stories: none. The nearest of those left out"
    yield from _table(nearest, story.left_out[:_MOST_BESIDE], width)
    yield from _table("Earlier in this story", story.earlier[:_MOST_BESIDE], width)
    yield from _sentences("Where it stands" if told.fate == "leads" else "Where its story stands", told.standing, width)


def _heat(heat: Heat) -> str:
    """Return a heat as a sum."""
    if heat.total < 0:
        return "Heat: folded"
    if heat.quality is None:
        return f"Heat {heat.total:,}, as its file says" if heat.total else "Heat 0"
    bonus = f" + {HEAT_PER_RELATED} × {counted(heat.related, 'item')}" if heat.bonus else ""
    votes = f" {'+' if heat.votes > 0 else '-'} {counted(abs(heat.votes), 'vote')}" if heat.votes else ""
    return f"Heat {heat.total:,} = quality {heat.quality}{bonus}{votes}"


def _sentences(title: str, sentences: Iterable[str], width: int) -> Iterator[str]:
    told = [sentence for sentence in sentences if sentence]
    yield ""
    yield safe(title)
    for sentence in told:
        yield from _wrapped([sentence], width, "  * ", "    ")


def _wrapped(texts: Iterable[str], width: int, first: str, others: str | None = None) -> Iterator[str]:
    for text in texts:
        yield from textwrap.wrap(
            safe(text),
            width,
            initial_indent=first,
            subsequent_indent=first if others is None else others,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _members(members: Sequence[Member], count: int, width: int) -> Iterator[str]:
    if not count:
        return
    yield ""
    title = f"Members of the story ({count:,}): how near to the lead, days from it, outlet, title · shared words"
    yield from _wrapped([title], width, "", "  ")
    outlets = _outlets(members)
    group = None
    for member in members:
        if member.group != group:
            group = member.group
            yield f"  {_GROUPS[group]}"
        yield _row(member, outlets, width, "  > " if member.is_it else "    ")
    if count > len(members):
        yield f"    and {count - len(members):,} more: --all tells of them"


def _table(title: str, items: Sequence[Item], width: int) -> Iterator[str]:
    if items:
        yield ""
        yield title
        outlets = _outlets(items)
        yield from (_row(item, outlets, width, "    ") for item in items)


def _outlets(items: Iterable[Item]) -> int:
    """Return how wide a column of outlets has to be."""
    return min(max((cell_len(safe(item.outlet)) for item in items), default=0), _LONGEST_OUTLET)


def _row(item: Item, outlets: int, width: int, indent: str) -> str:
    score = "    " if item.score is None else f"{item.score:.2f}"
    start = f"{indent}{score} {item.days:>+7,.1f} d  {set_cell_size(safe(item.outlet), outlets)}  "
    said = "; ".join(filter(None, (item.why, ", ".join(item.shared))))
    room = width - cell_len(start)
    return (start + _fitted(safe(item.title), safe(said), room)).rstrip()


def _fitted(title: str, said: str, room: int) -> str:
    """Return a title and what is said of it in one line of `room` cells: neither takes the other's."""
    if not said:
        return _cut(title, room)
    said_room = min(cell_len(said), max(room // 2, room - cell_len(title) - 3))
    return f"{_cut(title, room - said_room - 3)} · {_cut(said, said_room)}"


def _cut(text: str, room: int) -> str:
    return text if cell_len(text) <= room else set_cell_size(text, max(room - 1, 0)).rstrip() + "…"
