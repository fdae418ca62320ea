"""What is found of a page is what html5lib finds of it: for odd HTML, and for every kind of page that we make."""

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadsheet.check.markup import Heading, addresses_of_list, css_links, markup_of
from broadsheet.pipeline import assemble
from broadsheet.planning import Aids
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.record_files import silent
from broadsheet.read.source import read_site
from broadsheet.render.security import EARLY_SCRIPT
from broadsheet.stopwatch import Stopwatch

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 6, 15, tzinfo=UTC)
ADDRESSES = ("href", "src", "action", "formaction", "poster", "data", "background")


def elements(html: str) -> list[Element]:
    """Return the elements of a page as html5lib has them, in the order of the page."""
    root = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    return [element for element in root.iter() if isinstance(element.tag, str)]


def text(element: Element) -> str:
    """Return the text in an element, without that of comments."""
    inner = (element.text or "") if isinstance(element.tag, str) else ""
    return inner + "".join(text(child) + (child.tail or "") for child in element)


def found_by_html5lib(html: str) -> tuple[list[str], set[str], list[tuple[str, str]]]:
    found = elements(html)
    ids = [element.get("id") for element in found if element.get("id")]
    links = {element.get(name) for element in found for name in ADDRESSES if element.get(name)}
    headings = [
        (element.tag, " ".join(text(element).split()))
        for element in found
        if element.tag in {f"h{level}" for level in range(1, 7)}
    ]
    return ids, links, headings


def found_by_us(html: str) -> tuple[list[str], set[str], list[tuple[str, str]]]:
    markup = markup_of(html.encode())
    return list(markup.ids), set(markup.links), [(f"h{heading.level}", heading.text) for heading in markup.headings]


PIECES = st.sampled_from(
    """<a href=/x> </a> <a href='/y?a=1&amp;b=2' id=a> <A HREF="/z"id=b> <p id="a b"> </p> <h1> </h1> <h2 id=c> </h2>
    <h6/> <img src=p.png> <img src="/ä.png" alt=''> <image src=q> <div id='d"e'> </div> <ul><li id=f> <b> </b> <i>
    <form action=/go id=g> </form> <input formaction=/f> <video poster=v.png> </video> <!--<p id=no>--> <![CDATA[x]]>
    <br id=h></br> &lt;p&gt; &#x41; <script>"<p id=s>"</script> <style>p{}</style> <textarea><p id=t></textarea> text <
    > " ' <p id=> <p id> <object data=/o> </object> <td id=u> <blockquote> </blockquote> <title>t</title> <body id=w>
    <a id=x href=#x> <nobr> <button id=z>""".split()
)


@given(st.lists(PIECES, max_size=25).map(" ".join))
@example("<h6>x<!--<p")
@example("<p id=a><table><tr><td><h2>x</h2><a href=/1><b><a href=/2>")
def test_of_odd_html_the_same_is_found_as_by_another_parser(body):
    html = f"<!doctype html><html><head><title>x</title></head><body>{body}"
    assert found_by_us(html) == found_by_html5lib(html)


def rendered(folder: Path) -> dict[str, bytes]:
    """Return the last page of every kind that a site has, by path."""
    settings = read_settings(folder)
    folders = find_folders(folder, settings)
    site = assemble(read_site(folders), folders, settings, NOW, Aids(None, silent, None, Stopwatch()))
    session = site.planned.plan.session(site.planned.plan.theme())
    pages = {(page.kind, bool(page.bucket)): page for page in site.planned.plan.renderer.pages}
    return {page.path: session.render(page).content for page in pages.values() if page.path.endswith(".html")}


@pytest.fixture
def example_site(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "site", tmp_path / "site", ignore=shutil.ignore_patterns("public", ".broadsheet"))
    return tmp_path / "site"


def test_of_every_kind_of_page_the_same_is_found_as_by_another_parser(example_site):
    pages = rendered(example_site)
    assert len(pages) >= 17
    for path, content in pages.items():
        # That parser takes what stands in a template for a part of the page.
        html = content.decode().replace("<template>", "<script>").replace("</template>", "</script>")
        ids, links, headings = found_by_us(html)
        other_ids, other_links, other_headings = found_by_html5lib(html)
        assert ids == other_ids, path
        assert headings == other_headings, path
        assert other_links <= links, path
        assert links or path.endswith("email.html"), path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["powerapps", "azure-2020h1"])
def test_of_real_sites_the_same_is_found_as_by_another_parser(corpus, name):
    for path, content in rendered(corpus / name).items():
        ids, links, headings = found_by_us(content.decode())
        other_ids, other_links, other_headings = found_by_html5lib(content.decode())
        assert (ids, headings) == (other_ids, other_headings), path
        assert other_links <= links, path


def test_what_stands_in_a_template_element_is_no_part_of_the_page():
    markup = markup_of("<p id=a><template><h3 id=a>x</h3><a href=/x></a><img src=y></template>")
    assert markup.ids == ("a",)
    assert (markup.headings, markup.links, markup.nameless, markup.without_alt) == ((), (), (), ())


def test_the_head_of_a_page_says_its_title_its_language_and_where_addresses_start():
    markup = markup_of(
        '<html lang=" de "><head><base href="/b/"><base href="/c/"><title> Ein \n Titel </title></head>'
        "<svg><title>drawing</title></svg>"
    )
    assert (markup.title, markup.language, markup.base) == ("Ein Titel", "de", "/b/")
    assert markup.links == ()
    assert markup_of("<svg><title>drawing</title></svg>").title == ""


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=/x/", "/x/"),
        ("0;URL='/x/'", "/x/"),
        ("5, /x/", "/x/"),
        ("0.5 ; url = /x/", "/x/"),
        ("30", None),
    ],
)
def test_a_page_may_lead_on_by_itself(content, target):
    markup = markup_of(f'<meta http-equiv=Refresh content="{content}">')
    assert markup.leads_on is (target is not None)
    assert markup.links == ((target,) if target else ())


@pytest.mark.parametrize(
    ("html", "addresses"),
    [
        ("<img src=/a.png>", ("/a.png",)),
        ("<img>", ("",)),
        ("<input type=IMAGE src=/b.png>", ("/b.png",)),
        ("<map><area href=/c></map>", ("/c",)),
        ('<img src=/a.png alt><img src=/b.png alt=""><img src=/c.png alt="a bridge">', ()),
        ("<img src=/a.png aria-hidden=true><img src=/b.png role=presentation><img src=/c.png title=Bridge>", ()),
        ("<input type=text src=/b.png><area>", ()),
    ],
)
def test_an_image_without_an_alternative_is_found(html, addresses):
    assert markup_of(html).without_alt == addresses


@pytest.mark.parametrize(
    ("html", "addresses"),
    [
        ("<a href=/x> \n<b></b> </a>", ("/x",)),
        ("<a href=/x><img src=y alt=''></a>", ("/x",)),
        ("<a href=/x><svg><path/></svg></a>", ("/x",)),
        ("<a href></a>", ("",)),
        ("<a href=/x>x</a><a href=/y><img src=y alt=Bridge></a><a href=/z><svg aria-label=z></svg></a>", ()),
        ("<a href=/x><svg><title>Bridge</title></svg></a><a href=/y title=y></a><a href=/z aria-label=z></a>", ()),
        ("<a name=x></a><a id=y></a><a href=/z aria-hidden=true></a>", ()),
    ],
)
def test_a_link_with_nothing_to_read_in_it_is_found(html, addresses):
    assert markup_of(html).nameless == addresses


def test_addresses_are_found_wherever_html_has_them():
    html = """<body background=/1><a href=/2></a><form action=/3><button formaction=/4></form><video poster=/5 src=/6>
        <source src=/7></video><object data=/8></object><link rel=preload imagesrcset="/9 2x"><img srcset="/10, /11 2x">
        <svg><use href="/12#x"/><image xlink:href=/13 /></svg><p style="background: url('/14')">
        <style>p { background: url(/15) } @import "/16";</style><iframe src=/17></iframe><a href=/2>again</a>"""
    links = markup_of(html).links
    assert Counter(links) == Counter([*(f"/{n}" for n in range(1, 18) if n != 12), "/12#x"])


@pytest.mark.parametrize(
    ("listed", "addresses"),
    [
        ("/a.png", ["/a.png"]),
        ("/a.png 1x, /b.png 2x", ["/a.png", "/b.png"]),
        ("/a.png, /b.png 2x,", ["/a.png", "/b.png"]),
        ("\n /a.png 100w 50h ,\n/b,c.png 200w\n", ["/a.png", "/b,c.png"]),
        ("data:image/png;base64,AAAA 1x, /b.png", ["data:image/png;base64,AAAA", "/b.png"]),
        ("", []),
        (" , ", []),
    ],
)
def test_a_list_of_images_is_taken_apart_as_browsers_do(listed, addresses):
    assert [address for address in addresses_of_list(listed) if address] == addresses


def test_a_style_sheet_names_addresses():
    css = """@import "a.css"; /* url(no.png) */ p { background: URL( 'b c.png' ), url("d.png"), url(e.png) }
        @font-face { src: url(f.woff2) format("woff2") } q { color: red }"""
    assert list(css_links(css)) == ["a.css", "b c.png", "d.png", "e.png", "f.woff2"]


def test_headings_are_found_with_their_text_in_the_order_of_the_page():
    markup = markup_of("<h1>A <b>big</b>\n thing</h1><main><h3>x &amp; y</h3></main>")
    assert markup.headings == (Heading(1, "A big thing"), Heading(3, "x & y"))


@pytest.mark.parametrize("html", ["", "\0", "<", "<!doctype", "é\ud800", "<a" * 1000, "<b>" * 20_000])
def test_nothing_that_stands_in_a_page_breaks_the_parser(html):
    assert markup_of(html.encode("utf-8", "surrogatepass")).ids == ()


POLICY = '<meta http-equiv="Content-Security-Policy" content="x">'


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('<p style="color: red">', "style"),
        ("<svg><path onclick='x()'/></svg>", "handler"),
        ("<style>p {}</style>", "sheet"),
        ("<script>x()</script>", "script"),
        ("<script type=module>x()</script>", "script"),
        ('<script src="//cdn.example/x.js"></script>', "elsewhere"),
        ('<link rel="preload StyleSheet" href="https://fonts.example/x.css">', "elsewhere"),
        ('<script type="application/ld+json">{}</script>', ""),
        (f"<script>{EARLY_SCRIPT}</script>", ""),
        (
            '<script src="/own.js"></script><link rel="stylesheet" href="/own.css"><link rel="me" href="https://x.example/">',
            "",
        ),
        ('<p style="" data-on="x" onesie>', ""),
    ],
)
def test_styles_and_scripts_that_a_policy_forbids_are_found_where_there_is_one(html, what):
    assert [inline.what for inline in markup_of(POLICY + html).inline] == ([what] if what else [])
    assert markup_of(html).inline == ()
