"""Stories among records that list nothing: found, or only suggested."""

import pytest

from broadsheet.config import Stories
from broadsheet.problems import Severity

ON = Stories(detect=True)
EVENT = ["Harbour ferry crews walk out", "Crews of harbour ferries walk out", "Walk-out of the harbour ferry crews"]


@pytest.fixture
def event(make):
    """Three reports of one event, by three outlets, and something else."""
    reports = [make(name, title=title, quality=at) for at, (name, title) in enumerate(zip("abc", EVENT, strict=True))]
    return [*reports, make("opera", title="Opera roof leaks")]


def test_reports_of_one_event_are_one_story_that_the_best_leads(event, digest, names):
    site = digest(*event, stories=ON).site
    assert sorted(names(site.stories)) == ["c", "opera"]
    assert sorted(names(site.story("c.md").told)) == ["a", "b"]


def test_nothing_is_found_unless_it_is_asked_for(event, digest):
    assert len(digest(*event).site.stories) == 4


def test_a_suggestion_changes_nothing_and_says_what_was_found(event, digest):
    arranged = digest(*event, stories=Stories(detect="suggest"))
    assert len(arranged.site.stories) == 4
    (note,) = arranged.problems
    assert (note.severity, note.place.file) == (Severity.NOTE, "c.md")
    assert note.message.startswith("it and a.md, b.md look like one story (about ")
    assert "`stories.detect: on`" in note.hint


def test_of_many_suggestions_the_first_are_told_and_the_rest_counted(make, digest):
    pairs = [
        make(f"{name}{at:02}", title=f"Wordx{at} wordy{at} wordz{at} seen today from{at}", hours=at * -1000)
        for at in range(25)
        for name in "ab"
    ]
    notes = digest(*pairs, stories=Stories(detect="suggest")).problems
    assert len(notes) == 21
    assert notes[-1].message == "5 more stories of several records were found"


def test_two_short_headlines_of_one_form_are_not_found_to_be_one_event(make, digest):
    records = [make(name, title=f"Police arrest man in {name}town") for name in ("a", "b")]
    assert len(digest(*records, stories=ON).site.stories) == 2


def test_nothing_that_is_published_vanishes_behind_what_is_not(make, digest, names):
    better = make("better", title=EVENT[0], quality=9, published=False)
    (story,) = digest(better, make("published", title=EVENT[1], quality=1), stories=ON).site.stories
    assert (names([story]), names(story.told)) == (["published"], ["better"])


def test_a_record_that_lists_others_or_is_listed_says_itself_where_it_belongs(make, link, digest, names):
    lead, other = make("lead", title=EVENT[0], quality=9), make("opera", title="Opera roof leaks")
    member = make("member", title="A quiet day", related=(link(lead),), quality=1)
    lists = make("lists", title=EVENT[1], quality=2, related=(link(other),))
    alone = make("alone", title=EVENT[2], quality=3)
    site = digest(lead, member, other, lists, alone, stories=ON).site
    assert "alone" in names(site.stories)


def test_what_is_too_far_in_time_is_not_one_event(make, digest):
    early, late = make("early", title=EVENT[0]), make("late", title=EVENT[0], hours=24 * 8)
    assert len(digest(early, late, stories=ON).site.stories) == 2


def test_what_is_hidden_is_in_no_story_that_was_found(make, digest, names):
    shown = make("shown", title=EVENT[0])
    hidden = [make("removed", title=EVENT[1], removed=True, quality=9), make("draft", title=EVENT[2], draft=True)]
    site = digest(shown, *hidden, stories=ON).site
    assert names(site.stories) == ["shown"]
    assert site.stories[0].told == ()


def test_a_split_keeps_apart_what_would_be_found(make, digest):
    records = [make("a", title=EVENT[0]), make("b", title=EVENT[1], split=("a",)), make("c", title="Opera roof")]
    assert len(digest(*records, stories=ON).site.stories) == 3


def test_what_comes_of_an_event_is_a_story_of_its_own_that_goes_on(make, digest, names):
    told = "The harbour ferry Aurora and its crews."
    titles = ["Crews of the ferry Aurora walk out", "Ferry Aurora: crews and owners talk"]
    steps = [make(f"s{at}", title=title, excerpt=told, hours=at * 60) for at, title in enumerate(titles)]
    site = digest(*steps, make("opera", title="Opera roof leaks", hours=60), stories=ON).site
    assert names(site.story("s1.md").earlier) == ["s0"]


def test_a_story_that_was_found_is_led_by_a_published_record_and_as_hot_as_its_hottest(make, digest):
    hidden = make("hidden", title=EVENT[0], quality=66, published=False)
    shown = make("shown", title=EVENT[1], quality=65, heat=72)
    hot = make("hot", title=EVENT[2], quality=10, heat=300)
    arranged = digest(hidden, shown, hot, stories=ON)
    (story,) = arranged.site.stories
    assert (story.lead.slug, story.rank, story.heat_from) == ("shown", 300, hot)
    assert arranged.site.heats == {"hidden.md": -1, "shown.md": 300, "hot.md": -1}


def test_headlines_that_fill_in_one_form_are_not_one_event(make, digest):
    titles = ["Police arrest a drug dealer in Kelder", "Police arrest a fraud gang in Vindal"]
    records = [make(f"r{at}", title=title) for at, title in enumerate(titles)]
    assert len(digest(*records, make("opera", title="Opera roof leaks"), stories=ON).site.stories) == 3


def test_one_event_that_very_many_report_is_one_story(make, digest):
    reports = [make(f"r{at:03}", title=f"{EVENT[at % 3]} n{at}x", hours=at / 100) for at in range(300)]
    stories = digest(*reports, stories=ON).site.stories
    assert len(stories) == 1
