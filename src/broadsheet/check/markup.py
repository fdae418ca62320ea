"""What an HTML page links to, and how it is made, as far as checking wants to know. Pure.

The only code that knows the parser, which builds the same tree of a page as browsers do.
"""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser, LexborNode

from broadsheet.render.security import EARLY_SCRIPT

# Every attribute that holds one address.
_ADDRESSES = frozenset({"href", "src", "action", "formaction", "poster", "data", "background", "xlink:href"})
_ADDRESS_LISTS = frozenset({"srcset", "imagesrcset"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_OF_INTEREST = {"a", "title", "html", "base", "meta", "img", "area", "input", *_HEADINGS}
# The types of a script that is one; any other is data.
_IS_SCRIPT = re.compile(
    r"(?:module|importmap|speculationrules|(?:text|application)/(?:x-)?(?:java|ecma)script)?", re.IGNORECASE
).fullmatch
_NAMING = ("aria-label", "aria-labelledby", "title")
_REFRESH = re.compile(r"\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE)
# An address of such a list has no blanks; a comma at its end is none of its own.
_CANDIDATE = re.compile(r"[\s,]*(\S*[^\s,])(?:,|\s[^,(]*(?:\([^)]*\)[^,(]*)*,?|$)")
_CSS_URL = re.compile(
    r"url\(\s*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"')]*))\s*\)|@import\s+[\"']([^\"'\n]+)", re.IGNORECASE
)
_HAS_HOST = re.compile(r"(?:https?:)?//", re.IGNORECASE).match
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

Attributes = dict[str, str | None]


class Heading(Struct, frozen=True, gc=False):
    """A heading: its level, from 1 to 6, and its text."""

    level: int
    text: str


class Inline(Struct, frozen=True, gc=False):
    """A style or script of a page that is no file of the site: what it is, and how it begins in the source.

    It is a `style` attribute, a `handler` such as `onclick`, a `sheet` or a `script` within the page, or one of
    `elsewhere`, by its address.
    """

    what: Literal["style", "handler", "sheet", "script", "elsewhere"]
    source: str


class Markup(Struct, frozen=True, gc=False):
    """What a page has, each in the order of the page.

    `links` are all addresses as they are written, without repeats; `ids` are all ids, with their repeats, and `names`
    what else can be led to by a `#`. `without_alt` are the addresses of the images that have no `alt` at all,
    `nameless` those of the links in which there is nothing to read. `base` is what relative addresses start from, if
    the page says so, `leads_on` whether it sends readers elsewhere at once. `inline` are styles and scripts that a
    strict policy forbids, empty where the page has none.
    """

    title: str = ""
    language: str = ""
    base: str = ""
    leads_on: bool = False
    links: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    headings: tuple[Heading, ...] = ()
    without_alt: tuple[str, ...] = ()
    nameless: tuple[str, ...] = ()
    inline: tuple[Inline, ...] = ()


def markup_of(html: bytes | str) -> Markup:
    """Return what an HTML page has; what stands in a `<template>` is no part of it."""
    collected = _Collected()
    root = LexborHTMLParser(html).root
    for node in root.traverse() if root is not None else ():
        collected.add(node)
    return collected.markup()


class _Collected:
    """What was found of a page so far."""

    def __init__(self) -> None:
        self._title = self._language = self._base = ""
        self._leads_on = False
        self._links: dict[str, None] = {}
        self._ids: list[str] = []
        self._names: list[str] = []
        self._headings: list[Heading] = []
        self._without_alt: list[str] = []
        self._nameless: list[str] = []
        self._inline: dict[Inline, None] = {}
        self._has_policy = False

    def add(self, node: LexborNode) -> None:
        tag, attributes = node.tag or "", node.attributes
        if tag in _OF_INTEREST:
            self._add_element(node, tag, attributes)
        elif tag == "style":
            self._inline[Inline("sheet", "<style")] = None
            self._links.update(dict.fromkeys(css_links(node.text())))
        elif tag == "link":
            self._add_sheet(attributes)
        elif tag == "script":
            self._add_script(node, attributes)
        for name, value in attributes.items():
            # That of a base leads nowhere.
            if value and not (tag == "base" and name == "href"):
                self._add_attribute(name, value)

    def _add_attribute(self, name: str, value: str) -> None:
        if name == "id":
            self._ids.append(value)
        elif name in _ADDRESSES:
            self._links[value] = None
        elif name in _ADDRESS_LISTS:
            self._links.update(dict.fromkeys(addresses_of_list(value)))
        elif name == "style":
            self._inline[Inline("style", f'style="{value}')] = None
            self._links.update(dict.fromkeys(css_links(value)))
        elif name.startswith("on"):
            self._inline[Inline("handler", f'{name}="{value}')] = None

    def _add_element(self, node: LexborNode, tag: str, attributes: Attributes) -> None:
        """Take in what is special about an element of such a name."""
        match tag:
            case "a":
                self._add_link(node, attributes)
            case "title" if not self._title and _is_in_head(node):
                self._title = _text(node)
            case "html":
                self._language = (attributes.get("lang") or "").strip()
            case "base":
                self._base = self._base or attributes.get("href") or ""
            case "meta":
                self._has_policy |= (attributes.get("http-equiv") or "").lower() == "content-security-policy"
                if address := _refresh(attributes):
                    self._leads_on = True
                    self._links[address] = None
            case _ if tag in _HEADINGS:
                self._headings.append(Heading(_HEADINGS[tag], _text(node)))
            case _ if _lacks_alt(tag, attributes):
                self._without_alt.append(attributes.get("src") or attributes.get("href") or "")

    def _add_link(self, node: LexborNode, attributes: Attributes) -> None:
        if name := attributes.get("name"):
            self._names.append(name)
        if "href" in attributes and not _has_name(node, attributes):
            self._nameless.append(attributes["href"] or "")

    def _add_sheet(self, attributes: Attributes) -> None:
        address = (attributes.get("href") or "").strip()
        if "stylesheet" in (attributes.get("rel") or "").lower().split() and _HAS_HOST(address):
            self._inline[Inline("elsewhere", address)] = None

    def _add_script(self, node: LexborNode, attributes: Attributes) -> None:
        address = (attributes.get("src") or "").strip()
        if not _IS_SCRIPT((attributes.get("type") or "").strip()):
            return
        if _HAS_HOST(address):
            self._inline[Inline("elsewhere", address)] = None
        elif "src" not in attributes and node.text() not in {"", EARLY_SCRIPT}:
            self._inline[Inline("script", "<script")] = None

    def markup(self) -> Markup:
        """Return it as a value."""
        return Markup(
            self._title,
            self._language,
            self._base,
            self._leads_on,
            tuple(self._links),
            tuple(self._ids),
            tuple(self._names),
            tuple(self._headings),
            tuple(self._without_alt),
            tuple(self._nameless),
            tuple(self._inline) if self._has_policy else (),
        )


def css_links(css: str) -> Iterator[str]:
    """Yield the addresses that a style sheet names."""
    if "url(" in css or "@import" in css:
        yield from filter(None, map(_first_group, _CSS_URL.finditer(_CSS_COMMENT.sub("", css))))


def addresses_of_list(text: str) -> list[str]:
    """Return the addresses of the images that a `srcset` lists."""
    # Without blanks there is one, which may be long: nobody looks for commas in it.
    return _CANDIDATE.findall(text) if any(map(str.isspace, text.strip())) else [text.strip().strip(",")]


def _first_group(match: re.Match[str]) -> str:
    return next(filter(None, match.groups()), "")


def _refresh(attributes: Attributes) -> str | None:
    """Return the address that a `meta` sends readers to, or None where it does no such thing."""
    if (attributes.get("http-equiv") or "").lower() != "refresh":
        return None
    match = _REFRESH.match(attributes.get("content") or "")
    return match[1].strip() if match and match[1].strip() else None


def _lacks_alt(tag: str, attributes: Attributes) -> bool:
    is_image = (
        tag == "img"
        or (tag == "area" and "href" in attributes)
        or (tag == "input" and (attributes.get("type") or "").lower() == "image")
    )
    return is_image and "alt" not in attributes and not _is_named(attributes) and not _is_hidden(attributes)


def _is_named(attributes: Attributes) -> bool:
    return any((attributes.get(name) or "").strip() for name in _NAMING)


def _is_hidden(attributes: Attributes) -> bool:
    """Return whether those who hear a page are not told of an element."""
    return attributes.get("role") in {"none", "presentation"} or attributes.get("aria-hidden") == "true"


def _has_name(link: LexborNode, attributes: Attributes) -> bool:
    """Return whether there is something to read in a link, or of it."""
    if link.text(strip=True):
        return True
    return _is_named(attributes) or _is_hidden(attributes) or any(map(_says, link.traverse()))


def _says(node: LexborNode) -> bool:
    attributes = node.attributes
    return bool((attributes.get("alt") or "").strip()) or _is_named(attributes)


def _is_in_head(node: LexborNode) -> bool:
    # A drawing may have a title, too.
    return node.parent is not None and node.parent.tag == "head"


def _text(node: LexborNode) -> str:
    return " ".join(node.text().split())
