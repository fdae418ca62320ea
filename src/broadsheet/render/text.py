"""Text and HTML as pages need them: summaries, sanitised Markdown, video ids."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from broadsheet.limits import TAGS
from broadsheet.text import clean_url, display_text, without_controls

_NO_EXCERPT = {"na", "n/a", "none", "null", "-", "."}
_IFRAME = re.compile(r"<iframe\b", re.IGNORECASE)
_LONGEST_TAG = 2000
_LONGEST_EMBED = 100_000
_EMBED = re.compile(
    r"""<iframe\b[^>]*?\bsrc\s*=\s*["']?(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{11})(?![\w-])""",
    re.ASCII | re.IGNORECASE,
)
_FREE_TEXT = {"title", "alt"}
_NUMBERS = {"width", "height", "start", "colspan", "rowspan"}
# The sanitiser writes every attribute in double quotes, and nothing else after an element's name.
_ANY_TAG = re.compile(r'</?\w+(?: \w+="[^"]*")*>')
_LINK_TO_NOTHING = re.compile(r'<a(?: title="[^"]*")?(?: rel="[^"]*")?>')
_IMAGE_OF_NOTHING = re.compile(r'<img(?! src="|(?: \w+="[^"]*")+? src=")(?: \w+="[^"]*")*>')
_IMAGE_WITHOUT_TEXT = re.compile(r'<img(?!(?: \w+="[^"]*")*? alt=")((?: \w+="[^"]*")*)>')
# It comes when it is about to be seen, and its host is not told where it is.
_FOR_EVERY_IMAGE = ' loading="lazy" decoding="async" referrerpolicy="no-referrer"'
_HEADING = re.compile("<(/?)h([1-6])>")
_BODY_TAGS = set(
    "a abbr b blockquote br cite code dd del dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol "
    "p pre q s small strong sub sup table tbody td tfoot th thead tr ul".split()
)
_BODY_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


def has_clock(moment: datetime) -> bool:
    """Return whether a time says more than the day: a bare date, or that of a file's name, stands for its midnight."""
    return bool(moment.hour or moment.minute or moment.second)


def iso_time(moment: datetime) -> str:
    """Return an aware time in UTC as ISO 8601 with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=8192)
def excerpt_text(raw: str) -> str:
    """Return an excerpt for display; a placeholder such as `NA` is none."""
    text = display_text(raw)
    return "" if text.casefold() in _NO_EXCERPT else text


def summary(text: str, limit: int) -> str:
    """Return `text`, cut between words to about `limit` characters."""
    if len(text) <= limit:
        return text
    cut = text[:limit].rpartition(" ")[0] or text[:limit]
    return cut.rstrip(" ,;:.–—-…") + " …"


def youtube_id(html: str) -> str:
    """Return the id of the video that a YouTube `<iframe>` shows, or the empty string: nothing else of it counts."""
    # Tag by tag: a search over the whole text would look from each of them to its end.
    tags = _IFRAME.finditer(html, 0, _LONGEST_EMBED)
    matches = (_EMBED.match(html, tag.start(), tag.start() + _LONGEST_TAG) for tag in tags)
    return next((match[1] for match in matches if match), "")


def body_html(markdown_text: str, base_path: str, *, outside_images: bool = True) -> str:
    """Return a record's Markdown as sanitised HTML; links from the site's root get `base_path`.

    Without `outside_images` it shows no picture but the site's own.
    """
    # Heavy, and few records have a body.
    import nh3  # noqa: PLC0415
    from markdown_it import MarkdownIt  # noqa: PLC0415

    options = {"html": markdown_text.count("<") <= TAGS.most}
    converter = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])

    def kept(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src" and not outside_images and not value.startswith("/"):
            return None
        if attribute in {"href", "src"}:
            return site_link(value, base_path)
        is_number = attribute in _NUMBERS and value.isascii() and value.isdecimal()
        return value if attribute in _FREE_TEXT or is_number else None

    clean = nh3.clean(
        converter.render(markdown_text),
        tags=_BODY_TAGS,
        attributes=_BODY_ATTRIBUTES,
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    clean = _LINK_TO_NOTHING.sub("<a>", _IMAGE_OF_NOTHING.sub("", without_tags_in_values(clean)))
    clean = _IMAGE_WITHOUT_TEXT.sub(r'<img alt=""\1>', clean).replace("<img ", f"<img{_FOR_EVERY_IMAGE} ")
    # Last, because a character reference can name any character.
    return _with_levelled_headings(without_controls(clean))


def without_tags_in_values(html: str) -> str:
    """Return sanitised HTML whose attributes hold no `<`, so that whatever looks like a tag is one.

    HTML allows it there, and some versions of the sanitiser leave it: what then changes tags would change values.
    """
    return _ANY_TAG.sub(lambda match: f"<{match[0][1:].replace('<', '&lt;')}", html)


def site_link(url: str, base_path: str) -> str | None:
    """Return a link of the site's owner as it stands on a page, or None: from the root, to the web, or by mail."""
    # An escape can name what is no character.
    url = url.encode("utf-8", "replace").decode()
    if url.startswith("/"):
        return None if url.startswith(("//", "/\\")) else base_path + quote(url.lstrip("/"), safe="/?#=&%+:@!$'()*,;~")
    if url.startswith(("#", "mailto:")):
        return quote(url, safe="#:@?=&%+,;/")
    return clean_url(url)


def _with_levelled_headings(html: str) -> str:
    """Return sanitised HTML with headings from h2 on, below the page's own h1, and no level skipped."""
    above: list[int] = []

    def level(match: re.Match[str]) -> str:
        slash, depth = match[1], int(match[2])
        if not slash:
            while above and above[-1] >= depth:
                above.pop()
            above.append(depth)
        return f"<{slash}h{min(len(above) + 1, 6)}>"

    return _HEADING.sub(level, html)


@lru_cache(maxsize=65536)
def url_path(*segments: str) -> str:
    """Return the path segments as a folder's URL, percent-encoded, with a slash at the end."""
    return "".join(f"{quote(segment, safe='')}/" for segment in segments)


def tag_uri(authority: str, slug: str) -> str:
    """Return the id that feeds and the API know something by: of a story, its earliest record's slug (RFC 4151).

    It holds neither title nor address, so that neither changes it. `authority` is who gives it: a domain and a date.
    """
    return f"tag:{authority}:{url_path(slug).rstrip('/')}"
