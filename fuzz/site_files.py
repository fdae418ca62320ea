"""The other files of a site: settings, topics, organizations, overrides, issues that were cut."""

from collections.abc import Callable, Sequence
from typing import Any

from broadsheet.config import Settings
from broadsheet.problems import Problem, Severity, SiteError
from broadsheet.read.editions import parse_edition
from broadsheet.read.overrides import parse_overrides
from broadsheet.read.settings import parse_jekyll_settings, parse_settings
from broadsheet.read.taxonomy import parse_organization, parse_topic
from broadsheet.yaml_text import Document, YamlError, parse_yaml
from fuzz.target import Target
from fuzz.texts import assert_safe_folder
from fuzz.yaml_shapes import yaml_mutator

_FILE = "2024-05-31.yaml"
_DEEPEST = 62


def check_yaml(data: bytes) -> None:
    """Any text is a document whose every part has a place within the text, or an error has."""
    text = data.decode("utf-8", "replace")
    lines = text.split("\n")
    try:
        document = parse_yaml(text, _FILE)
    except YamlError as error:
        check_places([error.problem], len(lines))
        return
    check_places(document.warnings, len(lines))
    assert () in document.places
    check_value(document, document.value, ())
    for path, place in (*document.places.items(), *document.keys.items()):
        assert len(path) <= _DEEPEST
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1


def check_value(document: Document, value: object, path: tuple[str | int, ...]) -> None:
    assert isinstance(value, str | int | float | bool | list | dict | None)
    document.place(path)
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)


def check_places(problems: Sequence[Problem], lines: int) -> None:
    for problem in problems:
        assert problem.place.file == _FILE
        assert 0 <= problem.place.line <= lines
        assert problem.message


def check_settings(data: bytes) -> None:
    """Any text is settings, or a `SiteError` with problems that have their places, also where it is another program's."""
    text = data.decode("utf-8", "replace")
    lines = text.count("\n") + 1
    for parse in (parse_settings, parse_jekyll_settings):
        try:
            settings = parse(text, _FILE)
        except SiteError as error:
            assert error.problems
            check_places(error.problems, lines)
        else:
            assert isinstance(settings, Settings)
            assert settings.base_url is None or settings.base_url.startswith(("http", "/"))


Parse = Callable[[bytes, str], tuple[Any, tuple[Problem, ...]]]


def _checking(*parsers: Parse) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        """Any file gives a value, or problems that are errors, with their places."""
        for parse in parsers:
            value, problems = parse(data, _FILE)
            check_places(problems, data.count(b"\n") + data.count(b"\r") + 1)
            assert value is not None or problems
            if parse in {parse_edition, parse_overrides}:
                assert (value is None) == any(problem.severity is Severity.ERROR for problem in problems)
            if parse is parse_organization and value is not None:
                assert_safe_folder(value.domain)

    return check


_SETTINGS = b"""\
title: "The Daily Tram"
description: News
base_url: https://tram.example.org/daily/
language: en
time_zone: Europe/Berlin
search: true
selection:
  unpublished: hide
  minimum_heat: 10
stories: {group: true, shown_members: 3}
pages:
  size: 30
home:
  days: 3
api:
  source_url: self
  time_zone: UTC
feeds:
  authority: tram.example.org,2024
  hub: https://hub.example.org/
editions:
  period: weekly
  day: friday
  time: "07:00"
  sender: News <news@tram.example.org>
theme:
  accent: "#9a2f1f"
  fonts:
    text: Charter, "Source Sans 3", serif
  logo: /logo.svg
  footer:
    - name: About
      url: /about/
publish:
  live:
    kind: folder
    path: ../out
  pages:
    kind: git
    remote: origin
"""
_JEKYLL = b"title: Port\nurl: https://user.example.org\nbaseurl: /repo\nlocale: pt_BR.UTF-8\ntopic: Boats\n"
_TOPIC = b"""\
_id: transport
name: Transport
shortname: T
parent: The Harbour
description: All of it
keywords: [ferry, "tram line"]
hashtags:
  - boats
images: [/a.png]
services: {news: x, a.b: y}
"""
_ORGANIZATION = (
    b"---\n_id: post.example.org\nname: Harbour Post\npaywall: true\nimages:\n  - url: /logo.svg\n    width: 5\n---\n"
)
_OVERRIDES = b"pin:\n  - 2024-05-01-a\nsplit:\n  - b\n  - [c, d]\n  - - e\n    - f\njoin:\n  - [g, h]\n"
_EDITION = b"""\
date: 2024-05-31
start: 2024-05-24T07:00:00Z
end: "2024-05-31T07:00:00+00:00"
passed_over: [a]
sections:
  - topic: Transport
    items:
      - slug: 2024-05-30-a
        title: "As sent"
        excerpt: Then
        provider: Port Post
        url: https://example.org/
        update: true
        image: {url: /a.png, width: 5, height: 6, title: x}
"""
_LAUGHS = (
    b"a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: {<<: {d: *b}, e: *a}\ntheme: &t {accent: x, bogus: 1}\nhome: *t\n<<: *t\n"
)
_KEYS = (
    b"title description base_url language time_zone search selection unpublished minimum_heat stories group pages size home days "
    b"api source_url feeds authority hub editions period day time sender theme accent fonts text logo footer name url publish kind "
    b"path remote live images records data output url baseurl locale lang topic _id shortname parent keywords hashtags services "
    b"domain paywall width height pin split join date start end sections items slug excerpt provider image update passed_over "
    b"bogus << a.b a[0] `x` $ ... 1"
).split()
_BLOCKS = [
    b"  footer:\n    - name: About\n      url: mailto:a@example.org",
    b"publish:\n  - kind: folder\n    path: x",
    b"    items:\n      - slug: b\n        title: Other",
    b"x: &x\n  bogus: 1",
    b"<<: *x",
    b"theme: *x",
    b"---",
    b"# why",
]
_mutate = yaml_mutator(_KEYS, _BLOCKS)

YAML = Target(check_yaml, [_LAUGHS, _SETTINGS, _EDITION, _TOPIC, _OVERRIDES], _KEYS, _mutate)
SETTINGS = Target(check_settings, [_SETTINGS, _JEKYLL, _LAUGHS, b""], _KEYS, _mutate)
DATA_FILES = Target(
    _checking(parse_topic, parse_organization, parse_edition, parse_overrides),
    [_TOPIC, _ORGANIZATION, _EDITION, _OVERRIDES, _LAUGHS, b"\xef\xbb\xbfname: x\n", b""],
    _KEYS,
    _mutate,
)
