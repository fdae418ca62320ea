"""Where an address leads, seen from a page of the site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.check.inside import Inside, Lead, Wrong, has_place
from broadsheet.config import Settings

FILES = ["index.html", "news/a/index.html", "news/b/index.html", "topics/AI/index.html", "pic é.png", "x.html"]


def inside(**settings) -> Inside:
    return Inside(Settings(**settings), FILES)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/", "index.html"),
        ("/news/a/", "news/a/index.html"),
        ("/news/a/index.html", "news/a/index.html"),
        ("/news/a/?q=1", "news/a/index.html"),
        (" /news/a/\n", "news/a/index.html"),
        ("/ne\nws/a/", "news/a/index.html"),
        ("\\news\\a\\", "news/a/index.html"),
        ("/pic%20%C3%A9.png", "pic é.png"),
        ("/pic é.png?v=1", "pic é.png"),
        ("/x.html", "x.html"),
        ("", "news/a/index.html"),
        ("?q=1", "news/a/index.html"),
        (".", "news/a/index.html"),
        ("./", "news/a/index.html"),
        ("../b/", "news/b/index.html"),
        ("../../x.html", "x.html"),
        ("../../../../x.html", "x.html"),
        ("/news/./x/../b/", "news/b/index.html"),
        ("/news/b/c/..", "news/b/index.html"),
        ("index.html", "news/a/index.html"),
    ],
)
def test_an_address_leads_to_a_file_of_the_site(address, path):
    assert inside().lead(address, "/news/a/") == Lead(path)


@pytest.mark.parametrize(
    ("address", "lead"),
    [
        ("/no/", Lead("", wrong=Wrong.NOTHING)),
        ("no.html", Lead("", wrong=Wrong.NOTHING)),
        ("/news/a.html", Lead("", wrong=Wrong.NOTHING)),
        ("/x.html/", Lead("", wrong=Wrong.NOTHING)),
        ("/news/", Lead("", wrong=Wrong.NOTHING)),
        ("/news/a", Lead("news/a/index.html", wrong=Wrong.FOLDER)),
        ("/News/A/", Lead("news/a/index.html", wrong=Wrong.CASE)),
        ("/topics/ai/", Lead("topics/AI/index.html", wrong=Wrong.CASE)),
        ("/topics/ai", Lead("topics/AI/index.html", wrong=Wrong.CASE)),
        ("/pic%20e%CC%81.png", Lead("pic é.png", wrong=Wrong.CASE)),
        ("/pagefind/pagefind.js", Lead("", wrong=Wrong.NOTHING)),
    ],
)
def test_an_address_that_leads_nowhere_is_told_with_what_may_be_meant(address, lead):
    assert inside().lead(address, "/news/a/") == lead


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/news/no/",
        "//other.example/no/",
        "mailto:a@b.example",
        "tel:1",
        "data:image/png;base64,AAAA",
        "javascript:void(0)",
        "https://news.example.org/no/",
        "https://example.org:8000/no/",
        "https://example.org/elsewhere/no/",
        "ftp://example.org/paper/no/",
        "https://[/no/",
    ],
)
def test_what_leads_elsewhere_is_nobodys_business_here(address):
    assert inside(base_url="https://example.org/paper/").lead(address, "/paper/") is None


@pytest.mark.parametrize("root", ["https://example.org/paper/", "http://EXAMPLE.org/paper/", "//example.org/paper/"])
def test_an_absolute_address_of_the_site_itself_leads_inside(root):
    site = inside(base_url="https://Example.org/paper", web_url="https://paper.example/")
    assert site.lead(f"{root}news/a/#x", "/paper/") == Lead("news/a/index.html", "x")
    assert site.lead(f"{root}no/", "/paper/") == Lead("", wrong=Wrong.NOTHING)
    assert site.lead("https://paper.example/news/b/", "/paper/") == Lead("news/b/index.html")
    assert site.lead("https://paper.example", "/paper/") == Lead("index.html")
    assert site.lead("https://example.org/paper", "/paper/") == Lead("index.html")


def test_below_a_path_an_address_that_lacks_it_leads_out_of_the_site():
    site = inside(base_url="https://example.org/paper/")
    assert site.lead("/paper/news/a/", "/paper/news/b/") == Lead("news/a/index.html")
    assert site.lead("../a/", "/paper/news/b/") == Lead("news/a/index.html")
    assert site.lead("/paper", "/paper/news/b/") == Lead("index.html")
    assert site.lead("/news/a/", "/paper/news/b/") == Lead("news/a/index.html", wrong=Wrong.OUTSIDE)
    # Something else may be there.
    assert site.lead("/", "/paper/news/b/") is None
    assert site.lead("/shop/", "/paper/news/b/") is None
    assert site.lead("../../../shop/", "/paper/news/b/") is None


def test_files_of_the_search_index_are_there_once_the_site_is_built():
    assert inside(search=True).lead("/pagefind/pagefind.js", "/") == Lead("pagefind/pagefind.js")


def test_relative_addresses_start_from_what_the_page_says():
    site = inside(base_url="https://example.org/paper/")
    assert site.start("/paper/news/", "/paper/x.html") == "/paper/news/"
    assert site.start("news/", "/paper/x.html") == "/paper/news/"
    assert site.start("https://example.org/paper/news/", "/paper/x.html") == "/paper/news/"
    assert site.start("https://other.example/", "/paper/x.html") is None
    assert site.lead("no/", None) is None
    assert site.lead("https://example.org/paper/no/", None) == Lead("", wrong=Wrong.NOTHING)


@pytest.mark.parametrize(
    ("address", "fragment"),
    [("#x", "x"), ("#x%20y", "x%20y"), ("/news/a/#x#y", "x#y"), ("#:~:text=bridge", ""), ("?a#x:~:text=b", "x")],
)
def test_an_address_names_a_place_after_its_hash(address, fragment):
    assert inside().lead(address, "/news/a/") == Lead("news/a/index.html", fragment)


def test_a_place_is_an_id_as_it_is_written_or_decoded_or_the_top():
    places = frozenset({"x", "a b", "a%20c"})
    assert all(has_place(name, places) for name in ("", "x", "a%20b", "a%20c", "top", "TOP"))
    assert not any(has_place(name, places) for name in ("X", "y", "a", "content"))


PARTS = st.sampled_from(
    ["/", ".", "..", "news", "a", "#", "?", "%2e", "%", "\\", ":", "http:", "[", "é", "\ud800", " "]
)


@given(st.lists(PARTS, max_size=12).map("".join), st.sampled_from(["/", "/news/a/", "/paper/x.html"]))
def test_no_address_is_too_odd(address, page):
    for site in (inside(), inside(base_url="https://example.org/paper/")):
        lead = site.lead(address, page)
        assert lead is None or lead.wrong is not None or lead.path in FILES
        # The same whether it was asked before.
        assert site.lead(address, page) == lead
