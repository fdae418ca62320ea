"""What can be wrong with issues that were cut, seen against the records that they tell of. Pure."""

from collections.abc import Container, Iterator

from broadsheet.model import Edition
from broadsheet.yaml_text import Path


def missing_items(edition: Edition, known: Container[str]) -> Iterator[tuple[Path, str]]:
    """Yield the place and the slug of every item of an issue whose page is not among the `known` ones, by slug."""
    for number, section in enumerate(edition.sections):
        for index, item in enumerate(section.items):
            if item.slug not in known:
                yield ("sections", number, "items", index, "slug"), item.slug
