from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.config import Settings
from broadsheet.model import Named, Overrides
from broadsheet.problems import Place
from broadsheet.read.folders import find_folders
from broadsheet.read.overrides import parse_overrides
from broadsheet.read.source import ReadResult, read_site

WriteRecord = Callable[..., Path]
FILE = "_data/stories.yaml"


def told(text: str | bytes) -> list[str]:
    """What is wrong with a file that can not be used."""
    value, problems = parse_overrides(text.encode() if isinstance(text, str) else text, FILE)
    assert value is None
    return [f"{problem} ({problem.hint})" for problem in problems]


def named(name: str, line: int, column: int) -> Named:
    return Named(name, Place(FILE, line, column))


def test_the_overrides_file_is_read_with_all_it_says_and_where() -> None:
    text = """\
pin:
  - 2024-05-01-a
  -
split:
  - b.md
  - [c, " d "]
join:
  -
  - - e
    - deep/f.md
"""
    assert parse_overrides(text.encode(), FILE) == (
        Overrides(
            file=FILE,
            pin=(named("2024-05-01-a", 2, 5),),
            alone=(named("b.md", 5, 5),),
            apart=((named("c", 6, 6), named("d", 6, 9)),),
            join=((named("e", 9, 7), named("deep/f.md", 10, 7)),),
        ),
        (),
    )


@pytest.mark.parametrize("text", ["", "# pin: [a]\n", "pin:\nsplit: []\njoin:\n", "\ufeff{}"])
def test_a_file_that_decides_nothing_is_no_problem(text: str) -> None:
    assert parse_overrides(text.encode(), FILE) == (Overrides(file=FILE), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pins: [a]\n", ["1:1: error: unknown setting `pins` (did you mean `pin`?)"]),
        ("pin: a\n", ["1:6: error: `pin` must be a list, not text (write it as a list, one `- item` a line)"]),
        ("pin: [5]\n", ["1:7: error: `pin[0]` must be text, not a whole number (put it in quotes)"]),
        ("split: [{a: b}]\n", ["1:9: error: `split[0]` must be text or a list, not a mapping ()"]),
        ("join:\n- a\n", ["2:3: error: `join[0]` must be a list, not text (write it as a list, one `- item` a line)"]),
        ("join: [[true]]\n", ["1:9: error: `join[0][0]` must be text, not `true` or `false` (put it in quotes)"]),
        ("- a\n", ["1:1: error: `the document` must be a mapping, not a list ()"]),
        (b"pin: [\xe9]\n", ["1:7: error: the byte 0xE9 is not UTF-8 (save the file in the encoding UTF-8)"]),
        ("pin: [a]\nunpin: [b]\njoin: x\n", ["2:1: error: unknown setting", "3:7: error: `join` must be a list"]),
    ],
)
def test_a_broken_file_is_told_with_every_place(text: str, expected: list[str]) -> None:
    found = told(text)
    assert len(found) == len(expected)
    assert all(problem.startswith(f"{FILE}:{start}") for problem, start in zip(found, expected, strict=True))


def test_invalid_yaml_is_a_problem_with_its_place() -> None:
    assert told("pin: [a\n")[0].startswith(f"{FILE}:2:1: error: invalid YAML")


def test_a_list_that_names_one_record_alone_is_told_and_ignored() -> None:
    value, problems = parse_overrides(b"split: [[a]]\njoin: [[b], [c, d], []]\n", FILE)
    assert value is not None
    assert [[name.name for name in group] for group in (*value.apart, *value.join)] == [["c", "d"]]
    assert [str(problem) for problem in problems] == [
        f"{FILE}:1:9: warning: a list under `split` names fewer than two records; it is ignored",
        f"{FILE}:2:8: warning: a list under `join` names fewer than two records; it is ignored",
        f"{FILE}:2:21: warning: a list under `join` names fewer than two records; it is ignored",
    ]
    assert problems[0].hint == "without a list around it, a name stands for a story by itself"


@given(st.one_of(st.binary(), st.text(alphabet="pinsltjo:[]{}-, \n'\"a1&*!", max_size=80).map(str.encode)))
def test_whatever_the_file_holds_there_is_a_value_or_a_problem(data: bytes) -> None:
    value, problems = parse_overrides(data, FILE)
    assert value is not None or problems


# Where it lies.


def read(root: Path) -> ReadResult:
    return read_site(find_folders(root, Settings()))


@pytest.mark.parametrize("name", ["_data/stories.yaml", "_data/stories.yml", "data/stories.yaml"])
def test_the_file_lies_in_the_folder_of_the_data(tmp_path: Path, record: WriteRecord, name: str) -> None:
    record(tmp_path / "_news")
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text("pin: [2024-05-01-a-story]\n")
    result = read(tmp_path)
    assert [found.name for found in result.sources.overrides.pin] == ["2024-05-01-a-story"]
    assert result.sources.overrides.file == path.as_posix()
    assert result.problems == ()


def test_of_two_files_the_first_is_meant_and_the_other_told(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news")
    (tmp_path / "_data").mkdir()
    for ending in ("yaml", "yml"):
        (tmp_path / f"_data/stories.{ending}").write_text(f"pin: [{ending}]\n")
    result = read(tmp_path)
    assert [found.name for found in result.sources.overrides.pin] == ["yaml"]
    (problem,) = result.problems
    assert problem.place.file == (tmp_path / "_data/stories.yml").as_posix()
    assert "is not read" in problem.message


def test_a_broken_file_decides_nothing_and_the_site_is_read(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news")
    (tmp_path / "_data").mkdir()
    (tmp_path / "_data/stories.yaml").write_text("pin: x\n")
    result = read(tmp_path)
    assert (result.sources.overrides, len(result.sources.records), len(result.problems)) == (Overrides(), 1, 1)


def test_a_folder_of_that_name_is_a_problem(tmp_path: Path, record: WriteRecord) -> None:
    record(tmp_path / "_news")
    (tmp_path / "_data/stories.yaml").mkdir(parents=True)
    assert [problem.place.file for problem in read(tmp_path).problems] == [(tmp_path / "_data/stories.yaml").as_posix()]
