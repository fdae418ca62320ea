"""What is remembered of the feeds that reports are imported from, as their page shows it. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit

from broadsheet.model import ImportedFrom
from broadsheet.render.views import ImportView
from broadsheet.text import display_text, feed_url, url_host
from broadsheet.words import Words

# Keys have digits, capitals, or no end: `feed.xml`, `sport`, `local-news.rss` have neither.
_WORDS = re.compile(r"[a-z]{1,12}(?:[-_.][a-z]{1,12}){0,3}").fullmatch


def import_views(feeds: Mapping[str, ImportedFrom], words: Words) -> tuple[ImportView, ...]:
    """Return the feeds, by what the settings call them, for readers: those that fail first, then by name."""
    views = [_view(key, feed, words) for key, feed in sorted(feeds.items())]
    return tuple(sorted(views, key=lambda view: (not view.since, view.name.casefold())))


def _view(key: str, feed: ImportedFrom, words: Words) -> ImportView:
    url = feed_url(key)
    host = url_host(url) if url else ""
    name = (
        display_text(feed.title) or _address_name(url or "") or display_text(key.replace("\\", "/").rpartition("/")[2])
    )
    latest, since = _day(feed.latest), _day(feed.failing_since)
    return ImportView(
        name=name,
        host=host if host != name and feed.title else "",
        latest=_shown(latest, words),
        latest_iso=latest.isoformat() if latest else "",
        since=_shown(since, words),
        since_iso=since.isoformat() if since else "",
        failure=display_text(feed.failure) if since else "",
        gone=feed.gone,
        moved=bool(feed.moved_to),
    )


def _address_name(url: str) -> str:
    """Return what a clean address is called: its host, and the last word of its path where that can be no key.

    No more of the address: who has to pay for a feed, or may not pass it on, has one with a key in it.
    """
    if not url:
        return ""
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return f"{url_host(url)} {last}" if _WORDS(last) else url_host(url)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shown(day: date | None, words: Words) -> str:
    return words.day(datetime.combine(day, time(12), UTC), UTC) if day else ""
