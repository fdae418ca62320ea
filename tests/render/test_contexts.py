"""What pages show, and the contract between the program and a theme."""

import inspect
import sys
from collections import Counter
from datetime import UTC, datetime
from importlib import resources
from urllib.parse import unquote, urlsplit

import pytest
from jinja2 import meta, nodes
from markupsafe import Markup
from msgspec import structs

from broadsheet.arrange.site import arrange
from broadsheet.config import Home, Import, Pages, Settings, Stories
from broadsheet.config import Theme as Theming
from broadsheet.model import (
    Coverage,
    Edition,
    Image,
    ImportedFrom,
    Organization,
    PlainPage,
    Provider,
    Sources,
    TopicFile,
)
from broadsheet.problems import SiteError
from broadsheet.render import views
from broadsheet.render.contexts import Contexts
from broadsheet.render.pages import plan_pages
from broadsheet.render.security import EARLY_SCRIPT
from broadsheet.render.theme import Theme

NOW = datetime(2024, 6, 15, tzinfo=UTC)
BASE = "https://example.org/sub/folder/"
ID = "dQw4w9WgXcQ"
PICTURE = Image("https://img.example.org/tram.png", 640, 360, "A tram")


def story(pages, slug):
    return pages[f"news/{slug}/index.html"]


# Cards and story pages.


def test_a_card_shows_title_excerpt_provider_date_picture_and_topics(make, pages):
    record = make(
        "a", excerpt="Three new stops.", provider=Provider("The Tram Post", "a.example.org"), images=(PICTURE,)
    )
    (card,) = pages(record)["latest/index.html"].classed("card")
    (image,) = card.findall(".//img")
    text = " ".join("".join(card.itertext()).split())
    for part in (record.title, "Three new stops.", "The Tram Post", "10 May 2024", "Transport"):
        assert part in text
    assert card.find(".//time").get("datetime") == "2024-05-10T12:00:00Z"
    assert {name: image.get(name) for name in ("src", "width", "height", "alt")} == {
        "src": PICTURE.url,
        "width": "640",
        "height": "360",
        "alt": "A tram",
    }
    links = [a.get("href") for a in card.iter("a")]
    assert {"/news/a/", "/topics/transport/", "/sources/a.example.org/", record.web_url} <= set(links)


def test_a_picture_of_unknown_size_has_no_size(make, pages):
    record = make("a", images=(Image("https://img.example.org/1.png", 640, 0),))
    (image,) = story(pages(record), "a").pictures()
    assert (image.get("width"), image.get("height")) == (None, None)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:image/png;base64,AAAA", "ftp://x.example/1.png", "/gone.png", "//"]
)
def test_a_picture_that_is_no_address_and_no_file_of_the_site_is_not_shown(make, pages, url):
    for page in pages(make("a", images=(Image(url),))).values():
        assert page.pictures() == []


def test_the_first_picture_that_can_be_shown_is(make, pages):
    record = make("a", images=(Image("javascript:x"), PICTURE))
    assert [image.get("src") for image in story(pages(record), "a").pictures()] == [PICTURE.url]


def test_a_picture_of_the_site_itself_is_linked_under_the_base_path_with_its_version(make, pages):
    found = pages(
        make("a", images=(Image("/pictures/tram.png"),)),
        assets={"pictures/tram.png": "pictures/tram.png?v=1"},
        base_url=BASE,
    )
    assert story(found, "a").pictures()[0].get("src") == "/sub/folder/pictures/tram.png?v=1"


def test_a_picture_that_more_than_three_records_share_is_not_shown(make, pages):
    records = [make(f"r{n}", title=f"Title{n}", images=(PICTURE,)) for n in range(4)]
    assert len(pages(*records[:3])["latest/index.html"].pictures()) == 3
    for page in pages(*records).values():
        assert page.pictures() == []


def test_the_sign_of_a_site_stands_beside_its_name_on_every_page_and_is_the_settings_own_where_it_is_there(make, pages):
    theme = {"theme": Theming(logo="/pics/sign.svg"), "base_url": BASE}
    for there, expected in (({"pics/sign.svg": "pics/sign.svg?v=2"}, "pics/sign.svg?v=2"), ({}, "theme/icon.svg?v=1")):
        for path, page in pages(make("a"), assets=there, **theme).items():
            (image,) = page.all("img")
            assert image.get("src") == f"/sub/folder/{expected}", path


def test_a_story_page_has_the_lead_its_coverage_and_what_is_only_linked(make, link, pages):
    lead = make("lead", quality=9, excerpt="Three new stops.")
    member = make("member", quality=1, related=(link(lead),))
    opera = make("opera", title="Opera roof leaks", quality=1, related=(link(lead),))
    other = make("other", title="Tram drivers wanted", quality=1)
    abroad = Coverage("Tram extension seen from abroad", lead.published_at, web_url="https://abroad.example.net/")
    lead = structs.replace(lead, related=(link(other), abroad))
    page = story(pages(lead, member, opera, other), "lead")
    assert [h1.text for h1 in page.all("h1")] == [lead.title]
    shown = {h2.text: [row.find(".//a").text for row in rows] for h2, *rows in map(list, page.classed("rows"))}
    assert shown == {"Loosely related": [opera.title, other.title]}
    (timeline,) = page.classed("timeline")
    assert [report.find("p[@class='row-title']").find("a").text for report in told(timeline)] == [
        member.title,
        abroad.title,
    ]
    (own,) = page.classed("is-lead")
    assert lead.title in "".join(own.itertext())


def told(timeline):
    """The reports of a timeline but the story's own, in order."""
    return [li for li in timeline.iter("li") if li.get("class") == "report"]


def test_without_groups_a_page_lists_all_that_its_record_relates_to_and_has_no_timeline(make, link, pages):
    other = make("other", title="Tram drivers wanted")
    abroad = Coverage("Tram extension seen from abroad", other.published_at, web_url="https://abroad.example.net/")
    page = story(pages(make("a", related=(link(other), abroad)), other, stories=Stories(group=False)), "a")
    shown = {h2.text: [row.find(".//a").text for row in rows] for h2, *rows in map(list, page.classed("rows"))}
    assert shown == {"Related": [other.title, abroad.title]}
    assert page.classed("timeline") == []


def test_a_member_leads_to_its_report_from_the_page_of_its_story(make, link, pages):
    lead = make("lead", quality=9)
    member = make("member", quality=1, related=(link(lead),))
    (report,) = told(story(pages(lead, member), "lead").classed("timeline")[0])
    assert report.get("id") == "item-member"
    assert report.find("p[@class='row-title']/a").get("href") == member.web_url


def test_a_related_record_leads_to_its_page_here_and_any_other_item_out(make, link, pages):
    other = make("other", title="Tram drivers wanted")
    abroad = Coverage("Tram extension seen from abroad", other.published_at, web_url="https://abroad.example.net/")
    links = story(pages(make("a", related=(link(other), abroad)), other), "a").links()
    assert "/news/other/" in links
    assert "https://abroad.example.net/" in links
    assert other.web_url not in links


def test_a_related_record_leads_to_its_page_here_without_groups_too(make, link, pages):
    lead = make("lead", quality=9)
    member = make("member", quality=1, related=(link(lead),))
    assert "/news/lead/" in story(pages(lead, member, stories=Stories(group=False)), "member").links()


def test_an_item_without_an_address_is_told_and_not_linked(make, pages):
    video = Coverage("Tram extension filmed", make("a").published_at, type="video")
    page = story(pages(make("a", related=(video,))), "a")
    (report,) = told(page.classed("timeline")[0])
    assert "Tram extension filmed" in "".join(report.itertext())
    assert [a.get("href") for a in report.iter("a")] == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "java\nscript:x", "//evil.example/", "file:///etc/passwd", ""]
)
def test_no_page_links_to_what_is_no_web_address(make, pages, url):
    item = Coverage("Tram extension elsewhere", make("a").published_at, web_url=url)
    for page in pages(make("a", web_url=url, original_url=url, related=(item,))).values():
        for target in page.links():
            assert target.startswith(("/", "#"))
            assert not target.startswith("//")


def test_no_page_has_one_id_twice(make, link, pages):
    lead = make("lead", quality=5)
    strange = make("strange", quality=1, title="Opera roof leaks", related=(link(lead),))
    here = make("here", quality=9, related=(link(strange), link(lead)))
    for path, page in pages(lead, strange, here).items():
        ids = [element.get("id") for element in page.root.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), path


def test_a_card_in_a_list_shows_some_of_the_coverage_and_how_much_more_there_is(make, link, pages):
    lead = make("lead", quality=9)
    members = [make(f"m{n}", quality=1, related=(link(lead),)) for n in range(5)]
    (card,) = pages(lead, *members, stories=Stories(shown_members=2))["latest/index.html"].classed("card")
    assert len([row for row in card.iter() if row.get("class") == "row"]) == 2
    assert "3 more" in "".join(card.itertext())


def test_a_video_is_a_link_with_its_id_alone_and_only_its_page_may_frame_it(make, pages):
    html = f'<iframe src="https://www.youtube.com/embed/{ID}?x=1" onload="evil()"></iframe><script>evil()</script>'
    found = pages(make("a", type="video", web_url=None, featured_content=html), make("b", title="Opera roof leaks"))
    page = story(found, "a")
    (video,) = page.classed("video")
    assert (video.tag, video.get("data-video")) == ("a", ID)
    assert video.get("href") == f"https://www.youtube.com/watch?v={ID}"
    assert "evil" not in page.html
    for path, other in found.items():
        assert other.all("iframe") == []
        (policy,) = other.all("meta[@http-equiv='Content-Security-Policy']")
        frames = "; frame-src https://www.youtube-nocookie.com;"
        assert (frames in policy.get("content")) == (other is page), path
        assert ("frame-src" in policy.get("content")) == (other is page), path


def test_a_body_is_shown_sanitised_on_the_story_page_only(make, pages):
    found = pages(make("a", body="Some **bold** words <script>evil()</script>"))
    assert [b.text for b in story(found, "a").all("strong")] == ["bold"]
    assert not any("evil()" in page.html and page.all("script") for page in found.values())


def test_heat_below_zero_is_never_displayed(make, pages):
    for page in pages(make("a", heat=-1)).values():
        assert "-1" not in page.text()


# Redirects.


def test_a_redirect_sends_browsers_crawlers_and_people_to_the_story(make, link, pages):
    lead = make("lead", quality=9, aliases=("old",))
    member = make("member", quality=1, related=(link(lead),))
    found = pages(lead, member, base_url=BASE)
    for slug, anchor in (("member", "#item-member"), ("old", "")):
        page = story(found, slug)
        target = f"/sub/folder/news/lead/{anchor}"
        refresh = [m.get("content") for m in page.all("meta") if m.get("http-equiv") == "refresh"]
        assert refresh == [f"0; url={target}"]
        assert page.links() == [target]
        assert [c.get("href") for c in page.all("link[@rel='canonical']")] == [f"{BASE}news/lead/"]
        assert lead.title in page.text()


def test_the_place_that_a_redirect_leads_to_is_there(make, link, pages):
    lead = make("lead", quality=9)
    members = [make(name, quality=1, related=(link(lead),)) for name in ("caf\u00e9 one", "2+2", "a'b&c")]
    opera = make("opera", title="Opera roof leaks", quality=1, related=(link(lead),))
    found = pages(lead, *members, opera)
    ids = {element.get("id") for element in story(found, "lead").root.iter()}
    for record in (*members, opera):
        (target,) = story(found, record.slug).links()
        assert unquote(target.partition("#")[2]) in ids


def test_without_a_base_url_nothing_is_canonical(make, link, pages):
    lead = make("lead", quality=9)
    for page in pages(lead, make("member", quality=1, related=(link(lead),))).values():
        assert page.all("link[@rel='canonical']") == []


def test_every_page_but_the_missing_one_has_its_canonical_address(make, pages):
    for path, page in pages(make("caf\u00e9"), base_url=BASE).items():
        canonical = [element.get("href") for element in page.all("link[@rel='canonical']")]
        assert len(canonical) == (0 if path == "404.html" else 1)
    assert canonical == [] or all(url.startswith(BASE) for url in canonical)


def test_canonical_links_point_to_the_web_url_where_there_is_one(make, pages):
    page = pages(make("a"), base_url=BASE, web_url="https://news.example.net")["latest/index.html"]
    assert [element.get("href") for element in page.all("link[@rel='canonical']")] == [
        "https://news.example.net/latest/"
    ]


# Whole sites.


def a_whole_site(make, link):
    """Records that make a page of every kind, with something in every part of it."""
    wire = Provider("Wire", "wire.example.org")
    lead = make("lead", quality=60, excerpt="Three new stops.", images=(PICTURE,), body="A *body*.", provider=wire)
    abroad = Coverage("Tram extension seen from abroad", lead.published_at, web_url="https://abroad.example.net/")
    video = make(
        "video",
        title="Tram drivers wanted",
        type="video",
        web_url=None,
        heat=3,
        featured_content=f'<iframe src="https://www.youtube.com/embed/{ID}">',
    )
    lead = structs.replace(lead, related=(abroad, link(video), Coverage("Opera", lead.published_at)), aliases=("old",))
    member = make("member", quality=1, related=(link(lead),), provider=wire, excerpt="No more than one stop.")
    more = [
        make(f"more{n}", title=f"Title{n}", hours=-24 * n, provider=wire, topics=("Trams",), excerpt="Short.")
        for n in range(12)
    ]
    return {
        "records": (lead, member, video, *more),
        "topics": (
            TopicFile("1.yaml", "All", "all", description="Everything"),
            TopicFile("2.yaml", "Transport", "transport", parent="All"),
            TopicFile("3.yaml", "Trams", "trams", parent="Transport", description="On rails"),
        ),
        "organizations": (Organization("w.md", "wire.example.org", "The Wire", "Since ever", (PICTURE,)),),
    }


FILES_BESIDE = ("feed.xml", "feed.json", "feeds.opml")


def test_every_link_starts_with_the_base_path_and_leads_to_a_page_that_is_there(make, link, pages):
    whole = a_whole_site(make, link)
    found = pages(*whole.pop("records"), **whole, base_url=BASE, pages=Pages(size=2))
    for page in found.values():
        refreshes = [
            m.get("content").partition("url=")[2] for m in page.all("meta") if m.get("http-equiv") == "refresh"
        ]
        for target in (*page.links(), *refreshes):
            if target.startswith(("http:", "https:", "#")):
                continue
            assert target.startswith("/sub/folder/")
            path = unquote(urlsplit(target).path).removeprefix("/sub/folder/")
            if path.endswith(FILES_BESIDE):
                continue
            assert (f"{path}index.html" if path.endswith("/") or not path else path) in found


def test_every_page_can_be_reached_from_the_front_page(make, link, pages):
    whole = a_whole_site(make, link)
    found = pages(*whole.pop("records"), **whole, pages=Pages(size=2), home=Home(days=1))
    reached, waiting = set(), ["index.html"]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            local = [target for target in found[path].links() if target.startswith("/")]
            local = [target for target in local if not target.endswith(FILES_BESIDE)]
            waiting += [f"{unquote(urlsplit(target).path)[1:]}index.html" for target in local]
    assert set(found) - reached <= {"404.html", "news/old/index.html", "news/member/index.html"}


HOSTILE = (
    "\"><script>alert(1)</script>'<img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}"
    "&lt;script&gt;alert(3)&lt;/script&gt;&amp;lt;b"
)


def test_hostile_text_is_only_text_wherever_it_stands(make, link, pages):
    provider = Provider(HOSTILE, "wire.example.org")
    hostile = {"title": f"Tram {HOSTILE}", "excerpt": HOSTILE, "provider": provider, "topics": (f"Topic {HOSTILE}",)}
    lead = make("lead", **hostile, quality=9, images=(Image("https://img.example.org/1.png", 1, 1, HOSTILE),))
    abroad = Coverage(
        f"Tram {HOSTILE}", lead.published_at, HOSTILE, "https://x.example.net/", provider=Provider(HOSTILE, "x")
    )
    lead = structs.replace(lead, related=(abroad,), locale=HOSTILE, category=HOSTILE)
    member = make("member", **{**hostile, "title": f"Tram two {HOSTILE}"}, quality=1, related=(link(lead),))
    found = pages(
        lead,
        member,
        topics=(TopicFile("1.yaml", HOSTILE, description=HOSTILE, shortname=HOSTILE),),
        organizations=(Organization("w.md", "wire.example.org", HOSTILE, HOSTILE),),
        title=HOSTILE,
        description=HOSTILE,
        pages=Pages(size=1),
    )
    for path, page in found.items():
        for script in page.all("script"):
            assert is_the_themes(script), path
        assert [image.get("src") for image in page.all("img") if image.get("src") == "x"] == [], path
        for element in page.root.iter():
            assert not [name for name in element.attrib if name.startswith("on")], path
        assert "49" not in page.text(), "a template in a text is no template"


def is_the_themes(script):
    """Whether a script is one of the three that every page has: a description, the early one, the reader's."""
    early, reader = {}, {"src": "/theme/broadsheet.js?v=1", "defer": ""}
    if script.attrib == early:
        return script.text == EARLY_SCRIPT
    return script.attrib in ({"type": "application/ld+json"}, reader)


def test_a_site_in_a_language_that_is_written_from_right_to_left_says_so(make, pages):
    for language, direction in (("he", "rtl"), ("ar-EG", "rtl"), ("FA", "rtl"), ("en", "ltr"), ("art", "ltr")):
        for page in pages(make("a"), language=language).values():
            html = page.root if page.root.tag == "html" else page.root.find("html")
            assert (html.get("lang"), html.get("dir")) == (language, direction)


def test_dates_and_months_are_those_of_the_time_zone_of_the_site(make, pages):
    record = make("a", published_at=datetime(2024, 4, 30, 20, tzinfo=UTC))
    found = pages(record, time_zone="Asia/Tokyo")
    assert "1 May 2024" in story(found, "a").text()
    month = found["archive/2024/05/index.html"]
    (day,) = month.all("h2/time")
    assert (day.text, day.get("datetime")) == ("1 May 2024", "2024-05-01")


def test_the_menu_shows_what_is_below_a_single_root_topic(make, pages):
    topics = (TopicFile("1.yaml", "All", "all"), TopicFile("2.yaml", "Trams", "trams", parent="All", shortname="Rails"))
    page = pages(make("a", topics=("Trams",)), topics=topics)["index.html"]
    menu = [" ".join(a.itertext()) for a in page.classed("menu")[0].iter("a")]
    assert menu == ["Latest", "Rails"]


def test_sources_are_the_most_quoted_first(make, pages):
    records = [
        make(f"r{n}", title=f"Title{n}", provider=Provider(name, f"{name}.example.org"))
        for n, name in enumerate("baacb")
    ]
    page = pages(*records)["sources/index.html"]
    assert [a.text for a in page.classed("columns")[0].iter("a")] == ["a", "b", "c"]


def test_a_card_is_rendered_once_however_many_lists_carry_it(make, link):
    whole = a_whole_site(make, link)
    settings = Settings(title="x", pages=Pages(size=2))
    site = arrange(Sources(whole["records"], whole["topics"], whole["organizations"]), settings, NOW).site
    rendered = []

    def render(name, context):
        if name in {"_card.html", "_row.html", "_brief.html"}:
            rendered.append((name, context["item"].title, context.get("is_here"), context.get("is_lead")))
        return Markup()

    contexts = Contexts(site, settings, {}, render)
    for page in plan_pages(site):
        contexts.context(page)
    assert [times for times in Counter(rendered).items() if times[1] > 1] == []
    assert {name for name, *_ in rendered} == {"_card.html", "_row.html", "_brief.html"}
    assert len(rendered) < 4 * len(site.records)


def test_what_stands_on_every_page_is_rendered_once_for_all_that_show_the_same(make, link):
    whole = a_whole_site(make, link)
    site = arrange(Sources(whole["records"], whole["topics"], whole["organizations"]), Settings(title="x"), NOW).site
    rendered = []

    def render(name, context):
        if name in {"_menu.html", "_footer.html"}:
            rendered.append((name, context.get("current"), context.get("feed")))
        return Markup()

    contexts = Contexts(site, Settings(title="x"), {}, render)
    for page in plan_pages(site):
        contexts.context(page)
    assert len(rendered) == len(set(rendered))
    marked = {"", "/latest/", *(topic.url for topic in contexts.site.topics)}
    assert {current for name, current, _ in rendered if name == "_menu.html"} == marked


def test_the_menu_marks_the_page_that_it_leads_to_and_the_footer_has_its_feed(make, link, pages):
    whole = a_whole_site(make, link)
    found = pages(*whole.pop("records"), **whole, pages=Pages(size=2))
    marked = {
        path: [a.get("href") for a in page.classed("menu")[0].iter("a") if a.get("aria-current") == "page"]
        for path, page in found.items()
        if page.classed("menu")
    }
    assert marked["latest/index.html"] == ["/latest/"]
    assert marked["topics/transport/index.html"] == ["/topics/transport/"]
    assert marked["index.html"] == marked["news/lead/index.html"] == marked["topics/trams/index.html"] == []
    feeds = {
        path: page.classed("colophon")[0].findall(".//a")[-1].get("href")
        for path, page in found.items()
        if path in marked
    }
    assert feeds["topics/transport/index.html"] == "/topics/transport/feed.xml"
    assert feeds["news/lead/index.html"] == "/feed.xml"


def lines_run(records, settings):
    """Count the lines of the program that run to arrange records, and to make the contexts of all pages."""
    lines = 0

    def trace(frame, event, argument):
        nonlocal lines
        lines += event == "line"
        return trace if "broadsheet" in frame.f_code.co_filename else None

    # Whoever measures which lines run is at it, too.
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        site = arrange(Sources(records), settings, NOW).site
        contexts = Contexts(site, settings, {}, lambda name, context: Markup())
        for page in plan_pages(site):
            contexts.context(page)
    finally:
        sys.settrace(before)
    return lines


def test_a_site_of_twice_as_many_records_and_pages_takes_twice_the_work(make):
    wire = Provider("Wire", "wire.example.org")
    records = tuple(
        make(f"r{number:04}", title=f"Headline{number}", hours=-24 * number, provider=wire) for number in range(800)
    )
    settings = Settings(title="x", pages=Pages(size=1))
    half, whole = (lines_run(records[:size], settings) for size in (400, 800))
    assert half > 10_000
    assert whole <= 2.2 * half


# The contract: what templates are given.

LIST = {"heading", "description", "period", "cards", "months", "days", "children"}
GIVEN = {
    "home": {"lead", "seconds", "sections", "date", "iso"},
    "latest": LIST,
    "topic": LIST | {"id"},
    "source": LIST | {"domain", "logo", "figures"},
    "topics": {"topics"},
    "sources": {"sources", "status"},
    "imports": {"feeds"},
    "archive": {"years"},
    "year": {"year", "months"},
    "month": {"heading", "days"},
    "story": {
        *("story", "outlets", "topics", "video", "still", "body", "copies", "coverage", "earlier", "timeline"),
        *("is_grouped", "related", "related_stories", "also_linked", "time_zone"),
    },
    "editions": {"editions"},
    "edition": {"edition"},
    "plain": {"description", "body"},
    "search": {"search_script", "bundle"},
    "redirect": {"target", "story_title", "canonical"},
    "not_found": {"rows"},
}
PARTIALS = {
    "_card.html": {"story", "item", "site", "is_lead"},
    "_brief.html": {"story", "item", "site"},
    "_row.html": {"item", "is_here", "site"},
    "_menu.html": {"current", "site"},
    "_footer.html": {"feed", "site"},
}
VIEWS = {
    name: view
    for name, view in vars(views).items()
    if inspect.isclass(view) and hasattr(view, "__struct_fields__") and view.__struct_fields__
}


@pytest.mark.parametrize("group", [True, False], ids=["grouped", "one page per record"])
def test_every_kind_of_page_is_given_exactly_these_names(make, link, group):
    whole = a_whole_site(make, link)
    imports = Import(("https://feeds.example.org/",))
    settings = Settings(title="x", pages=Pages(size=2), stories=Stories(group=group), search=True, import_=imports)
    cut = Edition("2024-06-01", datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC), file="cut.yaml")
    plain = PlainPage("pages/about.md", ("about",), "About", "Who we are", "A *body*.")
    sources = Sources(whole["records"], whole["topics"], whole["organizations"], editions=(cut,), plain_pages=(plain,))
    sources = structs.replace(sources, imported_from={imports.sources[0]: ImportedFrom()})
    site = arrange(sources, settings, NOW).site
    partials = {}

    def render(name, context):
        partials.setdefault(name, set(context))
        assert partials[name] == set(context)
        return Markup()

    contexts = Contexts(site, settings, {}, render)
    given = {}
    for page in plan_pages(site, searched=True):
        names = set(contexts.context(page))
        assert given.setdefault(page.kind, names) == names, page.path
    assert given == {kind: names | {"site", "page"} for kind, names in GIVEN.items()}
    assert partials == PARTIALS


def templates():
    folder = resources.files("broadsheet.templates")
    return {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".html")}


def chain(name, environment, sources):
    """The template and those that it extends or includes."""
    tree = environment.parse(sources[name])
    referred = [found for found in meta.find_referenced_templates(tree) if found]
    return {name}.union(*(chain(found, environment, sources) for found in referred))


@pytest.mark.parametrize("kind", GIVEN)
def test_the_default_templates_use_no_name_that_they_are_not_given(kind):
    environment, sources = Theme()._environment, templates()
    used = set()
    for name in chain(f"{kind}.html", environment, sources):
        used |= undeclared(environment.parse(sources[name]))
    assert used - {"_"} <= GIVEN[kind] | {"site", "page"}


def undeclared(tree):
    """The names that a template takes from its context: a block sees what its template imports."""
    imported = {name for node in tree.find_all(nodes.FromImport) for name in node.names}
    return meta.find_undeclared_variables(tree) - imported


@pytest.mark.parametrize("partial", PARTIALS)
def test_the_default_partials_use_no_name_that_they_are_not_given(partial):
    assert undeclared(Theme()._environment.parse(templates()[partial])) <= PARTIALS[partial]


def test_every_attribute_that_a_default_template_reads_is_a_field_of_a_view():
    fields = {field for view in VIEWS.values() for field in view.__struct_fields__}
    loop = {"first", "last", "index"}
    for name, source in templates().items():
        tree = Theme()._environment.parse(source)
        for node in tree.find_all(nodes.Getattr):
            of_loop = isinstance(node.node, nodes.Name) and node.node.name == "loop"
            assert node.attr in (loop if of_loop else fields), f"{name}:{node.lineno}: {node.attr}"


def test_every_template_belongs_to_a_kind_of_page_or_is_a_part_of_one():
    pages = {f"{kind}.html" for kind in GIVEN}
    assert pages <= set(templates())
    assert {name for name in templates() if not name.startswith("_")} - pages == {"base.html", "email.html"}


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_every_view_says_what_it_is(view):
    assert len((view.__doc__ or "").split()) > 3


@pytest.mark.parametrize("kind", GIVEN)
def test_every_name_that_a_page_is_given_is_documented(kind):
    """By kind of page, and with its meaning: a theme's author can look it up in the manual that is made of both."""
    assert GIVEN[kind] == set(views.NAMES[kind])
    assert all(views.MEANINGS[name] for name in GIVEN[kind])


def test_no_page_shows_what_a_template_or_a_program_left_over(make, link, pages):
    whole = a_whole_site(make, link)
    for page in pages(*whole.pop("records"), **whole, pages=Pages(size=2)).values():
        assert "{{" not in page.html
        assert "None" not in page.text()


def test_the_theme_is_strict_about_names(make, tmp_path, pages):
    (tmp_path / "home.html").write_text("{{ no_such_name }}")
    with pytest.raises(SiteError, match="no_such_name"):
        pages(make("a"), templates=tmp_path)
