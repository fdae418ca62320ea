import pytest

from broadsheet.check.finding import Mend
from broadsheet.check.mending import mended

FILE = "_news/a.md"


def mend(text: str, *mends: tuple[tuple[str | int, ...], str | None] | Mend, file: str = "a.yaml") -> str:
    wanted = [mend if isinstance(mend, Mend) else Mend(file, *mend) for mend in mends]
    data, problems = mended(text.encode(), file, wanted)
    assert problems == ()
    return data.decode()


def refusals(text: str, *mends: tuple[tuple[str | int, ...], str | None], file: str = "a.yaml") -> list[str]:
    data, problems = mended(text.encode(), file, [Mend(file, *mend) for mend in mends])
    assert data == text.encode()
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("a: old # why\n", "new", "a: new # why\n"),
        ('a: "old"# why\n', "new", 'a: "new"# why\n'),
        ("a: 'it''s old'\n", "it's new", "a: 'it''s new'\n"),
        ('a: "old"\n', 'say "\\"\n', 'a: "say \\"\\\\\\"\\n"\n'),
        ("a: old\n", "yes", 'a: "yes"\n'),
        ("a: old\n", "12", 'a: "12"\n'),
        ("a: old\n", "2024-05-31T08:00:00Z", "a: 2024-05-31T08:00:00Z\n"),
        ("a: old\n", "one: two", 'a: "one: two"\n'),
        ("a: old\n", "one # two", 'a: "one # two"\n'),
        ("a: old\n", " blank ", 'a: " blank "\n'),
        ("a: old\n", "", 'a: ""\n'),
        ("a: 'old'\n", "", "a: ''\n"),
        ("a: 'old'\n", "one\ntwo", 'a: "one\\ntwo"\n'),
        ("a:\n", "new", "a: new\n"),
        ("a: # why\n", "new", "a: new # why\n"),
        ("a: ~\n", "new", "a: new\n"),
        ("a:   old\n\n# b\nb: 2\n", "new", "a:   new\n\n# b\nb: 2\n"),
        ("a: old\n  and more\nb: 2\n", "new", "a: new\nb: 2\n"),
        ("a: old\n    and more\nb: 2\n", "new and some", "a: new\n    and some\nb: 2\n"),
        ("a: 'old\n  and\n\n  more'\nb: 2\n", "new and more", "a: 'new and more'\nb: 2\n"),
        ('a:\n  "old\n  and more" # why\n', "new and: some", 'a:\n  "new\n  and: some" # why\n'),
        ("a: {a: 1}\na: old\n", "new", "a: {a: 1}\na: new\n"),
        ("{a: old, b: 1}\n", "new", "{a: new, b: 1}\n"),
        ("{a: old, b: 1}\n", "new, old", '{a: "new, old", b: 1}\n'),
        ("a: old", "new", "a: new"),
        ("a: Straße \U0001f600\n", "Straße", "a: Straße\n"),
    ],
)
def test_a_text_takes_the_place_of_another_in_its_style_where_that_can_hold_it(before, value, after):
    assert mend(before, (("a",), value)) == after


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("a: |\n  old\n  text\n\nb: 2\n", "new\ntext\n", "a: |\n  new\n  text\n\nb: 2\n"),
        ("a: | # why\n    old\nb: 2\n", "new\n", "a: | # why\n    new\nb: 2\n"),
        ("a: |\n  old\nb: 2\n", "new", "a: |-\n  new\nb: 2\n"),
        ("a: |-\n  old\nb: 2\n", "new\n", "a: |\n  new\nb: 2\n"),
        ("a: |+\n  old\n\n\nb: 2\n", "new\n", "a: |+\n  new\nb: 2\n"),
        ("a: |\n  old\n\n  text\n", "new\n\ntext\n", "a: |\n  new\n\n  text\n"),
        ("a: >-\n  one two\n  three\nb: 2\n", "four five six", "a: >-\n  four five\n  six\nb: 2\n"),
        ("a: >-\n  one two\n  three\nb: 2\n", "one three", "a: >-\n  one three\nb: 2\n"),
        ("a: >-\n  one\n\n  two\n", "one\ntwo\n\nthree", "a: >-\n  one\n\n  two\n\n\n  three\n"),
        ("a: |\n  old\nb: 2\n", " new\n", 'a: " new\\n"\nb: 2\n'),
        ("a: |2\n  old\nb: 2\n", "new\n", 'a: "new\\n"\nb: 2\n'),
        ("a: | # why\n  old\nb: 2\n", "new\n\n\n", 'a: "new\\n\\n\\n" # why\nb: 2\n'),
        ("a: >\n  old\nb: 2\n", "", 'a: ""\nb: 2\n'),
        ("a: |\n  old", "new", "a: |-\n  new"),
        ("a: |\n  old \n \nb: 2\n", "new\n", "a: |\n  new\n \nb: 2\n"),
    ],
)
def test_a_text_in_lines_of_its_own_stays_one(before, value, after):
    assert mend(before, (("a",), value)) == after


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a: 1\nb: 2 # why\nc: 3\n", ("b",), "a: 1\n# why\nc: 3\n"),
        ("a: 1\nb: |\n  x\n\n  y\n\nc: 3\n", ("b",), "a: 1\n\nc: 3\n"),
        ("a: 1\nb:\n  - c\n  # of c\n  - d\n# of e\ne: 3\n", ("b",), "a: 1\n# of e\ne: 3\n"),
        ("a: 1\nb: 2", ("b",), "a: 1\n"),
        ("a:\n- x\n-\n- z # of z\n", ("a", 1), "a:\n- x\n- z # of z\n"),
        ("a:\n  - x\n  - ~ # why\n  - z\n", ("a", 1), "a:\n  - x\n  # why\n  - z\n"),
        ("a:\n  - k: 1\n    l: 2\n  - k: 3\n    l: 4\n", ("a", 0), "a:\n  - k: 3\n    l: 4\n"),
        ("a:\n  - k: 1\n    l: 2\n  - k: 3\n    l: 4\n", ("a", 1, "k"), "a:\n  - k: 1\n    l: 2\n  - l: 4\n"),
        ("a:\n  - k: 1\n    l: 2\n", ("a", 0, "l"), "a:\n  - k: 1\n"),
        ("a:\n  -\n    k: 1\n  - y\n", ("a", 0), "a:\n  - y\n"),
        ("a: # why\n  - ~\nb: 2\n", ("a", 0), "a: [] # why\nb: 2\n"),
        ("a:\n-\n", ("a", 0), "a: []\n"),
        ("- - a\n  - b\n", (0, 0), "- - b\n"),
        ("a: [x, ~, z]\n", ("a", 1), "a: [x, z]\n"),
        ("a: [x, ~]\n", ("a", 1), "a: [x]\n"),
        ("a: [~]\n", ("a", 0), "a: []\n"),
        ("a: {k: 1, l: 2}\n", ("a", "k"), "a: {l: 2}\n"),
        ("a: {k: 1, l: 2}\n", ("a", "l"), "a: {k: 1}\n"),
    ],
)
def test_what_goes_takes_its_own_lines_along_and_leaves_what_was_said_of_it(before, path, after):
    assert mend(before, (path, None)) == after


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a: 1\n", ("dead",), "a: 1\ndead: true\n"),
        ("a: 1", ("dead",), "a: 1\ndead: true"),
        ("a: {k: 1}\n", ("a", "dead"), "a: {k: 1, dead: true}\n"),
        ("a: {}\n", ("a", "dead"), "a: {dead: true}\n"),
        ("r:\n  - k: 1 # of k\n\n  - k: 2\n", ("r", 0, "dead"), "r:\n  - k: 1 # of k\n    dead: true\n\n  - k: 2\n"),
        ("r:\n- k: |\n    x\n\n- k: 2\n", ("r", 0, "dead"), "r:\n- k: |\n    x\n  dead: true\n\n- k: 2\n"),
        ("r:\n- k: |+\n    x\n\n- k: 2\n", ("r", 0, "dead"), "r:\n- k: |+\n    x\n\n  dead: true\n- k: 2\n"),
        ("a: &x\n  k: 1\nb: *x\n", ("dead",), "a: &x\n  k: 1\nb: *x\ndead: true\n"),
    ],
)
def test_a_key_that_its_mapping_lacks_is_added_at_the_end_of_it(before, path, after):
    assert mend(before, Mend("a.yaml", path, "true", "yaml")) == after


def test_all_mends_of_a_file_are_made_at_once_by_the_places_that_things_had():
    before = "t:\n- ~\n- x\n- ~\nr:\n- u: http://a\n- u: ' b '\n"
    mends = [(("t", 0), None), (("r", 0, "u"), "https://a"), (("t", 2), None), (("r", 1, "u"), "b")]
    assert mend(before, *mends) == "t:\n- x\nr:\n- u: https://a\n- u: 'b'\n"


def test_of_two_mends_for_one_value_the_first_is_made():
    assert mend("a: 1x\n", (("a",), "2x"), (("a",), "3x")) == "a: 2x\n"


def test_what_would_change_in_something_that_goes_is_no_matter():
    assert mend("a:\n- u: x\n- y\n", (("a", 0, "u"), "z"), (("a", 0), None)) == "a:\n- y\n"


def test_front_matter_is_mended_and_the_body_stays():
    body = "\n---\na: not this\n---\n\xa0 x  \n"
    before = f"--- \na: old\n---\n{body}"
    assert mend(before, (("a",), "new"), file=FILE) == f"--- \na: new\n---\n{body}"


def test_bytes_of_a_body_that_are_no_text_stay():
    data, problems = mended(b"---\na: old\n---\n\xff\xfe", FILE, [Mend(FILE, ("a",), "new")])
    assert (data, problems) == (b"---\na: new\n---\n\xff\xfe", ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\ufeff---\r\na: old\r\nb: 1\r\n---\r\nx\n", "\ufeff---\r\na: new\r\nb: 1\r\nc: true\r\n---\r\nx\n"),
        ("---\r\na: old\nb: 1\r\n---\n", "---\r\na: new\nb: 1\r\nc: true\r\n---\n"),
        ("---\ra: old\rb: 1\r---\r", "---\ra: new\rb: 1\rc: true\r---\r"),
    ],
)
def test_line_ends_and_the_byte_order_mark_stay_and_new_lines_end_as_those_around(before, after):
    assert mend(before, (("a",), "new"), Mend(FILE, ("c",), "true", "yaml"), file=FILE) == after


def test_the_lines_of_a_block_end_as_before():
    before = "---\r\na: |\r\n  one\r\n  two\r\nb: 1\r\n---\r\n"
    after = "---\r\na: |\r\n  one\r\n  2\r\nb: 1\r\n---\r\n"
    assert mend(before, (("a",), "one\n2\n"), file=FILE) == after


def test_names_get_the_quotes_that_reading_adds_and_other_mends_follow():
    before = "---\nprovider:\n  name: The Post: a paper\nurl: http://x\n---\n"
    after = '---\nprovider:\n  name: "The Post: a paper"\nurl: https://x\n---\n'
    assert mend(before, Mend(FILE, (), None, "names"), (("url",), "https://x"), file=FILE) == after


def test_names_in_a_file_that_is_yaml_stay_as_they_are():
    before = "a: |\n  name: x: y\nname: 'x: y'\n"
    assert mend(before, Mend("a.yaml", (), None, "names")) == before


@pytest.mark.parametrize(
    ("text", "path", "value", "why"),
    [
        (
            "a: &x old\nb: *x\n",
            ("a",),
            "new",
            "a.yaml:1:4: note: this could not be mended: it is no plain text, or has a",
        ),
        ("a: &x old\nb: *x\n", ("b",), "new", "it is no plain text, or has a tag or an anchor"),
        ("a: &x {u: 1}\nb: *x\n", ("a", "u"), "2", "the file would say something else, too"),
        ("a: {<<: {u: 1}}\n", ("a", "u"), None, "it is not written in this place"),
        ("a: [1]\n", ("a",), "new", "it is no plain text"),
        ("a: 1\n", ("b", "c"), "new", "there is no such place in the file"),
        ("a: [1]\n", ("a", 1), "new", "there is no such place in the file"),
        ("a: 1\n", ("a",), None, "the file would say something else, too"),
        ("- - a\n", (0, 0), None, "the list would be empty"),
        ("- u: a\n", (0, "u"), None, "other things stand in its line"),
        ("a: 1\na: 2\n", ("a",), None, "the file would say something else, too"),
        ("a: 'x\n", ("a",), "new", "invalid YAML"),
        ("a: old\n", ("a",), "\ud800", "invalid YAML"),
    ],
)
def test_what_can_not_be_mended_alone_stays_and_is_told(text, path, value, why):
    (refusal,) = refusals(text, (path, value))
    assert why in refusal


def test_one_mend_that_can_not_be_made_does_not_keep_the_others_away():
    text = "a: &x {u: 1}\nb: *x\nc: [~, old]\nd: old\n"
    mends = [(("c", 0), None), (("a", "u"), "2"), (("c", 1), "new"), (("d",), "new")]
    data, problems = mended(text.encode(), "a.yaml", [Mend("a.yaml", *mend) for mend in mends])
    assert data.decode() == "a: &x {u: 1}\nb: *x\nc: [new]\nd: new\n"
    assert [problem.place.line for problem in problems] == [1]


def test_a_mend_that_needs_other_quotes_leaves_the_others_theirs():
    mends = [(("a",), "new"), (("b",), "x\n\n\n"), (("c",), "new")]
    assert mend("a: 'old'\nb: |\n  old\nc: 'old'\n", *mends) == "a: 'new'\nb: \"x\\n\\n\\n\"\nc: 'new'\n"
