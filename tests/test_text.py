import re
import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet.text import (
    clean_domain,
    clean_url,
    digest,
    display_text,
    folder_name,
    path_key,
    slugify,
    url_host,
    url_key,
)

# Text in which the interesting characters are frequent.
pieces = st.one_of(
    st.sampled_from(
        "& ; < > / \\ . .. - _ ~ % # ? : | * \" ' + @ &amp; &lt; &gt; &#39; &amp;#39; &#8217; &nbsp; <b> </b> "
        "<br/> <!-- --> "
        "<MSFT.O> <3 con CON nul com1 lpt9 . é e\u0301 \u00ad \u200b \u200d \u200e \u2028 \ufeff \xa0 🚀 👩 💻 ❤️ 日本 "
        "خبر \x00 \x1f \x7f \x85 \ud83d \ufffe \t \n javascript: https:// http:// data: // "
        "example.org www. [ ] 8080".split(" ")
    ),
    st.text(max_size=6),
    st.text("abc019", max_size=6),
)
RESERVED = {
    *("con", "prn", "aux", "nul", "conin$", "conout$"),
    *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"),
}

hostile = st.lists(pieces, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Plain text, as it is.", "Plain text, as it is."),
        ("  outer\xa0 \n blanks\u00a0", "outer blanks"),
        ("It&#8217;s &amp; done", "It’s & done"),
        ("It&amp;#39;s", "It's"),
        ("a &amp;amp;amp; b", "a &amp; b"),
        ("Corp <MSFT.O> rises", "Corp <MSFT.O> rises"),
        ("I <3 ports, 1 < 2 > 0", "I <3 ports, 1 < 2 > 0"),
        ("a<br/>b<BR>c", "a b c"),
        ('<p class="x">A <em>bridge</em></p>', "A bridge"),
        ("<img src=x onerror=alert(1)>x", "x"),
        ("a <!-- hidden --> b", "a b"),
        ("a <!-- never closed", "a <!-- never closed"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
        ("so\u00adft", "soft"),
        ("zero\u200bwidth\u200c\u200e\u200f\ufeff", "zerowidth"),
        ("line\u2028separator", "lineseparator"),
        ("\u200dab\u200dc", "abc"),
        ("👩\u200d💻 at work", "👩\u200d💻 at work"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("*NEW* _x_ {% raw %}", "*NEW* _x_ {% raw %}"),
        ("tab\tand\x00 nul", "tab and nul"),
        ("lone \ud83d surrogate", "lone ? surrogate"),
        ("خبر عاجل", "خبر عاجل"),
        ("", ""),
        ("\u200b \xa0", ""),
        ("\u202eno more\u202c turned \u2066round\u2069", "no more turned round"),
    ],
)
def test_text_is_made_fit_to_show(raw: str, shown: str) -> None:
    assert display_text(raw) == shown


@given(hostile)
def test_shown_text_has_no_outer_double_or_odd_blanks_and_nothing_invisible(raw: str) -> None:
    shown = display_text(raw)
    assert shown == " ".join(shown.split())
    assert not set(shown) & set("\u00ad\u200b\u200c\u200e\u200f\u2028\u2029\u202e\u2067\ufeff\x00\x1f\x7f\x85\n\t")
    assert shown.encode().decode() == shown


@given(hostile.filter(lambda text: not set(text) & set("&<")))
def test_text_without_entities_and_tags_is_shown_once_and_for_all(raw: str) -> None:
    shown = display_text(raw)
    assert display_text(shown) == shown


@given(hostile)
def test_the_quick_way_for_plain_text_changes_nothing(raw: str) -> None:
    assert display_text(raw + "\u200b") == display_text(raw)


@pytest.mark.parametrize("entity", ["&#" + "1" * 5000 + ";", "&#x" + "F" * 5000 + ";", "&amp;#" + "9" * 4301 + ";"])
def test_an_entity_of_absurd_length_is_shown_somehow_and_no_crash(entity: str) -> None:
    assert display_text(f"a {entity} b").startswith("a ")
    clean_url(f"https://example.org/{entity}")


@pytest.mark.parametrize("opening", ["<!--", "<a ", "</p ", "&", "&#", "\u200d", "< ", "<b", "<b "])
def test_text_of_a_megabyte_of_openings_is_read_in_one_pass(opening: str) -> None:
    text = opening * (1_000_000 // len(opening))
    assert len(display_text(text)) <= len(text)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("https://example.org/a?b=1&c=2#d", "https://example.org/a?b=1&c=2#d"),
        (" https://example.org/ ", "https://example.org/"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/ü", "https://example.org/%C3%BC"),
        ("https://example.org/\u2028x", "https://example.org/%E2%80%A8x"),
        ("https://example.org/?a=1&#038;b=2", "https://example.org/?a=1&b=2"),
        ("https://example.org/?a=1&amp;b=2", "https://example.org/?a=1&b=2"),
        ("https://example.org/?a=1&copy=2&lt=3&notit;=4", "https://example.org/?a=1&copy=2&lt=3&notit;=4"),
        ("https://example.org/?a=1&#99999999;&#x110000;", "https://example.org/?a=1&#99999999;%EF%BF%BD"),
        ('https://example.org/"><script>', "https://example.org/%22%3E%3Cscript%3E"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("https://exa\nmple.org/\tx", "https://example.org/x"),
        ("HTTP://Example.org:8080/x", "HTTP://Example.org:8080/x"),
        ("http://[::1]/", "http://[::1]/"),
        ("https://B\u00fccher.example:8080/ü", "https://xn--bcher-kva.example:8080/%C3%BC"),
        ("https://a@b%C3%BCcher.example/", "https://a@xn--bcher-kva.example/"),
        ("https://stra\u00dfe.example/", "https://xn--strae-oqa.example/"),
        ("https://\u2665.example/", "https://xn--g6h.example/"),
        ("https://b\u00fccher.example./", "https://xn--bcher-kva.example./"),
        ("https://ex%2Fample.org/", "https://ex%2Fample.org/"),
        ("https://ü..example/", "https://%C3%BC..example/"),
        ("https://example.org/it's_(here)~", "https://example.org/it's_(here)~"),
    ],
)
def test_an_address_is_made_fit_to_link(raw: str, clean: str) -> None:
    assert clean_url(raw) == clean


@pytest.mark.parametrize(
    "raw",
    [
        *"javascript:alert(1) JavaScript:alert(1) &#106;avascript:x javascript&colon;x data:text/html,x".split(),
        *"vbscript:x file:///etc/passwd ftp://example.org mailto:a@example.org blob:https://example.org".split(),
        *"http://a[::1] http://x:a[::1]/ http://[::1]a/".split(),
        *"//example.org /a a # ? https: https:// https:///x http://:80 https://example.org:99999".split(),
        *"https://example.org:x https://[ https://[x] http:example.org https//example.org xhttps://example.org".split(),
        *[
            "",
            " ",
            "java\tscript:alert(1)",
            "https ://example.org",
            "\x00https://example.org",
            "\u200bhttps://example.org",
        ],
    ],
)
def test_what_is_no_web_address_is_no_link(raw: str) -> None:
    assert clean_url(raw) is None


@settings(max_examples=500)
@given(
    st.one_of(
        hostile, hostile.map(lambda text: "https://" + text), hostile.map(lambda text: "http://example.org/" + text)
    )
)
@example("https://example.org\\@evil.example")
def test_a_link_is_plain_ascii_of_http_or_https_with_a_host(raw: str) -> None:
    url = clean_url(raw)
    if url is not None:
        assert re.fullmatch(r"[!#-;=?-\[\]_a-z~]+", url)
        parts = urlsplit(url)
        assert parts.scheme in {"http", "https"}
        assert parts.hostname
        assert url_host(url) == url_host(url).lower()
        assert isinstance(url_key(url), str)


@given(hostile.map(lambda text: "https://example.org/" + text.replace("&", "")))
def test_a_clean_link_stays_as_it_is(raw: str) -> None:
    url = clean_url(raw)
    assert url is not None
    assert clean_url(url) == url


@settings(max_examples=500)
@given(
    st.from_regex(
        r"https?://(www\.){0,2}[a-z0-9.-]{0,8}[:@]?(/[./%~a-z0-9;:@-]{0,8})*"
        r"(\?(utm_a|ocid|copy|[a~.%+]{1,2})?=?[a-z~.%+-]{0,3}(&(amp;|utm_b=|lt|b=)[a-z=]{0,2}){0,2})?",
        fullmatch=True,
    )
)
@example("https://a.org/?x=1&copy=2")
@example("https://a.org?utm_source=x&y=1")
@example("https://www.")
@example("https://www.org")
@example("https://a..org/")
def test_the_quick_way_for_plain_addresses_changes_nothing(raw: str) -> None:
    url = clean_url(raw)
    assert clean_url(f"{raw}#x") == (url and f"{url}#x")
    if url is not None:
        assert url_host(url) == url_host(f"{url}#x")
        assert url_key(url) == url_key(f"{url}#x")


@pytest.mark.parametrize(
    "same",
    """http://example.org/a https://www.example.org/a https://example.org/a/ https://EXAMPLE.org/a https://example.org/a#top
    https://example.org/a?utm_source=x https://example.org/a?fbclid=1&utm_medium=y&ocid=z&WT.mc_id=q https://example.org/a?
    https://example.org/%61 https://example.org/%61?utm_source=%20""".split(),
)
def test_one_page_has_one_key_however_it_is_linked(same: str) -> None:
    assert url_key(same) == url_key("https://example.org/a")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/%c3%bc", "https://example.org/%C3%BC"),
        ("https://example.org/%7ea#%7e", "https://example.org/~a"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example"),
        ("https://www.b\u00fccher.example/%2f", "http://b%C3%BCcher.example/%2F"),
    ],
)
def test_one_page_has_one_key_however_it_is_escaped(one: str, other: str) -> None:
    assert url_key(clean_url(one) or "") == url_key(clean_url(other) or "")


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/b",
        "https://example.org/%2561",
        "https://example.org/%2Fa",
        "https://example.org/A",
        "https://example.org/a?id=1",
        "https://example.com/a",
    ],
)
def test_other_pages_have_other_keys(other: str) -> None:
    assert url_key(other) != url_key("https://example.org/a")


@pytest.mark.parametrize(
    ("raw", "domain"),
    [
        ("example.org", "example.org"),
        (" WWW.Example.ORG ", "example.org"),
        ("a-b.example.co.uk", "a-b.example.co.uk"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("WWW.B\u00dcCHER.example", "xn--bcher-kva.example"),
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("", ""),
        ("..", ""),
        ("../../x", ""),
        ("a/b", ""),
        ("a b.org", ""),
        ("-a.org", ""),
        ("example.org.", ""),
        (".example.org", ""),
        ("a..b", ""),
        ("con", ""),
        ("é" * 300, ""),
        ("é..", ""),
        ("<script>", ""),
    ],
)
def test_a_domain_is_lower_case_and_nothing_but_a_domain(raw: str, domain: str) -> None:
    assert clean_domain(raw) == domain


@given(st.one_of(hostile, st.from_regex(r"[a-zé.\-_]{1,20}", fullmatch=True)))
def test_a_domain_is_always_safe_as_a_folder(raw: str) -> None:
    domain = clean_domain(raw)
    assert re.fullmatch(r"(?:[a-z0-9_][a-z0-9._-]*)?", domain)
    assert ".." not in domain
    assert clean_domain(domain) in {domain, domain.removeprefix("www.")}
    assert domain.partition(".")[0] not in RESERVED


def assert_safe_folder(name: str) -> None:
    assert name
    assert not name.startswith(".")
    assert not name.endswith((".", " "))
    assert not set(name) & set('/\\<>:"|?*#%\0\n\t \x7f\u2028\u202e\ufeff\ufdd0\ufffe\U0010ffff')
    assert name.partition(".")[0].lower() not in RESERVED
    assert len(name.encode()) <= 200
    assert unicodedata.is_normalized("NFC", name)


@settings(max_examples=500)
@given(st.one_of(hostile, st.text(), st.text("con.aux1 -", max_size=8), st.text(min_size=60)))
@example("con.txt")
@example("CON")
@example("COM¹.txt")
@example("conin$")
@example("a\ufffe\ufdd0\U0010ffff")
@example("con." + "a" * 196)
@example("é" * 150)
@example("a" * 190 + "." * 20)
@example("..")
@example("")
def test_a_folder_name_is_always_safe_and_final(stem: str) -> None:
    name = folder_name(stem)
    assert_safe_folder(name)
    assert folder_name(name) == name


@pytest.mark.parametrize(
    "stem",
    [
        "2024-05-01-a-story",
        "-a",
        "a-",
        "a.b",
        "_a",
        "Ünïcode",
        "日本語",
        "🚀",
        "~a",
        "a&b",
        "a+b",
        "it's",
        "@a",
        "a" * 200,
    ],
)
def test_a_name_that_every_file_system_takes_is_left_alone(stem: str) -> None:
    assert folder_name(stem) == stem


@given(st.text(min_size=201, max_size=300), st.text(min_size=1, max_size=5))
def test_long_names_that_differ_only_at_their_end_stay_apart(start: str, end: str) -> None:
    assert folder_name("a" * 201 + start) != folder_name("a" * 201 + start + end)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("City Life", "city-life"),
        ("C#", "c-sharp"),
        ("C++", "c-plus-plus"),
        ("Ünïcode & Co", "ünïcode-and-co"),
        ("  A  &amp; B ", "a-and-b"),
        ("AI/ML: what’s next?", "ai-ml-what-s-next"),
        ("../../x", "x"),
        ("<b>Bold</b>", "bold"),
        ("con", "con-"),
        ("日本", "日本"),
    ],
)
def test_a_slug_is_made_of_words(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(hostile)
def test_a_slug_is_always_safe_and_lower_case(name: str) -> None:
    slug = slugify(name)
    assert_safe_folder(slug)
    assert slug == slug.lower()


@pytest.mark.parametrize("name", ["", "?!", "<script>", "...", "🚀"])
def test_a_name_without_words_still_gets_a_slug_of_its_own(name: str) -> None:
    assert_safe_folder(slugify(name))


@given(hostile)
def test_names_that_some_file_system_takes_for_one_share_a_key(path: str) -> None:
    assert (
        path_key(path) == path_key(unicodedata.normalize("NFD", path)) == path_key(unicodedata.normalize("NFC", path))
    )


@pytest.mark.parametrize(("one", "other"), [("News", "nEWS"), ("Straße", "STRASSE"), ("É", "e\u0301"), ("ǅ", "ǆ")])
def test_names_that_differ_in_case_or_form_share_a_key(one: str, other: str) -> None:
    assert path_key(one) == path_key(other)


@given(st.text())
def test_a_digest_is_eight_digits(text: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{8}", digest(text))
    assert digest(text) == digest(text)


@pytest.mark.parametrize("text", ["food&section news", "&paramount &copy=1", "R&D &lt 5"])
def test_a_name_without_a_semicolon_is_no_character(text):
    assert display_text(text) == text


def test_two_names_without_a_letter_have_two_addresses():
    assert slugify("📰") != slugify("🗞")
    assert slugify("📰").startswith("untitled-")
