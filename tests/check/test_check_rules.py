"""What the rules find in single records and lists, and what they leave alone."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

import broadsheet
from broadsheet.check.addresses import address_remarks
from broadsheet.check.checker import Order, check
from broadsheet.check.mending import mended as mended_file
from broadsheet.check.rules import RULES
from broadsheet.check.texts import text_remarks
from broadsheet.workers import Workers

NOW = datetime(2024, 6, 1, tzinfo=UTC)
PACKAGE = Path(broadsheet.__file__).parent


@pytest.fixture
def findings(tmp_path, record):
    """Check a site of records, given as fields by file name, and return the findings of some rules."""

    def findings(*rules: str, files=(), data=(), **fields):
        site = tmp_path / "site"
        for name, values in dict(files).items():
            record(site / "_news", name, **values)
        for name, text in dict(data).items():
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if fields or not files:
            record(site / "_news", **fields)
        return check(Order(site, NOW, only=frozenset(rules or RULES)), Workers()).findings

    return findings


def places(found):
    return [(finding.problem.place.line, finding.problem.place.column) for finding in found]


def test_every_kind_of_problem_that_the_program_names_is_in_the_catalogue():
    place_of = {"Problem": 4, "report": 0, "ruled": 1}
    named = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in place_of:
                positional = node.args[place_of[node.func.id] :][:1]
                given = [*positional, *(keyword.value for keyword in node.keywords if keyword.arg == "rule")]
                named |= {value.value for value in given if isinstance(value, ast.Constant)}
    assert named <= set(RULES)
    assert len(named) > 30


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": "Straße 5 < 7 & more: “quoted” — 100 %", "excerpt": "Plain, with an emoji 👩‍🚒 and AT&T."},
        {"title": "Ünïcödé Ćaßé — naïve café", "excerpt": "Ça va? Ö, ß, €5, ‘so’ … “it” is."},
        {"excerpt": "أول قطار ليلي يبدأ اليوم"},
        {"excerpt": "R&D; P&amp and &nosuch; stay as they are"},
        {"provider": {"name": "Example", "domain": "example.org"}, "webUrl": "https://news.example.org/a?b=c&d=e#f"},
        {"quality": 60, "heat": 68},
        {"quality": 90, "heat": 98, "published": True},
        {"quality": 30, "heat": 30, "published": False},
        {"publishedDateTime": "2024-05-01T08:00:00+02:00"},
        {
            "type": "video",
            "webUrl": None,
            "featuredContent": '<iframe src="https://www.youtube.com/embed/abcdefghijk">',
        },
        {"secured": "aGVsbG8=;aGVsbG8="},
        {"excerpt": "👍"},
        {"updatedDateTime": "2024-05-01"},
        {"webUrl": "https://example.org/search?q=a+b&lang=de&copy=1&reg=2"},
    ],
)
def test_what_is_fine_is_left_alone(findings, fields):
    fine = {"excerpt": "Cyclists ride free in the first week.", "topics": ["Transport"], **fields}
    assert [finding.problem for finding in findings(**fine) if finding.rule != "no-base-url"] == []


def test_a_finding_names_the_line_and_column_of_the_value(findings):
    found = findings("outer-blanks", "unknown-key", excerpt=" blanks ", reviewer="Ada", title="Trams")
    assert [(finding.rule, *place) for finding, place in zip(found, places(found), strict=True)] == [
        ("outer-blanks", 7, 10),
        ("unknown-key", 8, 1),
    ]


def item(title, time="2024-05-01T09:00:00Z", **fields):
    return {"title": title, "publishedDateTime": time, **fields}


def test_one_text_in_many_lists_is_one_finding_with_a_mend_for_each(findings):
    listed = item("Ferry", excerpt=" blanks ", webUrl="https://example.com/ferry")
    files = {f"2024-05-0{day}-a.md": {"title": f"Trams {day}", "related": [listed]} for day in (1, 2, 3)}
    (found,) = findings("outer-blanks", files=files)
    assert "2 other lists" in found.problem.hint
    assert [(mend.file.rpartition("/")[2], mend.path, mend.value) for mend in found.mends] == [
        (name, ("related", 0, "excerpt"), "blanks") for name in files
    ]


def test_the_copies_of_a_records_text_are_mended_with_it(findings):
    files = {
        "2024-05-01-a.md": {"title": "Ferry", "publishedDateTime": "2024-05-01T09:00:00Z", "excerpt": " blanks "},
        "2024-05-01-b.md": {"title": "Trams", "related": [item("Ferry", excerpt=" blanks ")]},
    }
    (found,) = findings("outer-blanks", files=files)
    assert [(mend.file.rpartition("/")[2], mend.path) for mend in found.mends] == [
        ("2024-05-01-a.md", ("excerpt",)),
        ("2024-05-01-b.md", ("related", 0, "excerpt")),
    ]
    assert found.problem.place.file.endswith("2024-05-01-a.md")


def test_an_item_that_was_left_out_does_not_shift_the_places_of_those_after_it(findings):
    listed = [{"webUrl": "https://example.com/none"}, item("Ferry", excerpt=" blanks ")]
    (found,) = findings("outer-blanks", related=listed)
    assert [mend.path for mend in found.mends] == [("related", 1, "excerpt")]


@pytest.mark.parametrize(
    ("rule", "related", "count"),
    [
        ("heat", [item("Better", quality=70)], 1),
        ("heat", [item("Worse", quality=50)], 0),
        ("heat", [item("As good, from elsewhere", quality=60)], 0),
    ],
)
def test_a_record_that_its_list_beats_is_not_hot(findings, rule, related, count):
    assert len(findings(rule, quality=60, heat=80, related=related)) == count


def test_a_folded_record_needs_a_better_one(findings):
    assert len(findings("heat", quality=60, heat=-1, related=[item("Worse", quality=50)])) == 1
    assert not findings("heat", quality=60, heat=-1, related=[item("Better", quality=70)])


def test_the_earlier_of_two_by_file_name_wins_a_tie(findings):
    other = {"title": "Ferry", "publishedDateTime": "2024-05-01T09:00:00Z", "quality": 60}
    own = {"title": "Trams", "quality": 60, "heat": 80, "related": [item("Ferry", quality=60)]}
    assert len(findings("heat", files={"2024-04-30-earlier.md": other, "2024-05-01-a.md": own})) == 1


def test_the_later_of_two_by_file_name_loses_a_tie(findings):
    other = {"title": "Ferry", "publishedDateTime": "2024-05-01T09:00:00Z", "quality": 60}
    own = {"title": "Trams", "quality": 60, "heat": 80, "related": [item("Ferry", quality=60)]}
    assert not findings("heat", files={"2024-05-30-later.md": other, "2024-05-01-a.md": own})


def test_published_is_no_finding_where_nobody_wrote_it(findings):
    assert not findings("published", quality=30, heat=30)
    assert len(findings("published", quality=30, heat=30, published=True)) == 1


def test_addresses_are_the_same_but_for_what_does_not_count(findings):
    files = {
        "2024-05-01-a.md": {"title": "Trams", "webUrl": "https://example.org/a?id=1"},
        "2024-05-02-b.md": {"title": "Ferries", "webUrl": "https://example.org/a?id=2"},
        "2024-05-03-c.md": {"title": "Buses", "webUrl": "http://www.example.org/a/?id=1&utm_source=x#y"},
        "2024-05-04-d.md": {"title": "Gone", "webUrl": "https://example.org/a?id=1", "removed": True},
    }
    (found,) = findings("duplicate-url", files=files)
    assert found.problem.place.file.endswith("2024-05-03-c.md")
    assert "2024-05-01-a.md" in found.problem.message


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/a?b=1&#038;c=2", "https://example.org/a?b=1&c=2"),
        ("https://example.org/ü", "https://example.org/%C3%BC"),
        (" https://example.org/a", "https://example.org/a"),
    ],
)
def test_an_address_is_mended_to_what_pages_show(findings, written, mended):
    (found,) = findings("malformed-url", webUrl=written)
    assert [mend.value for mend in found.mends] == [mended]


@pytest.mark.parametrize(
    ("rule", "excerpt", "mended"),
    [
        ("junk-excerpt", "na\n", [""]),
        # It is shown, so only people may take it away.
        ("junk-excerpt", "...", []),
        ("escaped-entity", "the city&#8217;s trams", ["the city’s trams"]),
        ("escaped-entity", "it&amp;#39;s twice", ["it's twice"]),
        # What would then be read as a tag stays.
        ("escaped-entity", "&amp;lt;b&amp;gt;", []),
        ("invisible-character", "night\u00adtrams", ["nighttrams"]),
        ("mojibake", "the cityâ€™s trams run", ["the city’s trams run"]),
        ("mojibake", "the city\ufffds trams", []),
        ("html-in-text", "run <b>all</b> night", []),
    ],
)
def test_an_excerpt_is_mended_where_that_is_safe(findings, rule, excerpt, mended):
    (found,) = findings(rule, excerpt=excerpt)
    assert [mend.value for mend in found.mends] == mended


@pytest.mark.parametrize("rule", ["outer-blanks", "mojibake", "invisible-character", "escaped-entity"])
def test_a_title_is_never_mended_for_lists_name_records_by_it(findings, rule):
    (found,) = findings(rule, title=" The cityâ€™s night\u00adtrams &#8217; ")
    assert found.mends == ()


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("weburl", "misspelt-key"),
        ("topic", "misspelt-key"),
        ("reviewer", "unknown-key"),
        ("layout", "unknown-key"),
        # Where the meant key is there, too, the other is just one that nobody reads.
        ("tittle", "unknown-key"),
        ("published_date_time", "unknown-key"),
    ],
)
def test_a_key_that_nobody_reads_is_told_from_one_that_is_misspelt(findings, key, rule):
    present = {"webUrl": None, "topics": None}
    found = findings("misspelt-key", "unknown-key", **present, **{key: "2024-05-01"})
    assert [finding.rule for finding in found] == [rule]


def test_a_misspelt_key_that_an_alias_brings_is_found_where_that_stands(findings):
    text = (
        "---\ntitle: Ferry\npublishedDateTime: 2024-05-01T08:00:00Z\n"
        "other: &p {name: Port Post, domian: example.org}\nprovider: *p\n---\n"
    )
    found = findings("misspelt-key", files={}, data={"_news/2024-05-01-b.md": text})
    assert places(found) == [(5, 11)]


def test_a_misspelt_key_deep_in_a_record_is_found(findings):
    related = [item("Ferry", weburl="https://example.com/a", provider={"nam": "Example"})]
    found = findings("misspelt-key", related=related, images=[{"url": "https://example.org/a.jpg", "widht": 5}])
    hints = {finding.problem.hint for finding in found}
    assert hints == {"did you mean `webUrl`?", "did you mean `name`?", "did you mean `width`?"}


@pytest.mark.parametrize(
    ("time", "count"),
    [
        ("2024-05-01T08:00:00", 1),
        ("2024-05-01 08:00", 1),
        ("2024-05-01T08:00:00Z", 0),
        ("2024-05-01T08:00:00-07:00", 0),
        ("2024-05-01", 0),
    ],
)
def test_a_time_of_day_without_a_zone_is_told_of(findings, time, count):
    found = findings("naive-time", publishedDateTime=time)
    assert [mend.value for finding in found for mend in finding.mends] == [f"{time}Z"] * count


def test_only_the_rules_that_are_asked_for_are_told(findings):
    assert {
        finding.rule for finding in findings("naive-time", publishedDateTime="2024-05-01T08:00", excerpt=" x ")
    } == {"naive-time"}


def test_every_item_of_an_issue_that_is_no_record_is_named_with_its_place(findings):
    times = "date: 2024-05-31\nstart: 2024-05-30T08:00:00Z\nend: 2024-05-31T08:00:00Z\n"
    head = f"{times}sections:\n  - topic: City\n    items:\n"
    items = "".join(f"      - slug: {slug}\n        title: Trams\n" for slug in ("2024-05-01-a-story", "gone", "old"))
    found = findings("edition-record", data={"editions/2024-05-31.yaml": head + items}, aliases=["old"])
    assert [(finding.problem.place.line, "`gone`" in finding.problem.message) for finding in found] == [(9, True)]


def test_a_name_without_quotes_is_mended_by_the_quotes_that_reading_adds(findings, tmp_path):
    text = "---\ntitle: Trams\npublishedDateTime: 2024-05-31T08:00:00Z\nprovider:\n  name: DM: Coast\n---\n"
    (found,) = findings("unquoted-name", data={"_news/2024-05-31-a.md": text})
    mended, problems = mended_file(text.encode(), "2024-05-31-a.md", found.mends)
    assert not problems
    assert mended.decode() == text.replace("name: DM: Coast", 'name: "DM: Coast"')


@pytest.mark.parametrize(
    ("remarks", "rule"),
    [
        (text_remarks("excerpt", "fish &a\u00admp;lt; chips"), "invisible-character"),
        (address_remarks("webUrl", "https://example.org/?a=1&amp;#038;b=2"), "malformed-url"),
    ],
)
def test_what_would_be_something_else_when_it_is_mended_is_left_to_people(remarks, rule):
    assert [remark.mended for remark in remarks if remark.rule == rule] == [()]


@pytest.mark.parametrize(
    "excerpt", ["می\u200cخواهم با قطار شب بروم", "क्\u200dष", "รถราง\u200bกลางคืน", "\u200fC++ ברכבת הלילה\u200e"]
)
def test_marks_that_a_language_is_spelt_with_are_left_alone(findings, excerpt):
    assert not findings("invisible-character", excerpt=excerpt)
    (found,) = findings("invisible-character", excerpt=excerpt + "\u00ad")
    assert [mend.value for mend in found.mends] == [excerpt]


def test_a_remark_on_what_goes_stays_and_so_does_one_behind_a_name(findings):
    lines = [
        "---\ntitle: Trams\npublishedDateTime: 2024-05-31T08:00:00Z\ntopics:\n  - City\n  - ~ # why\n  - Coast\n---\n",
        "---\ntitle: Ferries\npublishedDateTime: 2024-05-31T08:00:00Z\nprovider:\n  name: DM: Coast # its\n---\n",
    ]
    data = {f"_news/2024-05-31-{number}.md": text for number, text in enumerate(lines)}
    names = ["null-topic", "unquoted-name"]
    found = {finding.rule: finding for finding in findings(*names, data=data)}
    mended = [
        mended_file(text.encode(), "a.md", found[name].mends)[0].decode()
        for text, name in zip(lines, names, strict=True)
    ]
    assert mended == [
        lines[0].replace("  - ~ # why\n", "  # why\n"),
        lines[1].replace("name: DM: Coast # its", 'name: "DM: Coast" # its'),
    ]


def test_a_key_of_another_program_is_told_once_however_many_records_have_it(findings):
    files = {f"2024-05-0{day}-a.md": {"title": f"Trams {day}", "layout": "post"} for day in (1, 2, 3)}
    (found,) = findings("unknown-key", files=files)
    assert found.problem.hint == "2 other places have it, too"


def test_the_end_of_a_blocks_last_line_is_no_blank(findings):
    text = "---\ntitle: Trams\npublishedDateTime: 2024-05-31T08:00:00Z\nexcerpt: |\n  They run all night.\n---\n"
    assert not findings("outer-blanks", data={"_news/2024-05-31-a.md": text})


@pytest.mark.parametrize(
    "fields",
    [{"url": "https://example.org/a"}, {"domain": "example.org"}, {"provider": {"name": "Example", "quality": 5}}],
)
def test_a_key_that_is_known_elsewhere_is_told_of_where_nobody_reads_it(findings, fields):
    assert len(findings("unknown-key", "misspelt-key", **fields)) == 1
