"""A file as hosts send it: types, tags, ranges, compression, and the rules of a file of headers."""

import gzip
import mimetypes
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.config import Settings
from broadsheet.media_types import type_of
from broadsheet.render.headers import header_files
from broadsheet.render.security import site_policy
from broadsheet.serve.header_rules import Rules, header_rules, headers_for
from broadsheet.serve.response import Response, accepts_gzip, respond

TEXT = b"<p>All the news of the day.</p>\n" * 100
DIGITS = b"0123456789"


def get(path: str = "index.html", content: bytes = TEXT, **request: str) -> Response:
    """Ask for a file; `if_none_match="x"` is the header `if-none-match: x`."""
    return respond("GET", {name.replace("_", "-"): value for name, value in request.items()}, path, content)


def part(ranges: str, content: bytes = DIGITS) -> tuple[int, bytes]:
    response = get("a.bin", content, range=ranges)
    return response.status, response.body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("news/x/index.html", "text/html; charset=utf-8"),
        ("INDEX.HTML", "text/html; charset=utf-8"),
        ("static/style.css", "text/css; charset=utf-8"),
        ("static/site.js", "text/javascript; charset=utf-8"),
        ("pagefind/pagefind-worker.mjs", "text/javascript; charset=utf-8"),
        ("feed.xml", "application/xml"),
        ("feed.json", "application/json"),
        ("feeds.opml", "text/x-opml; charset=utf-8"),
        ("editions/2024-05-01/email.eml", "message/rfc822"),
        ("robots.txt", "text/plain; charset=utf-8"),
        ("images/a.webp", "image/webp"),
        ("images/a.avif", "image/avif"),
        ("icon.svg", "image/svg+xml"),
        ("favicon.ico", "image/x-icon"),
        ("static/serif.woff2", "font/woff2"),
        ("pagefind/fragment/en_1.pf_fragment", "application/octet-stream"),
        ("pagefind/wasm.en.pagefind", "application/octet-stream"),
        ("backup.tar.gz", "application/gzip"),
        ("a.tgz", "application/octet-stream"),
        ("paper.epub", "application/epub+zip"),
        ("scan.tif", "image/tiff"),
        ("data.tsv", "text/tab-separated-values; charset=utf-8"),
        ("CNAME", "application/octet-stream"),
        ("v1.2/CNAME", "application/octet-stream"),
        ("data:text/html,x", "application/octet-stream"),
        ("a.", "application/octet-stream"),
    ],
)
def test_a_type_follows_from_the_ending_alone(path: str, kind: str):
    assert type_of(path) == kind


def test_a_type_does_not_hang_on_what_the_machine_believes(monkeypatch: pytest.MonkeyPatch):
    mimetypes.init()
    monkeypatch.setitem(mimetypes.types_map, ".tif", "text/html")
    monkeypatch.setitem(mimetypes.types_map, ".js", "text/plain")
    assert type_of("scan.tif") == "image/tiff"
    assert type_of("site.js") == "text/javascript; charset=utf-8"


def test_a_whole_file_is_sent_with_all_that_a_browser_wants_to_know():
    response = get("a.bin", DIGITS)
    assert response.body == DIGITS
    assert response.status == 200
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-length"] == "10"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["accept-ranges"] == "bytes"
    assert re.fullmatch(r'"[0-9a-f]{32}-[0-9a-f]{8}"', response.headers["etag"])
    assert "content-encoding" not in response.headers
    assert "vary" not in response.headers


def test_text_is_compressed_when_that_is_allowed_and_comes_out_the_same():
    plain, first, second = get(), get(accept_encoding="gzip, br"), get(accept_encoding="gzip, br")
    assert plain.body == TEXT
    assert gzip.decompress(first.body) == TEXT
    assert first == second
    # Where gzip writes the time.
    assert first.body[4:8] == bytes(4)
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["content-length"] == str(len(first.body))
    assert first.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert first.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'


def test_pictures_and_tiny_texts_are_not_compressed():
    for path, content in (("a.webp", TEXT), ("a.woff2", TEXT), ("a.pf_index", TEXT), ("a.html", TEXT[:100])):
        response = get(path, content, accept_encoding="gzip")
        assert response.body == content
        assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("*", True),
        ("gzip ; q = 1.0", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
        ("gzip;q=yes", False),
        ("gzip;q=9", False),
        ("gzip;", False),
        ("gzipped", False),
        ("identity", False),
        (",,;,", False),
    ],
)
def test_gzip_is_used_only_where_the_browser_says_so(header: str, allowed: bool):
    assert accepts_gzip(header) is allowed


def test_a_page_that_the_browser_has_is_not_sent_again():
    for encoding in ("", "gzip"):
        tag = get(accept_encoding=encoding).headers["etag"]
        for known in (tag, f"W/{tag}", f'"other, \\" , W/"x", {tag}', "*", f'"a,b" ,{tag},"c"'):
            response = get(accept_encoding=encoding, if_none_match=known)
            assert response.status == 304
            assert response.body == b""
            assert response.headers["etag"] == tag
            assert response.headers["vary"] == "Accept-Encoding"
            assert not response.headers.keys() & {"content-length", "content-type", "content-encoding"}


def test_a_page_that_changed_or_comes_compressed_otherwise_is_sent():
    tag = get().headers["etag"]
    for known in ("", '"x"', tag.strip('"'), tag[:-1], "**", '"*"'):
        assert get(if_none_match=known).status == 200
    assert get(content=TEXT + b" ", if_none_match=tag).status == 200
    assert get(accept_encoding="gzip", if_none_match=tag).status == 200


def test_a_page_under_a_new_policy_is_sent_again():
    def under(policy: str, known: str = "") -> Response:
        extra = {"Content-Security-Policy": policy}
        return respond("GET", {"if-none-match": known}, "index.html", TEXT, extra=extra)

    tag = under("default-src 'self'").headers["etag"]
    assert under("default-src 'self'", tag).status == 304
    assert under("default-src 'none'", tag).status == 200


def test_a_head_has_the_headers_of_the_page_and_no_body():
    for headers in ({}, {"accept-encoding": "gzip"}):
        whole, head = (respond(method, headers, "index.html", TEXT) for method in ("GET", "HEAD"))
        assert head == Response(whole.status, whole.headers, b"")
        assert int(head.headers["content-length"]) == len(whole.body)


def test_a_page_of_another_status_is_always_sent_whole():
    request = {"range": "bytes=0-3", "if-none-match": "*", "accept-encoding": "gzip"}
    response = respond("GET", request, "404.html", TEXT, status=404)
    assert response.status == 404
    assert gzip.decompress(response.body) == TEXT
    assert not response.headers.keys() & {"etag", "accept-ranges", "content-range"}


@pytest.mark.parametrize(
    ("ranges", "body", "shown"),
    [
        ("bytes=0-3", b"0123", "0-3"),
        ("bytes=9-", b"9", "9-9"),
        ("bytes=2-999999999999999999999999", b"23456789", "2-9"),
        ("bytes=-3", b"789", "7-9"),
        ("bytes=-99999999999999999999", DIGITS, "0-9"),
        ("BYTES = 5-5 ", b"5", "5-5"),
    ],
)
def test_a_range_is_cut_out(ranges: str, body: bytes, shown: str):
    response = get("a.bin", DIGITS, range=ranges)
    assert response.status == 206
    assert response.body == body
    assert response.headers["content-range"] == f"bytes {shown}/10"
    assert response.headers["content-length"] == str(len(body))
    assert response.headers["etag"] == get("a.bin", DIGITS).headers["etag"]


@pytest.mark.parametrize("ranges", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=" + "9" * 99 + "-"])
def test_a_range_beyond_the_file_is_refused_with_its_size(ranges: str):
    response = get("a.bin", DIGITS, range=ranges)
    assert response.status == 416
    assert response.body == b""
    assert response.headers["content-range"] == "bytes */10"
    assert response.headers["content-length"] == "0"
    assert part(ranges, b"")[0] == 416


@pytest.mark.parametrize(
    "ranges",
    [
        "bytes=3-2",
        "bytes=-",
        "bytes=",
        "bytes",
        "bytes=0-1,3-4",
        "bytes=" + ",".join(f"{first}-" for first in range(10_000)),
        "bytes=" + "0-0," * 10_000,
        "bytes=" + "9" * 5000 + "-",
        "bytes=0-" + "9" * 100_000,
        "bytes=0x1-2",
        "bytes=1_0-",
        "bytes=+1-2",
        "bytes=--1",
        "bytes=٣-٤",
        "lines=0-3",
        "bytes=0-3\r\nx: y",
        "\x00",
    ],
)
def test_several_ranges_and_senseless_ones_give_the_whole_file(ranges: str):
    assert part(ranges) == (200, DIGITS)


def test_a_range_is_of_the_file_and_never_of_its_compressed_form():
    response = get(range="bytes=3-5", accept_encoding="gzip")
    assert response.body == TEXT[3:6]
    assert "content-encoding" not in response.headers
    assert response.headers["etag"] == get().headers["etag"]
    assert get(range="bytes=0-1,3-4", accept_encoding="gzip").headers["content-encoding"] == "gzip"


def test_a_range_of_another_version_gives_the_whole_file():
    tag = get().headers["etag"]
    assert get(range="bytes=0-3", if_range=tag).status == 206
    for other in (f"W/{tag}", '"x"', "Wed, 21 Oct 2015 07:28:00 GMT", get(accept_encoding="gzip").headers["etag"]):
        response = get(range="bytes=0-3", if_range=other)
        assert (response.status, response.body) == (200, TEXT)


def test_a_head_takes_no_range():
    response = respond("HEAD", {"range": "bytes=0-3"}, "a.bin", DIGITS)
    assert (response.status, response.headers["content-length"]) == (200, "10")


@given(content=st.binary(max_size=40), first=st.integers(0, 50), length=st.integers(1, 50))
def test_a_range_is_what_slicing_gives(content: bytes, first: int, length: int):
    status, body = part(f"bytes={first}-{first + length - 1}", content)
    assert (status, body) == ((206, content[first : first + length]) if first < len(content) else (416, b""))


@given(
    method=st.sampled_from(["GET", "HEAD"]),
    headers=st.dictionaries(
        st.sampled_from(["range", "if-range", "if-none-match", "accept-encoding"]),
        st.text() | st.from_regex(r"bytes=\d*-\d*") | st.just("gzip"),
    ),
    content=st.binary(max_size=2000),
)
def test_whatever_is_asked_the_answer_is_whole_and_says_how_long_it_is(
    method: str, headers: Mapping[str, str], content: bytes
):
    response = respond(method, headers, "index.html", content)
    assert response.status in (200, 206, 304, 416)
    if method == "GET" and response.status != 304:
        assert int(response.headers["content-length"]) == len(response.body)
    if method == "GET" and response.status == 200:
        packed = response.headers.get("content-encoding") == "gzip"
        assert (gzip.decompress(response.body) if packed else response.body) == content


def test_further_headers_are_sent_whatever_the_case_of_their_names():
    extra = {"Referrer-POLICY": "no-referrer", "CONTENT-type": "text/calendar", "Vary": "Cookie"}
    headers = respond("GET", {}, "index.html", TEXT, extra=extra).headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-type"] == "text/calendar"
    assert headers["vary"] == "Cookie, Accept-Encoding"
    assert all(name == name.lower() for name in headers)


def test_further_headers_say_nothing_of_bytes_or_caches():
    extra = {"Content-LENGTH": "1", "ETag": '"x"', "Transfer-Encoding": "chunked", "Cache-Control": "max-age=9"}
    assert respond("GET", {}, "index.html", DIGITS, extra=extra).headers["content-length"] == "10"
    headers = respond("GET", {}, "index.html", DIGITS, extra=extra).headers
    assert headers["cache-control"] == "no-cache"
    assert headers["etag"] != '"x"'
    assert "transfer-encoding" not in headers


def found(text: str, path: str) -> dict[str, str]:
    rules = header_rules(text)
    assert rules.remarks == ()
    return headers_for(rules.rules, path)


def test_the_file_that_a_build_makes_is_understood_wholly():
    settings = Settings(base_url="https://user.github.io/repo/")
    text = header_files(settings)["_headers"].decode()
    headers = found(text, "/repo/news/x/")
    assert headers["content-security-policy"] == site_policy(settings)
    assert headers["x-content-type-options"] == "nosniff"
    assert found(text, "/elsewhere/") == {}


def test_years_in_a_cache_are_for_publishing_only():
    text = header_files(Settings())["_headers"].decode()
    assert "immutable" in text
    assert all("cache-control" not in found(text, f"/{line.strip('/')}") for line in text.splitlines())


@pytest.mark.parametrize(
    ("rule", "path", "meant"),
    [
        ("/", "/", True),
        ("/", "/x", False),
        ("/*", "/", True),
        ("/*", "/a/b/c.html", True),
        ("/news/*", "/news/", True),
        ("/news/*", "/news", False),
        ("/*.css", "/static/a/style.css", True),
        ("/*.css", "/style.css.html", False),
        ("/a/*/z", "/a/b/c/z", True),
        ("/a/*/z", "/a/z", False),
        ("/*a*a*a", "/bababa", True),
        ("/news/:slug/", "/news/x/", True),
        ("/news/:slug/", "/news/x/y/", False),
        ("/news/:slug/", "/news//", False),
        ("/:a/:b.html", "/x/y.html.html", True),
        ("/:year-:month/", "/2024-05-01/", True),
        ("/a.c", "/abc", False),
        ("/caf%C3%A9/", "/café/", True),
        ("/[a-z]+", "/x", False),
    ],
)
def test_a_rule_is_for_the_paths_that_hosts_take_it_for(rule: str, path: str, meant: bool):
    assert found(f"{rule}\n  X-Rule: yes\n", path) == ({"x-rule": "yes"} if meant else {})


def test_values_of_several_rules_are_joined_and_can_be_taken_away():
    text = "/*\n X-A: 1\n X-B: 1\n# a note\n\n/a/*\r\n\tx-a:2\r\n\t! X-B\r\n/a/b\n X-A : 3\n"
    assert found(text, "/") == {"x-a": "1", "x-b": "1"}
    assert found(text, "/a/b") == {"x-a": "1, 2, 3"}


def test_lines_without_effect_are_told_with_their_numbers():
    text = "X-A: 1\n/*\n  X-B\n  X-C:\n  Bad Name: 1\n  X-D: ü\n  Content-Length: 3\nhttps://a.example/*\n  X-E: 1\n"
    rules = header_rules(text)
    assert [line for line, _ in rules.remarks] == [1, 3, 4, 5, 6, 7, 8]
    assert headers_for(rules.rules, "/a") == {}


@pytest.mark.parametrize("bad", ["a\rSet-Cookie: b", "a\r\r\nb", "a\x00", "a\x0bb", "a\x85b", "a\u2028b", "a\x7f", "ü"])
def test_no_value_can_start_a_header_of_its_own(bad: str):
    rules = header_rules(f"/*\n  X-A: {bad}.\n")
    assert rules.remarks
    assert not any("\r" in value or "\n" in value for value in headers_for(rules.rules, "/").values())


@given(st.text() | st.text(alphabet="/*:a !\r\n#é-"), st.text(alphabet="/a*:é"))
def test_whatever_a_file_says_only_whole_headers_come_of_it(text: str, path: str):
    rules = header_rules(text)
    assert isinstance(rules, Rules)
    for name, value in headers_for(rules.rules, path).items():
        assert re.fullmatch(r"[!-9;-~]+", name)
        assert re.fullmatch(r"[\t -~]+", value)


@given(st.text(alphabet="ab/*", max_size=10), st.text(alphabet="ab/", max_size=12))
def test_a_splat_stands_for_any_text(pattern: str, path: str):
    meant = re.fullmatch(re.escape(f"/{pattern}").replace(r"\*", ".*"), f"/{path}") is not None
    assert found(f"/{pattern}\n  X-Rule: yes\n", f"/{path}") == ({"x-rule": "yes"} if meant else {})


def test_a_rule_of_many_splats_is_no_trap():
    # By trying all ways in turn, each of these would take years.
    assert found(f"/{'*a' * 10}b\n  X-Rule: yes\n", "/" + "a" * 20_000) == {}
    assert found(f"/{':x-' * 10}b\n  X-Rule: yes\n", "/" + "a-" * 10_000) == {}


def test_a_path_of_more_wildcards_than_hosts_take_has_no_rule_nor_lends_its_headers_to_another():
    rules = header_rules(f"/a\n X-A: 1\n/{'*a' * 11}\n X-B: 1\n")
    assert rules.remarks == ((3, "has more than 10 wildcards"),)
    assert headers_for(rules.rules, "/a") == {"x-a": "1"}
