"""A site that can be searched, built again and again: when its index is made anew, and when it stays."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

INDEX = "pagefind/"


@pytest.fixture
def site(record, tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    for number in range(3):
        record(folder / "_news", f"2024-05-0{number + 1}-r{number}.md", title=f"Tram {number} derailed", heat=number)
    write_settings(folder)
    return folder


def write_settings(folder: Path, **settings) -> None:
    values = {"title": "Trams", "base_url": "https://tram.example.org/daily/", "search": True, **settings}
    (folder / "broadsheet.yaml").write_text(yaml.safe_dump(values))


@pytest.fixture
def made_anew(run, site):
    """Build, and return why the index was made anew, or None."""

    def build(*options: str) -> str | None:
        done = run("build", site, "--explain", *options)
        assert done.returncode == 0, done.stderr
        return next((line.partition(": ")[2] for line in done.stdout.splitlines() if line.startswith(INDEX)), None)

    return build


def index_of(site: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in (site / "public" / INDEX).rglob("*")
        if path.is_file()
    }


def test_there_is_a_search_page_only_where_it_is_asked_for(made_anew, site):
    made_anew()
    page = (site / "public/search/index.html").read_text()
    assert 'data-bundle="/daily/pagefind/"' in page
    assert re.search(r'<script type="module" src="/daily/theme/search\.js\?v=\w+">', page)
    assert "search" not in (site / "public/sitemap.xml").read_text()
    others = [path for path in (site / "public").rglob("*.html") if path.parent.name != "search"]
    assert not [path for path in others if "search.js" in path.read_text()]
    write_settings(site, search=False)
    assert made_anew() is None
    assert not (site / "public/search").exists()
    assert not (site / "public/pagefind").exists()


def test_the_index_stays_while_what_can_be_searched_for_is_the_same(made_anew, record, site):
    assert made_anew() == "it is new"
    before = index_of(site)
    (site / "templates").mkdir()
    (site / "templates/_row.html").write_text("<p>row</p>")
    assert made_anew() is None
    record(
        site / "_news", "2024-05-01-r0.md", title="Tram 0 derailed", heat=99, images=[{"url": "https://x.org/i.png"}]
    )
    assert made_anew() is None
    write_settings(site, description="A new description", base_url="https://other.example.org/")
    assert made_anew() is None
    assert index_of(site) == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Ferry sunk"},
        {"excerpt": "Three stops."},
        {"topics": ["Boats"]},
        {"publishedDateTime": "2023-01-01T00:00:00Z"},
        {"draft": True},
        {"body": "Words."},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_index_is_made_anew_when_what_can_be_searched_for_changes(made_anew, record, site, change):
    made_anew()
    record(site / "_news", "2024-05-01-r0.md", **{"title": "Tram 0 derailed", "heat": 0, **change})
    assert made_anew() == "changed: what can be searched for"
    assert made_anew() is None


def test_the_index_is_made_anew_when_the_language_changes(made_anew, site):
    made_anew()
    write_settings(site, language="de")
    assert "the language" in str(made_anew())
    assert (site / "public/pagefind/wasm.de.pagefind").is_file()
    assert not (site / "public/pagefind/wasm.en.pagefind").exists()


def test_a_file_of_the_index_that_is_gone_or_changed_brings_all_of_it_back(made_anew, site):
    made_anew()
    fragment = next((site / "public" / INDEX).rglob("*.pf_fragment"))
    fragment.unlink()
    assert made_anew() == "the file in the output is gone, or not as it was left"
    assert len(list((site / "public" / INDEX).rglob("*.pf_fragment"))) == 3
    (site / "public/pagefind/pagefind.js").write_text("changed")
    assert made_anew() == "the file in the output is gone, or not as it was left"
    assert made_anew() is None


def test_stale_files_of_the_index_go_and_those_of_others_stay(made_anew, record, site):
    made_anew()
    (site / "public/pagefind/foreign.txt").write_text("not ours")
    before = set(index_of(site))
    record(site / "_news", "2024-05-01-r0.md", title="Ferry sunk")
    made_anew()
    after = set(index_of(site))
    assert "foreign.txt" in after
    assert len([name for name in after if name.endswith(".pf_fragment")]) == 3
    assert before - after


def test_a_clean_build_makes_the_index_anew_and_a_verified_one_compares_what_it_is_made_of(run, made_anew, site):
    made_anew()
    assert made_anew("--clean") == "it is new"
    done = run("build", site, "--verify", "--profile")
    assert done.returncode == 0, done.stderr
    assert "verified" in done.stdout
    assert "the search index" in done.stdout


def test_a_static_file_in_the_folder_of_the_index_is_left_out_and_named(run, site):
    (site / "static/pagefind").mkdir(parents=True)
    (site / "static/pagefind/pagefind.js").write_text("mine")
    done = run("build", site)
    assert "static/pagefind/pagefind.js: warning: its place /pagefind/pagefind.js is that of" in done.stderr
    assert (site / "public/pagefind/pagefind.js").read_text() != "mine"
    write_settings(site, search=False)
    assert run("build", site, "--strict").returncode == 0
    assert (site / "public/pagefind/pagefind.js").read_text() == "mine"
    write_settings(site)
    assert run("build", site).returncode == 0
    assert (site / "public/pagefind/pagefind.js").read_text() != "mine"


def test_without_pagefind_the_last_site_stays_as_it_was(made_anew, record, site):
    made_anew()
    before = {path: path.read_bytes() for path in (site / "public").rglob("*") if path.is_file()}
    record(site / "_news", "2024-05-01-r0.md", title="Ferry sunk")
    code = (
        "import sys; sys.modules.update(pagefind_bin=None, pagefind_bin_extended=None);"
        "from broadsheet.cli import run; run()"
    )
    command = [sys.executable, "-c", code, "build", str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "`search: true` needs Pagefind, which is not installed" in done.stderr
    assert 'hint: pip install "broadsheet[search]"' in done.stderr
    assert {path: path.read_bytes() for path in (site / "public").rglob("*") if path.is_file()} == before


def test_a_file_of_somebody_else_in_the_place_of_one_of_the_index_is_not_overwritten(run, site):
    (site / "public/pagefind").mkdir(parents=True)
    (site / "public/pagefind/pagefind.js").write_text("not ours")
    done = run("build", site)
    assert done.returncode == 1
    assert "pagefind/pagefind.js" in done.stderr
    assert (site / "public/pagefind/pagefind.js").read_text() == "not ours"
    shutil.rmtree(site / "public")
    assert run("build", site).returncode == 0
