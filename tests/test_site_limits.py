"""Every limit: as much as there may be is taken, one more is told with what is too much, how much, and where."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec import structs

from broadsheet import limits
from broadsheet.config import Editions, Pages, Settings
from broadsheet.model import Page
from broadsheet.problems import Problem, Severity, SiteError
from broadsheet.read.disk import Disk
from broadsheet.read.editions import parse_edition
from broadsheet.read.front_matter import FrontMatter, split
from broadsheet.read.records import RecordReader
from broadsheet.read.taxonomy import parse_topic
from broadsheet.render.pages import within_limit
from broadsheet.yaml_text import YamlError, parse_yaml

FILE = "2024-05-01-a-story.md"
START = 'title: "A good title"\npublishedDateTime: 2024-05-01T08:00:00Z\n'
ITEM = '  - title: "Another"\n    excerpt: ""\n    publishedDateTime: 2024-05-01T08:00:00Z\n'


def address(number: int) -> str:
    return "https://example.org/".ljust(number, "a")


def listed(name: str, number: int) -> str:
    item = 'url: "/a.png"' if name == "images" else "Trams"
    return f"{START}{name}:\n" + f"  - {item}\n" * number


# What of a record has a limit, as front matter that has so many of it; the limit; where it stands; what happens.
RECORDS = {
    "title": (lambda n: START.replace("A good title", "a" * n), limits.TITLE, (2, 8), Severity.ERROR),
    "excerpt": (lambda n: f'{START}excerpt: "{"a" * n}"\n', limits.EXCERPT, (4, 10), Severity.ERROR),
    "webUrl": (lambda n: f'{START}webUrl: "{address(n)}"\n', limits.ADDRESS, (4, 9), Severity.WARNING),
    "ampWebUrl": (lambda n: f'{START}ampWebUrl: "{address(n)}"\n', limits.ADDRESS, (4, 12), Severity.WARNING),
    "image": (lambda n: f'{START}images:\n  - url: "{address(n)}"\n', limits.ADDRESS, (5, 10), Severity.WARNING),
    "provider": (lambda n: f"{START}provider:\n  name: {'a' * n}\n", limits.NAME, (5, 9), Severity.WARNING),
    "domain": (
        lambda n: f"{START}provider:\n  name: A\n  domain: {'a' * n}\n",
        limits.NAME,
        (6, 11),
        Severity.WARNING,
    ),
    "topic": (lambda n: f"{START}topics:\n  - {'a' * n}\n", limits.NAME, (5, 5), Severity.WARNING),
    "tag": (lambda n: f"{START}tags:\n  - {'a' * n}\n", limits.NAME, (5, 5), Severity.WARNING),
    **{
        name: (lambda n, name=name: listed(name, n), limits.LIST, (5, 3), Severity.ERROR)
        for name in ("topics", "images", "tags", "aliases", "split", "join")
    },
    "related": (lambda n: f"{START}related:\n{ITEM * n}", limits.RELATED, (5, 3), Severity.ERROR),
    "item title": (
        lambda n: f"{START}related:\n{ITEM.replace('Another', 'a' * n)}",
        limits.TITLE,
        (5, 12),
        Severity.WARNING,
    ),
    "item excerpt": (
        lambda n: START + "related:\n" + ITEM.replace('""', "a" * n),
        limits.EXCERPT,
        (6, 14),
        Severity.WARNING,
    ),
    "item address": (
        lambda n: f'{START}related:\n{ITEM}    webUrl: "{address(n)}"\n',
        limits.ADDRESS,
        (8, 13),
        Severity.WARNING,
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_with_as_much_as_there_may_be_is_read_alike_by_both_paths(name):
    made, limit, _, _ = RECORDS[name]
    parts = FrontMatter(made(limit.most).encode(), b"")
    record, problems = RecordReader().reference(parts, FILE)
    assert record is not None
    assert problems == ()
    fast = RecordReader().fast(parts, FILE)
    # Lists of names that only the reference path reads.
    assert fast == (record, ()) or (fast is None and name in {"split", "join"})


@pytest.mark.parametrize("name", RECORDS)
def test_one_more_is_told_with_its_place_and_left_out(name):
    made, limit, (line, column), severity = RECORDS[name]
    parts = FrontMatter(made(limit.most + 1).encode(), b"")
    assert RecordReader().fast(parts, FILE) is None
    record, problems = RecordReader().reference(parts, FILE)
    assert [(problem.rule, problem.severity) for problem in problems] == [("limit", severity)]
    place = problems[0].place
    assert (place.line, place.column) == (line, column)
    number = f"{limit.most + 1:,} {limit.unit}s; it may have {limit.most:,} at the most"
    assert number in problems[0].message
    assert (record is None) == (severity is Severity.ERROR)
    if record is not None:
        assert "a" * 100 not in str(record)


def test_front_matter_may_have_one_mebibyte():
    def file(number: int) -> bytes:
        return b"---\n" + START.encode().ljust(number - 1, b"#") + b"\n---\n"

    assert isinstance(split(file(limits.FRONT_MATTER.most), FILE), FrontMatter)
    problem = split(file(limits.FRONT_MATTER.most + 1), FILE)
    assert isinstance(problem, Problem)
    assert str(problem) == (
        f"{FILE}:1:1: error: the front matter has 1,048,577 bytes; it may have 1,048,576 at the most"
    )
    assert problem.rule == "limit"
    assert RecordReader().read(file(limits.FRONT_MATTER.most + 1), FILE) == (None, (problem,))


def test_a_file_may_have_ten_mebibytes(tmp_path):
    disk, path = Disk(), tmp_path / "a.md"
    path.write_bytes(b" " * limits.FILE.most)
    assert len(disk.content(path) or b"") == limits.FILE.most
    path.write_bytes(b" " * (limits.FILE.most + 1))
    assert disk.content(path) is None
    assert [(problem.message, problem.rule) for problem in disk.problems] == [
        ("the file has 10,485,761 bytes; it may have 10,485,760 at the most", "limit")
    ]


def test_yaml_is_nested_to_a_depth():
    def text(depth: int) -> str:
        return "[" * depth + "x" + "]" * depth

    assert parse_yaml(text(limits.NESTING.most), "a.yaml").value
    with pytest.raises(YamlError) as raised:
        parse_yaml(text(limits.NESTING.most + 1), "a.yaml")
    assert raised.value.problem.rule == "limit"
    assert raised.value.problem.place.column == limits.NESTING.most + 2
    assert "60 levels" in raised.value.problem.message


def test_aliases_stand_for_so_many_values():
    # A list of 998 values and itself, so often that 1,000 times 200 are left.
    def text(aliases: int, more: int) -> str:
        first = "- &a [" + ", ".join(["x"] * 998) + "]\n"
        return first + "- *a\n" * aliases + "- x\n" * more

    # The document, the list, and for every alias one besides the 999 that it stands for.
    assert limits.VALUES.most == 1 + 999 + 199 * 1000
    assert len(parse_yaml(text(199, 0), "a.yaml").value) == 200
    with pytest.raises(YamlError) as raised:
        parse_yaml(text(199, 1), "a.yaml")
    assert raised.value.problem.rule == "limit"
    assert raised.value.problem.place.line == 201
    assert "200,000 values" in raised.value.problem.message


def test_a_text_may_have_so_many_tags():
    yaml = START.encode()
    assert RecordReader().read(b"---\n" + yaml + b"---\n" + b"<b>" * limits.TAGS.most, FILE)[1] == ()
    record, problems = RecordReader().read(b"---\n" + yaml + b"---\n" + b"<b>" * (limits.TAGS.most + 1), FILE)
    assert record is not None
    assert [(problem.rule, problem.severity) for problem in problems] == [("limit", Severity.WARNING)]
    assert problems[0].message.startswith("the text below the front matter has 20,001 tags; it may have 20,000")


@pytest.mark.parametrize(
    ("made", "limit", "line"),
    [
        (lambda n: "name: Trams\nkeywords:\n" + "- tram\n" * n, limits.KEYWORDS, 3),
        (lambda n: "name: " + "a" * n, limits.NAME, 1),
    ],
)
def test_a_topic_has_a_name_and_keywords_of_some_length(made, limit, line):
    topic, problems = parse_topic(made(limit.most).encode(), "a.yaml")
    assert (topic is not None, problems) == (True, ())
    topic, problems = parse_topic(made(limit.most + 1).encode(), "a.yaml")
    assert topic is None
    assert [(problem.rule, problem.place.line) for problem in problems] == [("limit", line)]
    assert f"{limit.most + 1:,} {limit.unit}s" in problems[0].message


def test_an_issue_has_so_many_items():
    def issue(number: int) -> bytes:
        items = [{"slug": f"a-{at}", "title": "A"} for at in range(number)]
        start, end = "2024-05-01T07:00:00Z", "2024-05-02T07:00:00Z"
        halves = [{"topic": "Trams", "items": items[::2]}, {"topic": "Boats", "items": items[1::2]}]
        return json.dumps({"date": "2024-05-02", "start": start, "end": end, "sections": halves}).encode()

    edition, problems = parse_edition(issue(limits.EDITION_ITEMS.most), "2024-05-02.yaml")
    assert edition is not None
    assert problems == ()
    edition, problems = parse_edition(issue(limits.EDITION_ITEMS.most + 1), "2024-05-02.yaml")
    assert edition is None
    assert [(problem.rule, problem.message) for problem in problems] == [
        ("limit", "the issue has 5,001 items; it may have 5,000 at the most")
    ]


@pytest.fixture
def few_pages(monkeypatch):
    monkeypatch.setattr(limits, "PAGES", structs.replace(limits.PAGES, most=10))


@pytest.mark.usefixtures("few_pages")
def test_a_site_has_so_many_pages():
    pages = [Page("story", f"news/{at}/", f"news/{at}/index.html") for at in range(11)]
    assert within_limit(pages[:10], Settings()) == pages[:10]
    with pytest.raises(SiteError) as raised:
        within_limit(iter(pages), Settings())
    (problem,) = raised.value.problems
    assert problem.message == "the site has 11 pages; it may have 10 at the most; 11 of them are of the kind `story`"
    assert problem.rule == "limit"


@pytest.mark.usefixtures("few_pages")
@pytest.mark.parametrize(
    ("kind", "hint"),
    [("latest", "`pages.size` is greater than 1"), ("api_news", "greater than 25"), ("api_item", "`api.source_url`")],
)
def test_what_most_of_too_many_pages_are_says_what_to_do(kind, hint):
    pages = [Page("home", "", "index.html"), *(Page(kind, f"{at}/", f"{at}/index.html") for at in range(20))]
    with pytest.raises(SiteError) as raised:
        within_limit(pages, Settings(pages=Pages(size=1)))
    assert hint in raised.value.problems[0].hint
    assert f"the site has 21 pages; it may have 10 at the most; 20 of them are of the kind `{kind}`" in str(
        raised.value
    )


@pytest.mark.usefixtures("few_pages")
def test_a_build_of_too_many_pages_ends_before_anything_is_written(record, tmp_path):
    from broadsheet.pipeline import build
    from broadsheet.read.folders import find_folders

    for day in range(1, 20):
        record(tmp_path / "_news", f"2024-05-{day:02}-a.md", title=f"Tram {day}", webUrl=f"https://example.org/{day}")
    settings = Settings(base_url="https://example.org/")
    with pytest.raises(SiteError, match="it may have 10 at the most"):
        build(find_folders(tmp_path, settings), settings, datetime(2024, 6, 1, tzinfo=UTC))
    assert not (tmp_path / "public").exists()


def test_the_manual_has_every_limit():
    every = {value for value in vars(limits).values() if isinstance(value, limits.Limit)}
    assert set(limits.LIMITS) == every
    text = Path(__file__).parents[1].joinpath("docs/limits.md").read_text(encoding="utf-8")
    assert [limit for limit in every if f"{limit.most:,} {limit.unit}" not in text] == []


def test_no_issue_is_cut_that_could_not_be_read(record, tmp_path, monkeypatch):
    from broadsheet import edition
    from broadsheet.read.folders import find_folders

    monkeypatch.setattr(edition, "EDITION_ITEMS", structs.replace(limits.EDITION_ITEMS, most=2))
    for name, heat in (("a", 70), ("b", 90), ("c", 80)):
        url = f"https://example.org/{name}"
        record(tmp_path / "_news", f"{name}.md", title=f"Headline {name}", heat=heat, webUrl=url)
    settings = Settings(editions=Editions(period="daily"))
    cut = edition.cut_day(
        find_folders(tmp_path, settings), settings, datetime(2024, 6, 1, tzinfo=UTC), date(2024, 5, 2)
    )
    ((issue, _),) = cut.written
    assert [item.slug for item in issue.items] == ["b", "c"]
    assert issue.passed_over == ("a",)
