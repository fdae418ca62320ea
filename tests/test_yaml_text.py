import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet.problems import Place, Severity
from broadsheet.yaml_text import Document, YamlError, parse_yaml, spelled

FILE = "a.yaml"


def value(text: str) -> object:
    return parse_yaml(text, FILE).value


def error(text: str, first_line: int = 1) -> str:
    with pytest.raises(YamlError) as raised:
        parse_yaml(text, FILE, first_line)
    return str(raised.value.problem)


def place(document: Document, *path: str | int) -> tuple[int, int]:
    found = document.place(path)
    return found.line, found.column


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("--- \n", None),
        ("a", "a"),
        ("a: 1", {"a": 1}),
        ("a: 1.5", {"a": 1.5}),
        ("a: 1e5", {"a": "1e5"}),
        ("a: 012", {"a": 10}),
        ("a: 0x1F", {"a": 31}),
        ("a: 1_000", {"a": 1000}),
        ("a: 1:30", {"a": 90}),
        ("a: yes", {"a": True}),
        ("a: Off", {"a": False}),
        ("a: y", {"a": "y"}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: Null", {"a": None}),
        ("a: 'yes'", {"a": "yes"}),
        ("a: !!str 5", {"a": "5"}),
        ("a: ! 5", {"a": "5"}),
        ('a: !!int "5"', {"a": 5}),
        ("a: .inf", {"a": float("inf")}),
        ("yes: 1\n1: 2\nnull: 3", {"yes": 1, "1": 2, "null": 3}),
        ("a: &x [1, 2]\nb: *x", {"a": [1, 2], "b": [1, 2]}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("a: >-\n  x\n  y\n", {"a": "x y"}),
        ('a: "\\u2028\\r\\n\\x41"', {"a": "\u2028\r\nA"}),
        ("a: [1, {b: c}]", {"a": [1, {"b": "c"}]}),
    ],
)
def test_values_are_what_yaml_1_1_says(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("text", ["2024-05-01", "2024-05-01T08:00:00Z", "2024-05-01 08:00:00 +02:00", "2024-13-41"])
def test_timestamps_stay_text(text: str) -> None:
    assert value(f"a: {text}") == {"a": text}
    assert value(f"a: !!timestamp {text!r}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b: &x {k: 1, l: 2}\na:\n  <<: *x\n  l: 3", {"b": {"k": 1, "l": 2}, "a": {"k": 1, "l": 3}}),
        ("a:\n  l: 3\n  <<: {k: 1, l: 2}", {"a": {"k": 1, "l": 3}}),
        ("<<: [{a: 1}, {a: 2, b: 3}]", {"a": 1, "b": 3}),
        ("'<<': x", {"<<": "x"}),
    ],
)
def test_merge_keys_fill_in_what_the_mapping_does_not_say_itself(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: b: c", 1, 5, "mapping values"),
        ("a: 1\nb: [1, 2\nc: 3", 3, 2, "invalid YAML"),
        ("a: 1\nb: 'x\n", 3, 1, "quoted scalar"),
        ("é: 1\nü: @x", 2, 4, "cannot start any token"),
        ("é: \u2028 x\nb: `y", 2, 4, "cannot start any token"),
        ("a: 1\n\tb: 2", 2, 1, "invalid YAML"),
        ("a: *nothing", 1, 4, "`*nothing` stands for nothing"),
        ("a: &x [*x]", 1, 8, "`*x` stands for nothing"),
        ("a: !!python/object/apply:os.system [x]", 1, 4, "`!!python/object/apply:os.system` is not allowed"),
        ("a: !!python/name:os.system", 1, 4, "is not allowed"),
        ("a: !mine x", 1, 4, "`!mine` is not allowed"),
        ("a: !!set {x}", 1, 4, "`!!set` is not allowed"),
        ("a: !!omap [x: 1]", 1, 4, "`!!omap` is not allowed"),
        ("a: !!map [x]", 1, 4, "`!!map` is not allowed"),
        ('a: !!int "x"', 1, 4, "no value of the kind `int`"),
        ('a: !!int ""', 1, 4, "no value of the kind `int`"),
        ('a: !!bool "x"', 1, 4, "no value of the kind `bool`"),
        ("a: 1\n? [b]\n: c", 2, 3, "a key must be plain text"),
        ("{a: 1}: b", 1, 1, "a key must be plain text"),
        ("a: 1\n--- \nb: 2", 2, 1, "second YAML document"),
        ("a: 1\n...\n%YAML 1.2\n---\nb: 2", 3, 1, "second YAML document"),
        ("a: 1\n<<: x", 2, 5, "`<<` must name a mapping"),
        ("a: x\x07y", 1, 5, "U+0007 is not allowed"),
        ("é\u2028\nb: \x00", 2, 4, "U+0000 is not allowed"),
        ("a: \x7f", 1, 4, "U+007F is not allowed"),
        ("a: \ufffe", 1, 4, "U+FFFE is not allowed"),
    ],
)
def test_the_first_thing_that_is_wrong_is_said_with_line_and_column(
    text: str, line: int, column: int, words: str
) -> None:
    message = error(text)
    assert message.startswith(f"{FILE}:{line}:{column}: error: ")
    assert words in message


def test_lines_are_counted_from_the_first_line_within_the_file() -> None:
    assert error("a: 1\nb: @", first_line=2).startswith(f"{FILE}:3:4: ")


def test_a_colon_in_plain_text_gets_the_hint_to_quote_it() -> None:
    with pytest.raises(YamlError) as raised:
        parse_yaml("title: Port: it opens", FILE)
    assert "in quotes" in raised.value.problem.hint


def test_every_value_has_its_place() -> None:
    document = parse_yaml('a: 1\nb:\n  - x\n  - c: é\n    d: "y"\n\ne: {f: [1, 22]}\n', FILE)
    assert place(document) == (1, 1)
    assert place(document, "a") == (1, 4)
    assert place(document, "b", 0) == (3, 5)
    assert place(document, "b", 1, "c") == (4, 8)
    assert place(document, "b", 1, "d") == (5, 8)
    assert place(document, "e", "f", 1) == (7, 12)


def test_what_has_no_place_of_its_own_has_that_of_its_nearest_container() -> None:
    document = parse_yaml("a: 1\nb: {c: 2}\n", FILE)
    assert place(document, "b", "missing", 3) == (2, 4)
    assert place(document, "missing") == (1, 1)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_a_separator_that_no_editor_shows_as_a_line_does_not_count_as_one(separator: str) -> None:
    document = parse_yaml(f'a: "x{separator}y"\nb: 2\n', FILE)
    assert place(document, "b") == (2, 4)


def test_columns_count_characters_not_bytes() -> None:
    document = parse_yaml("a: [é🚀你, b]\n", FILE)
    assert place(document, "a", 1) == (1, 10)


def test_a_key_that_stands_twice_is_a_warning_and_the_last_one_counts() -> None:
    document = parse_yaml("a: 1\nb: 2\na: 3\na: 4\n", FILE)
    assert document.value == {"a": 4, "b": 2}
    (warning,) = document.warnings
    assert warning.place == Place(FILE, 3, 1)
    assert warning.severity is Severity.WARNING
    assert "`a` stands twice, first in line 1" in warning.message


def test_the_warning_names_the_line_of_the_first_key_not_of_its_value() -> None:
    (warning,) = parse_yaml("a:\n  - 1\nb: 2\na:\n  - 3\n", FILE).warnings
    assert "first in line 1" in warning.message


def test_the_same_key_in_two_mappings_does_not_stand_twice() -> None:
    assert parse_yaml("a: {k: 1}\nb: {k: 2}\nk: 3\n", FILE).warnings == ()


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
QUADRATIC = f"a: &a [{'x, ' * 5000}x]\nb: [{'*a, ' * 5000}x]\n"
MERGES = f"a: &a {{{', '.join(f'k{n}: 1' for n in range(5000))}}}\nb:\n  <<: [{', '.join(['*a'] * 5000)}]\n"


@pytest.mark.parametrize("text", [LAUGHS, QUADRATIC, MERGES, "a: 1\n" * 110_000, "- x\n" * 210_000])
def test_a_bomb_is_refused_before_it_goes_off(text: str) -> None:
    assert "more than 200,000 values" in error(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "{b: " * 100_000,
        "- " * 100_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(2000)),
        "".join(f"{' ' * depth}- \n" for depth in range(2000)),
        "a: " + "[" * 61 + "]" * 61,
    ],
)
def test_nesting_has_a_limit(text: str) -> None:
    assert "nested deeper than 60 levels" in error(text)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert value("a: " + "[" * 59 + "]" * 59)


@pytest.mark.parametrize(
    "number",
    ["1" + ":1" * 300_000, "1:" * 400 + "1.5", "1" * 5000, "0x" + "F" * 5000, "1" * 1_000_000, "0b" + "1" * 99999],
)
def test_a_number_of_absurd_length_is_an_error_or_text_but_no_crash_and_no_long_sum(number: str) -> None:
    try:
        found = value(f"a: {number}")
    except YamlError as error:
        found = {"a": str(error.problem)}
    assert isinstance(found, dict)
    assert isinstance(found["a"], str | float) or abs(found["a"]) < 2**64


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300)
@given(trees, st.booleans())
def test_what_pyyaml_writes_is_read_back(tree: object, flow: bool) -> None:
    assert value(yaml.safe_dump(tree, default_flow_style=flow)) == tree


@settings(max_examples=300)
@given(st.text())
def test_any_text_gives_a_document_or_one_problem_with_its_place(text: str) -> None:
    lines = text.split("\n")
    try:
        found = parse_yaml(text, FILE).place(())
    except YamlError as error:
        found = error.problem.place
    assert 1 <= found.line <= len(lines)
    assert 1 <= found.column <= len(lines[found.line - 1]) + 1


@given(
    st.text(st.characters(codec="utf-8") | st.sampled_from("#:'\"\\-[]{}&*!|>%@`,? \t\n\u2028\x85\ufeff"), max_size=40)
)
@example("yes")
@example("1e3")
@example("a: b")
@example("a #b")
@example("\ufffe")
@example("---")
def test_a_text_is_what_every_reader_of_yaml_takes_it_for(text):
    written = f"key: {spelled(text)}\n"
    assert written.count("\n") == 1
    assert parse_yaml(written, "").value == {"key": text}
    assert yaml.safe_load(written) == {"key": text}
