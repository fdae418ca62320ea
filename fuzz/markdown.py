"""Markdown: no text may become anything that runs, fetches from elsewhere unasked, or gets out of its place."""

import re

import html5lib

# The program imports it late, when nothing is instrumented any more.
import markdown_it  # noqa: F401

from broadsheet.problems import Problem
from broadsheet.read.plain_pages import names_layout, parse_plain_page
from broadsheet.render.text import body_html
from fuzz.addresses import as_browsers_read
from fuzz.target import Target
from fuzz.texts import assert_safe_folder

_TAGS = set(
    "a abbr b blockquote br cite code dd del dl dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s "
    "small strong sub sup table tbody td tfoot th thead tr ul".split()
)
_ATTRIBUTES = {
    "a": {"href", "title", "rel"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height", "loading", "decoding", "referrerpolicy"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
# What every parser of HTML sees alike: text without angle brackets, and tags with attributes in double quotes.
_TOKEN = re.compile(r'[^<>]+|<(/?)([a-z0-9]+)((?: [a-z]+="[^"<>]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_TWO_PARSED_AS_BROWSERS_DO_OF = 16


def check_body(data: bytes) -> None:
    """A record's body is harmless, whatever it is, with pictures from elsewhere or without."""
    outside_images = len(data) % 2 == 0
    html = body_html(data.decode("utf-8", "replace"), "/base/", outside_images=outside_images)
    assert not _CONTROL.search(html)
    check_tokens(html, outside_images=outside_images)
    if len(data) % _TWO_PARSED_AS_BROWSERS_DO_OF < 2:
        check_tree(html)


def check_tokens(html: str, *, outside_images: bool) -> None:
    """Read tag by tag, HTML has nothing but what is allowed, its headings below the page's own, none skipped."""
    at, level = 0, 1
    while at < len(html):
        token = _TOKEN.match(html, at)
        assert token, html[at : at + 80]
        at = token.end()
        if not token[2]:
            continue
        assert token[2] in _TAGS
        attributes = dict(_ATTRIBUTE.findall(token[3]))
        assert set(attributes) <= _ATTRIBUTES.get(token[2], set()) | {"title"}
        check_links(attributes, outside_images=outside_images)
        if token[2] == "img":
            assert {"src", "alt", "loading", "referrerpolicy"} <= set(attributes)
        if re.fullmatch("h[2-6]", token[2]) and not token[1]:
            assert int(token[2][1]) <= level + 1
            level = int(token[2][1])


def check_links(attributes: dict[str, str], *, outside_images: bool) -> None:
    for name in {"href", "src"} & set(attributes):
        scheme, host = as_browsers_read(attributes[name].replace("&amp;", "&"))
        assert scheme in {"", "http", "https", "mailto"}
        assert scheme or not host
        if name == "src" and not outside_images:
            assert attributes[name].startswith("/base/")


def check_tree(html: str) -> None:
    """Parsed as browsers do, the HTML stays where it was put, and has no element that does anything."""
    page = f"<!DOCTYPE html><title>x</title><main><div id=here>{html}</div><p id=after>y</p></main>"
    root = html5lib.parse(page, namespaceHTMLElements=False)
    here = root.find(".//div[@id='here']")
    after = root.findall(".//main/p[@id='after']")
    assert len(after) == 1, "it got out of its place"
    for element in here.iter():
        assert element is here or element.tag in _TAGS, element.tag
        assert not any(name.startswith("on") or name in {"style", "id", "class"} for name in element.attrib) or (
            element is here
        )


def check_plain_page(data: bytes) -> None:
    """A plain page is one, or there is a problem with its place; its segments are safe."""
    for path in ("about.md", "a b/../index.md"):
        page, problems = parse_plain_page(data, f"pages/{path}", path, beside_records=True)
        assert page is not None or problems
        for problem in problems:
            assert isinstance(problem, Problem)
            assert problem.place.file == f"pages/{path}"
        if page is not None:
            assert page.title
            assert not _CONTROL.search(page.title + page.description)
            for segment in page.segments:
                assert_safe_folder(segment)
    names_layout(data)


_SEEDS = [
    b'# Head\n\n### Deep\n\nSome *text* and a [link](https://example.org/ "t").\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n',
    b"> a\n>> b\n\n1. x\n   - y\n\n```js\ncode\n```\n\n    indented\n\n***\n~~gone~~ **b** `c` <https://a.example/> &lt;b&gt;\n",
    b"![A bridge](/a.png) <img src='https://example.org/b.png' onerror=x width=5>\n[x]: javascript:alert(1) 'y'\n[x] [y][x]\n",
    b"<script>alert(1)</script><svg><style><img src=x onerror=alert(1)></style></svg><math><mtext><table><mglyph>",
    b"<a href='java\tscript:alert(1)' style=x id=y>x</a><iframe src=//evil.example></iframe>\n",
    b"</div></main></body></html><p id=after>z<table><td><a href=/x><a href=//y><form><input>\n",
    b'<h1>a</h1><h6>b</h6></p></p><br></br><noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    b"---\ntitle: A page\nmenu: false\norder: 3\n---\n# A page\n\nText\n",
    b"---\nlayout: x\n---\n\nSetext\n======\n",
]
_WORDS = (
    b"<script> </script> <style> </style> <svg> <math> <mtext> <mglyph> <malignmark> <annotation-xml <table> <td> <tr> <select> "
    b"<template> <noscript> <textarea> <title> <xmp> <plaintext> <iframe <img <a <p> </p> </div> <br> <h1> </h1> <li> <form> <b> "
    b"src= href= onerror= style= title=' javascript: data: https:// // /\\ mailto: <!-- --> <![CDATA[ ]]> <?x &lt; &amp;lt; &#0; "
    b"&#x1; &colon; ``` ~~~ ~~ ** __ * _ [ ]( ] ![ ]: > >> # ## ####### - 1. | |---| --- === \\ ` < > \" '"
).split() + [b"\n", b"\n\n", b"    ", b"\t", b"\x00", b"\xc2\xa0", b"\xed\xa0\x80", b"\xef\xbf\xbe", b"\x7f"]

BODY = Target(check_body, _SEEDS, _WORDS, longest=2000)
PLAIN_PAGE = Target(check_plain_page, _SEEDS, _WORDS, longest=2000)
