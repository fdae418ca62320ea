import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.problems import Place, Problem
from broadsheet.read.front_matter import FrontMatter, decoded, split

FILE = "a.md"


def parts(data: bytes) -> tuple[bytes, bytes]:
    result = split(data, FILE)
    assert isinstance(result, FrontMatter), result
    return result.yaml, result.body


def problem(data: bytes) -> Problem:
    result = split(data, FILE)
    assert isinstance(result, Problem), result
    return result


@pytest.mark.parametrize(
    ("data", "yaml", "body"),
    [
        (b"---\na: 1\n---\n", b"a: 1\n", b""),
        (b"---\na: 1\n---", b"a: 1\n", b""),
        (b"---\na: 1\n---\nBody\n", b"a: 1\n", b"Body\n"),
        (b"---\na: 1\n---\n\n---\nBody\n", b"a: 1\n", b"\n---\nBody\n"),
        (b"---\n---\nBody", b"", b"Body"),
        (b"--- \t\na: 1\n---\t \nBody", b"a: 1\n", b"Body"),
    ],
)
def test_the_front_matter_stands_between_two_lines_of_three_dashes(data: bytes, yaml: bytes, body: bytes) -> None:
    assert parts(data) == (yaml, body)


@pytest.mark.parametrize(
    "inside",
    [
        b"a: b---c\n",
        b"a: |\n  x\n  ---\n",
        b"a: |\n  ---\n  x\n",
        b"----\n",
        b"---a\n",
        b"--- a\n",
        b"a: '\n ---\n '\n",
    ],
)
def test_dashes_that_are_not_a_line_of_their_own_close_nothing(inside: bytes) -> None:
    assert parts(b"---\n" + inside + b"---\nBody") == (inside, b"Body")


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_all_line_ends_are_read_alike(end: bytes) -> None:
    data = b"---\na: 1\n\nb: 2\n---\nOne\nTwo\n"
    assert parts(data.replace(b"\n", end)) == parts(data)


def test_a_byte_order_mark_is_skipped() -> None:
    assert parts(b"\xef\xbb\xbf---\na: 1\n---\nBody") == (b"a: 1\n", b"Body")


@pytest.mark.parametrize("data", [b"", b"\n", b" \t\r\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_file_without_text_is_said_to_be_empty(data: bytes) -> None:
    assert str(problem(data)) == "a.md:1:1: error: the file is empty"


@pytest.mark.parametrize(
    "data",
    [b"Only text\n", b"\n---\na: 1\n---\n", b" ---\na: 1\n---\n", b"----\na: 1\n---\n", b"---a: 1\n---\n", b"+++\n"],
)
def test_a_file_that_does_not_start_with_dashes_has_no_front_matter(data: bytes) -> None:
    found = problem(data)
    assert str(found) == "a.md:1:1: error: there is no front matter"
    assert found.hint


@pytest.mark.parametrize(
    "data", [b"---", b"---\n", b"---\na: 1\n", b"---\na: 1\n --- \n", b"---\na: 1\n----\n", b"---\na: 1\n--- b"]
)
def test_front_matter_without_an_end_is_said_to_be_unclosed(data: bytes) -> None:
    assert str(problem(data)) == "a.md:1:1: error: the front matter is not closed"


@given(st.binary())
def test_any_bytes_are_split_or_refused(data: bytes) -> None:
    result = split(data, FILE)
    if isinstance(result, FrontMatter):
        assert b"\r" not in result.yaml + result.body
        assert result.yaml == b"" or result.yaml.endswith(b"\n")
    else:
        assert result.place == Place(FILE, 1, 1)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r-"), max_size=50),
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=50),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_what_is_put_between_the_fences_comes_back(yaml: str, body: str, end: str, bom: bool) -> None:
    text = f"---\n{yaml}\n---\n{body}"
    data = "\ufeff" * bom + text.replace("\n", end)
    assert parts(data.encode()) == (f"{yaml}\n".encode(), body.encode())


@pytest.mark.parametrize(
    ("data", "place", "byte"),
    [
        (b"\xff", (2, 1), "0xFF"),
        (b"a: caf\xe9\n", (2, 7), "0xE9"),
        (b"a: 1\nb: \xc3\n", (3, 4), "0xC3"),
        ("a: é🚀".encode() + b"\x80", (2, 6), "0x80"),
        ("a: \u2028\u2029\x85é\nb: ".encode() + b"\xed\xa0\x80", (3, 4), "0xED"),
        (b"a: \xf0\x9f\x9a", (2, 4), "0xF0"),
        ("a: 1\n".encode("utf-16"), (2, 1), "0xFF"),
    ],
)
def test_the_first_byte_that_is_not_utf_8_is_named_with_its_line_and_column(
    data: bytes, place: tuple[int, int], byte: str
) -> None:
    found = decoded(data, FILE, 2)
    assert isinstance(found, Problem)
    assert found.place == Place(FILE, *place)
    assert byte in found.message


def test_good_bytes_are_decoded() -> None:
    assert decoded("é🚀\u2028".encode(), FILE, 2) == "é🚀\u2028"
