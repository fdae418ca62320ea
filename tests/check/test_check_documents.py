"""The addresses that feeds, sitemaps and the JSON API hold."""

import json

from broadsheet.check.documents import json_links, xml_links


def test_a_feed_holds_addresses_in_its_links_its_authors_and_its_texts():
    feed = b"""<?xml version="1.0" encoding="utf-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom"><id>tag:x,2024:a</id><link rel="self" href="/1" /><logo>/2</logo>
    <entry><author><uri> /3 </uri></author><title type="text">/no/</title><content type="html">
    &lt;p&gt;&lt;a href="/4?a=1&amp;amp;b=2"&gt;x&lt;/a&gt;
    &lt;a href="#x"&gt;y&lt;/a&gt; &lt;img src="/5"&gt;</content></entry></feed>"""
    assert list(xml_links(feed)) == ["/1", "/2", "/3", "/4?a=1&b=2", "/5"]


def test_a_sitemap_and_a_list_of_feeds_hold_addresses():
    sitemap = (
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://x.org/</loc></url></urlset>'
    )
    assert list(xml_links(sitemap)) == ["https://x.org/"]
    assert list(xml_links(b'<opml><body><outline xmlUrl="/feed.xml" htmlUrl="/" /></body></opml>')) == [
        "/feed.xml",
        "/",
    ]


def test_json_holds_addresses_under_names_that_say_so():
    value = {
        "home_page_url": "/1",
        "feedUrl": "/2",
        "icon": "/7",
        "title": "/no/",
        "items": [{"url": "/3", "content_html": '<a href="/4">x</a><a href="#x">y</a>', "image": None, "urls": "/no/"}],
        "months": ["/5", "/6"],
    }
    assert sorted(json_links(json.dumps(value).encode())) == ["/1", "/2", "/3", "/4", "/5", "/6", "/7"]
