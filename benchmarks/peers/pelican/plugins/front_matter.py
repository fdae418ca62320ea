"""Lets Pelican read Markdown files with YAML front matter, by PyYAML's C loader."""

from pathlib import Path
from typing import Any

import yaml
from pelican import signals
from pelican.readers import BaseReader, Readers
from pelican.urlwrappers import Category, Tag

OWN = ("provider", "related", "heat", "excerpt", "webUrl", "originalUrl")


class FrontMatterReader(BaseReader):  # type: ignore[misc]
    enabled = True
    file_extensions = ["md"]  # noqa: RUF012

    def read(self, source_path: str) -> tuple[str, dict[str, Any]]:
        front_matter = Path(source_path).read_text(encoding="utf-8").split("\n---\n", 1)[0]
        record = yaml.load(front_matter, yaml.CSafeLoader)
        topics = [topic for topic in record.get("topics") or () if topic]
        metadata = {key.lower(): record[key] for key in OWN if key in record}
        metadata |= {
            "title": record["title"],
            "slug": Path(source_path).stem,
            "date": record["publishedDateTime"],
            "summary": record["excerpt"],
            "category": Category(record["category"], self.settings),
            "tags": [Tag(topic, self.settings) for topic in topics],
            "topic": topics[-1] if topics else "News",
        }
        return "", metadata


def _add(readers: Readers) -> None:
    readers.reader_classes["md"] = FrontMatterReader


def register() -> None:
    signals.readers_init.connect(_add)
