"""Addresses: what may stand in a link, and what a browser makes of it."""

import re
from urllib.parse import urlsplit

from broadsheet.read.fields import is_local_path
from broadsheet.render.text import site_link, url_path
from broadsheet.text import clean_domain, clean_url, is_base_url, source_domain, url_host, url_key
from fuzz.target import Target, text_of

_CLEAN = re.compile(r"[!#-;=?-Z\[\]_a-z~]+").fullmatch
_LINK = re.compile(r"[!#-;=?-Z\[\]_a-z~]*").fullmatch
_BASE = "/base/"


def check_address(data: bytes) -> None:
    """A clean address is ASCII, `http` or `https`, and names the same host to a browser as to us."""
    raw = text_of(data)
    for candidate in (raw, f"https://example.org/{raw}", f"http://{raw}"):
        url = clean_url(candidate)
        if url is None:
            continue
        assert _CLEAN(url)
        scheme, host = as_browsers_read(url)
        assert scheme in {"http", "https"}
        assert host
        parts = urlsplit(url)
        assert host == (parts.hostname or "").lower(), "a browser goes elsewhere"
        assert url_host(url) == host.removeprefix("www.")
        # Once is enough, but for what is escaped twice.
        if not re.search("&[^&;]+;", url):
            assert clean_url(url) == url
        assert url_key(url) == url_key(f"{url.partition('#')[0]}#elsewhere")
        domain = source_domain("", candidate)
        assert domain == clean_domain(url_host(url))
        is_base_url(url)


def check_site_link(data: bytes) -> None:
    """A link of a page's own text leads below the site's root, within the page, to the web or to a mail program."""
    raw = text_of(data)
    for candidate in (raw, f"/{raw}", f"#{raw}", f"mailto:{raw}"):
        link = site_link(candidate, _BASE)
        if link is None:
            continue
        assert _LINK(link), link
        scheme, host = as_browsers_read(link)
        assert scheme in {"", "http", "https", "mailto"}
        if not scheme:
            assert host == ""
            assert link.startswith((_BASE, "#"))
    if is_local_path(raw):
        assert not raw.startswith(("//", "/\\"))
        assert ".." not in raw.split("/")
    path = url_path(raw.encode("utf-8", "replace").decode(), "x")
    assert re.fullmatch(r"[A-Za-z0-9_.~%/-]+", path)
    assert path.count("/") == 2


def as_browsers_read(url: str) -> tuple[str, str]:
    """Return scheme and host as the URL standard finds them: blanks and controls go, backslashes are slashes.

    Both are empty where the address is relative. A host that stands for another one, by escapes, is that one.
    """
    url = re.sub("[\t\n\r]", "", url.strip("".join(map(chr, range(33)))))
    scheme = ""
    if found := re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", url):
        scheme, url = found[1].lower(), url[found.end() :]
    if scheme in {"http", "https"}:
        # However many slashes there are, or none.
        url = "//" + url.lstrip("/\\")
    elif scheme:
        return scheme, ""
    url = url.replace("\\", "/")
    if not url.startswith("//"):
        return scheme, ""
    authority = re.split("[/?#]", url[2:], maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    host = re.sub(r":[0-9]*$", "", host)
    return scheme, host.strip("[]").lower()


_SEEDS = [
    b"https://www.example.org/harbour-bridge?x=1&y=2#top",
    b"http://example.org",
    b" HTTPS://User:Word@Example.ORG:8080/a b/\xc3\xa9?utm_source=x&copy=2&amp;y=%20&#038;z ",
    b"http://[::1]:80/",
    b"javascript:alert(1)",
    b"java\tscript:alert(1)",
    b"&#106;avascript&colon;alert(1)",
    b"https://example.org\\@evil.example/",
    b"//evil.example/",
    b"/\\evil.example",
    b"/\t/evil.example",
    b"/news/a/?b#c",
    b"#part",
    b"mailto:desk@example.org?subject=a b",
    b"https://a..org/?WT.mc_id=1&fbclid=2&x",
    b"data:text/html,x",
    b"https://example.org/%zz%00%0a<>\"'`{}|^",
    b"b\xc3\xbccher.example/?a=\xed\xa0\x80",
]
_WORDS = (
    rb"http:// https:// http: https: // /\ \ javascript: data: vbscript: mailto: @ : :80 :0 :99999 : # ? & &amp; &#038; &colon; "
    rb"&Tab; &NewLine; &#9; &#x0a; &sol; &bsol; &num; %00 %0a %09 %2f %5c [ ] [::1] www. example.org utm_source= fbclid= .. "
    rb". ; = + ' %"
).split() + [
    b"\t",
    b"\n",
    b"\r",
    b" ",
    b"\x00",
    b"\x1f",
    b"\xc2\xa0",
    b"\xe3\x80\x82",
    b"\xef\xbc\x8f",
    b"\xe2\x84\x80",
]

ADDRESS = Target(check_address, _SEEDS, _WORDS, longest=400)
SITE_LINK = Target(check_site_link, _SEEDS, _WORDS, longest=400)
