"""Who leads whom: every record points to the best item of its own list, and the root of all pointers leads."""

import random
import re
import sys
from collections import Counter
from datetime import timedelta
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.aboutness import Measure
from broadsheet.arrange.forest import Forest
from broadsheet.arrange.related import Resolver
from broadsheet.arrange.site import arrange
from broadsheet.arrange.stories import StoryMaker
from broadsheet.config import Settings, Stories
from broadsheet.model import Provider, Record, Sources


def leads(site):
    return {file.removesuffix(".md"): site.stories[at].lead.slug for file, at in site.story_of.items()}


def test_a_record_without_related_items_leads_its_own_story(make, digest):
    (story,) = digest(make("a")).site.stories
    assert (story.lead.slug, story.coverage, story.also_linked, story.related) == ("a", (), (), ())


def test_a_record_is_folded_under_the_better_one_that_it_lists(make, link, digest):
    better = make("better", quality=2)
    assert leads(digest(better, make("worse", quality=1, related=(link(better),))).site)["worse"] == "better"


def test_a_lead_need_not_list_its_members(make, link, digest, names):
    lead = make("lead", quality=2)
    (story,) = digest(lead, make("member", quality=1, related=(link(lead),))).site.stories
    assert names(story.coverage) == ["member"]


def test_a_record_that_nobody_better_is_listed_by_stays_a_lead_though_a_better_one_lists_it(make, link, digest):
    weak = make("weak", quality=1)
    strong = make("strong", quality=2, related=(link(weak),))
    assert leads(digest(weak, strong).site) == {"weak": "weak", "strong": "strong"}


def test_of_equal_quality_the_first_file_name_leads(make, link, digest):
    first, second = make("2024-05-10-a", quality=5), make("2024-05-10-b", quality=5)
    first = structs.replace(first, related=(link(second),))
    second = structs.replace(second, related=(link(first),))
    assert set(leads(digest(first, second).site).values()) == {"2024-05-10-a"}


def test_a_tie_is_broken_by_the_file_name_without_its_folder(make, link, digest):
    early = structs.replace(make("a", quality=5), file="z/a.md")
    late = structs.replace(make("b", quality=5, related=(link(early),)), file="a/b.md")
    site = digest(early, late).site
    assert [story.lead.file for story in site.stories] == ["z/a.md"]


def test_the_quality_that_the_list_writes_counts_and_not_that_of_the_record_itself(make, link, digest):
    other = make("other", quality=1)
    praised = make("praised", quality=5, related=(link(other, quality=6),))
    assert leads(digest(other, praised).site)["praised"] == "other"
    scorned = make("scorned", quality=5, related=(link(structs.replace(other, quality=9), quality=4),))
    assert leads(digest(structs.replace(other, quality=9), scorned).site)["scorned"] == "scorned"


def test_a_quality_that_is_not_there_is_worse_than_none_at_all(make, link, digest):
    zero = make("zero", quality=0)
    assert leads(digest(zero, make("none", related=(link(zero),))).site)["none"] == "zero"
    unknown = make("b-unknown")
    assert leads(digest(unknown, make("c-zero", quality=0, related=(link(unknown),))).site)["c-zero"] == "c-zero"
    assert leads(digest(unknown, make("c-none", related=(link(unknown),))).site)["c-none"] == "b-unknown"
    assert leads(digest(unknown, make("a-none", related=(link(unknown),))).site)["a-none"] == "a-none"


@pytest.mark.parametrize("depth", [2, 3, 50, 5000])
def test_pointers_are_followed_to_their_root_however_deep(make, link, digest, depth):
    chain = [make("n00000", quality=depth, title="Ferry strike")]
    for number in range(1, depth):
        chain.append(make(f"n{number:05}", quality=depth - number, related=(link(chain[-1]),), title=f"Ferry {number}"))
    random.Random(7).shuffle(chain)
    assert set(leads(digest(*chain).site).values()) == {"n00000"}


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("start", [0, 1])
def test_a_ring_of_stale_qualities_is_one_story_that_its_best_record_leads(make, link, digest, size, start):
    ring = [make(f"r{number}", quality=number + 1) for number in range(size)]
    ring = [
        structs.replace(record, related=(link(ring[(number + 1) % size], quality=99),))
        for number, record in enumerate(ring)
    ]
    tail = make(f"{'z' if start else 'a'}-tail", quality=0, related=(link(ring[0]),))
    arranged = digest(*ring, tail)
    assert set(leads(arranged.site).values()) == {f"r{size - 1}"}


def test_the_lead_of_a_ring_has_the_heat_of_a_lead(make, link, digest):
    one, two = make("one", quality=60), make("two", quality=70)
    one = structs.replace(one, related=(link(two, quality=99),))
    two = structs.replace(two, related=(link(one, quality=99),))
    (story,) = digest(one, two).site.stories
    assert (story.lead.slug, story.rank) == ("two", 90)


def test_a_record_that_lists_itself_is_no_member_of_its_own(make, link, digest):
    itself = make("itself", quality=5)
    (story,) = digest(structs.replace(itself, related=(link(itself, quality=9),))).site.stories
    assert (story.coverage, story.also_linked, story.related) == ((), (), ())


@pytest.mark.parametrize(
    ("fields", "rank"),
    [
        ({"quality": 50, "links": 3}, 110),
        ({"quality": 49, "links": 3}, 49),
        ({"quality": 50}, 50),
        ({"quality": 0}, 0),
        ({}, 0),
        ({"links": 3}, 0),
        ({"quality": 80, "heat": 12, "links": 3}, 12),
        ({"quality": 80, "heat": 0}, 0),
        ({"quality": 80, "heat": -1}, -1),
    ],
)
def test_rank_is_the_heat_in_the_file_or_else_quality_and_the_bonus_for_related_items(
    make, outside, digest, fields, rank
):
    links = fields.get("links", 0)
    related = tuple(
        outside(f"Ferry strike {number}", web_url=f"https://x.example.net/{number}") for number in range(links)
    )
    record = make("a", related=related, quality=fields.get("quality"), heat=fields.get("heat"))
    assert digest(record).site.stories[0].rank == rank


def test_a_folded_record_none_of_whose_better_items_is_here_leads_its_own_page(make, outside, digest):
    (story,) = digest(make("part", quality=1, heat=-1, related=(outside(quality=99),))).site.stories
    assert (story.lead.slug, story.rank) == ("part", -1)


# The display guard: who of a story counts as coverage, and as what.


def test_a_member_too_far_in_time_is_only_linked(make, link, digest, names):
    lead = make("lead", quality=9)
    near = make("near", quality=2, hours=-7 * 24, title=f"{lead.title}, again", related=(link(lead),))
    far = make("far", quality=1, hours=-7 * 24 - 1, title=lead.title, related=(link(lead),))
    (story,) = digest(lead, near, far).site.stories
    assert (names(story.coverage), names(story.also_linked)) == (["near"], ["far"])


def test_a_report_of_days_later_follows_up_and_the_first_one_comes_first(make, link, digest, names):
    lead = make("lead", quality=9)
    titles = {"soon": 30, "later": 100, "late": 60}
    members = [make(name, quality=1, hours=hours, related=(link(lead),)) for name, hours in titles.items()]
    (story,) = digest(lead, *members).site.stories
    assert (names(story.coverage), names(story.follow_ups)) == (["soon"], ["late", "later"])
    assert story.updated_at == members[1].published_at
    assert names(story.told) == ["soon", "late", "later"]


def test_a_report_with_the_text_of_another_is_a_copy_of_it(make, link, outside, digest, names):
    text = "The crews of all harbour ferries walked out on Monday over pay, and nobody knows for how long."
    lead = make("lead", quality=9, excerpt=text)
    other = "Harbour ferry crews walk out in a strike"
    first = make("first", quality=5, title=other, related=(link(lead),))
    again = make("again", quality=4, title=other, related=(link(lead),))
    wire = make("wire", quality=1, excerpt=text, related=(link(lead),))
    (story,) = digest(lead, first, again, wire).site.stories
    assert names(story.coverage) == ["first"]
    assert [(copy.item.slug, copy.of.slug) for copy in story.copies] == [("again", "first"), ("wire", "lead")]
    assert story.outlets == 2


def told_copies(story):
    return [tuple(getattr(item, "slug", item.title) for item in (copy.item, copy.of)) for copy in story.copies]


def test_of_equal_texts_the_earliest_is_the_report_that_is_told(make, link, digest, names):
    lead, title = make("lead", quality=9), "Harbour ferry crews walk out in a strike"
    hours = {"best": 5, "late": 6, "first": 1, "soon": 3}
    carrying = [
        make(name, quality=8 - at, hours=hour, title=title, related=(link(lead),))
        for at, (name, hour) in enumerate(hours.items())
    ]
    (story,) = digest(lead, *carrying).site.stories
    assert (names(story.coverage), names(story.follow_ups)) == (["first"], [])
    assert told_copies(story) == [("late", "first"), ("best", "first"), ("soon", "first")]
    assert len(story.nearness) == len((*story.told, *story.also_linked))


def test_a_text_that_was_told_before_it_came_again_is_no_follow_up(make, link, digest, names):
    lead, title = make("lead", quality=9), "Harbour ferry crews walk out in a strike"
    late = make("late", quality=8, hours=60, title=title, related=(link(lead),))
    soon = make("soon", quality=7, hours=2, title=title, related=(link(lead),))
    (story,) = digest(lead, late, soon).site.stories
    assert (names(story.coverage), names(story.follow_ups), told_copies(story)) == (["soon"], [], [("late", "soon")])


def test_a_copy_of_unknown_time_is_never_the_report_that_is_told(make, link, outside, digest, names):
    lead, title = make("lead", quality=9), "Harbour ferry crews walk out in a strike"
    told = make("told", quality=8, hours=5, title=title, related=(link(lead),))
    undated = outside(title, is_undated=True)
    (story,) = digest(structs.replace(lead, related=(undated,)), told).site.stories
    assert names(story.coverage) == ["told"]


def test_the_lead_stays_what_its_copies_carry_though_one_came_before_it(make, link, digest, names):
    lead = make("lead", quality=9, title="Harbour ferry crews walk out in a strike")
    before = make("before", quality=1, hours=-3, title=lead.title, related=(link(lead),))
    (story,) = digest(lead, before).site.stories
    assert (names(story.coverage), told_copies(story)) == ([], [("before", "lead")])


def test_what_has_the_text_of_a_copy_is_a_copy_of_the_same_report(make, link, digest, names):
    lead, title = make("lead", quality=9), "Harbour ferry crews walk out in a strike"
    text = "Nobody who works on board sails from Monday on, said their union in the harbour office this morning."
    report = make("report", quality=8, hours=1, title=title, related=(link(lead),))
    copy = make("copy", quality=7, hours=2, title=title, excerpt=text, related=(link(lead),))
    third = make("third", quality=6, hours=3, title="A strike of ferry unions", excerpt=text, related=(link(lead),))
    (story,) = digest(lead, report, copy, third).site.stories
    assert names(story.coverage) == ["report"]
    assert told_copies(story) == [("copy", "report"), ("third", "report")]


def test_outlets_count_once_and_only_those_that_reported_by_themselves(make, link, digest):
    lead = make("lead", quality=9)
    titles = ["Ferry strike seen by crews", "Ferry strike seen by travellers", "Ferry strike at noon"]
    sites = ["one.example.net", "www.one.example.net", "two.example.net"]
    members = [
        make(f"m{at}", quality=1, title=title, web_url=f"https://{site}/{at}", related=(link(lead),))
        for at, (title, site) in enumerate(zip(titles, sites, strict=True))
    ]
    unnamed = make("unnamed", quality=1, title="Ferry strike from afar", web_url=None, related=(link(lead),))
    (story,) = digest(lead, *members, unnamed).site.stories
    assert len(story.coverage) == 4
    assert story.outlets == 3


def test_a_story_says_how_near_each_item_is(make, link, digest):
    lead = make("lead", quality=9)
    near, far = make("near", quality=2, related=(link(lead),)), make("far", title="Opera", related=(link(lead),))
    (story,) = digest(lead, near, far).site.stories
    assert len(story.nearness) == len((*story.told, *story.also_linked)) == 2
    assert story.nearness[0] > story.nearness[1] == 0


def test_a_member_about_something_else_is_only_linked(make, link, digest, names):
    lead = make("lead", quality=9)
    (story,) = digest(lead, make("other", title="Opera roof leaks", quality=1, related=(link(lead),))).site.stories
    assert (names(story.coverage), names(story.also_linked)) == ([], ["other"])


def test_the_window_of_the_guard_is_a_setting(make, link, digest, names):
    lead = make("lead", quality=9)
    far = make("far", quality=1, hours=20 * 24, title=f"{lead.title}, again", related=(link(lead),))
    assert names(digest(lead, far, stories=Stories(window_days=20)).site.stories[0].follow_ups) == ["far"]
    assert names(digest(lead, far, stories=Stories(window_days=19)).site.stories[0].also_linked) == ["far"]


def test_the_guard_never_changes_who_leads(make, link, digest):
    lead = make("lead", quality=9, title="Opera roof leaks")
    member = make("member", quality=1, hours=24 * 30, related=(link(lead),))
    assert len(digest(lead, member).site.stories) == 1


def test_coverage_is_best_first(make, link, digest, names):
    lead = make("lead", quality=9)
    qualities = [("bb", 3), ("aa", 3), ("cc", 7), ("dd", None)]
    members = [make(name, quality=quality, related=(link(lead),)) for name, quality in qualities]
    assert names(digest(lead, *members).site.stories[0].coverage) == ["cc", "aa", "bb", "dd"]


def test_members_with_one_address_count_as_coverage_once_and_none_is_lost(make, link, digest, names):
    lead = make("lead", quality=9)
    address = "https://wire.example.org/ferry"
    first = make("first", quality=3, web_url=address, related=(link(lead),))
    second = make("second", quality=2, web_url=f"{address}/?utm_source=mail#top", related=(link(lead),))
    (story,) = digest(lead, first, second).site.stories
    assert (names(story.coverage), names(story.also_linked)) == (["first"], ["second"])


def test_a_member_with_the_address_of_the_lead_is_a_copy_of_it(make, link, digest):
    lead = make("lead", quality=9)
    copy = make("copy", quality=1, web_url=lead.web_url, related=(link(lead),))
    (story,) = digest(lead, copy).site.stories
    assert [(copy.item.slug, copy.of.slug) for copy in story.copies] == [("copy", "lead")]
    assert (story.coverage, story.also_linked) == ((), ())


# Items that are no members.


def test_an_item_from_outside_about_the_subject_is_coverage(make, outside, digest, names):
    (story,) = digest(make("lead", related=(outside(),))).site.stories
    assert names(story.coverage) == ["Ferry strike seen from abroad"]


def test_an_item_from_outside_about_something_else_is_only_linked(make, outside, digest, names):
    (story,) = digest(make("lead", related=(outside("Opera roof leaks"),))).site.stories
    assert (names(story.coverage), names(story.also_linked)) == ([], ["Opera roof leaks"])


def test_what_a_member_lists_from_outside_is_coverage_when_it_is_about_the_subject_of_the_lead(
    make, link, outside, digest, names
):
    lead = make("lead", quality=9)
    abroad, opera = outside(), outside("Opera roof leaks", web_url="https://opera.example.net/")
    (story,) = digest(lead, make("member", quality=1, related=(link(lead), abroad, opera))).site.stories
    assert names(story.coverage) == ["member", "Ferry strike seen from abroad"]
    assert story.also_linked == ()


def test_one_item_in_many_lists_is_coverage_once(make, link, outside, digest, names):
    lead = make("lead", quality=9, related=(outside(),))
    members = [make(f"m{n}", quality=1, related=(link(lead), outside())) for n in range(3)]
    (story,) = digest(lead, *members).site.stories
    assert names(story.coverage) == ["m0", "m1", "m2", "Ferry strike seen from abroad"]


def test_one_item_that_fails_the_guard_is_linked_once(make, outside, digest, names):
    again = [outside("Opera roof leaks"), outside("Opera roof leaks"), outside("Opera roof", quality=3)]
    (story,) = digest(make("lead", related=tuple(again))).site.stories
    assert names(story.also_linked) == ["Opera roof leaks"]


def test_an_item_from_outside_with_the_address_of_a_member_is_not_listed_beside_it(make, link, outside, digest, names):
    lead = make("lead", quality=9, related=(outside("Opera roof leaks", web_url="https://far.example.org/far"),))
    far = make("far", quality=1, hours=24 * 30, related=(link(lead),))
    (story,) = digest(lead, far).site.stories
    assert names([*story.coverage, *story.also_linked]) == ["far"]


def test_an_item_that_belongs_to_another_story_leads_on_to_its_lead(make, link, digest, story_of, names):
    better = make("better", quality=9)
    member = make("member", quality=1, related=(link(better),))
    here = make("here", quality=5, related=(link(member),))
    assert names(other.lead for other in story_of(digest(better, member, here).site, "here").related) == ["better"]


def test_a_story_that_nobody_lists_is_related_when_it_is_about_the_same(make, digest, story_of):
    here, there = make("here", excerpt="Harbour crews walk out."), make("there", hours=24 * 30)
    opera = make("opera", title="Opera roof leaks")
    story = story_of(digest(here, there, opera).site, "here")
    assert [(other.lead.slug, other.shared) for other in story.related] == [("there", ("Ferry strike", "view"))]
    assert 0 < story.related[0].score < 1


def test_of_several_stories_of_one_event_one_is_related(make, digest, story_of):
    here = make("here", title="Harbour ferry timetable for winter", hours=24 * 20)
    event = [
        make(f"e{at}", title=title)
        for at, title in enumerate(["Harbour ferry timetable cut", "Ferry timetable in the harbour is cut"])
    ]
    assert len(story_of(digest(here, *event).site, "here").related) == 1


def test_a_copy_of_the_lead_is_not_related_to_it(make, digest, story_of):
    title = "Harbour ferry timetable for winter"
    here, copy = make("here", title=title), make("copy", title=title, hours=1)
    assert story_of(digest(here, copy).site, "here").related == ()


def test_a_page_that_was_issued_again_is_not_related_to_itself(make, digest, story_of, names):
    page = "https://guide.example.org/ferries"
    here = make("here", title="Harbour ferry timetable for winter", web_url=page, hours=24 * 25)
    again = make("again", title="Harbour ferry timetable for summer, with fares", web_url=f"{page}/?utm_source=mail")
    other = make("other", title="Harbour ferry timetable for spring, with stops")
    site = digest(here, again, other).site
    assert names(related.lead for related in story_of(site, "here").related) == ["other"]


def test_a_story_counts_an_outlet_once_by_its_name_and_by_its_domain(make, link, digest):
    lead = make("lead", quality=9, provider=Provider("The Wire"))
    titles = [
        "Ferry strike seen by crews",
        "Ferry strike seen by travellers",
        "Ferry strike at noon",
        "Ferry strike ends",
    ]
    sites = [("the wire", "x.example.net"), ("", "post.example.com"), ("", "m.post.example.com"), ("", "b.co.uk")]
    members = [
        make(
            f"m{at}",
            quality=1,
            title=title,
            web_url=f"https://{site}/{at}",
            provider=Provider(name),
            related=(link(lead),),
        )
        for at, (title, (name, site)) in enumerate(zip(titles, sites, strict=True))
    ]
    (story,) = digest(lead, *members).site.stories
    assert len(story.coverage) == 4
    assert story.outlets == 3


def test_a_story_that_goes_on_knows_what_was_told_before(make, digest, story_of, names):
    told = "The harbour ferry Aurora and its crews."
    titles = [
        "Crews of the ferry Aurora walk out",
        "Ferry Aurora: crews and owners talk",
        "Ferry Aurora sails, crews stay",
    ]
    steps = [make(f"s{at}", title=title, excerpt=told, hours=at * 60) for at, title in enumerate(titles)]
    site = digest(*steps, make("opera", title="Opera roof leaks", hours=60)).site
    assert names(story_of(site, "s2").earlier) == ["s1", "s0"]
    assert names(story_of(site, "s0").earlier) == []
    assert story_of(site, "s2").related == ()


def test_a_story_about_something_else_that_the_lead_lists_is_only_linked(make, link, digest, story_of, names):
    opera = make("opera", title="Opera roof leaks", quality=1)
    here = story_of(digest(opera, make("here", quality=5, related=(link(opera),))).site, "here")
    assert (names(other.lead for other in here.related), names(here.also_linked)) == ([], ["opera"])


def test_more_related_stories_than_wanted_are_linked_and_not_lost(make, link, digest, story_of, names):
    others = [make("near", quality=0, hours=-200), make("far", quality=1, hours=-2000)]
    here = make("here", quality=9, related=tuple(map(link, others)))
    story = story_of(digest(here, *others, stories=Stories(max_related=1)).site, "here")
    assert names(other.lead for other in story.related) == ["near"]
    assert names(story.also_linked) == ["far"]


def test_another_story_is_linked_from_one_place_of_a_story_only(make, link, digest, story_of, names):
    better = make("better", quality=5)
    strange = make("strange", quality=1, title="Opera roof leaks", related=(link(better),))
    here = make("here", quality=9, related=(link(strange), link(better)))
    story = story_of(digest(better, strange, here).site, "here")
    assert names([*story.coverage, *(other.lead for other in story.related), *story.also_linked]) == ["better"]


def test_without_groups_every_record_has_a_page_with_its_own_list_in_its_own_order(make, link, outside, digest, names):
    better = make("better", quality=9)
    opera = make("opera", title="Opera roof leaks")
    worse = make("worse", quality=1, related=(link(opera), outside(), link(better)))
    site = digest(better, opera, worse, stories=Stories(group=False)).site
    assert sorted(names(site.stories)) == ["better", "opera", "worse"]
    story = site.stories[site.story_of["worse.md"]]
    assert names(story.coverage) == ["opera", "Ferry strike seen from abroad", "better"]
    assert (story.also_linked, story.related) == ((), ())


# What is hidden.


@pytest.mark.parametrize("group", [True, False])
@pytest.mark.parametrize(
    "address",
    [
        "https://m.h.example/h-rem",
        "https://mobile.h.example/h-rem?utm_source=mail",
        "http://www.amp.h.example/h-rem",
        "https://h.example/amp/h-rem",
        "https://h.example/h-rem/amp/",
        "https://h.example/h%2Drem",
        "https://h.example/h%2drem#top",
        "https://m.h.example/amp/h%2Drem/",
    ],
)
def test_no_form_of_its_address_brings_the_article_of_a_removed_record_back(
    make, outside, digest, story_of, address, group
):
    removed = make("removed", title="Opera roof leaks", web_url="https://h.example/h-rem", removed=True)
    here = make("here", related=(outside("Another headline of the ferry strike", web_url=address),))
    story = story_of(digest(here, removed, stories=Stories(group=group)).site, "here")
    assert (*story.told, *story.also_linked) == ()


@pytest.mark.parametrize(
    "address",
    [
        "https://h.example/h-rem-2",
        "https://h.example/h%2Frem",
        "https://h.example/ampere/h-rem",
        "https://news.h.example/h-rem",
        "https://h.example/h-rem?amp",
        "https://m.example/h-rem",
    ],
)
def test_an_article_at_another_address_than_a_removed_records_is_shown(make, outside, digest, story_of, address):
    removed = make("removed", title="Opera roof leaks", web_url="https://h.example/h-rem", removed=True)
    here = make("here", related=(outside("Another headline of the ferry strike", web_url=address),))
    story = story_of(digest(here, removed).site, "here")
    assert len((*story.told, *story.also_linked)) == 1


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (("Opera roof &amp; rain", 7, ""), 0),
        (("OPERA ROOF & RAIN", -7, ""), 0),
        (("Opera roof & rain", 7.1, ""), 1),
        (("Opera roof", 1, ""), 1),
        (("Opera roof & rain", 1, "https://else.example.net/"), 1),
    ],
)
def test_what_has_no_address_and_the_title_of_a_removed_record_is_hidden_for_a_week(
    make, outside, digest, found, shown
):
    title, days, address = found
    before, after = (make(f"removed{at}", title="Opera roof & rain", hours=at, removed=True) for at in (-9999, 0))
    item = outside(title, published_at=after.published_at + timedelta(days=days), web_url=address)
    (story,) = digest(make("here", related=(item,)), before, after).site.stories
    assert len((*story.told, *story.also_linked)) == shown


# Laws that hold for every folder.

# What of a digest is no value.
UNLIKE = dict.fromkeys(("forest", "taxonomy", "measure", "decided", "neighbours", "resolver"))


@given(data=st.data())
def test_the_order_of_the_records_changes_nothing(folders, data, now):
    records = data.draw(folders)
    shuffled = data.draw(st.permutations(records))
    first, second = (arrange(Sources(tuple(some)), Settings(), now) for some in (records, shuffled))
    assert first._replace(**UNLIKE) == second._replace(**UNLIKE)
    assert all(first.forest.lead_of(record) == second.forest.lead_of(record) for record in first.forest.records)


@given(data=st.data())
def test_every_shown_record_is_a_lead_or_stands_once_under_its_lead(folders, digest, data):
    records = data.draw(folders)
    site = digest(*records).site
    seen = Counter()
    for number, story in enumerate(site.stories):
        held = [story.lead, *(item for item in (*story.told, *story.also_linked) if isinstance(item, Record))]
        own = [record.file for record in held if site.story_of[record.file] == number]
        seen.update(own)
        listed = [item.file for item in (*held, *(other.lead for other in story.related)) if isinstance(item, Record)]
        assert len(listed) == len(set(listed)), "one record twice on one page"
        assert {site.story(other.lead.file).lead.file for other in story.related} == {
            other.lead.file for other in story.related
        }
    assert seen == Counter(site.records.keys())


@given(data=st.data())
def test_the_lead_is_the_root_of_the_best_items(folders, digest, now, data):
    records = data.draw(folders)
    site = digest(*records).site
    out = [record for record in records if not record.draft and record.published_at <= now]

    def resolved(item):
        """The record that an item is; one that is withheld is not there, but for the items that name it exactly."""
        exact = [record for record in records if (record.title, record.published_at) == (item.title, item.published_at)]
        if exact:
            return min((record for record in exact if record in out), key=lambda record: record.file, default=None)
        same = [record for record in out if record.title == item.title]
        near = [record for record in same if abs(record.published_at - item.published_at) <= timedelta(hours=1)]
        return near[0] if len(near) == 1 else None

    def key(quality, record):
        return (1 if quality is None else -quality, record.file)

    def best(record):
        keys = {key(record.quality, record): record}
        for item in record.related:
            other = resolved(item)
            if other in out:
                keys.setdefault(key(other.quality if item.quality is None else item.quality, other), other)
        return keys[min(keys)]

    def root(record):
        path = [record]
        while (following := best(path[-1])) not in path:
            path.append(following)
        ring = path[path.index(following) :]
        return min(ring, key=lambda record: key(record.quality, record))

    expected = {record.file: root(record) for record in out}
    shown = {file: lead for file, lead in expected.items() if not lead.removed}
    shown = {record.file: shown[record.file].file for record in out if record.file in shown and not record.removed}
    assert {file: site.stories[at].lead.file for file, at in site.story_of.items()} == shown


# Work, counted and not timed.


def long_story(make, link, size, listed=20):
    lead = make("a-lead", quality=999)
    members = [make(f"m{number:05}", quality=1, hours=number / 60) for number in range(size)]
    items = [link(member, quality=0) for member in members]
    return [
        structs.replace(lead, related=tuple(items)),
        *(
            structs.replace(member, related=(link(lead), *(items[(number + step) % size] for step in range(listed))))
            for number, member in enumerate(members)
        ),
    ]


class CountingResolver(Resolver):
    """A resolver that counts how often it is asked."""

    asked = 0

    def candidates(self, item):
        self.asked += 1
        return super().candidates(item)


class CountingMeasure(Measure):
    """A measure that counts how often it compares."""

    asked = 0

    def _about(self, a, b, shared, common):
        self.asked += 1
        return super()._about(a, b, shared, common)


def work(records, settings):
    """Count what making all stories asks the resolver and the measure, and how many functions it calls."""
    calls = Counter()
    resolver, measure = CountingResolver(records), CountingMeasure(records)

    def count(frame, event, argument):
        if event in {"call", "c_call"}:
            calls["called"] += 1

    sys.setprofile(count)
    try:
        forest = Forest(records, resolver)
        maker = StoryMaker(forest, resolver, measure, {record.file: record for record in records}, settings)
        for lead in maker.leads():
            maker.grouped(lead, ())
    finally:
        sys.setprofile(None)
    return {**calls, "resolved": resolver.asked, "compared": measure.asked}


def test_a_story_of_a_thousand_members_takes_twice_the_work_of_one_of_five_hundred(make, link):
    half, whole = (work(long_story(make, link, size), Stories()) for size in (500, 1000))
    assert half["resolved"] > 500
    for kind, number in whole.items():
        assert number <= 2.1 * half[kind], kind


class CountedName(str):
    """A file name that counts how often it is compared; it hashes as any other."""

    __slots__ = ()
    comparisons = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        CountedName.comparisons += 1
        return str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    def __lt__(self, other):
        CountedName.comparisons += 1
        return str.__lt__(self, other)


def test_file_names_are_compared_no_more_than_sorting_needs(make, link):
    def comparisons(size):
        records = [structs.replace(record, file=CountedName(record.file)) for record in long_story(make, link, size)]
        CountedName.comparisons = 0
        work(records, Stories())
        return CountedName.comparisons

    half, whole = comparisons(500), comparisons(1000)
    assert half > 0
    assert whole <= 2.4 * half


# Real records.


@pytest.fixture(scope="module", params=["powerapps", "azure-2020h1"])
def real_site(request, corpus, run, tmp_path_factory):
    """A real site: its name, its records' marks by slug, and the pages that were built of it."""
    records = {}
    for path in (corpus / request.param / "_news").rglob("*.md"):
        marks = dict(re.findall(r"^(heat|removed): *(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        records[path.stem] = (int(marks["heat"]) if "heat" in marks else None, marks.get("removed") == "true")
    output = tmp_path_factory.mktemp(request.param)
    result = run("build", corpus / request.param, "--output", output, "--now", "2100-01-01", timeout=600)
    assert "error:" not in result.stderr
    assert "warning:" not in result.stderr
    pages = {path.parent.name: path.read_text(encoding="utf-8") for path in output.glob("news/*/index.html")}
    return request.param, records, pages


def test_the_leads_of_real_sites_are_those_that_the_sites_say_and_parts_whose_lead_is_elsewhere(real_site):
    name, records, pages = real_site
    said = {slug for slug, (heat, removed) in records.items() if not removed and (heat is None or heat >= 0)}
    leads = {slug for slug, page in pages.items() if 'http-equiv="refresh"' not in page}
    assert said <= leads
    assert all(records[slug][0] == -1 for slug in leads - said)
    assert len(leads - said) == {"powerapps": 0, "azure-2020h1": 81}[name]


def test_every_folded_record_of_a_real_site_is_listed_on_the_page_that_its_own_leads_to(real_site):
    _, records, pages = real_site
    removed = {slug for slug, (_, removed) in records.items() if removed}
    # A removed record takes along what it leads, and nothing else is missing.
    assert removed.isdisjoint(pages)
    assert all(records[slug][0] == -1 for slug in set(records) - set(pages) - removed)
    for slug, page in pages.items():
        target = re.search(r'http-equiv="refresh" content="0; url=/news/([^/]+)/#([^"]+)"', page)
        if target:
            assert f'id="{unquote(target[2])}"' in pages[unquote(target[1])], slug
