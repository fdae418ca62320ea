"""The words of the reader's script: all that it uses, none that it does not, and none that can break it."""

import gzip
import json
import re

from broadsheet.render.assets import SCRIPT, script, script_words, with_words
from broadsheet.render.theme import theme_files

BUDGET = 6 * 1024

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
    files = with_words(theme_files(), lambda text: f"«{text}»")
    assert words_in(files[SCRIPT])["close"] == "«Close»"
    assert files[SCRIPT].endswith(theme_files()[SCRIPT])
    assert {path: content for path, content in files.items() if path != SCRIPT} == {
        path: content for path, content in theme_files().items() if path != SCRIPT
    }


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


def test_the_script_with_its_words_is_small():
    source = theme_files()[SCRIPT]
    assert len(gzip.compress(script(source, script_words(str)), 9)) < BUDGET


def test_there_is_room_for_a_language_with_other_letters():
    source = theme_files()[SCRIPT]

    def in_other_letters(text: str) -> str:
        return re.sub("[a-z]", lambda letter: chr(0x430 + ord(letter[0]) * 7 % 32) * (1 + ord(letter[0]) % 2), text)

    assert len(gzip.compress(script(source, script_words(in_other_letters)), 9)) < BUDGET
