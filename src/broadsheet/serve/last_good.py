"""What broken files said when they were not: a writer goes on from there. Pure."""

from collections.abc import Callable
from operator import attrgetter
from typing import Protocol, TypeVar

from msgspec import structs

from broadsheet.model import Sources
from broadsheet.problems import Severity
from broadsheet.read.source import ReadResult


class _Filed(Protocol):
    """A value that one file says."""

    @property
    def file(self) -> str: ...


T = TypeVar("T", bound=_Filed)


def with_last_good(read: ReadResult, good: Sources) -> Sources:
    """Return what was read, and for files that are broken now what they said in `good` times.

    Whoever breaks a file has its last good page before him until he has mended it, or deleted it.
    """
    now = read.sources
    broken = {problem.place.file for problem in read.problems if problem.severity is Severity.ERROR}
    if not broken:
        return now
    return structs.replace(
        now,
        records=_whole(now.records, good.records, lambda record: now.shown_file(record) in broken),
        topics=_whole(now.topics, good.topics, lambda topic: topic.file in broken),
        organizations=_whole(now.organizations, good.organizations, lambda known: known.file in broken),
        overrides=now.overrides if now.overrides.file or good.overrides.file not in broken else good.overrides,
        plain_pages=_whole(now.plain_pages, good.plain_pages, lambda page: page.file in broken),
    )


def _whole(values: tuple[T, ...], before: tuple[T, ...], is_broken: Callable[[T], bool]) -> tuple[T, ...]:
    there = {value.file for value in values}
    kept = [value for value in before if value.file not in there and is_broken(value)]
    return tuple(sorted([*values, *kept], key=attrgetter("file")))
