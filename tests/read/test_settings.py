import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.config import Settings
from broadsheet.problems import Problem, SiteError
from broadsheet.read.settings import parse_jekyll_settings, parse_settings, with_base_url

FILE = "broadsheet.yaml"


def errors(text: str, parse: object = parse_settings) -> list[str]:
    assert callable(parse)
    with pytest.raises(SiteError) as raised:
        parse(text, FILE)
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n", "{}"])
def test_a_file_that_says_nothing_gives_the_defaults(text: str) -> None:
    assert parse_settings(text, FILE) == Settings()


def test_every_setting_can_be_said() -> None:
    text = """\
title: The Harbour Herald
description: News of the port
base_url: https://example.org/news/
web_url: https://www.example.org/
language: pt-BR
images: cache
topic: Transport
records: items
data: facts
output: dist
time_zone: Europe/Berlin
selection: {unpublished: hide, minimum_heat: 30}
stories: {group: false, window_days: 3, shown_members: 0, max_related: 5}
pages: {size: 10}
home: {order: newest, days: 14, stories_per_topic: 3}
topics: {order: hottest}
feeds: {authority: "example.org,2026", hub: "https://hub.example.org/?feed"}
api: {enabled: false, time_zone: America/Los_Angeles, source_url: self, missing_web_url: page, locale: de-de}
editions: {period: weekly, weekdays: [fri], time: "18:30", cap: 20, sections: [Transport], sender: a@example.org}
headers: false
search: true
theme: {accent: "#9a2f1f", fonts: {text: Charter}, logo: /sign.svg, masthead: M, footer: [{name: N, url: /n/}]}
import: {sources: [feed.xml]}
publish: {pages: {kind: git}, bucket: {kind: s3, bucket: herald, after: [purge]}}
"""
    settings = parse_settings(text, FILE)
    fields = [line.partition(":")[0] for line in text.splitlines()]
    # Not all names of a file are names in Python.
    known = dict(zip(Settings.__struct_encode_fields__, Settings.__struct_fields__, strict=True))
    assert sorted(fields) == sorted(known)
    assert all(getattr(settings, known[field]) != getattr(Settings(), known[field]) for field in fields)
    assert settings.zone == ZoneInfo("Europe/Berlin")
    assert settings.base_path == "/news/"
    assert settings.canonical_root == "https://www.example.org/"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", "1:1: error: `the document` must be a mapping, not a list"),
        ("title: 5", "1:8: error: `title` must be text, not a whole number"),
        ("titel: x", "1:1: error: unknown setting `titel`"),
        ("home:\n  order: oldest", "2:10: error: `home.order` must be `hottest` or `newest`"),
        ("home:\n  days: 0", "2:9: error: `home.days` must be"),
        ("stories:\n  group: maybe", "2:10: error: `stories.group` must be `true` or `false`"),
        ("stories:\n  shown_members: -1", "2:18: error: `stories.shown_members` must be"),
        ("pages: 25", "1:8: error: `pages` must be a mapping"),
        ("selection:\n  unpublished: Show", "2:16: error: `selection.unpublished` must be `show` or `hide`"),
        ("title: x\ntime_zone: Mars/Olympus", "2:12: error: the time zone 'Mars/Olympus' is not known"),
        ("time_zone: ''", "1:12: error: the time zone '' is not known"),
        ("time_zone: ../../etc/passwd", "1:12: error: the time zone"),
        ("time_zone: Europe", "1:12: error: the time zone"),
        ("time_zone: localtime", "1:12: error: the time zone 'localtime' is not known"),
        ("time_zone: Factory", "1:12: error: the time zone"),
        ("time_zone: right/Europe/Berlin", "1:12: error: the time zone"),
        ("api: {time_zone: localtime}", "1:18: error: the time zone 'localtime' is not known"),
        ("editions: {time_zone: posix/UTC}", "1:23: error: the time zone 'posix/UTC' is not known"),
        ("language: not a language", "1:11: error: the language"),
        ('language: en"><script>', "1:11: error: the language"),
        ("base_url: example.org", "1:11: error: `base_url` is no address"),
        ("base_url: javascript:alert(1)", "1:11: error: `base_url` is no address"),
        ("base_url: https://example.org/?a=1", "1:11: error: `base_url` is no address"),
        ("base_url: https://example.org/a b", "1:11: error: `base_url` is to be written as https://example.org/a%20b:"),
        (
            "base_url: https://b\u00fccher.example/",
            "1:11: error: `base_url` is to be written as https://xn--bcher-kva.example/",
        ),
        ('base_url: "https://["', "1:11: error: `base_url` is no address"),
        ("base_url: https://me:secret@example.org/", "1:11: error: `base_url` is no address"),
        ("title: x\nweb_url: ftp://example.org", "2:10: error: `web_url` is no address"),
        ("feeds:\n  hub: hub.example.org", "2:8: error: `feeds.hub` is no address"),
        ("feeds:\n  hub: ftp://hub.example.org/", "2:8: error: `feeds.hub` is no address"),
        ("feeds:\n  hub: https://us:pass@hub.example.org/", "2:8: error: `feeds.hub` is no address"),
        ("feeds:\n  hub: https://hub.example.org/#us", "2:8: error: `feeds.hub` is no address"),
        ("title: x: y", "1:9: error: invalid YAML"),
        ("title: !!python/name:os.system x", "1:8: error: the YAML tag"),
        ("title: a\x01b", "1:9: error: the character U+0001 is not allowed"),
        ("title: x\ntitle: y", "2:1: error: `title` stands twice, first in line 1"),
    ],
)
def test_a_wrong_setting_is_an_error_with_its_place(text: str, expected: str) -> None:
    assert errors(text)[0].startswith(f"{FILE}:{expected}")


def test_all_wrong_settings_are_reported_at_once() -> None:
    wrong_types = "titel: x\nhome:\n  order: oldest\n  dyas: 3\npages:\n  size: many\n"
    assert {error.split(" ")[0] for error in errors(wrong_types)} == {
        f"{FILE}:{place}:" for place in ("1:1", "3:10", "4:3", "6:9")
    }
    wrong_values = "base_url: x\nweb_url: y\ntime_zone: z\nlanguage: '?'\n"
    assert len(errors(wrong_values)) == 4


@pytest.mark.parametrize("field", ["records", "data", "output"])
@pytest.mark.parametrize("value", [r'"a\0b"', r'"\u0000"'])
def test_a_folder_that_no_disk_can_have_is_an_error_with_its_place(field: str, value: str) -> None:
    assert errors(f"{field}: {value}\n")[0].startswith(f"{FILE}:1:{len(field) + 3}: error: ")


def test_a_jekyll_file_gives_what_it_shares_with_us_and_may_say_anything_else() -> None:
    text = """\
title: The Harbour Herald
description: >
  News
  of the port
url: https://example.github.io/
baseurl: /herald
locale: en_US
topic: Transport
plugins: [jekyll-feed]
collections: {news: {output: true}}
"""
    assert parse_jekyll_settings(text, "_config.yml") == Settings(
        title="The Harbour Herald",
        description="News of the port",
        base_url="https://example.github.io/herald/",
        language="en-US",
        topic="Transport",
    )


@pytest.mark.parametrize(
    "text", ["", "- a\n", "just text\n", 'url: ""\nbaseurl: ""\ntitle:\n', "title: [a]\nurl: {b: c}\n"]
)
def test_a_jekyll_file_that_says_nothing_of_use_gives_the_defaults(text: str) -> None:
    assert parse_jekyll_settings(text, "_config.yml") == Settings()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title: x\nurl: example.org\n", "2:6"),
        ('url: "https://["\n', "1:6"),
        ("title: [\n", "2:1"),
        ("url: javascript:x//\n", "1:6"),
    ],
)
def test_a_jekyll_file_with_an_address_that_is_none_is_an_error_with_its_place(text: str, place: str) -> None:
    assert errors(text, parse_jekyll_settings)[0].startswith(f"{FILE}:{place}: error: ")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "javascript:alert(1)",
        "//example.org",
        "https://",
        "https://[",
        "https://example.org/#a",
        "https://example.org/?b",
        "https://example.org/ü",
    ],
)
def test_a_base_url_that_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(url))):
        with_base_url(Settings(), url)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://example.org", "/"),
        ("https://example.org/", "/"),
        ("https://example.org/a/b", "/a/b/"),
        ("http://localhost:8000/x/", "/x/"),
    ],
)
def test_links_start_with_the_path_of_the_base_url(url: str, path: str) -> None:
    assert with_base_url(Settings(), url).base_path == path


def outcome(parse: Callable[[str, str], Settings], text: str) -> Settings | tuple[Problem, ...]:
    try:
        return parse(text, FILE)
    except SiteError as error:
        return error.problems


@given(st.text())
def test_any_text_gives_settings_or_a_site_error(text: str) -> None:
    assert outcome(parse_settings, text)
    assert outcome(parse_jekyll_settings, text)


NAMES = "title base_url web_url url time_zone language locale topic output".split()


@given(st.text(), st.sampled_from(NAMES))
def test_any_text_as_a_value_gives_settings_or_a_site_error(value: str, name: str) -> None:
    quoted = '"' + "".join(f"\\U{ord(character):08X}" for character in value) + '"'
    assert outcome(parse_settings, f"{name}: {quoted}\n")
    assert outcome(parse_jekyll_settings, f"{name}: {quoted}\n")
