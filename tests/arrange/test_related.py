"""Which record an item is."""

from datetime import timedelta

import pytest

from broadsheet.arrange.related import Resolver


@pytest.fixture
def resolve():
    """Find the record that an item is among `records`; `unknown` ones are in the folder, but not to be found."""

    def resolve(item, *records, unknown=()):
        return Resolver([*records, *unknown]).among(item, {record.file for record in records})

    return resolve


def test_an_item_is_the_record_with_its_title_and_time(make, link, resolve):
    a, b = make("a"), make("b")
    assert resolve(link(b), a, b) is b


@pytest.mark.parametrize("title", ["Ferry strike ends", "ferry strike ends ", " Ferry strike ends "])
def test_titles_are_compared_as_they_are_written(make, link, resolve, title):
    record = make("a", title="Ferry strike ends ")
    assert resolve(link(record), record) is record
    assert resolve(link(record, title=title), record) is None


@pytest.mark.parametrize(
    ("seconds", "is_found"), [(12, True), (-12, True), (3600, True), (-3600, True), (3601, False), (-3601, False)]
)
def test_a_time_that_is_off_by_no_more_than_an_hour_still_finds_the_record(make, link, resolve, seconds, is_found):
    record = make("a")
    item = link(record, published_at=record.published_at + timedelta(seconds=seconds))
    assert (resolve(item, record) is record) is is_found


def test_a_title_that_two_records_have_within_the_hour_finds_neither(make, link, resolve):
    early, late = make("a", title="Ferry strike"), make("b", title="Ferry strike", hours=1)
    assert resolve(link(early, published_at=early.published_at + timedelta(minutes=30)), early, late) is None


def test_a_title_that_two_records_have_finds_the_only_one_within_the_hour(make, link, resolve):
    early, late = make("a", title="Ferry strike"), make("b", title="Ferry strike", hours=3)
    assert resolve(link(early, published_at=late.published_at + timedelta(minutes=30)), early, late) is late


def test_the_exact_time_wins_though_another_is_near(make, link, resolve):
    early, late = make("a", title="Ferry strike"), make("b", title="Ferry strike", hours=0.5)
    assert resolve(link(late), early, late) is late
    assert resolve(link(early), early, late) is early


def test_of_two_records_with_one_title_and_time_the_first_by_file_name_is_found(make, link, resolve):
    a, b = make("a", title="Ferry strike"), make("b", title="Ferry strike")
    assert resolve(link(b), b, a) is a
    assert resolve(link(a), b, unknown=[a]) is b


def test_an_item_that_is_an_unknown_record_is_no_other_one_that_is_near(make, link, resolve):
    near, exact = make("a", title="Ferry strike"), make("b", title="Ferry strike", hours=0.5)
    assert resolve(link(exact), near, unknown=[exact]) is None


def test_an_address_alone_finds_no_record(make, link, resolve):
    record = make("a")
    assert resolve(link(record, title="Another headline"), record) is None


def test_a_video_without_an_address_is_found_as_any_other(make, link, resolve):
    record = make("a", web_url=None, type="video")
    assert resolve(link(record, web_url=""), record) is record


def test_what_was_found_for_one_item_is_never_the_answer_for_another(make, link):
    records = [make(f"r{number}", hours=number) for number in range(50)]
    resolver, files = Resolver(records), {record.file for record in records}
    # Items that live no longer than their look-up may follow one another in one place of memory.
    assert [resolver.among(link(record), files) for record in records] == records
