"""One file's text to one `Record`, fast where the text is plain, by the reference path everywhere else. Pure.

Both paths fill the same `RawRecord` and build the record by the same code; whatever gives rise to a problem is
read by the reference path, because only that one knows places.
"""

import re

import msgspec
import ryml

from broadsheet.limits import RELATED
from broadsheet.model import Coverage, Record
from broadsheet.problems import Place, Problem, Severity, ruled
from broadsheet.read.fields import file_date, make_coverage, make_record, parse_time
from broadsheet.read.front_matter import FrontMatter, decoded, split
from broadsheet.read.raw import RawCoverage, RawRecord
from broadsheet.read.shapes import is_plain_header, is_plain_item
from broadsheet.typed import typed
from broadsheet.yaml_text import Path, YamlError, parse_yaml

FIRST_LINE = 2  # The front matter starts below its opening fence.
_UNQUOTED_NAME = re.compile(r"^([ -]*name: )([^\"'\n|>&*!%@`#\[{][^\n]*)", re.MULTILINE)
_REMARK = re.compile(r"[ \t]#")
_NOT_CLOSED = re.compile(rb"\n(?! )")


_record_from_json = msgspec.json.Decoder(RawRecord).decode


class _NotPlainError(Exception):
    """The fast path must leave this text to the reference path."""


class RecordReader:
    """Reads the records of one site; remembers every distinct `related` item, which lists repeat many times over.

    An instance holds what it has read and nothing else: any number of them give the same records.
    """

    def __init__(self, items: dict[Coverage, Coverage] | None = None) -> None:
        """Start with `items`, each by itself, for the only ones of their kind."""
        self._items: dict[bytes, Coverage] = {}
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
            header, chunks = _plain_parts(parts.yaml)
            if len(chunks) > RELATED.most:
                return None
            # The items that nobody has listed yet are read together with the header: to begin is what costs.
            new = [chunk for chunk in dict.fromkeys(chunks) if chunk not in self._items]
            raw = _record_from_json(ryml.emit_json(ryml.parse_in_arena(header + _listed(new))))
            self._learn(new, raw.related or [])
            items = tuple([self._items[chunk] for chunk in chunks])
            return make_record(raw, items, file, parts.body.decode(), _refuse), ()
        except (_NotPlainError, UnicodeDecodeError, msgspec.DecodeError, ryml.ExceptionParse):
            return None

    def _learn(self, chunks: list[bytes], items: list[RawCoverage | None]) -> None:
        if len(items) != len(chunks):
            raise _NotPlainError
        for chunk, raw in zip(chunks, items, strict=True):
            item = make_coverage(raw or RawCoverage(), None, (), _refuse)
            if item is None:
                raise _NotPlainError
            self._items[chunk] = self._intern(item)

    def _intern(self, item: Coverage) -> Coverage:
        return self._interned.setdefault(item, item)

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
                document = parse_yaml(with_quoted_names(text), shown_as, FIRST_LINE)
            except YamlError:
                return None, (error.problem,)
            problems.append(_quoted_name_warning(error.problem))
        problems += document.warnings
        if document.value is None:
            return None, (
                Problem(
                    Place(shown_as, 1, 1), "the front matter is empty", "a record needs a `title`", rule="front-matter"
                ),
            )
        raw, mismatches = typed(document, RawRecord)
        if raw is None:
            return None, (*problems, *ruled(mismatches, "field-type"))

        def report(rule: str, path: Path, message: str, hint: str, severity: Severity) -> None:
            problems.append(Problem(document.place(path), message, hint, severity, rule))

        if raw.related and len(raw.related) > RELATED.most:
            report("limit", ("related",), RELATED.passed(len(raw.related)), "keep the best of them", Severity.ERROR)
            return None, tuple(problems)
        moment = parse_time(raw.publishedDateTime or "") or file_date(file)
        items = (
            make_coverage(item or RawCoverage(), moment, ("related", index), report)
            for index, item in enumerate(raw.related or ())
        )
        record = make_record(raw, tuple(map(self._intern, filter(None, items))), file, body, report)
        broken = any(problem.severity is Severity.ERROR for problem in problems)
        return (None if broken else record), tuple(problems)


def _plain_parts(yaml: bytes) -> tuple[bytes, list[bytes]]:
    """Return the front matter without its `related` block, and the items of that; raises when the text is not plain."""
    start = yaml.find(b"\nrelated:\n")
    header, chunks = yaml, list[bytes]()
    if start >= 0:
        match = _NOT_CLOSED.search(yaml, start + 9)
        end = match.start() if match else len(yaml)
        nothing, *chunks = yaml[start + 9 : end].split(b"\n  - ")
        if nothing or not chunks:
            raise _NotPlainError
        header = yaml[: start + 1] + yaml[end + 1 :]
    if not is_plain_header(header.decode()):
        raise _NotPlainError
    return header, chunks


def _listed(chunks: list[bytes]) -> bytes:
    """Return items as a `related` block; raises when one of them is not plain."""
    if not chunks:
        return b""
    for chunk in chunks:
        if not is_plain_item("    " + chunk.rstrip(b"\n").decode() + "\n"):
            raise _NotPlainError
    return b"related:\n" + b"".join(b"  - " + chunk.rstrip(b"\n") + b"\n" for chunk in chunks)


def _refuse(rule: str, path: Path, message: str, hint: str, severity: Severity) -> None:
    raise _NotPlainError


def with_quoted_names(text: str) -> str:
    """Return front matter that is no YAML with quotes around the names that may be why; no line moves."""
    return _UNQUOTED_NAME.sub(_quoted, text)


def _quoted(match: re.Match[str]) -> str:
    """Return a `name:` line with its value in quotes, if it holds a colon that YAML would take for a key's."""
    value = match[2]
    remark = _REMARK.search(value)
    name = value[: remark.start() if remark else len(value)].rstrip()
    if ": " not in name:
        return match[0]
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{match[1]}"{quoted}"{value[len(name) :] if remark else ""}'


def _quoted_name_warning(problem: Problem) -> Problem:
    message = "a `name` that holds a colon and a blank is invalid YAML; it was read as if it stood in quotes"
    return Problem(problem.place, message, "put it in quotes", Severity.WARNING, "unquoted-name")
