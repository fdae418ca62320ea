"""Makes a folder of made-up records with the shape of a real one: `python benchmarks/generate.py FOLDER`.

The tables below were measured on a real folder of 1,471 records. In it every record with related items belongs to one
cluster and lists all other items of that cluster, so that 50,722 rows are only 2,287 distinct items; about half of
those are records of the folder, the others are outside. Words are made up: no text is taken from anywhere.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from wording import Wording

SEASON = 1471  # records; a folder that is n times as big covers n times as many days
SEASON_DAYS = 90
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)

# How many clusters a season has of each kind: items in all / of them in the folder x number of such clusters.
CLUSTERS = (
    "2/1x20 2/2x60 3/1x6 3/2x7 3/3x26 4/1x6 4/2x2 4/3x2 4/4x15 5/1x5 5/2x2 5/5x6 6/1x2 6/2x2 6/5x1 6/6x3 7/1x2 7/3x2 "
    "7/7x1 8/1x3 8/2x1 8/8x3 9/1x4 9/3x1 9/9x2 10/1x1 10/4x1 11/2x1 11/11x1 12/2x2 12/4x1 13/1x1 13/2x1 13/11x1 "
    "14/11x1 15/2x1 15/7x1 15/13x1 16/2x1 18/3x1 18/17x1 19/1x2 20/2x1 20/20x1 21/3x1 22/2x1 23/23x1 24/5x1 24/24x1 "
    "28/1x1 28/27x1 29/29x1 30/4x1 30/29x1 34/2x1 38/23x1 41/1x1 41/13x1 42/1x1 49/2x1 53/52x1 60/1x1 61/59x1 63/3x1 "
    "92/4x1 115/115x1 128/12x1 138/128x1 180/18x1"
)
ALONE = 321  # records of a season that have no related items

# Quantiles in equal steps from the least to the greatest.
QUALITY = (0, 4, 15, 17, 18, 22, 25, 33, 37, 37, 39, 42, 54, 59, 67, 73, 80, 84, 90, 97, 136)
TITLE_LENGTH = (20, 41, 46, 50, 53, 56, 59, 62, 64, 67, 69, 71, 73, 76, 79, 82, 86, 91, 98, 114, 161)
EXCERPT_LENGTH = (0, 0, 0, 111, 122, 135, 145, 153, 161, 180, 194, 202, 211, 224, 242, 257, 288, 302, 307, 341, 435)
SECURED_BYTES = (240, 240, 240, 256, 256, 256, 272, 368, 368, 368, 400)
# Days from the middle of the cluster, of its records and of its outside items.
RECORD_OFFSET = (-60.0, -6.0, -2.4, -1.3, -0.5, 0.0, 0.4, 1.2, 2.4, 5.0, 45.0)
STAR_OFFSET = (-3.0, 3.0)
OUTSIDE_OFFSET = (2.0, 73.0, 83.0, 140.0, 153.0, 230.0, 282.0, 301.0, 376.0, 420.0, 500.0)

# Of 1,471 records, how many have so many topics; the first is the root, which all have.
TOPIC_COUNTS = {1: 1311, 2: 114, 3: 32, 4: 11, 5: 3}
TOPIC_WEIGHTS = (25, 23, 22, 21, 21, 17, 15, 15, 11, 11, 9, 6, 6, 5, 5, 4, 4, 2, 1)
IMAGE_SHARE = 0.73
AMP_SHARE = 0.39
PROVIDER_IMAGE_SHARE = 0.57
BIGGEST_PROVIDER = 458 / 1471
PROVIDERS = 300


@dataclass(frozen=True, slots=True)
class Provider:
    name: str
    domain: str
    has_amp: bool
    has_image: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news, be it a record of the folder or outside of it."""

    file: str
    title: str
    time: datetime
    quality: int
    provider: Provider
    head: str  # its YAML up to `type`, without indentation
    images: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Items that list each other, or, where `star`, all point to the first, which lists them all."""

    size: int
    records: int
    star: bool = False


class World:
    """The words, providers and topics of one generated folder, and the random numbers that make it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.wording = Wording(self.random)
        names = self.wording.names(PROVIDERS + len(TOPIC_WEIGHTS) + 1)
        self.root, *self.topics = names[: len(TOPIC_WEIGHTS) + 1]
        self.providers = [self._provider(name) for name in names[len(TOPIC_WEIGHTS) + 1 :]]
        rest = [1 / rank for rank in range(2, PROVIDERS + 1)]
        total = sum(rest)
        self.provider_weights = [BIGGEST_PROVIDER, *(weight * (1 - BIGGEST_PROVIDER) / total for weight in rest)]
        self.files: set[str] = set()

    def _provider(self, name: str) -> Provider:
        amp, image = self.random.random() < AMP_SHARE, self.random.random() < PROVIDER_IMAGE_SHARE
        return Provider(f"{name} Times", f"{name.lower()}.example", amp, image)

    def items(self, cluster: Cluster, middle: datetime) -> list[Item]:
        """Return the items of `cluster`, those that are records of the folder first."""
        theme = self.wording.theme()
        if cluster.star:
            # One event: few days, one word that nearly all titles share, and the best item is the lead.
            theme = theme[:1]
            offsets: Sequence[tuple[float, ...]] = [STAR_OFFSET] * cluster.size
        else:
            offsets = [RECORD_OFFSET] * cluster.records + [OUTSIDE_OFFSET] * (cluster.size - cluster.records)
        items = [self._item(middle + timedelta(days=self.draw(offset)), theme) for offset in offsets]
        return sorted(items, key=rank) if cluster.star else items

    def _item(self, time: datetime, theme: list[str]) -> Item:
        time = time.replace(microsecond=0)
        provider = self.random.choices(self.providers, self.provider_weights)[0]
        title = self.wording.title(round(self.draw(TITLE_LENGTH)), theme)
        slug = self.wording.slug(title)
        file = f"{time:%Y-%m-%d}-{slug}"
        while file in self.files:
            file += f"-{len(self.files)}"
        self.files.add(file)
        path = f"{provider.domain}/{self.random.choice(('news', 'article', 'blog'))}/{slug}/"
        lines = [
            f"title: {self.wording.quoted(title)}",
            f"excerpt: {self.wording.quoted(self.wording.text(round(self.draw(EXCERPT_LENGTH)), theme))}",
            f"publishedDateTime: {time:%Y-%m-%dT%H:%M:%SZ}",
            f'webUrl: "https://www.{path}"',
        ]
        if provider.has_amp:
            lines.append(f'ampWebUrl: "https://www.{path}amp/"')
            lines.append(f'cdnAmpWebUrl: "https://{provider.domain.replace(".", "-")}.amp.example/c/s/www.{path}amp/"')
        lines.append("type: article\n")
        images = ""
        if self.random.random() < IMAGE_SHARE:
            url = (
                f"https://images.{provider.domain}/{time:%Y/%m/%d}/{self.random.getrandbits(128):032x}/{slug[:30]}.jpg"
            )
            images = f'images:\n  - url: "{url}"\n    width: 1200\n    height: 675\n    isCached: true\n'
        return Item(file, title, time, round(self.draw(QUALITY)), provider, "\n".join(lines), images)

    def draw(self, quantiles: tuple[float, ...]) -> float:
        """Return a random number with the given quantiles."""
        place = self.random.random() * (len(quantiles) - 1)
        step = int(place)
        return quantiles[step] + (place - step) * (quantiles[step + 1] - quantiles[step])

    def record(self, item: Item, related: list[Item], rows: str) -> str:
        """Return the text of the record of `item`, of whose `related` items `rows` are the YAML."""
        folded = any(rank(other) < rank(item) for other in related)
        heat = -1 if folded else item.quality + (20 * len(related) if item.quality >= 50 else 0)
        image = ""
        if item.provider.has_image:
            url = f"https://images.{item.provider.domain}/logo-50x50.jpg"
            image = f'  images:\n    - url: "{url}"\n      width: 50\n      height: 50\n'
        count = self.random.choices(list(TOPIC_COUNTS), list(TOPIC_COUNTS.values()))[0] - 1
        topics = [self.root, *dict.fromkeys(self.random.choices(self.topics, TOPIC_WEIGHTS, k=count))]
        parts = [
            f"---\ncategory: news\n{item.head}",
            f"quality: {item.quality}\nheat: {heat}\npublished: {'true' if heat >= 70 else 'false'}\n",
            f"\nprovider:\n  name: {item.provider.name}\n  domain: {item.provider.domain}\n{image}",
            "\ntopics:\n" + "".join(f"  - {topic}\n" for topic in topics),
            f"\n{item.images}" if item.images else "",
            f"\nrelated:\n{rows}" if related else "",
            f'\nsecured: "{self.wording.ciphertext(round(self.draw(SECURED_BYTES)))}"\n---\n',
        ]
        return "".join(parts)


def rank(item: Item) -> tuple[int, str]:
    """Return what makes an item the lead among others: the least leads."""
    return (-item.quality, item.file)


def row(item: Item) -> str:
    """Return `item` as YAML in a list of related items."""
    provider = f"provider:\n  name: {item.provider.name}\n  domain: {item.provider.domain}\n"
    lines = f"{item.head}{provider}quality: {item.quality}\n{item.images}".splitlines()
    return f"  - {lines[0]}\n" + "".join(f"    {line}\n" for line in lines[1:])


def season(world: World) -> list[Cluster]:
    """Return the clusters of one season as measured, in random order."""
    clusters = [Cluster(1, 1)] * ALONE
    for entry in CLUSTERS.split():
        kind, _, times = entry.partition("x")
        size, _, records = kind.partition("/")
        clusters += [Cluster(int(size), int(records))] * int(times)
    world.random.shuffle(clusters)
    return clusters


def clusters_of(world: World, records: int, related: int | None, story: int) -> Iterator[Cluster]:
    """Yield clusters that have `records` records together, and one star of `story` members more."""
    if story:
        yield Cluster(story + 1, story + 1, star=True)
    while records > 0:
        for cluster in season(world) if related is None else [Cluster(related + 1, related + 1)]:
            inside = min(cluster.records, records)
            if inside:
                yield Cluster(cluster.size, inside)
            records -= inside


def generate(folder: Path, records: int, related: int | None = None, seed: int = 1, story: int = 0) -> int:
    """Write the site of `records` records (and a story of `story` members besides) and return how many rows it has.

    `related` is the length of every list; None stands for the measured lengths. The same arguments give the same bytes.
    """
    world = World(seed)
    news = folder / "_news"
    news.mkdir(parents=True, exist_ok=True)
    write_topics(world, folder / "_data" / "topics")
    days = SEASON_DAYS * max(1.0, records / SEASON)
    total = 0
    for cluster in clusters_of(world, records, related, story):
        middle = FIRST_DAY + timedelta(days=days * world.random.random())
        items = world.items(cluster, middle)
        # Lists are ordered by quality, and each item's YAML is made once for all of them.
        order = sorted(range(cluster.size), key=[rank(item) for item in items].__getitem__)
        rows = [row(item) for item in items] if cluster.size > 1 else [""]
        for own in range(cluster.records):
            listed = [index for index in order if index != own and (not cluster.star or 0 in (own, index))]
            text = world.record(
                items[own], [items[index] for index in listed], "".join(rows[index] for index in listed)
            )
            (news / f"{items[own].file}.md").write_text(text, encoding="utf-8", newline="\n")
            total += len(listed)
    return total


def write_topics(world: World, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate([world.root, *world.topics]):
        parent = f"shortname: {name}\nparent: {world.root}\n" if number else ""
        text = f"taxonomy: topic\n_id: {name.lower()}\nname: {name}\n{parent}keywords:\n  - {name.lower()}\n"
        (folder / f"{number:02}-{name.lower()}.yaml").write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a folder of made-up records with the shape of a real one.")
    parser.add_argument("folder", type=Path, help="the site's folder: gets _news/ and _data/")
    parser.add_argument("--records", type=int, default=SEASON, help="how many records (default: %(default)s)")
    parser.add_argument(
        "--related", default="azure", help="the length of every list, or `azure`: as measured (default)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed gives another folder (default: %(default)s)")
    parser.add_argument("--story", type=int, default=0, help="adds one story of so many members that all list its lead")
    options = parser.parse_args()
    related = None if options.related == "azure" else int(options.related)
    rows = generate(options.folder, options.records, related, options.seed, options.story)
    print(f"{options.folder}: {rows:,} related rows in {len(list((options.folder / '_news').iterdir())):,} records")


if __name__ == "__main__":
    main()
