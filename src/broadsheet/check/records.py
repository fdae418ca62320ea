"""What can be wrong with one record by itself: its times, its texts, its addresses, what its fields mean. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from broadsheet.arrange.related import Resolver
from broadsheet.check.addresses import address_remarks, provider_remarks
from broadsheet.check.remark import Remark, below
from broadsheet.check.texts import text_remarks
from broadsheet.heat import bonus_of
from broadsheet.model import PUBLISHED_FROM, Coverage, Image, Record
from broadsheet.problems import counted
from broadsheet.read.fields import file_date
from broadsheet.render.text import has_clock, iso_time, youtube_id
from broadsheet.text import display_text

_FIRST_YEAR = 1990
_AHEAD = timedelta(days=366)
_ANOTHER_DAY = timedelta(days=2)
_BEST = 1000
# What readers of the source add to a heat: more was never seen.
_MOST_VOTES = 8
_ADDRESSES = {"webUrl": "web_url", "originalUrl": "original_url", "ampWebUrl": "amp_url", "cdnAmpWebUrl": "cdn_amp_url"}


def record_remarks(record: Record, now: datetime, *, tells_cached: bool) -> Iterator[Remark]:
    """Yield what is wrong with a record, as it is at `now`, whatever other records say.

    `tells_cached` says that most images of the site have `isCached`.
    """
    yield from _times(record, now)
    yield from text_remarks("title", record.title)
    yield from text_remarks("excerpt", record.excerpt)
    yield from below(("provider",), text_remarks("name", record.provider.name))
    for field, attribute in _ADDRESSES.items():
        # `originalUrl` repeats `webUrl`: one of them is enough to tell of.
        if (url := getattr(record, attribute)) and (field != "originalUrl" or url != record.web_url):
            yield from address_remarks(field, url)
    yield from provider_remarks(record.web_url, record.provider.domain)
    yield from _images(record.images, tells_cached=tells_cached)
    yield from _meaning(record)


def item_remarks(item: Coverage, *, tells_cached: bool) -> tuple[Remark, ...]:
    """Return what is wrong with an item of a `related` list by itself."""
    return (
        *text_remarks("title", item.title),
        # Without an excerpt an item is a title, and that will do.
        *(remark for remark in text_remarks("excerpt", item.excerpt) if remark.rule != "empty-excerpt"),
        *below(("provider",), text_remarks("name", item.provider.name)),
        *(address_remarks("webUrl", item.web_url) if item.web_url else ()),
        *provider_remarks(item.web_url, item.provider.domain),
        *_images(item.images, tells_cached=tells_cached),
    )


def rank_remarks(record: Record, resolver: Resolver) -> Iterator[Remark]:
    """Yield what of a record's quality and heat does not go with its own list.

    A record is folded, its heat -1, when an item of its list is better: by quality, then by file name. Any other has
    the heat of its quality, of what its list adds, and of some votes.
    """
    quality, heat = record.quality, record.heat
    if quality is not None and not 0 <= quality <= _BEST:
        yield Remark("quality", ("quality",), f"the quality is {quality:,}", f"0 to {_BEST:,}, or nothing")
    if heat is None or quality is None:
        return
    better, unsure = _better(record, resolver)
    if heat == -1:
        if better is None and not unsure:
            message = "the heat is -1, as of a record with a better one in its list; there is none"
            yield Remark("heat", ("heat",), message, "remove `heat`, and it is computed")
    elif better is not None:
        message = f"the heat is {heat:,}, though the list has a better one: {display_text(better.title)[:80]}"
        yield Remark("heat", ("heat",), message, "-1 folds the record; without `heat` it is computed")
    else:
        base = quality + bonus_of(record)
        if not base <= heat <= base + _MOST_VOTES:
            items = counted(len(record.related), "related item")
            message = f"the heat is {heat:,}; a quality of {quality:,} and {items} make {base:,}"
            yield Remark("heat", ("heat",), message, "remove `heat`, and it is computed")


def published_remarks(record: Record) -> Iterator[Remark]:
    """Yield a remark where `published`, which somebody wrote, is not what the heat makes of it."""
    if record.heat is None:
        return
    expected = record.heat >= PUBLISHED_FROM and not record.removed
    if record.published != expected:
        why = "the record is removed" if record.removed else f"a heat of {record.heat:,} makes it {_yaml(expected)}"
        message = f"`published` is {_yaml(record.published)}; {why}"
        yield Remark("published", ("published",), message, f"from a heat of {PUBLISHED_FROM} on a source publishes")


def _times(record: Record, now: datetime) -> Iterator[Remark]:
    moment, path = record.published_at, ("publishedDateTime",)
    shown = f"{moment:%Y-%m-%d}"
    if moment.year < _FIRST_YEAR or moment > now + _AHEAD:
        yield Remark("absurd-time", path, f"the record is of {shown}", "correct the year")
    elif moment > now:
        message = f"the record is not out before {moment:%Y-%m-%dT%H:%M:%SZ}; nothing shows it until then"
        yield Remark("future-time", path, message, "build again after that")
    changed = record.updated_at
    # A day alone is all of it.
    if changed and changed < moment and (has_clock(changed) or changed.date() < moment.date()):
        message = f"it was changed at {iso_time(changed)}, before it was published at {iso_time(moment)}"
        yield Remark("absurd-time", ("updatedDateTime",), message, "correct one of the two")
    named = file_date(record.file)
    # A day more or less is what time zones make.
    if named and not named - _ANOTHER_DAY < moment < named + _ANOTHER_DAY + timedelta(days=1):
        message = f"the file is named by {named:%Y-%m-%d}, and the record is of {shown}; the record counts"
        yield Remark("file-date", path, message, "the file's name stays, for it is the page's address")


def _images(images: Sequence[Image], *, tells_cached: bool) -> Iterator[Remark]:
    for index, image in enumerate(images):
        path = ("images", index)
        yield from below(path, address_remarks("url", image.url))
        if not image.width or not image.height:
            message = "the image has no `width` and `height`; pages can not keep its place free"
            yield Remark("image-size", path, message, "give both in pixels", image.url)
        if image.is_cached is None and tells_cached:
            message = "the image has no `isCached`, unlike most here"
            yield Remark("image-is-cached", path, message, "`true` where its provider keeps a copy", image.url)


def _meaning(record: Record) -> Iterator[Remark]:
    if record.type == "article" and not record.report_url:
        message = "the article has no `webUrl`; readers are not led to the report"
        yield Remark("missing-url", (), message, "only videos have none")
    html = record.featured_content or ""
    if html.strip() and not youtube_id(html):
        message = "`featuredContent` embeds no video of YouTube; it is never shown"
        hint = "an `<iframe>` of https://www.youtube.com/embed/ shows one"
        yield Remark("embedded-html", ("featuredContent",), message, hint, html)
    elif html.strip() and record.type != "video":
        message = "`featuredContent` of an article; the page shows its video, and lists call it an article"
        yield Remark("embedded-html", ("featuredContent",), message, "make it `type: video`, or remove it", html)


def _better(record: Record, resolver: Resolver) -> tuple[Coverage | None, bool]:
    """Return an item of the record's list that beats it, if any, and whether one may that is no record here."""
    unsure = False
    for item in record.related:
        item_quality, own = item.quality if item.quality is not None else -1, record.quality or 0
        if item_quality > own:
            return item, False
        if item_quality == own:
            found = resolver.candidates(item)
            unsure = unsure or not found
            if any(other.name < record.name for other in found):
                return item, False
    return None, unsure


def _yaml(value: bool) -> str:
    return "true" if value else "false"
