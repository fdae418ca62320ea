"""The files of a site, read once more for the places in them that something is said of."""

from collections.abc import Container, Mapping
from functools import lru_cache
from pathlib import Path as FilePath

from broadsheet.model import Record, Sources
from broadsheet.problems import Place, Problem
from broadsheet.read.disk import Disk
from broadsheet.read.front_matter import document_from, split, yaml_document
from broadsheet.read.records import FIRST_LINE
from broadsheet.text import display_text
from broadsheet.yaml_text import Document, Path

_KEPT = 32


class Files:
    """Knows where in its file a value stands; a file that has changed or gone meanwhile is named as a whole."""

    def __init__(self, sources: Sources, with_gaps: Container[str]) -> None:
        """Look for the records of `sources` where they were read; in files `with_gaps` lists have what was left out."""
        self._sources = sources
        self._with_gaps = with_gaps
        self._disk = Disk()
        self._document = lru_cache(maxsize=_KEPT)(self._parsed)

    def shown(self, record: Record) -> str:
        """Return a record's file as problems name it."""
        return self._sources.shown_file(record)

    def front_matter(self, record: Record) -> bytes:
        """Return the YAML of a record's file, nothing where it can not be read any more."""
        data = self._disk.content(FilePath(self.shown(record)))
        parts = split(data, "") if data is not None else None
        return b"" if parts is None or isinstance(parts, Problem) else parts.yaml

    def document(self, record: Record) -> Document | None:
        """Return what a record's front matter says, with the places; None where it can not be read by itself."""
        return self._document(self.shown(record))

    def place(self, record: Record, path: Path, *, of_key: bool = False) -> Place:
        """Return where the value at `path` of a record's front matter stands, or its key, or what would hold it."""
        document = self.document(record)
        if document is None:
            return Place(self.shown(record))
        return document.key_place(path) if of_key else document.place(path)

    def item_index(self, record: Record, index: int) -> int:
        """Return where an item of `record.related` stands in the file's list, of which some may have been left out."""
        if self.shown(record) not in self._with_gaps:
            return index
        document = self.document(record)
        values = document.value.get("related") if document and isinstance(document.value, dict) else None
        kept = [at for at, item in enumerate(values if isinstance(values, list) else ()) if _has_title(item)]
        return kept[index] if index < len(kept) else index

    def has_key(self, record: Record, key: str) -> bool:
        """Return whether a record's front matter has `key`."""
        document = self.document(record)
        return document is not None and isinstance(document.value, dict) and document.value.get(key) is not None

    def yaml_place(self, file: str, path: Path) -> Place:
        """Return where the value at `path` of a file of YAML stands."""
        data = self._disk.content(FilePath(file))
        document = yaml_document(data, file) if data is not None else None
        return Place(file) if document is None or isinstance(document, Problem) else document.place(path)

    def _parsed(self, file: str) -> Document | None:
        data = self._disk.content(FilePath(file))
        parts = split(data, file) if data is not None else None
        if parts is None or isinstance(parts, Problem):
            return None
        document = document_from(parts.yaml, file, FIRST_LINE)
        return None if isinstance(document, Problem) else document


def _has_title(item: object) -> bool:
    return isinstance(item, Mapping) and bool(display_text(str(item.get("title") or "")))
