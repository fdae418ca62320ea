"""Checks that a built site has the common page set, so that no generator is fast by leaving something out.

`python benchmarks/check.py SITE OUTPUT [--broadsheet]`. What Broadsheet does on purpose is allowed for it alone: it
hides records that are marked as removed, lists one address or title once, in a feed too, and does not list a record
under itself. Its front page is a choice by topic and not the 50 hottest; that it has no fewer is checked.
"""

import argparse
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import yaml

FEED_SIZE = HOME_SIZE = 50
# Where one address or title is told once, others take the places of the repetitions.
MOST_REPEATED = 25
SHOWN_PROBLEMS = 5

_LINK = re.compile(r"<a\b[^>]*?\bhref=(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))[^>]*>(.*?)</a>", re.DOTALL)
_RECORD = re.compile(r"^(?:https://news\.example)?/news/([^/?#]+)/$")
_TAG = re.compile(r"</?[a-z][^>]*>")


@dataclass(frozen=True)
class Item:
    title: str
    url: str
    time: datetime


@dataclass(frozen=True)
class Record:
    slug: str
    item: Item
    heat: int
    topics: tuple[str, ...]
    removed: bool
    related: tuple[Item, ...]


class Expected:
    """The records of a site, by slug."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.records = {path.stem: _read(path) for path in sorted((site / "_news").glob("*.md"))}

    @cached_property
    def removed(self) -> set[Item]:
        return {record.item for record in self.records.values() if record.removed}

    @cached_property
    def by_topic(self) -> dict[str, set[str]]:
        """The slugs of the records of every topic."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for record in self.records.values():
            for topic in record.topics:
                found[topic].add(record.slug)
        return dict(found)

    @cached_property
    def topic_ids(self) -> dict[str, str]:
        """The ids of topics that the site's data gives, by name."""
        files = (self.site / "_data" / "topics").glob("*.yaml")
        data = [yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) for file in files]
        return {topic["name"]: str(topic["_id"]) for topic in data}


def _read(path: Path) -> Record:
    front_matter = re.split(r"(?m)^---\r?$", path.read_text(encoding="utf-8-sig"), maxsplit=2)[1]
    data = cast("dict[str, Any]", yaml.load(front_matter, yaml.CSafeLoader))
    topics = tuple(topic for topic in data.get("topics") or () if topic)
    related = tuple(_item(item) for item in data.get("related") or ())
    return Record(path.stem, _item(data), data.get("heat") or 0, topics, bool(data.get("removed")), related)


def _item(data: dict[str, Any]) -> Item:
    return Item(plain(data["title"]), data.get("webUrl") or "", data["publishedDateTime"])


_SET_OTHERWISE = dict.fromkeys(map(ord, "\"'“”‘’„‚«»-–—.…"))


def plain(text: str) -> str:
    """Return `text` as it is compared: without entities, tags, invisible characters and blanks.

    Quotes, dashes and dots do not count either: who sets a text well sets them as a printer would.
    """
    text = _TAG.sub("", unescape(unescape(unescape(text)))).translate(_SET_OTHERWISE)
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return "".join(unicodedata.normalize("NFC", text).split())


def check(expected: Expected, output: Path, *, broadsheet: bool = False) -> list[str]:
    """Return what the site in `output` lacks, in words; nothing when it has the common page set."""
    records = [record for record in expected.records.values() if not (broadsheet and record.removed)]
    return [
        *_record_pages(expected, records, output, broadsheet=broadsheet),
        *_topic_pages(expected, records, output, broadsheet=broadsheet),
        *_home(records, output, broadsheet=broadsheet),
        *_feed(records, output, MOST_REPEATED if broadsheet else 0),
        *_sitemap(records, output),
    ]


def _links(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the target and the text of every link of a page."""
    for double, single, bare, text in _LINK.findall(path.read_text(encoding="utf-8")):
        yield unescape(double or single or bare), plain(text)


def _slugs(targets: Iterable[str]) -> Iterator[str]:
    """Yield the slugs of the record pages among `targets`."""
    for target in targets:
        if found := _RECORD.match(target):
            yield unquote(found[1])


def _record_pages(expected: Expected, records: list[Record], output: Path, *, broadsheet: bool) -> Iterator[str]:
    for record in records:
        page = output / "news" / record.slug / "index.html"
        if not page.is_file():
            yield f"no page for {record.slug}"
            continue
        titles = {text for _, text in _links(page)}
        urls = {item.url for item in record.related if item.title in titles} | {record.item.url}
        for item in record.related:
            excused = broadsheet and (item in expected.removed or item.url in urls)
            if item.title not in titles and not excused:
                yield f"{record.slug} does not list {item.title!r}"


def _topic_pages(expected: Expected, records: list[Record], output: Path, *, broadsheet: bool) -> Iterator[str]:
    by_slug = {record.slug: record.item for record in records}
    for topic, slugs in expected.by_topic.items():
        simple = re.sub(r"[^a-z0-9]+", "-", topic.lower()).strip("-")
        names = (expected.topic_ids.get(topic, simple), simple)
        folder = next((path for path in (output / "topics" / name for name in names) if path.is_dir()), None)
        if folder is None:
            yield f"no page for the topic {topic}"
            continue
        listed = set(_slugs(target for page in folder.rglob("index.html") for target, _ in _links(page)))
        items = [by_slug[slug] for slug in listed & by_slug.keys()]
        once = {item.url for item in items} | {item.title.casefold() for item in items}
        for slug in sorted((slugs & by_slug.keys()) - listed):
            if not (broadsheet and once & {by_slug[slug].url, by_slug[slug].title.casefold()}):
                yield f"the topic {topic} does not list {slug}"


def _home(records: list[Record], output: Path, *, broadsheet: bool) -> Iterator[str]:
    by_slug = {record.slug: record for record in records}
    page = output / "index.html"
    listed = set(_slugs(target for target, _ in _links(page))) & by_slug.keys() if page.is_file() else set()
    heats = sorted((record.heat for record in records), reverse=True)[:HOME_SIZE]
    if broadsheet:
        if len(listed) < len(heats):
            yield f"the front page lists {len(listed)} records, not {len(heats)}"
    elif len(listed) != len(heats) or sorted((by_slug[slug].heat for slug in listed), reverse=True) != heats:
        yield f"the front page does not list the {len(heats)} hottest records, but {len(listed)}"


def _feed(records: list[Record], output: Path, repeated: int) -> Iterator[str]:
    path = next((path for path in (output / "feed.xml", output / "index.xml") if path.is_file()), None)
    if path is None:
        yield "no feed"
        return
    text = path.read_text(encoding="utf-8")
    entries = re.findall(r"<(item|entry)>(.*?)</\1>", text, re.DOTALL)
    times = sorted((record.item.time for record in records), reverse=True)
    newest = times[: FEED_SIZE + repeated]
    if len(entries) != min(FEED_SIZE, len(times)):
        yield f"the feed has {len(entries)} entries, not {min(FEED_SIZE, len(times))}"
    time_of = {record.slug: record.item.time for record in records}
    for _, entry in entries:
        targets = re.findall(r"(?<=[>\"])https://news\.example/news/[^<\"]+", unescape(entry))
        slugs = [slug for slug in _slugs(targets) if slug in time_of]
        if not slugs or time_of[slugs[0]] < newest[-1]:
            yield f"the feed carries an entry that is not among the newest: {slugs}"


def _sitemap(records: list[Record], output: Path) -> Iterator[str]:
    path = output / "sitemap.xml"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    listed = set(_slugs(unescape(target) for target in re.findall(r"<loc>([^<]*)</loc>", text)))
    lacking = {record.slug for record in records} - listed
    if lacking:
        yield f"the sitemap lacks {len(lacking)} record pages, such as {min(lacking)}"


def summary(problems: list[str]) -> str:
    """Return the first problems and how many more there are."""
    shown = problems[:SHOWN_PROBLEMS]
    more = len(problems) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def main() -> None:
    parser = argparse.ArgumentParser(description="Check that a built site has the common page set.")
    parser.add_argument("site", type=Path, help="the folder with _news/")
    parser.add_argument("output", type=Path, help="the folder that was built")
    parser.add_argument("--broadsheet", action="store_true", help="allow for what Broadsheet does on purpose")
    options = parser.parse_args()
    problems = check(Expected(options.site), options.output, broadsheet=options.broadsheet)
    print(summary(problems) or "complete")
    raise SystemExit(bool(problems))


if __name__ == "__main__":
    main()
