"""The text of `_data/topics/*.yaml` and `_data/organizations/*.md` to values. Pure."""

from typing import Annotated, TypeVar

from msgspec import Struct

from broadsheet.limits import KEYWORDS, NAME
from broadsheet.model import Image, Organization, TopicFile
from broadsheet.problems import Place, Problem, Severity
from broadsheet.read.fields import pixels
from broadsheet.read.front_matter import document_from, split, yaml_document
from broadsheet.read.raw import ADDRESS_FORM, said
from broadsheet.read.records import FIRST_LINE
from broadsheet.text import clean_domain, clean_url, display_name, display_text
from broadsheet.typed import typed
from broadsheet.yaml_text import Document

T = TypeVar("T")


class RawTopic(Struct, gc=False):
    """A topic of the site. The files' names say in which order topics are shown."""

    _id: Annotated[str | None, said("its address: /topics/<_id>/ (default: from the name)")] = None
    name: Annotated[str | None, said("the name, as records have it", {"maxLength": NAME.most})] = None
    shortname: Annotated[str | None, said("a shorter name, for menus (default: the name)")] = None
    parent: Annotated[str | None, said("the name of the topic above it")] = None
    description: Annotated[str | None, said("one sentence about the topic")] = None
    keywords: Annotated[
        list[str | None] | None,
        said("what in its title gives the topic to a record without topics", {"maxItems": KEYWORDS.most}),
    ] = None
    hashtags: Annotated[list[str | None] | None, said("as in the source's own format")] = None
    images: Annotated[list[str | None] | None, said("as in the source's own format")] = None
    services: Annotated[
        dict[str, str | None] | None, said("what else there is of the topic: `news` gives it its part of the JSON API")
    ] = None


class RawLogo(Struct, gc=False):
    """A provider's logo."""

    url: Annotated[str | None, said("an http or https address, or `/…` for a file of the site", ADDRESS_FORM)] = None
    width: Annotated[int | None, said("in pixels")] = None
    height: Annotated[int | None, said("in pixels")] = None


class RawOrganization(Struct, gc=False):
    """What the site knows of a provider."""

    _id: Annotated[str | None, said("stands in for `domain`")] = None
    name: Annotated[str | None, said("the provider's name (default: its domain)")] = None
    domain: Annotated[str | None, said("the domain of its addresses: `example.org`")] = None
    description: Annotated[str | None, said("one sentence about the provider")] = None
    paywall: Annotated[bool | None, said("`true` says that all of its reports have to be paid for")] = None
    images: Annotated[list[RawLogo | None] | None, said("its logos")] = None


def parse_topic(data: bytes, file: str) -> tuple[TopicFile | None, tuple[Problem, ...]]:
    """Return the topic that `data`, the content of a YAML file, describes, and what is wrong with it."""
    raw, document, problems = _parsed(yaml_document(data, file), file, RawTopic)
    if raw is None or document is None:
        return None, problems
    name = display_name(raw.name or "")
    if not name:
        return None, (*problems, Problem(document.place(("name",)), "the topic has no `name`", "every topic needs one"))
    if too_much := _too_much(raw, document):
        return None, (*problems, *too_much)
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


def _too_much(raw: RawTopic, document: Document) -> list[Problem]:
    wrong = []
    if len(raw.name or "") > NAME.most:
        wrong.append(Problem(document.place(("name",)), NAME.passed(len(raw.name or "")), "shorten it", rule="limit"))
    if len(raw.keywords or ()) > KEYWORDS.most:
        place, message = document.place(("keywords",)), KEYWORDS.passed(len(raw.keywords or ()))
        wrong.append(Problem(place, message, "make more topics of it", rule="limit"))
    return wrong


def parse_organization(data: bytes, file: str) -> tuple[Organization | None, tuple[Problem, ...]]:
    """Return the provider that `data`, a Markdown file's front matter, describes, and what is wrong with it."""
    parts = split(data, file)
    if isinstance(parts, Problem):
        return None, (parts,)
    raw, document, problems = _parsed(document_from(parts.yaml, file, FIRST_LINE), file, RawOrganization)
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
    document: Document | Problem, file: str, kind: type[T]
) -> tuple[T | None, Document | None, tuple[Problem, ...]]:
    if isinstance(document, Problem):
        return None, None, (document,)
    if document.value is None:
        empty = Problem(Place(file, 1, 1), "the file is empty", severity=Severity.WARNING)
        return None, None, (*document.warnings, empty)
    raw, problems = typed(document, kind)
    return raw, document, (*document.warnings, *problems)


def _texts(values: list[str | None] | None) -> tuple[str, ...]:
    return tuple(value for value in values or () if value and value.strip())
