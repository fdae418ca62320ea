"""All that is told of one record, as values: its fate, its heat, the members of its story, the stories beside it."""

from datetime import UTC, datetime, timedelta

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.aboutness import SAME_EVENT
from broadsheet.arrange.site import arrange
from broadsheet.config import Selection, Settings, Stories
from broadsheet.explain import Explainer, Explanation
from broadsheet.heat import Heat
from broadsheet.model import Named, Overrides, Sources
from broadsheet.problems import Place

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def explain(now):
    """Arrange records, and return who explains the outcome."""

    def explain(*records, drafts=False, overrides=None, **settings):
        in_order = tuple(sorted(records, key=lambda record: record.file))
        sources = Sources(in_order, shown_folder="_news", overrides=overrides or Overrides())
        chosen = Settings(**settings)
        return Explainer(arrange(sources, chosen, now, drafts=drafts), sources, chosen, now)

    return explain


@pytest.fixture(scope="session")
def told(explain):
    """Explain the first of some records."""

    def told(record, *others, **options):
        return explain(record, *others, **options).explanation(record)

    return told


def members(explanation):
    """The groups and reasons of the members, by slug, or by title where they are from elsewhere."""
    return {member.slug or member.title: (member.group, member.why) for member in explanation.story.members}


# Fates.


def test_a_lead_is_told_with_its_page_and_the_reasons_that_the_preview_has(make, link, explain):
    lead = make("lead", quality=60, title="Ferry &amp; strike")
    member = make("member", quality=1, related=(link(lead),))
    explainer = explain(lead, member)
    explanation = explainer.explanation(lead)
    assert (explanation.file, explanation.title, explanation.url, explanation.fate) == (
        "_news/lead.md",
        "Ferry & strike",
        "news/lead/",
        "leads",
    )
    assert (*explanation.why, explanation.heat_from, *explanation.standing) == explainer.reasons("lead.md")


def test_a_folded_record_is_told_with_the_page_of_its_lead_and_why_that_one_leads(make, link, told):
    lead = make("lead", quality=9)
    explanation = told(make("member", quality=1, related=(link(lead),)), lead)
    assert (explanation.fate, explanation.url) == ("folded", "news/lead/")
    assert explanation.why == ("It points to lead.md as the best of what it lists (a quality of 1, against 9).",)
    assert explanation.story.lead.slug == "lead"
    assert [(member.slug, member.is_it) for member in explanation.story.members] == [("member", True)]


def test_every_step_to_the_lead_is_told(make, link, told):
    lead = make("lead", quality=9)
    middle = make("middle", quality=5, related=(link(lead),))
    explanation = told(make("last", quality=1, related=(link(middle),)), middle, lead)
    assert explanation.why == (
        "It points to middle.md as the best of what it lists (a quality of 1, against 5).",
        "middle.md points to lead.md as the best of what it lists (a quality of 5, against 9).",
    )


def test_in_a_ring_the_steps_are_told_as_far_as_the_lead(make, link, told):
    one, two = make("one", quality=5), make("two", quality=4)
    one = structs.replace(one, related=(link(two, quality=9),))
    two = structs.replace(two, related=(link(one, quality=9),))
    assert told(two, one).why == (
        "It points to one.md as the best of what it lists (a quality of 4, against 9 in its list).",
    )


@pytest.mark.parametrize(
    ("fields", "settings", "fate", "why"),
    [
        ({"draft": True}, {}, "draft", "_news/a.md is a draft: `broadsheet serve --drafts` shows it."),
        ({"removed": True}, {}, "removed", "_news/a.md says `removed: true`: it is shown nowhere."),
        (
            {"heat": 3},
            {"selection": Selection(minimum_heat=50)},
            "hidden",
            "_news/a.md is hidden by `selection.minimum_heat: 50`: it has a heat of 3.",
        ),
        (
            {"published": False},
            {"selection": Selection(unpublished="hide")},
            "hidden",
            "_news/a.md is hidden by `selection.unpublished: hide`: it says `published: false`.",
        ),
    ],
)
def test_a_record_that_is_not_shown_is_told_with_what_hides_it(make, told, fields, settings, fate, why):
    explanation = told(make("a", **fields), make("other", heat=90), **settings)
    assert (explanation.fate, explanation.why, explanation.url) == (fate, (why,), "")
    assert (explanation.story, explanation.standing) == (None, ())


def test_a_scheduled_record_is_told_with_its_time(make, told, now):
    explanation = told(make("a", published_at=now + timedelta(days=200)))
    assert explanation.fate == "scheduled"
    assert explanation.why == (
        "_news/a.md is scheduled for 2025-01-01 12:00 UTC: `broadsheet serve --drafts` shows it before.",
    )
    assert explanation.heat is None


def test_with_drafts_a_draft_is_told_as_if_it_were_out_and_that_it_is_not(make, told):
    explanation = told(make("a", draft=True), drafts=True)
    assert explanation.fate == "leads"
    assert explanation.why[0] == "Draft: not published: only a preview with `--drafts` has it."


def test_a_record_whose_address_is_anothers_is_told_with_that_other(make, explain):
    first, second = (structs.replace(make("same", title=f"Opera {name}"), file=f"{name}/same.md") for name in "ab")
    explainer = explain(first, second)
    assert explainer.explanation(first).fate == "leads"
    explanation = explainer.explanation(second)
    assert explanation.fate == "left out"
    assert explanation.why == ("its page /news/same/ is already that of _news/a/same.md; it is left out.",)


def test_what_a_removed_lead_takes_with_it_is_told(make, link, told):
    lead = make("lead", quality=9, removed=True)
    some = [make(name, quality=1, related=(link(lead),)) for name in "ab"]
    assert told(lead, *some).with_it == ("_news/a.md", "_news/b.md")
    explanation = told(some[0], lead, some[1])
    assert (explanation.fate, explanation.with_it) == ("hidden", ("_news/b.md", "_news/lead.md"))


# Heat.


def test_a_heat_is_told_as_a_sum(make, outside, told):
    explanation = told(make("a", quality=60, heat=103, related=(outside(), outside("Opera roof"))))
    assert explanation.heat == Heat(103, 60, 2, 40, 3)
    assert explanation.heat_from == "Its heat is 103, as its file says; without `heat` there it would be 100."


def test_the_heat_of_a_folded_record_is_a_mark(make, link, told):
    lead = make("lead", quality=90)
    explanation = told(make("member", quality=60, related=(link(lead),)), lead)
    assert explanation.heat.total == -1
    assert explanation.heat_from == "It points to lead.md, which is better: it ranks behind all others."


# Members.


def test_every_member_is_told_in_the_group_where_it_shows_with_why(make, link, outside, told):
    text = "The harbour ferries stay moored while the crews of Seamark ask the island council for more pay"
    lead = make("lead", quality=90, title="Seamark ferry crews strike in Kelder", excerpt=text)
    points = {"related": (link(lead),), "quality": 1}
    report = make("report", title="Kelder ferry crews of Seamark on strike", hours=3, **points)
    follow_up = make("later", title="Seamark ferry crews of Kelder end their strike", hours=50, **points)
    copy = make("copy", title=lead.title, excerpt=text, hours=1, **points)
    far = make("far", title="Seamark ferry crews strike in Kelder again", hours=24 * 9, **points)
    unlike = make("unlike", title="Orchard frost", **points)
    again = make("again", title="Seamark ferry crews of Kelder strike", hours=4, web_url=report.web_url, **points)
    lead = structs.replace(lead, related=(outside("Opera roof leaks"),))
    explanation = told(lead, report, follow_up, copy, far, unlike, again)
    found = members(explanation)
    assert found["report"] == ("loosely related", "the same address as again.md")
    assert found["again"] == ("report", "")
    assert found["later"] == ("follow-up", "")
    assert found["copy"] == ("copy", "the text of the lead")
    assert found["far"] == ("loosely related", "beyond 7 days")
    assert found["unlike"] == found["Opera roof leaks"] == ("loosely related", f"below {SAME_EVENT}")
    assert explanation.story.member_count == len(explanation.story.members) == 7
    days = {member.slug: member.days for member in explanation.story.members}
    assert (days["again"], days["later"], days["far"], days["unlike"]) == (0.2, 2.1, 9.0, 0.0)
    by_slug = {member.slug: member for member in explanation.story.members}
    assert by_slug["copy"].score > by_slug["again"].score > by_slug["unlike"].score == 0
    assert "Kelder" in " ".join(by_slug["again"].shared)
    assert by_slug["again"].outlet == "report.example.org"


def test_what_the_lead_lists_and_the_story_does_not_show_is_told_with_why(make, link, outside, told):
    draft = make("early", draft=True)
    lead = make("lead", quality=90)
    again = outside("Ferry strike at the same address", web_url=lead.web_url)
    as_hidden = outside("Ferry strike elsewhere", web_url=draft.web_url)
    lead = structs.replace(lead, related=(link(draft), again, as_hidden))
    explanation = told(lead, draft)
    assert members(explanation) == {
        "early": ("not shown", "_news/early.md is a draft: `broadsheet serve --drafts` shows it"),
        again.title: ("not shown", "the same address as lead.md"),
        as_hidden.title: ("not shown", "the same address as a hidden record"),
    }
    hidden, *others = explanation.story.members
    assert (hidden.url, hidden.score) == ("", None)
    assert all(other.score is not None for other in others)


def test_the_lead_of_another_story_that_the_source_lists_is_told_as_that(make, link, told):
    other = make("other", title="Orchard frost", quality=1)
    explanation = told(make("lead", quality=9, related=(link(other),)), other, make("third", title="Opera roof"))
    assert members(explanation)["other"] == ("loosely related", "another story, which the source lists")


def test_without_groups_the_list_of_a_record_is_told_unmeasured(make, link, outside, told):
    other = make("other", title="Orchard frost")
    lead = make("lead", quality=9, related=(link(other), outside()))
    explanation = told(lead, other, stories=Stories(group=False))
    assert [(member.slug, member.group, member.score) for member in explanation.story.members] == [
        ("other", "report", None),
        (None, "report", None),
    ]
    assert explanation.story.left_out == ()


def test_only_the_first_members_are_told_where_that_is_asked_for_and_all_are_counted(make, link, explain):
    lead = make("lead", quality=9)
    some = [make(f"m{number}", quality=1, related=(link(lead),)) for number in range(5)]
    story = explain(lead, *some).story("lead.md", 3)
    assert (len(story.members), story.member_count) == (3, 5)
    assert explain(lead, *some).story("m0.md", 3) is None


@given(data=st.data())
def test_everything_that_a_story_shows_is_told_once_and_nothing_of_it_is_said_not_to_be(data, folders, explain):
    records = data.draw(folders)
    explainer = explain(*records)
    digest = arrange(Sources(tuple(sorted(records, key=lambda record: record.file))), Settings(), NOW)
    for record in records:
        explanation = explainer.explanation(record)
        assert explanation.why
        assert (record.file in digest.site.records) == (explanation.fate in {"leads", "folded"})
        if explanation.story is None:
            continue
        story = digest.site.story(record.file)
        shown = [member for member in explanation.story.members if member.group != "not shown"]
        assert [member.score for member in shown] == [round(score, 3) for score in story.nearness]
        assert len(shown) == len(story.told) + len(story.also_linked)
        assert all(bool(member.why) == (member.group != "report") for member in shown if member.group != "follow-up")
        assert all(member.why for member in explanation.story.members if member.group == "not shown")
        of_story = {other.slug for other in records if digest.site.story_of.get(other.file) is not None}
        assert {member.slug for member in shown} <= {*of_story, None}


# Other stories.


def subject(make, name, number, **fields):
    """A report of an event of its own: the ferries of Kelder."""
    words = ("moorings", "timetable", "bakery", "painting", "lighthouse", "orchestra", "harvest", "museum", "tunnel")
    title = f"Seamark Kelder {words[number]}"
    return make(name, title=title, excerpt=f"Seamark tells Kelder of its {words[number]}", **fields)


@pytest.fixture(scope="session")
def told_of_ferries(make, told):
    """Explain the first of nine stories about one subject, so many days from each other, among many others."""

    def told_of_ferries(days):
        lead, *others = [subject(make, f"o{number}", number, hours=24 * (days * number - 200)) for number in range(9)]
        strange = [make(f"s{number}", title=f"Opera roof{number}", hours=-number) for number in range(30)]
        return told(lead, *others, *strange, stories=Stories(max_related=2)).story

    return told_of_ferries


def test_related_stories_are_told_with_what_they_share(told_of_ferries):
    related = told_of_ferries(8).related
    assert len(related) == 2
    assert all("Seamark" in " ".join(item.shared) and item.score for item in related)
    assert [(item.days, item.why) for item in related] == [(8, ""), (16, "")]


@pytest.mark.parametrize(
    ("days", "why"), [(8, "there is room for 2 (`stories.max_related`)"), (1, "the same event as o1.md")]
)
def test_the_nearest_that_are_left_out_are_told_with_why(told_of_ferries, days, why):
    story = told_of_ferries(days)
    assert {item.slug for item in story.related} & {item.slug for item in story.left_out} == set()
    assert len(story.left_out) == 5
    assert story.left_out[0].why == why


def test_a_page_that_was_issued_again_is_left_out_as_the_same_text(make, told):
    page = "https://guide.example.org/kelder"
    lead, again = (subject(make, f"o{number}", number, hours=number * -720, web_url=page) for number in range(2))
    strange = [make(f"s{number}", title=f"Opera roof{number}", hours=-number) for number in range(30)]
    story = told(lead, again, *strange).story
    assert story.related == ()
    assert [(item.slug, item.why) for item in story.left_out] == [("o1", "the same text")]


def test_the_stories_that_one_goes_on_with_are_told_step_by_step(told_of_ferries):
    story = told_of_ferries(-1)
    assert [item.slug for item in story.earlier][:2] == ["o1", "o2"]
    assert [item.days for item in story.earlier][:2] == [-1, -2]
    assert {item.slug for item in story.earlier} & {item.slug for item in story.left_out} == set()


# What an editor decided.


def overruled(**said):
    """An overrides file that says so, of slugs."""
    place = Place("_data/stories.yaml", 1, 1)

    def named(names):
        return tuple(Named(name, place) for name in names)

    groups = {"apart", "join"}
    values = {what: tuple(map(named, names)) if what in groups else named(names) for what, names in said.items()}
    return Overrides("_data/stories.yaml", **values)


def test_a_pin_is_told_with_the_file_that_says_it(make, link, explain):
    root = make("root", quality=9)
    pinned = make("pinned", quality=1, related=(link(root),))
    third = make("third", quality=2, related=(link(root),))
    explainer = explain(root, pinned, third, overrides=overruled(pin=["pinned"]))
    assert explainer.explanation(pinned).why[:3] == (
        "It is pinned, by the `pin` in _data/stories.yaml: it leads its story.",
        "It leads 2 other records: root.md (by the `pin` in _data/stories.yaml) and "
        "third.md (by the `pin` in _data/stories.yaml).",
        "By its own list it would point to root.md (a quality of 1, against 9).",
    )
    assert explainer.explanation(root).why == ("pinned.md leads its story by the `pin` in _data/stories.yaml.",)
    assert explainer.explanation(third).why == (
        "It points to root.md as the best of what it lists (a quality of 2, against 9).",
        "pinned.md leads its story by the `pin` in _data/stories.yaml.",
    )


def test_of_two_that_are_pinned_the_other_is_told_to_be_better(make, link, told):
    better = make("better", quality=9, pin=True)
    worse = make("worse", quality=1, pin=True, related=(link(better),))
    assert told(worse, better).why[0] == (
        "It is pinned, by the `pin` in _news/worse.md: of those that are pinned better.md is better."
    )


def test_a_join_is_told_of_both_and_of_a_member_that_is_about_something_else(make, explain):
    lead, other = make("lead", quality=9), make("other", title="Orchard frost", quality=1, join=("lead",))
    explainer = explain(lead, other)
    assert explainer.explanation(other).why == (
        "It shares a story with lead.md, by the `join` in _news/other.md.",
        "lead.md leads its story by the `join` in _news/other.md.",
    )
    explanation = explainer.explanation(lead)
    assert explanation.why[:2] == (
        "It shares a story with other.md, by the `join` in _news/other.md.",
        "It leads 1 other record: other.md (by the `join` in _news/other.md).",
    )


def test_who_comes_along_with_another_that_is_joined_is_told_by_which_file(make, link, explain):
    lead, root = make("lead", quality=9), make("root", title="Orchard frost", quality=5)
    joined = make("joined", title="Orchard frost again", quality=1, related=(link(root),), join=("lead",))
    sibling = make("sibling", title="Orchard frost too", quality=1, related=(link(root),))
    explainer = explain(lead, root, joined, sibling)
    assert explainer.explanation(sibling).why == (
        "It points to root.md as the best of what it lists (a quality of 1, against 5).",
        "lead.md leads its story by the `join` in _news/joined.md.",
    )


def test_a_join_that_comes_to_nothing_is_told_to(make, told):
    assert told(make("a", join=("b",)), make("b", draft=True)).why[0] == (
        "It shares none with b.md, for all of the `join` in _news/a.md."
    )


def test_a_split_is_told_with_whom_it_keeps_apart_and_what_the_lists_would_have(make, link, explain):
    lead = make("lead", quality=9)
    apart = make("apart", quality=1, related=(link(lead),), split=("lead",))
    alone = make("alone", quality=1, related=(link(lead),), alone=True)
    explainer = explain(lead, apart, alone)
    assert explainer.explanation(apart).why[0] == "It shares no story with lead.md, by the `split` in _news/apart.md."
    assert explainer.explanation(lead).why[0] == "It shares no story with apart.md, by the `split` in _news/apart.md."
    assert explainer.explanation(alone).why[0] == "It stands alone, by the `split` in _news/alone.md."


def test_the_heat_of_a_story_that_was_put_together_is_told_with_the_record_that_has_it(make, link, explain):
    root = make("root", quality=60, heat=90)
    pinned = make("pinned", quality=1, pin=True, related=(link(root),))
    explainer = explain(root, pinned)
    explanation = explainer.explanation(pinned)
    # Taken apart is what the heat is from: the lead's own quality would leave 89 votes.
    assert explanation.heat == Heat(90, 60, 0, 0, 30)
    assert explanation.heat_from == "Its heat is 90: that of root.md, the hottest of what an editor put together."
    assert explainer.explanation(root).heat_from == "It is folded under pinned.md: it ranks behind all others."


# What was found.


CREWS = ("Harbour ferry crews walk out", "Crews of harbour ferries walk out", "Walk-out of the harbour ferry crews")


@pytest.fixture
def crews(make):
    """Three reports of one event that list nothing, the best last."""
    return [make(name, title=title, quality=at) for at, (name, title) in enumerate(zip("abc", CREWS, strict=True))]


def test_records_that_were_found_to_tell_of_one_event_are_told_so(crews, explain):
    explainer = explain(*crews, stories=Stories(detect=True))
    assert explainer.explanation(crews[0]).why == (
        "It was found to be a report of the same event as c.md (`stories.detect`), for neither lists anything.",
    )
    assert explainer.explanation(crews[2]).why == (
        "2 records were found to report the same event (`stories.detect`): b.md and a.md.",
    )


def test_what_was_found_and_then_pinned_or_joined_is_told_with_both_reasons(crews, make, explain):
    a, b, c = crews
    opera = make("opera", title="Opera roof leaks", quality=0, join=("c",))
    listed = make("listed", title="Opera roof still leaks", quality=9)
    explainer = explain(a, b, c, overrides=overruled(pin=["a"]), stories=Stories(detect=True))
    found = "was found to be a report of the same event as c.md (`stories.detect`), for neither lists anything."
    assert explainer.explanation(a).why == (
        "It is pinned, by the `pin` in _data/stories.yaml: it leads its story.",
        "It leads 2 other records: c.md (by the `pin` in _data/stories.yaml) and "
        "b.md (by the `pin` in _data/stories.yaml).",
        f"It {found}",
    )
    assert explainer.explanation(b).why == (
        f"It {found}",
        "a.md leads its story by the `pin` in _data/stories.yaml.",
    )
    # A joined record is in a story already: nothing is found for it, nor for the one that it is joined to.
    explainer = explain(a, b, c, opera, listed, stories=Stories(detect=True))
    assert explainer.explanation(a).why == (f"It {found.replace('c.md', 'b.md')}",)
    assert explainer.explanation(opera).why[-1] == "c.md leads its story by the `join` in _news/opera.md."


# The JSON.


def test_the_json_is_what_its_schema_says_with_a_version(make, link, outside, told):
    lead = make("lead", quality=90, related=(outside(),))
    explanation = told(lead, make("member", quality=1, related=(link(lead),)))
    value = msgspec.json.decode(msgspec.json.encode(explanation))
    jsonschema.validate(value, msgspec.json.schema(Explanation))
    assert value["version"] == 1
    assert {"heatFrom", "withIt", "standing"} <= value.keys()
    assert {"memberCount", "leftOut"} <= value["story"].keys()
    assert "isIt" in value["story"]["members"][0]
