"""The setting `images`, by whole builds: where pictures come from, and that pages name no other place."""

import json
import re
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time_ns
from typing import Any

import html5lib
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings
from broadsheet.last_build import Asked, BuildResult, Memory
from broadsheet.model import MANIFEST, Image, Organization, Provider, Record, Sources
from broadsheet.pictures.gather import Outside
from broadsheet.pipeline import Means, build, differences
from broadsheet.problems import Severity, SiteError
from broadsheet.read.disk import Disk
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.render.cards import Cards
from broadsheet.render.pictures import pictures_from_elsewhere
from broadsheet.render.security import page_policy
from broadsheet.serve.workshop import Order, Workshop
from broadsheet.workers import Workers

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
OUTSIDE = Outside(lambda address: address == "127.0.0.1")
ELSEWHERE = "127.0.0.1:"


class Site:
    """A small site whose pictures are all at one press."""

    def __init__(self, root: Path, press: Any, record, mode: str, base_url: str = "https://tram.example.org/") -> None:
        self.root = root
        self.now = NOW
        self.press = press
        self.write_settings(images=mode, base_url=base_url)
        pictures = {
            1: [{"url": press.url("/wide.png"), "width": 9, "height": 9, "title": "A bridge"}],
            2: [{"url": press.url("/gone.png"), "width": 640, "height": 360}],
            3: [{"url": "/static.png", "width": 5, "height": 5}, {"url": press.url("/never-shown.png")}],
            4: [{"url": "/not-there.png"}, {"url": press.url("/small.png")}],
            5: [{"url": press.url("/page.html")}],
        }
        for number in range(1, 10):
            record(
                root / "_news",
                f"2024-06-0{number}-r{number}.md",
                title=f"Event number {number}, in words of its own {'abcdefghij'[number] * 5}",
                publishedDateTime=f"2024-06-0{number}T08:00:00Z",
                webUrl=f"https://paper{number}.example.org/x",
                images=pictures.get(number, [{"url": press.url("/shared.png")}]),
                provider={"name": f"Paper {number}", "domain": f"paper{number}.example.org"},
                body=f"Seen: ![bridge]({press.url('/body.png')}) and ![own](/static.png)\n" if number == 1 else "",
            )
        organization = {"domain": "paper1.example.org", "name": "Paper", "images": [{"url": press.url("/logo.png")}]}
        self.write("_data/organizations/paper1.md", f"---\n{yaml.safe_dump(organization)}---\n")
        items = [
            {
                "slug": "2024-06-01-r1",
                "title": "One",
                "image": {"url": press.url("/issue.png"), "width": 9, "height": 9},
            },
            {"slug": "2024-06-02-r2", "title": "Two", "image": {"url": "/static.png", "width": 5, "height": 5}},
        ]
        issue = {"start": "2024-06-01T07:00:00Z", "end": "2024-06-08T07:00:00Z", "date": "2024-06-08"}
        self.write("editions/2024-06-08.yaml", yaml.safe_dump({**issue, "sections": [{"topic": "X", "items": items}]}))
        self.write("static/static.png", "own")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def write_settings(self, **values: str) -> None:
        self.write("broadsheet.yaml", yaml.safe_dump({"title": "The Daily Tram", **values}))

    def build(self, workers: Workers | None = None) -> BuildResult:
        memory = Memory(Asked.of(self.root, None, None, None), "key")
        return memory.still_holds(self.now, self.started()) or self.build_anew(memory, workers)

    def build_anew(self, memory: Memory | None = None, workers: Workers | None = None) -> BuildResult:
        disk = Disk()
        settings = read_settings(self.root, None, disk)
        folders = find_folders(self.root, settings, None, None, disk)
        means = Means(memory, workers or Workers(), disk.trace, self.started(), outside=OUTSIDE)
        return build(folders, settings, self.now, means=means)

    def started(self) -> int:
        """Later than anybody could touch a file."""
        return time_ns() + 10_000_000_000

    def differences(self) -> list[str]:
        settings = read_settings(self.root)
        return differences(find_folders(self.root, settings), settings, self.now, Workers(), self.build())

    def files(self) -> dict[str, bytes]:
        public = self.root / "public"
        found = {p.relative_to(public).as_posix(): p for p in public.rglob("*") if p.is_file()}
        return {path: file.read_bytes() for path, file in sorted(found.items())}

    def images(self, path: str) -> list[dict[str, str]]:
        page = html5lib.parse(self.files()[path].decode(), treebuilder="etree", namespaceHTMLElements=False)
        return [dict(image.attrib) for image in page.iter("img") if image.get("class") != "logo"]


@pytest.fixture
def site(tmp_path, press, record, drawn):
    def site(mode: str, **options: str) -> Site:
        press.serve("/wide.png", drawn(2000, 1000))
        press.serve("/small.png", drawn(300, 200))
        press.serve("/logo.png", drawn(100, 100, mode="RGBA"))
        press.serve("/issue.png", drawn(600, 300, "JPEG"), "image/jpeg")
        press.serve("/page.html", b"<html>", "text/html")
        return Site(tmp_path / "site", press, record, mode, **options)

    return site


def pages_and_emails(files: dict[str, bytes]) -> dict[str, str]:
    return {path: data.decode() for path, data in files.items() if path.endswith((".html", ".eml"))}


IMAGES_NAMED = re.compile(r'(?:src|srcset|content)="([^"]*)"|"image": ?"([^"]*)"')


@pytest.mark.parametrize("mode", ["cache", "none"])
@pytest.mark.parametrize("base_url", ["https://tram.example.org/", "https://tram.example.org/a,b/deep/"])
def test_no_page_and_no_email_names_a_picture_from_elsewhere(site, mode, base_url):
    built = site(mode, base_url=base_url)
    result = built.build()
    pages = pages_and_emails(built.files())
    assert len(pages) > 20
    assert [path for path, text in pages.items() if ELSEWHERE in text] == []
    for path, text in pages.items():
        named = {a or b for a, b in IMAGES_NAMED.findall(text)}
        assert not [url for url in named if "press" in url or (".png" in url and "static.png" not in url)], path
    assert result.pages


def test_by_default_pages_show_pictures_from_where_they_are(site):
    built = site("link")
    built.build()
    assert built.images("news/2024-06-01-r1/index.html")[0]["src"] == built.press.url("/wide.png")
    assert built.press.requests == []
    assert Settings().images == "link"


def test_without_pictures_from_elsewhere_only_the_sites_own_are_shown(site):
    built = site("none")
    built.build()
    (image,) = built.images("news/2024-06-01-r1/index.html")
    assert (image["src"], image["alt"]) == ("/static.png", "own")
    assert built.images("news/2024-06-02-r2/index.html") == []
    assert built.images("news/2024-06-03-r3/index.html")[0]["src"].startswith("/static.png?v=")
    assert [image["src"][:11] for image in built.images("editions/2024-06-08/index.html")] == ["/static.png"]
    assert built.press.requests == []
    assert "og:image" not in built.files()["news/2024-06-01-r1/index.html"].decode()


@pytest.mark.parametrize("mode", ["cache", "none"])
def test_feeds_and_the_api_are_data_and_stay_as_they_are(site, mode):
    built = site("link")
    built.build()
    before = built.files()
    built.write_settings(images=mode, base_url="https://tram.example.org/")
    built.build()
    after = built.files()
    data = {path for path in before if path.endswith((".xml", ".json")) and not path.startswith(".")}
    assert len(data) > 10
    assert {path: after[path] for path in data} == {path: before[path] for path in data}
    assert any(ELSEWHERE.encode() in before[path] for path in data)


def test_copies_have_their_true_size_and_a_choice_of_files(site):
    built = site("cache", base_url="https://tram.example.org/daily/")
    built.build()
    files = built.files()
    wide, own = built.images("news/2024-06-01-r1/index.html")
    assert (wide["width"], wide["height"], wide["alt"]) == ("960", "480", "A bridge")
    names = re.findall(r"/daily/(images/[0-9a-f]{32}-(?:480|960)\.webp)\?v=\w{8} (480|960)w", wide["srcset"])
    assert [width for _, width in names] == ["480", "960"]
    assert wide["src"].startswith(f"/daily/{names[1][0]}?v=")
    assert wide["sizes"]
    assert own["src"] == "/daily/static.png"
    assert all(files[name][8:12] == b"WEBP" for name, _ in names)
    small = built.images("news/2024-06-04-r4/index.html")[0]
    assert (small["width"], small["height"], small.get("srcset")) == ("300", "200", None)
    logo = built.images("sources/paper1.example.org/index.html")[0]
    assert (logo["width"], logo["height"]) == ("100", "100")
    issue = built.images("editions/2024-06-08/index.html")[0]
    assert (issue["width"], issue["height"]) == ("600", "300")
    page = files["news/2024-06-01-r1/index.html"].decode()
    assert re.search(r'og:image" content="https://tram.example.org/daily/images/[0-9a-f]{32}-960.webp', page)


def test_exactly_what_pages_show_is_fetched(site):
    built = site("cache")
    built.build()
    shown = {"/wide.png", "/gone.png", "/small.png", "/page.html", "/logo.png", "/issue.png"}
    assert sorted(built.press.asked()) == sorted(shown)
    copies = {path for path in built.files() if path.startswith("images/")}
    text = "".join(pages_and_emails(built.files()).values())
    assert len(copies) == 6
    assert all(path in text for path in copies)


def test_a_drawing_stands_for_what_can_not_be_had_and_one_note_tells_of_it(site):
    built = site("cache")
    result = built.build()
    for page in ("news/2024-06-02-r2/index.html", "news/2024-06-05-r5/index.html"):
        image = built.images(page)[0]
        assert image["src"].startswith("/theme/placeholder.svg?v=")
        assert (image["width"], image["height"]) == ("480", "270")
        assert "og:image" not in built.files()[page].decode()
    notes = [problem for problem in result.problems if "elsewhere" in problem.message]
    assert [note.severity for note in notes] == [Severity.NOTE]
    assert notes[0].message == (
        "2 of 6 pictures from elsewhere can not be had: no picture of a kind that is taken (1), status 404 (1)"
    )
    assert "theme/placeholder.svg" in built.files()


def test_emails_name_no_copy_since_many_programs_do_not_show_its_format(site):
    built = site("cache")
    built.build()
    email = built.files()["editions/2024-06-08/email.html"].decode()
    assert ".webp" not in email
    assert "static.png" in email


def test_when_nothing_changed_nothing_is_fetched(site):
    built = site("cache")
    first = built.build()
    asked = len(built.press.requests)
    again = built.build()
    assert again.written.changed == 0
    assert "finding nothing changed" in dict(again.timings)
    assert again.problems == first.problems
    assert len(built.press.requests) == asked


def test_what_could_not_be_had_is_tried_again_after_a_day_though_nothing_else_changed(site, drawn):
    built = site("cache")
    built.build()
    built.press.serve("/gone.png", drawn(500, 500))
    built.now = NOW + timedelta(hours=23, minutes=59)
    assert "finding nothing changed" in dict(built.build().timings)
    built.now = NOW + timedelta(days=1)
    result = built.build()
    assert any("1 of 6 pictures" in problem.message for problem in result.problems)
    assert built.images("news/2024-06-02-r2/index.html")[0]["width"] == "500"
    assert {path for path in result.reasons if path.startswith("news/")} == {"news/2024-06-02-r2/index.html"}
    assert built.press.asked().count("/wide.png") == 1


def test_a_copy_that_was_damaged_is_fetched_again_though_nothing_else_changed(site):
    built = site("cache")
    built.build()
    before = built.files()
    copies = sorted((built.root / ".broadsheet/images").glob("*.webp"))
    copies[0].write_bytes(b"damaged")
    built.build()
    assert copies[0].read_bytes() != b"damaged"
    assert len(built.press.requests) == 6 + 1
    assert built.files() == before


def test_copies_that_are_no_longer_shown_leave_the_output(site):
    built = site("cache")
    built.build()
    (built.root / "_news/2024-06-04-r4.md").unlink()
    result = built.build()
    assert len([path for path in built.files() if path.startswith("images/")]) == 5
    assert result.written.deleted
    built.write_settings(images="none")
    built.build()
    assert not (built.root / "public/images").exists()


def test_the_same_image_cache_gives_the_same_bytes_on_any_machine_and_any_number_of_workers(site, tmp_path):
    built = site("cache")
    built.build()
    before = built.files()
    asked = len(built.press.requests)
    assert built.differences() == []
    for jobs in (1, 2):
        shutil.rmtree(built.root / "public")
        for path in (built.root / ".broadsheet").iterdir():
            path.unlink() if path.is_file() else None
        built.build_anew(workers=Workers(jobs))
        assert built.files() == before
    shutil.copytree(built.root, tmp_path / "copy")
    built.root = tmp_path / "copy"
    built.build()
    assert built.files() == before
    assert len(built.press.requests) == asked


def test_an_own_file_at_the_place_of_the_drawing_is_shown_instead(site):
    built = site("cache")
    built.write("static/theme/placeholder.svg", "<svg/>")
    built.build()
    assert built.files()["theme/placeholder.svg"] == b"<svg/>"
    assert built.images("news/2024-06-02-r2/index.html")[0]["src"].startswith("/theme/placeholder.svg?v=")


@pytest.mark.parametrize("with_memory", [False, True])
def test_where_pictures_can_not_be_kept_a_site_is_built_with_one_note(site, with_memory):
    built = site("cache")
    built.write(".broadsheet" if not with_memory else ".broadsheet/images", "in the way")
    result = built.build() if with_memory else built.build_anew()
    assert len([path for path in built.files() if path.startswith("images/")]) == 6
    notes = [problem for problem in result.problems if ".broadsheet" in problem.place.file]
    assert [note.severity for note in notes] == [Severity.NOTE]
    assert "every build fetches them again" in notes[0].message


def test_without_pillow_it_is_said_what_to_install(site, monkeypatch):
    built = site("cache")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(SiteError, match="needs Pillow") as caught:
        built.build()
    assert caught.value.problems[0].hint == 'pip install "broadsheet[images]"'
    built.write_settings(images="none")
    built.build()


def test_the_command_fetches_from_public_addresses_only_and_verifies(site, run):
    built = site("cache")
    for options in (("--verify",), ("--jobs", "2", "--clean"), ("--strict", "--quiet")):
        done = run("build", built.root, "--now", "2024-06-15T12:00:00Z", *options)
        assert done.returncode == 0, done.stderr
        if "--quiet" not in options:
            expected = "6 of 6 pictures from elsewhere can not be had: an address that is not public (6)"
            assert expected in done.stderr
    assert built.press.requests == []


def test_a_page_may_load_pictures_from_elsewhere_only_where_it_links_to_them():
    assert "img-src 'self' https: http:" in page_policy(Settings(), "home")
    for mode in ("cache", "none"):
        assert "img-src 'self';" in page_policy(Settings(images=mode), "home")


def test_a_setting_that_there_is_not_is_told(run, record, tmp_path):
    record(tmp_path / "_news")
    (tmp_path / "broadsheet.yaml").write_text("images: cached\n")
    done = run("build", tmp_path)
    assert done.returncode == 1
    assert "images" in done.stderr


# What is fetched is what is shown.

URLS = [f"https://press.example.org/{n}.png" for n in range(4)]
OWN = ["/there.png", "/not-there.png", "no-address", "javascript:x", "https://press.example.org/a b.png"]
IMAGES = st.lists(st.sampled_from([*URLS, *OWN]).map(Image), max_size=4).map(tuple)


@given(st.lists(IMAGES, min_size=1, max_size=12), IMAGES, st.booleans())
def test_what_is_fetched_is_what_would_be_shown_from_elsewhere(lists, logos, group):
    records = tuple(
        Record(
            f"{number}.md",
            f"{number}",
            f"Title {number}",
            NOW - timedelta(hours=number),
            images=images,
            provider=Provider("Post", "post.example.org"),
        )
        for number, images in enumerate(lists)
    )
    organizations = (Organization("post.md", "post.example.org", "Post", images=logos),) if logos else ()
    settings = structs.replace(Settings(), stories=structs.replace(Settings().stories, group=group))
    site = arrange(Sources(records, organizations=organizations), settings, NOW).site
    cards = Cards(site, settings, {"there.png": "there.png?v=1"}, lambda name, context: None)
    shown = [cards.record_view(record).image for record in site.records.values()]
    shown += [cards.image(source.image, "") for source in site.sources.values() if source.image]
    urls = {view.url for view in shown if view and view.url.startswith("http")}
    assert set(pictures_from_elsewhere(site, {"there.png"})) == urls


def test_a_body_without_pictures_from_elsewhere_keeps_its_words_and_links():
    from broadsheet.render.text import body_html

    text = '![a](https://x.example/a.png) b [c](https://x.example/) <img src="//x.example/d.png"> ![e](/f.png)'
    found = body_html(text, "/base/", outside_images=False)
    assert found.count("<img") == 1
    assert 'src="/base/f.png"' in found
    assert 'href="https://x.example/"' in found
    assert "a.png" in body_html(text, "/base/")


def test_json_ld_names_no_picture_from_elsewhere(site):
    built = site("none")
    built.build()
    page = built.files()["news/2024-06-01-r1/index.html"].decode()
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert "image" not in described


def test_a_preview_waits_for_no_picture_and_shows_those_that_were_fetched_meanwhile(site, press):
    shown = site("cache")
    preview = Workshop(Order(shown.root, now=NOW), lambda: NOW, Workers(), OUTSIDE)
    preview.renew()
    assert press.asked() == []
    assert preview.waits_for_pictures
    assert "wide" not in "".join(preview.standing.site.planned.plan.static)
    preview.fetch()
    assert "/wide.png" in press.asked()
    preview.renew()
    assert not preview.waits_for_pictures
    shown.build()
    built = shown.files()
    assert {path: preview.copy(path).content for path in built if preview.has(path)} == {
        path: content for path, content in built.items() if path != MANIFEST
    }


def test_a_preview_that_can_keep_no_picture_tries_once(site):
    shown = site("cache")
    (shown.root / ".broadsheet").write_text("in the way")
    preview = Workshop(Order(shown.root, now=NOW), lambda: NOW, Workers(), OUTSIDE)
    preview.renew()
    preview.fetch()
    preview.renew()
    assert not preview.waits_for_pictures
