"""Lists that grow for ever, cut by the calendar: a new or late entry changes its bucket and the newest page only."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import TypeVar

from broadsheet.model import Bucket, Listing, Record, Story

E = TypeVar("E", Story, Record)

_BUCKET_PAGES = 4


def calendar_listing(entries: Sequence[E], moment: Callable[[E], datetime], size: int, zone: tzinfo) -> Listing:
    """Return `entries`, newest first, as a listing: the newest `size`, and every one of them by month.

    A month with more than four times `size` is split into its days, a day with more than that into parts.
    Where the newest page shows everything there are no buckets.
    """
    if len(entries) <= size:
        return Listing(tuple(entries))
    buckets: list[Bucket] = []
    for month, in_month in grouped(entries, lambda entry: local_day(moment(entry), zone)[:7]).items():
        if len(in_month) <= size * _BUCKET_PAGES:
            buckets.append(Bucket(month, tuple(in_month)))
            continue
        days = grouped(in_month, lambda entry: local_day(moment(entry), zone))
        buckets.append(Bucket(month, children=tuple(days)))
        for day, in_day in days.items():
            buckets += _parts(day, in_day, size * _BUCKET_PAGES)
    return Listing(tuple(entries[:size]), tuple(buckets))


def capped_listing(entries: Sequence[E], size: int) -> Listing:
    """Return the one page that a hottest-first list has."""
    return Listing(tuple(entries[:size]))


@lru_cache(maxsize=65536)
def local_day(moment: datetime, zone: tzinfo) -> str:
    """Return the day in the zone, as `2022-10-31`."""
    return moment.astimezone(zone).date().isoformat()


def grouped(entries: Sequence[E], key: Callable[[E], str]) -> dict[str, list[E]]:
    """Return the entries by key, in the order in which the keys and the entries come."""
    groups: dict[str, list[E]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return groups


def _parts(day: str, entries: list[E], most: int) -> list[Bucket]:
    """Return a day's buckets: itself alone, or with parts that are counted from its oldest, so that full ones stay."""
    if len(entries) <= most:
        return [Bucket(day, tuple(entries))]
    oldest_first = entries[::-1]
    parts: list[Bucket] = [
        Bucket(f"{day}-{number}", tuple(oldest_first[at : at + most][::-1]))
        for number, at in enumerate(range(0, len(entries), most), 1)
    ][::-1]
    return [Bucket(day, children=tuple(part.key for part in parts)), *parts]
