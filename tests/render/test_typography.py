"""Straight quotes and hyphens to those that a printer would set, by the language of the text."""

import unicodedata
from collections import Counter
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.render.typography import typographic

LANGUAGES = "ar bg cs da de en es et fi fr hu is it lt nb no pl pt ro ru sk sl sv uk ja pt-BR de-AT xx".split()

# What a typewriter has, often enough that it meets itself.
typed = st.lists(
    st.sampled_from(["'", '"', "-", "--", " - ", "...", " ", "(", ")", "/", "s", "a", "bc", "ü", "7", "90s", ".", ","])
    | st.sampled_from(list("“”„«»‘’‚–…<>&\u202f")),
    max_size=30,
).map("".join)
texts = typed | st.text()
languages = st.sampled_from(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", 'She said "yes" twice', "She said “yes” twice"),
        ("en", 'Minister: "No comment."', "Minister: “No comment.”"),
        ("en", '"Yes," she said, "today"', "“Yes,” she said, “today”"),
        ("en", "Minister calls for 'reforms' in schools", "Minister calls for ‘reforms’ in schools"),
        ("en", "'Reform', they say", "‘Reform’, they say"),
        ("en", "\"The 'best' day\"", "“The ‘best’ day”"),
        ("en", "'\"Best\" day', they say", "‘“Best” day’, they say"),
        ("en", 'The ("so-called") fix', "The (“so-called”) fix"),
        ("en", "'50 hurt' in a storm, summer of '69", "‘50 hurt’ in a storm, summer of ’69"),
        ("en", "It's the neighbours' turn", "It’s the neighbours’ turn"),
        ("en", "'It's the best', he says", "‘It’s the best’, he says"),
        ("en", "Hits of the '90s and the 1980's", "Hits of the ’90s and the 1980’s"),
        ("en", "Wait... what", "Wait… what"),
        ("en", "A storm - and a calm", "A storm – and a calm"),
        ("en", "A storm -- and a calm", "A storm – and a calm"),
        ("en", "A storm--and a calm---again", "A storm – and a calm – again"),
        ("en-GB", 'A "so-called" fix', "A “so-called” fix"),
        ("EN", 'A "so-called" fix', "A “so-called” fix"),
        ("xx", 'A "so-called" fix', "A “so-called” fix"),
        ("de", "Er sagt \"ja\" und 'nein'", "Er sagt „ja“ und ‚nein‘"),
        ("de-AT", "Sie sagt: \"Er ruft 'nein'.\"", "Sie sagt: „Er ruft ‚nein‘.“"),
        ("fr", 'Il dit "oui" - enfin', "Il dit «\u202foui\u202f» – enfin"),
        ("fr", "L'eau d'été, c'est l'or", "L’eau d’été, c’est l’or"),
        ("es", "Dice \"sí a 'todo'\"", "Dice «sí a “todo”»"),
        ("it", 'L\'"altro" e "l\'uno"', "L’«altro» e «l’uno»"),
        ("pt-BR", 'Diz "sim"', "Diz “sim”"),
        ("ru", "Он сказал \"да и 'нет'\"", "Он сказал «да и „нет“»"),
        ("pl", 'Mówi "tak"', "Mówi „tak”"),
        ("sv", 'Hon säger "ja"', "Hon säger ”ja”"),
        ("hu", "Azt mondja: \"a 'jó' nap\"", "Azt mondja: „a »jó« nap”"),
        ("ar", 'قال "نعم" أمس', "قال ”نعم“ أمس"),
    ],
)
def test_what_was_typed_is_set_as_the_language_has_it(language, before, after):
    assert typographic(before, language) == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nothing to set here",
        "Already “set” – and ‘well’…",
        "A well-known re-entry",
        "The 5 - 3 win",
        "The 2019-2024 plan",
        "Why git push --force hurts",
        "--verbose and -v",
        "x-- and --x",
        'A 6\'2" guard and a 27" screen',
        'An odd " mark',
        "An odd ' mark",
        "Dots.... and ..",
        "A <!-- comment --> of theirs",
        "key='value'",
        'src="a.js"',
        "A rule ---- of hyphens",
    ],
)
def test_what_may_be_meant_otherwise_stays(text):
    assert typographic(text, "en") == text


def test_a_text_with_real_quotation_marks_keeps_those_it_has():
    assert typographic("“He said 'no'” - it's \"so\"", "de") == "“He said 'no'” – it’s \"so\""


@given(text=texts, language=languages)
def test_what_is_set_is_not_set_again(text, language):
    once = typographic(text, language)
    assert typographic(once, language) == once


@given(text=st.text(st.characters(exclude_characters="\"'.-")), language=languages)
def test_a_text_without_straight_quotes_typed_dashes_or_dots_is_not_changed(text, language):
    assert typographic(text, language) == text


@given(text=texts, language=languages)
def test_no_letter_no_digit_and_no_sign_of_html_is_lost_added_or_moved(text, language):
    def kept(text):
        return [character for character in text if unicodedata.category(character)[0] in "LNM" or character in "<>&"]

    assert kept(typographic(text, language)) == kept(text)


@given(text=texts, language=languages)
def test_nothing_appears_but_the_marks_of_a_printer(text, language):
    added = Counter(typographic(text, language)) - Counter(text)
    assert set(added) <= set("“”„«»‘’‚–… \u202f")


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize(
    "unit",
    [
        '"',
        "'",
        "'\"",
        " '",
        ' "',
        "'a",
        "1'",
        " '1'1",
        ' "a',
        "('",
        "s' ",
        "'s ",
        "-",
        " -",
        " - ",
        "--a",
        ".",
        "...",
        "“'",
        "’1'",
        " 'a'b ",
    ],
)
def test_hostile_texts_take_no_more_time_than_their_length(unit, language):
    def seconds(times):
        # Different texts, so that nothing remembered helps; the best of three, so that a busy machine says nothing.
        found = []
        for attempt in range(3):
            text = unit * (times // len(unit)) + str(attempt)
            started = process_time()
            typographic(text, language)
            found.append(process_time() - started)
        return min(found)

    # Eight times the text: linear is 8 times, quadratic 64.
    assert seconds(100_000) < 32 * max(seconds(12_500), 1e-4)
