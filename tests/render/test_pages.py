"""Which pages a site has, where they lie, and which of two stays when both want one path."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Pages, Settings, Stories
from broadsheet.model import Page, Provider, Sources
from broadsheet.problems import Severity
from broadsheet.render.pages import plan_pages, without_collisions

NOW = datetime(2024, 6, 15, tzinfo=UTC)


@pytest.fixture
def plan():
    def plan(*records, **settings):
        return list(plan_pages(arrange(Sources(records), Settings(**settings), NOW).site))

    return plan


def paths(pages):
    return [page.path for page in pages]


def test_a_small_site_has_these_pages(plan, make):
    assert sorted(paths(plan(make("a")))) == [
        "404.html",
        "archive/2024/05/index.html",
        "archive/2024/index.html",
        "archive/index.html",
        "index.html",
        "latest/index.html",
        "news/a/index.html",
        "sources/a.example.org/index.html",
        "sources/index.html",
        "topics/index.html",
        "topics/transport/index.html",
    ]


def test_a_site_without_stories_has_the_pages_that_every_page_links_to(plan, make):
    found = paths(plan(make("a", draft=True)))
    assert sorted(found) == [
        "404.html",
        "index.html",
        "latest/index.html",
        "topics/index.html",
    ]


def test_a_list_that_is_cut_has_a_page_for_every_part_of_the_calendar(plan, make):
    records = [
        make(f"r{n}", title=f"Title{n}", hours=-24 * 20 * n, provider=Provider("", "wire.example.org"))
        for n in range(4)
    ]
    found = paths(plan(*records, pages=Pages(size=1)))
    for name in ("latest", "topics/transport", "sources/wire.example.org"):
        assert [path for path in found if path.startswith(f"{name}/2")] == [
            f"{name}/2024-05/index.html",
            f"{name}/2024-04/index.html",
            f"{name}/2024-03/index.html",
        ]


def test_the_slug_of_a_folded_record_is_a_redirect(plan, make, link):
    lead = make("lead", quality=9)
    member = make("member", quality=1, related=(link(lead),))
    kinds = {page.path: page.kind for page in plan(lead, member)}
    assert (kinds["news/lead/index.html"], kinds["news/member/index.html"]) == ("story", "redirect")


def test_a_removed_record_and_what_it_leads_have_no_page(plan, make, link):
    lead = make("lead", quality=9, removed=True, aliases=("old-lead",))
    member = make("member", quality=1, related=(link(lead),), aliases=("old-member",))
    assert not any(path.startswith("news/") for path in paths(plan(lead, member)))


def test_without_groups_no_slug_is_a_redirect(plan, make, link):
    lead = make("lead", quality=9)
    member = make("member", quality=1, related=(link(lead),))
    kinds = {page.path: page.kind for page in plan(lead, member, stories=Stories(group=False))}
    assert (kinds["news/lead/index.html"], kinds["news/member/index.html"]) == ("story", "story")


def test_an_alias_is_a_redirect_whether_its_record_leads_or_not(plan, make, link):
    lead = make("lead", quality=9, aliases=("old-lead", "older-lead"))
    member = make("member", quality=1, related=(link(lead),), aliases=("old-member",))
    found = {page.path: (page.kind, page.subject) for page in plan(lead, member)}
    assert found["news/old-lead/index.html"] == found["news/older-lead/index.html"] == ("redirect", "lead.md")
    assert found["news/old-member/index.html"] == ("redirect", "member.md")


def test_an_alias_that_is_the_records_own_slug_means_nothing(plan, make):
    _, problems = without_collisions(plan(make("a", aliases=("a", "A"))))
    assert problems == ()


@pytest.mark.parametrize("alias", ["taken", "TAKEN"])
def test_an_alias_never_takes_the_page_of_a_record_and_both_are_named(plan, make, alias):
    pages, problems = without_collisions(plan(make("a", aliases=(alias,)), make("taken", title="Opera roof")))
    assert [page.subject for page in pages if page.path == "news/taken/index.html"] == ["taken.md"]
    assert len(paths(pages)) == len({path.casefold() for path in paths(pages)})
    (problem,) = problems
    assert problem.severity is Severity.WARNING
    assert "a.md" in problem.place.file
    assert "taken.md" in problem.message


def test_an_alias_never_takes_the_page_of_a_folded_record(plan, make, link):
    lead = make("b-lead", quality=9)
    member = make("c-member", quality=1, related=(link(lead),))
    pages, problems = without_collisions(plan(make("a", title="Opera roof", aliases=("c-member",)), lead, member))
    assert [page.subject for page in pages if page.path == "news/c-member/index.html"] == ["c-member.md"]
    assert len(problems) == 1


def test_of_two_records_with_one_alias_the_first_by_file_name_keeps_it(plan, make):
    pages, problems = without_collisions(
        plan(make("b", aliases=("old",)), make("a", title="Opera roof", aliases=("old",)))
    )
    assert [page.subject for page in pages if page.path == "news/old/index.html"] == ["a.md"]
    (problem,) = problems
    assert problem.place.file.startswith("b.md")
    assert "a.md" in problem.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x/a/index.html", "x/a/index.html"),
        ("x/a/index.html", "x/A/index.html"),
        ("x/caf\u00e9/index.html", "x/cafe\u0301/index.html"),
        ("x/\u212b/index.html", "x/\u00e5/index.html"),
    ],
)
def test_two_pages_that_some_file_system_takes_for_one_are_a_named_collision(first, second):
    one, two = (Page("topic", path, path, origin=f"{n}.md") for n, path in enumerate([first, second]))
    pages, problems = without_collisions([one, two])
    assert pages == (one,)
    (problem,) = problems
    assert (problem.place.file, "0.md" in problem.message) == ("1.md", True)


def test_no_path_leads_out_of_the_output_folder_whatever_things_are_called(plan, make):
    names = ("../../up", "..", "<script>", "a/b", "con", "\u202e", "a\\b", "C:", "~", "x" * 300)
    records = [
        make(f"r{n}", topics=(name,), title=f"Title{n}", provider=Provider(name, name)) for n, name in enumerate(names)
    ]
    for path in paths(plan(*records)):
        for part in path.split("/"):
            assert part.strip(". ")
            assert not set(part) & set('\\:<>|"?*')
            assert len(part.encode()) <= 255


def test_the_url_of_a_page_is_its_path_percent_encoded(plan, make):
    for page in plan(make("caf\u00e9 50%", topics=("K\u00f6ln & Bonn",))):
        assert page.url.isascii()
        assert unquote(page.url) == page.path.removesuffix("index.html")


# Locality: what one record changes in the bytes of all pages.

days = st.integers(0, 90)
row = st.tuples(days, st.sampled_from(["Trams", "Buses"]), st.sampled_from(["a", "b"]))
rows = st.lists(row, min_size=3, max_size=14)


def a_record(make, number, day, topic, source):
    """A record that shares no word, address or time with another: what happens to it is no other's business."""
    return make(
        f"r{number:02}",
        title=f"Headline{number:02}",
        hours=-24 * day - number / 60,
        topics=(topic,),
        provider=Provider(source, f"{source}.example.org"),
        quality=number,
    )


def changed(before, after):
    return {path for path, page in before.items() if path not in after or after[path].html != page.html}


def may_change(record):
    """The pages that tell of a record, or count it: its parts of the calendar, newest pages, and overviews."""
    month = f"{record.published_at:%Y-%m}"
    lists = ("latest", f"topics/{record.topics[0].lower()}", f"sources/{record.provider.domain}")
    found = {f"news/{record.slug}/index.html", f"archive/{month.replace('-', '/')}/index.html"}
    found |= {f"archive/{month[:4]}/index.html", "archive/index.html", "topics/index.html", "sources/index.html"}
    found |= {f"{name}/index.html" for name in lists} | {"index.html", "404.html"}
    return lambda path: path in found or any(path.startswith(f"{name}/{month}") for name in lists)


def menu(found):
    return [a.text for a in found["404.html"].classed("menu")[0].iter("a")]


@settings(max_examples=25)
@given(rows=rows, row=row)
def test_a_new_or_late_record_changes_its_part_of_the_calendar_and_the_newest_pages_only(make, pages, rows, row):
    records = [a_record(make, number, *some) for number, some in enumerate(rows)]
    new = a_record(make, len(rows), *row)
    before, after = (pages(*some, pages=Pages(size=2)) for some in (records, [*records, new]))
    # A topic that was not there before is a new entry of every page's menu.
    if menu(before) != menu(after):
        return
    is_allowed = may_change(new)
    assert [path for path in changed(before, after) if not is_allowed(path)] == []


@settings(max_examples=25)
@given(rows=rows, data=st.data())
def test_a_record_that_folds_changes_its_own_and_its_leads_part_of_the_calendar_only(make, link, pages, rows, data):
    records = [a_record(make, number, *some) for number, some in enumerate(rows)]
    chosen = data.draw(st.lists(st.sampled_from(records), min_size=2, max_size=2, unique_by=lambda one: one.file))
    folding, lead = sorted(chosen, key=lambda record: record.quality)
    folded = structs.replace(folding, related=(link(lead),))
    before = pages(*records, pages=Pages(size=2))
    after = pages(*(folded if record is folding else record for record in records), pages=Pages(size=2))
    if menu(before) != menu(after):
        return
    of_lead, of_folding = may_change(lead), may_change(folding)
    # A list that fits one page again has no calendar.
    gone = set(before) - set(after)
    assert [path for path in changed(before, after) - gone if not of_lead(path) and not of_folding(path)] == []
