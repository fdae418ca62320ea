"""What crawlers read, by the rules of sitemaps.org: `sitemap.xml`, an index where it is too long, `robots.txt`."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from broadsheet.arrange.site import arrange
from broadsheet.config import Pages, Settings
from broadsheet.model import Page, Provider, Sources
from broadsheet.render.renderer import Renderer
from broadsheet.render.sitemap import Sitemap
from broadsheet.render.theme import Theme

BASE = "https://tram.example.org/daily/"
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
THEME = Theme()
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
MOST_URLS, MOST_BYTES = 50_000, 50 * 1024 * 1024
# The forms of a time that W3C's note on dates allows, and that the schema of sitemaps takes.
W3C_TIME = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?").fullmatch
URL = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20\x7f-\uffff]+").fullmatch


def render(*records, **settings) -> dict[str, bytes]:
    chosen = Settings(**{"title": "The Daily Tram", "base_url": BASE, **settings})
    site = arrange(Sources(records), chosen, NOW).site
    return {file.path: file.content for file in Renderer(site, chosen).files(THEME, {})}


def broken_rules(content: bytes, base: str) -> list[str]:
    """Return what of the protocol (its schema and its limits) a sitemap or an index at `base` breaks."""
    root = ET.fromstring(content)
    names = {f"{SITEMAP}urlset": f"{SITEMAP}url", f"{SITEMAP}sitemapindex": f"{SITEMAP}sitemap"}
    if root.tag not in names:
        return [f"the root is {root.tag}"]
    broken = [f"<{child.tag}> below the root" for child in root if child.tag != names[root.tag]]
    broken += [] if content.startswith(b'<?xml version="1.0" encoding="utf-8"?>') else ["not said to be UTF-8"]
    broken += [] if 1 <= len(root) <= MOST_URLS else [f"{len(root)} addresses"]
    broken += [] if len(content) <= MOST_BYTES else [f"{len(content)} bytes"]
    locations = [child.findtext(f"{SITEMAP}loc") or "" for child in root]
    broken += ["one address twice"] if len(set(locations)) < len(locations) else []
    for child, location in zip(root, locations, strict=True):
        tags = [part.tag.removeprefix(SITEMAP) for part in child]
        if tags not in (["loc"], ["loc", "lastmod"]):
            broken.append(f"{tags} in an entry")
        if not URL(location) or not location.startswith(base) or not 12 <= len(location) < 2048:
            broken.append(f"no address of this site: {location}")
        changed = child.findtext(f"{SITEMAP}lastmod")
        if changed is not None and not (W3C_TIME(changed) and datetime.fromisoformat(changed)):
            broken.append(f"no time: {changed}")
    return broken


def changes(content: bytes) -> dict[str, str | None]:
    """Return when each page changed, by its address."""
    return {url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod") for url in ET.fromstring(content)}


@pytest.fixture
def town(make, link):
    """Records with redirects, aliases, calendar pages and names that need quoting."""
    lead = make("lead & ü's", quality=9, aliases=("an old name",), topics=("R & D", "Straße <1>"))
    member = make("member", hours=5, quality=1, related=(link(lead),), provider=Provider("W", "wire.example.org"))
    rest = [make(f"r{n}", hours=-24 * 20 * n, title=f"Subject{n}") for n in range(5)]
    return (lead, member, *rest)


@pytest.fixture
def files(town):
    return render(*town, pages=Pages(size=2))


def test_the_sitemap_keeps_the_rules_of_the_protocol(files):
    assert broken_rules(files["sitemap.xml"], BASE) == []


def test_every_address_is_that_of_a_page_and_the_one_that_it_calls_canonical(files, read_page):
    for url in changes(files["sitemap.xml"]):
        path = unquote(url.removeprefix(BASE)) + "index.html"
        assert path in files
        (canonical,) = read_page(files[path].decode()).all("link[@rel='canonical']")
        assert canonical.get("href") == url


def test_every_page_is_in_it_but_redirects_and_the_one_that_is_not_found(files, read_page):
    redirects = {
        path
        for path, content in files.items()
        if path.endswith(".html") and read_page(content.decode()).all("meta[@http-equiv='refresh']")
    }
    assert redirects == {"news/member/index.html", "news/an old name/index.html"}
    pages = {path for path in files if path.endswith(".html")} - redirects - {"404.html"}
    assert {unquote(url.removeprefix(BASE)) + "index.html" for url in changes(files["sitemap.xml"])} == pages


def test_the_addresses_are_where_readers_find_the_site(make):
    files = render(make("a"), web_url="https://www.example.com/tram/")
    assert broken_rules(files["sitemap.xml"], "https://www.example.com/tram/") == []


def test_a_story_changed_with_its_latest_report_and_a_list_with_its_latest_story(files):
    found = changes(files["sitemap.xml"])
    assert found[f"{BASE}news/lead%20%26%20%C3%BC%27s/"] == "2024-05-10T17:00:00Z"
    assert found[f"{BASE}news/r3/"] == "2024-03-11T12:00:00Z"
    for path in ("", "latest/", "topics/r-and-d/", "topics/", "sources/", "archive/"):
        assert found[BASE + path] == "2024-05-10T17:00:00Z", path
    assert found[f"{BASE}topics/transport/"] == "2024-05-10T12:00:00Z"


@pytest.mark.parametrize("days", [0, 1, 400])
def test_no_time_in_it_is_that_of_the_build(make, days):
    records = (make("a"), make("b", hours=-30, title="Else"))
    chosen = Settings(title="T", base_url=BASE)
    site = arrange(Sources(records), chosen, NOW + timedelta(days=days)).site
    (content,) = (file.content for file in Renderer(site, chosen).files(THEME, {}) if file.path == "sitemap.xml")
    assert content == render(*records)["sitemap.xml"]
    assert set(changes(content).values()) - {None} == {"2024-05-10T12:00:00Z", "2024-05-09T06:00:00Z"}


def test_an_update_that_the_record_tells_of_is_a_change(make):
    record = make("a", updated_at=datetime(2024, 5, 20, tzinfo=UTC))
    assert changes(render(record)["sitemap.xml"])[f"{BASE}news/a/"] == "2024-05-20T00:00:00Z"


def test_without_a_base_url_there_is_none_and_nothing_names_it(make):
    files = render(make("a"), base_url=None)
    assert not any("sitemap" in path for path in files)
    assert files["robots.txt"] == b"User-agent: *\nAllow: /\n"
    assert b"sitemap.xml" not in b"".join(files.values())


def test_an_address_for_readers_alone_makes_no_sitemap(make):
    files = render(make("a"), base_url=None, web_url="https://www.example.com/")
    assert not any("sitemap" in path for path in files)


def test_robots_may_read_everything_and_are_told_where_the_sitemap_is(make):
    lines = render(make("a"))["robots.txt"].decode().splitlines()
    assert lines == ["User-agent: *", "Allow: /", "", f"Sitemap: {BASE}sitemap.xml"]


def test_without_stories_the_pages_that_there_are_are_listed(make):
    found = changes(render(make("a", draft=True))["sitemap.xml"])
    assert found == dict.fromkeys(f"{BASE}{path}" for path in ("", "latest/", "topics/"))


def parts_of(pages, settings=None) -> tuple[Sitemap, dict[str, bytes]]:
    settings = settings or Settings(base_url=BASE)
    sitemap = Sitemap(arrange(Sources(), settings, NOW).site, settings, pages)
    return sitemap, {page.path: sitemap.render(page) for page in sitemap.pages()}


def many(count: int, length: int = 20) -> list[Page]:
    urls = (f"{number:0{length}}/" for number in range(count))
    return [Page("month", url, f"{url}index.html") for url in urls]


def test_fifty_thousand_addresses_are_one_file():
    _, files = parts_of(many(MOST_URLS))
    assert set(files) == {"robots.txt", "sitemap.xml"}
    assert broken_rules(files["sitemap.xml"], BASE) == []
    assert len(changes(files["sitemap.xml"])) == MOST_URLS


@pytest.mark.parametrize(
    ("count", "sizes"), [(MOST_URLS + 1, [MOST_URLS, 1]), (120_000, [MOST_URLS, MOST_URLS, 20_000])]
)
def test_more_than_fifty_thousand_addresses_are_an_index_and_its_parts(count, sizes):
    pages = many(count)
    _, files = parts_of(pages)
    names = [f"sitemap-{number}.xml" for number in range(1, len(sizes) + 1)]
    assert set(files) == {"robots.txt", "sitemap.xml", *names}
    index = ET.fromstring(files["sitemap.xml"])
    assert index.tag == f"{SITEMAP}sitemapindex"
    assert broken_rules(files["sitemap.xml"], BASE) == []
    assert [entry.findtext(f"{SITEMAP}loc") for entry in index] == [BASE + name for name in names]
    assert [broken_rules(files[name], BASE) for name in names] == [[]] * len(sizes)
    assert [len(changes(files[name])) for name in names] == sizes
    assert [url for name in names for url in changes(files[name])] == [BASE + page.url for page in pages]


def test_more_than_fifty_megabytes_are_an_index_and_its_parts():
    pages = many(40_000, 1900)
    _, files = parts_of(pages)
    parts = [path for path in files if re.fullmatch(r"sitemap-\d+\.xml", path)]
    assert len(parts) == 2
    assert [broken_rules(files[name], BASE) for name in ("sitemap.xml", *parts)] == [[]] * 3
    assert MOST_BYTES - len(files[parts[0]]) < 4000, "a part is as full as it may be"
    assert [url for name in parts for url in changes(files[name])] == [BASE + page.url for page in pages]


def test_the_parts_stand_where_the_site_is_published_and_list_where_readers_find_it():
    _, files = parts_of(many(MOST_URLS + 1), Settings(base_url=BASE, web_url="https://www.example.com/"))
    assert broken_rules(files["sitemap.xml"], BASE) == []
    assert broken_rules(files["sitemap-1.xml"], "https://www.example.com/") == []


def test_only_pages_for_readers_are_listed():
    kinds = ("month", "redirect", "not_found")
    pages = [Page(kind, f"{kind}/", f"{kind}/index.html") for kind in kinds]
    _, files = parts_of(
        [*pages, Page("atom", "feed.xml", "feed.xml"), Page("api_news", "a/index.json", "a/index.json")]
    )
    assert list(changes(files["sitemap.xml"])) == [f"{BASE}month/"]
