"""Files of issues that were cut: what they say, and what is wrong with those that were edited by hand."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.config import Settings
from broadsheet.model import Edition, EditionItem, EditionSection, Image
from broadsheet.problems import SiteError
from broadsheet.read.editions import parse_edition, plain_text, without_second_of_a_day
from broadsheet.read.fields import parse_time
from broadsheet.read.folders import find_folders
from broadsheet.read.settings import parse_settings
from broadsheet.read.source import read_site
from broadsheet.write.editions import edition_yaml, write_edition

FILE = "site/editions/2024-05-31.yaml"
TEXT = """\
date: 2024-05-31
start: 2024-05-24T07:00:00Z
end: 2024-05-31T07:00:00Z
sections:
- topic: Transport
  items:
  - slug: 2024-05-30-bridge
    title: "Bridge: opened"
    excerpt: At last.
    provider: The Post
    url: https://example.org/bridge
    image:
      url: /images/bridge.png
      width: 640
      height: 360
      title: A bridge
  - slug: 2024-05-29-ferry
    title: Ferry sold
passed_over:
- 2024-05-28-tram
"""


def read(text, file=FILE):
    return parse_edition(text.encode(), file)


def problems_of(text, file=FILE):
    edition, problems = read(text, file)
    assert edition is None
    return [str(problem) for problem in problems]


def test_a_file_says_what_was_sent():
    edition, problems = read(TEXT)
    assert problems == ()
    assert edition == Edition(
        date="2024-05-31",
        start=parse_time("2024-05-24T07:00:00Z"),
        end=parse_time("2024-05-31T07:00:00Z"),
        sections=(
            EditionSection(
                "Transport",
                (
                    EditionItem(
                        "2024-05-30-bridge",
                        "Bridge: opened",
                        "At last.",
                        "The Post",
                        "https://example.org/bridge",
                        Image("/images/bridge.png", 640, 360, "A bridge"),
                    ),
                    EditionItem("2024-05-29-ferry", "Ferry sold"),
                ),
            ),
        ),
        passed_over=("2024-05-28-tram",),
        file=FILE,
    )


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("2024-05-31\n", "2024-05-32\n", "1:7", "no day"),
        ("date: 2024-05-31", "date: 2024-05-30", "1:7", "another name"),
        ("2024-05-24T07:00:00Z", "last week", "2:8", "no time"),
        ("2024-05-24T07", "2024-06-24T07", "2:8", "not before"),
        ("title: Ferry sold", 'title: " "', "18:12", "no `title`"),
        ("    title: Ferry sold\n", "", "17:5", "no `title`"),
        ("end: 2024-05-31T07:00:00Z\n", "", "1:1", "no `end`"),
        ("2024-05-29-ferry", "2024-05-30-bridge", "17:11", "stands twice"),
        ("https://example.org/bridge", "javascript:alert(1)", "11:10", "no http or https address"),
        ("excerpt: At", "exerpt: At", "9:5", "unknown"),
        ("width: 640", "width: wide", "14:14", "whole number"),
        ("- slug: 2024-05-29-ferry", "- slug: 17", "17:11", "must be text"),
        ("date: 2024-05-31", "<<<<<<< HEAD\ndate: 2024-05-31", "", "YAML"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_issue_is_left_out(old, new, place, message):
    assert old in TEXT
    (problem,) = problems_of(TEXT.replace(old, new, 1))
    assert problem.startswith(f"{FILE}:{place}")
    assert message in problem


def test_all_mistakes_of_a_file_are_told_at_once():
    text = TEXT.replace("2024-05-24T07:00:00Z", "x").replace("Ferry sold", '""').replace("https:", "ftp:")
    assert len(problems_of(text)) == 3


def test_an_empty_file_and_one_that_is_no_text_are_problems():
    assert len(problems_of("")) == 1
    assert parse_edition(b"\xff\xfe", FILE)[0] is None


def test_texts_are_taken_as_they_stand_and_never_unescaped_again():
    edition, _ = read(TEXT.replace("Ferry sold", "'AT&amp;T <b>sold</b>'"))
    assert edition.items[1].title == "AT&amp;T <b>sold</b>"


def test_a_day_has_one_issue():
    first, second = (read(TEXT, file)[0] for file in (FILE, FILE.replace(".yaml", ".yml")))
    kept, problems = without_second_of_a_day([first, second])
    assert kept == (first,)
    assert [problem.place.file for problem in problems] == [second.file]


texts = st.text(max_size=80).map(plain_text)
titles = texts.filter(bool)
times = st.datetimes(timezones=st.just(parse_time("2024-01-01").tzinfo)).filter(lambda at: 1000 <= at.year <= 9000)
names = st.text(string.ascii_letters + string.digits + "-_.~:# '\"{}[]!&*|>%@`", min_size=1, max_size=30)
images = st.builds(
    Image, st.just("/a.png"), st.integers(0, 5000), st.integers(0, 5000), texts.map(lambda text: text or None)
)
items = st.builds(
    EditionItem, names, titles, texts, texts, st.sampled_from(["", "https://example.org/?a=b#c"]), st.none() | images
)


@given(
    st.lists(st.tuples(titles, st.lists(items, min_size=1, max_size=3)), max_size=3),
    st.lists(names, max_size=3),
    st.lists(times, min_size=2, max_size=2, unique=True),
)
def test_what_is_written_reads_back_equal_whatever_the_texts_are(parts, passed_over, moments):
    known = set()
    sections = []
    for topic, some in parts:
        fresh = [item for item in some if not (item.slug in known or known.add(item.slug))]
        if fresh:
            sections.append(EditionSection(topic, tuple(fresh)))
    start, end = sorted(moments)
    edition = Edition("2024-05-31", start, end, tuple(sections), tuple(passed_over), file=FILE)
    assert read(edition_yaml(edition)) == (edition, ())


def test_an_issue_is_never_written_over_and_nothing_is_left_beside_it(tmp_path):
    edition, _ = read(TEXT)
    path = write_edition(tmp_path / "editions", edition)
    path.write_text("edited by hand")
    with pytest.raises(SiteError, match="already there"):
        write_edition(tmp_path / "editions", edition)
    assert [file.name for file in path.parent.iterdir()] == ["2024-05-31.yaml"]
    assert path.read_text() == "edited by hand"


def test_editions_are_no_records_of_a_bare_folder(tmp_path, record):
    record(tmp_path)
    record(tmp_path / "editions", "2024-05-02-no-record.md", title="No record")
    (tmp_path / "editions/2024-05-31.yaml").write_text(TEXT)
    (tmp_path / "editions/2024-06-07.yaml").write_text("date: [")
    read = read_site(find_folders(tmp_path, Settings()), lambda *_: None)
    assert [found.slug for found in read.sources.records] == ["2024-05-01-a-story"]
    assert [edition.date for edition in read.sources.editions] == ["2024-05-31"]
    assert [problem.place.file.rpartition("/")[2] for problem in read.problems] == ["2024-06-07.yaml"]


# The settings.


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("period: hourly", "`daily` or `weekly` or `monthly`"),
        ("time: 7:00am", "no time of day"),
        ('time: "24:00"', "no time of day"),
        ("time: 10:30", "must be text"),
        ("time_zone: Mars/Base", "not known"),
        ("weekdays: [monday]", "did you mean `mon`?"),
        ("weekdays: []", "names no day"),
        ("cap: 0", "cap"),
        ('sections: [" "]', "empty"),
        ("sender: nobody", "no address"),
        ('sender: "x <a@example.org>\\r\\nBcc: b@example.org"', "no address"),
        ("unsubscribe: javascript:alert(1)", "no address"),
        ("unsubscribe: \"{{ü}}\"", "no address"),
        ('unsubscribe: "https://example.org/>\\r\\nBcc: x"', "no address"),
        ("perod: daily", "did you mean `period`"),
    ],
)
def test_a_wrong_setting_is_an_error_at_its_place(line, message):
    period = "" if "period: hourly" in line else "  period: daily\n"
    with pytest.raises(SiteError) as caught:
        parse_settings(f"title: x\neditions:\n{period}  {line}\n", "broadsheet.yaml")
    (problem,) = caught.value.problems
    assert message in f"{problem.message} {problem.hint}"
    assert problem.place.line == (4 if period else 3)


@pytest.mark.parametrize(
    "lines", ["period: weekly\n  weekdays: [mon, tue]", "period: monthly\n  weekdays: [mon]"], ids=["weekly", "monthly"]
)
def test_weekdays_that_the_period_does_not_have_are_an_error(lines):
    with pytest.raises(SiteError, match="weekday"):
        parse_settings(f"editions:\n  {lines}\n", "broadsheet.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "{{unsubscribe_url}}",
        "*|UNSUB|*",
        "%unsubscribe%",
        "mailto:u@example.org?subject=u",
        "https://example.org/u?a=b",
    ],
)
def test_an_address_or_a_placeholder_to_unsubscribe_is_kept_as_it_is(text):
    settings = parse_settings(f'editions:\n  period: daily\n  unsubscribe: "{text}"\n', "broadsheet.yaml")
    assert settings.editions.unsubscribe == text
