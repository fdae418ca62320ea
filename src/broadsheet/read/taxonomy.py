"""The text of `_data/topics/*.yaml` and `_data/organizations/*.md` to values. Pure."""

from typing import TypeVar

from msgspec import Struct

from broadsheet.model import Image, Organization, TopicFile
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.fields import pixels
from broadsheet.read.front_matter import decoded, split
from broadsheet.read.records import FIRST_LINE
from broadsheet.text import clean_domain, clean_url, display_name, display_text
from broadsheet.typed import typed
from broadsheet.yaml_text import Document, YamlError, parse_yaml

T = TypeVar("T")


class RawTopic(Struct, gc=False):
    """A topic file as it is spelled."""

    _id: str | None = None
    name: str | None = None
    shortname: str | None = None
    parent: str | None = None
    description: str | None = None
    keywords: list[str | None] | None = None
    hashtags: list[str | None] | None = None
    images: list[str | None] | None = None
    services: dict[str, str | None] | None = None


class RawLogo(Struct, gc=False):
    """A provider's image as it is spelled."""

    url: str | None = None
    width: int | None = None
    height: int | None = None


class RawOrganization(Struct, gc=False):
    """An organization file as it is spelled."""

    _id: str | None = None
    name: str | None = None
    domain: str | None = None
    description: str | None = None
    paywall: bool | None = None
    images: list[RawLogo | None] | None = None


def parse_topic(data: bytes, file: str) -> tuple[TopicFile | None, tuple[Problem, ...]]:
    """Return the topic that `data`, the content of a YAML file, describes, and what is wrong with it."""
    text = decoded(data.removeprefix(b"\xef\xbb\xbf"), file, 1)
    if isinstance(text, Problem):
        return None, (text,)
    raw, document, problems = _parsed(text, file, 1, RawTopic)
    if raw is None or document is None:
        return None, problems
    name = display_name(raw.name or "")
    if not name:
        return None, (*problems, Problem(document.place(("name",)), "the topic has no `name`", "every topic needs one"))
    topic = TopicFile(
        file=file,
        name=name,
        id=raw._id or "",
        shortname=display_text(raw.shortname or ""),
        parent=display_name(raw.parent or ""),
        description=display_text(raw.description or ""),
        keywords=_texts(raw.keywords),
        hashtags=_texts(raw.hashtags),
        images=_texts(raw.images),
        services={name: url for name, url in (raw.services or {}).items() if url},
    )
    return topic, problems


def parse_organization(data: bytes, file: str) -> tuple[Organization | None, tuple[Problem, ...]]:
    """Return the provider that `data`, a Markdown file's front matter, describes, and what is wrong with it."""
    parts = split(data, file)
    if isinstance(parts, Problem):
        return None, (parts,)
    text = decoded(parts.yaml, file, FIRST_LINE)
    if isinstance(text, Problem):
        return None, (text,)
    raw, document, problems = _parsed(text, file, FIRST_LINE, RawOrganization)
    if raw is None or document is None:
        return None, problems
    domain = clean_domain(raw.domain or raw._id or "")
    if not domain:
        place = document.place(("domain",))
        return None, (*problems, Problem(place, "the organization has no usable `domain`", "for example example.org"))
    logos = (Image(logo.url, pixels(logo.width), pixels(logo.height)) for logo in raw.images or () if logo and logo.url)
    organization = Organization(
        file=file,
        domain=domain,
        name=display_name(raw.name or "") or domain,
        description=display_text(raw.description or ""),
        images=tuple(logo for logo in logos if logo.url.startswith("/") or clean_url(logo.url)),
        paywall=bool(raw.paywall),
    )
    return organization, problems


def _parsed(
    text: str, file: str, first_line: int, kind: type[T]
) -> tuple[T | None, Document | None, tuple[Problem, ...]]:
    try:
        document = parse_yaml(text, file, first_line)
    except YamlError as error:
        return None, None, (error.problem,)
    if document.value is None:
        empty = Problem(Place(file, 1, 1), "the file is empty", severity=Severity.WARNING)
        return None, None, (*document.warnings, empty)
    raw, problems = typed(document, kind)
    return raw, document, (*document.warnings, *problems)


def _texts(values: list[str | None] | None) -> tuple[str, ...]:
    return tuple(value for value in values or () if value and value.strip())
