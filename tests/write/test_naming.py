"""The names of records' files."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadsheet.text import folder_name, path_key
from broadsheet.write.naming import record_name, words_of

DAY = date(2024, 5, 31)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("A bridge opens", "a-bridge-opens"),
        ("Becker's “Ünïcode” & C#", "beckers-unicode-and-c-sharp"),
        ("Straße, Œuvre, Łódź, İzmir, Þór", "strasse-oeuvre-lodz-izmir-thor"),
        ("Новости: Йошкар-Ола", "новости-йошкар-ола"),
        ("صحيفة اليوم", "صحيفة-اليوم"),
        ("हिन्दी समाचार", "हिन्दी-समाचार"),
        ("東京の電車", "東京の電車"),
        ("Ｆｕｌｌ width", "full-width"),
        ("../../etc/passwd", "etc-passwd"),
        ("-x --y", "x-y"),
        ("word " * 50, "-".join(["word"] * 20)),
        ("x" * 300, "x" * 100),
        ("東" * 100, "東" * 33),
        ("Soon, says #1 captain of C#", "soon-says-1-captain-of-c-sharp"),
    ],
)
def test_the_words_of_a_title_are_its_letters_in_ascii_where_they_are_latin(title, words):
    assert words_of(title) == words


def test_a_title_without_any_letter_has_a_name_all_the_same():
    assert words_of("🚋 !").startswith("untitled-")
    assert words_of("🚋 !") != words_of("🚌 !")


titles = st.text(st.characters(codec="utf-8") | st.sampled_from("aA- .'\u0301\u0308İß"), max_size=200)


@given(titles)
@example("e\u0301" * 120)
@example("a\u0308\u0323" * 99)
@example("-" * 99 + "a")
@example("NUL")
@example("क्\u200d" * 99)
def test_every_name_is_one_that_every_file_system_and_address_takes_as_it_is(title):
    stem = record_name(DAY, title)
    assert stem.startswith("2024-05-31-")
    assert folder_name(stem) == stem
    assert len(stem) > len("2024-05-31-")
    assert not stem.endswith("-")
    assert len(stem.encode()) <= 111
    assert path_key(stem) == path_key(record_name(DAY, title.upper().lower())) or not title.isascii()
