"""Scores that others go by to say what two reports have in common."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from math import exp, log, sqrt
from typing import NamedTuple

from broadsheet.model import Coverage, Record
from broadsheet.text import display_text

Item = Record | Coverage

FADES_IN_DAYS = 2

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_STOP_WORDS = frozenset(
    """a about after again all also an and any are as at back be because been before being best better between big but
    by can could day did do does down during each every first for from get gets getting go goes going had has have he
    her here his how i if in into is it its just keep know last latest like made make makes making many may me more
    most much must my need new news next no not now of off on one only or other our out over own part per report
    reports review said same say says see set she should show shows since so some still such take takes than that the
    their them then there these they this those three through time to today too top two under until up update us use
    used using very via vs was way we week well were what when where which while who why will with within without
    would year years yet you your""".split()
)


class Score(NamedTuple):
    """A way to say how much two items have in common: the more, the higher."""

    name: str
    of: Callable[[Item, Item], float]


def baselines(items: Iterable[Item]) -> list[Score]:
    """Return the scores that others go by, over the words of titles, or of titles and excerpts.

    What is known of words is learnt from every text once. None but the last knows of time.
    """
    bags = {(item.title, item.excerpt): Counter(text_words(item)) for item in items}
    known = Counter(word for bag in bags.values() for word in bag)
    idf = {word: log(1 + len(bags) / number) for word, number in known.items()}
    mean = sum(sum(bag.values()) for bag in bags.values()) / len(bags)

    def bag_of(item: Item) -> Counter[str]:
        return bags[item.title, item.excerpt]

    def weights(item: Item) -> dict[str, float]:
        return {word: (1 + log(number)) * idf[word] for word, number in bag_of(item).items()}

    def cosine(a: Item, b: Item) -> float:
        one, other = weights(a), weights(b)
        dot = sum(weight * other[word] for word, weight in one.items() if word in other)
        return dot / (sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values())) or 1)

    def bm25(a: Item, b: Item) -> float:
        bag = bag_of(b)
        length = 1.5 * (0.25 + 0.75 * sum(bag.values()) / mean)
        return sum(idf[word] * bag[word] * 2.5 / (bag[word] + length) for word in bag_of(a) if word in bag)

    def both_ways(a: Item, b: Item) -> float:
        return bm25(a, b) + bm25(b, a)

    def jaccard(a: Item, b: Item) -> float:
        one, other = words(a.title), words(b.title)
        return len(one & other) / (len(one | other) or 1)

    return [
        Score("a shared word", lambda a, b: float(not words(a.title).isdisjoint(words(b.title)))),
        Score("shared topics", lambda a, b: float(len(topics(a) & topics(b)))),
        Score("Jaccard of titles", jaccard),
        Score("TF-IDF cosine", cosine),
        Score("BM25", both_ways),
        Score("BM25, less by the day", lambda a, b: both_ways(a, b) * exp(-days_between(a, b) / FADES_IN_DAYS)),
    ]


def days_between(a: Item, b: Item) -> float:
    return abs((a.published_at - b.published_at).total_seconds()) / (24 * 60 * 60)


def text_words(item: Item) -> list[str]:
    return [*words(item.title), *words(item.excerpt)]


def topics(item: Item) -> set[str]:
    return {topic for topic in item.topics if topic} if isinstance(item, Record) else set()


def words(title: str) -> frozenset[str]:
    """Return the words of a title that can tell what it is about, case-folded, plural or not."""
    text = display_text(title).casefold()
    return frozenset(_stem(word) for word in _WORD.findall(text) if len(word) > 1 and word not in _STOP_WORDS)


def _stem(word: str) -> str:
    for ending in ("'s", "’s"):
        word = word.removesuffix(ending)
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
