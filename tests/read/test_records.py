"""What a record file says: every field, whatever is missing or wrong, and where."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadsheet.model import Coverage, Image, Provider, Record
from broadsheet.problems import Problem, Severity
from broadsheet.read.fields import file_date, parse_time
from broadsheet.read.records import RecordReader

FILE = "2024-05-01-a-story.md"
START = 'title: "A good title"\npublishedDateTime: 2024-05-01T08:00:00Z\n'


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(front_matter: str, file: str = FILE, body: str = "") -> tuple[Record | None, tuple[Problem, ...]]:
    return RecordReader().read(f"---\n{front_matter}---\n{body}".encode(), file)


def good(fields: str = "", file: str = FILE, body: str = "") -> Record:
    """A record that has a title and a time and `fields`, read without any problem."""
    record, problems = read(START + fields, file, body)
    assert problems == ()
    assert record is not None
    return record


def warned(front_matter: str, file: str = FILE) -> tuple[Record, list[str]]:
    record, problems = read(front_matter, file)
    assert record is not None, problems
    assert all(problem.severity is Severity.WARNING for problem in problems)
    return record, [str(problem).removeprefix(f"{file}:").replace(" warning:", "") for problem in problems]


def refused(front_matter: str, file: str = FILE) -> list[str]:
    record, problems = read(front_matter, file)
    assert record is None
    return [str(problem).removeprefix(f"{file}:") for problem in problems]


def test_a_record_with_a_title_and_a_time_has_a_default_for_all_else() -> None:
    assert good() == Record(
        file=FILE, slug="2024-05-01-a-story", title="A good title", published_at=moment("2024-05-01T08:00:00")
    )


def test_the_defaults_are_those_of_the_format() -> None:
    record = good()
    assert record.category == "news"
    assert record.type == "article"
    assert (record.published, record.removed, record.draft) == (True, False, False)
    assert (record.quality, record.heat) == (None, None)
    assert (record.web_url, record.original_url, record.amp_url, record.cdn_amp_url) == (None, None, None, None)
    assert (record.topics, record.images, record.related, record.tags, record.aliases) == ((), (), (), (), ())


@pytest.mark.parametrize(
    ("line", "attribute", "expected"),
    [
        ("category: opinion", "category", "opinion"),
        ("category:", "category", "news"),
        ('excerpt: "Short"', "excerpt", "Short"),
        ('excerpt: "na\\n"', "excerpt", "na\n"),
        ('excerpt: ""', "excerpt", ""),
        ("excerpt:", "excerpt", ""),
        ("excerpt: |\n  One\n  two", "excerpt", "One\ntwo\n"),
        ('webUrl: "https://example.org/a"', "web_url", "https://example.org/a"),
        ('webUrl: ""', "web_url", None),
        ("webUrl:", "web_url", None),
        ('originalUrl: "https://example.org/a"', "original_url", "https://example.org/a"),
        ('ampWebUrl: "https://example.org/amp"', "amp_url", "https://example.org/amp"),
        ('cdnAmpWebUrl: "https://cdn.example.org/amp"', "cdn_amp_url", "https://cdn.example.org/amp"),
        ("type: video", "type", "video"),
        ("type:", "type", "article"),
        ('featuredContent: "<iframe></iframe>"', "featured_content", "<iframe></iframe>"),
        ("quality: 0", "quality", 0),
        ("quality: 189", "quality", 189),
        ("quality:", "quality", None),
        ("heat: 0", "heat", 0),
        ("heat: -1", "heat", -1),
        ("heat: 3694", "heat", 3694),
        ("heat:", "heat", None),
        ("heat: ~", "heat", None),
        ("published: false", "published", False),
        ("published: no", "published", False),
        ("published: true", "published", True),
        ("published:", "published", True),
        ("removed: true", "removed", True),
        ("removed:", "removed", False),
        ("draft: true", "draft", True),
        ("draft: yes", "draft", True),
        ("draft:", "draft", False),
        ("updatedDateTime: 2024-05-02T08:00:00Z", "updated_at", moment("2024-05-02T08:00:00")),
        ("updatedDateTime:", "updated_at", None),
        ("locale: en-us", "locale", "en-us"),
        ("tags: [a, null, b]", "tags", ("a", "b")),
        ("tags:", "tags", ()),
        ("topics:\n  - Transport\n  - City Life", "topics", ("Transport", "City Life")),
        ("topics: [null, Transport]", "topics", (None, "Transport")),
        ("topics:\n  -\n  - Transport", "topics", (None, "Transport")),
        ("topics: []", "topics", ()),
        ("topics:", "topics", ()),
        ("aliases:\n  - old-name\n  - /news/older/\n  - ''\n  -", "aliases", ("old-name", "older")),
        ("pin: true", "pin", True),
        ("pin:", "pin", False),
        ("split: true", "alone", True),
        ("split: false", "alone", False),
        ("split: true", "split", ()),
        ("split: 2024-05-01-a-story.md", "split", ("2024-05-01-a-story.md",)),
        ("split: [a, null, ' b ', '']", "split", ("a", "b")),
        ("split:\n  - a\n  - b", "split", ("a", "b")),
        ("split: a", "alone", False),
        ("join: a-story", "join", ("a-story",)),
        ("join: 'true'", "join", ("true",)),
        ("join:\n  - a\n  - b.md", "join", ("a", "b.md")),
        ("join:", "join", ()),
        ("related:", "related", ()),
        ("related: []", "related", ()),
        ("images:", "images", ()),
        ("provider:", "provider", Provider()),
        ("unknown: [whatever, {it: is}]", "title", "A good title"),
        ("secured: bm90;aGluZw==", "title", "A good title"),
    ],
)
def test_every_field_is_read(line: str, attribute: str, expected: object) -> None:
    found = getattr(good(line + "\n"), attribute)
    if attribute == "aliases":
        assert isinstance(found, tuple)
        assert isinstance(expected, tuple)
        assert len(found) == len(expected)
        assert all(wanted in {name, None} for name, wanted in zip(found, expected, strict=True))
        assert not {"", ".", ".."} & set(found)
    else:
        assert found == expected


def test_the_title_is_kept_raw_with_its_outer_blanks() -> None:
    record, problems = read('title: "\\u00a0 A title &amp; more "\npublishedDateTime: 2024-05-01T08:00:00Z\n')
    assert problems == ()
    assert record is not None
    assert record.title == "\u00a0 A title &amp; more "


@pytest.mark.parametrize(
    "title", ["🚀 Lift-off 👩‍💻", "خبر عاجل من الميناء", "חדשות הנמל", "港口新闻", "Café &amp;#39;x&amp;#39;"]
)
def test_a_title_may_be_in_any_script(title: str) -> None:
    record, problems = read(f'title: "{title}"\npublishedDateTime: 2024-05-01T08:00:00Z\n')
    assert (record and record.title, problems) == (title, ())


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("", "2:1"),
        ("title:\n", "2:7"),
        ("title: ~\n", "2:8"),
        ('title: ""\n', "2:8"),
        ("title: '  '\n", "2:8"),
        ('title: "\\u00a0\\u200b\\u00ad"\n', "2:8"),
        ('title: "<br>"\n', "2:8"),
    ],
)
def test_a_record_without_a_title_is_refused(line: str, place: str) -> None:
    problems = refused(line + "publishedDateTime: 2024-05-01T08:00:00Z\n")
    assert problems == [f"{place}: error: the record has no `title`"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01T08:00:00Z", "2024-05-01T08:00:00"),
        ("2024-05-01T08:00:00", "2024-05-01T08:00:00"),
        ("2024-05-01 08:00:00", "2024-05-01T08:00:00"),
        ("2024-05-01", "2024-05-01T00:00:00"),
        ("2024-05-01T08:00:00+02:00", "2024-05-01T06:00:00"),
        ("2024-05-01T08:00:00-0700", "2024-05-01T15:00:00"),
        ("2024-05-01 08:00:00 +02:00", "2024-05-01T06:00:00"),
        ("2024-05-01 08:00:00 Z", "2024-05-01T08:00:00"),
        ("2024-05-01T08:00:00.250Z", "2024-05-01T08:00:00.250"),
        ("2024-05-01T08:00Z", "2024-05-01T08:00:00"),
        ("'2024-05-01T08:00:00Z'", "2024-05-01T08:00:00"),
        ("2024-02-29", "2024-02-29T00:00:00"),
    ],
)
def test_times_are_read_as_utc_unless_they_say_otherwise(text: str, expected: str) -> None:
    record, problems = read(f"title: x\npublishedDateTime: {text}\n")
    assert problems == ()
    assert record is not None
    assert record.published_at == moment(expected)
    assert record.published_at.utcoffset() is not None


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2024-13-01",
        "2023-02-29",
        "2024-05-01T25:00:00Z",
        "0001-01-01",
        "9999-12-31T23:59:59-12:00",
        "1714550400x",
    ],
)
def test_a_time_that_is_none_gives_way_to_the_date_in_the_file_name(text: str) -> None:
    record, problems = warned(f"title: x\npublishedDateTime: {text}\n")
    assert record.published_at == moment("2024-05-01T00:00:00")
    assert problems == [f"3:20: `publishedDateTime` is no time: {text}; the date in the file name is used"]


@pytest.mark.parametrize("line", ["", "publishedDateTime:\n", "publishedDateTime: ''\n"])
def test_a_missing_time_gives_way_to_the_date_in_the_file_name(line: str) -> None:
    record, problems = warned(f"title: x\n{line}")
    assert record.published_at == moment("2024-05-01T00:00:00")
    assert problems == ["2:1: the record has no `publishedDateTime`; the date in the file name is used"]


@pytest.mark.parametrize(
    "file", ["a-story.md", "2024-13-01-x.md", "2024-05-011.md", "24-05-01-x.md", "x-2024-05-01.md"]
)
def test_without_any_date_the_record_is_refused(file: str) -> None:
    assert refused("title: x\n", file) == ["2:1: error: the record has no `publishedDateTime`"]
    assert file_date(file) is None


def test_the_date_in_the_file_name_is_used_for_nothing_else() -> None:
    assert good(file="2019-01-01-a-story.md").published_at == moment("2024-05-01T08:00:00")


def test_a_time_has_room_for_every_time_zone() -> None:
    assert parse_time("9999-12-31T23:59:59Z") is None
    assert parse_time("0999-01-01") is None
    assert parse_time("2024-05-01") == moment("2024-05-01T00:00:00")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("title: [x]", "2:8"),
        ("title: 5", "2:8"),
        ("title: 2024-05-01T08:00:00Z\ncategory: 5", "3:11"),
        ("title: {a: b}", "2:8"),
        ("title: x\nexcerpt: yes", "3:10"),
        ("title: x\nquality: high", "3:10"),
        ("title: x\nquality: 1.5", "3:10"),
        ('title: x\nheat: "5"', "3:7"),
        ("title: x\npublished: 1", "3:12"),
        ("title: x\npublished: maybe", "3:12"),
        ("title: x\nremoved: [yes]", "3:10"),
        ("title: x\ndraft: 'true'", "3:8"),
        ("title: x\nwebUrl: 5", "3:9"),
        ("title: x\ntags: a", "3:7"),
        ("title: x\ntopics: Transport", "3:9"),
        ("title: x\ntopics:\n  - a\n  - [b]", "5:5"),
        ("title: x\ntopics:\n  a: b", "4:3"),
        ("title: x\nprovider: Gazette", "3:11"),
        ("title: x\nprovider:\n  name: 5", "4:9"),
        ("title: x\nprovider:\n  - name: a", "4:3"),
        ("title: x\nimages: a.png", "3:9"),
        ("title: x\nimages:\n  - a.png", "4:5"),
        ("title: x\nimages:\n  - url: /a.png\n    width: wide", "5:12"),
        ("title: x\nrelated: none", "3:10"),
        ("title: x\nrelated:\n  - a", "4:5"),
        ("title: x\nrelated:\n  - title: a\n    quality: good", "5:14"),
        ("title: x\nrelated:\n  - title: a\n    provider:\n      name: [é]", "6:13"),
    ],
)
def test_a_field_of_the_wrong_type_is_an_error_where_it_stands(line: str, place: str) -> None:
    (problem,) = refused(line + "\npublishedDateTime: 2024-05-01T08:00:00Z\n")
    assert problem.startswith(f"{place}: error: `")
    assert " must be " in problem


def test_all_problems_of_a_record_are_reported_at_once() -> None:
    problems = refused(
        "title: 5\ntopics: a\nquality: x\nrelated:\n  - title: [b]\n  - quality: c\nquality: y\nimages: [z]\n"
    )
    places = {problem.split(" ")[0] for problem in problems}
    assert places == {"2:8:", "3:9:", "6:12:", "7:14:", "8:1:", "8:10:", "9:10:"}


def test_what_only_the_values_say_is_reported_at_once_too() -> None:
    record, problems = warned(
        "title: x\nwebUrl: 'javascript:alert(1)'\ntype: podcast\nimages:\n  - width: 5\n  - url: 'data:x'\n"
        "related:\n  - excerpt: y\n  - title: z\n    webUrl: 'ftp://example.org'\n"
    )
    assert [problem.split(" ")[0] for problem in sorted(problems)] == [
        "10:5:", "11:13:", "2:1:", "3:9:", "4:7:", "6:5:", "7:10:", "9:5:"
    ]  # fmt: skip
    assert (record.web_url, record.type, record.images) == (None, "article", ())
    assert [item.title for item in record.related] == ["z"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("before", "place"),
    [
        ("title: x\n", "3:10"),
        ("title: é🚀你好\n", "3:10"),
        ('title: "x\u2028\u2029\x85y"\n', "3:10"),
        ("title: x\n\n\n# why\n", "6:10"),
        ('title: "x\n  y"\n', "4:10"),
        ("title: |\n  x\n  y\n", "5:10"),
    ],
)
def test_lines_and_columns_are_those_of_an_editor(end: str, mark: str, before: str, place: str) -> None:
    text = f"{mark}---\n{before}quality: high\n---\n".replace("\n", end)
    record, problems = RecordReader().read(text.encode(), FILE, "site/_news/x.md")
    assert record is None
    assert [str(problem).split(" ")[0] for problem in problems] == [f"site/_news/x.md:{place}:"]


def test_bytes_that_are_no_utf_8_are_reported_in_front_matter_and_body_at_once() -> None:
    data = b"---\ntitle: caf\xe9\n---\nOne\n\nTw\xf6\n"
    record, problems = RecordReader().read(data, FILE)
    assert record is None
    assert [(problem.place.line, problem.place.column) for problem in problems] == [(2, 11), (6, 3)]


@pytest.mark.parametrize("text", ["", "\n", "\n\n", "# nothing\n", "~\n", "null\n"])
def test_front_matter_that_says_nothing_is_an_error(text: str) -> None:
    assert refused(text) == ["1:1: error: the front matter is empty"]


def test_a_crlf_file_is_read_like_any_other() -> None:
    text = f"---\n{START}excerpt: |\n  One\n  two\ntopics:\n  - Transport\n---\nA body\n\nof two parts\n"
    windows = RecordReader().read(text.replace("\n", "\r\n").encode(), FILE)
    assert windows == RecordReader().read(text.encode(), FILE)
    assert windows[0] is not None
    assert windows[0].body == "A body\n\nof two parts\n"


@pytest.mark.parametrize(("body", "expected"), [("", ""), ("\n \n", ""), ("Text\n", "Text\n"), ("\n# A\n", "\n# A\n")])
def test_the_body_is_kept_as_it_is_unless_it_is_blank(body: str, expected: str) -> None:
    assert good(body=body).body == expected


# Providers


@pytest.mark.parametrize(
    ("lines", "name", "domain"),
    [
        ("provider:\n  name: Gazette\n  domain: example.org\n", "Gazette", "example.org"),
        ("provider:\n  name: Gazette\nwebUrl: https://www.example.org/a\n", "Gazette", "example.org"),
        ("provider:\n  domain: example.org\n", "example.org", "example.org"),
        ("provider:\n  name: ' '\n  domain: example.org\n", "example.org", "example.org"),
        ("webUrl: https://www.example.org/a\n", "example.org", "example.org"),
        ("originalUrl: https://Example.org:8080/a\n", "example.org", "example.org"),
        ("provider:\n  name: Morning%2c Inc.\n  domain: example.org\n", "Morning%2c Inc.", "example.org"),
        ('provider:\n  name: "Games | Club"\n  domain: example.org\n', "Games | Club", "example.org"),
        ("provider:\n  name: a\n  domain: ../../x\nwebUrl: https://example.org/a\n", "a", "example.org"),
        ("provider:\n", "", ""),
        ("", "", ""),
    ],
)
def test_the_provider_comes_from_the_record_or_the_address(lines: str, name: str, domain: str) -> None:
    provider = good(lines).provider
    assert (provider.name, provider.domain) == (name, domain)


def test_a_plain_name_with_a_colon_is_read_as_if_quoted_with_a_warning() -> None:
    record, problems = warned(f'{START}provider:\n  name: DM: Harbour "Games"\n  domain: example.org\n')
    assert record.provider == Provider('DM: Harbour "Games"', "example.org")
    (problem,) = problems
    assert problem.startswith("5:11: a `name` that holds a colon")


def test_the_name_of_a_related_item_is_mended_alike() -> None:
    record, problems = warned(
        f"{START}related:\n  - title: y\n    publishedDateTime: 2024-05-01T09:00:00Z\n    provider:\n      name: A: B\n"
    )
    assert record.related[0].provider.name == "A: B"
    assert len(problems) == 1


def test_a_colon_in_a_title_is_not_mended_and_the_first_error_is_told() -> None:
    (problem,) = refused("title: Port: it opens\nprovider:\n  name: A: B\n")
    assert problem.startswith("2:12: error: invalid YAML: mapping values are not allowed")


# Images


def test_images_are_read_with_all_they_say() -> None:
    record = good(
        "images:\n  - url: https://example.org/a.png\n    width: 1200\n    height: 630\n    isCached: true\n"
        "    title: A bridge\n    attribution: Jo\n  - url: /own.png\n"
    )
    assert record.images == (
        Image("https://example.org/a.png", 1200, 630, "A bridge", "Jo", True),
        Image("/own.png"),
    )


@pytest.mark.parametrize("size", ["0", "-5", "1.0e+400", ".nan", ".inf", "-.inf", "99999999"])
def test_an_absurd_size_of_an_image_is_no_size(size: str) -> None:
    assert good(f"images:\n  - url: /a.png\n    width: {size}\n    height: 10\n").images == (Image("/a.png", 0, 10),)


def test_a_size_with_a_fraction_is_cut() -> None:
    assert good("images:\n  - url: /a.png\n    width: 10.7\n").images == (Image("/a.png", 10),)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:image/png;base64,x",
        "//example.org/a.png",
        "/../a.png",
        "a.png",
        "/\\\\example.org",
        "file:///etc/passwd",
    ],
)
def test_an_image_from_nowhere_to_be_trusted_is_left_out_with_a_warning(url: str) -> None:
    record, problems = warned(f'{START}images:\n  - url: "{url}"\n  - url: /good.png\n')
    assert record.images == (Image("/good.png"),)
    assert len(problems) == 1
    assert problems[0].startswith("5:10: ")


def test_a_providers_image_from_nowhere_to_be_trusted_is_left_out_with_a_warning() -> None:
    images = 'images: [{url: "javascript:alert(1)"}, {url: /good.png}]'
    record, problems = warned(f"{START}provider:\n  name: The Wire\n  domain: example.org\n  {images}\n")
    assert record.provider.images == (Image("/good.png"),)
    (problem,) = problems
    assert problem.startswith("7:")
    assert "the image is no http or https address" in problem


@pytest.mark.parametrize("image", ["", "url:", 'url: ""', "width: 5"])
def test_an_image_without_an_address_is_left_out_with_a_warning(image: str) -> None:
    record, problems = warned(f"{START}images:\n  - {image}\n  - url: /good.png\n")
    assert record.images == (Image("/good.png"),)
    (problem,) = problems
    assert problem.startswith("5:")
    assert "the image has no `url`" in problem


# Addresses


@pytest.mark.parametrize("field", ["webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl"])
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "//example.org",
        "example.org",
        "https://",
        "http:///a",
        "vbscript:x",
        "https://[",
    ],
)
def test_an_address_that_is_no_web_address_is_dropped_with_a_warning(field: str, url: str) -> None:
    record, problems = warned(f'{START}{field}: "{url}"\n')
    assert (record.web_url, record.original_url, record.amp_url, record.cdn_amp_url) == (None,) * 4
    assert len(problems) == 1
    assert problems[0].startswith(f"4:{len(field) + 3}: `{field}` is no http or https address")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a b",
        "https://example.org/\\u2028x",
        "https://example.org/ü",
        "https://example.org/?a=1&#038;b=2",
        " https://example.org/ ",
        "HTTP://EXAMPLE.ORG",
    ],
)
def test_an_address_that_can_be_mended_is_kept_raw_without_a_word(url: str) -> None:
    assert good(f'webUrl: "{url}"\n').web_url == url.replace("\\u2028", "\u2028")


# Related items


def test_a_related_item_is_read_with_all_it_says() -> None:
    record = good(
        "related:\n  - title: 'Traffic starts '\n    excerpt: Soon\n    publishedDateTime: 2024-05-01T09:00:12Z\n"
        '    webUrl: "https://example.com/t"\n    type: article\n    provider:\n      name: B\n      domain: b.org\n'
        '    quality: 0\n    images:\n      - url: "https://example.com/i.png"\n        width: 5\n        height: 6\n'
    )
    assert record.related == (
        Coverage(
            title="Traffic starts ",
            published_at=moment("2024-05-01T09:00:12"),
            excerpt="Soon",
            web_url="https://example.com/t",
            provider=Provider("B", "b.org"),
            quality=0,
            images=(Image("https://example.com/i.png", 5, 6),),
        ),
    )


def test_a_video_has_no_address_and_no_warning() -> None:
    record = good(
        "type: video\nrelated:\n"
        '  - title: y\n    type: video\n    webUrl: ""\n    publishedDateTime: 2024-05-01T09:00:00Z\n'
    )
    assert (record.type, record.web_url) == ("video", None)
    assert (record.related[0].type, record.related[0].web_url, record.related[0].quality) == ("video", "", None)


@pytest.mark.parametrize("item", ["excerpt: y", "title: ' '", "", "{}"])
def test_a_related_item_without_a_title_is_left_out_with_a_warning(item: str) -> None:
    rest = "  - title: z\n    publishedDateTime: 2024-05-01T09:00:00Z\n"
    record, problems = warned(f"{START}related:\n  - {item}\n{rest}")
    assert [item.title for item in record.related] == ["z"]
    assert len(problems) == 1
    assert problems[0].startswith("5:")
    assert "the related item has no `title`" in problems[0]


@pytest.mark.parametrize(("line", "place"), [("", "5:5"), ("    publishedDateTime: soon\n", "6:24")])
def test_a_related_item_without_a_time_takes_that_of_the_record(line: str, place: str) -> None:
    record, problems = warned(f"{START}related:\n  - title: y\n{line}")
    assert record.related[0].published_at == moment("2024-05-01T08:00:00")
    assert [problem.split(": ")[0] for problem in problems] == [place]


def test_the_same_item_in_two_records_is_kept_once() -> None:
    reader = RecordReader()
    text = f"---\n{START}related:\n  - title: y\n    publishedDateTime: 2024-05-01T09:00:00Z\n---\n"
    slow = text.replace("title: y", "title: y # why")
    records = [reader.read(data.encode(), file)[0] for data in (text, slow) for file in (FILE, "2024-05-02-b.md")]
    items = {id(record.related[0]) for record in records if record}
    assert len(items) == 1


# File names


@pytest.mark.parametrize(
    ("file", "slug"),
    [
        (FILE, "2024-05-01-a-story"),
        ("2024/05/2024-05-01-x.md", "2024-05-01-x"),
        ("2024-05-01-ends-in-a-hyphen-.md", "2024-05-01-ends-in-a-hyphen-"),
        ("-starts-with-a-hyphen.md", "-starts-with-a-hyphen"),
        ("2024-05-01-Ünïcode.md", "2024-05-01-Ünïcode"),
        ("2024-05-01-Ü.md".replace("Ü", "U\u0308"), "2024-05-01-Ü"),
        ("2024-05-01-x.MD", "2024-05-01-x"),
        ("2024-05-01-x.y.md", "2024-05-01-x.y"),
        (f"2024-05-01-{'a' * 157}.md", f"2024-05-01-{'a' * 157}"),
    ],
)
def test_the_slug_is_the_whole_stem_of_the_file_name(file: str, slug: str) -> None:
    assert good(file=file).slug == slug


@pytest.mark.parametrize(
    "file",
    [
        "...md",
        "..md",
        ".md",
        "con.md",
        "CON.md",
        "aux.x.md",
        "a b.md",
        "a%2fb.md",
        "a?b#c.md",
        f"{'é' * 125}.md",
        "a\n.md",
        "a.md.md. .md",
        "\udcff.md",
    ],
)
def test_a_file_name_that_no_folder_can_have_gives_a_safe_slug_and_a_warning(file: str) -> None:
    record, problems = read(START, file)
    assert record is not None
    assert record.file == file
    assert record.slug not in {"", ".", ".."}
    assert not set(record.slug) & set('/\\<>:"|?*#% \n')
    assert record.slug.partition(".")[0].lower() not in {"con", "aux"}
    assert [problem.severity for problem in problems] == [Severity.WARNING]
    assert problems[0].place.file == file
    assert record.slug in problems[0].message


# The real records: facts that RECORDS section 8 names


def real(corpus: Path, site: str, start: str) -> Record:
    (path,) = (corpus / site / "_news").glob(f"{start}*.md")
    record, problems = RecordReader().read(path.read_bytes(), path.name)
    assert problems == ()
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("site", "start", "expected"),
    [
        ("azure-2020h1", "2020-05-26-amazon-stock-is-the-coca-cola", {"removed": True, "heat": 102}),
        ("azure-2020h1", "2020-05-05-microsoft-to-invest-1-billion-in-poland-statement", {"heat": -1}),
        ("azure-2020h1", "2020-04-08-solutions-and-guidance-", {"quality": 0, "heat": 0}),
        ("azure-2020h1", "2020-04-13-azure-machine-learningnew-", {"excerpt": ""}),
        ("powerapps", "2024-02-05-january-2024-updates-", {"excerpt": "na\n"}),
        ("powerapps", "2020-12-03-considerations-", {"type": "article"}),
    ],
)
def test_awkward_real_records_say_what_they_say(
    corpus: Path, site: str, start: str, expected: dict[str, object]
) -> None:
    record = real(corpus, site, start)
    assert {name: getattr(record, name) for name in expected} == expected


def test_awkward_real_text_is_kept_raw(corpus: Path) -> None:
    azure = "azure-2020h1"
    assert real(corpus, azure, "2020-03-03-azure-iot-introduces-").title.endswith(" ")
    assert real(corpus, azure, "2019-11-06-accelerating-blockchain-").excerpt.startswith("\r\n")
    assert " " in (real(corpus, azure, "2020-04-27-the-coca-cola-company-").web_url or "")
    assert not (real(corpus, azure, "2020-05-12-capgeminis-").web_url or "").isascii()
    assert "&#038;" in real(corpus, azure, "2020-05-05-star-wars-jedi-fallen-order-free-").images[0].url
    assert real(corpus, azure, "2020-05-08-amazon-attacks-").images[0].url.startswith("http://")
    assert "\\" in repr(real(corpus, azure, "2020-05-18-dow-jones-news-"))
    assert real(corpus, "powerapps", "2023-10-10-dataverse-low-code-plug-ins-").title.startswith("\u00ad\u00ad")
    assert "<iframe" in (real(corpus, "powerapps", "2020-12-03-considerations-").featured_content or "")


def test_one_real_record_has_two_images_of_which_one_does_not_say_whether_it_is_cached(corpus: Path) -> None:
    images = real(corpus, "azure-2020h1", "2020-04-29-ibm-amazon-and-microsoft-race-").images
    assert len(images) == 2
    assert [image.is_cached for image in images].count(None) == 1


def test_the_longest_real_file_name_is_its_slug(corpus: Path) -> None:
    record = real(corpus, "azure-2020h1", "2020-06-24-dhl-supply-chain-")
    assert len(record.file) == 168
    assert record.slug == record.file.removesuffix(".md")


@pytest.mark.parametrize("site", ["powerapps", "azure-2020h1"])
def test_title_and_time_name_a_real_record_without_doubt(corpus: Path, site: str) -> None:
    reader = RecordReader()
    files = sorted((corpus / site / "_news").glob("*.md"))
    records = [reader.read(path.read_bytes(), path.name)[0] for path in files]
    assert len({(record.title, record.published_at) for record in records if record}) == len(files)


def test_an_alias_that_is_no_name_of_a_page_is_made_one_with_a_warning() -> None:
    record, problems = warned(START + "aliases:\n  - good\n  - ../../etc\n  - a b\n  - con\n")
    assert record.aliases == ("good", "-..-etc", "a-b", "con-")
    assert [problem.split(" ")[0] for problem in problems] == ["6:5:", "7:5:", "8:5:"]
