"""A site to import into."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from linked_hosts import Clock

from broadsheet.gather.importer import Imported, Order, import_feeds
from broadsheet.gather.sources import Wanted
from broadsheet.read.folders import find_folders, read_settings
from broadsheet.web import Outside

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


class Paper:
    """A site that imports, and how the last import went."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = Clock()
        self.seconds = 5.0
        (root / "records").mkdir()
        (root / "_data/topics").mkdir(parents=True)
        (root / "_data/topics/1.yaml").write_text("name: Transport\nkeywords: [tram]\n")
        (root / "_data/topics/2.yaml").write_text("name: Ferries\nparent: Transport\n")

    def settings(self, *sources: str, more: str = "") -> None:
        """Name sources, each in a form of YAML that fits on a line."""
        lines = "".join(f"    - {source}\n" for source in sources)
        (self.root / "broadsheet.yaml").write_text(f"title: The Daily Tram\nimport:\n{more}  sources:\n{lines}")

    def imports(
        self,
        *named: str,
        now: datetime = NOW,
        permit: Callable[[str], bool] = lambda _: True,
        dry_run: bool = False,
        **wanted: int,
    ) -> Imported:
        settings = read_settings(self.root)
        order = Order(now, Wanted(named, **wanted), dry_run)
        outside = Outside(permit=permit, seconds=self.seconds, clock=self.clock, sleep=self.clock.sleep)
        return import_feeds(find_folders(self.root, settings), settings, order, outside, lambda *_: None)

    def files(self) -> dict[str, str]:
        """Return the names and texts of the records."""
        return {path.stem: path.read_text("utf-8") for path in sorted((self.root / "records").iterdir())}

    def all(self) -> dict[str, bytes]:
        """Return all files of the site that belong into version control."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and ".broadsheet" not in path.parts)
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}
