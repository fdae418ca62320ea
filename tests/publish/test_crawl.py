"""The crawl that the tests of targets rely on finds what is missing, and the two releases have nothing missing."""

import pytest
from crawl import missing, reachable
from releases import BASE_URL, FILES_A, FILES_B, release_a, release_b

from broadsheet.files import content_digest

# What nothing links to: files for hosts and programs, and what the search's script finds by itself.
_UNLINKED = ("_headers", "robots.txt", "api/", "pagefind/", "files/empty.txt")
_KNOWN_BY_NAME = ("404.html", "feed.json", "sitemap.xml")


@pytest.mark.parametrize("files", [FILES_A, FILES_B])
def test_a_whole_release_has_nothing_missing_and_every_file_of_it_is_reached(files):
    assert missing(files.get, BASE_URL) == []
    assert {path for path in files if not path.startswith(_UNLINKED)} <= reachable(files.get, BASE_URL)


@pytest.mark.parametrize("path", sorted(path for path in FILES_B if not path.startswith(_UNLINKED + _KNOWN_BY_NAME)))
def test_each_file_that_is_linked_to_is_missed(path):
    without = {name: content for name, content in FILES_B.items() if name != path}
    wanting = [line.partition(" (linked from ")[0] for line in missing(without.get, BASE_URL)]
    assert wanting == [path if path == "index.html" else path.removesuffix("index.html")]


def test_a_site_below_a_path_is_crawled_from_there():
    files = {"index.html": b'<a href="/a/b/c.html"><a href="d.html"><a href="/a/e.html">', "c.html": b""}
    assert missing(files.get, "/a/b/") == ["../a/e.html (linked from index.html)", "d.html (linked from index.html)"]


def test_the_two_releases_have_new_changed_unchanged_and_deleted_files():
    a, b = release_a(), release_b()
    both = a.items.keys() & b.items.keys()
    assert a.items.keys() - both
    assert b.items.keys() - both
    assert {a.items[path] == b.items[path] for path in both} == {True, False}
    assert all(content_digest(b.content(item)) == item.digest for item in b.items.values())
