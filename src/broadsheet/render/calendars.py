"""How much happened when, as calendars and charts: plain numbers that a template draws."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence

from broadsheet.config import Settings
from broadsheet.model import Source
from broadsheet.render.text import url_path
from broadsheet.render.views import BarView, CalendarView, CellView, ChartView, YearView
from broadsheet.words import Words, words_of

_LEVELS = 4
_MOST_MONTHS = 36
_BAR, _GAP, _HEIGHT = 8, 2, 48


class Calendars:
    """Draws the archive of one site."""

    def __init__(self, per_day: Mapping[str, int], settings: Settings) -> None:
        """`per_day` counts reports by day (`2024-05-31`)."""
        self._per_day = per_day
        self._words = words_of(settings.language)
        self._archive = f"{settings.base_path}archive/"
        self._per_month = added_up(per_day, 7)
        self._most_in_month = max(self._per_month.values(), default=0)
        self._most_in_day = max(per_day.values(), default=0)

    def years(self) -> tuple[YearView, ...]:
        """Return the years, the newest first."""
        return tuple(map(self.year, sorted({day[:4] for day in self._per_day}, reverse=True)))

    def year(self, year: str) -> YearView:
        """Return a year with its twelve months."""
        months = [self._month_cell(year, number) for number in range(1, 13)]
        return YearView(year, self._archive + url_path(year), sum(month.count for month in months), tuple(months))

    def months(self, year: str) -> tuple[CalendarView, ...]:
        """Return the months of a year in which something happened, with their days, the first one first."""
        keys = (f"{year}-{number:02}" for number in range(1, 13))
        return tuple(self._month(key) for key in keys if key in self._per_month)

    def _month_cell(self, year: str, number: int) -> CellView:
        key = f"{year}-{number:02}"
        count = self._per_month.get(key, 0)
        url = self._url(key) if count else ""
        name, title = self._words.month_name(number), self._words.bucket(key)
        return CellView(name, title, url, count, _level(count, self._most_in_month))

    def _month(self, key: str) -> CalendarView:
        year, month = map(int, key.split("-"))
        first_weekday, length = monthrange(year, month)
        days = tuple(self._day_cell(f"{key}-{day:02}", day) for day in range(1, length + 1))
        name = self._words.bucket(key)
        return CalendarView(name, self._url(key), self._per_month[key], first_weekday + 1, days)

    def _day_cell(self, key: str, day: int) -> CellView:
        count = self._per_day.get(key, 0)
        url = f"{self._url(key[:7])}#on-{key}" if count else ""
        return CellView(str(day), self._words.bucket(key), url, count, _level(count, self._most_in_day))

    def _url(self, month: str) -> str:
        return self._archive + url_path(*month.split("-"))


def source_chart(source: Source, words: Words) -> ChartView | None:
    """Return how much a source reported in every month since its first, or in every year of many; None for one bar."""
    months = dict(source.months)
    if not months:
        return None
    spans = list(_months_between(min(months), max(months)))
    if len(spans) > _MOST_MONTHS:
        months = added_up(months, 4)
        spans = [f"{year:04}" for year in range(int(min(months)), int(max(months)) + 1)]
    named = [(words.bucket(span) if "-" in span else span, months.get(span, 0)) for span in spans]
    return _chart(named) if len(named) > 1 else None


def _chart(values: Sequence[tuple[str, int]]) -> ChartView:
    most = max(count for _, count in values)
    bars = []
    for number, (name, count) in enumerate(values):
        # What is there at all is seen.
        height = max(round(_HEIGHT * count / most), 2) if count else 0
        bars.append(BarView(name, count, number * (_BAR + _GAP), _HEIGHT - height, _BAR, height))
    return ChartView(tuple(bars), len(bars) * (_BAR + _GAP) - _GAP, _HEIGHT)


def _level(count: int, most: int) -> int:
    return -(-_LEVELS * count // most) if most else 0


def added_up(counts: Mapping[str, int], length: int) -> dict[str, int]:
    """Return `counts` by the first `length` characters of their keys."""
    sums: dict[str, int] = {}
    for key, count in counts.items():
        sums[key[:length]] = sums.get(key[:length], 0) + count
    return sums


def _months_between(first: str, last: str) -> Iterable[str]:
    year, month = map(int, first.split("-"))
    key = first
    while key <= last:
        yield key
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        key = f"{year:04}-{month:02}"
