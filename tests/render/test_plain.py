"""Pages in the owner's own words as readers see them, the way to them, and a site's own lines in every head."""

import json

import pytest
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings
from broadsheet.model import PlainPage, Sources
from broadsheet.problems import SiteError
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import Theme, theme_files

ABOUT = PlainPage("pages/about.md", ("about",), "About us", "Who we are", "Text.\n\n# Deeper\n\n### Deep\n")
IMPRINT = PlainPage("pages/legal/imprint.md", ("legal", "imprint"), "Imprint", in_menu=False, order=-1)
NEWS = PlainPage("pages/news-letter.md", ("news-letter",), "Letter", in_footer=False, order=-2)
BASE = "https://tram.example.org/daily/"


def names(element) -> list[str]:
    return ["".join(a.itertext()) for a in element.iter("a")]


def planned(*pages, now, **settings) -> Renderer:
    chosen = Settings(**{"title": "The Daily Tram", "base_url": BASE, **settings})
    return Renderer(arrange(Sources(plain_pages=pages), chosen, now).site, chosen, [*theme_files(), "_headers"])


@pytest.fixture
def plan(make):
    now = make("a").published_at
    return lambda *pages, **settings: planned(*pages, now=now, **settings)


def test_a_page_has_its_title_its_description_and_its_text(make, pages):
    page = pages(make("a"), plain=(ABOUT,))["about/index.html"]
    assert [h1.text for h1 in page.all("h1")] == ["About us"]
    assert [(h.tag, h.text) for h in page.root.iter() if h.tag in {"h2", "h3", "h4"}] == [
        ("h2", "Deeper"),
        ("h3", "Deep"),
    ]
    assert page.classed("standfirst")[0].text == "Who we are"
    assert "Text." in page.text()
    assert page.all("title")[0].text == "About us — The Daily Tram"
    (description,) = (tag.get("content") for tag in page.all("meta") if tag.get("name") == "description")
    assert description == "Who we are"


def test_a_page_is_hostile_text_like_any_other(make, pages):
    bad = structs.replace(
        ABOUT,
        title="<script>alert(1)</script>",
        description="<img src=x onerror=alert(2)>",
        body="<script>alert(3)</script><style>x</style><iframe src='//e.org'></iframe>[x](javascript:alert(4))\n",
    )
    for page in pages(make("a"), plain=(bad,)).values():
        assert not page.all("iframe")
        assert not page.all("style")
        assert "alert(" not in "".join(
            "".join(script.itertext()) for script in page.all("script") if not script.get("type")
        )
        assert not [e for e in page.root.iter() if "onerror" in e.attrib or "alert" in (e.get("href") or "")]


def test_links_of_a_page_start_below_the_sites_own_path(make, pages):
    about = structs.replace(ABOUT, body="[it](/legal/imprint/) ![p](/pics/a.png)\n")
    page = pages(make("a"), plain=(about,), base_url=BASE)["about/index.html"]
    assert "/daily/legal/imprint/" in page.links()
    assert [image.get("src") for image in page.pictures()] == ["/daily/pics/a.png"]


def test_the_menu_and_the_footer_lead_to_the_pages_in_their_order(make, pages):
    found = pages(make("a"), plain=(ABOUT, IMPRINT, NEWS), base_url=BASE)
    for page in (found["index.html"], found["legal/imprint/index.html"]):
        assert names(page.classed("menu")[0])[-2:] == ["Letter", "About us"]
        assert names(page.classed("colophon")[0])[-3:] == ["Feed", "Imprint", "About us"]
        assert "/daily/legal/imprint/" in page.links()


def test_pages_of_one_order_stand_by_the_path_of_their_file(make, pages):
    some = [PlainPage(f"pages/{name}.md", (name,), name) for name in ("c", "a", "b")]
    assert names(pages(make("a"), plain=tuple(some))["index.html"].classed("menu")[0])[-3:] == ["a", "b", "c"]


def test_the_menu_marks_a_plain_page_that_it_leads_to(make, pages):
    found = pages(make("a"), plain=(ABOUT, IMPRINT))
    marked = {
        path: [a.get("href") for a in found[path].classed("menu")[0].iter("a") if a.get("aria-current")]
        for path in ("about/index.html", "legal/imprint/index.html", "index.html")
    }
    assert marked == {"about/index.html": ["/about/"], "legal/imprint/index.html": [], "index.html": []}


def test_a_draft_is_nowhere(make, pages):
    found = pages(make("a"), plain=(structs.replace(ABOUT, draft=True),))
    assert "about/index.html" not in found
    assert not any("About us" in page.html for page in found.values())


def test_a_page_is_in_the_sitemap_and_says_that_it_is_no_collection(plan, read_page):
    files = {file.path: file.content.decode() for file in plan(ABOUT).files(Theme(), {})}
    assert f"<loc>{BASE}about/</loc>" in files["sitemap.xml"]
    (script,) = (s for s in read_page(files["about/index.html"]).all("script") if s.get("type"))
    thing = json.loads(script.text)
    assert (thing["@type"], thing["name"], thing["url"]) == ("WebPage", "About us", f"{BASE}about/")
    assert [entry["name"] for entry in thing["breadcrumb"]["itemListElement"]] == ["The Daily Tram", "About us"]


@pytest.mark.parametrize(
    ("segments", "of"),
    [
        ((), "index.html"),
        (("topics",), "topics/index.html"),
        (("TOPICS",), "topics/index.html"),
        (("feed.xml",), "feed.xml"),
        (("sitemap.xml",), "sitemap.xml"),
        (("robots.txt", "x"), "robots.txt"),
        (("404.html",), "404.html"),
        (("theme", "icon.svg"), "theme/icon.svg"),
        (("_headers",), "_headers"),
    ],
)
def test_a_page_never_takes_the_place_of_one_that_is_always_there_and_nothing_leads_to_it(plan, segments, of):
    other = structs.replace(ABOUT, file="pages/other.md", segments=segments, title="The other")
    renderer, without = plan(ABOUT, other), plan(ABOUT)
    (problem,) = renderer.problems
    assert (problem.place.file, f"already that of {of};" in problem.message) == ("pages/other.md", True)
    assert renderer.pages == without.pages
    for file in renderer.files(Theme(), {}):
        assert b"The other" not in file.content


def test_of_two_plain_pages_for_one_address_the_first_stays(plan):
    folder = structs.replace(ABOUT, file="pages/about/index.md", title="The other")
    renderer = plan(folder, ABOUT)
    (problem,) = renderer.problems
    assert problem.place.file == "pages/about/index.md"
    assert "pages/about.md" in problem.message
    assert [page.subject for page in renderer.pages if page.kind == "plain"] == ["pages/about.md"]


# A site's own lines in the head.


def test_the_hook_for_the_head_is_empty_and_a_sites_own_stands_at_its_end(make, pages, tmp_path):
    plain = pages(make("a"))
    (tmp_path / "_head.html").write_text('<meta name="x" content="{{ page.kind }} of {{ site.title }}">\n')
    for path, page in pages(make("a"), templates=tmp_path).items():
        last = page.all("head/*")[-1] if page.all("head/*") else page.root.find("head")[-1]
        (kind,) = (name.removeprefix("page-") for name in page.root.find("body").get("class").split())
        assert (last.get("name"), last.get("content")) == ("x", f"{kind} of The Daily Tram")
        assert page.html.replace(f'<meta name="x" content="{kind} of The Daily Tram">', "") == plain[path].html


def test_a_mistake_in_the_hook_is_told_with_its_line(make, pages, tmp_path):
    (tmp_path / "_head.html").write_text("<meta>\n{{ nothing }}\n")
    with pytest.raises(SiteError, match=r"_head\.html:2:1"):
        pages(make("a"), templates=tmp_path)
