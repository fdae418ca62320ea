"""Draws pairs to be judged: `python benchmarks/stories/sample.py CORPUS DRAWN`.

CORPUS holds the sites' folders. DRAWN is a new folder for the pairs by name, and for what each judge is to see of them,
in an order of its own: sentences of others, which stay out of the repository.
"""

import json
import math
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from broadsheet.model import Coverage, Record
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.source import read_site
from broadsheet.text import display_text

SITES = ("azure-2020h1", "powerapps")
SEED = 20261122
# Of every kind of pair, and every range of a score, so many are drawn at the most.
EACH = 4
RANGES = 5
NEAR = timedelta(days=14)
NEIGHBOURS = 12
WORD = re.compile(r"[^\W_]+")


class Report(NamedTuple):
    """A report by the name that `pairs.tsv` has for it, with what a judge sees of it, and when it was."""

    name: str
    title: str
    excerpt: str
    at: datetime

    @property
    def words(self) -> list[str]:
        return WORD.findall(f"{self.title} {self.excerpt}".casefold())


class Pair(NamedTuple):
    a: Report
    b: Report


def report_of(name: str, item: Record | Coverage) -> Report:
    return Report(name, display_text(item.title), display_text(item.excerpt), item.published_at)


class Scores:
    """Four ways to say how much two texts share; all they know is the words of a site."""

    def __init__(self, reports: Iterable[Report]) -> None:
        self.count = {report.name: Counter(report.words) for report in reports}
        documents = Counter(word for words in self.count.values() for word in words)
        total = len(self.count)
        self.idf = {word: math.log(1 + total / number) for word, number in documents.items()}
        self.norm = {name: math.sqrt(sum(w * w for w in self.weights(name).values())) for name in self.count}
        self.mean = sum(sum(words.values()) for words in self.count.values()) / total

    def weights(self, name: str) -> dict[str, float]:
        return {word: (1 + math.log(number)) * self.idf[word] for word, number in self.count[name].items()}

    def cosine(self, pair: Pair) -> float:
        a, b = self.weights(pair.a.name), self.weights(pair.b.name)
        dot = sum(weight * b[word] for word, weight in a.items() if word in b)
        return dot / (self.norm[pair.a.name] * self.norm[pair.b.name] or 1)

    def bm25(self, pair: Pair) -> float:
        b = self.count[pair.b.name]
        length = 0.25 + 0.75 * sum(b.values()) / self.mean
        return sum(self.idf[word] * b[word] * 2.5 / (b[word] + 1.5 * length) for word in self.count[pair.a.name] & b)

    @staticmethod
    def shared(pair: Pair) -> float:
        return len(title_words(pair.a) & title_words(pair.b))

    @staticmethod
    def jaccard(pair: Pair) -> float:
        a, b = title_words(pair.a), title_words(pair.b)
        return len(a & b) / (len(a | b) or 1)


def title_words(report: Report) -> set[str]:
    return {word for word in WORD.findall(report.title.casefold()) if len(word) > 3}


def listed(records: list[Record], by_name: dict[str, Report]) -> Iterator[tuple[str, Pair]]:
    """Yield the pairs of a record and an item of its list, by the length of the list."""
    for record in records:
        size = len(record.related)
        kind = "list of 1 to 5" if size < 6 else "list of 6 to 30" if size < 31 else "list of 31 and more"
        for number, _ in enumerate(record.related):
            yield kind, Pair(by_name[record.file], by_name[f"{record.file}#{number}"])


def neighbours(records: list[Record], by_name: dict[str, Report], scores: Scores) -> Iterator[tuple[str, Pair]]:
    """Yield for every record those that share rare words with it, and some by chance, near and far in time."""
    holders = defaultdict(list)
    for record in records:
        for word in scores.count[record.file]:
            holders[word].append(record.file)
    for at, record in enumerate(records):
        found: Counter[str] = Counter()
        for word in scores.count[record.file]:
            if len(holders[word]) < len(records) / 10:
                for name in holders[word]:
                    found[name] += scores.idf[word]
        names = [name for name, _ in found.most_common(NEIGHBOURS)]
        names += [records[(at * 7919 + 104729 * number) % len(records)].file for number in range(1, 4)]
        for name in names:
            if name > record.file:
                pair = Pair(by_name[record.file], by_name[name])
                yield ("two weeks" if abs(pair.a.at - pair.b.at) <= NEAR else "further apart"), pair


def drawn(pairs: list[Pair], score: Callable[[Pair], float], chance: random.Random) -> Iterator[Pair]:
    """Yield as many pairs from every range of a score: all ranges between its least and its greatest are as wide."""
    values = [score(pair) for pair in pairs]
    low, high = min(values), sorted(values)[-max(1, len(values) // 500)]
    ranges = defaultdict(list)
    for pair, value in zip(pairs, values, strict=True):
        ranges[min(RANGES - 1, int((value - low) / ((high - low) or 1) * RANGES))].append(pair)
    for members in ranges.values():
        yield from chance.sample(members, min(EACH, len(members)))


def draw(site: Path, chance: random.Random) -> list[Pair]:
    read = read_site(find_folders(site, read_settings(site)))
    records = sorted(read.sources.records, key=lambda record: record.file)
    reports = [report_of(record.file, record) for record in records]
    reports += [
        report_of(f"{record.file}#{number}", item) for record in records for number, item in enumerate(record.related)
    ]
    by_name = {report.name: report for report in reports}
    scores = Scores(reports)
    kinds = defaultdict(list)
    for kind, pair in (*listed(records, by_name), *neighbours(records, by_name, scores)):
        # A copy under another name is no question.
        if pair.a.title != pair.b.title or pair.a.excerpt != pair.b.excerpt:
            kinds[kind].append(pair)
    found = {}
    for _, pairs in sorted(kinds.items()):
        for score in (scores.shared, scores.jaccard, scores.cosine, scores.bm25):
            for pair in drawn(pairs, score, chance):
                # Lists repeat: the same two texts are judged once.
                found.setdefault((pair.a.title, pair.b.title), pair)
    return list(found.values())


def main(corpus: Path, folder: Path) -> None:
    chance = random.Random(SEED)
    rows, seen = [], []
    for site in SITES:
        pairs = draw(corpus / site, chance)
        pairs.sort(key=lambda pair: (max(pair.a.at, pair.b.at), pair.a.name, pair.b.name))
        for number, pair in enumerate(pairs):
            half = 1 if number < len(pairs) / 2 else 2
            rows.append((f"{len(rows) + 1:03}", site, pair.a.name, pair.b.name, str(half)))
            seen.append([[pair.a.title, pair.a.excerpt], [pair.b.title, pair.b.excerpt]])
    lines = ["\t".join(row) for row in (("id", "site", "a", "b", "half"), *rows)]
    folder.mkdir()
    (folder / "pairs.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for judge in ("first", "second"):
        order = list(range(len(rows)))
        chance.shuffle(order)
        # Which of the two comes first is chance, too.
        shown = [{"id": rows[at][0], "texts": chance.sample(seen[at], 2)} for at in order]
        (folder / f"{judge}.json").write_text(json.dumps(shown, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
