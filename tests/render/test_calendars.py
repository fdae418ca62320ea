"""Calendars and charts: how much happened when."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime
from urllib.parse import urldefrag

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.config import Settings
from broadsheet.model import Provider, Source
from broadsheet.render.calendars import Calendars, source_chart
from broadsheet.words import words_of

ENGLISH = words_of("en")

days = st.dates(date(1990, 1, 1), date(2030, 12, 31)).map(date.isoformat)
per_day = st.dictionaries(days, st.integers(1, 500), min_size=1, max_size=40)
months = st.dictionaries(days.map(lambda day: day[:7]), st.integers(1, 500), min_size=1, max_size=40)


def calendars(per_day, **settings):
    return Calendars(per_day, Settings(**settings))


def chart(months, words=ENGLISH):
    return source_chart(Source("a.example", "A", months=tuple(sorted(months.items()))), words)


# Calendars.


def test_a_site_without_records_has_no_years():
    assert calendars({}).years() == ()


def test_years_come_newest_first_and_only_those_with_reports():
    found = calendars({"2019-05-01": 2, "2024-01-01": 1, "2019-06-01": 3}).years()
    assert [(year.name, year.count, year.url) for year in found] == [
        ("2024", 1, "/archive/2024/"),
        ("2019", 5, "/archive/2019/"),
    ]


def test_a_year_has_twelve_months_and_those_without_reports_lead_nowhere():
    (year,) = calendars({"2024-02-29": 3}, base_url="https://example.org/news/").years()
    assert [month.name for month in year.months][:3] == ["Jan", "Feb", "Mar"]
    assert [month.url for month in year.months] == ["", "/news/archive/2024/02/", *[""] * 10]
    assert [month.count for month in year.months] == [0, 3, *[0] * 10]


@pytest.mark.parametrize(
    ("count", "level"), [(1, 1), (25, 1), (26, 2), (50, 2), (51, 3), (75, 3), (76, 4), (99, 4), (100, 4)]
)
def test_the_level_is_the_quarter_of_the_most_that_a_day_or_a_month_reaches(count, level):
    drawn = calendars({"2024-02-01": 100, "2024-03-01": count})
    (year,) = drawn.years()
    assert [month.level for month in year.months[:4]] == [0, 4, level, 0]
    march = drawn.months("2024")[1]
    assert [day.level for day in march.days] == [level, *[0] * 30]


def test_levels_measure_by_the_whole_site_and_not_by_the_year():
    quiet, busy = calendars({"2023-01-01": 1, "2024-01-01": 100}).years()[::-1]
    assert (quiet.months[0].level, busy.months[0].level) == (1, 4)


def test_a_month_without_reports_has_no_calendar():
    found = calendars({"2024-03-01": 1, "2024-01-31": 1}).months("2024")
    assert [month.name for month in found] == ["January 2024", "March 2024"]


@pytest.mark.parametrize(
    ("day", "weekday"), [("2024-01-01", 1), ("2024-02-01", 4), ("2024-09-01", 7), ("2023-10-01", 7), ("2022-08-01", 1)]
)
def test_a_month_starts_at_the_weekday_of_its_first_day_monday_being_1(day, weekday):
    (month,) = calendars({day: 1}).months(day[:4])
    assert month.first_weekday == weekday


@pytest.mark.parametrize(("year", "length"), [("2024", 29), ("2023", 28), ("2000", 29), ("1900", 28), ("2100", 28)])
def test_february_has_a_day_more_in_leap_years(year, length):
    (february,) = calendars({f"{year}-02-01": 1}).months(year)
    assert [day.name for day in february.days] == [str(number) for number in range(1, length + 1)]


def test_a_day_says_its_date_and_leads_to_its_part_of_the_month():
    (month,) = calendars({"2024-05-09": 2}).months("2024")
    day = month.days[8]
    assert (day.name, day.title, day.count) == ("9", "9 May 2024", 2)
    assert day.url == "/archive/2024/05/#on-2024-05-09"
    assert month.days[0].url == ""


def test_names_of_months_and_days_are_in_the_language_of_the_site():
    drawn = calendars({"2024-03-09": 2}, language="de")
    assert drawn.years()[0].months[2].title == "März 2024"
    assert drawn.months("2024")[0].days[8].title == "9. März 2024"


@given(per_day=per_day)
def test_calendars_count_every_report_once(per_day):
    drawn = calendars(per_day)
    years = drawn.years()
    assert sum(year.count for year in years) == sum(per_day.values())
    for year in years:
        assert sum(month.count for month in year.months) == year.count
        shown = drawn.months(year.name)
        assert [month.count for month in shown] == [month.count for month in year.months if month.count]
        for month in shown:
            assert sum(day.count for day in month.days) == month.count
            assert len(month.days) == monthrange(int(year.name), int(month.url[-3:-1]))[1]


@given(per_day=per_day)
def test_levels_go_from_0_for_nothing_to_4_for_the_most_and_never_against_the_counts(per_day):
    drawn = calendars(per_day)
    years = drawn.years()
    in_months = [month for year in years for month in year.months]
    in_days = [day for year in years for month in drawn.months(year.name) for day in month.days]
    for cells in (in_months, in_days):
        assert all(0 <= cell.level <= 4 for cell in cells)
        assert all((cell.level == 0) == (cell.count == 0) == (cell.url == "") for cell in cells)
        by_count = sorted(cells, key=lambda cell: cell.count)
        levels = [cell.level for cell in by_count]
        assert levels == sorted(levels)
        assert levels[-1] == 4


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_every_link_of_a_calendar_leads_to_a_part_of_a_page_that_is_there(pages, make, zone):
    moments = [
        datetime(2024, 2, 29, 23, 30, tzinfo=UTC),
        datetime(2023, 12, 31, 22, tzinfo=UTC),
        datetime(2024, 3, 1, 3, tzinfo=UTC),
    ]
    records = [make(f"r{n}", title=f"Subject{n}", published_at=moment) for n, moment in enumerate(moments)]
    site = pages(*records, time_zone=zone)
    ids = {path: {element.get("id") for element in page.root.iter()} for path, page in site.items()}
    followed = 0
    for path, page in site.items():
        if path.startswith("archive/") and path.count("/") < 3:
            for link in page.links():
                url, anchor = urldefrag(link)
                if url.startswith("/archive/") and re.search(r"/\d\d/$", url):
                    followed += 1
                    assert not anchor or anchor in ids[f"{url[1:]}index.html"], link
    assert followed >= 5


def test_the_page_of_a_year_draws_every_month_in_its_columns(pages, make):
    page = pages(make("a", published_at=datetime(2024, 2, 29, 9, tzinfo=UTC)))["archive/2024/index.html"]
    (calendar,) = page.classed("calendar")
    assert "from-4" in calendar.get("class")
    assert len(calendar.findall("li")) == 29
    (cell,) = page.classed("level-4")
    assert "".join(cell.itertext()) == "29"


# Charts.


def test_a_source_without_reports_has_no_chart():
    assert chart({}) is None


def test_one_bar_is_no_chart():
    assert chart({"2024-05": 7}) is None


def test_months_without_reports_have_their_place_too():
    drawn = chart({"2023-11": 1, "2024-02": 4})
    assert [(bar.name, bar.count) for bar in drawn.bars] == [
        ("November 2023", 1),
        ("December 2023", 0),
        ("January 2024", 0),
        ("February 2024", 4),
    ]


def test_three_years_are_drawn_by_month_and_more_by_year():
    by_month = chart({"2021-01": 1, "2023-12": 1})
    assert len(by_month.bars) == 36
    by_year = chart({"2021-01": 1, "2021-05": 2, "2024-01": 1})
    assert [(bar.name, bar.count) for bar in by_year.bars] == [("2021", 3), ("2022", 0), ("2023", 0), ("2024", 1)]


def test_the_highest_bar_fills_the_chart_and_a_small_one_is_still_seen():
    drawn = chart({"2024-01": 100_000, "2024-02": 1, "2024-03": 0, "2024-04": 50_000})
    heights = [bar.height for bar in drawn.bars]
    assert heights[0] == drawn.height
    assert 0 < heights[1] < heights[3] == drawn.height / 2
    assert heights[2] == 0


def test_the_page_of_a_source_draws_a_bar_for_every_month(pages, make):
    provider = Provider("The Gazette", "gazette.example")
    moments = [datetime(2024, 1, 5, tzinfo=UTC), datetime(2024, 4, 5, tzinfo=UTC)]
    records = [
        make(f"r{n}", title=f"Subject{n}", published_at=moment, provider=provider) for n, moment in enumerate(moments)
    ]
    page = pages(*records)["sources/gazette.example/index.html"]
    bars = ["".join(bar.itertext()).strip() for bar in page.all("{http://www.w3.org/2000/svg}rect")]
    assert bars == [
        "January 2024: 1 report",
        "February 2024: 0 reports",
        "March 2024: 0 reports",
        "April 2024: 1 report",
    ]
    assert not pages(records[0])["sources/gazette.example/index.html"].classed("chart")


@given(months=months)
def test_a_chart_loses_no_report_and_no_bar_leaves_it(months):
    drawn = chart(months)
    if drawn is None:
        assert len(months) == 1
        return
    assert sum(bar.count for bar in drawn.bars) == sum(months.values())
    assert 2 <= len(drawn.bars) <= 41
    assert drawn.bars[0].count
    assert drawn.bars[-1].count
    right = 0
    for bar in drawn.bars:
        assert right <= bar.x
        right = bar.x + bar.width
        assert bar.y + bar.height == drawn.height
        assert bar.y >= 0
        assert (bar.height > 0) == (bar.count > 0)
    assert right == drawn.width


@given(months=months)
def test_more_reports_never_make_a_lower_bar(months):
    drawn = chart(months)
    bars = sorted(drawn.bars, key=lambda bar: bar.count) if drawn else []
    heights = [bar.height for bar in bars]
    assert heights == sorted(heights)
