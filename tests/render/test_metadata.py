"""What pages say of themselves to machines: JSON-LD in schema.org's own words, Open Graph, canonical links."""

import json
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import pytest
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Pages, Settings, Stories
from broadsheet.model import Image, Organization, Provider, Sources, TopicFile
from broadsheet.render.renderer import Renderer
from broadsheet.render.theme import Theme

BASE = "https://tram.example.org/daily/"
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
THEME = Theme()
ASSETS = {"pictures/own.png": "pictures/own.png?v=1"}

# What schema.org defines for the types that an aggregator may use, and of what type the values are: `Text`, `Date`,
# `URL`, `Integer`, or types of things. Of each type only a part, but that part as it is defined there.
THING = {"name": {"Text"}, "url": {"URL"}, "description": {"Text"}, "image": {"URL"}}
CREATIVE_WORK = {
    **THING,
    "abstract": {"Text"},
    "about": {"Thing"},
    "dateModified": {"Date"},
    "datePublished": {"Date"},
    "hasPart": {"CreativeWork", "VideoObject"},
    "inLanguage": {"Text"},
    "isBasedOn": {"URL", "CreativeWork", "VideoObject"},
    "mainEntity": {"ItemList", "CreativeWork", "VideoObject"},
    "publisher": {"Organization"},
}
PROPERTIES = {
    "CollectionPage": {**CREATIVE_WORK, "breadcrumb": {"BreadcrumbList"}},
    "CreativeWork": CREATIVE_WORK,
    "VideoObject": {**CREATIVE_WORK, "embedUrl": {"URL"}, "thumbnailUrl": {"URL"}, "uploadDate": {"Date"}},
    "ItemList": {**THING, "itemListElement": {"ListItem"}, "numberOfItems": {"Integer"}},
    "BreadcrumbList": {**THING, "itemListElement": {"ListItem"}},
    "ListItem": {**THING, "position": {"Integer"}, "item": {"URL", "CreativeWork"}},
    "Organization": {**THING, "logo": {"URL"}},
}
REQUIRED = {
    "CollectionPage": {"name", "url", "publisher", "inLanguage"},
    "CreativeWork": {"name"},
    "VideoObject": {"name"},
    "ItemList": {"itemListElement"},
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position"},
    "Organization": {"name"},
}


def is_url(value) -> bool:
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and value.isascii() and " " not in value


def is_date(value) -> bool:
    return value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None


def wrong_words(thing: dict, place: str = "page") -> list[str]:
    """Return every type, property and value of `thing`, and of what is in it, that schema.org does not define so."""
    kind = thing.get("@type")
    if kind not in PROPERTIES:
        return [f"{place} is a {kind}"]
    wrong = [f"{place} has no {name}" for name in REQUIRED[kind] - thing.keys()]
    for name, value in thing.items():
        if name in {"@type", "@context"}:
            continue
        allowed = PROPERTIES[kind].get(name)
        if allowed is None:
            wrong.append(f"{place} has {name}, which a {kind} has not")
            continue
        for one in value if isinstance(value, list) else [value]:
            wrong += wrong_value(one, allowed, f"{place}.{name}")
    return wrong


def wrong_value(value, allowed: set[str], place: str) -> list[str]:
    if isinstance(value, dict):
        return wrong_words(value, place) + (
            [] if value.get("@type") in allowed else [f"{place} is a {value.get('@type')}"]
        )
    if isinstance(value, bool) or value in (None, ""):
        return [f"{place} is {value!r}"]
    if isinstance(value, int):
        fits = "Integer" in allowed
    else:
        fits = "Text" in allowed or ("URL" in allowed and is_url(value)) or ("Date" in allowed and is_date(value))
    return [] if fits else [f"{place} is {value!r}"]


def render(*records, topic_files=(), organizations=(), **settings) -> dict[str, bytes]:
    chosen = Settings(**{"title": "The Daily Tram", "base_url": BASE, **settings})
    site = arrange(Sources(records, topic_files, organizations), chosen, NOW).site
    return {file.path: file.content for file in Renderer(site, chosen).files(THEME, ASSETS)}


@pytest.fixture
def things(read_page):
    """Return what every page but redirects says of itself, by path."""

    def things(files) -> dict[str, dict]:
        found = {}
        for path, content in files.items():
            page = read_page(content.decode()) if path.endswith(".html") else None
            if page and not page.all("meta[@http-equiv='refresh']"):
                (script,) = (script for script in page.all("script") if script.get("type") == "application/ld+json")
                found[path] = json.loads(script.text)
        return found

    return things


@pytest.fixture
def meta(read_page):
    """Return the metadata of one page by name or property."""

    def meta(content: bytes) -> dict[str, str]:
        tags = read_page(content.decode()).all("meta")
        return {tag.get("name") or tag.get("property") or "": tag.get("content") for tag in tags}

    return meta


@pytest.fixture
def town(make, link):
    """A story with coverage, a video, odd texts, topics below topics, pictures."""
    lead = make(
        "lead ü", quality=9, topics=("Trams",), excerpt="What & why", images=(Image("https://e.org/a b.png", 2, 1),)
    )
    member = make("member", hours=5, quality=1, related=(link(lead),), provider=Provider("W & Co", "wire.example.org"))
    outside = link(make("outside", hours=2))
    provider = Provider("The Ledger", "ledger.example.org")
    lead = structs.replace(lead, provider=provider, web_url="https://ledger.example.org/tram", related=(outside,))
    video = make("film", title="Film", type="video", web_url=None, original_url=None, hours=-30)
    own = make("own", title="Own", images=(Image("/pictures/own.png"),), hours=-24 * 50)
    return lead, member, video, own


TOPICS = (
    TopicFile("1.yaml", "All", id="all", description="A & B"),
    TopicFile("2.yaml", "Trams", id="trams", parent="All"),
)
SETTINGS = [
    {},
    {"base_url": "https://tram.example.org/"},
    {"web_url": "https://www.example.com/x"},
    {"stories": Stories(group=False)},
    {"pages": Pages(size=1)},
    {"title": None, "description": "All of it", "language": "de"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_every_page_describes_itself_in_words_that_schema_org_has(things, town, settings):
    found = things(render(*town, topic_files=TOPICS, **settings))
    assert len(found) > 12
    for path, thing in found.items():
        assert thing["@context"] == "https://schema.org"
        assert thing["@type"] == "CollectionPage"
        assert wrong_words(thing) == [], path


GOOD_PAGE = {
    "@type": "CollectionPage",
    "name": "x",
    "url": BASE,
    "inLanguage": "en",
    "publisher": {"@type": "Organization", "name": "x"},
}


@pytest.mark.parametrize(
    "change",
    [
        {"@type": "NewsArticle"},
        {"headline": "x"},
        {"url": "/x/"},
        {"description": ""},
        {"mainEntity": {"@type": "ClaimReview"}},
        {"mainEntity": {"@type": "ListItem", "position": 1}},
        {"dateModified": "2024-05-01"},
        {"hasPart": [{"@type": "CreativeWork", "name": "x", "position": 1}]},
        {"publisher": None},
    ],
    ids=str,
)
def test_the_table_of_words_knows_what_is_wrong(change):
    assert wrong_words(GOOD_PAGE) == []
    assert wrong_words({**GOOD_PAGE, **change}) != []


def test_nothing_is_ever_called_an_article_or_a_review_of_ours(town):
    everything = b"".join(render(*town, topic_files=TOPICS).values())
    for word in (b"NewsArticle", b"ClaimReview", b'"Article"', b"BlogPosting", b"articleBody", b'content="article"'):
        assert word not in everything


def test_a_storys_page_is_based_on_the_outside_report_and_names_whose_it_is(things, town):
    thing = things(render(*town, topic_files=TOPICS))["news/lead ü/index.html"]
    lead = thing["mainEntity"]
    assert thing["isBasedOn"] == lead["url"] == town[0].web_url
    assert lead == {
        "@type": "CreativeWork",
        "name": town[0].title,
        "url": town[0].web_url,
        "datePublished": "2024-05-10T12:00:00Z",
        "abstract": "What & why",
        "publisher": {"@type": "Organization", "name": "The Ledger", "url": "https://ledger.example.org/"},
    }
    assert thing["publisher"] == {"@type": "Organization", "name": "The Daily Tram", "url": BASE}
    assert thing["dateModified"] == "2024-05-10T17:00:00Z"
    assert [part["url"] for part in thing["hasPart"]] == [town[1].web_url, "https://outside.example.org/outside"]
    assert thing["url"] == f"{BASE}news/lead%20%C3%BC/"
    assert thing["image"] == "https://e.org/a%20b.png"


def test_nothing_that_this_site_publishes_is_said_to_be_the_report(things, town):
    for thing in things(render(*town, topic_files=TOPICS)).values():
        for work in [thing.get("mainEntity", {}), *thing.get("hasPart", [])]:
            assert not work.get("url", "").startswith(BASE)
        assert not thing.get("isBasedOn", "").startswith(BASE)


def test_a_report_without_an_address_is_the_basis_of_nothing(things, town):
    thing = things(render(*town))["news/film/index.html"]
    assert thing["mainEntity"]["@type"] == "VideoObject"
    assert "isBasedOn" not in thing
    assert "url" not in thing["mainEntity"]


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("index.html", {"lead%20%C3%BC", "film"}),
        ("latest/index.html", {"lead%20%C3%BC", "film", "own"}),
        ("topics/trams/index.html", {"lead%20%C3%BC"}),
        ("sources/wire.example.org/index.html", {"member"}),
    ],
)
def test_a_list_names_what_it_lists_in_its_order_and_where(things, town, path, leads):
    files = render(*town, topic_files=TOPICS)
    listed = things(files)[path]["mainEntity"]
    assert listed["@type"] == "ItemList"
    items = listed["itemListElement"]
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    assert leads <= {item["url"].removeprefix(f"{BASE}news/").rstrip("/") for item in items}
    for item in items:
        assert unquote(item["url"].removeprefix(BASE)) + "index.html" in files


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("latest/index.html", ["The Daily Tram", "Latest"]),
        ("latest/2024-05/index.html", ["The Daily Tram", "Latest", "Latest, May 2024"]),
        ("topics/trams/index.html", ["The Daily Tram", "Topics", "All", "Trams"]),
        ("topics/transport/2024-05/index.html", ["The Daily Tram", "Topics", "Transport", "Transport, May 2024"]),
        ("sources/index.html", ["The Daily Tram", "Sources"]),
        ("archive/2024/05/index.html", ["The Daily Tram", "Archive", "2024", "May 2024"]),
    ],
)
def test_the_way_to_a_page_leads_over_pages_that_are_there(things, town, path, names):
    files = render(*town, topic_files=TOPICS, pages=Pages(size=1))
    crumbs = things(files)[path]["breadcrumb"]["itemListElement"]
    assert [crumb["name"] for crumb in crumbs] == names
    assert [crumb["position"] for crumb in crumbs] == list(range(1, len(names) + 1))
    assert [unquote(crumb["item"].removeprefix(BASE)) + "index.html" for crumb in crumbs][-1] == path
    for crumb in crumbs:
        assert unquote(crumb["item"].removeprefix(BASE)) + "index.html" in files


def test_every_crumb_of_every_page_leads_somewhere(things, town):
    files = render(*town, topic_files=TOPICS, pages=Pages(size=1))
    found = [thing["breadcrumb"]["itemListElement"] for thing in things(files).values() if "breadcrumb" in thing]
    assert len(found) > 12
    for crumb in (crumb for crumbs in found for crumb in crumbs):
        assert unquote(crumb["item"].removeprefix(BASE)) + "index.html" in files


HOSTILE = [
    "</script><script>alert(1)//",
    "<!--",
    "<!--<script>",
    "]]></script >",
    "\u2028\u2029 line",
    '"><svg onload=alert(1)>',
    "\\u003c/script\\u003e \\",
    "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;!--",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_gets_out_of_the_script_element(things, make, link, text):
    other = make("other", title=f"Tram {text}", quality=1, provider=Provider(text, "x.example.org"))
    lead = make(
        "lead", title=f"Tram {text} x", excerpt=text, quality=9, topics=(f"T {text}",), provider=Provider(text, "")
    )
    other = structs.replace(other, related=(link(lead),))
    organization = Organization("o.md", "x.example.org", f"O {text}", text)
    files = render(lead, other, organizations=(organization,), title=f"S {text}", description=text)
    assert len(things(files)) > 8
    for path, thing in things(files).items():
        assert wrong_words(thing) == [], path
    for path, content in files.items():
        if path.endswith(".html"):
            html = content.decode().lower()
            assert html.count("<script") == html.count("</script>") <= 3
            assert "<!--" not in html
            assert "<svg" not in html


@pytest.mark.parametrize("text", ["Ünïcode “quotes” & <3 \U0001f600", "a\\b\"c'd", "חדשות", "x </b> y"])
def test_the_name_of_a_page_is_its_title_as_readers_see_it(things, read_page, meta, make, text):
    files = render(make("a", title=text))
    page = read_page(files["news/a/index.html"].decode())
    shown = page.all("h1")[0].text
    assert things(files)["news/a/index.html"]["name"] == shown == meta(files["news/a/index.html"])["og:title"]


def test_open_graph_says_what_the_page_says(meta, town):
    files = render(*town, topic_files=TOPICS)
    found = meta(files["news/lead ü/index.html"])
    assert {name: value for name, value in found.items() if name.startswith(("og:", "twitter:"))} == {
        "og:site_name": "The Daily Tram",
        "og:type": "website",
        "og:title": town[0].title,
        "og:description": "What & why",
        "og:url": f"{BASE}news/lead%20%C3%BC/",
        "og:image": "https://e.org/a%20b.png",
        "twitter:card": "summary_large_image",
    }
    assert found["description"] == found["og:description"]
    home = meta(files["index.html"])
    assert (home["og:title"], home["og:url"], home["twitter:card"]) == ("The Daily Tram", BASE, "summary")
    assert "og:image" not in home
    assert meta(files["topics/all/index.html"])["og:description"] == "A & B"


def test_every_page_for_readers_has_a_card_and_its_canonical_address(meta, read_page, town):
    files = {path: content for path, content in render(*town, topic_files=TOPICS).items() if path.endswith(".html")}
    for path, content in files.items():
        page, found = read_page(content.decode()), meta(content)
        canonical = [link.get("href") for link in page.all("link[@rel='canonical']")]
        if page.all("meta[@http-equiv='refresh']"):
            assert found["robots"] == "noindex"
            assert unquote(canonical[0].removeprefix(BASE)) + "index.html" in files
            continue
        assert {"og:site_name", "og:type", "og:title", "twitter:card"} <= found.keys()
        if path == "404.html":
            assert (canonical, found.get("og:url")) == ([], None)
        else:
            assert canonical == [found["og:url"]]
            assert unquote(canonical[0].removeprefix(BASE)) + "index.html" == path


def test_a_picture_of_our_own_has_an_absolute_address(meta, things, town):
    files = render(*town)
    assert meta(files["news/own/index.html"])["og:image"] == f"{BASE}pictures/own.png?v=1"
    assert things(files)["news/own/index.html"]["image"] == f"{BASE}pictures/own.png?v=1"


def test_a_picture_that_many_share_stands_for_no_page(meta, make):
    shared = Image("https://e.org/placeholder.png", 2, 1)
    files = render(*(make(f"r{n}", title=f"Subject{n}", images=(shared,)) for n in range(4)))
    assert "og:image" not in meta(files["news/r0/index.html"])


def test_without_a_base_url_nothing_claims_a_canonical_address(meta, things, town):
    files = render(*town, base_url=None)
    found = meta(files["news/lead ü/index.html"])
    assert "og:url" not in found
    assert b'rel="canonical"' not in b"".join(files.values())
    assert things(files)["news/lead ü/index.html"]["url"] == "/news/lead%20%C3%BC/"


def test_a_long_list_of_coverage_is_told_in_part(things, make, link):
    lead = make("lead", quality=9)
    lead = structs.replace(lead, related=tuple(link(make(f"m{n}")) for n in range(70)))
    thing = things(render(lead))["news/lead/index.html"]
    assert [part["url"] for part in thing["hasPart"]] == [f"https://m{n}.example.org/m{n}" for n in range(50)]
