"""The whole digest: its orders, the front page, the sources, and records that want one page."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Home, Pages, Settings, Stories, Topics
from broadsheet.model import Image, Organization, Provider, Sources, TopicFile
from broadsheet.problems import Severity

DAY = 24


def many(make, count, **fields):
    return [make(f"n{number:02}", title=f"Story{number} alone", hours=-number, **fields) for number in range(count)]


def front(arranged):
    """The topics of the front page, its top being "", each with all its stories."""
    return {section.topic: [story.lead.slug for story in section.all] for section in arranged.site.front}


def from_the_top(arranged):
    """All stories of the front page, in the order in which they are read."""
    return [story.lead.slug for section in arranged.site.front for story in section.all]


def test_stories_are_newest_first_and_of_one_time_by_file_name(make, digest, names):
    records = [make("b"), make("a"), make("new", hours=1), make("old", hours=-1)]
    site = digest(*records).site
    assert names(site.stories) == names(site.latest.newest) == ["new", "a", "b", "old"]
    assert list(site.records) == ["new.md", "a.md", "b.md", "old.md"]


def test_file_names_are_compared_without_their_folders(make, digest, names):
    records = [structs.replace(make(name, heat=1), file=f"{folder}/{name}.md") for folder, name in ["za", "ab"]]
    arranged = digest(*records)
    assert names(arranged.site.stories) == ["a", "b"]
    assert front(arranged) == {"": ["a"], "transport": ["b"]}


def test_moments_are_compared_and_not_what_clocks_show(make, digest, names):
    tokyo = make("tokyo", published_at=datetime.fromisoformat("2024-05-10T09:00:00+09:00").astimezone(UTC))
    site = digest(tokyo, make("utc", published_at=datetime(2024, 5, 10, 1, tzinfo=UTC))).site
    assert names(site.stories) == ["utc", "tokyo"]


def test_a_topic_is_newest_first_or_hottest_first_on_one_page(make, digest, names, now):
    records = [make("a", heat=1, hours=2), make("b", heat=9), make("c", heat=9, hours=1), make("d", hours=3, heat=-1)]
    newest = digest(*records, pages=Pages(size=3)).site.by_topic["transport"]
    assert names(newest.newest) == ["d", "a", "c"]
    assert newest.buckets
    hottest = arrange(Sources(tuple(records)), Settings(topics=Topics(order="hottest"), pages=Pages(size=3)), now)
    assert names(hottest.site.by_topic["transport"].newest) == ["b", "c", "a"]
    assert hottest.site.by_topic["transport"].buckets == ()


def test_the_front_page_is_hottest_first_or_newest_first(make, digest):
    records = [make("a", heat=1, hours=2), make("b", heat=9), make("c", heat=9, hours=1)]
    assert from_the_top(digest(*records)) == ["b", "c", "a"]
    assert from_the_top(digest(*records, home=Home(order="newest"))) == ["a", "c", "b"]


def test_the_front_page_looks_back_from_the_newest_shown_story_and_not_from_today(make, digest, now):
    records = many(make, 13)
    edge = make("edge", title="Edge alone", hours=-7 * DAY)
    past = make("past", title="Past alone", hours=-7 * DAY - 0.01)
    home = Home(stories_per_topic=100)
    found = from_the_top(digest(*records, edge, past, home=home, now=now + timedelta(days=3000)))
    assert "edge" in found
    assert "past" not in found


def test_a_quiet_week_does_not_make_an_empty_front_page(make, digest):
    records = [make(f"n{number}", title=f"Story{number} alone", hours=-number * 30 * DAY) for number in range(6)]
    assert from_the_top(digest(*records)) == [f"n{number}" for number in range(6)]


def test_a_section_shows_no_more_than_the_wanted_number(make, digest):
    found = front(digest(*many(make, 9), home=Home(stories_per_topic=4)))
    assert found == {"": ["n00", "n01", "n02"], "transport": ["n03", "n04", "n05", "n06"]}


def test_a_story_stands_once_on_the_front_page_under_its_deepest_topic(make, digest):
    topics = (
        TopicFile("1.yaml", "All", "all"),
        TopicFile("2.yaml", "Arts", "arts", parent="All"),
        TopicFile("3.yaml", "Opera", "opera", parent="Arts"),
        TopicFile("4.yaml", "Chess", "chess", parent="All"),
    )
    records = [
        make("lead", topics=("Opera", "Chess"), heat=9),
        make("a", topics=("Opera", "Chess"), heat=1),
        make("b", topics=("Chess", "Arts"), heat=-1),
    ]
    assert front(digest(*records, topics=topics)) == {"": ["lead"], "opera": ["a"], "arts": ["b"]}


def test_the_hottest_story_leads_whatever_its_topic_and_the_topics_follow_in_display_order(make, digest):
    topics = tuple(TopicFile(f"{number}.yaml", name, name.lower()) for number, name in enumerate(["One", "Two", "Six"]))
    records = [
        make("a", topics=("One",), heat=1),
        make("b", topics=("Two",), heat=2),
        make("c", topics=("Six",), heat=9),
    ]
    assert list(front(digest(*records, topics=topics)).items()) == [("", ["c"]), ("one", ["a"]), ("two", ["b"])]


def test_a_folder_without_anything_to_show_is_an_empty_digest(digest, make):
    site = digest(make("a", draft=True)).site
    assert (site.stories, site.front, site.topics, site.sources, site.by_month) == ((), (), {}, {}, {})


def test_sources_hold_all_shown_records_of_a_domain_newest_first(make, link, digest, names):
    wire = Provider("Wire", "wire.example.org")
    lead = make("lead", quality=9, provider=wire)
    member = make(
        "member", quality=1, hours=1, provider=Provider("WIRE", "www.Wire.example.org"), related=(link(lead),)
    )
    hidden = make("hidden", removed=True, provider=wire)
    site = digest(lead, member, hidden).site
    assert names(site.sources["wire.example.org"].records) == ["member", "lead"]


def test_a_source_has_the_name_that_most_of_its_records_use_or_that_of_its_own_file(make, digest):
    records = [make(f"r{n}", provider=Provider(name, "wire.example.org")) for n, name in enumerate(["B", "A", "B"])]
    assert digest(*records).site.sources["wire.example.org"].name == "B"
    logo = Image("https://wire.example.org/logo.png", 10, 10)
    described = Organization("w.md", "wire.example.org", "The Wire", "Since ever", (logo,))
    source = digest(*records, organizations=(described,)).site.sources["wire.example.org"]
    assert (source.name, source.description, source.image) == ("The Wire", "Since ever", logo)


def test_a_provider_without_a_domain_has_that_of_the_address(make, digest):
    site = digest(make("a", provider=Provider("Anybody", ""), web_url="https://www.paper.example.net/1")).site
    assert list(site.sources) == ["paper.example.net"]


@pytest.mark.parametrize("domain", ["../../up", "a/b", "con", "", ".", "x y", "<script>"])
def test_a_domain_that_is_none_makes_no_source(make, digest, domain):
    assert not digest(make("a", provider=Provider("Odd", domain), web_url=None)).site.sources


def test_an_image_that_more_than_three_records_share_is_no_picture_of_any(make, digest):
    once, three, four = (Image(f"https://img.example.org/{name}.png") for name in ("once", "three", "four"))
    records = [
        make(f"r{n}", images=(four, *((three,) if n else ()), *(() if n else (once, once, once, once))))
        for n in range(4)
    ]
    assert digest(*records).site.shared_images == {four.url}


@pytest.mark.parametrize(
    ("first", "second"),
    [("same", "same"), ("Same", "same"), ("caf\u00e9", "cafe\u0301"), ("stra\u00dfe", "strasse")],
    ids=["equal", "case", "unicode form", "full case folding"],
)
def test_of_two_records_that_want_one_page_the_first_by_file_name_stays_and_both_are_named(make, digest, first, second):
    one = structs.replace(make(first), file=f"b/{first}.md", title="Opera roof")
    two = structs.replace(make(second), file=f"c/{second}.md")
    winner, loser = sorted([one, two], key=lambda record: (record.name, record.file))
    arranged = digest(one, two)
    assert set(arranged.site.records) == {winner.file}
    (problem,) = arranged.problems
    assert problem.severity is Severity.WARNING
    assert problem.place.file == loser.file
    assert winner.file in problem.message


def test_an_item_that_is_a_record_without_a_page_of_its_own_is_no_second_copy(make, link, digest):
    one = structs.replace(make("same", quality=3), file="a/same.md")
    two = structs.replace(make("same", quality=9, title="Ferry strike: other words"), file="b/same.md")
    reader = make("reader", quality=1, related=(link(two),))
    site = digest(one, two, reader).site
    assert sorted(site.records) == ["a/same.md", "reader.md"]


@pytest.mark.parametrize("year", [1000, 9998])
def test_the_ends_of_the_calendar_are_no_trouble(make, digest, year):
    record = make("a", published_at=datetime(year, 1, 1, tzinfo=UTC))
    item = structs.replace(make("b"), published_at=datetime(year, 1, 1, 5, tzinfo=UTC))
    arranged = digest(
        record,
        item,
        now=datetime(9999, 1, 1, tzinfo=UTC),
        time_zone="America/Los_Angeles",
        home=Home(days=100_000),
        stories=Stories(window_days=100_000),
    )
    assert len(arranged.site.records) == 2
