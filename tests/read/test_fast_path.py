"""The fast path and the reference path are one reader: what one makes of a text, the other does too."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broadsheet.read.front_matter import FrontMatter, split
from broadsheet.read.records import RecordReader

FILE = "2024-05-01-a-story.md"
THOROUGH = settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

GOOD_START = 'title: "A good title"\npublishedDateTime: 2024-05-01T08:00:00Z\n'

FULL = """\
category: news
title: "Harbour bridge “opens” after 3 years: what is next?"
excerpt: "The mayor said: \\"It took long\\", and cut a ribbon\\u2028— café, naïve, 你好, 🚀."
publishedDateTime: 2024-05-01T08:00:00Z
originalUrl: "https://www.example.org/harbour-bridge?x=1&y=2#top"
webUrl: "https://www.example.org/harbour-bridge?x=1&y=2#top"
ampWebUrl: "https://www.example.org/amp/harbour-bridge"
cdnAmpWebUrl: "https://cdn.example.org/c/s/www.example.org/amp/harbour-bridge"
type: article
quality: 53
heat: 93
published: true

provider:
  name: Example Gazette
  domain: example.org
  images:
    - url: "/assets/images/example.org-50x50.jpg"
      width: 50
      height: 50

topics:
  - Transport
  - City Life

images:
  - url: "https://img.example.org/bridge.jpg?w=1200"
    width: 1200
    height: 630
    isCached: true
  - url: "https://img.example.org/ribbon.jpg"
    width: 640
    height: 480
    title: A ribbon

related:
  - title: "Bridge traffic starts"
    excerpt: ""
    publishedDateTime: 2024-05-01T09:30:12Z
    webUrl: "https://news.example.com/bridge-traffic"
    type: article
    provider:
      name: 9to5Harbour
      domain: example.com
    quality: 51
  - title: 'It''s open'
    excerpt: "Short\\r\\nlines"
    publishedDateTime: 2024-05-02T00:00:00Z
    webUrl: ""
    type: video
    provider:
      name: "24/7 Port St."
      domain: example.net
    quality: 0
    images:
      - url: "https://img.example.net/open.jpg"
        width: 1280
        height: 720
        isCached: false

secured: "bm90IGEgc2VjcmV0;MDEyMzQ1Njc4OWFiY2RlZg=="
"""

# One line each for what YAML, its versions and its parsers disagree about.
NASTY = r"""
""
''
"plain in quotes"
"a \"quoted\" word"
"back\\slash and sl\/ash"
"cr\r lf\n tab\t"
"line\u2028separator"
"nul\u0000"
"bell\a \e \0 \x41 \N \_ \L \P"
"soft\u00adhyphen"
"surrogate \ud83d\ude80"
"lone \ud83d"
"long \U0001F680"
"bom \ufeff non \uffff"
"unclosed
'it''s'
'it's'
'back\slash'
"two" words
'two' words
1
0
-0
-1
+1
007
012
0o14
0x1F
0b101
1_000
1e5
1E5
1e400
1.5
.5
5.
-.5
1:30
190:20:30
123456789012345
1234567890123456
99999999999999999999
nan
.nan
.NaN
NaN
inf
.inf
-.inf
+inf
Infinity
-Infinity
infinite
nano
true
True
TRUE
false
yes
Yes
on
On
No
OFF
y
n
null
Null
NULL
~
nullable
trueish
2024-05-01
2024-05-01T08:00:00Z
2024-05-01T08:00:00
2024-05-01 08:00:00
2024-05-01 08:00:00 +02:00
2024-05-01T08:00:00.123Z
2024-05-01T08:00:00+02:00
2024-13-41T25:61:61Z
9999-12-31T23:59:59Z
0001-01-01T00:00:00Z
May 1, 2024
9to5Mac
24/7 Wall St
3D
1st
5e
0xyz
0o
1_a
12:30 pm
4-traders
7.5% more
a: b
DM: Diablo
a #b
a # comment
# comment
- item
-
?
? key
: value
{a: 1}
{}
[1, 2]
[]
&anchor value
*anchor
*unknown
!tag value
!!str 5
!!int "5"
!!python/object/apply:os.system ["true"]
!!binary aGk=
!!timestamp 2024-05-01
! 5
|
>
|-
%directive
@at
`tick
--- x
...
a 'quoted' "part"
don't
Q&A
a, b
100%
C++
C#
[x
]x
x]
x}
x, y]
<<
=
*NEW*
{% raw %}
«guillemets»
Ångström
Ünïcode & Co
日本語のニュース
خبر عاجل
\u05d7\u05d3\u05e9\u05d5\u05ea
🚀 launch
👩‍💻
Team 🚀
NBSP inside
"zwsp\u200binside"
U+2028 inside
NEL inside
a	tab
"a	tab"
javascript:alert(1)
https://example.org/a b
https://example.org/a#b
http://example.org
//example.org/x
mailto:a@example.org
<script>
\n
\
""".strip("\n").split("\n")

nasty = st.one_of(
    st.sampled_from(NASTY),
    st.integers(-(10**18), 10**18).map(str),
    st.floats().map(str),
    st.text(max_size=12).map(json.dumps),
    st.text(max_size=12).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.text(max_size=12).map(lambda text: "'" + text.replace("'", "''") + "'"),
    st.text(alphabet="abeEfFnNoOxX0123456789._+-:/' ,&!?%", min_size=1, max_size=8),
    st.text(max_size=8),
)
PRINTED = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff"
)
tame_text = st.one_of(
    st.text(PRINTED, max_size=20).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.text(st.characters(codec="utf-8", max_codepoint=0xD7FF, exclude_categories=["Cc"]), max_size=20).map(json.dumps),
    st.text(PRINTED, max_size=20).map(lambda text: "'" + text.replace("'", "''") + "'"),
    st.from_regex(
        r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9.,'&/()!?+_%-]{0,9}( [A-Za-zÀ-ɏ0-9.,'&/()!?+_%-]{1,9}){0,3}", fullmatch=True
    ),
    st.from_regex(r"[0-9][A-Za-z0-9.,'&/()!?+_%-]{0,5}( [A-Za-z0-9.,&+_%-]{1,5})?", fullmatch=True),
)
VALUES = {
    "text": tame_text,
    "time": st.sampled_from(["2024-05-01T08:00:00Z", "2023-12-31T23:59:59Z", '"2024-05-01T08:00:00+02:00"']),
    "url": st.sampled_from(['"https://example.org/a?b=1&c=%20#d"', '""', "'https://example.org/'", '"/local.png"']),
    "type": st.sampled_from(["article", "video", '"video"']),
    "number": st.integers(-1, 4000).map(str),
    "flag": st.sampled_from(["true", "false"]),
}
KINDS = {
    **dict.fromkeys(
        "title category excerpt featuredContent locale secured unknown Title attribution name domain join".split(),
        "text",
    ),
    **dict.fromkeys("publishedDateTime updatedDateTime".split(), "time"),
    **dict.fromkeys("webUrl originalUrl ampWebUrl cdnAmpWebUrl url".split(), "url"),
    **dict.fromkeys("quality heat width height".split(), "number"),
    **dict.fromkeys("published removed draft isCached pin split".split(), "flag"),
    "type": "type",
}


def rarely(odd: st.SearchStrategy[str], usual: st.SearchStrategy[str], one_in: int = 24) -> st.SearchStrategy[str]:
    return st.integers(1, one_in).flatmap(lambda number: odd if number == one_in else usual)


def line(name: str, indent: str = "") -> st.SearchStrategy[str]:
    """A field with a value of its kind, and now and then with any value, gap and end."""
    return st.builds(
        "{}{}:{}{}{}\n".format,
        st.just(indent),
        rarely(
            st.sampled_from(["<<", '"title"', "'heat'", "true", "null", "1", "- title", "provider"]), st.just(name), 200
        ),
        rarely(st.sampled_from(["", "  ", "\t"]), st.just(" "), 120),
        rarely(nasty, VALUES[KINDS[name]], 16),
        rarely(st.sampled_from([" ", "\t", " # why", "  ", "\r", ":"]), st.just(""), 80),
    )


def mapping(names: str, indent: str, *, some: bool = True) -> st.SearchStrategy[str]:
    """Lines in the order of `names`; any of them may be missing, but for the first."""
    first, *others = (line(name, indent) for name in names.split())
    optional = [st.one_of(st.just(""), other) if some else other for other in others]
    return st.tuples(first, *optional).map("".join)


def items(mappings: st.SearchStrategy[str], indent: str) -> st.SearchStrategy[str]:
    """Mappings indented by two more than `indent`, each with a `- ` in front."""
    return st.lists(mappings, min_size=1, max_size=3).map(
        lambda blocks: "".join(f"{indent}- {block[len(indent) + 2 :]}" for block in blocks)
    )


def texts(name: str) -> st.SearchStrategy[str]:
    return st.lists(rarely(nasty, tame_text), min_size=1, max_size=3).map(
        lambda values: f"{name}:\n" + "".join(f"  - {value}\n" for value in values)
    )


def group(header: str, lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return lines.map(lambda block: f"{header}:\n{block}")


IMAGE = "url width height isCached title"
related = items(
    st.tuples(
        mapping("title excerpt publishedDateTime webUrl type", "    ", some=False),
        group("    provider", mapping("name domain", "      ")),
        st.one_of(st.just(""), line("quality", "    ")),
        st.one_of(st.just(""), group("    images", items(mapping(IMAGE, "        "), "      "))),
    ).map("".join),
    "  ",
)
parts = st.one_of(
    *[
        line(name)
        for name in KINDS
        if name not in {"title", "publishedDateTime", "url", "width", "height", "name", "domain"}
    ],
    group("provider", mapping("name domain", "  ")),
    group("provider", mapping("name domain", "  ")),
    group("images", items(mapping(IMAGE, "    "), "  ")),
    texts("topics"),
    texts("tags"),
    texts("aliases"),
    texts("split"),
    texts("join"),
    group("related", related),
    group("related", related),
    rarely(
        st.sampled_from(["# why\n", "  \n", "---x\n", "%YAML 1.1\n", "...\n", "? a\n: b\n", "stray\n"]), st.just("\n")
    ),
)


def name_of(part: str) -> str:
    return part.partition(":")[0]


front_matter = st.builds(
    lambda title, time, others, end: "".join([title, time, *others, end]),
    line("title"),
    line("publishedDateTime"),
    st.one_of(st.lists(parts, max_size=6, unique_by=name_of), st.lists(parts, max_size=6)),
    rarely(st.sampled_from(["\n\n", "last: x", "  ", "..."]), st.just("")),
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """The full record after one or two accidents."""
    text = FULL
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(text)))
        lines = text.split("\n")
        which, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from("insert delete swap value line-away line-twice lines-swapped".split())):
            case "insert":
                character = st.sampled_from(list("\"'\\:#-&*!|>%@`{}[],?\n\t\r ~\ufeff\xa0\u2028") + list("aZ059é🚀"))
                text = text[:at] + draw(st.one_of(character, nasty)) + text[at:]
            case "delete":
                text = text[:at] + text[at + draw(st.integers(1, 3)) :]
            case "swap":
                text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
            case "value":
                lines[which] = lines[which].partition(":")[0] + ": " + draw(st.one_of(nasty, tame_text))
                text = "\n".join(lines)
            case "line-away":
                text = "\n".join(lines[:which] + lines[which + 1 :])
            case "line-twice":
                text = "\n".join([*lines[:other], lines[which], *lines[other:]])
            case _:
                lines[which], lines[other] = lines[other], lines[which]
                text = "\n".join(lines)
    return text


def assert_both_paths_agree(yaml: bytes, body: bytes = b"") -> bool:
    """Return whether the fast path took the text."""
    parts = FrontMatter(yaml, body)
    fast = RecordReader().fast(parts, FILE)
    if fast is None:
        return False
    assert fast == RecordReader().reference(parts, FILE)
    return True


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@THOROUGH
@given(front_matter)
def test_the_fast_path_reads_generated_front_matter_as_the_reference_does_or_not_at_all(
    capfd: pytest.CaptureFixture[str], text: str
) -> None:
    assert_both_paths_agree(encoded(text))
    assert capfd.readouterr() == ("", "")


@THOROUGH
@given(damaged())
def test_the_fast_path_reads_a_damaged_record_as_the_reference_does_or_not_at_all(
    capfd: pytest.CaptureFixture[str], text: str
) -> None:
    assert_both_paths_agree(encoded(text))
    assert capfd.readouterr() == ("", "")


@THOROUGH
@given(st.binary(max_size=200), st.integers(0, len(FULL)))
def test_the_fast_path_agrees_on_any_bytes_between_the_fields(
    capfd: pytest.CaptureFixture[str], noise: bytes, at: int
) -> None:
    full = FULL.encode()
    assert_both_paths_agree(full[:at] + noise + full[at:])
    assert_both_paths_agree(GOOD_START.encode() + noise, noise)
    assert capfd.readouterr() == ("", "")


@THOROUGH
@given(st.one_of(front_matter, damaged()), st.sampled_from(["\n", "\r\n"]), st.booleans())
@example(FULL, "\r\n", True)
def test_any_text_is_either_a_record_or_has_an_error_with_its_place(text: str, end: str, bom: bool) -> None:
    data = b"\xef\xbb\xbf" * bom + encoded(f"---\n{text}\n---\nA body.\n".replace("\n", end))
    record, problems = RecordReader().read(data, FILE)
    errors = [problem for problem in problems if problem.severity.value == "error"]
    assert (record is None) == bool(errors)
    assert all(problem.place.file == FILE and problem.place.line and problem.place.column for problem in problems)


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("field", "title publishedDateTime excerpt webUrl quality published locale unknown".split())
def test_both_paths_agree_on_every_odd_value_of_every_kind_of_field(
    value: str, field: str, capfd: pytest.CaptureFixture[str]
) -> None:
    others = "".join(line for line in GOOD_START.splitlines(True) if not line.startswith(f"{field}:"))
    assert_both_paths_agree(f"{others}{field}: {value}\n".encode())
    assert_both_paths_agree(f"{field}: {value}\n{others}".encode())
    assert_both_paths_agree(f"{others}topics:\n  - {value}\n".encode())
    assert_both_paths_agree(f"{GOOD_START}provider:\n  name: {value}\n  domain: example.org\n".encode())
    assert_both_paths_agree(f"{GOOD_START}images:\n  - url: /a.png\n    {field}: {value}\n".encode())
    item = "".join(f"    {line}" for line in others.splitlines(True))
    assert_both_paths_agree(f"{GOOD_START}related:\n  - type: article\n{item}    {field}: {value}\n".encode())
    assert capfd.readouterr() == ("", "")


MUST_BE_FAST = [
    GOOD_START,
    FULL,
    FULL.rstrip("\n") + "\n",
    FULL.replace("related:\n", "other: x\nrelated:\n"),
    *(
        f"{GOOD_START}{line}\n"
        for line in [
            "quality: 0",
            "heat: -1",
            "published: false",
            "removed: true",
            "draft: true",
            "type: video",
            "locale: en-us",
            'excerpt: ""',
            "excerpt: 'It''s open'",
            r'excerpt: "cr\r\n, a \"word\", \u2028, \u00ad, \\ and \/"',
            'excerpt: "🚀 خبر עברית 日本語 café"',
            "excerpt: *not an anchor*".replace("*", "'").replace("'not", "'not"),
            "category: Ünïcode & Co",
            "category: 9to5Mac",
            'webUrl: "https://example.org/?a=1&b=%20#x"',
            "topics:\n  - Transport\n  - City Life",
            "tags:\n  - 'a'\n  - b",
            "aliases:\n  - old-name",
            "provider:\n  name: Example\n  domain: example.org",
            "provider:\n  name: Example",
            'provider:\n  name: "Morning, Noon | Night"\n  domain: example.org',
            'images:\n  - url: "https://example.org/a.png"\n    width: 10\n    height: 20\n    isCached: false',
            'secured: "bm90;aGluZw=="',
            "unknown: anything",
        ]
    ),
]


@pytest.mark.parametrize("text", MUST_BE_FAST)
def test_ordinary_front_matter_takes_the_fast_path(text: str) -> None:
    assert assert_both_paths_agree(text.encode(), b"A body, with: *anything* [in it]\n")


@pytest.mark.parametrize("text", MUST_BE_FAST)
def test_line_ends_of_windows_and_a_byte_order_mark_do_not_slow_a_file_down(text: str) -> None:
    data = b"\xef\xbb\xbf" + f"---\n{text}---\nBody\n".replace("\n", "\r\n").encode()
    parts = split(data, FILE)
    assert isinstance(parts, FrontMatter)
    assert assert_both_paths_agree(parts.yaml, parts.body)


def test_most_small_changes_of_a_record_keep_it_on_the_fast_path() -> None:
    chance = random.Random(1)
    words = "Port City Fort-7 9to5 Café open, again! don't Q&A 100% 'x' \"y\"".split()
    taken = 0
    for _ in range(200):
        lines = [
            line for line in FULL.split("\n") if not line.startswith(("category", "type")) or chance.random() < 0.5
        ]
        text = "\n".join(lines).replace("Example Gazette", f"Word {chance.choice(words)}")
        taken += assert_both_paths_agree(text.replace("53", str(chance.randrange(190))).encode())
    assert taken > 150


@pytest.mark.parametrize("line", ["heat: 1\nheat: 2", "quality: 012", "published: yes", "excerpt: ~", "topics: &a [x]"])
def test_what_the_parsers_disagree_about_never_takes_the_fast_path(line: str) -> None:
    assert not assert_both_paths_agree(f"{GOOD_START}{line}\n".encode())


def test_one_reader_gives_what_fresh_readers_give_whatever_it_has_read_before() -> None:
    texts = [
        FULL,
        FULL.replace("51", "52"),
        FULL.replace("9to5", "8to6"),
        FULL.replace("news.example.com", "x.example.com"),
    ]
    one = RecordReader()
    for text in [*texts, *reversed(texts)]:
        data = f"---\n{text}---\n".encode()
        assert one.read(data, FILE) == RecordReader().read(data, FILE)


@pytest.mark.parametrize("site", ["powerapps", "azure-2020h1"])
def test_every_real_file_is_read_alike_and_without_a_problem(
    corpus: Path, site: str, capfd: pytest.CaptureFixture[str]
) -> None:
    shared = RecordReader()
    slow = []
    for path in sorted((corpus / site / "_news").glob("*.md")):
        parts = split(path.read_bytes(), path.name)
        assert isinstance(parts, FrontMatter), path.name
        reference = RecordReader().reference(parts, path.name)
        assert reference[0] is not None, reference
        assert not reference[1]
        fast = RecordReader().fast(parts, path.name)
        if fast is None:
            slow.append(path.name)
        else:
            assert fast == reference, path.name
        assert shared.read(path.read_bytes(), path.name) == reference, path.name
    assert not slow
    assert capfd.readouterr() == ("", "")
