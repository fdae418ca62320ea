"""The theme's files as a site makes them: the script with its words, none that can break it; the style's colours."""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import broadsheet.words
from broadsheet.config import Fonts, Settings, Theme
from broadsheet.render.assets import SCRIPT, STYLE, script, script_words, style, themed
from broadsheet.render.palette import PAPERS, contrast, readable
from broadsheet.render.theme import theme_files
from broadsheet.words import words_of

BUDGET = 6 * 1024
# The languages that there is a catalogue for.
TRANSLATED = sorted(folder.name for folder in Path(broadsheet.words.__file__).with_name("locale").iterdir())

# Choices are named by what is kept, topics and sources by what a page is about.
BY_VALUE = {"look", "size", "system", "light", "dark", "normal", "small", "large"}
BY_KIND = {f"{action}_{kind}" for action in ("show", "hide") for kind in ("topic", "source")}


def words_in(built: bytes) -> dict[str, str]:
    first, _, _ = built.decode().partition("\n")
    assert first.startswith("const WORDS = ")
    assert first.endswith(";")
    return json.loads(first.removeprefix("const WORDS = ").removesuffix(";"))


def test_the_script_has_every_word_that_it_uses_and_no_other():
    source = theme_files()[SCRIPT].decode()
    keys = re.search(r"const KEYS = \{(.*)\}", source)
    by_key = set(re.findall(r'"(\w+)"', keys[1]))
    used = set(re.findall(r"WORDS\.(\w+)", source)) | by_key | BY_VALUE | BY_KIND
    assert set(script_words(str)) == used


def test_words_stand_in_front_of_the_script_in_the_language_of_the_site():
    files = themed(theme_files(), Settings(language="de"))
    assert words_in(files[SCRIPT])["close"] == words_of("de").gettext("Close") != "Close"
    assert files[SCRIPT].endswith(theme_files()[SCRIPT])
    assert {path: content for path, content in files.items() if path != SCRIPT} == {
        path: content for path, content in theme_files().items() if path != SCRIPT
    }


def test_what_the_settings_say_of_the_theme_comes_last_in_the_style_sheet():
    theme = Theme(accent="#9a2f1f", fonts=Fonts(text='Charter, "Iowan Old Style"', labels="Arial"))
    source = theme_files()[STYLE]
    built = style(source, theme)
    assert built.startswith(source)
    assert built[len(source) :].decode().split("{")[1].split("}")[0].split("\n")[1:-1] == [
        f"  --accent: light-dark(#9a2f1f, {readable('#9a2f1f', PAPERS[1])});",
        '  --text-font: Charter, "Iowan Old Style";',
        "  --label-font: Arial;",
    ]
    assert style(source, Theme()) == source


def test_the_papers_of_the_palette_are_those_of_the_style_sheet():
    light, dark = PAPERS
    assert f"--paper: light-dark({light}, {dark});" in theme_files()[STYLE].decode()


@given(st.from_regex("#[0-9a-f]{6}|#[0-9a-f]{3}", fullmatch=True), st.sampled_from(PAPERS))
def test_any_accent_can_be_read_on_either_paper_and_changes_no_more_than_it_must(colour, paper):
    found = readable(colour, paper)
    ground = rgb(paper)
    assert contrast(rgb(found), ground) >= 4.5
    own = rgb(colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:]))
    if contrast(own, ground) >= 4.5:
        assert rgb(found) == own


def rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:], 16)


def test_no_word_gets_out_of_its_quotes():
    words = {"close": 'a "quoted"\\ \n </script> \u2028 word; alert(1)'}
    assert words_in(script(b"", words)) == words


def test_a_script_of_the_site_is_served_as_it_is(tmp_path, record, run):
    record(tmp_path / "_news")
    own = tmp_path / "static" / SCRIPT
    own.parent.mkdir(parents=True)
    own.write_text('document.title = "mine";\n')
    assert run("build", tmp_path).returncode == 0
    assert (tmp_path / "public" / SCRIPT).read_bytes() == own.read_bytes()


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
def test_the_script_with_its_words_is_small_in_every_language(language):
    built = themed(theme_files(), Settings(language=language))[SCRIPT]
    assert len(gzip.compress(built, 9)) < BUDGET


def test_there_is_room_for_a_language_with_other_letters():
    source = theme_files()[SCRIPT]

    def in_other_letters(text: str) -> str:
        return re.sub("[a-z]", lambda letter: chr(0x430 + ord(letter[0]) * 7 % 32) * (1 + ord(letter[0]) % 2), text)

    assert len(gzip.compress(script(source, script_words(in_other_letters)), 9)) < BUDGET
