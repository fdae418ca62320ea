"""How hot a record is, taken apart: its quality, what its list adds, and what its source's readers did. Pure."""

from msgspec import Struct

from broadsheet.model import Record

HEAT_PER_RELATED = 20
QUALITY_FOR_BONUS = 50


class Heat(Struct, frozen=True, gc=False):
    """What a record's heat is made of: `total` is the sum of quality, bonus and votes.

    `quality` is None where its file does not say, and then counts nothing. `bonus` is what the `related` items of its
    own list, so many of them, add to it. `votes` are what the file has beyond that. A folded record has the `total` -1:
    that is a mark and no sum, and it has no votes.
    """

    total: int
    quality: int | None
    related: int
    bonus: int
    votes: int


def bonus_of(record: Record) -> int:
    """Return what a good record's `related` items add to its heat where its file does not give that."""
    return HEAT_PER_RELATED * len(record.related) if (record.quality or 0) >= QUALITY_FOR_BONUS else 0


def heat_parts(record: Record, total: int) -> Heat:
    """Return a record's heat, `total` as arranging found it, taken apart."""
    bonus = bonus_of(record)
    votes = total - (record.quality or 0) - bonus if total >= 0 else 0
    return Heat(total, record.quality, len(record.related), bonus, votes)
