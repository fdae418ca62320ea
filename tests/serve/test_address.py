"""Where a URL leads: what a static host would do with it."""

import pytest

from broadsheet.serve.address import Found, find

OUTPUT = {"index.html", "404.html", "feed.xml", "news/a/index.html", "news/ü/index.html", "theme/style.css"}


def found(url_path: str, base_path: str = "/") -> Found:
    return find(url_path, base_path, OUTPUT.__contains__)


@pytest.mark.parametrize(
    ("url_path", "path"),
    [
        ("/", "index.html"),
        ("/index.html", "index.html"),
        ("/feed.xml", "feed.xml"),
        ("/news/a/", "news/a/index.html"),
        ("/news/a/index.html", "news/a/index.html"),
        ("/news/ü/", "news/ü/index.html"),
    ],
)
def test_a_file_is_found_by_its_path_and_a_folder_by_its_index(url_path, path):
    assert found(url_path) == Found(path)
    assert found(f"/repo{url_path}", "/repo/") == Found(path)


def test_a_folder_without_its_slash_leads_to_the_one_with_it():
    assert found("/news/a") == Found(redirect="/news/a/")
    assert found("/repo/news/a", "/repo/") == Found(redirect="/repo/news/a/")


@pytest.mark.parametrize(
    "url_path", ["/news", "/news/", "/a", "/feed.xml/", "//", "//news/a/", "/../feed.xml", "/./", "/news/../"]
)
def test_nothing_else_is_there(url_path):
    assert found(url_path) == Found()


def test_outside_of_the_site_only_the_root_leads_into_it():
    assert found("/", "/repo/") == found("/repo", "/repo/") == Found(redirect="/repo/")
    assert found("/feed.xml", "/repo/") == found("/repository/", "/repo/") == Found()
