"""How near two reports are: the words that both have, weighed by how much each tells, and the time between them. Pure.

No language is known: words that many reports have say little, names and numbers say more. What decides was tuned on the
first half of the judged pairs in `benchmarks/stories/`; their second half is for measuring alone.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from math import exp, sqrt
from typing import NamedTuple

from msgspec import Struct

from broadsheet.arrange.common_words import COMMON_WORDS
from broadsheet.model import Coverage, Record
from broadsheet.text import display_text, source_domain

Item = Record | Coverage

# Two that are at least so near tell of one event: 49 of 50 of the judged pairs of the first half. 19 of 20, from 0.15
# on, would not do: of what long lists claim far less is the same.
SAME_EVENT = 0.18
# Readers of one would thank for a link to the other: by `kinship`.
RELATED = 0.34

# Each doubling of the reports that have a word takes a quarter of what it tells. Whole doublings only: a new record
# hardly ever changes the weight of a word.
_LOSS_PER_DOUBLING = 2**-0.4
_EVERYWHERE_SHARE = 0.1
_EVERYWHERE_AT_LEAST = 50
_NAME = 1.75
_NUMBER = 1.5
_SHORT = 0.3
_SHORT_LETTERS = 3
_PAIR = 2
_LAST_OF_EUROPE = "\u0530"
_COMMON = 0.05
_MORE_OFTEN_CAPITAL = 4

# Weights are whole numbers of such parts: to add them up gives the same in any order, and sets have none.
_UNIT = 2**20

# How much of each other's title both tell, against what both texts have in common.
_OF_THE_TITLES = 0.6
# So much weight has to be shared for a half of what it would count: one word that two short texts share is little.
_EVIDENCE = 0.2
# One event is reported within days; what is further apart is seldom the same, however alike.
_DAYS = 2.0
_EVER = 0.2
# One outlet seldom reports one event twice: it writes the next part.
_ONE_OUTLET = 0.35
# What leads on to another story may be old, and is the better the nearer it is.
_KIN_EVER, _KIN_MONTH, _KIN_NOW = 0.8, 0.2, 0.6
_MONTH_DAYS = 30.0
_KIN_WORDS = 2
_KIN_EVIDENCE = 0.5
_KIN_UNSPECIFIC = 0.5
_DAY_SECONDS = 24 * 60 * 60

_COPIED_SHARE = 0.75
_COPIED_WORDS = 8
_COPIED_TITLE = 4

_TOKEN = re.compile(r"\d[\d.,]*\d\w*|[^\W_]+(?:['’.][^\W_]+)*")
# Vowel signs and tones are no letters to a regular expression, but a word does not end there.
_MARKED_TOKEN = re.compile(
    r"\d[\d.,]*\d\w*|(?:[^\W_]|[\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0971-\u0dff])+"
    r"(?:['’.][^\W_]+)*"
)
# Scripts without blanks between words: two neighbouring characters stand for a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_FORM_OF_A_SITE = re.compile(r"^(?:m|mobile|amp|www2?)\.(?=[^.]+\.)")
_PLURAL_LETTERS = 4
_PHRASE_WORDS = 3
# Runs are looked for in the other text: of a very long one its beginning tells enough.
_LOOKED_AT = 5_000
_JOINTS = ("", " ", "-")
# What no blank ends is told in one part of so many characters, of ideographs and kana of fewer; ideographs that stand
# by themselves may be two.
_PART_IDEOGRAPHS, _PART_LETTERS, _PART_MOST = 3, 4, 12
_PART_LOOKED_AT = 1_000
_PLACES_LOOKED_AT = 8
_PARTICLES = "はがをにへとでのもや"
_KINDS = re.compile("([\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])|([\u3040-\u309f])|([\u30a0-\u30ff])")
# Vowel signs that are letters to Unicode, but belong to the letter before them.
_FOLLOWING_VOWEL = re.compile("[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebd\u0ec8-\u0ece]")


class Profile(Struct, frozen=True, gc=False):
    """What is known of a report: its terms, what they weigh, who reported it, and when (s since 1970).

    `title` and `words` are the terms of the title, and of title and excerpt, `body` those of the excerpt; `numbers` the
    numbers of the title; `name` is the most telling name in it, or empty.
    """

    title: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]
    body: frozenset[str]
    name: str
    title_weight: int
    weight: int
    outlet: str
    seconds: float


class Measure:
    """Says how near two reports are, by what it knows of all of a site's."""

    def __init__(self, items: Iterable[Item], remembered: "Remembered | None" = None) -> None:
        """Learn from `items`, in any order, how much each word tells; linear in their text.

        What is `remembered` of much the same items is not found out again, and this is remembered next. `weights` say
        how much each term tells, in parts of 2**20, known or not.
        """
        before = remembered.measure if remembered else None
        self._terms: _Terms = before._terms if before else _Terms()
        self._learn(items, before)
        self._names = _names(self._written, self._terms)
        self.weights = _Weights(self._known_in, len(self._texts), self._names)
        self._named = self._names - self.weights.everywhere
        self._profiles: dict[int, tuple[Item, Profile]] = {}
        self._scores = _Pairs() if remembered else None
        self._kinships = _Pairs() if remembered else None
        if before is not None:
            self._take_over(before)
        if remembered is not None:
            remembered.measure = self

    def _learn(self, items: Iterable[Item], before: "Measure | None") -> None:
        read: dict[tuple[str, str], _Text] = before._texts if before else {}
        self._texts: dict[tuple[str, str], _Text] = {}
        self._known_in: Counter[str] = Counter(before._known_in) if before else Counter()
        self._written: Counter[str] = Counter(before._written) if before else Counter()
        for item in items:
            key = item.title, item.excerpt
            if key in self._texts:
                continue
            text = read.get(key)
            if text is None:
                tokens = _tokens(item.excerpt)
                text = self._read(_tokens(item.title), tokens)
                # Titles may have capitals everywhere, and every sentence begins with one.
                self._written.update(tokens[1:])
                self._known_in.update(text.words)
            self._texts[key] = text
        for key in read.keys() - self._texts.keys():
            self._written.subtract(_tokens(key[1])[1:])
            self._known_in.subtract(read[key].words)
        if before:
            self._known_in, self._written = +self._known_in, +self._written

    def _take_over(self, before: "Measure") -> None:
        """Keep what is known of the reports that have no word whose weight is another now."""
        if self.weights.specific != before.weights.specific:
            return
        changed = {term for term, weight in self.weights.items() if before.weights.get(term) != weight}
        changed |= before.weights.keys() - self.weights.keys()
        changed |= (self._named ^ before._named) | (self.weights.everywhere ^ before.weights.everywhere)
        # Others may still ask that one: what it knows is taken at one go.
        known = list(before._profiles.items())
        self._profiles = {key: known for key, known in known if changed.isdisjoint(known[1].words)}
        self._scores, self._kinships = _Pairs(before._scores), _Pairs(before._kinships)

    def profile(self, item: Item) -> Profile:
        """Return what is known of an item, whether it was learnt from or not."""
        known = self._profiles.get(id(item))
        if known is None:
            # The item is kept, so that no other takes its place in memory, and its profile.
            known = self._profiles[id(item)] = (item, self._profile(item))
        return known[1]

    def score(self, one: Item, other: Item) -> float:
        """Return how near two reports are, from 0 to 1, the same both ways: their words, time and outlets count."""
        a, b = self.profile(one), self.profile(other)
        return self._score(a, b) if self._scores is None else self._scores.once(a, b, self._score)

    def _score(self, a: Profile, b: Profile) -> float:
        about = self._about(a, b, *self._in_common(a, b))
        days = abs(a.seconds - b.seconds) / _DAY_SECONDS
        near = about * (_EVER + (1 - _EVER) * exp(-days / _DAYS))
        return near * _ONE_OUTLET if a.outlet and a.outlet == b.outlet else near

    def kinship(self, one: Item, other: Item) -> float:
        """Return how well one report leads on to the other, from 0 to 1: time counts little, and outlets do not.

        It is half as much where they share but one word that tells something, or where all that they share is in many
        reports: that is a manner of speaking, or what the site is about.
        """
        a, b = self.profile(one), self.profile(other)
        return self._kinship(a, b) if self._kinships is None else self._kinships.once(a, b, self._kinship)

    def _kinship(self, a: Profile, b: Profile) -> float:
        shared, common = self._in_common(a, b)
        about = self._about(a, b, shared, common)
        days = abs(a.seconds - b.seconds) / _DAY_SECONDS
        in_time = _KIN_EVER + _KIN_MONTH * exp(-days / _MONTH_DAYS) + _KIN_NOW * exp(-days / _DAYS)
        near = about * in_time * common / (common + _KIN_EVIDENCE * _UNIT)
        return min(1.0, near if self._is_specific(shared, a.title | b.title) else near * _KIN_UNSPECIFIC)

    def _is_specific(self, shared: frozenset[str], in_titles: frozenset[str]) -> bool:
        weights = self.weights
        if max(map(weights.__getitem__, shared & in_titles), default=0) < weights.specific:
            return False
        telling = [term for term in shared - weights.everywhere if _is_telling(term)]
        return len(telling) >= _KIN_WORDS and any(
            term in in_titles and weights[term] >= weights.specific for term in telling
        )

    def name_each_other(self, one: Item, other: Item) -> bool:
        """Return whether the most telling name in the title of each is in the text of the other."""
        a, b = self.profile(one), self.profile(other)
        return a.name in b.words and b.name in a.words

    def evidence(self, one: Item, other: Item) -> int:
        """Return how many words that tell something two reports share; of scripts without blanks, pairs of pairs."""
        a, b = self.profile(one), self.profile(other)
        shared = [term for term in a.words & b.words if _is_telling(term)]
        unspaced = sum(1 for term in shared if _UNSPACED.match(term))
        return len(shared) - unspaced + unspaced // 3

    def aboutness(self, one: Item, other: Item) -> float:
        """Return how much two texts are about the same, from 0 to 1, whenever they were published, and by whom."""
        a, b = self.profile(one), self.profile(other)
        return self._about(a, b, *self._in_common(a, b))

    def shared(self, one: Item, other: Item, most: int = 3) -> tuple[str, ...]:
        """Return what both are about, as `one` has it, the most telling first: words, or names of several words."""
        a, b = self.profile(one), self.profile(other)
        titles = a.title | b.title
        terms = {term for term in (a.words & b.words) - self.weights.everywhere if self._is_worth_telling(term)}
        phrases: dict[frozenset[str], str] = {}
        there = f"{display_text(other.title)[:_LOOKED_AT]} {display_text(other.excerpt)[:_LOOKED_AT]}".casefold()
        for text in (one.title, one.excerpt):
            shown = display_text(text)[:_LOOKED_AT]
            for phrase, of in (*self._phrases(shown, terms, there), *self._parts(shown, terms, there)):
                # What neither has in its title is by the way, but for a name.
                if not of.isdisjoint(titles) or phrase[0].isupper():
                    phrases.setdefault(of, phrase)

        def telling(of: frozenset[str]) -> tuple[bool, float, str]:
            return of.isdisjoint(titles), -sum(map(self.weights.__getitem__, of)), phrases[of]

        found: list[str] = []
        covered: set[str] = set()
        for of in sorted(phrases, key=telling):
            if covered.isdisjoint(of) and len(found) < most and not all(term.isdecimal() for term in of):
                found.append(phrases[of])
                covered |= of
        return tuple(found)

    def is_copy(self, one: Item, other: Item) -> bool:
        """Return whether two reports have the same text, or nearly so."""
        a, b = self.profile(one), self.profile(other)
        if not (a.words or b.words):
            # Of signs alone nothing is known but themselves.
            return (one.title, one.excerpt) == (other.title, other.excerpt)
        if a.title == b.title and (len(a.title) >= _COPIED_TITLE or a.words == b.words):
            return True
        # Agencies' texts get a new title at every outlet; one outlet's own may begin alike every month.
        if a.body == b.body and len(a.body) >= _COPIED_WORDS and a.outlet != b.outlet:
            return True
        # One title but for what each names: two parts of a series, or one form filled in twice.
        own, others = a.title - b.words, b.title - a.words
        is_one_form = 2 * len(a.title & b.title) >= min(len(a.title), len(b.title))
        if is_one_form and not all(map(_is_short, own)) and not all(map(_is_short, others)):
            return False
        if min(len(a.words), len(b.words)) < _COPIED_WORDS:
            return False
        shared = len(a.words & b.words)
        return shared >= _COPIED_SHARE * (len(a.words) + len(b.words) - shared)

    def _is_worth_telling(self, term: str) -> bool:
        return term in self._names or (_is_telling(term) and not _is_short(term))

    def _in_common(self, a: Profile, b: Profile) -> tuple[frozenset[str], int]:
        """Return the terms that two texts share, and what they weigh."""
        shared = a.words & b.words
        return shared, sum(map(self.weights.__getitem__, shared))

    def _about(self, a: Profile, b: Profile, shared: frozenset[str], common: int) -> float:
        """Return how much two texts are about the same that have the terms `shared`, of the weight `common`."""
        if not common:
            return 0.0
        weight = self.weights.__getitem__
        a_told, b_told = sum(map(weight, a.title & shared)), sum(map(weight, b.title & shared))
        titles = sqrt(a_told * b_told / (a.title_weight * b.title_weight or 1))
        about = _OF_THE_TITLES * titles + (1 - _OF_THE_TITLES) * common / min(a.weight, b.weight)
        about *= common / (common + _EVIDENCE * _UNIT)
        if a.numbers and b.numbers and a.numbers.isdisjoint(b.numbers):
            # Titles that are alike but for their numbers are those of two parts of a series, or of two versions.
            both = sum(map(weight, a.title & b.title))
            about *= 1 - both / (a.title_weight + b.title_weight - both or 1)
        return about

    def _profile(self, item: Item) -> Profile:
        key = item.title, item.excerpt
        text = self._texts.get(key) or self._read(_tokens(item.title), _tokens(item.excerpt))
        weight = self.weights.__getitem__
        return Profile(
            title=text.title,
            words=text.words,
            numbers=frozenset([term for term in text.title if term[0].isdecimal()]),
            body=text.body,
            name=max(text.title & self._named, key=lambda term: (weight(term), term), default=""),
            title_weight=sum(map(weight, text.title)),
            weight=sum(map(weight, text.words)),
            outlet=outlet(item),
            seconds=item.published_at.timestamp(),
        )

    def _read(self, title: list[str], excerpt: list[str]) -> "_Text":
        term = self._terms.__getitem__
        of_title = frozenset(map(term, title)) - {""}
        body = frozenset(map(term, excerpt)) - {""}
        return _Text(of_title, of_title | body, body)

    def _phrases(self, text: str, terms: set[str], there: str) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the runs of `terms` in a text that the other one, in lower case, has as well, of at most three words.

        Of other runs their words are yielded. What has no blanks between words is for `_parts`.
        """
        run: list[tuple[int, int, str]] = []
        for start, end, token in (*sorted(_spans(text)), (len(text) + 2, 0, "")):
            term = self._terms[token] if token and not _UNSPACED.match(token) else ""
            is_next = bool(run) and text[run[-1][1] : start] in _JOINTS
            if run and not (is_next and term in terms):
                is_there = len(run) <= _PHRASE_WORDS and text[run[0][0] : run[-1][1]].casefold() in there
                for words in [run] if is_there else [[word] for word in run]:
                    yield text[words[0][0] : words[-1][1]], frozenset(word for _, _, word in words)
                run = []
            if term in terms:
                run.append((start, end, term))

    def _parts(self, text: str, terms: set[str], there: str) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield what of a text's runs without blanks the other text has as well, the longest that both have.

        Nobody knows where its words end: a part is told only if it begins and ends where one of the texts has another
        script, a sign, or its end.
        """
        for run in _UNSPACED.finditer(text, 0, _PART_LOOKED_AT):
            at, end = run.span()
            while at < end - 1:
                if text[at : at + 2] not in there:
                    at += 1
                    continue
                to = at + 2
                while to < end and text[at : to + 1] in there:
                    to += 1
                part = text[at:to].strip(_PARTICLES)
                of = terms & {self._terms[part[n : n + 2]] for n in range(len(part) - 1)}
                if of and _is_whole(part, text, there):
                    yield part, frozenset(of)
                at = to - 1


class _Text(NamedTuple):
    """The terms of a title, of title and excerpt, and of the excerpt."""

    title: frozenset[str]
    words: frozenset[str]
    body: frozenset[str]


class Remembered:
    """The last measure of a site that is looked at again and again; nothing of it changes an outcome."""

    def __init__(self) -> None:
        """Nothing was measured yet."""
        self.measure: Measure | None = None


class _Pairs:
    """What was found out of pairs of profiles, and which of it a measure before had found out."""

    def __init__(self, before: "_Pairs | None" = None) -> None:
        # By what tells profiles apart in memory; they are kept, so that no others take their place.
        self._found: dict[tuple[int, int], tuple[Profile, Profile, float]] = {}
        self._before = before._found if before else {}

    def once(self, a: Profile, b: Profile, find: Callable[[Profile, Profile], float]) -> float:
        """Return what `find` says of two profiles."""
        key = (id(a), id(b)) if id(a) < id(b) else (id(b), id(a))
        known = self._found.get(key) or self._before.get(key) or (a, b, find(a, b))
        self._found[key] = known
        return known[2]


def _names(written: Counter[str], terms: "_Terms") -> set[str]:
    """Return the terms that are mostly written with a capital within a text, but for those that tell nothing."""
    capital: Counter[str] = Counter()
    for token, number in written.items():
        if token[0].isupper():
            capital[terms[token]] += number
        else:
            capital[terms[token]] -= _MORE_OFTEN_CAPITAL * number
    return {term for term, number in capital.items() if number > 0} - _COMMON_TERMS - {""}


class _Terms(dict[str, str]):
    """What words are compared by, by how they are written."""

    def __missing__(self, token: str) -> str:
        term = self[token] = _term(token)
        return term


def _term(token: str) -> str:
    """Return what a word is compared by: its case and a plural count for nothing; empty for a letter alone."""
    word = token.casefold().replace("’", "'").removesuffix("'s")
    if len(word) >= _PLURAL_LETTERS and word.endswith("s") and not word.endswith("ss"):
        word = f"{word[:-3]}y" if word.endswith("ies") and len(word) > _PLURAL_LETTERS else word[:-1]
    return word if len(word) > 1 or word.isdecimal() or _UNSPACED.match(word) else ""


_COMMON_TERMS = frozenset(map(_term, COMMON_WORDS))


class _Weights(dict[str, int]):
    """How much each term tells."""

    def __init__(self, known_in: Counter[str], texts: int, names: set[str]) -> None:
        """`known_in` says in how many of so many `texts` each term is, `names` which of them are names."""
        too_many = max(_EVERYWHERE_AT_LEAST, _EVERYWHERE_SHARE * texts)
        # What the site is about: it counts, for that may be one great event, but nothing is related by it.
        self.everywhere = {term for term, number in known_in.items() if number > too_many}
        # A name that is in more reports than the root of their number is that of a field; in a small site no word is.
        specific = min(_LOSS_PER_DOUBLING, _NAME * _LOSS_PER_DOUBLING ** (texts.bit_length() // 2))
        self.specific = round(_UNIT * specific)
        for term, number in known_in.items():
            doublings = number.bit_length() - 1
            kind = _kind_weight(term) * (_NAME if term in names else 1.0)
            self[term] = round(_UNIT * kind * _LOSS_PER_DOUBLING**doublings)

    def __missing__(self, term: str) -> int:
        return round(_UNIT * _kind_weight(term))


def _kind_weight(term: str) -> float:
    """Return how much a term tells by what it looks like."""
    if term[0].isdecimal():
        return _NUMBER
    if term in _COMMON_TERMS:
        return _COMMON
    return _SHORT if _is_short(term) else 1.0


def _is_short(term: str) -> bool:
    """Return whether a term is too short to tell much, in scripts that write few letters for small words only."""
    return len(term) <= _SHORT_LETTERS and "\N{DIGIT NINE}" < term[0] < _LAST_OF_EUROPE


def _is_telling(term: str) -> bool:
    return term not in _COMMON_TERMS and (len(term) != _PAIR or not _is_short(term))


def _is_whole(part: str, *texts: str) -> bool:
    """Return whether a part of texts without blanks is long enough to be told, and no piece of something longer."""
    if len(part) > _PART_MOST or _FOLLOWING_VOWEL.match(part) or unicodedata.category(part[0]).startswith("M"):
        return False
    places = [(text, at) for text in texts for at in _places(part, text)]
    ends = [(_is_edge(text, at), _is_edge(text, at + len(part))) for text, at in places]
    kinds = set(map(_kind, part))
    if len(part) < _PART_IDEOGRAPHS:
        return kinds == {1} and (True, True) in ends
    is_long = len(part) >= _PART_LETTERS or 0 not in kinds
    return is_long and any(begins for begins, _ in ends) and any(stops for _, stops in ends)


def _places(part: str, text: str) -> Iterator[int]:
    """Yield where a part first stands in a text, a few times at most."""
    at = text.find(part)
    for _ in range(_PLACES_LOOKED_AT):
        if at < 0:
            return
        yield at
        at = text.find(part, at + 1)


def _is_edge(text: str, at: int) -> bool:
    """Return whether a word surely begins or ends at a place of a text."""
    return at in (0, len(text)) or _kind(text[at - 1]) != _kind(text[at])


def _kind(character: str) -> int:
    """Return of which script that sentences change between a character is, or 0; -1 where words have blanks."""
    if found := _KINDS.match(character):
        return found.lastindex or 0
    return 0 if _UNSPACED.match(character) else -1


def outlet(item: Item) -> str:
    """Return what tells one outlet from another: the domain, else the provider's name; empty where nothing is known."""
    domain = source_domain(item.provider.domain, item.report_url)
    return _FORM_OF_A_SITE.sub("", domain) or item.provider.name.strip().casefold()


def outlets(items: Iterable[Item]) -> int:
    """Return how many outlets `items` are from: what has one name is one, and what has one domain or one below it."""
    known = {(outlet(item), item.provider.name.strip().casefold()) for item in items} - {("", "")}
    domains = {domain for domain, _ in known}
    above: dict[str, str] = {}

    def top(key: str) -> str:
        while above.setdefault(key, key) != key:
            key = above[key]
        return key

    for domain, name in known:
        labels = domain.split(".")
        higher = {".".join(labels[at:]) for at in range(1, len(labels))} & domains
        for key in (*higher, *([f"named {name}"] if name else [])):
            above[top(key)] = top(domain)
        top(domain)
    return len({top(key) for key in list(above)})


def _tokens(raw: str) -> list[str]:
    """Return the words of a raw text in order, as they are written."""
    if raw.isascii():
        return _TOKEN.findall(display_text(raw) if "&" in raw or "<" in raw else raw)
    text = unicodedata.normalize("NFC", display_text(raw))
    if not _UNSPACED.search(text):
        return _MARKED_TOKEN.findall(text)
    return [token for _, _, token in _spans(text)]


def _spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each word begins and ends, and the word; without blanks between words, each pair of characters."""
    for match in _MARKED_TOKEN.finditer(_UNSPACED.sub(lambda run: " " * len(run[0]), text)):
        yield *match.span(), match[0]
    for run in _UNSPACED.finditer(text):
        start, end = run.span()
        for at in range(start, max(start + 1, end - 1)):
            yield at, min(at + 2, end), text[at : min(at + 2, end)]
