"""The news lists of the JSON API: the real site's own files byte for byte, and what every setting changes."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Api, Selection, Settings
from broadsheet.model import Image, Provider, Sources, TopicFile
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import Theme

BASE = "https://tram.example.org/daily/"
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
THEME = Theme()
KEYS = (
    "path title excerpt sourceUrl webUrl originalUrl featuredContent highlight heat tags images content type ampWebUrl "
    "cdnAmpWebUrl publishedDateTime updatedDateTime provider locale categories topics"
).split()
WITH_LIST = TopicFile("2.yaml", "Transport", id="transport", parent="All", services={"news": "https://x.example/"})
ALL = TopicFile("1.yaml", "All", id="all", services={"news": "https://x.example/"})


def render(*records, topic_files=(), folder="_news", settings=None, **api) -> dict[str, bytes]:
    """Return the files of the API."""
    chosen = Settings(**{"title": "The Daily Tram", "base_url": BASE, "api": Api(**api), **(settings or {})})
    site = arrange(Sources(records, topic_files, folder=folder), chosen, NOW).site
    files = Renderer(site, chosen).files(THEME, {})
    return {file.path: file.content for file in files if file.path.startswith("api/")}


def items(files: dict[str, bytes], path: str = "api/news/index.json") -> list[dict]:
    return json.loads(files[path])["value"]


def only_item(*records, **settings) -> dict:
    (item,) = items(render(*records, **settings))
    return item


def test_the_manual_names_the_keys_of_an_item_in_their_order():
    manual = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")
    section = manual.partition("An item has these keys")[2].partition("The texts are raw")[0]
    names = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", section, re.M)))
    assert sorted(names) == sorted(KEYS)
    # Those that are told in one row need not stand side by side.
    order = [KEYS.index(re.findall(r"`(\w+)`", row)[0]) for row in re.findall(r"^\| (`.*?) \|", section, re.M)]
    assert order == sorted(order)


@pytest.fixture(scope="module")
def real_site(run, corpus, tmp_path_factory):
    output = tmp_path_factory.mktemp("powerapps") / "out"
    assert not (corpus / "powerapps/broadsheet.yaml").exists()
    done = run("build", corpus / "powerapps", "--output", output)
    assert done.returncode == 0, done.stderr
    return corpus / "powerapps", output


def test_the_lists_of_a_real_site_come_out_byte_for_byte(real_site):
    site, output = real_site
    root, topics = (
        sorted(path.relative_to(site) for path in site.glob(pattern))
        for pattern in ("api/news/page/*/index.json", "api/news/*/page/1/index.json")
    )
    assert (len(root), len(topics)) == (18, 4)
    for path in (*root, *topics):
        assert (output / path).read_bytes() == (site / path).read_bytes(), path
    counts = [sum(len(json.loads((output / path).read_bytes())["value"]) for path in some) for some in (root, topics)]
    assert counts == [428, 48]
    assert sum(counts) == 476


def test_the_real_site_has_no_page_more(real_site):
    site, output = real_site
    assert {path.parent.name for path in output.glob("api/news/page/*/index.json")} == {str(n) for n in range(1, 19)}
    topics = {path.parts[-4] for path in site.glob("api/news/*/page/1/index.json")}
    assert len(topics) == 4
    assert {path.parts[-4] for path in output.glob("api/news/*/page/*/index.json")} == topics


def test_a_lists_own_address_has_its_first_page(real_site):
    _, output = real_site
    lists = [output / "api/news", *(path.parents[2] for path in output.glob("api/news/*/page/1/index.json"))]
    assert len(lists) == 5
    for folder in lists:
        assert (folder / "index.json").read_bytes() == (folder / "page/1/index.json").read_bytes()


def test_a_page_is_indented_readable_and_without_a_last_line_break(make):
    page = render(make("a", title="Über “Straßen”"))["api/news/index.json"].decode()
    assert page.startswith('{\n  "page": 1,\n  "value": [\n    {\n      "path": "_news/a.md",\n')
    assert page.endswith('\n  "nextPage": null\n}')
    assert "Über “Straßen”" in page


def test_an_item_has_these_keys_in_this_order_whatever_the_record_has(make):
    full = make("full", images=(Image("https://e.org/i.png", 3, 2),), tags=("x",), locale="de", updated_at=NOW)
    for item in items(render(make("bare"), full)):
        assert list(item) == KEYS
        assert list(item["provider"]) == ["name", "domain", "images", "publishers", "authors"]


def test_an_item_keeps_the_text_as_it_is_written(make):
    raw = {"title": " <b>A&#8217;s</b>\u00a0\u200b ", "excerpt": "na\n", "topics": ("Transport", None, "Transport")}
    item = only_item(make("a", provider=Provider(" A%2c Inc. ", "WWW.a.org"), category="opinion", **raw))
    assert (item["title"], item["excerpt"], item["topics"]) == (raw["title"], "na\n", ["Transport", None, "Transport"])
    assert (item["provider"]["name"], item["provider"]["domain"]) == (" A%2c Inc. ", "WWW.a.org")
    assert item["categories"] == ["opinion"]


def test_what_is_not_there_is_null(make):
    item = only_item(make("a", web_url=None))
    nothing = (
        "sourceUrl webUrl originalUrl featuredContent highlight tags images ampWebUrl cdnAmpWebUrl updatedDateTime"
    )
    assert {name: item[name] for name in nothing.split()} == dict.fromkeys(nothing.split())
    assert item["provider"] == {"name": "", "domain": "", "images": None, "publishers": None, "authors": None}


def test_an_image_has_its_size_and_no_attribution(make):
    image = Image("https://e.org/i.png", 30, 20, "A tram", "By nobody", True)
    unknown = Image("https://e.org/u.png")
    item = only_item(make("a", images=(image, unknown), provider=Provider("A", "a.org", (image,))))
    keys = ("url", "width", "height", "title", "attribution", "isCached")
    assert [tuple(image.items()) for image in item["images"]] == [
        tuple(zip(keys, ("https://e.org/i.png", 30, 20, "A tram", None, True), strict=True)),
        tuple(zip(keys, ("https://e.org/u.png", None, None, None, None, False), strict=True)),
    ]
    assert item["provider"]["images"] == item["images"][:1]


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("UTC", datetime(2024, 5, 10, 12, tzinfo=UTC), "2024-05-10T12:00:00Z"),
        ("America/Los_Angeles", datetime(2024, 5, 10, 12, tzinfo=UTC), "2024-05-10T05:00:00-07:00"),
        ("America/Los_Angeles", datetime(2024, 1, 10, 12, tzinfo=UTC), "2024-01-10T04:00:00-08:00"),
        ("Asia/Kolkata", datetime(2024, 5, 10, 20, tzinfo=UTC), "2024-05-11T01:30:00+05:30"),
    ],
)
def test_times_are_in_the_zone_of_the_api(make, zone, moment, expected):
    item = only_item(make("a", published_at=moment, updated_at=moment), time_zone=zone)
    assert item["publishedDateTime"] == item["updatedDateTime"] == expected


def test_the_zone_of_the_pages_is_not_that_of_the_api(make):
    assert only_item(make("a"), settings={"time_zone": "Asia/Tokyo"})["publishedDateTime"] == "2024-05-10T12:00:00Z"


@pytest.mark.parametrize("content", ["", "\r\n", "x"])
def test_the_content_of_every_item_is_what_the_setting_says(make, content):
    found = items(render(make("a", body="Some text"), make("b"), content=content))
    assert [item["content"] for item in found] == [content, content]


def test_an_item_can_have_a_file_of_its_own_that_it_names(make, link):
    lead = make("lead ü", quality=9, title="Über alles")
    member = make("member", quality=1, related=(link(lead),))
    files = render(lead, member, source_url="self")
    for slug, url in (("lead ü", "lead%20%C3%BC"), ("member", "member")):
        text = files[f"api/news/{slug}/index.json"].decode()
        item = json.loads(text)
        assert item["sourceUrl"] == f"{BASE}api/news/{url}/index.json"
        assert text == json.dumps(item, ensure_ascii=False, separators=(",", ":"))
        assert item in items(files)


def test_without_the_setting_there_are_no_item_files(make):
    assert set(render(make("a"), settings={"api": Api()})) == {
        "api/news/index.json",
        "api/news/page/1/index.json",
        "api/stories/2024-05/index.json",
        "api/stories/index.json",
        "api/stories/schema.json",
    }


def test_an_unpublished_record_is_in_no_list_and_has_no_item_file(make):
    files = render(make("a"), make("b", published=False, title="Else"), source_url="self")
    assert [item["path"] for item in items(files)] == ["_news/a.md"]
    assert "api/news/b/index.json" not in files


@pytest.mark.parametrize("topic", ["page", "a"])
def test_an_item_whose_file_gave_way_to_a_topic_does_not_name_it(make, topic):
    lists = TopicFile("2.yaml", "Transport", id=topic, parent="All", services={"news": "x"})
    files = render(make(topic), topic_files=(ALL, lists), source_url="self")
    for item in items(files):
        if item["sourceUrl"] is not None:
            assert json.loads(files[item["sourceUrl"].removeprefix(BASE)]) == item
    assert items(files, f"api/news/{topic}/page/1/index.json") == items(files)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, f"{BASE}news/a/"),
        ({"web_url": "https://www.example.com/tram"}, "https://www.example.com/tram/news/a/"),
        ({"base_url": None}, "/news/a/"),
    ],
)
def test_a_missing_address_can_be_that_of_the_page_where_readers_find_it(make, settings, expected):
    video = make("a", web_url=None, type="video")
    assert only_item(video, settings={**settings, "api": Api(missing_web_url="page")})["webUrl"] == expected
    assert only_item(video, settings={**settings, "api": Api()})["webUrl"] is None
    there = make("a", web_url="https://e.org/")
    assert only_item(there, settings={**settings, "api": Api(missing_web_url="page")})["webUrl"] == "https://e.org/"


def test_the_locale_is_the_records_own_or_that_of_the_setting(make):
    found = items(render(make("a", locale="de-at"), make("b"), locale="fr-fr"))
    assert [item["locale"] for item in found] == ["de-at", "fr-fr"]
    assert only_item(make("b"))["locale"] == "en-us"


@pytest.mark.parametrize(("count", "pages"), [(1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])])
def test_after_the_last_page_there_is_none_also_when_it_is_full(make, count, pages):
    files = render(*(make(f"r{n}", hours=-n, title=f"Subject{n}") for n in range(count)), page_size=2)
    found = {int(path.split("/")[3]): json.loads(text) for path, text in files.items() if "/page/" in path}
    assert [len(found[number]["value"]) for number in sorted(found)] == pages
    assert [found[number]["page"] for number in sorted(found)] == list(range(1, len(pages) + 1))
    assert [found[number]["nextPage"] for number in sorted(found)] == [*range(2, len(pages) + 1), None]
    assert [item["path"] for number in sorted(found) for item in found[number]["value"]] == [
        f"_news/r{n}.md" for n in range(count)
    ]


def test_a_list_without_items_is_an_empty_first_page(make):
    files = render(make("a", published=False))
    assert json.loads(files["api/news/index.json"]) == {"page": 1, "value": [], "nextPage": None}
    assert files["api/news/index.json"] == files["api/news/page/1/index.json"]


def test_a_topic_has_a_list_when_its_file_offers_one_and_it_is_not_the_root(make):
    silent = TopicFile("3.yaml", "Trams", id="trams", parent="Transport")
    files = render(make("a", topics=("Trams",)), topic_files=(ALL, WITH_LIST, silent))
    assert {path.split("/")[2] for path in files if path.startswith("api/news/")} == {"index.json", "page", "transport"}


def test_a_topics_list_has_pages_of_its_own_size_and_only_its_records(make):
    records = [make(f"r{n}", hours=-n, title=f"Subject{n}", topics=(("Transport", "All")[n % 2],)) for n in range(7)]
    files = render(*records, topic_files=(ALL, WITH_LIST), page_size=5, topic_page_size=3)
    pages = {path: json.loads(text) for path, text in files.items() if path.startswith("api/news/transport/page/")}
    assert [len(page["value"]) for page in pages.values()] == [3, 1]
    assert [item["path"] for page in pages.values() for item in page["value"]] == [
        f"_news/r{n}.md" for n in (0, 2, 4, 6)
    ]
    assert len(items(files)) == 5


@pytest.mark.parametrize(
    ("folder", "path"), [("_news", "_news/a.md"), ("records", "records/a.md"), ("my/own", "my/own/a.md"), ("", "a.md")]
)
def test_the_path_of_an_item_is_that_of_its_file_in_the_site(make, folder, path):
    assert only_item(make("a"), folder=folder)["path"] == path


@pytest.mark.parametrize(
    ("folder", "settings"),
    [("_news", ""), ("records", ""), ("news", ""), ("", ""), ("own/folder", "records: own/folder\n")],
    ids=["_news", "records", "news", "a bare folder", "a setting"],
)
def test_a_built_site_names_the_file_of_every_item(run, record, tmp_path, folder, settings):
    site = tmp_path / "site"
    record(site / folder, "2024-05-01-a.md")
    record(site / folder / "2023", "2023-05-01-b.md", title="Else", publishedDateTime="2023-05-01T08:00:00Z")
    if settings:
        (site / "broadsheet.yaml").write_text(settings)
    done = run("build", site, "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out/api/news/index.json").read_text())["value"]
    assert len(found) >= 1
    assert found[0]["path"] == "/".join(filter(None, (folder, "2024-05-01-a.md")))
    assert all((site / item["path"]).is_file() for item in found)


def test_what_is_hidden_is_in_no_list(make, link):
    lead = make("lead", quality=9, published=False)
    member = make("member", quality=1, related=(link(lead),))
    draft, removed = make("draft", draft=True, title="Else"), make("removed", removed=True, title="Other")
    files = render(
        lead,
        member,
        draft,
        removed,
        make("shown", title="Shown"),
        source_url="self",
        settings={"selection": Selection(unpublished="hide"), "api": Api(source_url="self")},
    )
    assert [item["path"] for item in items(files)] == ["_news/shown.md"]
    assert not any(name in path for path in files for name in ("lead", "member", "draft", "removed"))


def test_the_heat_of_a_folded_record_is_what_the_source_has(make, link):
    lead = make("lead", quality=50)
    lead = structs.replace(lead, related=(link(make("out")),))
    member = make("member", hours=-1, quality=1, related=(link(lead),))
    assert [item["heat"] for item in items(render(lead, member))] == [70, -1]


def test_no_api_is_written_when_it_is_switched_off(make):
    assert render(make("a"), enabled=False) == {}


def test_a_lone_surrogate_is_no_end_of_a_list(make):
    files = render(make("a", title="x\ud800", provider=Provider("\udfff", "")), source_url="self")
    assert items(files)[0]["title"] == "x?"
    assert json.loads(files["api/news/a/index.json"])["provider"]["name"] == "?"


def test_a_pinned_record_is_listed_in_place_of_the_one_that_led_before(make, link):
    lead = make("lead", quality=90, heat=90)
    member = make("member", quality=40, heat=-1, published=False, related=(link(lead),))
    for pin, expected in ((False, ("lead", 90)), (True, ("member", 90))):
        item = only_item(lead, structs.replace(member, pin=pin))
        assert (item["path"].split("/")[-1].removesuffix(".md"), item["heat"]) == expected
