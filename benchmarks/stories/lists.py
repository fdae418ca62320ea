"""Tells whether related stories are related: `python benchmarks/stories/lists.py CORPUS`.

Draws 100 stories that have related ones, with a fixed seed, and prints what share of their related stories was judged
the same event or related; both judgements stand in `lists.tsv`. With `--unjudged` it prints the pairs that nobody
judged yet, as lines of JSON, in an order that tells nothing.
"""

import csv
import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from judgements import LABELS

from broadsheet.arrange.site import arrange
from broadsheet.model import Record, Story
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.read.source import read_site

JUDGED = Path(__file__).parent / "lists.tsv"
SITES = ("azure-2020h1", "powerapps")
STORIES = 100
SEED = 8
NOW = datetime(2025, 1, 1, tzinfo=UTC)


class Listed(NamedTuple):
    """A related story of a story, by their files."""

    site: str
    story: str
    other: str


def drawn(corpus: Path) -> dict[Listed, tuple[Record, Record]]:
    """Return the related stories of the stories that are drawn from all sites together."""
    with_lists: list[tuple[str, Story]] = []
    for site in SITES:
        folder = corpus / site
        settings = read_settings(folder)
        stories = arrange(read_site(find_folders(folder, settings)).sources, settings, NOW).site.stories
        in_order = sorted(stories, key=lambda story: story.lead.file)
        with_lists += [(site, story) for story in in_order if story.related]
    found: dict[Listed, tuple[Record, Record]] = {}
    for site, story in random.Random(SEED).sample(with_lists, STORIES):
        found |= listed(site, story)
    return found


def listed(site: str, story: Story) -> dict[Listed, tuple[Record, Record]]:
    return {Listed(site, story.lead.file, other.lead.file): (story.lead, other.lead) for other in story.related}


def judgements() -> dict[Listed, tuple[str, str]]:
    with JUDGED.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {Listed(row["site"], row["story"], row["other"]): (row["first"], row["second"]) for row in rows}


def is_related(labels: tuple[str, str]) -> bool:
    """Return whether both judges said at least "related": where they differ the lower label counts."""
    return max(labels, key=LABELS.index) != LABELS[-1]


def report(corpus: Path) -> None:
    known, all_pairs = judgements(), drawn(corpus)
    for name, sites in (("all", SITES), *((site, (site,)) for site in SITES)):
        pairs = [pair for pair in all_pairs if pair.site in sites]
        judged = [known[pair] for pair in pairs if pair in known]
        good, agreed = sum(map(is_related, judged)), sum(first == second for first, second in judged)
        stories = len({(pair.site, pair.story) for pair in pairs})
        print(f"{name}: {stories} stories with {len(pairs)} related ones, of which {len(judged)} were judged")
        print(
            f"  related: {good} ({good / len(judged):.3f}); the judges agree on {agreed} ({agreed / len(judged):.3f})"
        )


def print_unjudged(corpus: Path) -> None:
    known = judgements() if JUDGED.exists() else {}
    pairs = [(pair, texts) for pair, texts in drawn(corpus).items() if pair not in known]
    chance = random.Random(len(pairs))
    chance.shuffle(pairs)
    for pair, records in pairs:
        one, other = chance.sample(records, 2)
        texts = [{"title": record.title, "excerpt": record.excerpt} for record in (one, other)]
        print(json.dumps({"pair": pair, "texts": texts}))


if __name__ == "__main__":
    if "--unjudged" in sys.argv:
        print_unjudged(Path(sys.argv[1]))
    else:
        report(Path(sys.argv[1]))
