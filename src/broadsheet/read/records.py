"""One file's text to one `Record`, fast where the text is plain, by the reference path everywhere else. Pure.

Both paths fill the same `RawRecord` and build the record by the same code; whatever gives rise to a problem is
read by the reference path, because only that one knows places.
"""

import re

import msgspec
import ryml

from broadsheet.model import Coverage, Record
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.fields import RawCoverage, RawRecord, file_date, make_coverage, make_record, parse_time
from broadsheet.read.front_matter import FrontMatter, decoded, split
from broadsheet.read.shapes import header_keys, is_plain_header, is_plain_item, item_keys
from broadsheet.typed import typed
from broadsheet.yaml_text import Path, YamlError, parse_yaml

FIRST_LINE = 2  # The front matter starts below its opening fence.
_UNQUOTED_NAME = re.compile(r"^([ -]*name: )([^\"'\n|>&*!%@`#\[{][^\n]*)", re.MULTILINE)
_NOT_CLOSED = re.compile(rb"\n(?! )")


_record_from_json = msgspec.json.Decoder(RawRecord).decode
_item_from_json = msgspec.json.Decoder(RawCoverage).decode


class _NotPlainError(Exception):
    """The fast path must leave this text to the reference path."""


class RecordReader:
    """Reads the records of one site; remembers every distinct `related` item, which lists repeat many times over.

    An instance holds what it has read and nothing else: any number of them give the same records.
    """

    def __init__(self, items: dict[Coverage, Coverage] | None = None) -> None:
        """Start with `items`, each by itself, for the only ones of their kind."""
        self._items: dict[bytes, Coverage | None] = {}
        self._interned = items if items is not None else {}

    def read(self, data: bytes, file: str, shown_as: str = "") -> tuple[Record | None, tuple[Problem, ...]]:
        """Return the record in `data`, the content of `file` (its path within the records folder), and its problems.

        `shown_as` is the path that problems name. No record comes back when a problem is an error.
        """
        shown_as = shown_as or file
        parts = split(data, shown_as)
        if isinstance(parts, Problem):
            return None, (parts,)
        return self.fast(parts, file) or self.reference(parts, file, shown_as)

    def fast(self, parts: FrontMatter, file: str) -> tuple[Record, tuple[Problem, ...]] | None:
        """Return what `reference` would, or None when the text is not plain or anything is wrong with it."""
        try:
            header, items = self._plain_parts(parts.yaml)
            raw = _record_from_json(ryml.emit_json(ryml.parse_in_arena(header.encode())))
            body = parts.body.decode()
            return make_record(raw, items, file, body, _refuse), ()
        except (_NotPlainError, UnicodeDecodeError, msgspec.DecodeError, ryml.ExceptionParse):
            return None

    def _plain_parts(self, yaml: bytes) -> tuple[str, tuple[Coverage, ...]]:
        start = yaml.find(b"\nrelated:\n")
        header, items = yaml, tuple[Coverage, ...]()
        if start >= 0:
            match = _NOT_CLOSED.search(yaml, start + 9)
            end = match.start() if match else len(yaml)
            items = self._plain_items(yaml[start + 9 : end])
            header = yaml[: start + 1] + yaml[end + 1 :]
        text = header.decode()
        keys = header_keys(text)
        if not keys or not is_plain_header(text) or len(set(keys)) < len(keys):
            raise _NotPlainError
        return text, items

    def _plain_items(self, block: bytes) -> tuple[Coverage, ...]:
        nothing, *chunks = block.split(b"\n  - ")
        if nothing or not chunks:
            raise _NotPlainError
        known = self._items
        items = []
        for chunk in chunks:
            try:
                item = known[chunk]
            except KeyError:
                item = known[chunk] = self._plain_item(chunk)
            if item is None:
                raise _NotPlainError
            items.append(item)
        return tuple(items)

    def _plain_item(self, chunk: bytes) -> Coverage | None:
        text = "    " + chunk.rstrip(b"\n").decode() + "\n"
        keys = item_keys(text)
        if not is_plain_item(text) or len(set(keys)) < len(keys):
            return None
        try:
            raw = _item_from_json(ryml.emit_json(ryml.parse_in_arena(text.encode())))
            return self._intern(make_coverage(raw, None, (), _refuse))
        except (_NotPlainError, msgspec.DecodeError, ryml.ExceptionParse):
            return None

    def _intern(self, item: Coverage | None) -> Coverage | None:
        return self._interned.setdefault(item, item) if item else None

    def reference(self, parts: FrontMatter, file: str, shown_as: str = "") -> tuple[Record | None, tuple[Problem, ...]]:
        """Return the record as PyYAML understands it, and every problem with its place."""
        shown_as = shown_as or file
        text = decoded(parts.yaml, shown_as, FIRST_LINE)
        body_line = FIRST_LINE + parts.yaml.count(b"\n") + 1
        body = decoded(parts.body, shown_as, body_line)
        undecodable = tuple(part for part in (text, body) if isinstance(part, Problem))
        if isinstance(text, Problem) or isinstance(body, Problem):
            return None, undecodable
        problems: list[Problem] = []
        try:
            document = parse_yaml(text, shown_as, FIRST_LINE)
        except YamlError as error:
            try:
                document = parse_yaml(_UNQUOTED_NAME.sub(_quoted, text), shown_as, FIRST_LINE)
            except YamlError:
                return None, (error.problem,)
            problems.append(_quoted_name_warning(error.problem))
        problems += document.warnings
        if document.value is None:
            return None, (Problem(Place(shown_as, 1, 1), "the front matter is empty", "a record needs a `title`"),)
        raw, mismatches = typed(document, RawRecord)
        if raw is None:
            return None, (*problems, *mismatches)

        def report(path: Path, message: str, hint: str, severity: Severity) -> None:
            problems.append(Problem(document.place(path), message, hint, severity))

        moment = parse_time(raw.publishedDateTime or "") or file_date(file)
        items = (
            self._intern(make_coverage(item or RawCoverage(), moment, ("related", index), report))
            for index, item in enumerate(raw.related or ())
        )
        record = make_record(raw, tuple(filter(None, items)), file, body, report)
        broken = any(problem.severity is Severity.ERROR for problem in problems)
        return (None if broken else record), tuple(problems)


def _refuse(path: Path, message: str, hint: str, severity: Severity) -> None:
    raise _NotPlainError


def _quoted(match: re.Match[str]) -> str:
    """Return a `name:` line with its value in quotes, if it holds a colon that YAML would take for a key's."""
    if ": " not in match[2]:
        return match[0]
    return match[1] + '"' + match[2].rstrip().replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted_name_warning(problem: Problem) -> Problem:
    message = "a `name` that holds a colon and a blank is invalid YAML; it was read as if it stood in quotes"
    return Problem(problem.place, message, "put it in quotes", Severity.WARNING)
