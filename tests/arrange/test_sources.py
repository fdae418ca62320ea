"""The sources of a digest: who reported what, and the figures of each."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.arrange.sources import make_sources
from broadsheet.config import Pages, Stories
from broadsheet.model import Image, Organization, Provider, TopicFile


def by(domain, name=""):
    return {"provider": Provider(name, domain)}


def test_a_source_knows_how_many_of_its_reports_lead_a_story(make, link, digest):
    lead = make("lead", quality=9, **by("a.example"))
    member = make("member", quality=1, related=(link(lead),), **by("a.example"))
    other = make("other", title="Opera roof leaks", **by("a.example"))
    source = digest(lead, member, other).site.sources["a.example"]
    assert (len(source.records), source.led) == (3, 2)


def test_where_records_are_not_grouped_every_one_leads(make, link, digest):
    lead = make("lead", quality=9, **by("a.example"))
    member = make("member", quality=1, related=(link(lead),), **by("a.example"))
    source = digest(lead, member, stories=Stories(group=False)).site.sources["a.example"]
    assert source.led == 2


def test_a_source_that_only_followed_others_led_nothing(make, link, digest):
    lead = make("lead", quality=9, **by("a.example"))
    member = make("member", quality=1, related=(link(lead),), **by("b.example"))
    assert digest(lead, member).site.sources["b.example"].led == 0


def test_topics_are_counted_the_commonest_first_and_ties_fall_to_the_id(make, digest):
    records = [
        make(f"r{number}", title=f"Subject{number}", topics=topics, **by("a.example"))
        for number, topics in enumerate([("Arts",), ("Zoo", "Arts"), ("Farming",)])
    ]
    assert digest(*records).site.sources["a.example"].topics == (("arts", 2), ("farming", 1), ("zoo", 1))


def test_a_topic_above_counts_with_those_below_it(make, digest):
    files = (TopicFile("a.yaml", "World"), TopicFile("b.yaml", "Rail", parent="World"))
    source = digest(make("a", topics=("Rail",), **by("a.example")), topics=files).site.sources["a.example"]
    assert source.topics == (("rail", 1), ("world", 1))


def test_a_topic_without_a_page_is_not_counted(make, link, digest):
    lead = make("lead", quality=9, topics=("Arts",))
    member = make("member", quality=1, topics=("Zoo",), related=(link(lead),), **by("b.example"))
    arranged = digest(lead, member)
    assert "zoo" not in arranged.site.topics
    assert arranged.site.sources["b.example"].topics == ()


@pytest.mark.parametrize(("zone", "month"), [("UTC", "2024-04"), ("Europe/Berlin", "2024-05")])
def test_a_report_counts_for_the_month_that_it_had_in_the_zone_of_the_site(make, digest, zone, month):
    late = make("a", published_at=datetime(2024, 4, 30, 23, tzinfo=UTC), **by("a.example"))
    assert digest(late, time_zone=zone).site.sources["a.example"].months == ((month, 1),)


def test_months_stand_in_order_and_only_those_with_reports(make, digest):
    moments = [datetime(2024, 3, 1, tzinfo=UTC), datetime(2023, 12, 1, tzinfo=UTC), datetime(2024, 3, 9, tzinfo=UTC)]
    records = [
        make(f"r{number}", title=f"Subject{number}", published_at=moment, **by("a.example"))
        for number, moment in enumerate(moments)
    ]
    assert digest(*records).site.sources["a.example"].months == (("2023-12", 1), ("2024-03", 2))


@pytest.mark.parametrize("settings", [{}, {"pages": Pages(sources=False)}])
def test_an_organization_says_that_its_reports_have_to_be_paid_for_whether_it_has_a_page_or_not(make, digest, settings):
    organizations = (
        Organization("a.yaml", "a.example", "The Gazette", paywall=True),
        Organization("b.yaml", "b.example", "The Ledger"),
        Organization("c.yaml", "c.example", "The Herald", paywall=True),
    )
    records = (make("a", **by("a.example")), make("b", **by("b.example")))
    assert digest(*records, organizations=organizations, **settings).site.paying == {"a.example", "c.example"}


def test_a_record_that_has_to_be_paid_for_says_nothing_of_its_source(make, digest):
    assert digest(make("a", paywall=True, **by("a.example"))).site.paying == frozenset()


def test_what_the_site_says_of_an_organization_counts_more_than_what_records_call_it(make, digest):
    logo = Image("/gazette.png")
    organization = Organization("a.yaml", "a.example", "The Gazette", "A paper.", (logo, Image("/other.png")))
    source = digest(make("a", **by("a.example", "Gazette")), organizations=(organization,)).site.sources["a.example"]
    assert (source.name, source.description, source.image) == ("The Gazette", "A paper.", logo)


def test_a_source_nobody_describes_has_its_commonest_name_or_the_first_by_the_alphabet(make, digest):
    names = ["Gazette", "The Gazette", "The Gazette", "Gazette", "A Gazette"]
    records = [make(f"r{n}", title=f"Subject{n}", **by("a.example", name)) for n, name in enumerate(names)]
    assert digest(*records).site.sources["a.example"].name == "Gazette"


def test_a_source_without_any_name_is_called_by_its_domain(make, digest):
    assert digest(make("a", **by("a.example"))).site.sources["a.example"].name == "a.example"


def test_a_provider_without_a_domain_is_known_by_the_host_of_its_report(make, digest):
    site = digest(make("a", web_url="https://www.Paper.example/1", provider=Provider("Paper"))).site
    assert list(site.sources) == ["paper.example"]


def test_who_can_not_be_told_is_no_source(make, digest):
    assert digest(make("a", web_url=None, provider=Provider("Somebody"))).site.sources == {}


def test_without_pages_of_sources_there_are_none(make, digest):
    assert digest(make("a", **by("a.example")), pages=Pages(sources=False)).site.sources == {}


@given(data=st.data())
def test_the_figures_of_the_sources_add_up(folders, digest, data):
    site = digest(*data.draw(folders)).site
    sources = site.sources.values()
    assert sum(len(source.records) for source in sources) == len(site.records)
    assert sum(source.led for source in sources) == len(site.stories)
    for source in sources:
        assert sum(count for _, count in source.months) == len(source.records)
        assert dict(source.topics) == Counter(
            topic for record in source.records for topic in site.topics_of[record.file]
        )


def test_no_records_make_no_sources():
    assert make_sources((), (), {}, lambda _: True, ZoneInfo("UTC")) == {}
