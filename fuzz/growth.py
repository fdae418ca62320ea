"""Time: what is said many times over must not take the square of the time.

Inputs are short; it is a part of each that is repeated.
"""

from collections.abc import Callable
from contextlib import suppress
from time import process_time

from broadsheet.problems import SiteError
from broadsheet.read.editions import plain_text
from broadsheet.read.front_matter import split
from broadsheet.read.plain_pages import parse_plain_page
from broadsheet.read.records import RecordReader
from broadsheet.read.settings import parse_settings
from broadsheet.render.text import body_html, site_link, youtube_id
from broadsheet.render.typography import typographic
from broadsheet.text import clean_domain, clean_url, display_text, folder_name, slugify, url_key
from fuzz.target import Target, text_of

_SHORT = 5_000
_FACTOR = 8
# Linear is 8 times, with n·log(n) and noise some more; quadratic is 64 times.
_MOST_TIMES = 28
_WORTH_A_LOOK = 0.05
_SEPARATOR = b"\xfe"


def _read(text: str) -> None:
    RecordReader().read(text.encode("utf-8", "surrogateescape"), "2024-05-01-a.md")


def _settings(text: str) -> None:
    with suppress(SiteError):
        parse_settings(text, "broadsheet.yaml")


def _address(text: str) -> None:
    url = clean_url(text)
    if url:
        url_key(url)


_IN: list[Callable[[str], object]] = [
    display_text,
    slugify,
    folder_name,
    clean_domain,
    _address,
    lambda text: site_link(text, "/base/"),
    lambda text: body_html(text.encode("utf-8", "replace").decode(), "/base/"),
    _read,
    lambda text: _read(f"---\ntitle: x\n{text}\n---\n"),
    lambda text: _read(f'---\ntitle: "{text}"\n---\n'),
    lambda text: _read(f"---\ntitle: x\nrelated:\n{text}\n---\n"),
    _settings,
    lambda text: parse_plain_page(text.encode("utf-8", "surrogateescape"), "pages/a.md", "a.md"),
    lambda text: typographic(text, "fr"),
    youtube_id,
    plain_text,
    lambda text: split(text.encode("utf-8", "surrogateescape"), "a.md"),
]


def check_growth(data: bytes) -> None:
    """The first byte says what is done, the others are a start, what is repeated, and an end."""
    if len(data) < 2:
        return
    act = _IN[data[0] % len(_IN)]
    start, part, end = ([text_of(piece) for piece in data[1:].split(_SEPARATOR, 2)] + ["", ""])[:3]
    if not part:
        start, part = "", start
    times = _SHORT // max(len(part), 1)
    if not part or _seconds(act, start + part * times * _FACTOR + end, once=True) < _WORTH_A_LOOK * _FACTOR:
        return
    short, long = (_seconds(act, start + part * count + end, once=False) for count in (times, times * _FACTOR))
    assert long < max(short, _WORTH_A_LOOK / 4) * _MOST_TIMES, (
        f"{_FACTOR} times the text takes {long / short:.0f} times the time: {short:.3f} s, {long:.3f} s"
    )


def _seconds(act: Callable[[str], object], text: str, *, once: bool) -> float:
    """Return the least time of several: what else the machine does only adds to it."""
    least = float("inf")
    for number in range(1 if once else 3):
        # A text of its own: some answers are remembered.
        own = f"{text}{number}{once}"
        began = process_time()
        act(own)
        least = min(least, process_time() - began)
    return least


_PIECES = [
    *rb"""<b <!-- --> &amp; &#1; " ' [ ]( ![ ( ) < > * ** _ ~~ ` ``` > - 1. # | \ [a]: a\n=\n|-| <p> </p> <div> <table> <?
    <iframe &lt [a][ [] {} , : ? ! & *a &a <iframe\ src=" .. / // % @ www. a. .a xn-- -- ... """.split(),
    b"\xc3\xa9",
    b" ",
    b"\n",
    b"\t",
    b"a ",
    b"\n\n",
    b"  - a\n",
    b"- ",
    b"a: ",
    b"a: b\n",
    b"? ",
    b"[a](b",
    b"  - title: x\n    a: b\n",
    b"\n---a",
    b"<a href=x>",
    b"> ",
    b"x: &x [*x]\n",
    b"\xcc\x81",
    b"\xe2\x80\x8d",
]
_SEEDS = [
    bytes([act]) + _SEPARATOR.join(pieces)
    for act in range(len(_IN))
    for pieces in [(b"", piece, b"") for piece in _PIECES[::6]]
]

GROWTH = Target(check_growth, _SEEDS, [*_PIECES, _SEPARATOR], longest=60)
