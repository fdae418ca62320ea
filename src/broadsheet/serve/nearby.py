"""Which pages somebody may have meant who asked for one that is not there. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from heapq import nlargest

# How alike two pages are, of 1, by their names alone or, where these are short, by all of their paths.
_NEAR_BY_NAME = 0.6
_NEAR_BY_PATH = 0.85

# No page has a longer path; and comparing texts takes time by the product of their lengths.
_LONGEST = 400
# What is short has few neighbours of its length; what is long has words.
_SHORT = 24
_LONGER_OR_SHORTER = 3
_MOST_HITS = 4000
_ENOUGH_HITS = 20
_COMPARED = 40

_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?-?")
_NUMBER = re.compile(r"\d{4}-\d\d(?:-\d\d)?|\d{3,}")
_WORD = re.compile(r"[^\W_]+")
_PAGE = re.compile(r"(?:(?:^|/)index)?\.html?$|/$", re.IGNORECASE)


def nearby(path: str, paths: Iterable[str], most: int = 5) -> list[str]:
    """Return the HTML pages among the `paths` of an output that are like a URL's `path`, the most alike first.

    `path` is below the site's root and without percent-encoding: `news/2024-05-01-y/`; what is returned are paths of
    the output: `news/2024-05-01-x/index.html`. Where none is like it, there are none.
    """
    asked = _Wanted(path.strip("/")[:_LONGEST])
    if not asked.plain:
        return []
    pages = [page for page in paths if page.endswith(".html") and page != "404.html"]
    found = _candidates(asked.plain, pages)
    if len(found) > _COMPARED:
        found = set(nlargest(_COMPARED, found, key=lambda page: (asked.shared_pairs(page), page)))
    likenesses = ((asked.likeness(page), page) for page in found)
    ranked = sorted((-likeness, page) for likeness, page in likenesses if likeness)
    return [page for _, page in ranked[:most]]


class _Wanted:
    """The path that was asked for, taken apart once for all pages that it is compared with."""

    def __init__(self, path: str) -> None:
        self.plain = _plain(path)
        self._name = _name(self.plain)
        self._weights = _weights(self._name)
        self._pairs = _pairs(self.plain)
        # What is set second is what a matcher prepares.
        self._by_path = SequenceMatcher(None, "", self.plain, autojunk=False)
        self._by_name = SequenceMatcher(None, "", self._name, autojunk=False)

    def shared_pairs(self, page: str) -> float:
        """Return, quickly, about how alike a page's path is: by its pairs of letters, in any order."""
        pairs = _pairs(_plain(page))
        return 2 * len(pairs & self._pairs) / (len(pairs) + len(self._pairs) or 1)

    def likeness(self, page: str) -> float:
        """Return how alike a page is, its name above all, or 0 when it is not near."""
        plain = _plain(page)
        name = _name(plain)
        self._by_name.set_seq1(name)
        self._by_path.set_seq1(plain)
        by_name = max(self._by_name.ratio(), self._shared_words(name))
        by_path = self._by_path.ratio()
        return 2 * by_name + by_path if by_name >= _NEAR_BY_NAME or by_path >= _NEAR_BY_PATH else 0

    def _shared_words(self, name: str) -> float:
        weights = _weights(name)
        shared = sum(weights[word] for word in weights.keys() & self._weights.keys())
        return 2 * shared / (sum(weights.values()) + sum(self._weights.values()) or 1)


def _plain(path: str) -> str:
    """Return what of a path people have in mind: no accents, no capitals, nothing that only files have."""
    path = _PAGE.sub("", path)
    if not path.isascii():
        decomposed = unicodedata.normalize("NFKD", path)
        path = "".join(character for character in decomposed if not unicodedata.combining(character))
    return path.casefold()


def _name(plain: str) -> str:
    """Return the last part of a path that has a name, without its date: `topics/x/2024-05` is about `x`."""
    for part in reversed(plain.split("/")):
        name = _DATE.sub("", part, count=1)
        if any(character.isalpha() for character in name):
            return name
    return plain


def _weights(name: str) -> dict[str, int]:
    # Long words say more than short ones.
    return {word: len(word) for word in _WORD.findall(name)}


def _pairs(plain: str) -> set[str]:
    return {plain[place : place + 2] for place in range(len(plain) - 1)}


def _candidates(asked: str, pages: list[str]) -> set[str]:
    """Return the pages that are worth a closer look, found by searching one text: 200,000 looks would take seconds."""
    text = "\n".join(("", *pages, "")).encode(errors="surrogateescape")
    # Of bytes only ASCII's capitals are lowered, which takes no time and moves nothing.
    lowered = text.lower()
    places: set[int] = set()
    # Each search takes a few milliseconds: the next kind only where those before had too little to say.
    for needles in (_words(asked), _pieces(asked, 3), _numbers(asked), _pieces(asked, 6)):
        if len(places) < _ENOUGH_HITS:
            places |= _places(lowered, needles)
    found = {text[start : text.index(b"\n", start)].decode(errors="surrogateescape") for start in places}
    if len(asked) <= _SHORT:
        found.update(_of_like_length(len(asked), pages))
    return found


def _words(asked: str) -> Iterator[str]:
    """Yield the three longest words: of these one may be mistyped, one missing, and one is still right."""
    yield from nlargest(3, sorted(word for word in _weights(_name(asked)) if len(word) >= 4), key=len)


def _pieces(asked: str, count: int) -> Iterator[str]:
    """Yield a path in pieces of one length: with fewer mistakes than pieces, one is free of them."""
    whole = f"\n{asked}/"
    size = -(-len(whole) // count)
    yield from (whole[start : start + size] for start in range(0, len(whole), size))


def _numbers(asked: str) -> Iterator[str]:
    yield from (match[0] for match in _NUMBER.finditer(asked))


def _places(text: bytes, needles: Iterable[str]) -> set[int]:
    """Return where the lines start that hold one of `needles`; a needle that thousands hold tells nothing."""
    places: set[int] = set()
    for needle in needles:
        hits: set[int] = set()
        sought = needle.encode(errors="replace")
        at = text.find(sought) if len(sought) >= 3 else -1
        while at >= 0 and len(hits) <= _MOST_HITS:
            hits.add(text.rfind(b"\n", 0, at + 1) + 1)
            at = text.find(sought, text.find(b"\n", at + 1))
        if len(hits) <= _MOST_HITS:
            places |= hits
    return places


def _of_like_length(length: int, pages: list[str]) -> Iterator[str]:
    for ending in ("/index.html", ".html"):
        lengths = range(length + len(ending) - _LONGER_OR_SHORTER, length + len(ending) + _LONGER_OR_SHORTER + 1)
        alike = [page for page in pages if len(page) in lengths]
        if len(alike) <= _MOST_HITS:
            yield from alike
