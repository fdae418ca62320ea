"""Lists that grow for ever: a new, late or folding record changes its own part of the calendar and the newest page."""

from datetime import UTC, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.arrange.lists import calendar_listing, capped_listing
from broadsheet.arrange.order import newest_first
from broadsheet.config import Pages

START = datetime(2024, 1, 31, 12, tzinfo=UTC)


def listing(records, size=2, zone=UTC):
    return calendar_listing(sorted(records, key=newest_first), attrgetter("published_at"), size, zone)


def pages(records, size=2, zone=UTC):
    """What every calendar page shows, by its key."""
    return {bucket.key: (bucket.entries, bucket.children) for bucket in listing(records, size, zone).buckets}


def slugs(records):
    return [record.slug for record in records]


def at(make, hours):
    return [make(f"r{number:03}", published_at=START + timedelta(hours=hour)) for number, hour in enumerate(hours)]


def test_a_list_that_fits_one_page_has_no_calendar(make):
    found = listing(at(make, [0, 1]))
    assert (slugs(found.newest), found.buckets) == (["r001", "r000"], ())


def test_the_newest_page_has_the_newest_and_the_calendar_has_everything(make):
    found = listing(at(make, [0, 1, 48, 49]))
    assert slugs(found.newest) == ["r003", "r002"]
    assert {bucket.key: slugs(bucket.entries) for bucket in found.buckets} == {
        "2024-02": ["r003", "r002"],
        "2024-01": ["r001", "r000"],
    }


def test_an_overfull_month_becomes_a_page_that_leads_to_its_days(make):
    found = pages(at(make, [day * 24 + 24 for day in range(9)]))
    entries, children = found.pop("2024-02")
    assert entries == ()
    assert list(children) == [f"2024-02-{day:02}" for day in range(9, 0, -1)]
    assert list(found) == list(children)


def test_a_month_is_full_at_four_pages_and_not_before(make):
    assert list(pages(at(make, [24] * 8))) == ["2024-02"]
    assert len(pages(at(make, [24] * 9))) > 1


def test_the_full_parts_of_an_overfull_day_stay_as_they_are_when_the_day_goes_on(make):
    day = at(make, [24 + minute / 60 for minute in range(30)])
    before, after = pages(day[:26]), pages(day)
    full = [key for key, (entries, _) in before.items() if len(entries) == 8]
    assert len(full) == 3
    assert all(before[key] == after[key] for key in full)


def test_the_parts_of_a_day_hold_no_more_than_four_pages_each(make):
    found = pages(at(make, [24 + minute / 60 for minute in range(30)]))
    assert max(len(entries) for entries, _ in found.values()) == 8


def test_a_page_that_is_split_keeps_its_address(make):
    day = at(make, [24 + minute / 60 for minute in range(9)])
    for other in (at(make, [48] * 9), at(make, [72] * 9)):
        before, after = pages([*day[:8], *other]), pages([*day, *other])
        assert set(before) <= set(after)


@pytest.mark.parametrize(
    ("zone", "months"),
    [
        ("UTC", ["2024-02", "2024-01"]),
        ("America/Los_Angeles", ["2024-01"]),
        ("Pacific/Kiritimati", ["2024-02"]),
    ],
)
def test_the_time_zone_says_which_month_a_record_is_in(make, zone, months):
    records = at(make, [11.5, 12.5, 11.6])
    assert list(pages(records, zone=ZoneInfo(zone))) == months


def test_a_hottest_first_list_has_one_page_with_no_more_than_the_wanted_number(make):
    records = at(make, range(5))
    found = capped_listing(records, 3)
    assert (found.newest, found.buckets) == (tuple(records[:3]), ())


hours = st.integers(-24 * 45, 24 * 45) | st.integers(0, 47)
many_hours = st.lists(hours, min_size=3, max_size=60)


@given(hours=many_hours, size=st.integers(1, 4), zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns"]))
def test_every_entry_stands_once_in_the_calendar_newest_first(make, hours, size, zone):
    records = at(make, hours)
    found = listing(records, size, ZoneInfo(zone))
    in_calendar = [record for bucket in found.buckets for record in bucket.entries]
    if found.buckets:
        assert in_calendar == sorted(records, key=newest_first)
    keys = [bucket.key for bucket in found.buckets]
    assert len(keys) == len(set(keys))
    assert {child for bucket in found.buckets for child in bucket.children} <= set(keys)
    reached = {key for key in keys if len(key) == 7} | {child for bucket in found.buckets for child in bucket.children}
    assert reached == set(keys), "a page that no other leads to"
    assert list(found.newest) == sorted(records, key=newest_first)[:size]


@given(hours=many_hours, hour=hours, size=st.integers(1, 3))
def test_a_new_or_late_record_changes_only_its_month_and_in_it_only_its_day(make, hours, hour, size):
    *records, one = at(make, [*hours, hour])
    before, after = pages(records, size), pages([*records, one], size)
    if not before:
        return
    month, day = f"{one.published_at:%Y-%m}", f"{one.published_at:%Y-%m-%d}"
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert all(key.startswith(month) for key in changed)
    if before.get(month, ((), ()))[1]:
        assert all(key == month or key.startswith(day) for key in changed)
        assert month not in changed or day not in before


@given(hours=many_hours, size=st.integers(1, 3), data=st.data())
def test_a_record_that_folds_changes_only_its_month(make, hours, size, data):
    records = at(make, hours)
    gone = data.draw(st.sampled_from(records))
    before, after = pages(records, size), pages([record for record in records if record is not gone], size)
    if not after:
        return
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert all(key.startswith(f"{gone.published_at:%Y-%m}") for key in changed)


def test_the_lists_of_a_site_are_cut_by_the_time_of_the_lead_in_the_zone_of_the_site(make, link, digest):
    lead = make("lead", quality=9, published_at=datetime(2024, 4, 30, 23, 30, tzinfo=UTC))
    member = make("member", quality=1, published_at=datetime(2024, 5, 3, tzinfo=UTC), related=(link(lead),))
    other = make("other", title="Opera roof leaks", published_at=datetime(2024, 3, 1, tzinfo=UTC))
    site = digest(lead, member, other, pages=Pages(size=1), time_zone="Europe/Berlin").site
    assert [bucket.key for bucket in site.latest.buckets] == ["2024-05", "2024-03"]
    assert list(site.by_month) == ["2024/05", "2024/03"]
    assert [bucket.key for bucket in digest(lead, other, pages=Pages(size=1)).site.latest.buckets] == [
        "2024-04",
        "2024-03",
    ]
