"""The lines around a problem."""

from broadsheet.problems import Place, Problem, Severity
from broadsheet.serve.excerpts import around, troubles

LINES = ["one", "two", "three", "four", "five"]


def test_two_lines_stand_on_each_side_where_there_are_as_many():
    assert around(LINES, 3) == ((1, "one"), (2, "two"), (3, "three"), (4, "four"), (5, "five"))
    assert around(LINES, 1) == ((1, "one"), (2, "two"), (3, "three"))
    assert around(LINES, 5) == ((3, "three"), (4, "four"), (5, "five"))


def test_a_line_that_is_no_longer_there_has_the_last_ones_or_none():
    assert around(LINES, 6) == ((4, "four"), (5, "five"))
    assert around(LINES, 60) == around([], 1) == ()


def test_a_problem_is_told_with_the_lines_of_its_file(tmp_path):
    file = tmp_path / "a.md"
    file.write_bytes("\ufeff---\r\ntitle: “Ü\r\n---\r\n".encode())
    problem = Problem(Place(str(file), 2, 8), "it is wrong", "mend it", Severity.WARNING)
    (told,) = troubles([problem])
    assert told.lines == ((1, "---"), (2, "title: “Ü"), (3, "---"))
    assert (told.file, told.line, told.column) == (str(file), 2, 8)
    assert (told.severity, told.message, told.hint) == ("warning", "it is wrong", "mend it")


def test_what_has_no_line_or_no_file_any_more_is_told_without(tmp_path):
    folder, gone = Problem(Place(str(tmp_path)), "a folder"), Problem(Place(str(tmp_path / "gone"), 3, 1), "gone")
    within = Problem(Place(str(tmp_path), 1, 1), "a folder with a line")
    assert [told.lines for told in troubles([folder, gone, within])] == [(), (), ()]


def test_a_file_that_is_no_text_is_told_as_well_as_can_be(tmp_path):
    file = tmp_path / "a.md"
    file.write_bytes(b"\xff\xfe\0" + b"x" * 5000)
    (told,) = troubles([Problem(Place(str(file), 1, 1), "no text")])
    assert len(told.lines[0][1]) == 240


def test_lines_are_counted_as_places_count_them(tmp_path):
    file = tmp_path / "a.md"
    file.write_bytes("one\u2028still\x0bone\rtwo\r\nthree".encode())
    (told,) = troubles([Problem(Place(str(file), 2, 1), "it is wrong")])
    assert told.lines == ((1, "one\u2028still\x0bone"), (2, "two"), (3, "three"))
