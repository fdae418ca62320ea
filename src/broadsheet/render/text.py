"""Text and HTML as pages need them: dates, summaries, sanitised Markdown, video ids."""

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from urllib.parse import quote

from broadsheet.text import display_text

_MONTHS = "January February March April May June July August September October November December".split()
_NO_EXCERPT = {"na", "n/a", "none", "null", "-", "."}
_EMBED = re.compile(
    r"""<iframe\b[^>]*?\bsrc\s*=\s*["']?(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{11})(?![\w-])""",
    re.IGNORECASE,
)
_BODY_TAGS = set(
    "a abbr b blockquote br cite code dd del dl dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p "
    "pre q s small strong sub sup table tbody td tfoot th thead tr ul".split()
)
_BODY_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


def long_date(moment: datetime, zone: tzinfo, language: str) -> str:
    """Return the day for readers: `31 March 2020` in English, `2020-03-31` in any other language."""
    day = moment.astimezone(zone)
    if language.partition("-")[0].lower() != "en":
        return f"{day:%Y-%m-%d}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def bucket_name(key: str, language: str) -> str:
    """Return a calendar bucket's key for readers: `2022-10` is `October 2022`; days and their parts likewise."""
    year, month, *rest = key.split("-")
    day, part = rest[0] if rest else "", rest[1] if len(rest) > 1 else ""
    if language.partition("-")[0].lower() == "en":
        name = f"{int(day)} " if day else ""
        name += f"{_MONTHS[int(month) - 1]} {year}"
    else:
        name = "-".join(filter(None, (year, month, day)))
    return f"{name}, part {part}" if part else name


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
    match = _EMBED.search(html)
    return match[1] if match else ""


def body_html(markdown_text: str, base_path: str) -> str:
    """Return a record's Markdown as sanitised HTML; links from the site's root get `base_path`."""
    # Heavy, and few records have a body.
    import nh3  # noqa: PLC0415
    from markdown import Markdown  # noqa: PLC0415

    converter = Markdown(
        extensions=["tables", "fenced_code", "sane_lists", "toc"], extension_configs={"toc": {"baselevel": 2}}
    )

    def under_base_path(tag: str, attribute: str, value: str) -> str | None:
        if attribute in {"href", "src"} and value.startswith("/"):
            return None if value.startswith(("//", "/\\")) else base_path + value.lstrip("/")
        return value

    return nh3.clean(
        converter.convert(markdown_text),
        tags=_BODY_TAGS,
        attributes=_BODY_ATTRIBUTES,
        attribute_filter=under_base_path,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )


def url_path(*segments: str) -> str:
    """Return the path segments as a folder's URL, percent-encoded, with a slash at the end."""
    return "".join(f"{quote(segment, safe='')}/" for segment in segments)
