"""What plays the manual notices what is wrong with a page: every test but the first few is a page that must fail."""

import os
import re
import select
import sys
from pathlib import Path

import pytest
from manual_blocks import PageError
from manual_pages import play
from manual_stage import Stage

# What asks a server, and goes by the proxies that the environment names.
ASK = "python3 -c 'from urllib.request import urlopen; print(urlopen(\"{}\").read().decode().strip())'"


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path / "stage", patience=60)
    yield stage
    stage.close()


@pytest.fixture
def read(stage, tmp_path):
    """Play a text as a page."""

    def read(text: str) -> None:
        page = tmp_path / "page.md"
        page.write_text(text, encoding="utf-8")
        play(page, "page.md", stage)

    return read


@pytest.fixture
def complaint(read):
    """Play a text as a page that fails, and return what is said of it."""

    def complaint(text: str) -> str:
        with pytest.raises(PageError) as raised:
            read(text)
        return str(raised.value)

    return complaint


def fence(language: str, *lines: str, indent: str = "") -> str:
    return "".join(f"{indent}{line}\n" for line in (f"```{language}", *lines, "```", ""))


def test_the_shell_stays_from_block_to_block_and_a_fresh_one_knows_nothing(read):
    read(
        fence("sh", "mkdir a", "cd a", "export X='two words'")
        + fence("sh", 'test "$(basename "$PWD")/$X" = "a/two words"')
        + "<!-- fresh -->\n\n"
        + fence("sh", 'test -z "$(ls)$X"')
    )


def test_blocks_in_lists_are_found(complaint):
    text = "1. First:\n\n" + fence("sh", "true", indent="   ") + "2. Then:\n\n" + fence("sh", "false", indent="   ")
    assert complaint(text).startswith("page.md:10: `false` ended with 1, not with 0")


def test_a_failing_command_is_named_with_its_line_and_what_it_printed(complaint):
    said = complaint("# Page\n\n" + fence("sh", "true", "ls there-is-none", "true"))
    assert said.startswith("page.md:5: `ls there-is-none` ended with 2, not with 0\n")
    assert "No such file" in said


def test_a_failing_command_of_ours_is_named_with_its_line(complaint):
    assert complaint(fence("sh", "true", "broadsheet build --no-such-option")).startswith(
        "page.md:3: `broadsheet build --no-such-option` ended with 2, not with 0\n"
    )


def test_a_command_that_fails_within_a_pipe_is_noticed(complaint):
    assert "ended with 1" in complaint(fence("sh", "false | cat"))


def test_a_status_is_held_to_what_the_page_says(read, complaint):
    read("<!-- status: 3 -->\n\n" + fence("sh", "(exit 3)"))
    assert "ended with 0, not with 3" in complaint("<!-- status: 3 -->\n\n" + fence("sh", "true"))


def test_a_command_that_does_not_end_is_ended(read, tmp_path, stage):
    stage.patience = 1
    with pytest.raises(PageError, match="ended with 124, not with 0 within 1 seconds"):
        read(fence("sh", "echo $$ >pid", "tail -f /dev/null"))
    with pytest.raises(ProcessLookupError):
        os.kill(int((stage.folder / "pid").read_text()), 0)


def test_output_that_is_not_printed_fails(read, complaint):
    read(fence("sh", "echo one; echo two >&2") + "<!-- output -->\n\n" + fence("text", "one", "two"))
    said = complaint(fence("sh", "echo one") + "\n<!-- output -->\n\n" + fence("text", "won"))
    assert said.startswith("page.md:8: this is not what is printed:\n")
    assert "-won\n+one" in said


def test_output_is_compared_whole(complaint):
    shown = "<!-- output -->\n\n" + fence("text", "one")
    assert "+two" in complaint(fence("sh", "echo one", "echo two") + shown)


def test_an_ellipsis_stands_for_a_part_of_a_line_or_for_lines_and_a_duration_for_any(read, complaint):
    command = fence("sh", "echo built 12 pages in 0.31 s", "echo a", "echo b", "echo the end")
    read(f"{command}<!-- output -->\n\n" + fence("text", "built … pages in 14 ms", "…", "the end"))
    assert "not what is printed" in complaint(
        f"{command}<!-- output -->\n\n" + fence("text", "built … pages in 14 ms", "…", "b")
    )


def test_what_a_console_shows_is_compared_command_by_command(read, complaint):
    read(fence("console", "$ echo one", "one", "$ mkdir folder", "$ ls", "folder"))
    assert "+one" in complaint(fence("console", "$ echo one", "won", "$ true"))


def test_a_part_of_a_file_has_to_be_in_it(read, complaint):
    made = fence("sh", r"printf '<a>\n  <b/>\n  <c/>\n</a>\n' >a.xml")
    read(f"{made}<!-- output: a.xml -->\n\n" + fence("xml", "<b/>", "<c/>"))
    assert "no part of the file" in complaint(f"{made}<!-- output: a.xml -->\n\n" + fence("xml", "<b/>", "</a>"))
    assert "there is no file b.xml" in complaint(f"{made}<!-- output: b.xml -->\n\n" + fence("xml", "<b/>"))


@pytest.mark.parametrize(
    ("shown", "wrong"),
    [
        ('{"count": 1, "items": [{"title": "x"}]}', None),
        ('{"count": "1"}', ".count is 7"),
        ('{"total": 1}', "has no 'total'"),
        ('{"items": [{"name": "x"}]}', ".items[] has no 'name'"),
    ],
)
def test_json_is_compared_in_its_shape(read, complaint, shown, wrong):
    printed = '{"count": 7, "items": [{"title": "a", "id": 1}], "more": null}'
    text = fence("sh", f"echo '{printed}'") + "<!-- output -->\n\n" + fence("json", shown)
    if wrong:
        assert wrong in complaint(text)
    else:
        read(text)


@pytest.mark.parametrize("language", ["", "rust", "text", "yaml", "html", "markdown"])
def test_a_block_that_nothing_knows_how_to_run_fails(complaint, language):
    assert complaint(fence(language, "some: thing")).startswith("page.md:1: nothing ")


def test_code_that_is_only_indented_fails(complaint):
    assert "between fences" in complaint("Say:\n\n    make world\n")


def test_a_directive_without_a_block_fails(complaint):
    assert complaint("<!-- output -->\n\nSome text.\n") == "page.md:3: no block follows on the directive output"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (fence("yaml", "home:", "  order: coldest"), "order"),
        (fence("yaml", "# broadsheet.yaml", "titel: x"), "titel"),
        (fence("yaml", "# broadsheet.yaml", "title: ["), "no YAML"),
        (fence("markdown", "---", "title: x", "publishedDateTime: never", "---"), "page.md:3 is not built"),
        # The block stands for one that uses a name which no page is given.
        (fence("html", '{% extends "default/story.html" %}', "{% block video %}{{ nobody }}{% endblock %}"), "nobody"),
        (fence("html", "<!-- templates/no-such.html -->"), "the theme has no templates/no-such.html"),
        (fence("yaml", "- uses: actions/checkout@v4", "  width: {}"), "vendor.github-workflows"),
        (fence("yaml", "- run: broadsheet biuld"), "`broadsheet biuld` ended with 2"),
        ("Into `.vscode/settings.json`:\n\n" + fence("json", "{,}"), "no json"),
        ("Into `static/own.css`:\n\n" + fence("css", "a { color: red"), "a brace is not closed"),
        (fence("python", "raise SystemExit(4)"), "ended with 4"),
        ("Into `settings/x.yaml`:\n\n" + fence("yaml", "a: 1"), "settings/x.yaml is no file of a site"),
    ],
    ids=lambda value: value if "```" not in value else "",
)
def test_a_file_that_its_reader_refuses_fails(complaint, text, said):
    assert said in complaint(f"<!-- site: my-site -->\n\n{text}")


def test_settings_take_the_place_of_the_same_ones_and_leave_the_others(read, stage):
    read("<!-- site: my-site -->\n\n" + fence("yaml", "title: Another") + fence("yaml", "home:", "  days: 3"))
    settings = (stage.site / "broadsheet.yaml").read_text()
    assert re.findall(r"^\w+", settings, re.MULTILINE) == ["description", "base_url", "topic", "title", "home"]


def test_what_is_replaced_by_a_later_block_is_built_before(complaint):
    head = fence("html", "<!-- templates/_head.html -->", "{{ nobody }}")
    said = complaint("<!-- site: my-site -->\n\n" + head + fence("html", "<!-- templates/_head.html -->"))
    assert "page.md:3 is not built" in said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ('pip install "broadsheet[serve,no-such]"', "no such extra: no-such"),
        ('pip install ".[serve]"', "there is no package in"),
        ("pip install 'a b'", "InvalidRequirement"),
        ("python3 -m pip install --quiet", "nothing is asked for"),
        ("pipx install 'broadsheet[no-such]'", "no such extra"),
        ("uvx --from 'broadsheet[no-such]' broadsheet build", "no such extra"),
        ("make no-such-target", "no-such-target"),
        (ASK.format("https://example.org/"), "Connection refused"),
    ],
)
def test_what_stands_in_for_a_program_looks_at_what_is_asked_for(complaint, command, said):
    assert said in complaint(fence("sh", command))


def test_an_environment_is_made_and_entered(read):
    lines = ["python3 -m venv env", ". env/bin/activate", 'pip install "broadsheet[serve]>=0.1"']
    read(fence("sh", *lines) + fence("sh", 'test "$(which broadsheet)" = "$VIRTUAL_ENV/bin/broadsheet"'))


@pytest.mark.slow
def test_the_environment_of_a_checkout_can_be_made_anew_and_that_of_the_tests_stays(read):
    before = {path.name: path.lstat().st_mtime_ns for path in Path(sys.executable).parent.iterdir()}
    lines = ["python3 -m venv .venv", ". .venv/bin/activate", 'pip install ".[serve]"', "broadsheet --version"]
    read("<!-- fresh: checkout -->\n\n" + fence("sh", *lines))
    assert {path.name: path.lstat().st_mtime_ns for path in Path(sys.executable).parent.iterdir()} == before


def test_a_preview_is_looked_at_and_ended(read):
    read(
        "<!-- site: my-site -->\n\n"
        + fence("sh", "broadsheet serve my-site --port 0")
        + "<!-- output -->\n\n"
        + fence("text", "…", "my-site is shown at http://127.0.0.1:8000/ (Ctrl-C ends it)", "…", "ended")
    )


@pytest.mark.parametrize(
    ("says", "status"),
    [("", 137), ("http://127.0.0.1:9/", 1)],
    ids=["nothing", "where nobody answers"],
)
def test_a_preview_that_does_not_show_its_site_fails_and_is_ended(complaint, stage, says, status):
    stage.environment["SERVE_SECONDS"] = "1"
    fake = [
        "mkdir programs",
        f"printf '#!/bin/sh\necho $$ >pid\necho {says}\nexec tail -f /dev/null' >programs/broadsheet",
    ]
    run = ["chmod +x programs/broadsheet", 'PATH="$PWD/programs:$PATH"', "broadsheet serve"]
    assert f"`broadsheet serve` ended with {status}" in complaint(fence("sh", *fake, *run))
    with pytest.raises(ProcessLookupError):
        os.kill(int((stage.folder / "pid").read_text()), 0)


def test_a_name_can_stand_for_another_and_is_said_back(read):
    read(
        "<!-- replace: /srv/www = $PWD/www -->\n\n"
        + fence("sh", "mkdir /srv/www", "ls -d /srv/www")
        + "<!-- output -->\n\n"
        + fence("text", "/srv/www")
    )


def test_a_server_gives_files_at_the_address_of_the_page(read):
    read(
        "<!-- run: mkdir web && echo news >web/feed.xml -->\n<!-- with: web https://news.example.org/ = web -->\n\n"
        + fence("sh", ASK.format("https://news.example.org/feed.xml"))
        + "<!-- output -->\n\n"
        + fence("text", "news")
    )


@pytest.mark.slow
def test_a_checkout_has_all_files_and_its_quick_targets_run(read, stage):
    read("<!-- fresh: checkout -->\n\n" + fence("sh", "make messages", "test -f pyproject.toml -a -d templates"))


def test_nothing_is_left_of_what_a_block_starts(read, stage):
    os.mkfifo(stage.folder / "pipe")
    held = os.open(stage.folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        read(fence("sh", "exec 3>pipe", "tail -f /dev/null &"))
        # Told as soon as nobody holds it open for writing any more.
        poll = select.poll()
        poll.register(held)
        assert poll.poll(30_000) == [(held, select.POLLHUP)]
    finally:
        os.close(held)
