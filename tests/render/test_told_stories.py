"""What readers and machines are told of a story: reports, copies, follow-ups, what came before, where to go on."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec import Struct, structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings, Stories
from broadsheet.heat import heat_parts
from broadsheet.model import Copy, Coverage, Provider, RelatedStory, Site, Sources
from broadsheet.render.renderer import Renderer
from broadsheet.render.search import search_entries
from broadsheet.render.theme import Theme
from broadsheet.words import words_of

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
BASE = "https://tram.example.org/"
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = '<script>alert("x")</script>'


def swapped(value: Any, old: Any, new: Any) -> Any:
    """A site, or a part of one, with another story in the place of `old`, wherever that stands."""
    if value is old:
        return new
    if isinstance(value, tuple):
        return tuple(swapped(part, old, new) for part in value)
    if isinstance(value, dict):
        return {key: swapped(part, old, new) for key, part in value.items()}
    if isinstance(value, Struct) and type(value).__name__ in {"Site", "Listing", "Bucket", "Section"}:
        return structs.replace(
            value, **{name: swapped(getattr(value, name), old, new) for name in value.__struct_fields__}
        )
    return value


def outside(name: str, provider: str = "", **fields: Any) -> Coverage:
    address = f"https://{name}.example.net/{name}"
    moment = datetime(2024, 5, 10, 15, tzinfo=UTC)
    return Coverage(f"Title of {name}", moment, web_url=address, provider=Provider(provider or f"The {name}"), **fields)


class Told:
    """A site with one story of which everything can be told, rendered."""

    def __init__(self, read_page, records, changes, **settings: Any) -> None:
        self.settings = Settings(**{"title": "The Daily Tram", "base_url": BASE, **settings})
        site = arrange(Sources(records), self.settings, NOW).site
        self.records = site.records
        old = site.story("lead.md")
        self.site: Site = swapped(site, old, structs.replace(old, **changes(site.records)))
        renderer = Renderer(self.site, self.settings)
        theme = Theme(words=words_of(self.settings.language))
        self.files = {file.path: file.content for file in renderer.files(theme, {})}
        self._read_page = read_page

    def page(self, path: str = "news/lead/index.html"):
        return self._read_page(self.files[path].decode())

    def json(self, slug: str = "lead") -> dict[str, Any]:
        stories = json.loads(self.files["api/stories/index.json"])["stories"]
        return next(story for story in stories if story["slug"] == slug)


@pytest.fixture
def tell(make, link, read_page):
    """Tell a story by hand: `lead` with the members `member` and `beside`, and another story, `other`, a day before."""

    def tell(changes=lambda records: {}, **settings: Any) -> Told:
        lead = make("lead", quality=80, provider=Provider("The Wire", "wire.example"))
        member = make(
            "member", hours=1, quality=1, related=(link(lead),), provider=Provider("The Post", "post.example")
        )
        beside = make("beside", hours=2, quality=1, title="Opera roof leaks", related=(link(lead),))
        other = make("other", hours=-24, quality=90, title="Ferry strike goes on")
        return Told(read_page, (lead, member, beside, other), changes, **settings)

    return tell


def text(element) -> str:
    return " ".join("".join(element.itertext()).split())


# The page of a story.


def test_a_follow_up_stands_under_its_own_day_and_is_marked(tell):
    later = outside("later", excerpt="What came of it.")
    late = structs.replace(later, published_at=datetime(2024, 5, 13, 9, tzinfo=UTC))
    page = tell(lambda records: {"coverage": (records["member.md"],), "follow_ups": (late,)}).page()
    (timeline,) = page.classed("timeline")
    assert [text(day) for day in timeline.findall("h3")] == ["10 May 2024", "13 May 2024"]
    marked = [text(li) for li in page.classed("report") if "Follow-up" in text(li)]
    assert len(marked) == 1
    assert "Title of later" in marked[0]


def test_a_story_with_nothing_but_follow_ups_has_a_course(tell):
    page = tell(lambda records: {"coverage": (), "follow_ups": (outside("later"),)}).page()
    assert len(page.classed("report")) == 2


def test_copies_are_one_line_under_the_report_whose_text_they_have(tell):
    def changes(records):
        member = records["member.md"]
        copies = (
            Copy(outside("mirror"), member),
            Copy(outside("echo"), member),
            Copy(outside("paper"), records["lead.md"]),
        )
        return {"coverage": (member,), "copies": copies}

    page = tell(changes).page()
    of_lead, of_member = page.classed("copies")
    assert text(of_lead) == "Also carried by The paper"
    assert text(of_member) == "Also carried by The mirror and The echo"
    assert [a.get("href") for a in of_member.iter("a")] == [
        "https://mirror.example.net/mirror",
        "https://echo.example.net/echo",
    ]
    (article,) = page.all("article")
    assert of_lead in list(article)
    assert len(page.classed("report")) == 2


def test_many_copies_are_folded_after_five(tell):
    def changes(records):
        return {"copies": tuple(Copy(outside(f"n{n}"), records["lead.md"]) for n in range(8))}

    (copies,) = tell(changes).page().classed("copies")
    first, folded = copies
    assert text(first) == "Also carried by The n0, The n1, The n2, The n3 and The n4"
    assert folded.tag == "details"
    assert folded.get("open") is None
    assert text(folded.find("summary")) == "3 more"
    assert len(folded.findall("p/a")) == 3


def test_an_outlet_that_carries_a_text_again_has_a_name_for_each(tell):
    def changes(records):
        lead = records["lead.md"]
        again = [outside("a", "The Sun"), outside("b", "The Sun"), outside("c", "The Wire"), outside("d", "The Wire")]
        return {"copies": tuple(Copy(item, lead) for item in again)}

    (copies,) = tell(changes).page().classed("copies")
    assert text(copies) == "Also carried by The Sun, The Sun (2), The Wire (2) and The Wire (3)"


def test_a_copy_of_what_is_told_nowhere_counts_as_the_leads(tell):
    page = tell(lambda records: {"copies": (Copy(outside("mirror"), outside("nowhere")),)}).page()
    assert [text(copies) for copies in page.classed("copies")] == ["Also carried by The mirror"]


@pytest.mark.parametrize("field", ["coverage", "follow_ups", "copies", "also_linked"])
def test_a_members_address_leads_to_where_it_stands_in_the_story(tell, field):
    def changes(records):
        member = records["member.md"]
        value = Copy(member, records["lead.md"]) if field == "copies" else member
        return {"coverage": (), "also_linked": (), field: (value,)}

    told = tell(changes)
    redirect = told.page("news/member/index.html")
    (target,) = [a.get("href") for a in redirect.all("a") if "#" in (a.get("href") or "") and "item-" in a.get("href")]
    assert target.endswith("/news/lead/#item-member")
    assert len([e for e in told.page().root.iter() if e.get("id") == "item-member"]) == 1


def test_what_is_loosely_related_stands_last_and_many_are_folded(tell):
    few = tell(lambda records: {"also_linked": (records["beside.md"],)}).page()
    (section,) = few.classed("rows-quiet")
    assert text(section.find("h2")) == "Loosely related"
    assert section.find("details") is None
    many = tell(lambda records: {"also_linked": tuple(outside(f"n{n}") for n in range(9))}).page()
    last = many.root.find(".//main")[-1][-1]
    assert last.get("class") == "rows rows-quiet"
    details = last.find("details")
    assert details.get("open") is None
    assert len(details.findall("div[@class='row']")) == 9


def test_a_related_story_says_what_both_are_about_where_that_is_known(tell):
    def changes(records, *words):
        return {"related": (RelatedStory(records["other.md"], 0.7, words),)}

    page = tell(lambda records: changes(records, "Cosmos DB", "vulnerability")).page()
    (reason,) = page.classed("reason")
    assert text(reason) == "Both about: Cosmos DB and vulnerability"
    (related,) = page.classed("related")
    assert related.find(".//a").get("href") == "/news/other/"
    page = tell(changes).page()
    assert page.classed("reason") == []
    assert len(page.classed("related")) == 1


def test_what_came_before_is_told_by_date_and_title_five_times_at_most(tell):
    page = tell(lambda records: {"earlier": (records["other.md"],) * 7}).page()
    (earlier,) = page.classed("earlier")
    assert len(earlier.findall(".//li")) == 5
    assert earlier.find(".//a").get("href") == "/news/other/"
    assert text(earlier.find(".//time")) == "9 May 2024"
    assert page.classed("timeline") != []


@pytest.mark.parametrize(("outlets", "shown"), [(1, []), (2, ["2 sources"]), (1200, ["1,200 sources"])])
def test_the_head_and_the_card_of_a_story_say_how_many_outlets_reported_it(tell, outlets, shown):
    told = tell(lambda records: {"outlets": outlets})
    for path in ("news/lead/index.html", "latest/index.html", "index.html"):
        bylines = [text(p) for p in told.page(path).classed("byline")]
        assert [part for line in bylines for part in shown if part in line] == shown, path
        assert any("source" in line for line in bylines) == bool(shown), path


def test_texts_of_others_stay_texts(tell):
    def changes(records):
        lead = records["lead.md"]
        copies = (Copy(outside("a", 'The "Post" & <Son'), lead), Copy(outside("b", "C & D"), lead))
        return {
            "copies": copies,
            "related": (RelatedStory(records["other.md"], 0.5, (HOSTILE, "R&D")),),
            "outlets": 3,
        }

    told = tell(changes)
    page = told.page()
    assert not [script for script in page.all("script") if "alert" in (script.text or "")]
    assert 'Also carried by The "Post" & <Son and C & D' in page.text()
    assert f"Both about: {HOSTILE} and R&D" in page.text()
    assert b"<script>alert" not in told.files["feed.xml"].replace(b"&lt;", b"<").replace(b"&amp;", b"&")


# Lists.


def test_a_card_counts_reports_and_follow_ups_but_no_copies_and_nothing_loose(tell):
    def changes(records):
        return {
            "coverage": (records["member.md"], outside("a")),
            "follow_ups": (outside("b"), outside("c")),
            "copies": (Copy(outside("d"), records["lead.md"]),),
            "also_linked": (records["beside.md"], outside("e")),
        }

    told = tell(changes, stories=Stories(shown_members=3))
    card = next(card for card in told.page("latest/index.html").classed("card") if "view of lead" in text(card))
    rows = [text(row.find("p")) for row in card.iter() if row.get("class") == "row"]
    assert rows == ["Tram extension: the view of member", "Title of a", "Title of b"]
    assert "1 more report" in text(card)


@pytest.mark.parametrize("path", ["latest/index.html", "topics/transport/index.html"])
def test_a_story_that_goes_on_with_another_is_marked_in_lists(tell, path):
    told = tell(lambda records: {"earlier": (records["other.md"],)})
    marks = {
        text(card.find(".//h3")): [text(e) for e in card.iter() if e.get("class") == "mark"]
        for card in told.page(path).classed("card")
    }
    assert marks == {"Tram extension: the view of lead": ["Update"], "Ferry strike goes on": []}


# Machines.


def test_a_feed_tells_follow_ups_and_folds_copies(tell):
    def changes(records):
        member = records["member.md"]
        copies = (Copy(outside("mirror"), member), Copy(outside("paper"), records["lead.md"]))
        return {"coverage": (member,), "follow_ups": (outside("later"),), "copies": copies}

    feed = ET.fromstring(tell(changes).files["feed.xml"])
    html = next(e.findtext(f"{ATOM}content") for e in feed.iter(f"{ATOM}entry") if "lead" in e.findtext(f"{ATOM}title"))
    carried = 'Also carried by <a href="https://{0}.example.net/{0}">The {0}</a>'
    assert f"<p>{carried.format('paper')}</p><ul>" in html
    assert html.count("<li>") == 2
    assert f"(The Post)<p>{carried.format('mirror')}</p></li>" in html
    assert ">Title of later</a> (The later)</li></ul>" in html


def test_a_search_knows_all_outlets_of_a_story(tell):
    def changes(records):
        return {
            "coverage": (records["member.md"],),
            "follow_ups": (outside("later"),),
            "copies": (Copy(outside("mirror"), records["lead.md"]),),
            "also_linked": (outside("loose"),),
        }

    told = tell(changes)
    entry = next(e for e in search_entries(told.site, told.settings) if e.url == "news/lead/")
    assert entry.sources == ("The Wire", "The Post", "The later", "The mirror")


def test_the_metadata_of_a_story_names_follow_ups_as_parts_and_no_copies(tell):
    def changes(records):
        return {
            "coverage": (outside("a"),),
            "follow_ups": (outside("b"),),
            "copies": (Copy(outside("c"), records["lead.md"]),),
        }

    (script,) = tell(changes).page().all("script[@type='application/ld+json']")
    assert [part["name"] for part in json.loads(script.text)["hasPart"]] == ["Title of a", "Title of b"]


def test_the_api_says_how_everything_stands_in_a_story(tell):
    def changes(records):
        lead, member, beside, other = (records[f"{name}.md"] for name in ("lead", "member", "beside", "other"))
        report, later, copy, loose = (outside(name) for name in ("report", "later", "copy", "loose"))
        return {
            "coverage": (report,),
            "follow_ups": (later,),
            "copies": (Copy(member, lead), Copy(copy, report)),
            "also_linked": (beside, loose),
            "related": (RelatedStory(other, 0.66666, ("Ferry",)),),
            "earlier": (other,),
            "outlets": 2,
            "nearness": (0.91234, 0.5, 1.0, 0.75, 0.25, 0.0),
        }

    story = tell(changes).json()
    parts = ("coverage", "followUps", "copies", "alsoLinked")
    shown = {part: [(r["title"], r["role"], r["of"], r["score"]) for r in story[part]] for part in parts}
    assert shown == {
        "coverage": [("Title of report", "coverage", None, 0.912)],
        "followUps": [("Title of later", "followUp", None, 0.5)],
        "copies": [("Title of copy", "copy", "https://report.example.net/report", 0.75)],
        "alsoLinked": [("Title of loose", "alsoLinked", None, 0.0)],
    }
    assert [(r["slug"], r["role"], r["of"], r["score"]) for r in story["members"]] == [
        ("lead", "lead", None, None),
        ("member", "copy", "lead", 1.0),
        ("beside", "alsoLinked", None, 0.25),
    ]
    assert story["related"] == ["other"]
    assert story["relatedStories"] == [
        {"slug": "other", "url": f"{BASE}news/other/", "score": 0.667, "shared": ["Ferry"]}
    ]
    assert (story["earlier"], story["outlets"]) == (["other"], 2)


def test_where_nothing_was_measured_no_report_has_a_score(tell):
    story = tell(lambda records: {"coverage": (outside("a"),), "also_linked": (), "nearness": ()}).json()
    assert [report["score"] for report in story["coverage"]] == [None]


def test_the_api_takes_heat_apart(tell):
    told = tell()
    parts = structs.asdict(heat_parts(told.records["lead.md"], told.json()["rank"]))
    assert {"total": told.json()["rank"], **told.json()["heat"]} == parts


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Auch bei The a, The b und The c"),
        ("ar", "نشره أيضًا The a، The b وThe c"),
        ("zh", "另刊于The a、The b和The c"),
    ],
)
def test_names_are_listed_as_the_sites_language_lists_them(tell, language, said):
    def changes(records):
        return {"copies": tuple(Copy(outside(name), records["lead.md"]) for name in "abc")}

    (copies,) = tell(changes, language=language).page().classed("copies")
    assert text(copies) == said


def test_one_page_per_record_may_have_related_stories_and_names_no_sources(tell):
    def changes(records):
        return {"related": (RelatedStory(records["other.md"], 0.5, ("Tram",)),)}

    page = tell(changes, stories=Stories(group=False)).page()
    assert [text(h2) for h2 in page.all("h2") if "Related" in text(h2)] == ["Related stories"]
    assert text(page.classed("reason")[0]) == "Both about: Tram"
    assert "sources" not in text(page.classed("story")[0])
