"""The editor decides: `pin`, `split` and `join` beat what the records' lists and qualities make of stories."""

import sys
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.forest import Forest
from broadsheet.arrange.overrides import Decided
from broadsheet.arrange.related import Resolver
from broadsheet.arrange.site import arrange
from broadsheet.config import Selection, Settings, Stories
from broadsheet.model import Named, Overrides, Record, Sources
from broadsheet.problems import Place

FILE = "_data/stories.yaml"


def overrides(pin=(), split=(), join=()):
    """The overrides file that says so; every name in a line of its own."""
    lines = iter(range(1, 10_000))

    def named(names):
        return tuple(Named(name, Place(FILE, next(lines), 3)) for name in names)

    return Overrides(
        file=FILE,
        pin=named(pin),
        alone=named(name for name in split if isinstance(name, str)),
        apart=tuple(named(names) for names in split if not isinstance(names, str)),
        join=tuple(named(names) for names in join),
    )


@pytest.fixture
def decide(now):
    """Arrange records, with what an overrides file says."""

    def decide(*records, drafts=False, settings=None, folder="_news", **said):
        in_order = tuple(sorted(records, key=lambda record: record.file))
        sources = Sources(in_order, shown_folder=folder, overrides=overrides(**said))
        return arrange(sources, settings or Settings(), now, drafts=drafts)

    return decide


def leads(arranged):
    """Who leads every shown record, by slugs."""
    site = arranged.site
    return {site.records[file].slug: site.stories[at].lead.slug for file, at in site.story_of.items()}


def told(arranged):
    return [str(problem) for problem in arranged.problems]


def story(make, link, name, quality, *members):
    """A story by the lists: `name` leads the `members`, who are not as good."""
    lead = make(name, quality=quality)
    return [lead, *(make(member, quality=quality - 1, related=(link(lead),)) for member in members)]


# pin


def test_a_pinned_record_leads_its_story_whatever_the_qualities_say(make, link, decide):
    lead, one, two = story(make, link, "lead", 90, "one", "two")
    expected = {"lead": "two", "one": "two", "two": "two"}
    assert leads(decide(lead, one, structs.replace(two, pin=True))) == expected
    assert leads(decide(lead, one, two, pin=["two"])) == expected


def test_of_two_pinned_records_of_a_story_the_best_leads_then_the_first_by_file_name(make, link, decide):
    records = story(make, link, "lead", 90, "b", "c", "a")
    assert set(leads(decide(*records, pin=["c", "b"])).values()) == {"b"}
    records[3] = structs.replace(records[3], quality=95)
    assert set(
        leads(
            decide(records[0], *records[1:3], make("a", quality=10, pin=True, related=records[3].related), pin=["c"])
        ).values()
    ) == {"c"}


def test_a_pinned_record_leads_the_records_of_a_ring(make, link, decide):
    one, two = make("one", quality=60), make("two", quality=70)
    ring = [
        structs.replace(one, related=(link(two, quality=99),)),
        structs.replace(two, related=(link(one, quality=99),)),
    ]
    arranged = decide(*ring, pin=["one"])
    assert leads(arranged) == {"one": "one", "two": "one"}
    assert [record.slug for record in arranged.forest.ring_of(ring[0])] == ["one", "two"]


def test_who_leads_by_a_pin_has_no_ring_where_there_is_none(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    arranged = decide(lead, member, pin=["member"])
    assert arranged.forest.ring_of(member) == [member]


def test_a_pin_does_not_cool_its_story(make, link, decide):
    lead = make("lead", quality=60, heat=300)
    member = make("member", quality=40, heat=-1, related=(link(lead),))
    arranged = decide(lead, member, pin=["member"])
    assert [(story.lead.slug, story.rank) for story in arranged.site.stories] == [("member", 300)]
    assert arranged.forest.heat_from(arranged.site.stories[0].lead).slug == "lead"
    assert arranged.site.heats["lead.md"] == -1


def test_who_is_hotter_than_whom_it_takes_the_lead_from_keeps_its_own_heat(make, link, decide):
    lead = make("lead", quality=60, heat=80)
    member = make("member", quality=55, heat=-1, related=(link(lead), link(lead), link(lead)))
    assert decide(lead, member, pin=["member"]).site.stories[0].rank == 55 + 3 * 20


def test_a_record_that_its_source_folded_is_published_as_the_story_that_it_is_pinned_to_lead(make, link, decide):
    lead = make("lead", quality=60, heat=300)
    member = make("member", quality=40, heat=-1, published=False, related=(link(lead),))
    hide = Settings(selection=Selection(unpublished="hide"))
    arranged = decide(lead, member, pin=["member"], settings=hide)
    assert leads(arranged) == {"lead": "member", "member": "member"}
    assert arranged.unpublished_leads == 0
    assert leads(decide(structs.replace(lead, heat=30, published=False), member, pin=["member"], settings=hide)) == {}


def test_a_pin_of_a_part_of_a_site_has_it_rank_by_its_quality(make, decide):
    assert decide(make("part", quality=45, heat=-1, pin=True)).site.stories[0].rank == 45


def test_a_removed_record_leads_nothing_though_it_is_pinned(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    assert leads(decide(lead, structs.replace(member, removed=True), pin=["member"])) == {"lead": "lead"}


def test_a_pinned_record_leads_what_is_left_of_the_story_of_a_removed_one(make, link, decide):
    lead, one, two = story(make, link, "lead", 90, "one", "two")
    removed = structs.replace(lead, removed=True, heat=500)
    assert leads(decide(removed, one, two)) == {}
    arranged = decide(removed, one, two, pin=["two"])
    assert leads(arranged) == {"one": "two", "two": "two"}
    assert arranged.site.stories[0].rank == 89 + 20, "a removed one lends no heat"


def test_a_pinned_draft_leads_only_where_drafts_are_shown(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    draft = structs.replace(member, draft=True, pin=True)
    assert leads(decide(lead, draft)) == {"lead": "lead"}
    assert leads(decide(lead, draft, drafts=True)) == {"lead": "member", "member": "member"}


# split: true


def test_a_record_that_stands_alone_points_to_nobody_and_nobody_to_it(make, link, decide):
    lead, one, two = story(make, link, "lead", 90, "one", "two")
    below = make("below", quality=1, related=(link(one),))
    expected = {"lead": "lead", "one": "one", "two": "lead", "below": "below"}
    assert leads(decide(lead, structs.replace(one, alone=True), two, below)) == expected
    assert leads(decide(lead, one, two, below, split=["one"])) == expected


def test_who_pointed_to_one_that_stands_alone_points_to_the_next_best(make, link, decide):
    best, second = make("best", quality=9), make("second", quality=8)
    member = make("member", quality=1, related=(link(best), link(second)))
    assert leads(decide(best, second, member, split=["best"]))["member"] == "second"


def test_a_lead_that_stands_alone_leaves_its_story_to_the_others(make, link, decide):
    lead, one, two = story(make, link, "lead", 90, "one", "two")
    assert leads(decide(lead, one, two, split=["lead"])) == {"lead": "lead", "one": "one", "two": "two"}


def test_that_its_source_folded_a_record_says_nothing_where_it_stands_alone(make, link, decide):
    lead = make("lead", quality=90)
    member = make("member", quality=75, heat=-1, published=False, related=(link(lead),))
    hide = Settings(selection=Selection(unpublished="hide"))
    arranged = decide(lead, member, split=["member"], settings=hide)
    assert {story.lead.slug: story.rank for story in arranged.site.stories} == {"lead": 90, "member": 95}
    weak = structs.replace(member, quality=10)
    assert leads(decide(lead, weak, split=["member"], settings=hide)) == {"lead": "lead"}


def test_a_member_of_one_that_stands_alone_is_no_longer_folded_either(make, link, decide):
    lead = make("lead", quality=60)
    member = make("member", quality=30, heat=-1, related=(link(lead),))
    assert {story.lead.slug: story.rank for story in decide(lead, member, split=["lead"]).site.stories} == {
        "lead": 60,
        "member": 30,
    }


def test_a_record_that_stands_alone_is_shown_though_its_lead_is_removed(make, link, decide):
    lead, one, two = story(make, link, "lead", 90, "one", "two")
    assert leads(decide(structs.replace(lead, removed=True), one, two, split=["one"])) == {"one": "one"}


# split: names


def test_a_pointer_between_two_that_are_kept_apart_is_dropped_both_ways(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    apart = {"lead": "lead", "member": "member"}
    assert leads(decide(lead, structs.replace(member, split=("lead",)))) == apart
    assert leads(decide(structs.replace(lead, split=("member",)), member)) == apart
    assert leads(decide(lead, member, split=[["member", "lead"]])) == apart


def test_who_is_kept_from_the_best_that_it_lists_follows_the_next(make, link, decide):
    best, second = make("best", quality=9), make("second", quality=8)
    member = make("member", quality=1, split=("best",), related=(link(best), link(second)))
    arranged = decide(best, second, member)
    assert leads(arranged)["member"] == "second"
    assert [claim.record.slug for claim in arranged.forest.claims_of(member)] == ["second", "member"]


def test_who_is_kept_from_another_that_it_would_meet_by_way_of_a_third_is_cut_off_with_what_points_to_it(
    make, link, decide
):
    lead, one, two = story(make, link, "lead", 90, "one", "two")
    below = make("below", quality=1, related=(link(one),))
    expected = {"lead": "lead", "two": "lead", "one": "one", "below": "one"}
    assert leads(decide(lead, structs.replace(one, split=("two",)), two, below)) == expected


def test_what_would_go_along_with_who_is_cut_off_is_cut_off_instead(make, link, decide):
    lead = make("lead", quality=9, split=("low",))
    middle = make("middle", quality=5, related=(link(lead),))
    low = make("low", quality=1, related=(link(middle),))
    assert leads(decide(lead, middle, low)) == {"lead": "lead", "middle": "lead", "low": "low"}


def test_of_a_list_that_is_kept_apart_the_one_nearest_to_the_lead_stays_then_the_best(make, link, decide):
    lead, *members = story(make, link, "lead", 90, "a", "b", "c")
    members[1] = structs.replace(members[1], quality=89.5)
    below = make("below", quality=80, related=(link(members[0]),))
    arranged = decide(lead, *members, below, split=[["below", "b", "c"]])
    assert leads(arranged) == {"lead": "lead", "a": "lead", "b": "lead", "c": "c", "below": "below"}


def test_of_a_list_that_is_kept_apart_one_below_another_goes_though_it_is_better(make, link, decide):
    lead = make("lead", quality=9)
    high = make("high", quality=3, related=(link(lead),))
    middle = make("middle", quality=4, related=(link(high, quality=99),))
    low = make("low", quality=8, related=(link(middle, quality=99),))
    expected = {"lead": "lead", "high": "lead", "middle": "lead", "low": "low"}
    assert leads(decide(lead, high, middle, low, split=[["high", "low"]])) == expected


def test_records_of_a_ring_can_be_kept_apart(make, link, decide):
    ring = [make(f"r{number}", quality=number + 1) for number in range(3)]
    ring = [structs.replace(r, related=(link(ring[(n + 1) % 3], quality=99),)) for n, r in enumerate(ring)]
    site = leads(decide(*ring, split=[["r0", "r2"]]))
    assert site["r0"] != site["r2"]


def test_a_split_takes_a_record_out_from_under_a_removed_lead(make, link, decide):
    lead, one, two = story(make, link, "lead", 90, "one", "two")
    assert leads(decide(structs.replace(lead, removed=True), one, two, split=[["lead", "one"]])) == {"one": "one"}


# join


def test_joined_stories_are_one_that_the_best_of_their_leads_leads(make, link, decide):
    here, there = story(make, link, "here", 50, "h"), story(make, link, "there", 70, "t")
    one_story = dict.fromkeys(["here", "h", "there", "t"], "there")
    assert leads(decide(*here, *there, join=[["h", "t"]])) == one_story
    assert leads(decide(here[0], structs.replace(here[1], join=("there",)), *there)) == one_story
    assert leads(decide(*here, *there, join=[["h", "t"]], pin=["here"])) == dict.fromkeys(one_story, "here")
    assert leads(decide(*here, *there, join=[["h", "t"]], pin=["h"])) == dict.fromkeys(one_story, "h")


def test_leads_as_good_as_each_other_are_joined_under_the_first_by_file_name(make, decide):
    assert set(leads(decide(make("b", quality=5), make("a", quality=5), join=[["b", "a"]])).values()) == {"a"}


def test_chains_and_cycles_of_joins_are_one_story(make, decide):
    chain = [make(f"n{number}", quality=number, join=(f"n{(number + 1) % 50}",)) for number in range(50)]
    assert set(leads(decide(*chain)).values()) == {"n49"}


def test_a_joined_story_is_as_hot_as_the_hottest_of_its_parts(make, decide):
    good, hot = make("good", quality=90, heat=90), make("hot", quality=60, heat=300)
    arranged = decide(good, hot, join=[["good", "hot"]])
    assert [(story.lead.slug, story.rank) for story in arranged.site.stories] == [("good", 300)]
    assert arranged.forest.heat_from(good).slug == "hot"
    assert arranged.site.heats == {"good.md": 300, "hot.md": -1}


def test_the_forest_tells_who_is_in_a_story_by_a_join(make, link, decide):
    here, there = story(make, link, "here", 50, "h"), story(make, link, "there", 70, "t")
    forest = decide(*here, *there, join=[["h", "t"]]).forest
    by_name = {record.slug: record for record in (*here, *there)}
    joined = {name: forest.is_joined(record, there[0]) for name, record in by_name.items()}
    assert joined == {"here": False, "h": True, "there": False, "t": True}
    assert not forest.is_joined(by_name["h"], here[0])


def test_a_join_within_a_story_only_says_that_it_is_told_there(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    forest = decide(lead, member, join=[["lead", "member"]]).forest
    assert forest.is_joined(member, lead)


@pytest.mark.parametrize("fields", [{"draft": True}, {"hours": 24 * 365}, {"removed": True}])
def test_a_join_with_what_is_not_out_is_without_effect_and_no_problem(make, decide, fields):
    here, other = make("here", quality=1), make("other", quality=9, join=("here",), **fields)
    arranged = decide(here, other)
    assert (leads(arranged), told(arranged)) == ({"here": "here"}, [])


def test_a_removed_member_of_a_story_joins_it_to_nothing(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    removed = structs.replace(member, removed=True)
    assert leads(decide(lead, removed, make("here"), join=[["here", "member"]])) == {"lead": "lead", "here": "here"}


def test_a_list_joins_those_that_are_out_though_the_best_is_not(make, decide):
    records = [make("a", quality=1), make("b", quality=2), make("c", quality=3, draft=True)]
    assert leads(decide(*records, join=[["a", "b", "c"]])) == {"a": "b", "b": "b"}


def test_what_a_draft_joins_is_not_joined_while_it_is_one(make, decide):
    records = [make("a", quality=1), make("b", quality=2), make("c", draft=True, join=("a", "b"))]
    assert leads(decide(*records)) == {"a": "a", "b": "b"}


def test_a_record_does_not_vanish_with_the_removed_lead_of_another_that_it_joins(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    here = make("here", quality=1, join=("member",))
    assert leads(decide(structs.replace(lead, removed=True), member, here)) == {"here": "here"}
    assert leads(decide(lead, member, here)) == dict.fromkeys(["lead", "member", "here"], "lead")


def test_a_join_shows_nothing_that_a_removed_lead_hides(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    joining = structs.replace(member, join=("here",))
    assert leads(decide(structs.replace(lead, removed=True), joining, make("here"))) == {"here": "here"}


@pytest.mark.parametrize("selection", [Selection(unpublished="hide"), Selection(minimum_heat=50)])
@pytest.mark.parametrize("quality", [1, 99])
def test_a_join_neither_shows_nor_hides_what_the_selection_decides_of(make, decide, selection, quality):
    here = make("here", quality=50, heat=80)
    hidden = make("hidden", quality=quality, heat=30, published=False)
    arranged = decide(here, hidden, join=[["here", "hidden"]], settings=Settings(selection=selection))
    assert leads(arranged) == {"here": "here"}


# Together


def test_a_split_beats_a_join_and_the_problem_names_both(make, decide):
    one, other = make("one", join=("other",)), make("other")
    arranged = decide(one, other, split=[["one", "other"]])
    assert leads(arranged) == {"one": "one", "other": "other"}
    assert told(arranged) == [
        "_news/one.md: warning: the `join` of one.md and other.md is ignored: "
        f"the `split` in {FILE}:1:3 keeps them apart"
    ]


def test_a_join_that_would_bring_others_together_is_left_out(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    here = make("here", quality=1, split=("member",))
    arranged = decide(lead, member, here, join=[["here", "lead"]])
    assert leads(arranged) == {"lead": "lead", "member": "lead", "here": "here"}
    assert told(arranged) == [
        f"{FILE}:1:3: warning: the `join` of here.md and lead.md is ignored: "
        "the `split` in _news/here.md keeps here.md and member.md apart"
    ]


def test_which_of_two_joins_is_left_out_hangs_on_no_order(make, now):
    records = make("a", join=("b",), split=("c",)), make("b", join=("c",)), make("c")
    for some in permutations(records):
        arranged = arrange(Sources(some, shown_folder="_news"), Settings(), now)
        assert leads(arranged) == {"a": "a", "b": "a", "c": "c"}
        assert told(arranged) == [
            "_news/b.md: warning: the `join` of b.md and c.md is ignored: "
            "the `split` in _news/a.md keeps a.md and c.md apart"
        ]


def test_what_stands_alone_is_joined_to_nothing(make, decide):
    arranged = decide(make("one", alone=True, join=("other",)), make("other"))
    assert leads(arranged) == {"one": "one", "other": "other"}
    assert told(arranged) == [
        "_news/one.md: warning: the `join` of one.md and other.md is ignored: "
        "the `split` in _news/one.md has one.md stand alone"
    ]


def test_those_of_a_joined_list_that_may_be_together_are(make, decide):
    records = [make(name, quality=quality) for quality, name in enumerate("dcba")]
    arranged = decide(*records, join=[["a", "b", "c", "d"]], split=[["a", "c"]])
    assert leads(arranged) == {"a": "a", "b": "a", "c": "c", "d": "a"}
    assert len(arranged.problems) == 1


def test_a_record_can_be_pinned_and_stand_alone(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    arranged = decide(lead, structs.replace(member, pin=True, alone=True))
    assert (leads(arranged), told(arranged)) == ({"lead": "lead", "member": "member"}, [])


def test_without_groups_nothing_is_decided(make, link, decide):
    lead, member = story(make, link, "lead", 90, "member")
    arranged = decide(
        lead, structs.replace(member, pin=True, join=("nobody",)), settings=Settings(stories=Stories(group=False))
    )
    assert (leads(arranged), told(arranged)) == ({"lead": "lead", "member": "member"}, [])
    assert not arranged.decided


def test_a_record_that_is_left_out_for_its_address_joins_nothing(make, decide):
    same = structs.replace(make("a", quality=9), file="0/a.md")
    left_out = make("a", quality=1, join=("b", "c"))
    arranged = decide(same, left_out, make("b", quality=3), make("c", quality=2))
    assert (leads(arranged), arranged.collided) == ({"a": "a", "b": "b", "c": "c"}, 1)


# Names


@pytest.mark.parametrize("name", ["a b.md", "a b", "a-b", "deep/a b.md", "deep/a b", "the-old-name"])
def test_a_record_is_named_by_its_file_its_path_its_slug_or_what_it_was_called(make, decide, name):
    other = structs.replace(make("a-b", quality=9, aliases=("the-old-name",)), file="deep/a b.md")
    arranged = decide(make("here", join=(name,)), other)
    assert (leads(arranged), told(arranged)) == ({"here": "a-b", "a-b": "a-b"}, [])


def test_a_name_is_known_in_any_unicode_form(make, decide):
    assert set(leads(decide(make("cafe\u0301", quality=9), make("here", join=("caf\xe9",)))).values()) == {"cafe\u0301"}


def test_a_name_that_nobody_has_is_told_with_one_that_is_like_it(make, decide):
    records = [make("2024-05-01-ferry-strike-ends"), make("here", join=("2024-05-01-ferry-strike-end", "xyz"))]
    arranged = decide(*records, pin=["2024-05-01-fery-strike-ends.md"])
    nobody = "and no record is called that; it is ignored"
    assert [(str(problem), problem.hint) for problem in arranged.problems] == [
        (
            f"_news/here.md: warning: `join` names `2024-05-01-ferry-strike-end`, {nobody}",
            "did you mean `2024-05-01-ferry-strike-ends`?",
        ),
        (
            f"_news/here.md: warning: `join` names `xyz`, {nobody}",
            "a record's name is that of its file, with or without `.md`",
        ),
        (
            f"{FILE}:1:3: warning: `pin` names `2024-05-01-fery-strike-ends.md`, {nobody}",
            "did you mean `2024-05-01-ferry-strike-ends`?",
        ),
    ]


def test_of_many_records_too_one_that_is_like_a_name_is_found(make, decide):
    records = [make(f"2024-05-01-report-{number}-of-the-harbour") for number in range(300)]
    arranged = decide(*records, make("ferry-strike"), pin=["fery-strike"])
    assert [problem.hint for problem in arranged.problems] == ["did you mean `ferry-strike`?"]


def test_a_name_that_two_have_is_told_with_their_paths(make, decide):
    one, two = (structs.replace(make(name), file=f"{name}/x.md") for name in ("one", "two"))
    (problem,) = decide(one, two, pin=["x"]).problems
    assert str(problem) == f"{FILE}:1:3: warning: `pin` names `x`, and 2 records are called that; it is ignored"
    assert problem.hint == "write the path: `one/x.md` or `two/x.md`"
    assert decide(one, two, pin=["one/x"]).problems == ()


def test_the_path_of_a_record_is_its_own_though_another_file_is_called_the_same(make, decide):
    deep = structs.replace(make("b"), file="deep/a.md")
    arranged = decide(make("a"), deep, make("here", join=("a.md",)))
    assert (leads(arranged)["here"], told(arranged)) == ("a", [])


def test_a_record_that_names_itself_is_told(make, decide):
    assert told(decide(make("here", split=("here.md",), join=("here",)))) == [
        "_news/here.md: warning: `split` names the record itself; that is ignored",
        "_news/here.md: warning: `join` names the record itself; that is ignored",
    ]


def test_a_list_that_names_a_record_twice_is_told(make, decide):
    arranged = decide(make("a"), make("b"), join=[["a", "b", "a.md"]])
    assert told(arranged) == [f"{FILE}:3:3: warning: `join` names `a.md` twice; that is ignored"]
    assert leads(arranged) == {"a": "a", "b": "a"}


# What is told of it


def test_what_was_decided_is_known_by_file_with_where_it_is_said(make):
    records = (
        make("a", pin=True, split=("b",)),
        make("b", join=("c", "d")),
        make("c", alone=True),
        make("d"),
        make("e"),
    )
    said = overrides(pin=["a", "b"], split=[["a", "d", "e"]], join=[["d", "e"]])
    decided = Decided(Sources(records, shown_folder="_news", overrides=said))
    assert [decided.is_pinned(f"{name}.md") for name in "abc"] == [True, True, False]
    assert [decided.is_alone(f"{name}.md") for name in "abc"] == [False, False, True]
    assert decided.kept_from("a.md") == ("b.md", "d.md", "e.md")
    assert decided.kept_from("b.md") == ("a.md",)
    assert decided.joined_to("b.md") == ("c.md", "d.md")
    assert decided.joined_to("d.md") == ("b.md", "e.md")
    assert [decided.said_in(f"{name}.md", "pin") for name in "abc"] == ["_news/a.md", FILE, ""]
    assert [decided.said_in(f"{name}.md", "split") for name in "abcd"] == [
        FILE,
        "_news/a.md",
        "_news/c.md",
        FILE,
    ]
    assert [decided.said_in(f"{name}.md", "join") for name in "abe"] == ["", "_news/b.md", FILE]


# Laws that hold for every folder and whatever is decided.


@st.composite
def decisions(draw, records):
    """What files and an overrides file say of some of `records`; names of nobody too."""
    names = st.sampled_from([*(record.slug for record in records), "nobody"])
    few = st.lists(names, max_size=3)

    def with_own(record):
        return structs.replace(
            record,
            pin=draw(st.booleans()),
            alone=draw(st.integers(0, 3)) == 0,
            split=tuple(draw(few)),
            join=tuple(draw(few)),
        )

    said = [with_own(record) if draw(st.integers(0, 2)) == 0 else record for record in records]
    groups = st.lists(st.lists(names, min_size=2, max_size=4), max_size=2)
    file = overrides(draw(few), [*draw(st.lists(names, max_size=1)), *draw(groups)], draw(groups))
    return Sources(tuple(said), shown_folder="_news", overrides=file)


def decided_of(data, folders):
    return data.draw(decisions(data.draw(folders)))


SELECTIONS = [Selection(), Selection(unpublished="hide"), Selection(minimum_heat=30)]


@given(data=st.data(), selection=st.sampled_from(SELECTIONS))
def test_whatever_is_decided_every_shown_record_is_in_exactly_one_story(folders, data, selection, now):
    arranged = arrange(decided_of(data, folders), Settings(selection=selection), now)
    site, forest = arranged.site, arranged.forest
    for file, at in site.story_of.items():
        assert site.stories[at].lead.file == forest.lead_of(site.records[file]).file
        assert forest.lead_of(site.stories[at].lead) is site.stories[at].lead
    held = [
        item.file
        for number, story in enumerate(site.stories)
        for item in (story.lead, *story.told, *story.also_linked)
        if isinstance(item, Record) and site.story_of[item.file] == number
    ]
    assert sorted(held) == sorted(site.records)


@given(data=st.data(), selection=st.sampled_from(SELECTIONS))
def test_what_is_decided_holds(folders, data, selection, now):
    arranged = arrange(decided_of(data, folders), Settings(selection=selection), now)
    site, decided = arranged.site, arranged.decided
    stories = {}
    for file, at in site.story_of.items():
        stories.setdefault(at, set()).add(file)
    for at, files in stories.items():
        lead = site.stories[at].lead
        pinned = [site.records[file] for file in files if decided.is_pinned(file)]
        if pinned:
            # A draw of qualities falls to the file name.
            assert lead == min(pinned, key=lambda r: (-(-1 if r.quality is None else r.quality), r.name))
        for file in files:
            if decided.is_alone(file):
                assert files == {file}
            assert files.isdisjoint(decided.kept_from(file))
    if not (decided.splits or decided.alone):
        assert not arranged.forest.problems
        for file in site.records:
            # Hidden stories unite with none: whoever of a join is shown is with the others that are.
            shown = {other for other in decided.joined_to(file) if other in site.records}
            assert all(site.story_of[other] == site.story_of[file] for other in shown)


@given(data=st.data())
def test_the_order_of_records_and_of_what_is_decided_changes_nothing(folders, data, now):
    sources = decided_of(data, folders)
    said = sources.overrides
    shuffled = structs.replace(
        sources,
        records=tuple(
            structs.replace(
                record,
                split=tuple(data.draw(st.permutations(record.split))),
                join=tuple(data.draw(st.permutations(record.join))),
            )
            for record in data.draw(st.permutations(sources.records))
        ),
        overrides=structs.replace(
            said,
            pin=tuple(data.draw(st.permutations(said.pin))),
            apart=tuple(tuple(data.draw(st.permutations(some))) for some in data.draw(st.permutations(said.apart))),
            join=tuple(tuple(data.draw(st.permutations(some))) for some in data.draw(st.permutations(said.join))),
        ),
    )
    first, second = (arrange(some, Settings(), now) for some in (sources, shuffled))
    assert leads(first) == leads(second)
    assert {story.lead.slug: story.rank for story in first.site.stories} == {
        story.lead.slug: story.rank for story in second.site.stories
    }


@given(data=st.data(), selection=st.sampled_from(SELECTIONS))
def test_joins_neither_show_nor_hide_anything(folders, data, selection, now):
    sources = decided_of(data, folders)
    without = structs.replace(
        sources,
        records=tuple(structs.replace(record, join=()) for record in sources.records),
        overrides=structs.replace(sources.overrides, join=()),
    )
    settings = Settings(selection=selection)
    assert set(leads(arrange(sources, settings, now))) == set(leads(arrange(without, settings, now)))


@given(data=st.data())
def test_what_is_hidden_by_itself_stays_hidden_whatever_is_decided(folders, data, now):
    sources = decided_of(data, folders)
    shown = arrange(sources, Settings(), now).site.records
    hidden = {r.file for r in sources.records if r.removed or r.draft or r.published_at > now}
    assert hidden.isdisjoint(shown)


# Work, counted and not timed.


def test_where_nothing_is_decided_no_name_is_looked_up(make, link, now, monkeypatch):
    records = story(make, link, "lead", 90, "one", "two")
    monkeypatch.setattr(Forest, "_regrouped", None)
    monkeypatch.setattr("broadsheet.arrange.overrides._grouped", None)
    assert set(leads(arrange(Sources(tuple(records)), Settings(), now)).values()) == {"lead"}


@pytest.mark.parametrize("shape", ["list", "chain", "hub", "splits"])
def test_twice_the_decisions_take_twice_the_work(make, shape):
    def work(size):
        names = [f"n{number:05}" for number in range(size)]
        said = {
            "list": {"join": [names]},
            "chain": {"join": list(pairwise(names))},
            "hub": {"join": [(names[0], name) for name in names[1:]]},
            "splits": {"split": [names], "join": list(pairwise(names))},
        }[shape]
        records = tuple(make(name, quality=number) for number, name in enumerate(names))
        sources = Sources(records, overrides=overrides(**said))
        return calls_of(lambda: Forest(records, Resolver(records), Decided(sources)))

    half, whole = work(500), work(1000)
    assert half > 1000
    assert whole <= 2.3 * half


def calls_of(function):
    """Count the functions that one calls."""
    counted = 0

    def count(frame, event, argument):
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return counted
