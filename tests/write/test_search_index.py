"""Pagefind's files: what is in them, and what is told where they can not be made."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from broadsheet.model import SearchEntry
from broadsheet.problems import SiteError
from broadsheet.write import search_index as module
from broadsheet.write.search_index import search_advice, search_index

SITE = Path("site")
ENTRY = SearchEntry(
    "news/caf%C3%A9/",
    '<img src=x onerror="evil()"> & "title"',
    "Text of <b>it</b> &amp; more, 東京",
    "Post",
    "10 May 2024",
    "2024-05-10",
    "2024-05-10T12:00:00Z",
    ("A & B", "C#"),
    ("Post", "Wire"),
)


def decoded(files):
    """The files by path; those that Pagefind compresses as they were."""
    return {f.path: gzip.decompress(f.content) if ".pf_" in f.path else f.content for f in files}


def fragments(files):
    found = [content for path, content in decoded(files).items() if path.endswith(".pf_fragment")]
    return [json.loads(content.removeprefix(b"pagefind_dcd")) for content in found]


def test_an_entry_gets_into_the_index_as_it_is():
    (fragment,) = fragments(search_index([ENTRY], "en", SITE))
    assert fragment["url"] == ENTRY.url
    assert fragment["content"] == ENTRY.text
    assert fragment["filters"] == {"topic": ["A & B", "C#"], "source": ["Post", "Wire"], "year": ["2024"]}
    assert fragment["meta"]["title"] == ENTRY.title
    assert fragment["meta"]["date"] == "10 May 2024"
    assert "image" not in fragment["meta"]


def test_all_files_lie_in_one_folder_and_none_is_of_pagefinds_own_interfaces():
    files = decoded(search_index([ENTRY], "en", SITE))
    assert {"pagefind/pagefind.js", "pagefind/pagefind-entry.json", "pagefind/wasm.en.pagefind"} <= files.keys()
    assert all(path.startswith("pagefind/") for path in files)
    assert not [path for path in files if "ui" in path or "worker" in path or "highlight" in path]


@pytest.mark.parametrize("language", ["en", "pt-BR", "he", "zh-Hant", "xx"])
def test_an_index_is_of_the_language_of_the_site(language):
    files = decoded(search_index([ENTRY], language, SITE))
    entry = json.loads(files["pagefind/pagefind-entry.json"])
    assert list(entry["languages"]) == [language.lower()]


def test_no_entries_make_an_index_in_which_nothing_is_found():
    files = search_index([], "en", SITE)
    assert fragments(files) == []
    assert "pagefind/pagefind-entry.json" in decoded(files)


@pytest.mark.parametrize(("title", "text"), [("Tram", ""), ("Tram", "\u2026"), ("", ""), ("\N{TRAM CAR} !", "\u2014")])
def test_a_story_of_next_to_no_words_is_in_the_index_too(title, text):
    (fragment,) = fragments(search_index([structs.replace(ENTRY, title=title, text=text)], "en", SITE))
    assert fragment["url"] == ENTRY.url
    assert fragment["meta"]["title"] == title


@pytest.mark.parametrize(
    "text", ["\u0e17\u0e23\u0e32\u0e21", "\u6771\u4eac", "\u05d7\u05e9\u05de\u05dc", "7", "\u2162"]
)
@pytest.mark.parametrize("language", ["en", "th", "he"])
def test_a_word_of_any_script_is_a_word(text, language):
    assert len(fragments(search_index([structs.replace(ENTRY, text=text)], language, SITE))) == 1


def test_thousands_of_entries_are_neither_lost_nor_wait_for_each_other():
    entries = [structs.replace(ENTRY, url=f"news/{n}/") for n in range(3000)]
    assert len({fragment["url"] for fragment in fragments(search_index(entries, "en", SITE))}) == 3000


def test_pagefind_takes_no_settings_from_where_it_is_run(tmp_path, monkeypatch):
    (tmp_path / "pagefind.toml").write_text('output_path = "elsewhere"\nroot_selector = "none"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAGEFIND_FORCE_LANGUAGE", "de")
    monkeypatch.setenv("PAGEFIND_BINARY_PATH", "/nowhere")
    files = decoded(search_index([ENTRY], "en", SITE))
    assert "pagefind/wasm.en.pagefind" in files
    assert [path.name for path in tmp_path.iterdir()] == ["pagefind.toml"]


def test_nothing_is_printed_and_no_process_stays(capfd, monkeypatch):
    started = []

    class Watched(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    search_index([ENTRY], "en", SITE)
    assert capfd.readouterr() == ("", "")
    (process,) = started
    assert process.returncode is not None, "it has ended, and its end was noticed"


# Failures.


def failing(tmp_path, monkeypatch, code):
    program = tmp_path / "pagefind"
    program.write_text(f"#!{sys.executable}\nimport sys, base64\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(module, "_found", lambda package: program)
    with pytest.raises(SiteError) as caught:
        search_index([ENTRY] * 3000, "en", SITE)
    (problem,) = caught.value.problems
    assert problem.place.file == "site"
    return problem.message


def test_without_pagefind_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pagefind_bin", None)
    monkeypatch.setitem(sys.modules, "pagefind_bin_extended", None)
    with pytest.raises(SiteError) as caught:
        search_index([ENTRY], "en", SITE)
    (problem,) = caught.value.problems
    assert "not installed" in problem.message
    assert 'pip install "broadsheet[search]"' in problem.hint


def test_what_pagefind_says_before_it_ends_is_told(tmp_path, monkeypatch):
    message = failing(tmp_path, monkeypatch, 'sys.exit("no room left")')
    assert message == "the search index can not be made: Pagefind: no room left"


def test_an_error_among_the_answers_is_told(tmp_path, monkeypatch):
    answer = '{"message_id": 0, "payload": {"type": "Error", "message": "it is too much"}}'
    code = f"print(base64.b64encode({answer!r}.encode()).decode(), end=',')"
    assert failing(tmp_path, monkeypatch, code).endswith("Pagefind: it is too much")


def test_answers_that_make_no_sense_are_an_error(tmp_path, monkeypatch):
    assert "makes no sense" in failing(tmp_path, monkeypatch, "print('?' * 100 + ',')")


def test_a_program_that_can_not_be_run_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_found", lambda package: tmp_path / "nothing")
    with pytest.raises(SiteError) as caught:
        search_index([ENTRY], "en", SITE)
    assert "can not be made" in caught.value.problems[0].message


@pytest.mark.parametrize(("language", "notes"), [("zh-Hant", 1), ("ja", 1), ("TH", 1), ("en", 0), ("he", 0)])
def test_a_note_says_where_words_can_not_be_told_apart(language, notes, monkeypatch):
    monkeypatch.setitem(sys.modules, "pagefind_bin_extended", None)
    found = search_advice(language, SITE)
    assert len(found) == notes
    assert all("pagefind_bin_extended" in problem.hint for problem in found)
