"""Why this lead, this rank, this fate of a record. It stands here for the records that tests of arranging make."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Home, Pages, Selection, Settings, Stories, Topics
from broadsheet.explain import Explainer, Shown
from broadsheet.model import PlainPage, Record, Sources, TopicFile
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.source import read_site

HIDE = Selection(unpublished="hide")
AFTER_NOW = 24 * 40
ADDRESS = "https://wire.example.org/ferry"

Explain = Callable[..., Explainer]


@pytest.fixture(scope="session")
def explain(now) -> Explain:
    """Arrange records, and return who explains the outcome."""

    def explain(*records: Record, drafts=False, topics=(), plain=(), by_topic=None, **settings) -> Explainer:
        in_order = tuple(sorted(records, key=lambda record: record.file))
        sources = Sources(in_order, topics, shown_folder="_news", plain_pages=plain)
        chosen = Settings(topics=by_topic or Topics(), **settings)
        return Explainer(arrange(sources, chosen, now, drafts=drafts), sources, chosen, now)

    return explain


def group(explainer, name):
    """The items of a group, nothing for one that is empty."""
    return next((group.shown for group in explainer.groups() if group.name == name), ())


def sentence(explainer, record, start):
    """The one sentence about a story that starts so."""
    (found,) = [reason for reason in explainer.reasons(record.file) if reason.startswith(start)]
    return found


# Who leads.


def test_a_record_that_nobody_else_reported_leads_alone(make, explain):
    record = make("a")
    assert explain(record).reasons("a.md")[0] == "Nobody else reported it, as far as the records say: it leads alone."


def test_what_is_no_lead_has_no_reasons(make, link, explain):
    lead = make("lead", quality=9)
    explainer = explain(lead, make("member", quality=1, related=(link(lead),)))
    assert explainer.reasons("lead.md")
    assert explainer.reasons("member.md") == explainer.reasons("unheard-of.md") == ()


def test_a_lead_is_explained_by_who_points_to_it_and_with_which_quality(make, link, explain):
    lead = make("lead", quality=9)
    explainer = explain(lead, make("member", quality=1, related=(link(lead),)))
    assert explainer.reasons("lead.md")[0] == (
        "1 record points to it as the best of what they list: member.md (a quality of 1, against 9)."
    )


def test_a_stale_quality_that_decided_is_told_with_the_list_that_has_it(make, link, explain):
    lead = make("lead", quality=3)
    explainer = explain(lead, make("member", quality=5, related=(link(lead, quality=8),)))
    assert "member.md (a quality of 5, against 8 in its list)" in explainer.reasons("lead.md")[0]


def test_of_equal_quality_the_file_name_is_told_to_decide(make, link, explain):
    first, second = make("first", quality=5), make("second", quality=5)
    first, second = structs.replace(first, related=(link(second),)), structs.replace(second, related=(link(first),))
    reasons = explain(first, second).reasons("first.md")
    assert "second.md (a quality of 5 as well: the first file name leads)" in reasons[0]
    assert reasons[1].startswith(
        "With a quality of 5 it points to none itself: the best that it lists is second.md, with a quality of 5 as "
        "well, and the first file name leads."
    )


def test_records_without_a_quality_are_told_apart_by_file_name_too(make, link, explain):
    first, second = make("first"), make("second")
    second = structs.replace(second, related=(link(first),))
    assert "second.md (no quality as well: the first file name leads)" in explain(first, second).reasons("first.md")[0]


def test_a_record_that_follows_by_way_of_another_is_told_with_that_other(make, link, explain):
    lead = make("lead", quality=9)
    middle = make("middle", quality=5, related=(link(lead),))
    last = make("last", quality=1, related=(link(middle),))
    first = explain(lead, middle, last).reasons("lead.md")[0]
    assert first.startswith("2 records point to it")
    assert "last.md (by way of middle.md)" in first


def test_of_many_records_the_best_three_are_named_and_the_others_counted(make, link, explain):
    lead = make("lead", quality=9)
    members = [make(f"member{number}", quality=number, related=(link(lead),)) for number in range(6)]
    first = explain(lead, *members).reasons("lead.md")[0]
    assert re.findall(r"member\d", first) == ["member5", "member4", "member3"]
    assert first.startswith("6 records point")
    assert first.endswith(" and 3 more.")


def test_what_the_lead_lists_itself_is_told_with_what_would_make_another_lead(make, link, explain):
    worse = make("worse", quality=2)
    lead = make("lead", quality=9, related=(link(worse),))
    assert sentence(explain(lead, worse), lead, "With") == (
        "With a quality of 9 it points to none itself: the best that it lists is worse.md, with a quality of 2. "
        "For another to lead, give that one a higher `quality`, in its own file and in the lists that name it."
    )


def test_a_higher_quality_in_a_file_and_in_the_lists_makes_another_lead_as_the_advice_says(make, link, explain):
    lead, other = make("lead", quality=9), make("other", quality=10)
    lead = structs.replace(lead, related=(link(other),))
    other = structs.replace(other, related=(link(lead),))
    assert explain(lead, other).reasons("other.md")[0].startswith("1 record points to it")


def test_records_that_point_to_each_other_in_a_ring_are_named(make, link, explain):
    one, two = make("one", quality=5), make("two", quality=4)
    one = structs.replace(one, related=(link(two, quality=9),))
    two = structs.replace(two, related=(link(one, quality=9),))
    assert sentence(explain(one, two), one, "It and") == (
        "It and two.md point to each other in a ring: it leads as the best of them, with a quality of 5, "
        "or of equals as the first by file name."
    )


def test_a_list_of_links_to_elsewhere_leaves_a_record_alone(make, outside, explain):
    record = make("a", related=(outside(),))
    assert explain(record).reasons("a.md")[:2] == (
        "No other record belongs to its story: it leads alone.",
        "It lists no other record of the site, and so points to none.",
    )


def test_members_that_do_not_count_as_coverage_are_counted(make, link, explain):
    lead = make("lead", quality=9)
    near = make("near", quality=1, related=(link(lead),))
    far = make("far", quality=1, hours=-24 * 9, related=(link(lead),))
    told = sentence(explain(lead, near, far), lead, "1 of them stands last")
    assert "more than 7 days away (`stories.window_days`)" in told


def test_without_groups_no_lead_is_explained(make, link, explain):
    lead = make("lead", quality=9)
    member = make("member", quality=1, related=(link(lead),))
    explainer = explain(lead, member, stories=Stories(group=False))
    assert explainer.reasons("member.md")[:2] == (
        "Every record has a page of its own: `stories.group` is `false`.",
        "It points to lead.md, which is better: it ranks behind all others.",
    )


# How hot it is.


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"heat": 38, "quality": 38}, "Its heat is 38, as its file says."),
        ({"heat": 74, "quality": 60}, "Its heat is 74, as its file says; without `heat` there it would be 60."),
        ({"heat": 0}, "Its heat is 0, as its file says."),
        (
            {"heat": -1, "quality": 60},
            "Its source folded it under a better one (`heat: -1` in its file): it ranks behind all others.",
        ),
        ({}, "Its file says neither `heat` nor `quality`: it ranks as with a heat of 0."),
        (
            {"quality": 49},
            "Its heat is its quality of 49; from 50 on each item of `related` adds 20. "
            "A `heat` in its file would count instead.",
        ),
        (
            {"quality": 60, "items": 2},
            "Its heat is 100: its quality of 60, and 20 for each of the 2 items that it lists. "
            "A `heat` in its file would count instead.",
        ),
    ],
)
def test_a_heat_is_told_with_where_it_is_from(make, outside, explain, fields, expected):
    items = fields.get("items", 0)
    fields = {name: value for name, value in fields.items() if name != "items"}
    record = make("a", related=(outside(),) * items, **fields)
    assert expected in explain(record).reasons("a.md")


def test_a_record_that_is_not_in_the_sources_own_list_is_told_to_be_in_no_issue(make, explain):
    record = make("a", published=False)
    assert sentence(explain(record), record, "Its file says `published: false`").endswith(
        "issues and the news API leave it out."
    )


# Where it stands.


def places(make, heats, **fields):
    """Records of different subjects, one an hour, the newest first."""
    return [
        make(f"n{number:02}", title=f"Subject{number} of place{number}", hours=-number, heat=heat, **fields)
        for number, heat in enumerate(heats)
    ]


def test_the_place_on_the_front_page_is_told_with_its_rank(make, explain):
    records = places(make, range(99, 84, -1))
    explainer = explain(*records, home=Home(stories_per_topic=8))
    fronts = [sentence(explainer, record, ("It ", "On ")) for record in records]
    assert fronts[0] == "It leads the front page: it is the hottest of the 15 stories of the 7 days up to the newest."
    assert fronts[1] == (
        "It stands at the top of the front page, as the first 5 do: it is the 2nd hottest of the 15 stories of the "
        "7 days up to the newest."
    )
    assert fronts[5].startswith("On the front page it stands 1st under Transport. It is the 6th hottest")
    assert fronts[8] == (
        "On the front page it stands 4th under Transport, in brief: at most 3 are told in full, if they have half the "
        "heat of the hottest there. It is the 9th hottest of the 15 stories of the 7 days up to the newest."
    )
    assert fronts[13] == (
        "It is not on the front page: under Transport there is room for 8 stories (`home.stories_per_topic`), and it "
        "would be the 9th."
    )


def test_of_several_topics_the_one_that_a_story_stands_under_is_told_to_be_the_best(make, explain):
    files = TopicFile("1.yaml", "Transport"), TopicFile("2.yaml", "Ferries", parent="Transport")
    records = places(make, [9, 8, 7], topics=("Transport", "Ferries"))
    assert sentence(explain(*records, topics=files), records[2], "On").startswith(
        "On the front page it stands 2nd under Ferries (of its topics the deepest, then the first)."
    )


def test_equal_heat_is_told_to_fall_to_the_file_name(make, explain):
    records = places(make, [9, 9, 3])
    explainer = explain(*records)
    assert "(of equals, by file name)" in sentence(explainer, records[0], "It leads")
    assert "(of equals, by file name)" not in sentence(explainer, records[2], "On")


def test_a_story_that_is_too_old_for_the_front_page_is_told_so(make, explain):
    records = [*places(make, range(12)), make("old", title="Opera roof leaks", hours=-24 * 8)]
    assert sentence(explain(*records), records[-1], "It is not") == (
        "It is not on the front page: it is more than 7 days (`home.days`) older than the newest story, n00.md of "
        "2024-05-10."
    )


def test_in_a_quiet_week_the_front_page_is_told_to_hold_the_newest(make, explain):
    records = [*places(make, range(11)), *(make(f"old{n}", title=f"Opera{n}", hours=-24 * (8 + n)) for n in range(2))]
    explainer = explain(*records)
    assert "of the newest 12 stories" in sentence(explainer, records[10], "It leads")
    assert sentence(explainer, records[12], "It is not") == (
        "It is not on the front page: that holds the newest 12 and no more, for the last 7 days (`home.days`) have "
        "fewer."
    )


def test_a_story_that_repeats_another_is_told_with_that_other_for_all_lists(make, explain):
    better, worse = make("better", web_url=ADDRESS, heat=2), make("worse", web_url=ADDRESS, heat=1)
    reasons = explain(better, worse).reasons("worse.md")
    why = "better.md has the same address or title within 7 days, and is hotter"
    assert reasons[-2:] == (
        f"It is not on the front page: {why}.",
        f"Left out of the list of all stories and Transport: {why}.",
    )


def test_a_repetition_that_is_as_hot_is_told_to_fall_to_the_file_name(make, explain):
    first, second = make("first", web_url=ADDRESS), make("second", web_url=ADDRESS)
    assert explain(first, second).reasons("second.md")[-1].endswith("and is as hot, and the first by file name.")


def test_places_in_lists_are_told_by_time(make, explain):
    records = places(make, [1, 2, 3], topics=("Transport", "Arts"))
    assert explain(*records).reasons("n02.md")[-1] == (
        "By its time it is the 3rd of all 3 stories, the 3rd of 3 under Arts and the 3rd of 3 under Transport."
    )


def test_places_in_lists_of_the_hottest_are_told_by_heat_and_whether_there_is_room(make, explain):
    explainer = explain(*places(make, [1, 2, 3]), by_topic=Topics(order="hottest"), pages=Pages(size=2))
    assert explainer.reasons("n02.md")[-2:] == (
        "By its time it is the 3rd of all 3 stories.",
        "By its heat it is the 1st of 3 under Transport.",
    )
    assert explainer.reasons("n00.md")[-1] == "By its heat it is not among the first 2 of 3 under Transport."


# Fates.


def test_a_site_whose_records_are_all_plainly_shown_has_no_groups(make, explain):
    assert explain(make("a"), make("b", title="Opera roof leaks")).groups() == ()


def test_a_draft_is_told_without_a_page_and_in_a_preview_with_one(make, explain):
    draft = make("early", draft=True, title="Ferry &amp; strike")
    assert group(explain(draft), "drafts") == (Shown("_news/early.md", "Ferry & strike"),)
    assert group(explain(draft, drafts=True), "drafts") == (Shown("_news/early.md", "Ferry & strike", "news/early/"),)


def test_a_scheduled_record_is_told_with_its_time_in_the_sites_zone(make, explain, now):
    scheduled = make("early", published_at=now + timedelta(days=200))
    (shown,) = group(explain(scheduled, time_zone="America/Los_Angeles"), "scheduled")
    assert shown.remark == "for 2025-01-01 04:00 PST"


def test_a_plain_page_that_is_a_draft_is_one_of_the_drafts(make, explain):
    plain = (PlainPage("pages/about.md", ("about",), "About us", draft=True),)
    for drafts, url in ((False, ""), (True, "about/")):
        explainer = explain(make("a", draft=True), plain=plain, drafts=drafts)
        (drafts_told,) = explainer.groups()
        assert (drafts_told.count, drafts_told.shown[0]) == (
            2,
            Shown("pages/about.md", "About us", url, "a plain page"),
        )


def test_a_folded_record_is_told_with_its_lead_and_the_page_of_that(make, link, explain):
    lead = make("lead", quality=9)
    (shown,) = group(explain(lead, make("member", quality=1, related=(link(lead),))), "folded")
    assert (shown.file, shown.url, shown.remark) == ("_news/member.md", "news/lead/", "led by lead.md")


@pytest.mark.parametrize(
    ("fields", "selection", "own", "with_lead"),
    [
        ({"removed": True}, Selection(), None, "with its lead lead.md, which is removed"),
        (
            {"published": False},
            HIDE,
            "by `selection.unpublished: hide`: it says `published: false`",
            "by `selection.unpublished: hide` with its lead lead.md, which says `published: false`",
        ),
        (
            {"heat": 38},
            Selection(minimum_heat=50),
            "by `selection.minimum_heat: 50`: it has a heat of 38",
            "by `selection.minimum_heat: 50` with its lead lead.md, which has a heat of 38",
        ),
        (
            {"heat": -1},
            Selection(minimum_heat=0),
            "by `selection.minimum_heat: 0`: it was folded by its source",
            "by `selection.minimum_heat: 0` with its lead lead.md, which was folded by its source",
        ),
    ],
)
def test_a_hidden_record_is_told_with_the_setting_or_the_lead_that_hides_it(
    make, link, explain, *, fields, selection, own, with_lead
):
    lead = make("lead", quality=9, **fields)
    explainer = explain(lead, make("member", quality=1, related=(link(lead),)), selection=selection)
    remarks = {shown.file: shown.remark for shown in group(explainer, "hidden")}
    assert remarks == {**({"_news/lead.md": own} if own else {}), "_news/member.md": with_lead}
    assert [shown.file for shown in group(explainer, "removed")] == ([] if own else ["_news/lead.md"])
    assert explainer.why_missing("news/member/") == f"_news/member.md is hidden {with_lead}"


def test_unpublished_leads_are_told_with_their_pages_and_the_setting_that_would_hide_them(make, explain):
    (told,) = explain(make("a", published=False)).groups()
    assert (told.name, told.count, told.shown[0].url) == ("unpublished", 1, "news/a/")
    assert "selection.unpublished: hide" in told.title


def test_a_folded_record_that_an_editor_has_lead_is_not_told_to_be_unpublished(make, link, explain):
    root = make("root", quality=60, heat=90)
    pinned = make("pinned", quality=1, heat=-1, published=False, pin=True, related=(link(root),))
    explainer = explain(root, pinned)
    assert "unpublished" not in [told.name for told in explainer.groups()]
    assert not any("published: false" in told for told in explainer.reasons("pinned.md"))


def test_what_becomes_of_a_draft_in_a_preview_is_told_as_well(make, link, explain):
    lead = make("lead", quality=9, heat=99)
    member = make("member", quality=1, draft=True, related=(link(lead),))
    cold = make("cold", title="Opera roof leaks", heat=1, draft=True)
    gone = make("gone", title="Orchard frost", draft=True, removed=True)
    explainer = explain(lead, member, cold, gone, drafts=True, selection=Selection(minimum_heat=50))
    assert {shown.file: shown.remark for shown in group(explainer, "drafts")} == {
        "_news/member.md": "led by lead.md",
        "_news/cold.md": "hidden by `selection.minimum_heat: 50`: it has a heat of 1",
        "_news/gone.md": "removed as well",
    }


def test_a_record_whose_address_is_anothers_has_no_fate_here(make, explain):
    records = [structs.replace(make("same", title=f"Opera {name}"), file=f"{name}/same.md") for name in "ab"]
    assert explain(*records).groups() == ()


def test_a_group_counts_all_and_names_the_newest_fifty(make, explain):
    records = [make(f"n{number:02}", draft=True, hours=-number) for number in range(60)]
    (told,) = explain(*records).groups()
    assert told.count == 60
    assert [shown.file for shown in told.shown] == [f"_news/n{number:02}.md" for number in range(50)]


# Ribbons, and pages that are not there.


def test_only_what_a_build_would_not_show_has_a_ribbon(make, explain, now):
    later = {"published_at": now + timedelta(hours=1)}
    explainer = explain()
    assert explainer.ribbon(make("a")) == explainer.ribbon(make("a", published=False)) == ""
    assert explainer.ribbon(make("a", draft=True)) == "Draft: not published"
    assert explainer.ribbon(make("a", **later)) == "Scheduled for 2024-06-15 13:00 UTC"
    assert explainer.ribbon(make("a", draft=True, **later)) == (
        "Draft: not published, and scheduled for 2024-06-15 13:00 UTC"
    )
    plain = PlainPage("pages/about.md", ("about",), "About us")
    assert explainer.ribbon(plain) == ""
    assert explainer.ribbon(structs.replace(plain, draft=True)) == "Draft: not published"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"draft": True}, "_news/a.md is a draft: `broadsheet serve --drafts` shows it"),
        (
            {"hours": AFTER_NOW},
            "_news/a.md is scheduled for 2024-06-19 12:00 UTC: `broadsheet serve --drafts` shows it before",
        ),
        ({"removed": True}, "_news/a.md says `removed: true`: it is shown nowhere"),
        ({"removed": True, "draft": True}, "_news/a.md says `removed: true`: it is shown nowhere"),
    ],
)
@pytest.mark.parametrize("path", ["news/a/", "news/a", "news/A/index.html", "news/old-name/"])
def test_a_missing_page_of_a_record_is_explained(make, explain, fields, why, path):
    assert explain(make("a", aliases=("old-name",), **fields)).why_missing(path) == why


def test_a_page_that_is_there_and_an_address_that_nothing_has_are_not_explained(make, link, explain):
    lead = make("lead", quality=9)
    explainer = explain(lead, make("member", quality=1, related=(link(lead),)))
    for path in ("news/lead/", "news/member/", "news/unheard-of/", "news/", "", "about/", "news/lead/more/"):
        assert explainer.why_missing(path) == ""


def test_a_missing_plain_page_is_explained_until_a_preview_shows_it(explain):
    plain = (PlainPage("pages/us/team.md", ("us", "team"), "Team", draft=True),)
    path = "us/team/"
    assert explain(plain=plain).why_missing(path).startswith("pages/us/team.md is a draft: `broadsheet serve --drafts`")
    assert explain(plain=plain, drafts=True).why_missing(path) == ""


# Laws that hold for every folder.

selections = st.builds(Selection, st.sampled_from(["show", "hide"]), st.none() | st.just(30))
styles = st.fixed_dictionaries(
    {
        "selection": selections,
        "stories": st.builds(Stories, group=st.booleans()),
        "home": st.builds(Home, st.sampled_from(["hottest", "newest"]), st.just(2), st.integers(1, 2)),
        "drafts": st.booleans(),
    }
)


@given(data=st.data(), style=styles)
def test_every_record_has_one_fate_or_is_plainly_shown_and_the_counts_are_those_of_a_build(
    folders, now, digest, explain, data, style
):
    records = data.draw(folders)
    explainer, arranged = explain(*records, **style), digest(*records, **style)
    groups = {group.name: group for group in explainer.groups()}
    told = [shown.file.removeprefix("_news/") for group in groups.values() for shown in group.shown]
    plainly = [story.lead.file for story in arranged.site.stories if story.lead.file not in told]
    assert sorted([*told, *plainly]) == sorted(record.file for record in records)
    assert all(group.count == len(group.shown) for group in groups.values())
    counts = {name: group.count for name, group in groups.items()}
    early = [record for record in records if record.draft or record.published_at > now]
    assert counts.get("drafts", 0) + counts.get("scheduled", 0) == len(early)
    if not style["drafts"]:
        assert arranged.withheld == len(early)
        fates = [counts.get(name, 0) for name in ("removed", "hidden", "unpublished")]
        assert fates == [arranged.removed, arranged.hidden, arranged.unpublished_leads]
    for record in records:
        is_there = record.file in arranged.site.records
        assert bool(explainer.why_missing(f"news/{record.slug}/")) is not is_there


@given(data=st.data(), style=styles)
def test_what_is_said_of_the_front_page_is_where_a_story_stands(folders, digest, explain, data, style):
    records = data.draw(folders)
    explainer, site = explain(*records, **style), digest(*records, **style).site
    top, *sections = site.front or (None,)
    for story in site.stories:
        reasons = explainer.reasons(story.lead.file)
        assert len(reasons) <= 8
        said = " ".join(reasons)
        assert ("It leads the front page" in said) is (story is top.stories[0] or story.lead == top.stories[0].lead)
        assert ("stands at the top" in said) is (story.lead in [other.lead for other in top.stories[1:]])
        in_sections = [other.lead for section in sections for other in section.all]
        assert ("On the front page it stands" in said) is (story.lead in in_sections)
        assert (", in brief:" in said) is (story.lead in [other.lead for part in sections for other in part.briefs])


@given(data=st.data(), style=styles)
def test_every_list_of_a_story_has_it_at_a_place_or_leaves_it_out_for_another(folders, digest, explain, data, style):
    records = data.draw(folders)
    explainer, site = explain(*records, **style), digest(*records, **style).site
    for story in site.stories:
        told = [site.newest, *(site.newest_by_topic[topic] for topic in story.topics)]
        expected = [[other.lead for other in some].index(story.lead) + 1 for some in told if story in some]
        reasons = explainer.reasons(story.lead.file)
        places = [reason for reason in reasons if reason.startswith("By its time")]
        assert list(map(int, re.findall(r"the (\d+)\w\w of", " ".join(places)))) == expected
        left_out = [reason.partition(":")[0] for reason in reasons if reason.startswith("Left out of the list of")]
        assert sum(len(re.split(", | and ", names)) for names in left_out) == len(told) - len(expected)


@given(data=st.data())
def test_who_points_where_leads_to_the_lead(folders, digest, data):
    records = data.draw(folders)
    forest = digest(*records).forest
    for record in forest.records:
        path = [record]
        while (following := forest.claims_of(path[-1])[0].record) not in path:
            path.append(following)
        lead = forest.lead_of(record)
        assert lead in path
        assert following in forest.ring_of(lead)


# Real records.


@pytest.mark.parametrize("name", ["azure-2020h1", "powerapps"])
def test_every_story_and_every_record_of_a_real_site_is_explained(corpus, now, name):
    settings = read_settings(corpus / name)
    sources = read_site(find_folders(corpus / name, settings), lambda *_: None).sources
    arranged = arrange(sources, settings, now)
    explainer = Explainer(arranged, sources, settings, now)
    for story in arranged.site.stories:
        assert 4 <= len(explainer.reasons(story.lead.file)) <= 8
    counts = {group.name: group.count for group in explainer.groups()}
    assert counts.get("removed", 0) == arranged.removed
    assert counts.get("unpublished", 0) == arranged.unpublished_leads
    assert counts.get("folded", 0) == len(arranged.site.records) - len(arranged.site.stories)
