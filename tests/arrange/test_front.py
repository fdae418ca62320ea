"""The front page: one lead, a few seconds, then the topics, every story as big as it is hot."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.config import Home
from broadsheet.model import TopicFile

TOPICS = ("Transport", "Arts", "Farming")


def made(make, heats, topics=TOPICS, **fields):
    """Records of different subjects, one an hour, the newest first; topics in turn."""
    return [
        make(
            f"n{number:03}",
            title=f"Subject{number} of place{number}",
            hours=-number,
            heat=heat,
            topics=(topics[number % len(topics)],),
            **fields,
        )
        for number, heat in enumerate(heats)
    ]


def front(digest, records, **home):
    return digest(*records, home=Home(**home)).site.front


def slugs(stories):
    return [story.lead.slug for story in stories]


def everything(sections):
    return [slug for section in sections for slug in slugs(section.all)]


def test_the_top_has_no_topic_and_its_first_story_is_the_hottest(make, digest):
    top, *sections = front(digest, made(make, [10, 90, 30, 20, 50]))
    assert (top.topic, top.stories[0].lead.slug, top.briefs) == ("", "n001", ())
    assert all(section.topic for section in sections)


def test_a_site_that_shows_nothing_has_no_front(make, digest):
    assert front(digest, [make("gone", removed=True)]) == ()


@pytest.mark.parametrize(
    ("count", "seconds"), [(1, 0), (2, 0), (3, 0), (4, 1), (6, 1), (7, 2), (10, 3), (12, 3), (13, 4), (14, 4), (60, 4)]
)
def test_every_three_stories_give_the_lead_a_second_beside_it_up_to_four(make, digest, count, seconds):
    top = front(digest, made(make, [50] * count), stories_per_topic=100)[0]
    assert len(top.stories) == 1 + seconds


def test_a_story_alone_is_the_lead_of_a_page_without_topics(make, digest):
    (top,) = front(digest, made(make, [-1]))
    assert slugs(top.stories) == ["n000"]


def test_topics_stand_in_display_order_however_hot_their_stories_are(make, digest):
    files = tuple(TopicFile(f"{name}.yaml", name) for name in ("Farming", "Transport", "Arts"))
    records = made(make, [90, 80, 1, 70, 60, 2, 50, 40, 3])
    top, *sections = digest(*records, topics=files).site.front
    assert slugs(top.stories) == ["n000", "n001", "n003"]
    assert [section.topic for section in sections] == ["farming", "transport", "arts"]


def test_a_topic_without_stories_below_the_top_has_no_part(make, digest):
    lead = make("lead", title="Opera roof leaks", heat=99, topics=("Arts",))
    sections = front(digest, [lead, *made(make, [5, 4], ("Transport",))])[1:]
    assert [section.topic for section in sections] == ["transport"]


def test_a_story_stands_under_the_deepest_of_its_topics(make, digest):
    files = (TopicFile("a.yaml", "World"), TopicFile("b.yaml", "Rail", parent="World"))
    lead = make("lead", title="Opera roof leaks", heat=99, topics=("World",))
    other = make("other", title="Sleeper trains return", heat=1, topics=("World", "Rail"))
    sections = digest(lead, other, topics=files).site.front[1:]
    assert [(section.topic, slugs(section.stories)) for section in sections] == [("rail", ["other"])]


@pytest.mark.parametrize(
    ("heats", "full", "brief"),
    [
        ([80, 40, 39, 1], 2, 2),
        ([80, 80, 80, 80, 80], 3, 2),
        ([81, 41, 40], 2, 1),
        ([1, 0, -1], 1, 2),
        ([0, 0, -1], 2, 1),
        ([-1, -1], 2, 0),
        ([-1, -1, -1, -1], 3, 1),
        ([80], 1, 0),
    ],
)
def test_stories_at_least_half_as_hot_as_the_hottest_of_their_topic_are_told_in_full_at_most_three(
    make, digest, heats, full, brief
):
    # What stands at the top is of another topic.
    above = [make(f"a{n}", title=f"Above{n}", heat=99, topics=("Arts",)) for n in range(5)]
    files = tuple(TopicFile(f"{name}.yaml", name) for name in ("Arts", "Transport"))
    sections = digest(*above, *made(make, heats, ("Transport",)), topics=files).site.front
    (section,) = (section for section in sections if section.topic == "transport")
    assert (len(section.stories), len(section.briefs)) == (full, brief)
    assert min(story.rank for story in section.stories) >= max([story.rank for story in section.briefs] or [-1])


def test_a_topic_has_no_more_stories_than_the_settings_say(make, digest):
    sections = front(digest, made(make, range(60)), stories_per_topic=4)[1:]
    assert [len(section.all) for section in sections] == [4, 4, 4]


def test_of_too_many_stories_a_topic_keeps_the_hottest(make, digest):
    top, section = front(digest, made(make, range(20), ("Arts",)), stories_per_topic=2)
    assert slugs(top.all) == ["n019", "n018", "n017", "n016", "n015"]
    assert slugs(section.all) == ["n014", "n013"]


def test_newest_first_the_newest_story_leads_and_the_coldest_of_a_topic_are_still_brief(make, digest):
    top, section = front(digest, made(make, [1, 2, 3, 40, 5, 90], ("Arts",)), order="newest")
    assert slugs(top.stories) == ["n000", "n001"]
    assert slugs(section.stories) == ["n005"]
    assert slugs(section.briefs) == ["n002", "n003", "n004"]


def test_the_days_count_back_from_the_newest_story_and_not_from_today(make, digest):
    records = made(make, [50] * 20)
    old = [make(f"old{n}", title=f"Elder{n}", hours=-24 * 3 - n, heat=99) for n in range(5)]
    shown = everything(front(digest, [*records, *old], days=1, stories_per_topic=100))
    assert sorted(shown) == sorted(record.slug for record in records)


def test_after_a_quiet_week_older_stories_fill_the_front_page_to_twelve(make, digest):
    new = made(make, [50, 50])
    old = [make(f"old{n:02}", title=f"Elder{n}", hours=-24 * (30 + n), heat=99) for n in range(30)]
    shown = everything(front(digest, [*new, *old], days=1, stories_per_topic=100))
    assert sorted(shown) == sorted(["n000", "n001", *(f"old{n:02}" for n in range(10))])


def test_an_article_that_is_there_twice_is_told_once(make, digest):
    twice = [make(name, title="Opera roof leaks", heat=heat) for name, heat in (("one", 50), ("two", 60))]
    old = [make(f"old{n:02}", title=f"Elder{n}", hours=-24 * (30 + n), heat=1) for n in range(30)]
    shown = everything(front(digest, [*twice, *old], days=1, stories_per_topic=100))
    assert "two" in shown
    assert "one" not in shown


heats = st.lists(st.integers(-1, 120), min_size=1, max_size=40)
topics = st.lists(st.sampled_from(TOPICS), min_size=1, max_size=3, unique=True).map(tuple)
orders = st.sampled_from(["hottest", "newest"])


@given(heats=heats, topics=topics, order=orders)
def test_nothing_is_lost_and_nothing_is_told_twice(make, digest, heats, topics, order):
    records = made(make, heats, topics)
    shown = everything(front(digest, records, order=order, stories_per_topic=100))
    assert Counter(shown) == Counter(record.slug for record in records)


@given(heats=heats, topics=topics, order=orders, most=st.integers(1, 5))
def test_every_part_keeps_to_its_caps_and_tells_something_in_full(make, digest, heats, topics, order, most):
    top, *sections = front(digest, made(make, heats, topics), order=order, stories_per_topic=most)
    assert 1 <= len(top.stories) <= 5
    assert all(1 <= len(section.stories) <= 3 for section in sections)
    assert all(len(section.all) <= most for section in sections)
    assert len({section.topic for section in sections}) == len(sections)


@given(heats=heats, topics=topics)
def test_hottest_first_nothing_below_the_top_is_hotter_than_what_stands_there(make, digest, heats, topics):
    top, *sections = front(digest, made(make, heats, topics))
    ranks = [story.rank for story in top.stories]
    assert ranks == sorted(ranks, reverse=True)
    for section in sections:
        below = [story.rank for story in section.all]
        assert below == sorted(below, reverse=True)
        assert max(below) <= ranks[-1]
