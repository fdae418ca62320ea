"""What a build may show: every clause of the one visibility rule."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Home, Selection, Settings, Stories
from broadsheet.model import Edition, Image, PlainPage, Record, Sources

HIDE = Selection(unpublished="hide")
WARM = Selection(minimum_heat=50)
AFTER_NOW = 24 * 40
# What makes a record a hidden one, and the selection under which it is.
HIDDEN = {
    "removed": ({"removed": True}, Selection()),
    "draft": ({"draft": True}, Selection()),
    "scheduled": ({"hours": AFTER_NOW}, Selection()),
    "unpublished": ({"published": False}, HIDE),
    "too cold": ({"heat": 49}, WARM),
}
hidden_kinds = pytest.mark.parametrize("kind", HIDDEN)
withheld_kinds = pytest.mark.parametrize("kind", ["draft", "scheduled"])
withheld_or_out = pytest.mark.parametrize(
    "early", [{"draft": True}, {"hours": AFTER_NOW}, {}], ids=["draft", "scheduled", "out"]
)
grouped_or_not = pytest.mark.parametrize("group", [True, False], ids=["grouped", "one page per record"])


@hidden_kinds
@grouped_or_not
def test_a_hidden_record_is_shown_nowhere(make, digest, kind, group):
    fields, selection = HIDDEN[kind]
    good = make("good", heat=99)
    site = digest(good, make("bad", **{"heat": 99, **fields}), selection=selection, stories=Stories(group=group)).site
    assert set(site.records) == {"good.md"}
    assert [story.lead.file for story in site.stories] == ["good.md"]


@hidden_kinds
@grouped_or_not
@pytest.mark.parametrize("minutes", [0, 20], ids=["by its exact time", "by its title within the hour"])
def test_a_related_item_that_is_a_hidden_record_is_dropped_and_never_an_outside_link(
    make, link, digest, kind, group, minutes
):
    fields, selection = HIDDEN[kind]
    hidden = make("hidden", **{"heat": 99, "quality": 1, **fields})
    item = link(hidden, published_at=hidden.published_at + timedelta(minutes=minutes))
    good = make("good", heat=99, quality=9, hours=fields.get("hours", 0) and 1, related=(item,))
    # Under `hide` the other one must lead a story of its own to be hidden by itself.
    good = structs.replace(good, quality=0 if kind in {"unpublished", "too cold"} else 9)
    keeper = make("keeper", heat=99, quality=9)
    good = structs.replace(good, related=(*good.related, link(keeper)))
    site = digest(good, hidden, keeper, selection=selection, stories=Stories(group=group)).site
    assert "hidden.md" not in site.records
    for story in site.stories:
        shown = (*story.coverage, *story.also_linked, *(other.lead for other in story.related))
        assert hidden.title not in [thing.title for thing in shown]


@hidden_kinds
def test_an_item_that_could_be_any_of_several_hidden_records_is_dropped_too(make, link, digest, names, kind):
    fields, selection = HIDDEN[kind]
    fields = {"heat": 99, **fields}
    hours = fields.pop("hours", 0)
    first = make("first", title="Ferry strike called off", hours=hours, **fields)
    second = make("second", title="Ferry strike called off", hours=hours + 1, **fields)
    between = link(first, published_at=first.published_at + timedelta(minutes=30))
    site = digest(make("good", heat=99, related=(between,)), first, second, selection=selection).site
    assert set(site.records) == {"good.md"}
    assert names([*site.stories[0].coverage, *site.stories[0].also_linked]) == []


def test_a_removed_lead_takes_its_story_with_it(make, link, digest):
    lead = make("lead", quality=9, removed=True)
    members = [make(f"member{number}", quality=1, related=(link(lead),)) for number in range(3)]
    arranged = digest(lead, *members, make("other", title="Opera roof leaks"))
    assert set(arranged.site.records) == {"other.md"}
    assert (arranged.removed, arranged.hidden, arranged.withheld) == (1, 3, 0)


def test_a_removed_member_leaves_the_rest_of_the_story_in_place(make, link, digest, names):
    lead = make("lead", quality=9)
    gone = make("gone", quality=1, removed=True, related=(link(lead),))
    kept = make("kept", quality=1, related=(link(lead),))
    (story,) = digest(lead, gone, kept).site.stories
    assert (story.lead.slug, names(story.coverage), names(story.also_linked)) == ("lead", ["kept"], [])


@withheld_kinds
def test_a_withheld_lead_does_not_take_its_members_along_and_the_next_best_leads(make, link, digest, names, kind):
    lead = make("lead", quality=9, **HIDDEN[kind][0])
    second = make("second", quality=5, related=(link(lead),))
    third = make("third", quality=1, related=(link(lead), link(second)))
    arranged = digest(lead, second, third)
    (story,) = arranged.site.stories
    assert (story.lead.slug, names(story.coverage)) == ("second", ["third"])
    assert arranged.withheld == 1


@withheld_kinds
def test_a_withheld_member_leaves_the_rest_of_the_story_in_place(make, link, digest, names, kind):
    lead = make("lead", quality=9)
    gone = make("gone", quality=1, related=(link(lead),), **HIDDEN[kind][0])
    kept = make("kept", quality=1, related=(link(lead),))
    (story,) = digest(lead, gone, kept).site.stories
    assert (story.lead.slug, names(story.coverage)) == ("lead", ["kept"])


@withheld_kinds
def test_a_removed_record_that_is_withheld_as_well_is_as_if_it_were_not_there(make, link, digest, kind):
    lead = make("lead", quality=9, removed=True, **HIDDEN[kind][0])
    member = make("member", quality=1, related=(link(lead),))
    assert set(digest(lead, member).site.records) == {"member.md"}


def test_unpublished_leads_are_shown_and_counted_by_default(make, digest):
    arranged = digest(make("rank", published=False), make("listed"))
    assert set(arranged.site.records) == {"rank.md", "listed.md"}
    assert arranged.unpublished_leads == 1


def test_hide_hides_unpublished_leads_together_with_their_stories(make, link, digest):
    lead = make("lead", quality=9, published=False)
    member = make("member", quality=1, related=(link(lead),))
    arranged = digest(lead, member, make("other", title="Opera roof leaks"), selection=HIDE)
    assert set(arranged.site.records) == {"other.md"}
    assert arranged.hidden == 2


def test_hide_leaves_unpublished_members_of_a_published_lead(make, link, digest, names):
    lead = make("lead", quality=9)
    member = make("member", quality=1, published=False, related=(link(lead),))
    (story,) = digest(lead, member, selection=HIDE).site.stories
    assert names(story.coverage) == ["member"]


@pytest.mark.parametrize(
    ("fields", "is_shown"),
    [
        ({"heat": 50}, True),
        ({"heat": 49}, False),
        ({"heat": 0}, False),
        ({"quality": 50}, True),
        ({"quality": 49}, False),
        ({"quality": 0, "heat": 50}, True),
        ({}, False),
    ],
)
def test_minimum_heat_hides_colder_leads_by_the_heat_in_the_file_or_else_the_computed_one(
    make, digest, fields, is_shown
):
    site = digest(make("a", **fields), selection=WARM).site
    assert bool(site.records) is is_shown


def test_minimum_heat_hides_a_cold_lead_together_with_its_story_but_no_member_of_a_warm_one(make, link, digest):
    cold = make("cold", quality=9, heat=49)
    hot_member = make("hot-member", quality=1, heat=99, related=(link(cold),))
    warm = make("warm", quality=9, heat=50)
    cold_member = make("cold-member", quality=1, heat=-1, related=(link(warm),))
    site = digest(cold, hot_member, warm, cold_member, selection=WARM).site
    assert set(site.records) == {"warm.md", "cold-member.md"}


def test_a_scheduled_record_appears_when_its_moment_comes(make, digest, now):
    scheduled = make("scheduled", published_at=now)
    assert not digest(scheduled, now=now - timedelta(seconds=1)).site.records
    assert digest(scheduled, now=now).site.records


def test_the_one_that_was_scheduled_leads_when_its_moment_comes(make, link, digest, now):
    lead = make("lead", quality=9, published_at=now)
    member = make("member", quality=1, hours=24 * 35, related=(link(lead),))
    assert digest(lead, member, now=now - timedelta(hours=1)).site.stories[0].lead.slug == "member"
    (story,) = digest(lead, member, now=now).site.stories
    assert story.lead.slug == "lead"


@hidden_kinds
def test_a_hidden_record_takes_no_page_from_a_visible_one_with_its_slug(make, digest, kind):
    fields, selection = HIDDEN[kind]
    hidden = structs.replace(make("same", **{"heat": 99, **fields}), file="a/same.md")
    visible = structs.replace(make("same", heat=99, title="Opera roof leaks"), file="b/same.md")
    assert set(digest(hidden, visible, selection=selection).site.records) == {"b/same.md"}


@pytest.mark.parametrize("kind", ["removed", "draft", "scheduled"])
def test_an_item_that_is_a_hidden_record_without_a_page_for_its_slug_is_dropped_too(make, link, digest, names, kind):
    fields, _ = HIDDEN[kind]
    visible = structs.replace(make("same", title="Opera roof leaks"), file="a/same.md")
    hidden = structs.replace(make("same", **fields), file="b/same.md")
    good = make("good", related=(link(hidden),))
    site = digest(visible, hidden, good).site
    story = site.stories[site.story_of["good.md"]]
    assert names([*story.coverage, *story.also_linked]) == []


@hidden_kinds
def test_a_topic_that_only_hidden_records_have_is_no_topic_of_the_site(make, digest, kind):
    fields, selection = HIDDEN[kind]
    hidden = make("hidden", **{"heat": 99, **fields, "topics": ("Secret plans",)})
    site = digest(make("good", heat=99), hidden, selection=selection).site
    assert [topic.name for topic in site.topics.values()] == ["Transport"]


@hidden_kinds
def test_how_a_hidden_record_spells_a_topic_is_not_how_the_site_does(make, digest, kind):
    fields, selection = HIDDEN[kind]
    hidden = make("a-hidden", **{"heat": 99, **fields, "topics": ("TRANSPORT",)})
    site = digest(hidden, make("b-good", heat=99), selection=selection).site
    assert [topic.name for topic in site.topics.values()] == ["Transport"]


@hidden_kinds
def test_a_source_and_a_month_that_only_hidden_records_have_are_not_shown(make, digest, kind):
    fields, selection = HIDDEN[kind]
    hidden = make("hidden", **{"heat": 99, "hours": -24 * 60, **fields})
    site = digest(make("good", heat=99), hidden, selection=selection).site
    assert list(site.sources) == ["good.example.org"]
    assert list(site.by_month) == ["2024/05"]


def test_hidden_records_do_not_make_an_image_a_shared_one(make, digest):
    picture = (Image("https://img.example.org/ferry.png"),)
    hidden = [make(f"hidden{number}", images=picture, removed=True) for number in range(5)]
    assert not digest(make("good", images=picture), *hidden).site.shared_images


selections = st.builds(Selection, st.sampled_from(["show", "hide"]), st.none() | st.just(30))


@given(data=st.data(), selection=selections, group=st.booleans(), drafts=st.booleans())
def test_nothing_that_is_hidden_is_anywhere(folders, digest, now, data, *, selection, group, drafts):
    records = data.draw(folders)
    arranged = digest(*records, selection=selection, stories=Stories(group=group), drafts=drafts)
    site = arranged.site
    assert min(arranged.withheld, arranged.removed, arranged.hidden) >= 0
    assert len(site.records) + arranged.withheld + arranged.removed + arranged.hidden == len(records)
    early = {record.file for record in records if record.draft or record.published_at > now}
    never = {record.file for record in records if record.removed} | (set() if drafts else early)
    assert never.isdisjoint(site.records)
    titles = {(record.title, record.published_at) for record in records if record.file not in site.records}
    titles -= {(record.title, record.published_at) for record in site.records.values()}
    for story in site.stories:
        for thing in (story.lead, *story.coverage, *story.also_linked, *(other.lead for other in story.related)):
            if isinstance(thing, Record):
                assert thing.file in site.records
            assert (thing.title, thing.published_at) not in titles
    listed = [
        *(story for section in site.front for story in section.all),
        *site.latest.newest,
        *(story for listing in site.by_topic.values() for story in listing.newest),
    ]
    assert {story.lead.file for story in listed} <= set(site.records)
    dated = [record for some in site.by_month.values() for record in some]
    assert sorted(record.file for record in dated) == sorted(site.records)


# A preview, which shows what is not out yet.


@withheld_kinds
@grouped_or_not
def test_with_drafts_a_withheld_record_is_shown_as_if_it_were_out(make, digest, kind, group):
    records = make("good", topics=("Arts",)), make("early", **HIDDEN[kind][0])
    arranged = digest(*records, drafts=True, stories=Stories(group=group))
    assert (set(arranged.site.records), arranged.withheld) == ({"good.md", "early.md"}, 0)
    assert {topic.name for topic in arranged.site.topics.values()} == {"Arts", "Transport"}
    assert set(arranged.site.sources) == {"good.example.org", "early.example.org"}


@withheld_kinds
def test_with_drafts_a_withheld_record_leads_and_is_led_as_if_it_were_out(make, link, digest, names, kind):
    fields = HIDDEN[kind][0]
    lead = make("lead", quality=9, **fields)
    second = make("second", quality=5, related=(link(lead),), **fields)
    third = make("third", quality=1, related=(link(lead), link(second)), **fields)
    (story,) = digest(lead, second, third, drafts=True).site.stories
    assert (story.lead.slug, names(story.coverage)) == ("lead", ["second", "third"])


@withheld_kinds
def test_with_drafts_a_related_item_that_is_a_withheld_record_is_that_record(make, link, digest, names, kind):
    early = make("early", quality=1, **HIDDEN[kind][0])
    good = make("good", quality=9, hours=HIDDEN[kind][0].get("hours", 0), related=(link(early),))
    site = digest(good, early, drafts=True).site
    assert names(other.lead for other in site.story("good.md").related) == ["early"]


@pytest.mark.parametrize("kind", ["removed", "unpublished", "too cold"])
@withheld_or_out
def test_with_drafts_what_is_removed_or_unselected_stays_hidden_with_its_story(make, link, digest, kind, early):
    fields, selection = HIDDEN[kind]
    lead = make("lead", quality=9, **fields, **early)
    member = make("member", quality=1, related=(link(lead),), **early)
    other = make("other", title="Opera roof leaks", heat=99)
    arranged = digest(lead, member, other, drafts=True, selection=selection)
    assert set(arranged.site.records) == {"other.md"}
    assert (arranged.withheld, arranged.removed + arranged.hidden) == (0, 2)


@pytest.mark.parametrize(("drafts", "shown"), [(False, ["out.md"]), (True, ["draft.md", "out.md"])])
def test_a_plain_page_that_is_a_draft_is_shown_with_drafts_only(now, drafts, shown):
    pages = PlainPage("draft.md", ("draft",), "Draft", draft=True), PlainPage("out.md", ("out",), "Out")
    site = arrange(Sources(plain_pages=pages), Settings(), now, drafts=drafts).site
    assert [page.file for page in site.plain_pages] == shown


def test_with_drafts_an_issue_that_is_not_over_is_still_not_shown(now):
    editions = Edition("2024-06-15", now - timedelta(days=1), now), Edition("2024-06-16", now, now + timedelta(days=1))
    site = arrange(Sources(editions=editions), Settings(), now, drafts=True).site
    assert [edition.date for edition in site.editions] == ["2024-06-15"]


def test_with_drafts_a_front_page_looks_back_from_what_is_scheduled_and_is_never_left_empty(make, digest):
    stories = [make(f"story{number}", title=f"Place{number} votes", hours=-number) for number in range(20)]
    scheduled = make("scheduled", title="Opera roof leaks", heat=1, hours=24 * 365)
    front = digest(*stories, scheduled, drafts=True, home=Home(stories_per_topic=99)).site.front
    shown = [story.lead.slug for section in front for story in section.all]
    assert shown[0] == "scheduled"
    assert set(shown[1:]) == {story.slug for story in stories[:11]}
