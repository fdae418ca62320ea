import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.problems import Place, Severity
from broadsheet.typed import typed
from broadsheet.yaml_text import Document, parse_yaml


class Inner(Struct):
    name: str | None = None
    size: int | None = None


class Outer(Struct):
    text: str | None = None
    number: int | None = None
    ratio: float | None = None
    flag: bool | None = None
    names: list[str | None] | None = None
    inner: Inner | None = None
    inners: list[Inner | None] | None = None
    links: dict[str, str | None] | None = None


def problems(text: str, kind: type = Outer) -> list[str]:
    value, found = typed(parse_yaml(text, "a.yaml", 2), kind)
    assert value is None
    assert all(problem.severity is Severity.ERROR for problem in found)
    return [str(problem).removeprefix("a.yaml:").replace(" error:", "") for problem in found]


def hint(text: str, kind: type = Outer) -> str:
    _, found = typed(parse_yaml(text, "a.yaml"), kind)
    return found[0].hint


def test_good_values_become_a_struct_without_a_problem() -> None:
    text = "text: x\nnumber: 1\nratio: 2\nflag: yes\nnames: [a, ~]\ninner: {name: b}\ninners: [{size: 3}, ~]\nx: 4\n"
    expected = Outer("x", 1, 2.0, True, ["a", None], Inner("b"), [Inner(size=3), None])
    assert typed(parse_yaml(text, "a.yaml"), Outer) == (expected, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text: 5", "2:7: `text` must be text, not a whole number"),
        ("text: 1.5", "2:7: `text` must be text, not a number"),
        ("text: yes", "2:7: `text` must be text, not `true` or `false`"),
        ("text: [a]", "2:7: `text` must be text, not a list"),
        ("text: {a: b}", "2:7: `text` must be text, not a mapping"),
        ("number: x", "2:9: `number` must be a whole number, not text"),
        ("number: 1.5", "2:9: `number` must be a whole number, not a number"),
        ("ratio: x", "2:8: `ratio` must be a number, not text"),
        ("flag: 1", "2:7: `flag` must be `true` or `false`, not a whole number"),
        ('flag: "true"', "2:7: `flag` must be `true` or `false`, not text"),
        ("names: a", "2:8: `names` must be a list, not text"),
        ("names:\n  a: b", "3:3: `names` must be a list, not a mapping"),
        ("names: [a, 5]", "2:12: `names[1]` must be text, not a whole number"),
        ("inner: a", "2:8: `inner` must be a mapping, not text"),
        ("inner:\n  name: b\n  size: c\n", "4:9: `inner.size` must be a whole number, not text"),
        ("inners:\n  - name: b\n  - size: c\n", "4:11: `inners[1].size` must be a whole number, not text"),
        ("inners: [a]", "2:10: `inners[0]` must be a mapping, not text"),
        ("- a", "2:1: `the document` must be a mapping, not a list"),
        ("a", "2:1: `the document` must be a mapping, not text"),
        ("5", "2:1: `the document` must be a mapping, not a whole number"),
    ],
)
def test_a_wrong_type_is_said_in_words_with_its_place(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_all_mismatches_of_a_document_are_reported_at_once() -> None:
    text = "text: 5\nnames: [a, [b], 3]\ninner:\n  size: x\ninners:\n  - 7\n  - name: [c]\nnumber: y\n"
    assert sorted(place.split(": ")[0] for place in problems(text)) == [
        "2:7",
        "3:12",
        "3:17",
        "5:9",
        "7:5",
        "8:11",
        "9:9",
    ]


def test_a_document_with_thousands_of_mismatches_ends_with_a_hundred() -> None:
    assert len(problems("names:\n" + "  - [x]\n" * 5000)) == 100


def test_a_wrong_value_behind_an_alias_is_reported_where_the_alias_stands() -> None:
    assert problems("other: &x [a]\ntext: *x\n") == ["3:7: `text` must be text, not a list"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: &x {bogus: 1}\ntheme: *x\n", "b.yaml:2:8: error: unknown setting `theme.bogus`"),
        ("<<: {bogus: 1}\n", "b.yaml:1:1: error: unknown setting `bogus`"),
    ],
)
def test_an_unknown_setting_that_an_alias_brings_is_reported_where_that_stands(text: str, expected: str) -> None:
    _, found = typed(parse_yaml(text, "b.yaml"), Settings)
    assert expected in map(str, found)


def test_a_wrong_value_in_a_mapping_with_free_keys_is_a_problem() -> None:
    (found,) = problems("links: {a.b: [c], d: e}")
    assert found.startswith("2:")
    assert "links" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [("text: 5", "quotes"), ("text: yes", "quotes"), ("names: a", "- item"), ("number: x", "")],
)
def test_a_hint_says_what_would_mend_it(text: str, expected: str) -> None:
    assert expected in hint(text)
    assert bool(expected) == bool(hint(text))


@pytest.mark.parametrize(
    ("text", "place", "name", "suggestion"),
    [
        ("titel: x", "1:1", "titel", "title"),
        ("title: x\nbaseurl: y", "2:1", "baseurl", "base_url"),
        ("home:\n  odrer: newest", "2:3", "home.odrer", "order"),
        ("stories:\n  max_realted: 3", "2:3", "stories.max_realted", "max_related"),
    ],
)
def test_an_unknown_setting_is_an_error_with_a_suggestion(text: str, place: str, name: str, suggestion: str) -> None:
    _, (problem,) = typed(parse_yaml(text, "a.yaml"), Settings)
    assert str(problem) == f"a.yaml:{place}: error: unknown setting `{name}`"
    assert problem.hint == f"did you mean `{suggestion}`?"


def test_an_unknown_setting_like_no_other_gets_the_list_of_those_there_are() -> None:
    text = hint("zzzzzz: 1", Settings)
    assert all(name in text for name in ("title", "base_url", "stories"))


@pytest.mark.parametrize("name", ["a - at `$.title`", "a`b", "a.b", "a[0]", "$", "", "`", "...", "[...]", "0", "é"])
def test_an_odd_name_of_a_setting_is_an_error_too(name: str) -> None:
    document = parse_yaml(f"{msgspec.json.encode(name).decode()}: 1\n", "a.yaml")
    value, found = typed(document, Settings)
    assert value is None
    assert "unknown" in found[0].message


names = st.sampled_from("text number ratio flag names inner inners links name size other a.b ``".split())
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6), max_leaves=25
)


@given(st.dictionaries(names, trees, max_size=8))
def test_any_tree_of_values_becomes_a_struct_or_problems_never_both(tree: dict[str, object]) -> None:
    value, found = typed(Document(tree, {(): Place("a.yaml", 1, 1)}), Outer)
    assert (value is None) == bool(found)
