"""Whole sites as users build them: the example, the corpora, a seed-like record. Every link leads somewhere."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib
import pytest

ROOT = Path(__file__).parents[1]
RECORD = '---\ntitle: "A thing"\npublishedDateTime: 2024-05-31T08:00:00Z\n---\n'


class Links(HTMLParser):
    """Collects the addresses and the ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value is not None:
                self.addresses.append(value)
            elif name == "id" and value:
                self.ids.append(value)
            elif tag == "meta" and name == "content" and value and value.startswith("0; url="):
                self.addresses.append(value.removeprefix("0; url="))


def read_links(page: Path) -> Links:
    links = Links()
    links.feed(page.read_text(encoding="utf-8"))
    return links


def broken_links(output: Path, base_path: str = "/") -> list[str]:
    """Return every internal link of every page that leads to no file, or to no place in it."""
    pages = {page: read_links(page) for page in output.rglob("*.html")}
    broken = []
    for page, links in pages.items():
        for address in links.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            assert parts.path.startswith(base_path) or not parts.path, f"{page}: {address}"
            target = output / unquote(parts.path[len(base_path) :]) if parts.path else page
            target = target / "index.html" if parts.path.endswith("/") else target
            known = not parts.fragment or (target in pages and unquote(parts.fragment) in pages[target].ids)
            if not target.is_file() or not known:
                broken.append(f"{page}: {address}")
    return broken


def assert_sound(output: Path, base_path: str = "/") -> None:
    assert broken_links(output, base_path) == []
    for page in output.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        html5lib.HTMLParser(strict=True).parse(text)
        ids = read_links(page).ids
        assert len(ids) == len(set(ids)), page


def build(run, site: Path, output: Path, *options: str):
    done = run("build", site, "--output", output, *options)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("base", ["https://example.org/", "https://example.org/a/news/"])
def test_every_page_of_the_example_site_is_well_formed_and_every_link_leads_somewhere(run, tmp_path, base):
    build(run, ROOT / "site", tmp_path / "out", "--base-url", base, "--strict")
    assert_sound(tmp_path / "out", urlsplit(base).path)


def test_every_page_of_a_site_without_stories_is_well_formed_and_every_link_leads_somewhere(run, tmp_path):
    shutil.copytree(ROOT / "site", tmp_path / "site", ignore=shutil.ignore_patterns("public", ".broadsheet"))
    with (tmp_path / "site/broadsheet.yaml").open("a") as settings:
        settings.write("\nstories:\n  group: false\n")
    build(run, tmp_path / "site", tmp_path / "out")
    assert_sound(tmp_path / "out")


@pytest.mark.parametrize("name", ["powerapps", "azure-2020h1"])
def test_a_real_site_builds_without_settings_or_problems(run, tmp_path, corpus, name):
    done = build(run, corpus / name, tmp_path / "out", "--strict")
    assert re.findall(r": (?:error|warning): ", done.stderr) == []
    assert broken_links(tmp_path / "out") == []


def test_the_seeds_alone_give_a_digest(run, tmp_path, corpus):
    seeds = sorted((corpus.parent / "seeds").glob("*.md"))
    assert len(seeds) == 2
    site = tmp_path / "site"
    site.mkdir()
    for seed in seeds:
        shutil.copy(seed, site)
    build(run, site, tmp_path / "out", "--strict")
    assert_sound(tmp_path / "out")
    text = {
        page.relative_to(tmp_path / "out").as_posix(): page.read_text() for page in (tmp_path / "out").rglob("*.html")
    }
    assert {"topics/ai/index.html", "topics/ai-in-healthcare/index.html"} <= text.keys()
    for seed in seeds:
        content = seed.read_text(encoding="utf-8")
        page = text[f"news/{seed.stem}/index.html"]
        for url in re.findall(r'^    webUrl: "(.*)"$', content, re.MULTILINE):
            assert f'href="{url}"' in page
        assert f'href="/news/{seed.stem}/"' in text["index.html"]
    secrets = [re.search(rb'^secured: "([^;]+)', seed.read_bytes(), re.MULTILINE)[1] for seed in seeds]
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file():
            assert not any(secret[at : at + 24] in file.read_bytes() for secret in secrets for at in range(0, 96, 24))


def test_a_jekyll_checkout_takes_its_settings_from_its_own_file(run, tmp_path):
    site = tmp_path / "site"
    (site / "_news").mkdir(parents=True)
    (site / "_posts").mkdir()
    (site / "_news/2024-05-31-a-thing.md").write_text(RECORD)
    (site / "_config.yml").write_text(
        "title: My checkout\nurl: https://example.org\nbaseurl: /news\nlocale: en_GB\nplugins: [x]\n"
    )
    done = build(run, site, tmp_path / "out")
    page = (tmp_path / "out/index.html").read_text()
    assert "My checkout" in page
    assert '<link rel="canonical" href="https://example.org/news/">' in page
    assert '<html lang="en-GB"' in page
    assert done.stderr.count("_posts") == 1


def test_a_bare_folder_needs_no_settings_and_its_readme_is_no_broken_record(run, tmp_path):
    site = tmp_path / "my-records"
    site.mkdir()
    (site / "README.md").write_text("# About these records\n")
    (site / "2024-05-31-a-thing.md").write_text(RECORD)
    done = build(run, site, site / "public", "--strict")
    assert "README" not in done.stderr
    assert "<title>News</title>" in (site / "public/index.html").read_text()


def test_building_twice_writes_nothing_the_second_time(run, tmp_path):
    build(run, ROOT / "site", tmp_path / "out")
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*")}
    done = build(run, ROOT / "site", tmp_path / "out")
    assert re.search(r"files written +0\b", done.stdout)
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*")} == before


def test_a_site_without_latest_sources_archive_and_feeds_of_lists_links_to_none_of_them(run, tmp_path):
    site = tmp_path / "site"
    shutil.copytree(ROOT / "site", site, ignore=shutil.ignore_patterns("public", ".broadsheet"))
    settings = site / "broadsheet.yaml"
    less = "pages: {latest: false, sources: false, archive: false}\nfeeds:\n  lists: false\n  size: 50\n"
    settings.write_text(settings.read_text(encoding="utf-8").replace("feeds:\n", less), encoding="utf-8")
    done = run("build", site, "--base-url", "https://news.example/")
    assert done.returncode == 0, done.stderr
    output = site / "public"
    assert_sound(output)
    assert not [name for name in ("latest", "sources", "archive", "feeds.opml") if (output / name).exists()]
    feeds = {path.relative_to(output).as_posix() for path in output.rglob("feed.xml")}
    assert feeds == {"feed.xml", "editions/feed.xml"}
    assert (output / "feed.xml").read_text(encoding="utf-8").count("<entry>") == 50
    pages = "".join(path.read_text(encoding="utf-8") for path in output.rglob("*.html"))
    assert "/latest/" not in pages
    assert "/sources/" not in pages
    assert "/archive/" not in pages
