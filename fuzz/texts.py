"""Text cleaning: what any text of a record may become on a page, in a list, as the name of a folder."""

import re
import unicodedata

from broadsheet.read.editions import plain_text
from broadsheet.render.text import excerpt_text, summary, youtube_id
from broadsheet.render.typography import typographic
from broadsheet.text import (
    clean_domain,
    digest,
    display_name,
    display_text,
    folder_name,
    path_key,
    slugify,
    without_controls,
)
from broadsheet.words import words_of
from fuzz.target import Target, text_of

_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200c\u200e\u200f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])").fullmatch
_NOT_IN_FOLDERS = set('/\\<>:"|?*#%\0\n\t \x7f\u2028\u2029\u202e\u200b\ufeff')


def check_display(data: bytes) -> None:
    """What is shown is one line of characters, no longer than what was written."""
    raw = text_of(data)
    text = display_text(raw)
    assert not _NO_TEXT.search(text)
    assert text == " ".join(text.split())
    assert len(text) <= len(raw)
    if "&" not in text and "<" not in text:
        assert display_text(text) == text
    assert excerpt_text(raw) in {text, ""}
    name = display_name(raw)
    assert text in {name, ""}
    assert not re.search("[\x00-\x1f\ud800-\udfff]", name)
    for limit in (1, 10, 200):
        short = summary(text, limit)
        assert len(short) <= limit + 2
        assert short == text or text.startswith(short.removesuffix(" …"))
    plain = plain_text(raw)
    assert plain_text(plain) == plain
    assert not re.search("[\x00-\x1f\ud800-\udfff]", plain)
    assert without_controls(without_controls(raw)) == without_controls(raw)
    for language in ("en", "de", "fr"):
        set_text = typographic(text, language)
        assert len(set_text) <= 3 * len(text)
        assert re.sub(r"[\W_]", "", set_text) == re.sub(r"[\W_]", "", text), "letters and digits stay"


def check_names(data: bytes) -> None:
    """Names of folders are safe on every file system, in every URL; a domain is nothing but one."""
    raw = text_of(data)
    for name in (folder_name(raw), slugify(raw)):
        assert_safe_folder(name)
        assert folder_name(name) == name
    assert slugify(raw) == slugify(raw).lower()
    assert path_key(path_key(raw)) == path_key(raw)
    assert path_key(unicodedata.normalize("NFD", raw)) == path_key(raw)
    domain = clean_domain(raw)
    if domain:
        assert re.fullmatch(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?", domain)
        assert ".." not in domain
        assert_safe_folder(domain, longest=253)
        assert clean_domain(domain) in {domain, domain.removeprefix("www.")}
    assert re.fullmatch("[0-9a-f]{8}", digest(raw))
    video = youtube_id(raw)
    assert not video or (re.fullmatch(r"[A-Za-z0-9_-]{11}", video) and video in raw)
    words_of(raw[:20])


def assert_safe_folder(name: str, longest: int = 200) -> None:
    assert name
    assert not name.startswith(".")
    assert not name.endswith((".", " "))
    assert not set(name) & _NOT_IN_FOLDERS
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name)
    assert not _RESERVED(name.partition(".")[0])
    assert name.lower() != "index.html"
    assert len(name.encode()) <= longest
    assert unicodedata.is_normalized("NFC", name)


_SEEDS = [
    text.encode("utf-8", "surrogatepass")
    for text in (
        "A plain headline",
        "Harbour &amp; bridge: <b>it</b> opens &#8217;soon&#8217; <!-- no --> <br/> 3 < 4",
        "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
        "soft\u00adhyphen zero\u200bwidth \u202eright\u202c \ufeff nbsp\u00a0here \U0001f469\u200d\U0001f4bb a\u200db",
        "\"It's\" 'quoted' -- and... more - here --force 5 - 3 the '90s",
        "&#x110000; &#xD800; &#128; &#99999999999; &notit; &nGt; &NotEqualTilde;",
        "C# & C++ @ home, ﬁne ǅ İi ß ẞ Å é",
        "con.txt",
        "CON",
        "../../etc/passwd",
        "a" * 210 + "é" * 40,
        "WWW.Bücher.Example",
        "NA",
        "حدود الميناء 港湾大橋 हिन्दी ไทย",
        '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>',
    )
]
_WORDS = [
    *(
        b"&amp; &lt; &gt; &quot; &#39; &#x27; &nbsp; &shy; &zwj; &#0; &#x80; &colon; <b> </b> <br/> <!-- --> <script> < > &"
        b" con aux nul com1 lpt9 index.html .. . / \\ www. .org xn-- -- ... ' \" NA n/a null <iframe src= youtube.com/embed/"
    ).split(),
    *(
        character.encode("utf-8", "surrogatepass")
        for character in "\u00ad\u200b\u200d\u200e\u2028\u202e\u2066\ufeff\ufffe\ud800\u00a0\u0130\u0301\u1e9e\ufb01\ufe0f\u2764"
        "\U0001f469\u0345\u1fb3\u0149\u01f0\u3002\uff0e\uff0f\u2024\u2126\u212b"
    ),
]

DISPLAY = Target(check_display, _SEEDS, _WORDS, longest=1000)
NAMES = Target(check_names, _SEEDS, _WORDS, longest=600)
