"""What feeds say, of every kind."""

import gzip
from datetime import UTC, datetime

import pytest
from feed_texts import API, ATOM, JSON_FEED_10, JSON_FEED_11, RSS_091, RSS_10, item, opml, rss
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.gather.items import UNDATED, Feed, FeedList, Listed, NoFeedError
from broadsheet.gather.news_api import page_number, page_path
from broadsheet.gather.parse import parse
from broadsheet.model import Image, Provider
from broadsheet.text import feed_url

EIGHT = datetime(2024, 5, 31, 8, tzinfo=UTC)


def feed(data: bytes, url: str = "", content_type: str = "") -> Feed:
    found = parse(data, url, content_type)
    assert isinstance(found, Feed)
    return found


@pytest.mark.parametrize(
    ("data", "host", "name", "time", "excerpt"),
    [
        (RSS_091, "old", "Old Herald", UNDATED, "They run."),
        (RSS_10, "rdf", "RDF Herald", EIGHT, "They run."),
        (rss(item(more="<description>They run.</description>")), "herald", "The Herald", EIGHT, "They run."),
        (ATOM, "atom", "Atom Herald", EIGHT, "They run. All night."),
        (JSON_FEED_11, "json", "JSON Herald", EIGHT, "They run. All night."),
    ],
    ids=["RSS 0.91", "RSS 1.0", "RSS 2.0", "Atom", "JSON Feed 1.1"],
)
def test_every_kind_of_feed_gives_records(data, host, name, time, excerpt):
    (found,) = feed(data).items
    record = found.record

    assert record.title == "Night trams"
    assert record.web_url in {f"https://{host}.example.org/a", f"https://{host}.example.org/blog/a"}
    assert record.provider == Provider(name, f"{host}.example.org")
    assert (record.published_at, record.excerpt) == (time, excerpt)


def test_an_item_without_a_title_is_called_by_its_first_sentence():
    found = feed(JSON_FEED_10)

    assert [one.record.title for one in found.items] == ["Trams run."]
    assert found.unusable == 2


def test_the_api_gives_a_record_as_it_is_there():
    (found,) = feed(API).items
    record = found.record

    assert found.name == "2024-05-30-night-trams"
    assert (record.title, record.excerpt, record.heat, record.quality) == ("Night trams ", "They &amp; run", 96, None)
    assert record.topics == ("Transport",)
    assert record.images == (Image("https://herald.example.org/a.png", 640, 480, "A tram", is_cached=True),)


@pytest.mark.parametrize(
    ("path", "number", "wanted"),
    [
        ("/api/news/index.json", 2, "/api/news/page/2/index.json"),
        ("/x/api/news/page/2/index.json", 3, "/x/api/news/page/3/index.json"),
        ("/api/news/", 2, "/api/news/page/2/"),
        ("/api/news.php", 2, None),
    ],
)
def test_the_pages_of_an_api_are_found(path, number, wanted):
    assert page_path(path, number) == wanted
    assert wanted is None or page_number(wanted) == number


def test_a_title_in_html_is_text_and_what_only_looks_like_a_tag_stays():
    titles = ["<![CDATA[<b>Trams</b> &amp; <i>ferries</i>]]>", "Stocks: &lt;MSFT.O&gt; up", "One &amp;amp;#8217;s two"]
    found = feed(rss(*(item(title, f"https://herald.example.org/{at}") for at, title in enumerate(titles))))

    assert [one.record.title for one in found.items] == ["Trams & ferries", "Stocks: <MSFT.O> up", "One ’s two"]


def test_another_encoding_is_understood_whether_the_feed_or_its_host_names_it():
    text = '<?xml version="1.0"{}?><rss version="2.0"><channel><item><title>Straßenbahn</title><link>https://a.example/</link></item></channel></rss>'
    named = text.format(' encoding="iso-8859-1"').encode("latin-1")
    by_host = text.format("").encode("latin-1")

    assert feed(named).items[0].record.title == "Straßenbahn"
    assert feed(by_host, content_type="application/rss+xml; charset=iso-8859-1").items[0].record.title == "Straßenbahn"
    assert feed(text.format("").encode("utf-16")).items[0].record.title == "Straßenbahn"


def test_a_link_without_a_host_is_below_that_of_the_feed():
    data = rss(item(link="/a"), link="")

    assert feed(rss(item(link="/b?x=1"))).items[0].record.web_url == "https://herald.example.org/b?x=1"
    assert feed(data, "https://feeds.example.org/x/feed.xml").items[0].record.web_url == "https://feeds.example.org/a"
    assert feed(data).items == ()


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", "http://", "https://[x"]
)
def test_what_is_no_address_of_the_web_is_no_item(link):
    found = feed(rss(item(link=link), link="https://herald.example.org/"))

    assert (found.items, found.unusable) == ((), 1)


def test_control_characters_and_what_turns_text_around_are_left_out():
    title = feed(rss(item("Night\u202e \u200btr&#x200B;ams\u0007"))).items[0].record.title

    assert title == "Night trams"


@pytest.mark.parametrize(
    ("day", "wanted"),
    [("31 May 2024", EIGHT), ("", UNDATED), ("01 Jan 1970", UNDATED), ("someday", UNDATED), ("31 May 99999", UNDATED)],
)
def test_a_time_that_is_none_is_none(day, wanted):
    assert feed(rss(item(day=day))).items[0].record.published_at == wanted


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Fri, 31 May 2024 08:00:00 CEST", 6),
        ("Fri, 31 May 2024 08:00 bst", 7),
        ("2024-05-31T08:00:00 JST", 23),
        ("Fri, 31 May 2024 08:00:00 EDT", 12),
        ("Fri, 31 May 2024 08:00:00 +0200", 6),
        ("Fri, 31 May 2024 08:00:00 IST", 8),
    ],
)
def test_zones_with_one_meaning_are_known_by_name(text, hour):
    (found,) = feed(rss(item(day="", more=f"<pubDate>{text}</pubDate>"))).items
    assert found.record.published_at.hour == hour


def test_a_time_before_all_calendars_is_none():
    (found,) = feed(ATOM.replace(b"2024-05-31T10:00:00+02:00", b"0000-00-00T99:99:99Z")).items

    assert found.record.published_at == UNDATED


def test_who_gathers_reports_of_others_is_not_who_published_them():
    theirs = item(link="https://wire.example.com/x")
    named = item(
        link="https://wire.example.com/y", more='<source url="https://wire.example.com/feed">The Wire</source>'
    )
    elsewhere = item(
        link="https://herald.example.org/z", more='<source url="https://wire.example.com/">The Wire</source>'
    )
    found = feed(rss(theirs, named, elsewhere))

    assert [one.record.provider for one in found.items] == [
        Provider("", "wire.example.com"),
        Provider("The Wire", "wire.example.com"),
        Provider("The Herald", "herald.example.org"),
    ]


def test_the_widest_picture_is_taken_and_no_counter():
    parts = "".join(
        f'<media:content url="https://a.example/{width}.jpg" medium="image" width="{width}" height="{width}"/>'
        for width in (1, 300, 640, 120)
    )
    movie = '<media:content url="https://a.example/x.mp4" medium="video" width="1000" height="1000"/>'
    script = '<enclosure url="javascript:x" type="image/png"/>'
    found = feed(rss(item(more=movie + parts + script), item(link="https://herald.example.org/b", more=script)))

    assert [one.record.images for one in found.items] == [(Image("https://a.example/640.jpg", 640, 640),), ()]


@pytest.mark.parametrize(
    "part",
    [
        '<enclosure url="https://a.example/x" type="image/png"/>',
        '<itunes:image xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" href="https://a.example/x"/>',
        '<media:thumbnail url="https://a.example/x"/>',
        '<media:content url="https://a.example/x" type="image/webp"/>',
    ],
)
def test_a_picture_is_found_wherever_a_feed_has_it(part):
    (found,) = feed(rss(item(more=part))).items

    assert found.record.images == (Image("https://a.example/x"),)


def test_what_says_nothing_of_its_kind_is_a_picture_only_by_its_name():
    parts = [f'<media:content url="https://a.example/{name}"/>' for name in ("x.jpg?w=9", "x.mp4", "x")]
    found = feed(rss(*(item(link=f"https://a.example/{at}", more=part) for at, part in enumerate(parts))))

    assert [one.record.images for one in found.items] == [(Image("https://a.example/x.jpg?w=9"),), (), ()]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (b'"Night trams "', b'" "'),
        (b'"Night trams "', b"7"),
        (b'"2024-05-31T08:00:00Z"', b'"someday"'),
        (b'"https://herald.example.org/a"', b'"javascript:alert(1)"'),
    ],
)
def test_an_item_of_an_api_without_a_title_a_time_or_an_address_is_left_out(here, there):
    found = feed(API.replace(here, there))

    assert (found.items, found.unusable) == ((), 1)


def test_an_item_of_an_api_may_leave_out_who_published_it():
    whole = API.index(b'"provider": {'), API.index(b'"locale"')
    (found,) = feed(API[: whole[0]] + b'"provider": null,' + API[whole[1] :]).items

    assert found.record.provider == Provider()


def test_an_item_of_a_json_feed_without_a_text_or_an_address_is_left_out():
    texts = (b'{"url": "https://json.example.org/a"}', b'{"id": "a", "title": "Night trams"}')
    found = feed(b'{"version": "https://jsonfeed.org/version/1.1", "items": [%s]}' % b", ".join(texts))

    assert (found.items, found.unusable) == ((), 2)


def test_an_item_of_a_channel_of_videos_is_a_video():
    data = ATOM.replace(
        b"<category",
        b'<yt:videoId xmlns:yt="http://www.youtube.com/xml/schemas/2015">dQw4w9WgXcQ</yt:videoId><category',
    )
    (found,) = feed(data).items

    assert (found.record.type, found.record.web_url) == ("video", None)
    assert found.record.featured_content == '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>'


def test_a_list_of_feeds_has_each_once_at_any_depth():
    data = opml(
        '<outline text="News"><outline text="a" title="A" type="rss" xmlUrl="https://a.example/feed"/>',
        '<outline text="deep"><outline text="b" xmlUrl="http://b.example/feed"/></outline></outline>',
        '<outline text="again" type="rss" xmlUrl="https://www.a.example/feed/"/>',
        '<outline text="bad" type="rss" xmlUrl="file:///etc/passwd"/><outline type="include" xmlUrl="https://c.example/x.opml"/>',
    )

    assert parse(data) == FeedList((Listed("https://a.example/feed", "A"), Listed("http://b.example/feed", "b")), 1)


def test_a_list_of_feeds_holds_only_so_many():
    found = parse(opml(*(f'<outline xmlUrl="https://a.example/{at}"/>' for at in range(600))))

    assert isinstance(found, FeedList)
    assert (len(found.feeds), found.beyond) == (500, 100)


BOMB = "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 12))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"hello", "no feed"),
        (b"<p>hello</p>", "no feed"),
        (b"<!DOCTYPE html><html><body>hello", "web page"),
        (b'{"a": 1}', "JSON"),
        (b'{"value": 1}', "no page"),
        (b'{"items": "x"}', "no JSON Feed"),
        (b"[" * 100_000, "JSON"),
        (b"<opml><body>", "well-formed"),
        (b'<?xml version="1.0" encoding="tram"?><opml><body/></opml>', "encoding that is not known"),
        (f'<!DOCTYPE opml [<!ENTITY a0 "ha">{BOMB}]><opml><body>&a11;</body></opml>'.encode(), "entities"),
        (gzip.compress(b"<rss/>", mtime=0), "no feed"),
        (
            b"<rss version='2.0'><channel><item><title>&#99999999999;",
            "can not be taken apart: (OverflowError|ValueError)",
        ),
        (b'<html><link type="application/rss+xml"><link rel="icon" href="/icon.png">', "web page"),
    ],
)
def test_what_is_no_feed_is_told(data, told):
    with pytest.raises(NoFeedError, match=told):
        parse(data)


def test_a_web_page_that_names_its_feed_is_told_with_it():
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>'
    with pytest.raises(NoFeedError) as caught:
        parse(page)

    assert caught.value.hint == "the page names a feed: /feed.xml"


def test_entities_that_stand_for_more_and_more_stand_for_nothing():
    bomb = f'<!DOCTYPE rss [<!ENTITY a0 "ha">{BOMB}]><rss version="2.0"><channel>{item("&a11;x")}</channel></rss>'
    files = (
        '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        + f'<rss version="2.0"><channel>{item("&f;x")}</channel></rss>'
    )
    for text in (bomb, files):
        titles = [one.record.title for one in feed(text.encode()).items]

        assert all(len(title) < 100 and "root:" not in title for title in titles)


def test_a_feed_that_breaks_off_gives_what_it_has_and_says_so():
    whole = rss(item(), item("Ferries", "https://herald.example.org/b"))
    found = feed(whole[: whole.index(b"Ferries")])

    assert [one.record.title for one in found.items][:1] == ["Night trams"]
    assert "well-formed" in found.remark
    assert feed(whole).remark == ""


SEEDS = [
    RSS_091,
    RSS_10,
    ATOM,
    JSON_FEED_10,
    JSON_FEED_11,
    API,
    rss(item()),
    opml('<outline xmlUrl="https://a.example/"/>'),
]


@given(st.sampled_from(SEEDS), st.integers(0, 2000), st.binary(max_size=30), st.integers(0, 60))
def test_no_damage_to_a_feed_makes_more_of_it_than_a_feed_or_none(data, at, noise, less):
    at %= len(data)
    try:
        found = parse(data[:at] + noise + data[at + less :], "https://a.example/feed")
    except NoFeedError:
        return
    assert isinstance(found, Feed | FeedList)


def test_one_entry_of_which_no_sense_can_be_made_costs_no_other():
    found = feed(rss(item(), item("Odd", "https://herald.example.org/odd", more="<links>x</links>")))

    assert [one.record.title for one in found.items] == ["Night trams"]
    assert found.unusable == 1


@pytest.mark.parametrize("reference", ["&#55296;", "&#xD83D;", "&#xdfff;"])
def test_half_of_a_character_is_left_out(reference):
    found = feed(rss(item(f"Night {reference}trams"), item("Ferries", "https://herald.example.org/b")))

    assert [one.record.title for one in found.items] == ["Night trams", "Ferries"]


@pytest.mark.parametrize("address", ["#item1", "?b", "", "a"])
def test_a_key_in_the_address_of_a_feed_stays_out_of_what_it_holds(address):
    for data in (
        rss(item(link=address, more="<guid isPermaLink='false'>#x</guid>"), link=""),
        rss(item(link=address), link="#top"),
    ):
        found = feed(data, "https://herald.example.org/feed.xml?key=secret")

        assert "secret" not in repr(found)


def test_a_password_in_an_address_is_left_out():
    (one,) = feed(rss(item(link="https://me:secret@herald.example.org/a?b=c"))).items
    (other,) = feed(JSON_FEED_11.replace(b"https://json.example.org/a", b"https://me:secret@json.example.org/a")).items

    assert one.record.web_url == "https://herald.example.org/a?b=c"
    assert other.record.web_url == "https://json.example.org/a"
    assert parse(opml('<outline xmlUrl="https://me:secret@a.example/f"/>')) == FeedList((), 1)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("feed:https://a.example/f", "https://a.example/f"),
        ("feed://https://a.example/f", "https://a.example/f"),
        ("FEED://a.example/f", "http://a.example/f"),
        ("feed:a.example/f", None),
        ("feed:javascript:1", None),
    ],
)
def test_an_address_as_feed_readers_have_it_is_one_too(text, url):
    assert feed_url(text) == url
    assert parse(opml(f'<outline xmlUrl="{text}"/>')) == (FeedList((Listed(url),)) if url else FeedList((), 1))


@pytest.mark.parametrize(
    ("host", "name"),
    [("herald.example.co.uk", "The Herald"), ("www.herald.example.co.uk", "The Herald"), ("bbc.co.uk", "")],
)
def test_a_feed_gives_its_name_to_reports_of_its_own_host_alone(host, name):
    (one,) = feed(rss(item(link=f"https://{host}/a"), link="https://herald.example.co.uk/")).items

    assert one.record.provider.name == name
