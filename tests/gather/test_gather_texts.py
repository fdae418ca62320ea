"""Titles and excerpts, as they are cleaned and cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.gather.texts import excerpt_of, from_html, title_from, title_text
from broadsheet.text import display_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two&nbsp;and <b>th</b>ree.</p>", "One. Two and three."),
        ("One<br>two<script>alert(1)</script><style>x{}</style>", "One two"),
        ("Trams run. The post <a href='x'>Night trams</a> appeared first on <a>Herald</a>.", "Trams run."),
        ("Trams run. The post Night trams first appeared on Herald.", "Trams run."),
        ("Sie fahren. Der Beitrag Bahn erschien zuerst auf Bote.", "Sie fahren."),
        ("Trams run […]", "Trams run …"),
        ("Trams run all [&#8230;] Continue reading Night trams →", "Trams run all …"),
        ("Trams run. [Read more...]", "Trams run."),
        ("Trams run. Read more »", "Trams run."),
        ("He wants to read more about trams.", "He wants to read more about trams."),
        ("Why? Read more about trams than ever before in the library", "Why?"),
        ("N/A", ""),
        ("&lt;p&gt;Escaped &amp;amp; again&lt;/p&gt;", "Escaped & again"),
        ("a < b and <MSFT.O> rises", "a < b and <MSFT.O> rises"),
        ("", ""),
    ],
)
def test_html_is_the_text_that_readers_see(html, text):
    assert from_html(html) == text


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("Short.", 300, "Short."),
        ("One sentence here. Another one that is far too long to stay", 40, "One sentence here. Another one that …"),
        ("This one is long enough to stay. Another goes on and on", 40, "This one is long enough to stay."),
        ("電車は夜も走る。船も走る。橋は閉じる", 14, "電車は夜も走る。船も走る。"),
        ("words and words", 0, ""),
    ],
)
def test_an_excerpt_ends_with_a_sentence_or_a_word(text, most, cut):
    assert excerpt_of(text, most) == cut


@given(st.text(max_size=600), st.integers(0, 400))
def test_no_excerpt_is_longer_than_it_may_be(text, most):
    assert len(excerpt_of(text, most)) <= most


PARTS = ["&amp;", "lt;", "<b>", "#8217;", "&", "<", "script>", "x", " "]


@given(st.text() | st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
def test_what_is_clean_stays_as_it_is_when_it_is_shown(text):
    for clean in (title_text(text), from_html(text)):
        assert display_text(clean) == clean


def test_a_title_about_markup_keeps_what_stands_behind_it():
    assert title_text("The &amp;lt;script&amp;gt; tag explained") == "The tag explained"
    assert title_text("Un<em>be</em>lievable") == "Unbelievable"


def test_a_title_is_made_of_the_first_sentence_or_words():
    assert title_from("Trams run. All night.") == "Trams run."
    assert title_from("tram " * 40) == "tram " * 15 + "tram …"
