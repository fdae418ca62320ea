"""Files of records: the fast path, which has a native decoder, and the reference path.

What stands between the fences gets to the native decoder whenever its lines have plain shapes, so that the mutator
keeps most of them plain.
"""

import msgspec

from broadsheet.problems import Severity
from broadsheet.read.cache import Entry, Shelf, pack, unpack
from broadsheet.read.front_matter import FrontMatter, split, with_plain_lines
from broadsheet.read.records import RecordReader
from broadsheet.read.trace import Seen
from broadsheet.text import folder_name
from fuzz.target import Target
from fuzz.yaml_shapes import yaml_mutator

FILE = "2024-05-01-a-story.md"

FULL = """\
---
category: news
title: "Harbour bridge “opens” after 3 years: what is next?"
excerpt: "The mayor said: \\"It took long\\", and cut a ribbon\\u2028— café, naïve, 你好, 🚀."
publishedDateTime: 2024-05-01T08:00:00Z
updatedDateTime: "2024-05-01T10:00:00+02:00"
originalUrl: "https://www.example.org/harbour-bridge?x=1&y=2#top"
webUrl: "https://www.example.org/harbour-bridge?x=1&y=2#top"
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

tags:
  - 'a'
  - b

aliases:
  - old-name

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
    type: video
    provider:
      name: "24/7 Port St."
      domain: example.net
    images:
      - url: "https://img.example.net/open.jpg"
        width: 1280
        height: 720
        isCached: false

secured: "bm90IGEgc2VjcmV0;MDEyMzQ1Njc4OWFiY2RlZg=="
---
A *body*.
""".encode()
_SMALL = b'---\ntitle: "A title"\npublishedDateTime: 2024-05-01T08:00:00Z\n---\n'
_START, _BLOCKS_OF_IT = _SMALL[:-4], FULL.removeprefix(b"---\n").partition(b"---\n")[0].split(b"\n\n")
_SEEDS = [
    FULL,
    # Short ones are read many times as quickly.
    *(_START + block + b"\n---\n" for block in _BLOCKS_OF_IT[1:]),
    _SMALL.replace(b"\n", b"\r\n"),
    b"\xef\xbb\xbf" + _SMALL,
    _SMALL,
    _SMALL[:-4] + b"pin: true\nsplit: true\njoin: other\n---\n",
    _SMALL[:-4] + b"split:\n  - one\n  - two\nlocale: en-us\ndraft: false\n---\n",
    _SMALL[:-4] + b"provider: &p\n  name: A: B\n  domain: a.org\nrelated:\n  - title: x\n    provider: *p\n---\n",
    _SMALL[:-4] + b"a: &a {b: 1}\n<<: *a\nheat: 0x1F\n---\nbody\n---\n",
    b"---\n? title\n: >-\n  folded\n  text\ntopics: [a, 'b', \"c\"]\n---\n",
]
_KEYS = (
    b"title publishedDateTime category excerpt webUrl originalUrl ampWebUrl cdnAmpWebUrl type featuredContent quality heat "
    b"published removed draft paywall dead updatedDateTime locale tags provider topics images related aliases pin split "
    b"join name domain url width height attribution isCached secured unknown << true 1 Title"
).split()
_BLOCKS = [
    b"provider:\n  name: Port Post\n  domain: example.net",
    b"    provider:\n      name: Port Post\n      domain: example.net",
    b'images:\n  - url: "/a.png"\n    width: 10\n    height: 20',
    b'    images:\n      - url: "https://example.org/a.png"\n        width: 10\n        title: A crane',
    b"  - title: Another report\n    publishedDateTime: 2024-05-03T08:00:00Z\n    type: article",
    b"related:\n  - title: Another report\n    quality: 7",
    b"topics:\n  - Boats",
    b"---",
    b"",
    b"# why",
]


def check_record(data: bytes) -> None:
    """Any file is a record or has an error; the fast path agrees with the reference; the cache keeps what was read."""
    reader = RecordReader()
    record, problems = reader.read(data, FILE, "shown.md")
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    assert (record is None) == bool(errors)
    lines = with_plain_lines(data).count(b"\n") + 1
    for problem in problems:
        assert problem.place.file == "shown.md"
        assert 1 <= problem.place.line <= lines, problem
        assert problem.place.column >= 1
        str(problem).encode("utf-8", "surrogatepass")
    parts = split(data, FILE)
    if isinstance(parts, FrontMatter) and RecordReader().fast(parts, FILE) is not None:
        assert (record, problems) == RecordReader().reference(parts, FILE, "shown.md")
        # The items that it knows by now make no difference.
        assert reader.fast(parts, FILE) == (record, problems)
    if record is not None:
        assert record.slug == folder_name(FILE[:-3])
        check_kept(Entry(FILE, Seen(None), record, problems))


def check_kept(entry: Entry) -> None:
    """What is packed for the cache comes out again, unless it holds what no cache can."""
    try:
        payload = msgspec.msgpack.encode(pack([entry]))
    except (UnicodeEncodeError, OverflowError):
        return
    (unpacked,) = unpack(msgspec.msgpack.decode(payload, type=Shelf), "")
    assert unpacked.record == entry.record


RECORD = Target(check_record, _SEEDS, _KEYS, yaml_mutator(_KEYS, _BLOCKS))
