"""The course of a story: who reported first, who followed, and how long after."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings, Stories
from broadsheet.model import Copy, Coverage, Sources, Story
from broadsheet.render.cards import Cards
from broadsheet.render.timeline import timeline
from broadsheet.words import words_of

NOON = datetime(2024, 5, 10, 12, tzinfo=UTC)
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def told(make):
    """Return the course of a story as a list of days: a record that leads, and `coverage` in any order."""

    def told(*coverage, lead=None, copies=(), **settings):
        lead = lead or make("lead")
        chosen = Settings(**settings)
        site = arrange(Sources((lead,)), chosen, NOW).site
        story = Story(lead, coverage=coverage, copies=copies, topics=site.stories[0].topics)
        return timeline(story, Cards(site, chosen, {}, never), words_of(chosen.language))

    return told


def never(name, context):
    raise AssertionError("a course of a story renders no template")


def after(name="other", *, hours=0.0, **fields):
    """Make an item from outside, so many hours after noon, when the lead was published."""
    return Coverage(name, NOON + timedelta(hours=hours), web_url=f"https://{name}.example.net/", **fields)


def on(year, month, day, *clock):
    return datetime(year, month, day, *clock, tzinfo=UTC)


def flat(days):
    return [report for day in days for report in day.reports]


def titles(days):
    return [report.item.title for report in flat(days)]


def spans(days):
    return {report.item.title: report.after for report in flat(days)}


def test_a_lead_alone_has_no_course(told):
    assert told() == ()


def test_reports_stand_in_the_order_in_which_they_came(told, make):
    days = told(after("late", hours=2), after("early", hours=-1), lead=make("lead", title="Lead"))
    assert titles(days) == ["early", "Lead", "late"]


def test_the_first_report_is_marked_and_the_lead_is_though_it_came_later(told, make):
    days = told(after("late", hours=2), after("early", hours=-1), lead=make("lead", title="Lead"))
    assert [report.is_first for report in flat(days)] == [True, False, False]
    assert [report.is_lead for report in flat(days)] == [False, True, False]


def test_the_lead_may_be_the_first_report(told):
    first = flat(told(after(hours=1)))[0]
    assert (first.is_first, first.is_lead, first.after) == (True, True, "")


def test_where_a_copy_came_before_all_reports_none_is_called_the_first_and_hours_count_from_it(told, make):
    lead = make("lead", title="Lead")
    days = told(after("late", hours=2), lead=lead, copies=(Copy(after("copy", hours=-3), lead),))
    assert titles(days) == ["Lead", "late"]
    assert not any(report.is_first for report in flat(days))
    assert spans(days) == {"Lead": "3 hours later", "late": "5 hours later"}


@pytest.mark.parametrize("copied", [{}, {"hours": 1}, {"hours": -3, "is_undated": True}])
def test_a_copy_that_came_with_the_first_report_or_later_or_nobody_knows_when_changes_nothing(told, make, copied):
    lead = make("lead", title="Lead")
    days = told(after("late", hours=2), lead=lead, copies=(Copy(after("copy", **copied), lead),))
    assert [report.is_first for report in flat(days)] == [True, False]
    assert spans(days) == {"Lead": "", "late": "2 hours later"}


def test_of_two_at_the_same_time_the_lead_comes_first_and_no_length_of_time_is_said(told, make):
    days = told(after("twin"), after("other twin"), lead=make("lead", title="Lead"))
    assert spans(days) == {"Lead": "", "twin": "", "other twin": ""}
    assert titles(days) == ["Lead", "twin", "other twin"]
    assert [report.is_first for report in flat(days)] == [True, False, False]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (1 / 3600, ""),
        (29 / 3600, ""),
        (31 / 3600, "1 minute later"),
        (0.5, "30 minutes later"),
        (1, "1 hour later"),
        (5.4, "5 hours later"),
        (24, "1 day later"),
        (24 * 6, "6 days later"),
    ],
)
def test_every_other_report_says_how_long_after_the_first_it_came_to_the_minute(told, hours, said):
    assert spans(told(after("late", hours=hours)))["late"] == said


def test_lengths_of_time_are_said_in_the_language_of_the_site(told):
    assert "2 Stunden" in spans(told(after("late", hours=2), language="de"))["late"]


def test_a_report_of_unknown_time_comes_last_on_a_day_without_a_date(told, make):
    days = told(after("unknown", is_undated=True), after("late", hours=24), lead=make("lead", title="Lead"))
    assert titles(days) == ["Lead", "late", "unknown"]
    assert (days[-1].date, days[-1].iso) == ("", "")
    assert spans(days)["unknown"] == ""


def test_a_report_of_unknown_time_is_never_the_first(told):
    days = told(after("unknown", hours=-5, is_undated=True))
    assert [report.is_first for report in flat(days)] == [True, False]
    assert flat(days)[0].is_lead


def test_of_a_day_without_a_time_no_hours_are_said(told, make):
    lead = make("lead", title="Lead", published_at=on(2024, 5, 10))
    days = told(Coverage("same day", on(2024, 5, 10, 23)), Coverage("third day", on(2024, 5, 12, 7)), lead=lead)
    assert spans(days) == {"Lead": "", "same day": "", "third day": "2 days later"}


def test_a_later_day_without_a_time_counts_in_days_too(told, make):
    lead = make("lead", title="Lead", published_at=on(2024, 5, 10, 22))
    days = told(Coverage("next day", on(2024, 5, 11)), Coverage("two on", on(2024, 5, 12)), lead=lead)
    assert spans(days) == {"Lead": "", "next day": "", "two on": "1 day later"}


def test_only_a_time_that_is_known_is_shown(told, make):
    days = told(Coverage("bare", on(2024, 5, 11)), lead=make("lead", title="Lead", published_at=on(2024, 5, 10, 9, 5)))
    assert [report.item.clock for report in flat(days)] == ["09:05", ""]


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("UTC", [("10 May 2024", 2), ("11 May 2024", 1)]),
        ("Asia/Tokyo", [("10 May 2024", 1), ("11 May 2024", 2)]),
        ("America/New_York", [("10 May 2024", 3)]),
    ],
)
def test_days_are_those_of_the_zone_of_the_site(told, zone, days):
    found = told(after("evening", hours=5), after("night", hours=13), time_zone=zone)
    assert [(day.date, len(day.reports)) for day in found] == days


def test_a_day_without_reports_is_no_part_of_the_course(told):
    assert [day.date for day in told(after(hours=72))] == ["10 May 2024", "13 May 2024"]


def test_a_story_page_tells_the_course_and_a_page_of_one_record_does_not(pages, make, link):
    lead = make("lead", quality=9)
    member = make("member", quality=1, hours=3, related=(link(lead),))
    page = pages(lead, member)["news/lead/index.html"]
    assert "3 hours later" in page.text()
    assert len(page.classed("report")) == 2
    assert not pages(lead, member, stories=Stories(group=False))["news/lead/index.html"].classed("report")


minutes = st.integers(-30 * 24 * 60, 30 * 24 * 60)
moments = minutes.map(lambda after: NOON + timedelta(minutes=after)) | st.sampled_from(
    [on(2024, 5, 9), on(2024, 5, 10), on(2024, 5, 11)]
)
items = st.lists(st.tuples(moments, st.booleans()), min_size=1, max_size=12)


@given(items=items, zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns"]))
def test_a_course_tells_every_report_once_in_order_and_marks_one_first_and_one_lead(told, items, zone):
    coverage = [
        Coverage(f"item {number}", moment, is_undated=undated) for number, (moment, undated) in enumerate(items)
    ]
    days = told(*coverage, time_zone=zone)
    reports = flat(days)
    assert len(reports) == len(coverage) + 1
    assert len(set(titles(days))) == len(reports)
    assert [report.is_first for report in reports] == [True] + [False] * len(coverage)
    assert sum(report.is_lead for report in reports) == 1
    known = [datetime.fromisoformat(report.item.iso) for report in reports if report.item.iso]
    assert known == sorted(known)
    assert [bool(report.item.iso) for report in reports] == sorted((bool(r.item.iso) for r in reports), reverse=True)
    assert len({day.date for day in days}) == len(days)
    assert all(report.item.date == day.date for day in days for report in day.reports)
    assert not any(report.after for report in reports if report.is_first or not report.item.iso)
    rough = [report for report in reports if not report.item.clock]
    assert all("day" in report.after for report in rough if report.after)
