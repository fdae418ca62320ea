"""A small site on a quick disk, for the tests of faults."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cutting import BASE, Paper


@pytest.fixture
def write_paper(record: Callable[..., Path]) -> Callable[[Path, int], None]:
    """Write a site as it is on one of two days: of every kind of file some come, some change and some go."""

    def write(site: Path, day: int) -> None:
        for path in site.glob("_news/*"):
            path.unlink()
        # The last one is there on the first day only, and the first one on the second.
        for number in range(2 - day + 1, 6 - day + 1):
            record(
                site / "_news",
                f"2024-05-{number + 1:02}-r{number}.md",
                title=f"Headline of number{number} alone{number}",
                publishedDateTime=f"2024-0{number + 1}-11T08:00:00Z",
                webUrl=f"https://p{number}.example.org/",
                topics=[f"Topic {number % 3}"],
                excerpt=f"Excerpt {number} of day {day if number == 3 else 0}",
            )
        # Every page needs a file that is there on its day only.
        logo = f"theme: {{logo: /sign-{day}.svg}}\n"
        (site / "broadsheet.yaml").write_text(f"title: The Daily Tram {day}\nbase_url: {BASE}\n{logo}")
        static = site / "static"
        static.mkdir(exist_ok=True)
        (static / f"sign-{day}.svg").write_text("<svg/>")
        (static / f"sign-{3 - day}.svg").unlink(missing_ok=True)
        (static / "both.txt").write_text(f"day {day}")
        # A file where there was a folder, and a folder where there was a file.
        for name, is_file in (("one", day == 1), ("two", day == 2)):
            path = static / name
            if path.is_file():
                path.unlink()
            elif path.is_dir():
                (path / "inner").unlink()
                path.rmdir()
            if is_file:
                path.write_text(f"day {day}")
            else:
                path.mkdir()
                (path / "inner").write_text(f"day {day}")

    return write


@pytest.fixture
def paper(quick: Path, write_paper: Callable[[Path, int], None]) -> Paper:
    """A site that was built and has changed since."""
    return Paper(quick, write_paper)
