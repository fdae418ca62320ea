"""Issues of the digest: when one is due, what goes into it, what of it may still be shown."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.editions import cut_on, cut_times, in_sections, last_cut, next_issue, period_before, select
from broadsheet.arrange.site import arrange
from broadsheet.config import Editions, Settings
from broadsheet.model import Coverage, Edition, EditionItem, EditionSection, Record, Sources, TopicFile
from broadsheet.read.folders import find_folders
from broadsheet.read.source import read_site

NOON = datetime(2024, 5, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
TREE = (
    TopicFile("0.yaml", "All news"),
    TopicFile("1.yaml", "Arts", parent="All news"),
    TopicFile("2.yaml", "Opera", parent="Arts"),
    TopicFile("3.yaml", "Transport", parent="All news"),
)


def make_record(name, days=0.0, **fields):
    values = {"title": f"Headline {name}", "heat": 50, "topics": ("Transport",), **fields}
    return Record(file=f"{name}.md", slug=name, published_at=NOON + days * DAY, **values)


def site_of(*records, editions=(), now=NOON + 100 * DAY, topics=TREE):
    return arrange(Sources(tuple(records), topics, editions=tuple(editions)), Settings(), now).site


def issue_of(*slugs, start=-1.0, end=0.0, passed_over=()):
    items = tuple(EditionItem(slug, f"Sent {slug}") for slug in slugs)
    day = f"{NOON + end * DAY:%Y-%m-%d}"
    return Edition(day, NOON + start * DAY, NOON + end * DAY, (EditionSection("Transport", items),), tuple(passed_over))


def slugs(stories):
    return [story.lead.slug for story in stories]


def chosen(site, start, end, *cut, cap=None):
    return slugs(next_issue(site, NOON + start * DAY, NOON + end * DAY, cut, cap).stories)


# What goes into an issue.


def test_an_issue_holds_published_leads_after_its_start_up_to_its_end_the_hottest_first():
    site = site_of(
        make_record("at-start", 0),
        make_record("b", 0.5),
        make_record("a", 0.6),
        make_record("hot", 0.1, heat=90),
        make_record("at-end", 1),
        make_record("after", 1.1),
        make_record("quiet", 0.5, published=False),
        make_record("gone", 0.5, removed=True),
    )
    assert slugs(select(site.stories, NOON, NOON + DAY, None)) == ["hot", "a", "at-end", "b"]
    assert slugs(select(site.stories, NOON, NOON + DAY, 2)) == ["hot", "a"]


def test_a_record_that_its_source_folded_is_in_the_issue_of_the_story_that_it_is_pinned_to_lead():
    lead = make_record("lead", 0.5, heat=90, quality=90)
    item = Coverage(title=lead.title, published_at=lead.published_at, quality=90)
    member = make_record("member", 0.5, heat=-1, quality=40, published=False, related=(item,))
    for pin, expected in ((False, ["lead"]), (True, ["member"])):
        site = site_of(lead, structs.replace(member, pin=pin))
        assert slugs(select(site.stories, NOON, NOON + DAY, None)) == expected


@pytest.fixture(scope="module")
def real_issues(corpus):
    folder = corpus / "powerapps"
    sources = read_site(find_folders(folder, Settings(), Path("never-written")), lambda *_: None).sources
    site = arrange(sources, Settings(), datetime(2030, 1, 1, tzinfo=UTC)).site
    oracle = json.loads((folder / "editions.json").read_text(encoding="utf-8"))
    pairs = []
    for issue in oracle["issues"]:
        if issue["reproducibleFromTheseRecords"]:
            start, end = (datetime.fromisoformat(issue[name]) for name in ("windowStart", "sentAt"))
            found = [f"_news/{story.lead.file}" for story in select(site.stories, start, end, oracle["cap"])]
            pairs.append((issue["issue"], found, issue["records"]))
    return pairs


def test_every_real_issue_that_can_be_reproduced_holds_the_same_records_in_the_same_order(real_issues):
    assert [(name, found) for name, found, sent in real_issues if found != sent] == []
    assert len(real_issues) == 564


def test_the_real_issues_that_carry_records_are_reproduced(real_issues):
    assert sum(bool(sent) and found == sent for _, found, sent in real_issues) == 115


def test_what_came_too_late_for_its_issue_goes_into_the_next():
    first = issue_of("sent", start=-1, end=0)
    site = site_of(make_record("sent", -0.5), make_record("late", -0.6), make_record("new", 0.5))
    assert chosen(site, 0, 1, first) == ["late", "new"]


def test_what_is_older_than_the_first_issue_is_no_late_arrival():
    assert chosen(site_of(make_record("old", -1), make_record("new", 0.5)), 0, 1, issue_of("x")) == ["new"]


def test_what_an_issue_had_no_room_for_is_no_late_arrival():
    site = site_of(make_record("a", 0.1, heat=90), make_record("b", 0.2), make_record("c", 1.5))
    first = next_issue(site, NOON, NOON + DAY, (), 1)
    assert (slugs(first.stories), slugs(first.passed_over)) == (["a"], ["b"])
    assert chosen(site, 1, 2, issue_of("a", start=0, end=1, passed_over=["b"])) == ["c"]


def test_a_story_that_was_sent_is_not_repeated_when_another_of_its_records_leads_it():
    old = make_record("old", 0.5, title="Ferry strike begins", quality=50, heat=None)
    better = make_record("better", 1.5, title="Ferry strike ends", quality=80, heat=None)
    item = Coverage(old.title, old.published_at, quality=50)
    better = structs.replace(better, related=(item,))
    old = structs.replace(old, related=(Coverage(better.title, better.published_at, quality=80),))
    site = site_of(old, better, make_record("other", 1.2, title="Opera roof"))
    assert site.stories[site.story_of["old.md"]].lead.slug == "better"
    assert chosen(site, 1, 2, issue_of("old", start=0, end=1)) == ["other"]


def test_a_record_that_was_sent_is_not_repeated_under_a_new_name():
    site = site_of(make_record("renamed", 0.5, aliases=("named",)))
    assert chosen(site, 1, 2, issue_of("named", start=0, end=1)) == []


def going_on(site, later, *earlier):
    """The site with one story as the next step of others."""
    leads = tuple(site.records[f"{name}.md"] for name in earlier)
    stories = (structs.replace(s, earlier=leads) if s.lead.slug == later else s for s in site.stories)
    return structs.replace(site, stories=tuple(stories))


@pytest.mark.parametrize(
    ("issue", "is_update"),
    [
        (issue_of("before", start=0, end=1), True),
        (issue_of("named", start=0, end=1), True),
        (issue_of("other", start=0, end=1), False),
        (issue_of("other", start=0, end=1, passed_over=["before"]), False),
    ],
    ids=["sent", "sent under an old name", "never sent", "passed over"],
)
def test_a_story_is_an_update_where_an_earlier_issue_told_what_it_goes_on_with(issue, is_update):
    records = (
        make_record("before", 0.5, title="Ferry strike begins", aliases=("named",)),
        make_record("other", 0.6, title="Opera roof"),
        make_record("later", 1.5, title="Harbour at rest"),
    )
    choice = next_issue(going_on(site_of(*records), "later", "before"), NOON + DAY, NOON + 2 * DAY, [issue], None)
    assert "later" in slugs(choice.stories)
    assert choice.updates == ({"later.md"} if is_update else set())


def test_a_story_is_no_update_of_one_that_stands_in_the_same_issue():
    records = make_record("before", 0.2, title="Ferry strike begins"), make_record("later", 0.8, title="At rest")
    choice = next_issue(going_on(site_of(*records), "later", "before"), NOON, NOON + DAY, (), None)
    assert len(choice.stories) == 2
    assert choice.updates == set()


def test_one_article_that_two_records_tell_stands_once_in_an_issue():
    site = site_of(
        make_record("a", 0.1, web_url="https://example.org/x"),
        make_record("b", 0.2, web_url="https://www.example.org/x/?utm_source=y", heat=80),
    )
    choice = next_issue(site, NOON, NOON + DAY, (), None)
    assert (slugs(choice.stories), slugs(choice.passed_over)) == (["b"], ["a"])


@given(st.lists(st.tuples(st.floats(0, 6), st.integers(0, 3), st.booleans()), max_size=12), st.integers(1, 3))
def test_issues_in_turn_never_repeat_a_story_and_hold_what_arrived_in_time(facts, cap):
    records = [
        make_record(f"r{number:02}", days, heat=heat, published=published)
        for number, (days, heat, published) in enumerate(facts)
    ]
    site = site_of(*records)
    cut, told = [], []
    for day in range(6):
        choice = next_issue(site, NOON + day * DAY, NOON + (day + 1) * DAY, cut, cap)
        assert len(choice.stories) <= cap
        told += [*slugs(choice.stories), *slugs(choice.passed_over)]
        if choice.stories:
            cut.append(issue_of(*slugs(choice.stories), start=day, end=day + 1, passed_over=slugs(choice.passed_over)))
    assert sorted(told) == sorted(
        record.slug for record in records if record.published and NOON < record.published_at <= NOON + 6 * DAY
    )


# Sections.


def test_a_story_stands_once_under_its_deepest_topic_and_sections_are_in_display_order():
    stories = [
        make_record("tram", topics=("Transport",)),
        make_record("aria", topics=("Opera", "Transport")),
        make_record("rest", topics=()),
    ]
    site = site_of(*stories)
    assert {topic: slugs(some) for topic, some in in_sections(site, site.stories, None).items()} == {
        "all-news": ["rest"],
        "opera": ["aria"],
        "transport": ["tram"],
    }
    assert list(in_sections(site, site.stories, None)) == ["all-news", "opera", "transport"]


def test_sections_that_are_named_come_in_that_order_and_all_else_last_under_the_top_topic():
    site = site_of(
        make_record("tram", topics=("Transport",)),
        make_record("aria", topics=("Opera",)),
        make_record("rest", topics=()),
    )
    assert list(in_sections(site, site.stories, ["transport", "ARTS", "Unheard of"])) == [
        "transport",
        "arts",
        "all-news",
    ]


# What of an issue may still be shown.


@pytest.mark.parametrize("change", [{"removed": True}, {"draft": True}, {"published_at": NOON + 500 * DAY}])
def test_an_item_whose_record_is_no_longer_shown_is_withdrawn(change):
    records = [make_record("a", -0.5), structs.replace(make_record("b", -0.4, title="Opera roof"), **change)]
    (edition,) = site_of(*records, editions=[issue_of("a", "b", "deleted")]).editions
    assert [item.slug for item in edition.items] == ["a"]
    assert edition.withdrawn == 2


def test_an_item_whose_record_has_a_new_name_and_the_old_one_as_an_alias_stays():
    (edition,) = site_of(make_record("new", -0.5, aliases=("old",)), editions=[issue_of("old")]).editions
    assert ([item.slug for item in edition.items], edition.withdrawn) == (["new"], 0)


def test_the_address_of_a_removed_item_does_not_bring_it_back_under_another_record():
    other = make_record("other", -0.5, web_url="https://press.example.org/old")
    item = EditionItem(slug="old", title="Ferry", url="https://press.example.org/old")
    issue = structs.replace(issue_of("x"), sections=(EditionSection("News", (item,)),))
    for gone in ([], [make_record("new", -0.5, aliases=("old",), removed=True, title="Opera")]):
        (edition,) = site_of(other, *gone, editions=[issue]).editions
        assert (edition.items, edition.withdrawn) == ((), 1)


def test_a_renamed_record_is_not_sent_again_as_a_late_arrival():
    item = EditionItem(slug="old", title="Ferry", url="https://press.example.org/ferry")
    issue = structs.replace(issue_of("x"), sections=(EditionSection("News", (item,)),))
    renamed = make_record("new", -0.5, title="Ferry", web_url="https://press.example.org/ferry")
    chosen = next_issue(site_of(renamed, editions=[issue]), issue.end, issue.end + DAY, [issue], None)
    assert chosen.stories == ()


def test_a_column_of_one_title_is_sent_whenever_it_is_new():
    first = make_record("first", -0.5, title="This week in trams", web_url="https://press.example.org/1")
    issue = issue_of("first")
    item = EditionItem(slug="first", title="This week in trams", url="https://press.example.org/1")
    issue = structs.replace(issue, sections=(EditionSection("News", (item,)),))
    later = make_record("later", 7, title="This week in trams", web_url="https://press.example.org/2")
    site = site_of(first, later, editions=[issue])
    chosen = next_issue(site, issue.end, issue.end + 8 * DAY, [issue], None)
    assert [story.lead.slug for story in chosen.stories] == ["later"]


def test_the_same_report_is_not_told_again_under_another_name_within_a_week():
    item = EditionItem(slug="sent", title="Ferry strike is over", url="https://press.example.org/ferry")
    issue = structs.replace(issue_of("x"), sections=(EditionSection("News", (item,)),))
    again = [
        make_record("same-title", 0.5, title="FERRY strike is over"),
        make_record("same-address", 0.6, title="Another", web_url="https://press.example.org/ferry?utm_source=x"),
        make_record("new", 0.7, title="Something else"),
    ]
    site = site_of(*again, editions=[issue])
    chosen = next_issue(site, issue.end, issue.end + DAY, [issue], None)
    assert [story.lead.slug for story in chosen.stories] == ["new"]
    assert {story.lead.slug for story in chosen.passed_over} == {"same-title", "same-address"}


def test_an_alias_brings_no_item_of_a_hidden_record_back():
    records = [make_record("a", -0.5, aliases=("b",)), make_record("b", -0.5, title="Opera", removed=True)]
    (edition,) = site_of(*records, editions=[issue_of("a", "b")]).editions
    assert [item.slug for item in edition.items] == ["a"]


def test_issues_are_the_newest_first_and_one_of_the_future_is_not_out():
    editions = [issue_of("a"), issue_of("a", start=0, end=1), issue_of("a", start=1, end=5)]
    site = site_of(make_record("a", -0.5), editions=editions, now=NOON + 2 * DAY)
    assert [edition.date for edition in site.editions] == ["2024-05-11", "2024-05-10"]


# The schedule.


def moments(editions, zone, after, until):
    return [moment.astimezone(zone).isoformat() for moment in cut_times(editions, zone, after, until)]


def test_a_daily_edition_is_cut_every_day_or_on_the_days_that_are_named():
    start = datetime(2024, 5, 10, 7, tzinfo=UTC)  # A Friday.
    assert len(moments(Editions(period="daily"), UTC, start, start + 7 * DAY)) == 7
    named = Editions(period="daily", weekdays=("sat", "mon"))
    assert [at[:10] for at in moments(named, UTC, start, start + 7 * DAY)] == ["2024-05-11", "2024-05-13"]


def test_a_weekly_edition_is_cut_on_monday_or_the_day_that_is_named():
    start = datetime(2024, 5, 1, tzinfo=UTC)
    assert [at[:10] for at in moments(Editions(period="weekly"), UTC, start, start + 14 * DAY)] == [
        "2024-05-06",
        "2024-05-13",
    ]
    friday = Editions(period="weekly", weekdays=("fri",), time="18:30")
    assert moments(friday, BERLIN, start, start + 7 * DAY) == ["2024-05-03T18:30:00+02:00"]


def test_a_monthly_edition_is_cut_on_the_first():
    start = datetime(2023, 12, 15, tzinfo=UTC)
    assert [at[:10] for at in moments(Editions(period="monthly"), UTC, start, start + 80 * DAY)] == [
        "2024-01-01",
        "2024-02-01",
        "2024-03-01",
    ]


def test_cut_times_are_after_the_one_moment_and_up_to_the_other():
    at = datetime(2024, 5, 10, 7, tzinfo=UTC)
    assert moments(Editions(period="daily"), UTC, at, at) == []
    assert len(moments(Editions(period="daily"), UTC, at - timedelta(seconds=1), at)) == 1


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        (date(2024, 3, 31), "02:30", "2024-03-31T01:30:00+00:00"),  # Skipped: half past three.
        (date(2024, 10, 27), "02:30", "2024-10-27T00:30:00+00:00"),  # Twice: the first.
        (date(2024, 3, 30), "07:00", "2024-03-30T06:00:00+00:00"),
        (date(2024, 4, 1), "07:00", "2024-04-01T05:00:00+00:00"),
    ],
)
def test_an_issue_is_cut_at_its_local_time_when_the_clocks_change_too(day, time, expected):
    assert cut_on(day, Editions(period="daily", time=time), BERLIN).isoformat() == expected


@given(
    st.integers(0, 40 * 365).map(lambda days: datetime(1995, 1, 1, 13, 7, tzinfo=UTC) + days * DAY),
    st.integers(1, 400),
    st.times().map(lambda time: f"{time:%H:%M}"),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_a_daily_edition_is_cut_once_on_every_day_whatever_the_clocks_do(start, days, time, zone):
    editions = Editions(period="daily", time=time)
    found = list(cut_times(editions, ZoneInfo(zone), start, start + days * DAY))
    assert found == sorted(set(found))
    local = [moment.astimezone(ZoneInfo(zone)).date() for moment in found]
    assert all(later - earlier == DAY for earlier, later in pairwise(local))
    assert abs(len(found) - days) <= 1


@pytest.mark.parametrize(
    ("editions", "last", "before"),
    [
        (Editions(period="daily"), "2024-05-15", "2024-05-14"),
        (Editions(period="daily", weekdays=("mon", "fri")), "2024-05-13", "2024-05-10"),
        (Editions(period="weekly", weekdays=("wed",)), "2024-05-15", "2024-05-08"),
        (Editions(period="monthly"), "2024-05-01", "2024-04-01"),
    ],
)
def test_the_latest_cut_and_the_one_a_period_before(editions, last, before):
    now = datetime(2024, 5, 15, 7, tzinfo=UTC)
    found = last_cut(editions, UTC, now)
    assert found.isoformat()[:10] == last
    assert period_before(found, editions, UTC).isoformat()[:10] == before


def test_the_period_of_an_issue_is_as_long_on_the_wall_clock_when_the_clocks_change():
    editions = Editions(period="daily")
    end = cut_on(date(2024, 3, 31), editions, BERLIN)
    assert end - period_before(end, editions, BERLIN) == timedelta(hours=23)
