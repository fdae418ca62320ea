"""The text of `editions/<date>.yaml`, the issues that were cut, to values: people edit them by hand. Pure."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

from msgspec import Struct

from broadsheet.limits import EDITION_ITEMS
from broadsheet.model import Edition, EditionItem, EditionSection, Image
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.fields import parse_time, pixels
from broadsheet.read.front_matter import yaml_document
from broadsheet.read.raw import ADDRESS_FORM, TIME_FORM, said
from broadsheet.text import clean_url
from broadsheet.typed import typed
from broadsheet.yaml_text import Document, Path

# Control characters, separators, what turns the direction of all text after it, surrogates and non-characters: no page,
# feed or email may hold them.
_NO_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
    + "]"
)
_BLANKS = re.compile(r"\s+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


class RawImage(Struct, gc=False, forbid_unknown_fields=True):
    """The picture of an item."""

    url: Annotated[str, said("its address", ADDRESS_FORM)] = ""
    width: Annotated[int | None, said("in pixels")] = None
    height: Annotated[int | None, said("in pixels")] = None
    title: Annotated[str | None, said("what the picture shows")] = None


class RawItem(Struct, gc=False, forbid_unknown_fields=True):
    """A story as the issue tells it."""

    slug: Annotated[str, said("the name of the record's file, without its ending")] = ""
    title: Annotated[str, said("the headline")] = ""
    excerpt: Annotated[str | None, said("a summary")] = None
    provider: Annotated[str | None, said("who published the report")] = None
    url: Annotated[str | None, said("its http or https address", ADDRESS_FORM)] = None
    image: Annotated[RawImage | None, said("its picture")] = None
    update: Annotated[bool, said("`true` says that the story goes on from an earlier issue")] = False


class RawSection(Struct, gc=False, forbid_unknown_fields=True):
    """A part of the issue."""

    topic: Annotated[str, said("its headline, the name of a topic")] = ""
    items: Annotated[list[RawItem], said("its stories, in their order")] = []


class RawEdition(Struct, gc=False, forbid_unknown_fields=True):
    """An issue that was cut."""

    date: Annotated[str, said("its day, `2024-05-31`: the name of the file, without its ending")] = ""
    start: Annotated[str, said("the time after which its stories are from", TIME_FORM)] = ""
    end: Annotated[str, said("the time up to which its stories are from", TIME_FORM)] = ""
    sections: Annotated[list[RawSection] | None, said("what it tells")] = None
    passed_over: Annotated[list[str] | None, said("records that it could have told and did not")] = None


def plain_text(text: str) -> str:
    """Return a text of an issue as it is shown: unlike a record's, it holds no entities and no tags."""
    return _BLANKS.sub(" ", _NO_TEXT.sub("", text)).strip()


def parse_edition(data: bytes, file: str) -> tuple[Edition | None, tuple[Problem, ...]]:
    """Return the issue that `data`, the content of `file`, holds, or None and everything that is wrong with it.

    An issue is taken as a whole or not at all: half of one would be another than was sent.
    """
    document = yaml_document(data, file)
    if isinstance(document, Problem):
        return None, (document,)
    if document.value is None:
        return None, (*document.warnings, Problem(Place(file, 1, 1), "the file is empty", "remove it"))
    raw, problems = typed(document, RawEdition)
    wrong = [*document.warnings, *problems]
    if raw is None:
        return None, tuple(wrong)
    wrong += _wrong_values(raw, document, file)
    start, end = parse_time(raw.start), parse_time(raw.end)
    if any(problem.severity is Severity.ERROR for problem in wrong) or start is None or end is None:
        return None, tuple(wrong)
    sections = tuple(
        EditionSection(plain_text(section.topic), tuple(map(_item, section.items)))
        for section in raw.sections or ()
        if section.items
    )
    return Edition(raw.date, start, end, sections, tuple(raw.passed_over or ()), file=file), tuple(wrong)


def _wrong_values(raw: RawEdition, document: Document, file: str) -> list[Problem]:
    wrong: list[Problem] = []

    def add(path: Path, message: str, hint: str = "") -> None:
        wrong.append(Problem(document.place(path), message, hint))

    if not _is_day(raw.date):
        add(
            ("date",),
            f"`date` is no day: {raw.date[:40]}" if raw.date else "the issue has no `date`",
            "write it as 2024-05-31",
        )
    elif file.rpartition("/")[2].rpartition(".")[0] != raw.date:
        add(("date",), f"`date` is {raw.date}, and the file has another name", f"call the file {raw.date}.yaml")
    moments: dict[str, datetime | None] = {"start": parse_time(raw.start), "end": parse_time(raw.end)}
    for name, moment in moments.items():
        if moment is None:
            text = getattr(raw, name)
            message = f"`{name}` is no time: {text[:40]}" if text else f"the issue has no `{name}`"
            add((name,), message, "write it as 2024-05-31T08:00:00Z")
    if moments["start"] and moments["end"] and moments["start"] >= moments["end"]:
        add(("start",), "`start` is not before `end`")
    items = sum(len(section.items) for section in raw.sections or ())
    if items > EDITION_ITEMS.most:
        hint = "split it into several, each of a day of its own"
        return [*wrong, Problem(document.place(("sections",)), EDITION_ITEMS.passed(items), hint, rule="limit")]
    return [*wrong, *_wrong_items(raw, document)]


def _wrong_items(raw: RawEdition, document: Document) -> list[Problem]:
    wrong: list[Problem] = []

    def add(path: Path, message: str, hint: str = "") -> None:
        wrong.append(Problem(document.place(path), message, hint))

    first: set[str] = set()
    for at, section in enumerate(raw.sections or ()):
        for number, item in enumerate(section.items):
            path: Path = ("sections", at, "items", number)
            if not item.slug:
                add((*path, "slug"), "the item has no `slug`", "it is the name of the record's file, without .md")
            elif item.slug in first:
                add((*path, "slug"), f"the item `{item.slug[:80]}` stands twice in the issue", "remove one of them")
            if not plain_text(item.title):
                add((*path, "title"), "the item has no `title`")
            if item.url and clean_url(item.url) is None:
                add((*path, "url"), f"`url` is no http or https address: {item.url[:80]}")
            first.add(item.slug)
    return wrong


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY(text)) and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _item(raw: RawItem) -> EditionItem:
    image = raw.image
    return EditionItem(
        slug=raw.slug,
        title=plain_text(raw.title),
        excerpt=plain_text(raw.excerpt or ""),
        provider=plain_text(raw.provider or ""),
        url=clean_url(raw.url or "") or "",
        image=_image(image) if image else None,
        update=raw.update,
    )


def _image(raw: RawImage) -> Image | None:
    if not raw.url:
        return None
    return Image(raw.url, pixels(raw.width), pixels(raw.height), plain_text(raw.title or "") or None)


def without_second_of_a_day(editions: Iterable[Edition]) -> tuple[tuple[Edition, ...], tuple[Problem, ...]]:
    """Return the issues oldest first, one for each day, and a problem for every other one of a day."""
    kept: dict[str, Edition] = {}
    problems = []
    for edition in editions:
        first = kept.setdefault(edition.date, edition)
        if first is not edition:
            message = f"the issue of this day is already in {first.file}; this one is left out"
            problems.append(Problem(Place(edition.file), message, "remove one of the two"))
    return tuple(sorted(kept.values(), key=lambda edition: (edition.end, edition.date))), tuple(problems)
