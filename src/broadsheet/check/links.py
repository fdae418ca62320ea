"""The links of a site that lead elsewhere: where they stand, and what is wrong with what they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag

from msgspec import Struct

from broadsheet.check.finding import Finding, Mend
from broadsheet.config import Settings
from broadsheet.last_build import CACHE_FOLDER
from broadsheet.links.follow import Followed, follow
from broadsheet.links.kept import FILE
from broadsheet.links.verdict import Kind, Verdict
from broadsheet.model import Coverage
from broadsheet.pipeline import Assembled
from broadsheet.problems import Place, Problem, Severity, counted
from broadsheet.read.record_files import Progress
from broadsheet.render.text import body_html
from broadsheet.text import clean_url, url_host, url_key
from broadsheet.web import Outside
from broadsheet.yaml_text import TextPlaces

RULES = ("dead-link", "moved-link", "unchecked-link")

# The sanitiser writes every attribute in double quotes.
_HREF = re.compile(r'<a [^>]*?href="([^"]*)"')
_LONGEST_SHOWN = 200


class Spot(Struct, frozen=True, gc=False):
    """Where a link stands: the file as problems name it, how it is written there, whether it is a record's report."""

    file: str
    raw: str
    is_report: bool = False


def outside_links(site: Assembled, own: str) -> dict[str, list[Spot]]:
    """Return the links to elsewhere that readers see, clean, with the spots where they stand; those alike count once.

    Not among them are the reports of records that are marked as dead, and what starts with `own`, the site's address.
    """
    links: dict[str, list[Spot]] = {}
    known: dict[str, str] = {}
    for spot in _spots(site):
        url = clean_url(spot.raw)
        if url is not None and not (own and url.startswith(own)):
            links.setdefault(known.setdefault(url_key(url), url), []).append(spot)
    return links


def _spots(site: Assembled) -> Iterator[Spot]:
    arranged, sources = site.arranged.site, site.read.sources
    records = [(sources.shown_file(record), record) for record in arranged.records.values()]
    for file, record in records:
        if record.report_url and not record.dead:
            yield Spot(file, record.report_url, is_report=True)
    told = {
        item for story in arranged.stories for item in (*story.told, *story.also_linked) if isinstance(item, Coverage)
    }
    for file, record in records:
        for item in record.related:
            if item.web_url and item in told:
                yield Spot(file, item.web_url)
    for file, body in (
        *((file, record.body) for file, record in records),
        *((page.file, page.body) for page in arranged.plain_pages),
    ):
        yield from (Spot(file, link) for link in _links_in(body))
    for edition in arranged.editions:
        yield from (Spot(edition.file, item.url) for item in edition.items if item.url)


def _links_in(body: str) -> Iterator[str]:
    """Yield the links of a text in Markdown, as its page shows them."""
    if body:
        yield from (unescape(href) for href in _HREF.findall(body_html(body, "/")))


def check_links(
    site: Assembled, settings: Settings, root: Path, now: datetime, progress: Progress, outside: Outside
) -> list[Finding]:
    """Return what is wrong with the links to elsewhere; what hosts say is kept in the cache of the site at `root`."""
    links = outside_links(site, settings.canonical_root)
    path = root / CACHE_FOLDER / FILE
    followed = follow(list(links), path, now, progress, outside)
    found = [
        finding
        for link, verdict in followed.verdicts.items()
        if (finding := _finding(link, verdict, links[link], link in followed.surely_gone))
    ]
    return [*found, *_unchecked(links, followed, root), *_unkept(followed, path)]


def _finding(link: str, verdict: Verdict, spots: list[Spot], is_surely_gone: bool) -> Finding | None:
    """Return what is wrong with a link that was checked, or None."""
    if verdict.kind is Kind.DEAD:
        onward = f", which leads on to `{_short(verdict.target)}`," if verdict.target else ""
        message = f"the link `{_short(link)}`{onward} is dead: {verdict.why}{_how_often(spots)}"
        reports = [spot for spot in spots if spot.is_report and _page(spot.raw) == _page(link)]
        hint = "take it out, or correct it"
        if reports:
            hint = "`dead: true` in the record offers readers to search for a copy"
        mends = tuple(Mend(spot.file, ("dead",), "true", "yaml") for spot in reports) if is_surely_gone else ()
        return Finding(Problem(_place(spots[0]), message, hint, Severity.WARNING, "dead-link"), mends)
    if verdict.kind is Kind.HOME:
        message = f"the link `{_short(link)}` leads to a front page only, `{_short(verdict.target)}`{_how_often(spots)}"
        hint = "what it led to may be gone: look for it there"
        return Finding(Problem(_place(spots[0]), message, hint, Severity.WARNING, "dead-link"))
    if verdict.kind is Kind.MOVED:
        message = f"the link `{_short(link)}` leads on for good{_how_often(spots)}"
        hint = f"write `{_short(verdict.target)}`"
        return Finding(Problem(_place(spots[0]), message, hint, Severity.NOTE, "moved-link"))
    return None


def _page(url: str) -> str:
    """Return the very address that is asked for, of all those that count as one link."""
    return urldefrag(clean_url(url) or "").url


def _unchecked(links: Mapping[str, list[Spot]], followed: Followed, root: Path) -> Iterator[Finding]:
    """Yield one note for all links of a host that nobody knows of for the same reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for link, verdict in followed.verdicts.items():
        if verdict.kind is Kind.UNKNOWN:
            groups.setdefault((url_host(link), verdict.why), []).append(link)
    for (host, why), unknown in groups.items():
        spots = links[unknown[0]]
        message = f"the link `{_short(unknown[0])}` could not be checked: {why}{_how_often(spots)}"
        if len(unknown) > 1:
            of_host = f"{counted(len(unknown), 'link')} to `{host}`"
            message = f"{of_host} could not be checked: {why}; the first is `{_short(unknown[0])}`"
        yield Finding(Problem(_place(spots[0]), message, "", Severity.NOTE, "unchecked-link"))
    if left := len(links) - len(followed.verdicts):
        message = f"{counted(left, 'link')} to elsewhere not checked: it was stopped before"
        hint = "the next check goes on from there"
        yield Finding(Problem(Place(root.as_posix()), message, hint, Severity.NOTE, "unchecked-link"))


def _unkept(followed: Followed, path: Path) -> list[Finding]:
    if not followed.remark:
        return []
    message = (
        f"what was found out about links can not be kept ({followed.remark}): the next check asks all of them again"
    )
    return [Finding(Problem(Place(path.as_posix()), message, severity=Severity.NOTE, rule="unchecked-link"))]


def _how_often(spots: list[Spot]) -> str:
    """Return in how many files a link stands, as the end of a sentence."""
    files = len({spot.file for spot in spots})
    return f"; it stands in {files:,} files" if files > 1 else ""


def _short(url: str) -> str:
    return url if len(url) <= _LONGEST_SHOWN else url[: _LONGEST_SHOWN - 1] + "…"


def _place(spot: Spot) -> Place:
    """Return where a link is written, or the file as a whole where it can not be found in it as it is."""
    try:
        text = Path(spot.file).read_bytes().decode("utf-8", "replace")
    except OSError:
        return Place(spot.file)
    at = text.find(spot.raw)
    return TextPlaces(text, spot.file).at(at) if at >= 0 else Place(spot.file)
