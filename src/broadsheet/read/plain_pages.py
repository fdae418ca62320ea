"""The text of `pages/*.md`, pages in the owner's own words, to values: Markdown, with front matter or without. Pure."""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from broadsheet.model import PlainPage
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.editions import plain_text
from broadsheet.read.fields import file_date
from broadsheet.read.front_matter import FrontMatter, decoded, has_front_matter, split, with_plain_lines
from broadsheet.read.records import FIRST_LINE
from broadsheet.text import folder_name
from broadsheet.typed import typed
from broadsheet.yaml_text import Document, YamlError, parse_yaml

_BETWEEN_WORDS = re.compile(r"[-_\s]+")
_LAYOUT = re.compile(rb"^layout[ \t]*:", re.MULTILINE)
_BREAKS = {"softbreak", "hardbreak"}


class RawPage(Struct, gc=False, forbid_unknown_fields=True):
    """The front matter of a plain page as it is spelled."""

    title: str | None = None
    description: str | None = None
    menu: bool = True
    footer: bool = True
    order: int = 0
    draft: bool = False


def record_passed_by(file: str) -> Problem:
    """Return the warning about a `file` that may be a record and lies where none are."""
    message = "this may be a record, but this folder is not for records: it is not read as one"
    return Problem(Place(file), message, "move it to another folder", Severity.WARNING, "misplaced-record")


def names_layout(data: bytes) -> bool:
    """Return whether a file's front matter names a layout, as the pages of Jekyll and its like do."""
    parts = split(data, "") if has_front_matter(data) else None
    return isinstance(parts, FrontMatter) and _LAYOUT.search(parts.yaml) is not None


def parse_plain_page(
    data: bytes, file: str, path: str, *, beside_records: bool = False
) -> tuple[PlainPage | None, tuple[Problem, ...]]:
    """Return the page that `data`, the content of `file`, holds, or None and everything that is wrong with it.

    `path` is that of the file within the folder of pages; it says where the page will be. `beside_records` says that
    other folders of any name are for records: then a name that starts with a day is a record's.
    """
    if not data.strip():
        return None, (Problem(Place(file, 1, 1), "the file is empty", severity=Severity.WARNING),)
    document, body, wrong = _parts(data, file)
    if document is None:
        return None, wrong
    is_dated = beside_records and file_date(path) is not None and has_front_matter(data)
    if is_dated or (isinstance(document.value, dict) and "publishedDateTime" in document.value):
        return None, (record_passed_by(file),)
    raw, problems = typed(document, RawPage) if document.value is not None else (RawPage(), ())
    if raw is None:
        return None, (*wrong, *problems)
    first, rest = _without_heading(body)
    title = plain_text(raw.title or "") or first or _name_in_words(path)
    page = PlainPage(
        file=file,
        segments=tuple(map(folder_name, _names(path))),
        title=title,
        description=plain_text(raw.description or ""),
        body=rest if first == title else body,
        in_menu=raw.menu,
        in_footer=raw.footer,
        order=raw.order,
        draft=raw.draft,
    )
    return page, wrong


def _parts(data: bytes, file: str) -> tuple[Document | None, str, tuple[Problem, ...]]:
    """Return the front matter, the body, and what is wrong with them; the first is None when it is too much."""
    if not has_front_matter(data):
        text = decoded(with_plain_lines(data), file, 1)
        return (None, "", (text,)) if isinstance(text, Problem) else (Document(None, {}), text, ())
    parts = split(data, file)
    if isinstance(parts, Problem):
        return None, "", (parts,)
    front = decoded(parts.yaml, file, FIRST_LINE)
    body = decoded(parts.body, file, FIRST_LINE + parts.yaml.count(b"\n") + 1)
    wrong = tuple(part for part in (front, body) if isinstance(part, Problem))
    if isinstance(front, Problem) or isinstance(body, Problem):
        return None, "", wrong
    try:
        document = parse_yaml(front, file, FIRST_LINE)
    except YamlError as error:
        return None, "", (error.problem,)
    return document, body, document.warnings


def _names(path: str) -> list[str]:
    """Return the names that lead to a page; an `index.md` is the page of its folder."""
    *folders, name = path.split("/")
    stem = name[: -len(".md")]
    return folders if stem == "index" else [*folders, stem]


def _name_in_words(path: str) -> str:
    name = _names(path)[-1] if _names(path) else "index"
    words = plain_text(_BETWEEN_WORDS.sub(" ", name))
    return words[:1].upper() + words[1:] if words else folder_name(name)


def _without_heading(body: str) -> tuple[str, str]:
    """Return the text of a Markdown text's first heading, or nothing, and the text without it if it starts with it."""
    # Heavy, and few sites have many pages.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(body)
    at = next((at for at, token in enumerate(tokens) if token.type == "heading_open" and not token.level), None)
    if at is None:
        return "", body
    text = plain_text(_words(tokens[at + 1].children or ()))
    lines = tokens[at].map
    if at or lines is None:
        return text, body
    kept = body.split("\n")
    return text, "\n".join([*kept[: lines[0]], *kept[lines[1] :]])


def _words(tokens: Sequence[Any]) -> str:
    """Return what the inline parts of Markdown say."""
    return "".join(" " if token.type in _BREAKS else token.content for token in tokens if token.type != "html_inline")
