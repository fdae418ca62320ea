"""All of checking in one place: a site is read, arranged and planned as for a build, and nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs

from broadsheet.check.finding import Finding, Mend, in_order
from broadsheet.check.links import RULES as LINK_RULES
from broadsheet.check.links import check_links
from broadsheet.check.pages import RULES as PAGE_RULES
from broadsheet.check.pages import page_findings
from broadsheet.check.rules import RULES
from broadsheet.check.sources import SourceChecks
from broadsheet.check.templates import template_findings
from broadsheet.config import Settings
from broadsheet.last_build import CACHE_FOLDER
from broadsheet.pipeline import assemble
from broadsheet.planning import Aids
from broadsheet.problems import Problem, Severity, SiteError, ruled
from broadsheet.read.cache import RecordCache
from broadsheet.read.folders import Folders, find_folders, read_settings
from broadsheet.read.record_files import Progress, silent
from broadsheet.read.source import read_site
from broadsheet.stopwatch import Stopwatch
from broadsheet.toolchain import toolchain
from broadsheet.web import Outside
from broadsheet.workers import Workers

_OF_SOURCES = RULES.keys() - PAGE_RULES


class Order(Struct, frozen=True):
    """What is checked: a site, its settings' file if it is another, as it is at `now` (aware), by which rules.

    `outside` is how links to elsewhere are asked for; without it nothing is.
    """

    site: Path
    now: datetime
    config: Path | None = None
    only: frozenset[str] = frozenset(RULES)
    outside: Outside | None = None

    def asks_for(self, rules: Iterable[str]) -> bool:
        """Return whether one of `rules` is to be looked at."""
        return not self.only.isdisjoint(rules)


class Checked(Struct, frozen=True):
    """What was found, by file and place, and how many record files were looked at.

    `contents` are the digests of the files that were read, by their paths as problems name them.
    Where `is_complete` is false, an error kept the rest from being looked at; it is told whichever rules are asked for.
    """

    findings: tuple[Finding, ...]
    records: int = 0
    is_complete: bool = True
    contents: dict[str, str] = {}


def check(order: Order, workers: Workers, progress: Progress = silent) -> Checked:
    """Return all that is wrong with a site by the rules that are asked for."""
    found: list[Finding] = []
    stopping: list[Finding] = []
    files = 0
    contents: dict[str, str] = {}
    try:
        settings, folders = _site(order)
        read = read_site(folders, progress, RecordCache(folders.root / CACHE_FOLDER, toolchain()), workers)
        files = read.files
        contents = {path.replace(os.sep, "/"): seen.digest for path, seen in read.trace.files.items() if seen.digest}
        found += _told(read.problems)
        sources = SourceChecks(read, order.now) if order.asks_for(_OF_SOURCES) else None
        found += sources.findings() if sources else ()
        site = assemble(read, folders, settings, order.now, Aids(None, progress, None, Stopwatch()))
        found += _told(site.problems)
        found += sources.arranged(site.arranged.site) if sources else ()
        if order.asks_for(PAGE_RULES):
            found += page_findings(site, folders, settings, workers, progress, order.only)
        found += template_findings(site.planned.plan.theme(), site.planned.plan.templates)
        if order.outside and order.asks_for(LINK_RULES):
            found += check_links(site, settings, folders.root, order.now, progress, order.outside)
    except SiteError as error:
        stopping += _told(error.problems)
    told = [finding for finding in found if finding.rule in order.only]
    told += [it for it in stopping if it.rule in order.only or it.problem.severity is Severity.ERROR]
    return Checked(in_order(told), files, not stopping, contents)


def with_links_of(before: Checked, now: Checked) -> Checked:
    """Return what is found `now` with what was found `before` of links to elsewhere, but for what has been mended."""
    links = [finding for finding in before.findings if finding.rule in LINK_RULES and not finding.mends]
    return structs.replace(now, findings=in_order((*now.findings, *links)))


def _site(order: Order) -> tuple[Settings, Folders]:
    """Return the settings of the site, and where its parts lie. Raises `SiteError`."""
    try:
        settings = read_settings(order.site, order.config)
        folders = find_folders(order.site, settings, None, order.config)
    except SiteError as error:
        # Whatever is wrong with them, nothing else can be checked.
        raise SiteError(structs.replace(problem, rule="settings") for problem in error.problems) from error
    # Nobody else's pictures are fetched to look at a site.
    return structs.replace(settings, images="link" if settings.images == "cache" else settings.images), folders


def _told(problems: Iterable[Problem]) -> Iterator[Finding]:
    """Return what building tells of as findings."""
    for problem in ruled(problems, "settings"):
        is_name = problem.rule == "unquoted-name"
        yield Finding(problem, (Mend(problem.place.file, (), None, "names"),) if is_name else ())
