"""All outputs of a whole site together: any text in them, one edit, another clock, and what is hidden."""

import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import html5lib
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broadsheet.model import INDEX_FOLDER
from broadsheet.pipeline import build
from broadsheet.problems import SiteError
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.render.security import EARLY_SCRIPT
from broadsheet.render.typography import typographic
from test_canary import CANARY, HIDDEN, found_in, write_site

ROOT = Path(__file__).parents[1]
BASE = "https://tram.example.org/daily/"
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
# What is no character of XML 1.0, and what is none at all.
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def built(site: Path, now: datetime = NOW) -> dict[str, bytes]:
    """Build a site, and return every file that a reader gets but the theme's own, by its path."""
    chosen = read_settings(site)
    folders = find_folders(site, chosen)
    build(folders, chosen, now)
    files = {path.relative_to(folders.output).as_posix(): path for path in folders.output.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(("theme/", ".broadsheet"))}


def write_settings(site: Path, **values) -> None:
    site.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({"title": "The Daily Tram", "base_url": BASE, **values}, allow_unicode=True)
    (site / "broadsheet.yaml").write_text(text, encoding="utf-8")


# Any text.

NASTY = [
    "</script><script>alert(1)//",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "</title></textarea></style>",
    "[x](javascript:alert(1))",
    "![x](data:text/html,x)",
    "<iframe src=https://evil.example></iframe>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "{{ 7*7 }}{% raw %}",
    "&lt;script&gt;",
    "&amp;lt;b onclick=x&amp;gt;",
    "&#1;&#xD800;&#xFDD0;&#x1FFFF;&#99999999999;",
    "\u202e\u2066חדשות و\u200f",
    "\U0001f469\u200d\U0001f680\ufe0f",
    "\ufdd0\ufffe\U0001ffff\U0010ffff",
    "e\u0301\u0338\u20e3",
    "\x00\x01\x0b\x0c\x1b\x7f\x85\x9f",
    "\ud800",
    "\udfff",
    "\u2028\u2029\ufeff\u00ad",
    "%00%2f%5c",
    "../../..",
    "a: b # c",
    "word " * 2000,
    "x" * 10_000,
]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(NASTY),
        st.text(max_size=8),
        st.text(st.characters(categories=("Cc", "Cf", "Co", "Cn", "Zs", "Mn")), max_size=4),
        st.sampled_from(["T", "Tram ", " "]),
    ),
    min_size=1,
    max_size=4,
).map("".join)
IN_SETTINGS = TEXTS.filter(lambda text: not re.search("[\ud800-\udfff]", text))
FIELDS = "title excerpt provider topic body image category member outside topic_file description organization".split()
HOSTILE_SITES = st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXTS) | {"site": IN_SETTINGS, "about": IN_SETTINGS})


def write_file(path: Path, body: str | None = None, **values) -> None:
    """Write YAML (every text as it is, or in escapes), or with `body` a record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10**6)
    content = text if body is None else f"---\n{text}---\n{body}"
    path.write_text(content, encoding="utf-8", errors="replace", newline="\n")


def write_hostile_site(site: Path, texts: dict[str, str]) -> None:
    write_settings(site, title=texts["site"], description=texts["about"], api={"source_url": "self"})
    common = {"publishedDateTime": "2024-05-10T12:00:00Z", "topics": [texts["topic"], "Known"], "quality": 90}
    provider = {"name": texts["provider"], "domain": "press.example.org"}
    outside = {
        **common,
        "title": f"Tram {texts['outside']}",
        "webUrl": "https://out.example.net/",
        "provider": provider,
    }
    hostile = {
        **common,
        "title": texts["title"],
        "excerpt": texts["excerpt"],
        "category": texts["category"],
        "locale": texts["category"],
        "tags": [texts["category"]],
        "provider": provider,
        "webUrl": f"https://press.example.org/{texts['category'][:200]}",
        "images": [{"url": "https://press.example.org/i.png", "title": texts["image"]}],
    }
    news = site / "_news"
    write_file(news / "2024-05-10-hostile.md", texts["body"], **hostile, related=[outside])
    item = {"title": texts["title"], "publishedDateTime": common["publishedDateTime"], "quality": 90}
    member = {**common, "title": f"Tram {texts['member']}", "quality": 1, "related": [item], "provider": provider}
    write_file(news / "2024-05-10-member.md", "", **member, webUrl="https://press.example.org/member")
    # Some texts are refused where they are read, with the record that has them: this one has none of them.
    good = {**common, "title": "Tram runs again", "topics": ["Known"], "webUrl": "https://press.example.org/again"}
    write_file(news / "2024-05-11-good.md", "", **good)
    write_file(site / "_data/topics/1.yaml", name="Known", description=texts["description"])
    write_file(site / "_data/topics/2.yaml", name=texts["topic_file"], parent="Known", services={"news": "x"})
    described = {"domain": "press.example.org", "name": texts["organization"], "description": texts["description"]}
    write_file(site / "_data/organizations/1.md", "", **described)


def assert_safe_html(name: str, root: ET.Element) -> None:
    for element in root.iter():
        if not isinstance(element.tag, str):
            pytest.fail(f"{name}: a comment gets through")
        assert element.tag not in {"math", "object", "embed", "base", "style", "iframe", "textarea"}, name
        if element.tag == "form":
            assert re.fullmatch(r"/(daily/)?search/", element.get("action")), name
            assert element.attrib.keys() <= {"action", "role", "class", "data-bundle"}, name
        if element.tag == "svg":
            assert_chart(name, root, element)
        if element.tag == "script":
            assert_own_script(name, element)
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on"), (name, attribute)
            assert attribute != "style", name
            if attribute in {"href", "src"}:
                assert re.match(r"https?://|mailto:|/(?![/\\])|#", value), (name, value)


def assert_chart(name: str, root: ET.Element, svg: ET.Element) -> None:
    """Only a source's page has drawings: bars, each with a title that is plain text."""
    assert name.startswith("sources/"), name
    assert svg in root.findall(".//figure[@class='chart']/svg"), name
    assert set(svg.attrib) == {"viewBox", "preserveAspectRatio", "role", "aria-label"}, name
    for bar in svg:
        assert (bar.tag, set(bar.attrib)) == ("rect", {"x", "y", "width", "height"}), name
        assert [(part.tag, part.attrib, len(part)) for part in bar] == [("title", {}, 0)], name


def assert_own_script(name: str, script: ET.Element) -> None:
    """Every page has three scripts, the search one more, and no other may stand in it."""
    if name == "search/index.html" and script.get("type") == "module":
        assert re.fullmatch(r"/(daily/)?theme/search\.js\?v=\w+", script.get("src")), name
        assert (set(script.attrib), script.text) == ({"type", "src"}, None), name
    elif "type" in script.attrib:
        assert script.attrib == {"type": "application/ld+json"}, name
        assert json.loads(script.text)["@type"] in {"CollectionPage", "WebPage"}
    elif script.attrib:
        assert re.fullmatch(r"/(daily/)?theme/broadsheet\.js\?v=\w+", script.get("src")), name
        assert (set(script.attrib), script.text) == ({"src", "defer"}, None), name
    else:
        assert script.text == EARLY_SCRIPT, name


def assert_well_formed(files: dict[str, bytes]) -> None:
    """Read every output as its readers do, with nothing forgiven."""
    for name, content in files.items():
        if name.startswith(INDEX_FOLDER):
            # Read by Pagefind's own program only.
            continue
        text = content.decode("utf-8")
        # `api/news/` keeps the raw text: JSON can hold what no page can.
        assert name.startswith("api/news/") or not NO_TEXT.search(text), (name, NO_TEXT.search(text))
        if name.endswith(".html"):
            parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
            assert_safe_html(name, parser.parse(text))
        elif name.endswith((".xml", ".opml")):
            for html in ET.fromstring(content).iter(f"{ATOM}content"):
                parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
                fragment = parser.parseFragment(html.text)
                assert {element.tag for element in fragment.iter()} <= {"DOCUMENT_FRAGMENT", "p", "a", "ul", "li"}, name
                assert_safe_html(name, fragment)
        elif name.endswith(".json"):
            json.dumps(json.loads(text, parse_constant=pytest.fail), ensure_ascii=False).encode("utf-8")
        else:
            assert name in {"robots.txt", "_headers"}


def plain(**texts: str) -> dict[str, str]:
    return {**dict.fromkeys([*FIELDS, "site", "about"], "Tram"), **texts}


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE_SITES)
@example(plain(title="Tram \ufdd0 \U0001ffff", excerpt="\U0005fffe"))
@example(plain(site="A\x01\x1bB", about="\x0c\ufffe"))
@example(plain(provider='<b x="&#xD800;\x01">', topic='<i title="]]>">', topic_file="<b>", organization="<b>"))
@example(plain(body='<p>\n<b title="&#x1b;">&#1;x</b></p>\n\n&#x1b;\x1b'))
@example(plain(topic_file="index.json", topic="feed.xml"))
@example(dict.fromkeys(plain(), "".join(NASTY).replace("\ud800", "").replace("\udfff", "")))
def test_whatever_text_a_site_has_every_output_stays_well_formed(texts):
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        write_hostile_site(site, texts)
        files = built(site)
    assert "news/2024-05-11-good/index.html" in files
    assert_well_formed(files)
    story = files.get("news/2024-05-10-hostile/index.html")
    if story is None:
        return
    root = html5lib.parse(story.decode(), namespaceHTMLElements=False)
    shown = root.findtext(".//h1")
    assert root.find(".//meta[@property='og:title']").get("content") == shown
    assert json.loads(root.findtext(".//script[@type='application/ld+json']"))["name"] == shown
    titles = [entry.findtext(f"{ATOM}title") for entry in ET.fromstring(files["feed.xml"]).iter(f"{ATOM}entry")]
    # A page sets quotes and dashes, a feed leaves that to its reader.
    assert shown in {typographic(title, "en") for title in titles} or "hostile" not in files["feed.xml"].decode()


@pytest.mark.parametrize("text", ["A\x01\x1b\x0c B", "]]> <b> & \U0001ffff", "\u202eחדשות", "&#8217;"])
def test_the_title_and_the_description_of_a_site_can_be_any_text(record, tmp_path, text):
    write_settings(tmp_path, title=text, description=text)
    record(tmp_path / "_news")
    files = built(tmp_path)
    assert_well_formed(files)
    assert feedparser.parse(files["feed.xml"]).bozo == 0


@pytest.mark.parametrize("name", ["index.json", "page", "schema.json", "feed.xml", "news", "INDEX.JSON", "harbour"])
def test_no_name_of_a_record_or_of_a_topic_stops_a_build_or_takes_another_files_place(record, tmp_path, name):
    write_settings(tmp_path, api={"source_url": "self"})
    record(tmp_path / "_news", f"{name}.md", title="Harbour", topics=["Named"])
    record(tmp_path / "_news", "2024-05-02-other.md", title="Else", topics=["Named"])
    write_file(tmp_path / "_data/topics/1.yaml", name="All")
    write_file(tmp_path / "_data/topics/2.yaml", name="Named", _id=name, parent="All", services={"news": "x"})
    files = built(tmp_path)
    assert_well_formed(files)
    items = json.loads(files["api/news/index.json"])["value"]
    assert len(items) == 2
    for item in items:
        if item["sourceUrl"] is not None:
            assert json.loads(files[unquote(item["sourceUrl"].removeprefix(BASE))]) == item
    assert json.loads(files["api/stories/schema.json"])["title"]
    feed = json.loads(files["feed.json"])
    for url in [item["url"] for item in feed["items"]]:
        assert unquote(url.removeprefix(BASE)) + "index.html" in files


# Whole sites.


@pytest.fixture(scope="module", params=["the example", "powerapps"])
def whole_site(request, tmp_path_factory):
    name = request.param
    site = ROOT / "site" if name == "the example" else request.getfixturevalue("corpus") / name
    output = tmp_path_factory.mktemp("whole") / "out"
    done = request.getfixturevalue("run")("build", site, "--output", output, "--base-url", BASE)
    assert done.returncode == 0, done.stderr
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def test_a_feed_reader_takes_every_feed_of_a_whole_site(whole_site):
    feeds = {name: content for name, content in whole_site.items() if name.endswith("feed.xml")}
    assert len(feeds) > 20
    for name, content in feeds.items():
        parsed = feedparser.parse(content, response_headers={"content-type": "application/atom+xml; charset=utf-8"})
        assert not parsed.bozo, (name, parsed.get("bozo_exception"))
        assert len({entry.id for entry in parsed.entries}) == len(parsed.entries) > 0
        for entry in parsed.entries:
            path = unquote(entry.link.removeprefix(BASE)) + "index.html"
            assert path in whole_site


def test_every_page_of_a_whole_site_names_feeds_that_are_there(whole_site):
    link = re.compile(rb'<link rel="alternate" type="[^"]+" title="[^"]*" href="([^"]+)">')
    pages = 0
    for name, content in whole_site.items():
        if not name.endswith(".html") or name.endswith("/email.html") or b'http-equiv="refresh"' in content:
            continue
        found = {unquote(urlsplit(url.decode()).path).removeprefix("/daily/") for url in link.findall(content)}
        assert {"feed.xml", "feed.json"} <= found <= whole_site.keys(), name
        pages += 1
    assert pages > 100


def test_every_address_of_a_whole_sites_sitemap_and_list_of_feeds_is_there(whole_site):
    urls = re.findall(r"<loc>([^<]+)</loc>", whole_site["sitemap.xml"].decode())
    assert len(urls) == len(set(urls)) > 100
    assert [url for url in urls if unquote(url.removeprefix(BASE)) + "index.html" not in whole_site] == []
    feeds = [outline.get("xmlUrl") for outline in ET.fromstring(whole_site["feeds.opml"]).iter("outline")]
    assert len(feeds) > 5
    assert [url for url in feeds if unquote(url.removeprefix(BASE)) not in whole_site] == []


# One edit.

OLD, NEW = "Harbour ferry keeps quartz course", "Harbour ferry leaves quartz course"


def write_harbour(site: Path, record, title: str, edited: str) -> None:
    """Write stories of two years; the title `title` is that of the lead, or of the member, of one of them."""
    titles = {"lead": "Harbour ferry starts", "member": "Harbour ferry seen from the deck", edited: title}
    news = site / "_news"
    item = {"title": titles["lead"], "publishedDateTime": "2024-05-10T12:00:00Z", "quality": 80}
    provider = {"name": "Gull", "domain": "gull.example.org"}
    record(
        news,
        "2024-05-10-lead.md",
        title=titles["lead"],
        publishedDateTime="2024-05-10T12:00:00Z",
        quality=80,
        webUrl="https://gull.example.org/lead",
        provider=provider,
        topics=["Harbour"],
        aliases=["2024-05-10-old-name"],
    )
    record(
        news,
        "2024-05-11-member.md",
        title=titles["member"],
        publishedDateTime="2024-05-11T12:00:00Z",
        quality=10,
        webUrl="https://tide.example.org/member",
        provider={"name": "Tide", "domain": "tide.example.org"},
        topics=["Harbour"],
        related=[item],
    )
    for number in range(12):
        record(
            news,
            f"2023-0{number % 9 + 1}-01-other-{number}.md",
            title=f"Matter{number} settled",
            publishedDateTime=f"2023-0{number % 9 + 1}-01T{number:02}:00:00Z",
            webUrl=f"https://other.example.org/{number}",
            topics=["Harbour" if number % 3 else "Town"],
        )


@pytest.mark.parametrize("group", [True, False], ids=["grouped", "one page per record"])
@pytest.mark.parametrize("edited", ["lead", "member"])
def test_a_new_title_changes_exactly_the_outputs_that_show_it(record, tmp_path, edited, group):
    settings = {"pages": {"size": 3}, "stories": {"group": group}, "api": {"source_url": "self", "page_size": 4}}
    write_settings(tmp_path, **settings)
    write_harbour(tmp_path, record, OLD, edited)
    before = built(tmp_path)
    write_harbour(tmp_path, record, NEW, edited)
    after = built(tmp_path)
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {name for name in before if OLD.encode() in before[name] or NEW.encode() in after[name]}
    assert not any(OLD.encode() in content for content in after.values())
    source = "gull" if edited == "lead" else "tide"
    page = "2024-05-11-member" if edited == "member" and not group else "2024-05-10-lead"
    shown = {
        "feed.xml",
        "feed.json",
        f"news/{page}/index.html",
        "topics/harbour/feed.xml",
        f"sources/{source}.example.org/feed.json",
        "api/news/index.json",
        "api/stories/index.json",
        "api/stories/2024-05/index.json",
    }
    assert shown <= changed
    assert not changed & {"sitemap.xml", "feeds.opml", "robots.txt", "topics/town/index.html", "topics/town/feed.xml"}
    assert len(changed) < len(before) / 2


def test_a_record_that_is_written_anew_with_the_same_words_changes_nothing(record, tmp_path):
    write_settings(tmp_path)
    write_harbour(tmp_path, record, OLD, "lead")
    before = built(tmp_path)
    for path in (tmp_path / "_news").glob("*.md"):
        _, front_matter, body = path.read_text(encoding="utf-8").split("---\n")
        values = yaml.safe_load(front_matter)
        values["secured"] = "bmV3;AAAA"
        path.write_text(f"---\n{json.dumps(values, default=str)}\n---\n{body}", encoding="utf-8")
    assert built(tmp_path) == before


# Another clock.


def test_a_later_build_of_the_same_records_has_the_same_bytes(record, tmp_path):
    write_settings(tmp_path, api={"source_url": "self"})
    write_harbour(tmp_path, record, OLD, "lead")
    first = built(tmp_path, NOW)
    assert built(tmp_path, NOW + timedelta(seconds=1)) == first
    assert built(tmp_path, NOW + timedelta(days=4000)) == first


def test_a_scheduled_record_is_all_that_another_clock_brings(record, tmp_path):
    scheduled = {"title": "Lighthouse zephyr", "publishedDateTime": "2024-06-20T12:00:00Z", "topics": ["Lighthouse"]}
    write_settings(tmp_path, api={"source_url": "self"})
    write_harbour(tmp_path, record, OLD, "lead")
    without = built(tmp_path)
    record(tmp_path / "_news", "2024-06-20-scheduled.md", **scheduled, webUrl="https://light.example.org/z")
    early = built(tmp_path, datetime(2024, 6, 20, 11, 59, 59, tzinfo=UTC))
    assert early == without
    late = built(tmp_path, datetime(2024, 6, 20, 12, tzinfo=UTC))
    shown = {name for name, content in late.items() if b"zephyr" in content}
    assert {
        "index.html",
        "feed.xml",
        "feed.json",
        "news/2024-06-20-scheduled/index.html",
        "topics/lighthouse/feed.xml",
        "sources/light.example.org/feed.json",
        "api/news/index.json",
        "api/news/2024-06-20-scheduled/index.json",
        "api/stories/2024-06/index.json",
    } <= shown
    for name in ("sitemap.xml", "feeds.opml"):
        assert b"lighthouse" not in without[name]
        assert b"lighthouse" in late[name]
    assert built(tmp_path, NOW + timedelta(days=4000)) == late


# What is hidden.


@pytest.fixture(params=[True, False], ids=["grouped", "one page per record"])
def group(request):
    return request.param


def write_published_site(site: Path, record, *, hidden: bool, group: bool) -> None:
    """Write the site with canaries of `test_canary.py`, with an address and every output that there can be."""
    write_site(site, record, hidden=hidden, group=group)
    path = site / "broadsheet.yaml"
    values = yaml.safe_load(path.read_text())
    api = {"source_url": "self", "missing_web_url": "page"}
    path.write_text(yaml.safe_dump({**values, "base_url": BASE, "api": api, "pages": {"size": 100}}))
    write_file(site / "_data/topics/1.yaml", name="transport", services={"news": "x"})
    write_file(site / "_data/topics/2.yaml", name="Boats", services={"news": "x"}, parent="transport")
    for kind in HIDDEN:
        word = f"{CANARY}-{kind}"
        write_file(site / f"_data/topics/9-{kind}.yaml", name=f"{word} topic", services={"news": word}, parent="Boats")
        domain = f"{word}.example.org"
        write_file(site / f"_data/organizations/{kind}.md", "", name=word, domain=domain, description=word)


def test_no_canary_is_in_a_feed_an_api_a_sitemap_or_any_other_output(record, tmp_path, group):
    write_published_site(tmp_path, record, hidden=True, group=group)
    files = built(tmp_path)
    for name in ("feed.xml", "feed.json", "feeds.opml", "sitemap.xml", "api/stories/index.json", "api/news/index.json"):
        assert name in files
    assert "api/news/2024-05-01-a-shown/index.json" in files
    assert found_in(tmp_path / "public") == []


def test_the_same_canaries_are_in_every_kind_of_output_when_nothing_hides_them(record, tmp_path, group):
    write_published_site(tmp_path, record, hidden=False, group=group)
    built(tmp_path)
    found = set(found_in(tmp_path / "public"))
    everywhere = "feed.xml feed.json feeds.opml sitemap.xml api/stories/index.json api/stories/2024-05/index.json "
    everywhere += "api/news/index.json api/news/page/1/index.json index.html news/2024-05-01-a-shown/index.html"
    assert set(everywhere.split()) <= found
    for kind in HIDDEN:
        word = f"{CANARY}-{kind}"
        files = {f"api/news/2024-05-02-{word}/index.json", f"sources/{word}.example.org/feed.xml"}
        files |= {f"topics/{word}-topic/feed.json", f"api/news/{word}-topic/page/1/index.json"}
        assert files <= found


def test_a_site_with_nothing_but_hidden_records_has_no_canary_anywhere(record, tmp_path, group):
    write_published_site(tmp_path, record, hidden=True, group=group)
    for name in ("2024-05-01-a-shown.md", "2024-05-03-b-shown.md"):
        (tmp_path / "_news" / name).unlink()
    files = built(tmp_path)
    assert_well_formed(files)
    assert found_in(tmp_path / "public") == []


def test_a_failed_build_leaves_the_outputs_as_they_were(record, tmp_path):
    write_settings(tmp_path)
    path = record(tmp_path / "_news")
    before = built(tmp_path)
    path.write_text("no front matter")
    with pytest.raises(SiteError):
        built(tmp_path)
    assert (tmp_path / "public/feed.xml").read_bytes() == before["feed.xml"]
