"""What an open page is told about itself and its site, found anew whenever somebody asks."""

from typing import TypeVar

from msgspec import structs

from broadsheet.explain import Group, Shown, Surroundings
from broadsheet.explain.explanation import Item, Member
from broadsheet.problems import Problem, Severity, SiteError
from broadsheet.serve.address import find
from broadsheet.serve.excerpts import troubles
from broadsheet.serve.nearby import nearby
from broadsheet.serve.searching import Searching
from broadsheet.serve.standing import Standing
from broadsheet.serve.told import Link, State, Trouble
from broadsheet.serve.workshop import Workshop, distinct

# What stands for a page that never could be made, and goes in front of what stands for one that is not there.
BROKEN = "broken"
MISSING = "missing-"
NOT_FOUND = "404.html"
_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
_MOST_TOLD = 100
_MOST_MEMBERS = 20

T = TypeVar("T", Shown, Item, Member)


def all_problems(workshop: Workshop, searching: Searching) -> tuple[Problem, ...]:
    """Return all that is wrong now, with the site and with its search."""
    return (*workshop.problems(), *searching.problems)


def state(workshop: Workshop, url_path: str, problems: tuple[Problem, ...]) -> State:
    """Return how the page at `url_path`, decoded, and its site are now; `problems` are all that is wrong."""
    standing, drafts = workshop.standing, workshop.order.drafts
    if standing is None:
        return State(workshop.round, "", "", _told(problems), drafts=drafts)
    path = find(url_path, standing.root, standing.has).path
    page = _mark(workshop, path or NOT_FOUND)
    known = State(
        workshop.round,
        page=page,
        look=standing.look,
        problems=_told(distinct((*standing.broken.get(path, ()), *problems))),
        drafts=drafts,
        counts={group.name: group.count for group in standing.explainer.groups()},
        marks=standing.marks if drafts else {},
    )
    if not path:
        return _not_there(known, standing, url_path)
    return structs.replace(
        known, ribbon=standing.ribbon(path), reasons=standing.reasons(path), story=_story(standing, path)
    )


def _story(standing: Standing, path: str) -> Surroundings | None:
    """Return what the story at `path` holds, with addresses from the server's root on."""
    story, base = standing.story(path, _MOST_MEMBERS), standing.settings.base_path
    if story is None:
        return None
    return structs.replace(
        story,
        members=_rooted(story.members, base),
        related=_rooted(story.related, base),
        left_out=_rooted(story.left_out, base),
        earlier=_rooted(story.earlier, base),
    )


def groups(workshop: Workshop) -> tuple[Group, ...]:
    """Return what became of the records that are not plainly shown."""
    standing = workshop.standing
    if standing is None:
        return ()
    base = standing.settings.base_path
    return tuple(structs.replace(group, shown=_rooted(group.shown, base)) for group in standing.explainer.groups())


def _rooted(items: tuple[T, ...], base: str) -> tuple[T, ...]:
    return tuple(structs.replace(item, url=base + item.url if item.url else "") for item in items)


def _told(problems: tuple[Problem, ...]) -> tuple[Trouble, ...]:
    """Return as many problems as anybody reads in a browser, the worst of them first; the terminal tells all."""
    return troubles(sorted(problems, key=lambda problem: _GRAVEST_FIRST.index(problem.severity))[:_MOST_TOLD])


def _mark(workshop: Workshop, path: str) -> str:
    """Return what stands for the page at `path` as it is now, the empty string when it can not be made now."""
    try:
        copy = workshop.copy(path)
    except SiteError:
        return ""
    return copy.mark if copy and copy.is_current else ""


def _not_there(known: State, standing: Standing, url_path: str) -> State:
    path = url_path.removeprefix(standing.root)
    links = (standing.link(found) for found in nearby(path, standing.pages))
    where = "" if url_path.startswith(standing.root) else f": the site is at {standing.root}"
    return structs.replace(
        known,
        # Where that for missing pages can not be made either, what is there is the best to be had.
        page=known.page and MISSING + known.page,
        missing=standing.explainer.why_missing(path) or f"No page of the site is at {url_path}{where}",
        nearby=tuple(Link(standing.settings.base_path + url, title) for url, title in links),
    )
