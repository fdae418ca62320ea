"""Feeds by the rules of their formats (RFC 4287, JSON Feed 1.1, OPML 2.0), and ids that notify nobody twice."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import html5lib
import pytest
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Feeds as FeedSettings
from broadsheet.config import Pages, Settings, Stories, Topics
from broadsheet.model import Edition, EditionItem, EditionSection, Provider, Sources, TopicFile
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import Theme

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://tram.example.org/daily/"
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
THEME = Theme()
WIRE = Provider("The Wire", "wire.example.org")
# What XML 1.0 can not hold, and what no text has.
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# RFC 3339, with the zone that RFC 4287 asks for.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)").fullmatch
URI = re.compile(r"[a-z][a-z0-9+.-]*:(?:[!#$&-;=?-Z_a-z~\[\]]|%[0-9A-Fa-f]{2})+").fullmatch
TAG_URI = re.compile(r"tag:[a-z0-9.-]+,\d{4}(-\d\d){0,2}:[^#\s]*").fullmatch


def render(*records, topic_files=(), **settings) -> dict[str, bytes]:
    """Return every file of a site but the static ones."""
    chosen = Settings(**{"title": "The Daily Tram", "base_url": BASE, **settings})
    site = arrange(Sources(records, topic_files), chosen, NOW).site
    return {file.path: file.content for file in Renderer(site, chosen).files(THEME, {})}


def named(files: dict[str, bytes], ending: str) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path.endswith(ending)}


def entries(files: dict[str, bytes], path: str = "feed.xml") -> dict[str, dict[str, str]]:
    """Return a feed's entries as what follows feeds keeps of them, by id."""
    found = {}
    for entry in ET.fromstring(files[path]).iter(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link[@rel='alternate']").get("href")
        texts = {name: entry.findtext(f"{ATOM}{name}") for name in ("title", "updated", "published")}
        found[entry.findtext(f"{ATOM}id")] = {"url": link, **texts}
    return found


def is_absolute(url: str) -> bool:
    parts = urlsplit(url)
    return bool(URI(url)) and parts.scheme in {"http", "https"} and bool(parts.hostname)


def children(element: ET.Element, name: str) -> list[ET.Element]:
    return element.findall(ATOM + name)


def broken_common_rules(element: ET.Element) -> list[str]:
    """Return the rules that hold for a feed and for an entry alike, and that `element` breaks."""
    broken = [f"not one {name}" for name in ("id", "title", "updated") if len(children(element, name)) != 1]
    broken += [f"{name} twice" for name in ("published", "summary", "content") if len(children(element, name)) > 1]
    broken += ["id is no tag URI" for id in children(element, "id") if not TAG_URI(id.text or "")]
    broken += ["empty title" for title in children(element, "title") if not (title.text or "").strip()]
    times = [*children(element, "updated"), *children(element, "published")]
    broken += [f"no RFC 3339 time: {time.text}" for time in times if not is_time(time.text or "")]
    texts = [text for name in ("title", "summary", "content") for text in children(element, name)]
    broken += [
        f"{text.tag} is neither plain text nor escaped HTML"
        for text in texts
        if text.get("type", "text") not in {"text", "html"} or len(text)
    ]
    broken += ["a category without a term" for category in children(element, "category") if not category.get("term")]
    return broken + broken_links(element) + broken_authors(element)


def is_time(text: str) -> bool:
    return bool(TIME(text)) and datetime.fromisoformat(text).tzinfo is not None


def broken_links(element: ET.Element) -> list[str]:
    links = children(element, "link")
    broken = [f"no address: {link.get('href')}" for link in links if not is_absolute(link.get("href", ""))]
    alternates = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]
    if len(alternates) != len(set(alternates)):
        broken.append("two alternate links of one type and language")
    return broken


def broken_authors(element: ET.Element) -> list[str]:
    authors = children(element, "author")
    names = [(author.findtext(f"{ATOM}name") or "").strip() for author in authors]
    uris = [uri.text or "" for author in authors for uri in children(author, "uri")]
    return ["an author without a name"] * names.count("") + [
        f"no address: {uri}" for uri in uris if not is_absolute(uri)
    ]


def broken_atom_rules(content: bytes, url: str) -> list[str]:
    """Return what of RFC 4287 an Atom feed breaks that stands at `url`."""
    text = content.decode("utf-8")
    broken = ["control characters"] if NO_TEXT.search(text) else []
    root = ET.fromstring(content)
    if root.tag != f"{ATOM}feed":
        return [*broken, "the root is no feed"]
    broken += broken_common_rules(root)
    own = [link for link in children(root, "link") if link.get("rel") == "self"]
    if [link.get("href") for link in own] != [url]:
        broken.append("the self link is not where the feed stands")
    if any(link.get("type") != "application/atom+xml" for link in own):
        broken.append("the self link has another type")
    known = {"id", "title", "updated", "link", "author", "category", "generator", "subtitle", "rights", "icon", "logo"}
    broken += [
        f"unknown element {child.tag}" for child in root if child.tag.removeprefix(ATOM) not in {*known, "entry"}
    ]
    ids = []
    for entry in children(root, "entry"):
        broken += broken_common_rules(entry)
        ids += [id.text for id in children(entry, "id")]
        if not children(entry, "author") and not children(root, "author"):
            broken.append("an entry without an author")
        if not children(entry, "content") and not any(
            link.get("rel") == "alternate" for link in children(entry, "link")
        ):
            broken.append("an entry with neither content nor a link")
        known = {"id", "title", "updated", "published", "link", "author", "category", "summary", "content"}
        broken += [f"unknown element {child.tag}" for child in entry if child.tag.removeprefix(ATOM) not in known]
        for html in children(entry, "content"):
            broken += broken_content_rules(html.text or "")
    if len(ids) != len(set(ids)):
        broken.append("two entries with one id")
    latest = max(
        (datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) for entry in children(root, "entry")), default=None
    )
    if latest and datetime.fromisoformat(root.findtext(f"{ATOM}updated")) != latest:
        broken.append("the feed was not updated when its latest entry was")
    return broken


def broken_content_rules(html: str) -> list[str]:
    """Return what is wrong with an entry's HTML: relative addresses, scripts, and tags that nobody closed."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root = parser.parseFragment(html)
    elements = [element for element in root.iter() if isinstance(element.tag, str) and element is not root]
    broken = [f"<{element.tag}> in a feed" for element in elements if element.tag not in {"p", "a", "ul", "li"}]
    broken += [
        f"relative address {a.get('href')}" for a in elements if a.tag == "a" and not is_absolute(a.get("href", ""))
    ]
    return broken


def broken_json_feed_rules(content: bytes, url: str) -> list[str]:
    """Return what of JSON Feed 1.1 a feed breaks that stands at `url`."""
    feed = json.loads(content.decode("utf-8"))
    known = {
        "version",
        "title",
        "home_page_url",
        "feed_url",
        "description",
        "language",
        "items",
        "icon",
        "authors",
        "hubs",
    }
    broken = [f"unknown key {key}" for key in feed.keys() - known]
    broken += [] if feed["version"] == "https://jsonfeed.org/version/1.1" else ["another version"]
    broken += [] if feed["title"] and isinstance(feed["title"], str) else ["no title"]
    broken += [] if feed["feed_url"] == url else ["feed_url is not where the feed stands"]
    broken += [] if is_absolute(feed["home_page_url"]) else ["home_page_url is no address"]
    broken += [f"a hub that is none: {hub}" for hub in feed.get("hubs", ()) if not is_hub(hub)]
    ids = [item["id"] for item in feed["items"]]
    broken += ["two items with one id"] if len(ids) != len(set(ids)) else []
    return broken + [rule for item in feed["items"] for rule in broken_item_rules(item)]


def is_hub(hub: object) -> bool:
    return isinstance(hub, dict) and hub.keys() == {"type", "url"} and bool(hub["type"]) and is_absolute(hub["url"])


def broken_item_rules(item: dict) -> list[str]:
    known = {"id", "url", "external_url", "title", "content_html", "summary", "tags"}
    known |= {"date_published", "date_modified", "authors", "language"}
    broken = [f"unknown key {key}" for key in item.keys() - known]
    broken += [] if isinstance(item["id"], str) and TAG_URI(item["id"]) else ["an id is no tag URI"]
    urls = [item["url"], item.get("external_url", BASE), *(author.get("url", BASE) for author in item["authors"])]
    broken += [f"no address: {url}" for url in urls if not is_absolute(url)]
    broken += [f"no time: {item[key]}" for key in ("date_published", "date_modified") if not is_time(item[key])]
    texts = [text for text in item.values() if isinstance(text, str)] + item["tags"]
    broken += [f"control characters in {text}" for text in texts if NO_TEXT.search(text)]
    broken += [] if all(author.get("name") for author in item["authors"]) else ["an author without a name"]
    return broken + broken_content_rules(item["content_html"])


HOSTILE = {
    "control characters": "a\x00b\x08\x0b\x0c\x1b[31m\x7f\x85\ufffe",
    "right to left": "\u202eחדשות\u202c و أخبار",
    "emoji": "\U0001f469\u200d\U0001f680 \U0001f600 up",
    "markup": "</title><script>alert(1)</script>&lt;b&gt; <MSFT.O>",
    "the end of CDATA": "]]> --> ]]&gt;",
    "entities": "&amp;amp; &#8217; &#x1; &#xD800; &nbsp;",
    "ten thousand characters": "word " * 2000,
    "quotes": "\"double\" 'single' `back`",
}


@pytest.fixture
def town(make, link):
    """Records with all that a feed can show: a story, coverage from outside, a video, a topic tree, odd texts."""
    lead = make("a-lead", quality=80, provider=WIRE, excerpt="One & two <three>", topics=("Transport", "Trams"))
    member = make(
        "b-member", hours=2, quality=10, related=(link(lead),), provider=Provider("Other", "other.example.org")
    )
    outside = structs.replace(link(make("z-outside", hours=3)), provider=Provider("A & B", "ab.example.net"))
    lead = structs.replace(lead, related=(outside,), topics=("Transport", "Trams"))
    video = make("c-video", hours=-30, title="Film about nothing else", type="video", web_url=None, topics=("Films",))
    odd = [
        make(
            f"odd-{number}",
            hours=-40 - number,
            title=f"{text} {number}",
            excerpt=text,
            topics=(text,),
            provider=Provider(text, f"odd{number}.example.org"),
        )
        for number, text in enumerate(HOSTILE.values())
    ]
    return (lead, member, video, *odd)


@pytest.fixture
def files(town):
    return render(*town)


def test_every_topic_every_source_and_the_site_have_both_feeds(files):
    folders = {"", "topics/transport/", "topics/trams/", "topics/films/", "sources/wire.example.org/"}
    for folder in folders:
        assert {f"{folder}feed.xml", f"{folder}feed.json"} <= files.keys()
    pages = {
        path.removesuffix("index.html") for path in files if re.fullmatch(r"(topics|sources)/[^/]+/index.html", path)
    }
    assert len(pages) > 20
    assert {path.removesuffix("feed.xml") for path in named(files, "feed.xml")} == {"", *pages}
    assert {path.removesuffix("feed.json") for path in named(files, "feed.json")} == {"", *pages}


def quoted(path: str) -> str:
    return BASE + quote(path)


def test_every_atom_feed_keeps_the_rules_of_its_format(files):
    feeds = named(files, "feed.xml")
    assert len(feeds) > 20
    assert {
        path: broken for path, content in feeds.items() if (broken := broken_atom_rules(content, quoted(path)))
    } == {}


def test_every_json_feed_keeps_the_rules_of_its_format(files):
    feeds = named(files, "feed.json")
    assert len(feeds) > 20
    broken = {
        path: broken for path, content in feeds.items() if (broken := broken_json_feed_rules(content, quoted(path)))
    }
    assert broken == {}


def test_the_manual_names_the_keys_of_a_json_feed_and_no_others(town):
    manual = (Path(__file__).parents[2] / "docs/feeds.md").read_text(encoding="utf-8")
    section = manual.partition("## The keys of a JSON Feed")[2].partition("\n## ")[0]
    tables = [re.findall(r"^\| (`.*?) \|", part, re.M) for part in section.split("An entry:")]
    told_of_feed, told_of_entry = (re.findall(r"`(\w+)`", " ".join(table)) for table in tables)
    feeds = named(render(*town, description="What happens.", feeds=FeedSettings(hub=HUB)), "feed.json").values()
    feed = json.loads(next(iter(feeds)))
    assert list(feed) == told_of_feed
    found = [item for content in feeds for item in json.loads(content)["items"]]
    assert {key for item in found for key in item} == set(told_of_entry)
    assert told_of_entry in [list(item) for item in found]


def test_a_feed_reader_has_nothing_to_complain_about(files):
    for path, content in named(files, "feed.xml").items():
        parsed = feedparser.parse(content, response_headers={"content-type": "application/atom+xml; charset=utf-8"})
        assert not parsed.bozo, (path, parsed.get("bozo_exception"))
        assert parsed.version == "atom10"
        assert parsed.entries, path


def test_both_forms_of_a_feed_say_the_same(files):
    for path, content in named(files, "feed.json").items():
        atom = entries(files, path.replace(".json", ".xml"))
        feed = json.loads(content)
        assert [item["id"] for item in feed["items"]] == list(atom)
        for item in feed["items"]:
            other = atom[item["id"]]
            assert item["title"] == other["title"]
            assert item["url"] == other["url"]
            assert (item["date_published"], item["date_modified"]) == (other["published"], other["updated"])


def test_a_feed_is_newest_first_and_holds_as_many_as_the_settings_say(make):
    records = [make(f"r{n}", hours=-n, title=f"Subject{n} only") for n in range(9)]
    files = render(*records, feeds=FeedSettings(size=4))
    for path in ("feed.xml", "topics/transport/feed.xml"):
        assert [entry["url"] for entry in entries(files, path).values()] == [f"{BASE}news/r{n}/" for n in range(4)]


def test_a_topics_feed_is_newest_first_whatever_the_order_of_its_page(make):
    records = [make(f"r{n}", hours=-n, title=f"Subject{n} only", heat=n) for n in range(4)]
    files = render(*records, topics=Topics(order="hottest"), feeds=FeedSettings(size=2))
    urls = [entry["url"] for entry in entries(files, "topics/transport/feed.xml").values()]
    assert urls == [f"{BASE}news/r{n}/" for n in range(2)]


def test_an_entry_tells_whose_report_it_is_what_about_and_where(files):
    entry = next(
        entry
        for entry in ET.fromstring(files["feed.xml"]).iter(f"{ATOM}entry")
        if "a-lead" in ET.tostring(entry).decode()
    )
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "The Wire"
    assert entry.findtext(f"{ATOM}author/{ATOM}uri") == f"{BASE}sources/wire.example.org/"
    assert {(c.get("term"), c.get("label")) for c in children(entry, "category")} == {
        ("transport", "Transport"),
        ("trams", "Trams"),
    }
    assert entry.find(f"{ATOM}link[@rel='via']").get("href") == "https://a-lead.example.org/a-lead"
    assert entry.findtext(f"{ATOM}summary") == "One & two <three>"
    content = entry.findtext(f"{ATOM}content")
    assert "One &amp; two &lt;three&gt;" in content
    for url in ("https://a-lead.example.org/a-lead", "https://b-member.example.org/b-member"):
        assert f'href="{url}"' in content
    assert "(A &amp; B)" in content


HUB = "https://hub.example.net/?for=us&more"


def hubs(content: bytes) -> list[str]:
    return [link.get("href") for link in children(ET.fromstring(content), "link") if link.get("rel") == "hub"]


def test_a_hub_that_the_settings_name_is_in_both_forms_of_every_feed_and_they_keep_the_rules(town):
    files = render(*town, feeds=FeedSettings(hub=HUB))
    assert len(named(files, "feed.xml")) > 20
    for path, content in named(files, "feed.xml").items():
        assert hubs(content) == [HUB], path
        assert broken_atom_rules(content, quoted(path)) == []
        links = feedparser.parse(content).feed.links
        assert [link.href for link in links if link.rel == "hub"] == [HUB]
        assert [link.href for link in links if link.rel == "self"] == [quoted(path)]
    for path, content in named(files, "feed.json").items():
        assert json.loads(content)["hubs"] == [{"type": "WebSub", "url": HUB}], path
        assert broken_json_feed_rules(content, quoted(path)) == []


def test_the_feed_of_issues_names_the_hub_too(make):
    item = EditionItem("a", "A", url="https://a.example.org/")
    moment = datetime(2024, 6, 1, 7, tzinfo=UTC)
    issue = Edition("2024-06-01", moment - timedelta(days=7), moment, (EditionSection("Transport", (item,)),))
    settings = Settings(title="The Daily Tram", base_url=BASE, feeds=FeedSettings(hub=HUB))
    site = arrange(Sources((make("a"),), editions=(issue,)), settings, NOW).site
    files = {file.path: file.content for file in Renderer(site, settings).files(THEME, {})}
    assert hubs(files["editions/feed.xml"]) == [HUB]
    assert json.loads(files["editions/feed.json"])["hubs"] == [{"type": "WebSub", "url": HUB}]


@pytest.mark.parametrize("base_url", [None, "/daily/"])
def test_a_feed_without_an_absolute_address_of_its_own_names_no_hub(town, base_url):
    files = render(*town, base_url=base_url, feeds=FeedSettings(hub=HUB))
    assert hubs(files["feed.xml"]) == []
    assert "hubs" not in json.loads(files["feed.json"])


def test_without_a_hub_in_the_settings_no_feed_names_one(files):
    assert hubs(files["feed.xml"]) == []
    assert "hubs" not in json.loads(files["feed.json"])


def test_a_lone_surrogate_in_any_text_is_no_end_of_a_build(make):
    text = 'x <b title="\ud800">'
    only_a_tag = '<b title="\udfff">'
    for name in (text, only_a_tag):
        files = render(make("a", title=text, excerpt=text, topics=(name,), provider=Provider(name, "x.example.org")))
        assert broken_atom_rules(files["feed.xml"], f"{BASE}feed.xml") == []
        assert broken_json_feed_rules(files["feed.json"], f"{BASE}feed.json") == []


def test_without_stories_the_feeds_are_empty_and_keep_the_rules(make):
    files = render(make("a", draft=True))
    assert set(named(files, "feed.xml")) == {"feed.xml"}
    assert broken_atom_rules(files["feed.xml"], f"{BASE}feed.xml") == []
    assert broken_json_feed_rules(files["feed.json"], f"{BASE}feed.json") == []


def test_without_a_base_url_every_address_of_our_own_starts_at_the_root(town):
    files = render(*town, base_url=None)
    root = ET.fromstring(files["feed.xml"])
    assert root.find(f"{ATOM}link[@rel='self']").get("href") == "/feed.xml"
    assert all(entry["url"].startswith("/news/") for entry in entries(files).values())


def test_every_page_leads_to_feeds_that_are_there(files, read_page):
    pages = {path: read_page(content.decode()) for path, content in named(files, ".html").items()}
    for path, page in pages.items():
        links = [link for link in page.all("link") if link.get("rel") == "alternate"]
        if page.all("meta[@http-equiv='refresh']"):
            continue
        assert {link.get("type") for link in links} == {"application/atom+xml", "application/feed+json"}, path
        for link in links:
            target = unquote(urlsplit(link.get("href")).path.removeprefix(urlsplit(BASE).path))
            assert target in files, (path, target)
            assert target.endswith(".xml" if "atom" in link.get("type") else ".json")


@pytest.mark.parametrize(
    ("page", "folder"),
    [
        ("index.html", ""),
        ("topics/transport/index.html", "topics/transport/"),
        ("topics/transport/2024-05/index.html", "topics/transport/"),
        ("sources/wire.example.org/index.html", "sources/wire.example.org/"),
        ("sources/wire.example.org/2024-05/index.html", "sources/wire.example.org/"),
    ],
)
def test_the_first_feed_that_a_page_names_is_that_of_its_own_list_by_its_own_title(make, read_page, page, folder):
    records = [make(f"r{n}", hours=-n, title=f"Subject{n} only", provider=WIRE) for n in range(3)]
    files = render(*records, pages=Pages(size=1))
    links = read_page(files[page].decode()).all("link[@rel='alternate']")
    assert links[0].get("href") == f"/daily/{folder}feed.xml"
    assert links[0].get("title") == ET.fromstring(files[f"{folder}feed.xml"]).findtext(f"{ATOM}title")


def test_the_list_of_feeds_names_the_feed_of_every_topic(make):
    topic_files = (
        TopicFile("1.yaml", "All", id="all"),
        TopicFile("2.yaml", 'Trams & "more"', id="trams", parent="All"),
        TopicFile("3.yaml", "Nothing in it", id="empty", parent="All"),
    )
    files = render(make("a", topics=('Trams & "more"',)), topic_files=topic_files)
    root = ET.fromstring(files["feeds.opml"])
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "The Daily Tram"
    outlines = root.findall("body//outline")
    assert [outline.get("text") for outline in outlines] == ["All", 'Trams & "more"']
    for outline in outlines:
        assert outline.get("type") == "rss"
        assert outline.get("title") == outline.get("text")
        assert outline.get("xmlUrl").removeprefix(BASE) in files
        assert outline.get("htmlUrl").removeprefix(BASE) + "index.html" in files


def all_ids(files):
    return {path: set(entries(files, path)) for path in named(files, "feed.xml")}


def test_no_id_holds_an_address_and_a_move_of_the_site_keeps_them_all(town):
    here = render(*town)
    there = render(*town, base_url="http://other.example.net/")
    nowhere = render(*town, base_url=None)
    assert all_ids(here) == all_ids(there) == all_ids(nowhere)
    for path in named(here, "feed.xml"):
        assert len({ET.fromstring(files[path]).findtext(f"{ATOM}id") for files in (here, there, nowhere)}) == 1


def test_a_new_title_keeps_the_id_the_address_and_the_time(make, link):
    def story(title):
        lead = make("lead", title=title, quality=9)
        return render(lead, make("member", hours=1, quality=1, related=(link(lead),)))

    (before,), (after,) = entries(story("Tram line opens")).items(), entries(story("Tram line opens late")).items()
    assert before[0] == after[0]
    assert before[1].pop("title") != after[1].pop("title")
    assert before[1] == after[1]


def with_member(make, link, *, better, member_hours=2, **fields):
    """Return the earliest record and a later one, of which `better` says whether it leads."""
    first = make("first", quality=5)
    second = make("second", hours=member_hours, quality=9 if better else 1, **fields)
    if better:
        return structs.replace(first, related=(link(second),)), second
    return first, structs.replace(second, related=(link(first),))


def test_a_story_keeps_its_id_when_a_later_report_is_folded_and_when_it_leads(make, link):
    alone = entries(render(make("first", quality=5)))
    folded = entries(render(*with_member(make, link, better=False)))
    led = entries(render(*with_member(make, link, better=True)))
    assert list(alone) == list(folded) == list(led)
    assert [entry["url"] for (entry,) in (alone.values(), folded.values(), led.values())] == [
        f"{BASE}news/first/",
        f"{BASE}news/first/",
        f"{BASE}news/second/",
    ]


def test_two_stories_that_become_one_keep_the_id_of_the_earlier(make, link):
    first, second = make("first", quality=5), make("second", hours=1, quality=6, title="Something else")
    apart = entries(render(first, second))
    assert len(apart) == 2
    third = make("third", hours=2, quality=9)
    together = entries(
        render(
            structs.replace(first, related=(link(third),)),
            structs.replace(second, related=(link(third),)),
            third,
        )
    )
    (id,) = together
    assert apart[id]["url"] == f"{BASE}news/first/"


def test_an_id_changes_when_an_earlier_report_joins_and_at_no_later_one(make, link):
    before = entries(render(make("first", quality=5)))
    later = entries(render(*with_member(make, link, better=False, member_hours=0.5)))
    earlier = entries(render(*with_member(make, link, better=False, member_hours=-0.5)))
    assert list(before) == list(later)
    assert not before.keys() & earlier.keys()


def test_of_reports_of_one_moment_the_first_by_file_name_makes_the_id(make, link):
    lead = make("m-lead", quality=9)
    members = [make(name, quality=1, related=(link(lead),)) for name in ("z-late", "b-first")]
    (id,) = entries(render(lead, *members))
    assert id.endswith(":b-first")


def test_a_hidden_report_makes_no_id(make, link):
    lead = make("lead", quality=9)
    hidden = make("kept-secret", hours=-1, quality=1, related=(link(lead),), draft=True)
    (id,) = entries(render(lead, hidden))
    assert id.endswith(":lead")


def test_the_id_of_a_feed_is_that_of_nothing_else(make):
    records = [
        make(name, title=f"Subject{number} only") for number, name in enumerate(["feed", "feed-topics", "topics"])
    ]
    files = render(*records)
    feeds = [ET.fromstring(content).findtext(f"{ATOM}id") for content in named(files, "feed.xml").values()]
    assert len(feeds) == len(set(feeds))
    assert not set(feeds) & set(entries(files))


def updated(*records, **settings) -> str:
    (entry,) = entries(render(*records, **settings)).values()
    return entry["updated"]


def test_a_story_was_updated_when_its_latest_report_came(make, link):
    assert updated(make("first", quality=5)) == "2024-05-10T12:00:00Z"
    assert updated(*with_member(make, link, better=False)) == "2024-05-10T14:00:00Z"
    assert updated(*with_member(make, link, better=True)) == "2024-05-10T14:00:00Z"


def test_an_earlier_report_is_no_update(make, link):
    assert updated(*with_member(make, link, better=False, member_hours=-1)) == "2024-05-10T12:00:00Z"


def test_a_record_that_says_so_was_updated_and_what_it_says_of_the_past_is_none(make):
    assert updated(make("a", updated_at=datetime(2024, 5, 12, tzinfo=UTC))) == "2024-05-12T00:00:00Z"
    assert updated(make("a", updated_at=datetime(2024, 5, 1, tzinfo=UTC))) == "2024-05-10T12:00:00Z"


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Tram extension: another title"},
        {"excerpt": "another"},
        {"topics": ("Transport", "More")},
        {"quality": 4},
        {"heat": 3},
        {"web_url": "https://elsewhere.example.org/"},
        {"provider": WIRE},
        {"body": "More text"},
        {"published": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_other_change_is_an_update(make, change):
    before, after = entries(render(make("a", quality=5))), entries(render(make("a", **{"quality": 5, **change})))
    assert [(id, entry["updated"]) for id, entry in before.items()] == [
        (id, entry["updated"]) for id, entry in after.items()
    ]


def test_when_another_leads_the_time_of_the_update_never_goes_back(make, link):
    first = make("first", quality=5, updated_at=datetime(2024, 5, 14, tzinfo=UTC))
    before = updated(first)
    better = make("second", hours=1, quality=9)
    assert updated(structs.replace(first, related=(link(better),)), better) >= before


def test_when_a_report_no_longer_counts_as_coverage_the_time_of_the_update_stays(make, link):
    first = make("first", quality=5, title="Tram extension delayed")
    second = make("second", hours=8, quality=3, title="Extension costs more", related=(link(first),))
    before = updated(first, second)
    third = make("third", hours=1, quality=9, title="Tram drivers celebrate")
    first, second = (structs.replace(record, related=(*record.related, link(third))) for record in (first, second))
    assert updated(first, second, third) >= before


def test_a_fraction_of_a_second_counts_when_the_latest_entry_is_sought(make):
    records = [
        make("whole", title="Whole subject", published_at=datetime(2024, 5, 10, 12, tzinfo=UTC)),
        make("fraction", title="Fraction matter", published_at=datetime(2024, 5, 10, 12, 0, 0, 500_000, tzinfo=UTC)),
    ]
    assert broken_atom_rules(render(*records)["feed.xml"], f"{BASE}feed.xml") == []


def test_a_source_feed_holds_the_sources_own_reports_folded_ones_too(make, link):
    lead = make("lead", quality=9)
    member = make("member", quality=1, provider=WIRE, related=(link(lead),))
    files = render(lead, member)
    (entry,) = entries(files, "sources/wire.example.org/feed.xml").values()
    assert entry["title"] == member.title
    assert entry["url"] == f"{BASE}news/member/"


def test_a_site_without_stories_has_feeds_of_its_records(make, link):
    lead = make("lead", quality=9)
    member = make("member", hours=-1, quality=1, related=(link(lead),))
    files = render(lead, member, stories=Stories(group=False))
    assert [entry["url"] for entry in entries(files).values()] == [f"{BASE}news/lead/", f"{BASE}news/member/"]
    assert broken_atom_rules(files["feed.xml"], f"{BASE}feed.xml") == []
