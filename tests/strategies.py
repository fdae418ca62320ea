"""Whole records and whole sites at random: good ones, odd ones and broken ones, as the bytes of their files.

A hidden record is never a broken one, and has `CANARY` in all that it says: it must not get into any output.
"""

import json
from typing import Any

import yaml
from hypothesis import strategies as st

CANARY = "kanarie"
BASE = "https://tram.example.org/daily/"
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

SUBJECTS = ["Ferry strike", "Harbour bridge", "Opera roof", "Frost warning"]
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- --> ]]> <![CDATA[",
    "\"><img src=x onerror=alert(1)> ' onclick='",
    "&lt;b&gt; &amp;amp; &#1; &#xD800; &shy; &copy",
    "<iframe src=https://evil.example></iframe><svg/onload=x>",
    "\u202e\u2066חדשות\u200f \U0001f469\u200d\U0001f680 e\u0301\u20e3",
    "\u2028\ufeff\u00ad\ufdd0\U0001ffff",
    "{{ 7*7 }}{% raw %} %00%2f ../.. C:\\x",
    "a: b # c",
    "NA",
    " ",
    "word " * 400,
]
texts = st.one_of(
    st.sampled_from(SUBJECTS),
    st.sampled_from(HOSTILE),
    st.text(max_size=12),
    st.lists(st.sampled_from([*SUBJECTS, *HOSTILE]), min_size=2, max_size=3).map(" ".join),
)
# What is not said is the most of all that is said of anything.
maybe_texts = st.none() | texts
urls = st.one_of(
    st.sampled_from(
        [
            *"https://press.example.org/a https://press.example.org/a?utm_source=x#y http://[::1]/ /pics/a.png".split(),
            *"javascript:alert(1) data:text/html,x //evil.example/ https://example.org:99999 http:x".split(),
            "&#106;avascript:x",
            "https://press.example.org/é x",
            "",
        ]
    ),
    texts.map(lambda text: f"https://press.example.org/{text}"),
)
times = st.sampled_from(
    [
        *"2024-05-10T12:00:00Z 2024-05-11T09:30:00+02:00 2024-05-01 2024-04-30T23:59:59 0001-01-01T00:00:00Z".split(),
        *"9999-12-31T23:59:59-12:00 2031-01-01T00:00:00Z yesterday".split(),
        "2024-05-10 12:00:00 +00:00",
        "",
    ]
)
numbers = st.sampled_from([-(10**18), -1, 0, 1, 10, 55, 90, 300, 10**9])
topics = st.lists(st.sampled_from(["Transport", "transport", "Arts", "C#", "<b>", "../x", None]), max_size=3)
images = st.lists(
    st.none() | st.fixed_dictionaries({"url": urls}, optional={"width": numbers, "height": numbers, "title": texts}),
    max_size=2,
)
providers = st.fixed_dictionaries(
    {}, optional={"name": texts, "domain": st.sampled_from(["press.example.org", "CON", "../x", "bücher.example", ""])}
)
items = st.fixed_dictionaries(
    {"title": texts},
    optional={
        "publishedDateTime": times,
        "webUrl": urls,
        "excerpt": texts,
        "type": st.sampled_from(["article", "video", "podcast"]),
        "provider": providers,
        "quality": numbers,
        "images": images,
    },
)
# Markdown that nests, does not close, and means harm.
bodies = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *"# ### > - 1. ``` | ~~ ** [x](javascript:x) ![x](/a.png)".split(),
                *"<p> </p> <table> <td> <a> <h1> <li> </div>".split(),
                "\n\n",
                "    ",
                "|a|b|\n|-|-|\n|1|2|\n",
                "<a href='java\tscript:x' style=x>",
                "[x]: https://press.example.org 'y'\n",
            ]
        ),
        texts,
    ),
    max_size=6,
).map("".join)
STEMS = [
    *"2024-05-10-a 2024-05-11-b 2024-05-11-B 2024-05-12-c.d con index feed.xml".split(),
    *"deep/2024-05-09-e deep/er/2024-05-09-e".split(),
    "2024-05-10-é",
    "2024-05-10-e\u0301",
    "a b#c?",
    "-" * 120,
]
names = st.sampled_from(STEMS)

record_fields = st.fixed_dictionaries(
    {"title": texts, "publishedDateTime": times},
    optional={
        "excerpt": texts,
        "category": texts,
        "locale": texts,
        "tags": st.lists(maybe_texts, max_size=2),
        "type": st.sampled_from(["article", "video"]),
        "webUrl": urls,
        "originalUrl": urls,
        "ampWebUrl": urls,
        "featuredContent": texts | st.just('<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>'),
        "quality": numbers,
        "heat": numbers,
        "published": st.booleans(),
        "paywall": st.booleans(),
        "dead": st.booleans(),
        "updatedDateTime": times,
        "provider": providers,
        "topics": topics,
        "images": images,
        "aliases": st.lists(names | st.just("news/old/"), max_size=2),
        "pin": st.booleans(),
        "split": st.booleans() | names,
        "join": names,
        "secured": st.just(f"{CANARY}==;AAAA"),
        "whatever": st.just({"deep": [CANARY]}),
    },
)


def yaml_of(values: dict[str, Any], *, plain: bool = False) -> bytes:
    """Values as YAML, or as the JSON that is YAML, too: every character in an escape."""
    if plain:
        return yaml.dump(values, Dumper=DUMPER, allow_unicode=True, sort_keys=False, width=10**6).encode(
            "utf-8", "replace"
        )
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items()).encode()


def record_of(values: dict[str, Any], body: str = "", *, plain: bool = False) -> bytes:
    return b"---\n" + yaml_of(values, plain=plain) + b"---\n" + body.encode("utf-8", "replace")


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """A file after an accident."""
    at = draw(st.integers(0, len(data)))
    accidents = {
        "cut": data[:at],
        "noise": draw(st.binary(max_size=40)),
        "bytes": data[:at] + draw(st.binary(min_size=1, max_size=4)) + data[at + draw(st.integers(0, 3)) :],
        "ends of lines": data.replace(b"\n", draw(st.sampled_from([b"\r\n", b"\r"]))),
        "mark": b"\xef\xbb\xbf" + data,
        "encoding": data.decode("utf-8", "replace").encode("utf-16"),
        "aliases": data.replace(b"---\n", b"---\n<<: {a: &a 1}\nheat: *a\n", 1),
    }
    return accidents[draw(st.sampled_from(sorted(accidents)))]


@st.composite
def record_files(draw: st.DrawFn) -> bytes:
    """The bytes of the file of a record: sound, odd or broken."""
    values = {**draw(record_fields), "related": draw(st.lists(items, max_size=3))}
    data = record_of(values, draw(bodies), plain=draw(st.booleans()))
    return draw(damaged(data)) if draw(st.integers(0, 5)) == 0 else data


def hidden_record(number: int, why: str) -> dict[str, Any]:
    word = f"{CANARY}{number}"
    marks = {"publishedDateTime": "2031-01-01T00:00:00Z"} if why == "scheduled" else {why: True}
    return {
        "title": f"Harbour bridge {word}",
        "publishedDateTime": f"2024-05-10T12:00:{number:02}Z",
        "excerpt": word,
        "webUrl": f"https://{word}.example.org/{word}",
        "provider": {"name": word, "domain": f"{word}.example.org"},
        "topics": [word, "Transport"],
        "tags": [word],
        "aliases": [word],
        "images": [{"url": f"https://{word}.example.org/a.png"}],
        "quality": 99,
        **marks,
    }


topic_files = st.fixed_dictionaries(
    {"name": st.sampled_from(["Transport", "Arts", "C#"]) | texts},
    optional={
        "parent": st.sampled_from(["Transport", "Arts"]) | texts,
        "description": texts,
        "keywords": st.lists(maybe_texts, max_size=2),
        "services": st.dictionaries(texts, maybe_texts, max_size=2),
        "images": st.lists(urls, max_size=1),
    },
)
organization_files = st.fixed_dictionaries(
    {"domain": st.sampled_from(["press.example.org", "bücher.example", "CON"])},
    optional={"name": texts, "description": texts, "images": images, "paywall": st.booleans()},
)
override_files = st.fixed_dictionaries(
    {},
    optional={
        "pin": st.lists(names, max_size=2),
        "split": st.lists(names | st.lists(names, max_size=3), max_size=2),
        "join": st.lists(st.lists(names, max_size=3), max_size=2),
    },
)
page_files = st.fixed_dictionaries(
    {}, optional={"title": texts, "description": texts, "menu": st.booleans(), "order": st.integers(-5, 5)}
)
site_settings = st.fixed_dictionaries(
    {},
    optional={
        "title": texts.filter(lambda text: "\ufdd0" not in text),
        "description": texts,
        "base_url": st.just(BASE),
        "language": st.sampled_from(["en", "de", "ar", "pt-BR"]),
        "time_zone": st.sampled_from(["UTC", "Asia/Kathmandu", "Nowhere/Land"]),
        "pages": st.fixed_dictionaries({"size": st.integers(0, 4)}),
        "stories": st.fixed_dictionaries({}, optional={"group": st.booleans(), "shown_members": st.integers(0, 2)}),
        "selection": st.just({"unpublished": "hide"}),
        "home": st.fixed_dictionaries({}, optional={"days": st.integers(1, 9)}),
        "api": st.sampled_from([{"source_url": "self"}, {"page_size": 1}]),
        "editions": st.just({"period": "weekly", "sender": "News <news@tram.example.org>"}),
        "bogus": st.just(1),
    },
)


@st.composite
def sites(draw: st.DrawFn) -> dict[str, bytes]:
    """The files of a site, by their paths: records always, whatever else there may be sometimes."""
    reasons = draw(st.lists(st.sampled_from(["removed", "draft", "scheduled"]), max_size=2))
    hidden = {f"2024-05-10-{CANARY}{at}": hidden_record(at, why) for at, why in enumerate(reasons)}
    files = {
        **{f"_news/{stem}.md": record_of(values, f"{CANARY} body") for stem, values in hidden.items()},
        **draw(shown_records(list(hidden.values()))),
        **draw(data_files()),
        **draw(page_and_other_files([*STEMS, *hidden])),
    }
    harmed = draw(st.sampled_from(sorted(files))) if draw(st.integers(0, 3)) == 0 else ""
    if harmed and CANARY.encode() not in files[harmed]:
        files[harmed] = draw(damaged(files[harmed]))
    return files


@st.composite
def shown_records(draw: st.DrawFn, hidden: list[dict[str, Any]]) -> dict[str, bytes]:
    """Records, some of which list the `hidden` ones."""
    listed = [{name: values[name] for name in ("title", "publishedDateTime", "webUrl")} for values in hidden]
    files = {}
    for stem in draw(st.lists(names, min_size=1, max_size=5, unique=True)):
        lists_hidden = listed and draw(st.booleans())
        files[f"_news/{stem}.md"] = (
            record_of({**draw(record_fields), "related": listed}) if lists_hidden else draw(record_files())
        )
    return files


@st.composite
def data_files(draw: st.DrawFn) -> dict[str, bytes]:
    """Topics, organizations and overrides."""
    files = {}
    for number, values in enumerate(draw(st.lists(topic_files, max_size=3))):
        files[f"_data/topics/{number}.yaml"] = yaml_of(values, plain=draw(st.booleans()))
    for number, values in enumerate(draw(st.lists(organization_files, max_size=2))):
        files[f"_data/organizations/{number}.md"] = record_of(values)
    if draw(st.booleans()):
        files["_data/stories.yaml"] = yaml_of(draw(override_files))
    return files


@st.composite
def page_and_other_files(draw: st.DrawFn, slugs: list[str]) -> dict[str, bytes]:
    """Plain pages, an issue that was cut, a static file, the settings."""
    files = {}
    for number, values in enumerate(draw(st.lists(page_files, max_size=2))):
        files[f"pages/{'deep/' * number}about.md"] = record_of(values, draw(bodies))
    if draw(st.booleans()):
        files["pages/draft.md"] = record_of({"title": CANARY, "draft": True}, CANARY)
    if draw(st.booleans()):
        files["editions/2024-05-17.yaml"] = yaml_of(draw(issues(slugs)))
    if draw(st.booleans()):
        files["static/pics/a.png"] = b"\x89PNG"
    if draw(st.integers(0, 3)):
        files["broadsheet.yaml"] = yaml_of(draw(site_settings))
    return files


@st.composite
def issues(draw: st.DrawFn, slugs: list[str]) -> dict[str, Any]:
    """An issue that was cut, of records that there are, and of some that there are not or that are hidden by now."""
    sent = [
        {"slug": slug, "title": CANARY if CANARY in slug else draw(texts), "url": draw(urls), "excerpt": draw(texts)}
        for slug in draw(st.lists(st.sampled_from(slugs), max_size=3, unique=True))
    ]
    sections = [{"topic": draw(texts), "items": sent}]
    return {"date": "2024-05-17", "start": "2024-05-10T07:00:00Z", "end": "2024-05-17T07:00:00Z", "sections": sections}
