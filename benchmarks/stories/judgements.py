"""The judged pairs, and how far two judges agree: `python benchmarks/stories/judgements.py` prints that."""

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

PAIRS = Path(__file__).parent / "pairs.tsv"
LABELS = ("same", "related", "unrelated")


class Judged(NamedTuple):
    """A pair by the names of its two reports, as `sample.py` has them, and what both judges said of it."""

    id: str
    site: str
    a: str
    b: str
    half: str
    first: str
    second: str


def judged() -> list[Judged]:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return [Judged(**row) for row in csv.DictReader(file, delimiter="\t")]


def agreement(first: list[str], second: list[str]) -> tuple[float, float]:
    """Return the share of pairs on which two agree, and Cohen's kappa: how much more that is than by chance."""
    total = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    one, other = Counter(first), Counter(second)
    expected = sum(one[label] * other[label] for label in one) / total**2
    return observed, (observed - expected) / (1 - expected)


def main() -> None:
    pairs = judged()
    first, second = [pair.first for pair in pairs], [pair.second for pair in pairs]
    print("three labels: agreement {:.3f}, kappa {:.3f}".format(*agreement(first, second)))
    for label in LABELS[::2]:
        one, other = ([str(said == label) for said in labels] for labels in (first, second))
        print("{} or not: agreement {:.3f}, kappa {:.3f}".format(label, *agreement(one, other)))
    for (a, b), number in sorted(Counter(zip(first, second, strict=True)).items()):
        print(f"{a:>10} {b:>10} {number:4}")


if __name__ == "__main__":
    main()
