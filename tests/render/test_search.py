"""What a search knows of a site, and what it does not."""

from datetime import UTC, datetime

import pytest

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings, Stories
from broadsheet.model import Coverage, Organization, Provider, Sources, TopicFile
from broadsheet.render.search import search_entries

NOW = datetime(2024, 6, 15, tzinfo=UTC)


@pytest.fixture
def entries():
    def run(*records, topics=(), organizations=(), **settings):
        chosen = Settings(**{"title": "The Daily Tram", **settings})
        site = arrange(Sources(records, topics, organizations), chosen, NOW).site
        return {entry.url: entry for entry in search_entries(site, chosen)}

    return run


def test_an_entry_says_what_the_page_of_the_lead_says(make, entries):
    topics = (TopicFile("1.yaml", "Transport", "transport"), TopicFile("2.yaml", "Trams", parent="Transport"))
    record = make(
        "caf\u00e9",
        title="Tram &amp; bus:  <b>extension</b>",
        excerpt="Three new&nbsp;stops.",
        body="A *strong* body.\n\n[Its link](https://hidden.example/), `a < b`\n\n<script>evil()</script>",
        provider=Provider("Tram Post", "post.example.org"),
        topics=("Trams",),
    )
    (entry,) = entries(record, topics=topics).values()
    assert entry.url == "news/caf%C3%A9/"
    assert entry.title == "Tram & bus: extension"
    assert entry.text == "Three new stops.\nA strong body. Its link, a < b"
    assert (entry.provider, entry.sources) == ("Tram Post", ("Tram Post",))
    assert (entry.date, entry.day, entry.time) == ("10 May 2024", "2024-05-10", "2024-05-10T12:00:00Z")
    assert entry.topics == ("Transport", "Trams")


def test_a_story_has_one_entry_with_the_sources_of_its_coverage_and_no_word_of_it(make, link, entries):
    lead = make("lead", quality=9, provider=Provider("Tram Post", "post.example.org"))
    outside = Coverage(
        "Tram extension seen from abroad", lead.published_at, "Distant words", "https://abroad.example.net/x"
    )
    member = make("member", quality=1, provider=Provider("Wire", "wire.example.org"), related=(link(lead), outside))
    found = entries(lead, member, organizations=(Organization("w.md", "wire.example.org", "The Wire Ltd"),))
    (entry,) = found.values()
    assert entry.url == "news/lead/"
    assert set(entry.sources) == {"Tram Post", "The Wire Ltd", "abroad.example.net"}
    assert not any("abroad" in text or "Distant" in text for text in (entry.title, entry.text, entry.provider))


def test_what_a_record_only_relates_to_is_no_part_of_its_entry(make, entries):
    other = Coverage("Opera roof leaks", make("a").published_at, web_url="https://opera.example.net/roof")
    for group in (True, False):
        (entry,) = entries(make("a", related=(other,)), stories=Stories(group=group)).values()
        assert entry.sources == ("a.example.org",)
        assert "Opera" not in repr(entry)


def test_days_and_years_are_those_of_the_time_zone_of_the_site(make, entries):
    record = make("a", published_at=datetime(2023, 12, 31, 20, tzinfo=UTC))
    (entry,) = entries(record, time_zone="Asia/Tokyo").values()
    assert (entry.day, entry.date) == ("2024-01-01", "1 January 2024")


def test_a_placeholder_is_no_excerpt(make, entries):
    (entry,) = entries(make("a", excerpt="NA")).values()
    assert entry.text == ""
