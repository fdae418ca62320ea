"""What is wrong with the pages that a site is built to: all of them are rendered, and none is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct, structs

from broadsheet.check.finding import Finding
from broadsheet.check.rules import GROUPS
from broadsheet.make import PAGES_WORTH_A_WORKER, shares
from broadsheet.problems import Place, Problem, SiteError, ruled

if TYPE_CHECKING:
    from broadsheet.check.faults import Anchor, Fault, Look
    from broadsheet.check.inside import Inside
    from broadsheet.check.origins import Origins
    from broadsheet.config import Settings
    from broadsheet.make import Plan
    from broadsheet.model import Page
    from broadsheet.pipeline import Assembled
    from broadsheet.read.folders import Folders
    from broadsheet.read.record_files import Progress
    from broadsheet.render.renderer import Session
    from broadsheet.workers import Workers

# A template may be wrong where only rendering finds it.
RULES = frozenset(rule.name for rule in GROUPS["Built pages"]) | {"template"}


def page_findings(
    site: Assembled,
    folders: Folders,
    settings: Settings,
    workers: Workers,
    progress: Progress,
    only: Collection[str] = RULES,
) -> Iterator[Finding]:
    """Yield what is wrong with the pages, the feeds and the style sheets of a site; `only` are the rules asked for."""
    from broadsheet.check.bodies import lost_links  # noqa: PLC0415
    from broadsheet.check.inside import Inside  # noqa: PLC0415
    from broadsheet.check.origins import Origins  # noqa: PLC0415

    plan = site.planned.plan
    inside = Inside(settings, plan.paths)
    found = _Found(plan.renderer.pages)
    for look in _looked_at(plan, inside, workers, progress):
        found.add(look)
    found.follow_anchors(plan, inside.base_path)
    yield from found.failures()
    yield from map(Finding, _problems(found, Origins(folders, plan.templates)))
    yield from _style_findings(plan, inside)
    yield from map(Finding, lost_links(site.read.sources))


class _Seen(Struct, array_like=True):
    """What a share of the pages came to, by path: what each was found to be, or why it can not be rendered."""

    looks: list[tuple[str, Look]]
    failures: list[tuple[str, tuple[Problem, ...]]]


class _Job:
    """What a worker needs; the session, with all that pages share, is its own."""

    def __init__(self, plan: Plan, inside: Inside, session: Session | None = None) -> None:
        self.inside = inside
        self._plan = plan
        self._session = session

    def session(self) -> Session:
        if self._session is None:
            self._session = self._plan.session(self._plan.theme())
        return self._session


def _looked_at(plan: Plan, inside: Inside, workers: Workers, progress: Progress) -> Iterator[_Seen]:
    """Yield what becomes of all pages of a plan, in shares."""
    from broadsheet.check.faults import is_read  # noqa: PLC0415

    todo = [page for page in plan.renderer.pages if is_read(page)]
    workers = workers.worth(len(todo), PAGES_WORTH_A_WORKER)
    prepared = plan.prepared_session(todo) if workers.jobs > 1 and workers.know_all else None
    done = 0
    with workers.work(_look, _Job(plan, inside, prepared), shares(todo, workers.jobs)) as results:
        for seen in results:
            yield seen
            done += len(seen.looks) + len(seen.failures)
            progress("checking pages", done, len(todo))


def _look(job: _Job, pages: Sequence[Page]) -> _Seen:
    from broadsheet.check.faults import look_at  # noqa: PLC0415

    session = job.session()
    seen = _Seen([], [])
    for page in pages:
        try:
            content = session.render(page).content
        except SiteError as error:
            seen.failures.append((page.path, error.problems))
        else:
            seen.looks.append((page.path, look_at(page, content, job.inside)))
    return seen


class _Found:
    """All that is wrong, put together by what it is: a mistake in a template stands on every page."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = {page.path: page for page in pages}
        self._order = {path: number for number, path in enumerate(self._pages)}
        self._failures: dict[str, tuple[Problem, ...]] = {}
        self._faults: dict[Fault, dict[str, str]] = {}
        self._anchors: dict[Anchor, list[str]] = {}
        self._places: dict[str, str] = {}

    def add(self, seen: _Seen) -> None:
        """Take in what a share of the pages came to."""
        self._failures.update(seen.failures)
        for path, look in seen.looks:
            self._places[path] = look.places
            for fault, detail in look.faults:
                self._faults.setdefault(fault, {})[path] = detail
            for anchor in look.anchors:
                self._anchors.setdefault(anchor, []).append(path)

    def follow_anchors(self, plan: Plan, base_path: str) -> None:
        """Look for the places that links to other pages name, once all pages are known."""
        from broadsheet.check.faults import broken_anchor  # noqa: PLC0415
        from broadsheet.check.inside import has_place  # noqa: PLC0415

        wanted: dict[str, list[Anchor]] = {}
        for anchor in self._anchors:
            wanted.setdefault(anchor.path, []).append(anchor)
        for path, anchors in wanted.items():
            places = self._places_of(path, plan)
            for anchor in anchors if places is not None else ():
                if not has_place(anchor.fragment, places or ()):
                    fault = broken_anchor(anchor, base_path)
                    self._faults.setdefault(fault, {}).update(dict.fromkeys(self._anchors[anchor], ""))

    def _places_of(self, path: str, plan: Plan) -> Collection[str] | None:
        """Return the places of a page, or None where they are not known: in what is no page, or can not be read."""
        from broadsheet.check.markup import markup_of  # noqa: PLC0415

        if path in self._places:
            return frozenset(self._places[path].split("\n"))
        if path in plan.static and path.endswith((".html", ".htm")):
            # What can not be read is told of where it is read.
            with suppress(SiteError):
                markup = markup_of(plan.content(path))
                return frozenset((*markup.ids, *markup.names))
        return None

    def failures(self) -> Iterator[Finding]:
        """Yield what can not be rendered, each problem once, with the first page that has it."""
        told = set()
        for path in sorted(self._failures, key=self._order.__getitem__):
            for problem in ruled(self._failures[path], "template"):
                if (problem.place, problem.message) not in told:
                    told.add((problem.place, problem.message))
                    yield Finding(problem)

    def faults(self) -> Iterator[tuple[Fault, list[Page], dict[str, str]]]:
        """Yield every fault with the pages that have it, in order, and what is special about each by its path."""
        for fault, details in self._merged().items():
            paths = sorted(details, key=self._order.__getitem__)
            yield fault, [self._pages[path] for path in paths], details

    def _merged(self) -> dict[Fault, dict[str, str]]:
        """Return the faults so that one heading that stands out of order on pages of several kinds is one of them."""
        headings: dict[tuple[str, ...], dict[str, Fault]] = {}
        # By their first pages, whichever worker came upon them first.
        faults = sorted(self._faults.items(), key=lambda pair: min(map(self._order.__getitem__, pair[1])))
        for fault, details in faults:
            if fault.rule == "heading-order":
                for text in details.values():
                    headings.setdefault((*fault.sought, text), {}).setdefault(fault.kind, fault)
        merged: dict[Fault, dict[str, str]] = {}
        for fault, details in faults:
            for path, text in details.items():
                known = headings.get((*fault.sought, text), {})
                told = structs.replace(next(iter(known.values())), kind="") if len(known) > 1 else fault
                merged.setdefault(told, {})[path] = text
        return merged


def _problems(found: _Found, origins: Origins) -> Iterator[Problem]:
    """Yield what is told of all faults: those that are alike and come from one place are one."""
    told: dict[tuple[Place, str], tuple[Fault, dict[str, Page], str]] = {}
    for fault, pages, details in found.faults():
        for place, blamed in origins.of(fault, pages).items():
            known = told.setdefault((place, fault.message), (fault, {}, details[blamed[0].path]))
            known[1].update((page.path, page) for page in blamed)
    for (place, message), (fault, by_path, detail) in told.items():
        first = next(iter(by_path.values()))
        many = f"{len(by_path):,} pages, the first is" if len(by_path) > 1 else "the page"
        # Which pages have it is no part of what a problem is known by from run to run.
        hint = f"{fault.hint}; it is on {many} /{first.url}{f' ({detail})' if detail else ''}"
        yield Problem(place, message, hint, fault.severity, fault.rule)


def _style_findings(plan: Plan, inside: Inside) -> Iterator[Finding]:
    """Yield the broken links of the site's own style sheets."""
    from broadsheet.check.faults import broken_link  # noqa: PLC0415
    from broadsheet.check.markup import css_links  # noqa: PLC0415
    from broadsheet.check.origins import place_in  # noqa: PLC0415

    for path, file in plan.static.items():
        if not path.endswith(".css") or isinstance(file, bytes):
            continue
        with suppress(SiteError):
            text = plan.content(path).decode(errors="replace")
            for address in dict.fromkeys(css_links(text)):
                lead = inside.lead(address, inside.base_path + quote(path))
                if lead and lead.wrong:
                    fault = broken_link(address, lead, inside.base_path)
                    place = place_in(file.source, text, fault.sought) or Place(file.source.as_posix())
                    yield Finding(Problem(place, fault.message, fault.hint, fault.severity, fault.rule))
