"""The sites to measure: real folders of records, copies of them under new names, and generated ones.

Real folders are looked for in the folder that the environment variable BROADSHEET_CORPUS names. A site is always a
copy, so that nothing is written to the original.
"""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generate import SEASON, generate

LIGHT = "light"
GROWTH = {"1x": SEASON, "4x": 4 * SEASON, "14x": 20_000}
HUGE = {"100k": 100_000}


@dataclass(frozen=True)
class Site:
    """A site that can be made: `make` fills the folder it is given."""

    name: str
    about: str
    make: Callable[[Path], None]


def real_sites() -> dict[str, Site]:
    """Return the real sites there are, and of the biggest one four copies in one site."""
    corpus = os.environ.get("BROADSHEET_CORPUS")
    folders = sorted(folder.parent for folder in Path(corpus).glob("*/_news")) if corpus else []
    sites = {folder.name: Site(folder.name, "real records", _copier(folder, 1)) for folder in folders}
    if folders:
        biggest = max(folders, key=lambda folder: len(os.listdir(folder / "_news")))
        name = f"{biggest.name}-x4"
        sites[name] = Site(name, f"four copies of {biggest.name}", _copier(biggest, 4))
    return sites


def generated_sites() -> dict[str, Site]:
    """Return the sites that need no real records; `made-x4` takes the place of the copies where there are none."""
    light = Site(LIGHT, "generated, 3 related items each", lambda folder: _generate(folder, 1600, 3))
    return {site.name: site for site in (light, growth_site("1x", SEASON), growth_site("4x", 4 * SEASON))}


def growth_site(label: str, records: int) -> Site:
    return Site(f"made-{label}", "generated, long lists", lambda folder: _generate(folder, records, None))


def cold_sites() -> dict[str, Site]:
    """Return the sites that all generators build: the real ones where there are any, else generated ones."""
    real, made = real_sites(), generated_sites()
    return {**real, LIGHT: made[LIGHT]} if real else made


def make(site: Site, work: Path) -> Path:
    """Make the site in `work`, afresh, and return its folder."""
    folder = work / site.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site.make(folder)
    return folder


def count(folder: Path) -> int:
    return len(os.listdir(folder / "_news"))


def size(folder: Path) -> int:
    """Return the bytes of the site's records."""
    return sum(entry.stat().st_size for entry in os.scandir(folder / "_news"))


def _generate(folder: Path, records: int, related: int | None) -> None:
    generate(folder, records, related)


def _copier(source: Path, copies: int) -> Callable[[Path], None]:
    def copy(folder: Path) -> None:
        news = folder / "_news"
        news.mkdir()
        if (source / "_data").is_dir():
            shutil.copytree(source / "_data", folder / "_data")
        for path in sorted((source / "_news").glob("*.md")):
            text = path.read_bytes().decode("utf-8")
            (news / path.name).write_bytes(text.encode())
            for number in range(2, copies + 1):
                (news / f"{path.stem}-copy-{number}.md").write_bytes(renamed(text, number).encode())

    return copy


def renamed(text: str, number: int) -> str:
    """Return the record's `text` with a title and an address of its own; what it lists as related stays."""
    text = _with_suffix(text, "title", f" (copy {number})")
    address = re.search(r"(?m)^webUrl: .*$", text)
    return _with_suffix(text, "webUrl", f"{'&' if address and '?' in address[0] else '?'}copy={number}")


def _with_suffix(text: str, key: str, suffix: str) -> str:
    """Append to the value on the line of the top-level `key`, inside its quotes where it has some."""
    return re.sub(rf"(?m)^({key}: .*?)([\"']?)(?=\r?$)", lambda match: f"{match[1]}{suffix}{match[2]}", text, count=1)
