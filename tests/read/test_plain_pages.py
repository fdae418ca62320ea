"""Pages in the owner's own words: what their files may say, where they will be, and what is wrong with them."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model import PlainPage
from broadsheet.problems import Severity
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.plain_pages import parse_plain_page
from broadsheet.read.source import ReadResult, read_site

WriteRecord = Callable[..., Path]


def page(text: str | bytes, path: str = "about.md") -> PlainPage:
    found, problems = parse_plain_page(text.encode() if isinstance(text, str) else text, f"pages/{path}", path)
    assert problems == ()
    assert found is not None
    return found


def wrong(text: str | bytes, path: str = "about.md", *, beside_records: bool = False) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    found, problems = parse_plain_page(data, f"pages/{path}", path, beside_records=beside_records)
    assert found is None
    return [f"{problem} ({problem.hint})" for problem in problems]


def read(root: Path) -> ReadResult:
    return read_site(find_folders(root, read_settings(root)), lambda *_: None)


def test_a_file_may_say_everything_in_its_front_matter() -> None:
    front = "title: About us\ndescription: Who we are\nmenu: false\nfooter: false\norder: -3\ndraft: true\n"
    expected = PlainPage("pages/about.md", ("about",), "About us", "Who we are", "Text.\n", False, False, -3, True)
    assert page(f"---\n{front}---\nText.\n") == expected


@pytest.mark.parametrize("text", ["Text.\n", "---\n---\nText.\n", "\ufeffText.\n", "---\r\n---\r\nText.\r\n"])
def test_front_matter_is_optional_and_so_is_everything_in_it(text: str) -> None:
    assert page(text) == PlainPage("pages/about.md", ("about",), "About", body="Text.\n")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The *first* `one`\n\n# The second\n", "The first one"),
        ("Words before.\n\n## Below\n", "Below"),
        ("Two lines\nof it\n=====\n", "Two lines of it"),
        ("~~~\n# no heading\n~~~\n\n# A heading\n", "A heading"),
        ("> # Somebody else's\n\n# Ours\n", "Ours"),
        ("# Fish &amp; chips <i>here</i> [now](/x/)\n", "Fish & chips here now"),
        ("#\n\nText.\n", "About"),
        ("---\ntitle: ' '\n---\nText.\n", "About"),
        ("---\ntitle: Mine\n---\n# Another\n", "Mine"),
    ],
)
def test_the_title_is_the_first_heading_unless_the_file_says_one(text: str, title: str) -> None:
    assert page(text).title == title


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("how-to_read  it.md", "How to read it"),
        ("légal/mentions.md", "Mentions"),
        ("legal/index.md", "Legal"),
        ("index.md", "Index"),
        ("-.md", "untitled-"),
    ],
)
def test_without_a_heading_the_title_is_the_files_name_in_words(path: str, title: str) -> None:
    assert page("Text.\n", path).title.startswith(title)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("# About us\n\nText.\n", "\nText.\n"),
        ("\n\nAbout us\n===\nText.\n", "\n\nText.\n"),
        ("---\ntitle: About us\n---\n# About *us*\nText.\n", "Text.\n"),
        ("---\ntitle: About us\n---\n# Others\nText.\n", "# Others\nText.\n"),
        ("Text.\n\n# About us\n", "Text.\n\n# About us\n"),
    ],
)
def test_a_heading_that_repeats_the_title_at_the_start_is_no_part_of_the_body(text: str, body: str) -> None:
    assert page(text).body == body


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("about.md", ("about",)),
        ("legal/imprint.md", ("legal", "imprint")),
        ("legal/index.md", ("legal",)),
        ("index.md", ()),
        ("a b/c?d.MD", ("a-b", "c-d")),
    ],
)
def test_a_page_is_where_its_file_is(path: str, segments: tuple[str, ...]) -> None:
    assert page("Text.\n", path).segments == segments


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=20)


@given(st.lists(names, min_size=1, max_size=3))
def test_no_name_leads_out_of_the_output_whatever_a_file_is_called(names: list[str]) -> None:
    for part in page("Text.\n", "/".join(names) + ".md").segments:
        assert part.strip(". ")
        assert PurePosixPath(part).name == part
        assert not set(part) & set('\\:<>|"?*\n')


def test_a_field_that_is_not_known_is_told_with_the_one_that_was_meant() -> None:
    (told,) = wrong("---\ndescription: x\ntitel: x\n---\n")
    assert told == "pages/about.md:3:1: error: unknown setting `titel` (did you mean `title`?)"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = wrong("---\nmenu: perhaps\norder: first\ntitle: [x]\n---\n")
    assert sorted(told) == [
        "pages/about.md:2:7: error: `menu` must be `true` or `false`, not text ()",
        "pages/about.md:3:8: error: `order` must be a whole number, not text ()",
        "pages/about.md:4:8: error: `title` must be text, not a list ()",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"---\ntitle: [\n---\n", "pages/about.md:3:1: error: invalid YAML"),
        (b"---\ntitle: x\n", "pages/about.md:1:1: error: the front matter is not closed"),
        (b"---\ntitle: x\n---\nText.\nA \xff\n", "pages/about.md:5:3: error: the byte 0xFF is not UTF-8"),
        (b"Text.\n\xff", "pages/about.md:2:1: error: the byte 0xFF is not UTF-8"),
        (b"---\n- x\n---\n", "pages/about.md:2:1: error: "),
        (b" \n", "pages/about.md:1:1: warning: the file is empty"),
    ],
)
def test_a_broken_file_is_told_with_its_place(text: bytes, told: str) -> None:
    assert wrong(text)[0].startswith(told)


def test_a_key_that_stands_twice_is_told_and_the_page_is_kept() -> None:
    found, (problem,) = parse_plain_page(b"---\ntitle: A\ntitle: B\n---\n", "pages/a.md", "a.md")
    assert found is not None
    assert (found.title, problem.severity) == ("B", Severity.WARNING)


def test_what_may_be_a_record_is_no_page_and_told() -> None:
    (told,) = wrong("---\ntitle: x\npublishedDateTime: 2024-05-01T08:00:00Z\nwebUrl: https://example.org/\n---\n")
    assert told.startswith("pages/about.md: warning: this may be a record")


def test_where_other_folders_are_for_records_a_name_with_a_day_is_a_records() -> None:
    """It may be one of the future, which nobody is to see yet."""
    path, text = "2031-05-01-opening.md", "---\ntitle: The opening\n---\n"
    (told,) = wrong(text, path, beside_records=True)
    assert "this may be a record" in told
    assert page(text, path).segments == ("2031-05-01-opening",)
    assert parse_plain_page(b"# No front matter", path, path, beside_records=True)[0] is not None


@pytest.mark.parametrize("folder", ["_news", "."])
def test_plain_pages_are_read_in_every_layout_and_are_no_records(
    tmp_path: Path, record: WriteRecord, folder: str
) -> None:
    record(tmp_path / folder)
    for name in ("b.md", "a/b.md", "a.md", "picture.png", ".hidden.md"):
        path = tmp_path / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Text.\n")
    result = read(tmp_path)
    assert [found.segments for found in result.sources.plain_pages] == [("a",), ("a", "b"), ("b",)]
    assert (result.files, result.problems) == (1, ())


def test_a_folder_of_records_that_lie_in_pages_is_told_file_by_file(tmp_path: Path, record: WriteRecord) -> None:
    paths = [record(tmp_path / "pages", name) for name in ("2024-05-01-a.md", "2024-05-02-b.md", "c.md")]
    for path in paths[:2]:
        path.write_text("---\ntitle: x\n---\n")
    result = read(tmp_path)
    assert (result.sources.records, result.sources.plain_pages) == ((), ())
    assert [problem.place.file for problem in result.problems] == list(map(str, paths))
    assert all("may be a record" in problem.message for problem in result.problems)


def test_a_page_of_jekylls_in_its_checkout_is_ignored_with_one_note(record: WriteRecord, tmp_path: Path) -> None:
    record(tmp_path / "_news")
    (tmp_path / "pages/legal").mkdir(parents=True)
    (tmp_path / "pages/about.md").write_text("---\nlayout: page\npermalink: /about/\n---\n{% include about.html %}\n")
    (tmp_path / "pages/legal/imprint.md").write_text("---\r\ntitle: Imprint\r\nlayout : page\r\n---\r\nWe.\r\n")
    (tmp_path / "pages/ours.md").write_text("---\ntitle: Ours\n---\nlayout: a word\n")
    result = read(tmp_path)
    assert [page.title for page in result.sources.plain_pages] == ["Ours"]
    (note,) = result.problems
    assert str(note) == (
        f"{tmp_path.as_posix()}/pages: note: 2 pages name a layout of another program and are ignored: "
        "about.md, legal/imprint.md"
    )
    assert note.hint == "without `layout` in their front matter they are pages of this site"


def test_elsewhere_a_layout_is_a_field_that_is_not_known(record: WriteRecord, tmp_path: Path) -> None:
    record(tmp_path / "records")
    (tmp_path / "broadsheet.yaml").touch()
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/about.md").write_text("---\nlayout: page\n---\nText.\n")
    (error,) = read(tmp_path).problems
    assert error.severity is Severity.ERROR
    assert error.message == "unknown setting `layout`"
