"""Measures how well scores tell what two reports have in common: `python benchmarks/stories/evaluate.py CORPUS [HALF]`.

Prints, for every score and every half of the judged pairs, how well it finds those that were judged the same, and those
that were judged at least related: average precision, the best F1 with its precision and recall, and the recall at a
precision of 0.95.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

from judgements import LABELS, Judged, judged

from broadsheet.arrange.related import words
from broadsheet.model import Coverage, Record
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.source import read_site

PRECISION = 0.95
Item = Record | Coverage


class Site(NamedTuple):
    """The items of a site by the names that the judged pairs have for them."""

    items: dict[str, Item]
    records: tuple[Record, ...]


class Score(NamedTuple):
    """A way to say how much two items have in common: the more, the higher."""

    name: str
    of: Callable[[Item, Item], float]


class Found(NamedTuple):
    """How well a score finds the pairs that are wanted."""

    average_precision: float
    f1: float
    precision: float
    recall: float
    recall_at_precision: float


def load(folder: Path) -> Site:
    records = read_site(find_folders(folder, read_settings(folder))).sources.records
    items: dict[str, Item] = {record.file: record for record in records}
    items |= {f"{record.file}#{at}": item for record in records for at, item in enumerate(record.related)}
    return Site(items, records)


def baselines(site: Site) -> list[Score]:
    """Return the scores that others go by, over the words of titles, or of titles and excerpts."""
    bags = {id(item): Counter(text_words(item)) for item in site.items.values()}
    known = Counter(word for bag in bags.values() for word in bag)
    idf = {word: log(1 + len(bags) / number) for word, number in known.items()}
    mean = sum(sum(bag.values()) for bag in bags.values()) / len(bags)

    def weights(item: Item) -> dict[str, float]:
        return {word: (1 + log(number)) * idf[word] for word, number in bags[id(item)].items()}

    def cosine(a: Item, b: Item) -> float:
        one, other = weights(a), weights(b)
        dot = sum(weight * other[word] for word, weight in one.items() if word in other)
        return dot / (sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values())) or 1)

    def bm25(a: Item, b: Item) -> float:
        bag = bags[id(b)]
        length = 1.5 * (0.25 + 0.75 * sum(bag.values()) / mean)
        return sum(idf[word] * bag[word] * 2.5 / (bag[word] + length) for word in bags[id(a)] if word in bag)

    def jaccard(a: Item, b: Item) -> float:
        one, other = words(a.title), words(b.title)
        return len(one & other) / (len(one | other) or 1)

    return [
        Score("a shared word", lambda a, b: float(not words(a.title).isdisjoint(words(b.title)))),
        Score("shared topics", lambda a, b: float(len(topics(a) & topics(b)))),
        Score("Jaccard of titles", jaccard),
        Score("TF-IDF cosine", cosine),
        Score("BM25", lambda a, b: bm25(a, b) + bm25(b, a)),
    ]


def text_words(item: Item) -> list[str]:
    return [*words(item.title), *words(item.excerpt)]


def topics(item: Item) -> set[str]:
    return {topic for topic in item.topics if topic} if isinstance(item, Record) else set()


def found(scores: Sequence[float], wanted: Sequence[bool]) -> Found:
    """Return how well `scores` tell which pairs are `wanted`; pairs with one score are one step."""
    steps: dict[float, list[bool]] = {}
    for score, is_wanted in zip(scores, wanted, strict=True):
        steps.setdefault(score, []).append(is_wanted)
    total, hits, seen, average = sum(wanted), 0, 0, 0.0
    best, recall_at = (0.0, 0.0, 0.0), 0.0
    for _, step in sorted(steps.items(), reverse=True):
        before = hits
        hits, seen = hits + sum(step), seen + len(step)
        precision, recall = hits / seen, hits / total
        average += precision * (hits - before) / total
        best = max(best, (2 * precision * recall / (precision + recall or 1), precision, recall))
        if precision >= PRECISION:
            recall_at = recall
    return Found(average, *best, recall_at)


def least(pair: Judged) -> str:
    """Return the label of a pair: where the judges differ, the lower one."""
    return max(pair.first, pair.second, key=LABELS.index)


def report(pairs: Sequence[Judged], scores: dict[str, list[Score]], sites: dict[str, Site]) -> list[str]:
    """Return the lines of the tables for `pairs`."""
    lines = []
    for title, labels in (("same", LABELS[:1]), ("same or related", LABELS[:2])):
        wanted = [least(pair) in labels for pair in pairs]
        lines += [f"{title}: {sum(wanted)} of {len(pairs)} pairs", ""]
        lines += ["| score | average precision | F1 | precision | recall | recall at precision 0.95 |"]
        lines += ["| --- | --- | --- | --- | --- | --- |"]
        for at, name in enumerate(score.name for score in next(iter(scores.values()))):
            values = [
                scores[pair.site][at].of(sites[pair.site].items[pair.a], sites[pair.site].items[pair.b])
                for pair in pairs
            ]
            lines.append(f"| {name} | " + " | ".join(f"{figure:.3f}" for figure in found(values, wanted)) + " |")
        lines.append("")
    return lines


def main(corpus: Path, halves: Sequence[str]) -> None:
    pairs = judged()
    sites = {name: load(corpus / name) for name in dict.fromkeys(pair.site for pair in pairs)}
    scores = {name: baselines(site) for name, site in sites.items()}
    for half in halves:
        print(f"Half {half}\n")
        print("\n".join(report([pair for pair in pairs if pair.half == half], scores, sites)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["1", "2"])
