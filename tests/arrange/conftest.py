"""Records as values, and random folders of them: arranging needs no files."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.site import Arranged, arrange
from broadsheet.config import Settings
from broadsheet.model import Coverage, Organization, Record, Site, Sources, Story, TopicFile

_NOON = datetime(2024, 5, 10, 12, tzinfo=UTC)
_NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
# Written so that some pairs share a word that tells something, and others none.
_SUBJECTS = ("Ferry strike", "Ferry timetable", "Orchard frost", "Opera roof", "Lighthouse keeper", "Frost warning")

Item = Record | Coverage


@pytest.fixture(scope="session")
def noon() -> datetime:
    """When records are published that do not say."""
    return _NOON


@pytest.fixture(scope="session")
def now() -> datetime:
    """The time at which digests are arranged that do not say."""
    return _NOW


@pytest.fixture(scope="session")
def make() -> Callable[..., Record]:
    """Make the record `<name>.md`: a published one about the ferry strike, but for the fields that a test names."""

    def make(name: str, *, hours: float = 0, **fields: Any) -> Record:
        values = {
            "title": f"Ferry strike: the view of {name}",
            "published_at": _NOON + timedelta(hours=hours),
            "topics": ("Transport",),
            "web_url": f"https://{name}.example.org/{name}",
            **fields,
        }
        return Record(file=f"{name}.md", slug=name, **values)

    return make


@pytest.fixture(scope="session")
def link() -> Callable[..., Coverage]:
    """Make the item that stands for a record in a `related` list: as the record, but for `changes`."""

    def link(record: Record, **changes: Any) -> Coverage:
        item = Coverage(
            title=record.title,
            published_at=record.published_at,
            excerpt=record.excerpt,
            web_url=record.web_url or "",
            quality=record.quality,
        )
        return structs.replace(item, **changes)

    return link


@pytest.fixture(scope="session")
def outside() -> Callable[..., Coverage]:
    """Make an item that is no record of the folder."""

    def outside(title: str = "Ferry strike seen from abroad", **fields: Any) -> Coverage:
        return Coverage(title=title, **{"published_at": _NOON, "web_url": "https://abroad.example.net/1", **fields})

    return outside


@pytest.fixture(scope="session")
def digest() -> Callable[..., Arranged]:
    """Arrange records into a digest."""

    def digest(
        *records: Record,
        now: datetime = _NOW,
        topics: tuple[TopicFile, ...] = (),
        organizations: tuple[Organization, ...] = (),
        drafts: bool = False,
        **settings: Any,
    ) -> Arranged:
        in_order = tuple(sorted(records, key=lambda record: record.file))
        return arrange(Sources(in_order, topics, organizations), Settings(**settings), now, drafts=drafts)

    return digest


@pytest.fixture(scope="session")
def names() -> Callable[[Iterable[Any]], list[str]]:
    """Tell stories by the slugs of their leads, records by their slugs, and items from outside by their titles."""

    def names(items: Iterable[Story | Item]) -> list[str]:
        found = []
        for item in items:
            thing = item.lead if isinstance(item, Story) else item
            found.append(thing.slug if isinstance(thing, Record) else thing.title)
        return found

    return names


@pytest.fixture(scope="session")
def story_of() -> Callable[[Site, str], Story]:
    """Find the story that the record `<name>.md` is a part of."""

    def story_of(site: Site, name: str) -> Story:
        return site.stories[site.story_of[f"{name}.md"]]

    return story_of


@st.composite
def _folders(draw: st.DrawFn, most: int = 9) -> list[Record]:
    count = draw(st.integers(1, most))
    numbers = range(count)
    quality = st.none() | st.integers(0, 4)
    records = []
    for number in numbers:
        title = f"{draw(st.sampled_from(_SUBJECTS))}"
        # Some titles occur more than once: such items resolve by their time only.
        title += "" if draw(st.integers(0, 5)) == 0 else f" in place{number}"
        hours = draw(st.sampled_from([0, 0, 0.5, 1, 2, 24, -24 * 6, 24 * 9, 24 * 60]))
        records.append(
            Record(
                file=f"2024-05-1{number}-r.md",
                slug=f"2024-05-1{number}-r",
                title=title,
                published_at=_NOON + timedelta(hours=hours),
                quality=draw(quality),
                heat=draw(st.none() | st.sampled_from([-1, 0, 30, 90])),
                published=draw(st.booleans()),
                removed=draw(st.integers(0, 5)) == 0,
                draft=draw(st.integers(0, 5)) == 0,
                topics=tuple(
                    draw(st.lists(st.sampled_from(["Transport", "Arts", "ARTS", None, "Farming"]), max_size=2))
                ),
                web_url=f"https://example.org/{draw(st.integers(0, count))}",
            )
        )
    linked = []
    for record in records:
        items = []
        for number in draw(st.lists(st.sampled_from([*numbers, -1]), max_size=5)):
            other = records[number] if number >= 0 else None
            items.append(
                Coverage(
                    title=other.title if other else "Lighthouse keeper writes from abroad",
                    published_at=(other or record).published_at,
                    web_url=(other.web_url or "") if other else "https://abroad.example.net/",
                    # A copied quality can be stale.
                    quality=draw(quality) if draw(st.booleans()) or other is None else other.quality,
                )
            )
        linked.append(structs.replace(record, related=tuple(items)))
    return linked


@pytest.fixture(scope="session")
def folders() -> st.SearchStrategy[list[Record]]:
    """Random small folders: stale and missing qualities, rings, drafts, removed and scheduled records."""
    return _folders()
