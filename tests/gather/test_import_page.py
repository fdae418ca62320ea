"""The page that says how the feeds of a site fare."""

import json

import pytest
from feed_texts import item, rss
from imported_paper import NOW

from broadsheet.model import ImportedFrom
from broadsheet.render.imports import import_views
from broadsheet.words import words_of

AT = ("--now", "2024-06-03T00:00:00Z")
PAGE = "public/sources/status/index.html"


@pytest.fixture
def built(run, paper):
    """Build the paper, with one source that is fine and one that is not."""
    (paper.root / "feed.xml").write_bytes(rss(item()))
    paper.settings("feed.xml", "gone/away.xml")
    paper.imports(now=NOW)

    def built(*options):
        text = (paper.root / "broadsheet.yaml").read_text().removeprefix("base_url: https://tram.example.org/\n")
        (paper.root / "broadsheet.yaml").write_text(f"base_url: https://tram.example.org/\n{text}")
        return run("build", paper.root, *AT, *options)

    return built


def test_a_site_that_imports_says_how_its_feeds_fare(built, paper):
    assert built("--strict").returncode == 0
    page = (paper.root / PAGE).read_text("utf-8")

    assert '<time datetime="2024-06-01">1 June 2024</time>' in page
    assert page.index("away.xml") < page.index("The Herald")
    assert "the file can not be read: no such file or directory" in page
    assert '<meta name="robots" content="noindex">' in page
    assert "sources/status" not in (paper.root / "public/sitemap.xml").read_text()
    assert '<a href="/sources/status/">' in (paper.root / "public/sources/index.html").read_text()


def test_the_page_is_built_again_when_it_changes_and_only_then(built, paper):
    built()
    before = (paper.root / PAGE).read_bytes()
    paper.imports("feed.xml")
    assert "files unchanged" in built("--verify").stdout or (paper.root / PAGE).read_bytes() == before

    (paper.root / "gone").mkdir()
    (paper.root / "gone/away.xml").write_bytes(rss(title="Away"))
    paper.imports()
    assert built("--verify").returncode == 0
    page = (paper.root / PAGE).read_text("utf-8")
    assert "can not be read" not in page
    assert "Nothing has come yet." in page


def test_a_site_without_sources_has_no_such_page(built, paper):
    (paper.root / "broadsheet.yaml").write_text("title: The Daily Tram\n")
    assert built("--strict").returncode == 0

    assert not (paper.root / PAGE).exists()
    assert "status" not in (paper.root / "public/sources/index.html").read_text()


def test_a_damaged_memory_is_told_by_a_build_which_goes_on_without_the_page(built, paper, run):
    (paper.root / "_data/import.json").write_text("{")
    done = built()

    assert (done.returncode, (paper.root / PAGE).exists()) == (0, False)
    assert "what imports remember is damaged" in done.stderr
    assert "import-state" in run("check", paper.root, *AT).stdout


def test_no_more_of_an_address_is_shown_than_its_host(built, paper):
    state = {"version": 1, "imported": {"deadbeef": "2024-06-01"}, "sources": {
        "https://feeds.example.org/private?key=SECRET": {"title": "<b>Feed</b>", "moved_to": "https://b.example/SECRET"},
        "https://wire.example.org/SECRET": {"failing_since": "someday", "latest": "2024-99-99", "gone": True},
    }}  # fmt: skip
    (paper.root / "_data/import.json").write_text(json.dumps(state))
    assert built("--strict").returncode == 0
    page = (paper.root / PAGE).read_text("utf-8")

    assert "feeds.example.org" in page
    assert "wire.example.org" in page
    for path in (paper.root / "public").rglob("*"):
        assert not path.is_file() or not any(word in path.read_bytes() for word in (b"SECRET", b"deadbeef"))


def test_a_feed_is_called_by_its_title_its_host_or_its_file():
    feeds = {
        "https://a.example/x": ImportedFrom(title="A & B"),
        "https://c.example/x": ImportedFrom(),
        "deep/d.xml": ImportedFrom(),
    }

    views = import_views(feeds, words_of("en"))
    assert [(view.name, view.host) for view in views] == [("A & B", "a.example"), ("c.example x", ""), ("d.xml", "")]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/news/sport.rss?key=abc#abc", "a.example sport.rss"),
        ("https://me:abc@a.example/feeds/local-news/", "a.example local-news"),
        ("https://a.example/", "a.example"),
        ("https://a.example/feeds/private/3f9ac1d2e8", "a.example"),
        ("https://a.example/feeds/private/kqzjwmvhxtrpl", "a.example"),
        ("https://a.example/feeds/private/aGVsbG8", "a.example"),
        ("feed:https://a.example/feeds/rss?key=abc", "a.example rss"),
        ("feed://a.example/feeds/private/3f9ac1d2e8", "a.example"),
    ],
)
def test_a_feed_that_never_answered_is_called_by_its_host_and_by_words_that_are_no_key(url, name):
    (view,) = import_views({url: ImportedFrom(failing_since="2024-06-01")}, words_of("en"))

    assert (view.name, view.host) == (name, "")


def test_a_feed_has_the_name_that_the_settings_give_it(built, paper):
    assert built().returncode == 0
    paper.settings("{from: feed.xml, name: The Wire}", "{from: gone/away.xml, name: Far & Away}")
    assert built("--verify").returncode == 0
    page = (paper.root / PAGE).read_text("utf-8")

    assert page.index("Far &amp; Away") < page.index("The Wire")
    assert "The Herald" not in page[page.index("<main") :]
