"""Measures how well scores tell what two reports have in common: `python benchmarks/stories/evaluate.py CORPUS [HALF]`.

Prints, for every score and every half of the judged pairs, how well it finds those that were judged the same, and those
that were judged at least related: average precision, the best F1 with its precision and recall, and the recall at a
precision of 0.95.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from baselines import Item, Score, baselines
from judgements import LABELS, Judged, judged

from broadsheet.arrange.aboutness import SAME_EVENT, Measure
from broadsheet.model import Record
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.source import read_site

PRECISION = 0.95
OURS = "Broadsheet: one event"
OURS_RELATED = "Broadsheet: leads on"


class Site(NamedTuple):
    """The items of a site by the names that the judged pairs have for them."""

    items: dict[str, Item]
    records: tuple[Record, ...]


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


def scores_of(site: Site) -> list[Score]:
    """Return the baselines, and ours last: one for reports of one event, one for what leads on to the other."""
    items = site.items.values()
    measure = Measure(items)
    return [*baselines(items), Score(OURS, measure.score), Score(OURS_RELATED, measure.kinship)]


def guard(pairs: Sequence[Judged], ours: Sequence[float]) -> str:
    """Return how good the display guard is, which tells a report as one of the event from `SAME_EVENT` on."""
    told = [least(pair) == LABELS[0] for pair, score in zip(pairs, ours, strict=True) if score >= SAME_EVENT]
    same = sum(least(pair) == LABELS[0] for pair in pairs)
    precision, recall = sum(told) / len(told), sum(told) / same
    return f"The display guard (score {SAME_EVENT} at least): precision {precision:.3f}, recall {recall:.3f}"


def least(pair: Judged) -> str:
    """Return the label of a pair: where the judges differ, the lower one."""
    return max(pair.first, pair.second, key=LABELS.index)


def report(pairs: Sequence[Judged], scores: dict[str, list[Score]], sites: dict[str, Site]) -> list[str]:
    """Return the lines of the tables for `pairs`."""
    names = [score.name for score in next(iter(scores.values()))]
    values = {
        name: [
            scores[pair.site][at].of(sites[pair.site].items[pair.a], sites[pair.site].items[pair.b]) for pair in pairs
        ]
        for at, name in enumerate(names)
    }
    lines = []
    for title, labels in (("same", LABELS[:1]), ("same or related", LABELS[:2])):
        wanted = [least(pair) in labels for pair in pairs]
        lines += [f"{title}: {sum(wanted)} of {len(pairs)} pairs", ""]
        lines += ["| score | average precision | F1 | precision | recall | recall at precision 0.95 |"]
        lines += ["| --- | --- | --- | --- | --- | --- |"]
        lines += [
            f"| {name} | " + " | ".join(f"{figure:.3f}" for figure in found(values[name], wanted)) + " |"
            for name in names
        ]
        lines.append("")
    return [*lines, guard(pairs, values[OURS]), ""]


def main(corpus: Path, halves: Sequence[str]) -> None:
    pairs = judged()
    sites = {name: load(corpus / name) for name in dict.fromkeys(pair.site for pair in pairs)}
    scores = {name: scores_of(site) for name, site in sites.items()}
    for half in halves:
        print(f"Half {half}\n")
        print("\n".join(report([pair for pair in pairs if pair.half == half], scores, sites)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["1", "2"])
