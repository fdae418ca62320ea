"""Heat taken apart: quality, what a good record's list adds, and votes."""

from datetime import UTC, datetime

import pytest

from broadsheet.heat import Heat, heat_parts
from broadsheet.model import Coverage, Record

NOON = datetime(2024, 5, 10, 12, tzinfo=UTC)


def record(quality: int | None, related: int) -> Record:
    items = tuple(Coverage(f"item {number}", NOON) for number in range(related))
    return Record("a.md", "a", "A tram", NOON, quality=quality, related=items)


@pytest.mark.parametrize(
    ("quality", "related", "total", "parts"),
    [
        (70, 3, 134, Heat(134, 70, 3, 60, 4)),
        (70, 3, 130, Heat(130, 70, 3, 60, 0)),
        (49, 3, 50, Heat(50, 49, 3, 0, 1)),
        (0, 2, 0, Heat(0, 0, 2, 0, 0)),
        (None, 2, 0, Heat(0, None, 2, 0, 0)),
        (None, 0, 90, Heat(90, None, 0, 0, 90)),
    ],
    ids=["good", "without votes", "too low for a bonus", "quality 0", "unknown quality", "heat by hand"],
)
def test_the_parts_add_up_to_the_heat(quality, related, total, parts):
    assert heat_parts(record(quality, related), total) == parts
    assert (parts.quality or 0) + parts.bonus + parts.votes == parts.total


def test_the_heat_of_a_folded_record_is_a_mark_and_no_sum():
    assert heat_parts(record(70, 3), -1) == Heat(-1, 70, 3, 60, 0)
