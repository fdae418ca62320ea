"""Changes to a text of YAML that keep it one, more often than not: lines and values move, bytes seldom do."""

import random
from collections.abc import Sequence

from msgspec import Struct

from fuzz.target import Mutator

PLAIN = [
    *b"0 1 53 -1 93 1200 999999999999999 true false article video".split(),
    b"2024-05-01T08:00:00Z",
    b"9999-12-31T23:59:59Z",
    b"2024-05-01",
    b'"2024-05-01T08:00:00+02:00"',
    b'""',
    b'"A headline"',
    b"'It''s open'",
    b'"https://www.example.org/a?b=1&c=%20#d"',
    b'"/local.png"',
    b"example.org",
    b"9to5Harbour",
    b"24/7 Port",
    b"City Life",
    "Ünïcode & Co".encode(),
    '"“cafés”, 你好 — 🚀 خبر"'.encode(),
    rb'"a \"word\", \\ and \/ \r\n\t \u2028 \u00ad \u0041"',
]
ODD = [
    *rb"""" ' | > |- >+2 - ? : { } [ ] {} [] ~ null yes On nan .nan inf -.inf 1e5 1e400 .5 5. 007 0o14 0x1F 0b1 1_000 1:30 +1
    -0 99999999999999999999 & * &a *a ! !!str !!int !!binary !!python/object/apply:os.system %YAML @ ` # << = --- ...
    1.5 True NULL 24:00 2024-13-41 0001-01-01 1e 0xyz 3D 12e03 5e""".split(),
    rb'"\ud83d"',
    rb'"\ud83d\ude80"',
    rb'"\U0001F680"',
    rb'"\x41\e\0\N\L\P\_"',
    rb'"\u0000"',
    rb'"\ufeff"',
    b'"a\n  b"',
    b"'a\n\n  b'",
    b"|\n    block\n",
    b">-\n    folded\n    text\n",
    b"{a: 1, b: [2, 3]}",
    b"[a, 'b', \"c\"]",
    b"a: b",
    b"a #b",
    b"&a [x, x]",
    b"*a",
    b"\xc2\xa0",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xff",
    b"\t",
    b"javascript:alert(1)",
    b"http://[",
    b"<script>",
    b"../../x",
    b"con",
]
# Single words that YAML, one version of it or one of its readers takes for something else than text.
NEARLY_PLAIN = [
    *b"""yes Yes on On no No OFF y n True NULL null ~ nullable nan NaN inf Infinity 1.5 .5 5. 1e5 1E5 1e400 12e03 5e 1e 007 0o14 0x1F 0b1
    1_000 1_a 1:30 190:20:30 24:00 +1 -0 9999999999999999 99999999999999999999 2024-13-41 0001-01-01 2024-05-01T08:00:00 0xyz 3D 7.5%
    don't a, b *a &a !a @a |a >a %a #a -a a- a: :a a#b ?a =a {a [a a] "a""b" 'a'b' - ? = << 2024-05-01T25:61:61Z 1.2.3 1,000 e 0 00""".split(),
    rb'"\u0085"',
    rb'"\ud83d"',
    rb'"\ufeff"',
    rb'"\x41"',
    b"12:30 pm",
    b"1 000",
    b"yes no",
    b"on ",
    b"0 0",
    b"1e 5",
    b"a #b",
    b"a: b",
    b"\xc3\xb1an",
]
_INDENTS = [b"", b"  ", b"    ", b"      ", b"        ", b"  - ", b"- ", b"\t"]


# How often a new value is an odd one.
_ODD_ONES = 0.35


class _Words(Struct, frozen=True):
    """What is put into a text: plain values, and now and then odd ones."""

    keys: Sequence[bytes]
    blocks: Sequence[bytes]
    odd: Sequence[bytes]


def yaml_mutator(keys: Sequence[bytes], blocks: Sequence[bytes]) -> Mutator:
    """Return a mutator of YAML with these `keys`, and `blocks` of lines to put in.

    Half of the changes leave plain what is plain: only such text gets to a native decoder.
    """
    tame, wild = _Words(keys, blocks, NEARLY_PLAIN), _Words(keys, blocks, [*ODD, *NEARLY_PLAIN])

    def mutate(data: bytes, by: random.Random) -> bytes:
        lines = data.split(b"\n")
        words, changes = (tame, _TAME) if by.random() < 0.5 else (wild, _WILD)
        for _ in range(by.choice((1, 1, 2, 4))):
            by.choice(changes)(lines, by, words)
        return b"\n".join(lines)

    return mutate


def _value(by: random.Random, words: _Words) -> bytes:
    return by.choice(words.odd if by.random() < _ODD_ONES else PLAIN)


def _new_value(lines: list[bytes], by: random.Random, words: _Words) -> None:
    at = by.randrange(len(lines))
    key, colon, _ = lines[at].partition(b":")
    if colon:
        lines[at] = key + b": " + _value(by, words)
    elif lines[at].lstrip().startswith(b"- "):
        lines[at] = lines[at][: lines[at].index(b"- ") + 2] + _value(by, words)


def _new_key(lines: list[bytes], by: random.Random, words: _Words) -> None:
    at = by.randrange(len(lines))
    key, colon, rest = lines[at].partition(b":")
    if colon:
        indent = key[: len(key) - len(key.lstrip(b" -"))]
        lines[at] = indent + by.choice(words.keys) + b":" + rest


def _new_line(lines: list[bytes], by: random.Random, words: _Words) -> None:
    line = by.choice(_INDENTS) + by.choice(words.keys) + b": " + _value(by, words)
    lines.insert(by.randrange(len(lines) + 1), line)


def _new_block(lines: list[bytes], by: random.Random, words: _Words) -> None:
    at = by.randrange(len(lines) + 1)
    lines[at:at] = by.choice(words.blocks).split(b"\n")


def _line_away(lines: list[bytes], by: random.Random, words: _Words) -> None:
    if len(lines) > 1:
        del lines[by.randrange(len(lines))]


def _line_twice(lines: list[bytes], by: random.Random, words: _Words) -> None:
    lines.insert(by.randrange(len(lines) + 1), by.choice(lines))


def _lines_swapped(lines: list[bytes], by: random.Random, words: _Words) -> None:
    one, other = by.randrange(len(lines)), by.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _other_indent(lines: list[bytes], by: random.Random, words: _Words) -> None:
    at = by.randrange(len(lines))
    lines[at] = by.choice(_INDENTS) + lines[at].lstrip(b" -")


def _something_within(lines: list[bytes], by: random.Random, words: _Words) -> None:
    at = by.randrange(len(lines))
    column = by.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:column] + _value(by, words) + lines[at][column + by.randrange(3) :]


_TAME = [_new_value, _new_value, _new_block, _line_away, _lines_swapped]
_WILD = [*_TAME, _new_key, _new_line, _line_twice, _other_indent, _something_within]
