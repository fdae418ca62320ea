"""Text and HTML as pages need them."""

import re

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.render.text import (
    body_html,
    excerpt_text,
    site_link,
    summary,
    url_path,
    without_tags_in_values,
    youtube_id,
)

ID = "dQw4w9WgXcQ"


@pytest.mark.parametrize("junk", ["NA", "na\n", " N/A ", "", "\u00a0", "null", "<p></p>", "\u200b"])
def test_a_placeholder_is_no_excerpt(junk):
    assert excerpt_text(junk) == ""


@pytest.mark.parametrize("text", ["Nairobi", "Na, na, na", "None of them"])
def test_an_excerpt_that_only_starts_like_a_placeholder_is_one(text):
    assert excerpt_text(text) == text


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("one two three", "one two three"),
        ("one two three four", "one two …"),
        ("one two, three four", "one two …"),
        ("onetwothreefourfive", "onetwothreefo …"),
    ],
)
def test_a_summary_is_cut_between_words(text, short):
    assert summary(text, 13) == short


@given(st.text(), st.integers(1, 50))
def test_a_summary_is_never_much_longer_than_wanted(text, limit):
    assert len(summary(text, limit)) <= limit + 2
    assert summary(text, limit) == text or len(text) > limit


@pytest.mark.parametrize(
    "html",
    [
        f'<iframe src="https://www.youtube.com/embed/{ID}"></iframe>',
        f"<iframe width=560 src='//youtube.com/embed/{ID}?rel=0' allowfullscreen></iframe>",
        f'<IFRAME\nSRC="http://www.youtube-nocookie.com/embed/{ID}"\n></IFRAME>',
        f'<p>Watch</p><iframe title="x" src="https://www.youtube.com/embed/{ID}?start=3"></iframe><script>x()</script>',
    ],
)
def test_the_id_of_a_youtube_video_is_all_that_is_taken_of_an_embed(html):
    assert youtube_id(html) == ID


@pytest.mark.parametrize(
    "html",
    [
        "",
        "just text",
        f"https://www.youtube.com/embed/{ID}",
        f'<iframe src="https://www.youtube.com.evil.example/embed/{ID}"></iframe>',
        f'<iframe src="https://evil.example/youtube.com/embed/{ID}"></iframe>',
        f'<iframe src="https://evil.example/?https://www.youtube.com/embed/{ID}"></iframe>',
        f'<iframe src="https://www.youtube.com/embed/{ID}toolong"></iframe>',
        '<iframe src="https://www.youtube.com/embed/short"></iframe>',
        '<iframe src="https://www.youtube.com/embed/&quot;onload=x"></iframe>',
        f'<iframe src="javascript://www.youtube.com/embed/{ID}"></iframe>',
        f'<script src="https://www.youtube.com/embed/{ID}"></script>',
        f'<iframe src="https://notyoutube.com/embed/{ID}"></iframe>',
        f'<iframe src="https://evil.example.youtube.com.example/embed/{ID}"></iframe>',
        '<iframe src="https://player.vimeo.com/video/12345678901"></iframe>',
    ],
)
def test_anything_else_is_no_video(html):
    assert youtube_id(html) == ""


def test_a_body_is_markdown():
    html = body_html(
        "# Head\n\nSome *text* and a [link](https://example.org/).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "/"
    )
    root = html5lib.parse(html, namespaceHTMLElements=False)
    assert root.find(".//h2").text == "Head", "the page's own heading is the first"
    assert root.find(".//em").text == "text"
    assert root.find(".//a").get("href") == "https://example.org/"
    assert [cell.text for cell in root.iter("td")] == ["1", "2"]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,alert)",
    "[x](vbscript:alert)",
    "![x](javascript:alert(1))",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<iframe src='https://evil.example/'></iframe>",
    "<style>body{display:none}</style>",
    "<p style='position:fixed'>x</p>",
    "<p id='content' class='masthead' onclick='x()'>x</p>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv='refresh' content='0; url=https://evil.example/'>",
    "<form action='https://evil.example/'><input name=x></form>",
    "</div></main></body></html><script>alert(1)</script>",
    "<object data='x'></object><embed src='x'><link rel=stylesheet href=x>",
]
ALLOWED_ATTRIBUTES = {"href", "title", "rel", "src", "alt", "width", "height", "start", "colspan", "rowspan"}


def check_harmless(html):
    root = html5lib.parseFragment(html, namespaceHTMLElements=False)
    for element in root.iter():
        assert element.tag not in {
            "script",
            "style",
            "iframe",
            "svg",
            "math",
            "base",
            "meta",
            "form",
            "input",
            "object",
            "link",
        }
        assert set(element.attrib) <= ALLOWED_ATTRIBUTES
        for name in ("href", "src"):
            value = element.get(name, "").strip().lower()
            scheme = value.partition(":")[0] if ":" in value.partition("/")[0] else ""
            assert scheme in {"", "http", "https", "mailto"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_body_is_sanitised(text):
    check_harmless(body_html(text, "/"))
    check_harmless(body_html(f"Text {text} text\n\n    {text}\n\n> {text}\n", "/"))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a title="<img x">a</a>', '<a title="&lt;img x">a</a>'),
        ('<p><img src="/a" alt="<b>" title="</a>"></p>', '<p><img src="/a" alt="&lt;b>" title="&lt;/a>"></p>'),
        ("<p>a &lt; <b>b</b></p>", "<p>a &lt; <b>b</b></p>"),
    ],
)
def test_nothing_in_a_value_looks_like_a_tag_whatever_the_version_of_the_sanitiser(html, expected):
    assert without_tags_in_values(html) == expected


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "\n\n", "`", "```\n", "<", ">", '"', "[", "](", ")", "*", "&lt;", "    "]),
        max_size=8,
    )
)
def test_no_mixture_of_markdown_and_html_gets_past_the_sanitiser(parts):
    check_harmless(body_html("".join(parts), "/base/"))


@pytest.mark.parametrize("text", ["![A bridge](/a.png)", '<img src="https://example.org/b.png" loading="eager">'])
def test_an_image_of_a_body_comes_late_and_tells_its_host_nothing(text):
    (image,) = re.findall("<img[^>]*>", body_html(text, "/daily/"))
    assert image.count(' loading="lazy"') == image.count(' referrerpolicy="no-referrer"') == image.count(" alt=") == 1
    assert "eager" not in image


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/news/a/", "/base/news/a/"),
        ("https://example.org/news/", "https://example.org/news/"),
        ("#part", "#part"),
        ("mailto:desk@example.org", "mailto:desk@example.org"),
    ],
)
def test_a_link_of_a_body_from_the_root_of_the_site_gets_the_base_path(address, target):
    root = html5lib.parse(body_html(f"[x]({address})", "/base/"), namespaceHTMLElements=False)
    assert root.find(".//a").get("href") == target


def test_a_link_with_what_is_no_character_is_one_all_the_same():
    assert site_link("/a\ud800", "/") == "/a?"
    assert site_link("#a\ud800", "/") == "#a?"


def test_an_attribute_that_is_to_be_a_number_is_one_and_no_other_is():
    html = body_html("<img src=/a.png width=5 height=٥><p lang=5>x</p><p lang=en>y</p>", "/")
    assert 'width="5"' in html
    assert "height" not in html
    assert "lang" not in html


@pytest.mark.parametrize("address", ["//evil.example/x", "/\\evil.example/x"])
def test_a_link_of_a_body_that_only_looks_like_one_from_the_root_is_no_link(address):
    root = html5lib.parse(body_html(f'<a href="{address}">x</a>', "/base/"), namespaceHTMLElements=False)
    assert root.find(".//a").get("href") is None


@pytest.mark.parametrize(
    ("segments", "path"),
    [
        (("news", "a b"), "news/a%20b/"),
        (("news", "caf\u00e9"), "news/caf%C3%A9/"),
        (("news", "50%", "a/b?c#d"), "news/50%25/a%2Fb%3Fc%23d/"),
        ((), ""),
    ],
)
def test_path_segments_are_percent_encoded(segments, path):
    assert url_path(*segments) == path
