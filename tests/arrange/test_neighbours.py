"""Which stories may be near another one: by an index, and never by comparing all with all."""

import sys
from collections import Counter

import pytest

from broadsheet.arrange.aboutness import Measure
from broadsheet.arrange.neighbours import Neighbours


@pytest.fixture
def index(make):
    """Index records, given in the order of their time."""

    def index(*records):
        return Neighbours(records, Measure(records))

    return index


def test_stories_that_share_a_word_are_found_and_others_are_not(make, index, names):
    ferry, train, opera = (
        make(name, title=title, hours=at)
        for at, (name, title) in enumerate([("ferry", "Harbour ferry"), ("train", "Harbour train"), ("opera", "Opera")])
    )
    found = index(ferry, train, opera)
    assert names(found.of(ferry)) == ["train"]
    assert names(found.of(opera)) == []


def test_the_likeliest_comes_first(make, index, names):
    titles = ["Ferry Aurora sails north", "Ferry Borea sails south", "Aurora sails north again", "Borea rests"]
    records = [make(f"r{at}", title=title, hours=at) for at, title in enumerate(titles)]
    assert names(index(*records).of(records[0]))[:2] == ["r2", "r1"]


def test_of_very_many_that_share_a_word_the_nearest_in_time_are_found(make, index):
    records = [make(f"r{at:03}", title=f"Ferry n{at}x", hours=at) for at in range(200)]
    found = index(*records)
    for at in (0, 100, 199):
        near = [int(record.slug[1:]) for record in found.of(records[at])]
        assert 12 <= len(near) <= 16
        assert all(abs(other - at) <= 16 for other in near)
    assert len(found.of(records[100], around=40, most=60)) == 60


def test_twice_the_records_take_twice_the_work_though_all_share_a_word(make):
    def work(size):
        records = [make(f"r{at:04}", title=f"Ferry strike n{at % 50}x m{at}y", hours=at) for at in range(size)]
        calls = Counter()
        sys.setprofile(lambda frame, event, argument: calls.update([event]))
        try:
            measure = Measure(records)
            found = Neighbours(records, measure)
            for record in records:
                for other in found.of(record):
                    measure.kinship(record, other)
        finally:
            sys.setprofile(None)
        return calls["call"] + calls["c_call"]

    half, whole = work(400), work(800)
    assert half > 400
    assert whole <= 2.2 * half
