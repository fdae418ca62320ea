"""Which record somebody means who gives a name, a file or an address."""

import pytest
from msgspec import structs

from broadsheet.explain.wanted import meant, name_of
from broadsheet.model import Sources


@pytest.fixture(scope="session")
def found(make):
    """Look for a name among the records of some files, and return the files that may be meant."""

    def found(asked, *files, shown_folder="my-site/_news", aliases=(), shown=None):
        records = [structs.replace(make(file.removesuffix(".md").rpartition("/")[2]), file=file) for file in files]
        records[0] = structs.replace(records[0], aliases=aliases)
        sources = Sources(tuple(records), shown_folder=shown_folder)
        return [record.file for record in meant(asked, sources, files if shown is None else shown)]

    return found


@pytest.mark.parametrize(
    "asked",
    [
        "2024-05-01-ferry",
        "2024-05-01-ferry.md",
        " 2024-05-01-Ferry ",
        "_news/2024-05-01-ferry.md",
        "./_news/2024-05-01-ferry.md",
        "my-site/_news/2024-05-01-ferry.md",
        "/home/kim/my-site/_news/2024-05-01-ferry.md",
        "_news\\2024-05-01-ferry.md",
        "/news/2024-05-01-ferry/",
        "news/2024-05-01-ferry/index.html",
        "https://example.org/repo/news/2024-05-01-ferry/",
        "http://127.0.0.1:8000/news/2024-05-01-ferry/?print#more",
        "https://example.org/news/2024-05-01%2Dferry",
    ],
)
def test_a_name_a_file_and_an_address_are_all_understood(found, asked):
    assert found(asked, "2024-05-01-ferry.md", "2024-05-01-ferry-strike.md") == ["2024-05-01-ferry.md"]


@pytest.mark.parametrize("asked", ["", "/", "ferry", "other/2024-05-01-ferries.md", "https://example.org/"])
def test_what_no_record_is_called_is_none(found, asked):
    assert found(asked, "2024-05-01-ferry.md") == []


def test_of_several_of_one_name_all_are_meant_and_one_by_its_folder(found):
    files = ("2024/ferry.md", "2025/ferry.md")
    assert found("ferry", *files) == list(files)
    assert found("2025/ferry.md", *files) == ["2025/ferry.md"]
    assert found("/home/kim/my-site/_news/2025/ferry", *files) == ["2025/ferry.md"]


def test_of_several_of_one_name_a_whole_path_means_the_deepest_that_it_ends_in(found):
    files = ("ferry.md", "2025/ferry.md")
    assert found("/elsewhere/_news/2025/ferry.md", *files) == ["2025/ferry.md"]
    assert found("/elsewhere/_news/ferry.md", *files) == ["ferry.md"]


def test_of_several_of_one_name_the_address_of_a_page_means_the_one_that_has_the_page(found):
    files = ("2024/ferry.md", "2025/ferry.md")
    assert found("/news/ferry/", *files, shown=["2025/ferry.md"]) == ["2025/ferry.md"]


def test_an_earlier_name_of_a_record_is_understood_where_no_other_has_it(found):
    assert found("old-ferry", "ferry.md", aliases=("old-ferry",)) == ["ferry.md"]
    assert found("old-ferry", "ferry.md", "old-ferry.md", aliases=("old-ferry",)) == ["old-ferry.md"]


def test_a_name_is_what_is_left_of_a_path_and_an_address():
    asked = ("a/b.md", "b", "https://example.org/news/b/", "news/b/index.html", "")
    assert [name_of(text) for text in asked] == ["b", "b", "b", "b", ""]
