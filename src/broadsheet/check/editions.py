"""What can be wrong with issues that were cut, seen against the records that they tell of. Pure."""

from collections.abc import Iterable, Iterator

from broadsheet.model import Edition
from broadsheet.yaml_text import Path


def missing_items(edition: Edition, slugs: frozenset[str], aliases: frozenset[str]) -> Iterator[tuple[Path, str]]:
    """Yield the place and the slug of every item of an issue that is no record: its story's page is not there."""
    for number, section in enumerate(edition.sections):
        for index, item in enumerate(section.items):
            if item.slug not in slugs and item.slug not in aliases:
                yield ("sections", number, "items", index, "slug"), item.slug


def missing_records(
    editions: Iterable[Edition], slugs: frozenset[str], aliases: frozenset[str]
) -> Iterator[tuple[Edition, list[tuple[Path, str]]]]:
    """Yield every issue that names records which are not there, and where."""
    for edition in editions:
        if found := list(missing_items(edition, slugs, aliases)):
            yield edition, found
