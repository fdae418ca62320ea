from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model import Image, Organization, TopicFile
from broadsheet.read.taxonomy import parse_organization, parse_topic


def topic_problem(text: str) -> str:
    topic, problems = parse_topic(text.encode(), "t.yaml")
    assert topic is None
    return str(problems[0])


def organization(fields: str) -> Organization:
    value, problems = parse_organization(f"---\n{fields}---\n".encode(), "o.md")
    assert problems == ()
    assert value is not None
    return value


def organization_problem(fields: str) -> str:
    value, problems = parse_organization(f"---\n{fields}---\n".encode(), "o.md")
    assert value is None
    return str(problems[0])


def test_a_topic_file_is_read_with_all_it_says() -> None:
    text = """\
taxonomy: topic
_id: city-life
name: City Life
shortname: City
parent: Region
description: Streets &amp; squares
keywords:
  - street
  -
  - town hall
hashtags:
  - "#City"
images: [/a.png]
services:
  news: https://example.org/api/news/
  events:
"""
    assert parse_topic(text.encode(), "10-city.yaml") == (
        TopicFile(
            file="10-city.yaml",
            name="City Life",
            id="city-life",
            shortname="City",
            parent="Region",
            description="Streets & squares",
            keywords=("street", "town hall"),
            hashtags=("#City",),
            images=("/a.png",),
            services={"news": "https://example.org/api/news/"},
        ),
        (),
    )


def test_a_topic_needs_no_more_than_a_name() -> None:
    assert parse_topic(b"name: Transport", "t.yaml") == (TopicFile(file="t.yaml", name="Transport"), ())


@pytest.mark.parametrize("data", [b"\xef\xbb\xbfname: Transport\n", b"name: Transport\r\n", b"---\nname: Transport\n"])
def test_a_topic_may_start_with_a_mark_and_end_its_lines_as_it_likes(data: bytes) -> None:
    assert parse_topic(data, "t.yaml") == (TopicFile(file="t.yaml", name="Transport"), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_id: x\n", "t.yaml:1:1: error: the topic has no `name`"),
        ("_id: x\nname:\n", "t.yaml:2:6: error: the topic has no `name`"),
        ("name: '\u200b'\n", "t.yaml:1:7: error: the topic has no `name`"),
        ("name: 5\n", "t.yaml:1:7: error: `name` must be text, not a whole number"),
        ("name: x\nkeywords: y\n", "t.yaml:2:11: error: `keywords` must be a list, not text"),
        ("name: x\nservices:\n  news: [1]\n", "t.yaml:3:"),
        ("- a\n", "t.yaml:1:1: error: `the document` must be a mapping, not a list"),
        ("name: [\n", "t.yaml:2:1: error: invalid YAML"),
        ("name: !!python/object:os.system x\n", "t.yaml:1:7: error: the YAML tag"),
        ("name: " + "[" * 1000, "t.yaml:1:67: error: nested deeper"),
        ("", "t.yaml:1:1: warning: the file is empty"),
    ],
)
def test_a_broken_topic_file_is_a_problem_with_its_place(text: str, expected: str) -> None:
    assert topic_problem(text).startswith(expected)


def test_bytes_of_a_topic_file_that_are_no_utf_8_have_a_place() -> None:
    topic, problems = parse_topic(b"_id: x\nname: caf\xe9\n", "t.yaml")
    assert topic is None
    assert str(problems[0]).startswith("t.yaml:2:10: error: the byte 0xE9")


def test_all_mismatches_of_a_topic_file_are_reported_at_once() -> None:
    _, problems = parse_topic(b"name: 5\nparent: [x]\nhashtags: y\n", "t.yaml")
    assert len(problems) == 3


def test_an_organization_file_is_read_with_all_it_says() -> None:
    value = organization(
        "_id: example.org\nname: Example &amp; Co\ndomain: www.Example.org\ndescription: A gazette\n"
        "images:\n  - url: /a.png\n    width: 50\n    height: 40\n  - url: 'javascript:x'\n  -\n  - width: 5\n"
    )
    assert value == Organization("o.md", "example.org", "Example & Co", "A gazette", (Image("/a.png", 50, 40),))


@pytest.mark.parametrize(
    "fields", ["domain: example.org\n", "_id: example.org\n", "domain:\n_id: example.org\nname: ' '\n"]
)
def test_an_organization_needs_no_more_than_a_domain(fields: str) -> None:
    assert organization(fields) == Organization("o.md", "example.org", "example.org")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("name: x\n", "o.md:2:1: error: the organization has no usable `domain`"),
        ("name: x\ndomain: ../../x\n", "o.md:3:9: error: the organization has no usable `domain`"),
        ("domain: 5\n", "o.md:2:9: error: `domain` must be text"),
        (
            "domain: x.org\nimages:\n  - url: /a.png\n    width: wide\n",
            "o.md:5:12: error: `images[0].width` must be a whole number",
        ),
        ("", "o.md:1:1: warning: the file is empty"),
        ("a: b: c\n", "o.md:2:5: error: invalid YAML"),
    ],
)
def test_a_broken_organization_file_is_a_problem_with_its_place(fields: str, expected: str) -> None:
    assert organization_problem(fields).startswith(expected)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:image/png;base64,x", "a.png", ""])
def test_a_logo_from_nowhere_to_be_trusted_is_left_out(url: str) -> None:
    assert organization(f'domain: example.org\nimages:\n  - url: "{url}"\n').images == ()


@pytest.mark.parametrize("size", [-5, 10**9])
def test_an_absurd_size_of_a_logo_is_no_size(size: int) -> None:
    (logo,) = organization(f"domain: example.org\nimages:\n  - url: /a.png\n    width: {size}\n    height: 10\n").images
    assert (logo.width, logo.height) == (0, 10)


@pytest.mark.parametrize("data", [b"", b"domain: example.org\n", b"---\ndomain: example.org\n"])
def test_an_organization_without_front_matter_is_a_problem(data: bytes) -> None:
    value, problems = parse_organization(data, "o.md")
    assert value is None
    assert problems[0].place.line == 1


@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_any_bytes_give_a_value_or_a_problem(data: bytes) -> None:
    for content, parse in ((data, parse_topic), (b"---\n" + data + b"\n---\n", parse_organization)):
        value, problems = parse(content, "x")
        assert value is not None or problems


@pytest.mark.parametrize("site", ["powerapps", "azure-2020h1"])
def test_every_real_topic_and_organization_is_read_without_a_problem(corpus: Path, site: str) -> None:
    data = corpus / site / "_data"
    topics = [parse_topic(path.read_bytes(), path.name) for path in sorted(data.glob("topics/*.yaml"))]
    organizations = [
        parse_organization(path.read_bytes(), path.name) for path in sorted(data.glob("organizations/*.md"))
    ]
    assert topics
    assert organizations
    assert all(value is not None and not problems for value, problems in [*topics, *organizations])
