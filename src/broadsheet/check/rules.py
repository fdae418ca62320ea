"""Every kind of problem that a site can have: its name, its severity, and what it is in one line. Pure.

`docs/check.md` explains each one, with an example that a test runs.
"""

from difflib import get_close_matches

from msgspec import Struct

from broadsheet.problems import Severity

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


class Rule(Struct, frozen=True):
    """A kind of problem; `severity` is the worst that its findings have."""

    name: str
    severity: Severity
    summary: str


_FILES = (
    Rule("front-matter", _ERROR, "a record without front matter, or with one that does not end"),
    Rule("yaml", _ERROR, "text that is no YAML, or YAML that is not read"),
    Rule("encoding", _ERROR, "bytes that are not UTF-8"),
    Rule("unreadable-file", _ERROR, "a file that can not be read, or is none"),
    Rule("limit", _ERROR, "more than there may be of something"),
    Rule("field-type", _ERROR, "a value of the wrong type"),
    Rule("missing-title", _ERROR, "a record without a title"),
    Rule("duplicate-key", _WARNING, "a key that stands twice"),
    Rule("misspelt-key", _WARNING, "a key that nobody reads and that is like one that is read"),
    Rule("unknown-key", _NOTE, "a key that nobody reads"),
    Rule("unquoted-name", _WARNING, "a name with a colon that is not in quotes"),
    Rule("file-name", _WARNING, "a file name that can not be a folder's name everywhere"),
    Rule("alias", _WARNING, "an alias that is no name of a page"),
    Rule("misplaced-record", _WARNING, "what may be a record, in a folder that is not for records"),
    Rule("ignored-files", _NOTE, "files of another program that are not read"),
    Rule("collision", _WARNING, "two things that want one place in the output"),
)
_TIMES = (
    Rule("time", _ERROR, "a time that is missing or is none"),
    Rule("naive-time", _NOTE, "a time without a zone, which is taken for UTC"),
    Rule("file-date", _NOTE, "a file name with another day than the record"),
    Rule("future-time", _NOTE, "a record that is not out yet"),
    Rule("absurd-time", _WARNING, "a time that can hardly be meant"),
)
_TEXTS = (
    Rule("outer-blanks", _NOTE, "blanks before or after a title or an excerpt"),
    Rule("empty-excerpt", _NOTE, "a record without an excerpt"),
    Rule("junk-excerpt", _WARNING, "an excerpt that says nothing"),
    Rule("mojibake", _WARNING, "text that was read in the wrong encoding once"),
    Rule("invisible-character", _NOTE, "characters that nobody sees"),
    Rule("escaped-entity", _NOTE, "HTML entities in a text that is no HTML"),
    Rule("html-in-text", _NOTE, "HTML tags in a text that is no HTML"),
    Rule("long-title", _NOTE, "a title that is too long for a headline"),
)
_ADDRESSES = (
    Rule("unsafe-url", _WARNING, "an address that is not of the web"),
    Rule("malformed-url", _NOTE, "an address with blanks, entities or characters that have to be encoded"),
    Rule("http-url", _NOTE, "an address without encryption"),
    Rule("missing-url", _NOTE, "an article without an address"),
    Rule("provider-domain", _WARNING, "an address that is not of the provider's domain"),
    Rule("dead-link", _WARNING, "a link to elsewhere that leads nowhere (with --links)"),
    Rule("moved-link", _NOTE, "a link to elsewhere that leads on for good (with --links)"),
    Rule("unchecked-link", _NOTE, "a link to elsewhere that could not be checked (with --links)"),
)
_MEANING = (
    Rule("quality", _WARNING, "a quality that is out of its range"),
    Rule("heat", _WARNING, "a heat that does not go with the record's own list"),
    Rule("published", _NOTE, "`published` that does not go with the heat"),
    Rule("removed-record", _NOTE, "a record that is marked as removed and takes others with it"),
    Rule("record-type", _WARNING, "a type that is not known"),
    Rule("embedded-html", _WARNING, "HTML of somebody else that is never shown"),
    Rule("duplicate-url", _WARNING, "one address, several records"),
    Rule("duplicate-title", _NOTE, "one title, several records of one week"),
)
_RELATED = (
    Rule("related-item", _WARNING, "a related item without a title or a time"),
    Rule("self-related", _WARNING, "a record that lists itself"),
    Rule("repeated-related", _NOTE, "a list with one item twice"),
    Rule("almost-related", _WARNING, "a related item that is nearly a record of the folder, and taken for none"),
    Rule("unresolved-related", _NOTE, "related items that are no records of the folder"),
    Rule("stale-related", _NOTE, "related items that say other things than their records"),
    Rule("possible-story", _NOTE, "records that may be one story"),
    Rule("override", _WARNING, "a decision on stories that can not be followed"),
)
_IMAGES = (
    Rule("image-url", _WARNING, "an image without an address"),
    Rule("image-size", _NOTE, "an image without width and height"),
    Rule("image-is-cached", _NOTE, "an image that does not say whether it is cached"),
    Rule("shared-image", _NOTE, "an image that too many records share to mean anything"),
    Rule("missing-file", _WARNING, "a file of the site that is not there"),
)
_TOPICS = (
    Rule("unknown-topic", _WARNING, "a topic that the taxonomy lacks"),
    Rule("no-topic", _NOTE, "a record without a topic"),
    Rule("null-topic", _NOTE, "an empty item in a list of topics"),
    Rule("parent-topic", _NOTE, "a record with a topic and without the topic above it"),
    Rule("topic-tree", _WARNING, "a topic that is its own ancestor, has no such parent, or is described twice"),
    Rule("topic-file", _ERROR, "a topic file that can not be used"),
    Rule("organization-file", _ERROR, "an organization file that can not be used"),
)
_SITE = (
    Rule("settings", _ERROR, "settings that can not be used"),
    Rule("no-records", _ERROR, "a site without any record that can be used"),
    Rule("no-base-url", _NOTE, "a site that does not say where it is published"),
    Rule("search", _NOTE, "a search that does not know the site's language"),
    Rule("plain-page", _ERROR, "a page in the owner's own words that can not be used"),
    Rule("edition", _ERROR, "an issue that can not be used"),
    Rule("import-state", _ERROR, "what imports remember, and can not be used"),
    Rule("edition-record", _WARNING, "an issue that names a record that is not there"),
    Rule("template", _ERROR, "a template that can not be used"),
    Rule("template-name", _WARNING, "a template that asks for a name that nobody gives it"),
    Rule("unused-template", _WARNING, "a template that takes nobody's place and that nobody includes"),
)
_PAGES = (
    Rule("broken-link", _ERROR, "a link to a page or file of the site that is not there"),
    Rule("broken-anchor", _WARNING, "a link to a place in a page that is not there"),
    Rule("missing-alt", _ERROR, "an image without a text for those who do not see it"),
    Rule("duplicate-id", _ERROR, "one id, several elements of a page"),
    Rule("heading-order", _WARNING, "headings that skip a level, or a page without a first one"),
    Rule("empty-link", _WARNING, "a link in which there is nothing to read"),
    Rule("page-head", _WARNING, "a page that does not say its title or its language"),
    Rule("page-policy", _WARNING, "a style or script that the page's own policy keeps from working"),
    Rule("large-page", _ERROR, "a page or an email that takes long to load or is cut off"),
)
GROUPS = {
    "Files": _FILES,
    "Times": _TIMES,
    "Texts": _TEXTS,
    "Addresses": _ADDRESSES,
    "What a record means": _MEANING,
    "Related items": _RELATED,
    "Images": _IMAGES,
    "Topics": _TOPICS,
    "The site": _SITE,
    "Built pages": _PAGES,
}
RULES = {rule.name: rule for group in GROUPS.values() for rule in group}


def nearest_rule(name: str) -> str:
    """Return the name of the rule that `name` may be a misspelling of, or the empty string."""
    return next(iter(get_close_matches(name, RULES, n=1)), "")
