"""The file of HTTP headers: its form, and that it never takes from a page what the page's own policy allows."""

from pathlib import Path

import pytest

from broadsheet.config import Settings
from broadsheet.render.headers import header_files
from broadsheet.render.security import page_policy, site_policy
from broadsheet.render.theme import theme_files

ROOT = Path(__file__).parents[2]


def rules(text: str) -> dict[str, dict[str, str]]:
    """Read a file of headers as hosts do: a path, and below it, indented, headers; lines with `#` are comments."""
    found: dict[str, dict[str, str]] = {}
    below: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            assert line.startswith("/")
            assert line not in found
            below = found[line] = {}
        else:
            name, colon, value = line.strip().partition(": ")
            assert colon
            assert name not in below
            below[name] = value
    return found


def headers_of(settings: Settings) -> dict[str, dict[str, str]]:
    return rules(header_files(settings)["_headers"].decode("ascii"))


def policy(text: str) -> dict[str, set[str]]:
    return {name: set(values.split()) for name, _, values in (part.partition(" ") for part in text.split("; "))}


def test_everything_is_sent_with_a_policy_and_without_guesses_and_powers():
    everywhere = headers_of(Settings())["/*"]
    assert policy(everywhere["Content-Security-Policy"])["frame-ancestors"] == {"'none'"}
    assert everywhere["X-Content-Type-Options"] == "nosniff"
    assert everywhere["Referrer-Policy"] == "strict-origin-when-cross-origin"
    for power in ("camera", "microphone", "geolocation", "browsing-topics"):
        assert f"{power}=()" in everywhere["Permissions-Policy"].split(", ")


def test_the_rules_are_those_of_the_path_that_the_site_is_published_at():
    found = headers_of(Settings(base_url="https://user.example.org/repo/"))
    assert all(path.startswith("/repo/") for path in found)
    assert "/repo/*" in found


@pytest.mark.parametrize("has_video", [True, False])
@pytest.mark.parametrize("kind", ["home", "story", "search", "plain", "redirect"])
def test_the_outer_bound_allows_whatever_a_page_allows(kind, has_video):
    outer = policy(site_policy(Settings()))
    for name, values in policy(page_policy(Settings(), kind, has_video=has_video)).items():
        assert name not in outer or values <= outer[name] or values == {"'none'"}


def test_no_policy_allows_scripts_or_styles_that_stand_in_a_page():
    for text in (site_policy(Settings()), page_policy(Settings(), "search", has_video=True)):
        assert "unsafe-inline" not in text
        assert "'unsafe-eval'" not in text


def test_only_files_that_pages_name_by_their_version_are_kept_for_ever():
    kept = {path for path, headers in headers_of(Settings()).items() if "immutable" in headers.get("Cache-Control", "")}
    assert kept
    assert {path.removeprefix("/") for path in kept} <= set(theme_files())
    style = theme_files()["theme/broadsheet.css"].decode()
    for path in kept:
        assert path.rpartition("/")[2] not in style, "the style sheet names files without a version"


def test_hosts_take_the_file_as_it_is_long():
    text = header_files(Settings())["_headers"].decode()
    assert max(map(len, text.splitlines())) < 2000
    assert len(rules(text)) < 100


# Whole sites, by the command.


def test_a_site_has_the_file_unless_it_wants_none(run, record, tmp_path):
    record(tmp_path / "_news")
    assert run("build", tmp_path, "--strict").returncode == 0
    assert "/*" in rules((tmp_path / "public/_headers").read_text())
    (tmp_path / "broadsheet.yaml").write_text("headers: false\n")
    assert run("build", tmp_path, "--strict").returncode == 0
    assert not (tmp_path / "public/_headers").exists()


@pytest.mark.parametrize("settings", ["headers: true\n", "headers: false\n"])
def test_a_sites_own_file_takes_the_place_of_ours_without_a_word(run, record, tmp_path, settings):
    record(tmp_path / "_news")
    (tmp_path / "broadsheet.yaml").write_text(settings)
    (tmp_path / "static").mkdir()
    (tmp_path / "static/_headers").write_text("/*\n  X-Mine: 1\n")
    done = run("build", tmp_path, "--strict")
    assert done.returncode == 0, done.stderr
    assert "_headers" not in done.stderr
    assert (tmp_path / "public/_headers").read_text() == "/*\n  X-Mine: 1\n"
