# ruff: noqa: E501
"""Feeds as they are met: every kind of them, and odd ones."""


def rss(*items: str, title: str = "The Herald", link: str = "https://herald.example.org/", more: str = "") -> bytes:
    """An RSS 2.0 feed."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>{title}</title><link>{link}</link><description>x</description>{more}{''.join(items)}</channel></rss>"
    ).encode()


def item(
    title: str = "Night trams", link: str = "https://herald.example.org/a", day: str = "31 May 2024", more: str = ""
) -> str:
    """An item of it."""
    parts = f"<title>{title}</title>" if title else ""
    parts += f"<link>{link}</link>" if link else ""
    parts += f"<pubDate>{day} 08:00:00 GMT</pubDate>" if day else ""
    return f"<item>{parts}{more}</item>"


RSS_091 = b"""<?xml version="1.0"?>
<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>Old Herald</title><link>https://old.example.org/</link><description>x</description>
<item><title>Night trams</title><link>https://old.example.org/a</link><description>They run.</description></item>
</channel></rss>"""

RSS_10 = b"""<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://rdf.example.org/"><title>RDF Herald</title><link>https://rdf.example.org/</link></channel>
<item rdf:about="https://rdf.example.org/a"><title>Night trams</title><link>https://rdf.example.org/a</link>
<description>They run.</description><dc:date>2024-05-31T08:00:00Z</dc:date><dc:subject>ferries</dc:subject></item>
</rdf:RDF>"""

ATOM = b"""<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://atom.example.org/blog/">
<title>Atom Herald</title><link href="/"/><id>urn:uuid:1</id><updated>2024-05-31T08:00:00Z</updated>
<entry><title type="html">Night &lt;em&gt;trams&lt;/em&gt;</title><link rel="alternate" href="a"/><id>tag:atom.example.org,2024:a</id>
<updated>2024-05-31T10:00:00+02:00</updated><category term="Ferries"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>They run.</p><p>All night.</p></div></content></entry>
</feed>"""

JSON_FEED_10 = b"""{"version": "https://jsonfeed.org/version/1", "title": "JSON Herald",
"home_page_url": "https://json.example.org/", "items": [
{"id": "https://json.example.org/a", "content_text": "Trams run. All night.", "date_published": "2024-05-31T08:00:00Z"},
{"id": {"no": "id"}}, 17]}"""

JSON_FEED_11 = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "JSON Herald", "language": "en-GB",
"home_page_url": "https://json.example.org/", "items": [
{"id": 1, "url": "https://json.example.org/a", "title": "Night trams", "content_html": "<p>They run.</p><p>All night.</p>",
 "date_published": "2024-05-31T10:00:00+02:00", "tags": ["ferries"], "image": "https://json.example.org/a.png"}]}"""

API = b"""{
  "page": 1,
  "value": [
    {
      "path": "_news/2024-05-30-night-trams.md",
      "title": "Night trams ",
      "excerpt": "They &amp; run",
      "sourceUrl": null,
      "webUrl": "https://herald.example.org/a",
      "originalUrl": "https://herald.example.org/a",
      "featuredContent": null,
      "highlight": null,
      "heat": 96,
      "tags": null,
      "images": [{"url": "https://herald.example.org/a.png", "width": 640, "height": 480, "title": "A tram", "attribution": null,
        "isCached": true}],
      "content": "",
      "type": "article",
      "ampWebUrl": null,
      "cdnAmpWebUrl": null,
      "publishedDateTime": "2024-05-31T08:00:00Z",
      "updatedDateTime": null,
      "provider": {"name": "The Herald", "domain": "herald.example.org", "images": null, "publishers": null, "authors": null},
      "locale": "en-us",
      "categories": ["news"],
      "topics": ["Transport", null]
    }
  ],
  "nextPage": null
}"""


def opml(*outlines: str) -> bytes:
    """A list of feeds."""
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{"".join(outlines)}</body></opml>'.encode()
