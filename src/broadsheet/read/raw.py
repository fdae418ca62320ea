"""The fields of a record as the front matter spells them. Types only.

Descriptions, forms and lengths are for the JSON Schema (`schema.py`): reading knows nothing of them but the types.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from broadsheet.limits import ADDRESS, EXCERPT, LIST, NAME, RELATED, TITLE

ADDRESS_FORM = {"format": "uri-reference", "maxLength": ADDRESS.most}
NAMES_FORM = {"maxItems": LIST.most}
_SHORT = {"maxLength": NAME.most}
# With a zone, without one, or a day alone.
_TIMES = [
    {"format": "date-time"},
    {"format": "date"},
    {"pattern": r"^\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s*$"},
]
TIME_FORM = {"allOf": [{"anyOf": _TIMES}]}


def said(description: str, form: dict[str, Any] | None = None) -> Meta:
    """Return what a schema says of a field: its description, and of what `form` values should be."""
    return Meta(description=description, extra_json_schema=form)


class RawImage(Struct, gc=False):
    """A picture."""

    url: Annotated[str | None, said("an http or https address, or `/…` for a file in `static/`", ADDRESS_FORM)] = None
    width: Annotated[int | float | None, said("in pixels")] = None
    height: Annotated[int | float | None, said("in pixels")] = None
    title: Annotated[str | None, said("what the picture shows")] = None
    attribution: Annotated[str | None, said("who made the picture")] = None
    isCached: Annotated[bool | None, said("as in the source's own format")] = None  # noqa: N815


class RawProvider(Struct, gc=False):
    """Who published a report."""

    name: Annotated[str | None, said("the provider's name (default: its domain)", _SHORT)] = None
    domain: Annotated[str | None, said("its domain (default: that of the report's address)", _SHORT)] = None
    images: Annotated[list[RawImage | None] | None, said("its logos")] = None


class RawCoverage(Struct, gc=False):
    """A related report: a record of the folder with the same title and time, or one from elsewhere."""

    title: Annotated[
        str | None, said("the report's title, without which it is left out", {"maxLength": TITLE.most})
    ] = None
    excerpt: Annotated[str | None, said("a summary as plain text", {"maxLength": EXCERPT.most})] = None
    publishedDateTime: Annotated[  # noqa: N815
        str | None, said("when it was published (default: the record's own time, with a warning)", TIME_FORM)
    ] = None
    webUrl: Annotated[str | None, said("its http or https address; empty for a video", ADDRESS_FORM)] = None  # noqa: N815
    type: Annotated[str | None, said("`article` or `video`", {"examples": ["article", "video"]})] = None
    provider: Annotated[RawProvider | None, said("who published it")] = None
    quality: Annotated[int | None, said("its quality as this list knows it: who is best leads the story")] = None
    images: Annotated[list[RawImage | None] | None, said("its pictures")] = None


_Names = list[str | None]


class RawRecord(Struct, gc=False):
    """The front matter of a news record. `secured` is no field: it never gets past the parser."""

    title: Annotated[str | None, said("the headline, as plain text", {"maxLength": TITLE.most})] = None
    publishedDateTime: Annotated[  # noqa: N815
        str | None,
        said(
            "when the report was published, such as `2024-05-31T08:00:00Z`; without a zone it is UTC, a bare date its "
            "first moment (default: the date that the file name starts with, with a warning)",
            TIME_FORM,
        ),
    ] = None
    category: Annotated[str | None, said("as in the source's own format", {"examples": ["news"]})] = None
    excerpt: Annotated[str | None, said("a summary as plain text", {"maxLength": EXCERPT.most})] = None
    webUrl: Annotated[  # noqa: N815
        str | None, said("the report's http or https address (default: `originalUrl`)", ADDRESS_FORM)
    ] = None
    originalUrl: Annotated[str | None, said("the report's first address (default: `webUrl`)", ADDRESS_FORM)] = (  # noqa: N815
        None
    )
    ampWebUrl: Annotated[str | None, said("as in the source's own format", ADDRESS_FORM)] = None  # noqa: N815
    cdnAmpWebUrl: Annotated[str | None, said("as in the source's own format", ADDRESS_FORM)] = None  # noqa: N815
    type: Annotated[str | None, said("`article` (the default) or `video`", {"examples": ["article", "video"]})] = None
    featuredContent: Annotated[  # noqa: N815
        str | None, said("a YouTube `<iframe>`: only the video's id is used")
    ] = None
    quality: Annotated[int | None, said("how good the report is; without one it sorts last")] = None
    heat: Annotated[
        int | None,
        said("how hot the story is; `-1` means folded (default: from the quality and the number of related items)"),
    ] = None
    published: Annotated[bool | None, said("a rank, not an embargo (default: `true`)")] = None
    removed: Annotated[bool | None, said("`true` keeps the record, and the story that it leads, out")] = None
    draft: Annotated[bool | None, said("`true` keeps the record out")] = None
    paywall: Annotated[bool | None, said("`true` says that the report has to be paid for")] = None
    dead: Annotated[
        bool | None, said("`true` says that the report is no longer online; its page then offers a search for a copy")
    ] = None
    updatedDateTime: Annotated[str | None, said("when the report was last changed", TIME_FORM)] = None  # noqa: N815
    locale: Annotated[
        str | None, said("the language of the texts, as a tag such as `de-AT` (default: that of the site)")
    ] = None
    tags: Annotated[_Names | None, said("as in the source's own format", NAMES_FORM)] = None
    provider: Annotated[RawProvider | None, said("who published the report")] = None
    topics: Annotated[
        _Names | None,
        said("names of topics (default: those whose keywords are in the title, else the root topic)", NAMES_FORM),
    ] = None
    images: Annotated[list[RawImage | None] | None, said("the report's pictures", NAMES_FORM)] = None
    related: Annotated[
        list[RawCoverage | None] | None, said("what else tells of the same", {"maxItems": RELATED.most})
    ] = None
    aliases: Annotated[
        _Names | None, said("old names of the file, without its ending: their pages lead here", NAMES_FORM)
    ] = None
    pin: Annotated[bool | None, said("`true` says that the record leads its story")] = None
    split: Annotated[
        bool | str | _Names | None,
        said(
            "`true` says that the record is a story by itself; a name, or a list of names, of which records it shares "
            "none with",
            NAMES_FORM,
        ),
    ] = None
    join: Annotated[
        str | _Names | None,
        said("a name, or a list of names, of which records it shares a story with", NAMES_FORM),
    ] = None
