"""One list, one article: what repeats within a week shows once, in every list for itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.arrange.duplicates import told_instead
from broadsheet.config import Home

ADDRESS = "https://wire.example.org/ferry"
DAY = 24


def latest(arranged):
    return [story.lead.slug for story in arranged.site.latest.newest]


def in_topic(arranged, id):
    return [story.lead.slug for story in arranged.site.by_topic[id].newest]


@pytest.mark.parametrize(
    "again",
    [
        ADDRESS,
        f"{ADDRESS}/",
        f"{ADDRESS}#top",
        f"{ADDRESS}?utm_source=x",
        "http://www.wire.example.org/ferry",
        "https://WIRE.example.org/ferry",
        f" {ADDRESS} ",
    ],
)
def test_leads_with_one_address_show_once(make, digest, again):
    arranged = digest(make("a", web_url=ADDRESS, heat=1), make("b", web_url=again, heat=2))
    assert latest(arranged) == ["b"]


@pytest.mark.parametrize(
    "again", ["https://wire.example.org/ferry2", "https://other.example.org/ferry", f"{ADDRESS}?p=2"]
)
def test_leads_with_different_addresses_and_titles_both_show(make, digest, again):
    assert latest(digest(make("a", web_url=ADDRESS), make("b", web_url=again))) == ["a", "b"]


@pytest.mark.parametrize(
    "title", ["Ferry strike over", "FERRY STRIKE OVER", " Ferry  strike over\u00a0", "Ferry str\u00adike over"]
)
def test_leads_with_one_title_show_once(make, digest, title):
    assert latest(digest(make("a", title="Ferry strike over"), make("b", title=title))) == ["a"]


@pytest.mark.parametrize(("hours", "both"), [(7 * DAY, False), (7 * DAY + 0.01, True), (258 * DAY, True)])
@pytest.mark.parametrize("same", [{"web_url": ADDRESS}, {"title": "Ferry strike over"}], ids=["address", "title"])
def test_what_is_issued_again_after_more_than_seven_days_shows_again(make, digest, hours, both, same):
    arranged = digest(make("a", hours=-hours, **same), make("b", **same))
    assert latest(arranged) == (["b", "a"] if both else ["a"])


def test_the_hottest_is_kept_and_of_equals_the_first_file_name(make, digest):
    heats = {"a": 5, "b": 7, "c": 7, "d": None}
    records = [
        make(name, title="Ferry strike over", heat=heat, hours=n) for n, (name, heat) in enumerate(heats.items())
    ]
    assert latest(digest(*records)) == ["b"]


def test_a_duplicate_keeps_its_own_page(make, digest):
    site = digest(make("a", web_url=ADDRESS, heat=1), make("b", web_url=ADDRESS, heat=2)).site
    assert len(site.stories) == 2
    assert set(site.records) == {"a.md", "b.md"}


def test_nothing_chains_beyond_seven_days(make, digest):
    days = {"a": 0, "b": 6, "c": 12, "d": 18}
    heats = {"a": 4, "b": 3, "c": 2, "d": 1}
    records = [make(name, title="Ferry strike over", heat=heats[name], hours=days[name] * DAY) for name in days]
    assert latest(digest(*records)) == ["c", "a"]


def test_a_list_keeps_the_best_of_those_that_it_has(make, digest):
    best = make("best", web_url=ADDRESS, heat=9, topics=("Arts",))
    good = make("good", web_url=ADDRESS, heat=5, topics=("Transport",))
    weak = make("weak", web_url=ADDRESS, heat=1, topics=("Transport",))
    arranged = digest(best, good, weak)
    assert latest(arranged) == ["best"]
    assert in_topic(arranged, "transport") == ["good"]
    assert in_topic(arranged, "arts") == ["best"]


def test_two_that_are_more_than_seven_days_apart_both_show_where_the_one_between_them_is_not(make, digest):
    between = make("between", web_url=ADDRESS, heat=9, topics=("Arts",))
    early = make("early", web_url=ADDRESS, heat=1, hours=-6 * DAY, topics=("Transport",))
    late = make("late", web_url=ADDRESS, heat=1, hours=6 * DAY, topics=("Transport",))
    assert in_topic(digest(between, early, late), "transport") == ["late", "early"]


def test_the_front_page_keeps_the_best_of_those_that_it_has(make, digest):
    """A hotter one that is too old for the front page does not take the newer one away with it."""
    others = [make(f"o{number:02}", title=f"Opera night {number}", heat=1) for number in range(15)]
    old = make("old", web_url=ADDRESS, heat=50, hours=-5 * DAY)
    new = make("new", web_url=ADDRESS, heat=9, hours=1)
    arranged = digest(old, new, *others, home=Home(days=2))
    front = [story.lead.slug for section in arranged.site.front for story in section.all]
    assert "new" in front


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 2), st.integers(0, 2), st.integers(0, 3), st.booleans()),
        max_size=8,
    )
)
def test_no_two_of_a_list_repeat_each_other_and_what_is_left_out_repeats_something_better(make, digest, rows):
    records = [
        make(
            f"r{number}",
            hours=day * DAY,
            title=f"Title {title}",
            web_url=f"https://example.org/{url}",
            heat=heat,
            topics=("Arts",) if arts else ("Transport",),
        )
        for number, (day, title, url, heat, arts) in enumerate(rows)
    ]

    def repeats(one, other):
        near = abs(one.published_at - other.published_at).total_seconds() <= 7 * DAY * 3600
        return near and (one.title == other.title or one.web_url == other.web_url)

    site = digest(*records).site
    lists = {"all": (site.latest, records)}
    for id, listing in site.by_topic.items():
        lists[id] = (listing, [record for record in records if record.topics[0].lower() == id])
    for listing, candidates in lists.values():
        kept = [story.lead for story in listing.newest]
        for at, one in enumerate(kept):
            assert not any(repeats(one, other) for other in kept[at + 1 :])
        for record in candidates:
            if record not in kept:
                better = [(-other.heat, other.file) for other in kept if repeats(record, other)]
                assert better
                assert min(better) < (-record.heat, record.file)
                told = told_instead(site.story(record.file), listing.newest)
                assert told.lead.file == min(better)[1]
